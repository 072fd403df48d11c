/**
 * @file Integration with steps of adaptive length, each as long as the tolerance allows. Steps go past the times asked for
 * (but the last), and values there come from the polynomial through the step.
 *
 * As a function to be differentiated, it is that of the steps that were taken: their lengths are constants (but of the one
 * that ends at the last time), and trials that were rejected have no part in it. A loop over steps keeps the states for
 * the way back as every `whileLoop` does, so memory is bounded however many steps there are.
 *
 * A trial with a NaN or an infinity anywhere (in a stage, say, that left the domain of the rate) is rejected like one that
 * missed the tolerance: the next is shorter.
 *
 * Source: step lengths as in Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, §II.4.
 */
import type { NDArray } from "../core/array.ts";
import * as lax from "../control-flow/lax.ts";
import {
  type Method,
  type ParametricRate,
  type Rate,
  type State,
  type Stride,
  scaled,
  total,
} from "./method.ts";
import { walk } from "./walk.ts";

/** What limits a step. */
export interface Limits {
  readonly rtol: number;
  readonly atol: number;
  /** Steps between two times asked for, at most; trials that are rejected count. */
  readonly mxstep: number;
  /** The longest step. */
  readonly hmax: number;
}

export interface Problem {
  readonly rate: ParametricRate;
  readonly method: Method;
  readonly limits: Limits;
}

/**
 * A state that goes along to be watched: it has a say in how long steps are, and no other effect. Its rate is that of the
 * state and itself, in one list.
 */
export interface Companion {
  readonly start: State;
  readonly rate: ParametricRate;
}

/** States at all times, stacked; and for each time but the first, how far the steps got. */
export interface Course {
  readonly ys: State;
  readonly reached: NDArray;
  /** How many were tried in vain; 0 where the time was reached. */
  readonly used: NDArray;
}

const square = (x: NDArray): NDArray => lax.mul(x, x);
const still = (x: State): State => x.map((leaf) => stillOne(leaf));
const stillOne = (x: NDArray): NDArray => lax.stopGradient<NDArray>(x);
const isFinite = (x: NDArray): NDArray => lax.lt(lax.abs(x), Infinity);
const pickAll = (which: NDArray, a: State, b: State): State => a.map((x, i) => lax.select(which, x, b[i]));

/** The root of the mean of |xᵢ / scaleᵢ|², over all elements. */
function relativeNorm(x: State, scale: State, like: NDArray): NDArray {
  const size = x.reduce((n, leaf) => n + leaf.size, 0);
  const sum = total(x, (leaf, i) => square(lax.div(lax.abs(leaf), scale[i])), like);
  return lax.sqrt(lax.div(sum, Math.max(1, size)));
}

const tolerances = (y: State, { rtol, atol }: Limits): State =>
  y.map((leaf) => lax.add(lax.mul(lax.abs(leaf), rtol), atol));

/** A first step, from how fast the solution and its slope change; not beyond `rest`. */
function firstStep(f: Rate, y: State, t: NDArray, rest: NDArray, order: number, limits: Limits): NDArray {
  const scale = tolerances(y, limits);
  const slope = f(y, t);
  const [d0, d1] = [relativeNorm(y, scale, t), relativeNorm(slope, scale, t)];
  const small = lax.bitwiseOr(lax.lt(d0, 1e-5), lax.lt(d1, 1e-5));
  const guess = lax.select(small, lax.fullLike(t, 1e-6), lax.mul(0.01, lax.div(d0, lax.max(d1, 1e-30))));
  const trial = lax.min(guess, lax.min(rest, limits.hmax));
  const moved = y.map((leaf, i) => lax.add(leaf, scaled(slope[i], trial)));
  const bent = f(moved, lax.add(t, trial)).map((leaf, i) => lax.sub(leaf, slope[i]));
  const steepest = lax.max(d1, lax.div(relativeNorm(bent, scale, t), trial));
  const flat = lax.le(steepest, 1e-15);
  const careful = lax.max(1e-6, lax.mul(trial, 1e-3));
  const one = lax.fullLike(t, 1);
  const wanted = lax.pow(lax.div(0.01, lax.select(flat, one, steepest)), 1 / order);
  const step = lax.min(lax.mul(100, trial), lax.select(flat, careful, wanted));
  const known = lax.bitwiseAnd(isFinite(step), lax.gt(step, 0));
  return lax.min(lax.select(known, step, lax.mul(trial, 1e-3)), limits.hmax);
}

/** The step that would just meet the tolerance: at most ten times, at least a fifth of the last one. */
function nextStep(h: NDArray, error: NDArray, order: number, limits: Limits): NDArray {
  const least = lax.select(lax.lt(error, 1), lax.fullLike(error, 1), lax.fullLike(error, 0.2));
  const factor = lax.mul(0.9, lax.pow(lax.max(error, 1e-30), -1 / order));
  const grown = lax.select(isFinite(error), lax.clamp(least, factor, 10), lax.fullLike(error, 0.2));
  return lax.min(lax.mul(h, grown), limits.hmax);
}

/** The last step taken, and the next to try. */
export interface Progress {
  readonly y: State;
  readonly memo: State;
  readonly t: NDArray;
  readonly h: NDArray;
  readonly dense: readonly State[];
  /** Where the last step began. */
  readonly from: NDArray;
  readonly companion: State;
  readonly companionMemo: State;
  readonly steps: NDArray;
}

export class Integrator {
  readonly problem: Problem;
  readonly companion: Companion | null;
  readonly params: State;
  readonly last: NDArray;

  constructor(problem: Problem, companion: Companion | null, params: State, last: NDArray) {
    this.problem = problem;
    this.companion = companion;
    this.params = params;
    this.last = last;
  }

  /** The rate of the state and its companion, for trials. */
  trialRate(): Rate {
    const p = still(this.params);
    const { rate } = this.companion ?? this.problem;
    return (y, t) => rate(y, t, p);
  }

  start(y0: State, t0: NDArray): Progress {
    const { method, rate, limits } = this.problem;
    const f = this.trialRate();
    const companion = this.companion?.start ?? [];
    const t = stillOne(t0);
    const rest = lax.sub(stillOne(this.last), t);
    const memo = method.begin((y, s) => rate(y, s, this.params), y0, t0);
    const all = [...still(y0), ...companion];
    const zeros = y0.map((leaf) => lax.fullLike(leaf, 0));
    return {
      y: y0,
      memo,
      t: t0,
      h: stillOne(firstStep(f, all, t, rest, method.order, limits)),
      dense: [...new Array<State>(method.numDense - 1).fill(zeros), y0],
      from: t0,
      companion,
      companionMemo: this.companion === null ? [] : method.begin(f, all, t).slice(memo.length),
      steps: lax.full([], 0, "int32"),
    };
  }

  /** The step to try: shorter, or a trifle longer, where it would end at the last time. */
  stride(p: Progress): Stride {
    const rest = lax.sub(this.last, p.t);
    const isLast = lax.ge(lax.mul(p.h, 1 + 1e-6), rest);
    return {
      h: lax.select(isLast, rest, p.h),
      end: lax.select(isLast, this.last, lax.add(p.t, p.h)),
    };
  }

  advance(p: Progress): Progress {
    const { method, limits } = this.problem;
    const n = p.y.length;
    const stride = this.stride(p);
    const [t, h, end] = [p.t, stride.h, stride.end].map(stillOne);
    const [y, memo] = [still(p.y), still(p.memo)];
    const point = { y: [...y, ...p.companion], memo: [...memo, ...p.companionMemo], t };
    const trial = method.step(this.trialRate(), point, { h, end });
    const error = this.errorOf(trial, point.y, t);
    const good = lax.le(error, 1);
    // A rejected trial is a step of length 0: the rate is differentiated where it is known to be finite.
    const [nothing, here] = [lax.fullLike(h, 0), p.t];
    const taken = walk(
      this.problem,
      p,
      { h: lax.select(good, stride.h, nothing), end: lax.select(good, stride.end, here) },
      this.params,
      {
        y: pickAll(good, trial.y.slice(0, n), y),
        memo: pickAll(good, trial.memo.slice(0, memo.length), memo),
        dense: trial.dense.map((c) => c.slice(0, n)),
      },
    );
    return {
      y: taken.y,
      memo: taken.memo,
      t: lax.select(good, stride.end, p.t),
      h: stillOne(nextStep(h, error, method.order, limits)),
      dense: taken.dense.map((c, i) => pickAll(good, c, p.dense[i])),
      from: lax.select(good, p.t, p.from),
      companion: pickAll(good, trial.y.slice(n), p.companion),
      companionMemo: pickAll(good, trial.memo.slice(memo.length), p.companionMemo),
      steps: lax.add(p.steps, 1),
    };
  }

  /** How many times the tolerance the error of a trial is: that of the state, or of the companion if it is larger. */
  errorOf({ y, error }: { readonly y: State; readonly error: State }, before: State, t: NDArray): NDArray {
    const larger = y.map((leaf, i) => lax.max(lax.abs(leaf), lax.abs(before[i])));
    const { limits } = this.problem;
    if (this.companion === null) return relativeNorm(error, tolerances(larger, limits), t);
    const n = y.length - this.companion.start.length;
    const atol = Math.max(limits.atol, limits.rtol);
    const own = relativeNorm(error.slice(0, n), tolerances(larger.slice(0, n), limits), t);
    const others = relativeNorm(error.slice(n), tolerances(larger.slice(n), { ...limits, atol }), t);
    // The maximum keeps a NaN.
    return lax.max(own, others);
  }

  /** Whether to try another step on the way to a time. */
  goesOn(p: Progress, target: NDArray): NDArray {
    const most = Math.min(this.problem.limits.mxstep, 2 ** 31 - 1);
    const wanted = lax.bitwiseAnd(lax.lt(p.t, target), lax.lt(p.steps, most));
    // A step too short to move the time would be repeated for ever.
    return lax.bitwiseAnd(wanted, lax.gt(this.stride(p).end, p.t));
  }

  until(before: Progress, target: NDArray): Progress {
    return lax.whileLoop(
      (p: Progress) => this.goesOn(p, target),
      (p: Progress) => this.advance(p),
      { ...before, steps: lax.full([], 0, "int32") },
    );
  }
}

/** The value at a time within the last step; NaN outside, where the steps did not get there. */
export function interpolate({ y, t, from, dense }: Progress, target: NDArray): State {
  const one = lax.fullLike(t, 1);
  const width = lax.select(lax.eq(t, from), one, lax.sub(t, from));
  const inside = lax.bitwiseAnd(lax.le(target, t), lax.ge(target, from));
  const theta = lax.select(inside, lax.div(lax.sub(target, from), width), lax.fullLike(t, 0));
  const [highest, ...rest] = dense;
  const value = rest.reduce((sum, c) => c.map((leaf, i) => lax.add(scaled(sum[i], theta), leaf)), highest);
  const lost = value.map((leaf) => lax.fullLike(leaf, NaN));
  return pickAll(lax.eq(target, t), y, pickAll(inside, value, lost));
}

/** The states at the times `ts` (increasing, the first being that of `y0`). */
export function integrate(
  problem: Problem,
  y0: State,
  ts: NDArray,
  params: State,
  companion: Companion | null = null,
): Course {
  const n = ts.shape[0];
  const integrator = new Integrator(problem, companion, params, lax.indexInDim(ts, n - 1, 0, false));
  const first = integrator.start(y0, lax.indexInDim(ts, 0, 0, false));
  const [, [rest, reached, used]] = lax.scan(
    (before: Progress, target: NDArray) => {
      const after = integrator.until(before, target);
      const used = lax.select(lax.lt(after.t, target), after.steps, lax.full([], 0, "int32"));
      return [after, [interpolate(after, target), stillOne(after.t), used]] as const;
    },
    first,
    lax.sliceInDim(ts, 1, n, 1, 0),
  ) as unknown as [Progress, [State, NDArray, NDArray]];
  const ys = y0.map((leaf, i) => lax.concatenate([lax.expandDims(leaf, [0]), rest[i]], 0));
  return { ys, reached, used };
}
