/**
 * @file The method of Levenberg and Marquardt as MINPACK has it: the damping makes the step as long as the region, in units of
 * the Jacobian's columns. Source: MINPACK, lmder and lmpar; Moré, The Levenberg–Marquardt algorithm (1977).
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../control-flow/lax.ts";
import { finfo } from "../../numpy/dtypes/dtypes.ts";
import { where } from "../../numpy/ufuncs/logic.ts";
import {
  and,
  count,
  finite,
  flag,
  int,
  largest,
  norm,
  not,
  number,
  or,
  pick,
} from "../../scipy/optimize/traced.ts";
import { costOf, fallOf } from "./losses.ts";
import { columnNorms } from "./matrices.ts";
import {
  type Ended,
  type Factors,
  type LeastSquares,
  type Standing,
  factorsOf,
  standingAt,
} from "./problem.ts";
import { isRegular } from "./region.ts";
import { isBeyondRounding } from "./search.ts";

interface State {
  readonly standing: Standing;
  /** The units of the unknowns, which only grow. */
  readonly d: NDArray;
  readonly radius: NDArray;
  readonly par: NDArray;
  /** The last fall that was too small to be measured. */
  readonly promised: NDArray;
  readonly status: NDArray;
  readonly nfev: NDArray;
  readonly njev: NDArray;
  readonly nit: NDArray;
}

interface Damping {
  readonly par: NDArray;
  readonly low: NDArray;
  readonly high: NDArray;
  readonly gap: NDArray;
  readonly rounds: NDArray;
  readonly done: NDArray;
}

/** lmpar: the parameter, and the step in scaled unknowns, of length radius within a tenth. */
function damped(factors: Factors, m: number, radius: NDArray, guess: NDArray): [par: NDArray, step: NDArray] {
  const { s, v, uf } = factors;
  const suf = s.mul(uf);
  const regular = isRegular(factors, m);
  const safe = where(regular, s, lax.fullLike(s, 1));
  const told = s.greater(lax.reduceMax(s, [0]).mul(finfo(s.dtype).eps * m));
  const direct = where(told, uf.div(where(told, s, lax.fullLike(s, 1))), lax.fullLike(s, 0));
  const size = norm(direct);
  const first = size.sub(radius);
  const free = first.lessEqual(radius.mul(0.1));
  const rate = (step: NDArray, length: NDArray, square: NDArray): NDArray => {
    const unit = step.div(length);
    return lax.reduceSum(unit.mul(unit).div(square), [0]);
  };
  const slope = norm(suf);
  const tiny = finfo(s.dtype).tiny;
  const low = where(
    regular,
    first.div(radius.mul(rate(direct, size, safe.mul(safe)))),
    lax.fullLike(first, 0),
  );
  const top = slope.div(radius);
  const high = where(top.equal(0), lax.div(tiny, lax.min(radius, 0.1)), top);
  const clamped = lax.min(lax.max(guess, low), high);
  const stepAt = (par: NDArray): NDArray => suf.div(s.mul(s).add(par));
  const next = (r: Damping): Damping => {
    const par = where(r.par.equal(0), lax.max(high.mul(0.001), tiny), r.par);
    const step = stepAt(par);
    const length = norm(step);
    const gap = length.sub(radius);
    const rounds = r.rounds.add(int(1));
    const done = or(
      lax.abs(gap).lessEqual(radius.mul(0.1)),
      and(low.equal(0), gap.lessEqual(r.gap), r.gap.less(0)),
      rounds.greaterEqual(10),
    );
    const correction = gap.div(radius).div(rate(step, length, s.mul(s).add(par)));
    const lower = where(gap.greater(0), lax.max(r.low, par), r.low);
    return {
      par: where(done, par, lax.max(lower, par.add(correction))),
      low: lower,
      high: where(gap.less(0), lax.min(r.high, par), r.high),
      gap,
      rounds,
      done,
    };
  };
  const end = lax.whileLoop((r: Damping) => not(r.done), next, {
    par: where(clamped.equal(0), slope.div(where(size.equal(0), lax.fullLike(size, 1), size)), clamped),
    low,
    high,
    gap: first,
    rounds: int(0),
    done: free,
  });
  const step = where(free, direct, stepAt(end.par));
  return [where(free, lax.fullLike(end.par, 0), end.par), lax.dot(v, step).neg()];
}

interface Trial extends Pick<State, "radius" | "par" | "promised" | "status" | "nfev"> {
  readonly x: NDArray;
  readonly residuals: NDArray;
  readonly ratio: NDArray;
}

/** MINPACK's status as SciPy's: 2 the cost no longer falls, 3 the region is small, 4 both; −1 neither. */
function ending(
  problem: LeastSquares,
  gained: NDArray,
  predicted: NDArray,
  ratio: NDArray,
  radius: NDArray,
  size: NDArray,
): NDArray {
  const { ftol, xtol } = problem;
  const { eps } = finfo(size.dtype);
  const honest = ratio.lessEqual(2);
  const flatTo = (tol: number): NDArray =>
    and(lax.abs(gained).lessEqual(tol), predicted.lessEqual(tol), honest);
  const [flat, short] = [flatTo(ftol), radius.lessEqual(size.mul(xtol))];
  const at = where(and(flat, short), int(4), where(flat, int(2), where(short, int(3), int(-1))));
  const rounding = or(flatTo(eps), radius.lessEqual(size.mul(eps)));
  return where(and(at.equal(-1), rounding), int(4), at);
}

/** Steps from one point until one is taken. */
function trials(problem: LeastSquares, s: State): Trial {
  const { x, f, jac } = s.standing;
  const scale = lax.div(1, s.d);
  const scaledJac = (jac as NDArray).mul(scale);
  const factors = factorsOf(scaledJac, f);
  const size = lax.sqrt(s.standing.cost.mul(2));
  const tryOne = (t: Trial): Trial => {
    const [par, p] = damped(factors, problem.m, t.radius, t.par);
    const length = norm(p);
    const first = and(s.nit.equal(0), t.nfev.equal(s.nfev));
    const bound = where(first, lax.min(t.radius, length), t.radius);
    const moved = x.add(p.mul(scale));
    const residuals = problem.fun(moved);
    const squares = costOf(problem.loss, residuals).mul(2);
    const after = where(finite(residuals), lax.sqrt(squares), lax.fullLike(size, Infinity));
    const nfev = t.nfev.add(int(1));
    const linear = norm(lax.dot(scaledJac, p)).div(size);
    const bent = lax.sqrt(par).mul(length).div(size);
    const [a, b] = [linear.mul(linear), bent.mul(bent)];
    const predicted = a.add(b.mul(2));
    const cost = s.standing.cost;
    const measured = fallOf(problem.loss, s.standing.residuals, residuals);
    const blind = isBeyondRounding(cost, measured, predicted.mul(cost), s.promised);
    const gained = where(
      after.mul(0.1).less(size),
      where(blind, predicted, measured.div(cost)),
      lax.fullLike(size, -1),
    );
    const slope = a.add(b).neg();
    const ratio = where(
      predicted.equal(0),
      lax.fullLike(predicted, 0),
      gained.div(where(predicted.equal(0), lax.fullLike(predicted, 1), predicted)),
    );
    const half = slope.mul(0.5).div(slope.add(gained.mul(0.5)));
    const part = where(gained.greaterEqual(0), lax.fullLike(half, 0.5), half);
    const far = or(after.mul(0.1).greaterEqual(size), part.less(0.1));
    const shrink = where(far, lax.fullLike(part, 0.1), part);
    const bad = ratio.lessEqual(0.25);
    const good = or(par.equal(0), ratio.greaterEqual(0.75));
    const radius = where(bad, shrink.mul(lax.min(bound, length.mul(10))), where(good, length.mul(2), bound));
    const taken = ratio.greaterEqual(1e-4);
    const sizeOf = norm(where(taken, moved, x).mul(s.d));
    return {
      x: where(taken, moved, x),
      residuals: where(taken, residuals, s.standing.residuals),
      ratio,
      radius,
      par: where(bad, par.div(shrink), where(good, par.mul(0.5), par)),
      status: ending(problem, gained, predicted, ratio, radius, sizeOf),
      nfev,
      promised: where(blind, predicted.mul(cost), s.promised),
    };
  };
  const goesOn = (t: Trial): NDArray =>
    and(not(t.ratio.greaterEqual(1e-4)), t.status.equal(-1), t.nfev.less(problem.maxNfev));
  return lax.whileLoop(goesOn, tryOne, {
    x,
    residuals: s.standing.residuals,
    ratio: number(size, -1),
    radius: s.radius,
    par: s.par,
    status: int(-1),
    nfev: s.nfev,
    promised: s.promised,
  });
}

/** The largest cosine of the angle between residuals and a column of the Jacobian. */
function cosine({ jac, cost, gradient }: Standing): NDArray {
  const norms = columnNorms(jac);
  const none = norms.equal(0);
  const size = lax.sqrt(cost.mul(2));
  const cosines = lax.abs(gradient).div(where(none, lax.fullLike(norms, 1), norms));
  const most = lax.reduceMax(where(none, lax.fullLike(norms, 0), cosines), [0]);
  return where(size.equal(0), lax.fullLike(size, 0), most.div(size));
}

export function levenbergMarquardt(problem: LeastSquares): Ended {
  const { x0, fun, gtol, maxNfev, xScale } = problem;
  const residuals = fun(x0);
  const standing = standingAt(problem, x0, residuals, null);
  const d = standing.inverseScale;
  const size = norm(x0.mul(d));
  const step = (s: State): State => {
    const t = trials(problem, s);
    const taken = t.ratio.greaterEqual(1e-4);
    const tried = lax.cond(
      taken,
      () => standingAt(problem, t.x, t.residuals, s.standing.inverseScale),
      () => s.standing,
    );
    // A step on the model's word alone must bring the gradient down; if not, its word counts no more.
    const blind = and(taken, t.promised.less(s.promised));
    const worse = and(blind, cosine(tried).greater(cosine(s.standing)));
    const next = pick(worse, s.standing, tried);
    const nit = count(s.nit, taken);
    const asked = problem.watch === null ? flag(false) : problem.watch(next.x, next.cost, nit, t.nfev);
    return {
      standing: next,
      d: xScale === "jac" ? next.inverseScale : s.d,
      radius: t.radius,
      par: t.par,
      promised: where(worse, lax.fullLike(t.promised, 0), t.promised),
      status: where(asked, int(-2), where(worse, int(-1), t.status)),
      nfev: t.nfev,
      njev: count(s.njev, taken),
      nit,
    };
  };
  const small = (s: State): NDArray => cosine(s.standing).lessEqual(gtol);
  const goesOn = (s: State): NDArray =>
    and(not(small(s)), s.status.equal(-1), s.nfev.less(maxNfev), finite(s.standing.residuals));
  const end = lax.whileLoop(goesOn, step, {
    standing,
    d,
    radius: where(size.equal(0), number(size, 100), size.mul(100)),
    par: number(size, 0),
    promised: number(size, Infinity),
    status: int(-1),
    nfev: int(1),
    njev: int(1),
    nit: int(0),
  });
  const stopped = where(small(end), int(1), where(finite(end.standing.residuals), int(0), int(-1)));
  return {
    x: end.standing.x,
    status: where(end.status.equal(-1), stopped, end.status),
    optimality: largest(end.standing.gradient),
    nfev: end.nfev,
    njev: end.njev,
    nit: end.nit,
  };
}
