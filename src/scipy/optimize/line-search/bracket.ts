/**
 * @file A line search for the strong Wolfe conditions: the step is enlarged until it brackets good ones, then the bracket
 * shrinks by cubic or quadratic interpolation or by halves.
 *
 * Source: Nocedal and Wright, Numerical Optimization, algorithms 3.5 and 3.6.
 */
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { finfo } from "../../../numpy/dtypes/dtypes.ts";

/** A point on the line: step, value, slope along the line, gradient. */
export interface Point {
  readonly step: NDArray;
  readonly value: NDArray;
  readonly slope: NDArray;
  readonly gradient: NDArray;
}

export interface LineSearch {
  readonly point: Point;
  readonly evaluations: NDArray;
  /** 0 if both conditions hold, 3 if the bracket shrank to nothing, 5 if no bracket was found. */
  readonly status: NDArray;
}

const sufficient = 1e-4;
const mostZooms = 30;

/** What else there is to say of steps. */
export interface SearchOptions {
  /** The slope must fall to this fraction, 0.9 by default. */
  readonly curvature?: number;
  /** May refuse steps that fulfil both conditions. */
  readonly accept?: ((p: Point) => NDArray) | undefined;
}

const not = (x: NDArray): NDArray => lax.bitwiseNot(x);
const and = (x: NDArray, ...ys: readonly NDArray[]): NDArray => ys.reduce((a, b) => lax.bitwiseAnd(a, b), x);
const or = (x: NDArray, y: NDArray): NDArray => lax.bitwiseOr(x, y);
const int = (n: number): NDArray => lax.full([], n, "int32");
const pick = (c: NDArray, a: Point, b: Point): Point => ({
  step: lax.select(c, a.step, b.step),
  value: lax.select(c, a.value, b.value),
  slope: lax.select(c, a.slope, b.slope),
  gradient: lax.select(c, a.gradient, b.gradient),
});

const square = (x: NDArray): NDArray => lax.mul(x, x);

/** The minimum of the cubic with value and slope of `a`, and the values of two other points. */
function cubicMinimum(a: Point, b: Point, c: Point): NDArray {
  const [db, dc] = [lax.sub(b.step, a.step), lax.sub(c.step, a.step)];
  const rise = (p: Point, d: NDArray): NDArray => lax.sub(lax.sub(p.value, a.value), lax.mul(a.slope, d));
  const [rb, rc] = [lax.div(rise(b, db), square(db)), lax.div(rise(c, dc), square(dc))];
  // value = a + slope d + q d² + k d³
  const k = lax.div(lax.sub(rb, rc), lax.sub(db, dc));
  const q = lax.sub(rb, lax.mul(k, db));
  const root = lax.sqrt(lax.sub(square(q), lax.mul(3, lax.mul(k, a.slope))));
  return lax.add(a.step, lax.div(lax.sub(root, q), lax.mul(3, k)));
}

/** The minimum of the parabola with value and slope of `a` and the value of `b`. */
function parabolaMinimum(a: Point, b: Point): NDArray {
  const d = lax.sub(b.step, a.step);
  const bend = lax.div(lax.sub(lax.sub(b.value, a.value), lax.mul(a.slope, d)), square(d));
  return lax.sub(a.step, lax.div(a.slope, lax.mul(2, bend)));
}

interface Bracket {
  readonly previous: Point;
  readonly lo: Point;
  readonly hi: Point;
  readonly tries: NDArray;
  readonly evaluations: NDArray;
  readonly bracketed: NDArray;
  readonly done: NDArray;
}

interface Zoom {
  readonly lo: Point;
  readonly hi: Point;
  /** The end of the bracket that was given up last. */
  readonly old: Point;
  readonly zooms: NDArray;
  readonly done: NDArray;
  readonly failed: NDArray;
}

/** Where to try next within a bracket: away from its ends, whatever the interpolation says. */
function proposal({ lo, hi, old, zooms }: Zoom): NDArray {
  const [left, right] = [lax.min(lo.step, hi.step), lax.max(lo.step, hi.step)];
  const width = lax.sub(right, left);
  const within = (x: NDArray, part: number): NDArray => {
    const margin = lax.mul(width, part);
    return and(lax.gt(x, lax.add(left, margin)), lax.lt(x, lax.sub(right, margin)));
  };
  const middle = lax.mul(lax.add(left, right), 0.5);
  const parabola = parabolaMinimum(lo, hi);
  const cubic = cubicMinimum(lo, hi, old);
  const simple = lax.select(within(parabola, 0.1), parabola, middle);
  return lax.select(and(lax.gt(zooms, 0), within(cubic, 0.2)), cubic, simple);
}

/** Searches along a line from `start`, of negative slope, whose points `at` computes; `first` is the step tried first. */
export function lineSearch(
  at: (step: NDArray) => Point,
  start: Point,
  first: NDArray,
  maxiter: number,
  { curvature = 0.9, accept }: SearchOptions = {},
): LineSearch {
  const tooHigh = (p: Point): NDArray =>
    not(lax.le(p.value, lax.add(start.value, lax.mul(sufficient, lax.mul(p.step, start.slope)))));
  const flat = (p: Point): NDArray => {
    const enough = lax.le(lax.abs(p.slope), lax.mul(-curvature, start.slope));
    return accept === undefined ? enough : and(enough, accept(p));
  };
  const no = lax.full([], 0, "bool");

  const enlarge = (s: Bracket): Bracket => {
    const initial = lax.eq(s.tries, 0);
    const p = at(lax.select(initial, first, lax.mul(2, s.previous.step)));
    const above = or(tooHigh(p), and(not(initial), lax.ge(p.value, s.previous.value)));
    const done = and(not(above), flat(p));
    const rising = and(not(above), lax.ge(p.slope, 0));
    return {
      previous: p,
      lo: pick(above, s.previous, p),
      hi: pick(above, p, s.previous),
      tries: lax.add(s.tries, 1),
      evaluations: lax.add(s.evaluations, 1),
      bracketed: and(not(done), or(above, rising)),
      done,
    };
  };
  const bracket = lax.whileLoop(
    (s: Bracket) => and(not(s.done), not(s.bracketed), lax.lt(s.tries, maxiter)),
    enlarge,
    { previous: start, lo: start, hi: start, tries: int(0), evaluations: int(0), bracketed: no, done: no },
  );

  const narrow = (s: Zoom): Zoom => {
    const p = at(proposal(s));
    const above = or(tooHigh(p), not(lax.lt(p.value, s.lo.value)));
    const done = and(not(above), flat(p));
    const turned = lax.ge(lax.mul(p.slope, lax.sub(s.hi.step, s.lo.step)), 0);
    const lo = pick(above, s.lo, p);
    const hi = pick(above, p, pick(turned, s.lo, s.hi));
    const zooms = lax.add(s.zooms, 1);
    const width = lax.abs(lax.sub(hi.step, lo.step));
    const none = lax.le(
      width,
      lax.mul(lax.max(lax.abs(hi.step), lax.abs(lo.step)), finfo(width.dtype).eps * 4),
    );
    const old = pick(or(above, turned), s.hi, s.lo);
    return { lo, hi, old, zooms, done, failed: and(not(done), or(none, lax.ge(zooms, mostZooms))) };
  };
  const { lo, hi } = bracket;
  const zoom = lax.whileLoop((s: Zoom) => and(not(s.done), not(s.failed)), narrow, {
    lo,
    hi,
    old: hi,
    zooms: int(0),
    done: bracket.done,
    failed: not(or(bracket.done, bracket.bracketed)),
  });
  const shrunk = lax.select(bracket.bracketed, int(3), int(5));
  return {
    // The lowest point found with a sufficient decrease (the start, if there is none).
    point: zoom.lo,
    evaluations: lax.add(bracket.evaluations, zoom.zooms),
    status: lax.select(zoom.done, int(0), shrunk),
  };
}
