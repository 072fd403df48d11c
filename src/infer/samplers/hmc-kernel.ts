/** @file Hamiltonian Monte Carlo (Duane et al. 1987): a trajectory of a fixed number of leapfrogs, accepted or not by its end. */
import * as lax from "../../control-flow/lax.ts";
import type { NDArray } from "../../core/array.ts";
import * as np from "../../numpy/index.ts";
import * as random from "../../random/index.ts";
import { type Kernel, type Place, choosePlace, kinetic, leapfrog, placeWithSlope } from "./kernel.ts";
import type { Target } from "./target.ts";

export interface HmcSettings {
  readonly leapfrogs: number;
  /** Step sizes are drawn within this part of the one found, so that no trajectory is periodic for all. */
  readonly jitter: number;
  readonly threshold: number;
  readonly target: number;
}

/** The change of the energy in one leapfrog: what a first step size is found by. */
export const energyTrial =
  (target: Target): NonNullable<Kernel["trial"]> =>
  (key, from, { stepSize, factor }) => {
    const p = random.normal(key, from.x.shape, { dtype: from.x.dtype });
    const [to, q] = leapfrog(target, from, p, stepSize, factor);
    return np.subtract(np.subtract(kinetic(q), to.value), np.subtract(kinetic(p), from.value));
  };

export function hmcKernel(
  target: Target,
  { leapfrogs, jitter, threshold, target: rate }: HmcSettings,
): Kernel {
  const move: Kernel["move"] = (key, from, { stepSize, factor }) => {
    const { dtype } = from.x;
    const [forMomentum, forStep, forChoice] = random.split(key, 3);
    const p0 = random.normal(forMomentum, from.x.shape, { dtype });
    const spread = random.uniform(forStep, [], { dtype, minval: 1 - jitter, maxval: 1 + jitter });
    const step = jitter === 0 ? stepSize : np.multiply(stepSize, spread);
    type Moving = { place: Place; p: NDArray };
    const { place, p } = lax.foriLoop(
      0,
      leapfrogs,
      (_: NDArray, s: Moving): Moving => {
        const [to, q] = leapfrog(target, s.place, s.p, step, factor);
        return { place: to, p: q };
      },
      { place: from, p: p0 },
    );
    const [before, after] = [np.subtract(kinetic(p0), from.value), np.subtract(kinetic(p), place.value)];
    const change = np.subtract(after, before);
    const error = np.where(np.isnan(change), Infinity, change);
    const acceptance = np.exp(np.minimum(0, np.negative(error)));
    const moved = np.less(random.uniform(forChoice, [], { dtype }), acceptance);
    const statistics = {
      acceptance,
      moved,
      diverging: np.greater(error, threshold),
      energy: np.where(moved, after, before),
      evaluations: lax.full([], leapfrogs, "int32"),
      depth: lax.full([], 0, "int32"),
    };
    return [choosePlace(moved, place, from), statistics];
  };
  return {
    place: (x) => placeWithSlope(target, x),
    move,
    target: rate,
    firstStep: 1,
    trial: energyTrial(target),
  };
}
