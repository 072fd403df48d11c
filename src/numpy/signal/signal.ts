/**
 * @file One-dimensional signals: convolve, correlate, interp, unwrap, window functions.
 */
import { refuseMore, show, checkWhole } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, defaultFloat, defaultInt, isComplex, isInexact, toDType } from "../../dtypes/dtype.ts";
import { canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../base/errors.ts";
import { slideVectors } from "../../lax/convolution/conv.ts";
import { asArray, asDType, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { range } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, type Values, param } from "../../arguments/parameters.ts";
import { finfo } from "../dtypes/dtypes.ts";
import { pick } from "../indexing/gather.ts";
import * as p from "../operands/parameters.ts";
import { cast, inexact, promoteInexact } from "../operands/promote.ts";
import { searchsorted } from "../sorting/sorting.ts";
import { i0 } from "../ufuncs/math.ts";

/** How much of a convolution is wanted: all, as much as the longer vector, or where both overlap entirely. */
export type ConvolveMode = "full" | "same" | "valid";

const modeParam = (initial: ConvolveMode) => param<[mode: ConvolveMode]>()("mode", initial);
const convolveNamed = [
  /** Accepted for compatibility: products are as exact as the dtype. */
  param<[precision: unknown]>()("precision", null),
  param<[preferredElementType: DType | null]>()("preferredElementType", null),
] as const;
/** Options of `convolve` and `correlate`. */
export type ConvolveOptions = OptionsOf<[ReturnType<typeof modeParam>, ...typeof convolveNamed]>;

function vectors(where: string, a: ArrayLike, v: ArrayLike): [NDArray, NDArray] {
  const [x, y] = promote(where, a, v).map((z) => (z.ndim === 0 ? z : inexact(where, z)));
  if (x.ndim !== 1 || y.ndim !== 1)
    throw new ShapeError(
      `${where}: expected two vectors; got ${shapeString(x.shape)} and ${shapeString(y.shape)}.`,
    );
  if (x.size === 0 || y.size === 0) throw new ShapeError(`${where}: the vectors must not be empty.`);
  return [x, y];
}

/** Slides the shorter `y` over `x` and adds up the products. */
function slide(
  where: string,
  x: NDArray,
  y: NDArray,
  mode: ConvolveMode,
  preferredElementType: DType | null,
): NDArray {
  const n = y.size;
  const paddings: Readonly<Record<ConvolveMode, [number, number]>> = {
    valid: [0, 0],
    same: [Math.floor(n / 2), n - Math.floor(n / 2) - 1],
    full: [n - 1, n - 1],
  };
  if (!Object.hasOwn(paddings, mode))
    throw new ArgumentError(`${where}: unknown mode ${show(mode)}; expected "full", "same" or "valid".`);
  const dtype = preferredElementType === null ? null : toDType(preferredElementType, where);
  return slideVectors(x, y, paddings[mode], dtype);
}

/**
 * The discrete convolution of two vectors: whole ("full"), of the size of the longer ("same"), or only where both overlap
 * entirely ("valid").
 * @throws ShapeError for other than two vectors that are not empty, ArgumentError for an unknown mode
 * @see jax.numpy.convolve
 * @example
 * np.convolve(np.array([1, 2, 3]), np.array([1, 1])).js(); // [1, 3, 5, 3]
 */
export const convolve = define(
  "convolve",
  [modeParam("full")],
  convolveNamed,
  ({ mode, preferredElementType }, a: ArrayLike, v: ArrayLike) => {
    const [x, y] = vectors("convolve", a, v);
    const [long, short] = x.size < y.size ? [y, x] : [x, y];
    return slide("convolve", long, lax.rev(short, [0]), mode, preferredElementType);
  },
);

/**
 * The cross-correlation of two vectors, the second conjugated; modes as for `convolve`, but "valid" by default.
 * @throws ShapeError for other than two vectors that are not empty, ArgumentError for an unknown mode
 * @see jax.numpy.correlate
 * @example
 * np.correlate(np.array([1, 2, 3]), np.array([1, 1])).js(); // [3, 5]
 */
export const correlate = define(
  "correlate",
  [modeParam("valid")],
  convolveNamed,
  ({ mode, preferredElementType }, a: ArrayLike, v: ArrayLike) => {
    const [x, second] = vectors("correlate", a, v);
    const y = isComplex(second.dtype) ? second.conj() : second;
    if (x.size >= y.size) return slide("correlate", x, y, mode, preferredElementType);
    return lax.rev(slide("correlate", y, x, mode, preferredElementType), [0]);
  },
);

type Outside = ArrayLike | "extrapolate" | null;
const interpParams = [
  /** The value left of the first point; null for its value. "extrapolate" continues the line. */
  param<[left: Outside]>()("left", null),
  param<[right: Outside]>()("right", null),
  param<[period: ArrayLike | null]>()("period", null),
] as const;
/** Options of `interp`. */
export type InterpOptions = OptionsOf<typeof interpParams>;

/**
 * Piecewise linear interpolation at `x` through the points (xp, fp), xp increasing.
 * With a `period`, coordinates wrap round and `left` and `right` have no effect. The derivative in `x` at a point is the
 * slope right of it; outside it is 0 unless extrapolated.
 * @throws ShapeError unless xp and fp are vectors of one size
 * @see jax.numpy.interp
 * @example
 * np.interp(np.array([0.5, 1.5]), np.array([0, 1, 2]), np.array([0, 10, 40])).js(); // [5, 25]
 */
export const interp = define(
  "interp",
  interpParams,
  [],
  (options, x: ArrayLike, xp: ArrayLike, fp: ArrayLike): NDArray => {
    const [at, points] = promote("interp", x, xp).map((v) => inexact("interp", v));
    const values = inexact("interp", fp);
    if (points.ndim !== 1 || values.ndim !== 1 || points.size !== values.size || points.size === 0) {
      throw new ShapeError(
        `interp: xp and fp must be vectors of one size; got ${shapeString(points.shape)} and ${shapeString(values.shape)}.`,
      );
    }
    if (options.period === null) return between(at, points, values, options);
    const period = lax.abs(asDType(options.period, points.dtype, false, "interp"));
    const [sorted, ordered] = lax.sortKeyVal(floorMod(points, period), values, 0);
    const n = sorted.size;
    const ends = (v: NDArray): [NDArray, NDArray] => [lax.sliceInDim(v, n - 1, n), lax.sliceInDim(v, 0, 1)];
    const [lastX, firstX] = ends(sorted);
    const [lastF, firstF] = ends(ordered);
    return between(
      floorMod(at, period),
      lax.concatenate([lax.sub(lastX, period), sorted, lax.add(firstX, period)], 0),
      lax.concatenate([lastF, ordered, firstF], 0),
      { left: null, right: null },
    );
  },
);

/** x mod p, with the sign of p. */
function floorMod(x: NDArray, p: NDArray | number): NDArray {
  const r = lax.rem(x, p);
  const wrong = lax.bitwiseAnd(lax.ne(r, 0), lax.ne(lax.lt(r, 0), lax.lt(p, 0)));
  return lax.select(wrong, lax.add(r, p), r);
}

function between(
  x: NDArray,
  xp: NDArray,
  fp: NDArray,
  { left, right }: Pick<Values<typeof interpParams>, "left" | "right">,
): NDArray {
  const at = lax.clamp(1, searchsorted(xp, x, "right"), Math.max(1, xp.size - 1));
  const before = lax.sub(at, 1);
  const [x0, f0] = [pick(xp, before), pick(fp, before)];
  const [dx, df] = [lax.sub(pick(xp, at), x0), lax.sub(pick(fp, at), f0)];
  const isPoint = lax.le(lax.abs(dx), spacing(xp));
  const [slope, rise] = promoteInexact("interp", lax.div(lax.sub(x, x0), lax.select(isPoint, 1, dx)), df);
  const [base] = promoteInexact("interp", f0, slope);
  const out = lax.select(isPoint, base, lax.add(base, lax.mul(slope, rise)));
  const place = (inside: NDArray, i: 0 | -1, value: Outside): NDArray => {
    if (value === "extrapolate") return inside;
    const end = lax.indexInDim(xp, i, 0, false);
    const isOutside = i === 0 ? lax.lt(x, end) : lax.gt(x, end);
    const v =
      value === null
        ? lax.convertElementType(lax.indexInDim(fp, i, 0, false), out.dtype)
        : asDType(value, out.dtype, false, "interp");
    const wide = v.ndim === 0 ? v : lax.broadcastInDim(v, out.shape, range(v.ndim));
    return lax.select(isOutside, wide, inside);
  };
  return place(place(out, 0, left), -1, right);
}

/** The distance from a dtype's epsilon to the next number: below it, two points are one. */
const spacing = (x: NDArray): number => finfo(x.dtype).eps ** 2;

const unwrapParams = [
  /** The least jump that is taken out; null for half a period. */
  param<[discont: ArrayLike | null]>()("discont", null),
  p.lastAxis,
  param<[period: number]>()("period", 2 * Math.PI),
] as const;
/** Options of `unwrap`. */
export type UnwrapOptions = OptionsOf<typeof unwrapParams>;

/**
 * What is to be added to the elements behind the first along an axis, halved: no difference of float64 numbers overflows
 * then. A jump is reduced to [−half, half]; where both ends are the same, to the one of its sign.
 */
function halvedCorrections(
  x: NDArray,
  k: number,
  period: number,
  isWhole: boolean,
  limit: ArrayLike,
): NDArray {
  const n = x.shape[k];
  const halves = lax.mul(x, 0.5);
  const jump = lax.sub(lax.sliceInDim(halves, 1, n, 1, k), lax.sliceInDim(halves, 0, n - 1, 1, k));
  const round = Math.abs(period) / 2;
  const rest = floorMod(jump, round);
  // A whole period that is odd has its ends apart.
  const half = isWhole ? Math.floor(Math.abs(period) / 2) / 2 : round / 2;
  const isEnd = isWhole && period % 2 !== 0 ? lax.full(jump.shape, false, "bool") : lax.eq(rest, half);
  const isOver = lax.bitwiseOr(lax.gt(rest, half), lax.bitwiseAnd(isEnd, lax.le(jump, 0)));
  const step = lax.select(isOver, lax.sub(rest, round), rest);
  const small = lax.lt(lax.abs(jump), lax.mul(asDType(limit, "float64", false, "unwrap"), 0.5));
  return lax.cumsum(lax.select(small, 0, lax.sub(step, jump)), k);
}

/**
 * Angles (or other values of a given period) with jumps of more than half a period taken out, along an axis (the last). The
 * derivative is that of the identity. Integers of a whole period give int32, others the default float.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.unwrap
 * @example
 * np.unwrap(np.array([0, 3, 1]), { period: 4 }).js(); // [0, -1, -3]
 */
export const unwrap = define("unwrap", unwrapParams, [], ({ discont, axis, period }, p: ArrayLike) => {
  const angles = asArray(p, "unwrap");
  if (isComplex(angles.dtype)) throw new DTypeError("unwrap: not defined for complex arrays.");
  const isWhole = !isInexact(angles.dtype) && Number.isInteger(period);
  const x = isWhole ? angles : inexact("unwrap", angles);
  const k = canonicalAxis(axis, x.ndim, "unwrap");
  const n = x.shape[k];
  const dtype = isWhole ? defaultInt : x.dtype;
  if (n === 0) return cast(x, dtype);
  const wide = lax.convertElementType(x, "float64");
  const [head, tail] = [lax.sliceInDim(wide, 0, 1, 1, k), lax.sliceInDim(wide, 1, n, 1, k)];
  const half = lax.stopGradient(halvedCorrections(wide, k, period, isWhole, discont ?? Math.abs(period) / 2));
  const whole = lax.mul(half, 2);
  const corrected = lax.select(lax.isFinite(whole), lax.add(tail, whole), lax.add(lax.add(tail, half), half));
  return cast(lax.concatenate([head, corrected], k), dtype);
});

/** The window of M points of values `f(n, M − 1)`, n = 0 … M − 1; a single point is 1. */
function windowOf(name: string, M: number, f: (n: number, last: number) => number): NDArray {
  checkWhole(name, "the number of points", M);
  const values = new Float64Array(M);
  for (let n = 0; n < M; n++) values[n] = M === 1 ? 1 : f(n, M - 1);
  return lax.convertElementType(asArray(values, name), defaultFloat());
}

/** cos(2πjn / last) */
const wave = (n: number, last: number, j = 1): number => Math.cos((2 * j * Math.PI * n) / last);

/**
 * Bartlett's (triangular) window of M points.
 * @throws ArgumentError unless M is a non-negative integer
 * @see jax.numpy.bartlett
 * @example
 * np.bartlett(3).js(); // [0, 1, 0]
 */
export const bartlett = (M: number, ...more: []): NDArray => {
  refuseMore("bartlett", 1, more);
  return windowOf("bartlett", M, (n, last) => 1 - Math.abs(2 * n - last) / last);
};

/**
 * Blackman's window of M points.
 * @throws ArgumentError unless M is a non-negative integer
 * @see jax.numpy.blackman
 * @example
 * np.blackman(3).shape; // [3]
 */
export const blackman = (M: number, ...more: []): NDArray => {
  refuseMore("blackman", 1, more);
  return windowOf("blackman", M, (n, last) => 0.42 - 0.5 * wave(n, last) + 0.08 * wave(n, last, 2));
};

/**
 * Hamming's window of M points.
 * @throws ArgumentError unless M is a non-negative integer
 * @see jax.numpy.hamming
 * @example
 * np.hamming(3).shape; // [3]
 */
export const hamming = (M: number, ...more: []): NDArray => {
  refuseMore("hamming", 1, more);
  return windowOf("hamming", M, (n, last) => 0.54 - 0.46 * wave(n, last));
};

/**
 * The Hann window of M points.
 * @throws ArgumentError unless M is a non-negative integer
 * @see jax.numpy.hanning
 * @example
 * np.hanning(3).js(); // [0, 1, 0]
 */
export const hanning = (M: number, ...more: []): NDArray => {
  refuseMore("hanning", 1, more);
  return windowOf("hanning", M, (n, last) => 0.5 * (1 - wave(n, last)));
};

/**
 * Kaiser's window of M points; differentiable in `beta`.
 * @throws ArgumentError unless M is a non-negative integer
 * @see jax.numpy.kaiser
 * @example
 * np.kaiser(3, 0).js(); // [1, 1, 1]
 */
export function kaiser(M: number, beta: ArrayLike, ...more: []): NDArray {
  refuseMore("kaiser", 2, more);
  const radius = windowOf("kaiser", M, (n, last) => Math.sqrt(Math.max(0, 1 - ((2 * n - last) / last) ** 2)));
  if (M <= 1) return radius;
  const b = asDType(beta, radius.dtype, false, "kaiser");
  return lax.div(i0(lax.mul(radius, b)), i0(b));
}
