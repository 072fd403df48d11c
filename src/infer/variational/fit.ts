/** @file `fitVariational`: a Gaussian of unconstrained numbers that is as close to a posterior as its family can be. */
import { jit } from "../../api/compile/jit.ts";
import { vmap } from "../../api/vmap.ts";
import { checkOneOf, checkWhole, refuseMore } from "../../base/checks.ts";
import { checkOptions } from "../../base/errors.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import { type PytreeNode, asNode } from "../../core/tree.ts";
import * as np from "../../numpy/index.ts";
import { Key, type KeyLike, singleKey } from "../../random/key.ts";
import * as random from "../../random/index.ts";
import type { ConstraintSpec } from "../constraints/constrained.ts";
import { checkBetween } from "../samplers/options.ts";
import { type Target, targetOf } from "../samplers/target.ts";
import { type AnyOptimizer, ascend, checkOptimizer, fallingAdam } from "./ascent.ts";
import {
  type ControlVariate,
  type Estimator,
  controlVariates,
  estimators,
  gradientOf,
} from "./estimators.ts";
import { families } from "./families.ts";

/** Options of `fitVariational`. */
export interface VariationalOptions {
  /** Independent coordinates (`"meanField"`, default), or any covariance (`"fullRank"`), of the unconstrained numbers. */
  readonly family?: "meanField" | "fullRank" | undefined;
  /**
   * How the gradient is estimated: through draws that are functions of the parameters (`"reparametrised"`, default), the same
   * without the part that is zero on average, so that it vanishes where the fit is exact (`"pathwise"`), or from the scores of
   * the draws (`"score"`), for log densities that are not differentiable.
   */
  readonly gradient?: Estimator | undefined;
  /** What makes gradients from scores less noisy: the mean of the other draws (`"leaveOneOut"`, default), `"regression"`, `"none"`. */
  readonly controlVariate?: ControlVariate | undefined;
  /** Steps of the optimiser; 2000 by default. */
  readonly steps?: number | undefined;
  /** Draws for each step; 8 by default, for scores 32. */
  readonly samples?: number | undefined;
  /** By default Adam, with a rate that falls from 0.05 to 0 along a cosine. */
  readonly optimizer?: AnyOptimizer | undefined;
  /** The deviation of all coordinates at the start; 0.1 by default. */
  readonly initialScale?: number | undefined;
  /** Bijectors by the names of parameters. */
  readonly constraints?: ConstraintSpec | undefined;
}

/** How an approximation reads the numbers that it is of. */
interface Reading {
  readonly target: Target;
  readonly family: keyof typeof families;
}

/** A fitted approximation. A node of pytrees: its arrays go through transformations. */
export class VariationalFit<P> {
  /** The mean of the unconstrained numbers [size]: the parameters' elements in the order of the tree's leaves. */
  readonly location: NDArray;
  /** The factor of their covariance: deviations [size], or a Cholesky factor [size, size]. */
  readonly factor: NDArray;
  /** The evidence lower bound as it was estimated in each step [steps]. */
  readonly elbo: NDArray;
  readonly #reading: Reading;

  constructor(location: NDArray, factor: NDArray, elbo: NDArray, reading: unknown) {
    this.location = location;
    this.factor = factor;
    this.elbo = elbo;
    this.#reading = reading as Reading;
  }

  /**
   * Draws from the approximation: parameters with leaves [count, …].
   * @throws ArgumentError for a count that is no whole number from 1
   */
  sample(key: KeyLike, count: number, ...more: []): P {
    refuseMore("sample", 2, more);
    checkWhole("sample", "count", count, 1);
    const { target } = this.#reading;
    const size = this.location.shape[0];
    const noise = random.normal(new Key(singleKey(key, "sample")), [count, size], {
      dtype: this.location.dtype,
    });
    const scaled =
      this.factor.ndim === 1
        ? np.multiply(noise, this.factor)
        : np.matmul(noise, np.matrixTranspose(this.factor));
    return vmap(target.parameters as (x: NDArray) => NDArray)(np.add(this.location, scaled)) as P;
  }

  /** The parameters at the mean of the unconstrained numbers: their medians, for parameters constrained one by one. */
  median(...more: []): P {
    refuseMore("median", 0, more);
    return this.#reading.target.parameters(this.location) as P;
  }

  get [asNode](): PytreeNode<VariationalFit<P>, Reading> {
    return {
      flatten: (fit) => ({
        children: [fit.location, fit.factor, fit.elbo],
        aux: fit.#reading,
        keys: ["location", "factor", "elbo"],
      }),
      unflatten: (aux, [location, factor, elbo]) =>
        new VariationalFit<P>(location as NDArray, factor as NDArray, elbo as NDArray, aux),
    };
  }
}

interface FitSettings extends Required<Omit<VariationalOptions, "optimizer" | "constraints" | "samples">> {
  readonly samples: number;
  readonly optimizer: AnyOptimizer;
  readonly constraints: ConstraintSpec | undefined;
}

const optionNames = [
  "family",
  "gradient",
  "controlVariate",
  "steps",
  "samples",
  "optimizer",
  "initialScale",
  "constraints",
];

function settingsOf(options: VariationalOptions | undefined): FitSettings {
  const what = "fitVariational";
  checkOptions(what, options, optionNames);
  const { family = "meanField", gradient = "reparametrised", controlVariate = "leaveOneOut" } = options ?? {};
  const { steps = 2000, initialScale = 0.1, constraints } = options ?? {};
  const { samples = gradient === "score" ? 32 : 8 } = options ?? {};
  checkOneOf(what, "family", family, ["meanField", "fullRank"]);
  checkOneOf(what, "gradient", gradient, estimators);
  checkOneOf(what, "controlVariate", controlVariate, controlVariates);
  checkWhole(what, "steps", steps, 1, 100_000_000);
  checkWhole(what, "samples", samples, gradient === "score" && controlVariate !== "none" ? 2 : 1, 1_000_000);
  checkBetween(what, "initialScale", initialScale, 0);
  const optimizer: unknown = options?.optimizer ?? fallingAdam(0.05, steps);
  checkOptimizer(what, optimizer);
  return { family, gradient, controlVariate, steps, samples, optimizer, initialScale, constraints };
}

/**
 * Fits a Gaussian of unconstrained numbers to a posterior by stochastic ascent of the evidence lower bound: fast, and as
 * right as its family can be. (The mean field has too small variances where parameters are correlated; see what draws by
 * `nuts` say.) The whole fit is one compiled loop.
 *
 * @param logDensity of parameters like `initial`, up to a constant, one number
 * @param initial a tree of numbers or arrays: where the fit begins
 * @throws ArgumentError for unknown options or values, and a start outside its constraints; ShapeError if the log density is not
 * one number
 * @see Kucukelbir et al. (2017); Ranganath, Gerrish, Blei (2014); Roeder, Wu, Duvenaud (2017)
 * @example
 * const logDensity = (p: { mu: Array }) => np.square(p.mu.sub(3).div(2)).div(-2);
 * const fit = infer.fitVariational(random.key(0), logDensity, { mu: 0 }, { gradient: "pathwise" });
 * fit.location.item(); // ≈ 3 within 0.01
 * fit.factor.item(); // ≈ 2 within 0.01
 * fit.sample(random.key(1), 100).mu.shape; // [100]
 */
export function fitVariational<const P>(
  key: KeyLike,
  logDensity: (parameters: NoInfer<ArrayTree<P>>) => ArrayLike,
  initial: P,
  options?: VariationalOptions,
  ...more: []
): VariationalFit<ArrayTree<P>> {
  refuseMore("fitVariational", 4, more);
  const s = settingsOf(options);
  const words = singleKey(key, "fitVariational");
  const target = targetOf("fitVariational", logDensity, initial, s.constraints, false);
  const family = families[s.family];
  const gradient = gradientOf({
    family,
    estimator: s.gradient,
    controlVariate: s.controlVariate,
    value: target.value,
  });
  const run = jit((own: Key, start: NDArray) => {
    const noise = (k: Key): NDArray => random.normal(k, [s.samples, target.size], { dtype: start.dtype });
    const begin = family.begin(start, s.initialScale);
    const [p, elbo] = ascend(s.optimizer, begin, own, s.steps, (q, k) => gradient(q, noise(k)));
    return { location: p.location, factor: family.factor(p), elbo };
  });
  const { location, factor, elbo } = run(new Key(words), target.start);
  return new VariationalFit(location, factor, elbo, { target, family: s.family });
}
