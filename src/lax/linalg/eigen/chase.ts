/**
 * @file Sweeps of many shifts over a matrix in Hessenberg form: chains of small bulges, each of two shifts, are chased down its diagonal
 * together, from window to window (K. Braman, R. Byers and R. Mathias, "The multishift QR algorithm, part I", 2002; LAPACK's laqr5).
 */
import {
  type Block,
  add,
  apply,
  eq,
  gt,
  lt,
  mul,
  ne,
  neg,
  not,
  select,
  sub,
} from "../../../loops/ir/build.ts";
import { iadd, intConst, iscale, isub } from "../../../loops/ir/affine.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import type { Field, Variable } from "../elements/field.ts";
import { type Entries, type Matrix, type Vector, newVector } from "../elements/matrix.ts";
import { type Span, each, indexLocal, max, real } from "../elements/scalars.ts";
import type { Iterated } from "./deflation.ts";
import { type Window, newWindow, putWindow, takeWindow } from "./window.ts";

/** Bulges of a chain, and columns that it goes on in one window. */
const bulges = 16;
const stride = 48;

/** Rows of a window: the bulges, three apart, where they go, and one row more on each side. */
const windowRows = 3 * (bulges - 1) + stride + 4;

/** Pairs of shifts: the roots of (x − λ)(y − λ) = w. */
export interface Shifts<E> {
  readonly x: Vector<E>;
  readonly y: Vector<E>;
  readonly w: Vector<E>;
}

export function newShifts<E>(f: Field<E>, b: Block, most: number): Shifts<E> {
  const [x, y, w] = ["shiftX", "shiftY", "shiftW"].map((name) => newVector(f, b, most, name));
  return { x, y, w };
}

/** Room for sweeps over matrices of n rows. */
export const newChase = <E>(f: Field<E>, b: Block, n: number): Window<E> => newWindow(f, b, windowRows, n);

/** Chases `count` pairs of shifts through rows lo … hi. */
export function sweep<E>(
  b: Block,
  window: Window<E>,
  m: Iterated<E>,
  shifts: Shifts<E>,
  count: Expr,
  [lo, hi]: readonly [Expr, Expr],
): void {
  b.for(
    0,
    count,
    (chain, first) => {
      const held = chain.snapshot(apply("min", isub(count, first), intConst(bulges)), "held");
      // Column c of bulge j is reduced at time c + 3j.
      const begin = chain.let(sub(lo, 1), "begin");
      const end = chain.let(add(hi, sub(mul(held, 3), 4)), "end");
      chain.for(
        begin,
        end,
        (y, time) => chaseOn(y, window, m, shifts, [first, held], time, [lo, hi]),
        "time",
        stride,
      );
    },
    "chain",
    bulges,
  );
}

/** What each bulge of a chain does from a time on, in a window. */
function chaseOn<E>(
  b: Block,
  window: Window<E>,
  m: Iterated<E>,
  shifts: Shifts<E>,
  [first, held]: readonly [Expr, Expr],
  time: Expr,
  [lo, hi]: readonly [Expr, Expr],
): void {
  const lastColumn = b.let(sub(hi, 2), "lastColumn");
  const low = b.let(apply("max", sub(lo, 1), sub(time, mul(sub(held, 1), 3))), "low");
  const high = b.let(apply("min", lastColumn, iadd(time, stride - 1)), "high");
  const at = b.snapshot(apply("max", lo, low), "at");
  const last = b.let(apply("min", hi, iadd(high, 4)), "last");
  const size = b.within(iadd(sub(last, at), 1), 1, windowRows);
  const place = { at, size };
  takeWindow(b, window, m.h, place);
  each(b, "bulge", [0, held], (y, j) => {
    const own = y.let(isub(time, iscale(j, 3)), "own");
    const from = y.let(apply("max", sub(lo, 1), own), "from");
    const to = y.let(apply("min", lastColumn, iadd(own, stride - 1)), "to");
    const shift = y.let(add(first, j), "shift");
    each(y, "c", [from, iadd(to, 1)], (z, c) =>
      step(z, window, shifts, shift, {
        column: z.let(sub(c, at), "column"),
        isFirst: z.let(lt(c, lo), "isFirst"),
        isLast: z.let(eq(c, lastColumn), "isLast"),
        size,
      }),
    );
  });
  putWindow(b, window, m, place, [lo, hi]);
}

/** Which column of a window is reduced: −1 if its bulge only begins, the last one but one of its block at the end. */
interface Step {
  readonly column: Expr;
  readonly isFirst: Expr;
  readonly isLast: Expr;
  readonly size: Expr;
}

/** The first column of the product of H less each of the shifts, over a number of the size of these. */
function begin<E>(
  b: Block,
  t: Matrix<E>,
  shifts: Shifts<E>,
  shift: Expr,
  [x, y, z]: readonly Variable<E>[],
): void {
  const f = t.field;
  const top = f.let(b, t.at(0, 0), "top");
  const dx = f.let(b, f.sub(shifts.x.at(shift), top), "dx");
  const dy = f.let(b, f.sub(shifts.y.at(shift), top), "dy");
  const below = f.let(b, t.at(1, 0), "below");
  const scale = b.let(max(f.size(below), max(f.size(dx), f.size(dy))), "scale");
  b.if(ne(scale, 0), (r) => {
    const over = (e: E, name: string): E => f.let(r, f.over(e, scale), name);
    const [across, factor] = [over(dx, "across"), over(below, "factor")];
    const rest = f.sub(f.mul(across, dy), over(shifts.w.at(shift), "product"));
    x.set(r, f.add(rest, f.mul(f.once(r, t.at(0, 1)), factor)));
    y.set(r, f.mul(f.let(r, f.sub(f.sub(f.sub(t.at(1, 1), top), dx), dy), "slope"), factor));
    z.set(r, f.mul(f.once(r, t.at(2, 1)), factor));
  });
}

function step<E>(b: Block, w: Window<E>, shifts: Shifts<E>, shift: Expr, s: Step): void {
  const { t, u } = w;
  const f = t.field;
  const { column, isFirst, isLast, size } = s;
  const index = (e: Expr, name: string): Expr => indexLocal(b, e, w.most, name);
  const before = index(select(isFirst, intConst(0), column), "before");
  const [k, next] = [index(add(column, 1), "k"), index(add(column, 2), "next")];
  const third = index(select(isLast, next, add(column, 3)), "third");
  const [x, y, z] = [k, next, third].map((i, p) => f.variable(b, t.at(i, before), ["x", "y", "z"][p]));
  b.if(isFirst, (o) => begin(o, t, shifts, shift, [x, y, z]));
  b.if(isLast, (o) => z.set(o, f.zero));
  const rest = f.hypot(b, y.value, f.hypot(b, z.value, real(0)));
  const length = f.hypot(b, x.value, rest);
  // What is so small has lost its digits: no bulge is left of it.
  b.if(
    gt(length, 1e-270),
    (o) => {
      const alpha = f.let(o, x.value, "alpha");
      const beta = o.let(select(lt(f.re(alpha), 0), length, neg(length)), "beta");
      const tau = f.let(o, f.over(f.realMinus(beta, alpha), beta), "tau");
      const pivot = f.let(o, f.sub(alpha, f.fromReal(beta)), "pivot");
      const v = [f.kept(o, f.quotient(o, y.value, pivot)), f.kept(o, f.quotient(o, z.value, pivot))] as const;
      const back = [f.conj(v[0]), f.conj(v[1])] as const;
      const three = (line: (i: Expr) => Entries<E>): Entries<E>[] => [k, next, third].map(line);
      reflect(
        o,
        three((i) => t.row(i)),
        f.conj(tau),
        back,
        v,
        [before, size],
      );
      o.if(not(isFirst), (r) => {
        // Below the diagonal nothing is left.
        t.put(r, third, before, f.zero);
        t.put(r, next, before, f.zero);
        t.put(r, k, before, f.fromReal(beta));
      });
      const stop = o.variable(iadd(k, 4), "stop");
      o.if(gt(stop, size), (r) => r.set(stop, size));
      reflect(
        o,
        three((j) => t.column(j)),
        tau,
        v,
        back,
        [0, stop],
      );
      reflect(
        o,
        three((j) => u.row(j)),
        tau,
        v,
        back,
        [0, size],
      );
    },
    (o) => o.if(not(isFirst), (r) => [k, next, third].forEach((i) => t.put(r, i, before, f.zero))),
  );
}

/** x ← x − (1, q)·τ·((1, p)ᵀ·x) on three rows or columns, of which the last two may be one, with 0 for the last of p and q. */
function reflect<E>(
  b: Block,
  lines: readonly Entries<E>[],
  tau: E,
  p: readonly [E, E],
  q: readonly [E, E],
  span: Span,
): void {
  const [x, y, z] = lines;
  const f = x.field;
  each(b, "c", span, (t, c) => {
    const [first, second, third] = lines.map((line) => f.kept(t, line.at(c), "entry"));
    const sum = f.let(t, f.add(first, f.add(f.mul(p[0], second), f.mul(p[1], third))), "sum");
    const dot = f.let(t, f.mul(tau, sum), "dot");
    z.put(t, c, f.sub(third, f.mul(q[1], dot)));
    x.put(t, c, f.sub(first, dot));
    y.put(t, c, f.sub(second, f.mul(q[0], dot)));
  });
}
