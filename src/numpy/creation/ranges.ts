/** @file Evenly spaced numbers, and grids of coordinates. */
import { together } from "../../core/deferral.ts";
import { show } from "../../base/checks.ts";
import { type ArrayLike, ConcreteArray, NDArray } from "../../core/array.ts";
import type { ArraysOf } from "../../core/tree-types.ts";
import {
  type DType,
  type Scalar,
  type WideDType,
  defaultInt,
  isBool,
  isComplex,
  isInteger,
  isWide,
  realPart,
  toDType,
} from "../../dtypes/dtype.ts";
import { integerLimits } from "../../loops/ir/values.ts";
import { broadcastShapes, canonicalAxis, insertAt } from "../../dtypes/shape.ts";
import { ArgumentError, DTypeError } from "../../base/errors.ts";
import { asArray, asDType, resultType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { broadcastToShape, moveAxis } from "../../lax/shapes/movement.ts";
import { range } from "../../base/util.ts";
import { type RestOf, define, settle, signature } from "../../arguments/declare.ts";
import { type OptionsOf, type Values, param } from "../../arguments/parameters.ts";
import { isPlainObject } from "../../arguments/rest.ts";
import * as p from "../operands/parameters.ts";
import { givenDType, inexactType } from "../operands/promote.ts";
import { finfo } from "../dtypes/dtypes.ts";
import { flatten, toShape } from "../operands/shapes.ts";
import { power } from "../ufuncs/power.ts";

const arangeParams = [
  param<[stop: ArrayLike | null]>()("stop", null),
  param<[step: ArrayLike | null]>()("step", null),
  p.dtype,
] as const;
/** Options of `arange`. */
export type ArangeOptions = OptionsOf<typeof arangeParams>;

const staticNumber = (x: ArrayLike, what: string): number => {
  const value = x instanceof NDArray ? Number(x.item()) : Number(x);
  if (!Number.isFinite(value))
    throw new ArgumentError(`arange: ${what} must be a finite number; got ${value}.`);
  return value;
};

/** Integers do not wrap round. */
function checkEnds(ends: readonly Scalar[], dtype: DType): void {
  const [lo, hi] = integerLimits(dtype);
  for (const x of ends.map((end) => (typeof end === "number" ? Math.trunc(end) : end))) {
    if (x < lo || x > hi)
      throw new DTypeError(
        `arange: ${x} does not fit ${dtype} (${lo} to ${hi}). Choose a wider dtype, such as "float64".`,
      );
  }
}

/** A whole number of any size; null for others. */
function wholeNumber(x: ArrayLike): bigint | null {
  const value: unknown = x instanceof ConcreteArray && !isComplex(x.dtype) ? x.item<Scalar | boolean>() : x;
  if (typeof value === "bigint") return value;
  return Number.isInteger(Number(value)) ? BigInt(Number(value)) : null;
}

/** `arange` of 64-bit integers, exact. */
function wideRange(from: bigint, to: bigint, by: bigint, dtype: WideDType): NDArray {
  const more = by > 0n ? to - from + by - 1n : to - from + by + 1n;
  const size = Number(more / by > 0n ? more / by : 0n);
  if (size > 0) checkEnds([from, from + BigInt(size - 1) * by], dtype);
  if (size < 2) return lax.full([size], size === 0 ? 0 : from, dtype);
  return lax.add(lax.mul(lax.iota(dtype, size), by), from);
}

function arangeDType(args: readonly ArrayLike[]): DType {
  const whole = args.every((x) => typeof x === "number" && Number.isInteger(x));
  if (whole) return defaultInt;
  const numbers = args.map((x) => (typeof x === "boolean" ? Number(x) : x));
  const { dtype } = resultType(numbers);
  return isBool(dtype) ? defaultInt : dtype;
}

/**
 * start, start + step, … up to stop (excluded): `arange(stop)`, `arange(start, stop)`, `arange(start, stop, step)`.
 * Whole numbers give int32, BigInts int64, others the default float.
 * @throws ArgumentError for a step of 0; DTypeError for whole numbers beyond the integer dtype; TracerConversionError for traced bounds (the shape depends on them)
 * @see jax.numpy.arange
 * @example
 * np.arange(2, 8, 3).js(); // [2, 5]
 */
export const arange = define(
  "arange",
  arangeParams,
  [],
  ({ stop, step, dtype: wanted }, start: ArrayLike) => {
    const given = [start, stop, step].filter((x) => x !== undefined && x !== null);
    const dtype = toDType(wanted ?? arangeDType(given), "arange");
    const from = stop === null ? 0 : staticNumber(start, "start");
    const to = staticNumber(stop ?? start, "stop");
    const by = staticNumber(step ?? 1, "step");
    if (by === 0) throw new ArgumentError("arange: the step must not be 0.");
    if (isWide(dtype)) {
      const ends = [stop === null ? 0 : start, stop ?? start, step ?? 1].map(wholeNumber);
      if (ends.every((x) => x !== null)) return wideRange(ends[0], ends[1], ends[2], dtype);
    }
    const size = Math.max(0, Math.ceil((to - from) / by));
    if (isInteger(dtype) && size > 0) checkEnds([from, from + (size - 1) * by], dtype);
    if (from === 0 && by === 1) return lax.iota(dtype, size);
    const compute = isInteger(dtype) && Number.isInteger(from) && Number.isInteger(by) ? dtype : "float64";
    // A step that does not fit the dtype leads to a single element at most.
    if (compute === dtype && size < 2) return lax.full([size], from, dtype);
    const values = lax.add(lax.mul(lax.iota(compute, size), by), from);
    return lax.convertElementType(values, dtype);
  },
);

/** How many numbers there are. */
const num = param<[num: number]>()("num", 50);
/** Whether the stop is one of them. */
const endpoint = param<[endpoint: boolean]>()("endpoint", true);

const linspaceParams = [
  num,
  endpoint,
  param<[retstep: boolean]>()("retstep", false),
  p.dtype,
  p.firstAxis,
] as const;
/** Options of `linspace`. */
export type LinspaceOptions = OptionsOf<typeof linspaceParams>;

const logspaceParams = [num, endpoint, param<[base: ArrayLike]>()("base", 10), p.dtype, p.firstAxis] as const;
/** Options of `logspace`. */
export type LogspaceOptions = OptionsOf<typeof logspaceParams>;

const geomspaceParams = [num, endpoint, p.dtype, p.firstAxis] as const;
/** Options of `geomspace`. */
export type GeomspaceOptions = OptionsOf<typeof geomspaceParams>;
type Spacing = Values<typeof geomspaceParams>;

function checkCount(name: string, num: number): void {
  if (!Number.isInteger(num) || num < 0)
    throw new ArgumentError(`${name}: num must be a non-negative integer; got ${show(num)}.`);
}

const spacedDType = (name: string, dtype: DType | null, ends: readonly ArrayLike[]): DType =>
  givenDType(name, dtype) ?? inexactType(resultType(ends)).dtype;

/** The dtype in which points are computed: integers up to 2⁵³ exactly, the narrow floats with the digits to round them. */
function computing(dtype: DType): DType {
  if (isBool(dtype) || isInteger(dtype)) return "float64";
  return dtype === "float16" || dtype === "bfloat16" ? "float32" : dtype;
}

/** The places 0 … n − 1 along axis k of a shape, as numbers of the parts of a dtype. */
const placesAlong = (dtype: DType, shape: readonly number[], k: number): NDArray =>
  lax.broadcastInDim(lax.iota(realPart(dtype), shape[k]), shape, [k]);

/**
 * a + (b − a)·i/div at the places i: exact where the points are whole numbers. Where that overflows, the ends are weighted.
 */
function between(a: NDArray, b: NDArray, i: NDArray, div: number): NDArray {
  if (isComplex(a.dtype))
    return lax.complex(between(lax.real(a), lax.real(b), i, div), between(lax.imag(a), lax.imag(b), i, div));
  const delta = lax.sub(b, a);
  const direct = lax.add(a, lax.div(lax.mul(delta, i), div));
  const t = lax.div(i, div);
  const weighted = lax.add(lax.mul(a, lax.sub(1, t)), lax.mul(b, t));
  return lax.select(lax.isFinite(lax.mul(delta, div)), direct, weighted);
}

/** Points in a dtype: whole numbers are rounded down. */
const pointsIn = (dtype: DType, x: NDArray): NDArray =>
  lax.convertElementType(isInteger(dtype) ? lax.floor(x) : x, dtype);

function spaced(
  name: string,
  start: ArrayLike,
  stop: ArrayLike,
  { num, endpoint, axis, dtype: wanted }: Spacing,
): [values: NDArray, step: NDArray] {
  checkCount(name, num);
  const dtype = spacedDType(name, wanted, [start, stop]);
  const compute = computing(dtype);
  const { a, b, shape, wide } = bothEnds(name, start, stop, compute);
  const k = canonicalAxis(axis, shape.length + 1, name);
  const column = (x: NDArray): NDArray => lax.expandDims(wide(x), [k]);
  const shapeOf = (n: number): number[] => insertAt(shape, k, n);
  const over = (x: NDArray, n: number): NDArray => broadcastToShape(column(x), shapeOf(n));
  const div = endpoint ? num - 1 : num;
  let values: NDArray;
  let delta: NDArray = lax.full([], NaN, compute);
  if (num > 1) {
    delta = lax.div(lax.sub(wide(b), wide(a)), div);
    values = between(over(a, div), over(b, div), placesAlong(compute, shapeOf(div), k), div);
    if (endpoint) values = lax.concatenate([values, column(b)], k);
  } else if (num === 1) {
    values = column(a);
    if (!endpoint) delta = lax.sub(wide(b), wide(a));
  } else {
    values = lax.full(shapeOf(0), 0, compute);
  }
  return [pointsIn(dtype, values), lax.convertElementType(delta, dtype)];
}

interface Ends {
  readonly a: NDArray;
  readonly b: NDArray;
  /** The shape that they broadcast to. */
  readonly shape: readonly number[];
  readonly wide: (x: NDArray) => NDArray;
}

/** Start and stop in one dtype. */
function bothEnds(name: string, start: ArrayLike, stop: ArrayLike, dtype: DType): Ends {
  const [a, b] = [start, stop].map((x) => asDType(x, dtype, false, name));
  const shape = broadcastShapes([a.shape, b.shape], name);
  return { a, b, shape, wide: (x) => broadcastToShape(x, shape) };
}

const linspaceSignature = signature("linspace", 2, linspaceParams, []);

/**
 * `num` (50) numbers from start to stop, which is included unless `endpoint` is false; with `retstep` also the step.
 * Ends that are arrays give a new axis, the first or `axis`. Whole numbers are rounded down in an integer dtype.
 * @throws ArgumentError for a `num` that is no non-negative integer
 * @see jax.numpy.linspace
 * @example
 * np.linspace(0, 1, 5).js(); // [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(
  start: ArrayLike,
  stop: ArrayLike,
  options: LinspaceOptions & { retstep: true },
): [NDArray, NDArray];
export function linspace(
  start: ArrayLike,
  stop: ArrayLike,
  num: number | undefined,
  options: LinspaceOptions & { retstep: true },
): [NDArray, NDArray];
export function linspace(start: ArrayLike, stop: ArrayLike, ...rest: RestOf<typeof linspaceParams>): NDArray;
export function linspace(
  start: ArrayLike,
  stop: ArrayLike,
  ...rest: readonly unknown[]
): NDArray | [NDArray, NDArray] {
  const options = settle(linspaceSignature, rest);
  const [values, step] = together(() => spaced("linspace", start, stop, options));
  return options.retstep ? [values, step] : values;
}

/**
 * Powers in a dtype: those that rounding has left beside whole numbers, or beside reciprocals of such, are these; an integer
 * dtype rounds towards 0.
 */
function powersIn(dtype: DType, x: NDArray): NDArray {
  if (isComplex(dtype)) return lax.convertElementType(x, dtype);
  const { eps } = finfo(x.dtype);
  const isBeside = (y: NDArray, whole: NDArray): NDArray =>
    lax.le(lax.abs(lax.sub(y, whole)), lax.mul(lax.abs(y), 2 * eps));
  const whole = lax.round(x, 1);
  const inverse = lax.reciprocal(x);
  const divisor = lax.round(inverse, 1);
  // Beyond 2/eps all numbers are whole, and their reciprocals no better than the powers.
  const isReciprocal = lax.bitwiseAnd(lax.lt(lax.abs(inverse), 1 / eps), isBeside(inverse, divisor));
  const exact = lax.select(isReciprocal, lax.reciprocal(divisor), lax.select(isBeside(x, whole), whole, x));
  const correction = lax.stopGradient(lax.select(lax.eq(exact, x), 0, lax.sub(exact, x)));
  return lax.convertElementType(lax.add(x, correction), dtype);
}

/**
 * `base` (10) to the powers that `linspace` gives.
 * @throws ArgumentError for a `num` that is no non-negative integer
 * @see jax.numpy.logspace
 * @example
 * np.logspace(0, 3, 4, { base: 2 }).js(); // [1, 2, 4, 8]
 */
export const logspace = define(
  "logspace",
  logspaceParams,
  [],
  ({ base, ...spacing }, start: ArrayLike, stop: ArrayLike): NDArray => {
    const dtype = spacedDType("logspace", spacing.dtype, [start, stop]);
    const [exponents] = spaced("logspace", start, stop, { ...spacing, dtype: computing(dtype) });
    const weakBase = typeof base === "number" ? asArray(base, "logspace") : base;
    return powersIn(dtype, power(weakBase, exponents));
  },
);

/** i/n in two numbers of a dtype whose sum has twice its digits. */
function fractions(count: number, n: number, dtype: DType): [high: NDArray, low: NDArray] {
  const isNarrow = realPart(dtype) === "float32";
  const high = Float64Array.from({ length: count }, (_, i) => (isNarrow ? Math.fround(i / n) : i / n));
  // i − high·n: the product of the upper half of the digits is exact, as is that of the lower half.
  const low = high.map((t, i) => {
    const upper = Math.fround(t);
    return (i - upper * n - (t - upper) * n) / n;
  });
  return [lax.convertElementType(asArray(high, ""), dtype), lax.convertElementType(asArray(low, ""), dtype)];
}

/**
 * a·(b/a)^(i/n) along the first axis, the digits of i/n beyond the dtype's by a first-order term. Where the ratio is out of
 * range, |a|^(1 − i/n)·|b|^(i/n). NaN behind the start if an end is 0, or the signs differ.
 */
function geometric(a: NDArray, b: NDArray, n: number): NDArray {
  const [high, low] = fractions(a.shape[0], n, a.dtype).map((t) => lax.broadcastInDim(t, a.shape, [0]));
  const along = (ratio: NDArray): NDArray => {
    const p = lax.pow(ratio, high);
    return lax.mul(a, lax.add(p, lax.mul(p, lax.mul(low, lax.log(ratio)))));
  };
  if (isComplex(a.dtype)) return along(lax.div(b, a));
  const hasPath = lax.gt(lax.mul(lax.sign(a), lax.sign(b)), 0);
  const ratio = lax.select(hasPath, lax.div(b, a), NaN);
  const { smallestNormal } = finfo(a.dtype);
  const isUsable = lax.bitwiseNot(lax.bitwiseOr(lax.lt(ratio, smallestNormal), lax.eq(ratio, Infinity)));
  const direct = along(lax.select(isUsable, ratio, 1));
  const weighted = lax.mul(lax.pow(lax.abs(a), lax.sub(1, high)), lax.pow(lax.abs(b), high));
  const all = lax.select(isUsable, direct, lax.mul(lax.sign(a), weighted));
  return lax.select(lax.eq(high, 0), a, all);
}

/**
 * `num` (50) numbers from start to stop with a constant ratio; `stop` is included unless `endpoint` is false. Both ends are
 * exact. In an integer dtype the numbers are rounded towards 0.
 * @throws ArgumentError for a `num` that is no non-negative integer
 * @see jax.numpy.geomspace
 * @example
 * np.geomspace(1, 8, 4); // Array([1., 2., 4., 8.])
 */
export const geomspace = define(
  "geomspace",
  geomspaceParams,
  [],
  (spacing, start: ArrayLike, stop: ArrayLike) => {
    const { num, endpoint } = spacing;
    checkCount("geomspace", num);
    const dtype = spacedDType("geomspace", spacing.dtype, [start, stop]);
    const { a, b, shape, wide } = bothEnds("geomspace", start, stop, computing(dtype));
    const div = endpoint ? Math.max(1, num - 1) : num;
    const count = num > 1 ? div : num;
    const k = canonicalAxis(spacing.axis, shape.length + 1, "geomspace");
    const over = (x: NDArray): NDArray => broadcastToShape(wide(x), [count, ...shape]);
    const inner = geometric(over(a), over(b), div);
    const all = endpoint && num > 1 ? lax.concatenate([inner, lax.expandDims(wide(b), [0])], 0) : inner;
    return powersIn(dtype, moveAxis(all, 0, k));
  },
);

const meshgridParams = [
  param<[indexing: "xy" | "ij"]>()("indexing", "xy"),
  param<[sparse: boolean]>()("sparse", false),
  param<[copy: boolean]>()("copy", true),
] as const;
/** Options of `meshgrid`. */
export type MeshgridOptions = OptionsOf<typeof meshgridParams>;
const meshgridSignature = signature("meshgrid", 0, [], meshgridParams);

/**
 * Grids of coordinates from 1-d arrays: one array for each, of the shape of their product ("xy": the first two axes
 * swapped, as for plots); with `sparse` of size 1 along the other axes.
 * @throws ArgumentError for arrays of several dimensions or an unknown `indexing`
 * @see jax.numpy.meshgrid
 * @example
 * np.meshgrid(np.arange(2), np.arange(3)).map((x) => x.shape); // [[3, 2], [3, 2]]
 */
export function meshgrid<const A extends readonly ArrayLike[]>(...args: A): ArraysOf<A>;
export function meshgrid<const A extends readonly ArrayLike[]>(...args: [...A, MeshgridOptions]): ArraysOf<A>;
export function meshgrid(...args: readonly (ArrayLike | MeshgridOptions)[]): NDArray[];
export function meshgrid(...args: readonly (ArrayLike | MeshgridOptions)[]): NDArray[] {
  const last = args[args.length - 1];
  const hasOptions = isPlainObject(last);
  const { indexing, sparse } = settle(meshgridSignature, hasOptions ? [last] : []);
  if (indexing !== "xy" && indexing !== "ij")
    throw new ArgumentError(`meshgrid: indexing must be "xy" or "ij"; got ${show(indexing)}.`);
  const xs = (hasOptions ? args.slice(0, -1) : args).map((x) => {
    const a = asArray(x as ArrayLike, "meshgrid");
    if (a.ndim > 1)
      throw new ArgumentError(`meshgrid: expected 1-dimensional arrays; got ${String(a.aval)}.`);
    return flatten(a);
  });
  const axes = range(xs.length);
  if (indexing === "xy" && xs.length > 1) [axes[0], axes[1]] = [1, 0];
  const shape = axes.map((i) => xs[i].size);
  return xs.map((x, i) => {
    const at = axes.indexOf(i);
    return lax.broadcastInDim(x, sparse ? onlyAxis(shape, at) : shape, [at]);
  });
}

/** A shape with size 1 along all axes but one. */
const onlyAxis = (shape: readonly number[], axis: number): number[] =>
  shape.map((d, i) => (i === axis ? d : 1));

const indicesParams = [p.dtype, param<[sparse: boolean]>()("sparse", false)] as const;
/** Options of `indices`. */
export type IndicesOptions = OptionsOf<typeof indicesParams>;
const indicesSignature = signature("indices", 1, indicesParams, []);

/**
 * The index along each axis, over a whole shape, in int32 unless another dtype is given: stacked, or (with `sparse`) a list
 * of arrays that broadcast.
 * @throws DTypeError for bool
 * @see jax.numpy.indices
 * @example
 * np.indices([2, 2]).js(); // [[[0, 0], [1, 1]], [[0, 1], [0, 1]]]
 */
export function indices(dimensions: readonly number[], options: IndicesOptions & { sparse: true }): NDArray[];
export function indices(dimensions: readonly number[], ...rest: RestOf<typeof indicesParams>): NDArray;
export function indices(dimensions: readonly number[], ...rest: readonly unknown[]): NDArray | NDArray[] {
  const { dtype, sparse } = settle(indicesSignature, rest);
  const sizes = toShape(dimensions, "indices");
  const d = toDType(dtype ?? defaultInt, "indices");
  if (isBool(d)) throw new DTypeError("indices: expected a numeric dtype; got bool.");
  return together(() => {
    const grids = sizes.map((_, axis) =>
      lax.broadcastedIota(d, sparse ? onlyAxis(sizes, axis) : sizes, axis),
    );
    if (sparse) return grids;
    return grids.length === 0 ? lax.full([0], 0, d) : lax.stack(grids);
  });
}
