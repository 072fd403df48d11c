/**
 * @file Optimisation with the gradients of several steps together, which is as if the batch were larger.
 * Source: optax/transforms/_accumulation.py.
 */
import { refuseMore } from "../../base/checks.ts";
import { type ArrayLike, NDArray } from "../../core/array.ts";
import type { DType } from "../../dtypes/dtype.ts";
import type { ArrayTree, LikeTree } from "../../core/tree-types.ts";
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as np from "../../numpy/index.ts";
import {
  type ExtraArgs,
  type GradientTransformation,
  type OfParams,
  type StateFor,
  choose,
  safeIncrement,
  transformation,
} from "./base.ts";
import type { Schedule } from "../../arguments/parameters.ts";
import { counter } from "../parameters/scalars.ts";
import { arraysOf, mapArrays } from "../trees/leaves.ts";
import * as trees from "../trees/short.ts";

/** Says whether to leave out a gradient, and what to keep in the state about that. */
export type ShouldSkipUpdateFunction = (
  updates: unknown,
  gradientStep: NDArray,
  params: unknown,
) => readonly [shouldSkip: NDArray, skipState: unknown];

const found = (count: NDArray): { shouldSkip: NDArray; numNotFinite: NDArray } => ({
  shouldSkip: np.greater(count, 0),
  numNotFinite: count,
});

/**
 * Says to leave out gradients with NaNs or infinities: [whether, { shouldSkip, numNotFinite }], for the option
 * `shouldSkipUpdateFn` of `MultiSteps`.
 * @see optax.skip_not_finite
 * @example
 * const [skip] = optim.skipNotFinite(np.array([1, NaN]), np.array(0), null);
 * skip.item(); // true
 */
export const skipNotFinite: ShouldSkipUpdateFunction = (updates, _step, _params, ...more: []) => {
  refuseMore("skipNotFinite", 3, more);
  const counts = arraysOf(updates).map((u) => np.sum(np.logicalNot(np.isfinite(u))));
  const state = found(counts.reduce((a, b) => np.add(a, b), counter()));
  return [state.shouldSkip, state];
};

/**
 * Says to leave out gradients whose squared norm is not below `maxSquaredNorm` (NaN is not): [whether, { shouldSkip,
 * normSquared }]. For the option `shouldSkipUpdateFn` of `MultiSteps` pass `(updates, step, params) =>
 * skipLargeUpdates(updates, step, params, 100)`.
 * @see optax.skip_large_updates
 * @example
 * const [skip, { normSquared }] = optim.skipLargeUpdates(np.array([3, 4]), np.array(0), null, 20);
 * skip.item(); // true
 * normSquared.item(); // 25
 */
export function skipLargeUpdates(
  updates: unknown,
  _gradientStep: NDArray,
  _params: unknown,
  maxSquaredNorm: ArrayLike,
  ...more: []
): readonly [shouldSkip: NDArray, skipState: { shouldSkip: NDArray; normSquared: NDArray }] {
  refuseMore("skipLargeUpdates", 4, more);
  const squares = arraysOf(updates).map((u) => np.sum(np.square(u)));
  const normSquared = squares.length === 0 ? np.array(0) : squares.reduce((a, b) => np.add(a, b));
  const shouldSkip = np.logicalNot(np.less(normSquared, maxSquaredNorm));
  return [shouldSkip, { shouldSkip, normSquared }];
}

/** Options of `MultiSteps`. */
export interface MultiStepsOptions {
  /** The mean of the gradients (default), or their sum. */
  readonly useGradMean?: boolean | undefined;
  readonly shouldSkipUpdateFn?: ShouldSkipUpdateFunction | null | undefined;
  /** The dtype of the accumulated gradients: float32 by default, as in optax; null for that of the parameters. */
  readonly accumulatorDtype?: DType | null | undefined;
}

/** Steps since the last update, updates so far, the optimiser's state, the gradients together. */
export type MultiStepsState<S = unknown, P = unknown> = {
  readonly miniStep: NDArray;
  readonly gradientStep: NDArray;
  readonly innerOptState: S;
  readonly accGrads: P;
  readonly skipState: unknown;
};

/**
 * An optimiser that acts every k steps, on the mean of the gradients since; updates are zero in between.
 *
 * @param opt the optimiser
 * @param everyKSchedule k, or a function from the number of updates so far to it
 * @see optax.MultiSteps
 * @example
 * const tx = new optim.MultiSteps(optim.sgd(1), 2);
 * let state = tx.init(np.array(0));
 * const [first, next] = tx.update(np.array(1), state);
 * first.item(); // 0
 * tx.update(np.array(3), next)[0].item(); // -2
 */
export class MultiSteps<S = unknown> implements GradientTransformation<MultiStepsState<S, OfParams>> {
  readonly innerOpt: GradientTransformation<S>;
  readonly #made: GradientTransformation<MultiStepsState<S, OfParams>>;

  constructor(
    opt: GradientTransformation<S>,
    everyKSchedule: ArrayLike | Schedule,
    options: MultiStepsOptions = {},
  ) {
    checkOptions("MultiSteps", options, ["useGradMean", "shouldSkipUpdateFn", "accumulatorDtype"]);
    this.innerOpt = opt;
    const made = multiSteps(opt, everyKSchedule, options);
    this.#made = made as GradientTransformation<unknown> as GradientTransformation<
      MultiStepsState<S, OfParams>
    >;
  }

  init<P>(params: P): StateFor<MultiStepsState<S, OfParams>, ArrayTree<P>> {
    return this.#made.init(params);
  }

  update<P, Q>(
    updates: P,
    state: StateFor<MultiStepsState<S, OfParams>, Q>,
    params?: LikeTree<P> | null,
    extra?: ExtraArgs,
  ): [ArrayTree<P>, StateFor<MultiStepsState<S, OfParams>, Q>] {
    return this.#made.update(updates, state, params, extra);
  }

  /** Whether the last step changed the parameters. */
  hasUpdated(state: MultiStepsState): NDArray {
    return np.logicalAnd(np.equal(state.miniStep, 0), np.greater(state.gradientStep, 0));
  }

  /** The transformation without the class. */
  gradientTransformation(): GradientTransformation<MultiStepsState<S, OfParams>> {
    return this.#made;
  }
}

const neverSkip: ShouldSkipUpdateFunction = () => [np.array(false), []];

function checkSkip(skip: unknown): void {
  if (skip instanceof NDArray && skip.dtype === "bool" && skip.ndim === 0) return;
  const got = skip instanceof NDArray ? `${skip.dtype}[${skip.shape.join(",")}]` : typeof skip;
  throw new ArgumentError(
    `MultiSteps: shouldSkipUpdateFn must return [a boolean scalar, state]; the first is ${got}.`,
  );
}

function multiSteps(
  opt: GradientTransformation<unknown>,
  every: ArrayLike | Schedule,
  { useGradMean = true, shouldSkipUpdateFn, accumulatorDtype = "float32" }: MultiStepsOptions,
): GradientTransformation<MultiStepsState> {
  const shouldSkip = shouldSkipUpdateFn ?? neverSkip;
  type State = MultiStepsState;

  const accumulate = (updates: unknown, state: State): unknown =>
    mapArrays(
      (g, acc) => {
        if (!useGradMean) return np.add(g, acc);
        return np.add(acc, np.divide(np.subtract(g, acc), np.add(state.miniStep, 1).astype(acc.dtype)));
      },
      updates,
      state.accGrads,
    );

  const step = (
    updates: unknown,
    state: State,
    params: unknown,
    extra: ExtraArgs,
  ): readonly [unknown, State] => {
    const k = typeof every === "function" ? every(state.gradientStep) : every;
    const acc = accumulate(updates, state);
    const [out, inner] = opt.update(trees.castLike(acc, updates), state.innerOptState, params, extra);
    const emit = np.equal(state.miniStep, np.subtract(k, 1));
    const next = mapArrays(
      (before, after) => np.where(emit, after, before).astype(before.dtype),
      state.innerOptState,
      inner,
    );
    return [
      mapArrays((u) => np.multiply(emit, u), out),
      {
        miniStep: np.mod(safeIncrement(state.miniStep), k).astype("int32"),
        gradientStep: np.where(emit, safeIncrement(state.gradientStep), state.gradientStep),
        innerOptState: next,
        accGrads: mapArrays(
          (a, before) => np.where(emit, np.zerosLike(a), a).astype(before.dtype),
          acc,
          state.accGrads,
        ),
        skipState: null,
      },
    ];
  };

  return transformation<State>(
    (params) => {
      const zeros = trees.zerosLike(params);
      return {
        miniStep: counter(),
        gradientStep: counter(),
        innerOptState: opt.init(params),
        accGrads: trees.zerosLike(params, accumulatorDtype),
        skipState: shouldSkip(zeros, counter(), params)[1],
      };
    },
    (updates, state, params, extra) => {
      const [skip, skipState] = shouldSkip(updates, state.gradientStep, params);
      checkSkip(skip);
      const held = { ...state, skipState: null };
      const pair =
        shouldSkip === neverSkip
          ? step(updates, held, params, extra)
          : choose(
              skip,
              () => [mapArrays((u) => np.zerosLike(asArray(u, "MultiSteps")), updates), held],
              () => step(updates, held, params, extra),
            );
      const [out, next] = pair as readonly [unknown, State];
      return [out, { ...next, skipState }];
    },
  );
}
