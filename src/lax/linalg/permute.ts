/** @file Permutations of rows and columns: in loop programs, and of arrays. */
import type { NDArray } from "../../core/array.ts";
import { type Block, load } from "../../jit/loop/build.ts";
import type { Buffer, Expr } from "../../jit/loop/ir.ts";
import { range } from "../../util.ts";
import { broadcastInDim } from "../movement.ts";
import { takeAlong } from "../take.ts";

/** Exchanges two entries of a list. */
export function swapEntries(b: Block, list: Buffer, i: Expr, k: Expr): void {
  const kept = b.snapshot(load(list, i), "kept");
  b.store(list, i, load(list, k));
  b.store(list, k, kept);
}

/** Rows of matrices in the order of a permutation for each of them. */
export function permuteRows(x: NDArray, permutation: NDArray): NDArray {
  const order = broadcastInDim(permutation, x.shape, range(x.ndim - 1));
  return takeAlong(x, order, x.ndim - 2);
}

/** Columns of matrices in the order of a permutation for each of them. */
export const permuteColumns = (x: NDArray, permutation: NDArray): NDArray =>
  takeAlong(x, broadcastInDim(permutation, x.shape, [...range(x.ndim - 2), x.ndim - 1]), x.ndim - 1);
