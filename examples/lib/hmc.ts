/**
 * @file Hamiltonian Monte Carlo (Duane et al. 1987) for a log density on vectors. Trajectories, warm-up, draws and chains
 * are one compiled program: leapfrogs are a loop in the loop over draws, and `vmap` makes one chain many.
 */
import { type Array, jit, lax, numpy as np, random, tree, valueAndGrad, vmap } from "../../src/index.ts";

export type LogDensity = (x: Array) => Array;

export interface HmcOptions {
  readonly chains: number;
  /** Steps in which the step size is found; they are not among the draws. */
  readonly warmUp: number;
  readonly draws: number;
  readonly leapfrogs: number;
  /** The rate of acceptance that the warm-up aims at. */
  readonly accept?: number;
}

/** Where a chain stands, with what is known there. */
type Place = { x: Array; value: Array; slope: Array };

/** A trajectory with a random momentum from `from`; its end, if that is accepted, and the probability that it is. */
function transition(logDensity: LogDensity, leapfrogs: number) {
  const leapfrog = (place: Place, p: Array, size: Array): [Place, Array] => {
    const half = p.add(place.slope.mul(size).div(2));
    const x = place.x.add(half.mul(size));
    const [value, slope] = valueAndGrad(logDensity)(x);
    return [{ x, value, slope }, half.add(slope.mul(size).div(2))];
  };
  return (key: random.Key, from: Place, size: Array): [Place, Array] => {
    const [forMomentum, forSize, forChoice] = random.split(key, 3);
    const p0 = random.normal(forMomentum, from.x.shape);
    const jittered = size.mul(random.uniform(forSize, [], { minval: 0.8, maxval: 1.2 }));
    const step = (_: Array, [place, p]: [Place, Array]): [Place, Array] => leapfrog(place, p, jittered);
    const [to, p1] = lax.foriLoop(0, leapfrogs, step, [from, p0]);
    const kinetic = (p: Array): Array => np.square(p).sum().div(2);
    const gain = to.value.sub(from.value).sub(kinetic(p1)).add(kinetic(p0));
    const probability = np.nanToNum(np.exp(np.minimum(gain, 0))); // a trajectory that diverged is refused
    const accepted = random.uniform(forChoice).less(probability);
    return [tree.map((a: Array, b: Array) => np.where(accepted, a, b), to, from), probability];
  };
}

/** The state of dual averaging (Hoffman and Gelman 2014, algorithm 5) on the logarithm of the step size. */
type Tuning = { count: Array; error: Array; logSize: Array; mean: Array };

const firstSize = 0.1;
const untuned = { count: 0, error: 0, logSize: Math.log(firstSize), mean: Math.log(firstSize) };

function tune({ count, error, mean }: Tuning, missed: Array): Tuning {
  const t = count.add(1);
  const e = error.add(missed.sub(error).div(t.add(10)));
  const logSize = np.subtract(Math.log(10 * firstSize), e.mul(np.sqrt(t)).div(0.05));
  return { count: t, error: e, logSize, mean: mean.add(logSize.sub(mean).mul(t.pow(-0.75))) };
}

export interface Draws {
  readonly xs: Array; // [chains, draws, dimension]
  /** Of each chain: the rate of acceptance, and the step size found. */
  readonly accepted: Array;
  readonly size: Array;
}

/** A compiled sampler: from a key and one start for each chain, shape [chains, dimension], to the draws. */
export function hmc(
  logDensity: LogDensity,
  { chains, warmUp, draws, leapfrogs, accept = 0.8 }: HmcOptions,
): (key: random.Key, starts: Array) => Draws {
  const move = transition(logDensity, leapfrogs);
  const chain = (key: random.Key, x: Array): Draws => {
    const [forWarmUp, forDraws] = random.split(key);
    const [value, slope] = valueAndGrad(logDensity)(x);
    const warm = ([place, tuning]: [Place, Tuning], k: random.Key) => {
      const [next, probability] = move(k, place, np.exp(tuning.logSize));
      return [[next, tune(tuning, np.subtract(accept, probability))], null] as const;
    };
    const begin: [Place, typeof untuned] = [{ x, value, slope }, untuned];
    const [[begun, { mean }]] = lax.scan(warm, begin, random.split(forWarmUp, warmUp));
    const size = np.exp(mean);
    const draw = (place: Place, k: random.Key) => {
      const [next, probability] = move(k, place, size);
      return [next, { x: next.x, probability }] as const;
    };
    const [, { x: xs, probability }] = lax.scan(draw, begun, random.split(forDraws, draws));
    return { xs, accepted: probability.mean(), size };
  };
  return jit((key: random.Key, starts: Array) => vmap(chain)(random.split(key, chains), starts));
}
