/**
 * @file det: the determinant of a matrix by expansion by minors, and its gradient (reverse mode).
 *
 * The recursion is over sizes, not over minors: all minors of one size are expanded at once, along the last axes (the
 * largest ones by a loop over them). As in the definition every minor is expanded wherever it occurs, ℓ! products in the
 * end. Minors of three rows and less are looked up in larger ones; larger ones are laid out, so that rows of numbers are
 * multiplied with rows of numbers: a barrier keeps the compiler from looking them up, too.
 */
import { type Array as NDArray, checkpoint, grad, lax, numpy as np } from "../../../src/index.ts";
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

/** Minors of this size and above are laid out in memory. */
const laidOut = 4;

/** Expansion along the first row, Σⱼ (−1)ʲ a₀ⱼ det(a without row 0 and column j), of all matrices in [m, m, …]. */
function determinants(a: NDArray): NDArray {
  const [m, , ...others] = a.shape;
  if (m === 1) return a.slice(0, 0);
  const signs = np.array(Array.from({ length: m }, (_, j) => (-1) ** j)).reshape([m, ...others.map(() => 1)]);
  const rest = a.slice([1]).at([], otherColumns(m)).get({ mode: "promiseInBounds" }); // [m − 1, m, m − 1, …]
  const minors = np.moveaxis(rest, 1, 2);
  return expanded(m > laidOut ? lax.optimizationBarrier(minors) : minors)
    .mul(a.slice(0))
    .mul(signs)
    .sum(0);
}

/** The same, where there are many. */
function expanded(minors: NDArray): NDArray {
  const [m] = minors.shape;
  if (m < atOnce) return determinants(minors);
  // what a backward pass needs of a minor is computed again, not kept for all
  return lax.map(m === atOnce ? checkpoint(determinants) : determinants, np.moveaxis(minors, 2, 0));
}

/** The same of a matrix given as its elements, row by row. */
const primal =
  (ell: number) =>
  (elements: NDArray): NDArray =>
    determinants(elements.reshape([ell, ell]));

const given = {
  fixed: ({ ell }: Input): number => ell,
  args: ({ A }: Input): [NDArray] => [np.array(A)],
};

export const det: Eval = {
  primal: evaluation({ ...given, fn: primal }),
  gradient: evaluation({ ...given, fn: (ell) => grad(primal(ell)) }),
};
