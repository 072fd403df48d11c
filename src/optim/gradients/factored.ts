/**
 * @file Adafactor's scaling, whose second moments of matrices are kept as a row and a column; Polyak's step; distance over
 * gradients. Source: optax/_src/factorized.py, transform.py.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { DType } from "../../dtypes/dtype.ts";
import { treeMap } from "../../core/tree.ts";
import { ArgumentError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import { relu } from "../../nn/index.ts";
import * as np from "../../numpy/index.ts";
import { rootOfSquares } from "../../lax/elementwise/hypot.ts";
import {
  type EmptyState,
  type GradientTransformation,
  type OfParams,
  requireParams,
  safeIncrement,
  transformation,
  without,
} from "./base.ts";
import { define } from "../../arguments/declare.ts";
import { flag, number, value } from "../../arguments/parameters.ts";
import { cast, counter, minus, times, plus } from "../parameters/scalars.ts";
import { absSquared, mapArrays } from "../trees/leaves.ts";
import * as trees from "../trees/short.ts";

/** Steps; running squares: of rows and columns where factored, else of all elements (unused ones have shape [1]). */
export type FactoredState<P = unknown> = {
  readonly count: NDArray;
  readonly vRow: P;
  readonly vCol: P;
  readonly v: P;
};

/** The two largest axes [smaller, larger], if the array is to be factored. */
function factoredAxes(shape: readonly number[], factored: boolean, least: number): [number, number] | null {
  if (!factored || shape.length < 2) return null;
  const order = shape.map((n, axis) => ({ n, axis })).sort((a, b) => a.n - b.n);
  const [second, first] = order.slice(-2);
  return second.n < least ? null : [second.axis, first.axis];
}

/** 1 − (step + 1)^(−exponent), in float32 as optax has it. */
const decayRatePow = (step: ArrayLike, exponent: ArrayLike): NDArray => {
  const t = cast(plus(step, 1), "float32");
  return np.subtract(1, np.power(t, cast(times(-1, exponent), "float32")));
};

type Moments = { readonly vRow: NDArray; readonly vCol: NDArray; readonly v: NDArray };

const dropAxis = (x: NDArray, axis: number): NDArray =>
  np.zeros(
    x.shape.filter((_, i) => i !== axis),
    x.dtype,
  );

function initialMoments(p: NDArray, axes: [number, number] | null): Moments {
  const unused = np.zeros([1], p.dtype);
  if (axes === null) return { vRow: unused, vCol: unused, v: np.zeros(p.shape, p.dtype) };
  return { vRow: dropAxis(p, axes[1]), vCol: dropAxis(p, axes[0]), v: unused };
}

const inverseRoot = (x: NDArray): NDArray => np.power(x, -0.5);

type Step = Moments & { readonly update: NDArray };

/** One part of what was made for each array of `like`. */
const pick = (name: keyof Step, made: unknown, like: unknown): unknown =>
  treeMap((_: unknown, step: Step) => step[name], like, [made]);

/** The scaled gradient and the next moments of one array. */
function factoredStep(
  g: NDArray,
  { vRow, vCol, v }: Moments,
  decay: ArrayLike,
  epsilon: ArrayLike,
  axes: [number, number] | null,
): Step {
  const square = np.add(absSquared(g), epsilon);
  const mix = (old: NDArray, fresh: NDArray): NDArray =>
    np.add(np.multiply(decay, old), np.multiply(minus(1, decay), fresh)).astype(old.dtype);
  if (axes === null) {
    const next = mix(v, square);
    return { update: np.multiply(g, inverseRoot(next)), vRow, vCol, v: next };
  }
  const [d1, d0] = axes;
  const row = mix(vRow, np.mean(square, d0));
  const col = mix(vCol, np.mean(square, d1));
  const mean = np.mean(row, { axis: d1 > d0 ? d1 - 1 : d1, keepdims: true });
  const rowFactor = np.expandDims(inverseRoot(np.divide(row, mean)), d0);
  const update = np.multiply(np.multiply(g, rowFactor), np.expandDims(inverseRoot(col), d1));
  return { update, vRow: row, vCol: col, v };
}

/** From the step and the rate to the decay of a moment. */
export type DecayRateFn = (step: NDArray, decayRate: ArrayLike) => ArrayLike;

/**
 * Adafactor's scaling: g / √v, of running means v of g² + epsilon. For arrays whose two largest axes both have at
 * least minDimSizeToFactor elements only the means of v over rows and over columns are kept, and v is their outer
 * product over the mean of the rows. The decay of step t is decayRateFn(t − stepOffset, decayRate), by default 1 − (t
 * + 1)^(−decayRate).
 *
 * Parameters: factored = true, decayRate = 0.8, stepOffset = 0, minDimSizeToFactor = 128, epsilon = 1e-30,
 * decayRateFn.
 * @throws ArgumentError without parameters
 * @see optax.scale_by_factored_rms; Shazeer, Stern (2018)
 * @example
 * const tx = optim.scaleByFactoredRms();
 * const p = np.array([1]);
 * const [, state] = tx.update(np.array([4]), tx.init(p), p);
 * tx.update(np.array([1]), state, p)[0].js(); // [0.3679…]
 */
export const scaleByFactoredRms = define(
  "scaleByFactoredRms",
  [
    flag("factored", true),
    number("decayRate", 0.8),
    number("stepOffset", 0),
    value<number>()("minDimSizeToFactor", 128),
    number("epsilon", 1e-30),
    value<DecayRateFn>()("decayRateFn", decayRatePow),
  ],
  [],
  (o): GradientTransformation<FactoredState<OfParams>> => {
    const axesOf = (p: NDArray): [number, number] | null =>
      factoredAxes(p.shape, o.factored, o.minDimSizeToFactor);
    const state = (count: NDArray, made: unknown, like: unknown): FactoredState => ({
      count,
      vRow: pick("vRow", made, like),
      vCol: pick("vCol", made, like),
      v: pick("v", made, like),
    });
    return transformation(
      (params) => {
        const made = mapArrays((p) => initialMoments(p, axesOf(p)), params);
        return state(counter(), made, params);
      },
      (grads, { count, vRow, vCol, v }, given) => {
        const params = requireParams("scaleByFactoredRms", given);
        const decay = o.decayRateFn(np.subtract(count, o.stepOffset), o.decayRate);
        const made = mapArrays(
          (g, row, col, all, p) =>
            factoredStep(g, { vRow: row, vCol: col, v: all }, decay, o.epsilon, axesOf(p)),
          grads,
          vRow,
          vCol,
          v,
          params,
        );
        return [pick("update", made, grads), state(safeIncrement(count), made, grads)];
      },
    );
  },
);

/** Which of Polyak's steps: also backwards where the value is below the bound ("sps"), or not ("sps+"). */
export type PolyakVariant = "sps" | "sps+";

/**
 * Polyak's step: (value − fMin) / (|g|² + eps), at most maxLearningRate; the norm is of all arrays together. `update`
 * needs the extra argument `value`. With variant "sps+" values below fMin count as fMin; with "sps" the step is
 * negative there. It is 0 where the gradient is.
 *
 * Parameters: fMin = 0, maxLearningRate = 1, eps = 0, variant = "sps".
 * @throws ArgumentError for another variant; from `update` without `value`
 * @see optax.scale_by_polyak; Loizou et al. (2021)
 * @example
 * const g = np.array([2, -4]);
 * optim.scaleByPolyak().update(g, {}, null, { value: 5 })[0].js(); // [0.5, -1] — 5 / 20 of it
 */
export const scaleByPolyak = define(
  "scaleByPolyak",
  [
    number("fMin", 0),
    number("maxLearningRate", 1),
    number("eps", 0),
    value<PolyakVariant>()("variant", "sps"),
  ],
  [],
  ({ fMin, maxLearningRate, eps, variant }): GradientTransformation<EmptyState> => {
    if (!["sps", "sps+"].includes(variant))
      throw new ArgumentError(`scaleByPolyak: variant must be "sps" or "sps+"; got "${variant}".`);
    return without((updates, _params, extra) => {
      if (extra.value === undefined)
        throw new ArgumentError(
          "scaleByPolyak: the update needs the value of the objective; call update(grads, state, params, { value }).",
        );
      const square = trees.norm(updates, null, true);
      const above = cast(np.subtract(asArray(extra.value, "scaleByPolyak"), fMin), square.dtype);
      const gap = variant === "sps" ? above : relu(above);
      const below = np.add(square, eps);
      const none = np.lessEqual(below, Number.EPSILON);
      const step = np.minimum(np.divide(gap, np.where(none, 1, below)), maxLearningRate);
      return trees.scale(np.where(none, 0, step), updates);
    });
  },
);

/** Largest distance from the start and sum of squared gradients, per array; the start. */
export type DistanceState<P = unknown> = {
  readonly maxDist: P;
  readonly gradSumOfSquares: P;
  readonly initParams: P;
};

const distance = (x: NDArray, y: ArrayLike): NDArray => rootOfSquares(np.sum(np.square(np.subtract(x, y))));

/**
 * Steps of the largest distance from the start over the root of the sum of squared gradients (plus eps), array by
 * array. The first distance is repsRel · (1 + |p|). The updates have the dtype that paramDtype and that of the
 * gradients promote to.
 *
 * Parameters: repsRel = 1e-6, eps = 1e-8, paramDtype = "float32" (of the kept start), globalScale = 1.
 * @throws ArgumentError without parameters
 * @see optax.scale_by_distance_over_gradients; Ivgi, Hinder, Carmon (2023)
 * @example
 * const tx = optim.scaleByDistanceOverGradients({ repsRel: 0.1 });
 * const [g, p] = [np.array([4]), np.array([1])];
 * tx.update(g, tx.init(p), p)[0].js(); // [0.2000] — 0.1 · (1 + 1) · 4 / √16
 */
export const scaleByDistanceOverGradients = define(
  "scaleByDistanceOverGradients",
  [
    number("repsRel", 1e-6),
    number("eps", 1e-8),
    value<DType>()("paramDtype", "float32"),
    number("globalScale", 1),
  ],
  [],
  ({ repsRel, eps, paramDtype, globalScale }): GradientTransformation<DistanceState<OfParams>> =>
    transformation(
      (params) => ({
        maxDist: mapArrays((x) => np.multiply(repsRel, np.add(1, distance(x, 0))), params),
        gradSumOfSquares: mapArrays((x) => np.zeros([1], x.dtype), params),
        initParams: trees.cast(params, paramDtype),
      }),
      (updates, state, given) => {
        const params = requireParams("scaleByDistanceOverGradients", given);
        const far = (d: NDArray, x: NDArray, y: NDArray): NDArray => np.maximum(d, distance(x, y));
        const maxDist = mapArrays(far, state.maxDist, params, state.initParams);
        const gradSumOfSquares = mapArrays(
          (sum, g) => np.add(sum, np.sum(np.square(g))),
          state.gradSumOfSquares,
          updates,
        );
        const step = (g: NDArray, d: NDArray, sum: NDArray): NDArray => {
          const rate = np.multiply(globalScale, np.divide(d, np.sqrt(np.add(sum, eps))));
          return np.multiply(np.reshape(rate, []), g);
        };
        const out = mapArrays(step, updates, maxDist, gradSumOfSquares);
        return [out, { maxDist, gradSumOfSquares, initParams: state.initParams }];
      },
    ),
);
