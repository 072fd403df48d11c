/** @file The `scipy.cluster.vq` namespace: vector quantisation. Source: jax/_src/scipy/cluster/vq.py. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { define } from "../../arguments/declare.ts";
import { param } from "../../arguments/parameters.ts";
import { ShapeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { takeAlongAxis } from "../../numpy/indexing/take.ts";
import { norm } from "../../numpy/linalg/linalg.ts";
import { promoteInexact } from "../../numpy/operands/promote.ts";
import { argmin } from "../../numpy/reductions/reductions.ts";

/**
 * For each observation (a row) the index of the nearest entry (row) of the code book, and the distance to it. Where
 * both are vectors, their elements are the observations and the entries: `[codes, distances]`, int32 and float.
 *
 * Parameters: checkFinite (ignored).
 * @throws ShapeError unless both are matrices, or both vectors, of observations of one length
 * @see jax.scipy.cluster.vq.vq
 * @example
 * scipy.cluster.vq.vq(np.array([1, 5]), np.array([0, 4]))[0].js(); // [0, 1]
 */
export const vq = define(
  "vq",
  [param<[checkFinite: boolean]>()("checkFinite", true)],
  [],
  (_, obs: ArrayLike, codeBook: ArrayLike): [codes: NDArray, distances: NDArray] => {
    const given = [asArray(obs, "vq"), asArray(codeBook, "vq")];
    const fits = given[0].ndim === given[1].ndim && (given[0].ndim === 1 || given[0].ndim === 2);
    const [x, book] = given.map((a) => (a.ndim === 1 ? lax.reshape(a, [a.size, 1]) : a));
    if (!fits || x.shape[1] !== book.shape[1]) {
      throw new ShapeError(
        `vq: expected two matrices with equally long rows, or two vectors; got shapes ${given.map((a) => shapeString(a.shape)).join(" and ")}.`,
      );
    }
    const [n, d] = x.shape;
    const [rows, entries] = promoteInexact(
      "vq",
      lax.reshape(x, [n, 1, d]),
      lax.reshape(book, [1, book.shape[0], d]),
    );
    const distances = norm(lax.sub(rows, entries), null, -1);
    const codes = argmin(distances, 1);
    const nearest = takeAlongAxis(distances, lax.reshape(codes, [n, 1]), 1);
    return [codes, lax.reshape(nearest, [n])];
  },
);
