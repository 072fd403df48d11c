/**
 * @file The No-U-Turn sampler (Hoffman and Gelman 2014) with multinomial draws and the generalised criterion (Betancourt 2017),
 * without recursion (Phan, Pradhan, Jankowiak 2019, appendix A; Lao, Dillon 2019): the states at which complete subtrees
 * begin are kept in one row for each level.
 *
 * Of a subtree with the leaves 0 … n, the ones that begin at an even leaf end where as many trailing ones are in n; the row of
 * leaf n is the number of ones in n >> 1. Momenta are whitened (kernel.ts), so a turn is seen by plain dot products.
 */
import * as lax from "../../control-flow/lax.ts";
import type { NDArray } from "../../core/array.ts";
import * as np from "../../numpy/index.ts";
import type { Key } from "../../random/key.ts";
import * as random from "../../random/index.ts";
import {
  type Kernel,
  type Place,
  type Statistics,
  choosePlace,
  kinetic,
  leapfrog,
  placeWithSlope,
} from "./kernel.ts";
import { energyTrial } from "./hmc-kernel.ts";
import type { Target } from "./target.ts";

export interface TreeSettings {
  readonly maxDepth: number;
  /** The energy error beyond which a trajectory has diverged. */
  readonly threshold: number;
  readonly target: number;
}

/** An end of a trajectory. */
type End = { place: Place; p: NDArray };

/** A trajectory, of which one leaf is the draw. Sums are over its leaves. */
type Tree = {
  draw: Place;
  energy: NDArray;
  /** The logarithm of the sum of exp(−energy), relative to the start. */
  logWeight: NDArray;
  /** The sum of momenta. */
  rho: NDArray;
  turning: NDArray;
  diverging: NDArray;
  acceptance: NDArray;
  leaves: NDArray;
};

/** Where complete subtrees begin: momenta, and sums of momenta up to and with them. The last row takes what is not kept. */
type Rows = { p: NDArray; rho: NDArray };

/** What stays the same along a trajectory. */
interface Course {
  readonly target: Target;
  readonly settings: TreeSettings;
  readonly factor: NDArray;
  readonly energy: NDArray;
}

/** True where a trajectory with these momenta at its ends, and this sum of momenta, would turn back. */
function turns(first: NDArray, last: NDArray, rho: NDArray): NDArray {
  const along = np.subtract(rho, np.multiply(np.add(first, last), 0.5));
  return np.logicalOr(np.lessEqual(np.vdot(first, along), 0), np.lessEqual(np.vdot(last, along), 0));
}

/** True where one of the complete subtrees that end at leaf `n` turns. */
function anyTurns(n: NDArray, p: NDArray, rho: NDArray, rows: Rows): NDArray {
  const top = lax.populationCount(lax.shiftRightLogical(n, 1));
  const ends = lax.populationCount(lax.bitwiseAnd(n, lax.bitwiseNot(lax.add(n, 1))));
  const bottom = lax.sub(top, ends);
  type State = { i: NDArray; turning: NDArray };
  return lax.whileLoop(
    ({ i, turning }: State) => np.logicalAnd(np.greater(i, bottom), np.logicalNot(turning)),
    ({ i }: State) => {
      const row = (x: NDArray): NDArray => lax.dynamicIndexInDim(x, i, { keepdims: false });
      const first = row(rows.p);
      const sum = np.add(np.subtract(rho, row(rows.rho)), first);
      return { i: lax.sub(i, 1), turning: turns(first, p, sum) };
    },
    { i: top, turning: lax.full([], 0, "bool") },
  ).turning;
}

/** Keeps where the subtrees that begin at the even leaf `n` begin. */
function keepRow(rows: Rows, n: NDArray, p: NDArray, rho: NDArray, maxDepth: number): Rows {
  const even = np.equal(lax.bitwiseAnd(n, 1), 0);
  const at = np.where(even, lax.populationCount(lax.shiftRightLogical(n, 1)), maxDepth).astype("int32");
  return {
    p: lax.dynamicUpdateIndexInDim(rows.p, p, at, 0),
    rho: lax.dynamicUpdateIndexInDim(rows.rho, rho, at, 0),
  };
}

type Growth = { key: Key; end: End; tree: Tree; rows: Rows; n: NDArray };

/** Adds a leaf beyond the end of a growing subtree. */
function addLeaf({ target, settings, factor, energy }: Course, step: NDArray, s: Growth): Growth {
  const [place, p] = leapfrog(target, s.end.place, s.end.p, step, factor);
  const total = np.subtract(kinetic(p), place.value);
  const change = np.subtract(total, energy);
  const error = np.where(np.isnan(change), Infinity, change);
  const weight = np.negative(error);
  const logWeight = np.logaddexp(s.tree.logWeight, weight);
  const [key, forChoice] = random.split(s.key);
  const chance = np.exp(np.subtract(weight, logWeight));
  const chosen = np.less(random.uniform(forChoice, [], { dtype: logWeight.dtype }), chance);
  const rho = np.add(s.tree.rho, p);
  const rows = keepRow(s.rows, s.n, p, rho, settings.maxDepth);
  const tree: Tree = {
    draw: choosePlace(chosen, place, s.tree.draw),
    energy: np.where(chosen, total, s.tree.energy),
    logWeight,
    rho,
    turning: anyTurns(s.n, p, rho, rows),
    diverging: np.greater(error, settings.threshold),
    acceptance: np.add(s.tree.acceptance, np.minimum(1, np.exp(weight))),
    leaves: lax.add(s.tree.leaves, 1),
  };
  return { key, end: { place, p }, tree, rows, n: lax.add(s.n, 1) };
}

/** A subtree of 2^depth leaves beyond an end, or as many as there are until it turns or diverges. */
function grow(course: Course, key: Key, end: End, step: NDArray, depth: NDArray): Growth {
  const { maxDepth } = course.settings;
  const { place, p } = end;
  const flag = lax.full([], 0, "bool");
  const rows = np.zeros([maxDepth + 1, p.size], { dtype: p.dtype });
  const zero = np.zeros([], { dtype: p.dtype });
  const count = lax.full([], 0, "int32");
  const tree: Tree = {
    draw: place,
    energy: course.energy,
    logWeight: np.subtract(zero, Infinity),
    rho: np.zeros(p.shape, { dtype: p.dtype }),
    turning: flag,
    diverging: flag,
    acceptance: zero,
    leaves: count,
  };
  const size = lax.shiftLeft(lax.full([], 1, "int32"), depth);
  return lax.whileLoop(
    ({ n, tree: { turning, diverging } }: Growth) =>
      np.logicalAnd(np.less(n, size), np.logicalNot(np.logicalOr(turning, diverging))),
    (s: Growth) => addLeaf(course, step, s),
    { key, end, tree, rows: { p: rows, rho: rows }, n: count },
  );
}

type Trajectory = { key: Key; left: End; right: End; tree: Tree; depth: NDArray };

const chooseEnd = (first: NDArray, a: End, b: End): End => ({
  place: choosePlace(first, a.place, b.place),
  p: np.where(first, a.p, b.p),
});

/** Doubles a trajectory, to the left or to the right. */
function double(course: Course, stepSize: NDArray, s: Trajectory): Trajectory {
  const [key, forSide, forGrowth, forChoice] = random.split(s.key, 4);
  const { dtype } = stepSize;
  const right = random.bernoulli(forSide);
  const end = chooseEnd(right, s.right, s.left);
  const step = np.where(right, stepSize, np.negative(stepSize));
  const grown = grow(course, forGrowth, end, step, s.depth);
  const added = grown.tree;
  const whole = np.logicalNot(np.logicalOr(added.turning, added.diverging));
  const chance = np.exp(np.subtract(added.logWeight, s.tree.logWeight));
  const chosen = np.logicalAnd(whole, np.less(random.uniform(forChoice, [], { dtype }), chance));
  const [first, last] = [chooseEnd(right, s.left, grown.end), chooseEnd(right, grown.end, s.right)];
  const rho = np.add(s.tree.rho, added.rho);
  const tree: Tree = {
    draw: choosePlace(chosen, added.draw, s.tree.draw),
    energy: np.where(chosen, added.energy, s.tree.energy),
    logWeight: np.logaddexp(s.tree.logWeight, added.logWeight),
    rho,
    turning: np.logicalOr(added.turning, turns(first.p, last.p, rho)),
    diverging: added.diverging,
    acceptance: np.add(s.tree.acceptance, added.acceptance),
    leaves: lax.add(s.tree.leaves, added.leaves),
  };
  return { key, left: first, right: last, tree, depth: lax.add(s.depth, 1) };
}

/** The kernel. */
export function nutsKernel(target: Target, settings: TreeSettings): Kernel {
  const move: Kernel["move"] = (key, from, { stepSize, factor }) => {
    const [forMomentum, forTree] = random.split(key);
    const p = random.normal(forMomentum, from.x.shape, { dtype: from.x.dtype });
    const energy = np.subtract(kinetic(p), from.value);
    const course: Course = { target, settings, factor, energy };
    const flag = lax.full([], 0, "bool");
    const zero = np.zeros([], { dtype: p.dtype });
    const tree: Tree = {
      draw: from,
      energy,
      logWeight: zero,
      rho: p,
      turning: flag,
      diverging: flag,
      acceptance: zero,
      leaves: lax.full([], 0, "int32"),
    };
    const end: End = { place: from, p };
    const whole = lax.whileLoop(
      ({ depth, tree: { turning, diverging } }: Trajectory) =>
        np.logicalAnd(np.less(depth, settings.maxDepth), np.logicalNot(np.logicalOr(turning, diverging))),
      (s: Trajectory) => double(course, stepSize, s),
      { key: forTree, left: end, right: end, tree, depth: lax.full([], 0, "int32") },
    );
    const { draw, diverging, acceptance, leaves } = whole.tree;
    const statistics: Statistics = {
      acceptance: np.divide(acceptance, leaves.astype(p.dtype)),
      moved: np.any(np.notEqual(draw.x, from.x)),
      diverging,
      energy: whole.tree.energy,
      evaluations: leaves,
      depth: whole.depth,
    };
    return [draw, statistics];
  };
  return {
    place: (x) => placeWithSlope(target, x),
    move,
    target: settings.target,
    firstStep: 1,
    trial: energyTrial(target),
  };
}
