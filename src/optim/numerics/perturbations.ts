/**
 * @file Functions made differentiable by random perturbation of their argument. Source: optax/perturbations.
 */
import { refuseMore, checkFunction, checkWhole } from "../../base/checks.ts";
import { vmap } from "../../api/vmap.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { DType } from "../../dtypes/dtype.ts";
import { checkOptions } from "../../base/errors.ts";
import { stopGradient } from "../../lax/index.ts";
import * as np from "../../numpy/index.ts";
import * as random from "../../random/index.ts";
import { mapArrays } from "../trees/leaves.ts";
import * as trees from "../trees/short.ts";

/** A distribution of noise. */
export interface Noise {
  sample(key: random.KeyLike, shape: readonly number[], dtype: DType): NDArray;
  /** The logarithm of the density, up to a constant. */
  logProb(x: NDArray): NDArray;
}

/** The standard normal distribution. @see optax.perturbations.Normal */
export class Normal implements Noise {
  sample(key: random.KeyLike, shape: readonly number[] = [], dtype: DType = "float64"): NDArray {
    return random.normal(key, shape, dtype);
  }
  logProb(x: NDArray): NDArray {
    return np.multiply(-0.5, np.square(x));
  }
}

/** The standard Gumbel distribution. @see optax.perturbations.Gumbel */
export class Gumbel implements Noise {
  sample(key: random.KeyLike, shape: readonly number[] = [], dtype: DType = "float64"): NDArray {
    return random.gumbel(key, shape, dtype);
  }
  logProb(x: NDArray): NDArray {
    return np.subtract(np.negative(x), np.exp(np.negative(x)));
  }
}

/** Options of `makePerturbedFun`. */
export interface PerturbedOptions {
  readonly numSamples?: number | undefined;
  /** The size of perturbations. */
  readonly sigma?: ArrayLike | undefined;
  readonly noise?: Noise | undefined;
  /** Subtract the value at the argument itself, which lessens the variance of derivatives. */
  readonly useBaseline?: boolean | undefined;
}

/** 1, whose derivative is that of the exponent. */
const magicBox = (x: NDArray): NDArray => np.exp(np.subtract(x, stopGradient(x)));

/**
 * The mean of `fun` at numSamples = 1000 randomly perturbed arguments x + sigma · noise: an estimate of a smoothed
 * function. Called as `(key, x)`. Derivatives by x, to any order, are estimated from values of `fun` alone (those of
 * the noise's density), so that `fun` need not be differentiable.
 * @see optax.perturbations.make_perturbed_fun; Berthet et al. (2020)
 * @example
 * const noise = new optim.perturbations.Normal();
 * const soft = optim.perturbations.makePerturbedFun((x: Array) => np.sign(x), { sigma: 1, noise });
 * soft(random.key(0), np.array(0.5)).item(); // 0.388 — erf(0.5 / √2) = 0.383
 * grad((x: Array) => soft(random.key(0), x))(np.array(0.5)).item(); // 0.6998… — 2 φ(0.5) = 0.704
 */
export function makePerturbedFun<X, R>(
  fun: (x: X) => R,
  options: PerturbedOptions = {},
  ...more: []
): (key: random.KeyLike, x: X) => R {
  refuseMore("makePerturbedFun", 2, more);
  checkFunction("makePerturbedFun", "the first argument", fun);
  checkOptions("makePerturbedFun", options, ["numSamples", "sigma", "noise", "useBaseline"]);
  const { numSamples = 1000, sigma = 0.1, noise = new Gumbel(), useBaseline = true } = options;
  checkWhole("makePerturbedFun", "numSamples", numSamples, 1);
  const call = fun as (x: unknown) => unknown;
  const one = (key: random.KeyLike, x: unknown, baseline: unknown): unknown => {
    const drawn = trees.randomLike(key, x, (k, shape, dtype) => noise.sample(k, shape, dtype));
    const shifted = mapArrays((a, z) => stopGradient(np.add(a, np.multiply(sigma, z))), x, drawn);
    const sample = mapArrays((a, y) => np.divide(np.subtract(y, a), sigma), x, shifted);
    const box = magicBox(trees.sum(mapArrays((z) => noise.logProb(z), sample)));
    const out = trees.scale(box, call(shifted));
    return useBaseline ? trees.addScale(out, np.subtract(1, box), baseline) : out;
  };
  return (key, x) => {
    const baseline = useBaseline ? call(mapArrays((a) => stopGradient(a), x)) : null;
    const keys =
      key instanceof random.Key ? random.split(key, numSamples) : random.split(key as NDArray, numSamples);
    const many = vmap(one, [0, null, null]) as (...args: readonly unknown[]) => unknown;
    return mapArrays((a) => np.mean(a, 0), many(keys, x, baseline)) as R;
  };
}
