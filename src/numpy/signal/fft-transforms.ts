/**
 * @file Discrete Fourier transforms of any axes: the functions of `numpy.fft`. Source: jax/_src/numpy/fft.py.
 */
import { show } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import {
  canonicalAxes,
  canonicalAxis,
  inversePermutation,
  otherAxes,
  shapeString,
} from "../../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import type { FftType } from "../../lax/fft/fft.ts";
import * as lax from "../../lax/plain.ts";
import { prod, range } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, type Values, param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { fitTo } from "../operands/shapes.ts";
import { conj } from "../ufuncs/logic.ts";

/** How results are scaled: the inverse by 1/n (the default), both by 1/√n, or the forward transform by 1/n. */
export type FftNorm = "backward" | "ortho" | "forward" | null;

const normParam = param<[norm: FftNorm]>()("norm", null);
const oneParams = [
  /** Length of the transform: the axis is cut or padded with zeros to it. */
  param<[n: number | null]>()("n", null),
  p.lastAxis,
  normParam,
] as const;
/** Options of transforms along one axis. */
export type FftOptions = OptionsOf<typeof oneParams>;

const severalParams = [
  /** Lengths of the transforms, one for each axis. */
  param<[s: readonly number[] | null]>()("s", null),
  param<[axes: readonly number[] | null]>()("axes", null),
  normParam,
] as const;
/** Options of transforms along several axes. */
export type FftnOptions = OptionsOf<typeof severalParams>;

function scaling(name: string, norm: FftNorm, count: number, isInverse: boolean): number {
  if (norm === null || norm === "backward") return 1;
  if (norm !== "ortho" && norm !== "forward")
    throw new ArgumentError(`${name}: norm is "backward", "ortho" or "forward"; got ${show(norm)}.`);
  const factor = norm === "ortho" ? Math.sqrt(count) : count;
  return isInverse ? factor : 1 / factor;
}

function checkLengths(name: string, s: readonly number[]): void {
  for (const n of s) {
    if (Number.isInteger(n) && n >= 1) continue;
    throw new ArgumentError(
      `${name}: lengths of transforms must be whole numbers, at least 1; got ${show(n)}.`,
    );
  }
}

/** What a transform of lengths, one of them 0, gives behind other axes, brought back to their order. */
function emptyTransform(
  name: string,
  type: FftType,
  x: NDArray,
  [others, lengths]: readonly [readonly number[], readonly number[]],
  order: readonly number[],
): NDArray {
  const last = lengths.length - 1;
  if (type === "rfft" && lengths[last] === 0)
    throw new ShapeError(`${name}: there are no elements along the last axis to transform.`);
  const sizes = lengths.map((n, i) => (type === "rfft" && i === last ? Math.floor(n / 2) + 1 : n));
  const { dtype } = lax.fft(lax.full([1], 0, x.dtype), type, [1]);
  return lax.transpose(lax.full([...others, ...sizes], 0, dtype), inversePermutation(order));
}

function transform(
  name: string,
  type: FftType,
  a: ArrayLike,
  { s, axes: given, norm }: Values<typeof severalParams>,
): NDArray {
  const x = asArray(a, name);
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
  const rest = otherAxes(x.ndim, axes);
  const order = [...rest, ...axes];
  const moved = lax.transpose(x, order);
  const sizes = moved.shape.slice(rest.length);
  const last = sizes.length - 1;
  const lengths = s ?? sizes.map((d, i) => (type === "irfft" && i === last ? Math.max(0, 2 * (d - 1)) : d));
  if (s !== null) checkLengths(name, s);
  // The transform of no elements, and that back to none, is empty.
  if (lengths.includes(0))
    return emptyTransform(name, type, x, [moved.shape.slice(0, rest.length), lengths], order);
  const wanted = lengths.map((n, i) => (type === "irfft" && i === last ? Math.floor(n / 2) + 1 : n));
  const out = lax.fft(fitTo(moved, [...moved.shape.slice(0, rest.length), ...wanted]), type, lengths);
  const factor = scaling(name, norm, prod(lengths), name.startsWith("i"));
  const scaled = factor === 1 ? out : lax.mul(out, factor);
  return lax.transpose(scaled, inversePermutation(order));
}

function alongOne(
  name: string,
  type: FftType,
  a: ArrayLike,
  { n, axis, norm }: Values<typeof oneParams>,
): NDArray {
  if (typeof axis !== "number")
    throw new ArgumentError(
      `${name}: axis must be one number; for several use the function for n dimensions.`,
    );
  return transform(name, type, a, { axes: [axis], s: n === null ? null : [n], norm });
}

const one = (name: string, type: FftType) =>
  define(name, oneParams, [], (options, a: ArrayLike) => alongOne(name, type, a, options));

const several = (name: string, type: FftType) =>
  define(name, severalParams, [], (options, a: ArrayLike) => transform(name, type, a, options));

const two = (name: string, type: FftType) =>
  define(name, severalParams, [], (options, a: ArrayLike) => {
    const axes = options.axes ?? [-2, -1];
    if (axes.length !== 2)
      throw new ArgumentError(
        `${name}: expected two axes; got [${axes.join(", ")}]. Use ${name.slice(0, -1)}n.`,
      );
    return transform(name, type, a, { ...options, axes });
  });

/**
 * The discrete Fourier transform along an axis (the last): Σⱼ xⱼ e^(−2πijk/n).
 * @throws ArgumentError for a length below 1 or an unknown norm
 * @see jax.numpy.fft.fft
 * @example
 * np.fft.fft(np.array([1, 2, 3, 4])); // Array([10.+0.j, -2.+2.j, -2.+0.j, -2.-2.j], dtype=complex128)
 */
export const fft = one("fft", "fft");

/**
 * The inverse of `fft`.
 * @see jax.numpy.fft.ifft
 * @example
 * np.fft.ifft(np.fft.fft(np.array([1, 2]))); // Array([1.+0.j, 2.+0.j], dtype=complex128)
 */
export const ifft = one("ifft", "ifft");
/**
 * The first ⌊n/2⌋ + 1 elements of the transform of real numbers; the others are their conjugates.
 * @throws DTypeError for complex numbers
 * @see jax.numpy.fft.rfft
 * @example
 * np.fft.rfft(np.array([1, 2, 3, 4])).shape; // [3]
 */
export const rfft = one("rfft", "rfft");

/**
 * The inverse of `rfft`: n real numbers, by default as many as an even n allows.
 * @see jax.numpy.fft.irfft
 * @example
 * np.fft.irfft(np.fft.rfft(np.array([1, 2, 3, 4]))).js(); // [1, 2, 3, 4]
 */
export const irfft = one("irfft", "irfft");

/**
 * The transform along two axes (the last).
 * @throws ArgumentError for other than two axes
 * @see jax.numpy.fft.fft2
 * @example
 * np.fft.fft2(np.ones([2, 2])); // Array([[4.+0.j, 0.+0.j], [0.+0.j, 0.+0.j]], dtype=complex128)
 */
export const fft2 = two("fft2", "fft");

/**
 * The inverse of `fft2`.
 * @throws ArgumentError for other than two axes
 * @see jax.numpy.fft.ifft2
 * @example
 * np.fft.ifft2(np.ones([2, 2])).shape; // [2, 2]
 */
export const ifft2 = two("ifft2", "ifft");

/**
 * The transform of real numbers along two axes (the last), half of the last one.
 * @throws DTypeError for complex numbers, ArgumentError for other than two axes
 * @see jax.numpy.fft.rfft2
 * @example
 * np.fft.rfft2(np.ones([2, 4])).shape; // [2, 3]
 */
export const rfft2 = two("rfft2", "rfft");

/**
 * The inverse of `rfft2`.
 * @throws ArgumentError for other than two axes
 * @see jax.numpy.fft.irfft2
 * @example
 * np.fft.irfft2(np.ones([2, 3])).shape; // [2, 4]
 */
export const irfft2 = two("irfft2", "irfft");

/**
 * The transform along several axes (all, or the last `s.length`).
 * @throws ShapeError for more lengths than axes, ArgumentError unless there are as many axes as lengths
 * @see jax.numpy.fft.fftn
 * @example
 * np.fft.fftn(np.ones([2, 3, 4]), [4, 4]).shape; // [2, 4, 4]
 */
export const fftn = several("fftn", "fft");

/**
 * The inverse of `fftn`.
 * @see jax.numpy.fft.ifftn
 * @example
 * np.fft.ifftn(np.ones([2, 3])).shape; // [2, 3]
 */
export const ifftn = several("ifftn", "ifft");

/**
 * The transform of real numbers along several axes, half of the last one.
 * @throws DTypeError for complex numbers
 * @see jax.numpy.fft.rfftn
 * @example
 * np.fft.rfftn(np.ones([2, 4, 4])).shape; // [2, 4, 3]
 */
export const rfftn = several("rfftn", "rfft");

/**
 * The inverse of `rfftn`.
 * @see jax.numpy.fft.irfftn
 * @example
 * np.fft.irfftn(np.ones([2, 4, 3])).shape; // [2, 4, 4]
 */
export const irfftn = several("irfftn", "irfft");

/**
 * The real spectrum of a signal of which the half is given that determines the rest.
 * @see jax.numpy.fft.hfft
 * @example
 * np.fft.hfft(np.array([1, 2, 1])).js(); // [6, 0, -2, 0]
 */
export const hfft = define("hfft", oneParams, [], (options, a: ArrayLike) => {
  const x = asArray(a, "hfft");
  const out = alongOne("hfft", "irfft", conj(x), options);
  return lax.mul(out, options.n ?? (x.shape[canonicalAxis(options.axis, x.ndim, "hfft")] - 1) * 2);
});

/**
 * The inverse of `hfft`.
 * @see jax.numpy.fft.ihfft
 * @example
 * np.fft.ihfft(np.array([4, 0, 0, 0])); // Array([1.-0.j, 1.-0.j, 1.-0.j], dtype=complex128)
 */
export const ihfft = define("ihfft", oneParams, [], (options, a: ArrayLike) => {
  const x = asArray(a, "ihfft");
  const size = options.n ?? x.shape[canonicalAxis(options.axis, x.ndim, "ihfft")];
  return lax.mul(conj(alongOne("ihfft", "rfft", x, options)), 1 / size);
});
