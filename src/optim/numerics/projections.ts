/**
 * @file Euclidean projections of trees onto sets: the nearest point of the set. Source: optax/projections/_projections.py.
 */
import { type CustomJvpFunction, customJvp } from "../../api/custom.ts";
import { refuseMore } from "../../base/checks.ts";
import { type ArrayLike, type NDArray, isArrayLike } from "../../core/array.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import { relu } from "../../nn/index.ts";
import * as np from "../../numpy/index.ts";
import { ravelPytree } from "../../tree/index.ts";
import { checkOptions } from "../../base/errors.ts";
import { choose } from "../gradients/base.ts";
import { negate } from "../parameters/scalars.ts";
import { mapArrays } from "../trees/leaves.ts";
import * as trees from "../trees/short.ts";

/** Options of the projections onto a set of a given size. */
export interface ScaleOption {
  /** The size: a radius, a sum. 1 by default. */
  readonly scale?: ArrayLike | undefined;
}

function scaleOf(name: string, given: ArrayLike | ScaleOption | undefined): ArrayLike {
  if (given === undefined) return 1;
  if (isArrayLike(given)) return given;
  checkOptions(name, given, ["scale"]);
  return given.scale ?? 1;
}

type Scale = ArrayLike | ScaleOption;

/**
 * Negative elements become 0. The derivative is 1 for elements above 0, else 0.
 * @see optax.projections.projection_non_negative
 * @example
 * optim.projections.projectionNonNegative(np.array([3, -1])).js(); // [3, 0]
 */
export const projectionNonNegative = <T>(tree: T, ...more: []): ArrayTree<T> => {
  refuseMore("projectionNonNegative", 1, more);
  return mapArrays((x) => relu(x), tree) as ArrayTree<T>;
};

/** Options of `projectionBox`. */
export interface BoxOptions {
  readonly lower: unknown;
  readonly upper: unknown;
}

const isBox = (x: unknown): x is BoxOptions =>
  typeof x === "object" && x !== null && !isArrayLike(x) && "lower" in x && "upper" in x;

/** A bound for each array: one for all, or a tree of them. */
const bounds = (bound: unknown, tree: unknown): unknown =>
  isArrayLike(bound) ? mapArrays(() => bound, tree) : bound;

/**
 * Elements brought between bounds, which are numbers or trees.
 * @see optax.projections.projection_box
 * @example
 * optim.projections.projectionBox(np.array([-1, 0.5, 3]), 0, 1).js(); // [0, 0.5, 1]
 */
export function projectionBox<T>(tree: T, lower: unknown, upper?: unknown, ...more: []): ArrayTree<T> {
  refuseMore("projectionBox", 3, more);
  const box = upper === undefined && isBox(lower) ? lower : { lower, upper };
  const clip = (x: NDArray, least: NDArray, most: NDArray): NDArray => np.clip(x, least, most);
  return mapArrays(clip, tree, bounds(box.lower, tree), bounds(box.upper, tree)) as ArrayTree<T>;
}

/**
 * Elements brought between 0 and scale = 1.
 * @see optax.projections.projection_hypercube
 * @example
 * optim.projections.projectionHypercube(np.array([-1, 0.5, 3])).js(); // [0, 0.5, 1]
 */
export const projectionHypercube = <T>(tree: T, scale?: Scale, ...more: []): ArrayTree<T> => {
  refuseMore("projectionHypercube", 2, more);
  return projectionBox(tree, 0, scaleOf("projectionHypercube", scale));
};

/** Onto { x ≥ 0, Σ x = 1 }, after Duchi et al. (2008). */
const ontoUnitSimplex: CustomJvpFunction<[NDArray], NDArray> = customJvp((values: NDArray): NDArray => {
  const sorted = np.flip(np.sort(values));
  const sums = np.cumsum(sorted);
  const ranks = np.arange(1, values.shape[0] + 1, 1, { dtype: values.dtype });
  const shift = np.divide(np.subtract(1, sums), ranks);
  const support = np.greater(np.add(sorted, shift), 0);
  const last = np.subtract(np.sum(support.astype("int32")), 1);
  return relu(np.add(values, np.take(shift, last)));
}).defJvp(([values]: [NDArray], [dv]: [NDArray]): [NDArray, NDArray] => {
  const out = ontoUnitSimplex(values);
  const support = np.greater(out, 0).astype(dv.dtype);
  const mean = np.divide(np.sum(np.multiply(support, dv)), np.sum(support));
  return [out, np.multiply(support, np.subtract(dv, mean))];
});

/**
 * Onto the trees of elements ≥ 0 whose sum is scale = 1.
 * @see optax.projections.projection_simplex
 * @example
 * optim.projections.projectionSimplex(np.array([1, 0.5, -1])).js(); // [0.75, 0.25, 0]
 */
export function projectionSimplex<T>(tree: T, scale?: Scale, ...more: []): ArrayTree<T> {
  refuseMore("projectionSimplex", 2, more);
  const sum = scaleOf("projectionSimplex", scale);
  const [values, back] = ravelPytree(tree);
  return back(np.multiply(sum, ontoUnitSimplex(np.divide(values, sum))));
}

/**
 * Onto the trees whose absolute values sum to scale = 1.
 * @see optax.projections.projection_l1_sphere
 * @example
 * optim.projections.projectionL1Sphere(np.array([0.25, -0.25])).js(); // [0.5, -0.5]
 */
export function projectionL1Sphere<T>(tree: T, scale?: Scale, ...more: []): ArrayTree<T> {
  refuseMore("projectionL1Sphere", 2, more);
  const sizes = mapArrays((x) => np.abs(x), tree);
  const signs = mapArrays((x) => np.sign(x), tree) as T;
  return trees.mul(signs, projectionSimplex(sizes, scaleOf("projectionL1Sphere", scale)));
}

/**
 * Onto the trees whose absolute values sum to at most scale = 1.
 * @see optax.projections.projection_l1_ball; Duchi et al. (2008)
 * @example
 * optim.projections.projectionL1Ball(np.array([1, -0.5])).js(); // [0.75, -0.25]
 * optim.projections.projectionL1Ball(np.array([0.25, -0.25])).js(); // [0.25, -0.25]
 */
export function projectionL1Ball<T>(tree: T, scale?: Scale, ...more: []): ArrayTree<T> {
  refuseMore("projectionL1Ball", 2, more);
  const sum = scaleOf("projectionL1Ball", scale);
  const arrays = mapArrays((x) => x, tree);
  const inside = np.lessEqual(trees.norm(tree, 1), sum);
  return choose(
    inside,
    () => arrays,
    () => mapArrays((x, y) => y.astype(x.dtype), arrays, projectionL1Sphere(arrays, sum)),
  ) as ArrayTree<T>;
}

/**
 * Onto the trees of norm scale = 1; NaN for a tree of zeros, which no point of the sphere is nearest to.
 * @see optax.projections.projection_l2_sphere
 * @example
 * optim.projections.projectionL2Sphere({ a: np.array(0.3), b: np.array(-0.4) }); // { a: 0.6, b: -0.8 }
 */
export const projectionL2Sphere = <T>(tree: T, scale?: Scale, ...more: []): ArrayTree<T> => {
  refuseMore("projectionL2Sphere", 2, more);
  return trees.scale(np.divide(scaleOf("projectionL2Sphere", scale), trees.norm(tree)), tree);
};

/**
 * Onto the trees of norm at most scale = 1.
 * @see optax.projections.projection_l2_ball
 * @example
 * optim.projections.projectionL2Ball(np.array([3, -4])).js(); // [0.6, -0.8]
 */
export function projectionL2Ball<T>(tree: T, scale?: Scale, ...more: []): ArrayTree<T> {
  refuseMore("projectionL2Ball", 2, more);
  const radius = scaleOf("projectionL2Ball", scale);
  const square = np.maximum(trees.norm(tree, null, true), np.square(radius));
  return trees.scale(np.divide(radius, np.sqrt(square)), tree);
}

/**
 * Elements brought between −scale and scale = 1.
 * @see optax.projections.projection_linf_ball
 * @example
 * optim.projections.projectionLinfBall(np.array([3, -0.5])).js(); // [1, -0.5]
 */
export function projectionLinfBall<T>(tree: T, scale?: Scale, ...more: []): ArrayTree<T> {
  refuseMore("projectionLinfBall", 2, more);
  const most = scaleOf("projectionLinfBall", scale);
  return projectionBox(tree, trees.fullLike(tree, negate(most)), trees.fullLike(tree, most));
}

/**
 * Onto the multiples of `a`, a tree of the structure of x that is not zero.
 * @see optax.projections.projection_vector
 * @example
 * optim.projections.projectionVector(np.array([1, 2]), np.array([1, 1])).js(); // [1.5, 1.5]
 */
export const projectionVector = <T>(x: T, a: T, ...more: []): ArrayTree<T> => {
  refuseMore("projectionVector", 2, more);
  return trees.scale(np.divide(trees.vdot(x, a), trees.vdot(a, a)), a);
};

/** How far x is from the hyperplane, in multiples of a. */
const towards = (x: unknown, a: unknown, b: ArrayLike): NDArray =>
  np.divide(np.subtract(b, trees.vdot(x, a)), trees.vdot(a, a));

/**
 * Onto { x : ⟨x, a⟩ = b }, `a` a tree of the structure of x that is not zero.
 * @see optax.projections.projection_hyperplane
 * @example
 * optim.projections.projectionHyperplane(np.array([1, 2]), np.array([1, 1]), 1).js(); // [0, 1]
 */
export const projectionHyperplane = <T>(x: T, a: T, b: ArrayLike, ...more: []): ArrayTree<T> => {
  refuseMore("projectionHyperplane", 3, more);
  return trees.addScale(x, towards(x, a, b), a);
};

/**
 * Onto { x : ⟨x, a⟩ ≤ b }, `a` a tree of the structure of x that is not zero.
 * @see optax.projections.projection_halfspace
 * @example
 * optim.projections.projectionHalfspace(np.array([1, 2]), np.array([1, 1]), 1).js(); // [0, 1]
 * optim.projections.projectionHalfspace(np.array([0, 0]), np.array([1, 1]), 1).js(); // [0, 0]
 */
export const projectionHalfspace = <T>(x: T, a: T, b: ArrayLike, ...more: []): ArrayTree<T> => {
  refuseMore("projectionHalfspace", 3, more);
  return trees.addScale(x, np.minimum(towards(x, a, b), 0), a);
};
