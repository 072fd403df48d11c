/** @file `checkpoint`: trade memory for time in reverse mode. */
import { refuseMore } from "../base/checks.ts";
import type { NDArray } from "../core/array.ts";
import { bind } from "../core/trace.ts";
import type { ArrayTree, LikeArgs } from "../core/tree-types.ts";
import { ArgumentError, checkOptions } from "../base/errors.ts";
import { type CheckpointPolicy, checkpointP } from "../interpreters/remat.ts";
import { constsToInputs } from "../interpreters/staging.ts";
import { traceStateful, writeBack } from "../interpreters/state.ts";
import { barrierAfter } from "../lax/identities/optimization-barrier.ts";
import { type AnyFunction, describeCall, flagArguments, flattenCall, numberList } from "./flatten.ts";

/** Options of `checkpoint`. */
export interface CheckpointOptions {
  /** Which intermediate values are kept all the same; none by default. See `checkpointPolicies`. */
  readonly policy?: CheckpointPolicy | null | undefined;
  /**
   * Keep compilers from merging the recomputation with what the forward pass computed: true by default. In the body of a
   * scan there is nothing to merge, and it may be off.
   */
  readonly preventCse?: boolean | undefined;
  /** Arguments that are passed to the function as they are: any values. */
  readonly staticArgnums?: number | readonly number[] | undefined;
}

/**
 * The same function, whose intermediate values are computed again in the backward pass instead of kept: the residuals of
 * a call are its arguments, and what the policy saves. The function is traced, so its control flow must not depend on
 * values.
 *
 * @see jax.checkpoint (also known as remat)
 * @example
 * grad(checkpoint((x) => np.sin(np.sin(x))))(1).item(); // 0.36003948908…
 */
export function checkpoint<A extends NDArray[], const R>(
  f: (...args: A) => R,
  options?: CheckpointOptions,
): (...args: LikeArgs<A>) => ArrayTree<R>;
export function checkpoint<A extends unknown[], const R>(
  f: (...args: A) => R,
  options?: CheckpointOptions,
): (...args: LikeArgs<A>) => ArrayTree<R>;
export function checkpoint(
  f: AnyFunction,
  options?: CheckpointOptions,
  ...more: readonly unknown[]
): (...args: unknown[]) => unknown {
  refuseMore("checkpoint", 2, more);
  checkOptions("checkpoint", options, ["policy", "preventCse", "staticArgnums"]);
  const policy = options?.policy ?? null;
  if (policy !== null && typeof policy !== "function") {
    throw new ArgumentError(
      `checkpoint: policy must be a function, such as those of checkpointPolicies; got ${typeof policy}.`,
    );
  }
  const barrier = (options?.preventCse ?? true) ? barrierAfter : null;
  const statics = numberList(options?.staticArgnums);
  return (...args) => {
    const what = describeCall("checkpoint", f);
    const isStatic = flagArguments(statics, args.length, "staticArgnums", what);
    const { arrays, fun } = flattenCall(f, args, what, false, isStatic);
    const avals = arrays.map((a) => a.aval);
    // References from outside are more arguments and results: what is computed again starts from what they held, and changes none.
    const { closed, cells, written } = traceStateful(fun.call, avals, what);
    const { jaxpr, consts } = constsToInputs(closed);
    const held = cells.map((cell) => cell.value);
    const outs = bind(checkpointP, [...consts, ...arrays, ...held], { jaxpr, policy, barrier });
    const numResults = outs.length - cells.length;
    writeBack({ cells, written }, outs.slice(numResults));
    return fun.result(outs.slice(0, numResults));
  };
}
