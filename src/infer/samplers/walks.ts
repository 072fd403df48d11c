/**
 * @file Two kernels that accept single steps: the random walk of Metropolis et al. (1953), and the Metropolis-adjusted Langevin
 * algorithm (Roberts and Tweedie 1996), which drifts along the gradient.
 */
import * as lax from "../../control-flow/lax.ts";
import type { NDArray } from "../../core/array.ts";
import * as np from "../../numpy/index.ts";
import * as random from "../../random/index.ts";
import { energyTrial } from "./hmc-kernel.ts";
import {
  type Kernel,
  type Place,
  choosePlace,
  kinetic,
  placeWithSlope,
  scaled,
  scaledBack,
} from "./kernel.ts";
import type { Target } from "./target.ts";

/** Accepts a proposal with the probability exp(logRatio), and says what happened. */
function decide(
  key: random.Key,
  from: Place,
  to: Place,
  logRatio: NDArray,
  threshold: number,
): ReturnType<Kernel["move"]> {
  const { dtype } = from.x;
  const gain = np.where(np.isnan(logRatio), -Infinity, logRatio);
  const acceptance = np.exp(np.minimum(0, gain));
  const moved = np.less(random.uniform(key, [], { dtype }), acceptance);
  const place = choosePlace(moved, to, from);
  const statistics = {
    acceptance,
    moved,
    diverging: np.less(gain, -threshold),
    energy: np.negative(place.value),
    evaluations: lax.full([], 1, "int32"),
    depth: lax.full([], 0, "int32"),
  };
  return [place, statistics];
}

export function metropolisKernel(target: Target, rate: number): Kernel {
  const place = (x: NDArray): Place => ({ x, value: target.value(x), slope: np.zerosLike(x) });
  return {
    place,
    move: (key, from, { stepSize, factor }) => {
      const [forStep, forChoice] = random.split(key);
      const z = random.normal(forStep, from.x.shape, { dtype: from.x.dtype });
      const to = place(np.add(from.x, np.multiply(stepSize, scaled(factor, z))));
      return decide(forChoice, from, to, np.subtract(to.value, from.value), Infinity);
    },
    target: rate,
    firstStep: 2.38 / Math.sqrt(target.size),
    trial: null,
  };
}

export function malaKernel(target: Target, rate: number, threshold: number): Kernel {
  return {
    place: (x) => placeWithSlope(target, x),
    // The proposal is one leapfrog: x + h A (z + h/2 Aᵀg), h the step size. Its noise on the way back is that of the leapfrog's end.
    move: (key, from, { stepSize, factor }) => {
      const [forStep, forChoice] = random.split(key);
      const z = random.normal(forStep, from.x.shape, { dtype: from.x.dtype });
      const half = np.multiply(stepSize, 0.5);
      const drifted = np.add(z, np.multiply(half, scaledBack(factor, from.slope)));
      const to = placeWithSlope(target, np.add(from.x, np.multiply(stepSize, scaled(factor, drifted))));
      const back = np.add(drifted, np.multiply(half, scaledBack(factor, to.slope)));
      const logRatio = np.add(np.subtract(to.value, from.value), np.subtract(kinetic(z), kinetic(back)));
      return decide(forChoice, from, to, logRatio, threshold);
    },
    target: rate,
    firstStep: 1,
    trial: energyTrial(target),
  };
}
