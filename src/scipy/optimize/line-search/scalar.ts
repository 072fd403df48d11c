/**
 * @file Minima of functions of one number, without derivatives: an interval that holds one, and Brent's method, which
 * interpolates by parabolas and falls back on the golden section. Source: SciPy, optimize/_optimize.py: bracket, Brent,
 * _minimize_scalar_bounded.
 */
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { where } from "../../../numpy/ufuncs/logic.ts";
import { and, count, flag, int, not, number, or, pick } from "../traced.ts";

/** A function of one number. */
export type Line = (t: NDArray) => NDArray;

/** A place and the value there. */
export interface Place {
  readonly t: NDArray;
  readonly f: NDArray;
}

export interface LineMinimum extends Place {
  readonly evaluations: NDArray;
}

interface Bracket {
  readonly a: Place;
  readonly b: Place;
  readonly c: Place;
  readonly rounds: NDArray;
  readonly evaluations: NDArray;
  readonly done: NDArray;
}

const gold = 1.618034;
const growLimit = 110;

/** a, b, c in a row with the lowest value at b, from 0 and 1 downhill. */
function bracket(line: Line, like: NDArray): Bracket {
  const place = (t: NDArray): Place => ({ t, f: line(t) });
  const [zero, one] = [place(number(like, 0)), place(number(like, 1))];
  const up = zero.f.less(one.f);
  const [a0, b0] = [pick(up, one, zero), pick(up, zero, one)];
  const c0 = place(b0.t.add(b0.t.sub(a0.t).mul(gold)));
  const next = (s: Bracket): Bracket => {
    const { a, b, c } = s;
    const first = b.t.sub(a.t).mul(b.f.sub(c.f));
    const second = b.t.sub(c.t).mul(b.f.sub(a.f));
    const difference = second.sub(first);
    const under = where(lax.abs(difference).less(1e-21), number(like, 2e-21), difference.mul(2));
    const vertex = b.t.sub(b.t.sub(c.t).mul(second).sub(b.t.sub(a.t).mul(first)).div(under));
    const limit = b.t.add(c.t.sub(b.t).mul(growLimit));
    const beyond = c.t.add(c.t.sub(b.t).mul(gold));
    const between = vertex.sub(c.t).mul(b.t.sub(vertex)).greater(0);
    const past = and(not(between), vertex.sub(limit).mul(limit.sub(c.t)).greaterEqual(0));
    const ahead = and(not(between), not(past), vertex.sub(limit).mul(c.t.sub(vertex)).greater(0));
    const w = place(where(or(between, ahead), vertex, where(past, limit, beyond)));
    const inner = and(between, w.f.less(c.f));
    const outer = and(between, not(inner), w.f.greater(b.f));
    const further = and(ahead, w.f.less(c.f));
    // Another value is needed where the parabola did not help, or helped and may be followed.
    const more = or(and(between, not(inner), not(outer)), further);
    const extra = lax.cond(
      more,
      () => place(where(further, w.t.add(w.t.sub(c.t).mul(gold)), beyond)),
      () => w,
    );
    const shifted = { a: pick(further, c, b), b: pick(further, w, c), c: extra };
    const done = or(inner, outer);
    return {
      a: pick(inner, b, pick(outer, a, shifted.a)),
      b: pick(inner, w, pick(outer, b, shifted.b)),
      c: pick(inner, c, pick(outer, w, shifted.c)),
      rounds: s.rounds.add(int(1)),
      evaluations: count(s.evaluations.add(int(1)), more),
      done,
    };
  };
  return lax.whileLoop((s: Bracket) => and(not(s.done), s.c.f.less(s.b.f), s.rounds.less(1000)), next, {
    a: a0,
    b: b0,
    c: c0,
    rounds: int(0),
    evaluations: int(3),
    done: flag(false),
  });
}

interface Brent {
  readonly a: NDArray;
  readonly b: NDArray;
  /** The lowest place, the second, and the one before that. */
  readonly x: Place;
  readonly w: Place;
  readonly v: Place;
  /** The last step, and the one before it. */
  readonly step: NDArray;
  readonly last: NDArray;
  readonly evaluations: NDArray;
}

interface BrentRules {
  readonly relative: number;
  readonly absolute: number;
  readonly maxiter: number;
}

const section = 0.3819660112501051;

/** Where to look next: the vertex of a parabola, or a golden section. */
function proposal(s: Brent, tol: NDArray): { readonly step: NDArray; readonly last: NDArray } {
  const { a, b, x, w, v } = s;
  const middle = a.add(b).mul(0.5);
  const r = x.t.sub(w.t).mul(x.f.sub(v.f));
  const q = x.t.sub(v.t).mul(x.f.sub(w.f));
  const raw = x.t.sub(v.t).mul(q).sub(x.t.sub(w.t).mul(r));
  const double = q.sub(r).mul(2);
  const p = where(double.greater(0), raw.neg(), raw);
  const under = lax.abs(double);
  const fits = and(
    lax.abs(s.last).greater(tol),
    p.greater(under.mul(a.sub(x.t))),
    p.less(under.mul(b.sub(x.t))),
    lax.abs(p).less(lax.abs(under.mul(s.last).mul(0.5))),
  );
  const vertex = p.div(under);
  const u = x.t.add(vertex);
  const edge = or(u.sub(a).less(tol.mul(2)), b.sub(u).less(tol.mul(2)));
  const nudge = where(middle.greaterEqual(x.t), tol, tol.neg());
  const larger = where(x.t.greaterEqual(middle), a.sub(x.t), b.sub(x.t));
  return {
    step: where(fits, where(edge, nudge, vertex), larger.mul(section)),
    last: where(fits, s.step, larger),
  };
}

function brent(line: Line, start: Brent, { relative, absolute, maxiter }: BrentRules): Brent {
  const tolAt = (x: NDArray): NDArray => lax.abs(x).mul(relative).add(absolute);
  const wide = ({ a, b, x }: Brent): NDArray => {
    const limit = tolAt(x.t).mul(2).sub(b.sub(a).mul(0.5));
    return not(lax.abs(x.t.sub(a.add(b).mul(0.5))).lessEqual(limit));
  };
  const next = (s: Brent): Brent => {
    const { x, w, v } = s;
    const tol = tolAt(x.t);
    const { step, last } = proposal(s, tol);
    const least = where(step.less(0), tol.neg(), tol);
    const t = x.t.add(where(lax.abs(step).less(tol), least, step));
    const u = { t, f: line(t) };
    const higher = not(u.f.lessEqual(x.f));
    const left = u.t.less(x.t);
    const second = or(u.f.lessEqual(w.f), w.t.equal(x.t));
    const third = or(u.f.lessEqual(v.f), v.t.equal(x.t), v.t.equal(w.t));
    return {
      a: where(higher, where(left, u.t, s.a), where(left, s.a, x.t)),
      b: where(higher, where(left, s.b, u.t), where(left, x.t, s.b)),
      x: pick(higher, x, u),
      w: pick(higher, pick(second, u, w), x),
      v: pick(higher, pick(second, w, pick(third, u, v)), w),
      step,
      last,
      evaluations: s.evaluations.add(int(1)),
    };
  };
  const most = start.evaluations.add(int(maxiter));
  return lax.whileLoop((s: Brent) => and(wide(s), s.evaluations.less(most)), next, start);
}

const minimumOf = ({ x, evaluations }: Brent): LineMinimum => ({ ...x, evaluations });

/** A minimum of a line, wherever it is. */
export function minimizeLine(line: Line, like: NDArray, tol: number): LineMinimum {
  const { a, b, c, evaluations } = bracket(line, like);
  const zero = number(like, 0);
  const found = brent(
    line,
    {
      a: lax.min(a.t, c.t),
      b: lax.max(a.t, c.t),
      x: b,
      w: b,
      v: b,
      step: zero,
      last: zero,
      evaluations,
    },
    { relative: tol, absolute: 1e-11, maxiter: 500 },
  );
  const lowest = pick(and(a.f.less(b.f), a.f.lessEqual(c.f)), a, pick(c.f.less(b.f), c, b));
  const valid = and(b.f.lessEqual(a.f), b.f.lessEqual(c.f), lax.isFinite(a.t), lax.isFinite(c.t));
  return pick(valid, minimumOf(found), { ...lowest, evaluations: found.evaluations });
}

/** A minimum between a and b. */
export function minimizeBetween(line: Line, a: NDArray, b: NDArray, tol: number): LineMinimum {
  const t = a.add(b.sub(a).mul(section));
  const x = { t, f: line(t) };
  const zero = number(a, 0);
  const start = { a, b, x, w: x, v: x, step: zero, last: zero, evaluations: int(1) };
  return minimumOf(brent(line, start, { relative: Math.sqrt(2.2e-16), absolute: tol / 3, maxiter: 499 }));
}
