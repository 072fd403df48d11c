/**
 * @file Backtracking line search: the step shrinks until the objective decreases enough.
 * Source: optax/_src/linesearch.py.
 */
import { refuseMore } from "../../base/checks.ts";
import { whileLoop } from "../../control-flow/lax.ts";
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { ArgumentError } from "../../base/errors.ts";
import * as np from "../../numpy/index.ts";
import {
  type GradientTransformation,
  type OfParams,
  type OptState,
  choose,
  requireParams,
  transformation,
} from "../gradients/base.ts";
import { define } from "../../arguments/declare.ts";
import { flag, number } from "../../arguments/parameters.ts";
import { along, checkSteps, nanToInf, objective, slopeAlong, valueDType, withGradient } from "./common.ts";
import { counter } from "../parameters/scalars.ts";
import * as trees from "../trees/short.ts";

/** The last step; the objective and its gradient (null if not asked for) after it; how the search went. */
export type BacktrackingLinesearchState<P = unknown> = {
  readonly learningRate: NDArray;
  readonly value: NDArray;
  readonly grad: P | null;
  readonly info: { readonly numLinesearchSteps: NDArray; readonly decreaseError: NDArray };
};

type Search = {
  readonly rate: NDArray;
  readonly value: NDArray;
  readonly error: NDArray;
  readonly steps: NDArray;
};

/**
 * Scales updates by the largest step among start · decreaseFactorⁿ that decreases the objective by at least slopeRtol
 * · step · slope (up to atol and rtol · |value|). The start is the last step times increaseFactor, at most
 * maxLearningRate. `update` needs the parameters and the extra arguments `{ value, grad, valueFn }`; the updates are
 * to point downhill.
 *
 * Parameters: maxBacktrackingSteps, slopeRtol = 1e-4, decreaseFactor = 0.8, increaseFactor = 1.5, maxLearningRate =
 * 1, atol = 0, rtol = 0, storeGrad = false (keep the gradient at the new parameters, for `valueAndGradFromState`).
 * @throws ArgumentError from `update` without parameters or extra arguments, and for a `valueFn` that gives no scalar
 * @see optax.scale_by_backtracking_linesearch; Nocedal, Wright (2006), algorithm 3.1
 * @example
 * const valueFn = (x: Array) => x.pow(2).sum();
 * const x = np.array([1, 2]);
 * const [value, gradient] = valueAndGrad(valueFn)(x);
 * const tx = optim.scaleByBacktrackingLinesearch(20);
 * tx.update(gradient.neg(), tx.init(x), x, { value, grad: gradient, valueFn })[0].js(); // [-1.6, -3.2]
 */
export const scaleByBacktrackingLinesearch = define(
  "scaleByBacktrackingLinesearch",
  [
    number("maxBacktrackingSteps"),
    number("slopeRtol", 1e-4),
    number("decreaseFactor", 0.8),
    number("increaseFactor", 1.5),
    number("maxLearningRate", 1),
    number("atol", 0),
    number("rtol", 0),
    flag("storeGrad", false),
  ],
  [],
  (o): GradientTransformation<BacktrackingLinesearchState<OfParams>> => {
    checkSteps("scaleByBacktrackingLinesearch", "maxBacktrackingSteps", o.maxBacktrackingSteps);
    return transformation(
      (params) => {
        const dtype = valueDType("scaleByBacktrackingLinesearch", params);
        return {
          learningRate: np.array(1, { dtype }),
          value: np.array(Infinity, { dtype }),
          grad: o.storeGrad ? trees.zerosLike(params) : null,
          info: { numLinesearchSteps: counter(), decreaseError: np.array(Infinity, { dtype }) },
        };
      },
      (updates, state, given, extra) => {
        const params = requireParams("scaleByBacktrackingLinesearch", given);
        const f = objective("scaleByBacktrackingLinesearch", params, extra);
        const slope = slopeAlong(updates, f.grad);
        const goal = np.multiply(np.add(1, o.rtol), f.value);
        const errorOf = (rate: NDArray, value: NDArray): NDArray => {
          const least = np.multiply(np.multiply(rate, o.slopeRtol), slope);
          const error = nanToInf(np.subtract(np.subtract(value, goal), least));
          return np.maximum(error, 0).astype(f.dtype);
        };
        const found = whileLoop<Search>(
          ({ error, steps }) =>
            np.logicalAnd(
              np.logicalNot(np.lessEqual(error, o.atol)),
              np.lessEqual(steps, o.maxBacktrackingSteps),
            ),
          (s) => {
            const shrunk = np.multiply(o.decreaseFactor, s.rate);
            const rate = np.where(np.greater(s.steps, 0), shrunk, s.rate).astype(f.dtype);
            const value = f.at(along(params, rate, updates));
            return { rate, value, error: errorOf(rate, value), steps: np.add(s.steps, 1) };
          },
          {
            rate: np
              .minimum(np.multiply(o.increaseFactor, state.learningRate), o.maxLearningRate)
              .astype(f.dtype),
            value: f.value,
            error: np.array(Infinity, { dtype: f.dtype }),
            steps: counter(),
          },
        );
        const rate = np.where(np.isinf(found.error), 0, found.rate);
        const grad = o.storeGrad ? f.withGrad(along(params, found.rate, updates))[1] : null;
        return [
          trees.castLike(trees.scale(rate, updates), updates),
          {
            learningRate: rate,
            value: found.value,
            grad: grad === null ? null : trees.castLike(grad, params),
            info: { numLinesearchSteps: found.steps, decreaseError: found.error },
          },
        ];
      },
    );
  },
);

/** A function's value and gradient from the state of an optimiser. */
export type FromState = (params: unknown, ...rest: readonly unknown[]) => [NDArray, unknown];

/**
 * As `valueAndGrad`, but takes both from the state of an optimiser where a line search left them there: the function
 * made is called as `(params, …further arguments, { state })`. It computes them afresh where the value in the state
 * is not finite, as at the start.
 * @throws ArgumentError from the function made unless the state holds `value` and `grad`
 * @see optax.value_and_grad_from_state
 * @example
 * const f = (x: Array) => x.pow(2).sum();
 * const x = np.array([1, 2]);
 * const state = optim.scaleByBacktrackingLinesearch(20, { storeGrad: true }).init(x);
 * optim.valueAndGradFromState(f)(x, { state }); // [5, [2, 4]]
 */
export function valueAndGradFromState<A extends readonly unknown[]>(
  valueFn: (...args: A) => ArrayLike,
  ...more: []
): FromState {
  refuseMore("valueAndGradFromState", 1, more);
  return (params, ...rest) => {
    const last = rest[rest.length - 1] as { readonly state?: OptState } | undefined;
    const state = last?.state;
    const value = state === undefined ? undefined : trees.get(state, "value");
    const grad = state === undefined ? undefined : trees.get(state, "grad");
    if (!(value instanceof NDArray) || grad === null || grad === undefined) {
      throw new ArgumentError(
        "valueAndGradFromState: the last argument must be { state }, the state of an optimiser that stores 'value' and 'grad'.",
      );
    }
    const args = [params, ...rest.slice(0, -1)];
    const compute = withGradient(valueFn as unknown as (...args: never[]) => ArrayLike);
    const fresh = (): unknown => {
      const [v, g] = compute(...args);
      return [v.astype(value.dtype), trees.castLike(g, grad)];
    };
    return choose(
      np.logicalNot(np.logicalOr(np.isinf(value), np.isnan(value))),
      () => [value, grad],
      fresh,
    ) as [NDArray, unknown];
  };
}
