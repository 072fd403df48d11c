/**
 * @file Householder reflectors H = 1 − τ·v·vᴴ in loop programs, with LAPACK's conventions (larfg): v has a leading 1 that is
 * not stored, Hᴴ maps a column to a real multiple β of the first unit vector, β opposite in sign to the real part of the
 * column's first element. A column that is a real multiple already has τ = 0 (its sign stays).
 */
import { type Block, eq, lt, ne, neg, select } from "../../../loops/ir/build.ts";
import { iadd } from "../../../loops/ir/affine.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { sumOver } from "../elements/field.ts";
import { type Entries, type Index, type Matrix, type Vector, fillIdentity } from "../elements/matrix.ts";
import { type Span, each, eachFromEnd } from "../elements/scalars.ts";

/** Replaces x[head] by β and the elements of `rest` by those of v, and returns τ. */
export function reflector<E>(b: Block, x: Entries<E>, head: Index, rest: Span): E {
  const f = x.field;
  const tau = f.variable(b, f.zero, "tau");
  const norm = f.norm(b, rest, (i) => x.at(i));
  b.if(f.orNotReal(ne(norm, 0), x.at(head)), (y) => {
    const alpha = f.let(y, x.at(head), "alpha");
    const size = f.hypot(y, alpha, norm);
    const beta = y.let(select(lt(f.re(alpha), 0), size, neg(size)), "beta");
    tau.set(y, f.over(f.realMinus(beta, alpha), beta));
    const pivot = f.let(y, f.sub(alpha, f.fromReal(beta)), "pivot");
    each(y, "i", rest, (z, i) => x.put(z, i, f.quotient(z, x.at(i), pivot)));
    x.put(y, head, f.fromReal(beta));
  });
  return tau.value;
}

/**
 * a ← H·a (with the conjugate of τ: Hᴴ·a) for the rows `head` and `rest` and the columns `cols`, along the rows; `v` holds the
 * elements of v after the first. `work` is overwritten.
 */
export function reflectRows<E>(
  b: Block,
  a: Matrix<E>,
  v: (i: Expr) => E,
  tau: E,
  head: Index,
  rest: Span,
  cols: Span,
  work: Vector<E>,
): void {
  const f = a.field;
  const minus = (y: Block, i: Index, factor: E): void =>
    each(y, "j", cols, (z, j) => a.put(z, i, j, f.sub(a.at(i, j), f.mul(factor, f.once(z, work.at(j))))));
  b.if(f.isNonzero(tau), (y) => {
    each(y, "j", cols, (z, j) => work.put(z, j, a.at(head, j)));
    each(y, "i", rest, (row, i) => {
      const factor = f.let(row, v(i), "f");
      each(row, "j", cols, (z, j) =>
        work.put(z, j, f.add(work.at(j), f.dotTerm(factor, f.once(z, a.at(i, j))))),
      );
    });
    minus(y, head, tau);
    each(y, "i", rest, (row, i) => minus(row, i, f.let(row, f.mul(tau, f.once(row, v(i))), "f")));
  });
}

/** x ← (H·xᵀ)ᵀ for a row x, over `span`, for the whole of v (its 1 included). */
export function reflectVector<E>(
  b: Block,
  x: Entries<E>,
  v: (b: Block, k: Expr) => E,
  tau: E,
  span: Span,
): void {
  const f = x.field;
  const dot = sumOver(f, b, span, (y, k) => {
    const vk = v(y, k);
    return f.mulConj(f.once(y, x.at(k)), vk);
  });
  const factor = f.let(b, f.mul(tau, dot), "f");
  each(b, "j", span, (y, k) => x.put(y, k, f.sub(x.at(k), f.mul(factor, v(y, k)))));
}

/** The element k of v, which has a 1 at `head` and further ones in `x`. */
export const leadingOne =
  <E>(x: Entries<E>, head: Expr) =>
  (b: Block, k: Expr): E => {
    const f = x.field;
    const first = b.let(eq(k, head), "first");
    return f.let(b, f.select(first, f.one, x.at(k)), "v");
  };

/** Reflectors: the k-th has the factor taus[k] and begins at k + `shift`, with further elements in `v(k)`. */
interface Reflectors<E> {
  readonly count: number;
  readonly taus: Vector<E>;
  readonly shift: number;
  readonly v: (k: Expr) => Entries<E>;
}

/** Rows of `x` ← columns of the product of reflectors of this size. The last comes first, so that x grows from its corner. */
export function accumulateReflectors<E>(
  b: Block,
  x: Matrix<E>,
  { count, taus, shift, v }: Reflectors<E>,
  size: number,
): void {
  const f = x.field;
  fillIdentity(b, x, size);
  eachFromEnd(b, count, (y, k) => {
    const tau = f.let(y, taus.at(k), "tau");
    const head = iadd(k, shift);
    const vk = leadingOne(v(k), head);
    y.if(f.isNonzero(tau), (z) =>
      each(z, "r", [head, x.rows], (row, r) => reflectVector(row, x.row(r), vk, tau, [head, size])),
    );
  });
}

/** Row elements k + 1 … of a column below the diagonal. */
export const below = (k: Expr, rows: number): Span => [iadd(k, 1), rows];
