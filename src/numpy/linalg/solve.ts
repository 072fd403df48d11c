/**
 * @file The part of `numpy.linalg` that rests on LU and Cholesky factors: systems, inverses, determinants.
 *
 * Nothing here throws for a singular matrix: as in JAX, results then hold infinities or NaNs. Integer matrices are
 * converted to float. Source of the conventions: jax/_src/numpy/linalg.py.
 */
import { show, refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { canonicalAxis, otherAxes, shapeString } from "../../dtypes/shape.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import type { Tangent } from "../../core/zero.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { adjoint, conjugated, diagonalOf, eyeOf, matmul } from "../../lax/linalg/algebra.ts";
import { cholesky as laxCholesky } from "../../lax/linalg/cholesky.ts";
import { linearSolve, lu as laxLu } from "../../lax/linalg/lu.ts";
import { qr as laxQr } from "../../lax/linalg/qr.ts";
import { solveTriangle } from "../../lax/linalg/triangular-solve.ts";
import { takeAlong } from "../../lax/indexing/take.ts";
import { prod, range } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, param } from "../../arguments/parameters.ts";
import { withTangents } from "../ufuncs/custom.ts";
import { inexact } from "../operands/promote.ts";
import { rightSides, solveWith, squareMatrices, symmetrizeInput } from "./operands.ts";

/**
 * The solution x of a·x = b for square matrices a [..., m, m] and right sides b [..., m, n], or one vector b [m]. Its
 * gradient reuses the factors of a.
 * @throws ShapeError for matrices that are not square, or a right side that does not fit
 * @see jax.numpy.linalg.solve
 * @example
 * np.linalg.solve(np.array([[2, 1], [1, 3]]), np.array([3, 5])).js(); // [0.8, 1.4]
 */
export const solve = define("solve", [rightSides], [], ({ b }, a: ArrayLike) => solveWith("solve", a, b));

/**
 * The inverses of square matrices. To solve a system, `solve` is quicker and more accurate.
 * @see jax.numpy.linalg.inv
 * @example
 * np.linalg.inv(np.array([[2, 0], [0, 4]])).js(); // [[0.5, 0], [0, 0.25]]
 */
export function inv(a: ArrayLike, ...more: []): NDArray {
  refuseMore("inv", 1, more);
  const x = squareMatrices("inv", a);
  return linearSolve(x, eyeOf(x.shape, x.dtype));
}

const choleskyParams = [param<[upper: boolean]>()("upper", false), symmetrizeInput] as const;
/** Options of `cholesky`. */
export type CholeskyOptions = OptionsOf<typeof choleskyParams>;

/**
 * The triangular factor of positive definite matrices: lower L with a = L·Lᴴ, or `upper` (by name) Lᴴ. NaN where a matrix
 * is not positive definite. Only the symmetric (Hermitian) part of `a` counts; with `symmetrizeInput: false` its lower triangle.
 * @see jax.numpy.linalg.cholesky
 * @example
 * np.linalg.cholesky(np.array([[4, 2], [2, 10]])).js(); // [[2, 0], [1, 3]]
 */
export const cholesky = define("cholesky", [], choleskyParams, (values, a: ArrayLike): NDArray => {
  const { upper, symmetrizeInput } = values;
  const x = squareMatrices("cholesky", a);
  const l = laxCholesky(upper && !symmetrizeInput ? adjoint(x) : x, { symmetrizeInput });
  return upper ? adjoint(l) : l;
});

/** The sign of the permutation that LU's row exchanges make: 1 or −1, in the given dtype. */
function exchangeSign(pivots: NDArray, like: NDArray): NDArray {
  const rows = lax.broadcastedIota("int32", pivots.shape, pivots.ndim - 1);
  const exchanged = lax.convertElementType(lax.ne(pivots, rows), like.dtype);
  return lax.reduceProd(lax.sub(1, lax.mul(exchanged, 2)), [pivots.ndim - 1]);
}

/** The element at a fixed place of matrices. */
const entry = (x: NDArray, i: number, j: number): NDArray =>
  lax.squeeze(
    lax.slice(x, [...range(x.ndim - 2).map(() => 0), i, j], [...x.shape.slice(0, -2), i + 1, j + 1]),
    [x.ndim - 2, x.ndim - 1],
  );

/** By expansion: exact derivatives for singular matrices too. */
function smallDeterminant(x: NDArray): NDArray {
  const n = x.shape[x.ndim - 1];
  if (n === 0) return lax.full(x.shape.slice(0, -2), 1, x.dtype);
  const at = (i: number, j: number): NDArray => entry(x, i, j);
  if (n === 1) return at(0, 0);
  const minor = (i: number, k: number, l: number): NDArray =>
    lax.sub(lax.mul(at(i, k), at(i + 1, l)), lax.mul(at(i, l), at(i + 1, k)));
  if (n === 2) return minor(0, 0, 1);
  const [p, q, r] = [minor(1, 1, 2), minor(1, 0, 2), minor(1, 0, 1)];
  return lax.add(lax.sub(lax.mul(at(0, 0), p), lax.mul(at(0, 1), q)), lax.mul(at(0, 2), r));
}

/** The place of each element in the order of a permutation [..., n]. */
function inverseOf(permutation: NDArray): NDArray {
  const places = lax.broadcastedIota("int32", permutation.shape, permutation.ndim - 1);
  return lax.sort([permutation, places])[1];
}

/** The determinant by LU factors. */
function factorDeterminant(x: NDArray): NDArray {
  const [lu, pivots] = laxLu(x);
  return lax.mul(lax.reduceProd(diagonalOf(lu), [x.ndim - 2]), exchangeSign(pivots, x));
}

/**
 * adj(a)·b, for matrices of every rank: with a·P = Q·R, pivoted, it is det(Q·Pᵀ)·P·adj(R)·Qᴴ·b. A pivot that is or should be zero
 * is the last of R, and adj(R) takes only the product of the others: with its inverse in the last place, and all rows
 * of the right side but the last multiplied by det R, R has the solution adj(R)·y.
 */
function adjugateTimes(a: NDArray, b: NDArray): NDArray {
  const { ndim, shape } = a;
  const n = shape[ndim - 1];
  const [q, r, p] = laxQr(a, { fullMatrices: false, pivoting: true });
  const spread = (x: NDArray): NDArray => lax.broadcastInDim(x, shape, range(ndim - 2));
  const pivots = diagonalOf(r);
  const lead = lax.reduceProd(lax.sliceInDim(pivots, 0, n - 1, 1, ndim - 2), [ndim - 2]);
  const last = lax.squeeze(lax.sliceInDim(pivots, n - 1, n, 1, ndim - 2), [ndim - 2]);
  // Of rank less than n − 1: the adjugate is 0.
  const none = spread(lax.eq(lead, 0));
  const [row, column] = [ndim - 2, ndim - 1].map((axis) => lax.broadcastedIota("int32", shape, axis));
  const corner = lax.eq(lax.add(row, column), 2 * n - 2);
  const kept = lax.select(none, eyeOf(shape, a.dtype), lax.select(corner, 1, r));
  const matrix = lax.select(lax.bitwiseAnd(corner, lax.bitwiseNot(none)), lax.reciprocal(spread(lead)), kept);
  const y = matmul(conjugated(q), b, true);
  const right = lax.select(lax.eq(row, n - 1), y, lax.mul(y, spread(lax.mul(lead, last))));
  const z = solveTriangle(matrix, right, { leftSide: true, lower: false, transposeA: false });
  const order = inverseOf(p);
  const along = (x: NDArray, axis: number): NDArray =>
    takeAlong(x, lax.broadcastInDim(order, shape, [...range(ndim - 2), axis]), axis);
  // Q with its columns in the order of A's has the determinant of both: 1 or −1, or any number of modulus 1.
  const ordered = along(q, ndim - 1);
  const sign = isComplex(a.dtype)
    ? factorDeterminant(ordered)
    : lax.sign(factorDeterminant(lax.stopGradient(ordered)));
  return lax.select(none, 0, lax.mul(along(z, ndim - 2), spread(sign)));
}

const traceOf = (x: NDArray): NDArray => lax.reduceSum(diagonalOf(x), [x.ndim - 2]);

/** The determinant by LU factors; its derivative is the trace of adj(x)·ẋ. */
const largeDeterminant = (x: NDArray): NDArray =>
  withTangents(
    "det",
    (y) => [factorDeterminant(y)],
    (y, t) => [traceOf(adjugateTimes(y, t))],
    x,
  )[0];

/**
 * The determinants of square matrices. The gradient, the cofactors, holds for singular matrices too (JAX's is 0 for some
 * of rank n - 1).
 * @see jax.numpy.linalg.det
 * @example
 * np.linalg.det(np.array([[1, 2], [3, 4]])).item(); // -2
 */
export function det(a: ArrayLike, ...more: []): NDArray {
  refuseMore("det", 1, more);
  const x = squareMatrices("det", a);
  return x.shape[x.ndim - 1] <= 3 ? smallDeterminant(x) : largeDeterminant(x);
}

/** Sign and logarithm of the magnitude from the factors. */
function signAndLog(x: NDArray): NDArray[] {
  const [lu, pivots] = laxLu(x);
  const pivotValues = diagonalOf(lu);
  const sign = lax.mul(lax.reduceProd(lax.sign(pivotValues), [x.ndim - 2]), exchangeSign(pivots, x));
  return [sign, lax.reduceSum(lax.log(lax.abs(pivotValues)), [x.ndim - 2])];
}

/**
 * `[sign, logabsdet]` of the determinants of square matrices: sign · exp(logabsdet) without overflow; of complex matrices
 * the sign is a number of modulus 1. A singular matrix has sign 0 and -Infinity.
 * @param method (by name) "lu" or null; "qr" gives the same
 * @throws ShapeError for matrices that are not square; ArgumentError for another method
 * @see jax.numpy.linalg.slogdet
 * @example
 * np.linalg.slogdet(np.array([[0, 1], [1, 0]]))[0].item(); // -1
 */
export const slogdet = define(
  "slogdet",
  [],
  [param<[method: "lu" | "qr" | null]>()("method", null)],
  ({ method }, a: ArrayLike) => {
    if (![null, "lu", "qr"].includes(method))
      throw new ArgumentError(`slogdet: unknown method ${show(method)}; expected "lu" or "qr".`);
    const x = squareMatrices("slogdet", a);
    const tangents = (y: NDArray, t: NDArray, [sign]: readonly NDArray[]): (Tangent | null)[] => {
      const rate = traceOf(linearSolve(y, t));
      if (!isComplex(y.dtype)) return [null, rate];
      const turn = lax.imag(rate);
      return [lax.mul(sign, lax.complex(lax.mul(turn, 0), turn)), lax.real(rate)];
    };
    return withTangents("slogdet", signAndLog, tangents, x) as [sign: NDArray, logabsdet: NDArray];
  },
);

/**
 * The inverse of an array as a linear map: of shape a.shape[ind:] + a.shape[:ind], such that contracting it with `b` is
 * tensorsolve(a, b).
 * @param ind number of leading axes that make the rows: 2 by default
 * @throws ArgumentError for `ind` below 1; ShapeError unless the two groups of axes have equally many elements
 * @see jax.numpy.linalg.tensorinv
 * @example
 * np.linalg.tensorinv(np.array([[2, 0], [0, 4]]), 1).js(); // [[0.5, 0], [0, 0.25]]
 */
export const tensorinv = define(
  "tensorinv",
  [param<[ind: number]>()("ind", 2)],
  [],
  ({ ind }, a: ArrayLike): NDArray => {
    const x = inexact("tensorinv", asArray(a, "tensorinv"));
    if (!Number.isInteger(ind) || ind <= 0)
      throw new ArgumentError(`tensorinv: ind must be a positive whole number; got ${show(ind)}.`);
    const [rows, columns] = [x.shape.slice(0, ind), x.shape.slice(ind)];
    if (prod(rows) !== prod(columns)) {
      throw new ShapeError(
        `tensorinv: the first ${ind} axes and the others must have equally many elements; got shape ${shapeString(x.shape)}.`,
      );
    }
    return lax.reshape(inv(lax.reshape(x, [prod(rows), prod(columns)])), [...columns, ...rows]);
  },
);

/**
 * The array x with tensordot(a, x, x.ndim) = b.
 * @param axes axes of `a` that are moved to its end first
 * @throws ShapeError where `a` and `b` make no square system
 * @see jax.numpy.linalg.tensorsolve
 * @example
 * np.linalg.tensorsolve(np.array([[2, 0], [0, 4]]), np.array([2, 4])).js(); // [1, 1]
 */
export const tensorsolve = define(
  "tensorsolve",
  [rightSides, param<[axes: readonly number[] | null]>()("axes", null)],
  [],
  ({ b, axes }, a: ArrayLike): NDArray => {
    const [p, q] = promote("tensorsolve", a, b) as [NDArray, NDArray];
    const moved = (axes ?? []).map((axis) => canonicalAxis(axis, p.ndim, "tensorsolve"));
    const x = lax.transpose(p, [...otherAxes(p.ndim, moved), ...moved]);
    const shape = x.shape.slice(q.ndim);
    if (prod(shape) !== q.size || x.size !== q.size * q.size) {
      throw new ShapeError(
        `tensorsolve: an array of shape ${shapeString(x.shape)} is no square system for a right side of shape ${shapeString(q.shape)}.`,
      );
    }
    const matrix = lax.reshape(x, [q.size, q.size]);
    return lax.reshape(solveWith("tensorsolve", matrix, lax.reshape(q, [q.size])), shape);
  },
);
