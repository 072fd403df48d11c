/** @file Lookahead: fast parameters that an optimiser moves, and slow ones that follow them now and then. */
import { refuseMore, checkWhole } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import { checkOptions } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as np from "../../numpy/index.ts";
import { type GradientTransformation, type StateFor, checkTransformation, requireParams } from "./base.ts";
import { counter, oneMinus } from "../parameters/scalars.ts";
import { mapArrays } from "../trees/leaves.ts";

/** Two sets of parameters; gradients are taken at the fast ones, the slow ones are the result. */
export type LookaheadParams<P = unknown> = { readonly fast: P; readonly slow: P };

/** The optimiser's state, and the steps since the slow parameters followed. */
export type LookaheadState<S = unknown> = { readonly fastState: S; readonly stepsSinceSync: NDArray };

/** As a gradient transformation; gradients are of the fast parameters, updates of both. */
export interface LookaheadTransformation<S> {
  init<P>(params: LookaheadParams<P>): LookaheadState<StateFor<S, ArrayTree<P>>>;
  update<P, Q>(
    updates: P,
    state: LookaheadState<StateFor<S, Q>>,
    params: LookaheadParams,
  ): [LookaheadParams<ArrayTree<P>>, LookaheadState<StateFor<S, Q>>];
}

/**
 * The start of `lookahead`: both sets of parameters are those given.
 * @see optax.LookaheadParams.init_synced; Zhang et al. (2019)
 * @example
 * optim.lookaheadParams(np.array([1, 2])); // { fast: [1, 2], slow: [1, 2] }
 */
export const lookaheadParams = <P>(params: P, ...more: []): LookaheadParams<P> => {
  refuseMore("lookaheadParams", 1, more);
  return { fast: params, slow: params };
};

/** Options of `lookahead`. */
export interface LookaheadOptions {
  /** Start the optimiser afresh at every synchronisation. */
  readonly resetState?: boolean | undefined;
}

/**
 * Every `syncPeriod` steps of the fast optimiser the slow parameters go `slowStepSize` of the way to the fast ones, which
 * then start from there again. Its parameters are those of `lookaheadParams`.
 * @see optax.lookahead
 * @example
 * const tx = optim.lookahead(optim.sgd(1), 1, 0.5);
 * const p = optim.lookaheadParams(np.array(0));
 * const [u] = tx.update(np.array(-2), tx.init(p), p);
 * optim.applyUpdates(p, u).slow.item(); // 1
 */
export function lookahead<S>(
  fastOptimizer: GradientTransformation<S>,
  syncPeriod: number,
  slowStepSize: ArrayLike,
  options: LookaheadOptions | boolean = {},
  ...more: []
): LookaheadTransformation<S> {
  refuseMore("lookahead", 4, more);
  checkTransformation("lookahead", "the fast optimiser", fastOptimizer);
  checkWhole("lookahead", "syncPeriod", syncPeriod, 1);
  asArray(slowStepSize, "lookahead: slowStepSize");
  if (typeof options !== "boolean") checkOptions("lookahead", options, ["resetState"]);
  const reset = typeof options === "boolean" ? options : options.resetState === true;
  const inner: GradientTransformation<unknown> = fastOptimizer;
  const made = {
    init: (params: LookaheadParams) => ({ fastState: inner.init(params.fast), stepsSinceSync: counter() }),
    update: (updates: unknown, state: LookaheadState, params: LookaheadParams) => {
      const { fast, slow } = requireParams("lookahead", params) as LookaheadParams;
      const [moved, next] = inner.update(updates, state.fastState, fast);
      const sync = np.equal(state.stepsSinceSync, syncPeriod - 1);
      const apart = mapArrays((f, u, s) => np.subtract(np.add(f, u), s), fast, moved, slow);
      const where = (d: NDArray): NDArray => np.where(sync, d, 0);
      const both = {
        fast: mapArrays(
          (u, d) => np.subtract(u, np.multiply(oneMinus(slowStepSize), where(d))),
          moved,
          apart,
        ),
        slow: mapArrays((d) => np.multiply(slowStepSize, where(d)), apart),
      };
      const start = reset ? inner.init(fast) : next;
      const fastState = reset ? mapArrays((a, b) => np.where(sync, b, a), next, start) : next;
      const stepsSinceSync = np.mod(np.add(state.stepsSinceSync, 1), syncPeriod);
      return [both, { fastState, stepsSinceSync }];
    },
  };
  return made as LookaheadTransformation<unknown> as LookaheadTransformation<S>;
}
