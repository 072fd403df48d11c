/**
 * @file Transformations that act on some steps only: on a condition, or while updates are finite.
 * Source: optax/transforms/_conditionality.py.
 */
import { checkOptions } from "../../base/errors.ts";
import { refuseMore, checkFunction } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as np from "../../numpy/index.ts";
import {
  type ExtraArgs,
  type GradientTransformation,
  checkTransformation,
  choose,
  safeIncrement,
  transformation,
} from "./base.ts";
import { counter } from "../parameters/scalars.ts";
import { arraysOf, mapArrays } from "../trees/leaves.ts";
import * as trees from "../trees/short.ts";

/** Whether to transform, by the number of the step (and the extra arguments). */
export type ConditionFn = (step: NDArray, extra: ExtraArgs) => ArrayLike;

/** Options of `conditionallyTransform` and `conditionallyMask`. */
export interface ConditionOptions {
  /** Pass the extra arguments of `update` to the condition, too. */
  readonly forwardExtraArgs?: boolean | undefined;
}

/** Steps, and the state of the inner transformation. */
export type ConditionalState<S = unknown> = { readonly step: NDArray; readonly innerState: S };

/** As `update` of a transformation where the condition holds; otherwise `rejected` and the state as it was. */
function updateIf(
  condition: ArrayLike,
  inner: GradientTransformation<unknown>,
  [updates, state, params, extra]: readonly [unknown, unknown, unknown, ExtraArgs],
  rejected: unknown,
): readonly [unknown, unknown] {
  const result = choose(
    condition,
    () => inner.update(updates, state, params, extra),
    () => [rejected, state],
  );
  return result as readonly [unknown, unknown];
}

const conditional =
  (name: string, otherwise: (updates: unknown) => unknown) =>
  <S>(
    inner: GradientTransformation<S>,
    shouldTransformFn: ConditionFn,
    options: ConditionOptions | boolean = {},
    ...more: []
  ): GradientTransformation<ConditionalState<S>> => {
    refuseMore(name, 3, more);
    checkTransformation(name, "the inner one", inner);
    checkFunction(name, "the condition", shouldTransformFn);
    if (typeof options !== "boolean") checkOptions(name, options, ["forwardExtraArgs"]);
    const forward = typeof options === "boolean" ? options : options.forwardExtraArgs === true;
    const made = transformation<ConditionalState>(
      (params) => ({ step: counter(), innerState: inner.init(params) }),
      (updates, { step, innerState }, params, extra) => {
        const [out, next] = updateIf(
          shouldTransformFn(step, forward ? extra : {}),
          inner,
          [updates, innerState, params, extra],
          otherwise(updates),
        );
        return [out, { step: safeIncrement(step), innerState: next }];
      },
    );
    return made as GradientTransformation<ConditionalState<S>>;
  };

/**
 * Transforms on steps where the condition holds; on others updates and the inner state stay as they are.
 * @param shouldTransformFn a function of the number of the step (an int32 scalar) to a boolean, and of the extra
 * arguments of `update` if `forwardExtraArgs`
 * @see optax.conditionally_transform
 * @example
 * const tx = optim.conditionallyTransform(optim.scale(-1), (step) => step.greaterEqual(1));
 * const [first, state] = tx.update(np.array([2]), tx.init(np.array([0])));
 * first.js(); // [2]
 * tx.update(np.array([2]), state)[0].js(); // [-2]
 */
export const conditionallyTransform = conditional("conditionallyTransform", (updates) =>
  mapArrays((u) => u, updates),
);

/**
 * Transforms on steps where the condition holds; on others updates are zero, and the inner state stays as it is.
 * @param shouldTransformFn a function of the number of the step (an int32 scalar) to a boolean, and of the extra
 * arguments of `update` if `forwardExtraArgs`
 * @see optax.conditionally_mask
 * @example
 * const tx = optim.conditionallyMask(optim.scale(-1), (step) => step.greaterEqual(1));
 * const [first, state] = tx.update(np.array([2]), tx.init(np.array([0])));
 * first.js(); // [0]
 * tx.update(np.array([2]), state)[0].js(); // [-2]
 */
export const conditionallyMask = conditional("conditionallyMask", (updates) =>
  mapArrays((u) => np.zerosLike(u), updates),
);

/** How many updates in a row, and in all, were not finite; whether the last were. */
export type ApplyIfFiniteState<S = unknown> = {
  readonly notfiniteCount: NDArray;
  readonly lastFinite: NDArray;
  readonly totalNotfinite: NDArray;
  readonly innerState: S;
};

const allFinite = (updates: unknown): NDArray =>
  arraysOf(updates)
    .map((u) => np.all(np.isfinite(u)))
    .reduce((a, b) => np.logicalAnd(a, b), np.array(true));

/**
 * Makes updates with NaNs or infinities zero and keeps the inner state then, unless more than `maxConsecutiveErrors`
 * in a row have them: those are let through. The state counts them.
 * @see optax.apply_if_finite
 * @example
 * const tx = optim.applyIfFinite(optim.scale(-1), 1);
 * const [first, state] = tx.update(np.array([1, NaN]), tx.init(np.array([0, 0])));
 * first.js(); // [0, 0]
 * tx.update(np.array([1, NaN]), state)[0].js(); // [-1, NaN] — the second in a row
 */
export function applyIfFinite<S>(
  inner: GradientTransformation<S>,
  maxConsecutiveErrors: ArrayLike,
  ...more: []
): GradientTransformation<ApplyIfFiniteState<S>> {
  refuseMore("applyIfFinite", 2, more);
  checkTransformation("applyIfFinite", "the inner one", inner);
  const most = asArray(maxConsecutiveErrors, "applyIfFinite");
  const made = transformation<ApplyIfFiniteState>(
    (params) => ({
      notfiniteCount: counter(),
      lastFinite: np.array(true),
      totalNotfinite: counter(),
      innerState: inner.init(params),
    }),
    (updates, state, params, extra) => {
      const finite = allFinite(updates);
      const notfiniteCount = np.where(finite, 0, safeIncrement(state.notfiniteCount));
      const [out, innerState] = updateIf(
        np.logicalOr(finite, np.greater(notfiniteCount, most)),
        inner,
        [updates, state.innerState, params, extra],
        trees.zerosLike(updates),
      );
      const total = state.totalNotfinite;
      return [
        out,
        {
          notfiniteCount,
          lastFinite: finite,
          totalNotfinite: np.where(finite, total, safeIncrement(total)),
          innerState,
        },
      ];
    },
  );
  return made as GradientTransformation<ApplyIfFiniteState<S>>;
}
