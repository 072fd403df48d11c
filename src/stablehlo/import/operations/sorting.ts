/**
 * @file Sorting, by an order that is a region. Where the region compares keys, one after another, the library sorts by them;
 * by any other order elements are ranked: each by how many come before it.
 */
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { vmap } from "../../../api/vmap.ts";
import { isFloat } from "../../../dtypes/dtype.ts";
import { range } from "../../../base/util.ts";
import type { Call, Handler, Handlers } from "./call.ts";
import { type SortKey, sortKeys } from "./bodies.ts";
import { totalOrderKeys } from "./elementwise.ts";

/** NaNs of one kind, and one zero. */
function withoutSigns(x: NDArray): NDArray {
  const zero = lax.fullLike(x, 0);
  return lax.select(lax.ne(x, x), lax.fullLike(x, NaN), lax.select(lax.eq(x, zero), zero, x));
}

/** An array that ascends as the key does; null if the operand itself does. */
function keyArray(x: NDArray, { descending, total }: SortKey): NDArray | null {
  if (!isFloat(x.dtype)) return descending ? lax.bitwiseNot(x) : null;
  if (!descending && !total) return null;
  const keys = totalOrderKeys(lax.stopGradient(total ? x : withoutSigns(x)));
  return descending ? lax.bitwiseNot(keys) : keys;
}

function byKeys(xs: readonly NDArray[], keys: readonly SortKey[], dimension: number): NDArray[] {
  const made = keys.map((k) => keyArray(xs[k.operand], k) ?? xs[k.operand]);
  const numKeys = made.length;
  return lax.sort([...made, ...xs], { dimension, numKeys }).slice(numKeys);
}

/** How often an element is after another one, or equal and later: its place. */
function ranks(c: Call, rows: readonly NDArray[]): NDArray {
  const comes = c.region(0, 2 * rows.length);
  const before = (a: readonly NDArray[], b: readonly NDArray[]): NDArray =>
    comes(a.flatMap((x, i) => [x, b[i]]))[0];
  const one = (i: NDArray, ...a: NDArray[]): NDArray =>
    lax.reduceSum(
      vmap((j: NDArray, ...b: NDArray[]) => {
        const tie = lax.bitwiseAnd(lax.bitwiseNot(before(a, b)), lax.lt(j, i));
        return lax.convertElementType(lax.bitwiseOr(before(b, a), tie), "int32");
      })(positions, ...rows),
      [0],
    );
  const positions = lax.iota("int32", rows[0].shape[0]);
  return vmap(one)(positions, ...rows);
}

function byRanks(c: Call, xs: readonly NDArray[], dimension: number): NDArray[] {
  const [{ ndim, shape }] = xs;
  const order = [...range(ndim).filter((k) => k !== dimension), dimension];
  const n = shape[dimension];
  const count = xs[0].size / Math.max(n, 1);
  const rows = xs.map((x) => lax.reshape(lax.transpose(x, order), [count, n]));
  const places = vmap((...row: NDArray[]) => ranks(c, row.map(lax.stopGradient)))(...rows);
  const sorted = lax.sort([places, ...rows], { dimension: 1 }).slice(1);
  const moved = order.map((k) => shape[k]);
  const back = range(ndim).map((k) => order.indexOf(k));
  return sorted.map((x) => lax.transpose(lax.reshape(x, moved), back));
}

const sort: Handler = (c) => {
  const xs = c.arrays();
  const [first] = xs;
  if (first === undefined) throw c.error("expected an operand; got none.");
  const asked = c.int("dimension", -1);
  const dimension = asked < 0 ? asked + first.ndim : asked;
  if (dimension < 0 || dimension >= first.ndim) throw c.error(`there is no axis ${asked} of ${first.ndim}.`);
  const keys = sortKeys(c.block(0, 2 * xs.length));
  if (first.size === 0) return xs;
  return keys === null ? byRanks(c, xs, dimension) : byKeys(xs, keys, dimension);
};

const topK: Handler = (c) => lax.topK(c.x, c.int("k"));

export const sorting: Handlers = {
  "chlo.top_k": topK,
  "stablehlo.sort": sort,
};
