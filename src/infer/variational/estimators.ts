/**
 * @file Estimates of the evidence lower bound E_q[log p − log q] and functions whose gradients are estimates of its gradient.
 *
 * Reparametrised (Kingma, Welling 2014; Rezende et al. 2014): the draws are functions of the parameters. Pathwise (Roeder, Wu,
 * Duvenaud 2017): the same without the score term of the entropy, whose mean is zero. Score function (Williams 1992; Ranganath
 * et al. 2014): draws are constants, and the density need not be differentiable.
 */
import { stopGradient } from "../../lax/identities/stop-gradient.ts";
import { grad } from "../../api/grad.ts";
import { vmap } from "../../api/vmap.ts";
import type { NDArray } from "../../core/array.ts";
import * as np from "../../numpy/index.ts";
import type { Family, Parameters } from "./families.ts";

export const estimators = ["reparametrised", "pathwise", "score"] as const;
/** How the gradient of the evidence lower bound is estimated. */
export type Estimator = (typeof estimators)[number];
export const controlVariates = ["leaveOneOut", "regression", "none"] as const;
/** What is subtracted from gradients of scores, with mean zero, so that they are less noisy. */
export type ControlVariate = (typeof controlVariates)[number];

/** What a gradient is an estimate of, and from. */
export interface Objective {
  readonly family: Family;
  readonly estimator: Estimator;
  readonly controlVariate: ControlVariate;
  /** The log density of a draw [size]. */
  readonly value: (x: NDArray) => NDArray;
}

/** What each of some numbers is compared with: the mean of the others. */
export function othersMean(f: NDArray): NDArray {
  const n = f.size;
  return n === 1 ? np.zerosLike(f) : np.divide(np.subtract(np.sum(f), f), n - 1);
}

/** The bound, and a function of the parameters with an estimate of its gradient: minimised, it maximises the bound. */
type Estimate = (p: Parameters, noise: NDArray) => [loss: NDArray, bound: NDArray];

/** Estimates from draws that are functions of the parameters. */
function pathwise({ family, estimator, value }: Objective): Estimate {
  return (p, noise) => {
    const xs = family.draw(p, noise);
    const fits = vmap(value)(xs);
    if (estimator === "reparametrised") {
      const bound = np.add(np.mean(fits), family.entropy(p));
      return [np.negative(bound), bound];
    }
    const fixed = stopGradient(p);
    const own = vmap((x: NDArray) => family.logDensity(fixed, x))(xs);
    const bound = np.mean(np.subtract(fits, own));
    return [np.negative(bound), bound];
  };
}

/** Estimates from the score of draws that are constants. */
function scored({ family, controlVariate, value }: Objective): Estimate {
  return (p, noise) => {
    const xs = stopGradient(family.draw(stopGradient(p), noise));
    const scores = vmap((x: NDArray) => family.logDensity(p, x))(xs);
    const gains = np.subtract(stopGradient(vmap(value)(xs)), stopGradient(scores));
    const weights = controlVariate === "leaveOneOut" ? np.subtract(gains, othersMean(gains)) : gains;
    return [np.negative(np.mean(np.multiply(weights, scores))), np.mean(gains)];
  };
}

/**
 * The gradient of the bound with each coordinate's own control variate: the score h, times the coefficient Cov(f h, h) / Var(h)
 * that is best for it, estimated from the same draws (Ranganath, Gerrish, Blei 2014, equation 8).
 */
function regressed({ family, value }: Objective, p: Parameters, noise: NDArray): [Parameters, NDArray] {
  const xs = family.draw(p, noise);
  const scoreOf = (x: NDArray): Parameters => grad((q: Parameters) => family.logDensity(q, x))(p);
  const scores = vmap(scoreOf)(xs);
  const gains = np.subtract(vmap(value)(xs), vmap((x: NDArray) => family.logDensity(p, x))(xs));
  const combine = (h: NDArray): NDArray => {
    const weighted = np.multiply(np.expandDims(gains, 1), h);
    const off = np.subtract(h, np.mean(h, 0));
    const covariance = np.mean(np.multiply(np.subtract(weighted, np.mean(weighted, 0)), off), 0);
    const variance = np.mean(np.square(off), 0);
    const best = np.where(
      np.greater(variance, 0),
      np.divide(covariance, np.where(np.greater(variance, 0), variance, 1)),
      0,
    );
    return np.negative(np.mean(np.subtract(weighted, np.multiply(best, h)), 0));
  };
  return [{ location: combine(scores.location), scale: combine(scores.scale) }, np.mean(gains)];
}

/** An estimate of the bound, and of the gradient of its negative, from noise [draws, size]. */
export function gradientOf(o: Objective): (p: Parameters, noise: NDArray) => [Parameters, NDArray] {
  if (o.estimator === "score" && o.controlVariate === "regression")
    return (p, noise) => regressed(o, p, noise);
  const estimate = o.estimator === "score" ? scored(o) : pathwise(o);
  return (p, noise) => {
    const [slope, bound] = grad((q: Parameters) => estimate(q, noise), { hasAux: true })(p);
    return [slope, bound];
  };
}
