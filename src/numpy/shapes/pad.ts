/**
 * @file `pad`, in all modes of NumPy. Modes but "constant" and "empty" pad one axis after the other, so corners hold what
 * the padding of the padded array gives. All are differentiable.
 */
import { type ArrayLike, ConcreteArray, type NDArray } from "../../core/array.ts";
import { isInteger } from "../../dtypes/dtype.ts";
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { range } from "../../base/util.ts";
import { isPlainObject } from "../operands/args.ts";
import { applyAlongAxis } from "../ufuncs/vectorize.ts";

/** A value for all axes and sides, `[before, after]`, or `[[before, after], …]` for each axis. */
export type PerAxis<T> = T | readonly [T] | readonly [T, T] | readonly (readonly [T] | readonly [T, T])[];

/** Widths of borders: as `PerAxis`, or an object from axis to width. */
export type PadWidth = PerAxis<number> | Readonly<Record<string, PerAxis<number>>> | NDArray;

export type PadMode =
  | "constant"
  | "edge"
  | "linear_ramp"
  | "maximum"
  | "mean"
  | "median"
  | "minimum"
  | "reflect"
  | "symmetric"
  | "wrap"
  | "empty";

/** Pads one line in place of NumPy's in-place function: gets the line already padded with zeros, returns it. */
export type PadFunction = (
  line: NDArray,
  padWidth: readonly [number, number],
  axis: number,
  options: PadOptions,
) => NDArray;

export interface PadOptions {
  readonly padWidth?: PadWidth;
  readonly mode?: PadMode | PadFunction;
  /** For "constant". */
  readonly constantValues?: PerAxis<ArrayLike>;
  /** For "linear_ramp": the values at the far ends. */
  readonly endValues?: PerAxis<ArrayLike>;
  /** For the statistics: of how many elements at each edge. */
  readonly statLength?: PerAxis<number> | null;
  /** For "reflect" and "symmetric": whether the reflection is also turned about the edge's value. */
  readonly reflectType?: "even" | "odd";
}

type Side = 0 | 1;
type Pairs<T> = readonly (readonly [T, T])[];

/** NumPy's broadcasting of a parameter to [axes, 2]. */
function perAxis<T>(value: PerAxis<T>, ndim: number, name: string): Pairs<T> {
  const isList = (x: unknown): x is readonly unknown[] => Array.isArray(x);
  const pair = (v: readonly unknown[]): readonly [T, T] => {
    if (v.length !== 1 && v.length !== 2)
      throw new ArgumentError(`pad: ${name} must be a value or [before, after] for each axis.`);
    return [v[0] as T, v[v.length - 1] as T];
  };
  if (!isList(value)) return range(ndim).map(() => [value, value]);
  if (!value.some(isList)) return range(ndim).map(() => pair(value));
  if (value.length !== ndim && value.length !== 1)
    throw new ArgumentError(`pad: ${name} is given for ${value.length} axes; the array has ${ndim}.`);
  return range(ndim).map((i) => pair(value[value.length === 1 ? 0 : i] as readonly unknown[]));
}

function widthsOf(padWidth: unknown, ndim: number): Pairs<number> {
  const plain = padWidth instanceof ConcreteArray ? padWidth.js() : padWidth;
  const pairs = isPlainObject(plain)
    ? widthsByAxis(plain, ndim)
    : perAxis<number>(plain as PerAxis<number>, ndim, "padWidth");
  if (pairs.some((p) => p.some((w) => !Number.isInteger(w) || w < 0)))
    throw new ArgumentError("pad: widths must be non-negative integers.");
  return pairs;
}

/** Widths as an object from axis to width. */
function widthsByAxis(map: Readonly<Record<string, unknown>>, ndim: number): Pairs<number> {
  const out = range(ndim).map((): readonly [number, number] => [0, 0]);
  for (const [key, value] of Object.entries(map)) {
    const axis = Number(key) < 0 ? Number(key) + ndim : Number(key);
    if (!(axis in out)) throw new ArgumentError(`pad: axis ${key} is out of range for ${ndim} dimensions.`);
    [out[axis]] = perAxis<number>(value as PerAxis<number>, 1, "padWidth");
  }
  return out;
}

function padConstant(x: NDArray, widths: Pairs<number>, values: Pairs<ArrayLike>): NDArray {
  const scalar = (v: ArrayLike): NDArray => asDType(v, x.dtype, x.weakType, "pad");
  const first = values[0]?.[0] ?? 0;
  if (values.every((p) => p.every((v) => v === first))) {
    return lax.pad(
      x,
      scalar(first),
      widths.map(([lo, hi]) => [lo, hi, 0] as const),
    );
  }
  let out = x;
  widths.forEach(([lo, hi], k) => {
    const config = (a: number, b: number): [number, number, number][] =>
      range(x.ndim).map((i) => (i === k ? [a, b, 0] : [0, 0, 0]));
    out = lax.pad(lax.pad(out, scalar(values[k][0]), config(lo, 0)), scalar(values[k][1]), config(0, hi));
  });
  return out;
}

/** One slice of size 1 at an edge. */
const edgeOf = (x: NDArray, k: number, side: Side): NDArray =>
  side === 0 ? lax.sliceInDim(x, 0, 1, 1, k) : lax.sliceInDim(x, x.shape[k] - 1, x.shape[k], 1, k);

const join = (x: NDArray, part: NDArray, k: number, side: Side): NDArray =>
  lax.concatenate(side === 0 ? [part, x] : [x, part], k);

const resized = (shape: readonly number[], k: number, size: number): number[] =>
  shape.map((d, i) => (i === k ? size : d));

const spread = (x: NDArray, k: number, size: number): NDArray =>
  lax.broadcastInDim(x, resized(x.shape, k, size), range(x.ndim));

/** Pads one side of one axis. */
type PadSide = (x: NDArray, k: number, side: Side, width: number) => NDArray;

/** Pads axis by axis. What goes on either side may be computed from the array before that axis was padded. */
function padSides(
  x: NDArray,
  widths: Pairs<number>,
  name: string,
  rule: (unpadded: NDArray) => PadSide,
): NDArray {
  let out = x;
  widths.forEach((pair, k) => {
    if (pair[0] === 0 && pair[1] === 0) return;
    if (out.shape[k] === 0)
      throw new ArgumentError(`pad: mode "${name}" cannot extend axis ${k}, which is empty.`);
    const padSide = rule(out);
    for (const side of [0, 1] as const) if (pair[side] > 0) out = padSide(out, k, side, pair[side]);
  });
  return out;
}

const padEdge = (): PadSide => (x, k, side, width) => join(x, spread(edgeOf(x, k, side), k, width), k, side);

function padWrap(x: NDArray, widths: Pairs<number>): NDArray {
  let out = x;
  widths.forEach(([lo, hi], k) => {
    const size = out.shape[k];
    if (lo === 0 && hi === 0) return;
    if (size === 0) throw new ArgumentError(`pad: mode "wrap" cannot extend axis ${k}, which is empty.`);
    const whole = range(Math.floor(lo / size) + Math.floor(hi / size) + 1).map(() => out);
    const head = lo % size > 0 ? [lax.sliceInDim(out, size - (lo % size), size, 1, k)] : [];
    const tail = hi % size > 0 ? [lax.sliceInDim(out, 0, hi % size, 1, k)] : [];
    out = lax.concatenate([...head, ...whole, ...tail], k);
  });
  return out;
}

/** Reflections about the edge (without repeating it, if `skip` is 1), as many as it takes. */
const padReflect =
  (skipsEdge: boolean, odd: boolean) =>
  (unpadded: NDArray): PadSide =>
  (x, k, side, width) => {
    const n = unpadded.shape[k];
    const skip = skipsEdge && n > 1 ? 1 : 0;
    let out = x;
    for (let left = width; left > 0;) {
      const take = Math.min(left, n - skip);
      left -= take;
      const end = out.shape[k] - skip;
      const part = side === 0 ? [skip, skip + take] : [end - take, end];
      let mirrored = lax.rev(lax.sliceInDim(out, part[0], part[1], 1, k), [k]);
      if (odd) mirrored = lax.sub(lax.mul(spread(edgeOf(out, k, side), k, take), 2), mirrored);
      out = join(out, mirrored, k, side);
    }
    return out;
  };

/** From the edge towards the end value in equal steps; the end value itself is the outermost element. */
const padRamp = (ends: Pairs<ArrayLike>) => (): PadSide => (x, k, side, width) => {
  const edge = spread(edgeOf(x, k, side), k, width);
  const floats = isInteger(x.dtype) ? "float64" : x.dtype;
  const from = lax.convertElementType(edge, floats);
  const steps = lax.div(lax.broadcastedIota(floats, from.shape, k), width);
  const end = asDType(ends[k][side], floats, false, "pad");
  const ramp = lax.add(lax.mul(lax.sub(1, steps), end), lax.mul(steps, from));
  const whole = isInteger(x.dtype) ? lax.floor(ramp) : ramp;
  const values = lax.convertElementType(side === 0 ? whole : lax.rev(whole, [k]), x.dtype);
  return join(x, values, k, side);
};

function median(x: NDArray, k: number): NDArray {
  const n = x.shape[k];
  const sorted = lax.sort(x, { dimension: k });
  const at = (i: number): NDArray => lax.sliceInDim(sorted, i, i + 1, 1, k);
  return n % 2 === 1 ? at((n - 1) / 2) : lax.mul(lax.add(at(n / 2 - 1), at(n / 2)), 0.5);
}

/** Statistics along an axis, which is kept. */
const statistics: Readonly<Record<string, (x: NDArray, k: number) => NDArray>> = {
  maximum: (x, k) => lax.expandDims(lax.reduceMax(x, [k]), [k]),
  minimum: (x, k) => lax.expandDims(lax.reduceMin(x, [k]), [k]),
  mean: (x, k) => lax.div(lax.expandDims(lax.reduceSum(x, [k]), [k]), x.shape[k]),
  median,
};

const padStatistic =
  (name: string, lengths: Pairs<number> | null) =>
  (unpadded: NDArray): PadSide =>
  (x, k, side, width) => {
    const n = unpadded.shape[k];
    const length = Math.min(lengths?.[k][side] ?? n, n);
    if (length <= 0) throw new ArgumentError("pad: statLength must be at least 1.");
    const part =
      side === 0 ? lax.sliceInDim(unpadded, 0, length, 1, k) : lax.sliceInDim(unpadded, n - length, n, 1, k);
    const whole = isInteger(x.dtype) && (name === "mean" || name === "median");
    const value = statistics[name](whole ? lax.convertElementType(part, "float64") : part, k);
    const stat = whole ? lax.convertElementType(lax.round(value, 1), x.dtype) : value;
    return join(x, spread(stat, k, width), k, side);
  };

function padByFunction(x: NDArray, widths: Pairs<number>, f: PadFunction, options: PadOptions): NDArray {
  let out = padConstant(x, widths, perAxis<ArrayLike>(0, x.ndim, ""));
  widths.forEach((pair, k) => {
    out = applyAlongAxis((line) => f(line, pair, k, options), k, out);
  });
  return out;
}

/** Options that each mode knows. */
const known: Readonly<Record<PadMode, readonly string[]>> = {
  constant: ["constantValues"],
  edge: [],
  linear_ramp: ["endValues"],
  maximum: ["statLength"],
  mean: ["statLength"],
  median: ["statLength"],
  minimum: ["statLength"],
  reflect: ["reflectType"],
  symmetric: ["reflectType"],
  wrap: [],
  empty: [],
};

/**
 * An array with borders.
 * @param padWidth a width for all sides, `[before, after]` for all axes, `[[before, after], …]` for each axis, or an
 *   object from axis to width
 * @param mode what to fill with: see `PadOptions`; a function pads each line itself
 * @example
 * np.pad(np.array([1, 2, 3]), [1, 2], "edge").js(); // [1, 1, 2, 3, 3, 3]
 */
export function pad(
  array: ArrayLike,
  padWidth: PadWidth | PadOptions,
  mode?: PadMode | PadFunction | PadOptions,
  options?: PadOptions,
): NDArray {
  const named = isPlainObject(padWidth) && "padWidth" in padWidth ? (padWidth as PadOptions) : {};
  const all: PadOptions = {
    ...named,
    ...(isPlainObject(mode) ? mode : mode === undefined ? {} : { mode }),
    ...options,
  };
  const x = asArray(array, "pad");
  const widths = widthsOf(named.padWidth ?? padWidth, x.ndim);
  const how = all.mode ?? "constant";
  if (typeof how === "function") return padByFunction(x, widths, how, all);
  if (!Object.hasOwn(known, how)) {
    throw new ArgumentError(`pad: unknown mode '${how}'; expected one of ${Object.keys(known).join(", ")}.`);
  }
  checkOptions(`pad (mode "${how}")`, all, ["padWidth", "mode", ...known[how]]);
  const odd = all.reflectType === "odd";
  switch (how) {
    case "constant":
    case "empty":
      return padConstant(x, widths, perAxis<ArrayLike>(all.constantValues ?? 0, x.ndim, "constantValues"));
    case "wrap":
      return padWrap(x, widths);
    case "edge":
      return padSides(x, widths, how, padEdge);
    case "reflect":
      return padSides(x, widths, how, padReflect(true, odd));
    case "symmetric":
      return padSides(x, widths, how, padReflect(false, odd));
    case "linear_ramp":
      return padSides(x, widths, how, padRamp(perAxis<ArrayLike>(all.endValues ?? 0, x.ndim, "endValues")));
    default: {
      const lengths = all.statLength ?? null;
      const pairs = lengths === null ? null : perAxis<number>(lengths, x.ndim, "statLength");
      return padSides(x, widths, how, padStatistic(how, pairs));
    }
  }
}
