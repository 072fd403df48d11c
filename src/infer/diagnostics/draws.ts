/** @file What the diagnostics share: draws as arrays [chains, draws, parameters], chains split in halves, ranks. */
import { flattenArrays } from "../../api/flatten.ts";
import { ShapeError } from "../../base/errors.ts";
import * as lax from "../../control-flow/lax.ts";
import type { NDArray } from "../../core/array.ts";
import { treeUnflatten } from "../../core/tree.ts";
import * as np from "../../numpy/index.ts";
import { cast, inexact } from "../../numpy/operands/promote.ts";
import * as special from "../../scipy/special/index.ts";
import { rankdata } from "../../scipy/stats/samples.ts";

/** The least number of draws of a chain that is split in two. */
const leastDraws = 4;

/** Draws as floats. @throws ShapeError for arrays without axes of chains and of draws. */
export function checkedDraws(what: string, x: NDArray, least = leastDraws): NDArray {
  if (x.ndim < 2 || x.shape[0] === 0 || x.shape[1] < least)
    throw new ShapeError(
      `${what}: draws must have shape [chains, draws, …] with ${least} draws at least; got shape [${x.shape.join(",")}]. ` +
        `Draws of one chain take np.expandDims(x, 0).`,
    );
  const float = inexact(what, x);
  return cast(float, float.dtype);
}

/** Applies a function of draws [chains, draws, k], which gives k numbers, to each leaf of a tree of draws [chains, draws, …]. */
export function eachLeaf(what: string, tree: unknown, f: (x: NDArray) => NDArray): unknown {
  const [leaves, def] = flattenArrays(tree, `${what}: draws`);
  const out = leaves.map((leaf) => {
    const x = checkedDraws(what, leaf);
    const [chains, draws, ...rest] = x.shape;
    return np.reshape(f(np.reshape(x, [chains, draws, -1])), rest);
  });
  return treeUnflatten(def, out);
}

/** The first and the second half of each chain [2 · chains, draws/2, k]; of an odd number of draws the middle one is left out. */
export function halves(x: NDArray): NDArray {
  const n = x.shape[1];
  const half = Math.floor(n / 2);
  return np.concatenate([lax.sliceInDim(x, 0, half, 1, 1), lax.sliceInDim(x, n - half, n, 1, 1)], 0);
}

/** Draws of all chains together [chains · draws, k]. */
export const pooled = (x: NDArray): NDArray => np.reshape(x, [x.shape[0] * x.shape[1], -1]);

/** Normal scores of the ranks among all draws (Blom 1958; Vehtari et al. 2021, equation 14). */
export function normalScores(x: NDArray): NDArray {
  const all = pooled(x);
  const ranks = rankdata(all, { axis: 0 }).astype(x.dtype);
  const parts = np.divide(np.subtract(ranks, 3 / 8), all.shape[0] + 1 / 4);
  return np.reshape(special.ndtri(parts), x.shape);
}

/** Distances from the median of all draws. */
export const folded = (x: NDArray): NDArray => np.abs(np.subtract(x, np.median(pooled(x), 0)));
