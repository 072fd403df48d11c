/**
 * @file The singular values of a bidiagonal matrix by implicit QR steps (LINPACK's dsvdc, second half), rotating the rows
 * of the factors along. Values come out in no order, and with either sign.
 */
import {
  type Block,
  add,
  and,
  div,
  eq,
  ge,
  gt,
  le,
  lt,
  mul,
  ne,
  neg,
  not,
  or,
  sub,
} from "../../../loops/ir/build.ts";
import { iadd, intConst } from "../../../loops/ir/affine.ts";
import type { Expr, Local } from "../../../loops/ir/ir.ts";
import type { Vector } from "../elements/matrix.ts";
import type { Sweeps } from "./sweep.ts";
import { abs, each, max, negatedIf, no, real, rotation, sqrt, yes } from "../elements/scalars.ts";

/** Steps that the search for one value may take. */
const limit = 75;

/** What the iteration works on. */
interface BidiagonalMatrix {
  /** How many values there are. */
  readonly q: number;
  /** The diagonal: the singular values in the end. */
  readonly s: Vector<Expr>;
  /** Above the diagonal; q + 1 places. */
  readonly e: Vector<Expr>;
  /** Rows are turned along: left and right singular vectors, if they are wanted. */
  readonly u: Sweeps | null;
  readonly v: Sweeps | null;
}

/** Counts `k` down from its value while `test`, which may not read below `least`, says so. */
function countDown(b: Block, k: Local, least: Expr, test: (b: Block, stop: Local) => void): void {
  const stop = b.variable(no, "stop");
  b.while(and(not(stop), gt(k, least)), (y) => {
    test(y, stop);
    y.if(not(stop), (z) => z.set(k, sub(k, 1)));
  });
}

const negligible = (x: Expr, size: Expr): Expr => le(abs(x), add(mul(size, 2 ** -52), 2 ** -966));

/** The last value of the active block is negligible: chases e[last − 1] up the block. */
function deflateLast(b: Block, { s, e, v }: BidiagonalMatrix, first: Expr, last: Expr): void {
  const f = b.variable(e.at(sub(last, 1)), "f");
  e.put(b, sub(last, 1), real(0));
  const j = b.variable(sub(last, 1), "j");
  b.while(ge(j, first), (y) => {
    const [c, n, r] = rotation(y, s.at(j), f);
    s.put(y, j, r);
    y.if(ne(j, first), (z) => {
      const before = sub(j, 1);
      z.set(f, neg(mul(n, e.at(before))));
      e.put(z, before, mul(c, e.at(before)));
    });
    v?.rotate(y, j, last, c, n);
    y.set(j, sub(j, 1));
  });
}

/** The value before `first` is negligible: chases e[first − 1] down the block. */
function splitBefore(b: Block, { s, e, u }: BidiagonalMatrix, first: Expr, last: Expr): void {
  const before = b.let(sub(first, 1), "before");
  const f = b.variable(e.at(before), "f");
  e.put(b, before, real(0));
  each(b, "j", [first, iadd(last, 1)], (y, j) => {
    const [c, n, r] = rotation(y, s.at(j), f);
    s.put(y, j, r);
    y.set(f, neg(mul(n, e.at(j))));
    e.put(y, j, mul(c, e.at(j)));
    u?.rotate(y, j, before, c, n);
  });
}

/** The shift of a step, from the trailing 2 × 2 block; all scaled. */
function shiftOf(b: Block, sp: Expr, spm1: Expr, epm1: Expr): Local {
  const gap = mul(add(spm1, sp), sub(spm1, sp));
  const half = b.let(mul(add(gap, mul(epm1, epm1)), 0.5), "half");
  const product = mul(sp, epm1);
  const square = b.let(mul(product, product), "square");
  const shift = b.variable(real(0), "shift");
  b.if(or(ne(half, 0), ne(square, 0)), (y) => {
    const root = y.let(sqrt(add(mul(half, half), square)), "root");
    y.set(shift, div(square, add(half, negatedIf(lt(half, 0), root))));
  });
  return shift;
}

function qrStep(b: Block, { s, e, u, v }: BidiagonalMatrix, first: Expr, last: Expr): void {
  const before = b.let(sub(last, 1), "before");
  const size = (x: Vector<Expr>, i: Expr): Expr => abs(x.at(i));
  const scale = b.let(
    [size(s, before), size(e, before), size(s, first), size(e, first)].reduce(
      (m, x) => max(m, x),
      size(s, last),
    ),
    "scale",
  );
  const scaled = (x: Vector<Expr>, i: Expr): Expr => b.let(div(x.at(i), scale), "x");
  const [sp, spm1, epm1] = [scaled(s, last), scaled(s, before), scaled(e, before)];
  const [sk, ek] = [scaled(s, first), scaled(e, first)];
  const shift = shiftOf(b, sp, spm1, epm1);
  const f = b.variable(add(mul(add(sk, sp), sub(sk, sp)), shift), "f");
  const g = b.variable(mul(sk, ek), "g");
  each(b, "j", [first, last], (y, j) => {
    const next = iadd(j, 1);
    const [c, n, r] = rotation(y, f, g);
    y.if(ne(j, first), (z) => e.put(z, sub(j, 1), r));
    const [sj, ej] = [y.let(s.at(j), "sj"), y.let(e.at(j), "ej")];
    const [h, d] = [y.let(s.at(next), "h"), y.variable(real(0), "d")];
    y.set(f, add(mul(c, sj), mul(n, ej)));
    const over = y.let(sub(mul(c, ej), mul(n, sj)), "over");
    y.set(g, mul(n, h));
    y.set(d, mul(c, h));
    v?.put(y, sub(j, first), [j, next], c, n);
    const [c2, n2, r2] = rotation(y, f, g);
    s.put(y, j, r2);
    y.set(f, add(mul(c2, over), mul(n2, d)));
    s.put(y, next, sub(mul(c2, d), mul(n2, over)));
    const after = y.let(e.at(next), "after");
    y.set(g, mul(n2, after));
    e.put(y, next, mul(c2, after));
    u?.put(y, sub(j, first), [j, next], c2, n2);
  });
  e.put(b, before, f);
  for (const x of [u, v]) x?.keep(b, first, intConst(1), b.let(sub(last, first), "count"));
}

/** Makes the bidiagonal matrix diagonal, from its end: values may be negative. Returns whether it converged. */
export function diagonalise(b: Block, state: BidiagonalMatrix): Local {
  const { q, s, e } = state;
  const converged = b.variable(yes, "converged");
  const last = b.variable(intConst(q - 1), "last");
  const count = b.variable(intConst(0), "count");
  b.while(ge(last, 0), (y) => {
    // The block that ends at `last` begins after the last negligible coupling.
    const first = y.variable(last, "first");
    countDown(y, first, intConst(0), (z, stop) => {
      const before = z.let(sub(first, 1), "before");
      const size = add(abs(s.at(before)), abs(s.at(first)));
      z.if(negligible(e.at(before), size), (x) => {
        e.put(x, before, real(0));
        x.set(stop, yes);
      });
    });
    y.if(
      eq(first, last),
      (z) => {
        z.set(count, intConst(0));
        z.set(last, sub(last, 1));
      },
      (z) => {
        stepBlock(z, state, first, last);
        for (const x of [state.u, state.v]) x?.next(z);
        z.set(count, add(count, 1));
        z.if(gt(count, limit), (x) => {
          x.set(converged, no);
          x.set(last, intConst(-1));
        });
      },
    );
  });
  return converged;
}

/** One step on a block of at least two values: a negligible value is deflated, or else a QR step is taken. */
function stepBlock(b: Block, state: BidiagonalMatrix, start: Expr, end: Expr): void {
  const { s, e } = state;
  const [first, last] = [b.snapshot(start, "from"), b.snapshot(end, "to")];
  const zero = b.variable(last, "zero");
  const found = b.variable(no, "found");
  const stop = b.variable(no, "stop");
  b.while(and(not(stop), ge(zero, first)), (y) => {
    const after = y.variable(real(0), "after");
    y.if(ne(zero, last), (z) => z.set(after, abs(e.at(zero))));
    y.if(ne(zero, first), (z) => z.set(after, add(after, abs(e.at(sub(zero, 1))))));
    y.if(
      negligible(s.at(zero), after),
      (z) => {
        s.put(z, zero, real(0));
        z.set(found, yes);
        z.set(stop, yes);
      },
      (z) => z.set(zero, sub(zero, 1)),
    );
  });
  b.if(
    found,
    (y) =>
      y.if(
        eq(zero, last),
        (z) => deflateLast(z, state, first, last),
        (z) => splitBefore(z, state, z.let(add(zero, 1), "start"), last),
      ),
    (y) => qrStep(y, state, first, last),
  );
}
