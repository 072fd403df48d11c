/**
 * @file The `scipy.fft` namespace: discrete cosine transforms of types 2 and 3 (inverses of each other), by one real Fourier
 * transform of the same length. Sources: jax/_src/scipy/fft.py; J. Makhoul, "A fast cosine transform in one and two
 * dimensions" (1980).
 */
import { show } from "../base/checks.ts";
import { define } from "../arguments/declare.ts";
import { type OptionsOf, type Values, param } from "../arguments/parameters.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import { canonicalAxes } from "../dtypes/shape.ts";
import { ArgumentError } from "../base/errors.ts";
import { asArray } from "../lax/operands/convert.ts";
import * as lax from "../lax/index.ts";
import { moveAxis } from "../lax/shapes/movement.ts";
import { fitTo } from "../numpy/operands/shapes.ts";
import { inexact, refuseComplex } from "../numpy/operands/promote.ts";
import { range } from "../base/util.ts";

/** How results are scaled: the inverse (the default), both to be orthogonal, or the forward transform. */
export type DctNorm = "backward" | "ortho" | "forward" | null;

const typeParam = param<[type: 2 | 3]>()("type", 2);
const norm = param<[norm: DctNorm]>()("norm", null);
const dctParams = [
  typeParam,
  param<[n: number | null]>()("n", null),
  param<[axis: number]>()("axis", -1),
  norm,
] as const;
/**
 * Options of `dct` and `idct`: type = 2 (or 3), n = null (the length to cut or pad to with zeros), axis = −1, norm = null
 * (see `DctNorm`).
 */
export type DctOptions = OptionsOf<typeof dctParams>;

const dctnParams = [
  typeParam,
  param<[s: readonly number[] | null]>()("s", null),
  param<[axes: readonly number[] | null]>()("axes", null),
  norm,
] as const;
/**
 * Options of `dctn` and `idctn`: type = 2 (or 3), s = null (the lengths to cut or pad to with zeros), axes = null (all, or the
 * last `s.length`), norm = null (see `DctNorm`).
 */
export type DctnOptions = OptionsOf<typeof dctnParams>;

const last = (x: NDArray, from: number, to: number, step = 1): NDArray =>
  lax.sliceInDim(x, from, to, step, x.ndim - 1);
const flip = (x: NDArray): NDArray => lax.rev(x, [x.ndim - 1]);
const join = (...xs: readonly NDArray[]): NDArray => lax.concatenate(xs, xs[0].ndim - 1);

/** e^(iπk/2n), k from 0 on along the last axis. */
function rotations(shape: readonly number[], n: number, like: NDArray): NDArray {
  const angle = lax.mul(lax.broadcastedIota("float64", shape, shape.length - 1), Math.PI / (2 * n));
  const part = (x: NDArray): NDArray => lax.convertElementType(x, like.dtype);
  return lax.complex(part(lax.cos(angle)), part(lax.sin(angle)));
}

/** 2 Σⱼ xⱼ cos(π(2j + 1)k/2n) along the last axis: even elements, then odd ones backwards, transformed and turned. */
function forward(x: NDArray): NDArray {
  const n = x.shape[x.ndim - 1];
  const half = Math.floor(n / 2);
  const sorted = n === 1 ? x : join(last(x, 0, n, 2), flip(last(x, 1, n, 2)));
  const spectrum = lax.fft(sorted, "rfft", [n]);
  const z = lax.mul(spectrum, lax.conj(rotations(spectrum.shape, n, x)));
  return lax.mul(2, join(lax.real(z), flip(lax.neg(last(lax.imag(z), 1, n - half)))));
}

/** The inverse of `forward`. */
function backward(y: NDArray): NDArray {
  const n = y.shape[y.ndim - 1];
  const half = Math.floor(n / 2);
  const zero = lax.fullLike(last(y, 0, 1), 0);
  const mirrored = join(zero, flip(last(y, n - half, n)));
  const z = lax.complex(lax.mul(0.5, last(y, 0, half + 1)), lax.mul(-0.5, mirrored));
  const sorted = lax.fft(lax.mul(z, rotations(z.shape, n, y)), "irfft", [n]);
  if (n === 1) return sorted;
  const even = last(sorted, 0, n - half);
  const odd = flip(last(sorted, n - half, n));
  const pad = (x: NDArray, before: number, after: number): NDArray =>
    lax.pad(
      x,
      lax.full([], 0, x.dtype),
      x.shape.map((_, i) => (i === x.ndim - 1 ? ([before, after, 1] as const) : ([0, 0, 0] as const))),
    );
  return lax.add(pad(even, 0, n % 2 === 0 ? 1 : 0), pad(odd, 1, n % 2 === 0 ? 0 : 1));
}

/** Factors of the orthogonal transform of type 2: √(1/2n), for element 0 √(1/4n). */
function orthogonal(x: NDArray, isInverse: boolean): NDArray {
  const n = x.shape[x.ndim - 1];
  const [first, others] = [Math.sqrt(1 / (4 * n)), Math.sqrt(1 / (2 * n))];
  const k = lax.broadcastedIota("int32", x.shape, x.ndim - 1);
  const [a, b] = isInverse ? [1 / first, 1 / others] : [first, others];
  return lax.mul(x, lax.convertElementType(lax.select(lax.eq(k, 0), a, b), x.dtype));
}

/** One axis; `isInverse` of type 2 is type 3 up to scaling, and the other way round. */
function alongLast(x: NDArray, type: 2 | 3, norm: DctNorm, isInverse: boolean): NDArray {
  const toCosines = (type === 2) !== isInverse;
  if (norm === "ortho") return toCosines ? orthogonal(forward(x), false) : backward(orthogonal(x, true));
  const n = 2 * x.shape[x.ndim - 1];
  const scaled = (norm === "forward") !== isInverse;
  if (toCosines) return scaled ? lax.div(forward(x), n) : forward(x);
  return scaled ? backward(x) : lax.mul(backward(x), n);
}

function check(name: string, type: number, norm: DctNorm): void {
  if (type !== 2 && type !== 3)
    throw new ArgumentError(`${name}: only the types 2 and 3 are supported; got ${type}.`);
  if (norm !== null && norm !== "backward" && norm !== "ortho" && norm !== "forward")
    throw new ArgumentError(`${name}: norm is "backward", "ortho" or "forward"; got ${show(norm)}.`);
}

function overAxes(name: string, x: ArrayLike, o: Values<typeof dctnParams>, isInverse: boolean): NDArray {
  const { type, s } = o;
  check(name, type, o.norm);
  let out = inexact(name, asArray(x, name));
  refuseComplex(name, out);
  const from = s === null ? 0 : out.ndim - s.length;
  const axes =
    o.axes === null ? range(out.ndim - from, from) : o.axes.map((k) => canonicalAxes(k, out.ndim, name)[0]);
  if (s !== null && s.length !== axes.length)
    throw new ArgumentError(`${name}: ${axes.length} axes need as many lengths; got ${s.length}.`);
  axes.forEach((axis, i) => {
    const n = s === null ? out.shape[axis] : s[i];
    if (!Number.isInteger(n) || n < 1)
      throw new ArgumentError(`${name}: lengths must be whole numbers, at least 1; got ${show(n)}.`);
    const fitted = fitTo(
      out,
      out.shape.map((d, k) => (k === axis ? n : d)),
    );
    const transformed = alongLast(moveAxis(fitted, axis, out.ndim - 1), type, o.norm, isInverse);
    out = moveAxis(transformed, out.ndim - 1, axis);
  });
  return out;
}

const one = (name: string, isInverse: boolean) =>
  define(name, dctParams, [], ({ n, axis, ...o }, x: ArrayLike) =>
    overAxes(name, x, { ...o, s: n === null ? null : [n], axes: [axis] }, isInverse),
  );

const several = (name: string, isInverse: boolean) =>
  define(name, dctnParams, [], (o, x: ArrayLike) => overAxes(name, x, o, isInverse));

/**
 * The discrete cosine transform along an axis: for type 2 yₖ = 2 Σⱼ xⱼ cos(π(2j + 1)k/2n).
 *
 * Parameters: type = 2 (3), n = null (the length to fit to), axis = −1, norm = null ("backward"; "ortho", "forward").
 * @throws ArgumentError for other types than 2 and 3, DTypeError for complex numbers
 * @see jax.scipy.fft.dct
 * @example
 * scipy.fft.dct(np.array([1, 1])).js(); // [4, 0]
 */
export const dct = one("dct", false);
/**
 * The inverse of `dct`, with its parameters: real, of the dtype of x, integers becoming floats.
 * @throws ArgumentError for other types than 2 and 3, an unknown norm, lengths below 1; DTypeError for complex numbers
 * @see jax.scipy.fft.idct
 * @example
 * scipy.fft.idct(scipy.fft.dct(np.array([1, 2]))).js(); // [1.0000…, 2.0000…]
 */
export const idct = one("idct", true);
/**
 * `dct` along several axes, one after the other. Parameters: type = 2, s = null (lengths to fit to), axes = null (all, or
 * the last `s.length`), norm = null.
 * @throws ArgumentError for another type or norm, lengths that do not fit; DTypeError for complex numbers
 * @see jax.scipy.fft.dctn
 * @example
 * scipy.fft.dctn(np.array([[1, 2], [3, 4]])).js(); // [[40, -5.6568…], [-11.3137…, 0]]
 * scipy.fft.dctn(np.ones([2, 2]), { axes: [0] }).js(); // [[4, 4], [0, 0]]
 */
export const dctn = several("dctn", false);
/**
 * The inverse of `dctn`, with its parameters.
 * @throws ArgumentError for another type or norm, lengths that do not fit; DTypeError for complex numbers
 * @see jax.scipy.fft.idctn
 * @example
 * scipy.fft.idctn(np.array([[40, 0], [0, 0]])).js(); // [[2.5, 2.5], [2.5, 2.5]]
 */
export const idctn = several("idctn", true);
