/** @file Norms of trees whose squares would leave the range: computed at size 1, by powers of two. */
import type { NDArray } from "../../core/array.ts";
import * as np from "../../numpy/index.ts";
import { scaleByPower } from "../../numpy/ufuncs/powers-of-two.ts";
import { exponentOf } from "../../scipy/sparse/vectors.ts";
import { arraysOf, mapArrays } from "./leaves.ts";
import { treeNorm } from "./trees.ts";

/** The tree at a size close to 1, and the exponent of the power of two that it was divided by. */
export function balanced(tree: unknown): [unknown, NDArray] {
  const exponent = exponentOf(arraysOf(tree));
  return [mapArrays((x) => scaleByPower(x, np.negative(exponent)), tree), exponent];
}

/** The 2-norm of all elements. */
export function normOf(tree: unknown): NDArray {
  const [near, exponent] = balanced(tree);
  return scaleByPower(treeNorm(near), exponent);
}
