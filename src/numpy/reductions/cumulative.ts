/** @file Running sums and products, differences, gradients and integrals along an axis. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, isInexact } from "../../dtypes/dtype.ts";
import { canonicalAxes, canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, asDType, resultType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { broadcastToShape, moveAxis } from "../../lax/shapes/movement.ts";
import { type Rest, isPlainObject, resolveArgs } from "../operands/args.ts";
import { cast, inexact, inexactType } from "../operands/promote.ts";
import { givenDType, promoteInteger } from "./reductions.ts";
import { withoutNan } from "./nan.ts";

/** Options of `cumsum` and `cumprod`. */
export interface CumulativeOptions {
  readonly axis?: number | null | undefined;
  readonly dtype?: DType | null | undefined;
  readonly out?: null | undefined;
}
type CumulativeRest = Rest<[axis: number | null, dtype: DType | null, out: null], CumulativeOptions>;
type Scan = (x: ArrayLike, axis?: number, reverse?: boolean) => NDArray;

function cumulate(
  name: string,
  a: ArrayLike,
  options: CumulativeOptions,
  scan: Scan,
  nanAs: number | null,
): NDArray {
  let x = asArray(a, name);
  const flat = options.axis === undefined || options.axis === null;
  if (flat) x = lax.reshape(x, [x.size]);
  const axis = flat ? 0 : canonicalAxis(options.axis, x.ndim, name);
  if (nanAs !== null && isInexact(x.dtype)) x = withoutNan(x, nanAs);
  const dtype = givenDType(name, options.dtype) ?? (x.dtype === "bool" ? "int32" : x.dtype);
  const out = scan(cast(x, dtype === "bool" ? "int32" : dtype), axis, false);
  return dtype === "bool" ? lax.ne(out, 0) : out;
}

const cumulative =
  (name: string, scan: Scan, nanAs: number | null) =>
  (a: ArrayLike, ...rest: CumulativeRest): NDArray =>
    cumulate(name, a, resolveArgs<CumulativeOptions>(name, rest, ["axis", "dtype", "out"]), scan, nanAs);

/** Running sums along an axis, or of the flattened array. */
export const cumsum = cumulative("cumsum", (x, axis, reverse) => lax.cumsum(x, axis, reverse), null);
/** Running products along an axis, or of the flattened array. */
export const cumprod = cumulative("cumprod", (x, axis, reverse) => lax.cumprod(x, axis, reverse), null);
/** `cumsum` with NaN as 0. */
export const nancumsum = cumulative("nancumsum", (x, axis, reverse) => lax.cumsum(x, axis, reverse), 0);
/** `cumprod` with NaN as 1. */
export const nancumprod = cumulative("nancumprod", (x, axis, reverse) => lax.cumprod(x, axis, reverse), 1);

/** Options of `cumulativeSum` and `cumulativeProd`. */
export interface CumulativeSumOptions {
  readonly axis?: number | null | undefined;
  readonly dtype?: DType | null | undefined;
  /** Start with the value of nothing: 0, or 1 for products. */
  readonly includeInitial?: boolean | undefined;
}

const cumulativeArrayApi =
  (name: string, scan: Scan, neutral: number) =>
  (x: ArrayLike, ...rest: Rest<[], CumulativeSumOptions>): NDArray => {
    const options = resolveArgs<CumulativeSumOptions>(name, rest, [], ["axis", "dtype", "includeInitial"]);
    const a = asArray(x, name);
    if (a.ndim === 0) throw new ShapeError(`${name}: expected an array with axes; got a 0-dimensional one.`);
    const whole = options.axis === undefined || options.axis === null;
    if (whole && a.ndim > 1)
      throw new ArgumentError(
        `${name}: an array of shape ${shapeString(a.shape)} needs an axis; give { axis }.`,
      );
    const axis = canonicalAxis(whole ? 0 : options.axis, a.ndim, name);
    const dtype = options.dtype ?? promoteInteger(a.dtype);
    const out = cumulate(name, a, { axis, dtype }, scan, null);
    if (options.includeInitial !== true) return out;
    const first = lax.full(
      a.shape.map((d, i) => (i === axis ? 1 : d)),
      neutral,
      out.dtype,
    );
    return lax.concatenate([first, out], axis);
  };

/** Running sums, as in the array API standard: small integers add up in int32. */
export const cumulativeSum = cumulativeArrayApi("cumulativeSum", (x, axis) => lax.cumsum(x, axis), 0);
/** Running products, as in the array API standard. */
export const cumulativeProd = cumulativeArrayApi("cumulativeProd", (x, axis) => lax.cumprod(x, axis), 1);

/** Options of `diff`. */
export interface DiffOptions {
  readonly n?: number | undefined;
  readonly axis?: number | undefined;
  readonly prepend?: ArrayLike | null | undefined;
  readonly append?: ArrayLike | null | undefined;
}

/** n-th differences of neighbours along an axis (the last); of bool: whether they differ. */
export function diff(
  a: ArrayLike,
  ...rest: Rest<[n: number, axis: number, prepend: ArrayLike | null, append: ArrayLike | null], DiffOptions>
): NDArray {
  const options = resolveArgs<DiffOptions>("diff", rest, ["n", "axis", "prepend", "append"]);
  const { n = 1, axis = -1 } = options;
  let x = asArray(a, "diff");
  if (!Number.isInteger(n) || n < 0)
    throw new ArgumentError(`diff: n must be a non-negative integer; got ${n}.`);
  if (x.ndim === 0) throw new ShapeError("diff: expected an array with axes; got a 0-dimensional one.");
  if (n === 0) return x;
  const k = canonicalAxis(axis, x.ndim, "diff");
  const border = (v: ArrayLike): NDArray => {
    const b = asArray(v, "diff");
    return b.ndim === 0
      ? broadcastToShape(
          b,
          x.shape.map((d, i) => (i === k ? 1 : d)),
        )
      : b;
  };
  const parts: NDArray[] = [x];
  if (options.prepend !== undefined && options.prepend !== null) parts.unshift(border(options.prepend));
  if (options.append !== undefined && options.append !== null) parts.push(border(options.append));
  if (parts.length > 1) x = lax.concatenate(promoteForJoin(parts), k);
  for (let i = 0; i < n; i++) {
    const size = x.shape[k];
    if (size < 2) return lax.sliceInDim(x, 0, 0, 1, k);
    const [later, earlier] = [lax.sliceInDim(x, 1, size, 1, k), lax.sliceInDim(x, 0, size - 1, 1, k)];
    x = x.dtype === "bool" ? lax.ne(later, earlier) : lax.sub(later, earlier);
  }
  return x;
}

/** One dtype for arrays of different shapes. */
function promoteForJoin(parts: readonly NDArray[]): NDArray[] {
  const { dtype } = resultType(parts);
  return parts.map((p) => cast(p, dtype));
}

/** Options of `ediff1d`. */
export interface Ediff1dOptions {
  readonly toEnd?: ArrayLike | null | undefined;
  readonly toBegin?: ArrayLike | null | undefined;
}

/** Differences of neighbours of the flattened array, with values put before and after. */
export function ediff1d(
  a: ArrayLike,
  ...rest: Rest<[toEnd: ArrayLike | null, toBegin: ArrayLike | null], Ediff1dOptions>
): NDArray {
  const { toEnd, toBegin } = resolveArgs<Ediff1dOptions>("ediff1d", rest, ["toEnd", "toBegin"]);
  const x = asArray(a, "ediff1d");
  const steps = diff(lax.reshape(x, [x.size]));
  const flat = (v: ArrayLike): NDArray => {
    const b = asDType(v, x.dtype, false, "ediff1d");
    return lax.reshape(b, [b.size]);
  };
  const parts = [cast(steps, steps.dtype)];
  if (toBegin !== undefined && toBegin !== null) parts.unshift(flat(toBegin));
  if (toEnd !== undefined && toEnd !== null) parts.push(flat(toEnd));
  return parts.length === 1 ? steps : lax.concatenate(parts, 0);
}

/** Options of `gradient`. */
export interface GradientOptions {
  readonly axis?: number | readonly number[] | null | undefined;
  readonly edgeOrder?: 1 | null | undefined;
}

function gradientAlong(x: NDArray, axis: number, h: NDArray): NDArray {
  const n = x.shape[axis];
  if (n < 2)
    throw new ShapeError(`gradient: axis ${axis} of shape ${shapeString(x.shape)} needs 2 elements or more.`);
  const part = (lo: number, hi: number, of = x): NDArray => lax.sliceInDim(of, lo, hi, 1, axis);
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
  const along = (v: NDArray): NDArray =>
    lax.broadcastInDim(
      v,
      x.shape.map((_, i) => (i === axis ? v.size : 1)),
      [axis],
    );
  const first = along(lax.sliceInDim(dx, 0, 1));
  const last = along(lax.sliceInDim(dx, n - 2, n - 1));
  const over = (v: NDArray, like: NDArray): NDArray => broadcastToShape(v, like.shape);
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
    .reduce((p, q) => lax.add(p, q));
  return lax.concatenate([ends(step(1, 2), first), inner, ends(step(n - 1, n), last)], axis);
}

/**
 * Central differences (one-sided at the ends) along each axis: one array for a single axis, else a list. The spacing is
 * 1, one number, or for each axis a number or the coordinates.
 */
export function gradient(
  f: ArrayLike,
  ...rest: readonly (ArrayLike | GradientOptions)[]
): NDArray | NDArray[] {
  const last = rest[rest.length - 1];
  const options = isPlainObject(last)
    ? resolveArgs<GradientOptions>("gradient", [last], [], ["axis", "edgeOrder"])
    : {};
  const spacings = (isPlainObject(last) ? rest.slice(0, -1) : rest) as readonly ArrayLike[];
  if (options.edgeOrder !== undefined && options.edgeOrder !== null)
    throw new ArgumentError("gradient: edgeOrder is not supported; the ends use one-sided differences.");
  const x = inexact("gradient", f);
  const axes = canonicalAxes(options.axis, x.ndim, "gradient");
  if (spacings.length > 1 && spacings.length !== axes.length)
    throw new ArgumentError(
      `gradient: expected no spacing, one, or one for each of the ${axes.length} axes; got ${spacings.length}.`,
    );
  const out = axes.map((axis, i) => {
    const h = spacings.length === 0 ? 1 : spacings[spacings.length === 1 ? 0 : i];
    return gradientAlong(x, axis, asDType(h, x.dtype, false, "gradient"));
  });
  return typeof options.axis === "number" || out.length === 1 ? out[0] : out;
}

/** Options of `trapezoid`. */
export interface TrapezoidOptions {
  readonly x?: ArrayLike | null | undefined;
  readonly dx?: ArrayLike | undefined;
  readonly axis?: number | undefined;
}

/** Integral by the trapezoidal rule along an axis (the last), at coordinates `x` or in steps of `dx` (1). */
export function trapezoid(
  y: ArrayLike,
  ...rest: Rest<[x: ArrayLike | null, dx: ArrayLike, axis: number], TrapezoidOptions>
): NDArray {
  const { x, dx = 1, axis = -1 } = resolveArgs<TrapezoidOptions>("trapezoid", rest, ["x", "dx", "axis"]);
  const hasX = x !== undefined && x !== null;
  const values = hasX
    ? cast(asArray(y, "trapezoid"), inexactType(resultType([y, x])).dtype)
    : inexact("trapezoid", y);
  const k = canonicalAxis(axis, values.ndim, "trapezoid");
  const v = moveAxis(values, k, values.ndim - 1);
  const n = v.shape[v.ndim - 1];
  const sums = lax.add(lax.sliceInDim(v, 1, n, 1, v.ndim - 1), lax.sliceInDim(v, 0, n - 1, 1, v.ndim - 1));
  let step = hasX
    ? coordinateSteps(asDType(x, values.dtype, false, "trapezoid"), k)
    : asDType(dx, values.dtype, false, "trapezoid");
  if (step.ndim > 0) step = broadcastToShape(step, sums.shape);
  return lax.mul(0.5, lax.reduceSum(lax.mul(step, sums), [sums.ndim - 1]));
}

function coordinateSteps(x: NDArray, axis: number): NDArray {
  return diff(x.ndim === 1 ? x : moveAxis(x, axis, x.ndim - 1));
}
