/**
 * @file Index expressions in normal form: what the user wrote in `x.slice(...)` or `x.at(...)`, checked against the
 * shape, with the ellipsis spelled out, masks turned into positions and every slice resolved to start, size and step.
 *
 * Invariant: the entries of a parsed index other than new axes name the axes of the array one to one, in order.
 */
import { show } from "../../base/checks.ts";
import { NDArray } from "../../core/array.ts";
import { isTypedArray } from "../../dtypes/dtype.ts";
import type { IndexEntry } from "../../core/methods.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { IndexError, NonConcreteBooleanIndexError } from "../../base/errors.ts";
import * as lax from "../../lax/plain.ts";
import { prod } from "../../base/util.ts";
import { isList } from "../operands/shapes.ts";
import { type Positions, hostData, nonzeroOf, positionsOf } from "./positions.ts";

export interface SliceEntry {
  readonly kind: "slice";
  readonly start: number;
  readonly size: number;
  readonly step: number;
}

/** An entry for one axis of the array. */
export type AxisEntry =
  | { readonly kind: "int"; readonly at: number }
  | SliceEntry
  | { readonly kind: "array"; readonly positions: Positions };

export type Entry = AxisEntry | { readonly kind: "new" };

export interface ParsedIndex {
  readonly entries: readonly Entry[];
  /** The shape that the entries index: that of the array, and a 1 for each 0-dimensional mask. */
  readonly shape: readonly number[];
  /** True if the array-valued entries (and numbers beside them) stand next to each other. */
  readonly contiguous: boolean;
}

/** Python's `slice(lo, hi, step).indices(size)`, as start, number of elements and step. */
function resolveSlice(entry: readonly (number | null)[], size: number, where: string): Entry {
  if (entry.length > 3 || entry.some((v) => v !== null && v !== undefined && !Number.isInteger(v))) {
    throw new IndexError(
      `${where}: a slice is [], [lo], [lo, hi] or [lo, hi, step] of integers or null; got ${show(entry)}. ` +
        `To pick elements by a list, use an array: np.array([…]). To slice at a traced position, use lax.dynamicSlice.`,
    );
  }
  const step = entry[2] ?? 1;
  if (step === 0) throw new IndexError(`${where}: the step of a slice must not be 0.`);
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const bound = (v: number | null | undefined, otherwise: number): number =>
    v === null || v === undefined ? otherwise : Math.min(Math.max(v < 0 ? v + size : v, low), high);
  const start = bound(entry[0], step > 0 ? 0 : size - 1);
  const stop = bound(entry[1], step > 0 ? size : -1);
  const count = Math.max(0, Math.ceil((stop - start) / step));
  return { kind: "slice", start: count === 0 ? 0 : start, size: count, step };
}

/** How many axes of the array an entry uses up. */
function axesUsed(e: IndexEntry): number {
  if (e === null || e === "...") return 0;
  return e instanceof NDArray && e.dtype === "bool" ? e.ndim : 1;
}

function parseInt32(at: number, axis: number, shape: readonly number[], where: string): Entry {
  const size = shape[axis];
  if (!Number.isInteger(at) || at < -size || at >= size) {
    throw new IndexError(
      `${where}: index ${show(at)} is out of bounds for axis ${axis} of shape ${shapeString(shape)}; ` +
        (size === 0 ? "the axis is empty." : `expected an integer from ${-size} to ${size - 1}.`),
    );
  }
  return { kind: "int", at: at < 0 ? at + size : at };
}

function parseMask(mask: NDArray, axis: number, shape: readonly number[], where: string): Entry[] {
  const covered = shape.slice(axis, axis + mask.ndim);
  if (mask.shape.some((d, i) => d !== covered[i])) {
    throw new IndexError(
      `${where}: a mask of shape ${shapeString(mask.shape)} does not fit the axes ${shapeString(covered)} that it indexes.`,
    );
  }
  const data = hostData(mask);
  if (data === null) {
    throw new NonConcreteBooleanIndexError(
      `${where}: a traced mask has no known number of true elements, so the result would have no known shape. ` +
        `Use np.where(mask, x, other), x.at(mask).set(value), or np.nonzero(mask, { size }).`,
    );
  }
  return nonzeroOf(data, mask.shape).map((d) => ({
    kind: "array",
    positions: { shape: [d.length], data: d },
  }));
}

/** The entries with one "..." replaced by, or else followed by, the whole axes that they leave out. */
function spellOut(entries: readonly IndexEntry[], ndim: number, where: string): IndexEntry[] {
  const dots = entries.filter((e) => e === "...").length;
  if (dots > 1) throw new IndexError(`${where}: an index can hold "..." once; got it ${dots} times.`);
  const used = entries.reduce<number>((n, e) => n + axesUsed(e), 0);
  if (used > ndim) {
    throw new IndexError(`${where}: ${used} indices for an array of ${ndim} dimensions.`);
  }
  const rest = Array.from({ length: ndim - used }, (): IndexEntry => []);
  const at = entries.indexOf("...");
  return at === -1 ? [...entries, ...rest] : [...entries.slice(0, at), ...rest, ...entries.slice(at + 1)];
}

/** Whether the entries that count as advanced, numbers included, are neighbours. Asked before "..." is spelled out. */
function areNeighbours(entries: readonly IndexEntry[]): boolean {
  const at = entries.flatMap((e, i) =>
    typeof e === "number" || e instanceof NDArray || isTypedArray(e) ? [i] : [],
  );
  return at.every((p, i) => i === 0 || p === at[i - 1] + 1);
}

/** One entry of a normal index per axis that it uses up. A 0-dimensional mask adds an axis to the shape. */
function parseEntry(e: IndexEntry, axis: number, shape: number[], where: string): Entry[] {
  if (e === null) return [{ kind: "new" }];
  if (typeof e === "number") return [parseInt32(e, axis, shape, where)];
  if (isList<number | null>(e)) return [resolveSlice(e, shape[axis], where)];
  if (e instanceof NDArray && e.dtype === "bool") {
    if (e.ndim === 0) shape.splice(axis, 0, 1);
    return parseMask(e.ndim === 0 ? lax.reshape(e, [1]) : e, axis, shape, where);
  }
  if (e instanceof NDArray || isTypedArray(e)) {
    const positions = positionsOf(e, where);
    if (shape[axis] === 0 && prod(positions.shape) > 0)
      throw new IndexError(`${where}: axis ${axis} of shape ${shapeString(shape)} is empty.`);
    return [{ kind: "array", positions }];
  }
  throw new IndexError(
    `${where}: ${typeof e === "string" ? `'${e}'` : show(e)} is no index; expected an integer, a slice [lo, hi, step], null, "..." or an array.`,
  );
}

/**
 * Checks an index against the shape of the array that it is for.
 * @throws IndexError for a static position out of bounds, too many indices, a mask that does not fit or is traced.
 */
export function parseIndex(
  index: readonly IndexEntry[],
  arrayShape: readonly number[],
  where: string,
): ParsedIndex {
  const shape = [...arrayShape];
  const entries: Entry[] = [];
  let axis = 0;
  for (const e of spellOut(index, arrayShape.length, where)) {
    const parsed = parseEntry(e, axis, shape, where);
    entries.push(...parsed);
    if (e !== null) axis += parsed.length;
  }
  return { entries, shape, contiguous: areNeighbours(index) };
}
