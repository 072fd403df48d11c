/**
 * @file Nonlinear conjugate gradients, by Polak and Ribière, restarted where the factor would be negative.
 * Source: SciPy, optimize/_optimize.py, _minimize_cg; Gilbert and Nocedal, SIAM J. Optimization 2 (1992).
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../control-flow/lax.ts";
import { where } from "../../numpy/ufuncs/logic.ts";
import type { Point } from "./line-search/bracket.ts";
import type { Outcome, Problem } from "./problem.ts";
import { and, dot, int, largest, norm, not, or } from "./traced.ts";
import { type Standing, searchWolfe } from "./line-search/wolfe.ts";

interface State extends Standing {
  readonly direction: NDArray;
  readonly iterations: NDArray;
  readonly evaluations: NDArray;
  readonly failed: NDArray;
}

/** Steps must leave a direction that descends by so much of the gradient's square. */
const descent = 0.01;

export function conjugateGradients(
  problem: Problem,
  { gtol, maxiter }: { readonly gtol: number; readonly maxiter: number },
): Outcome {
  const [value, gradient] = problem.both(problem.x0);
  const goesOn = (s: State): NDArray =>
    and(not(s.failed), largest(s.gradient).greater(gtol), s.iterations.less(maxiter));
  const step = (s: State): State => {
    const square = dot(s.gradient, s.gradient);
    const onward = (p: Point): NDArray => {
      const beta = lax.max(dot(p.gradient.sub(s.gradient), p.gradient).div(square), 0);
      return s.direction.mul(beta).sub(p.gradient);
    };
    const accept = (p: Point): NDArray =>
      or(
        largest(p.gradient).lessEqual(gtol),
        dot(onward(p), p.gradient).lessEqual(dot(p.gradient, p.gradient).mul(-descent)),
      );
    const { point, found, evaluations } = searchWolfe(problem, s, s.direction, 0.4, accept);
    const keep = (a: NDArray, b: NDArray): NDArray => where(found, a, b);
    return {
      x: keep(s.x.add(s.direction.mul(point.step)), s.x),
      value: keep(point.value, s.value),
      gradient: keep(point.gradient, s.gradient),
      before: keep(s.value, s.before),
      direction: keep(onward(point), s.direction),
      iterations: s.iterations.add(where(found, int(1), int(0))),
      evaluations: s.evaluations.add(evaluations),
      failed: not(found),
    };
  };
  const end = lax.whileLoop(goesOn, step, {
    x: problem.x0,
    value,
    gradient,
    before: value.add(norm(gradient).div(2)),
    direction: gradient.neg(),
    iterations: int(0),
    evaluations: int(1),
    failed: lax.full([], 0, "bool"),
  });
  return {
    x: end.x,
    status: descentStatus(end, end.failed, end.iterations.greaterEqual(maxiter)),
    iterations: end.iterations,
    evaluations: end.evaluations,
    gradients: end.evaluations,
    hessians: int(0),
    inverse: null,
    multipliers: null,
  };
}

/** SciPy's status: 0 converged, 1 iterations spent, 2 no step found, 3 not a number. */
export function descentStatus(
  s: { readonly x: NDArray; readonly value: NDArray },
  failed: NDArray,
  spent: NDArray,
): NDArray {
  const known = and(lax.isFinite(s.value), lax.reduceAnd(lax.isFinite(s.x), [0]));
  return where(failed, int(2), where(spent, int(1), where(known, int(0), int(3))));
}
