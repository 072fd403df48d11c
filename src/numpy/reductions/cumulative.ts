/** @file Running sums and products, differences, gradients and integrals along an axis. */
import { together } from "../../core/deferral.ts";
import { show } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { Axis } from "../../core/methods.ts";
import type { DType } from "../../dtypes/dtype.ts";
import {
  broadcastShapes,
  canonicalAxes,
  canonicalAxis,
  removeAt,
  replaceAt,
  shapeString,
} from "../../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../base/errors.ts";
import { asArray, asDType, promote, resultType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { define, settle, signature } from "../../arguments/declare.ts";
import { type OptionsOf, param } from "../../arguments/parameters.ts";
import { isPlainObject } from "../../arguments/rest.ts";
import * as p from "../operands/parameters.ts";
import { cast, givenDType, inexact, inexactType } from "../operands/promote.ts";
import { promoteInteger, withoutNan } from "./common.ts";

const cumulativeParams = [p.oneAxis, p.dtype, p.out] as const;
/** Options of `cumsum` and `cumprod`. */
export type CumulativeOptions = OptionsOf<typeof cumulativeParams>;

type Scan = (x: ArrayLike, axis: number) => NDArray;
const runningSum: Scan = (x, axis) => lax.cumsum(x, axis, false);
const runningProduct: Scan = (x, axis) => lax.cumprod(x, axis, false);

/**
 * `scan` along an axis, or of the flattened array, with NaN replaced unless `nanAs` is null. A 0-d array counts as a vector.
 */
function cumulate(
  name: string,
  a: ArrayLike,
  axis: number | null,
  dtype: DType | null,
  scan: Scan,
  nanAs: number | null,
): NDArray {
  let x = asArray(a, name);
  if (axis === null || x.ndim === 0) x = lax.reshape(x, [x.size]);
  const along = canonicalAxis(axis ?? 0, x.ndim, name);
  if (nanAs !== null) x = withoutNan(x, nanAs);
  const result = givenDType(name, dtype) ?? (x.dtype === "bool" ? "int32" : x.dtype);
  const out = scan(cast(x, result === "bool" ? "int32" : result), along);
  return result === "bool" ? lax.ne(out, 0) : out;
}

const cumulative = (name: string, scan: Scan, nanAs: number | null) =>
  define(name, cumulativeParams, [], ({ axis, dtype }, a: ArrayLike) =>
    cumulate(name, a, axis, dtype, scan, nanAs),
  );

/**
 * The running sums along an axis, or of the flattened array (null).
 * @see jax.numpy.cumsum
 * @example
 * np.cumsum(np.array([1, 2, 3])).js(); // [1, 3, 6]
 */
export const cumsum = cumulative("cumsum", runningSum, null);

/**
 * The running products along an axis, or of the flattened array (null).
 * @see jax.numpy.cumprod
 * @example
 * np.cumprod(np.array([1, 2, 3])).js(); // [1, 2, 6]
 */
export const cumprod = cumulative("cumprod", runningProduct, null);

/**
 * `cumsum` with NaN as 0.
 * @see jax.numpy.nancumsum
 * @example
 * np.nancumsum(np.array([1, NaN, 3])).js(); // [1, 1, 4]
 */
export const nancumsum = cumulative("nancumsum", runningSum, 0);

/**
 * `cumprod` with NaN as 1.
 * @see jax.numpy.nancumprod
 * @example
 * np.nancumprod(np.array([2, NaN, 3])).js(); // [2, 2, 6]
 */
export const nancumprod = cumulative("nancumprod", runningProduct, 1);

const cumulativeSumParams = [
  p.oneAxis,
  p.dtype,
  /** Start with the value of nothing: 0, or 1 for products. */
  param<[includeInitial: boolean]>()("includeInitial", false),
] as const;
/** Options of `cumulativeSum` and `cumulativeProd`. */
export type CumulativeSumOptions = OptionsOf<typeof cumulativeSumParams>;

const cumulativeArrayApi = (name: string, scan: Scan, neutral: number) =>
  define(name, [], cumulativeSumParams, ({ axis: given, dtype, includeInitial }, x: ArrayLike): NDArray => {
    const a = asArray(x, name);
    if (a.ndim === 0) throw new ShapeError(`${name}: expected an array with axes; got a 0-dimensional one.`);
    if (given === null && a.ndim > 1)
      throw new ArgumentError(
        `${name}: an array of shape ${shapeString(a.shape)} needs an axis; give { axis }.`,
      );
    const axis = canonicalAxis(given ?? 0, a.ndim, name);
    const out = cumulate(name, a, axis, dtype ?? promoteInteger(a.dtype), scan, null);
    return includeInitial
      ? lax.concatenate([lax.full(replaceAt(a.shape, axis, 1), neutral, out.dtype), out], axis)
      : out;
  });

/**
 * The running sums along an axis (the only one, unless given), as in the array API standard: small integers add up in
 * int32.
 * @throws ShapeError for a scalar; ArgumentError if the axis of an array with several is not given
 * @see jax.numpy.cumulative_sum
 * @example
 * np.cumulativeSum(np.array([1, 2, 3]), { includeInitial: true }).js(); // [0, 1, 3, 6]
 */
export const cumulativeSum = cumulativeArrayApi("cumulativeSum", runningSum, 0);

/**
 * The running products along an axis (the only one, unless given), as in the array API standard.
 * @throws ShapeError for a scalar; ArgumentError if the axis of an array with several is not given
 * @see jax.numpy.cumulative_prod
 * @example
 * np.cumulativeProd(np.array([2, 3]), { includeInitial: true }).js(); // [1, 2, 6]
 */
export const cumulativeProd = cumulativeArrayApi("cumulativeProd", runningProduct, 1);

const diffParams = [
  param<[n: number]>()("n", 1),
  p.lastAxis,
  param<[prepend: ArrayLike | null]>()("prepend", null),
  param<[append: ArrayLike | null]>()("append", null),
] as const;
/** Options of `diff`. */
export type DiffOptions = OptionsOf<typeof diffParams>;

/**
 * The n-th differences of neighbours along an axis (the last), of bool: whether they differ. `prepend` and `append` are put
 * before and behind first.
 * @throws ArgumentError for a negative n; ShapeError for a scalar
 * @see jax.numpy.diff
 * @example
 * np.diff(np.array([1, 4, 9])).js(); // [3, 5]
 */
export const diff = define("diff", diffParams, [], ({ n, axis, prepend, append }, a: ArrayLike): NDArray => {
  let x = asArray(a, "diff");
  if (!Number.isInteger(n) || n < 0)
    throw new ArgumentError(`diff: n must be a non-negative integer; got ${show(n)}.`);
  if (x.ndim === 0) throw new ShapeError("diff: expected an array with axes; got a 0-dimensional one.");
  if (n === 0) return x;
  const k = canonicalAxis(axis, x.ndim, "diff");
  const edge = replaceAt(x.shape, k, 1);
  const parts = [prepend, x, append].filter((v): v is ArrayLike => v !== null);
  if (parts.length > 1) {
    const whole = promote("diff", ...parts).map((b) => (b.ndim === 0 ? broadcastToShape(b, edge) : b));
    x = lax.concatenate(whole, k);
  }
  for (let i = 0; i < n; i++) {
    const size = x.shape[k];
    if (size < 2) return lax.sliceInDim(x, 0, 0, 1, k);
    const [later, earlier] = [lax.sliceInDim(x, 1, size, 1, k), lax.sliceInDim(x, 0, size - 1, 1, k)];
    x = x.dtype === "bool" ? lax.ne(later, earlier) : lax.sub(later, earlier);
  }
  return x;
});

const ediffParams = [
  param<[toEnd: ArrayLike | null]>()("toEnd", null),
  param<[toBegin: ArrayLike | null]>()("toBegin", null),
] as const;
/** Options of `ediff1d`. */
export type Ediff1dOptions = OptionsOf<typeof ediffParams>;

/**
 * The differences of neighbours of the flattened array, with values put before and behind.
 * @throws DTypeError for bool
 * @see jax.numpy.ediff1d
 * @example
 * np.ediff1d(np.array([1, 4, 9]), { toEnd: 0 }).js(); // [3, 5, 0]
 */
export const ediff1d = define("ediff1d", ediffParams, [], ({ toEnd, toBegin }, a: ArrayLike): NDArray => {
  const x = asArray(a, "ediff1d");
  if (x.dtype === "bool")
    throw new DTypeError(
      `ediff1d: booleans have no differences. Convert with x.astype("int32"), or use diff.`,
    );
  const differences = diff(lax.reshape(x, [x.size]));
  const steps = cast(differences, differences.dtype);
  const flat = (v: ArrayLike | null): NDArray[] => {
    if (v === null) return [];
    const b = asDType(v, x.dtype, false, "ediff1d");
    return [lax.reshape(b, [b.size])];
  };
  const parts = [...flat(toBegin), steps, ...flat(toEnd)];
  return parts.length === 1 ? differences : lax.concatenate(parts, 0);
});

function gradientAlong(x: NDArray, axis: number, h: NDArray): NDArray {
  const n = x.shape[axis];
  if (n < 2)
    throw new ShapeError(`gradient: axis ${axis} of shape ${shapeString(x.shape)} needs 2 elements or more.`);
  const part = (lo: number, hi: number): NDArray => lax.sliceInDim(x, lo, hi, 1, axis);
  const step = (lo: number, hi: number): NDArray => lax.sub(part(lo, hi), part(lo - 1, hi - 1));
  if (h.ndim === 0) {
    const inner = lax.mul(lax.sub(part(2, n), part(0, n - 2)), 0.5);
    return lax.div(lax.concatenate([step(1, 2), inner, step(n - 1, n)], axis), h);
  }
  if (h.ndim !== 1 || h.size !== n)
    throw new ShapeError(
      `gradient: coordinates along axis ${axis} must be ${n} numbers; got shape ${shapeString(h.shape)}.`,
    );
  const dx = diff(h);
  const flat = x.shape.map(() => 1);
  const along = (v: NDArray): NDArray => lax.broadcastInDim(v, replaceAt(flat, axis, v.size), [axis]);
  const over = (v: NDArray, like: NDArray): NDArray => broadcastToShape(v, like.shape);
  const first = along(lax.sliceInDim(dx, 0, 1));
  const last = along(lax.sliceInDim(dx, n - 2, n - 1));
  const ends = (s: NDArray, d: NDArray): NDArray => lax.div(s, over(d, s));
  const [dx1, dx2] = [lax.sliceInDim(dx, 0, n - 2), lax.sliceInDim(dx, 1, n - 1)];
  const total = lax.add(dx1, dx2);
  const weights = [
    lax.neg(lax.div(dx2, lax.mul(dx1, total))),
    lax.div(lax.sub(dx2, dx1), lax.mul(dx1, dx2)),
    lax.div(dx1, lax.mul(dx2, total)),
  ];
  const inner = weights
    .map((w, i) => lax.mul(over(along(w), part(i, n - 2 + i)), part(i, n - 2 + i)))
    .reduce((sum, term) => lax.add(sum, term));
  return lax.concatenate([ends(step(1, 2), first), inner, ends(step(n - 1, n), last)], axis);
}

const gradientSignature = signature(
  "gradient",
  0,
  [],
  [param<[axis: Axis]>()("axis", null), param<[edgeOrder: 1 | null]>()("edgeOrder", null)],
);
/** Options of `gradient`. */
export type GradientOptions = OptionsOf<typeof gradientSignature.params>;

/**
 * Central differences (one-sided at the ends) along each axis: one array for a single axis, else a list. The spacing is
 * 1, one number, or for each axis a number or the coordinates.
 * @throws ShapeError for an axis of fewer than 2 elements, or coordinates that do not fit; ArgumentError for `edgeOrder`, or
 * another number of spacings than axes
 * @see jax.numpy.gradient
 * @example
 * np.gradient(np.array([1, 2, 4])); // Array([ 1., 1.5,  2.])
 */
export function gradient(
  f: ArrayLike,
  ...rest: readonly (ArrayLike | GradientOptions)[]
): NDArray | NDArray[] {
  const last = rest[rest.length - 1];
  const { axis, edgeOrder } = settle(gradientSignature, isPlainObject(last) ? [last] : []);
  const spacings = (isPlainObject(last) ? rest.slice(0, -1) : rest) as readonly ArrayLike[];
  if (edgeOrder !== null)
    throw new ArgumentError("gradient: edgeOrder is not supported; the ends use one-sided differences.");
  const x = inexact("gradient", f);
  const axes = canonicalAxes(axis, x.ndim, "gradient");
  if (spacings.length > 1 && spacings.length !== axes.length)
    throw new ArgumentError(
      `gradient: expected no spacing, one, or one for each of the ${axes.length} axes; got ${spacings.length}.`,
    );
  const along = (k: number, i: number): NDArray => {
    const h = spacings.length === 0 ? 1 : spacings[spacings.length === 1 ? 0 : i];
    return gradientAlong(x, k, asDType(h, x.dtype, false, "gradient"));
  };
  const out = together(() => axes.map(along));
  return typeof axis === "number" || out.length === 1 ? out[0] : out;
}

const toType = (dtype: DType, ...xs: readonly ArrayLike[]): NDArray[] =>
  xs.map((x) => asDType(x, dtype, false, "trapezoid"));

/** The distances of coordinates. Of a vector they lie along axis k of `ndim`. */
function intervals(x: NDArray, ndim: number, axis: number, k: number): NDArray {
  if (x.ndim !== 1) return diff(x, { axis });
  const steps = diff(x);
  return lax.reshape(steps, replaceAt(new Array<number>(ndim).fill(1), k, steps.size));
}

/** The sum of products along an axis of the second, to whose rank the first is brought. */
function sumAlong(steps: NDArray, sums: NDArray, k: number): NDArray {
  const shape = broadcastShapes([steps.shape, sums.shape], "trapezoid");
  const [a, b] = [steps, sums].map((v) => broadcastToShape(v, shape));
  return lax.reduceSum(lax.mul(a, b), [k + shape.length - sums.ndim]);
}

const trapezoidParams = [
  /** The coordinates: along the axis of `y`, or of a shape that broadcasts to that of `y`. */
  param<[x: ArrayLike | null]>()("x", null),
  /** Their distances, unless they are given: one, or of a shape that broadcasts to that of the intervals. */
  param<[dx: ArrayLike]>()("dx", 1),
  p.lastAxis,
] as const;
/** Options of `trapezoid`. */
export type TrapezoidOptions = OptionsOf<typeof trapezoidParams>;

/**
 * The integral by the trapezoidal rule along an axis (the last), at coordinates `x` or in steps of `dx` (1). Both broadcast
 * against `y` (steps against its intervals, whose number along the axis is one less), as NumPy's do.
 * @throws ShapeError for coordinates or steps that do not broadcast, or a scalar `y`
 * @see jax.numpy.trapezoid
 * @example
 * np.trapezoid(np.array([1, 2, 3])).item(); // 4
 */
export const trapezoid = define(
  "trapezoid",
  trapezoidParams,
  [],
  ({ x, dx, axis }, y: ArrayLike): NDArray => {
    const [values, given] = toType(inexactType(resultType([y, x ?? dx])).dtype, y, x ?? dx);
    const k = canonicalAxis(axis, values.ndim, "trapezoid");
    const n = values.shape[k];
    if (n === 0) return lax.full(removeAt(values.shape, k), 0, values.dtype);
    const sums = lax.add(lax.sliceInDim(values, 1, n, 1, k), lax.sliceInDim(values, 0, n - 1, 1, k));
    const steps = x === null ? given : intervals(given, values.ndim, axis, k);
    return lax.mul(0.5, sumAlong(steps, sums, k));
  },
);
