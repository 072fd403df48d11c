/** @file Permutations of rows and columns: in loop programs, and of arrays. */
import type { NDArray } from "../../../core/array.ts";
import { iadd } from "../../../loops/ir/affine.ts";
import { type Block, gt, load } from "../../../loops/ir/build.ts";
import type { Buffer, Expr, Local } from "../../../loops/ir/ir.ts";
import { range } from "../../../base/util.ts";
import { broadcastInDim } from "../../shapes/movement.ts";
import { takeAlong } from "../../indexing/take.ts";
import type { Vector } from "./matrix.ts";
import { indexLocal } from "./scalars.ts";

/** Exchanges two entries of a list. */
export function swapEntries(b: Block, list: Buffer, i: Expr, k: Expr): void {
  const kept = b.snapshot(load(list, i), "kept");
  b.store(list, i, load(list, k));
  b.store(list, k, kept);
}

/** The place of the largest of values k … n − 1, the first of them if several are. */
export function placeOfLargest(b: Block, values: Vector<Expr>, k: Expr, n: number): Local {
  const best = b.variable(values.at(k), "best");
  const place = b.variable(k, "place");
  b.for(iadd(k, 1), n, (x, j) =>
    x.if(gt(values.at(j), best), (y) => {
      y.set(best, values.at(j));
      y.set(place, j);
    }),
  );
  return indexLocal(b, place, n, "from");
}

/** Rows of matrices in the order of a permutation for each of them. */
export function permuteRows(x: NDArray, permutation: NDArray): NDArray {
  const order = broadcastInDim(permutation, x.shape, range(x.ndim - 1));
  return takeAlong(x, order, x.ndim - 2);
}

/** Columns of matrices in the order of a permutation for each of them. */
export const permuteColumns = (x: NDArray, permutation: NDArray): NDArray =>
  takeAlong(x, broadcastInDim(permutation, x.shape, [...range(x.ndim - 2), x.ndim - 1]), x.ndim - 1);
