/**
 * @file The Schur form of real matrices: Francis's double steps in real arithmetic (EISPACK's hqr2) down to blocks of one
 * and two rows, and then the triangular form of the blocks that have complex eigenvalues. So eigenvalues are real, or exact
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
import { iadd, intConst } from "../../../loops/ir/affine.ts";
import type { Expr, Local } from "../../../loops/ir/ir.ts";
import { type Complex, complexField as z } from "../elements/complex.ts";
import type { Entries, Matrix } from "../elements/matrix.ts";
import { type Span, abs, each, hypot, indexLocal, max, negatedIf, real, sqrt } from "../elements/scalars.ts";
import { deflate, turn } from "./schur.ts";

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

/** One double step on rows lo … hi, of at least three. Without `factor` only the block itself is kept up to date. */
function doubleStep(
  b: Block,
  h: Matrix<Expr>,
  factor: Matrix<Expr> | null,
  lo: Expr,
  hi: Expr,
  count: Expr,
): void {
  const n = h.rows;
  const [x, y, w] = shiftsOf(b, h, lo, hi, count);
  const first = b.let(h.at(lo, lo), "first");
  const [one, two] = [iadd(lo, 1), iadd(lo, 2)];
  const [dx, dy] = [b.let(sub(x, first), "dx"), b.let(sub(y, first), "dy")];
  // The first column of the product of H less each of the shifts.
  const below = b.let(h.at(one, lo), "below");
  const p = b.variable(add(sub(mul(dx, dy), w), mul(h.at(lo, one), below)), "p");
  const s = b.variable(mul(sub(sub(sub(h.at(one, one), first), dx), dy), below), "s");
  const r = b.variable(mul(h.at(two, one), below), "r");
  const [left, end] = [factor === null ? lo : intConst(0), factor === null ? iadd(hi, 1) : intConst(n)];
  each(b, "k", [lo, hi], (t, k) => {
    const inside = t.let(gt(k, lo), "inside");
    const last = t.let(eq(iadd(k, 1), hi), "last");
    const next = iadd(k, 1);
    const third = indexLocal(t, select(last, hi, iadd(k, 2)), n, "third");
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
function settlePair(b: Block, h: Matrix<Complex>, q: Matrix<Complex> | null, lo: Expr, hi: Expr): void {
  const n = h.rows;
  const below = b.let(h.at(hi, lo).re, "below");
  const d = b.let(h.at(hi, hi).re, "d");
  const half = b.let(mul(sub(h.at(lo, lo).re, d), real(0.5)), "half");
  const w = b.let(mul(below, h.at(lo, hi).re), "w");
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
    const size = hypot(t, below, gap);
    const [f, g] = [z.fromReal(t.let(div(gap, size), "f")), z.fromReal(t.let(div(below, size), "g"))];
    const [left, end] = q === null ? [lo, iadd(hi, 1)] : [intConst(0), intConst(n)];
    turn(t, h.row(lo), h.row(hi), f, g, [lo, end]);
    turn(t, h.column(lo), h.column(hi), f, g, [left, iadd(hi, 1)]);
    if (q !== null) turn(t, q.row(lo), q.row(hi), f, g, [0, n]);
    h.put(t, lo, lo, z.fromReal(add(d, gap)));
    h.put(t, hi, hi, z.fromReal(add(d, other)));
    h.put(t, hi, lo, z.zero);
  });
}

/** Makes the blocks that have complex eigenvalues triangular: the one with positive imaginary part comes first. */
function splitPairs(b: Block, h: Matrix<Complex>, q: Matrix<Complex> | null): void {
  const n = h.rows;
  each(b, "k", [0, n - 1], (y, k) => {
    const next = iadd(k, 1);
    y.if(ne(h.at(next, k).re, 0), (t) => {
      const c = t.let(h.at(next, k).re, "c");
      const [a, d] = [t.let(h.at(k, k).re, "a"), t.let(h.at(next, next).re, "d")];
      const half = t.let(mul(sub(a, d), real(0.5)), "half");
      const square = neg(add(mul(half, half), mul(c, h.at(k, next).re)));
      const im = t.let(sqrt(max(square, 0)), "im");
      const re = t.let(add(d, half), "re");
      if (q !== null) {
        // The eigenvector (λ − d, c) of the block.
        const size = hypot(t, hypot(t, half, im), c);
        const f = z.let(t, z.over({ re: half, im }, size), "f");
        const g = z.fromReal(t.let(div(c, size), "g"));
        turn(t, h.row(k), h.row(next), z.conj(f), g, [k, n]);
        turn(t, h.column(k), h.column(next), f, g, [0, iadd(k, 2)]);
        turn(t, q.row(k), q.row(next), f, g, [0, n]);
      }
      h.put(t, next, k, z.zero);
      h.put(t, k, k, { re, im });
      h.put(t, next, next, { re, im: neg(im) });
    });
  });
}

/** Blocks of one and two rows, where those of two have complex eigenvalues. */
function toBlocks(b: Block, h: Matrix<Complex>, q: Matrix<Complex> | null): Local {
  return deflate(
    b,
    h,
    2,
    (t, lo, hi) => t.if(gt(hi, lo), (s) => settlePair(s, h, q, lo, hi)),
    (t, lo, hi, count) => doubleStep(t, h.part(0), q?.part(0) ?? null, lo, hi, count),
  );
}

/** Makes a real Hessenberg matrix triangular, turning the rows of `q` along. Returns whether it converged. */
export function triangulariseReal(b: Block, h: Matrix<Complex>, q: Matrix<Complex> | null): Local {
  const converged = toBlocks(b, h, q);
  splitPairs(b, h, q);
  return converged;
}

/** Gives the blocks of two rows equal diagonal elements, by rotations (LAPACK's dlanv2). */
function standardisePairs(b: Block, h: Matrix<Complex>, q: Matrix<Complex>): void {
  const n = h.rows;
  each(b, "k", [0, n - 1], (y, k) => {
    const next = iadd(k, 1);
    y.if(ne(h.at(next, k).re, 0), (t) => {
      const sigma = t.let(add(h.at(k, next).re, h.at(next, k).re), "sigma");
      const gap = t.let(sub(h.at(k, k).re, h.at(next, next).re), "gap");
      const tau = hypot(t, sigma, gap);
      t.if(ne(gap, 0), (u) => {
        const cos = u.let(sqrt(mul(add(1, div(abs(sigma), tau)), real(0.5))), "cos");
        const size = u.let(div(mul(gap, real(0.5)), mul(tau, cos)), "size");
        const sin = u.let(negatedIf(ge(sigma, 0), size), "sin");
        const [f, g] = [z.fromReal(cos), z.fromReal(sin)];
        turn(u, h.row(k), h.row(next), f, g, [k, n]);
        turn(u, h.column(k), h.column(next), f, g, [0, iadd(k, 2)]);
        turn(u, q.row(k), q.row(next), f, g, [0, n]);
        const mean = u.let(mul(add(h.at(k, k).re, h.at(next, next).re), real(0.5)), "mean");
        h.put(u, k, k, z.fromReal(mean));
        h.put(u, next, next, z.fromReal(mean));
      });
    });
  });
}

/** The real Schur form of a real Hessenberg matrix, turning the rows of `q` along. Returns whether it converged. */
export function quasiTriangularise(b: Block, h: Matrix<Complex>, q: Matrix<Complex>): Local {
  const converged = toBlocks(b, h, q);
  standardisePairs(b, h, q);
  return converged;
}
