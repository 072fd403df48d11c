/**
 * @file Where a function may have a jump or a kink between the bounds of its operands: what its derivatives say does not hold across
 * one. While a program is enclosed, each decision that is open is noted here.
 */
import type { NDArray } from "../core/array.ts";
import * as np from "../numpy/index.ts";
import type { Pair } from "./arithmetic.ts";

let noted: NDArray[] | null = null;

/** Notes where a decision is open. */
export function note(open: () => NDArray): void {
  noted?.push(open());
}

/** Whether bounds are not one value. */
export const differ = ({ lo, hi }: Pair): NDArray => np.notEqual(lo, hi);

/** Whether there may be one value in both. */
export const overlap = (x: Pair, y: Pair): NDArray =>
  np.logicalAnd(np.lessEqual(x.lo, y.hi), np.lessEqual(y.lo, x.hi));

/** Runs `f` and gives what was noted meanwhile. */
export function collecting<R>(f: () => R): { readonly result: R; readonly open: readonly NDArray[] } {
  const before = noted;
  const own: NDArray[] = [];
  noted = own;
  try {
    return { result: f(), open: own };
  } finally {
    noted = before;
  }
}

/** Whether anything is open at all. */
export const anyOf = (open: readonly NDArray[]): NDArray =>
  open.reduce<NDArray>((all, x) => np.logicalOr(all, np.any(x)), np.array(false));
