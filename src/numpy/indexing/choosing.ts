/**
 * @file Choosing elements by conditions: compress, extract, choose, select, piecewise, place; index helpers: ix_,
 * ravelMultiIndex, unravelIndex.
 */
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { broadcastShapes, canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, IndexError, ShapeError } from "../../base/errors.ts";
import { asArray, asDType, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { prod, range } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { hostData, positionsOf } from "./parse.ts";
import { constantIndex } from "./plan.ts";
import { updater } from "./indexing.ts";
import { filledMask, nonzero, truePositions } from "./nonzero.ts";
import { broadcastOperands, choose as chooseBy, toBool } from "../operands/promote.ts";
import { take } from "./take.ts";

export interface CompressOptions {
  readonly axis?: number | null;
  /** The number of parts to return; needed where the condition is traced. */
  readonly size?: number | null;
  readonly fillValue?: ArrayLike;
  readonly out?: null;
}

/** The parts of `a` along an axis (default: of the flattened array) whose condition holds. */
export function compress(
  condition: ArrayLike,
  a: ArrayLike,
  ...rest: Rest<[axis: number | null], CompressOptions>
): NDArray {
  const options = resolveArgs<CompressOptions>("compress", rest, ["axis"], ["size", "fillValue", "out"]);
  const { axis = null, size, fillValue = 0 } = options;
  const given = asArray(a, "compress");
  const x = axis === null ? lax.reshape(given, [given.size]) : given;
  const k = canonicalAxis(axis ?? 0, x.ndim, "compress");
  const mask = toBool(asArray(condition, "compress"));
  if (mask.ndim !== 1 || mask.size > x.shape[k]) {
    throw new ShapeError(
      `compress: a condition of shape ${shapeString(mask.shape)} does not fit axis ${k} of shape ${shapeString(x.shape)}.`,
    );
  }
  if (size === null || size === undefined) return take(x, nonzero(mask)[0], { axis: k, mode: "clip" });
  const parts = take(x, truePositions(mask, size), { axis: k, mode: "clip" });
  const valid = lax.broadcastInDim(filledMask(mask, size), parts.shape, [k]);
  return lax.select(valid, parts, asDType(fillValue, x.dtype, false, "compress"));
}

/** The elements of the flattened array whose condition holds. */
export function extract(
  condition: ArrayLike,
  arr: ArrayLike,
  ...rest: [] | [options: Omit<CompressOptions, "axis"> | undefined]
): NDArray {
  const options = resolveArgs<Omit<CompressOptions, "axis">>("extract", rest, [], ["size", "fillValue"]);
  const c = asArray(condition, "extract");
  return compress(lax.reshape(c, [c.size]), arr, options);
}

type ChooseMode = "raise" | "wrap" | "clip";

/**
 * Element by element, the choice whose number `a` gives. Numbers out of range: an error ("raise", only for concrete `a`),
 * counted round ("wrap") or limited ("clip").
 */
export function choose(
  a: ArrayLike,
  choices: readonly ArrayLike[] | NDArray,
  ...rest: Rest<[out: null, mode: ChooseMode], { out?: null; mode?: ChooseMode }>
): NDArray {
  const { mode = "raise" } = resolveArgs<{ out?: null; mode?: ChooseMode }>("choose", rest, ["out", "mode"]);
  const list =
    choices instanceof NDArray
      ? range(choices.shape[0]).map((i) => lax.indexInDim(choices, i, 0, false))
      : choices;
  const n = list.length;
  const which = positionsOf(a, "choose");
  let index: NDArray;
  if (which instanceof NDArray) {
    if (mode === "raise") {
      throw new ArgumentError(
        `choose: a traced array cannot be checked; pass { mode: "wrap" } or { mode: "clip" }.`,
      );
    }
    const r = lax.rem(which, n);
    index = mode === "wrap" ? lax.select(lax.lt(r, 0), lax.add(r, n), r) : which;
  } else {
    if (mode === "raise" && which.data.some((i) => i < 0 || i >= n)) {
      throw new IndexError(
        `choose: numbers of choices must be 0 to ${n - 1}; pass { mode: "wrap" } or { mode: "clip" }.`,
      );
    }
    const data = mode === "wrap" ? which.data.map((i) => ((i % n) + n) % n) : which.data;
    index = constantIndex(data, which.shape);
  }
  const cases = promote("choose", ...list);
  const shape = broadcastShapes([index.shape, ...cases.map((c) => c.shape)], "choose");
  return selectCase(
    broadcastToShape(index, shape),
    cases.map((c) => broadcastToShape(c, shape)),
  );
}

/** Numbers outside count as the nearest case. */
function selectCase(index: NDArray, cases: readonly NDArray[]): NDArray {
  return cases.length === 1 ? cases[0] : lax.selectN(index, ...cases);
}

/** Element by element, the first choice whose condition holds, else `default`. */
export function select(
  condlist: readonly ArrayLike[],
  choicelist: readonly ArrayLike[],
  ...rest: Rest<[default_: ArrayLike], { default?: ArrayLike }>
): NDArray {
  const { default: otherwise = 0 } = resolveArgs<{ default?: ArrayLike }>("select", rest, ["default"]);
  if (condlist.length !== choicelist.length || condlist.length === 0) {
    throw new ArgumentError(
      `select: expected one choice for each condition; got ${condlist.length} conditions and ${choicelist.length} choices.`,
    );
  }
  const values = promote("select", ...choicelist, otherwise);
  return condlist.reduceRight<NDArray>(
    (out, condition, i) => chooseBy("select", condition, values[i], out),
    values[values.length - 1],
  );
}

type Piece = ArrayLike | ((x: NDArray, ...args: readonly unknown[]) => ArrayLike);

/**
 * A function in pieces: where a condition holds, its function of `x` (or its value); later conditions win. One function
 * more than conditions is for the rest, which is otherwise 0. The functions see all of `x` and must be element-wise.
 */
export function piecewise(
  x: ArrayLike,
  condlist: ArrayLike | readonly ArrayLike[],
  funclist: readonly Piece[],
  ...args: readonly unknown[]
): NDArray {
  const a = asArray(x, "piecewise");
  const conditions = isList(condlist) ? condlist : [condlist];
  const n = conditions.length;
  if (funclist.length !== n && funclist.length !== n + 1) {
    throw new ArgumentError(
      `piecewise: ${n} conditions need ${n} or ${n + 1} functions; got ${funclist.length}.`,
    );
  }
  const piece = (f: Piece | undefined): NDArray => {
    const v = typeof f === "function" ? f(a, ...args) : (f ?? 0);
    return asDType(v, a.dtype, a.weakType, "piecewise");
  };
  let out = broadcastToShape(piece(funclist[n]), a.shape);
  conditions.forEach((condition, i) => {
    out = chooseBy("piecewise", condition, piece(funclist[i]), out);
  });
  return out;
}

const isList = (x: ArrayLike | readonly ArrayLike[]): x is readonly ArrayLike[] => Array.isArray(x);

/** The array with `vals`, repeated as needed, in order where the mask is true. */
export function place(
  arr: ArrayLike,
  mask: ArrayLike,
  vals: ArrayLike,
  ...rest: [] | [options: { inplace?: boolean } | undefined]
): NDArray {
  resolveArgs<{ inplace?: boolean }>("place", rest, [], ["inplace"]);
  const x = asArray(arr, "place");
  const m = toBool(asArray(mask, "place"));
  const v = asArray(vals, "place");
  if (m.size !== x.size) throw new ShapeError("place: the mask must have as many elements as the array.");
  if (x.size === 0) return x;
  if (v.size === 0) throw new ArgumentError("place: there are no values to place.");
  const at = truePositions(lax.reshape(m, [x.size]), x.size);
  const copies = lax.tile(lax.reshape(v, [v.size]), [Math.ceil(x.size / v.size)]);
  const values = lax.sliceInDim(copies, 0, x.size);
  return lax.reshape(updater(lax.reshape(x, [x.size]), [at]).set(values, { mode: "drop" }), x.shape);
}

/** Vectors shaped so that they index the grid of all their combinations; masks stand for their true positions. */
export function ix_(...args: readonly ArrayLike[]): NDArray[] {
  return args.map((arg, i) => {
    const x = asArray(arg, "ix_");
    if (x.ndim !== 1)
      throw new ShapeError(`ix_: arguments must have one dimension; got ${shapeString(x.shape)}.`);
    const at = x.dtype === "bool" ? nonzero(x)[0] : x;
    return lax.reshape(
      at,
      args.map((_, j) => (i === j ? at.size : 1)),
    );
  });
}

type RavelMode = "raise" | "wrap" | "clip";
type RavelOptions = { mode?: RavelMode; order?: "C" | "F" };

/** Flat positions of coordinates, one array for each axis, in an array of shape `dims`. */
export function ravelMultiIndex(
  multiIndex: readonly ArrayLike[] | NDArray,
  dims: readonly number[],
  ...rest: Rest<[mode: RavelMode, order: "C" | "F"], RavelOptions>
): NDArray {
  const { mode = "raise", order = "C" } = resolveArgs<RavelOptions>("ravelMultiIndex", rest, [
    "mode",
    "order",
  ]);
  const list =
    multiIndex instanceof NDArray
      ? range(multiIndex.shape[0]).map((i) => lax.indexInDim(multiIndex, i, 0, false))
      : multiIndex.map((x) =>
          asArray(typeof x === "number" ? constantIndex(Int32Array.of(x), []) : x, "ravelMultiIndex"),
        );
  if (list.length !== dims.length)
    throw new ArgumentError(`ravelMultiIndex: ${list.length} coordinates for ${dims.length} axes.`);
  const parts = broadcastOperands("ravelMultiIndex", list);
  const axes = order === "C" ? range(dims.length) : range(dims.length).reverse();
  let out: NDArray = lax.full([], 0, "int32");
  for (const k of axes) {
    out = lax.add(lax.mul(out, dims[k]), inRange(lax.convertElementType(parts[k], "int32"), dims[k], mode));
  }
  return out;
}

function inRange(x: NDArray, size: number, mode: RavelMode): NDArray {
  if (mode === "clip") return lax.clamp(0, x, size - 1);
  if (mode === "wrap") {
    const r = lax.rem(x, size);
    return lax.select(lax.lt(r, 0), lax.add(r, size), r);
  }
  const data = hostData(x);
  if (data === null) {
    throw new ArgumentError(
      `ravelMultiIndex: traced coordinates cannot be checked; pass { mode: "wrap" } or { mode: "clip" }.`,
    );
  }
  for (const v of data) {
    if (v < 0 || v >= size)
      throw new IndexError(`ravelMultiIndex: coordinate ${v} is outside an axis of size ${size}.`);
  }
  return x;
}

/** Coordinates, one array for each axis, of flat positions in an array of the given shape; they are clamped into it. */
export function unravelIndex(indices: ArrayLike, shape: number | readonly number[]): NDArray[] {
  const dims = typeof shape === "number" ? [shape] : shape;
  const p = positionsOf(indices, "unravelIndex");
  const x = p instanceof NDArray ? p : constantIndex(p.data, p.shape);
  const total = prod(dims);
  const limited = lax.clamp(-total, x, total - 1);
  const flat = lax.select(lax.lt(limited, 0), lax.add(limited, total), limited);
  let stride = total;
  return dims.map((d) => {
    stride = d === 0 ? 0 : stride / d;
    return lax.rem(lax.div(flat, Math.max(1, stride)), Math.max(1, d));
  });
}
