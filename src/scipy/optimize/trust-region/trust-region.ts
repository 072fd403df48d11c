/**
 * @file Trust region methods: steps minimise a quadratic model in a ball, whose radius follows how well the model predicted
 * the last step. What minimises the model is the method's part (subproblems.ts).
 *
 * Source: SciPy, optimize/_trustregion.py; Nocedal and Wright, algorithm 4.1.
 */
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { where } from "../../../numpy/ufuncs/logic.ts";
import type { Outcome, Problem } from "../problem.ts";
import { and, count, dot, flag, int, norm, not, number } from "../traced.ts";

/** A step within the ball. */
export interface ModelStep {
  readonly step: NDArray;
  /** Whether it is as long as the radius. */
  readonly hits: NDArray;
  /** False where the method cannot work with the Hessian that it met. */
  readonly solved: NDArray;
  /** Products with the Hessian that it took. */
  readonly products: NDArray;
}

/** The quadratic model at a point. */
export interface Model {
  readonly gradient: NDArray;
  /** The product of the Hessian with a vector. */
  readonly push: (p: NDArray) => NDArray;
  /** All of the Hessian. */
  readonly matrix: () => NDArray;
}

export type Subproblem = (model: Model, radius: NDArray) => ModelStep;

export interface TrustOptions {
  readonly gtol: number;
  readonly maxiter: number;
  readonly initialRadius: number;
  readonly maxRadius: number;
  /** Steps are taken where the value falls by more than this part of what was predicted. */
  readonly eta: number;
}

interface State {
  readonly x: NDArray;
  readonly value: NDArray;
  readonly gradient: NDArray;
  readonly radius: NDArray;
  readonly iterations: NDArray;
  readonly gradients: NDArray;
  readonly hessians: NDArray;
  readonly status: NDArray;
}

export function trustRegion(
  problem: Problem,
  subproblem: Subproblem,
  { gtol, maxiter, initialRadius, maxRadius, eta }: TrustOptions,
): Outcome {
  const [value, gradient] = problem.both(problem.x0);
  const goesOn = (s: State): NDArray =>
    and(s.status.equal(0), not(norm(s.gradient).less(gtol)), s.iterations.less(maxiter));
  const next = (s: State): State => {
    const push = problem.push(s.x);
    const model = { gradient: s.gradient, push, matrix: () => problem.hessian(s.x) };
    const { step, hits, solved, products } = subproblem(model, s.radius);
    const predicted = dot(s.gradient, step)
      .add(dot(step, push(step)).div(2))
      .neg();
    const x = s.x.add(step);
    const value = problem.value(x);
    const hopeless = not(predicted.greater(0));
    const status = where(not(solved), int(3), where(hopeless, int(2), int(0)));
    // A step to where there is no value is one that failed.
    const ratio = where(
      lax.isFinite(value),
      s.value.sub(value).div(predicted),
      lax.fullLike(value, -Infinity),
    );
    const grown = where(and(ratio.greater(0.75), hits), lax.min(s.radius.mul(2), maxRadius), s.radius);
    const taken = and(status.equal(0), ratio.greater(eta));
    const gradient = lax.cond(
      taken,
      () => problem.gradient(x),
      () => s.gradient,
    );
    return {
      x: where(taken, x, s.x),
      value: where(taken, value, s.value),
      gradient,
      radius: where(ratio.less(0.25), s.radius.mul(0.25), grown),
      iterations: count(s.iterations, status.equal(0)),
      gradients: count(s.gradients, taken),
      hessians: s.hessians.add(products),
      status,
    };
  };
  const end = lax.whileLoop(goesOn, next, {
    x: problem.x0,
    value,
    gradient,
    radius: number(value, initialRadius),
    iterations: int(0),
    gradients: int(1),
    hessians: int(0),
    status: int(0),
  });
  const small = norm(end.gradient).less(gtol);
  const tried = count(end.iterations, and(end.status.notEqual(0), flag(true)));
  return {
    x: end.x,
    status: where(small, int(0), where(end.status.notEqual(0), end.status, int(1))),
    iterations: end.iterations,
    evaluations: tried.add(int(1)),
    gradients: end.gradients,
    hessians: end.hessians,
    inverse: null,
    multipliers: null,
  };
}
