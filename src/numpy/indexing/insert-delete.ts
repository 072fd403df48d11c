/**
 * @file `insert` and `delete` (as a binding: `delete_`): elements put in or left out along an axis.
 *
 * The positions decide the shape of the result and so must usually be known.
 */
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { canonicalAxis } from "../../dtypes/shape.ts";
import { ArgumentError, IndexError } from "../../base/errors.ts";
import { asArray, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { range } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { hostData, isHost, nonzeroOf, positionsOf, wrapNegative } from "./parse.ts";
import { constantIndex } from "./plan.ts";
import { broadcastTo, moveaxis } from "../shapes/manipulation.ts";
import { take } from "./take.ts";

const modulo = (i: number, n: number): number => ((i % n) + n) % n;

type AxisOption = { readonly axis?: number | null };
/** Where to insert or delete: a position, a list or array of positions, or (delete) a mask. */
type Where = ArrayLike | readonly number[];

/** Known positions along an axis; null if they are traced. */
function knownPositions(obj: Where, size: number, where: string): Int32Array | null {
  const x = isList(obj) ? Int32Array.from(obj) : obj;
  if (x instanceof NDArray && x.dtype === "bool") {
    const mask = hostData(x);
    if (mask === null) throw new IndexError(`${where}: a mask must be concrete.`);
    if (x.ndim !== 1 || x.size !== size)
      throw new IndexError(`${where}: a mask must have one axis of size ${size}.`);
    return nonzeroOf(mask, x.shape)[0];
  }
  const p = positionsOf(x, where);
  return isHost(p) ? p.data : null;
}

const isList = (x: unknown): x is readonly number[] => Array.isArray(x);

type DeleteOptions = AxisOption & { readonly assumeUniqueIndices?: boolean };

/** The array without the elements at the given positions along an axis (default: of the flattened array). */
export function delete_(
  arr: ArrayLike,
  obj: Where,
  ...rest: Rest<[axis: number | null], DeleteOptions>
): NDArray {
  const options = resolveArgs<DeleteOptions>("delete", rest, ["axis"], ["assumeUniqueIndices"]);
  const given = asArray(arr, "delete");
  const x = (options.axis ?? null) === null ? lax.reshape(given, [given.size]) : given;
  const k = canonicalAxis(options.axis ?? 0, x.ndim, "delete");
  const size = x.shape[k];
  const gone = knownPositions(obj, size, "delete");
  if (gone === null) return deleteTraced(x, asArray(obj as ArrayLike, "delete"), k, options);
  for (const i of gone) {
    if (i < -size || i >= size)
      throw new IndexError(`delete: position ${i} is out of bounds for an axis of size ${size}.`);
  }
  const dropped = new Set(Array.from(gone, (i) => modulo(i, size)));
  const kept = Int32Array.from(range(size).filter((i) => !dropped.has(i)));
  return take(x, constantIndex(kept, [kept.length]), { axis: k, mode: "clip" });
}

/** Positions computed by the program: their number is known only if there is one, or if they are promised to differ. */
function deleteTraced(x: NDArray, obj: NDArray, k: number, options: DeleteOptions): NDArray {
  if (obj.size !== 1 && options.assumeUniqueIndices !== true) {
    throw new ArgumentError(
      "delete: traced positions may repeat, so the size of the result is not known; " +
        "promise that they do not with { assumeUniqueIndices: true }.",
    );
  }
  const size = x.shape[k];
  const flat = lax.reshape(obj, [obj.size]);
  const at = wrapNegative(positionsOf(flat, "delete"), size) as NDArray;
  // The j-th kept element is j, moved up by the number of deleted ones at or before it: those with d_i − i <= j.
  const sorted = lax.sort(at);
  const shifted = lax.sub(sorted, lax.iota("int32", obj.size));
  const count = size - obj.size;
  const j = lax.broadcastedIota("int32", [obj.size, count], 1);
  const before = lax.le(lax.broadcastInDim(shifted, [obj.size, count], [0]), j);
  const moved = lax.reduceSum(lax.convertElementType(before, "int32"), [0]);
  return take(x, lax.add(lax.iota("int32", count), moved), { axis: k, mode: "clip" });
}

/** The array with `values` put in before the given positions along an axis (default: of the flattened array). */
export function insert(
  arr: ArrayLike,
  obj: Where,
  values: ArrayLike,
  ...rest: Rest<[axis: number | null], AxisOption>
): NDArray {
  const { axis = null } = resolveArgs<AxisOption>("insert", rest, ["axis"]);
  const given = asArray(arr, "insert");
  const x = axis === null ? lax.reshape(given, [given.size]) : given;
  const k = canonicalAxis(axis ?? 0, x.ndim, "insert");
  const size = x.shape[k];
  const at = knownPositions(obj, size, "insert");
  if (at === null) throw new ArgumentError("insert: positions must be known; they are traced here.");
  const isScalar = typeof obj === "number" || (obj instanceof NDArray && obj.ndim === 0);
  const [a, v] = promote("insert", x, values) as [NDArray, NDArray];
  return insertAt(a, Array.from(at), alignValues(v, x, k, isScalar, at.length), k);
}

/** The values as an array of as many axes as x, axis k running over what is inserted. */
function alignValues(v: NDArray, x: NDArray, k: number, isScalar: boolean, count: number): NDArray {
  const padded = lax.reshape(v, [...range(Math.max(0, x.ndim - v.ndim)).map(() => 1), ...v.shape]);
  // One position takes a whole array of values, whose first axis runs over them.
  const out = isScalar ? moveaxis(padded, 0, k) : padded;
  return broadcastTo(
    out,
    x.shape.map((d, i) => (i === k ? (count === 1 ? out.shape[k] : count) : d)),
  );
}

function insertAt(x: NDArray, at: readonly number[], values: NDArray, k: number): NDArray {
  const size = x.shape[k];
  const n = values.shape[k];
  for (const i of at) {
    if (i < -size || i > size)
      throw new IndexError(`insert: position ${i} is out of bounds for an axis of size ${size}.`);
  }
  const places = at.map((i) => (i < 0 ? i + size : i));
  const targets = places.length === 1 ? range(n).map(() => places[0]) : places;
  const order = range(targets.length).sort((p, q) => targets[p] - targets[q] || p - q);
  // Where each element of the result comes from, in x followed by the values.
  const sources: number[] = [];
  let next = 0;
  for (let i = 0; i <= size; i++) {
    while (next < order.length && targets[order[next]] === i) sources.push(size + order[next++]);
    if (i < size) sources.push(i);
  }
  const chosen = constantIndex(Int32Array.from(sources), [sources.length]);
  return take(lax.concatenate([x, values], k), chosen, { axis: k, mode: "clip" });
}
