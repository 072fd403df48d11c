/** @file `checkpoint`: trade memory for time in reverse mode. */
import type { NDArray } from "../core/array.ts";
import { bind } from "../core/trace.ts";
import type { LikeArgs } from "../core/tree-types.ts";
import { checkpointP } from "../interpreters/remat.ts";
import { constsToInputs, traceToJaxpr } from "../interpreters/staging.ts";
import { FlatFunction, describeCall, flattenArgs, rebuildArgs } from "./flatten.ts";

/**
 * The same function, whose intermediate values are computed again in the backward pass instead of kept: the residuals of
 * a call are its arguments. The function is traced, so its control flow must not depend on values.
 *
 * @see jax.checkpoint (also known as remat)
 * @example
 * grad(checkpoint((x) => np.sin(np.sin(x))))(1).item(); // 0.36003948908…
 */
export function checkpoint<A extends NDArray[], R>(f: (...args: A) => R): (...args: LikeArgs<A>) => R;
export function checkpoint<A extends unknown[], R>(f: (...args: A) => R): (...args: LikeArgs<A>) => R;
export function checkpoint<A extends unknown[], R>(f: (...args: A) => R): (...args: LikeArgs<A>) => R {
  return (...args) => {
    const what = describeCall("checkpoint", f);
    const { arrays, defs } = flattenArgs(args, what);
    const fun = new FlatFunction(f, what, rebuildArgs(defs));
    const [jaxpr, consts] = constsToInputs(
      traceToJaxpr(
        fun.call,
        arrays.map((a) => a.aval),
        what,
      ),
    );
    return fun.result(bind(checkpointP, [...consts, ...arrays], { jaxpr })) as R;
  };
}
