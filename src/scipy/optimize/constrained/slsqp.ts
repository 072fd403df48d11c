/**
 * @file Sequential quadratic programming: each step minimises a quadratic model of the Lagrangian under linear models of the
 * constraints; a line search on f and the violations, weighted by multipliers, follows; the model's matrix is BFGS's, damped
 * so that it stays positive definite.
 *
 * Source: Kraft, A software package for sequential quadratic programming, DFVLR-FB 88-28 (1988), as in SciPy's SLSQP; the
 * quadratic programs are solved by quadratic.ts.
 */
import type { NDArray } from "../../../core/array.ts";
import { jacrev } from "../../../api/jacobian.ts";
import * as lax from "../../../control-flow/lax.ts";
import { where } from "../../../numpy/ufuncs/logic.ts";
import { clip } from "../../../numpy/ufuncs/logic.ts";
import { valuesOf } from "../constraints.ts";
import type { Box, Outcome, Problem } from "../problem.ts";
import { type ProgramMinimum, type Rows, minimizeQuadratic } from "./quadratic.ts";
import { and, count, dot, eye, flag, int, norm, not, or, outer } from "../traced.ts";

export interface SlsqpOptions {
  readonly ftol: number;
  readonly maxiter: number;
}

interface Values {
  readonly x: NDArray;
  readonly value: NDArray;
  readonly c: NDArray;
}

interface State extends Values {
  readonly gradient: NDArray;
  readonly jacobian: NDArray;
  readonly matrix: NDArray;
  readonly weights: NDArray;
  readonly multipliers: NDArray;
  readonly resets: NDArray;
  readonly iterations: NDArray;
  readonly evaluations: NDArray;
  readonly gradients: NDArray;
  /** −1 while it goes on. */
  readonly status: NDArray;
}

/** Which rows of constraints are equalities. */
interface Kinds {
  readonly equality: NDArray;
}

/** How far each constraint is violated. */
const violations = (c: NDArray, { equality }: Kinds): NDArray =>
  lax.max(c.neg(), where(equality, c, lax.fullLike(c, 0)));
const total = (x: NDArray): NDArray => lax.reduceSum(x, [0]);

/** The linear models of the constraints and the bounds, for a step. */
function rowsOf(
  { x, c, jacobian }: Pick<State, "x" | "c" | "jacobian">,
  { equality }: Kinds,
  box: Box | null,
): Rows {
  const on = lax.full([c.size], 1, "bool");
  if (box === null) return { a: jacobian, b: c, equality, valid: on };
  const [low, high] = [x.sub(box.lower), box.upper.sub(x)];
  const sides = lax.concatenate([low, high], 0);
  const known = lax.isFinite(sides);
  const unit = eye(x);
  return {
    a: lax.concatenate([jacobian, unit, unit.neg()], 0),
    b: lax.concatenate([c, where(known, sides, lax.fullLike(sides, 0))], 0),
    equality: lax.concatenate([equality, lax.full([sides.size], 0, "bool")], 0),
    valid: lax.concatenate([on, known], 0),
  };
}

/** The weight of the square of what constraints are relaxed by. */
const relaxed = 1e4;

/**
 * The step. Where the models of the constraints contradict one another, each is relaxed by the part s of its violation: one
 * more unknown, as small as can be. Also 1 − s.
 */
function direction(s: State, kinds: Kinds, box: Box | null): ProgramMinimum & { readonly kept: NDArray } {
  const rows = rowsOf(s, kinds, box);
  const found = minimizeQuadratic(s.matrix, s.gradient, rows);
  const one = lax.fullLike(s.value, 1);
  const relax = (): typeof found & { kept: NDArray } => {
    const n = s.x.size;
    const m = rows.b.size;
    const give = where(rows.equality, rows.b.neg(), lax.max(rows.b.neg(), 0));
    const column = (v: NDArray): NDArray => lax.reshape(v, [v.size, 1]);
    const corner = lax.reshape(one.mul(relaxed), [1, 1]);
    const side = lax.full([n, 1], 0, s.x.dtype);
    const matrix = lax.concatenate(
      [lax.concatenate([s.matrix, side], 1), lax.concatenate([lax.transpose(side, [1, 0]), corner], 1)],
      0,
    );
    const zeros = lax.full([1, n], 0, s.x.dtype);
    const plus = lax.full([1, 1], 1, s.x.dtype);
    const wide = minimizeQuadratic(matrix, lax.concatenate([s.gradient, lax.full([1], 0, s.x.dtype)], 0), {
      a: lax.concatenate([lax.concatenate([rows.a, column(give)], 1), lax.concatenate([zeros, plus], 1)], 0),
      b: lax.concatenate([rows.b, lax.full([1], 0, s.x.dtype)], 0),
      equality: lax.concatenate([rows.equality, lax.full([1], 0, "bool")], 0),
      valid: lax.concatenate([rows.valid, lax.full([1], 1, "bool")], 0),
    });
    const part = lax.sliceInDim(wide.d, n, n + 1, 1, 0);
    return {
      d: lax.sliceInDim(wide.d, 0, n, 1, 0),
      multipliers: lax.sliceInDim(wide.multipliers, 0, m, 1, 0),
      feasible: and(wide.feasible, lax.reshape(part, []).less(1 - 1e-8)),
      kept: lax.reshape(part, []).sub(1).neg(),
    };
  };
  return lax.cond(found.feasible, () => ({ ...found, kept: one }), relax);
}

interface Search extends Values {
  readonly step: NDArray;
  readonly fall: NDArray;
  readonly tries: NDArray;
  readonly done: NDArray;
}

/** Steps are shortened until f with the weighted violations falls by a tenth of what the model says. */
function search(
  problem: Problem,
  evaluate: (x: NDArray) => Values,
  s: State,
  step: NDArray,
  slope: NDArray,
  kinds: Kinds,
): Search {
  const { box } = problem;
  const merit = (v: Values): NDArray => v.value.add(total(s.weights.mul(violations(v.c, kinds))));
  const before = merit(s);
  const trial = (t: Search): Search => {
    const moved = s.x.add(t.step);
    const values = evaluate(box === null ? moved : clip(moved, box.lower, box.upper));
    const rise = merit(values).sub(before);
    const tries = t.tries.add(int(1));
    const done = or(rise.lessEqual(t.fall.div(10)), tries.greater(10));
    const better = t.fall.div(t.fall.sub(rise).mul(2));
    const shorter = where(better.greater(0.1), better, lax.fullLike(better, 0.1));
    const alpha = where(done, lax.fullLike(better, 1), lax.min(shorter, 1));
    return { ...values, step: t.step.mul(alpha), fall: t.fall.mul(alpha), tries, done };
  };
  return lax.whileLoop((t: Search) => not(t.done), trial, {
    x: s.x,
    value: s.value,
    c: s.c,
    step,
    fall: slope,
    tries: int(0),
    done: flag(false),
  });
}

/** BFGS's update of the model's matrix, for a step and the change of the Lagrangian's gradient. */
function updated(matrix: NDArray, step: NDArray, change: NDArray): NDArray {
  const product = lax.dot(matrix, step);
  const [along, curvature] = [dot(step, change), dot(step, product)];
  const low = along.less(curvature.mul(0.2));
  const part = curvature.mul(0.8).div(curvature.sub(along));
  const theta = where(low, part, lax.fullLike(part, 1));
  const mixed = change.mul(theta).add(product.mul(theta.sub(1).neg()));
  const height = where(low, curvature.mul(0.2), along);
  const next = matrix.add(outer(mixed, mixed).div(height)).sub(outer(product, product).div(curvature));
  return where(and(height.greater(0), curvature.greater(0)), next, matrix);
}

function next(
  problem: Problem,
  evaluate: (x: NDArray) => Values,
  jacobianOf: (x: NDArray) => NDArray,
  s: State,
  kinds: Kinds,
  { ftol, maxiter }: SlsqpOptions,
): State {
  const m = s.c.size;
  const { d, multipliers: all, feasible, kept } = direction(s, kinds, problem.box);
  const multipliers = lax.sliceInDim(all, 0, m, 1, 0);
  const sizes = lax.abs(multipliers);
  const weights = lax.max(sizes, s.weights.add(sizes).div(2));
  const along = dot(s.gradient, d);
  const now = violations(s.c, kinds);
  const still = and(
    feasible,
    lax
      .abs(along)
      .add(total(sizes.mul(lax.abs(s.c))))
      .less(ftol),
    total(now).less(ftol),
    lax.isFinite(s.value),
  );
  const slope = along.sub(total(weights.mul(now)).mul(kept));
  const descends = slope.less(0);
  const plain = eye(s.x);
  const ended = (): State => ({
    ...s,
    weights,
    multipliers: where(feasible, multipliers, s.multipliers),
    matrix: plain,
    resets: s.resets.add(int(1)),
    iterations: s.iterations.add(int(1)),
    status: where(
      still,
      int(0),
      where(not(feasible), int(4), where(s.resets.greaterEqual(4), int(8), int(-1))),
    ),
  });
  const onward = (): State => {
    const found = search(problem, evaluate, { ...s, weights }, d, slope, kinds);
    const { x, value, c } = found;
    const settled = or(lax.abs(value.sub(s.value)).less(ftol), norm(found.step).less(ftol));
    const converged = and(settled, total(violations(c, kinds)).less(ftol), lax.isFinite(value));
    const gradient = problem.gradient(x);
    const jacobian = jacobianOf(x);
    const lagrangian = (g: NDArray, j: NDArray): NDArray => g.sub(lax.dot(multipliers, j));
    const change = lagrangian(gradient, jacobian).sub(lagrangian(s.gradient, s.jacobian));
    const iterations = s.iterations.add(int(1));
    return {
      x,
      value,
      c,
      gradient,
      jacobian,
      matrix: updated(s.matrix, found.step, change),
      weights,
      multipliers,
      resets: int(0),
      iterations,
      evaluations: s.evaluations.add(found.tries),
      gradients: count(s.gradients, not(converged)),
      status: where(converged, int(0), where(iterations.greaterEqual(maxiter), int(9), int(-1))),
    };
  };
  return lax.cond(and(feasible, not(still), descends), onward, ended);
}

export function slsqp(problem: Problem, options: SlsqpOptions): Outcome {
  const { box, constraints } = problem;
  const x0 = box === null ? problem.x0 : clip(problem.x0, box.lower, box.upper);
  const evaluate = (x: NDArray): Values => ({ x, value: problem.value(x), c: valuesOf(constraints, x) });
  const start = evaluate(x0);
  const none = lax.full([0, x0.size], 0, x0.dtype);
  const jacobianOf = (x: NDArray): NDArray =>
    start.c.size === 0 ? none : jacrev((y: NDArray) => valuesOf(constraints, y))(x);
  const flags = constraints.flatMap((c) => new Array<number>(c.of(x0).size).fill(c.equality ? 1 : 0));
  const equality = lax.concatenate(
    [lax.full([0], 0, "bool"), ...flags.map((f) => lax.full([1], f, "bool"))],
    0,
  );
  const kinds = { equality };
  const end = lax.whileLoop(
    (s: State) => s.status.equal(-1),
    (s: State) => next(problem, evaluate, jacobianOf, s, kinds, options),
    {
      ...start,
      gradient: problem.gradient(x0),
      jacobian: jacobianOf(x0),
      matrix: eye(x0),
      weights: lax.fullLike(start.c, 0),
      multipliers: lax.fullLike(start.c, 0),
      resets: int(0),
      iterations: int(0),
      evaluations: int(1),
      gradients: int(1),
      status: int(options.maxiter > 0 ? -1 : 9),
    },
  );
  return {
    x: end.x,
    status: end.status,
    iterations: end.iterations,
    evaluations: end.evaluations,
    gradients: end.gradients,
    hessians: int(0),
    inverse: null,
    multipliers: end.multipliers,
  };
}
