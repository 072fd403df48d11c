/**
 * @file Fields: what the elements of matrices are in loop programs, with the arithmetic that factorisations are written in, once
 * for real numbers (one expression) and for complex ones (two).
 *
 * Over real numbers an operation is the one expression that its name says: a conjugate is the number itself, and nothing is
 * named or kept that the real computation reads only once.
 */
import { type Block, add, div, mul, ne, neg, select, sub } from "../../../loops/ir/build.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { type Span, abs, hypot, normOver, real } from "./scalars.ts";

/** A mutable element. */
export interface Variable<E> {
  readonly value: E;
  /** The new value may be in terms of the present one. */
  set(b: Block, value: E): void;
  add(b: Block, value: E): void;
}

/** Operations on elements `E`. Those that emit statements take the block. */
export interface Field<E> {
  /** Is each element its own conjugate? */
  readonly isReal: boolean;
  readonly zero: E;
  readonly one: E;
  readonly nan: E;
  /** The names of the arrays that hold the elements of one array. */
  readonly names: (name: string) => readonly string[];
  /** The element of which the arrays hold these. */
  readonly of: (parts: readonly Expr[]) => E;
  /** The parts of an element. */
  readonly parts: (x: E) => readonly Expr[];
  /** Of which parts of x and y, multiplied, the parts of x·y are the sums; with true, minus the product. */
  readonly products: readonly (readonly [part: number, x: number, y: number, minus: boolean])[];
  /** What the arrays are to hold: all of it is computed before the first is stored. */
  readonly stored: (b: Block, x: E) => readonly Expr[];

  readonly fromReal: (x: Expr) => E;
  readonly re: (x: E) => Expr;
  readonly neg: (x: E) => E;
  readonly conj: (x: E) => E;
  readonly add: (x: E, y: E) => E;
  readonly sub: (x: E, y: E) => E;
  readonly mul: (x: E, y: E) => E;
  /** x̄·y */
  readonly dotTerm: (x: E, y: E) => E;
  /** x·ȳ */
  readonly mulConj: (x: E, y: E) => E;
  /** x·r and r·x, x / r and r − x, for real r. */
  readonly scale: (x: E, r: Expr) => E;
  readonly scaled: (r: Expr, x: E) => E;
  readonly over: (x: E, r: Expr) => E;
  readonly realMinus: (r: Expr, x: E) => E;
  /** x / y without overflow of squares; NaN for y = 0. */
  readonly quotient: (b: Block, x: E, y: E) => E;
  readonly select: (test: Expr, x: E, y: E) => E;
  /** x, without its imaginary part where the test holds. */
  readonly realWhere: (test: Expr, x: E) => E;

  /** |x| or, large where that is, |re| + |im|. */
  readonly size: (x: E) => Expr;
  /** The magnitude of the larger part. */
  readonly largestPart: (x: E) => Expr;
  readonly isNonzero: (x: E) => Expr;
  /** Does the test hold, or is x not real? */
  readonly orNotReal: (test: Expr, x: E) => Expr;
  /** √(|x|² + r²) for real r, without overflow or underflow. */
  readonly hypot: (b: Block, x: E, r: Expr) => Expr;
  /** √(Σ |value(i)|²), without overflow or underflow. */
  readonly norm: (b: Block, span: Span, value: (i: Expr) => E) => Expr;

  /** The value under a name, so that it is computed once. */
  readonly let: (b: Block, x: E, name: string) => E;
  /** The value under a name where arithmetic reads it several times; a real number as it is. */
  readonly once: (b: Block, x: E, name?: string) => E;
  /** The present value, kept while what it was read from changes. */
  readonly kept: (b: Block, x: E, name?: string) => E;
  /** The conjugate of a present value, kept; a real number as it is. */
  readonly keptConj: (b: Block, x: E, name: string) => E;
  readonly variable: (b: Block, init: E, name: string) => Variable<E>;
}

export const realField: Field<Expr> = {
  isReal: true,
  zero: real(0),
  one: real(1),
  nan: real(NaN),
  names: (name) => [name],
  of: ([x]) => x,
  parts: (x) => [x],
  products: [[0, 0, 0, false]],
  stored: (_b, x) => [x],
  fromReal: (x) => x,
  re: (x) => x,
  neg,
  conj: (x) => x,
  add,
  sub,
  mul,
  dotTerm: mul,
  mulConj: mul,
  scale: mul,
  scaled: mul,
  over: div,
  realMinus: sub,
  quotient: (_b, x, y) => div(x, y),
  select,
  realWhere: (_test, x) => x,
  size: abs,
  largestPart: abs,
  isNonzero: (x) => ne(x, 0),
  orNotReal: (test) => test,
  hypot,
  norm: normOver,
  let: (b, x, name) => b.let(x, name),
  once: (_b, x) => x,
  kept: (b, x, name = "kept") => b.snapshot(x, name),
  keptConj: (_b, x) => x,
  variable: (b, init, name) => {
    const local = b.variable(init, name);
    return {
      value: local,
      set: (y, value) => y.set(local, value),
      add: (y, value) => y.accumulate(local, "add", value),
    };
  },
};

/** Σ value(i) over a span. */
export function sumOver<E>(f: Field<E>, b: Block, span: Span, value: (b: Block, i: Expr) => E): E {
  const total = f.variable(b, f.zero, "sum");
  b.for(...span, (x, i) => total.add(x, value(x, i)), "k");
  return total.value;
}
