/**
 * @file The Schur form A = Q·T·Qᴴ of complex matrices in Hessenberg form, by QR steps with Wilkinson's shift and deflation
 * (LAPACK's zlahqr). Qᵀ is held, so that what is done to columns of Q runs along rows.
 *
 * A real matrix with real shifts stays real.
 */
import {
  type Block,
  add,
  and,
  apply,
  div,
  eq,
  ge,
  gt,
  le,
  lt,
  mul,
  ne,
  not,
  select,
  sub,
} from "../../../loops/ir/build.ts";
import { iadd, intConst } from "../../../loops/ir/affine.ts";
import type { Expr, Local } from "../../../loops/ir/ir.ts";
import { type Complex, complexField as z, modulus } from "../elements/complex.ts";
import { type Entries, type Matrix, fill } from "../elements/matrix.ts";
import { type Span, abs, each, hypot, negatedIf, no, real, sqrt, yes } from "../elements/scalars.ts";

/** Steps that the search for one eigenvalue may take. */
const stepLimit = 90;

/** √z, of non-negative real part. */
function root(b: Block, x: Complex): Complex {
  const size = modulus(b, x);
  const t = b.let(sqrt(mul(add(abs(x.re), size), 0.5)), "t");
  const divisor = select(eq(t, 0), real(1), mul(t, 2));
  const s = b.let(div(x.im, divisor), "s");
  const right = b.let(ge(x.re, 0), "right");
  return {
    re: b.let(select(right, t, abs(s)), "rootRe"),
    im: b.let(select(right, s, negatedIf(lt(x.im, 0), t)), "rootIm"),
  };
}

/** The eigenvalue of the trailing 2 × 2 block that is closer to its last element; now and then something else. */
function shiftOf(b: Block, h: Matrix<Complex>, hi: Expr, before: Expr, count: Expr): Complex {
  const [p, q] = [z.let(b, h.at(before, before), "p"), z.let(b, h.at(before, hi), "q")];
  const [r, s] = [z.let(b, h.at(hi, before), "r"), z.let(b, h.at(hi, hi), "s")];
  const half = z.let(b, z.scale(z.sub(p, s), real(0.5)), "half");
  const product = z.let(b, z.mul(q, r), "product");
  const found = root(b, z.once(b, z.add(z.mul(half, half), product)));
  const opposite = lt(z.dotTerm(half, found).re, 0);
  const d = z.let(b, z.add(half, z.select(opposite, z.neg(found), found)), "d");
  const shift = z.variable(b, s, "shift");
  b.if(z.isNonzero(d), (y) => shift.set(y, z.sub(s, z.quotient(y, product, d))));
  // Steps that lead nowhere: another shift.
  const stuck = eq(apply("rem", count, 10), 9);
  b.if(stuck, (y) => shift.set(y, { re: add(s.re, mul(z.size(r), 0.75)), im: s.im }));
  return shift.value;
}

/** (u, v) ← (f·u + g·v, −ḡ·u + f̄·v) for two rows or two columns, over a span. */
export function turn(
  b: Block,
  u: Entries<Complex>,
  v: Entries<Complex>,
  f: Complex,
  g: Complex,
  span: Span,
): void {
  each(b, "j", span, (y, j) => {
    const [p, q] = [z.kept(y, u.at(j), "p"), z.kept(y, v.at(j), "q")];
    u.put(y, j, z.add(z.mul(f, p), z.mul(g, q)));
    v.put(y, j, z.sub(z.dotTerm(f, q), z.dotTerm(g, p)));
  });
}

/** One implicit QR step on rows lo … hi, of at least two. Without `q` only the block itself is kept up to date. */
function qrStep(
  b: Block,
  h: Matrix<Complex>,
  q: Matrix<Complex> | null,
  lo: Expr,
  hi: Expr,
  count: Expr,
): void {
  const n = h.rows;
  const shift = shiftOf(b, h, hi, b.let(sub(hi, 1), "before"), count);
  const x = z.variable(b, z.sub(h.at(lo, lo), shift), "x");
  const y = z.variable(b, h.at(iadd(lo, 1), lo), "y");
  const [left, end] = [q === null ? lo : intConst(0), q === null ? iadd(hi, 1) : intConst(n)];
  each(b, "k", [lo, hi], (t, k) => {
    const next = iadd(k, 1);
    const inside = t.let(gt(k, lo), "inside");
    const from = t.variable(k, "from");
    t.if(inside, (s) => {
      s.set(from, sub(k, 1));
      x.set(s, h.at(k, from));
      y.set(s, h.at(next, from));
    });
    const size = hypot(t, modulus(t, x.value), modulus(t, y.value));
    t.if(ne(size, 0), (s) => {
      const [f, g] = [z.kept(s, z.over(x.value, size), "f"), z.kept(s, z.over(y.value, size), "g")];
      turn(s, h.row(k), h.row(next), z.conj(f), z.conj(g), [from, end]);
      s.if(inside, (r) => h.put(r, next, from, z.zero));
      const last = s.variable(iadd(k, 3), "last");
      s.if(gt(last, hi), (r) => r.set(last, add(hi, 1)));
      turn(s, h.column(k), h.column(next), f, g, [left, last]);
      if (q !== null) turn(s, q.row(k), q.row(next), f, g, [0, n]);
    });
  });
}

/** Lowers `lo` to the first row of the block that ends there: its coupling to the row before is negligible, and made 0. */
function findStart(b: Block, h: Matrix<Complex>, lo: Local, norm: Expr): void {
  const stop = b.variable(no, "stop");
  b.while(and(not(stop), gt(lo, 0)), (y) => {
    const before = y.let(sub(lo, 1), "before");
    const around = y.let(add(z.size(h.at(before, before)), z.size(h.at(lo, lo))), "around");
    const size = select(eq(around, 0), norm, around);
    y.if(
      le(z.size(h.at(lo, before)), mul(size, 2 ** -53)),
      (t) => {
        h.put(t, lo, before, z.zero);
        t.set(stop, yes);
      },
      (t) => t.set(lo, before),
    );
  });
}

/** The size of the largest element. */
export function largestOf(b: Block, h: Matrix<Complex>): Local {
  const norm = b.variable(real(0), "norm");
  b.nest([h.rows, h.cols], (y, [i, j]) => y.accumulate(norm, "max", z.size(h.at(i, j))));
  return norm;
}

/** What is done with the last block of a Hessenberg matrix that splits from the others: rows lo … hi. */
type OnBlock = (b: Block, lo: Expr, hi: Expr) => void;

/**
 * Steps on the last block of a Hessenberg matrix until it is smaller than `small`, and so on with the block before it, up to
 * the first row. Returns whether it converged.
 * @param settle is given each block once it is small.
 * @param step is given the number of steps that the block has taken, too.
 */
export function deflate(
  b: Block,
  h: Matrix<Complex>,
  small: number,
  settle: OnBlock,
  step: (b: Block, lo: Expr, hi: Expr, count: Expr) => void,
): Local {
  fill(b, h, (i, j) => z.select(gt(i, iadd(j, 1)), z.zero, h.at(i, j)));
  const norm = largestOf(b, h);
  const converged = b.variable(yes, "converged");
  const hi = b.variable(intConst(h.rows - 1), "hi");
  const count = b.variable(intConst(0), "count");
  b.while(gt(hi, 0), (y) => {
    const start = y.variable(hi, "start");
    findStart(y, h, start, norm);
    y.set(count, add(count, 1));
    const [lo, end] = [y.snapshot(start, "lo"), y.snapshot(hi, "end")];
    y.if(
      lt(sub(end, lo), small),
      (t) => {
        settle(t, lo, end);
        t.set(hi, sub(lo, 1));
        t.set(count, intConst(0));
      },
      (t) =>
        t.if(
          gt(count, stepLimit),
          (s) => {
            s.set(converged, no);
            s.set(hi, intConst(0));
          },
          (s) => step(s, lo, end, count),
        ),
    );
  });
  return converged;
}

/** Makes a Hessenberg matrix triangular, turning the rows of `q` along. Returns whether it converged. */
export function triangularise(b: Block, h: Matrix<Complex>, q: Matrix<Complex> | null): Local {
  const settled: OnBlock = () => undefined;
  return deflate(b, h, 1, settled, (s, lo, hi, count) => qrStep(s, h, q, lo, hi, count));
}
