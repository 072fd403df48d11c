/**
 * @file The part of `scipy.linalg` about orthogonal factors: QR, Hessenberg and polar forms, eigenvalues, singular values.
 * Source of the conventions: jax/_src/scipy/linalg.py; JAX's limits are noted where they are lifted.
 */
import { show } from "../../base/checks.ts";
import { type RestOf, define, settle, signature } from "../../arguments/declare.ts";
import { type OptionsOf, type Values, given, param } from "../../arguments/parameters.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { adjoint, asRows, conjugated, eyeOf, transposed, triu } from "../../lax/linalg/algebra.ts";
import { geqrf } from "../../lax/linalg/qr.ts";
import { solveTriangle } from "../../lax/linalg/triangular-solve.ts";
import { matrices, squareMatrices } from "../../numpy/linalg/operands.ts";
import { matmul } from "../../numpy/products/linear.ts";
import { inexact } from "../../numpy/operands/promote.ts";
import * as p from "./parameters.ts";

const svdParams = [
  param<[fullMatrices: boolean]>()("fullMatrices", true),
  param<[computeUv: boolean]>()("computeUv", true),
  p.overwriteA,
  p.checkFinite,
  param<[lapackDriver: string]>()("lapackDriver", "gesdd"),
] as const;
type SvdOptions = OptionsOf<typeof svdParams>;
const svdSignature = signature("svd", 1, svdParams, []);

/**
 * The singular value decomposition of matrices: `[u, s, vh]`, or s alone with `computeUv: false`.
 *
 * Parameters: fullMatrices = true, computeUv = true. Others are ignored.
 * @see jax.scipy.linalg.svd
 * @example
 * scipy.linalg.svd(np.array([[3, 0], [0, 4]]), { computeUv: false }).js(); // [4, 3]
 */
export function svd(
  a: ArrayLike,
  ...rest:
    | [options: SvdOptions & { computeUv: false }]
    | [fullMatrices: boolean, computeUv: false, options?: Omit<SvdOptions, "fullMatrices" | "computeUv">]
): NDArray;
export function svd(a: ArrayLike, ...rest: RestOf<typeof svdParams>): [u: NDArray, s: NDArray, vh: NDArray];
export function svd(a: ArrayLike, ...rest: readonly unknown[]): NDArray | [NDArray, NDArray, NDArray] {
  const { fullMatrices, computeUv } = settle(svdSignature, rest);
  const x = matrices("svd", a);
  return computeUv ? lax.linalg.svd(x, { fullMatrices }) : lax.linalg.svd(x, { computeUv: false });
}

const eigvalsOnly = param<[eigvalsOnly: boolean]>()("eigvalsOnly", false);
const eighParams = [
  param<[b: ArrayLike | null]>()("b", null),
  param<[lower: boolean]>()("lower", true),
  eigvalsOnly,
] as const;
const eighByName = [
  p.overwriteA,
  p.overwriteB,
  param<[turbo: boolean]>()("turbo", true),
  param<[eigvals: null]>()("eigvals", null),
  param<[type: 1]>()("type", 1),
  p.checkFinite,
] as const;
type EighOptions = OptionsOf<[...typeof eighParams, ...typeof eighByName]>;
const eighSignature = signature("eigh", 1, eighParams, eighByName);

/**
 * Eigenvalues in ascending order and eigenvectors (columns) of symmetric or Hermitian matrices: `[w, v]`, or w alone with
 * `eigvalsOnly`. With positive definite `b` those of the problem a·v = w·b·v, normalised to vᴴ·b·v = 1 (beyond JAX). The
 * symmetric (Hermitian) part of `a` is used.
 *
 * Parameters: b = null, lower = true, eigvalsOnly = false. Others are ignored, or must be as they are.
 * @throws ArgumentError if not all eigenvalues are asked for; ShapeError if the matrices differ in shape
 * @see jax.scipy.linalg.eigh
 * @example
 * scipy.linalg.eigh(np.array([[2, 0], [0, 1]]), { eigvalsOnly: true }).js(); // [1, 2]
 */
export function eigh(
  a: ArrayLike,
  ...rest:
    | [options: EighOptions & { eigvalsOnly: true }]
    | [b: ArrayLike | null, lower: boolean, eigvalsOnly: true, options?: Partial<EighOptions>]
): NDArray;
export function eigh(
  a: ArrayLike,
  ...rest: RestOf<typeof eighParams, typeof eighByName>
): [w: NDArray, v: NDArray];
export function eigh(a: ArrayLike, ...rest: readonly unknown[]): NDArray | [NDArray, NDArray] {
  const o = settle(eighSignature, rest);
  if ((o.type as number) !== 1 || o.eigvals !== null)
    throw new ArgumentError("eigh: only type 1 and all eigenvalues are supported; slice the result instead.");
  const x = squareMatrices("eigh", a);
  if (o.b !== null) return generalized(x, o.b, o.eigvalsOnly);
  const [v, w] = lax.linalg.eigh(x, { lower: o.lower });
  return o.eigvalsOnly ? w : [w, v];
}

/** With b = L·Lᴴ the problem of L⁻¹·a·L⁻ᴴ. */
function generalized(a: NDArray, b: ArrayLike, valuesOnly: boolean): NDArray | [NDArray, NDArray] {
  const [x, y] = promote("eigh", a, b).map((z) => inexact("eigh", z)) as [NDArray, NDArray];
  if (x.shape.join() !== y.shape.join())
    throw new ShapeError(
      `eigh: both matrices must have one shape; got ${shapeString(x.shape)} and ${shapeString(y.shape)}.`,
    );
  const l = lax.linalg.cholesky(y);
  const left = solveTriangle(l, x, { leftSide: true, lower: true, transposeA: false });
  const lc = conjugated(l);
  const both = solveTriangle(lc, left, { leftSide: false, lower: true, transposeA: true });
  const [v, w] = lax.linalg.eigh(both);
  return valuesOnly ? w : [w, solveTriangle(lc, v, { leftSide: true, lower: true, transposeA: true })];
}

const selection = [
  param<[select: "a" | "i"]>()("select", "a"),
  param<[selectRange: readonly [number, number] | null]>()("selectRange", null),
] as const;

/**
 * Eigenvalues, in ascending order, of the symmetric tridiagonal matrix with diagonal `d` [n] and off-diagonal `e` [n − 1]:
 * `[w, v]` with eigenvectors (beyond JAX), or w alone with `eigvalsOnly`.
 *
 * Parameters: e; by name: eigvalsOnly = false, select = "a" (all; "i": those from selectRange[0] to selectRange[1], both
 * included), selectRange = null, tol (ignored).
 * @throws ShapeError if the diagonals do not fit; ArgumentError for other selections
 * @see jax.scipy.linalg.eigh_tridiagonal
 * @example
 * scipy.linalg.eighTridiagonal(np.array([2, 1]), np.array([0]), { eigvalsOnly: true }); // Array([1, 2])
 */
export const eighTridiagonal = define(
  "eighTridiagonal",
  [given<[e: ArrayLike]>()("e")],
  [eigvalsOnly, ...selection, param<[tol: number | null]>()("tol", null)],
  (o, d: ArrayLike): NDArray | [w: NDArray, v: NDArray] => {
    const where = "eighTridiagonal";
    const both = promote(where, d, o.e);
    const [x, y] = both.map((z) => inexact(where, z)) as [NDArray, NDArray];
    const n = x.size;
    if (x.ndim !== 1 || y.ndim !== 1 || y.size !== Math.max(0, n - 1))
      throw new ShapeError(
        `${where}: expected a diagonal [n] and an off-diagonal [n - 1]; got shapes ${shapeString(x.shape)} and ${shapeString(y.shape)}.`,
      );
    const one = eyeOf([n, n], x.dtype);
    const above = lax.pad(lax.mul(eyeOf([n - 1, n - 1], x.dtype), asRows(y, n - 1)), 0, [
      [0, 1, 0],
      [1, 0, 0],
    ]);
    const matrix = lax.add(lax.mul(one, asRows(x, n)), lax.add(above, transposed(above)));
    const [v, w] = lax.linalg.eigh(matrix, { symmetrizeInput: false });
    const [from, to] = chosenRange(where, n, o);
    const values = lax.sliceInDim(w, from, to, 1, 0);
    return o.eigvalsOnly ? values : [values, lax.sliceInDim(v, from, to, 1, 1)];
  },
);

function chosenRange(
  where: string,
  n: number,
  { select, selectRange }: Values<typeof selection>,
): [number, number] {
  if (select === "a") return [0, n];
  if ((select as string) !== "i" || selectRange === null)
    throw new ArgumentError(
      `${where}: select must be "a", or "i" with a selectRange; got ${show(select)}. Values in an interval have ` +
        "no fixed number: compare the result instead.",
    );
  const [lo, hi] = selectRange;
  if (!Number.isInteger(lo) || !Number.isInteger(hi) || lo < 0 || hi >= n || lo > hi)
    throw new ArgumentError(`${where}: selectRange must lie within 0 to ${n - 1}; got [${lo}, ${hi}].`);
  return [lo, hi + 1];
}

const pivoting = param<[pivoting: boolean]>()("pivoting", false);

const qrParams = [p.overwriteA, param<[lwork: unknown]>()("lwork", null)] as const;
const qrNamed = [
  param<[mode: "full" | "r" | "economic" | "raw"]>()("mode", "full"),
  pivoting,
  p.checkFinite,
] as const;
type QrOptions = OptionsOf<[...typeof qrParams, ...typeof qrNamed]>;

/** What `qr` gives: both factors, or r alone; the pivots behind them where they are asked for. */
export interface Qr {
  (a: ArrayLike, options: QrOptions & { readonly mode: "r" }): [r: NDArray, ...pivots: NDArray[]];
  (
    a: ArrayLike,
    options: QrOptions & { readonly mode?: "full" | "economic" | undefined; readonly pivoting: true },
  ): [q: NDArray, r: NDArray, pivots: NDArray];
  (
    a: ArrayLike,
    options?: QrOptions & { readonly mode?: "full" | "economic" | "raw" | undefined },
  ): [q: NDArray, r: NDArray, ...rest: NDArray[]];
  (a: ArrayLike, ...rest: RestOf<typeof qrParams, typeof qrNamed>): NDArray[];
}

/**
 * The QR factorisation of matrices [..., m, n]: `[q, r]`, or `[q, r, p]` with `pivoting`, where a[..., p] = q·r.
 *
 * Parameters: overwriteA, lwork (ignored); by name: mode = "full" (q is m × m, no derivative if m > n; "economic": min(m, n)
 * columns; "r": `[r]` and p; "raw": `[h, tau, r]`, LAPACK's reflectors), pivoting = false, checkFinite (ignored).
 * @throws ArgumentError for another mode
 * @see jax.scipy.linalg.qr
 * @example
 * scipy.linalg.qr(np.ones([3, 2]), { mode: "economic" })[0].shape; // [3, 2]
 */
export const qr: Qr = define("qr", qrParams, qrNamed, ({ mode, ...o }, a: ArrayLike): NDArray[] => {
  const x = matrices("qr", a);
  if (mode === "raw" && !o.pivoting) {
    const [h, tau] = geqrf(x);
    return [h, tau, triu(h)];
  }
  if (mode !== "full" && mode !== "economic" && mode !== "r")
    throw new ArgumentError(
      `qr: ${o.pivoting ? "with pivoting, " : ""}the mode must be "full", "economic" or "r"; got ${show(mode)}.`,
    );
  const [q, r, ...order] = lax.linalg.qr(x, { fullMatrices: mode !== "economic", pivoting: o.pivoting });
  return mode === "r" ? [r, ...order] : [q, r, ...order];
}) as Qr;

/**
 * `[c·q, r]` (or with mode "left" `[q·c, r]`) for the economic factorisation a = q·r; a vector c is a row, or a column.
 *
 * Parameters: c, mode = "right" ("left"); by name: pivoting = false, conjugate = false (of q). Others are ignored.
 * @throws ArgumentError for another mode
 * @see jax.scipy.linalg.qr_multiply
 * @example
 * scipy.linalg.qrMultiply(np.eye(2), np.array([1, 2]))[0].shape; // [2]
 */
export const qrMultiply = define(
  "qrMultiply",
  [given<[c: ArrayLike]>()("c"), param<[mode: "left" | "right"]>()("mode", "right")],
  [
    pivoting,
    param<[conjugate: boolean]>()("conjugate", false),
    p.overwriteA,
    param<[overwriteC: boolean]>()("overwriteC", false),
  ],
  ({ mode, ...o }, a: ArrayLike): [product: NDArray, r: NDArray, ...pivots: NDArray[]] => {
    const where = "qrMultiply";
    const both = promote(where, a, o.c);
    const [x, c] = both.map((z) => inexact(where, z)) as [NDArray, NDArray];
    if (mode !== "left" && mode !== "right")
      throw new ArgumentError(`${where}: mode must be "left" or "right"; got ${show(mode)}.`);
    const [q, r, ...order] = lax.linalg.qr(matrices(where, x), { fullMatrices: false, pivoting: o.pivoting });
    const factor = o.conjugate ? conjugated(q) : q;
    return [mode === "left" ? matmul(factor, c) : matmul(c, factor), r, ...order];
  },
);

/**
 * The Hessenberg form h of square matrices, a = q·h·qᴴ; with `calcQ` (by name) `[h, q]`. Has no derivative.
 *
 * Parameters, by name: calcQ = false, overwriteA, checkFinite (ignored).
 * @see jax.scipy.linalg.hessenberg
 * @example
 * scipy.linalg.hessenberg(np.array([[1, 2], [3, 4]])); // Array([[1, 2], [3, 4]])
 */
export const hessenberg = define(
  "hessenberg",
  [],
  [param<[calcQ: boolean]>()("calcQ", false), p.overwriteA, p.checkFinite],
  ({ calcQ }, a: ArrayLike): NDArray | [h: NDArray, q: NDArray] => {
    const x = squareMatrices("hessenberg", a);
    const n = x.shape[x.ndim - 1];
    const [packed, taus] = lax.linalg.hessenberg(x);
    const h = triu(packed, -1);
    if (!calcQ) return h;
    if (n < 2) return [h, eyeOf(x.shape, x.dtype)];
    // The reflectors leave the first row and column alone.
    const below = lax.sliceInDim(lax.sliceInDim(packed, 1, n, 1, x.ndim - 2), 0, n - 1, 1, x.ndim - 1);
    const config = x.shape.map((_, i) => (i < x.ndim - 2 ? ([0, 0, 0] as const) : ([1, 0, 0] as const)));
    const inner = lax.pad(lax.linalg.householderProduct(below, taus), 0, config);
    const corner = lax.pad(
      eyeOf([...x.shape.slice(0, -2), 1, 1], x.dtype),
      0,
      config.map(([lo]) => [0, lo * (n - 1), 0]),
    );
    return [h, lax.add(inner, corner)];
  },
);

/**
 * The polar decomposition of matrices: `[u, p]` with orthonormal u and positive semidefinite p, a = u·p, or with side "left"
 * a = p·u. Computed by singular values, whose derivatives it inherits.
 *
 * Parameters: side = "right" ("left"). Others are ignored.
 * @throws ArgumentError for another side
 * @see jax.scipy.linalg.polar
 * @example
 * scipy.linalg.polar(np.array([[-2, 0], [0, 3]]))[1].js(); // [[2, 0], [0, 3]]
 */
export const polar = define(
  "polar",
  [param<[side: "left" | "right"]>()("side", "right")],
  [
    param<[method: "qdwh" | "svd"]>()("method", "svd"),
    param<[eps: number | null]>()("eps", null),
    param<[maxIterations: number | null]>()("maxIterations", null),
  ],
  ({ side }, a: ArrayLike): [u: NDArray, p: NDArray] => {
    if (side !== "left" && side !== "right")
      throw new ArgumentError(`polar: side must be "left" or "right"; got ${show(side)}.`);
    const [u, s, vh] = lax.linalg.svd(matrices("polar", a), { fullMatrices: false });
    const basis = side === "right" ? adjoint(vh) : u;
    const sizes = lax.convertElementType(s, u.dtype);
    const scaled = lax.mul(basis, asRows(sizes, basis.shape[basis.ndim - 2]));
    return [matmul(u, vh), matmul(scaled, adjoint(basis))];
  },
);
