/** @file What the files of `numpy.linalg` share: operands with matrices in their last two axes, and systems of them. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { broadcastShapes, shapeString } from "../../dtypes/shape.ts";
import { ShapeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { requireMatrices, withBatch } from "../../lax/linalg/algebra.ts";
import { linearSolve } from "../../lax/linalg/lu.ts";
import { moveAxis } from "../../lax/shapes/movement.ts";
import { prod } from "../../base/util.ts";
import { given, param } from "../../arguments/parameters.ts";
import { inexact, inexactPair } from "../operands/promote.ts";

/** The right sides of a system. */
export const rightSides = given<[b: ArrayLike]>()("b");
/** Are the matrices symmetric? Then their eigenvectors are used. */
export const hermitian = param<[hermitian: boolean]>()("hermitian", false);
/** Singular values up to this share of the largest count as zero. */
export const rtol = param<[rtol: ArrayLike | null]>()("rtol", null);
/** Whether the symmetric (Hermitian) part of a matrix is used, or one triangle of it. */
export const symmetrizeInput = param<[symmetrizeInput: boolean]>()("symmetrizeInput", true);

/** An operand with matrices in its last two axes, of an inexact dtype. */
export function matrices(where: string, a: ArrayLike): NDArray {
  const x = inexact(where, asArray(a, where));
  requireMatrices(where, x.aval);
  return x;
}

/** An operand with square matrices in its last two axes, of an inexact dtype. */
export function squareMatrices(where: string, a: ArrayLike): NDArray {
  const x = inexact(where, asArray(a, where));
  if (x.ndim < 2 || x.shape[x.ndim - 1] !== x.shape[x.ndim - 2])
    throw new ShapeError(
      `${where}: expected square matrices in the last two axes; got shape ${shapeString(x.shape)}.`,
    );
  return x;
}

/** X with A·X = B, the leading axes broadcast. One matrix for many right sides is factorised once. */
function solveMatrices(where: string, a: NDArray, b: NDArray): NDArray {
  const m = b.shape[b.ndim - 2];
  if (b.ndim < 2 || m !== a.shape[a.ndim - 1]) {
    throw new ShapeError(
      `${where}: for matrices of shape ${shapeString(a.shape)} the right side must have ${a.shape[a.ndim - 1]} rows; ` +
        `got shape ${shapeString(b.shape)}.`,
    );
  }
  if (a.ndim === 2 && b.ndim > 2) {
    const rows = moveAxis(b, b.ndim - 2, 0);
    const x = linearSolve(a, lax.reshape(rows, [m, prod(rows.shape.slice(1))]));
    return moveAxis(lax.reshape(x, rows.shape), 0, b.ndim - 2);
  }
  const batch = broadcastShapes([a.shape.slice(0, -2), b.shape.slice(0, -2)], where);
  return linearSolve(withBatch(a, batch), withBatch(b, batch));
}

/** The solution of a system with square matrices, under the name of the function that the user called. */
export function solveWith(where: string, a: ArrayLike, b: ArrayLike): NDArray {
  const [p, q] = inexactPair(where, a, b);
  const matrix = squareMatrices(where, p);
  if (q.ndim !== 1) return solveMatrices(where, matrix, q);
  return lax.squeeze(solveMatrices(where, matrix, lax.expandDims(q, [1])), [matrix.ndim - 1]);
}
