/** @file The field of complex numbers: two expressions both, of which arithmetic reads both several times. */
import { type Block, add, div, ge, mul, ne, neg, or, select, sub } from "../../../loops/ir/build.ts";
import type { Expr, Local } from "../../../loops/ir/ir.ts";
import type { Field } from "./field.ts";
import { abs, hypot, max, normOver, real } from "./scalars.ts";

/** A complex number of the computation. */
export interface Complex {
  readonly re: Expr;
  readonly im: Expr;
}

const both = (x: Complex, f: (part: Expr) => Expr): Complex => ({ re: f(x.re), im: f(x.im) });
const fromReal = (x: Expr): Complex => ({ re: x, im: real(0) });

/** Both parts under names, so that they are computed once. */
const named = (b: Block, x: Complex, name = "z"): Complex => ({
  re: b.let(x.re, `${name}Re`),
  im: b.let(x.im, `${name}Im`),
});

const kept = (b: Block, x: Complex, name = "kept"): Complex => ({
  re: b.snapshot(x.re, `${name}Re`),
  im: b.snapshot(x.im, `${name}Im`),
});

const conj = (x: Complex): Complex => ({ re: x.re, im: neg(x.im) });
const size = (x: Complex): Expr => add(abs(x.re), abs(x.im));

const dotTerm = (x: Complex, y: Complex): Complex => ({
  re: add(mul(x.re, y.re), mul(x.im, y.im)),
  im: sub(mul(x.re, y.im), mul(x.im, y.re)),
});

/** R. L. Smith, Algorithm 116, 1962. */
function quotient(b: Block, numerator: Complex, y: Complex): Complex {
  const x = named(b, numerator);
  const byRe = b.let(ge(abs(y.re), abs(y.im)), "byRe");
  const p = b.let(select(byRe, y.re, y.im), "p");
  const q = b.let(select(byRe, y.im, y.re), "q");
  const r = b.let(div(q, p), "r");
  const d = b.let(add(p, mul(q, r)), "d");
  const u = b.let(select(byRe, x.re, x.im), "u");
  const v = b.let(select(byRe, x.im, x.re), "w");
  const t = b.let(div(sub(v, mul(u, r)), d), "t");
  return {
    re: b.let(div(add(u, mul(v, r)), d), "quotientRe"),
    im: b.let(select(byRe, t, neg(t)), "quotientIm"),
  };
}

/** |x|, without overflow or underflow. */
export const modulus = (b: Block, x: Complex): Local => hypot(b, x.re, x.im);

export const complexField: Field<Complex> = {
  isReal: false,
  zero: fromReal(real(0)),
  one: fromReal(real(1)),
  nan: { re: real(NaN), im: real(NaN) },
  names: (name) => [`${name}Re`, `${name}Im`],
  of: ([re, im]) => ({ re, im }),
  parts: ({ re, im }) => [re, im],
  products: [
    [0, 0, 0, false],
    [0, 1, 1, true],
    [1, 0, 1, false],
    [1, 1, 0, false],
  ],
  stored: (b, x) => {
    const { re, im } = named(b, x, "put");
    return [re, im];
  },
  fromReal,
  re: (x) => x.re,
  neg: (x) => both(x, neg),
  conj,
  add: (x, y) => ({ re: add(x.re, y.re), im: add(x.im, y.im) }),
  sub: (x, y) => ({ re: sub(x.re, y.re), im: sub(x.im, y.im) }),
  mul: (x, y) => ({
    re: sub(mul(x.re, y.re), mul(x.im, y.im)),
    im: add(mul(x.re, y.im), mul(x.im, y.re)),
  }),
  dotTerm,
  mulConj: (x, y) => dotTerm(y, x),
  scale: (x, r) => both(x, (part) => mul(part, r)),
  scaled: (r, x) => both(x, (part) => mul(part, r)),
  over: (x, r) => both(x, (part) => div(part, r)),
  realMinus: (r, x) => ({ re: sub(r, x.re), im: neg(x.im) }),
  quotient,
  select: (test, x, y) => ({ re: select(test, x.re, y.re), im: select(test, x.im, y.im) }),
  realWhere: (test, x) => ({ re: x.re, im: select(test, real(0), x.im) }),
  size,
  largestPart: (x) => max(abs(x.re), abs(x.im)),
  isNonzero: (x) => ne(size(x), 0),
  orNotReal: (test, x) => or(test, ne(x.im, 0)),
  hypot: (b, x, r) => hypot(b, modulus(b, x), r),
  norm: (b, span, value) => {
    const [re, im] = [normOver(b, span, (i) => value(i).re), normOver(b, span, (i) => value(i).im)];
    return hypot(b, re, im);
  },
  let: named,
  once: named,
  kept,
  keptConj: (b, x, name) => kept(b, conj(x), name),
  variable: (b, init, name) => {
    const value = { re: b.variable(init.re, `${name}Re`), im: b.variable(init.im, `${name}Im`) };
    return {
      value,
      set: (y, next) => {
        const { re, im } = kept(y, next, "next");
        y.set(value.re, re);
        y.set(value.im, im);
      },
      add: (y, term) => {
        y.accumulate(value.re, "add", term.re);
        y.accumulate(value.im, "add", term.im);
      },
    };
  },
};
