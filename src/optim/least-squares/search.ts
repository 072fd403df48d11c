/**
 * @file The search that trust region methods of least squares share: steps of a strategy are tried in regions that follow how
 * well the model predicted the cost, until the cost, the step or the gradient is small.
 *
 * Source: SciPy, optimize/_lsq/trf.py and dogbox.py.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../control-flow/lax.ts";
import { finfo } from "../../numpy/dtypes/dtypes.ts";
import { where } from "../../numpy/ufuncs/logic.ts";
import { and, count, finite, flag, int, norm, not, number, pick } from "../../scipy/optimize/traced.ts";
import { fallOf } from "./losses.ts";
import { type Ended, type LeastSquares, type Standing, standingAt } from "./problem.ts";

/** What a strategy carries from step to step: bounds that hold, the last multiplier. */
export interface Memory {
  readonly alpha: NDArray;
  readonly onBound: NDArray;
}

/** A step that is proposed. */
export interface Proposal {
  readonly x: NDArray;
  readonly step: NDArray;
  /** Its length in the units of the region. */
  readonly length: NDArray;
  /** By how much the model says that the cost falls. */
  readonly predicted: NDArray;
  /** Whether it ends at the region's border. */
  readonly hits: NDArray;
  readonly memory: Memory;
}

/** How steps are found. */
export interface Strategy {
  readonly firstRadius: (s: Standing) => NDArray;
  /** The size of the gradient, as far as bounds let one follow it. */
  readonly optimality: (s: Standing, memory: Memory) => NDArray;
  /** What is worked out once at a point; then a proposal for each radius. */
  readonly prepare: (
    s: Standing,
    memory: Memory,
    radius: NDArray,
    optimality: NDArray,
  ) => (radius: NDArray, memory: Memory) => Proposal;
  /** Whether each point begins with an infinite region again. */
  readonly forgets?: boolean;
}

interface Trial {
  readonly x: NDArray;
  readonly residuals: NDArray;
  readonly memory: Memory;
  readonly gained: NDArray;
  readonly radius: NDArray;
  /** The multiplier, for the next radius. */
  readonly alpha: NDArray;
  /** −1 while nothing says that it is the end. */
  readonly status: NDArray;
  readonly nfev: NDArray;
  readonly promised: NDArray;
}

interface State {
  readonly standing: Standing;
  readonly memory: Memory;
  readonly radius: NDArray;
  readonly optimality: NDArray;
  /** The last fall that was too small to be measured. */
  readonly promised: NDArray;
  readonly status: NDArray;
  readonly nfev: NDArray;
  readonly njev: NDArray;
  readonly nit: NDArray;
}

/** The radius after a step, and the ratio of what was gained to what was predicted. */
export function judge(
  radius: NDArray,
  gained: NDArray,
  { predicted, length, hits }: Pick<Proposal, "predicted" | "length" | "hits">,
): [radius: NDArray, ratio: NDArray] {
  const positive = predicted.greater(0);
  const neither = and(predicted.equal(0), gained.equal(0));
  const quotient = gained.div(where(positive, predicted, lax.fullLike(predicted, 1)));
  const one = lax.fullLike(quotient, 1);
  const ratio = where(positive, quotient, where(neither, one, lax.fullLike(quotient, 0)));
  const grown = where(and(ratio.greater(0.75), hits), radius.mul(2), radius);
  return [where(ratio.less(0.25), length.mul(0.25), grown), ratio];
}

/**
 * Whether a fall is too small to be told from rounding, so that the model's word must do; it does as long as the falls that
 * it promises become smaller fast, and the gradient does not grow. Residuals may be differences of much larger numbers, so
 * the limit is far above the rounding of their squares.
 */
export function isBeyondRounding(
  cost: NDArray,
  measured: NDArray,
  predicted: NDArray,
  promised: NDArray,
): NDArray {
  const noise = cost.mul(finfo(cost.dtype).eps ** 0.6);
  return and(
    predicted.greater(0),
    predicted.less(noise),
    lax.abs(measured).less(noise),
    predicted.less(promised.mul(0.25)),
  );
}

/** 2: the cost no longer falls; 3: the step is small; 4: both; −1: neither. */
function ending(
  { ftol, xtol }: Pick<LeastSquares, "ftol" | "xtol">,
  gained: NDArray,
  cost: NDArray,
  step: NDArray,
  x: NDArray,
  ratio: NDArray,
): NDArray {
  const flat = and(gained.less(cost.mul(ftol)), ratio.greater(0.25));
  const short = norm(step).less(norm(x).add(xtol).mul(xtol));
  return where(and(flat, short), int(4), where(flat, int(2), where(short, int(3), int(-1))));
}

/** Steps from one point, in ever smaller regions, until one lowers the cost. */
function trials(problem: LeastSquares, strategy: Strategy, s: State): Trial {
  const propose = strategy.prepare(s.standing, s.memory, s.radius, s.optimality);
  const { cost, x } = s.standing;
  const tryOne = (t: Trial): Trial => {
    const proposal = propose(t.radius, { ...t.memory, alpha: t.alpha });
    const residuals = problem.fun(proposal.x);
    const nfev = t.nfev.add(int(1));
    const known = finite(residuals);
    const measured = fallOf(problem.loss, s.standing.residuals, residuals);
    const blind = isBeyondRounding(cost, measured, proposal.predicted, s.promised);
    const gained = where(blind, proposal.predicted, measured);
    const [radius, ratio] = judge(t.radius, gained, proposal);
    const { alpha } = proposal.memory;
    // Where residuals are not numbers the region was too large, and no more is known.
    return {
      x: proposal.x,
      residuals,
      memory: proposal.memory,
      gained: where(known, gained, lax.fullLike(gained, -1)),
      radius: where(known, radius, proposal.length.mul(0.25)),
      alpha: where(known, alpha.mul(t.radius.div(radius)), alpha),
      status: where(known, ending(problem, gained, cost, proposal.step, x, ratio), int(-1)),
      nfev,
      promised: where(blind, proposal.predicted, s.promised),
    };
  };
  const goesOn = (t: Trial): NDArray =>
    and(not(t.gained.greater(0)), t.status.equal(-1), t.nfev.less(problem.maxNfev));
  return lax.whileLoop(goesOn, tryOne, {
    x,
    residuals: s.standing.residuals,
    memory: s.memory,
    gained: number(cost, -1),
    radius: s.radius,
    alpha: s.memory.alpha,
    status: int(-1),
    nfev: s.nfev,
    promised: s.promised,
  });
}

function next(problem: LeastSquares, strategy: Strategy, s: State): State {
  const t = trials(problem, strategy, s);
  const better = t.gained.greater(0);
  const tried = lax.cond(
    better,
    () => standingAt(problem, t.x, t.residuals, s.standing.inverseScale),
    () => s.standing,
  );
  const triedMemory = { alpha: t.alpha, onBound: where(better, t.memory.onBound, s.memory.onBound) };
  // A step on the model's word alone must bring the gradient down; if not, its word counts no more.
  const blind = and(better, t.promised.less(s.promised));
  const worse = and(blind, strategy.optimality(tried, triedMemory).greater(s.optimality));
  const standing = pick(worse, s.standing, tried);
  const memory = pick(worse, s.memory, triedMemory);
  const nit = s.nit.add(int(1));
  const asked = problem.watch === null ? flag(false) : problem.watch(standing.x, standing.cost, nit, t.nfev);
  return {
    standing,
    memory,
    radius: strategy.forgets === true ? lax.fullLike(t.radius, Infinity) : t.radius,
    optimality: strategy.optimality(standing, memory),
    promised: where(worse, lax.fullLike(t.promised, 0), t.promised),
    status: where(asked, int(-2), where(worse, int(-1), t.status)),
    nfev: t.nfev,
    njev: count(s.njev, better),
    nit,
  };
}

/** Searches from x0 by a strategy. */
export function search(problem: LeastSquares, strategy: Strategy, onBound: NDArray): Ended {
  const { x0, fun, gtol, maxNfev } = problem;
  const residuals = fun(x0);
  const standing = standingAt(problem, x0, residuals, null);
  const memory = { alpha: number(x0, 0), onBound };
  const first = strategy.firstRadius(standing);
  const start: State = {
    standing,
    memory,
    radius: where(first.equal(0), lax.fullLike(first, 1), first),
    optimality: strategy.optimality(standing, memory),
    promised: number(x0, Infinity),
    status: int(-1),
    nfev: int(1),
    njev: int(1),
    nit: int(0),
  };
  const small = (s: State): NDArray => s.optimality.less(gtol);
  const goesOn = (s: State): NDArray =>
    and(not(small(s)), s.status.equal(-1), s.nfev.less(maxNfev), finite(s.standing.residuals));
  const end = lax.whileLoop(goesOn, (s: State) => next(problem, strategy, s), start);
  const stopped = where(finite(end.standing.residuals), int(0), int(-1));
  const ended = where(end.status.equal(-1), stopped, end.status);
  return {
    x: end.standing.x,
    status: where(and(small(end), end.status.notEqual(-2)), int(1), ended),
    optimality: end.optimality,
    nfev: end.nfev,
    njev: end.njev,
    nit: end.nit,
  };
}
