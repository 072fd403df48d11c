/** @file `checkpoint`: trade memory for time in reverse mode. */
import type { NDArray } from "../core/array.ts";
import { bind } from "../core/trace.ts";
import type { LikeArgs } from "../core/tree-types.ts";
import { ArgumentError, checkOptions } from "../base/errors.ts";
import { type CheckpointPolicy, checkpointP } from "../interpreters/remat.ts";
import { constsToInputs, traceToJaxpr } from "../interpreters/staging.ts";
import { chosen, place } from "../base/util.ts";
import { FlatFunction, describeCall, flattenArgs, rebuildArgs } from "./flatten.ts";

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

/** Which arguments are not static. */
function dynamicFlags(
  args: readonly unknown[],
  option: CheckpointOptions["staticArgnums"],
  what: string,
): boolean[] {
  const given = option === undefined ? [] : typeof option === "number" ? [option] : option;
  const out = args.map(() => true);
  for (const n of given) {
    const i = n < 0 ? n + args.length : n;
    if (!Number.isInteger(n) || i < 0 || i >= args.length) {
      throw new ArgumentError(
        `${what}: staticArgnums names argument ${n}, but the call has ${args.length} arguments.`,
      );
    }
    out[i] = false;
  }
  return out;
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
export function checkpoint<A extends NDArray[], R>(
  f: (...args: A) => R,
  options?: CheckpointOptions,
): (...args: LikeArgs<A>) => R;
export function checkpoint<A extends unknown[], R>(
  f: (...args: A) => R,
  options?: CheckpointOptions,
): (...args: LikeArgs<A>) => R;
export function checkpoint<A extends unknown[], R>(
  f: (...args: A) => R,
  options?: CheckpointOptions,
): (...args: LikeArgs<A>) => R {
  checkOptions("checkpoint", options, ["policy", "preventCse", "staticArgnums"]);
  const policy = options?.policy ?? null;
  if (policy !== null && typeof policy !== "function") {
    throw new ArgumentError(
      `checkpoint: policy must be a function, such as those of checkpointPolicies; got ${typeof policy}.`,
    );
  }
  const preventCse = options?.preventCse ?? true;
  return (...args) => {
    const what = describeCall("checkpoint", f);
    const isDynamic = dynamicFlags(args, options?.staticArgnums, what);
    const { arrays, defs } = flattenArgs(chosen(args, isDynamic), what);
    const rebuild = rebuildArgs(defs);
    const fun = new FlatFunction(f, what, (flat) => place(isDynamic, rebuild(flat), (i) => args[i]));
    const avals = arrays.map((a) => a.aval);
    const { jaxpr, consts } = constsToInputs(traceToJaxpr(fun.call, avals, what));
    return fun.result(bind(checkpointP, [...consts, ...arrays], { jaxpr, policy, preventCse })) as R;
  };
}
