/**
 * @file Joining and splitting arrays: concatenate, stack and their relatives, block, append, split.
 *
 * Where NumPy takes a sequence of arrays, a list is meant; one array stands for the list of its parts along axis 0.
 */
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, toDType } from "../../dtypes/dtype.ts";
import { canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { range } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { type Given, given } from "../operands/given.ts";
import { atleast1d, atleast2d, atleast3d } from "./manipulation.ts";

/** Several arrays: a list, or one array whose parts along the first axis are meant. */
export type ArrayList = readonly ArrayLike[] | NDArray;

const isList = (x: unknown): boolean => Array.isArray(x);

/** The arrays of a list, in their common dtype or the one given. */
function listed(where: string, arrays: ArrayList, dtype?: DType | null): NDArray[] {
  const list: readonly ArrayLike[] = arrays instanceof NDArray ? unstack(arrays) : arrays;
  if (!isList(list)) throw new ArgumentError(`${where}: expected a list of arrays.`);
  if (list.length === 0) throw new ArgumentError(`${where}: expected at least one array; got none.`);
  if (dtype === undefined || dtype === null) return promote(where, ...list);
  const to = toDType(dtype, where);
  return list.map((x) => lax.convertElementType(asArray(x, where), to));
}

type JoinOptions = { axis?: number | null; dtype?: DType | null };

/**
 * Arrays joined along an existing axis; `axis: null` joins them flat.
 * @example
 * np.concatenate([np.zeros([2, 3]), np.ones([1, 3])]).shape; // [3, 3]
 */
export function concatenate(
  arrays: ArrayList,
  ...rest: Rest<[axis: number | null, dtype: DType | null], JoinOptions>
): NDArray {
  const { axis = 0, dtype } = resolveArgs<JoinOptions>("concatenate", rest, ["axis", "dtype"]);
  const xs = listed("concatenate", arrays, dtype);
  if (axis === null)
    return lax.concatenate(
      xs.map((x) => lax.reshape(x, [x.size])),
      0,
    );
  if (xs[0].ndim === 0)
    throw new ShapeError("concatenate: 0-dimensional arrays cannot be concatenated; use stack.");
  return lax.concatenate(xs, axis);
}

/** As `concatenate`. */
export function concat(
  arrays: ArrayList,
  ...rest: Rest<[axis: number | null], { axis?: number | null }>
): NDArray {
  const { axis = 0 } = resolveArgs<{ axis?: number | null }>("concat", rest, ["axis"]);
  return concatenate(arrays, axis);
}

type StackOptions = { axis?: number; out?: null; dtype?: DType | null };

/** Arrays of one shape joined along a new axis. */
export function stack(
  arrays: ArrayList,
  ...rest: Rest<[axis: number, out: null, dtype: DType | null], StackOptions>
): NDArray {
  const { axis = 0, dtype } = resolveArgs<StackOptions>("stack", rest, ["axis", "out", "dtype"]);
  const xs = listed("stack", arrays, dtype);
  const [first] = xs;
  for (const x of xs) {
    if (x.ndim !== first.ndim || x.shape.some((d, i) => d !== first.shape[i])) {
      throw new ShapeError(
        `stack: all arrays must have one shape; got ${xs.map((y) => shapeString(y.shape)).join(", ")}.`,
      );
    }
  }
  const at = canonicalAxis(axis, first.ndim + 1, "stack");
  return lax.concatenate(
    xs.map((x) => lax.expandDims(x, [at])),
    at,
  );
}

type DtypeOption = { dtype?: DType | null };

const stacker =
  (name: string, prepare: (x: NDArray) => NDArray, axisOf: (x: NDArray) => number) =>
  (tup: ArrayList, ...rest: Rest<[dtype: DType | null], DtypeOption>): NDArray => {
    const { dtype } = resolveArgs<DtypeOption>(name, rest, ["dtype"]);
    const xs = listed(name, tup, dtype).map(prepare);
    return lax.concatenate(xs, axisOf(xs[0]));
  };

/** Arrays stacked as rows (along axis 0, vectors as rows). */
export const vstack = stacker(
  "vstack",
  (x) => atleast2d(x),
  () => 0,
);
/** Arrays side by side (along axis 1, vectors along axis 0). */
export const hstack = stacker(
  "hstack",
  (x) => atleast1d(x),
  (x) => (x.ndim === 1 ? 0 : 1),
);
/** Arrays stacked along axis 2. */
export const dstack = stacker(
  "dstack",
  (x) => atleast3d(x),
  () => 2,
);

/** Vectors as the columns of a matrix; matrices are put side by side. */
export function columnStack(tup: ArrayList): NDArray {
  const columns = listed("columnStack", tup).map((x) => (x.ndim < 2 ? lax.reshape(x, [x.size, 1]) : x));
  return lax.concatenate(columns, 1);
}

/** Arrays in nested lists, as `block` takes them. */
export type Blocks = ArrayLike | readonly Blocks[];

/** An array put together from blocks: the innermost lists are joined along the last axis, the next along the one before. */
export function block(arrays: Blocks): NDArray {
  const depth = blockDepth(arrays);
  const leaves: ArrayLike[] = [];
  const collect = (b: Blocks): void => {
    if (isBlocks(b)) b.forEach(collect);
    else leaves.push(b);
  };
  collect(arrays);
  const promoted = promote("block", ...leaves);
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

const isBlocks = (b: Blocks): b is readonly Blocks[] => Array.isArray(b);

function blockDepth(b: Blocks): number {
  if (!isBlocks(b)) return 0;
  if (b.length === 0) throw new ArgumentError("block: lists must not be empty.");
  const depths = b.map(blockDepth);
  if (depths.some((d) => d !== depths[0]))
    throw new ArgumentError("block: all arrays must be nested equally deep.");
  return 1 + depths[0];
}

/** `values` appended to `arr` along an axis (default: both flattened). */
export function append(
  arr: ArrayLike,
  values: ArrayLike,
  ...rest: Rest<[axis: number | null], { axis?: number | null }>
): NDArray {
  const { axis = null } = resolveArgs<{ axis?: number | null }>("append", rest, ["axis"]);
  return concatenate([arr, values], axis);
}

/** The parts of an array along an axis, as a list; the axis is removed. */
export function unstack(x: ArrayLike, ...rest: Rest<[axis: number], { axis?: number }>): NDArray[] {
  const { axis = 0 } = resolveArgs<{ axis?: number }>("unstack", rest, ["axis"]);
  const a = asArray(x, "unstack");
  if (a.ndim === 0) throw new ShapeError("unstack: a 0-dimensional array has no parts.");
  const k = canonicalAxis(axis, a.ndim, "unstack");
  return range(a.shape[k]).map((i) => lax.indexInDim(a, i, k, false));
}

/** Where to cut: into so many parts, or before these indices. */
export type Sections = number | readonly number[];

function cut(name: string, ary: ArrayLike, where: Sections, axis: number, uneven: boolean): NDArray[] {
  const x = asArray(ary, name);
  const k = canonicalAxis(axis, x.ndim, name);
  const size = x.shape[k];
  const bounds = typeof where === "number" ? evenBounds(name, size, where, uneven) : where.map(clipBound);
  const starts = [0, ...bounds];
  return starts.map((lo, i) =>
    lax.sliceInDim(x, lo, Math.max(lo, i < bounds.length ? bounds[i] : size), 1, k),
  );

  function clipBound(b: number): number {
    return Math.min(Math.max(b < 0 ? b + size : b, 0), size);
  }
}

function evenBounds(name: string, size: number, parts: number, uneven: boolean): number[] {
  if (!Number.isInteger(parts) || parts <= 0)
    throw new ArgumentError(`${name}: the number of parts must be a positive integer; got ${parts}.`);
  const rest = size % parts;
  if (rest !== 0 && !uneven) {
    throw new ArgumentError(
      `${name}: an axis of size ${size} cannot be cut into ${parts} equal parts; use arraySplit, or give indices.`,
    );
  }
  const each = Math.floor(size / parts);
  return range(parts - 1, 1).map((i) => i * each + Math.min(i, rest));
}

type SplitOptions = { indicesOrSections?: Sections; axis?: number };
type SplitRest = Given<[indicesOrSections: Sections, axis: number], SplitOptions>;

function splitBy(name: string, ary: ArrayLike, rest: SplitRest, uneven: boolean): NDArray[] {
  const options = resolveArgs<SplitOptions>(name, rest, ["indicesOrSections", "axis"]);
  const sections = given(name, "indicesOrSections", options.indicesOrSections);
  return cut(name, ary, sections, options.axis ?? 0, uneven);
}

/** An array cut into equal parts, or before the given indices, along an axis. */
export function split(ary: ArrayLike, ...rest: SplitRest): NDArray[] {
  return splitBy("split", ary, rest, false);
}

/** As `split`, but the parts may differ in size by one. */
export function arraySplit(ary: ArrayLike, ...rest: SplitRest): NDArray[] {
  return splitBy("arraySplit", ary, rest, true);
}

/** Cut along axis 0. */
export const vsplit = (ary: ArrayLike, indicesOrSections: Sections): NDArray[] =>
  cut("vsplit", ary, indicesOrSections, 0, false);

/** Cut along axis 1 (a vector along axis 0). */
export function hsplit(ary: ArrayLike, indicesOrSections: Sections): NDArray[] {
  const x = asArray(ary, "hsplit");
  return cut("hsplit", x, indicesOrSections, x.ndim === 1 ? 0 : 1, false);
}

/** Cut along axis 2. */
export const dsplit = (ary: ArrayLike, indicesOrSections: Sections): NDArray[] =>
  cut("dsplit", ary, indicesOrSections, 2, false);
