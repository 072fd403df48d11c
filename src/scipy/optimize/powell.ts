/**
 * @file Powell's method: minima along each of n directions in turn, which are replaced by the way gone where that pays. No
 * derivatives. Source: SciPy, optimize/_optimize.py, _minimize_powell.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../control-flow/lax.ts";
import { clip, where } from "../../numpy/ufuncs/logic.ts";
import type { Box, Outcome, Problem } from "./problem.ts";
import { minimizeBetween, minimizeLine } from "./line-search/scalar.ts";
import { and, at, count, eye, flag, int, not, or, put } from "./traced.ts";

export interface PowellOptions {
  readonly xtol: number;
  readonly ftol: number;
  readonly maxiter: number;
  readonly maxfev: number;
}

interface Moved {
  readonly x: NDArray;
  readonly value: NDArray;
  readonly way: NDArray;
  readonly evaluations: NDArray;
}

/** One time through all directions: the largest fall of the value, and along which. */
interface Round extends Omit<Moved, "way"> {
  readonly drop: NDArray;
  readonly widest: NDArray;
}

interface State {
  readonly x: NDArray;
  readonly value: NDArray;
  /** Where the last round ended. */
  readonly corner: NDArray;
  readonly directions: NDArray;
  readonly iterations: NDArray;
  readonly evaluations: NDArray;
  readonly done: NDArray;
}

/** How far one may go from x along a direction, backwards and forwards. */
function reach(x: NDArray, direction: NDArray, { lower, upper }: Box): [NDArray, NDArray] {
  const still = direction.equal(0);
  const along = where(still, lax.fullLike(direction, 1), direction);
  const [low, high] = [lower.sub(x).div(along), upper.sub(x).div(along)];
  const endless = lax.fullLike(x, Infinity);
  const back = lax.reduceMax(where(still, endless.neg(), lax.min(low, high)), [0]);
  const forth = lax.reduceMin(where(still, endless, lax.max(low, high)), [0]);
  const none = forth.less(back);
  return [where(none, lax.fullLike(back, 0), back), where(none, lax.fullLike(forth, 0), forth)];
}

/** The minimum along a direction. */
function along(problem: Problem, s: Omit<Moved, "way">, direction: NDArray, tol: number): Moved {
  const { value, box } = problem;
  const search = (): Moved => {
    const line = (t: NDArray): NDArray => value(s.x.add(direction.mul(t)));
    const moved = (t: NDArray, f: NDArray, evaluations: NDArray): Moved => {
      const way = direction.mul(t);
      return { x: s.x.add(way), value: f, way, evaluations: s.evaluations.add(evaluations) };
    };
    if (box === null) {
      const { t, f, evaluations } = minimizeLine(line, s.value, tol);
      return moved(t, f, evaluations);
    }
    const [back, forth] = reach(s.x, direction, box);
    // An end without limit is brought near by the tangent.
    const endless = not(and(lax.isFinite(back), lax.isFinite(forth)));
    const far = (t: NDArray): NDArray => where(endless, lax.tan(t), t);
    const near = (t: NDArray): NDArray => where(endless, lax.atan(t), t);
    const found = minimizeBetween((t) => line(far(t)), near(back), near(forth), tol / 100);
    const end = moved(far(found.t), found.f, found.evaluations);
    return { ...end, x: clip(end.x, box.lower, box.upper) };
  };
  const { x, value: f, evaluations } = s;
  const stay = (): Moved => ({ x, value: f, way: direction, evaluations });
  return lax.cond(lax.reduceOr(direction.notEqual(0), [0]), search, stay);
}

export function powell(problem: Problem, options: PowellOptions): Outcome {
  const { value, box } = problem;
  const { xtol, ftol, maxiter, maxfev } = options;
  const n = problem.x0.size;
  const tol = 100 * xtol;
  const x0 = box === null ? problem.x0 : clip(problem.x0, box.lower, box.upper);

  const round = (s: State): Round => {
    const one = (i: NDArray, r: Round): Round => {
      const moved = along(problem, r, at(s.directions, i), tol);
      const fall = r.value.sub(moved.value);
      const wider = fall.greater(r.drop);
      return {
        x: moved.x,
        value: moved.value,
        evaluations: moved.evaluations,
        drop: where(wider, fall, r.drop),
        widest: where(wider, i, r.widest),
      };
    };
    const { x, value: f, evaluations } = s;
    return lax.foriLoop(0, n, one, {
      x,
      value: f,
      evaluations,
      drop: lax.fullLike(f, 0),
      widest: int(0),
    });
  };
  const step = (s: State): State => {
    const r = round(s);
    const iterations = s.iterations.add(int(1));
    const limit = lax.abs(s.value).add(lax.abs(r.value)).mul(ftol).add(1e-20);
    const done = or(
      s.value.sub(r.value).mul(2).lessEqual(limit),
      and(lax.ne(s.value, s.value), lax.ne(r.value, r.value)),
    );
    const over = or(done, r.evaluations.greaterEqual(maxfev), iterations.greaterEqual(maxiter));
    const way = r.x.sub(s.corner);
    const stay = { x: r.x, value: r.value, directions: s.directions, evaluations: r.evaluations };
    const extend = (): typeof stay => {
      const room = box === null ? null : lax.min(reach(r.x, way, box)[1], 1);
      const fx = value(r.x.add(room === null ? way : way.mul(room)));
      const bend = s.value.add(fx).sub(r.value.mul(2)).mul(2);
      const rest = s.value.sub(r.value).sub(r.drop);
      const whole = s.value.sub(fx);
      const pays = and(
        s.value.greater(fx),
        bend.mul(rest).mul(rest).sub(r.drop.mul(whole).mul(whole)).less(0),
      );
      const evaluated = { ...r, evaluations: r.evaluations.add(int(1)) };
      const follow = (): typeof stay => {
        const moved = along(problem, evaluated, way, tol);
        const any = lax.reduceOr(moved.way.notEqual(0), [0]);
        const replaced = put(put(s.directions, at(s.directions, n - 1), r.widest), moved.way, n - 1);
        return {
          x: moved.x,
          value: moved.value,
          directions: where(any, replaced, s.directions),
          evaluations: moved.evaluations,
        };
      };
      return lax.cond(pays, follow, () => ({ ...stay, evaluations: evaluated.evaluations }));
    };
    const next = lax.cond(over, () => stay, extend);
    return { ...next, corner: r.x, iterations, done };
  };
  const end = lax.whileLoop(
    (s: State) => and(not(s.done), s.evaluations.less(maxfev), s.iterations.less(maxiter)),
    step,
    {
      x: x0,
      value: value(x0),
      corner: x0,
      directions: eye(x0),
      iterations: int(0),
      evaluations: count(int(0), flag(true)),
      done: flag(false),
    },
  );
  const known = and(lax.isFinite(end.value), lax.reduceAnd(lax.isFinite(end.x), [0]));
  const over = where(end.evaluations.greaterEqual(maxfev), int(1), int(2));
  return {
    x: end.x,
    status: where(end.done, where(known, int(0), int(3)), over),
    iterations: end.iterations,
    evaluations: end.evaluations,
    gradients: int(0),
    hessians: int(0),
    inverse: null,
    multipliers: null,
  };
}
