/**
 * @file Eigenvalues and eigenvectors of general matrices: balancing, the Schur form, and substitution
 * (ztrevc). Vectors have norm 1, and a largest element that is real and positive. What is not finite, and an
 * iteration that does not converge, gives NaN.
 */
import { type Block, and, eq, gt, lt, mul, select, sub } from "../../../loops/ir/build.ts";
import { iadd, intConst } from "../../../loops/ir/affine.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { batchOf } from "../elements/arrays.ts";
import { type Complex, complexField as z, modulus } from "../elements/complex.ts";
import { sumOver } from "../elements/field.ts";
import { type Matrix, type Vector, fillScaled, newMatrix, newVector } from "../elements/matrix.ts";
import { type Span, each, indexLocal, max, real } from "../elements/scalars.ts";
import type { Routine } from "../families/factorisation.ts";
import { type HessenbergState, reduceToHessenberg } from "../orthogonal/hessenberg.ts";
import { accumulateReflectors } from "../orthogonal/householder.ts";
import { type Balance, balance, newBalance, unbalance } from "./balance.ts";
import { triangulariseReal } from "./real-schur.ts";
import { largestOf, triangularise } from "./schur.ts";

/**
 * The eigenvector of the triangular T that belongs to T[k, k]: its elements 0 … k; with `left` the conjugate of the left one:
 * k … n − 1. Numbers below `smallest` count as that.
 */
function substitute(
  b: Block,
  t: Matrix<Complex>,
  x: Vector<Complex>,
  k: Expr,
  smallest: Expr,
  left: boolean,
): void {
  const lambda = z.let(b, t.at(k, k), "lambda");
  x.put(b, k, z.one);
  // x[at] ← −(what the elements of `before` give) / (T[at, at] − λ), and all of x is made smaller if that is large.
  const solve = (y: Block, at: Expr, before: Span, known: Span): void => {
    const sum = sumOver(z, y, before, (s, j) => {
      const [p, q] = left ? [x.at(j), t.at(j, at)] : [t.at(at, j), x.at(j)];
      return z.mul(z.once(s, p), z.once(s, q));
    });
    const gap = z.let(y, z.sub(t.at(at, at), lambda), "gap");
    const tiny = lt(z.size(gap), smallest);
    const d = z.let(y, z.select(tiny, z.fromReal(smallest), gap), "d");
    const value = z.quotient(y, z.neg(sum), d);
    x.put(y, at, value);
    const size = y.let(z.size(value), "size");
    y.if(gt(size, 1e100), (s) => each(s, "j", known, (r, j) => x.put(r, j, z.over(x.at(j), size))));
  };
  if (left) each(b, "j", [iadd(k, 1), t.rows], (y, j) => solve(y, j, [k, j], [k, iadd(j, 1)]));
  else
    each(b, "step", [0, k], (y, step) => {
      const i = indexLocal(y, sub(sub(k, 1), step), t.rows, "i");
      solve(y, i, [iadd(i, 1), iadd(k, 1)], [i, iadd(k, 1)]);
    });
}

/** Norm 1, and the largest element real and positive. */
function normalise(b: Block, v: Vector<Complex>, n: number): void {
  const norm = z.norm(b, [0, n], (i) => v.at(i));
  each(b, "i", [0, n], (y, i) => v.put(y, i, z.over(v.at(i), norm)));
  const best = b.variable(real(-1), "best");
  const place = b.variable(intConst(0), "place");
  each(b, "i", [0, n], (y, i) => {
    const x = z.once(y, v.at(i));
    const size = y.let(z.dotTerm(x, x).re, "size");
    y.if(gt(size, best), (t) => {
      t.set(best, size);
      t.set(place, i);
    });
  });
  const at = indexLocal(b, place, n, "largest");
  const top = z.kept(b, v.at(at), "top");
  const size = modulus(b, top);
  const phase = z.kept(b, z.over(top, size), "phase");
  each(b, "i", [0, n], (y, i) => v.put(y, i, z.dotTerm(phase, z.once(y, v.at(i)))));
  v.put(b, at, z.fromReal(size));
}

interface Vectors {
  readonly t: Matrix<Complex>;
  readonly q: Matrix<Complex>;
  readonly balance: Balance;
  readonly x: Vector<Complex>;
  readonly v: Vector<Complex>;
  readonly norm: Expr;
  readonly isReal: boolean;
}

/** As `vectorOf`; of two conjugate eigenvalues of a real matrix the second has the conjugate vector. */
function columnOf(b: Block, w: Vectors, left: boolean, k: Expr, to: Matrix<Complex>, fine: Expr): void {
  const compute = (y: Block): void => vectorOf(y, w, left, k, to, fine);
  if (!w.isReal) {
    compute(b);
    return;
  }
  b.if(
    lt(w.t.at(k, k).im, 0),
    (y) => {
      const before = indexLocal(y, select(gt(k, 0), sub(k, 1), k), to.cols, "before");
      each(y, "i", [0, to.rows], (t, i) => to.put(t, i, k, z.conj(to.at(i, before))));
    },
    compute,
  );
}

/** Column k of `to` ← the eigenvector of A, from D·Q·x, or of its adjoint, from D⁻¹·Q·x̄. */
function vectorOf(b: Block, w: Vectors, left: boolean, k: Expr, to: Matrix<Complex>, fine: Expr): void {
  const { t, q, x, v } = w;
  const n = t.rows;
  const least = mul(z.size(t.at(k, k)), 2 ** -53);
  const floor = select(eq(w.norm, 0), real(1), mul(w.norm, 2 ** -500));
  const smallest = b.let(max(least, floor), "smallest");
  substitute(b, t, x, k, smallest, left);
  each(b, "i", [0, n], (y, i) => v.put(y, i, z.zero));
  const span: Span = left ? [k, n] : [0, iadd(k, 1)];
  each(b, "j", span, (row, j) => {
    const f = z.let(row, left ? z.conj(x.at(j)) : x.at(j), "f");
    each(row, "i", [0, n], (y, i) => v.put(y, i, z.add(v.at(i), z.mul(f, z.once(y, q.at(j, i))))));
  });
  unbalance(b, v, x, w.balance, n, left);
  if (w.isReal)
    b.if(eq(t.at(k, k).im, 0), (y) => each(y, "i", [0, n], (s, i) => x.part(1).put(s, i, real(0))));
  normalise(b, x, n);
  each(b, "i", [0, n], (y, i) => to.put(y, i, k, z.select(fine, x.at(i), z.nan)));
}

/** `isReal`: the imaginary parts are 0. */
export type GeneralParams = { left: boolean; right: boolean; isReal: boolean };

/** The Schur form of the balanced matrix in `h`. Returns whether it was found. */
function decompose(
  b: Block,
  state: HessenbergState<Complex>,
  undo: Balance,
  q: Matrix<Complex> | null,
  isReal: boolean,
): Expr {
  const { h, taus } = state;
  balance(b, h, undo);
  reduceToHessenberg(b, state);
  if (q !== null) {
    const reflectors = { count: h.rows - 1, taus, shift: 1, v: (k: Expr) => h.column(k) };
    accumulateReflectors(b, q, reflectors, h.rows);
  }
  return (isReal ? triangulariseReal : triangularise)(b, h, q);
}

export const emitEig: Routine<Complex, GeneralParams> = (
  b,
  [a],
  [values, ...vectors],
  { left, right, isReal },
) => {
  const { shape } = a;
  if (shape.includes(0)) return;
  const n = shape[shape.length - 1];
  const h = newMatrix(z, b, n, n, "h");
  const [taus, reflected, work] = ["taus", "v", "work"].map((name) => newVector(z, b, n, name));
  const state: HessenbergState<Complex> = { h, taus, v: reflected, work };
  const undo = newBalance(b, n);
  const q = left || right ? newMatrix(z, b, n, n, "q") : null;
  const [x, v] = [newVector(z, b, n, "x"), newVector(z, b, n, "vector")];
  b.nest(batchOf(shape), (y, batch) => {
    const { scale, finite } = fillScaled(y, h, (i, j) => a.at([...batch, i, j]));
    const converged = decompose(y, state, undo, q, isReal);
    const fine = y.let(and(converged, finite), "fine");
    const to = values.vector(batch);
    each(y, "k", [0, n], (t, k) => to.put(t, k, z.select(fine, z.over(h.at(k, k), scale), z.nan)));
    if (q === null) return;
    const w: Vectors = { t: h, q, balance: undo, x, v, norm: largestOf(y, h), isReal };
    vectors.forEach((out, place) => {
      const columns = out.matrix(batch);
      each(y, "k", [0, n], (t, k) => columnOf(t, w, left && place === 0, k, columns, fine));
    });
  });
};
