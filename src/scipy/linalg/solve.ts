/**
 * @file The part of `scipy.linalg` that factorises and solves: the functions of numpy.linalg and lax.linalg under SciPy's
 * signatures. Arguments about memory and checks (`overwriteA`, `checkFinite`) are accepted and ignored.
 * Source of the conventions: jax/_src/scipy/linalg.py.
 */
import { show } from "../../base/checks.ts";
import { type RestOf, define } from "../../arguments/declare.ts";
import { type OptionsOf, param } from "../../arguments/parameters.ts";
import { customLinearSolve } from "../../control-flow/linear/linear-solve.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import { broadcastShapes, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { adjoint, conjugated, eyeOf, tril, triu, withBatch } from "../../lax/linalg/algebra.ts";
import { solveTriangle } from "../../lax/linalg/triangular-solve.ts";
import { takeAlong } from "../../lax/indexing/take.ts";
import * as linalg from "../../numpy/linalg/linalg.ts";
import { matrices, solveWith, squareMatrices } from "../../numpy/linalg/operands.ts";
import { matmul } from "../../numpy/products/linear.ts";
import { inexact } from "../../numpy/operands/promote.ts";
import { range } from "../../base/util.ts";
import * as p from "./parameters.ts";

const memory = [p.overwriteA, p.checkFinite] as const;

function choleskyOf(where: string, a: ArrayLike, lower: boolean): NDArray {
  const x = squareMatrices(where, a);
  const l = lax.linalg.cholesky(lower ? x : adjoint(x), { symmetrizeInput: false });
  return lower ? l : adjoint(l);
}

/**
 * The triangular factor of positive definite matrices: upper R with a = RᴴR, or `lower` L with a = L·Lᴴ; NaN for others.
 * Reads that triangle only; derivatives take perturbations to be symmetric.
 *
 * Parameters: lower = false, overwriteA, checkFinite (ignored).
 * @see jax.scipy.linalg.cholesky
 * @example
 * scipy.linalg.cholesky(np.array([[4, 2], [2, 10]])).js(); // [[2, 1], [0, 3]]
 */
export const cholesky = define("cholesky", [p.lower, ...memory], [], ({ lower }, a: ArrayLike) =>
  choleskyOf("cholesky", a, lower),
);

/** A Cholesky factor, and whether it is the lower one: what `choSolve` takes. */
export type CholeskyFactor = readonly [c: ArrayLike, lower: boolean];

/**
 * The Cholesky factor for `choSolve`: `[c, lower]`. Parameters are those of `cholesky`.
 * @see jax.scipy.linalg.cho_factor
 * @example
 * scipy.linalg.choFactor(np.array([[4, 2], [2, 10]]))[1]; // false
 */
export const choFactor = define(
  "choFactor",
  [p.lower, ...memory],
  [],
  ({ lower }, a: ArrayLike): [c: NDArray, lower: boolean] => [choleskyOf("choFactor", a, lower), lower],
);

/** Runs `solve` on right sides [..., m, n], their leading axes those of the matrices; b may also be vectors [..., m]. */
function withRightSides(
  where: string,
  a: ArrayLike,
  b: ArrayLike,
  solve: (a: NDArray, b: NDArray) => NDArray,
): NDArray {
  const [p, q] = promote(where, a, b).map((x) => inexact(where, x)) as [NDArray, NDArray];
  const matrix = squareMatrices(where, p);
  const single = q.ndim === 1 || q.ndim === matrix.ndim - 1;
  const right = single ? lax.expandDims(q, [q.ndim]) : q;
  const m = matrix.shape[matrix.ndim - 1];
  if (right.ndim < 2 || right.shape[right.ndim - 2] !== m) {
    throw new ShapeError(
      `${where}: for matrices of shape ${shapeString(matrix.shape)} the right side must have ${m} rows; got shape ${shapeString(q.shape)}.`,
    );
  }
  const batch = broadcastShapes([matrix.shape.slice(0, -2), right.shape.slice(0, -2)], where);
  const x = solve(withBatch(matrix, batch), withBatch(right, batch));
  return single ? lax.squeeze(x, [x.ndim - 1]) : x;
}

function solveByCholesky(c: NDArray, b: NDArray, lower: boolean): NDArray {
  const turned = conjugated(c);
  const first = solveTriangle(lower ? c : turned, b, { leftSide: true, lower, transposeA: !lower });
  return solveTriangle(lower ? turned : c, first, { leftSide: true, lower, transposeA: lower });
}

/**
 * The solution x of a·x = b from the Cholesky factor of a.
 *
 * Parameters: b [m] or [..., m, n], overwriteB, checkFinite (ignored).
 * @throws ArgumentError if the factor is not such a pair; ShapeError if the shapes do not fit
 * @see jax.scipy.linalg.cho_solve
 * @example
 * const factor = scipy.linalg.choFactor(np.array([[4, 2], [2, 10]]));
 * scipy.linalg.choSolve(factor, np.array([8, 22])).js(); // [1, 2]
 */
export const choSolve = define(
  "choSolve",
  [p.b, p.overwriteB, p.checkFinite],
  [],
  (o, cAndLower: CholeskyFactor) => {
    if (!Array.isArray(cAndLower) || cAndLower.length !== 2)
      throw new ArgumentError("choSolve: expected the pair [c, lower] that choFactor returns.");
    const [c, lower] = cAndLower as CholeskyFactor;
    return withRightSides("choSolve", c, o.b, (f, q) => solveByCholesky(f, q, lower));
  },
);

/** What is known of the matrices: "pos" (positive definite) uses their Cholesky factor. */
const assumption = param<[assumeA: "gen" | "sym" | "her" | "pos"]>()("assumeA", "gen");

/**
 * The solution x of a·x = b. With `assumeA: "pos"` the matrices are positive definite, and only their upper (or `lower`)
 * triangle is read for the solution.
 *
 * Parameters: b, lower = false; by name: assumeA = "gen" ("sym", "her", "pos"). Others are ignored.
 * @throws ArgumentError for an unknown assumption; ShapeError if the shapes do not fit
 * @see jax.scipy.linalg.solve
 * @example
 * scipy.linalg.solve(np.array([[4, 2], [2, 10]]), np.array([8, 22]), { assumeA: "pos" }).js(); // [1, 2]
 */
export const solve = define(
  "solve",
  [p.b, p.lower, p.overwriteA, p.overwriteB],
  [param<[debug: boolean]>()("debug", false), p.checkFinite, assumption],
  ({ b, lower, assumeA }, a: ArrayLike) => {
    if (!["gen", "sym", "her", "pos"].includes(assumeA))
      throw new ArgumentError(
        `solve: unknown assumeA '${assumeA as string}'; expected "gen", "sym", "her" or "pos".`,
      );
    if (assumeA !== "pos") return solveWith("solve", a, b);
    return withRightSides("solve", a, b, (f, q) => {
      const c = choleskyOf("solve", lax.stopGradient(f), lower);
      // The derivative is that of the system, from the same factor.
      return customLinearSolve(
        (x: NDArray) => matmul(f, x),
        q,
        (_, y: NDArray) => solveByCholesky(c, y, lower),
        // The transpose of a Hermitian matrix is its conjugate.
        isComplex(f.dtype)
          ? { transposeSolve: (_, y: NDArray) => solveByCholesky(conjugated(c), y, lower) }
          : { symmetric: true },
      );
    });
  },
);

function transposes(where: string, trans: p.Trans): boolean {
  if (![0, 1, 2, "N", "T", "C"].includes(trans))
    throw new ArgumentError(`${where}: trans must be 0, 1, 2, "N", "T" or "C"; got ${show(trans)}.`);
  return trans !== 0 && trans !== "N";
}

/** The matrices whose transposes belong to aᴴ. */
const turnedFor = (trans: p.Trans, a: NDArray): NDArray => (trans === 2 || trans === "C" ? conjugated(a) : a);

/**
 * The solution x of a·x = b (or aᵀ·x = b, aᴴ·x = b: `trans`) for triangular matrices, upper ones unless `lower`.
 *
 * Parameters: b, trans = 0 ("N"; 1, "T"; 2, "C"), lower = false, unitDiagonal = false. Others are ignored.
 * @throws ArgumentError for another trans; ShapeError if the shapes do not fit
 * @see jax.scipy.linalg.solve_triangular
 * @example
 * scipy.linalg.solveTriangular(np.array([[2, 0], [1, 4]]), np.array([2, 9]), { lower: true }).js(); // [1, 2]
 */
export const solveTriangular = define(
  "solveTriangular",
  [p.b, p.trans, p.lower, param<[unitDiagonal: boolean]>()("unitDiagonal", false), p.overwriteB],
  [param<[debug: unknown]>()("debug", null), p.checkFinite],
  ({ b, trans, lower, unitDiagonal }, a: ArrayLike) => {
    const transposeA = transposes("solveTriangular", trans);
    return withRightSides("solveTriangular", a, b, (f, q) =>
      solveTriangle(turnedFor(trans, f), q, { leftSide: true, lower, transposeA, unitDiagonal }),
    );
  },
);

const luParams = [param<[permuteL: boolean]>()("permuteL", false), ...memory] as const;

/** What `lu` gives: three matrices, or two where the first is multiplied in. */
export interface Lu {
  (
    a: ArrayLike,
    options?: OptionsOf<typeof luParams> & { readonly permuteL?: false | undefined },
  ): [p: NDArray, l: NDArray, u: NDArray];
  (
    a: ArrayLike,
    options: OptionsOf<typeof luParams> & { readonly permuteL: true },
  ): [pl: NDArray, u: NDArray];
  (a: ArrayLike, ...rest: RestOf<typeof luParams>): NDArray[];
}

/**
 * The LU factorisation a = P·L·U with partial pivoting: `[p, l, u]`, or `[P·L, U]` with `permuteL`.
 *
 * Parameters: permuteL = false, overwriteA, checkFinite (ignored).
 * @see jax.scipy.linalg.lu
 * @example
 * scipy.linalg.lu(np.array([[1, 2], [4, 4]]))[2].js(); // [[4, 4], [0, 1]]
 */
export const lu: Lu = define("lu", luParams, [], ({ permuteL }, a: ArrayLike): NDArray[] => {
  const x = matrices("lu", a);
  const [factors, , permutation] = lax.linalg.lu(x);
  const [m, n] = x.shape.slice(-2);
  const k = Math.min(m, n);
  const batch = x.shape.slice(0, -2);
  const columns = lax.sliceInDim(factors, 0, k, 1, x.ndim - 1);
  const l = lax.add(tril(columns, -1), eyeOf([...batch, m, k], x.dtype));
  const u = triu(lax.sliceInDim(factors, 0, k, 1, x.ndim - 2));
  // Row permutation[j] of A is row j of P⁻¹·A.
  const square = [...batch, m, m];
  const source = lax.broadcastInDim(permutation, square, [...range(x.ndim - 2), x.ndim - 1]);
  const same = lax.eq(source, lax.broadcastedIota("int32", square, x.ndim - 2));
  const rows = lax.convertElementType(same, x.dtype);
  return permuteL ? [matmul(rows, l), u] : [rows, l, u];
}) as Lu;

/**
 * The factors of `lu` in one matrix, and the row exchanges: what `luSolve` takes. Its parameters are ignored.
 * @see jax.scipy.linalg.lu_factor
 * @example
 * scipy.linalg.luFactor(np.array([[1, 2], [4, 4]]))[1].js(); // [1, 1]
 */
export const luFactor = define("luFactor", memory, [], (_, a: ArrayLike): [lu: NDArray, piv: NDArray] => {
  const [factors, pivots] = lax.linalg.lu(matrices("luFactor", a));
  return [factors, pivots];
});

/** Rows of x in the order of permutations [..., m]. */
const permuted = (x: NDArray, order: NDArray): NDArray =>
  takeAlong(x, lax.broadcastInDim(order, x.shape, range(x.ndim - 1)), x.ndim - 2);

/**
 * The solution x of a·x = b (or aᵀ·x = b, aᴴ·x = b: `trans`) from the factors of a.
 *
 * Parameters: b, trans = 0 ("N"; 1, "T"; 2, "C"), overwriteB, checkFinite (ignored).
 * @throws ArgumentError if the factors are not such a pair, for another trans; ShapeError if the shapes do not fit
 * @see jax.scipy.linalg.lu_solve
 * @example
 * const factors = scipy.linalg.luFactor(np.array([[1, 2], [4, 4]]));
 * scipy.linalg.luSolve(factors, np.array([5, 12])).js(); // [1, 2]
 */
export const luSolve = define(
  "luSolve",
  [p.b, p.trans, p.overwriteB, p.checkFinite],
  [],
  ({ trans, ...o }, luAndPiv: readonly [lu: ArrayLike, piv: ArrayLike]) => {
    if (!Array.isArray(luAndPiv) || luAndPiv.length !== 2)
      throw new ArgumentError("luSolve: expected the pair [lu, piv] that luFactor returns.");
    const flipped = transposes("luSolve", trans);
    const [factors, pivots] = luAndPiv as readonly [ArrayLike, ArrayLike];
    return withRightSides("luSolve", factors, o.b, (f, b) => {
      const order = lax.linalg.luPivotsToPermutation(asArray(pivots, "luSolve"), f.shape[f.ndim - 1]);
      const places = lax.broadcastInDim(
        order,
        f.shape.slice(0, -1),
        range(order.ndim, f.ndim - 1 - order.ndim),
      );
      const lower = { leftSide: true, lower: true, transposeA: flipped, unitDiagonal: true };
      const upper = { leftSide: true, lower: false, transposeA: flipped };
      if (!flipped) return solveTriangle(f, solveTriangle(f, permuted(b, places), lower), upper);
      const t = turnedFor(trans, f);
      const x = solveTriangle(t, solveTriangle(t, b, upper), lower);
      // Back from the order of the pivots.
      const [, back] = lax.sort([places, lax.broadcastedIota("int32", places.shape, places.ndim - 1)]);
      return permuted(x, back);
    });
  },
);

/**
 * The determinants of square matrices [..., n, n], of shape [...]: `numpy.linalg.det`. Integers become floats. The
 * derivative is right for singular matrices too.
 *
 * Parameters: overwriteA, checkFinite (ignored).
 * @throws ShapeError unless the last two axes are equally long
 * @see jax.scipy.linalg.det
 * @example
 * scipy.linalg.det(np.array([[1, 2], [3, 4]])).item(); // -2
 * grad(scipy.linalg.det)(np.array([[1, 1], [1, 1]])).js(); // [[1, -1], [-1, 1]]
 */
export const det = define("det", memory, [], (_, a: ArrayLike): NDArray => linalg.det(a));

/**
 * The inverses of square matrices [..., n, n]: `numpy.linalg.inv`. Integers become floats. Of singular matrices the
 * elements are ∞ or NaN. To solve a system use `solve`, which is faster and more exact.
 *
 * Parameters: overwriteA, checkFinite (ignored).
 * @throws ShapeError unless the last two axes are equally long
 * @see jax.scipy.linalg.inv
 * @example
 * scipy.linalg.inv(np.array([[2, 1], [0, 4]])).js(); // [[0.5, -0.125], [0, 0.25]]
 */
export const inv = define("inv", memory, [], (_, a: ArrayLike): NDArray => linalg.inv(a));
