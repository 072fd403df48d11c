/**
 * @file The Schur form of large matrices in Hessenberg form by sweeps of many shifts and aggressive early deflation (LAPACK's laqr0). Its
 * work is products of blocks; small blocks are left to the iteration for small matrices, in the window for deflation.
 */
import {
  type Block,
  add,
  and,
  apply,
  eq,
  ge,
  gt,
  le,
  lt,
  mul,
  not,
  select,
  sub,
} from "../../../loops/ir/build.ts";
import { iadd, intConst, iscale, isub } from "../../../loops/ir/affine.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import type { Field } from "../elements/field.ts";
import type { Matrix } from "../elements/matrix.ts";
import { each, indexLocal, no, real, yes } from "../elements/scalars.ts";
import { type Shifts, newChase, newShifts, sweep } from "./chase.ts";
import { type Iterated, findStart, largestOf } from "./deflation.ts";
import { type SmallIteration, deflateEarly, newDeflation } from "./early-deflation.ts";

/** Rows of a window for deflation. */
const windowRows = (n: number): number => (n < 400 ? 32 : 48);

/** Rows of blocks that are left to the iteration for small matrices. */
const smallRows = 64;

/** Sweeps without deflation that are taken. */
const patience = 60;

/** Percentage of a window's rows of which deflation makes a sweep unnecessary for now. */
const nibble = 30;

/** Writes the iteration for matrices of n rows; what it allocates is shared by all of them. */
export function multishift<E>(
  f: Field<E>,
  outer: Block,
  n: number,
  small: SmallIteration<E>,
): (b: Block, m: Iterated<E>) => Expr {
  const chase = newChase(f, outer, n);
  const deflation = newDeflation(f, outer, [smallRows, n], small);
  const shifts = newShifts(f, outer, smallRows);
  return (b, m) => {
    const { h, size } = m;
    each(b, "j", [0, size], (y, j) => each(y, "i", [iadd(j, 2), size], (t, i) => h.put(t, i, j, f.zero)));
    const norm = largestOf(b, h, size);
    const converged = b.variable(yes, "converged");
    const hi = b.variable(isub(size, 1), "hi");
    const idle = b.variable(intConst(0), "idle");
    b.while(ge(hi, 0), (y) => {
      const start = y.variable(hi, "start");
      findStart(y, h, start, norm);
      const [lo, end] = [indexLocal(y, start, n, "lo"), indexLocal(y, hi, n, "end")];
      const rows = y.let(add(sub(end, lo), 1), "rows");
      const isSmall = y.let(le(rows, smallRows), "isSmall");
      const width = y.within(select(isSmall, rows, intConst(windowRows(n))), 1, smallRows);
      const found = deflateEarly(y, deflation, m, [lo, end], width, shifts);
      const split = y.let(sub(width, found.left), "split");
      y.set(hi, sub(end, split));
      y.set(idle, select(gt(split, 0), intConst(0), add(idle, 1)));
      y.if(not(and(found.converged, lt(idle, patience))), (t) => {
        t.set(converged, no);
        t.set(hi, intConst(-1));
      });
      const few = le(mul(split, 100), mul(width, nibble));
      y.if(and(and(few, not(isSmall)), ge(hi, 0)), (t) => {
        const last = indexLocal(t, hi, n, "last");
        t.if(eq(apply("rem", idle, 6), 5), (s) => otherShifts(s, h, last, found.count, shifts));
        sweep(t, chase, m, shifts, found.count, [lo, last]);
      });
    });
    return converged;
  };
}

/** Shifts where those of the window lead nowhere. */
function otherShifts<E>(b: Block, h: Matrix<E>, last: Expr, count: Expr, { x, y, w }: Shifts<E>): void {
  const f = h.field;
  b.for(0, count, (t, k) => {
    const i = t.snapshot(apply("max", isub(last, iscale(k, 2)), intConst(2)), "i");
    const [before, first] = [isub(i, 1), isub(i, 2)];
    const s = t.let(add(f.size(h.at(i, before)), f.size(h.at(before, first))), "s");
    const shift = f.let(t, f.add(h.at(i, i), f.fromReal(mul(s, real(0.75)))), "shift");
    x.put(t, k, shift);
    y.put(t, k, shift);
    w.put(t, k, f.fromReal(mul(mul(s, s), real(-0.4375))));
  });
}
