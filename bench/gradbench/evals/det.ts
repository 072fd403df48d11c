/**
 * @file det: the determinant of a matrix by expansion by minors, and its gradient (reverse mode).
 *
 * The recursion is over sizes, not over minors: all minors of one size are expanded at once, by `vmap` of the function
 * that is being defined (the largest ones by a loop over it). As in the definition every minor is expanded wherever it occurs, ℓ! products in the end.
 */
import { type Array as NDArray, checkpoint, grad, lax, numpy as np, vmap } from "../../../src/index.ts";
import { type Eval, evaluation } from "../lib/evaluation.ts";

interface Input {
  readonly A: readonly number[];
  readonly ell: number;
}

/** For each column, the other columns: [m, m − 1]. */
function otherColumns(m: number): NDArray {
  const columns = [...Array(m).keys()];
  const others = columns.map((j) => columns.filter((i) => i !== j));
  return np.array(others, { dtype: "int32" });
}

/** Minors up to this size are expanded at once; larger ones one after another, in the memory of one. */
const atOnce = 8;

/** The determinants of minors [m, count, m]. */
function determinants(minors: NDArray): NDArray {
  const [m] = minors.shape;
  if (m < atOnce) return vmap(determinant, 1)(minors);
  // what a backward pass needs of a minor is computed again, not kept for all
  const one = m === atOnce ? checkpoint(determinant) : determinant;
  return lax.map(one, np.moveaxis(minors, 1, 0));
}

/** Expansion along the first row: Σⱼ (−1)ʲ a₀ⱼ det(a without row 0 and column j). */
function determinant(a: NDArray): NDArray {
  const [m] = a.shape;
  if (m === 1) return a.slice(0, 0);
  const signs = np.array(Array.from({ length: m }, (_, j) => (-1) ** j));
  const minors = np.take(a.slice([1]), otherColumns(m), 1); // [m − 1, m, m − 1]: a minor for each index of axis 1
  return determinants(minors).mul(a.slice(0)).mul(signs).sum();
}

/** The same of a matrix given as its elements, row by row. */
const primal =
  (ell: number) =>
  (elements: NDArray): NDArray =>
    determinant(elements.reshape([ell, ell]));

const given = {
  fixed: ({ ell }: Input): number => ell,
  args: ({ A }: Input): [NDArray] => [np.array(A)],
};

export const det: Eval = {
  primal: evaluation({ ...given, fn: primal }),
  gradient: evaluation({ ...given, fn: (ell) => grad(primal(ell)) }),
};
