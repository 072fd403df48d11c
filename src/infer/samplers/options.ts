/** @file The options of the samplers, and how they are checked. */
import { checkFlag, checkFunction, checkOneOf, checkWhole, show } from "../../base/checks.ts";
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import type { ConstraintSpec } from "../constraints/constrained.ts";

/** How far a run has come. */
export interface Progress {
  readonly phase: "warm-up" | "draws";
  /** Steps made of all that there are, warm-up included. */
  readonly done: number;
  readonly total: number;
  /** Trajectories that diverged among the draws so far, in all chains. */
  readonly divergences: number;
}

/** Options that every sampler takes. */
export interface SamplerOptions {
  /** Chains, which run side by side; 4 by default. */
  readonly chains?: number | undefined;
  /** Steps in which each chain is tuned, which are not among the draws; 1000 by default. */
  readonly warmUp?: number | undefined;
  /** Draws of each chain; 1000 by default. */
  readonly draws?: number | undefined;
  /** The rate of acceptance that the warm-up aims at. */
  readonly targetAcceptance?: number | undefined;
  /** The first step size; by default it is searched for. Without a warm-up it is the one used. */
  readonly stepSize?: number | undefined;
  /** Whether the mass matrix is diagonal (default), dense, or stays the identity. */
  readonly mass?: "diagonal" | "dense" | "identity" | undefined;
  /** Bijectors by the names of parameters: the sampler moves unconstrained numbers, and draws are constrained ones. */
  readonly constraints?: ConstraintSpec | undefined;
  /** True if the starting point has one for each chain, along the leading axis. */
  readonly perChain?: boolean | undefined;
  /** How far from a common starting point chains begin: uniformly within ± this, unconstrained; 1 by default. */
  readonly jitter?: number | undefined;
}

/** Options of a run in pieces. */
export interface ProgressOptions {
  /** Is told how far the run has come; between pieces the page has its turn. The sampler then returns a promise. */
  readonly progress: (progress: Progress) => void;
  /** Steps of a piece, all chains together making each; 50 by default. */
  readonly piece?: number | undefined;
}

/** Options of samplers that follow trajectories. */
export interface TrajectoryOptions extends SamplerOptions {
  /** The error of the energy beyond which a trajectory has diverged; 1000 by default. */
  readonly maxEnergyError?: number | undefined;
}

/** Options of `hmc`. */
export interface HmcOptions extends TrajectoryOptions {
  /** Leapfrogs of a trajectory; 10 by default. */
  readonly leapfrogs?: number | undefined;
  /** The part by which step sizes vary from trajectory to trajectory; 0.2 by default. */
  readonly stepJitter?: number | undefined;
}

/** Options of `nuts`. */
export interface NutsOptions extends TrajectoryOptions {
  /** The largest number of doublings; 10 by default, so a trajectory has at most 1023 leapfrogs. */
  readonly maxDepth?: number | undefined;
}

/** The options with their defaults. */
export interface Settings {
  readonly chains: number;
  readonly warmUp: number;
  readonly draws: number;
  readonly targetAcceptance: number;
  readonly stepSize: number | null;
  readonly mass: "diagonal" | "dense" | "identity";
  readonly constraints: ConstraintSpec | undefined;
  readonly perChain: boolean;
  readonly jitter: number;
  readonly progress: ((progress: Progress) => void) | null;
  readonly piece: number;
  readonly maxEnergyError: number;
  readonly leapfrogs: number;
  readonly stepJitter: number;
  readonly maxDepth: number;
}

const common = [
  "chains",
  "warmUp",
  "draws",
  "targetAcceptance",
  "stepSize",
  "mass",
  "constraints",
  "perChain",
  "jitter",
  "progress",
  "piece",
];

/** @throws ArgumentError unless `x` is a finite number above a bound, and below another where there is one. */
export function checkBetween(what: string, name: string, x: unknown, above: number, below = Infinity): void {
  if (typeof x === "number" && x > above && x < below && Number.isFinite(x)) return;
  const range = below === Infinity ? `above ${above}` : `between ${above} and ${below}`;
  throw new ArgumentError(`${what}: ${name} must be a number ${range}; got ${show(x)}.`);
}

/** @throws ArgumentError unless `x` is a finite number that is not negative. */
export function checkNotNegative(what: string, name: string, x: unknown): void {
  if (typeof x === "number" && x >= 0 && Number.isFinite(x)) return;
  throw new ArgumentError(`${what}: ${name} must be a number that is not negative; got ${show(x)}.`);
}

const withoutAbsent = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, v]) => v !== undefined));

/** @throws ArgumentError for options that are none of the sampler's, or have wrong values. */
export function settingsOf(
  what: string,
  options: unknown,
  more: readonly string[],
  defaults: Partial<Settings>,
): Settings {
  checkOptions(what, options as object | undefined, [...common, ...more]);
  const given = withoutAbsent(options ?? {}) as Partial<Settings>;
  const s: Settings = {
    chains: 4,
    warmUp: 1000,
    draws: 1000,
    targetAcceptance: 0.8,
    stepSize: null,
    mass: "diagonal",
    constraints: undefined,
    perChain: false,
    jitter: given.perChain === true ? 0 : 1,
    progress: null,
    piece: 50,
    maxEnergyError: 1000,
    leapfrogs: 10,
    stepJitter: 0.2,
    maxDepth: 10,
    ...defaults,
    ...given,
  };
  checkWhole(what, "chains", s.chains, 1, 100_000);
  checkWhole(what, "warmUp", s.warmUp, 0, 100_000_000);
  checkWhole(what, "draws", s.draws, 1, 100_000_000);
  checkWhole(what, "piece", s.piece, 1, 100_000_000);
  checkWhole(what, "leapfrogs", s.leapfrogs, 1, 1_000_000);
  checkWhole(what, "maxDepth", s.maxDepth, 1, 20);
  checkBetween(what, "targetAcceptance", s.targetAcceptance, 0, 1);
  checkBetween(what, "maxEnergyError", s.maxEnergyError, 0);
  checkNotNegative(what, "jitter", s.jitter);
  if (s.stepSize !== null) checkBetween(what, "stepSize", s.stepSize, 0);
  if (s.stepJitter !== 0) checkBetween(what, "stepJitter", s.stepJitter, 0, 1);
  checkOneOf(what, "mass", s.mass, ["diagonal", "dense", "identity"]);
  checkFlag(what, "perChain", s.perChain);
  if (s.progress !== null) checkFunction(what, "progress", s.progress);
  return s;
}
