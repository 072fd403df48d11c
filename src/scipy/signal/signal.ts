/**
 * @file Of the `scipy.signal` namespace: convolution and correlation of arrays of any number of dimensions, computed
 * directly or by Fourier transforms, and the removal of trends.
 *
 * Outside the arrays everything is 0. Source: jax/_src/scipy/signal.py.
 */
import { show } from "../../base/checks.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, type Values, param } from "../../arguments/parameters.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import { canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { moveAxis } from "../../lax/shapes/movement.ts";
import { asarray } from "../../numpy/creation/array.ts";
import { inexact } from "../../numpy/operands/promote.ts";
import { mean } from "../../numpy/reductions/reductions.ts";
import { subtract } from "../../numpy/ufuncs/ufunc.ts";
import { conj } from "../../numpy/ufuncs/logic.ts";
import { range } from "../../base/util.ts";
import { type ConvolveMode, fftconvolve, modeParam } from "./fftconvolve.ts";

/** Accepted as in JAX; sums are always computed in full precision. */
const precision = param<[precision: unknown]>()("precision", null);
type Method = "auto" | "direct" | "fft";

/** "auto" is "direct": sums of products. */
const convolveParams = [modeParam, param<[method: Method]>()("method", "auto"), precision] as const;
/**
 * Options of `convolve` and `correlate`: mode = "full" (see `ConvolveMode`), method = "auto" ("direct", which it is, or
 * "fft"), precision (ignored).
 */
export type ConvolveOptions = OptionsOf<typeof convolveParams>;

/** What lies outside: only "fill", with 0. */
const convolve2dParams = [
  modeParam,
  param<[boundary: "fill"]>()("boundary", "fill"),
  param<[fillvalue: number]>()("fillvalue", 0),
  precision,
] as const;
/**
 * Options of `convolve2d` and `correlate2d`: mode = "full" (see `ConvolveMode`), boundary = "fill" and fillvalue = 0 (no
 * others), precision (ignored).
 */
export type Convolve2dOptions = OptionsOf<typeof convolve2dParams>;

const flip = (x: NDArray): NDArray => lax.rev(x, range(x.ndim));
const conjugate = (x: NDArray): NDArray => (isComplex(x.dtype) ? conj(x) : x);

/** Whether `a` is nowhere larger than `b`. */
const within = (a: NDArray, b: NDArray): boolean => a.shape.every((d, i) => d <= b.shape[i]);

function convolveDirect(where: string, a: NDArray, b: NDArray, mode: ConvolveMode): NDArray {
  if (!["full", "same", "valid"].includes(mode))
    throw new ArgumentError(`${where}: unknown mode ${show(mode)}; expected "full", "same" or "valid".`);
  const shapes = `${shapeString(a.shape)} and ${shapeString(b.shape)}`;
  if (a.ndim !== b.ndim || a.ndim === 0) {
    throw new ShapeError(
      `${where}: expected arrays with equally many dimensions, at least 1; got shapes ${shapes}.`,
    );
  }
  if (a.size === 0 || b.size === 0)
    throw new ShapeError(`${where}: the arrays must not be empty; got shapes ${shapes}.`);
  if (!within(b, a) && !within(a, b)) {
    throw new ShapeError(
      `${where}: one array must be at least as large as the other in every dimension; got shapes ${shapes}.`,
    );
  }
  const [large, small] = within(a, b) ? [b, a] : [a, b];
  const padding = small.shape.map((size, i): [number, number] => {
    if (mode === "valid") return [0, 0];
    if (mode === "full") return [size - 1, size - 1];
    const half = Math.floor((b.shape[i] - 1) / 2);
    return [size - 1 - half, size - b.shape[i] + half];
  });
  const out = lax.convGeneralDilated(
    lax.reshape(large, [1, 1, ...large.shape]),
    lax.reshape(flip(small), [1, 1, ...small.shape]),
    { windowStrides: padding.map(() => 1), padding },
  );
  return lax.reshape(out, out.shape.slice(2));
}

type Convolution = (where: string, a: NDArray, b: NDArray, mode: ConvolveMode) => NDArray;

function convolutionBy(where: string, method: Method): Convolution {
  if (method === "fft") return (_, a, b, mode) => fftconvolve(a, b, mode);
  if (method !== "auto" && (method as string) !== "direct")
    throw new ArgumentError(`${where}: unknown method ${show(method)}; expected "auto", "direct" or "fft".`);
  return convolveDirect;
}

function pair(where: string, a: ArrayLike, b: ArrayLike): [NDArray, NDArray] {
  const [x, y] = promote(where, a, b);
  return [inexact(where, x), inexact(where, y)];
}

/**
 * The convolution of two arrays, of which one is at least as large as the other in every dimension.
 *
 * Parameters: mode = "full" ("same": the size of the first array; "valid"), method = "auto" ("direct", "fft"), precision
 * (ignored).
 * @throws ShapeError for empty arrays and for shapes that do not fit; ArgumentError for an unknown mode or method
 * @see jax.scipy.signal.convolve
 * @example
 * scipy.signal.convolve(np.array([1, 2, 3]), np.array([1, 1])).js(); // [1, 3, 5, 3]
 */
export const convolve = define(
  "convolve",
  convolveParams,
  [],
  ({ mode, method }, in1: ArrayLike, in2: ArrayLike) =>
    convolutionBy("convolve", method)("convolve", ...pair("convolve", in1, in2), mode),
);

/**
 * The cross-correlation of two arrays, the second conjugated; otherwise as `convolve`.
 * @see jax.scipy.signal.correlate
 * @example
 * scipy.signal.correlate(np.array([1, 2, 3]), np.array([0, 1]), "valid").js(); // [2, 3]
 */
export const correlate = define(
  "correlate",
  convolveParams,
  [],
  ({ mode, method }, in1: ArrayLike, in2: ArrayLike) => {
    const by = convolutionBy("correlate", method);
    const [a, b] = pair("correlate", in1, in2);
    return by("correlate", a, flip(conjugate(b)), mode);
  },
);

function prepare2d(
  where: string,
  in1: ArrayLike,
  in2: ArrayLike,
  { boundary, fillvalue }: Values<typeof convolve2dParams>,
): [NDArray, NDArray] {
  if ((boundary as string) !== "fill" || fillvalue !== 0) {
    throw new ArgumentError(
      `${where}: only boundary "fill" with fillvalue 0 is supported; got '${boundary}' and ${fillvalue}. Pad the array first.`,
    );
  }
  const [a, b] = pair(where, in1, in2);
  if (a.ndim !== 2 || b.ndim !== 2) {
    throw new ShapeError(
      `${where}: expected two matrices; got shapes ${shapeString(a.shape)} and ${shapeString(b.shape)}.`,
    );
  }
  return [a, b];
}

/**
 * The convolution of two matrices; otherwise as `convolve`.
 *
 * Parameters: mode = "full", boundary = "fill" and fillvalue = 0 (no others), precision (ignored).
 * @see jax.scipy.signal.convolve2d
 * @example
 * scipy.signal.convolve2d(np.eye(2), np.array([[2]])).js(); // [[2, 0], [0, 2]]
 */
export const convolve2d = define(
  "convolve2d",
  convolve2dParams,
  [],
  (options, in1: ArrayLike, in2: ArrayLike) =>
    convolveDirect("convolve2d", ...prepare2d("convolve2d", in1, in2, options), options.mode),
);

/**
 * The cross-correlation of two matrices, the second conjugated; otherwise as `convolve2d`.
 * @see jax.scipy.signal.correlate2d
 * @example
 * scipy.signal.correlate2d(np.eye(2), np.array([[2]])).js(); // [[2, 0], [0, 2]]
 */
export const correlate2d = define(
  "correlate2d",
  convolve2dParams,
  [],
  (options, in1: ArrayLike, in2: ArrayLike) => {
    const [a, b] = prepare2d("correlate2d", in1, in2, options);
    // Sums around a[i] belong to -i of the flipped array: for even sizes its middle differs from that of flip(b).
    return flip(convolveDirect("correlate2d", flip(a), conjugate(b), options.mode));
  },
);

const detrendParams = [
  param<[axis: number]>()("axis", -1),
  param<[type: "linear" | "constant"]>()("type", "linear"),
  param<[bp: number | readonly number[]]>()("bp", 0),
  param<[overwriteData: null]>()("overwriteData", null),
] as const;
/**
 * Options of `detrend`: axis = −1, type = "linear" ("constant"), bp = 0 (indices at which a new line begins); overwriteData
 * must be null.
 */
export type DetrendOptions = OptionsOf<typeof detrendParams>;

/** What remains of rows [n, m] when each column loses the straight line that fits it best. */
function withoutLine(x: NDArray): NDArray {
  const n = x.shape[0];
  const centred = subtract(x, mean(x, 0, { keepdims: true }));
  if (n === 1) return centred;
  // Coordinates that sum to 0 make the slope independent of the mean.
  const at = range(n).map((i) => i - (n - 1) / 2);
  const scale = at.reduce((total, t) => total + t * t, 0);
  const t = lax.broadcastInDim(asarray(at, { dtype: x.dtype }), x.shape, [0]);
  const slope = lax.div(lax.reduceSum(lax.mul(t, centred), [0]), scale);
  return lax.sub(centred, lax.mul(t, lax.broadcastInDim(slope, x.shape, [1])));
}

/**
 * Data without their trend along an axis: the straight line of least squares, or the mean.
 *
 * Parameters: axis = −1, type = "linear" ("constant"), bp = 0 (indices at which a new line begins).
 * @throws ArgumentError for an unknown type, and for break points outside the axis
 * @see jax.scipy.signal.detrend
 * @example
 * scipy.signal.detrend(np.array([1, 2, 6]), { type: "constant" }).js(); // [-2, -1, 3]
 */
export const detrend = define(
  "detrend",
  detrendParams,
  [],
  ({ axis, type, bp, overwriteData }, data: ArrayLike) => {
    if ((overwriteData as unknown) !== null)
      throw new ArgumentError("detrend: 'overwriteData' is not supported; arrays never change.");
    const x = inexact("detrend", asArray(data, "detrend"));
    const k = canonicalAxis(axis, x.ndim, "detrend");
    if (type === "constant") return subtract(x, mean(x, k, { keepdims: true }));
    if ((type as string) !== "linear")
      throw new ArgumentError(`detrend: unknown type ${show(type)}; expected "linear" or "constant".`);
    const n = x.shape[k];
    const breaks = typeof bp === "number" ? [bp] : bp;
    if (breaks.some((b) => !Number.isInteger(b) || b < 0 || b > n)) {
      throw new ArgumentError(
        `detrend: break points must be whole numbers from 0 to ${n}, the length of the axis; got ${breaks.join(", ")}.`,
      );
    }
    if (x.size === 0) return x;
    const bounds = [...new Set([0, ...breaks, n])].sort((p, q) => p - q);
    const front = moveAxis(x, k, 0);
    const rows = lax.reshape(front, [n, x.size / n]);
    const pieces = range(bounds.length - 1).map((i) =>
      withoutLine(lax.sliceInDim(rows, bounds[i], bounds[i + 1], 1, 0)),
    );
    return moveAxis(lax.reshape(lax.concatenate(pieces, 0), front.shape), 0, k);
  },
);
