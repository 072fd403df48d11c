/** @file Permutations of rows and columns: in loop programs, and of arrays; the search for pivots. */
import type { NDArray } from "../../../core/array.ts";
import { iadd } from "../../../loops/ir/affine.ts";
import { type Block, gt, load } from "../../../loops/ir/build.ts";
import type { Buffer, Expr, Local } from "../../../loops/ir/ir.ts";
import { range } from "../../../base/util.ts";
import { broadcastInDim } from "../../shapes/movement.ts";
import { takeAlong } from "../../indexing/take.ts";
import type { Output } from "./arrays.ts";
import type { Entries, Vector } from "./matrix.ts";
import { each, indexLocal } from "./scalars.ts";

/** A permutation of 0 … n − 1 in a loop program. */
export class Order {
  readonly buffer: Buffer;
  readonly size: number;

  constructor(b: Block, size: number, name = "order") {
    this.buffer = b.alloc("int32", size, name);
    this.size = size;
  }

  at(i: Expr): Expr {
    return load(this.buffer, i);
  }

  /** Becomes the identity. */
  reset(b: Block): void {
    b.for(0, this.size, (y, i) => y.store(this.buffer, i, i));
  }

  swap(b: Block, i: Expr, k: Expr): void {
    const kept = b.snapshot(this.at(i), "kept");
    b.store(this.buffer, i, this.at(k));
    b.store(this.buffer, k, kept);
  }

  copyTo<E>(b: Block, to: Output<E>, batch: readonly Expr[]): void {
    b.for(0, this.size, (y, i) => to.store(y, [...batch, i], this.at(i)));
  }
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

/** Is told which row becomes row k, in exchange. */
export type Exchange = (b: Block, k: Expr, row: Expr) => void;

/** The place from `from` on of the largest element, by `size`; the first of several. */
export function findPivot<E>(b: Block, x: Entries<E>, from: Expr, count: number): Expr {
  const { size } = x.field;
  const best = b.variable(size(x.at(from)), "best");
  const row = b.variable(from, "row");
  each(b, "i", [iadd(from, 1), count], (y, i) => {
    const next = y.let(size(x.at(i)), "size");
    y.if(gt(next, best), (z) => {
      z.set(best, next);
      z.set(row, i);
    });
  });
  return indexLocal(b, row, count, "pivotRow");
}
