/**
 * @file What a sampler is made of: a kernel, which moves one chain by one draw, and the tuning that the warm-up finds for it.
 *
 * Kernels work in coordinates in which the target has about unit scale: positions are x = A y, where A Aᵀ is the inverse mass
 * matrix, and momenta are standard normal. So they multiply by A and by Aᵀ alone, and dot products need no matrix.
 */
import type { NDArray } from "../../core/array.ts";
import * as np from "../../numpy/index.ts";
import type { Key } from "../../random/key.ts";
import type { Target } from "./target.ts";

/** Where a chain stands, with what is known there. A type, since trees of arrays are plain objects. */
export type Place = {
  /** The position [size]. */
  x: NDArray;
  value: NDArray;
  /** The gradient of the log density [size]; zeros for kernels that need none. */
  slope: NDArray;
};

/** What the warm-up finds. */
export type Tuning = {
  stepSize: NDArray;
  /** The factor A: [size] for a diagonal one, or lower triangular [size, size]. */
  factor: NDArray;
};

/** What is noted of a move. All are 0-d. */
export type Statistics = {
  /** The probability of acceptance: of the proposal, or the mean along a trajectory. */
  acceptance: NDArray;
  /** Whether the chain moved. */
  moved: NDArray;
  /** Whether the trajectory's energy error was beyond the threshold. */
  diverging: NDArray;
  /** The Hamiltonian at the draw. */
  energy: NDArray;
  /** Evaluations of the log density. */
  evaluations: NDArray;
  /** Doublings of a tree; 0 for samplers without. */
  depth: NDArray;
};

export type Move = (key: Key, from: Place, tuning: Tuning) => [to: Place, statistics: Statistics];

/** A move of one chain, and how it is tuned. */
export interface Kernel {
  readonly place: (x: NDArray) => Place;
  readonly move: Move;
  /** The rate of acceptance that the warm-up aims at. */
  readonly target: number;
  /** The first step size of a target of unit scale. */
  readonly firstStep: number;
  /** The change of the energy in one step from a place, for kernels whose first step size is searched for; null for others. */
  readonly trial: ((key: Key, from: Place, tuning: Tuning) => NDArray) | null;
}

/** A place with its gradient. */
export function placeWithSlope({ valueAndSlope }: Target, x: NDArray): Place {
  const [value, slope] = valueAndSlope(x);
  return { x, value, slope };
}

/** A y. */
export const scaled = (factor: NDArray, y: NDArray): NDArray =>
  factor.ndim === 1 ? np.multiply(factor, y) : np.matmul(factor, y);

/** Aᵀ g. */
export const scaledBack = (factor: NDArray, g: NDArray): NDArray =>
  factor.ndim === 1 ? np.multiply(factor, g) : np.matmul(g, factor);

/** ½ |p|². */
export const kinetic = (p: NDArray): NDArray => np.multiply(np.vdot(p, p), 0.5);

/** One of two places, by a scalar condition. */
export const choosePlace = (first: NDArray, a: Place, b: Place): Place => ({
  x: np.where(first, a.x, b.x),
  value: np.where(first, a.value, b.value),
  slope: np.where(first, a.slope, b.slope),
});

/** A step of the leapfrog method: from a place and a momentum to others. */
export function leapfrog(
  target: Target,
  from: Place,
  p: NDArray,
  step: NDArray,
  factor: NDArray,
): [to: Place, p: NDArray] {
  const half = np.multiply(step, 0.5);
  const middle = np.add(p, np.multiply(half, scaledBack(factor, from.slope)));
  const to = placeWithSlope(target, np.add(from.x, np.multiply(step, scaled(factor, middle))));
  return [to, np.add(middle, np.multiply(half, scaledBack(factor, to.slope)))];
}
