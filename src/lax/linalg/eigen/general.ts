/**
 * @file Eigenvalues and eigenvectors of general matrices: balancing, the Schur form, and substitution
 * (ztrevc). Vectors have norm 1, and a largest element that is real and positive. What is not finite, and an
 * iteration that does not converge, gives NaN.
 *
 * Real matrices are worked on in real numbers, up to the eigenvectors of their triangular form.
 */
import { type Block, and, apply, eq, gt, lt, mul, not, select, sub } from "../../../loops/ir/build.ts";
import { iadd, intConst } from "../../../loops/ir/affine.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { Input, batchOf } from "../elements/arrays.ts";
import { eachBelow, eachBlock, setProduct } from "../elements/blocks.ts";
import { type Complex, complexField as z, modulus } from "../elements/complex.ts";
import { type Field, realField, sumOver } from "../elements/field.ts";
import { type Matrix, type Vector, conjugate, fillScaled, newMatrix, newVector } from "../elements/matrix.ts";
import { type Span, each, indexLocal, max, no, real } from "../elements/scalars.ts";
import type { Routine } from "../families/factorisation.ts";
import { type Balance, balance, newBalance, unbalance } from "./balance.ts";
import { type Iterated, largestOf } from "./deflation.ts";
import { newHessenbergForm } from "./hessenberg-form.ts";
import { blocksIteration, triangleIteration } from "./iteration.ts";
import { splitPairs, turnBack, valuesOf } from "./real-schur.ts";

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

/** A triangular form, and how its vectors become those of the matrix. */
interface Triangle<E> {
  readonly t: Matrix<Complex>;
  /** The triangular form of what the iteration leaves. */
  readonly write: (b: Block, h: Matrix<E>) => void;
  /** From vectors of t to those of what it was made of. */
  readonly turnBack: (b: Block, x: Vector<Complex>) => void;
  /** to[rows] ← x[rows, terms]·q[terms]. */
  readonly combine: (
    b: Block,
    to: Matrix<Complex>,
    x: Matrix<Complex>,
    q: Matrix<E>,
    p: { readonly rows: Span; readonly terms: Span },
  ) => void;
}

/** What is iterated on: real matrices, to blocks of one and two rows, or complex ones, to triangular form. */
interface Kind<E> {
  readonly field: Field<E>;
  readonly input: (a: Input<Complex>) => Input<E>;
  readonly iteration: (b: Block, n: number) => (b: Block, m: Iterated<E>) => Expr;
  readonly values: (b: Block, h: Matrix<E>, to: Vector<Complex>) => void;
  readonly triangle: (b: Block, h: Matrix<E>) => Triangle<E>;
  /** Is an eigenvalue the second of two conjugate ones? */
  readonly isSecond: (value: Complex) => Expr;
}

const ofReal: Kind<Expr> = {
  field: realField,
  input: (a) => new Input(realField, [a.parts[0]]),
  iteration: blocksIteration,
  values: valuesOf,
  triangle: (outer, { rows: n }) => {
    const t = newMatrix(z, outer, n, n, "t");
    const turns = { f: newVector(z, outer, n, "f"), g: newVector(realField, outer, n, "g") };
    return {
      t,
      write: (b, h) => splitPairs(b, h, t, turns),
      turnBack: (b, x) => turnBack(b, x, turns, n),
      combine: (b, to, x, q, p) => {
        for (const part of [0, 1] as const)
          setProduct(b, to.part(part), {
            ...{ ...p, cols: [0, n], size: n },
            x: (k, j) => x.part(part).at(k, j),
            y: (j, i) => q.at(j, i),
          });
      },
    };
  },
  isSecond: (value) => lt(value.im, 0),
};

const ofComplex: Kind<Complex> = {
  field: z,
  input: (a) => a,
  iteration: triangleIteration,
  values: (b, h, to) => each(b, "k", [0, h.rows], (y, k) => to.put(y, k, h.at(k, k))),
  triangle: (_outer, t) => ({
    t,
    write: () => undefined,
    turnBack: () => undefined,
    combine: (b, to, x, q, p) =>
      setProduct(b, to, {
        ...{ ...p, cols: [0, t.rows], size: t.rows },
        x: (k, j) => x.at(k, j),
        y: (j, i) => q.at(j, i),
      }),
  }),
  isSecond: () => no,
};

interface Vectors<E> {
  readonly kind: Kind<E>;
  readonly triangle: Triangle<E>;
  readonly q: Matrix<E>;
  readonly undo: Balance;
  /** Coefficients of the vectors, and the vectors, in rows. */
  readonly x: Matrix<Complex>;
  readonly v: Matrix<Complex>;
  readonly norm: Expr;
  readonly fine: Expr;
}

/** Row k of x ← the eigenvector that belongs to T[k, k], or the conjugate of its left one, in terms of the rows of q. */
function coefficients<E>(b: Block, { triangle, x, norm }: Vectors<E>, left: boolean, k: Expr): void {
  const { t } = triangle;
  const n = t.rows;
  const row = x.row(k);
  const least = mul(z.size(t.at(k, k)), 2 ** -53);
  const floor = select(eq(norm, 0), real(1), mul(norm, 2 ** -500));
  const smallest = b.let(max(least, floor), "smallest");
  each(b, "i", [0, n], (y, i) => row.put(y, i, z.zero));
  substitute(b, t, row, k, smallest, left);
  if (left) conjugate(b, row, [k, n]);
  triangle.turnBack(b, row);
}

/** Column k of `to` ← row k of v, of the balanced matrix, as an eigenvector of A. */
function finish<E>(b: Block, w: Vectors<E>, left: boolean, k: Expr, to: Matrix<Complex>): void {
  const { kind, v, x, triangle } = w;
  const n = triangle.t.rows;
  const vector = x.row(k);
  unbalance(b, v.row(k), vector, w.undo, n, left);
  if (kind.field.isReal)
    b.if(eq(triangle.t.at(k, k).im, 0), (y) =>
      each(y, "i", [0, n], (s, i) => vector.part(1).put(s, i, real(0))),
    );
  normalise(b, vector, n);
  each(b, "i", [0, n], (y, i) => to.put(y, i, k, z.select(w.fine, vector.at(i), z.nan)));
}

/** The eigenvectors, or the left ones: those of a block of rows of T together. */
function vectorsOf<E>(b: Block, w: Vectors<E>, left: boolean, to: Matrix<Complex>): void {
  const { kind, triangle, x, v, q } = w;
  const { t } = triangle;
  const n = t.rows;
  const isSecond = (k: Expr): Expr => kind.isSecond(t.at(k, k));
  eachBlock(b, n, (block, lo, hi) => {
    eachBelow(block, n, [lo, hi], (y, k) => y.if(not(isSecond(k)), (s) => coefficients(s, w, left, k)));
    // The last row may be the first of two that belong together.
    const end = block.within(apply("min", iadd(hi, 1), intConst(n)), 1, n);
    triangle.combine(block, v, x, q, { rows: [lo, hi], terms: left ? [lo, n] : [0, end] });
    eachBelow(block, n, [lo, hi], (y, k) =>
      y.if(
        isSecond(k),
        (s) => {
          const before = indexLocal(s, select(gt(k, 0), sub(k, 1), k), n, "before");
          each(s, "i", [0, n], (s2, i) => to.put(s2, i, k, z.conj(to.at(i, before))));
        },
        (s) => finish(s, w, left, k, to),
      ),
    );
  });
}

/** `isReal`: the imaginary parts are 0. */
export type GeneralParams = { left: boolean; right: boolean; isReal: boolean };

function emit<E>(kind: Kind<E>): Routine<Complex, GeneralParams> {
  return (b, [given], [values, ...vectors], { left }) => {
    const { shape } = given;
    if (shape.includes(0)) return;
    const n = shape[shape.length - 1];
    const f = kind.field;
    const a = kind.input(given);
    const wanted = vectors.length > 0;
    const form = newHessenbergForm(f, b, n, wanted);
    const { h, q } = form;
    const iterate = kind.iteration(b, n);
    const undo = newBalance(b, n);
    const w = newVector(z, b, n, "w");
    const triangle = wanted ? kind.triangle(b, h) : null;
    const [x, v] = wanted ? ["x", "v"].map((name) => newMatrix(z, b, n, n, name)) : [];
    b.nest(batchOf(shape), (y, batch) => {
      const { scale, finite } = fillScaled(y, h, (i, j) => a.at([...batch, i, j]));
      balance(y, h, undo);
      form.reduce(y);
      const converged = iterate(y, { h, q, size: intConst(n) });
      const fine = y.let(and(converged, finite), "fine");
      kind.values(y, h, w);
      const to = values.vector(batch);
      each(y, "k", [0, n], (t, k) => to.put(t, k, z.select(fine, z.over(w.at(k), scale), z.nan)));
      if (q === null || triangle === null) return;
      triangle.write(y, h);
      const norm = largestOf(y, triangle.t, intConst(n));
      const state: Vectors<E> = { kind, triangle, q, undo, x, v, norm, fine };
      vectors.forEach((out, place) => vectorsOf(y, state, left && place === 0, out.matrix(batch)));
    });
  };
}

const emitReal = /* @__PURE__ */ emit(ofReal);
const emitComplex = /* @__PURE__ */ emit(ofComplex);

export const emitEig: Routine<Complex, GeneralParams> = (b, args, outs, params) =>
  (params.isReal ? emitReal : emitComplex)(b, args, outs, params);
