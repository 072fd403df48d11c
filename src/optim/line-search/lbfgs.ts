/**
 * @file The L-BFGS direction: the gradient times an approximation of the inverse Hessian, made of the last changes of
 * parameters and gradients. Source: optax/_src/transform.py.
 */
import { show } from "../../base/checks.ts";
import { scan } from "../../control-flow/lax.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { realPart } from "../../dtypes/dtype.ts";
import { ArgumentError } from "../../base/errors.ts";
import { dynamicIndexInDim, dynamicUpdateIndexInDim, stopGradient } from "../../lax/index.ts";
import * as np from "../../numpy/index.ts";
import { scaleByPower } from "../../numpy/ufuncs/powers-of-two.ts";
import { exponentOf } from "../../scipy/sparse/vectors.ts";
import {
  type GradientTransformation,
  type OfParams,
  leadDType,
  requireParams,
  safeIncrement,
  transformation,
} from "../gradients/base.ts";
import { define } from "../../arguments/declare.ts";
import { flag, value } from "../../arguments/parameters.ts";
import { counter } from "../parameters/scalars.ts";
import { arraysOf, mapArrays } from "../trees/leaves.ts";
import { normOf } from "../trees/norms.ts";
import * as trees from "../trees/short.ts";

/** Steps; the last parameters and gradient; the last changes of both, in a ring, with 1 / their product. */
export type LbfgsState<P = unknown> = {
  readonly count: NDArray;
  readonly params: P;
  readonly updates: P;
  readonly diffParamsMemory: P;
  readonly diffUpdatesMemory: P;
  readonly weightsMemory: NDArray;
};

type Memory = Pick<LbfgsState, "diffParamsMemory" | "diffUpdatesMemory" | "weightsMemory">;

const realVdot = (x: unknown, y: unknown): NDArray => np.real(trees.vdot(x, y));
const at = (memory: unknown, i: NDArray): unknown =>
  mapArrays((x) => dynamicIndexInDim(x, i, 0, false), memory);

/** The two-loop recursion: from the newest change to the oldest, scaled, and back. */
function precondition(updates: unknown, memory: Memory, identityScale: ArrayLike, oldest: NDArray): unknown {
  const { diffParamsMemory, diffUpdatesMemory, weightsMemory } = memory;
  const size = weightsMemory.shape[0];
  const indices = np.mod(np.add(oldest, np.arange(size, { dtype: "int32" })), size);
  const weight = (i: NDArray): NDArray => dynamicIndexInDim(weightsMemory, i, 0, false);
  const right = (vector: unknown, i: NDArray): readonly [unknown, NDArray] => {
    const alpha = np.multiply(weight(i), realVdot(at(diffParamsMemory, i), vector));
    const next = trees.addScale(vector, np.negative(alpha), at(diffUpdatesMemory, i));
    return [trees.castLike(next, vector), alpha];
  };
  const [inner, alphas] = scan<unknown, NDArray, NDArray>(right, updates, indices, { reverse: true });
  const left = (vector: unknown, [i, alpha]: [NDArray, NDArray]): readonly [unknown, null] => {
    const beta = np.multiply(weight(i), realVdot(at(diffUpdatesMemory, i), vector));
    const next = trees.addScale(vector, np.subtract(alpha, beta), at(diffParamsMemory, i));
    return [trees.castLike(next, vector), null];
  };
  const start = trees.castLike(trees.scale(identityScale, inner), inner);
  return scan<unknown, [NDArray, NDArray], null>(left, start, [indices, alphas])[0];
}

/** The scale of the identity that the approximation starts from. */
function initialScale(updates: unknown, dUpdates: unknown, curvature: NDArray, count: NDArray): NDArray {
  // Of vectors of size 1, by powers of two: squares of large or small gradients leave the range.
  const exponent = exponentOf(arraysOf(dUpdates));
  const down = (x: NDArray): NDArray => scaleByPower(x, np.negative(exponent));
  const square = trees.norm(mapArrays(down, dUpdates), null, true);
  const positive = np.greater(square, 0);
  const ratio = np.where(positive, down(np.divide(down(curvature), np.where(positive, square, 1))), 1);
  const norm = normOf(mapArrays((u) => stopGradient(u), updates));
  return np.where(np.greater(count, 0), ratio, np.minimum(1, np.divide(1, norm)));
}

/**
 * The gradient times the L-BFGS approximation of the inverse Hessian, made of the last memorySize changes of
 * parameters and gradients by the two-loop recursion. It starts from the identity times ⟨Δp, Δg⟩ / |Δg|², at first
 * min(1, 1 / |g|), or from the identity itself with scaleInitPrecond false.
 *
 * Parameters: memorySize = 10, scaleInitPrecond = true.
 * @throws ArgumentError for a memorySize that is no whole number above 0; from `init` for a tree without arrays, and
 * from `update` without parameters
 * @see optax.scale_by_lbfgs; Nocedal, Wright (2006), algorithm 7.4
 * @example
 * const tx = optim.scaleByLbfgs();
 * const [g, state] = tx.update(np.array([6, 8]), tx.init(np.array([3, 4])), np.array([3, 4]));
 * g.js(); // [0.6, 0.8]
 * tx.update(np.array([2, 4]), state, np.array([1, 2]))[0].js(); // [1, 2] — Newton's step of |p|²
 */
export const scaleByLbfgs = define(
  "scaleByLbfgs",
  [value<number>()("memorySize", 10), flag("scaleInitPrecond", true)],
  [],
  ({ memorySize, scaleInitPrecond }): GradientTransformation<LbfgsState<OfParams>> => {
    if (!Number.isInteger(memorySize) || memorySize < 1)
      throw new ArgumentError(
        `scaleByLbfgs: memorySize must be a whole number above 0; got ${show(memorySize)}.`,
      );
    return transformation(
      (params) => {
        const stacked = (): unknown => mapArrays((p) => np.zeros([memorySize, ...p.shape], p.dtype), params);
        return {
          count: counter(),
          params: trees.zerosLike(params),
          updates: trees.zerosLike(params),
          diffParamsMemory: stacked(),
          diffUpdatesMemory: stacked(),
          weightsMemory: np.zeros([memorySize], realPart(leadDType("scaleByLbfgs", params))),
        };
      },
      (updates, state, given) => {
        const params = requireParams("scaleByLbfgs", given);
        const [memory, dUpdates, curvature] = remember(updates, state, params, memorySize);
        const identityScale = scaleInitPrecond ? initialScale(updates, dUpdates, curvature, state.count) : 1;
        const out = precondition(updates, memory, identityScale, np.mod(state.count, memorySize));
        return [out, { count: safeIncrement(state.count), params, updates, ...memory }];
      },
    );
  },
);

/** The memory with the last changes (nothing before the first), the change of the gradient, and its product with the other. */
function remember(
  updates: unknown,
  state: LbfgsState,
  params: unknown,
  memorySize: number,
): [Memory, unknown, NDArray] {
  const started = np.greater(state.count, 0);
  const changes = (now: unknown, before: unknown): unknown =>
    mapArrays((d) => np.where(started, d, np.zerosLike(d)), trees.sub(now, before));
  const dParams = changes(params, state.params);
  const dUpdates = changes(updates, state.updates);
  const curvature = realVdot(dUpdates, dParams);
  const flat = np.equal(curvature, 0);
  const weight = np.where(flat, 0, np.divide(1, np.where(flat, 1, curvature)));
  const place = np.mod(np.subtract(state.count, 1), memorySize);
  const put = (memory: unknown, entry: unknown): unknown =>
    mapArrays((x, y) => dynamicUpdateIndexInDim(x, y.astype(x.dtype), place, 0), memory, entry);
  const memory = {
    diffParamsMemory: put(state.diffParamsMemory, dParams),
    diffUpdatesMemory: put(state.diffUpdatesMemory, dUpdates),
    weightsMemory: put(state.weightsMemory, weight) as NDArray,
  };
  return [memory, dUpdates, curvature];
}
