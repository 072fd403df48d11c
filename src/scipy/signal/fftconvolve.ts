/** @file Convolution by Fourier transforms: `fftconvolve`. Source: jax/_src/scipy/signal.py. */
import { show } from "../../base/checks.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, param } from "../../arguments/parameters.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import { canonicalAxes, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { promote } from "../../lax/operands/convert.ts";
import { smoothLength } from "../../lax/fft/dft.ts";
import * as lax from "../../lax/index.ts";
import { fftn, ifftn, irfftn, rfftn } from "../../numpy/signal/fft-transforms.ts";
import { inexact } from "../../numpy/operands/promote.ts";
import { range } from "../../base/util.ts";

/** All sums, those around the elements of the first array, or those of complete overlap. */
export type ConvolveMode = "full" | "same" | "valid";
export const modeParam = param<[mode: ConvolveMode]>()("mode", "full");

const fftconvolveParams = [
  modeParam,
  /** Along which axes (all); the others broadcast. */
  param<[axes: number | readonly number[] | null]>()("axes", null),
] as const;
/**
 * Options of `fftconvolve`: mode = "full" (see `ConvolveMode`), axes = null (along which axes: all; the others broadcast).
 */
export type FftconvolveOptions = OptionsOf<typeof fftconvolveParams>;

/** `size` elements of each of the axes, from the middle. */
function centred(x: NDArray, axes: readonly number[], sizes: readonly number[]): NDArray {
  return axes.reduce((out, axis, i) => {
    const from = Math.floor((out.shape[axis] - sizes[i]) / 2);
    return lax.sliceInDim(out, from, from + sizes[i], 1, axis);
  }, x);
}

function checkShapes(a: NDArray, b: NDArray, axes: readonly number[]): void {
  const fits = range(a.ndim).every(
    (k) => axes.includes(k) || a.shape[k] === b.shape[k] || a.shape[k] === 1 || b.shape[k] === 1,
  );
  if (a.ndim === b.ndim && fits) return;
  throw new ShapeError(
    `fftconvolve: shapes ${shapeString(a.shape)} and ${shapeString(b.shape)} do not fit along axes [${axes.join(", ")}].`,
  );
}

/** The full convolution: products of transforms that are long enough not to wrap around. */
function fullConvolution(a: NDArray, b: NDArray, axes: readonly number[]): NDArray {
  const sizes = axes.map((k) => a.shape[k] + b.shape[k] - 1);
  const s = sizes.map((n) => smoothLength(n));
  const complex = isComplex(a.dtype);
  const [forward, backward] = complex ? [fftn, ifftn] : [rfftn, irfftn];
  const [x, y] = [forward(a, { s, axes }), forward(b, { s, axes })];
  const shape = x.shape.map((d, k) => Math.max(d, y.shape[k]));
  const wide = (z: NDArray): NDArray => lax.broadcastInDim(z, shape, range(z.ndim));
  const out = backward(lax.mul(wide(x), wide(y)), { s, axes });
  return axes.reduce((z, axis, i) => lax.sliceInDim(z, 0, sizes[i], 1, axis), out);
}

/**
 * The convolution of two arrays by Fourier transforms: n log n steps for large arrays of similar size.
 *
 * Parameters: mode = "full" ("same": the size of the first array; "valid"), axes = null.
 * @throws ShapeError for shapes that do not fit; ArgumentError for an unknown mode
 * @see jax.scipy.signal.fftconvolve
 * @example
 * scipy.signal.fftconvolve(np.array([1, 2]), np.array([1, 1]), "same").shape; // [2]
 */
export const fftconvolve = define(
  "fftconvolve",
  fftconvolveParams,
  [],
  ({ mode, axes }, in1: ArrayLike, in2: ArrayLike) => {
    const [a, b] = promote("fftconvolve", in1, in2).map((x) => inexact("fftconvolve", x)) as [
      NDArray,
      NDArray,
    ];
    const list = axes === null ? range(a.ndim) : canonicalAxes(axes, a.ndim, "fftconvolve");
    checkShapes(a, b, list);
    if (a.size === 0 || b.size === 0) throw new ShapeError("fftconvolve: the arrays must not be empty.");
    const full = list.length === 0 ? lax.mul(a, b) : fullConvolution(a, b, list);
    if (mode === "full") return full;
    const middle = (size: (axis: number) => number): NDArray => centred(full, list, list.map(size));
    if (mode === "same") return middle((k) => a.shape[k]);
    if ((mode as string) !== "valid")
      throw new ArgumentError(`fftconvolve: unknown mode ${show(mode)}; expected "full", "same" or "valid".`);
    const larger = list.every((k) => a.shape[k] >= b.shape[k]);
    if (!larger && !list.every((k) => b.shape[k] >= a.shape[k]))
      throw new ShapeError(
        `fftconvolve: for mode "valid" one array must be at least as large in every dimension.`,
      );
    return middle((k) => Math.abs(a.shape[k] - b.shape[k]) + 1);
  },
);
