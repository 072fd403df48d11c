/**
 * @file The singular values of a bidiagonal matrix by implicit QR steps (LINPACK's dsvdc, second half), rotating the rows
 * of the factors along. Values come out in descending order and not negative.
 */
import { type Block, apply, constant } from "../../loops/ir/build.ts";
import { iadd, intConst } from "../../loops/ir/affine.ts";
import type { Expr, Local } from "../../loops/ir/ir.ts";
import type { SvdState } from "./bidiagonalise.ts";
import { type Matrix, type Vector, hypot, real } from "./matrix.ts";

/** Steps that the search for one value may take. */
const limit = 75;

const int = (n: number): Expr => intConst(n);
const yes = constant(1, "bool");
const no = constant(0, "bool");

/** Cosine and sine that turn (f, g) into (r, 0). */
function rotation(b: Block, f: Expr, g: Expr): readonly [c: Local, s: Local, r: Local] {
  const r = hypot(b, f, g);
  const c = b.variable(real(1), "c");
  const s = b.variable(real(0), "s");
  b.if(apply("ne", r, 0), (y) => {
    y.set(c, apply("div", f, r));
    y.set(s, apply("div", g, r));
  });
  return [c, s, r];
}

const rotate = (b: Block, x: Matrix | null, i: Expr, k: Expr, c: Expr, s: Expr): void =>
  x?.rotateRows(b, i, k, c, s);

/** Counts `k` down from its value while `test`, which may not read below `least`, says so. */
function countDown(b: Block, k: Local, least: Expr, test: (b: Block, stop: Local) => void): void {
  const stop = b.variable(no, "stop");
  b.while(apply("and", apply("not", stop), apply("gt", k, least)), (y) => {
    test(y, stop);
    y.if(apply("not", stop), (z) => z.set(k, apply("sub", k, 1)));
  });
}

const negligible = (x: Expr, size: Expr): Expr =>
  apply("le", apply("abs", x), apply("add", apply("mul", size, 2 ** -52), 2 ** -966));

/** The last value of the active block is negligible: chases e[last − 1] up the block. */
function deflateLast(b: Block, { s, e, v }: SvdState, first: Expr, last: Expr): void {
  const f = b.variable(e.at(apply("sub", last, 1)), "f");
  e.put(b, apply("sub", last, 1), real(0));
  const j = b.variable(apply("sub", last, 1), "j");
  b.while(apply("ge", j, first), (y) => {
    const [c, n, r] = rotation(y, s.at(j), f);
    s.put(y, j, r);
    y.if(apply("ne", j, first), (z) => {
      const before = apply("sub", j, 1);
      z.set(f, apply("neg", apply("mul", n, e.at(before))));
      e.put(z, before, apply("mul", c, e.at(before)));
    });
    rotate(y, v, j, last, c, n);
    y.set(j, apply("sub", j, 1));
  });
}

/** The value before `first` is negligible: chases e[first − 1] down the block. */
function splitBefore(b: Block, { s, e, u }: SvdState, first: Expr, last: Expr): void {
  const before = b.let(apply("sub", first, 1), "before");
  const f = b.variable(e.at(before), "f");
  e.put(b, before, real(0));
  b.for(
    first,
    iadd(last, 1),
    (y, j) => {
      const [c, n, r] = rotation(y, s.at(j), f);
      s.put(y, j, r);
      y.set(f, apply("neg", apply("mul", n, e.at(j))));
      e.put(y, j, apply("mul", c, e.at(j)));
      rotate(y, u, j, before, c, n);
    },
    "j",
  );
}

/** The shift of a step, from the trailing 2 × 2 block; all scaled. */
function shiftOf(b: Block, sp: Expr, spm1: Expr, epm1: Expr): Local {
  const gap = apply("mul", apply("add", spm1, sp), apply("sub", spm1, sp));
  const half = b.let(apply("mul", apply("add", gap, apply("mul", epm1, epm1)), 0.5), "half");
  const product = apply("mul", sp, epm1);
  const square = b.let(apply("mul", product, product), "square");
  const shift = b.variable(real(0), "shift");
  b.if(apply("or", apply("ne", half, 0), apply("ne", square, 0)), (y) => {
    const root = y.let(apply("sqrt", apply("add", apply("mul", half, half), square)), "root");
    const signed = apply("select", apply("lt", half, 0), apply("neg", root), root);
    y.set(shift, apply("div", square, apply("add", half, signed)));
  });
  return shift;
}

function qrStep(b: Block, { s, e, u, v }: SvdState, first: Expr, last: Expr): void {
  const before = b.let(apply("sub", last, 1), "before");
  const size = (x: Vector, i: Expr): Expr => apply("abs", x.at(i));
  const scale = b.let(
    [size(s, before), size(e, before), size(s, first), size(e, first)].reduce(
      (m, x) => apply("max", m, x),
      size(s, last),
    ),
    "scale",
  );
  const scaled = (x: Vector, i: Expr): Expr => b.let(apply("div", x.at(i), scale), "x");
  const [sp, spm1, epm1] = [scaled(s, last), scaled(s, before), scaled(e, before)];
  const [sk, ek] = [scaled(s, first), scaled(e, first)];
  const shift = shiftOf(b, sp, spm1, epm1);
  const f = b.variable(apply("add", apply("mul", apply("add", sk, sp), apply("sub", sk, sp)), shift), "f");
  const g = b.variable(apply("mul", sk, ek), "g");
  b.for(
    first,
    last,
    (y, j) => {
      const next = iadd(j, 1);
      const [c, n, r] = rotation(y, f, g);
      y.if(apply("ne", j, first), (z) => e.put(z, apply("sub", j, 1), r));
      const [sj, ej] = [y.let(s.at(j), "sj"), y.let(e.at(j), "ej")];
      const [h, d] = [y.let(s.at(next), "h"), y.variable(real(0), "d")];
      y.set(f, apply("add", apply("mul", c, sj), apply("mul", n, ej)));
      const over = y.let(apply("sub", apply("mul", c, ej), apply("mul", n, sj)), "over");
      y.set(g, apply("mul", n, h));
      y.set(d, apply("mul", c, h));
      rotate(y, v, j, next, c, n);
      const [c2, n2, r2] = rotation(y, f, g);
      s.put(y, j, r2);
      y.set(f, apply("add", apply("mul", c2, over), apply("mul", n2, d)));
      s.put(y, next, apply("sub", apply("mul", c2, d), apply("mul", n2, over)));
      const after = y.let(e.at(next), "after");
      y.set(g, apply("mul", n2, after));
      e.put(y, next, apply("mul", c2, after));
      rotate(y, u, j, next, c2, n2);
    },
    "j",
  );
  e.put(b, before, f);
}

/** The value at `k` is found: makes it positive and moves it to its place among those after it. */
function settle(b: Block, { s, u, v }: SvdState, found: Expr, q: number): void {
  b.if(apply("lt", s.at(found), 0), (y) => {
    s.put(y, found, apply("neg", s.at(found)));
    if (v !== null) y.for(0, v.cols, (z, i) => v.put(z, found, i, apply("neg", v.at(found, i))), "i");
  });
  const k = b.variable(found, "place");
  const stop = b.variable(no, "stop");
  b.while(apply("and", apply("not", stop), apply("lt", k, q - 1)), (y) => {
    const next = y.let(apply("add", k, 1), "next");
    y.if(
      apply("lt", s.at(k), s.at(next)),
      (z) => {
        const kept = z.snapshot(s.at(k), "kept");
        s.put(z, k, s.at(next));
        s.put(z, next, kept);
        const place = z.snapshot(k, "here");
        v?.swapRows(z, place, next);
        u?.swapRows(z, place, next);
        z.set(k, next);
      },
      (z) => z.set(stop, yes),
    );
  });
}

/** Makes the bidiagonal matrix diagonal, from its end. Returns whether it converged. */
export function diagonalise(b: Block, state: SvdState): Local {
  const { s, e } = state;
  const q = state.b.rows;
  const converged = b.variable(yes, "converged");
  const last = b.variable(int(q - 1), "last");
  const count = b.variable(int(0), "count");
  b.while(apply("ge", last, 0), (y) => {
    // The block that ends at `last` begins after the last negligible coupling.
    const first = y.variable(last, "first");
    countDown(y, first, int(0), (z, stop) => {
      const before = z.let(apply("sub", first, 1), "before");
      const size = apply("add", apply("abs", s.at(before)), apply("abs", s.at(first)));
      z.if(negligible(e.at(before), size), (x) => {
        e.put(x, before, real(0));
        x.set(stop, yes);
      });
    });
    y.if(
      apply("eq", first, last),
      (z) => {
        settle(z, state, z.snapshot(last, "found"), q);
        z.set(count, int(0));
        z.set(last, apply("sub", last, 1));
      },
      (z) => {
        stepBlock(z, state, first, last);
        z.set(count, apply("add", count, 1));
        z.if(apply("gt", count, limit), (x) => {
          x.set(converged, no);
          x.set(last, int(-1));
        });
      },
    );
  });
  return converged;
}

/** One step on a block of at least two values: a negligible value is deflated, or else a QR step is taken. */
function stepBlock(b: Block, state: SvdState, start: Expr, end: Expr): void {
  const { s, e } = state;
  const [first, last] = [b.snapshot(start, "from"), b.snapshot(end, "to")];
  const zero = b.variable(last, "zero");
  const found = b.variable(no, "found");
  const stop = b.variable(no, "stop");
  b.while(apply("and", apply("not", stop), apply("ge", zero, first)), (y) => {
    const after = y.variable(real(0), "after");
    y.if(apply("ne", zero, last), (z) => z.set(after, apply("abs", e.at(zero))));
    y.if(apply("ne", zero, first), (z) =>
      z.set(after, apply("add", after, apply("abs", e.at(apply("sub", zero, 1))))),
    );
    y.if(
      negligible(s.at(zero), after),
      (z) => {
        s.put(z, zero, real(0));
        z.set(found, yes);
        z.set(stop, yes);
      },
      (z) => z.set(zero, apply("sub", zero, 1)),
    );
  });
  b.if(
    found,
    (y) =>
      y.if(
        apply("eq", zero, last),
        (z) => deflateLast(z, state, first, last),
        (z) => splitBefore(z, state, z.let(apply("add", zero, 1), "start"), last),
      ),
    (y) => qrStep(y, state, first, last),
  );
}
