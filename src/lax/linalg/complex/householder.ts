/**
 * @file Householder reflectors of complex columns, H = 1 − τ·v·vᴴ with LAPACK's conventions (zlarfg): v has a leading 1 that
 * is not stored, Hᴴ maps a column to a real multiple β of the first unit vector, β opposite in sign to the real part of the
 * column's first element. A column that is a real multiple already has τ = 0.
 */
import { type Block, type Operand, apply } from "../../../loops/ir/build.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { type Index, hypot, real } from "../matrix.ts";
import * as z from "./matrix.ts";

type Span = readonly [Operand, Operand];

/** Replaces x[head] by β and the elements of `rest` by those of v, and returns τ. */
export function reflector(b: Block, x: z.ZEntries, head: Index, rest: Span): z.ZLocal {
  const tau = z.variable(b, z.zero, "tau");
  const norm = z.norm(b, ...rest, (i) => x.at(i));
  const alpha = z.kept(b, x.at(head), "alpha");
  b.if(apply("or", apply("ne", norm, 0), apply("ne", alpha.im, 0)), (y) => {
    const size = hypot(y, hypot(y, alpha.re, alpha.im), norm);
    const beta = y.let(apply("select", apply("lt", alpha.re, 0), size, apply("neg", size)), "beta");
    y.set(tau.re, apply("div", apply("sub", beta, alpha.re), beta));
    y.set(tau.im, apply("div", apply("neg", alpha.im), beta));
    const pivot = z.named(y, { re: apply("sub", alpha.re, beta), im: alpha.im }, "pivot");
    y.for(...rest, (t, i) => x.put(t, i, z.quotient(t, z.named(t, x.at(i)), pivot)), "i");
    x.put(y, head, z.zreal(beta));
  });
  return tau;
}

const isNot0 = (x: z.Z): Expr => apply("or", apply("ne", x.re, 0), apply("ne", x.im, 0));

/**
 * a ← H·a (with the conjugate of τ: Hᴴ·a) for the rows `head` and `rest`, columns lo … hi − 1, along the rows; `v` holds the
 * elements of v after the first. `work` is overwritten.
 */
export function reflectRows(
  b: Block,
  a: z.ZMatrix,
  v: (i: Expr) => z.Z,
  tau: z.Z,
  head: Index,
  rest: Span,
  [lo, hi]: Span,
  work: z.ZVector,
): void {
  b.if(isNot0(tau), (y) => {
    y.for(lo, hi, (t, j) => work.put(t, j, a.at(head, j)), "j");
    y.for(
      ...rest,
      (row, i) => {
        const f = z.named(row, v(i), "f");
        row.for(
          lo,
          hi,
          (t, j) => work.put(t, j, z.add(work.at(j), z.dotTerm(f, z.named(t, a.at(i, j))))),
          "j",
        );
      },
      "i",
    );
    const minus = (t: Block, i: Index, factor: z.Z): void =>
      t.for(lo, hi, (x, j) => a.put(x, i, j, z.sub(a.at(i, j), z.mul(factor, z.named(x, work.at(j))))), "j");
    minus(y, head, tau);
    y.for(...rest, (row, i) => minus(row, i, z.named(row, z.mul(tau, z.named(row, v(i))), "f")), "i");
  });
}

/** row r ← (H·rowᵀ)ᵀ of a matrix, over `span`, for the whole of v (its 1 included). */
export function reflectVector(
  b: Block,
  a: z.ZMatrix,
  r: Index,
  v: (b: Block, k: Expr) => z.Z,
  tau: z.Z,
  span: Span,
): void {
  const dot = z.sumOver(b, ...span, (x, k) => z.dotTerm(v(x, k), z.named(x, a.at(r, k))));
  const f = z.kept(b, z.mul(tau, dot), "f");
  b.for(...span, (x, k) => a.put(x, r, k, z.sub(a.at(r, k), z.mul(f, v(x, k)))), "k");
}

/** The element k of v, which has a 1 at `head`. */
export const leadingOne =
  (at: (k: Expr) => z.Z, head: Expr) =>
  (b: Block, k: Expr): z.Z => {
    const first = b.let(apply("eq", k, head), "first");
    const x = at(k);
    return {
      re: b.let(apply("select", first, real(1), x.re), "vRe"),
      im: b.let(apply("select", first, real(0), x.im), "vIm"),
    };
  };
