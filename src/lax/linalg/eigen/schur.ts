/**
 * @file The Schur form A = Q·T·Qᴴ of complex matrices in Hessenberg form, by QR steps with Wilkinson's shift and deflation
 * (LAPACK's zlahqr). Qᵀ is held, so that what is done to columns of Q runs along rows.
 *
 * A real matrix with real shifts stays real.
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
  select,
  sub,
} from "../../../loops/ir/build.ts";
import { iadd, intConst } from "../../../loops/ir/affine.ts";
import type { Expr, Local } from "../../../loops/ir/ir.ts";
import { type Complex, complexField as z, modulus } from "../elements/complex.ts";
import type { Matrix } from "../elements/matrix.ts";
import { abs, each, hypot, negatedIf, real, sqrt } from "../elements/scalars.ts";
import { type Iterated, deflate, turn } from "./deflation.ts";

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

/** One implicit QR step on rows lo … hi, of at least two. Without `q` only the block itself is kept up to date. */
function qrStep(b: Block, { h, q, size: n }: Iterated<Complex>, lo: Expr, hi: Expr, count: Expr): void {
  const shift = shiftOf(b, h, hi, b.let(sub(hi, 1), "before"), count);
  const x = z.variable(b, z.sub(h.at(lo, lo), shift), "x");
  const y = z.variable(b, h.at(iadd(lo, 1), lo), "y");
  const [left, end] = [q === null ? lo : intConst(0), q === null ? iadd(hi, 1) : n];
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

/** Makes a Hessenberg matrix triangular. Returns whether it converged. */
export function triangularise(b: Block, m: Iterated<Complex>): Local {
  return deflate(
    b,
    m,
    1,
    () => undefined,
    (s, lo, hi, count) => qrStep(s, m, lo, hi, count),
  );
}
