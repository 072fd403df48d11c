/**
 * @file `ds`: slices of a known size at a position that may be traced, as entries of an index.
 *
 * An index with such entries reads, or writes, the part of the array that they leave; the other entries index that part.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { DynamicSlice, type IndexEntry } from "../../core/methods.ts";
import { isInteger } from "../../dtypes/dtype.ts";
import { show, refuseMore } from "../../base/checks.ts";
import { ArgumentError, IndexError } from "../../base/errors.ts";
import { asPositions } from "../../lax/operands/positions.ts";
import * as lax from "../../lax/plain.ts";
import { asArray } from "../../lax/operands/convert.ts";
import { moveAxis } from "../../lax/shapes/movement.ts";
import { range } from "../../base/util.ts";

const whole = (x: number): boolean => Number.isInteger(x);

/**
 * An entry of an index, `x.slice(ds(i, n))`: n elements from position i, which may be traced, in steps of `stride`. `ds(n)` are
 * the first n, `ds(null)` all. As in JAX a negative start counts from the end, and a start that leaves too few elements is moved
 * back (with a stride, positions beyond the end are those of the last element).
 *
 * @throws ArgumentError for a size that is no whole number from 0, or a stride that is none from 1
 * @see jax.ds
 * @example
 * const x = np.arange(10);
 * jit((x, i) => x.slice(ds(i, 3)))(x, 4); // [4, 5, 6]
 * x.at(ds(2, 3, 2)).set(-1).js(); // [0, 1, -1, 3, -1, 5, -1, 7, 8, 9]
 */
export function ds(
  start: ArrayLike | null,
  size: number | null = null,
  stride: number | null = null,
  ...more: []
): DynamicSlice | [] {
  refuseMore("ds", 3, more);
  if (start === null) return [];
  const [from, count] = size === null ? [0, start] : [start, size];
  if (typeof count !== "number" || !whole(count) || count < 0)
    throw new ArgumentError(`ds: the size must be a known whole number from 0; got ${show(count)}.`);
  const step = stride ?? 1;
  if (!whole(step) || step < 1)
    throw new ArgumentError(`ds: the stride must be a whole number from 1; got ${show(step)}.`);
  const at = asArray(from, "ds");
  const fits = typeof from === "number" ? whole(from) : isInteger(at.dtype) || at.weakType;
  if (at.ndim !== 0 || !fits)
    throw new ArgumentError(`ds: the start must be one whole number; got ${show(from)}.`);
  return new DynamicSlice(isInteger(at.dtype) ? at : lax.convertElementType(at, "int32"), count, step);
}

export const isDynamic = (e: IndexEntry): e is DynamicSlice => e instanceof DynamicSlice;

/** How many axes of the array an entry uses up. */
function axesUsed(e: IndexEntry): number {
  if (e === null || e === "...") return 0;
  return typeof e === "object" && "dtype" in e && e.dtype === "bool" ? e.ndim : 1;
}

/** The axes that dynamic slices are for. */
function axesOf(x: NDArray, entries: readonly IndexEntry[]): (readonly [number, DynamicSlice])[] {
  const used = entries.reduce<number>((n, e) => n + axesUsed(e), 0);
  if (used > x.ndim) throw new IndexError(`slice: ${used} indices for an array of ${x.ndim} dimensions.`);
  let axis = 0;
  return entries.flatMap((e) => {
    const here = axis;
    axis += e === "..." ? x.ndim - used : axesUsed(e);
    return isDynamic(e) ? [[here, e] as const] : [];
  });
}

/** Positions of a slice with a stride, none beyond the end. */
function positions(x: NDArray, axis: number, { start, size, stride }: DynamicSlice): NDArray {
  const n = x.shape[axis];
  const from = asPositions(start);
  const first = lax.select(lax.lt(from, 0), lax.add(from, n), from);
  const all = lax.add(lax.mul(lax.iota("int32", size), stride), lax.broadcastInDim(first, [size], []));
  return lax.clamp(0, all, n - 1);
}

/** The part of the array that the dynamic slices leave. */
export function narrowed(x: NDArray, entries: readonly IndexEntry[]): NDArray {
  return axesOf(x, entries).reduce((part, [axis, s]) => {
    if (s.size > x.shape[axis] && (s.stride === 1 || x.shape[axis] === 0))
      throw new IndexError(`slice: a slice of ${s.size} elements of an axis of size ${x.shape[axis]}.`);
    return s.stride === 1
      ? lax.dynamicSliceInDim(part, s.start, s.size, axis)
      : moveAxis(lax.indexTake(part, [positions(part, axis, s)], [axis]), 0, axis);
  }, x);
}

/** The entries for that part. */
export const settled = (entries: readonly IndexEntry[]): IndexEntry[] =>
  entries.map((e) => (isDynamic(e) ? [] : e));

/** The array with that part replaced; `write` sets elements at an index without dynamic slices. */
export function withPart(
  x: NDArray,
  entries: readonly IndexEntry[],
  part: NDArray,
  write: (x: NDArray, entries: readonly IndexEntry[], values: NDArray) => NDArray,
): NDArray {
  const [[axis, s], ...rest] = axesOf(x, entries);
  const only = (k: number, e: IndexEntry): IndexEntry[] => range(x.ndim).map((i) => (i === k ? e : []));
  const inner = (y: NDArray): NDArray =>
    rest.length === 0 ? part : withPart(y, dynamicsOf(x.ndim, rest), part, write);
  const outer = inner(narrowed(x, only(axis, s)));
  if (s.stride === 1) return lax.dynamicUpdateSliceInDim(x, outer, s.start, axis);
  return write(x, only(axis, positions(x, axis, s)), outer);
}

const dynamicsOf = (ndim: number, slices: readonly (readonly [number, DynamicSlice])[]): IndexEntry[] =>
  range(ndim).map((i) => slices.find(([axis]) => axis === i)?.[1] ?? []);
