/**
 * @file Discrete Fourier transforms of any axes: the functions of `numpy.fft`. Source: jax/_src/numpy/fft.py.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import { canonicalAxes, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import type { FftType } from "../../lax/fft/fft.ts";
import * as lax from "../../lax/index.ts";
import { prod, range } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { conj } from "../ufuncs/logic.ts";

/** How results are scaled: the inverse by 1/n (the default), both by 1/√n, or the forward transform by 1/n. */
export type FftNorm = "backward" | "ortho" | "forward" | null;

/** Options of transforms along one axis. */
export interface FftOptions {
  /** Length of the transform: the axis is cut or padded with zeros to it. */
  readonly n?: number | null | undefined;
  readonly axis?: number | undefined;
  readonly norm?: FftNorm | undefined;
}
export type FftRest = Rest<[n: number | null, axis: number, norm: FftNorm], FftOptions>;

/** Options of transforms along several axes. */
export interface FftnOptions {
  /** Lengths of the transforms, one for each axis. */
  readonly s?: readonly number[] | null | undefined;
  readonly axes?: readonly number[] | null | undefined;
  readonly norm?: FftNorm | undefined;
}
export type FftnRest = Rest<
  [s: readonly number[] | null, axes: readonly number[] | null, norm: FftNorm],
  FftnOptions
>;

/** Cuts axes, or pads them with zeros behind. */
export function fitTo(x: NDArray, shape: readonly number[]): NDArray {
  const config = x.shape.map((d, i) => [0, shape[i] - d, 0] as const);
  return lax.pad(x, lax.full([], 0, x.dtype), config);
}

function scaling(name: string, norm: FftNorm | undefined, count: number, isInverse: boolean): number {
  if (norm === undefined || norm === null || norm === "backward") return 1;
  if (norm !== "ortho" && norm !== "forward")
    throw new ArgumentError(
      `${name}: norm is "backward", "ortho" or "forward"; got ${JSON.stringify(norm)}.`,
    );
  const factor = norm === "ortho" ? Math.sqrt(count) : count;
  return isInverse ? factor : 1 / factor;
}

function checkLengths(name: string, s: readonly number[]): void {
  for (const n of s) {
    if (Number.isInteger(n) && n >= 1) continue;
    throw new ArgumentError(`${name}: lengths of transforms must be whole numbers, at least 1; got ${n}.`);
  }
}

function transform(name: string, type: FftType, a: ArrayLike, options: FftnOptions): NDArray {
  const x = asArray(a, name);
  const { s = null, norm } = options;
  const given = options.axes ?? null;
  if (s !== null && given !== null && s.length !== given.length)
    throw new ArgumentError(`${name}: ${given.length} axes need as many lengths; got ${s.length}.`);
  if (type === "rfft" && isComplex(x.dtype))
    throw new DTypeError(`${name}: expected real numbers; got dtype ${x.dtype}. Use the complex transform.`);
  const from = s === null ? 0 : x.ndim - s.length;
  if (from < 0)
    throw new ShapeError(`${name}: ${s!.length} lengths for an array of shape ${shapeString(x.shape)}.`);
  // Axes keep their order: the last one named is the one of which real transforms have half.
  const axes =
    given === null ? range(x.ndim - from, from) : given.map((k) => canonicalAxes(k, x.ndim, name)[0]);
  if (new Set(axes).size !== axes.length)
    throw new ArgumentError(`${name}: axes [${axes.join(", ")}] name one twice.`);
  const rest = range(x.ndim).filter((k) => !axes.includes(k));
  const order = [...rest, ...axes];
  const moved = lax.transpose(x, order);
  const sizes = moved.shape.slice(rest.length);
  const last = sizes.length - 1;
  const lengths = s ?? sizes.map((d, i) => (type === "irfft" && i === last ? 2 * (d - 1) : d));
  checkLengths(name, lengths);
  const wanted = lengths.map((n, i) => (type === "irfft" && i === last ? Math.floor(n / 2) + 1 : n));
  const out = lax.fft(fitTo(moved, [...moved.shape.slice(0, rest.length), ...wanted]), type, lengths);
  const factor = scaling(name, norm, prod(lengths), name.startsWith("i"));
  const scaled = factor === 1 ? out : lax.mul(out, factor);
  return lax.transpose(
    scaled,
    order.map((_, k) => order.indexOf(k)),
  );
}

function alongOne(name: string, type: FftType, a: ArrayLike, { n, axis = -1, norm }: FftOptions): NDArray {
  if (typeof axis !== "number")
    throw new ArgumentError(
      `${name}: axis must be one number; for several use the function for n dimensions.`,
    );
  return transform(name, type, a, { axes: [axis], s: n === undefined || n === null ? null : [n], norm });
}

const oneNames = ["n", "axis", "norm"] as const;
const severalNames = ["s", "axes", "norm"] as const;

const one =
  (name: string, type: FftType) =>
  (a: ArrayLike, ...rest: FftRest): NDArray =>
    alongOne(name, type, a, resolveArgs<FftOptions>(name, rest, oneNames));

const several =
  (name: string, type: FftType) =>
  (a: ArrayLike, ...rest: FftnRest): NDArray =>
    transform(name, type, a, resolveArgs<FftnOptions>(name, rest, severalNames));

const two =
  (name: string, type: FftType) =>
  (a: ArrayLike, ...rest: FftnRest): NDArray => {
    const options = resolveArgs<FftnOptions>(name, rest, severalNames);
    const axes = options.axes ?? [-2, -1];
    if (axes.length !== 2)
      throw new ArgumentError(
        `${name}: expected two axes; got [${axes.join(", ")}]. Use ${name.slice(0, -1)}n.`,
      );
    return transform(name, type, a, { ...options, axes });
  };

/**
 * The discrete Fourier transform along an axis (the last): Σⱼ xⱼ e^(−2πijk/n).
 * @throws ArgumentError for a length below 1 or an unknown norm
 * @see jax.numpy.fft.fft
 * @example
 * np.fft.fft(np.array([1, 2, 3, 4])); // Array([10.+0.j, -2.+2.j, -2.+0.j, -2.-2.j], dtype=complex128)
 */
export const fft = one("fft", "fft");
/** The inverse of `fft`. @see jax.numpy.fft.ifft */
export const ifft = one("ifft", "ifft");
/**
 * The first ⌊n/2⌋ + 1 elements of the transform of real numbers; the others are their conjugates.
 * @throws DTypeError for complex numbers
 * @see jax.numpy.fft.rfft
 * @example
 * np.fft.rfft(np.array([1, 2, 3, 4])).shape; // [3]
 */
export const rfft = one("rfft", "rfft");
/** The inverse of `rfft`: n real numbers, by default as many as an even n allows. @see jax.numpy.fft.irfft */
export const irfft = one("irfft", "irfft");
/** The transform along two axes (the last). @see jax.numpy.fft.fft2 */
export const fft2 = two("fft2", "fft");
/** The inverse of `fft2`. @see jax.numpy.fft.ifft2 */
export const ifft2 = two("ifft2", "ifft");
/** The transform of real numbers along two axes (the last), half of the last one. @see jax.numpy.fft.rfft2 */
export const rfft2 = two("rfft2", "rfft");
/** The inverse of `rfft2`. @see jax.numpy.fft.irfft2 */
export const irfft2 = two("irfft2", "irfft");
/** The transform along several axes (all, or the last `s.length`). @see jax.numpy.fft.fftn */
export const fftn = several("fftn", "fft");
/** The inverse of `fftn`. @see jax.numpy.fft.ifftn */
export const ifftn = several("ifftn", "ifft");
/** The transform of real numbers along several axes, half of the last one. @see jax.numpy.fft.rfftn */
export const rfftn = several("rfftn", "rfft");
/** The inverse of `rfftn`. @see jax.numpy.fft.irfftn */
export const irfftn = several("irfftn", "irfft");

/** The real spectrum of a signal of which the half is given that determines the rest. @see jax.numpy.fft.hfft */
export function hfft(a: ArrayLike, ...rest: FftRest): NDArray {
  const options = resolveArgs<FftOptions>("hfft", rest, oneNames);
  const x = asArray(a, "hfft");
  const out = alongOne("hfft", "irfft", conj(x), options);
  const [axis] = canonicalAxes(options.axis ?? -1, x.ndim, "hfft");
  return lax.mul(out, options.n ?? (x.shape[axis] - 1) * 2);
}

/** The inverse of `hfft`. @see jax.numpy.fft.ihfft */
export function ihfft(a: ArrayLike, ...rest: FftRest): NDArray {
  const options = resolveArgs<FftOptions>("ihfft", rest, oneNames);
  const x = asArray(a, "ihfft");
  const [axis] = canonicalAxes(options.axis ?? -1, x.ndim, "ihfft");
  return lax.mul(conj(alongOne("ihfft", "rfft", x, options)), 1 / (options.n ?? x.shape[axis]));
}
