/**
 * @file Joining and splitting arrays: concatenate, stack and their relatives, block, append, split.
 *
 * Where NumPy takes a sequence of arrays, a list is meant; one array stands for the list of its parts along axis 0.
 */
import { checkWhole, show, refuseMore } from "../../base/checks.ts";
import { type ArrayLike, NDArray } from "../../core/array.ts";
import type { ArraysOf, Repeat } from "../../core/tree-types.ts";
import type { DType } from "../../dtypes/dtype.ts";
import { canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { arraysEqual, range } from "../../base/util.ts";
import { type RestOf, define } from "../../arguments/declare.ts";
import { type OptionsOf, given, param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { givenDType } from "../operands/promote.ts";
import { flatten, hostNumber, isList, sizesOf } from "../operands/shapes.ts";
import { atleast1d, atleast2d, atleast3d } from "./manipulation.ts";

/** Several arrays: a list, or one array whose parts along the first axis are meant. */
export type ArrayList = readonly ArrayLike[] | NDArray;

/** The arrays of a list, in their common dtype or the one given. */
function listed(where: string, arrays: ArrayList, dtype: DType | null = null): NDArray[] {
  const list: readonly ArrayLike[] = arrays instanceof NDArray ? unstack(arrays) : arrays;
  if (!isList(list)) throw new ArgumentError(`${where}: expected a list of arrays.`);
  if (list.length === 0) throw new ArgumentError(`${where}: expected at least one array; got none.`);
  const to = givenDType(where, dtype);
  if (to === null) return promote(where, ...list);
  return list.map((x) => lax.convertElementType(asArray(x, where), to));
}

/** The axis to join along; null for the flattened arrays. */
const joinAxis = param<[axis: number | null]>()("axis", 0);

/**
 * Arrays joined along an existing axis; `axis: null` joins them flat. The derivative of each is its part.
 * @throws ArgumentError for an empty list, ShapeError for shapes that differ along other axes
 * @see jax.numpy.concatenate
 * @example
 * np.concatenate([np.zeros([2, 3]), np.ones([1, 3])]).shape; // [3, 3]
 */
export const concatenate = define(
  "concatenate",
  [joinAxis, p.dtype],
  [],
  ({ axis, dtype }, arrays: ArrayList) => {
    const xs = listed("concatenate", arrays, dtype);
    if (axis === null) return lax.concatenate(xs.map(flatten), 0);
    if (xs[0].ndim === 0)
      throw new ShapeError("concatenate: 0-dimensional arrays cannot be concatenated; use stack.");
    return lax.concatenate(xs, axis);
  },
);

/**
 * As `concatenate`, under the array API's name.
 * @see jax.numpy.concat
 * @example
 * np.concat([np.zeros([2]), np.ones([1])]).js(); // [0, 0, 1]
 */
export const concat = define("concat", [joinAxis], [], ({ axis }, arrays: ArrayList) =>
  concatenate(arrays, axis),
);

/**
 * Arrays of one shape joined along a new axis. The derivative of each is its part.
 * @throws ArgumentError for an empty list, ShapeError for shapes that differ
 * @see jax.numpy.stack
 * @example
 * np.stack([np.zeros([2]), np.ones([2])], 1).js(); // [[0, 1], [0, 1]]
 */
export const stack = define(
  "stack",
  [p.firstAxis, p.out, p.dtype],
  [],
  ({ axis, dtype }, arrays: ArrayList) => {
    const xs = listed("stack", arrays, dtype);
    if (xs.some((x) => !arraysEqual(x.shape, xs[0].shape))) {
      throw new ShapeError(
        `stack: all arrays must have one shape; got ${xs.map((y) => shapeString(y.shape)).join(", ")}.`,
      );
    }
    return lax.stack(xs, axis);
  },
);

const stacker = (name: string, prepare: (x: NDArray) => NDArray, axisOf: (x: NDArray) => number) =>
  define(name, [p.dtype], [], ({ dtype }, tup: ArrayList) => {
    const xs = listed(name, tup, dtype).map((x) => prepare(x));
    return lax.concatenate(xs, axisOf(xs[0]));
  });

/**
 * Arrays stacked as rows (along axis 0, vectors as rows).
 * @throws ArgumentError for an empty list, ShapeError for shapes that do not fit
 * @see jax.numpy.vstack
 * @example
 * np.vstack([np.array([1, 2]), np.array([3, 4])]).js(); // [[1, 2], [3, 4]]
 */
export const vstack = stacker("vstack", atleast2d, () => 0);

/**
 * Arrays side by side (along axis 1, vectors along axis 0).
 * @throws ArgumentError for an empty list, ShapeError for shapes that do not fit
 * @see jax.numpy.hstack
 * @example
 * np.hstack([np.array([1, 2]), np.array([3])]).js(); // [1, 2, 3]
 */
export const hstack = stacker("hstack", atleast1d, (x) => (x.ndim === 1 ? 0 : 1));

/**
 * Arrays stacked along axis 2 (vectors [n] as [1, n, 1]).
 * @throws ArgumentError for an empty list, ShapeError for shapes that do not fit
 * @see jax.numpy.dstack
 * @example
 * np.dstack([np.array([1, 2]), np.array([3, 4])]).shape; // [1, 2, 2]
 */
export const dstack = stacker("dstack", atleast3d, () => 2);

/**
 * Vectors as the columns of a matrix; matrices are put side by side.
 * @throws ArgumentError for an empty list, ShapeError for shapes that do not fit
 * @see jax.numpy.column_stack
 * @example
 * np.columnStack([np.array([1, 2]), np.array([3, 4])]).js(); // [[1, 3], [2, 4]]
 */
export function columnStack(tup: ArrayList, ...more: []): NDArray {
  refuseMore("columnStack", 1, more);
  const columns = listed("columnStack", tup).map((x) => (x.ndim < 2 ? lax.reshape(x, [x.size, 1]) : x));
  return lax.concatenate(columns, 1);
}

/** Arrays in nested lists, as `block` takes them. */
export type Blocks = ArrayLike | readonly Blocks[];

const isBlocks = (b: Blocks): b is readonly Blocks[] => Array.isArray(b);

/**
 * An array put together from blocks: the innermost lists are joined along the last axis, the next along the one before.
 * @throws ArgumentError for empty lists or unequal depths, ShapeError for shapes that do not fit
 * @see jax.numpy.block
 * @example
 * np.block([[np.eye(1), np.zeros([1, 1])], [np.ones([1, 2])]]).js(); // [[1, 0], [1, 1]]
 */
export function block(arrays: Blocks, ...more: []): NDArray {
  refuseMore("block", 1, more);
  const depth = blockDepth(arrays);
  const leavesOf = (b: Blocks): readonly ArrayLike[] => (isBlocks(b) ? b.flatMap(leavesOf) : [b]);
  const promoted = promote("block", ...leavesOf(arrays));
  const ndim = Math.max(depth, ...promoted.map((x) => x.ndim));
  let at = 0;
  const build = (b: Blocks, level: number): NDArray => {
    if (!isBlocks(b)) {
      const x = promoted[at++];
      return lax.reshape(x, [...range(ndim - x.ndim).map(() => 1), ...x.shape]);
    }
    return lax.concatenate(
      b.map((item) => build(item, level + 1)),
      ndim - depth + level,
    );
  };
  return build(arrays, 0);
}

/** Arrays have far fewer axes. */
const maxBlockDepth = 100;

function blockDepth(b: Blocks, level = 0): number {
  if (!isBlocks(b)) return 0;
  if (level > maxBlockDepth)
    throw new ArgumentError(
      `block: lists are nested deeper than ${maxBlockDepth} levels. Do they contain themselves?`,
    );
  if (b.length === 0) throw new ArgumentError("block: lists must not be empty.");
  const depths = b.map((item) => blockDepth(item, level + 1));
  if (depths.some((d) => d !== depths[0]))
    throw new ArgumentError("block: all arrays must be nested equally deep.");
  return 1 + depths[0];
}

/**
 * `values` appended to `arr` along an axis (default: both flattened).
 * @throws ShapeError for shapes that differ along other axes
 * @see jax.numpy.append
 * @example
 * np.append(np.array([1, 2]), np.array([3])).js(); // [1, 2, 3]
 */
export const append = define("append", [p.oneAxis], [], ({ axis }, arr: ArrayLike, values: ArrayLike) =>
  concatenate([arr, values], axis),
);

/**
 * The parts of an array along an axis, as a list; the axis is removed.
 * @throws ShapeError for an array without axes
 * @see jax.numpy.unstack
 * @example
 * np.unstack(np.array([[1, 2], [3, 4]])).map((x) => x.js()); // [[1, 2], [3, 4]]
 */
export const unstack = define("unstack", [p.firstAxis], [], ({ axis }, x: ArrayLike) =>
  lax.unstack(asArray(x, "unstack"), axis),
);

/** Where to cut: into so many parts, or before these indices. */
export type Sections = number | readonly number[];

function cut(name: string, ary: ArrayLike, where: Sections, axis: number, isUneven: boolean): NDArray[] {
  const x = asArray(ary, name);
  const k = canonicalAxis(axis, x.ndim, name);
  const size = x.shape[k];
  const limited = (b: number): number => {
    checkWhole(name, "a place to cut", b, -Infinity, Infinity);
    return Math.min(Math.max(b < 0 ? b + size : b, 0), size);
  };
  const sections = hostNumber(where);
  const bounds =
    typeof sections === "number"
      ? evenBounds(name, size, sections, isUneven)
      : sizesOf(where, name).map(limited);
  const ends = [...bounds, size];
  return [0, ...bounds].map((lo, i) => lax.sliceInDim(x, lo, Math.max(lo, ends[i]), 1, k));
}

function evenBounds(name: string, size: number, parts: number, isUneven: boolean): number[] {
  if (!Number.isInteger(parts) || parts <= 0)
    throw new ArgumentError(`${name}: the number of parts must be a positive integer; got ${show(parts)}.`);
  const rest = size % parts;
  if (rest !== 0 && !isUneven) {
    throw new ArgumentError(
      `${name}: an axis of size ${size} cannot be cut into ${parts} equal parts; use arraySplit, or give indices.`,
    );
  }
  const each = Math.floor(size / parts);
  return range(parts - 1, 1).map((i) => i * each + Math.min(i, rest));
}

const sections = given<[indicesOrSections: Sections]>()("indicesOrSections");

/** The parts that an array is cut into: so many, or one more than there are indices. */
type PartsOf<S extends Sections> = S extends number
  ? Repeat<NDArray, S>
  : S extends readonly number[]
    ? ArraysOf<S> extends infer A extends NDArray[]
      ? [...A, NDArray]
      : never
    : NDArray[];

/** A function that cuts arrays along an axis. */
export interface Splitter {
  <const S extends Sections>(
    ary: ArrayLike,
    indicesOrSections: S,
    ...rest: RestOf<[typeof p.firstAxis]>
  ): PartsOf<S>;
  (ary: ArrayLike, options: OptionsOf<[typeof sections, typeof p.firstAxis]>): NDArray[];
}

const splitter = (name: string, isUneven: boolean): Splitter =>
  define(name, [sections, p.firstAxis], [], ({ indicesOrSections, axis }, ary: ArrayLike) =>
    cut(name, ary, indicesOrSections, axis, isUneven),
  ) as Splitter;

/**
 * An array cut into equal parts, or before the given indices, along an axis.
 * @throws ArgumentError if an axis cannot be cut into so many equal parts
 * @see jax.numpy.split
 * @example
 * np.split(np.arange(4), 2).map((x) => x.js()); // [[0, 1], [2, 3]]
 */
export const split = splitter("split", false);

/**
 * As `split`, but the parts may differ in size by one.
 * @throws ArgumentError for a number of parts that is no positive integer
 * @see jax.numpy.array_split
 * @example
 * np.arraySplit(np.arange(3), 2).map((x) => x.js()); // [[0, 1], [2]]
 */
export const arraySplit = splitter("arraySplit", true);

const splitterAt =
  (name: string, axisOf: (x: NDArray) => number) =>
  <const S extends Sections>(ary: ArrayLike, indicesOrSections: S, ...more: []): PartsOf<S> => {
    refuseMore(name, 2, more);
    const x = asArray(ary, name);
    return cut(name, x, indicesOrSections, axisOf(x), false) as PartsOf<S>;
  };

/**
 * An array cut along axis 0; see `split`.
 * @see jax.numpy.vsplit
 * @example
 * np.vsplit(np.ones([2, 3]), 2).map((x) => x.shape); // [[1, 3], [1, 3]]
 */
export const vsplit = splitterAt("vsplit", () => 0);

/**
 * An array cut along axis 1 (a vector along axis 0); see `split`.
 * @see jax.numpy.hsplit
 * @example
 * np.hsplit(np.ones([2, 4]), 2).map((x) => x.shape); // [[2, 2], [2, 2]]
 */
export const hsplit = splitterAt("hsplit", (x) => (x.ndim === 1 ? 0 : 1));

/**
 * An array cut along axis 2; see `split`.
 * @see jax.numpy.dsplit
 * @example
 * np.dsplit(np.ones([1, 1, 2]), 2).map((x) => x.shape); // [[1, 1, 1], [1, 1, 1]]
 */
export const dsplit = splitterAt("dsplit", () => 2);
