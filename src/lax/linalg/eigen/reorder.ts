/**
 * @file Exchanges of neighbouring diagonal blocks of a Schur form by unitary transformations (LAPACK's trexc and laexc; Z. Bai and
 * J. Demmel, "On swapping diagonal blocks in real Schur form", 1993).
 */
import {
  type Block,
  add,
  and,
  apply,
  eq,
  gt,
  le,
  lt,
  mul,
  ne,
  neg,
  not,
  select,
  sub,
} from "../../../loops/ir/build.ts";
import { iadd, intConst, iscale, isub } from "../../../loops/ir/affine.ts";
import type { Expr, Local } from "../../../loops/ir/ir.ts";
import { realField, sumOver } from "../elements/field.ts";
import { type Matrix, type Vector, fill, newMatrix, newVector } from "../elements/matrix.ts";
import { findPivot } from "../elements/permute.ts";
import { abs, each, indexLocal, max, no, real, yes } from "../elements/scalars.ts";
import { reflectRows, reflector } from "../orthogonal/householder.ts";
import { type Iterated, turn } from "./deflation.ts";
import { settlePair, standardisePair } from "./real-schur.ts";

/** Exchanges the block of n1 rows at j with that of n2 rows after it. Returns whether it was done: not where it would not be stable. */
export type Exchange<E> = (b: Block, m: Iterated<E>, j: Expr, n1: Expr, n2: Expr) => Local;

/** Two rows, each a block: T[j + 1, j + 1] comes first, by the eigenvector that belongs to it. */
export function exchangeRows<E>(b: Block, { h, q, size }: Iterated<E>, j: Expr): void {
  const f = h.field;
  const next = iadd(j, 1);
  const [first, second] = [f.kept(b, h.at(j, j), "first"), f.kept(b, h.at(next, next), "second")];
  const [x, y] = [f.kept(b, h.at(j, next), "x"), f.kept(b, f.sub(second, first), "y")];
  const length = f.hypot(b, x, f.hypot(b, y, real(0)));
  b.if(ne(length, 0), (t) => {
    const [c, s] = [f.kept(t, f.over(x, length), "c"), f.kept(t, f.over(y, length), "s")];
    turn(t, h.row(j), h.row(next), f.conj(c), f.conj(s), [j, size]);
    turn(t, h.column(j), h.column(next), c, s, [0, iadd(j, 2)]);
    if (q !== null) turn(t, q.row(j), q.row(next), c, s, [0, size]);
    h.put(t, j, j, second);
    h.put(t, next, next, first);
    h.put(t, next, j, f.zero);
  });
}

/** What exchanges of blocks of two rows need. */
interface Room {
  /** The two blocks, and what becomes of them. */
  readonly d: Matrix<Expr>;
  /** The equations A·X − X·B = C, in places 2j + i for the elements X[i, j], with their right side. */
  readonly system: Matrix<Expr>;
  /** Columns of (−X, 1) in rows, which become reflectors. */
  readonly v: Matrix<Expr>;
  readonly taus: Vector<Expr>;
  readonly work: Vector<Expr>;
}

/** A pivot smaller than rounding is replaced by that: then the exchange is refused, or does not matter. */
function eliminate(b: Block, a: Matrix<Expr>, least: Expr): void {
  each(b, "k", [0, 4], (y, k) => {
    const row = findPivot(y, a.column(k), k, 4);
    y.if(ne(row, k), (z) => a.swapRows(z, k, row));
    y.if(lt(abs(a.at(k, k)), least), (z) => a.put(z, k, k, least));
    const pivot = y.snapshot(a.at(k, k), "pivot");
    each(y, "i", [0, 4], (z, i) =>
      z.if(ne(i, k), (x) => {
        const factor = x.snapshot(apply("div", a.at(i, k), pivot), "f");
        a.subtractRow(x, i, factor, a, k, [0, 5]);
      }),
    );
  });
}

/** Writes −X above the identity, by columns, into the rows of v. */
function solve(b: Block, { d, system, v }: Room, n1: Expr, n2: Expr, least: Expr): void {
  fill(b, system, (i, j) => select(eq(i, j), real(1), real(0)));
  each(b, "j", [0, n2], (y, j) =>
    each(y, "i", [0, n1], (z, i) => {
      const row = indexLocal(z, iadd(iscale(j, 2), i), 4, "row");
      system.put(z, row, row, real(0));
      const add1 = (x: Block, column: Expr, value: Expr): void =>
        system.put(x, row, column, add(system.at(row, column), value));
      each(z, "l", [0, n1], (x, l) => add1(x, iadd(iscale(j, 2), l), d.at(i, l)));
      each(z, "l", [0, n2], (x, l) => add1(x, iadd(iscale(l, 2), i), neg(d.at(iadd(n1, l), iadd(n1, j)))));
      system.put(z, row, 4, d.at(i, iadd(n1, j)));
    }),
  );
  eliminate(b, system, least);
  each(b, "j", [0, n2], (y, j) => {
    each(y, "i", [0, n1], (z, i) => {
      const row = iadd(iscale(j, 2), i);
      v.put(z, j, i, neg(apply("div", system.at(row, 4), system.at(row, row))));
    });
    each(y, "i", [0, n2], (z, i) => v.put(z, j, iadd(n1, i), select(eq(i, j), real(1), real(0))));
  });
}

/** The rows of v become reflectors, the first of which applies to the second row, too. */
function orthogonalise(b: Block, { v, taus }: Room, size: Expr, n2: Expr): void {
  const f = realField;
  taus.put(b, 0, reflector(b, v.row(0), 0, [1, size]));
  v.put(b, 0, 0, real(1));
  taus.put(b, 1, real(0));
  b.if(gt(n2, 1), (y) => {
    const dot = sumOver(f, y, [0, size], (_, i) => mul(v.at(0, i), v.at(1, i)));
    const factor = y.let(mul(taus.at(0), dot), "factor");
    each(y, "i", [0, size], (z, i) => v.put(z, 1, i, sub(v.at(1, i), mul(factor, v.at(0, i)))));
    taus.put(y, 1, reflector(y, v.row(1), 1, [2, size]));
    v.put(y, 1, 1, real(1));
  });
}

/** Transforms rows and columns from j on by the reflectors. */
function transform(
  b: Block,
  { v, taus, work }: Room,
  { h, q, size: n }: Iterated<Expr>,
  j: Expr,
  size: Expr,
): void {
  const end = iadd(j, size);
  each(b, "s", [0, 2], (y, s) => {
    const tau = y.let(taus.at(s), "tau");
    const head = iadd(j, s);
    const at = (i: Expr): Expr => v.at(s, isub(i, j));
    y.if(ne(tau, 0), (z) => {
      reflectRows(z, h, at, tau, head, [iadd(head, 1), end], [j, n], work);
      each(z, "i", [0, end], (row, i) => {
        const dot = sumOver(realField, row, [head, end], (_, l) => mul(h.at(i, l), at(l)));
        const factor = row.let(mul(tau, dot), "factor");
        each(row, "l", [head, end], (x, l) => h.put(x, i, l, sub(h.at(i, l), mul(factor, at(l)))));
      });
      if (q !== null) reflectRows(z, q, at, tau, head, [iadd(head, 1), end], [0, n], work);
    });
  });
}

/** Blocks of one and two rows of real matrices. */
export function exchangeBlocks(outer: Block, n: number): Exchange<Expr> {
  const f = realField;
  const room: Room = {
    d: newMatrix(f, outer, 4, 4, "blocks"),
    system: newMatrix(f, outer, 4, 5, "system"),
    v: newMatrix(f, outer, 2, 4, "basis"),
    taus: newVector(f, outer, 2, "taus"),
    work: newVector(f, outer, n, "work"),
  };
  const { d } = room;
  const general = (b: Block, m: Iterated<Expr>, j: Expr, n1: Expr, n2: Expr, done: Local): void => {
    const size = b.within(add(n1, n2), 3, 4);
    const largest = b.variable(real(0), "largest");
    each(b, "i", [0, size], (row, i) =>
      each(row, "k", [0, size], (y, k) => {
        const value = y.let(m.h.at(iadd(j, i), iadd(j, k)), "value");
        y.accumulate(largest, "max", abs(value));
        d.put(y, i, k, value);
      }),
    );
    const least = b.let(max(mul(largest, 2 ** -52), real(1e-290)), "least");
    solve(b, room, n1, n2, least);
    orthogonalise(b, room, size, n2);
    transform(b, room, { h: d, q: null, size }, intConst(0), size);
    const left = b.variable(real(0), "left");
    each(b, "i", [n2, size], (row, i) =>
      each(row, "k", [0, n2], (y, k) => y.accumulate(left, "max", abs(d.at(i, k)))),
    );
    b.if(
      le(left, mul(least, 10)),
      (y) => {
        transform(y, room, m, j, size);
        each(y, "i", [n2, size], (row, i) =>
          each(row, "k", [0, n2], (z, k) => m.h.put(z, iadd(j, i), iadd(j, k), real(0))),
        );
        y.if(gt(n2, 1), (z) => tidyPair(z, m, j));
        y.if(gt(n1, 1), (z) => tidyPair(z, m, z.snapshot(add(j, n2), "second")));
      },
      (y) => y.set(done, no),
    );
  };
  return (b, m, j, n1, n2) => {
    const done = b.variable(yes, "done");
    b.if(
      and(eq(n1, 1), eq(n2, 1)),
      (y) => exchangeRows(y, m, j),
      (y) => general(y, m, j, n1, n2, done),
    );
    return done;
  };
}

/** Makes the block of two rows at k triangular, or gives it equal diagonal elements. */
function tidyPair(b: Block, m: Iterated<Expr>, k: Expr): void {
  const next = iadd(k, 1);
  b.if(ne(m.h.at(next, k), 0), (y) => settlePair(y, m, k, next));
  b.if(ne(m.h.at(next, k), 0), (y) => standardisePair(y, m, k, next));
}

/** Is row i the second of a block of two rows? */
const isSecond = <E>(h: Matrix<E>, i: Expr): Expr =>
  and(gt(i, 0), h.field.isNonzero(h.at(i, apply("max", sub(i, 1), intConst(0)))));

/** How many rows the block has that ends with row `last`. */
export const rowsOfBlock = <E>(b: Block, h: Matrix<E>, last: Expr): Local =>
  b.snapshot(select(isSecond(h, last), intConst(2), intConst(1)), "rows");

/** Moves a block of so many rows at `from` up to row `to`, as far as that is stable. Returns where it is then. */
export function moveUp<E>(
  b: Block,
  m: Iterated<E>,
  exchange: Exchange<E>,
  [from, to]: readonly [Expr, Expr],
  rows: Expr,
): Local {
  const at = b.variable(from, "at");
  const stuck = b.variable(no, "stuck");
  b.while(and(not(stuck), gt(at, to)), (y) => {
    const before = rowsOfBlock(y, m.h, y.let(sub(at, 1), "above"));
    const target = y.snapshot(sub(at, before), "target");
    const done = exchange(y, m, target, before, rows);
    y.if(
      done,
      (z) => z.set(at, target),
      (z) => z.set(stuck, yes),
    );
  });
  return at;
}

/** Rows of complex matrices are blocks each. */
export const exchangeSingle = <E>(b: Block, m: Iterated<E>, j: Expr): Local => {
  exchangeRows(b, m, j);
  return b.variable(yes, "done");
};
