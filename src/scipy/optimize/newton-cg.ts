/**
 * @file Newton's method, the step by conjugate gradients on products with the Hessian, which end early where they meet
 * negative curvature; then a line search. Source: SciPy, optimize/_optimize.py, _minimize_newtoncg.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../control-flow/lax.ts";
import { where } from "../../numpy/ufuncs/logic.ts";
import { descentStatus } from "./conjugate-gradients.ts";
import type { Outcome, Problem } from "./problem.ts";
import { and, dot, flag, int, not, or } from "./traced.ts";
import { type Standing, searchWolfe } from "./line-search/wolfe.ts";

interface State extends Standing {
  readonly iterations: NDArray;
  readonly evaluations: NDArray;
  readonly hessians: NDArray;
  readonly moved: NDArray;
  readonly failed: NDArray;
  readonly unsolved: NDArray;
}

interface Inner {
  readonly x: NDArray;
  readonly r: NDArray;
  readonly p: NDArray;
  readonly square: NDArray;
  readonly count: NDArray;
  readonly done: NDArray;
}

const sizes = (x: NDArray): NDArray => lax.reduceSum(lax.abs(x), [0]);

/** Curvatures up to this are taken for none. */
const flat = 3 * Number.EPSILON;

/** The direction: the Hessian's system solved as well as the gradient is small. */
function direction(problem: Problem, x: NDArray, gradient: NDArray): Inner {
  const push = problem.push(x);
  const size = sizes(gradient);
  const enough = lax.min(lax.sqrt(size), 0.5).mul(size);
  const step = (s: Inner): Inner => {
    const product = push(s.p);
    const curvature = dot(s.p, product);
    const level = and(curvature.greaterEqual(0), curvature.lessEqual(flat));
    const stop = or(level, not(curvature.greaterEqual(0)));
    const steepest = and(curvature.less(0), s.count.equal(0));
    const alpha = s.square.div(curvature);
    const r = s.r.add(product.mul(alpha));
    const square = dot(r, r);
    return {
      x: where(steepest, gradient.mul(s.square.div(curvature)), where(stop, s.x, s.x.add(s.p.mul(alpha)))),
      r,
      p: s.p.mul(square.div(s.square)).sub(r),
      square,
      count: s.count.add(int(1)),
      done: or(stop, sizes(r).lessEqual(enough)),
    };
  };
  return lax.whileLoop((s: Inner) => and(not(s.done), s.count.less(20 * x.size)), step, {
    x: lax.fullLike(x, 0),
    r: gradient,
    p: gradient.neg(),
    square: dot(gradient, gradient),
    count: int(0),
    done: sizes(gradient).lessEqual(enough),
  });
}

export function newtonCg(
  problem: Problem,
  { xtol, maxiter }: { readonly xtol: number; readonly maxiter: number },
): Outcome {
  const { x0 } = problem;
  const [value, gradient] = problem.both(x0);
  const goesOn = (s: State): NDArray =>
    and(not(s.failed), not(s.unsolved), s.moved.greater(x0.size * xtol), s.iterations.less(maxiter));
  const step = (s: State): State => {
    const inner = direction(problem, s.x, s.gradient);
    const { point, found, evaluations } = searchWolfe(problem, s, inner.x, 0.9);
    // At a stationary point there is no direction, and nothing to find.
    const still = sizes(inner.x).equal(0);
    const keep = (a: NDArray, b: NDArray): NDArray => where(found, a, b);
    const moved = inner.x.mul(point.step);
    return {
      x: keep(s.x.add(moved), s.x),
      value: keep(point.value, s.value),
      gradient: keep(point.gradient, s.gradient),
      before: keep(s.value, s.before),
      iterations: s.iterations.add(int(1)),
      evaluations: s.evaluations.add(evaluations),
      hessians: s.hessians.add(inner.count),
      moved: where(still, lax.fullLike(s.moved, 0), sizes(moved)),
      failed: and(not(found), not(still)),
      unsolved: and(not(inner.done), inner.count.greaterEqual(20 * x0.size)),
    };
  };
  const end = lax.whileLoop(goesOn, step, {
    x: x0,
    value,
    gradient,
    before: lax.fullLike(value, NaN),
    iterations: int(0),
    evaluations: int(1),
    hessians: int(0),
    moved: lax.fullLike(value, Infinity),
    failed: flag(false),
    unsolved: flag(false),
  });
  const spent = and(end.moved.greater(x0.size * xtol), end.iterations.greaterEqual(maxiter));
  return {
    x: end.x,
    status: where(end.unsolved, int(3), descentStatus(end, end.failed, spent)),
    iterations: end.iterations,
    evaluations: end.evaluations,
    gradients: end.evaluations,
    hessians: end.hessians,
    inverse: null,
    multipliers: null,
  };
}
