/**
 * @file Aggressive early deflation: what of a window's eigenvalues is found already splits from the end of a block, though no
 * element of its subdiagonal is small; the others are shifts of the next sweep (K. Braman, R. Byers and R. Mathias, "The
 * multishift QR algorithm, part II: aggressive early deflation", 2002; LAPACK's laqr3).
 *
 * With the window's Schur form V·T·Vᴴ, the column before it becomes a spike, a multiple of the first row of V: where that is
 * negligible, an eigenvalue splits.
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
  or,
  select,
  sub,
} from "../../../loops/ir/build.ts";
import { iadd, intConst } from "../../../loops/ir/affine.ts";
import type { Expr, Local } from "../../../loops/ir/ir.ts";
import { type Field, sumOver } from "../elements/field.ts";
import { type Matrix, type Vector, newVector } from "../elements/matrix.ts";
import { each, indexLocal, max, no, real, sqrt, yes } from "../elements/scalars.ts";
import { type HessenbergState, reduceToHessenberg } from "../orthogonal/hessenberg.ts";
import { reflectRows, reflector } from "../orthogonal/householder.ts";
import type { Shifts } from "./chase.ts";
import type { Iterated } from "./deflation.ts";
import { type Exchange, moveUp, rowsOfBlock } from "./reorder.ts";
import { type Window, newWindow, putWindow, takeWindow } from "./window.ts";

/** The iteration for small matrices, and how the blocks change places that it makes. */
export interface SmallIteration<E> {
  readonly iterate: (b: Block, m: Iterated<E>) => Expr;
  readonly exchange: Exchange<E>;
}

/** Room for deflation in windows. */
export interface Deflation<E> {
  readonly small: SmallIteration<E>;
  readonly window: Window<E>;
  readonly state: HessenbergState<E>;
  /** The spike, of which the part that is left becomes a reflector. */
  readonly spike: Vector<E>;
}

export function newDeflation<E>(
  f: Field<E>,
  b: Block,
  [most, n]: readonly [number, number],
  small: SmallIteration<E>,
): Deflation<E> {
  const window = newWindow(f, b, most, n);
  const [taus, v, work, spike] = ["taus", "v", "work", "spike"].map((name) =>
    newVector(f, b, window.t.cols, name),
  );
  return { small, window, state: { h: window.t, taus, v, work }, spike };
}

/** What deflation found: how many rows of the window are left, of which so many pairs are shifts, and whether its iteration converged. */
export interface Found {
  readonly left: Local;
  readonly count: Local;
  readonly converged: Expr;
}

/** Deflates from the window's end, past what does not split, which is moved to its beginning. Returns how many rows are left. */
function countLeft<E>(b: Block, d: Deflation<E>, m: Iterated<E>, coupling: Expr): Local {
  const { h: t, size } = m;
  const { u } = d.window;
  const f = t.field;
  const left = b.variable(size, "left");
  const top = b.variable(intConst(0), "top");
  b.while(lt(top, left), (y) => {
    const last = indexLocal(y, sub(left, 1), t.rows, "last");
    const rows = rowsOfBlock(y, t, last);
    const first = indexLocal(y, sub(left, rows), t.rows, "first");
    const root = (i: Expr, j: Expr): Expr => sqrt(f.size(t.at(i, j)));
    const beside = select(eq(rows, 2), mul(root(last, first), root(first, last)), real(0));
    const own = y.let(add(f.size(t.at(last, last)), beside), "own");
    const spike = y.let(mul(coupling, max(f.size(u.at(last, 0)), f.size(u.at(first, 0)))), "spike");
    const scale = select(eq(own, 0), coupling, own);
    y.if(
      le(spike, max(mul(scale, 2 ** -52), real(1e-300))),
      (z) => z.set(left, first),
      (z) => {
        const at = moveUp(z, m, d.small.exchange, [first, z.snapshot(top, "to")], rows);
        z.set(top, add(at, rows));
      },
    );
  });
  return left;
}

/** Eigenvalues of the first blocks, the last ones first, as pairs of shifts: conjugates, or two of blocks of one row. */
function takeShifts<E>(b: Block, t: Matrix<E>, left: Local, { x, y, w }: Shifts<E>): Local {
  const f = t.field;
  const count = b.variable(intConst(0), "count");
  const single = b.variable(no, "single");
  const at = b.variable(sub(left, 1), "at");
  b.while(ge(at, 0), (z) => {
    const last = indexLocal(z, at, t.rows, "last");
    const rows = rowsOfBlock(z, t, last);
    const first = indexLocal(z, sub(iadd(last, 1), rows), t.rows, "first");
    const put = (s: Block, i: Expr, product: E): void => {
      x.put(s, count, t.at(last, last));
      y.put(s, count, t.at(i, i));
      w.put(s, count, product);
    };
    z.if(
      eq(rows, 2),
      (s) => {
        // One that waits for another goes after the pair.
        const [waiting, next] = [f.kept(s, x.at(count), "waiting"), s.let(add(count, 1), "next")];
        put(s, first, f.mul(f.once(s, t.at(first, last)), f.once(s, t.at(last, first))));
        s.set(count, next);
        s.if(single, (r) => x.put(r, count, waiting));
      },
      (s) =>
        s.if(
          single,
          (r) => {
            y.put(r, count, t.at(last, last));
            w.put(r, count, f.zero);
            r.set(count, add(count, 1));
            r.set(single, no);
          },
          (r) => {
            x.put(r, count, t.at(last, last));
            r.set(single, yes);
          },
        ),
    );
    z.set(at, sub(last, rows));
  });
  b.if(and(single, eq(count, 0)), (z) => {
    y.put(z, 0, x.at(0));
    w.put(z, 0, f.zero);
    z.set(count, intConst(1));
  });
  return count;
}

/** Makes what is left of the window Hessenberg again, and its spike a single element. */
function restore<E>(b: Block, d: Deflation<E>, m: Iterated<E>, left: Expr): void {
  const { h: t, size } = m;
  const { u } = d.window;
  const f = t.field;
  const { spike, state } = d;
  each(b, "j", [0, left], (y, j) => spike.put(y, j, f.conj(u.at(j, 0))));
  const tau = reflector(b, spike, 0, [1, left]);
  spike.put(b, 0, f.one);
  const v = (i: Expr): E => spike.at(i);
  const rest = [intConst(1), left] as const;
  reflectRows(b, t, v, f.keptConj(b, tau, "back"), 0, rest, [0, size], state.work);
  each(b, "i", [0, left], (row, i) => {
    const dot = sumOver(f, row, [0, left], (y, j) => f.mul(f.once(y, t.at(i, j)), f.once(y, spike.at(j))));
    const factor = f.let(row, f.mul(tau, dot), "factor");
    each(row, "j", [0, left], (y, j) =>
      t.put(y, i, j, f.sub(t.at(i, j), f.mulConj(factor, f.once(y, spike.at(j))))),
    );
  });
  reflectRows(b, u, (i) => f.conj(v(i)), tau, 0, rest, [0, size], state.work);
  reduceToHessenberg(b, state, size, u);
  each(b, "j", [0, left], (y, j) => each(y, "i", [iadd(j, 2), left], (z, i) => t.put(z, i, j, f.zero)));
}

/** Deflates in a window of so many rows at the end of the block lo … hi. What is left are shifts. */
export function deflateEarly<E>(
  b: Block,
  d: Deflation<E>,
  m: Iterated<E>,
  [lo, hi]: readonly [Expr, Expr],
  size: Expr,
  shifts: Shifts<E>,
): Found {
  const { window } = d;
  const { t, u } = window;
  const f = t.field;
  const at = b.snapshot(sub(add(hi, 1), size), "windowAt");
  const place = { at, size };
  takeWindow(b, window, m.h, place);
  const before = indexLocal(b, apply("max", sub(at, 1), intConst(0)), m.h.rows, "before");
  // The only element of the column before the window.
  const isWhole = b.let(eq(at, lo), "isWhole");
  const coupling = f.kept(b, f.select(isWhole, f.zero, m.h.at(at, before)), "coupling");
  const own: Iterated<E> = { h: t, q: u, size };
  const converged = b.let(d.small.iterate(b, own), "found");
  const left = countLeft(b, d, own, f.size(coupling));
  const count = takeShifts(b, t, left, shifts);
  b.if(or(lt(left, size), isWhole), (y) => {
    y.if(and(gt(left, 1), not(isWhole)), (z) => restore(z, d, own, z.snapshot(left, "left")));
    y.if(not(isWhole), (z) => {
      const head = f.select(gt(left, 0), f.mul(coupling, f.conj(u.at(0, 0))), f.zero);
      m.h.put(z, at, before, head);
    });
    putWindow(y, window, m, place, [lo, hi]);
  });
  return { left, converged, count };
}
