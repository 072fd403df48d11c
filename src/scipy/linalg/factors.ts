/**
 * @file The part of `scipy.linalg` about orthogonal factors: QR, Hessenberg and polar forms, eigenvalues, singular values.
 * Source of the conventions: jax/_src/scipy/linalg.py; JAX's limits are noted where they are lifted.
 */
import { type Rest, resolveArgs } from "../../arguments/named.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { adjoint, asRows, conjugated, eyeOf, transposed, triu } from "../../lax/linalg/algebra.ts";
import { geqrf } from "../../lax/linalg/qr.ts";
import { solveTriangle } from "../../lax/linalg/triangular-solve.ts";
import { type Given, given } from "../../numpy/operands/given.ts";
import { matrices, squareMatrices } from "../../numpy/linalg/operands.ts";
import { matmul } from "../../numpy/products/linear.ts";
import { inexact } from "../../numpy/operands/promote.ts";
import type { Ignored } from "./solve.ts";

interface SvdOptions extends Ignored {
  readonly fullMatrices?: boolean;
  readonly computeUv?: boolean;
  readonly lapackDriver?: string;
}
type SvdRest = Rest<
  [
    fullMatrices: boolean,
    computeUv: boolean,
    overwriteA: boolean,
    checkFinite: boolean,
    lapackDriver: string,
  ],
  SvdOptions
>;

/**
 * The singular value decomposition of matrices: `[u, s, vh]`, or s alone with `computeUv: false`.
 * @see jax.scipy.linalg.svd
 */
export function svd(
  a: ArrayLike,
  ...rest:
    | [options: SvdOptions & { computeUv: false }]
    | [fullMatrices: boolean, computeUv: false, options?: Omit<SvdOptions, "fullMatrices" | "computeUv">]
): NDArray;
export function svd(a: ArrayLike, ...rest: SvdRest): [u: NDArray, s: NDArray, vh: NDArray];
export function svd(a: ArrayLike, ...rest: readonly unknown[]): NDArray | [NDArray, NDArray, NDArray] {
  const names = ["fullMatrices", "computeUv", "overwriteA", "checkFinite", "lapackDriver"] as const;
  const { fullMatrices = true, computeUv = true } = resolveArgs<SvdOptions>("svd", rest, names);
  const x = matrices("svd", a);
  return computeUv ? lax.linalg.svd(x, { fullMatrices }) : lax.linalg.svd(x, { computeUv: false });
}

interface EighOptions extends Ignored {
  readonly b?: ArrayLike | null;
  readonly lower?: boolean;
  readonly eigvalsOnly?: boolean;
  readonly turbo?: boolean;
  readonly eigvals?: null;
  readonly type?: 1;
}
type EighRest = Rest<[b: ArrayLike | null, lower: boolean, eigvalsOnly: boolean], EighOptions>;
const eighNames = ["b", "lower", "eigvalsOnly"] as const;
const eighOptions = ["overwriteA", "overwriteB", "turbo", "eigvals", "type", "checkFinite"] as const;

/**
 * Eigenvalues in ascending order and eigenvectors (columns) of symmetric or Hermitian matrices: `[w, v]`, or w alone with
 * `eigvalsOnly`. With positive definite `b` those of the problem a·v = w·b·v, normalised to vᴴ·b·v = 1 (beyond JAX). The
 * symmetric (Hermitian) part of `a` is used.
 * @see jax.scipy.linalg.eigh
 */
export function eigh(
  a: ArrayLike,
  ...rest:
    | [options: EighOptions & { eigvalsOnly: true }]
    | [b: ArrayLike | null, lower: boolean, eigvalsOnly: true, options?: Partial<EighOptions>]
): NDArray;
export function eigh(a: ArrayLike, ...rest: EighRest): [w: NDArray, v: NDArray];
export function eigh(a: ArrayLike, ...rest: readonly unknown[]): NDArray | [NDArray, NDArray] {
  const o = resolveArgs<EighOptions>("eigh", rest, eighNames, eighOptions);
  if ((o.type ?? 1) !== 1 || (o.eigvals ?? null) !== null)
    throw new ArgumentError("eigh: only type 1 and all eigenvalues are supported; slice the result instead.");
  const x = squareMatrices("eigh", a);
  const b = o.b ?? null;
  if (b !== null) return generalized(x, b, o.eigvalsOnly === true);
  const [v, w] = lax.linalg.eigh(x, { lower: o.lower ?? true });
  return o.eigvalsOnly === true ? w : [w, v];
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

interface TridiagonalOptions {
  readonly e?: ArrayLike;
  readonly eigvalsOnly?: boolean;
  readonly select?: "a" | "i";
  readonly selectRange?: readonly [number, number] | null;
  readonly tol?: number | null;
}

/**
 * Eigenvalues, in ascending order, of the symmetric tridiagonal matrix with diagonal `d` [n] and off-diagonal `e` [n − 1]:
 * `[w, v]` with eigenvectors (beyond JAX), or w alone with `eigvalsOnly`.
 * @param select (by name) "a": all; "i": those from selectRange[0] to selectRange[1], both included
 * @see jax.scipy.linalg.eigh_tridiagonal
 */
export function eighTridiagonal(
  d: ArrayLike,
  ...rest: Given<[e: ArrayLike], TridiagonalOptions>
): NDArray | [w: NDArray, v: NDArray] {
  const where = "eighTridiagonal";
  const o = resolveArgs<TridiagonalOptions>(
    where,
    rest,
    ["e"],
    ["eigvalsOnly", "select", "selectRange", "tol"],
  );
  const both = promote(where, d, given(where, "e", o.e));
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
  return o.eigvalsOnly === true ? values : [values, lax.sliceInDim(v, from, to, 1, 1)];
}

function chosenRange(
  where: string,
  n: number,
  { select = "a", selectRange = null }: TridiagonalOptions,
): [number, number] {
  if (select === "a") return [0, n];
  if (select !== "i" || selectRange === null)
    throw new ArgumentError(
      `${where}: select must be "a", or "i" with a selectRange; got ${JSON.stringify(select)}. Values in an interval have ` +
        "no fixed number: compare the result instead.",
    );
  const [lo, hi] = selectRange;
  if (!Number.isInteger(lo) || !Number.isInteger(hi) || lo < 0 || hi >= n || lo > hi)
    throw new ArgumentError(`${where}: selectRange must lie within 0 to ${n - 1}; got [${lo}, ${hi}].`);
  return [lo, hi + 1];
}

interface QrOptions extends Ignored {
  readonly lwork?: unknown;
  readonly mode?: "full" | "r" | "economic" | "raw";
  readonly pivoting?: boolean;
}

/**
 * The QR factorisation of matrices [..., m, n]: `[q, r]`, or `[q, r, p]` with `pivoting`, where a[..., p] = q·r.
 * @param mode (by name) "full" (the default): q is m × m, no derivative if m > n; "economic": min(m, n) columns; "r": `[r]`
 * (and p); "raw": `[h, tau, r]`, LAPACK's reflectors
 * @see jax.scipy.linalg.qr
 */
export function qr(a: ArrayLike, ...rest: Rest<[overwriteA: boolean, lwork: unknown], QrOptions>): NDArray[] {
  const o = resolveArgs<QrOptions>("qr", rest, ["overwriteA", "lwork"], ["mode", "pivoting", "checkFinite"]);
  const { mode = "full", pivoting = false } = o;
  const x = matrices("qr", a);
  if (mode === "raw" && !pivoting) {
    const [h, tau] = geqrf(x);
    return [h, tau, triu(h)];
  }
  if (mode !== "full" && mode !== "economic" && mode !== "r")
    throw new ArgumentError(
      `qr: ${pivoting ? "with pivoting, " : ""}the mode must be "full", "economic" or "r"; got ${JSON.stringify(mode)}.`,
    );
  const [q, r, ...p] = lax.linalg.qr(x, { fullMatrices: mode !== "economic", pivoting });
  return mode === "r" ? [r, ...p] : [q, r, ...p];
}

interface QrMultiplyOptions extends Ignored {
  readonly c?: ArrayLike;
  readonly mode?: "left" | "right";
  readonly pivoting?: boolean;
  readonly conjugate?: boolean;
  readonly overwriteC?: boolean;
}

/**
 * `[c·q, r]` (or with mode "left" `[q·c, r]`) for the economic factorisation a = q·r; a vector c is a row, or a column.
 * @see jax.scipy.linalg.qr_multiply
 */
export function qrMultiply(
  a: ArrayLike,
  ...rest: Given<[c: ArrayLike, mode: "left" | "right"], QrMultiplyOptions>
): NDArray[] {
  const where = "qrMultiply";
  const o = resolveArgs<QrMultiplyOptions>(
    where,
    rest,
    ["c", "mode"],
    ["pivoting", "conjugate", "overwriteA", "overwriteC"],
  );
  const both = promote(where, a, given(where, "c", o.c));
  const [x, c] = both.map((z) => inexact(where, z)) as [NDArray, NDArray];
  const { mode = "right" } = o;
  if (mode !== "left" && mode !== "right")
    throw new ArgumentError(`${where}: mode must be "left" or "right"; got '${String(mode)}'.`);
  const [q, r, ...p] = lax.linalg.qr(matrices(where, x), {
    fullMatrices: false,
    pivoting: o.pivoting ?? false,
  });
  const factor = o.conjugate === true ? conjugated(q) : q;
  return [mode === "left" ? matmul(factor, c) : matmul(c, factor), r, ...p];
}

interface HessenbergOptions extends Ignored {
  readonly calcQ?: boolean;
}

/**
 * The Hessenberg form h of square matrices, a = q·h·qᴴ; with `calcQ` (by name) `[h, q]`. Has no derivative.
 * @see jax.scipy.linalg.hessenberg
 */
export function hessenberg(
  a: ArrayLike,
  ...rest: [] | [options: HessenbergOptions | undefined]
): NDArray | [h: NDArray, q: NDArray] {
  const o = resolveArgs<HessenbergOptions>("hessenberg", rest, [], ["calcQ", "overwriteA", "checkFinite"]);
  const x = squareMatrices("hessenberg", a);
  const n = x.shape[x.ndim - 1];
  const [packed, taus] = lax.linalg.hessenberg(x);
  const h = triu(packed, -1);
  if (o.calcQ !== true) return h;
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
}

interface PolarOptions {
  readonly side?: "left" | "right";
  readonly method?: "qdwh" | "svd";
  readonly eps?: number | null;
  readonly maxIterations?: number | null;
}

/**
 * The polar decomposition of matrices: `[u, p]` with orthonormal u and positive semidefinite p, a = u·p, or with side "left"
 * a = p·u. Computed by singular values, whose derivatives it inherits.
 * @see jax.scipy.linalg.polar
 */
export function polar(
  a: ArrayLike,
  ...rest: Rest<[side: "left" | "right"], PolarOptions>
): [u: NDArray, p: NDArray] {
  const o = resolveArgs<PolarOptions>("polar", rest, ["side"], ["method", "eps", "maxIterations"]);
  const { side = "right" } = o;
  if (side !== "left" && side !== "right")
    throw new ArgumentError(`polar: side must be "left" or "right"; got '${String(side)}'.`);
  const [u, s, vh] = lax.linalg.svd(matrices("polar", a), { fullMatrices: false });
  const basis = side === "right" ? adjoint(vh) : u;
  const sizes = lax.convertElementType(s, u.dtype);
  const scaled = lax.mul(basis, asRows(sizes, basis.shape[basis.ndim - 2]));
  return [matmul(u, vh), matmul(scaled, adjoint(basis))];
}
