/**
 * @file Derivatives of the Schur form A = Z·T·Zᴴ, for distinct eigenvalues.
 *
 * With M = Zᴴ·Ȧ·Z and Ż = Z·Ω, Ω skew-Hermitian, Ṫ = M − (Ω·T − T·Ω) must vanish below
 * the (block) diagonal. Conjugation by the eigenvectors R of T maps block upper triangular matrices to such, so that below the
 * diagonal blocks Ω is that part of R·Y·R⁻¹ with Yᵢⱼ = (R⁻¹·M·R)ᵢⱼ/(λⱼ − λᵢ) there. What is left free, phases of the columns of
 * Z, does not move (Ω has a zero diagonal); a block of two rows turns such that its diagonal elements stay equal.
 */
import type { NDArray } from "../../core/array.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import { add, div, mul, sub } from "../elementwise/arithmetic.ts";
import { bitwiseAnd, bitwiseNot, bitwiseOr } from "../elementwise/bitwise.ts";
import { eq, gt, le, ne } from "../elementwise/compare.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { abs, sqrt } from "../elementwise/functions.ts";
import { select } from "../elementwise/select.ts";
import { argmin, reduceSum } from "../reductions/reduce.ts";
import { broadcastedIota, full, fullLike } from "../shapes/creation.ts";
import { pad, sliceInDim } from "../shapes/slicing.ts";
import { adjoint, asColumns, asRows, diagonalOf, matmul, realOf, transposed } from "./algebra.ts";
import { eig } from "./eig.ts";
import { linearSolve } from "./lu.ts";

/** Eigenvectors of T in the order of its diagonal blocks, and its eigenvalues in that order. */
function eigenvectors(t: NDArray): [values: NDArray, vectors: NDArray] {
  const n = t.shape[t.ndim - 1];
  const [w, vectors] = eig(t, { computeLeftEigenvectors: false });
  const wide = convertElementType(t, w.dtype);
  // Where there is a block [a b; c a] its eigenvalues are a ± √(bc): the first is the one above.
  const [upper, lower] = [superdiagonal(wide), superdiagonal(transposed(wide))];
  const root = sqrt(mul(upper, lower));
  const exact = sub(add(diagonalOf(wide), padded(root, 0, 1)), padded(root, 1, 0));
  const distance = abs(sub(asColumns(w, n), asRows(exact, n)));
  const nearest = argmin(distance, t.ndim - 2, "int32");
  const chosen = eq(broadcastedIota("int32", t.shape, t.ndim - 2), asRows(nearest, n));
  const order = convertElementType(chosen, w.dtype);
  return [reduceSum(mul(asColumns(w, n), order), [t.ndim - 2]), matmul(vectors, order)];
}

/** The elements beside the diagonal, above it. */
function superdiagonal(x: NDArray): NDArray {
  const n = x.shape[x.ndim - 1];
  const rows = sliceInDim(x, 0, Math.max(0, n - 1), 1, x.ndim - 2);
  return diagonalOf(sliceInDim(rows, Math.min(1, n), n, 1, x.ndim - 1));
}

/** Zeros put before and after the last axis. */
const padded = (x: NDArray, before: number, after: number): NDArray =>
  pad(
    x,
    full([], 0, x.dtype),
    x.shape.map((_, i): [number, number, number] => (i === x.ndim - 1 ? [before, after, 0] : [0, 0, 0])),
  );

/** Ω below the diagonal blocks, for M; `below` is 1 there and 0 elsewhere. */
function turnBelow(t: NDArray, m: NDArray, below: NDArray): NDArray {
  const n = t.shape[t.ndim - 1];
  const [values, r] = eigenvectors(t);
  const s = linearSolve(r, matmul(convertElementType(m, r.dtype), r));
  const mask = convertElementType(below, r.dtype);
  const gaps = sub(asRows(values, n), asColumns(values, n));
  const y = div(mul(s, mask), select(below, gaps, fullLike(gaps, 1)));
  // R·Y·R⁻¹ is the adjoint of what solves with Rᴴ.
  const whole = adjoint(linearSolve(adjoint(r), adjoint(matmul(r, y))));
  const part = isComplex(t.dtype) ? whole : realOf(whole);
  return mul(part, convertElementType(below, t.dtype));
}

/** The tangents of T and Z from that of the matrix. */
export function schurTangents([t, z]: readonly [NDArray, NDArray], rate: NDArray): [NDArray, NDArray] {
  const [row, column] = [t.ndim - 2, t.ndim - 1].map((axis) => broadcastedIota("int32", t.shape, axis));
  const m = matmul(matmul(adjoint(z), rate), z);
  const moved = (omega: NDArray): NDArray => sub(m, sub(matmul(omega, t), matmul(t, omega)));
  const skew = (x: NDArray): NDArray => sub(x, adjoint(x));
  const inBlock = bitwiseAnd(eq(row, add(column, 1)), ne(t, 0));
  const below = bitwiseAnd(gt(row, column), bitwiseNot(inBlock));
  const omega = turnBelow(t, m, below);
  const real = isComplex(t.dtype) ? omega : add(omega, turnWithin(t, moved(skew(omega)), inBlock));
  const turn = skew(real);
  const inside = bitwiseOr(le(row, column), inBlock);
  return [mul(moved(turn), convertElementType(inside, t.dtype)), matmul(z, turn)];
}

/** Ω within blocks [a b; c a]: it adds 2θ(b + c) to what the diagonal elements of Ṫ differ by, which must be 0. */
function turnWithin(t: NDArray, rate: NDArray, inBlock: NDArray): NDArray {
  const n = t.shape[t.ndim - 1];
  const diagonal = diagonalOf(rate);
  const difference = sub(asColumns(diagonal, n), asRows(diagonal, n));
  const sum = select(inBlock, add(t, transposed(t)), fullLike(t, 1));
  const zero = fullLike(t, 0);
  return select(inBlock, div(mul(difference, 0.5), sum), zero);
}
