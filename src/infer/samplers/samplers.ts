/** @file The samplers, as users call them. */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike } from "../../core/array.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import type { KeyLike } from "../../random/key.ts";
import { hmcKernel } from "./hmc-kernel.ts";
import { nutsKernel } from "./nuts-kernel.ts";
import {
  type HmcOptions,
  type NutsOptions,
  type ProgressOptions,
  type SamplerOptions,
  type TrajectoryOptions,
  settingsOf,
} from "./options.ts";
import { type Samples, sample } from "./run.ts";
import type { LogDensityFunction } from "./target.ts";
import { malaKernel, metropolisKernel } from "./walks.ts";

/**
 * Random-walk Metropolis: proposals from a normal around the place where a chain is, with a scale and a covariance that
 * the warm-up finds. It needs no gradient, and many draws.
 *
 * As all samplers here, it runs `chains` chains side by side (`vmap`), each tuned by itself in `warmUp` steps, as one compiled
 * program. Each call compiles anew: `jit((key) => infer.metropolis(key, …))` compiles once for many keys. With `progress` it
 * runs in pieces, lets the page have its turn between them, and returns a promise; the draws are the same.
 *
 * @param key of `random.key`; the same key gives the same draws
 * @param logDensity of parameters like `initial`: the logarithm of their density up to a constant, one number. Where it is NaN
 * the density is taken to be 0
 * @param initial a tree of numbers or arrays: where chains begin, within `jitter`; with `perChain` one for each
 * @returns draws, a tree like `initial` with leaves [chains, draws, …]; statistics of each draw; step sizes and mass matrices
 * @throws ArgumentError for unknown options or values, a start outside its constraints, and `progress` where values are traced
 * @throws ShapeError if the log density is not one number; DTypeError for complex parameters
 * @see Metropolis et al. (1953); Haario, Saksman, Tamminen (2001) for covariances
 * @example
 * const logDensity = (p: { x: Array }) => np.abs(p.x).neg(); // Laplace
 * const { draws } = infer.metropolis(random.key(0), logDensity, { x: 0 }, { draws: 5000 });
 * draws.x.shape; // [4, 5000]
 * draws.x.std().item(); // ≈ 1.414 within 0.15
 */
export function metropolis<const P>(
  key: KeyLike,
  logDensity: (parameters: NoInfer<ArrayTree<P>>) => ArrayLike,
  initial: P,
  options: SamplerOptions & ProgressOptions,
): Promise<Samples<ArrayTree<P>>>;
export function metropolis<const P>(
  key: KeyLike,
  logDensity: (parameters: NoInfer<ArrayTree<P>>) => ArrayLike,
  initial: P,
  options?: SamplerOptions,
): Samples<ArrayTree<P>>;
export function metropolis(
  key: KeyLike,
  logDensity: LogDensityFunction,
  initial: unknown,
  options?: object,
  ...more: readonly unknown[]
): unknown {
  refuseMore("metropolis", 4, more);
  const s = settingsOf("metropolis", options, [], { targetAcceptance: 0.3 });
  return sample("metropolis", key, logDensity, initial, s, (t) => metropolisKernel(t, s.targetAcceptance));
}
/**
 * The Metropolis-adjusted Langevin algorithm: proposals that drift along the gradient, accepted or not. A step costs one
 * gradient.
 *
 * Chains, tuning, progress, arguments and errors are those of `metropolis`.
 * @see Roberts, Tweedie (1996); Roberts, Rosenthal (1998) for the rate 0.574
 * @example
 * const logDensity = (p: { x: Array }) => np.square(p.x).sum().div(-2);
 * const { draws, statistics } = infer.mala(random.key(0), logDensity, { x: np.zeros([3]) });
 * draws.x.shape; // [4, 1000, 3]
 * statistics.acceptance.mean().item(); // ≈ 0.6 within 0.15
 */
export function mala<const P>(
  key: KeyLike,
  logDensity: (parameters: NoInfer<ArrayTree<P>>) => ArrayLike,
  initial: P,
  options: TrajectoryOptions & ProgressOptions,
): Promise<Samples<ArrayTree<P>>>;
export function mala<const P>(
  key: KeyLike,
  logDensity: (parameters: NoInfer<ArrayTree<P>>) => ArrayLike,
  initial: P,
  options?: TrajectoryOptions,
): Samples<ArrayTree<P>>;
export function mala(
  key: KeyLike,
  logDensity: LogDensityFunction,
  initial: unknown,
  options?: object,
  ...more: readonly unknown[]
): unknown {
  refuseMore("mala", 4, more);
  const s = settingsOf("mala", options, ["maxEnergyError"], { targetAcceptance: 0.574 });
  return sample("mala", key, logDensity, initial, s, (t) =>
    malaKernel(t, s.targetAcceptance, s.maxEnergyError),
  );
}
/**
 * Hamiltonian Monte Carlo: trajectories of a fixed number of leapfrogs, whose ends are accepted or not. Step sizes vary a
 * little from trajectory to trajectory (`stepJitter`), so that none comes back to where it began for all of them.
 *
 * Chains, tuning, progress, arguments and errors are those of `metropolis`. Draws are differentiable with respect to what
 * the log density closes over, as the steps of a program are; acceptances have no derivative.
 * @see Duane et al. (1987); Neal (2011)
 * @example
 * const logDensity = (p: { x: Array }) => np.square(p.x.sub(2)).div(-2);
 * const { draws } = infer.hmc(random.key(0), logDensity, { x: 0 }, { leapfrogs: 5 });
 * draws.x.mean().item(); // ≈ 2 within 0.15
 */
export function hmc<const P>(
  key: KeyLike,
  logDensity: (parameters: NoInfer<ArrayTree<P>>) => ArrayLike,
  initial: P,
  options: HmcOptions & ProgressOptions,
): Promise<Samples<ArrayTree<P>>>;
export function hmc<const P>(
  key: KeyLike,
  logDensity: (parameters: NoInfer<ArrayTree<P>>) => ArrayLike,
  initial: P,
  options?: HmcOptions,
): Samples<ArrayTree<P>>;
export function hmc(
  key: KeyLike,
  logDensity: LogDensityFunction,
  initial: unknown,
  options?: object,
  ...more: readonly unknown[]
): unknown {
  refuseMore("hmc", 4, more);
  const s = settingsOf("hmc", options, ["maxEnergyError", "leapfrogs", "stepJitter"], {});
  const { leapfrogs, stepJitter, maxEnergyError: threshold, targetAcceptance: target } = s;
  return sample("hmc", key, logDensity, initial, s, (t) =>
    hmcKernel(t, { leapfrogs, jitter: stepJitter, threshold, target }),
  );
}
/**
 * The No-U-Turn sampler: trajectories that double until they turn back, of which one place is drawn by its weight
 * (multinomial). It needs no length to be chosen, and is the sampler to begin with.
 *
 * The warm-up is Stan's: dual averaging of the step size towards `targetAcceptance` (0.8), the mass matrix (diagonal or dense) from
 * windows that double: 75 steps, then 25, 50, …, and 50 at the end.
 *
 * Chains, progress, arguments and errors are those of `metropolis`.
 * @see Hoffman, Gelman (2014); Betancourt (2017); Phan, Pradhan, Jankowiak (2019) for trees without recursion
 * @example
 * const y = np.array([1.2, 0.4, 2.3, 1.1]);
 * const logDensity = ({ mu, sigma }: { mu: Array; sigma: Array }) =>
 *   scipy.stats.norm.logpdf(y, mu, sigma).sum().sub(np.square(mu).div(200)).sub(sigma);
 * const samples = infer.nuts(random.key(0), logDensity, { mu: 0, sigma: 1 }, { constraints: { sigma: infer.positive() } });
 * samples.draws.mu.shape; // [4, 1000]
 * samples.draws.sigma.min().item() > 0; // true
 * infer.summary(samples).row("mu").mean; // ≈ 1.25 within 0.15
 */
export function nuts<const P>(
  key: KeyLike,
  logDensity: (parameters: NoInfer<ArrayTree<P>>) => ArrayLike,
  initial: P,
  options: NutsOptions & ProgressOptions,
): Promise<Samples<ArrayTree<P>>>;
export function nuts<const P>(
  key: KeyLike,
  logDensity: (parameters: NoInfer<ArrayTree<P>>) => ArrayLike,
  initial: P,
  options?: NutsOptions,
): Samples<ArrayTree<P>>;
export function nuts(
  key: KeyLike,
  logDensity: LogDensityFunction,
  initial: unknown,
  options?: object,
  ...more: readonly unknown[]
): unknown {
  refuseMore("nuts", 4, more);
  const s = settingsOf("nuts", options, ["maxEnergyError", "maxDepth"], {});
  const { maxDepth, maxEnergyError: threshold, targetAcceptance: target } = s;
  return sample("nuts", key, logDensity, initial, s, (t) => nutsKernel(t, { maxDepth, threshold, target }));
}
