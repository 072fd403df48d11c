/**
 * @file trust-constr: sequential quadratic programming in a trust region (Byrd and Omojokun), with inequalities as barriers.
 * Each inequality c ≥ 0 has a slack s > 0 with c = s and the barrier −μ log s; for falling μ the problem without
 * inequalities is solved in (x, s), the slacks in units of themselves.
 *
 * Source: SciPy, optimize/_trustregion_constr; Byrd, Hribar and Nocedal, SIAM J. Optimization 9 (1999), 877–900.
 */
import type { NDArray } from "../../../core/array.ts";
import { jacrev } from "../../../api/jacobian.ts";
import { linearize } from "../../../api/jvp.ts";
import * as lax from "../../../control-flow/lax.ts";
import { isConcrete } from "../../../core/eval.ts";
import { take } from "../../../numpy/indexing/take.ts";
import { where } from "../../../numpy/ufuncs/logic.ts";
import { type Constraint, valuesOf } from "../constraints.ts";
import type { Box, Outcome, Problem } from "../problem.ts";
import { type Projections, normalStep, projectionsOf, tangentialStep } from "./projected.ts";
import { lagrangianGradient } from "../solution.ts";
import { and, count, dot, eye, flag, int, largest, norm, number, or, zero } from "../traced.ts";

export interface TrustConstrOptions {
  readonly maxiter: number;
  readonly gtol: number;
  readonly xtol: number;
  readonly barrierTol: number;
  readonly radius: number;
  readonly penalty: number;
  readonly barrier: number;
  readonly tolerance: number;
}

/** The constraints in the order of their multipliers: equalities, then inequalities, the bounds' last. */
interface Setting {
  readonly problem: Problem;
  readonly rows: readonly Constraint[];
  readonly numEqualities: number;
  readonly numInequalities: number;
  readonly options: TrustConstrOptions;
}

interface State {
  readonly x: NDArray;
  readonly s: NDArray;
  readonly value: NDArray;
  readonly c: NDArray;
  readonly gradient: NDArray;
  readonly jacobian: NDArray;
  readonly radius: NDArray;
  readonly penalty: NDArray;
  readonly barrier: NDArray;
  readonly tolerance: NDArray;
  readonly multipliers: NDArray;
  readonly iterations: NDArray;
  readonly evaluations: NDArray;
  readonly gradients: NDArray;
  readonly hessians: NDArray;
  /** −1 while it goes on. */
  readonly status: NDArray;
}

/** The sides of a box that are there, as inequalities. Of a box that is traced a side at infinity is a constant. */
function boxRows(box: Box | null): Constraint[] {
  if (box === null) return [];
  const side = (bound: NDArray, sign: number): Constraint => {
    if (isConcrete(bound)) {
      const data = Array.from(bound.dataSync(), Number);
      const known = Int32Array.from(data.keys()).filter((i) => Number.isFinite(data[i]));
      return { equality: false, of: (x) => take(x.sub(bound).mul(sign), known, 0) };
    }
    const there = lax.isFinite(bound);
    const end = where(there, bound, lax.fullLike(bound, 0));
    return { equality: false, of: (x) => where(there, x.sub(end).mul(sign), lax.fullLike(x, 1)) };
  };
  return [side(box.lower, 1), side(box.upper, -1)];
}

const total = (x: NDArray): NDArray => lax.reduceSum(x, [0]);
const biggest = (x: NDArray): NDArray => (x.size === 0 ? lax.full([], 0, x.dtype) : largest(x));
const head = (x: NDArray, n: number): NDArray => lax.sliceInDim(x, 0, n, 1, 0);
const tail = (x: NDArray, n: number): NDArray => lax.sliceInDim(x, n, x.size, 1, 0);

/** The barrier problem at a state: its value, constraints, gradient and their Jacobian, slacks in units of themselves. */
interface Scaled {
  readonly b: NDArray;
  readonly c: NDArray;
  readonly a: NDArray;
}

/** Equalities and c − s: signs as SciPy's, for which inequalities are −c + s. */
const gaps = ({ numEqualities }: Setting, c: NDArray, s: NDArray): NDArray =>
  lax.concatenate([head(c, numEqualities), s.sub(tail(c, numEqualities))], 0);

function scaledAt(setting: Setting, st: State): Scaled {
  const { numEqualities: p, numInequalities: q } = setting;
  const n = st.x.size;
  const g = lax.concatenate([st.gradient, lax.broadcastInDim(st.barrier.neg(), [q], [])], 0);
  const upper = lax.concatenate(
    [lax.sliceInDim(st.jacobian, 0, p, 1, 0), lax.full([p, q], 0, st.x.dtype)],
    1,
  );
  const lower = lax.concatenate(
    [lax.neg(lax.sliceInDim(st.jacobian, p, p + q, 1, 0)), eye(st.s, q).mul(st.s)],
    1,
  );
  return {
    b: gaps(setting, st.c, st.s),
    c: g,
    a: lax.reshape(lax.concatenate([upper, lower], 0), [p + q, n + q]),
  };
}

const barrierValue = (value: NDArray, s: NDArray, barrier: NDArray): NDArray => {
  const inside = lax.reduceAnd(s.greater(0), [0]);
  const logs = total(lax.log(where(s.greater(0), s, lax.fullLike(s, 1))));
  const sum = value.sub(barrier.mul(logs));
  return where(and(inside, lax.eq(sum, sum)), sum, lax.fullLike(sum, Infinity));
};

/** How the radius follows the ratio of what was gained to what was predicted. */
function nextRadius(radius: NDArray, ratio: NDArray, length: NDArray): NDArray {
  const shrunk = length.mul(1 - 1e-8).div(ratio.sub(1).neg());
  const less = where(
    shrunk.greaterEqual(radius.mul(0.5)),
    radius.mul(0.5),
    where(shrunk.greaterEqual(radius.mul(0.1)), shrunk, radius.mul(0.1)),
  );
  return where(
    ratio.greaterEqual(0.9),
    lax.max(length.mul(7), radius),
    where(
      ratio.greaterEqual(0.3),
      lax.max(length.mul(2), radius),
      where(ratio.greaterEqual(1e-8), radius, less),
    ),
  );
}

interface Trial {
  readonly x: NDArray;
  readonly s: NDArray;
  readonly value: NDArray;
  readonly c: NDArray;
  readonly ratio: NDArray;
  readonly evaluations: NDArray;
}

/** The product of the Lagrangian's Hessian with a vector of (x, s), for multipliers u of L = f − u · c. */
function pushOf(setting: Setting, st: State, u: NDArray): (d: NDArray) => NDArray {
  const { problem, rows, numEqualities } = setting;
  const n = st.x.size;
  const slope = (x: NDArray): NDArray => lagrangianGradient(problem.gradient, rows, x, u);
  const push = linearize(slope, [st.x])[1] as (p: NDArray) => NDArray;
  const v = tail(u, numEqualities);
  const curvature = where(v.greater(0), v.mul(st.s), st.barrier);
  return (d) => lax.concatenate([push(head(d, n)), tail(d, n).mul(curvature)], 0);
}

/** One step: towards the constraints, along them, and what becomes of it. */
function step(setting: Setting, st: State, scaled: Scaled, projections: Projections, u: NDArray): State {
  const { problem, rows } = setting;
  const n = st.x.size;
  const { a, b, c } = scaled;
  const open = lax.fullLike(st.x, Infinity);
  const box = {
    lower: lax.concatenate([open.neg(), lax.fullLike(st.s, -0.995)], 0),
    upper: lax.concatenate([open, lax.fullLike(st.s, Infinity)], 0),
  };
  const half = { lower: box.lower.mul(0.5), upper: box.upper };
  const push = pushOf(setting, st, u);
  const normal = normalStep(a, projections, b, st.radius.mul(0.8), half);
  const rest = lax.sqrt(lax.max(st.radius.mul(st.radius).sub(dot(normal, normal)), 0));
  const left = { lower: box.lower.sub(normal), upper: box.upper };
  const slope = push(normal).add(c);
  const { step: along, products } = tangentialStep(push, slope, b.size, projections, rest, left);
  const d = normal.add(along);
  const model = dot(push(d), d).div(2).add(dot(c, d));
  const fall = lax.max(norm(b).sub(norm(lax.dot(a, d).add(b))), 1e-16);
  const needed = model.div(fall.mul(0.7));
  const penalty = where(model.greater(0), lax.max(st.penalty, needed), st.penalty);
  const predicted = penalty.mul(fall).sub(model);
  const before = barrierValue(st.value, st.s, st.barrier).add(penalty.mul(norm(b)));
  const tryStep = (move: NDArray, evaluations: NDArray): Trial => {
    const x = st.x.add(head(move, n));
    const s = st.s.add(tail(move, n).mul(st.s));
    const value = problem.value(x);
    const values = valuesOf(rows, x);
    const after = barrierValue(value, s, st.barrier).add(penalty.mul(norm(gaps(setting, values, s))));
    const gained = where(lax.eq(after, after), before.sub(after), lax.fullLike(after, -Infinity));
    return { x, s, value, c: values, ratio: gained.div(predicted), evaluations };
  };
  const first = tryStep(d, int(1));
  // A step that fails only since the constraints are curved is corrected for that.
  const correct = (): Trial => {
    const y = projections.shortest(gaps(setting, first.c, first.s)).neg();
    const low = box.lower.sub(d).div(where(y.less(0), y, lax.fullLike(y, -1)));
    const room = lax.min(lax.reduceMin(where(y.less(0), low, open1(y)), [0]), 1);
    const second = tryStep(d.add(y.mul(lax.max(room, 0))), int(2));
    const better = and(room.greaterEqual(0), second.ratio.greaterEqual(1e-8));
    return {
      x: where(better, second.x, first.x),
      s: where(better, second.s, first.s),
      value: where(better, second.value, first.value),
      c: where(better, second.c, first.c),
      ratio: where(better, second.ratio, first.ratio),
      evaluations: second.evaluations,
    };
  };
  const poor = and(first.ratio.less(1e-8), norm(normal).lessEqual(norm(along).mul(0.1)));
  const trial = b.size === 0 ? first : lax.cond(poor, correct, () => first);
  const taken = trial.ratio.greaterEqual(1e-8);
  const moved = lax.cond(
    taken,
    () => ({ gradient: problem.gradient(trial.x), jacobian: jacobianOf(rows, trial.x) }),
    () => ({ gradient: st.gradient, jacobian: st.jacobian }),
  );
  const keep = (x: NDArray, y: NDArray): NDArray => where(taken, x, y);
  return {
    ...st,
    ...moved,
    x: keep(trial.x, st.x),
    s: keep(trial.s, st.s),
    value: keep(trial.value, st.value),
    c: keep(trial.c, st.c),
    radius: nextRadius(st.radius, trial.ratio, norm(d)),
    penalty: keep(penalty, st.penalty),
    evaluations: st.evaluations.add(trial.evaluations),
    gradients: count(st.gradients, taken),
    hessians: st.hessians.add(products),
  };
}

const open1 = (like: NDArray): NDArray => lax.fullLike(like, Infinity);

function jacobianOf(rows: readonly Constraint[], x: NDArray): NDArray {
  if (valuesOf(rows, x).size === 0) return lax.full([0, x.size], 0, x.dtype);
  return jacrev((y: NDArray) => valuesOf(rows, y))(x);
}

/** Looks whether this is the end, or that of a barrier problem, and else takes a step. */
function next(setting: Setting, st: State): State {
  const { numEqualities: p, numInequalities: q, options } = setting;
  const scaled = scaledAt(setting, st);
  const projections = projectionsOf(scaled.a);
  const v = projections.leastSquares(scaled.c).neg();
  // SciPy's L = f + v · (equalities, −c) is f − u · c.
  const multipliers = lax.concatenate([head(v, p).neg(), tail(v, p)], 0);
  const slope = lax.dot(multipliers, st.jacobian);
  const optimality = largest(st.gradient.sub(slope));
  const violation = lax.max(biggest(head(st.c, p)), biggest(lax.max(tail(st.c, p).neg(), 0)));
  const iterations = st.iterations.add(int(1));
  // SciPy does not look at u · c, and so may end while the barrier keeps x off its bounds.
  const gap = q === 0 ? zero(violation) : largest(tail(v, p).mul(tail(st.c, p)));
  const solved = and(
    optimality.less(options.gtol),
    violation.less(options.gtol),
    gap.less(100 * options.gtol),
  );
  const low = q === 0 ? flag(true) : st.barrier.less(options.barrierTol);
  const stuck = and(st.radius.less(options.xtol), low);
  const spent = iterations.greaterEqual(options.maxiter);
  const ended = or(solved, stuck, spent);
  const violated = violation.greater(options.gtol);
  const status = where(
    solved,
    int(1),
    where(stuck, where(violated, int(4), int(2)), where(spent, int(0), int(-1))),
  );
  const here = { ...st, multipliers, iterations, status };
  const scaledOptimality = largest(scaled.c.add(lax.dot(v, scaled.a)));
  const close = and(scaledOptimality.less(st.tolerance), biggest(scaled.b).less(st.tolerance));
  const barrierDone = q === 0 ? flag(false) : or(close, st.radius.less(options.xtol));
  const later = (): State => ({
    ...here,
    radius: lax.max(st.radius.mul(5), options.radius),
    penalty: lax.fullLike(st.penalty, options.penalty),
    barrier: st.barrier.mul(0.2),
    tolerance: st.tolerance.mul(0.2),
  });
  const onward = (): State => step(setting, here, scaled, projections, multipliers);
  return lax.cond(
    ended,
    () => here,
    () => lax.cond(barrierDone, later, onward),
  );
}

export function trustConstr(problem: Problem, options: TrustConstrOptions): Outcome {
  const { x0, box, constraints } = problem;
  const rows = [...constraints, ...boxRows(box)];
  const sizes = (equality: boolean): number =>
    valuesOf(
      rows.filter((c) => c.equality === equality),
      x0,
    ).size;
  const [numEqualities, numInequalities] = [sizes(true), sizes(false)];
  const setting = { problem, rows, numEqualities, numInequalities, options };
  const c = valuesOf(rows, x0);
  const [value, gradient] = problem.both(x0);
  const end = lax.whileLoop(
    (s: State) => s.status.equal(-1),
    (s: State) => next(setting, s),
    {
      x: x0,
      s: lax.max(tail(c, numEqualities).mul(1.5), 1),
      value,
      c,
      gradient,
      jacobian: jacobianOf(rows, x0),
      radius: number(value, options.radius),
      penalty: number(value, options.penalty),
      barrier: number(value, options.barrier),
      tolerance: number(value, options.tolerance),
      multipliers: lax.fullLike(c, 0),
      iterations: int(0),
      evaluations: int(1),
      gradients: int(1),
      hessians: int(0),
      status: int(-1),
    },
  );
  return {
    x: end.x,
    status: end.status,
    iterations: end.iterations,
    evaluations: end.evaluations,
    gradients: end.gradients,
    hessians: end.hessians,
    inverse: null,
    multipliers: head(end.multipliers, valuesOf(constraints, x0).size),
  };
}
