/**
 * @file Transformations that scale updates: by numbers and schedules, by accumulated squares.
 * Source: optax/_src/transform.py.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { treeMap } from "../../core/tree.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import * as np from "../../numpy/index.ts";
import { range } from "../../base/util.ts";
import {
  type EmptyState,
  type GradientTransformation,
  type OfParams,
  identity,
  safeIncrement,
  transformation,
  without,
} from "./base.ts";
import { define } from "../../arguments/declare.ts";
import { type Schedule, type Values, flag, number, value } from "../../arguments/parameters.ts";
import { cast, counter, negate, oneMinus, plus } from "../parameters/scalars.ts";
import { absSquared, mapArrays } from "../trees/leaves.ts";
import * as trees from "../trees/short.ts";

/**
 * Updates times a number.
 * @see optax.scale
 * @example
 * optim.scale(-0.1).update(np.array([0.5, -3]), {})[0].js(); // [-0.05, 0.3]
 */
export const scale = define("scale", [number("stepSize")], [], ({ stepSize }) =>
  without((updates) => mapArrays((g) => np.multiply(stepSize, g), updates)),
);

/** The number of steps taken. */
export type CountState = { readonly count: NDArray };

/**
 * Updates times a function of the number of steps taken (an int32 scalar, 0 at first), in the dtype of the updates.
 * @see optax.scale_by_schedule
 * @example
 * const tx = optim.scaleBySchedule((step) => np.divide(1, np.add(step, 1)));
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([4]), state)[0].js(); // [2]
 */
export const scaleBySchedule = define(
  "scaleBySchedule",
  [value<Schedule>()("stepSizeFn")],
  [],
  ({ stepSizeFn }): GradientTransformation<CountState> =>
    transformation(
      () => ({ count: counter() }),
      (updates, { count }) => {
        const step = stepSizeFn(count);
        const scaled = mapArrays((g) => np.multiply(cast(step, g.dtype), g), updates);
        return [scaled, { count: safeIncrement(count) }];
      },
    ),
);

/** The state of a learning rate: the number of steps, if it is a schedule. */
export type RateState = CountState | EmptyState;

/**
 * Updates times minus the learning rate, a number or a schedule; without one they stay as they are.
 *
 * Parameters: learningRate = null; by name: flipSign = true (false: times the learning rate itself).
 * @see optax.scale_by_learning_rate
 * @example
 * const g = np.array([0.5, -3]);
 * const tx = optim.scaleByLearningRate(0.1);
 * tx.update(g, tx.init(g))[0].js(); // [-0.05, 0.3]
 */
export const scaleByLearningRate = define(
  "scaleByLearningRate",
  [value<ArrayLike | Schedule | null>()("learningRate", null)],
  [flag("flipSign", true)],
  ({ learningRate, flipSign }): GradientTransformation<RateState> => {
    if (learningRate === null) return identity();
    const signed = (x: ArrayLike): ArrayLike => (flipSign ? negate(x) : x);
    if (typeof learningRate !== "function") return scale(signed(learningRate));
    return scaleBySchedule((count) => signed(learningRate(count)));
  },
);

/** The sums of squared gradients. */
export type RssState<P = unknown> = { readonly sumOfSquares: P };

/** t^(-1/2) where t > 0, else 0; `eps` is added to t. */
const inverseRoot = (t: NDArray, eps: ArrayLike): NDArray => {
  const positive = np.greater(t, 0);
  return np.where(positive, lax.rsqrt(np.add(np.where(positive, t, 1), eps)), 0);
};

/**
 * g / √(Σ |g|² + eps), as in Adagrad; 0 where the sum is.
 *
 * Parameters: initialAccumulatorValue = 0.1 (of the sum), eps = 1e-7.
 * @see optax.scale_by_rss; Duchi, Hazan, Singer (2011)
 * @example
 * const g = np.array([0.5, -3]);
 * const tx = optim.scaleByRss();
 * tx.update(g, tx.init(g))[0].js(); // [0.8451…, -0.9944…] — 0.5 / √0.35, −3 / √9.1
 */
export const scaleByRss = define(
  "scaleByRss",
  [number("initialAccumulatorValue", 0.1), number("eps", 1e-7)],
  [],
  ({ initialAccumulatorValue, eps }): GradientTransformation<RssState<OfParams>> =>
    transformation(
      (params) => ({ sumOfSquares: trees.fullLike(params, initialAccumulatorValue) }),
      (updates, state) => {
        const sumOfSquares = mapArrays((g, t) => np.add(absSquared(g), t), updates, state.sumOfSquares);
        const scaled = mapArrays((t, g) => np.multiply(inverseRoot(t, eps), g), sumOfSquares, updates);
        return [scaled, { sumOfSquares }];
      },
    ),
);

/** The running mean of squares, and the steps where bias is corrected. */
export type RmsState<P = unknown> = { readonly nu: P; readonly count?: NDArray };
/** Running means of the gradient and its square, and the steps where bias is corrected. */
export type StddevState<P = unknown> = RmsState<P> & { readonly mu: P };

const rmsParams = [
  number("decay", 0.9),
  number("eps", 1e-8),
  number("initialScale", 0),
  flag("epsInSqrt", true),
  flag("biasCorrection", false),
] as const;

/** 1 / √n, guarded by eps inside or outside the root. */
const inverse = (n: NDArray, eps: ArrayLike, inside: boolean): NDArray =>
  inside ? lax.rsqrt(np.add(n, eps)) : np.divide(1, np.add(np.sqrt(n), eps));

/** Gradients over the root of the running mean of their squares, less the square of their mean where that is in the state. */
function byRoot<S>(
  { decay, eps, initialScale, epsInSqrt, biasCorrection }: Values<typeof rmsParams>,
  means: (params: unknown) => object,
): GradientTransformation<S> {
  const made = transformation<RmsState & { readonly mu?: unknown }>(
    (params) => ({
      ...(biasCorrection ? { count: counter() } : {}),
      ...means(params),
      nu: trees.fullLike(params, initialScale),
    }),
    (updates, state) => {
      const mu = state.mu === undefined ? undefined : trees.updateMoment(updates, state.mu, decay, 1);
      const nu = trees.updateMomentPerElemNorm(updates, state.nu, decay, 2);
      const count = state.count === undefined ? undefined : safeIncrement(state.count);
      const corrected = (m: unknown): unknown =>
        count === undefined ? m : trees.biasCorrection(m, decay, count);
      const scales =
        mu === undefined
          ? mapArrays((n) => inverse(n, eps, epsInSqrt), corrected(nu))
          : mapArrays(
              (m, n) => inverse(np.subtract(n, absSquared(m)), eps, epsInSqrt),
              corrected(mu),
              corrected(nu),
            );
      const next = { ...(count === undefined ? {} : { count }), ...(mu === undefined ? {} : { mu }), nu };
      return [trees.mul(scales, updates), next];
    },
  );
  return made as GradientTransformation<unknown> as GradientTransformation<S>;
}

/**
 * g / √(v + eps), where v is the running mean of |g|²; g / (√v + eps) with epsInSqrt false.
 *
 * Parameters: decay = 0.9, eps = 1e-8, initialScale = 0 (of v), epsInSqrt = true, biasCorrection = false.
 * @see optax.scale_by_rms; Hinton (2012), lecture 6e
 * @example
 * const g = np.array([0.5, -3]);
 * const tx = optim.scaleByRms();
 * tx.update(g, tx.init(g))[0].js(); // [3.1622…, -3.1622…] — v is a tenth of g²
 */
export const scaleByRms = define("scaleByRms", rmsParams, [], (o) =>
  byRoot<RmsState<OfParams>>(o, () => ({})),
);

/**
 * g / √(v − |m|² + eps), where m and v are running means of g and |g|²; g / (√(v − |m|²) + eps) with epsInSqrt false.
 *
 * Parameters: decay = 0.9, eps = 1e-8, initialScale = 0 (of v), epsInSqrt = true, biasCorrection = false.
 * @see optax.scale_by_stddev; Graves (2013)
 * @example
 * const g = np.array([0.5, -3]);
 * const tx = optim.scaleByStddev();
 * tx.update(g, tx.init(g))[0].js(); // [3.3333…, -3.3333…] — over √(0.1 − 0.01) |g|
 */
export const scaleByStddev = define("scaleByStddev", rmsParams, [], (o) =>
  byRoot<StddevState<OfParams>>(o, (params) => ({ mu: trees.zerosLike(params) })),
);

/** Running means of squares: of gradients, and of updates. */
export type AdadeltaState<P = unknown> = { readonly eG: P; readonly eX: P };

/**
 * g · √(E[Δ²] + eps) / √(E[g²] + eps), of running means of the squares of updates Δ (before this one) and gradients.
 *
 * Parameters: rho = 0.9, eps = 1e-6.
 * @see optax.scale_by_adadelta; Zeiler (2012)
 * @example
 * const tx = optim.scaleByAdadelta();
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([1]), state)[0].js(); // [0.0011396…]
 */
export const scaleByAdadelta = define(
  "scaleByAdadelta",
  [number("rho", 0.9), number("eps", 1e-6)],
  [],
  ({ rho, eps }): GradientTransformation<AdadeltaState<OfParams>> =>
    transformation(
      (params) => ({ eG: trees.zerosLike(params), eX: trees.zerosLike(params) }),
      (updates, state) => {
        const eG = trees.updateMoment(updates, state.eG, rho, 2);
        const root = (x: NDArray): NDArray => np.sqrt(np.add(x, eps));
        const step = (g: NDArray, now: NDArray, before: NDArray): NDArray =>
          np.multiply(np.divide(root(before), root(now)), g);
        const scaled = mapArrays(step, updates, eG, state.eX);
        return [scaled, { eG, eX: trees.updateMoment(scaled, state.eX, rho, 2) }];
      },
    ),
);

/** For each axis of each array the largest accumulated squares, and the running mean of updates. */
export type Sm3State<P = unknown> = { readonly mu: unknown; readonly nu: P };

const others = (axis: number, ndim: number): number[] => range(ndim).filter((a) => a !== axis);

/** The shapes of what is kept: one vector per axis, or a scalar for a scalar. */
const axesOf = (p: NDArray): number[][] => (p.ndim === 0 ? [[]] : p.shape.map((n) => [n]));

/** The accumulated squares of an array, bounded by those kept for its axes. */
function sm3Bound(g: NDArray, kept: readonly NDArray[], b2: ArrayLike): NDArray {
  const own = np.multiply(b2 === 1 ? 1 : oneMinus(b2), np.square(g));
  const along = g.ndim < 2 ? kept : kept.map((v, i) => np.expandDims(v, others(i, g.ndim)));
  const least = along.reduce((a, b) => np.minimum(a, b));
  return np.add(own, np.multiply(b2, least));
}

/**
 * Adagrad whose accumulated squares are kept per row and column only: for each axis of an array the largest of them,
 * and an element's is the least of its axes'. The update is the running mean (b1) of the scaled gradients.
 *
 * Parameters: b1 = 0.9, b2 = 1 (below 1: running means in place of sums), eps = 1e-8.
 * @see optax.scale_by_sm3; Anil et al. (2019)
 * @example
 * const tx = optim.scaleBySm3();
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([1]), state)[0].js(); // [0.11425…] — 0.9 · 0.1 + 0.1 / √17
 */
export const scaleBySm3 = define(
  "scaleBySm3",
  [number("b1", 0.9), number("b2", 1), number("eps", 1e-8)],
  [],
  ({ b1, b2, eps }): GradientTransformation<Sm3State<OfParams>> =>
    transformation(
      (params) => ({
        mu: mapArrays((p) => axesOf(p).map((n) => np.zeros(n, p.dtype)), params),
        nu: trees.zerosLike(params),
      }),
      (updates, state) => {
        const bound = (g: ArrayLike, kept: readonly NDArray[]): NDArray =>
          sm3Bound(asArray(g, "scaleBySm3"), kept, b2);
        const bounds = treeMap(bound, updates, [state.mu]);
        const scaled = mapArrays((g, a) => np.multiply(g, inverseRoot(a, eps)), updates, bounds);
        const nu = trees.updateMoment(scaled, state.nu, b1, 1);
        const keep = (a: NDArray): NDArray[] =>
          a.ndim < 2 ? [a] : range(a.ndim).map((i) => np.max(a, others(i, a.ndim)));
        return [nu, { mu: mapArrays(keep, bounds), nu }];
      },
    ),
);

/** Whether this is the first step, and the last gradient. */
export type OptimisticState<P = unknown> = { readonly isInitialStep: NDArray; readonly previousGradient: P };

/**
 * (alpha + beta) · g − beta · (the last g), which is this one at the first step.
 *
 * Parameters: alpha = 1, beta = 1.
 * @see optax.scale_by_optimistic_gradient; Mokhtari, Ozdaglar, Pattathil (2020)
 * @example
 * const tx = optim.scaleByOptimisticGradient();
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([1]), state)[0].js(); // [-2] — 2 · 1 − 4
 */
export const scaleByOptimisticGradient = define(
  "scaleByOptimisticGradient",
  [number("alpha", 1), number("beta", 1)],
  [],
  ({ alpha, beta }): GradientTransformation<OptimisticState<OfParams>> =>
    transformation(
      (params) => ({ isInitialStep: np.array(true), previousGradient: trees.zerosLike(params) }),
      (updates, state) => {
        const step = (g: NDArray, last: NDArray): NDArray => {
          const before = np.where(state.isInitialStep, g, last);
          return np.subtract(np.multiply(plus(alpha, beta), g), np.multiply(beta, before));
        };
        const stepped = mapArrays(step, updates, state.previousGradient);
        return [stepped, { isInitialStep: np.array(false), previousGradient: updates }];
      },
    ),
);
