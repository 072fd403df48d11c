/**
 * @file The part of `scipy.linalg` that factorises and solves: the functions of numpy.linalg and lax.linalg under SciPy's
 * signatures. Arguments about memory and checks (`overwriteA`, `checkFinite`) are accepted and ignored.
 * Source of the conventions: jax/_src/scipy/linalg.py.
 */
import { type Rest, resolveArgs } from "../../arguments/named.ts";
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
import { type Given, given } from "../../numpy/operands/given.ts";
import * as linalg from "../../numpy/linalg/linalg.ts";
import { matrices, solveWith, squareMatrices } from "../../numpy/linalg/operands.ts";
import { matmul } from "../../numpy/products/linear.ts";
import { inexact } from "../../numpy/operands/promote.ts";
import { range } from "../../base/util.ts";

/** What SciPy's functions take about memory and checks; without effect here. */
export interface Ignored {
  readonly overwriteA?: boolean;
  readonly overwriteB?: boolean;
  readonly checkFinite?: boolean;
}

interface LowerOptions extends Ignored {
  readonly lower?: boolean;
}
type LowerRest = Rest<[lower: boolean, overwriteA: boolean, checkFinite: boolean], LowerOptions>;
const lowerNames = ["lower", "overwriteA", "checkFinite"] as const;

function choleskyOf(where: string, a: ArrayLike, lower: boolean): NDArray {
  const x = squareMatrices(where, a);
  const l = lax.linalg.cholesky(lower ? x : adjoint(x), { symmetrizeInput: false });
  return lower ? l : adjoint(l);
}

/**
 * The triangular factor of positive definite matrices: upper R with a = RᴴR, or `lower` L with a = L·Lᴴ; NaN for others.
 * Reads that triangle only; derivatives take perturbations to be symmetric.
 * @see jax.scipy.linalg.cholesky
 */
export function cholesky(a: ArrayLike, ...rest: LowerRest): NDArray {
  const { lower = false } = resolveArgs<LowerOptions>("cholesky", rest, lowerNames);
  return choleskyOf("cholesky", a, lower);
}

/** A Cholesky factor, and whether it is the lower one: what `choSolve` takes. */
export type CholeskyFactor = readonly [c: ArrayLike, lower: boolean];

/** The Cholesky factor for `choSolve`: `[c, lower]`. @see jax.scipy.linalg.cho_factor */
export function choFactor(a: ArrayLike, ...rest: LowerRest): [c: NDArray, lower: boolean] {
  const { lower = false } = resolveArgs<LowerOptions>("choFactor", rest, lowerNames);
  return [choleskyOf("choFactor", a, lower), lower];
}

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

type RightSide = { readonly b?: ArrayLike };

/**
 * The solution x of a·x = b from the Cholesky factor of a.
 * @see jax.scipy.linalg.cho_solve
 * @example
 * const factor = scipy.linalg.choFactor(np.array([[4, 2], [2, 10]]));
 * scipy.linalg.choSolve(factor, np.array([8, 22])).js(); // [1, 2]
 */
export function choSolve(
  cAndLower: CholeskyFactor,
  ...rest: Given<
    [b: ArrayLike, overwriteB: boolean, checkFinite: boolean],
    RightSide & Omit<Ignored, "overwriteA">
  >
): NDArray {
  const o = resolveArgs<RightSide & Ignored>("choSolve", rest, ["b", "overwriteB", "checkFinite"]);
  if (!Array.isArray(cAndLower) || cAndLower.length !== 2)
    throw new ArgumentError("choSolve: expected the pair [c, lower] that choFactor returns.");
  const [c, lower] = cAndLower as CholeskyFactor;
  return withRightSides("choSolve", c, given("choSolve", "b", o.b), (p, q) => solveByCholesky(p, q, lower));
}

interface SolveOptions extends LowerOptions, RightSide {
  readonly debug?: boolean;
  /** What is known of the matrices: "pos" (positive definite) uses their Cholesky factor. */
  readonly assumeA?: "gen" | "sym" | "her" | "pos";
}

/**
 * The solution x of a·x = b. With `assumeA: "pos"` the matrices are positive definite, and only their upper (or `lower`)
 * triangle is read for the solution.
 * @see jax.scipy.linalg.solve
 */
export function solve(
  a: ArrayLike,
  ...rest: Given<[b: ArrayLike, lower: boolean, overwriteA: boolean, overwriteB: boolean], SolveOptions>
): NDArray {
  const o = resolveArgs<SolveOptions>(
    "solve",
    rest,
    ["b", "lower", "overwriteA", "overwriteB"],
    ["debug", "checkFinite", "assumeA"],
  );
  const { lower = false, assumeA = "gen" } = o;
  const b = given("solve", "b", o.b);
  if (!["gen", "sym", "her", "pos"].includes(assumeA))
    throw new ArgumentError(
      `solve: unknown assumeA '${assumeA as string}'; expected "gen", "sym", "her" or "pos".`,
    );
  if (assumeA !== "pos") return solveWith("solve", a, b);
  return withRightSides("solve", a, b, (p, q) => {
    const c = choleskyOf("solve", lax.stopGradient(p), lower);
    // The derivative is that of the system, from the same factor.
    return customLinearSolve(
      (x: NDArray) => matmul(p, x),
      q,
      (_, y: NDArray) => solveByCholesky(c, y, lower),
      // The transpose of a Hermitian matrix is its conjugate.
      isComplex(p.dtype)
        ? { transposeSolve: (_, y: NDArray) => solveByCholesky(conjugated(c), y, lower) }
        : { symmetric: true },
    );
  });
}

/** Which system: 0 or "N": a·x = b; 1 or "T": aᵀ·x = b; 2 or "C": aᴴ·x = b. */
export type Trans = 0 | 1 | 2 | "N" | "T" | "C";

function transposes(where: string, trans: Trans): boolean {
  if (![0, 1, 2, "N", "T", "C"].includes(trans))
    throw new ArgumentError(`${where}: trans must be 0, 1, 2, "N", "T" or "C"; got ${String(trans)}.`);
  return trans !== 0 && trans !== "N";
}

/** The matrices whose transposes belong to aᴴ. */
const turnedFor = (trans: Trans, a: NDArray): NDArray => (trans === 2 || trans === "C" ? conjugated(a) : a);

interface SolveTriangularOptions extends LowerOptions, RightSide {
  readonly trans?: Trans;
  readonly unitDiagonal?: boolean;
  readonly debug?: unknown;
}

/**
 * The solution x of a·x = b (or aᵀ·x = b, aᴴ·x = b: `trans`) for triangular matrices, upper ones unless `lower`.
 * @see jax.scipy.linalg.solve_triangular
 * @example
 * scipy.linalg.solveTriangular(np.array([[2, 0], [1, 4]]), np.array([2, 9]), { lower: true }).js(); // [1, 2]
 */
export function solveTriangular(
  a: ArrayLike,
  ...rest: Given<
    [b: ArrayLike, trans: Trans, lower: boolean, unitDiagonal: boolean, overwriteB: boolean],
    SolveTriangularOptions
  >
): NDArray {
  const o = resolveArgs<SolveTriangularOptions>(
    "solveTriangular",
    rest,
    ["b", "trans", "lower", "unitDiagonal", "overwriteB"],
    ["debug", "checkFinite"],
  );
  const { trans = 0, lower = false, unitDiagonal = false } = o;
  const transposeA = transposes("solveTriangular", trans);
  return withRightSides("solveTriangular", a, given("solveTriangular", "b", o.b), (p, q) =>
    solveTriangle(turnedFor(trans, p), q, { leftSide: true, lower, transposeA, unitDiagonal }),
  );
}

interface LuOptions extends Ignored {
  readonly permuteL?: boolean;
}

/**
 * The LU factorisation a = P·L·U with partial pivoting: `[p, l, u]`, or `[P·L, U]` with `permuteL`.
 * @see jax.scipy.linalg.lu
 */
export function lu(
  a: ArrayLike,
  ...rest: Rest<[permuteL: boolean, overwriteA: boolean, checkFinite: boolean], LuOptions>
): NDArray[] {
  const { permuteL = false } = resolveArgs<LuOptions>("lu", rest, ["permuteL", "overwriteA", "checkFinite"]);
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
  const p = lax.convertElementType(lax.eq(source, lax.broadcastedIota("int32", square, x.ndim - 2)), x.dtype);
  return permuteL ? [matmul(p, l), u] : [p, l, u];
}

/** The factors of `lu` in one matrix, and the row exchanges: what `luSolve` takes. @see jax.scipy.linalg.lu_factor */
export function luFactor(
  a: ArrayLike,
  ...rest: Rest<[overwriteA: boolean, checkFinite: boolean], Ignored>
): [lu: NDArray, piv: NDArray] {
  resolveArgs<Ignored>("luFactor", rest, ["overwriteA", "checkFinite"]);
  const [factors, pivots] = lax.linalg.lu(matrices("luFactor", a));
  return [factors, pivots];
}

/** Rows of x in the order of permutations [..., m]. */
const permuted = (x: NDArray, order: NDArray): NDArray =>
  takeAlong(x, lax.broadcastInDim(order, x.shape, range(x.ndim - 1)), x.ndim - 2);

interface LuSolveOptions extends Ignored, RightSide {
  readonly trans?: Trans;
}

/**
 * The solution x of a·x = b (or aᵀ·x = b, aᴴ·x = b: `trans`) from the factors of a.
 * @see jax.scipy.linalg.lu_solve
 * @example
 * const factors = scipy.linalg.luFactor(np.array([[1, 2], [4, 4]]));
 * scipy.linalg.luSolve(factors, np.array([5, 12])).js(); // [1, 2]
 */
export function luSolve(
  luAndPiv: readonly [lu: ArrayLike, piv: ArrayLike],
  ...rest: Given<[b: ArrayLike, trans: Trans, overwriteB: boolean, checkFinite: boolean], LuSolveOptions>
): NDArray {
  const o = resolveArgs<LuSolveOptions>("luSolve", rest, ["b", "trans", "overwriteB", "checkFinite"]);
  if (!Array.isArray(luAndPiv) || luAndPiv.length !== 2)
    throw new ArgumentError("luSolve: expected the pair [lu, piv] that luFactor returns.");
  const { trans = 0 } = o;
  const flipped = transposes("luSolve", trans);
  const [factors, pivots] = luAndPiv as readonly [ArrayLike, ArrayLike];
  return withRightSides("luSolve", factors, given("luSolve", "b", o.b), (f, b) => {
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
}

/** The determinants of square matrices: `numpy.linalg.det`. @see jax.scipy.linalg.det */
export function det(
  a: ArrayLike,
  ...rest: Rest<[overwriteA: boolean, checkFinite: boolean], Ignored>
): NDArray {
  resolveArgs<Ignored>("det", rest, ["overwriteA", "checkFinite"]);
  return linalg.det(a);
}

/** The inverses of square matrices: `numpy.linalg.inv`. @see jax.scipy.linalg.inv */
export function inv(
  a: ArrayLike,
  ...rest: Rest<[overwriteA: boolean, checkFinite: boolean], Ignored>
): NDArray {
  resolveArgs<Ignored>("inv", rest, ["overwriteA", "checkFinite"]);
  return linalg.inv(a);
}
