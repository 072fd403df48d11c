/**
 * @file `insert` and `delete` (as a binding: `delete_`): elements put in or left out along an axis.
 *
 * The positions decide the shape of the result and so must usually be known.
 */
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { replaceAt } from "../../dtypes/shape.ts";
import { ArgumentError, IndexError, NonConcreteBooleanIndexError } from "../../base/errors.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { range } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { alongAxis, flatten } from "../operands/shapes.ts";
import { broadcastTo, moveaxis } from "../shapes/manipulation.ts";
import {
  type Integers,
  constantIndex,
  hostData,
  isHost,
  modulo,
  nonzeroOf,
  positionsOf,
  wrapNegative,
} from "./positions.ts";
import { pick } from "./gather.ts";

/** Known positions along an axis; null if they are traced. */
function knownPositions(obj: Integers, size: number, where: string): Int32Array | null {
  if (obj instanceof NDArray && obj.dtype === "bool") {
    const mask = hostData(obj);
    if (mask === null) throw new NonConcreteBooleanIndexError(`${where}: a mask must be concrete.`);
    if (obj.ndim !== 1 || obj.size !== size)
      throw new IndexError(`${where}: a mask must have one axis of size ${size}.`);
    return nonzeroOf(mask, obj.shape)[0];
  }
  const p = positionsOf(obj, where);
  return isHost(p) ? p.data : null;
}

/** A promise that traced positions do not repeat. */
const assumeUniqueIndices = param<[assumeUniqueIndices: boolean]>()("assumeUniqueIndices", false);

/**
 * The array without the elements at the given positions (a number, a list, an array, or a mask) along an axis (default: of
 * the flattened array). The derivative goes to the elements that stay.
 * @throws IndexError for positions out of bounds, ArgumentError for several traced ones without `assumeUniqueIndices`
 * @see jax.numpy.delete
 * @example
 * np.delete(np.array([10, 20, 30]), 1).js(); // [10, 30]
 */
export const delete_ = define(
  "delete",
  [p.oneAxis],
  [assumeUniqueIndices],
  ({ axis, assumeUniqueIndices }, arr: ArrayLike, obj: Integers) => {
    const [x, k] = alongAxis("delete", arr, axis);
    const size = x.shape[k];
    const gone = knownPositions(obj, size, "delete");
    if (gone === null) return deleteTraced(x, asArray(obj as ArrayLike, "delete"), k, assumeUniqueIndices);
    checkBounds("delete", gone, size, size - 1);
    const stays = new Uint8Array(size).fill(1);
    for (const i of gone) stays[modulo(i, size)] = 0;
    const out = pick(x, constantIndex(nonzeroOf(stays, [size])[0]), k);
    return x.weakType ? lax.convertElementType(out, out.dtype, true) : out;
  },
);

function checkBounds(name: string, at: Int32Array, size: number, last: number): void {
  for (const i of at) {
    if (i < -size || i > last)
      throw new IndexError(`${name}: position ${i} is out of bounds for an axis of size ${size}.`);
  }
}

/** Positions computed by the program: their number is known only if there is one, or if they are promised to differ. */
function deleteTraced(x: NDArray, obj: NDArray, k: number, areUnique: boolean): NDArray {
  if (obj.size !== 1 && !areUnique) {
    throw new ArgumentError(
      "delete: traced positions may repeat, so the size of the result is not known; " +
        "promise that they do not with { assumeUniqueIndices: true }.",
    );
  }
  const size = x.shape[k];
  const at = wrapNegative(positionsOf(flatten(obj), "delete"), size) as NDArray;
  // The j-th kept element is j, moved up by the number of deleted ones at or before it: those with d_i − i <= j.
  const sorted = lax.sort(at);
  const shifted = lax.sub(sorted, lax.iota("int32", obj.size));
  const count = size - obj.size;
  const j = lax.broadcastedIota("int32", [obj.size, count], 1);
  const before = lax.le(lax.broadcastInDim(shifted, [obj.size, count], [0]), j);
  const moved = lax.reduceSum(lax.convertElementType(before, "int32"), [0]);
  return pick(x, lax.add(lax.iota("int32", count), moved), k);
}

/**
 * The array with `values` put in before the given positions along an axis (default: of the flattened array). The positions
 * must be known. The dtype is that of the array: values that are not of it are converted, as by `astype`.
 * @throws IndexError for positions out of bounds, ArgumentError for traced ones
 * @see jax.numpy.insert
 * @example
 * np.insert(np.array([10, 30]), 1, 20).js(); // [10, 20, 30]
 */
export const insert = define(
  "insert",
  [p.oneAxis],
  [],
  ({ axis }, arr: ArrayLike, obj: Integers, values: ArrayLike) => {
    const [x, k] = alongAxis("insert", arr, axis);
    const at = knownPositions(obj, x.shape[k], "insert");
    if (at === null) throw new ArgumentError("insert: positions must be known; they are traced here.");
    const isScalar = typeof obj === "number" || (obj instanceof NDArray && obj.ndim === 0);
    const v = asDType(values, x.dtype, x.weakType, "insert");
    return interleave(x, at, alignValues(v, x, k, isScalar, at.length), k);
  },
);

/** The values as an array of as many axes as x, axis k running over what is inserted. */
function alignValues(v: NDArray, x: NDArray, k: number, isScalar: boolean, count: number): NDArray {
  const padded = lax.reshape(v, [...range(Math.max(0, x.ndim - v.ndim)).map(() => 1), ...v.shape]);
  // One position takes a whole array of values, whose first axis runs over them.
  const out = isScalar ? moveaxis(padded, 0, k) : padded;
  return broadcastTo(out, replaceAt(x.shape, k, count === 1 ? out.shape[k] : count));
}

function interleave(x: NDArray, at: Int32Array, values: NDArray, k: number): NDArray {
  const size = x.shape[k];
  const n = values.shape[k];
  checkBounds("insert", at, size, size);
  const places = Array.from(at, (i) => (i < 0 ? i + size : i));
  const targets = places.length === 1 ? range(n).map(() => places[0]) : places;
  const order = range(targets.length).sort((p, q) => targets[p] - targets[q] || p - q);
  // Where each element of the result comes from, in x followed by the values.
  const sources = new Int32Array(size + order.length);
  let next = 0;
  for (let i = 0; i <= size; i++) {
    for (; next < order.length && targets[order[next]] === i; next++) sources[i + next] = size + order[next];
    if (i < size) sources[i + next] = i;
  }
  return pick(lax.concatenate([x, values], k), constantIndex(sources), k);
}
