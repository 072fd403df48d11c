/**
 * @file Transformations that scale by running moments of the gradients and count their steps: the Adam family.
 * Source: optax/_src/transform.py.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import * as np from "../../numpy/index.ts";
import { type GradientTransformation, type OfParams, safeIncrement, transformation } from "./base.ts";
import { define } from "../../arguments/declare.ts";
import { dtypeOf, flag, number } from "../../arguments/parameters.ts";
import { counter, minus, oneMinus, over, times } from "../parameters/scalars.ts";
import { absSquared, mapArrays } from "../trees/leaves.ts";
import * as trees from "../trees/short.ts";

/** Steps, and running means of the gradient and its square. `P` is the type of the parameters' tree. */
export type AdamState<P = unknown> = { readonly count: NDArray; readonly mu: P; readonly nu: P };

const moments = [number("b1", 0.9), number("b2", 0.999)] as const;
const nesterovOnly = [flag("nesterov", false)] as const;

/** mu without its bias; with Nesterov's momentum, that of the next step. */
function correctedMean(
  updates: unknown,
  mu: unknown,
  b1: ArrayLike,
  count: NDArray,
  nesterov: boolean,
): unknown {
  if (!nesterov) return trees.biasCorrection(mu, b1, count);
  return mapArrays(
    (m, g) => np.add(np.multiply(b1, m), np.multiply(oneMinus(b1), g)),
    trees.biasCorrection(mu, b1, safeIncrement(count)),
    trees.biasCorrection(updates, b1, count),
  );
}

/** m / (√(v + epsRoot) + eps). */
const normalised = (mu: unknown, nu: unknown, eps: ArrayLike, epsRoot: ArrayLike): unknown =>
  mapArrays((m, v) => np.divide(m, np.add(np.sqrt(np.add(v, epsRoot)), eps)), mu, nu);

/**
 * m̂ / (√(v̂ + epsRoot) + eps), of bias-corrected running means m of g and v of |g|². With Nesterov's momentum m̂ is
 * that of the next step.
 *
 * Parameters: b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, muDtype = null (the dtype of m; by default that of the
 * parameters); by name: nesterov = false. For derivatives through the update give an epsRoot above zero: that of the
 * root is infinite where a gradient is zero.
 * @see optax.scale_by_adam; Kingma, Ba (2015)
 * @example
 * const tx = optim.scaleByAdam();
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([1]), state)[0].js(); // [0.8305…]
 */
export const scaleByAdam = define(
  "scaleByAdam",
  [...moments, number("eps", 1e-8), number("epsRoot", 0), dtypeOf("muDtype")],
  nesterovOnly,
  ({ b1, b2, eps, epsRoot, muDtype, nesterov }): GradientTransformation<AdamState<OfParams>> =>
    transformation(
      (params) => ({
        count: counter(),
        mu: trees.zerosLike(params, muDtype),
        nu: trees.zerosLike(params),
      }),
      (updates, state) => {
        const mu = trees.updateMoment(updates, state.mu, b1, 1);
        const nu = trees.updateMomentPerElemNorm(updates, state.nu, b2, 2);
        const count = safeIncrement(state.count);
        const muHat = correctedMean(updates, mu, b1, count, nesterov);
        const out = normalised(muHat, trees.biasCorrection(nu, b2, count), eps, epsRoot);
        return [out, { count, mu: trees.cast(mu, muDtype), nu: trees.castLike(nu, state.nu) }];
      },
    ),
);

/** As `AdamState`, with the largest running mean of squares so far. */
export type AmsgradState<P = unknown> = AdamState<P> & { readonly nuMax: P };

/**
 * As `scaleByAdam`, by the largest running mean of squares so far.
 *
 * Parameters: b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, muDtype = null, biasCorrectionMu = true,
 * biasCorrectionNu = true.
 * @see optax.scale_by_amsgrad; Reddi, Kale, Kumar (2018)
 * @example
 * const tx = optim.scaleByAmsgrad();
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([1]), state)[0].js(); // [0.6052…] — over 4, the root of the larger mean
 */
export const scaleByAmsgrad = define(
  "scaleByAmsgrad",
  [
    ...moments,
    number("eps", 1e-8),
    number("epsRoot", 0),
    dtypeOf("muDtype"),
    flag("biasCorrectionMu", true),
    flag("biasCorrectionNu", true),
  ],
  [],
  ({ b1, b2, eps, epsRoot, muDtype, ...correct }): GradientTransformation<AmsgradState<OfParams>> =>
    transformation(
      (params) => ({
        count: counter(),
        mu: trees.zerosLike(params, muDtype),
        nu: trees.zerosLike(params),
        nuMax: trees.zerosLike(params),
      }),
      (updates, state) => {
        const mu = trees.updateMoment(updates, state.mu, b1, 1);
        const nu = trees.updateMomentPerElemNorm(updates, state.nu, b2, 2);
        const count = safeIncrement(state.count);
        const muHat = correct.biasCorrectionMu ? trees.biasCorrection(mu, b1, count) : mu;
        const nuHat = correct.biasCorrectionNu ? trees.biasCorrection(nu, b2, count) : nu;
        const nuMax = mapArrays((a, b) => np.maximum(a, b), state.nuMax, nuHat);
        const out = normalised(muHat, nuMax, eps, epsRoot);
        return [out, { count, mu: trees.cast(mu, muDtype), nu, nuMax }];
      },
    ),
);

/**
 * m̂ / v, where m̂ is the bias-corrected running mean of g, and v = max(|g| + eps, b2 · v).
 *
 * Parameters: b1 = 0.9, b2 = 0.999, eps = 1e-8.
 * @see optax.scale_by_adamax; Kingma, Ba (2015), section 7.1
 * @example
 * const tx = optim.scaleByAdamax();
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([1]), state)[0].js(); // [0.6058…]
 */
export const scaleByAdamax = define(
  "scaleByAdamax",
  [...moments, number("eps", 1e-8)],
  [],
  ({ b1, b2, eps }): GradientTransformation<AdamState<OfParams>> =>
    transformation(
      (params) => ({ count: counter(), mu: trees.zerosLike(params), nu: trees.zerosLike(params) }),
      (updates, state) => {
        const count = safeIncrement(state.count);
        const mu = trees.updateMoment(updates, state.mu, b1, 1);
        const nu = trees.updateInfinityMoment(updates, state.nu, b2, eps);
        return [trees.div(trees.biasCorrection(mu, b1, count), nu), { count, mu, nu }];
      },
    ),
);

/**
 * As `scaleByAdam`, by the running mean of the squared distance of the gradient from its running mean (plus epsRoot).
 *
 * Parameters: b1 = 0.9, b2 = 0.999, eps = 1e-16, epsRoot = 1e-16; by name: nesterov = false.
 * @see optax.scale_by_belief; Zhuang et al. (2020)
 * @example
 * const tx = optim.scaleByBelief();
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([1]), state)[0].js(); // [0.9407…]
 */
export const scaleByBelief = define(
  "scaleByBelief",
  [...moments, number("eps", 1e-16), number("epsRoot", 1e-16)],
  nesterovOnly,
  ({ b1, b2, eps, epsRoot, nesterov }): GradientTransformation<AdamState<OfParams>> =>
    transformation(
      (params) => ({ count: counter(), mu: trees.zerosLike(params), nu: trees.zerosLike(params) }),
      (updates, state) => {
        const mu = trees.updateMoment(updates, state.mu, b1, 1);
        const squares = trees.updateMomentPerElemNorm(trees.sub(updates, mu), state.nu, b2, 2);
        const nu = mapArrays((v) => np.add(v, epsRoot), squares);
        const count = safeIncrement(state.count);
        const muHat = correctedMean(updates, mu, b1, count, nesterov);
        return [normalised(muHat, trees.biasCorrection(nu, b2, count), eps, 0), { count, mu, nu }];
      },
    ),
);

/**
 * As `scaleByAdam`, where v moves towards g² by (1 − b2) · g², whatever their distance.
 *
 * Parameters: b1 = 0.9, b2 = 0.999, eps = 1e-3, epsRoot = 0, initialAccumulatorValue = 1e-6 (of m and v).
 * @see optax.scale_by_yogi; Zaheer et al. (2018)
 * @example
 * const tx = optim.scaleByYogi();
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([1]), state)[0].js(); // [0.8298…]
 */
export const scaleByYogi = define(
  "scaleByYogi",
  [...moments, number("eps", 1e-3), number("epsRoot", 0), number("initialAccumulatorValue", 1e-6)],
  [],
  ({ b1, b2, eps, epsRoot, initialAccumulatorValue: start }): GradientTransformation<AdamState<OfParams>> =>
    transformation(
      (params) => ({
        count: counter(),
        mu: trees.fullLike(params, start),
        nu: trees.fullLike(params, start),
      }),
      (updates, state) => {
        const mu = trees.updateMoment(updates, state.mu, b1, 1);
        const move = (g: NDArray, v: NDArray): NDArray => {
          const square = absSquared(g);
          const sign = np.sign(np.subtract(v, square));
          return np.subtract(v, np.multiply(np.multiply(oneMinus(b2), sign), square));
        };
        const nu = mapArrays(move, updates, state.nu);
        const count = safeIncrement(state.count);
        const muHat = trees.biasCorrection(mu, b1, count);
        return [normalised(muHat, trees.biasCorrection(nu, b2, count), eps, epsRoot), { count, mu, nu }];
      },
    ),
);

/** The factor by which RAdam rectifies a step. */
function rectification(ro: NDArray, roInf: ArrayLike): NDArray {
  const above = np.multiply(np.multiply(np.subtract(ro, 4), np.subtract(ro, 2)), roInf);
  const below = np.multiply(times(minus(roInf, 4), minus(roInf, 2)), ro);
  return np.sqrt(np.divide(above, below));
}

/**
 * As `scaleByAdam`, rectified by the variance of the adaptive rate; plain momentum m̂ while that is not tractable
 * (its degrees of freedom below `threshold`: the first five steps or so).
 *
 * Parameters: b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, threshold = 5; by name: nesterov = false.
 * @see optax.scale_by_radam; Liu et al. (2020)
 * @example
 * const tx = optim.scaleByRadam();
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([1]), state)[0].js(); // [2.4210…] — m̂ = (0.9 · 0.4 + 0.1 · 1) / 0.19
 */
export const scaleByRadam = define(
  "scaleByRadam",
  [...moments, number("eps", 1e-8), number("epsRoot", 0), number("threshold", 5)],
  nesterovOnly,
  ({ b1, b2, eps, epsRoot, threshold, nesterov }): GradientTransformation<AdamState<OfParams>> => {
    const roInf = minus(over(2, oneMinus(b2)), 1);
    return transformation(
      (params) => ({ count: counter(), mu: trees.zerosLike(params), nu: trees.zerosLike(params) }),
      (updates, state) => {
        const mu = trees.updateMoment(updates, state.mu, b1, 1);
        const nu = trees.updateMomentPerElemNorm(updates, state.nu, b2, 2);
        const count = safeIncrement(state.count);
        const b2t = np.power(b2, count);
        const lag = np.divide(np.multiply(np.multiply(2, count), b2t), np.subtract(1, b2t));
        const ro = np.subtract(roInf, lag);
        const rectify = np.greaterEqual(ro, threshold);
        // Where the factor is not used it is that of ro = 5, so that its root has a derivative.
        const r = rectification(np.where(rectify, ro, 5), roInf);
        const muHat = correctedMean(updates, mu, b1, count, nesterov);
        const adaptive = normalised(muHat, trees.biasCorrection(nu, b2, count), eps, epsRoot);
        const scaled = mapArrays((u) => np.multiply(r.astype(u.dtype), u), adaptive);
        return [trees.where(rectify, scaled, muHat), { count, mu, nu }];
      },
    );
  },
);

/** Running means of the gradient (m), its change (v) and the square of both (n); the last gradient; the steps. */
export type AdanState<P = unknown> = {
  readonly m: P;
  readonly v: P;
  readonly n: P;
  readonly g: P;
  readonly t: NDArray;
};

/**
 * Adam with Nesterov's momentum estimated from changes of the gradient: running means of g (b1), of its change d (b2)
 * and of the square of g + (1 − b2) · d (b3), all bias-corrected.
 *
 * Parameters: b1 = 0.98, b2 = 0.92, b3 = 0.99, eps = 1e-8, epsRoot = 0.
 * @see optax.scale_by_adan; Xie et al. (2022)
 * @example
 * const tx = optim.scaleByAdan();
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([1]), state)[0].js(); // [0.8215…]
 */
export const scaleByAdan = define(
  "scaleByAdan",
  [number("b1", 0.98), number("b2", 0.92), number("b3", 0.99), number("eps", 1e-8), number("epsRoot", 0)],
  [],
  ({ b1, b2, b3, eps, epsRoot }): GradientTransformation<AdanState<OfParams>> =>
    transformation(
      (params) => {
        const zeros = (): unknown => trees.zerosLike(params);
        return { m: zeros(), v: zeros(), n: zeros(), g: zeros(), t: counter() };
      },
      (g, state) => {
        const zeros = trees.zerosLike(g);
        const change = trees.where(np.equal(state.t, 0), zeros, trees.sub(g, state.g));
        const m = trees.updateMoment(g, state.m, b1, 1);
        const v = trees.updateMoment(change, state.v, b2, 1);
        const both = trees.addScale(g, oneMinus(b2), change);
        const n = trees.updateMomentPerElemNorm(both, state.n, b3, 2);
        const t = safeIncrement(state.t);
        const mean = trees.biasCorrection(m, b1, t);
        const direction = trees.addScale(mean, oneMinus(b2), trees.biasCorrection(v, b2, t));
        const out = normalised(direction, trees.biasCorrection(n, b3, t), eps, epsRoot);
        return [out, { m, v, n, g, t }];
      },
    ),
);
