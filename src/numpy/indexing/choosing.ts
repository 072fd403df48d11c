/**
 * @file Choosing elements by conditions: compress, extract, choose, select, piecewise, place; index helpers: ix_,
 * ravelMultiIndex, unravelIndex.
 */
import { together } from "../../core/deferral.ts";
import { checkListOf, refuseMore } from "../../base/checks.ts";
import { type ArrayLike, NDArray } from "../../core/array.ts";
import type { ArraysOf } from "../../core/tree-types.ts";
import { broadcastShapes, replaceAt, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, IndexError, ShapeError } from "../../base/errors.ts";
import { asArray, asDType, promote } from "../../lax/operands/convert.ts";
import { asPositions } from "../../lax/operands/positions.ts";
import * as lax from "../../lax/plain.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { prod, range } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { broadcastOperands, choose as chooseBy, strong, toBool } from "../operands/promote.ts";
import {
  type ShapeLike,
  alongAxis,
  flatten,
  isList,
  partsOf,
  repeated,
  toShape,
} from "../operands/shapes.ts";
import { updater } from "./indexing.ts";
import { filledMask, truePositions } from "./masks.ts";
import { nonzero } from "./nonzero.ts";
import {
  constantIndex,
  hostData,
  indexArray,
  positionsOf,
  wrapAround,
  wrapArray,
  wrapNegative,
} from "./positions.ts";
import { pick } from "./gather.ts";

/** What stands in surplus places. */
const fillValue = param<[fillValue: ArrayLike]>()("fillValue", 0);
/** Options of `compress`. */
export type CompressOptions = OptionsOf<[typeof p.oneAxis, typeof p.size, typeof fillValue, typeof p.out]>;

/**
 * The parts of `a` along an axis (default: of the flattened array) whose condition holds; with `size` the first so many,
 * filled with `fillValue`. The derivative goes to the parts kept.
 * @throws ShapeError for a condition that does not fit the axis, ArgumentError for a traced one without `size`
 * @see jax.numpy.compress
 * @example
 * np.compress(np.array([false, true]), np.array([[1, 2], [3, 4]]), 0).js(); // [[3, 4]]
 */
export const compress = define(
  "compress",
  [p.oneAxis],
  [p.size, fillValue, p.out],
  ({ axis, size, fillValue }, condition: ArrayLike, a: ArrayLike) => {
    const [x, k] = alongAxis("compress", a, axis);
    const mask = toBool(asArray(condition, "compress"));
    if (mask.ndim !== 1 || mask.size > x.shape[k]) {
      throw new ShapeError(
        `compress: a condition of shape ${shapeString(mask.shape)} does not fit axis ${k} of shape ${shapeString(x.shape)}.`,
      );
    }
    if (size === null) return pick(x, nonzero(mask)[0], k);
    const parts = pick(x, truePositions(mask, size), k);
    const valid = lax.broadcastInDim(filledMask(mask, size), parts.shape, [k]);
    return lax.select(valid, parts, asDType(fillValue, x.dtype, false, "compress"));
  },
);

/**
 * The elements of the flattened array whose condition holds; see `compress`.
 * @throws ArgumentError for a traced condition without `size`
 * @see jax.numpy.extract
 * @example
 * np.extract(np.array([[false, true]]), np.array([[1, 2]])).js(); // [2]
 */
export const extract = define(
  "extract",
  [],
  [p.size, fillValue],
  (options, condition: ArrayLike, arr: ArrayLike) =>
    compress(flatten(asArray(condition, "extract")), arr, options),
);

/** What a number outside means: an error, counting round, or the nearest that is inside. */
type OutsideMode = "raise" | "wrap" | "clip";
const modeParam = param<[mode: OutsideMode]>()("mode", "raise");

/**
 * Element by element, the choice whose number `a` gives. Numbers out of range: an error ("raise", only for concrete `a`),
 * counted round ("wrap") or limited ("clip"). The derivative goes to the elements chosen.
 * @throws IndexError for numbers out of range, ArgumentError for a traced `a` under "raise"
 * @see jax.numpy.choose
 * @example
 * np.choose(np.array([1, 0], "int32"), [np.array([1, 2]), np.array([3, 4])]).js(); // [3, 2]
 */
export const choose = define(
  "choose",
  [p.out, modeParam],
  [],
  ({ mode }, a: ArrayLike, choices: readonly ArrayLike[] | NDArray) => {
    const list = choices instanceof NDArray ? partsOf(choices) : choices;
    const n = list.length;
    const which = positionsOf(a, "choose");
    if (mode === "raise") {
      if (which instanceof NDArray) {
        throw new ArgumentError(
          `choose: a traced array cannot be checked; pass { mode: "wrap" } or { mode: "clip" }.`,
        );
      }
      if (which.data.some((i) => i < 0 || i >= n)) {
        throw new IndexError(
          `choose: numbers of choices must be 0 to ${n - 1}; pass { mode: "wrap" } or { mode: "clip" }.`,
        );
      }
    }
    const index = indexArray(mode === "wrap" ? wrapAround(which, n) : which);
    const cases = promote("choose", ...list).map(strong);
    const shape = broadcastShapes([index.shape, ...cases.map((c) => c.shape)], "choose");
    return selectCase(
      broadcastToShape(index, shape),
      cases.map((c) => broadcastToShape(c, shape)),
    );
  },
);

/** Numbers outside count as the nearest case. */
function selectCase(index: NDArray, cases: readonly NDArray[]): NDArray {
  return cases.length === 1 ? cases[0] : lax.selectN(index, ...cases);
}

/**
 * Element by element, the first choice whose condition holds, else `default`. The derivative goes to the elements chosen.
 * @throws ArgumentError unless there is one choice for each condition, and one at least
 * @see jax.numpy.select
 * @example
 * np.select([np.array([true, false])], [np.array([1, 2])], 9).js(); // [1, 9]
 */
export const select = define(
  "select",
  [param<[default_: ArrayLike]>()("default", 0)],
  [],
  ({ default: otherwise }, condlist: readonly ArrayLike[], choicelist: readonly ArrayLike[]) => {
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
  },
);

type Piece = ArrayLike | ((x: NDArray, ...args: readonly unknown[]) => ArrayLike);

/**
 * A function in pieces: where a condition holds, its function of `x` (or its value); later conditions win. One function
 * more than conditions is for the rest, which is otherwise 0. The functions see all of `x` and must be element-wise. The
 * derivative is that of the function chosen.
 * @throws ArgumentError unless there is one function for each condition, or one more
 * @see jax.numpy.piecewise
 * @example
 * np.piecewise(np.array([-1, 2]), [np.array([true, false])], [(x) => x.neg(), (x) => x.mul(x)]).js(); // [1, 4]
 */
export function piecewise(
  x: ArrayLike,
  condlist: ArrayLike | readonly ArrayLike[],
  funclist: readonly Piece[],
  ...args: readonly unknown[]
): NDArray {
  const a = asArray(x, "piecewise");
  const conditions = isList<ArrayLike>(condlist) ? condlist : [condlist];
  checkListOf("piecewise", "the functions", funclist);
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
  return strong(out);
}

/**
 * The array with `vals`, repeated as needed, in order where the mask is true.
 * @throws ShapeError for a mask of another size, ArgumentError if there are no values
 * @see jax.numpy.place
 * @example
 * np.place(np.zeros([3]), np.array([true, false, true]), np.array([7, 8])).js(); // [7, 0, 8]
 */
export const place = define(
  "place",
  [],
  [p.inplace],
  (_, arr: ArrayLike, mask: ArrayLike, vals: ArrayLike) => {
    const x = asArray(arr, "place");
    const m = toBool(asArray(mask, "place"));
    const v = asArray(vals, "place");
    if (m.size !== x.size) throw new ShapeError("place: the mask must have as many elements as the array.");
    if (x.size === 0) return x;
    if (v.size === 0) throw new ArgumentError("place: there are no values to place.");
    const at = truePositions(flatten(m), x.size);
    const values = lax.sliceInDim(repeated(v, x.size), 0, x.size);
    return lax.reshape(updater(flatten(x), [at]).set(values, { mode: "drop" }), x.shape);
  },
);

/**
 * Vectors shaped so that they index the grid of all their combinations; masks stand for their true positions.
 * @throws ShapeError for other than one dimension
 * @see jax.numpy.ix_
 * @example
 * np.ix_(np.array([0, 2], "int32"), np.array([1], "int32")).map((x) => x.shape); // [[2, 1], [1, 1]]
 */
export function ix_<const A extends readonly ArrayLike[]>(...args: A): ArraysOf<A>;
export function ix_(...args: readonly ArrayLike[]): NDArray[] {
  const ones = args.map(() => 1);
  return args.map((arg, i) => {
    const x = asArray(arg, "ix_");
    if (x.ndim !== 1)
      throw new ShapeError(`ix_: arguments must have one dimension; got ${shapeString(x.shape)}.`);
    const at = x.dtype === "bool" ? nonzero(x)[0] : x;
    return lax.reshape(at, replaceAt(ones, i, at.size));
  });
}

/**
 * The flat positions of coordinates, one array for each axis, in an array of shape `dims`. Coordinates out of range: an
 * error ("raise", only for concrete ones), counted round ("wrap") or limited ("clip").
 * @throws IndexError for coordinates out of range, ArgumentError for traced ones under "raise", or too few of them
 * @see jax.numpy.ravel_multi_index
 * @example
 * np.ravelMultiIndex([1, 2], [3, 4]).item(); // 6
 */
export const ravelMultiIndex = define(
  "ravelMultiIndex",
  [modeParam, param<[order: "C" | "F"]>()("order", "C")],
  [],
  ({ mode, order }, multiIndex: readonly ArrayLike[] | NDArray, dims: readonly number[]) => {
    const coordinate = (x: ArrayLike): NDArray =>
      typeof x === "number" ? constantIndex(Int32Array.of(x), []) : asArray(x, "ravelMultiIndex");
    const list = multiIndex instanceof NDArray ? partsOf(multiIndex) : multiIndex.map(coordinate);
    if (list.length !== dims.length)
      throw new ArgumentError(`ravelMultiIndex: ${list.length} coordinates for ${dims.length} axes.`);
    const parts = broadcastOperands("ravelMultiIndex", list);
    const axes = order === "C" ? range(dims.length) : range(dims.length).reverse();
    return axes.reduce<NDArray>(
      (out, k) => lax.add(lax.mul(out, dims[k]), inRange(asPositions(parts[k]), dims[k], mode)),
      lax.full([], 0, "int32"),
    );
  },
);

function inRange(x: NDArray, size: number, mode: OutsideMode): NDArray {
  if (mode === "clip") return lax.clamp(0, x, size - 1);
  if (mode === "wrap") return wrapArray(x, size);
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

/**
 * The coordinates, one array for each axis, of flat positions in an array of the given shape; they are clamped into it.
 * @throws IndexError for positions that are no integers
 * @see jax.numpy.unravel_index
 * @example
 * np.unravelIndex(6, [3, 4]).map((x) => x.item()); // [1, 2]
 */
export function unravelIndex<const S extends readonly number[]>(indices: ArrayLike, shape: S): ArraysOf<S>;
export function unravelIndex(indices: ArrayLike, shape: ShapeLike): NDArray[];
export function unravelIndex(indices: ArrayLike, shape: ShapeLike, ...more: readonly unknown[]): NDArray[] {
  refuseMore("unravelIndex", 2, more);
  const dims = toShape(shape, "unravelIndex");
  return together(() => coordinatesOf(indices, dims));
}

function coordinatesOf(indices: ArrayLike, dims: readonly number[]): NDArray[] {
  const total = prod(dims);
  const limited = lax.clamp(-total, indexArray(positionsOf(indices, "unravelIndex")), total - 1);
  const flat = wrapNegative(limited, total) as NDArray;
  let stride = total;
  return dims.map((d) => {
    stride = d === 0 ? 0 : stride / d;
    return lax.rem(lax.div(flat, Math.max(1, stride)), Math.max(1, d));
  });
}
