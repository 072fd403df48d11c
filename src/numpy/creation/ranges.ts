/** @file Evenly spaced numbers, and grids of coordinates. */
import { type ArrayLike, NDArray } from "../../core/array.ts";
import {
  type DType,
  defaultFloat,
  defaultInt,
  isBool,
  isInteger,
  realPart,
  toDType,
} from "../../dtypes/dtype.ts";
import { broadcastShapes, canonicalAxis, insertAt } from "../../dtypes/shape.ts";
import { ArgumentError, DTypeError } from "../../base/errors.ts";
import { asArray, asDType, resultType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { broadcastToShape, moveAxis } from "../../lax/shapes/movement.ts";
import { range } from "../../base/util.ts";
import { type Rest, isPlainObject, resolveArgs } from "../operands/args.ts";
import { toShape } from "./creation.ts";
import { inexactType } from "../operands/promote.ts";
import { power } from "../ufuncs/power.ts";

/** Options of `arange`. */
export interface ArangeOptions {
  readonly stop?: ArrayLike | null | undefined;
  readonly step?: ArrayLike | null | undefined;
  readonly dtype?: DType | null | undefined;
}

const staticNumber = (x: ArrayLike, what: string): number => {
  const value = x instanceof NDArray ? Number(x.item()) : Number(x);
  if (!Number.isFinite(value))
    throw new ArgumentError(`arange: ${what} must be a finite number; got ${value}.`);
  return value;
};

function arangeDType(args: readonly ArrayLike[]): DType {
  const whole = args.every((x) => typeof x === "number" && Number.isInteger(x));
  if (whole) return defaultInt;
  const numbers = args.map((x) => (typeof x === "boolean" ? Number(x) : x));
  const { dtype } = resultType(numbers);
  return isBool(dtype) ? defaultInt : dtype;
}

/**
 * start, start + step, … up to stop (excluded): `arange(stop)`, `arange(start, stop)`, `arange(start, stop, step)`.
 * Whole numbers give int32, others the default float.
 * @throws ArgumentError for a step of 0; TracerConversionError for traced bounds (the shape depends on them)
 * @example
 * np.arange(2, 8, 3).js(); // [2, 5]
 */
export function arange(
  start: ArrayLike,
  ...rest: Rest<[stop: ArrayLike | null, step: ArrayLike | null, dtype: DType | null], ArangeOptions>
): NDArray {
  const options = resolveArgs<ArangeOptions>("arange", rest, ["stop", "step", "dtype"]);
  const hasStop = options.stop !== undefined && options.stop !== null;
  const given = [start, options.stop, options.step].filter(
    (x): x is ArrayLike => x !== undefined && x !== null,
  );
  const dtype = toDType(options.dtype ?? arangeDType(given), "arange");
  const from = hasStop ? staticNumber(start, "start") : 0;
  const to = staticNumber(hasStop ? options.stop : start, "stop");
  const step = staticNumber(options.step ?? 1, "step");
  if (step === 0) throw new ArgumentError("arange: the step must not be 0.");
  const size = Math.max(0, Math.ceil((to - from) / step));
  if (from === 0 && step === 1) return lax.iota(dtype, size);
  const compute = isInteger(dtype) && Number.isInteger(from) && Number.isInteger(step) ? dtype : "float64";
  const count = lax.iota(compute, size);
  // As NumPy: the step between the first two elements, after rounding.
  const values = lax.add(lax.mul(count, from + step - from), from);
  return lax.convertElementType(values, dtype);
}

/** Options of `linspace`. */
export interface LinspaceOptions {
  readonly num?: number | undefined;
  readonly endpoint?: boolean | undefined;
  readonly retstep?: boolean | undefined;
  readonly dtype?: DType | null | undefined;
  readonly axis?: number | undefined;
}

type LinspaceRest = Rest<
  [num: number, endpoint: boolean, retstep: boolean, dtype: DType | null, axis: number],
  LinspaceOptions
>;

function checkCount(name: string, num: number): void {
  if (!Number.isInteger(num) || num < 0)
    throw new ArgumentError(`${name}: num must be a non-negative integer; got ${num}.`);
}

const spacedDType = (name: string, dtype: DType | null | undefined, ends: readonly ArrayLike[]): DType =>
  dtype === undefined || dtype === null ? inexactType(resultType(ends)).dtype : toDType(dtype, name);

const computing = (dtype: DType): DType => (isBool(dtype) || isInteger(dtype) ? defaultFloat() : dtype);

function spaced(
  name: string,
  start: ArrayLike,
  stop: ArrayLike,
  options: LinspaceOptions,
): [values: NDArray, step: NDArray] {
  const { num = 50, endpoint = true, axis = 0 } = options;
  checkCount(name, num);
  const dtype = spacedDType(name, options.dtype, [start, stop]);
  const compute = computing(dtype);
  const [a, b] = [start, stop].map((x) => asDType(x, compute, false, name)) as [NDArray, NDArray];
  const bounds = broadcastShapes([a.shape, b.shape], name);
  const k = canonicalAxis(axis, bounds.length + 1, name);
  const column = (x: NDArray): NDArray => lax.reshape(broadcastToShape(x, bounds), insertAt(bounds, k, 1));
  const over = (x: NDArray, n: number): NDArray => broadcastToShape(column(x), insertAt(bounds, k, n));
  const div = endpoint ? num - 1 : num;
  let values: NDArray;
  let delta: NDArray = lax.full([], NaN, compute);
  if (num > 1) {
    delta = lax.div(broadcastDifference(b, a, bounds), div);
    const fraction = lax.div(lax.iota(realPart(compute), div), div);
    const shape = insertAt(bounds, k, div);
    const t = lax.broadcastInDim(lax.convertElementType(fraction, compute), shape, [k]);
    // Both ends are met exactly.
    values = lax.add(lax.mul(over(a, div), lax.sub(1, t)), lax.mul(over(b, div), t));
    if (endpoint) values = lax.concatenate([values, column(b)], k);
  } else if (num === 1) {
    values = column(a);
    if (!endpoint) delta = broadcastDifference(b, a, bounds);
  } else {
    values = lax.full(insertAt(bounds, k, 0), 0, compute);
  }
  if (isInteger(dtype)) values = lax.floor(values);
  return [lax.convertElementType(values, dtype), lax.convertElementType(delta, dtype)];
}

const broadcastDifference = (b: NDArray, a: NDArray, shape: readonly number[]): NDArray =>
  lax.sub(broadcastToShape(b, shape), broadcastToShape(a, shape));

/**
 * `num` (50) numbers from start to stop, which is included unless `endpoint` is false; with `retstep` also the step.
 * Ends that are arrays give a new axis, the first or `axis`.
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
export function linspace(start: ArrayLike, stop: ArrayLike, ...rest: LinspaceRest): NDArray;
export function linspace(
  start: ArrayLike,
  stop: ArrayLike,
  ...rest: readonly unknown[]
): NDArray | [NDArray, NDArray] {
  const options = resolveArgs<LinspaceOptions>("linspace", rest, [
    "num",
    "endpoint",
    "retstep",
    "dtype",
    "axis",
  ]);
  const [values, step] = spaced("linspace", start, stop, options);
  return options.retstep === true ? [values, step] : values;
}

/** Options of `logspace`. */
export interface LogspaceOptions {
  readonly num?: number | undefined;
  readonly endpoint?: boolean | undefined;
  readonly base?: ArrayLike | undefined;
  readonly dtype?: DType | null | undefined;
  readonly axis?: number | undefined;
}

/** base (10) to the powers that `linspace` gives. */
export function logspace(
  start: ArrayLike,
  stop: ArrayLike,
  ...rest: Rest<
    [num: number, endpoint: boolean, base: ArrayLike, dtype: DType | null, axis: number],
    LogspaceOptions
  >
): NDArray {
  const options = resolveArgs<LogspaceOptions>("logspace", rest, [
    "num",
    "endpoint",
    "base",
    "dtype",
    "axis",
  ]);
  return logarithmic("logspace", start, stop, options);
}

function logarithmic(name: string, start: ArrayLike, stop: ArrayLike, options: LogspaceOptions): NDArray {
  const { base = 10, num, endpoint, axis } = options;
  const dtype = spacedDType(name, options.dtype, [start, stop]);
  const [exponents] = spaced(name, start, stop, { num, endpoint, axis, dtype: computing(dtype) });
  const weakBase = typeof base === "number" ? asArray(base, name) : base;
  return lax.convertElementType(power(weakBase, exponents), dtype);
}

/** Options of `geomspace`. */
export type GeomspaceOptions = Omit<LogspaceOptions, "base">;

/** Numbers from start to stop with a constant ratio. */
export function geomspace(
  start: ArrayLike,
  stop: ArrayLike,
  ...rest: Rest<[num: number, endpoint: boolean, dtype: DType | null, axis: number], GeomspaceOptions>
): NDArray {
  const options = resolveArgs<GeomspaceOptions>("geomspace", rest, ["num", "endpoint", "dtype", "axis"]);
  const { num, endpoint, axis = 0 } = options;
  const dtype = spacedDType("geomspace", options.dtype, [start, stop]);
  const compute = computing(dtype);
  const [a, b] = [start, stop].map((x) => asDType(x, compute, false, "geomspace")) as [NDArray, NDArray];
  const shape = broadcastShapes([a.shape, b.shape], "geomspace");
  const sign = lax.sign(broadcastToShape(a, shape));
  const log10 = (x: NDArray): NDArray =>
    lax.div(lax.log(lax.div(broadcastToShape(x, shape), sign)), Math.LN10);
  const sizes = logarithmic("geomspace", log10(a), log10(b), { num, endpoint, dtype: compute, axis: 0 });
  const signed = lax.mul(broadcastToShape(sign, sizes.shape), sizes);
  const k = canonicalAxis(axis, signed.ndim, "geomspace");
  return lax.convertElementType(moveAxis(signed, 0, k), dtype);
}

/** Options of `meshgrid`. */
export interface MeshgridOptions {
  readonly indexing?: "xy" | "ij" | undefined;
  readonly sparse?: boolean | undefined;
  readonly copy?: boolean | undefined;
}

/**
 * Grids of coordinates from 1-d arrays: one array for each, of the shape of their product ("xy": the first two axes
 * swapped, as for plots); with `sparse` of size 1 along the other axes.
 */
export function meshgrid(...args: readonly (ArrayLike | MeshgridOptions)[]): NDArray[] {
  const last = args[args.length - 1];
  const options = isPlainObject(last) ? last : {};
  const { indexing = "xy", sparse = false } = resolveArgs<MeshgridOptions>(
    "meshgrid",
    [options],
    [],
    ["indexing", "sparse", "copy"],
  );
  if (indexing !== "xy" && indexing !== "ij")
    throw new ArgumentError(`meshgrid: indexing must be "xy" or "ij"; got ${JSON.stringify(indexing)}.`);
  const xs = (isPlainObject(last) ? args.slice(0, -1) : args).map((x) => {
    const a = asArray(x as ArrayLike, "meshgrid");
    if (a.ndim > 1)
      throw new ArgumentError(`meshgrid: expected 1-dimensional arrays; got ${String(a.aval)}.`);
    return lax.reshape(a, [a.size]);
  });
  const axes = range(xs.length);
  if (indexing === "xy" && xs.length > 1) [axes[0], axes[1]] = [1, 0];
  const shape = axes.map((i) => xs[i].size);
  return xs.map((x, i) => {
    const at = axes.indexOf(i);
    const sizes = sparse ? shape.map((d, k) => (k === at ? d : 1)) : shape;
    return lax.broadcastInDim(x, sizes, [at]);
  });
}

/** Options of `indices`. */
export interface IndicesOptions {
  readonly dtype?: DType | null | undefined;
  readonly sparse?: boolean | undefined;
}

/** The index along each axis, over a whole shape: stacked, or (with `sparse`) a list of arrays that broadcast. */
export function indices(dimensions: readonly number[], options: IndicesOptions & { sparse: true }): NDArray[];
export function indices(
  dimensions: readonly number[],
  ...rest: Rest<[dtype: DType | null, sparse: boolean], IndicesOptions>
): NDArray;
export function indices(dimensions: readonly number[], ...rest: readonly unknown[]): NDArray | NDArray[] {
  const { dtype, sparse = false } = resolveArgs<IndicesOptions>("indices", rest, ["dtype", "sparse"]);
  const sizes = toShape(dimensions, "indices");
  const d = toDType(dtype ?? defaultInt, "indices");
  if (isBool(d)) throw new DTypeError("indices: expected a numeric dtype; got bool.");
  const grids = sizes.map((n, axis) => {
    const shape = sparse ? sizes.map((_, k) => (k === axis ? n : 1)) : sizes;
    return lax.broadcastedIota(d, shape, axis);
  });
  if (sparse) return grids;
  if (grids.length === 0) return lax.full([0], 0, d);
  return lax.concatenate(
    grids.map((g) => lax.expandDims(g, [0])),
    0,
  );
}
