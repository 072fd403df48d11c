/**
 * @file `pad`, in all modes of NumPy. Modes but "constant" and "empty" pad one axis after the other, so corners hold what
 * the padding of the padded array gives. All are differentiable.
 */
import { together } from "../../core/deferral.ts";
import { refuseMore, show } from "../../base/checks.ts";
import { type ArrayLike, ConcreteArray, type NDArray } from "../../core/array.ts";
import { isInteger, isWide } from "../../dtypes/dtype.ts";
import { replaceAt } from "../../dtypes/shape.ts";
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import { asPositions } from "../../lax/operands/positions.ts";
import * as lax from "../../lax/plain.ts";
import { range } from "../../base/util.ts";
import { isPlainObject } from "../../arguments/rest.ts";
import { isList } from "../operands/shapes.ts";
import { applyAlongAxis } from "../ufuncs/vectorize.ts";

/** A value for all axes and sides, `[before, after]`, or `[[before, after], …]` for each axis. */
export type PerAxis<T> = T | readonly [T] | readonly [T, T] | readonly (readonly [T] | readonly [T, T])[];

/** Widths of borders: as `PerAxis`, or an object from axis to width. */
export type PadWidth = PerAxis<number> | Readonly<Record<string, PerAxis<number>>> | NDArray;

/** What borders hold: a value, values of the edge, a statistic, a reflection, or the other end. */
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

/** Options of `pad`; each mode knows some of them. */
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
  const plain =
    padWidth instanceof ConcreteArray
      ? (isWide(padWidth.dtype) ? asPositions(padWidth) : padWidth).js()
      : padWidth;
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
  const none: lax.PadConfig[] = x.shape.map(() => [0, 0, 0]);
  return widths.reduce((out, [lo, hi], k) => {
    const below = lax.pad(out, scalar(values[k][0]), replaceAt(none, k, [lo, 0, 0]));
    return lax.pad(below, scalar(values[k][1]), replaceAt(none, k, [0, hi, 0]));
  }, x);
}

/** The `n` elements at an edge, by default one. */
const edgeOf = (x: NDArray, k: number, side: Side, n = 1): NDArray =>
  side === 0 ? lax.sliceInDim(x, 0, n, 1, k) : lax.sliceInDim(x, x.shape[k] - n, x.shape[k], 1, k);

const spread = (x: NDArray, k: number, size: number): NDArray =>
  lax.broadcastInDim(x, replaceAt(x.shape, k, size), range(x.ndim));

/** What goes on one side of one axis: `width` elements, or fewer, if the others follow from these. */
type Border = (x: NDArray, k: number, side: Side, width: number) => NDArray;

/** Pads axis by axis. What goes on either side may be computed from the array before that axis was padded. */
function padSides(
  x: NDArray,
  widths: Pairs<number>,
  name: string,
  rule: (unpadded: NDArray) => Border,
): NDArray {
  let out = x;
  widths.forEach((pair, k) => {
    if (pair[0] === 0 && pair[1] === 0) return;
    if (out.shape[k] === 0)
      throw new ArgumentError(`pad: mode "${name}" cannot extend axis ${k}, which is empty.`);
    const border = rule(out);
    for (const side of [0, 1] as const) {
      for (let left = pair[side]; left > 0;) {
        const part = border(out, k, side, left);
        left -= part.shape[k];
        out = lax.concatenate(side === 0 ? [part, out] : [out, part], k);
      }
    }
  });
  return out;
}

const padEdge = (): Border => (x, k, side, width) => spread(edgeOf(x, k, side), k, width);

function padWrap(x: NDArray, widths: Pairs<number>): NDArray {
  let out = x;
  widths.forEach(([lo, hi], k) => {
    const size = out.shape[k];
    if (lo === 0 && hi === 0) return;
    if (size === 0) throw new ArgumentError(`pad: mode "wrap" cannot extend axis ${k}, which is empty.`);
    const whole = range(Math.floor(lo / size) + Math.floor(hi / size) + 1).map(() => out);
    const head = lo % size > 0 ? [edgeOf(out, k, 1, lo % size)] : [];
    const tail = hi % size > 0 ? [edgeOf(out, k, 0, hi % size)] : [];
    out = lax.concatenate([...head, ...whole, ...tail], k);
  });
  return out;
}

/** Reflections about the edge (without repeating it, if it is skipped), as many as it takes. */
const padReflect =
  (skipsEdge: boolean, odd: boolean) =>
  (unpadded: NDArray): Border =>
  (x, k, side, width) => {
    const n = unpadded.shape[k];
    const skip = skipsEdge && n > 1 ? 1 : 0;
    const count = Math.min(width, n - skip);
    const end = x.shape[k] - skip;
    const [lo, hi] = side === 0 ? [skip, skip + count] : [end - count, end];
    const mirrored = lax.rev(lax.sliceInDim(x, lo, hi, 1, k), [k]);
    return odd ? lax.sub(lax.mul(spread(edgeOf(x, k, side), k, count), 2), mirrored) : mirrored;
  };

/** From the edge towards the end value in equal steps; the end value itself is the outermost element. */
const padRamp = (ends: Pairs<ArrayLike>) => (): Border => (x, k, side, width) => {
  const edge = spread(edgeOf(x, k, side), k, width);
  const floats = isInteger(x.dtype) ? "float64" : x.dtype;
  const from = lax.convertElementType(edge, floats);
  const steps = lax.div(lax.broadcastedIota(floats, from.shape, k), width);
  const end = asDType(ends[k][side], floats, false, "pad");
  const ramp = lax.add(lax.mul(lax.sub(1, steps), end), lax.mul(steps, from));
  const whole = isInteger(x.dtype) ? lax.floor(ramp) : ramp;
  return lax.convertElementType(side === 0 ? whole : lax.rev(whole, [k]), x.dtype);
};

function median(x: NDArray, k: number): NDArray {
  const n = x.shape[k];
  const sorted = lax.sort(x, { dimension: k });
  const at = (i: number): NDArray => lax.sliceInDim(sorted, i, i + 1, 1, k);
  return n % 2 === 1 ? at((n - 1) / 2) : lax.mul(lax.add(at(n / 2 - 1), at(n / 2)), 0.5);
}

/** A statistic along an axis, which is kept. */
type Statistic = (x: NDArray, k: number) => NDArray;

const padStatistic =
  (statistic: Statistic, isFractional: boolean, lengths: Pairs<number> | null) =>
  (unpadded: NDArray): Border =>
  (x, k, side, width) => {
    const n = unpadded.shape[k];
    const length = Math.min(lengths?.[k][side] ?? n, n);
    if (length <= 0) throw new ArgumentError("pad: statLength must be at least 1.");
    const part = edgeOf(unpadded, k, side, length);
    const rounds = isInteger(x.dtype) && isFractional;
    const value = statistic(rounds ? lax.convertElementType(part, "float64") : part, k);
    const stat = rounds ? lax.convertElementType(lax.round(value, 1), x.dtype) : value;
    return spread(stat, k, width);
  };

function padByFunction(x: NDArray, widths: Pairs<number>, f: PadFunction, options: PadOptions): NDArray {
  return widths.reduce(
    (out, pair, k) => applyAlongAxis((line) => f(line, pair, k, options), k, out),
    padConstant(x, widths, perAxis<ArrayLike>(0, x.ndim, "")),
  );
}

interface Mode {
  /** The options that it knows. */
  readonly options: readonly string[];
  readonly pad: (x: NDArray, widths: Pairs<number>, options: PadOptions) => NDArray;
}

const constant: Mode = {
  options: ["constantValues"],
  pad: (x, widths, { constantValues }) =>
    padConstant(x, widths, perAxis<ArrayLike>(constantValues ?? 0, x.ndim, "constantValues")),
};

const reflection = (name: PadMode, skipsEdge: boolean): Mode => ({
  options: ["reflectType"],
  pad: (x, widths, { reflectType }) =>
    padSides(x, widths, name, padReflect(skipsEdge, reflectType === "odd")),
});

const statistical = (name: PadMode, isFractional: boolean, statistic: Statistic): Mode => ({
  options: ["statLength"],
  pad: (x, widths, options) => {
    const statLength = options.statLength ?? null;
    const lengths = statLength === null ? null : perAxis<number>(statLength, x.ndim, "statLength");
    return padSides(x, widths, name, padStatistic(statistic, isFractional, lengths));
  },
});

const modes: Readonly<Record<PadMode, Mode>> = {
  constant,
  edge: { options: [], pad: (x, widths) => padSides(x, widths, "edge", padEdge) },
  linear_ramp: {
    options: ["endValues"],
    pad: (x, widths, { endValues }) => {
      const ends = perAxis<ArrayLike>(endValues ?? 0, x.ndim, "endValues");
      return padSides(x, widths, "linear_ramp", padRamp(ends));
    },
  },
  maximum: statistical("maximum", false, (x, k) => lax.expandDims(lax.reduceMax(x, [k]), [k])),
  mean: statistical("mean", true, (x, k) => lax.div(lax.expandDims(lax.reduceSum(x, [k]), [k]), x.shape[k])),
  median: statistical("median", true, median),
  minimum: statistical("minimum", false, (x, k) => lax.expandDims(lax.reduceMin(x, [k]), [k])),
  reflect: reflection("reflect", true),
  symmetric: reflection("symmetric", false),
  wrap: { options: [], pad: padWrap },
  empty: { options: [], pad: constant.pad },
};

/**
 * An array with borders. The derivative in the array follows what the borders hold of it; at the ties of "maximum" and
 * "minimum" it is shared.
 * @param padWidth a width for all sides, `[before, after]` for all axes, `[[before, after], …]` for each axis, or an
 *   object from axis to width
 * @param mode what to fill with: see `PadOptions`; a function pads each line itself
 * @throws ArgumentError for an unknown mode, an option that the mode does not know, widths that are no non-negative
 *   integers, or an empty axis that cannot be extended
 * @see jax.numpy.pad
 * @example
 * np.pad(np.array([1, 2, 3]), [1, 2], "edge").js(); // [1, 1, 2, 3, 3, 3]
 */
export function pad(
  array: ArrayLike,
  padWidth: PadWidth | PadOptions,
  mode?: PadMode | PadFunction | PadOptions,
  options?: PadOptions,
  ...more: []
): NDArray {
  refuseMore("pad", 4, more);
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
  if (typeof how !== "string" || !Object.hasOwn(modes, how)) {
    throw new ArgumentError(
      `pad: unknown mode ${show(how)}; expected one of ${Object.keys(modes).join(", ")}.`,
    );
  }
  checkOptions(`pad (mode "${how}")`, all, ["padWidth", "mode", ...modes[how].options]);
  return together(() => modes[how].pad(x, widths, all));
}
