/**
 * @file L-BFGS-B: limited-memory quasi-Newton steps with bounds. The model's lowest point along the projected gradient says
 * which bounds hold (cauchy.ts); within the others' space the model is minimised; a line search follows.
 *
 * The model's matrix is θ − W M Wᵀ with W = [Y, θ S], two columns for each step remembered. Places of the memory that are
 * not filled yet are zeros, and M has ones for them.
 *
 * Sources: Byrd, Lu, Nocedal and Zhu, SIAM J. Sci. Comput. 16 (1995); Morales and Nocedal, ACM TOMS 38 (2011), the version
 * 3.0 that SciPy has.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../control-flow/lax.ts";
import { inv, solve } from "../../numpy/linalg/solve.ts";
import { clip, where } from "../../numpy/ufuncs/logic.ts";
import { tril } from "../../numpy/creation/triangular.ts";
import { cauchyPoint } from "./cauchy.ts";
import type { Point } from "./line-search/bracket.ts";
import { moreThuente } from "./line-search/more-thuente.ts";
import type { Box, Outcome, Problem } from "./problem.ts";
import { and, count, dot, eye, flag, int, largest, norm, not, number, or, pick } from "./traced.ts";

export interface LbfgsbOptions {
  readonly maxcor: number;
  readonly ftol: number;
  readonly gtol: number;
  readonly maxiter: number;
  readonly maxfun: number;
  readonly maxls: number;
}

/** The last steps and changes of the gradient, the newest last. */
interface Memory {
  readonly steps: NDArray;
  readonly changes: NDArray;
  readonly theta: NDArray;
  readonly filled: NDArray;
}

interface State extends Memory {
  readonly x: NDArray;
  readonly value: NDArray;
  readonly gradient: NDArray;
  readonly iterations: NDArray;
  readonly evaluations: NDArray;
  /** −1 while it goes on. */
  readonly status: NDArray;
}

/** The quadratic model of a memory: W [n, 2m] and M [2m, 2m]. */
export interface Compact {
  readonly theta: NDArray;
  readonly w: NDArray;
  readonly m: NDArray;
}

function compact({ steps, changes, theta, filled }: Memory): Compact {
  const [size] = steps.shape;
  const transposed = (x: NDArray): NDArray => lax.transpose(x, [1, 0]);
  const sy = lax.dot(steps, transposed(changes));
  const ss = lax.dot(steps, transposed(steps)).mul(theta);
  const empty = lax.lt(lax.iota("int32", size), lax.sub(size, filled));
  const ones = where(empty, lax.full([size], 1, theta.dtype), lax.full([size], 0, theta.dtype));
  const diagonal = eye(steps, size);
  const lower = tril(sy, -1);
  const d = diagonal.mul(sy.add(ones)).neg();
  const top = lax.concatenate([d, transposed(lower)], 1);
  const bottom = lax.concatenate([lower, ss.add(diagonal.mul(ones))], 1);
  return {
    theta,
    w: transposed(lax.concatenate([changes, steps.mul(theta)], 0)),
    m: inv(lax.concatenate([top, bottom], 0)),
  };
}

/** The largest t ≤ most for which x + t d keeps the bounds. */
function room(x: NDArray, d: NDArray, { lower, upper }: Box, most: NDArray | number): NDArray {
  const still = d.equal(0);
  const limit = where(d.less(0), lower, upper)
    .sub(x)
    .div(where(still, lax.fullLike(d, 1), d));
  const steps = where(still, lax.fullLike(d, Infinity), lax.max(limit, 0));
  return lax.min(lax.reduceMin(steps, [0]), most);
}

/** The model's minimum among the variables that are not at bounds, from the Cauchy point. */
function subspaceMinimum(
  { x, gradient }: Pick<State, "x" | "gradient">,
  box: Box | null,
  { theta, w, m }: Compact,
): NDArray {
  const cauchy = box === null ? null : cauchyPoint(x, gradient, box, { theta, w, m });
  const from = cauchy?.x ?? x;
  const free =
    box === null ? lax.fullLike(x, 1) : where(and(from.notEqual(box.lower), from.notEqual(box.upper)), 1, 0);
  const pulled = cauchy === null ? lax.fullLike(x, 0) : lax.dot(w, lax.dot(m, cauchy.c));
  const r = gradient.add(from.sub(x).mul(theta)).sub(pulled).mul(free);
  const inner = w.mul(lax.expandDims(free, [1]));
  const v = lax.dot(m, lax.dot(r, inner));
  const n = eye(v).sub(lax.dot(m, lax.dot(lax.transpose(inner, [1, 0]), inner)).div(theta));
  const bent = lax.dot(inner, solve(n, v));
  const step = r
    .div(theta)
    .add(bent.div(theta.mul(theta)))
    .neg();
  if (box === null) return from.add(step);
  const projected = clip(from.add(step), box.lower, box.upper);
  const descends = dot(projected.sub(x), gradient).lessEqual(0);
  const short = clip(from.add(step.mul(room(from, step, box, 1))), box.lower, box.upper);
  return where(descends, projected, short);
}

/** The gradient, as far as bounds let one go along it. */
const projectedGradient = (x: NDArray, g: NDArray, box: Box | null): NDArray =>
  box === null ? g : x.sub(clip(x.sub(g), box.lower, box.upper));

/** The memory with one more step, if the curvature along it is positive. */
function remember(s: Memory, step: NDArray, change: NDArray, fall: NDArray): Memory {
  const [size] = s.steps.shape;
  const along = dot(step, change);
  const good = along.greater(fall.mul(Number.EPSILON));
  const push = (all: NDArray, item: NDArray): NDArray =>
    where(good, lax.concatenate([lax.sliceInDim(all, 1, size, 1, 0), lax.expandDims(item, [0])], 0), all);
  return {
    steps: push(s.steps, step),
    changes: push(s.changes, change),
    theta: where(good, dot(change, change).div(along), s.theta),
    filled: lax.min(count(s.filled, good), size),
  };
}

function next(problem: Problem, s: State, options: LbfgsbOptions): State {
  const { box } = problem;
  const target = subspaceMinimum(s, box, compact(s));
  const direction = target.sub(s.x);
  const slope = dot(s.gradient, direction);
  const initial = s.iterations.equal(0);
  const most =
    box === null ? number(slope, 1e10) : where(initial, 1, lax.max(room(s.x, direction, box, 1e10), 1));
  const boxed =
    box === null ? flag(false) : lax.reduceAnd(and(lax.isFinite(box.lower), lax.isFinite(box.upper)), [0]);
  const careful = lax.min(number(slope, 1).div(norm(direction)), most);
  const first = where(and(initial, not(boxed)), careful, 1);
  const within = (x: NDArray): NDArray => (box === null ? x : clip(x, box.lower, box.upper));
  const at = (step: NDArray): Point => {
    const x = within(where(step.equal(1), target, s.x.add(direction.mul(step))));
    const [value, gradient] = problem.both(x);
    return { step, value, slope: dot(gradient, direction), gradient };
  };
  const start = { step: lax.fullLike(slope, 0), value: s.value, slope, gradient: s.gradient };
  const rules = { decrease: 1e-3, curvature: 0.9, width: 0.1, least: 0, most, maxiter: options.maxls };
  const { point, found, stuck, evaluations } = moreThuente(at, start, first, rules);
  const good = or(found, stuck);
  const { step } = point;
  const x = within(where(step.equal(1), target, s.x.add(direction.mul(step))));
  const iterations = count(s.iterations, good);
  const spentAll = s.evaluations.add(evaluations);
  const small = largest(projectedGradient(x, point.gradient, box)).lessEqual(options.gtol);
  const scale = lax.max(lax.max(lax.abs(s.value), lax.abs(point.value)), 1);
  const flat = s.value.sub(point.value).lessEqual(scale.mul(options.ftol));
  const over = or(iterations.greaterEqual(options.maxiter), spentAll.greaterEqual(options.maxfun));
  // Without a step the memory is forgotten; without memory there is nothing left to try.
  const fresh = s.filled.equal(0);
  const moved = remember(s, x.sub(s.x), point.gradient.sub(s.gradient), slope.mul(step).neg());
  const forgotten = {
    steps: lax.fullLike(s.steps, 0),
    changes: lax.fullLike(s.changes, 0),
    theta: lax.fullLike(s.theta, 1),
    filled: int(0),
  };
  const ended = where(or(small, flat), int(0), where(over, int(1), int(-1)));
  return {
    x: where(good, x, s.x),
    value: where(good, point.value, s.value),
    gradient: where(good, point.gradient, s.gradient),
    ...pick<Memory>(good, moved, forgotten),
    iterations,
    evaluations: spentAll,
    status: where(good, ended, where(fresh, int(2), where(over, int(1), int(-1)))),
  };
}

export function lbfgsb(problem: Problem, options: LbfgsbOptions): Outcome {
  const { box } = problem;
  const x0 = box === null ? problem.x0 : clip(problem.x0, box.lower, box.upper);
  const [value, gradient] = problem.both(x0);
  const empty = lax.full([options.maxcor, x0.size], 0, x0.dtype);
  const still = largest(projectedGradient(x0, gradient, box)).lessEqual(options.gtol);
  const ready = where(still, int(0), where(lax.isFinite(value), int(-1), int(2)));
  const end = lax.whileLoop(
    (s: State) => s.status.equal(-1),
    (s: State) => next(problem, s, options),
    {
      x: x0,
      value,
      gradient,
      steps: empty,
      changes: empty,
      theta: number(value, 1),
      filled: int(0),
      iterations: int(0),
      evaluations: int(1),
      status: options.maxiter > 0 ? ready : where(still, int(0), int(1)),
    },
  );
  return {
    x: end.x,
    status: end.status,
    iterations: end.iterations,
    evaluations: end.evaluations,
    gradients: end.evaluations,
    hessians: int(0),
    inverse: null,
    multipliers: null,
  };
}
