/**
 * @file The Schur form of real matrices: Francis's double steps in real arithmetic (EISPACK's hqr2) down to blocks of one
 * and two rows; and the triangular form of the blocks that have complex eigenvalues. So eigenvalues are real, or exact
 * conjugates of one another.
 */
import {
  type Block,
  add,
  apply,
  div,
  eq,
  ge,
  gt,
  lt,
  mul,
  ne,
  neg,
  select,
  sub,
} from "../../../loops/ir/build.ts";
import { iadd, intConst, isub } from "../../../loops/ir/affine.ts";
import type { Expr, Local } from "../../../loops/ir/ir.ts";
import { type Complex, complexField as z } from "../elements/complex.ts";
import { type Entries, type Matrix, type Vector, fill } from "../elements/matrix.ts";
import { type Span, abs, each, hypot, indexLocal, max, negatedIf, real, sqrt } from "../elements/scalars.ts";
import { type Iterated, deflate, turn } from "./deflation.ts";

/** The trace and the determinant of the shifts of a step: those of the trailing 2 × 2 block, now and then others. */
function shiftsOf(
  b: Block,
  h: Matrix<Expr>,
  lo: Expr,
  hi: Expr,
  count: Expr,
): [x: Local, y: Local, w: Local] {
  const before = b.let(sub(hi, 1), "before");
  const x = b.variable(h.at(hi, hi), "x");
  const y = b.variable(h.at(before, before), "y");
  const w = b.variable(mul(h.at(hi, before), h.at(before, hi)), "w");
  b.if(eq(apply("rem", count, 10), 9), (t) => {
    const s = t.let(add(abs(h.at(hi, before)), abs(h.at(iadd(lo, 1), lo))), "s");
    t.set(x, add(h.at(hi, hi), mul(s, real(0.75))));
    t.set(y, x);
    t.set(w, mul(mul(s, s), real(-0.4375)));
  });
  return [x, y, w];
}

/** Three numbers, as a column. */
type Triple = readonly [Expr, Expr, Expr];

/** x ← x − p·(qᵀ·x) on three rows or columns of a matrix (of which the last two may be one, with p₃ or q₃ = 0). */
function reflect(b: Block, lines: readonly Entries<Expr>[], p: Triple, q: Triple, span: Span): void {
  const [x, y, z] = lines;
  each(b, "c", span, (t, c) => {
    const [u, v, w] = lines.map((line) => t.snapshot(line.at(c), "entry"));
    const dot = t.let(add(mul(q[0], u), add(mul(q[1], v), mul(q[2], w))), "p");
    z.put(t, c, sub(w, mul(dot, p[2])));
    x.put(t, c, sub(u, mul(dot, p[0])));
    y.put(t, c, sub(v, mul(dot, p[1])));
  });
}

/** One double step on rows lo … hi, of at least three. */
function doubleStep(
  b: Block,
  { h, q: factor, size: n }: Iterated<Expr>,
  lo: Expr,
  hi: Expr,
  count: Expr,
): void {
  const [x, y, w] = shiftsOf(b, h, lo, hi, count);
  const first = b.let(h.at(lo, lo), "first");
  const [one, two] = [iadd(lo, 1), iadd(lo, 2)];
  const [dx, dy] = [b.let(sub(x, first), "dx"), b.let(sub(y, first), "dy")];
  // The first column of the product of H less each of the shifts.
  const below = b.let(h.at(one, lo), "below");
  const p = b.variable(add(sub(mul(dx, dy), w), mul(h.at(lo, one), below)), "p");
  const s = b.variable(mul(sub(sub(sub(h.at(one, one), first), dx), dy), below), "s");
  const r = b.variable(mul(h.at(two, one), below), "r");
  const [left, end] = [factor === null ? lo : intConst(0), factor === null ? iadd(hi, 1) : n];
  each(b, "k", [lo, hi], (t, k) => {
    const inside = t.let(gt(k, lo), "inside");
    const last = t.let(eq(iadd(k, 1), hi), "last");
    const next = iadd(k, 1);
    const third = indexLocal(t, select(last, hi, iadd(k, 2)), h.rows, "third");
    const before = t.variable(k, "before");
    t.if(inside, (u) => {
      u.set(before, sub(k, 1));
      u.set(p, h.at(k, before));
      u.set(s, h.at(next, before));
      u.set(r, h.at(third, before));
    });
    t.if(last, (u) => u.set(r, real(0)));
    const size = hypot(t, hypot(t, p, s), r);
    t.if(ne(size, 0), (u) => {
      const norm = u.let(negatedIf(lt(p, 0), size), "norm");
      const head = u.let(add(p, norm), "head");
      // The reflector 1 − column·row.
      const over = (x: Expr, y: Expr, name: string): Expr => u.let(div(x, y), name);
      const column: Triple = [over(head, norm, "fx"), over(s, norm, "fy"), over(r, norm, "fz")];
      const row: Triple = [real(1), over(s, head, "fq"), over(r, head, "fr")];
      const three = (line: (i: Expr) => Entries<Expr>): Entries<Expr>[] => [k, next, third].map(line);
      const [rows, columns] = [three((i) => h.row(i)), three((j) => h.column(j))];
      reflect(u, rows, column, row, [k, end]);
      u.if(inside, (v) => {
        h.put(v, third, before, real(0));
        h.put(v, next, before, real(0));
        h.put(v, k, before, neg(norm));
      });
      const stop = u.variable(iadd(k, 4), "stop");
      u.if(gt(stop, hi), (v) => v.set(stop, add(hi, 1)));
      reflect(u, columns, row, column, [left, stop]);
      // Columns of Q are rows here.
      if (factor !== null)
        reflect(
          u,
          three((j) => factor.row(j)),
          row,
          column,
          [0, n],
        );
    });
  });
}

/** Makes a 2 × 2 block with real eigenvalues triangular. */
export function settlePair(b: Block, { h, q, size }: Iterated<Expr>, lo: Expr, hi: Expr): void {
  const below = b.let(h.at(hi, lo), "below");
  const d = b.let(h.at(hi, hi), "d");
  const half = b.let(mul(sub(h.at(lo, lo), d), real(0.5)), "half");
  const w = b.let(mul(below, h.at(lo, hi)), "w");
  const square = b.let(add(mul(half, half), w), "square");
  b.if(ge(square, 0), (t) => {
    const root = t.let(sqrt(square), "root");
    // Both differences from d: one without cancellation, the other from their product. The larger eigenvalue comes first.
    const right = t.let(ge(half, 0), "right");
    const far = t.let(add(half, select(right, root, neg(root))), "far");
    const near = t.variable(real(0), "near");
    t.if(ne(far, 0), (u) => u.set(near, neg(div(w, far))));
    const gap = t.let(select(right, far, near), "gap");
    const other = t.let(select(right, near, far), "other");
    const length = hypot(t, below, gap);
    const [f, g] = [t.let(div(gap, length), "f"), t.let(div(below, length), "g")];
    const [left, end] = q === null ? [lo, iadd(hi, 1)] : [intConst(0), size];
    turn(t, h.row(lo), h.row(hi), f, g, [lo, end]);
    turn(t, h.column(lo), h.column(hi), f, g, [left, iadd(hi, 1)]);
    if (q !== null) turn(t, q.row(lo), q.row(hi), f, g, [0, size]);
    h.put(t, lo, lo, add(d, gap));
    h.put(t, hi, hi, add(d, other));
    h.put(t, hi, lo, real(0));
  });
}

/** Makes a real Hessenberg matrix one of blocks of one and two rows, where those of two have complex eigenvalues. */
export function toBlocks(b: Block, m: Iterated<Expr>): Local {
  return deflate(
    b,
    m,
    2,
    (t, lo, hi) => t.if(gt(hi, lo), (s) => settlePair(s, m, lo, hi)),
    (t, lo, hi, count) => doubleStep(t, m, lo, hi, count),
  );
}

/** Gives the block of two rows from k on equal diagonal elements, by a rotation (LAPACK's dlanv2). */
export function standardisePair(b: Block, { h, q, size }: Iterated<Expr>, k: Expr, next: Expr): void {
  const sigma = b.let(add(h.at(k, next), h.at(next, k)), "sigma");
  const gap = b.let(sub(h.at(k, k), h.at(next, next)), "gap");
  const tau = hypot(b, sigma, gap);
  b.if(ne(gap, 0), (u) => {
    const cos = u.let(sqrt(mul(add(1, div(abs(sigma), tau)), real(0.5))), "cos");
    const ratio = u.let(div(mul(gap, real(0.5)), mul(tau, cos)), "ratio");
    const sin = u.let(negatedIf(ge(sigma, 0), ratio), "sin");
    turn(u, h.row(k), h.row(next), cos, sin, [k, size]);
    turn(u, h.column(k), h.column(next), cos, sin, [0, iadd(k, 2)]);
    if (q !== null) turn(u, q.row(k), q.row(next), cos, sin, [0, size]);
    const mean = u.let(mul(add(h.at(k, k), h.at(next, next)), real(0.5)), "mean");
    h.put(u, k, k, mean);
    h.put(u, next, next, mean);
  });
}

/** Tells of each block of two rows at which it begins. */
const eachPair = (
  b: Block,
  h: Matrix<Expr>,
  body: (b: Block, k: Expr, next: Expr) => void,
  size: Expr = intConst(h.rows),
): void =>
  each(b, "k", [0, isub(size, 1)], (y, k) => {
    const next = iadd(k, 1);
    y.if(ne(h.at(next, k), 0), (t) => body(t, k, next));
  });

/** Gives all blocks of two rows equal diagonal elements. */
export const standardisePairs = (b: Block, m: Iterated<Expr>): void =>
  eachPair(b, m.h, (t, k, next) => standardisePair(t, m, k, next), m.size);

/** The eigenvalues of a block, which are conjugate: that with positive imaginary part; and half of what its diagonal elements differ by. */
function pairOf(
  b: Block,
  h: Matrix<Expr>,
  k: Expr,
  next: Expr,
): { readonly value: Complex; readonly half: Expr } {
  const d = b.let(h.at(next, next), "d");
  const half = b.let(mul(sub(h.at(k, k), d), real(0.5)), "half");
  const square = neg(add(mul(half, half), mul(h.at(next, k), h.at(k, next))));
  return { value: { re: b.let(add(d, half), "re"), im: b.let(sqrt(max(square, 0)), "im") }, half };
}

/** The eigenvalues of blocks of one and two rows: of two conjugate ones the one with positive imaginary part comes first. */
export function valuesOf(b: Block, h: Matrix<Expr>, to: Vector<Complex>): void {
  each(b, "k", [0, h.rows], (y, k) => to.put(y, k, z.fromReal(h.at(k, k))));
  eachPair(b, h, (y, k, next) => {
    const { value } = pairOf(y, h, k, next);
    to.put(y, k, value);
    to.put(y, next, z.conj(value));
  });
}

/** Rotations of rows k and k + 1, by f and a real g, where there are blocks of two rows. */
export interface PairTurns {
  readonly f: Vector<Complex>;
  readonly g: Vector<Expr>;
}

/** `to` ← the triangular form of blocks of one and two rows, in the order of their eigenvalues. The rotations are noted. */
export function splitPairs(b: Block, h: Matrix<Expr>, to: Matrix<Complex>, turns: PairTurns): void {
  const n = h.rows;
  fill(b, to, (i, j) => z.fromReal(h.at(i, j)));
  each(b, "k", [0, n], (y, k) => turns.g.put(y, k, real(0)));
  eachPair(b, h, (t, k, next) => {
    const c = t.let(h.at(next, k), "c");
    const { value, half } = pairOf(t, h, k, next);
    // The eigenvector (λ − d, c) of the block.
    const size = hypot(t, hypot(t, half, value.im), c);
    const f = z.let(t, z.over({ re: half, im: value.im }, size), "f");
    const g = t.let(div(c, size), "g");
    turn(t, to.row(k), to.row(next), z.conj(f), z.fromReal(g), [k, n]);
    turn(t, to.column(k), to.column(next), f, z.fromReal(g), [0, iadd(k, 2)]);
    turns.f.put(t, k, f);
    turns.g.put(t, k, g);
    to.put(t, next, k, z.zero);
    to.put(t, k, k, value);
    to.put(t, next, next, z.conj(value));
  });
}

/** x, of combinations of the rows turned, becomes the same in terms of the rows that they were. */
export function turnBack(b: Block, x: Vector<Complex>, { f, g }: PairTurns, n: number): void {
  each(b, "k", [0, n - 1], (y, k) =>
    y.if(ne(g.at(k), 0), (t) => {
      const next = iadd(k, 1);
      const [p, q] = [z.kept(t, x.at(k), "p"), z.kept(t, x.at(next), "q")];
      const turned = z.kept(t, f.at(k), "f");
      x.put(t, k, z.sub(z.mul(turned, p), z.scale(q, g.at(k))));
      x.put(t, next, z.add(z.scale(p, g.at(k)), z.dotTerm(turned, q)));
    }),
  );
}
