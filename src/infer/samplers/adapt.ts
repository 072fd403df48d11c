/**
 * @file The warm-up: step sizes by dual averaging (Hoffman and Gelman 2014, algorithm 5), the mass matrix from the variance of
 * the draws in windows that double, by the schedule of Stan (reference manual, "Automatic parameter tuning").
 */
import * as lax from "../../control-flow/lax.ts";
import type { NDArray } from "../../core/array.ts";
import * as np from "../../numpy/index.ts";
import type { Key } from "../../random/key.ts";
import * as random from "../../random/index.ts";
import type { Kernel, Place, Tuning } from "./kernel.ts";

/** What a step of the warm-up belongs to. */
export interface Schedule {
  /** Whether the draw counts for the mass matrix. */
  readonly counts: readonly boolean[];
  /** Whether a window begins with it, and so a search for a step size, with the mass matrix of the window before. */
  readonly begins: readonly boolean[];
}

/** Windows of 75, then 25, 50, 100 … (the last as long as is left), then 50; or parts of a short warm-up in proportion. */
export function windows(steps: number, adaptMass: boolean): Schedule {
  const begins = Array.from({ length: steps }, (_, i) => i === 0);
  if (!adaptMass || steps < 20) return { counts: begins.map(() => false), begins };
  const isShort = steps < 150;
  const first = isShort ? Math.floor(0.15 * steps) : 75;
  const last = isShort ? Math.floor(0.1 * steps) : 50;
  const end = steps - last;
  let size = isShort ? end - first : 25;
  for (let at = first; at < end;) {
    // The next window would be twice as long: if there is no room for it, this one takes the rest.
    const next = at + size;
    at = next + 2 * size > end ? end : next;
    begins[at] = true;
    size *= 2;
  }
  return { counts: begins.map((_, i) => i >= first && i < end), begins };
}

/** The state of dual averaging on the logarithm of the step size. */
type Averaging = { count: NDArray; error: NDArray; logStep: NDArray; mean: NDArray; towards: NDArray };

/** The running mean of draws, and sums of squares (or products) of what they are off it (Welford 1962). */
type Moments = { count: NDArray; mean: NDArray; squares: NDArray };

export type Warming = { place: Place; averaging: Averaging; factor: NDArray; moments: Moments };

/** What one step of the warm-up is given. */
export type WarmStep = { key: Key; counts: NDArray; begins: NDArray };

export interface AdaptSettings {
  readonly dense: boolean;
  readonly stepSize: number | null;
}

const gamma = 0.05;
const delay = 10;
const decay = 0.75;

/** Dual averaging that begins at a step size, and is drawn towards one ten times as large. */
function averagingFrom(stepSize: NDArray): Averaging {
  const logStep = np.log(stepSize);
  const zero = np.zerosLike(logStep);
  return { count: zero, error: zero, logStep, mean: zero, towards: np.add(logStep, Math.log(10)) };
}

function average(s: Averaging, missed: NDArray): Averaging {
  const count = np.add(s.count, 1);
  const weight = np.divide(1, np.add(count, delay));
  const error = np.add(s.error, np.multiply(weight, np.subtract(missed, s.error)));
  const logStep = np.subtract(s.towards, np.divide(np.multiply(np.sqrt(count), error), gamma));
  const share = np.power(count, -decay);
  const mean = np.add(s.mean, np.multiply(share, np.subtract(logStep, s.mean)));
  return { count, error, logStep, mean, towards: s.towards };
}

function noMoments({ x }: Place, dense: boolean): Moments {
  const { dtype } = x;
  const shape = dense ? [x.size, x.size] : [x.size];
  return {
    count: np.zeros([], { dtype }),
    mean: np.zeros([x.size], { dtype }),
    squares: np.zeros(shape, { dtype }),
  };
}

function addDraw({ count, mean, squares }: Moments, x: NDArray): Moments {
  const n = np.add(count, 1);
  const before = np.subtract(x, mean);
  const next = np.add(mean, np.divide(before, n));
  const after = np.subtract(x, next);
  const product = squares.ndim === 1 ? np.multiply(before, after) : np.outer(before, after);
  return { count: n, mean: next, squares: np.add(squares, product) };
}

/** The factor of the covariance of the draws, drawn towards a small multiple of the identity as Stan does. */
function factorOf({ count, squares }: Moments): NDArray {
  const covariance = np.divide(squares, np.maximum(1, np.subtract(count, 1)));
  const share = np.divide(count, np.add(count, 5));
  const little = np.multiply(np.subtract(1, share), 1e-3);
  const sure = np.multiply(covariance, share);
  if (squares.ndim === 1) return np.sqrt(np.add(sure, little));
  const identity = np.eye(squares.shape[0], { dtype: squares.dtype });
  return np.linalg.cholesky(np.add(sure, np.multiply(identity, little)));
}

/**
 * A step size at which one step changes the energy so that it would be accepted with a probability of about 0.8: doubled
 * or halved from the one given, until that is crossed.
 */
function searched({ trial }: Kernel, key: Key, place: Place, { stepSize, factor }: Tuning): NDArray {
  if (trial === null) return stepSize;
  // `way` is the factor from one trial to the next, 0 before the first.
  type State = { key: Key; step: NDArray; way: NDArray; crossed: NDArray; count: NDArray };
  const zero = np.zerosLike(stepSize);
  const found = lax.whileLoop(
    ({ crossed, count }: State) => np.logicalAnd(np.logicalNot(crossed), np.less(count, 60)),
    (s: State): State => {
      const [own, next] = random.split(s.key);
      const error = trial(own, place, { stepSize: s.step, factor });
      const way = np.where(np.less(error, -Math.log(0.8)), 2, 0.5).astype(stepSize.dtype);
      const crossed = np.logicalAnd(np.greater(s.way, 0), np.notEqual(way, s.way));
      const step = np.where(crossed, s.step, np.multiply(s.step, way));
      return { key: next, step, way, crossed, count: lax.add(s.count, 1) };
    },
    {
      key,
      step: stepSize,
      way: zero,
      crossed: lax.full([], 0, "bool"),
      count: lax.full([], 0, "int32"),
    },
  );
  return found.step;
}

/** A chain before its warm-up. */
export function beginWarmUp(kernel: Kernel, place: Place, { dense, stepSize }: AdaptSettings): Warming {
  const { dtype } = place.x;
  const factor = dense ? np.eye(place.x.size, { dtype }) : np.onesLike(place.x);
  const given = np.array(stepSize ?? kernel.firstStep, { dtype });
  return { place, averaging: averagingFrom(given), factor, moments: noMoments(place, dense) };
}

/** A chain with a step size to begin with: what a run without a warm-up gets. */
export function withFirstStep(kernel: Kernel, key: Key, s: Warming): Warming {
  const stepSize = np.exp(s.averaging.logStep);
  const step = searched(kernel, key, s.place, { stepSize, factor: s.factor });
  return { ...s, averaging: averagingFrom(step) };
}

/** A new window: the mass matrix of the draws that were counted, if there are any, and a step size for it. */
function nextWindow(kernel: Kernel, key: Key, s: Warming): Warming {
  const factor = np.where(np.greater(s.moments.count, 0), factorOf(s.moments), s.factor);
  const moments = noMoments(s.place, factor.ndim === 2);
  return withFirstStep(kernel, key, { ...s, factor, moments });
}

/** A step of the warm-up. */
export function warmStep(kernel: Kernel, state: Warming, { key, counts, begins }: WarmStep): Warming {
  const [forMove, forSearch] = random.split(key);
  const s = lax.cond(
    begins,
    (w: Warming): Warming => nextWindow(kernel, forSearch, w),
    (w: Warming): Warming => w,
    state,
  );
  const stepSize = np.exp(s.averaging.logStep);
  const [place, { acceptance }] = kernel.move(forMove, s.place, { stepSize, factor: s.factor });
  const averaging = average(s.averaging, np.subtract(kernel.target, acceptance));
  const moments = lax.cond(
    counts,
    (before: Moments, x: NDArray) => addDraw(before, x),
    (before: Moments, _: NDArray) => before,
    s.moments,
    place.x,
  );
  return { place, averaging, factor: s.factor, moments };
}

/** What the warm-up found. */
export function tuned({ averaging, factor }: Warming): Tuning {
  const { count, mean, logStep } = averaging;
  return { stepSize: np.exp(np.where(np.equal(count, 0), logStep, mean)), factor };
}
