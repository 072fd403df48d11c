/** @file Values of sparse programs: arrays, and sparse ones by their parts, with what tells that two have their entries at the same positions. */
import type { NDArray } from "../../../core/array.ts";
import { type ShapedArray, shaped } from "../../../core/aval.ts";
import { type Coordinates, type Rows, layoutOf } from "../parts/parts.ts";
import { sumDuplicates } from "../parts/order.ts";
import { toCoordinates, toRows } from "../parts/rows.ts";

/** The positions of entries, by identity: values that were computed from one another share them. */
export type Pattern = object;

/** A sparse array inside of a sparse program. */
export type SparseValue =
  | { readonly kind: "coordinates"; readonly parts: Coordinates; readonly pattern: Pattern }
  | { readonly kind: "rows"; readonly parts: Rows; readonly pattern: Pattern };

/** What operations of sparse programs work on. */
export type Operand = NDArray | SparseValue;

export const isSparse = (x: Operand): x is SparseValue => "pattern" in x;

/** A value whose positions are its own. */
export const fresh = (parts: Coordinates | Rows): SparseValue =>
  "indptr" in parts ? { kind: "rows", parts, pattern: {} } : { kind: "coordinates", parts, pattern: {} };

/** The same positions with other data. */
export const withData = (x: SparseValue, data: NDArray): SparseValue =>
  x.kind === "rows"
    ? { kind: "rows", parts: { ...x.parts, data }, pattern: x.pattern }
    : { kind: "coordinates", parts: { ...x.parts, data }, pattern: x.pattern };

/** The type of the array that a value is. */
export const avalOf = ({ parts }: SparseValue): ShapedArray =>
  shaped(parts.shape, parts.data.dtype, parts.data.weakType);

export const coordinatesOf = (x: SparseValue): Coordinates =>
  x.kind === "rows" ? toCoordinates(x.parts) : x.parts;

/** The value with no position twice. */
export function deduplicated(where: string, x: SparseValue): SparseValue {
  if (x.parts.uniqueIndices) return x;
  const given = coordinatesOf(x);
  const parts = sumDuplicates(where, given, layoutOf(given).nse);
  return x.kind === "rows" ? fresh({ ...toRows(where, parts), uniqueIndices: true }) : fresh(parts);
}
