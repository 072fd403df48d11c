/**
 * @file An adaptive Runge–Kutta integrator: Dormand and Prince's pair of orders 5 and 4, on states that are lists of
 * arrays. Steps go past the times asked for; values there come from a polynomial of degree 4 through the step.
 *
 * Sources: Dormand and Prince 1980; step sizes as in Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I,
 * §II.4; the midpoint of a step from Shampine 1986.
 */
import type { NDArray } from "../core/array.ts";
import * as lax from "../control-flow/lax.ts";
import { cast } from "../numpy/operands/promote.ts";
import { range } from "../base/util.ts";

export type State = readonly NDArray[];
export type Rate = (y: State, t: NDArray) => State;

/** What limits a step. */
export interface Limits {
  readonly rtol: number;
  readonly atol: number;
  /** Steps between two times asked for, at most. */
  readonly mxstep: number;
  /** The longest step. */
  readonly hmax: number;
}

/** Times of the stages, and for each the weights of the stages before it (the last: those of the solution). */
const nodes = [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1];
const stages = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
/** The difference of the two solutions. */
const errorWeights = [
  35 / 384 - 5179 / 57600,
  0,
  500 / 1113 - 7571 / 16695,
  125 / 192 - 393 / 640,
  -2187 / 6784 + 92097 / 339200,
  11 / 84 - 187 / 2100,
  -1 / 40,
];
const middleWeights = [
  6025192743 / 30085553152 / 2,
  0,
  51252292925 / 65400821598 / 2,
  -2691868925 / 45128329728 / 2,
  187940372067 / 1594534317056 / 2,
  -1776094331 / 19743644256 / 2,
  11237099 / 235043384 / 2,
];

const scaled = (x: NDArray, s: NDArray | number): NDArray =>
  lax.mul(x, typeof s === "number" ? s : cast(s, x.dtype));

const square = (x: NDArray): NDArray => lax.mul(x, x);

/** y + dt Σ wᵢ kᵢ */
function combine(y: State | null, dt: NDArray, weights: readonly number[], k: readonly State[]): State {
  return k[0].map((first, leaf) => {
    let sum: NDArray | null = null;
    weights.forEach((w, i) => {
      if (w === 0) return;
      const term = lax.mul(k[i][leaf], w);
      sum = sum === null ? term : lax.add(sum, term);
    });
    const moved = scaled(sum ?? first, dt);
    return y === null ? moved : lax.add(y[leaf], moved);
  });
}

/** The sum of what `each` makes of the leaves, over all elements, in the dtype of a time. */
export function total(x: State, each: (leaf: NDArray, i: number) => NDArray, like: NDArray): NDArray {
  const parts = x.map((leaf, i) => cast(lax.reduceSum(each(leaf, i), range(leaf.ndim)), like.dtype));
  return parts.reduce((a, b) => lax.add(a, b));
}

/** The root of the mean of (xᵢ / scaleᵢ)², over all elements. */
function relativeNorm(x: State, scale: State, like: NDArray): NDArray {
  const size = x.reduce((n, leaf) => n + leaf.size, 0);
  const sum = total(x, (leaf, i) => square(lax.div(leaf, scale[i])), like);
  return lax.sqrt(lax.div(sum, Math.max(1, size)));
}

const tolerances = (y: State, { rtol, atol }: Limits): State =>
  y.map((leaf) => lax.add(lax.mul(lax.abs(leaf), rtol), atol));

/** A first step, from how fast the solution and its slope change. */
function firstStep(f: Rate, y: State, slope: State, t: NDArray, limits: Limits): NDArray {
  const scale = tolerances(y, limits);
  const [d0, d1] = [relativeNorm(y, scale, t), relativeNorm(slope, scale, t)];
  const small = lax.bitwiseOr(lax.lt(d0, 1e-5), lax.lt(d1, 1e-5));
  const trial = lax.select(small, lax.fullLike(t, 1e-6), lax.mul(0.01, lax.div(d0, lax.max(d1, 1e-300))));
  const moved = y.map((leaf, i) => lax.add(leaf, scaled(slope[i], trial)));
  const bent = f(moved, lax.add(t, trial)).map((leaf, i) => lax.sub(leaf, slope[i]));
  const steepest = lax.max(d1, lax.div(relativeNorm(bent, scale, t), trial));
  const flat = lax.le(steepest, 1e-15);
  const careful = lax.max(1e-6, lax.mul(trial, 1e-3));
  const wanted = lax.pow(lax.div(0.01, lax.select(flat, lax.fullLike(t, 1), steepest)), 0.2);
  return lax.min(lax.min(lax.mul(100, trial), lax.select(flat, careful, wanted)), limits.hmax);
}

/** The step that would just meet the tolerance: at most ten times, at least a fifth of the last one. */
function nextStep(dt: NDArray, error: NDArray, limits: Limits): NDArray {
  const least = lax.select(lax.lt(error, 1), lax.fullLike(error, 1), lax.fullLike(error, 0.2));
  const factor = lax.mul(0.9, lax.pow(error, -0.2));
  const grown = lax.select(lax.eq(error, 0), lax.fullLike(error, 10), lax.clamp(least, factor, 10));
  // A NaN stays one and ends the loop.
  return lax.min(lax.mul(dt, grown), limits.hmax);
}

/** The last step taken (from `from`), and the next to try. */
interface Progress {
  readonly y: State;
  readonly slope: State;
  readonly t: NDArray;
  readonly dt: NDArray;
  readonly from: { readonly y: State; readonly slope: State; readonly middle: State; readonly t: NDArray };
  readonly steps: NDArray;
}

function advance(f: Rate, p: Progress, limits: Limits): Progress {
  const k: State[] = [p.slope];
  let y = p.y;
  stages.forEach((weights, i) => {
    y = combine(p.y, p.dt, weights, k);
    k.push(f(y, lax.add(p.t, lax.mul(p.dt, nodes[i + 1]))));
  });
  const scale = tolerances(
    y.map((leaf, i) => lax.max(lax.abs(leaf), lax.abs(p.y[i]))),
    limits,
  );
  const error = relativeNorm(combine(null, p.dt, errorWeights, k), scale, p.t);
  const good = lax.le(error, 1);
  const pick = (a: NDArray, b: NDArray): NDArray => lax.select(good, a, b);
  const pickAll = (a: State, b: State): State => a.map((x, i) => pick(x, b[i]));
  return {
    y: pickAll(y, p.y),
    slope: pickAll(k[6], p.slope),
    t: pick(lax.add(p.t, p.dt), p.t),
    dt: nextStep(p.dt, error, limits),
    from: {
      y: pickAll(p.y, p.from.y),
      slope: pickAll(p.slope, p.from.slope),
      middle: pickAll(combine(p.y, p.dt, middleWeights, k), p.from.middle),
      t: pick(p.t, p.from.t),
    },
    steps: lax.add(p.steps, 1),
  };
}

/** The value at a time within the last step; NaN outside, where the steps did not get there. */
function interpolate({ y, slope, t, from }: Progress, target: NDArray): State {
  const width = lax.sub(t, from.t);
  const inside = lax.select(lax.eq(target, t), lax.fullLike(t, 1), lax.div(lax.sub(target, from.t), width));
  const at = lax.select(lax.lt(t, target), lax.fullLike(t, NaN), inside);
  return y.map((y1, i) => {
    const [y0, middle] = [from.y[i], from.middle[i]];
    const [d0, d1] = [scaled(from.slope[i], width), scaled(slope[i], width)];
    const sum = (a: number, b: number, c: number, d: number, e: number): NDArray =>
      [lax.mul(d0, a), lax.mul(d1, b), lax.mul(y0, c), lax.mul(y1, d), lax.mul(middle, e)].reduce((u, v) =>
        lax.add(u, v),
      );
    const coefficients = [sum(-2, 2, -8, -8, 16), sum(5, -3, 18, 14, -32), sum(-4, 1, -11, -5, 16), d0, y0];
    return coefficients.reduce((value, c) => lax.add(scaled(value, at), c));
  });
}

/** The states at the times `ts` (increasing, the first being that of `y0`), stacked. */
export function integrate(f: Rate, y0: State, ts: NDArray, limits: Limits): State {
  const start = lax.indexInDim(ts, 0, 0, false);
  const slope = f(y0, start);
  const first: Progress = {
    y: y0,
    slope,
    t: start,
    dt: firstStep(f, y0, slope, start, limits),
    from: { y: y0, slope, middle: y0, t: start },
    steps: lax.full([], 0, "int32"),
  };
  const most = Math.min(limits.mxstep, 2 ** 31 - 1);
  const until = (before: Progress, target: NDArray): readonly [Progress, State] => {
    const after = lax.whileLoop(
      (p: Progress) => {
        const wanted = lax.bitwiseAnd(lax.lt(p.t, target), lax.lt(p.steps, most));
        // A step too short to move the time (or NaN) would be repeated for ever.
        return lax.bitwiseAnd(wanted, lax.gt(lax.add(p.t, p.dt), p.t));
      },
      (p: Progress) => advance(f, p, limits),
      { ...before, steps: lax.full([], 0, "int32") },
    );
    return [after, interpolate(after, target)];
  };
  const [, rest] = lax.scan(until, first, lax.sliceInDim(ts, 1, ts.shape[0], 1, 0));
  return y0.map((leaf, i) => lax.concatenate([lax.expandDims(leaf, [0]), rest[i]], 0));
}
