/**
 * @file A line search for the strong Wolfe conditions, by Moré and Thuente: an interval that must hold a good step shrinks
 * by cubic and quadratic interpolation, safeguarded so that it shrinks by a third at least in two rounds.
 *
 * Source: MINPACK-2, dcsrch and dcstep; Moré and Thuente, ACM TOMS 20 (1994), 286–307.
 */
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { sign } from "../../../numpy/ufuncs/arithmetic.ts";
import { clip, where } from "../../../numpy/ufuncs/logic.ts";
import type { Point } from "./bracket.ts";
import { and, flag, int, not, number, or, pick, zero } from "../traced.ts";

/** An end of the interval. */
interface End {
  readonly step: NDArray;
  readonly value: NDArray;
  readonly slope: NDArray;
}

interface Interval {
  /** The end with the lowest value so far. */
  readonly best: End;
  readonly other: End;
  readonly bracketed: NDArray;
}

interface Search extends Interval {
  readonly point: Point;
  /** The step to try next. */
  readonly next: NDArray;
  /** The first stage works on f(t) − f(0) − decrease · t · f'(0). */
  readonly first: NDArray;
  readonly width: NDArray;
  readonly before: NDArray;
  readonly least: NDArray;
  readonly most: NDArray;
  readonly tries: NDArray;
  /** 0 while the search goes on, 1 where it found a step, 2 where there is no better one, 3 where it failed. */
  readonly state: NDArray;
}

/** How steps are judged: Armijo's fraction, the fraction of the slope, the least relative width; and their range. */
export interface Rules {
  readonly decrease: number;
  readonly curvature: number;
  readonly width: number;
  readonly least: number;
  readonly most: NDArray | number;
  readonly maxiter: number;
}

export interface Found {
  /** The point with the step found; the last one tried, where none was. */
  readonly point: Point;
  readonly found: NDArray;
  /** Whether the search ended with a step that is as good as can be had, if not good enough. */
  readonly stuck: NDArray;
  readonly evaluations: NDArray;
}

/** θ, and the root γ of the cubic through two points with slopes, without overflow of squares. */
function cubic(a: End, b: End, real = false): [theta: NDArray, gamma: NDArray] {
  const theta = a.value.sub(b.value).mul(3).div(b.step.sub(a.step)).add(a.slope).add(b.slope);
  const s = lax.max(lax.max(lax.abs(theta), lax.abs(a.slope)), lax.abs(b.slope));
  const t = theta.div(s);
  const square = t.mul(t).sub(a.slope.div(s).mul(b.slope.div(s)));
  return [theta, s.mul(lax.sqrt(real ? lax.max(square, 0) : square))];
}

/** The next step, where p is higher than the best point: the minimum is bracketed. */
function higher(x: End, p: End): NDArray {
  const [theta, root] = cubic(x, p);
  const gamma = where(p.step.less(x.step), root.neg(), root);
  const r = gamma.sub(x.slope).add(theta).div(gamma.sub(x.slope).add(gamma).add(p.slope));
  const width = p.step.sub(x.step);
  const c = x.step.add(r.mul(width));
  const chord = x.value.sub(p.value).div(width).add(x.slope);
  const q = x.step.add(x.slope.div(chord).div(2).mul(width));
  const closer = lax.abs(c.sub(x.step)).lessEqual(lax.abs(q.sub(x.step)));
  return where(closer, c, c.add(q.sub(c).div(2)));
}

/** The next step, where p is lower and its slope has the other sign: the minimum is bracketed. */
function turned(x: End, p: End): NDArray {
  const [theta, root] = cubic(x, p);
  const gamma = where(p.step.greater(x.step), root.neg(), root);
  const r = gamma.sub(p.slope).add(theta).div(gamma.sub(p.slope).add(gamma).add(x.slope));
  const back = x.step.sub(p.step);
  const c = p.step.add(r.mul(back));
  const q = p.step.add(p.slope.div(p.slope.sub(x.slope)).mul(back));
  return where(lax.abs(c.sub(p.step)).greater(lax.abs(q.sub(p.step))), c, q);
}

/** The next step, where p is lower and its slope of the same sign, but smaller. */
function flatter({ best: x, other: y, bracketed }: Interval, p: End, least: NDArray, most: NDArray): NDArray {
  const [theta, root] = cubic(x, p, true);
  const onward = p.step.greater(x.step);
  const gamma = where(onward, root.neg(), root);
  const r = gamma
    .sub(p.slope)
    .add(theta)
    .div(gamma.add(x.slope.sub(p.slope)).add(gamma));
  const back = x.step.sub(p.step);
  const inward = and(r.less(0), gamma.notEqual(0));
  const c = where(inward, p.step.add(r.mul(back)), where(onward, most, least));
  const q = p.step.add(p.slope.div(p.slope.sub(x.slope)).mul(back));
  const closer = lax.abs(c.sub(p.step)).less(lax.abs(q.sub(p.step)));
  const part = p.step.add(y.step.sub(p.step).mul(0.66));
  const inner = where(closer, c, q);
  const within = where(onward, lax.min(part, inner), lax.max(part, inner));
  const free = where(lax.abs(c.sub(p.step)).greater(lax.abs(q.sub(p.step))), c, q);
  return where(bracketed, within, clip(free, least, most));
}

/** The next step, where p is lower and no flatter. */
function steeper({ best: x, other: y, bracketed }: Interval, p: End, least: NDArray, most: NDArray): NDArray {
  const [theta, root] = cubic(p, y);
  const gamma = where(p.step.greater(y.step), root.neg(), root);
  const r = gamma.sub(p.slope).add(theta).div(gamma.sub(p.slope).add(gamma).add(y.slope));
  const c = p.step.add(r.mul(y.step.sub(p.step)));
  return where(bracketed, c, where(p.step.greater(x.step), most, least));
}

/** dcstep: the interval with p as an end, and the next step. */
function shrink(s: Interval, p: End, least: NDArray, most: NDArray): [Interval, NDArray] {
  const { best: x } = s;
  const above = p.value.greater(x.value);
  const opposite = sign(p.slope).mul(sign(x.slope)).less(0);
  const smaller = lax.abs(p.slope).less(lax.abs(x.slope));
  const next = where(
    above,
    higher(x, p),
    where(opposite, turned(x, p), where(smaller, flatter(s, p, least, most), steeper(s, p, least, most))),
  );
  const interval = {
    best: pick(above, x, p),
    other: pick(above, p, pick(opposite, x, s.other)),
    bracketed: or(s.bracketed, above, opposite),
  };
  return [interval, next];
}

const tilt = (e: End, slope: NDArray): End => ({
  step: e.step,
  value: e.value.sub(e.step.mul(slope)),
  slope: e.slope.sub(slope),
});

/** What a step that was tried makes of the search, unless it ends there. */
function proceed(s: Search, p: Point, gentle: NDArray, limit: NDArray, rules: Rules): Search {
  const first = and(s.first, not(and(p.value.lessEqual(limit), p.slope.greaterEqual(0))));
  const tilted = and(first, p.value.lessEqual(s.best.value), p.value.greater(limit));
  // A value without slope, or none at all, is a wall: half the way there.
  const by = where(tilted, gentle, zero(gentle));
  const trial = { step: p.step, value: p.value, slope: p.slope };
  const [inner, proposed] = shrink(
    { best: tilt(s.best, by), other: tilt(s.other, by), bracketed: s.bracketed },
    tilt(trial, by),
    s.least,
    s.most,
  );
  const [best, other] = [tilt(inner.best, by.neg()), tilt(inner.other, by.neg())];
  const { bracketed } = inner;
  const width = lax.abs(other.step.sub(best.step));
  const slow = and(bracketed, width.greaterEqual(s.before.mul(0.66)));
  const halved = where(slow, best.step.add(other.step.sub(best.step).mul(0.5)), proposed);
  const ahead = halved.sub(best.step);
  const least = where(bracketed, lax.min(best.step, other.step), halved.add(ahead.mul(1.1)));
  const most = where(bracketed, lax.max(best.step, other.step), halved.add(ahead.mul(4)));
  const kept = clip(halved, rules.least, rules.most);
  const tight = and(
    bracketed,
    or(kept.lessEqual(least), kept.greaterEqual(most), most.sub(least).lessEqual(most.mul(rules.width))),
  );
  return {
    ...s,
    point: p,
    best,
    other,
    bracketed,
    first,
    before: where(bracketed, s.width, s.before),
    width: where(bracketed, width, s.width),
    least,
    most,
    next: where(tight, best.step, kept),
  };
}

/** Searches along a line from `start`, of negative slope, whose points `at` computes; `initial` is the step tried first. */
export function moreThuente(
  at: (step: NDArray) => Point,
  start: Point,
  initial: NDArray,
  rules: Rules,
): Found {
  const gentle = start.slope.mul(rules.decrease);
  const origin = { step: start.step, value: start.value, slope: start.slope };
  const span = lax.sub(number(initial, 0).add(rules.most), rules.least);
  const trial = (s: Search): Search => {
    const p = at(s.next);
    const tries = s.tries.add(int(1));
    const limit = start.value.add(p.step.mul(gentle));
    const low = p.value.lessEqual(limit);
    const good = and(low, lax.abs(p.slope).lessEqual(start.slope.neg().mul(rules.curvature)));
    const stuck = or(
      and(s.bracketed, or(p.step.lessEqual(s.least), p.step.greaterEqual(s.most))),
      and(s.bracketed, s.most.sub(s.least).lessEqual(s.most.mul(rules.width))),
      and(p.step.equal(rules.most), low, p.slope.lessEqual(gentle)),
      and(p.step.equal(rules.least), or(not(low), p.slope.greaterEqual(gentle))),
    );
    const valid = and(lax.isFinite(p.value), lax.isFinite(p.slope));
    const onward = proceed(s, p, gentle, limit, rules);
    // Where the function has no value the step is shortened, and no more is known.
    const shortened = s.best.step.add(p.step.sub(s.best.step).mul(0.5));
    const walled = { ...s, next: shortened, most: lax.min(s.most, p.step) };
    const next = pick(valid, onward, walled);
    const ended = where(good, int(1), where(and(valid, stuck), int(2), int(0)));
    const lost = and(ended.equal(0), or(not(lax.isFinite(next.next)), tries.greaterEqual(rules.maxiter)));
    return { ...next, point: p, tries, state: where(lost, int(3), ended) };
  };
  const possible = and(start.slope.less(0), lax.isFinite(start.value), initial.greaterEqual(rules.least));
  const end = lax.whileLoop((s: Search) => s.state.equal(0), trial, {
    point: start,
    next: initial,
    best: origin,
    other: origin,
    bracketed: flag(false),
    first: flag(true),
    width: span,
    before: span.mul(2),
    least: zero(initial),
    most: initial.mul(5),
    tries: int(0),
    state: where(possible, int(0), int(3)),
  });
  const { point, tries: evaluations } = end;
  return { point, found: end.state.equal(1), stuck: end.state.equal(2), evaluations };
}
