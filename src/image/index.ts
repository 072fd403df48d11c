/**
 * @file The `image` namespace: resampling along axes by a kernel.
 *
 * Each axis is resampled by a matrix of weights; the matrices are contracted with the image one axis at a time, so
 * everything is differentiable, scale and translation included. Source: jax.image.
 */
import type { ArrayLike, NDArray } from "../core/array.ts";
import { defaultFloat } from "../dtypes/dtype.ts";
import { canonicalAxis, shapeString } from "../dtypes/shape.ts";
import { show } from "../base/checks.ts";
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { asDType } from "../lax/operands/convert.ts";
import * as lax from "../lax/index.ts";
import { define } from "../arguments/declare.ts";
import { type OptionsOf, param } from "../arguments/parameters.ts";
import { constantIndex } from "../numpy/indexing/positions.ts";
import { index } from "../numpy/indexing/indexing.ts";
import { tensordot } from "../numpy/products/linear.ts";
import { moveaxis } from "../numpy/shapes/manipulation.ts";
import * as p from "../numpy/operands/parameters.ts";
import { inexact } from "../numpy/operands/promote.ts";
import { take } from "../numpy/indexing/take.ts";
import { range } from "../base/util.ts";

type Kernel = (x: NDArray) => NDArray;

/** Linear falling from 1 to 0 at distance 1. */
const triangle: Kernel = (x) => lax.max(lax.sub(1, x), 0);

/** A sinc under a window of `radius` lobes. */
const lanczos =
  (radius: number): Kernel =>
  (x) => {
    const y = lax.mul(radius, lax.mul(lax.sin(lax.mul(Math.PI, x)), lax.sin(lax.mul(Math.PI / radius, x))));
    const square = lax.mul(Math.PI ** 2, lax.square(x));
    const inner = lax.select(lax.gt(x, 1e-3), lax.div(y, lax.select(lax.ne(x, 0), square, 1)), 1);
    return lax.select(lax.gt(x, radius), 0, inner);
  };

/** Keys' cubic with a = −1/2. */
const cubic: Kernel = (x) => {
  const near = lax.add(lax.mul(lax.mul(lax.sub(lax.mul(1.5, x), 2.5), x), x), 1);
  const far = lax.add(lax.mul(lax.sub(lax.mul(lax.add(lax.mul(-0.5, x), 2.5), x), 4), x), 2);
  return lax.select(lax.ge(x, 2), 0, lax.select(lax.ge(x, 1), far, near));
};

/** Methods by which images are resampled. */
export const ResizeMethod = Object.freeze({
  NEAREST: "nearest",
  LINEAR: "linear",
  LANCZOS3: "lanczos3",
  LANCZOS5: "lanczos5",
  CUBIC: "cubic",
} as const);

/** How `resize` weighs elements: by name; several names mean one method. */
export type ResizeMethodName =
  | "nearest"
  | "linear"
  | "bilinear"
  | "trilinear"
  | "triangle"
  | "lanczos3"
  | "lanczos5"
  | "cubic"
  | "bicubic"
  | "tricubic";

const kernels: Readonly<Record<Exclude<ResizeMethodName, "nearest">, Kernel>> = {
  linear: triangle,
  bilinear: triangle,
  trilinear: triangle,
  triangle,
  lanczos3: lanczos(3),
  lanczos5: lanczos(5),
  cubic,
  bicubic: cubic,
  tricubic: cubic,
};

function kernelOf(where: string, method: string): Kernel {
  if (Object.hasOwn(kernels, method)) return kernels[method as keyof typeof kernels];
  throw new ArgumentError(
    `${where}: unknown method ${show(method)}; expected one of nearest, ${Object.keys(kernels).join(", ")}.`,
  );
}

/** The weights [input, output] by which one axis is resampled. */
function weightsOf(
  inputSize: number,
  outputSize: number,
  scale: NDArray,
  translation: NDArray,
  kernel: Kernel,
  antialias: boolean,
): NDArray {
  const { dtype } = scale;
  const shape = [inputSize, outputSize];
  const inverse = lax.div(1, scale);
  // Shrinking widens the kernel, so that what the output cannot show is averaged away.
  const width = antialias ? lax.max(inverse, 1) : lax.full([], 1, dtype);
  const at = lax.sub(lax.mul(lax.sub(lax.add(lax.iota(dtype, outputSize), 0.5), translation), inverse), 0.5);
  const sample = lax.broadcastInDim(at, shape, [1]);
  const distance = lax.div(lax.abs(lax.sub(sample, lax.broadcastedIota(dtype, shape, 0))), width);
  const raw = kernel(distance);
  const total = lax.broadcastInDim(lax.reduceSum(raw, [0]), shape, [1]);
  const enough = lax.gt(lax.abs(total), 1000 * 2 ** -23);
  const safe = lax.select(lax.ne(total, 0), total, 1);
  const weights = lax.select(enough, lax.div(raw, safe), 0);
  const inside = lax.bitwiseAnd(lax.ge(sample, -0.5), lax.le(sample, inputSize - 0.5));
  return lax.select(inside, weights, 0);
}

function resample(
  x: NDArray,
  shape: readonly number[],
  axes: readonly number[],
  scales: readonly NDArray[],
  translations: readonly NDArray[],
  kernel: Kernel,
  antialias: boolean,
): NDArray {
  let out = x;
  axes.forEach((k, i) => {
    const weights = weightsOf(x.shape[k], shape[k], scales[i], translations[i], kernel, antialias);
    const resampled = tensordot(out, lax.convertElementType(weights, x.dtype), [[k], [0]]);
    out = moveaxis(resampled, -1, k);
  });
  return out;
}

function resizeNearest(x: NDArray, shape: readonly number[]): NDArray {
  let out = x;
  shape.forEach((n, k) => {
    const m = x.shape[k];
    if (m === n) return;
    // In float32, as JAX computes it: at ties the rounding decides.
    const f = Math.fround;
    const from = Int32Array.from(range(n).map((i) => Math.floor(f(f(f(i + 0.5) * m) / n))));
    out = take(out, constantIndex(from, [n]), { axis: k, mode: "clip" });
  });
  return out;
}

const resizeParams = [
  /** "nearest", "linear", "cubic", "lanczos3" or "lanczos5"; it must be given. */
  param<[method: ResizeMethodName | undefined]>()("method", undefined),
  /** Whether to widen the kernel where the image shrinks. */
  param<[antialias: boolean]>()("antialias", true),
  p.precision,
] as const;
/** Options of `resize` and `scaleAndTranslate`. */
export type ResizeOptions = OptionsOf<typeof resizeParams>;

function checkRank(where: string, x: NDArray, shape: readonly number[]): void {
  if (shape.length !== x.ndim)
    throw new ShapeError(
      `${where}: a shape of ${shape.length} axes for an image of shape ${shapeString(x.shape)}.`,
    );
}

/**
 * The image resampled to another shape. Weights sum to 1, also at the borders.
 * @param method "nearest", "linear", "cubic", "lanczos3" or "lanczos5"
 * @throws ShapeError for a shape of another rank; ArgumentError without a known method
 * @see jax.image.resize
 * @example
 * image.resize(np.ones([4, 4]), [8, 8], "linear").shape; // [8, 8]
 */
export const resize = define(
  "resize",
  resizeParams,
  [],
  ({ method, antialias }, image: ArrayLike, shape: readonly number[]): NDArray => {
    const x = inexact("resize", image);
    checkRank("resize", x, shape);
    if (method === undefined) throw new ArgumentError('resize: give a method, such as "linear".');
    if (method === "nearest") return resizeNearest(x, shape);
    const kernel = kernelOf("resize", method);
    const axes = range(x.ndim).filter((k) => x.shape[k] !== shape[k]);
    const scalar = (v: number): NDArray => lax.full([], v, defaultFloat());
    const scales = axes.map((k) => scalar(shape[k] === 0 ? 1 : shape[k] / x.shape[k]));
    const translations = axes.map(() => scalar(0));
    return resample(x, shape, axes, scales, translations, kernel, antialias);
  },
);

/**
 * The image scaled and then moved along the axes `spatialDims`, in an array of the given shape: output position p shows
 * input position (p − translation) / scale, pixels being centred at half-integers. Outside the image there is 0.
 * @param method as in `resize`, but for "nearest"
 * @throws ShapeError for a shape of another rank, or not one scale and translation for each axis; ArgumentError without a
 * known method
 * @see jax.image.scale_and_translate
 * @example
 * image.scaleAndTranslate(np.ones([2, 2]), [4, 4], [0, 1], np.array([2, 2]), np.array([0, 0]), "linear").shape; // [4, 4]
 */
export const scaleAndTranslate = define(
  "scaleAndTranslate",
  resizeParams,
  [],
  (
    { method, antialias },
    image: ArrayLike,
    shape: readonly number[],
    spatialDims: readonly number[],
    scale: ArrayLike,
    translation: ArrayLike,
  ): NDArray => {
    const where = "scaleAndTranslate";
    const x = inexact(where, image);
    checkRank(where, x, shape);
    if (method === "nearest" || method === undefined)
      throw new ArgumentError(`${where}: give a method other than "nearest", such as "linear".`);
    const axes = spatialDims.map((k) => canonicalAxis(k, x.ndim, where));
    const [s, t] = [inexact(where, scale), inexact(where, translation)];
    if (s.size !== axes.length || t.size !== axes.length)
      throw new ShapeError(`${where}: there must be one scale and one translation for each axis.`);
    const entries = (v: NDArray): NDArray[] => axes.map((_, i) => index(lax.reshape(v, [v.size]), [i]));
    const scales = entries(s);
    const translations = entries(t).map((v) => asDType(v, s.dtype, false, where));
    return resample(x, shape, axes, scales, translations, kernelOf(where, method), antialias);
  },
);
