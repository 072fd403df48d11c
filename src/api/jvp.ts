/** @file Forward mode: `jvp`, `linearize`, `hvp`. */
import { refuseMore } from "../base/checks.ts";
import type { NDArray } from "../core/array.ts";
import { evalJaxpr } from "../core/jaxpr/eval.ts";
import type { ArrayTree, LikeArgs } from "../core/tree-types.ts";
import { jvpFlat } from "../interpreters/jvp.ts";
import { linearizeFlat } from "../interpreters/linearize.ts";
import { instantiate, withZeros } from "../interpreters/tangents.ts";
import { partitionList } from "../base/util.ts";
import type { AnyFunction } from "./flatten.ts";
import { grad } from "./grad.ts";
import { type AuxOptions, callAtPrimals, tangentsOf } from "./primals.ts";
import type { JvpResult, LinearizeResult } from "./results.ts";

/**
 * The value of a function at `primals` and its directional derivative along `tangents`.
 *
 * @returns `[out, tangentOut]`, or with `hasAux` `[out, tangentOut, aux]`
 * @throws TreeError, ShapeError, DTypeError if the tangents do not fit the primals
 * @see jax.jvp
 * @example
 * const [y, dy] = jvp((x) => np.sin(x), [0], [1]); // [0, 1]
 */
export function jvp<A extends NDArray[], const R, H extends boolean = false>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  tangents: Readonly<LikeArgs<A>>,
  options?: AuxOptions<H>,
): JvpResult<R, H>;
export function jvp<A extends unknown[], const R, H extends boolean = false>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  tangents: Readonly<LikeArgs<A>>,
  options?: AuxOptions<H>,
): JvpResult<R, H>;
export function jvp(
  f: AnyFunction,
  primals: readonly unknown[],
  tangents: readonly unknown[],
  options?: AuxOptions,
  ...more: readonly unknown[]
): unknown {
  refuseMore("jvp", 4, more);
  const call = callAtPrimals("jvp", f, primals, options);
  const { arrays, fun } = call;
  const [outs, outTangents] = jvpFlat(fun.call, arrays, tangentsOf(tangents, call, "jvp"), fun.what);
  const tangentOut = fun.result(outTangents.map(instantiate));
  const out = fun.result(outs);
  return fun.hasAux ? [out, tangentOut, fun.aux(outs)] : [out, tangentOut];
}

/**
 * The value of a function at `primals`, and its derivative there as a linear function of tangents: many directions for
 * one evaluation of the function.
 *
 * @returns `[out, fJvp]`, or with `hasAux` `[out, fJvp, aux]`
 * @see jax.linearize
 * @example
 * const [y, push] = linearize((x) => np.sin(x), [0]);
 * push(2).item(); // 2
 */
export function linearize<A extends NDArray[], const R, H extends boolean = false>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  options?: AuxOptions<H>,
): LinearizeResult<A, R, H>;
export function linearize<A extends unknown[], const R, H extends boolean = false>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  options?: AuxOptions<H>,
): LinearizeResult<A, R, H>;
export function linearize(
  f: AnyFunction,
  primals: readonly unknown[],
  options?: AuxOptions,
  ...more: readonly unknown[]
): unknown {
  refuseMore("linearize", 3, more);
  const call = callAtPrimals("linearize", f, primals, options);
  const { arrays, fun } = call;
  const lin = linearizeFlat(fun.call, arrays, fun.what, { numDifferentiated: () => fun.numOuts });
  const values = lin.outs.slice(0, fun.numOuts);
  const push = (...tangents: unknown[]): unknown => {
    const ts = tangentsOf(tangents, call, "the function of linearize");
    const [, live] = partitionList(lin.inNonzero, ts);
    const outs = evalJaxpr(lin.jaxpr.jaxpr, lin.jaxpr.consts, live.map(instantiate));
    return fun.result(withZeros(values, lin.outNonzero.slice(0, fun.numOuts), outs).map(instantiate));
  };
  const out = fun.result(lin.outs);
  return fun.hasAux ? [out, push, fun.aux(lin.outs)] : [out, push];
}

/**
 * The product of the Hessian of a scalar-valued function (with respect to its first argument) with a vector: the
 * derivative of the gradient along `tangents`. Costs a small multiple of the function.
 *
 * @example
 * hvp((x) => x.mul(x).mul(x), [2], [1]).item(); // 12
 */
export function hvp<A extends NDArray[]>(
  f: (...args: A) => NDArray,
  primals: Readonly<LikeArgs<A>>,
  tangents: Readonly<LikeArgs<A>>,
): ArrayTree<A[0]>;
export function hvp<A extends unknown[]>(
  f: (...args: A) => NDArray,
  primals: Readonly<LikeArgs<A>>,
  tangents: Readonly<LikeArgs<A>>,
): ArrayTree<A[0]>;
export function hvp(
  f: AnyFunction,
  primals: readonly unknown[],
  tangents: readonly unknown[],
  ...more: readonly unknown[]
): unknown {
  refuseMore("hvp", 3, more);
  const [, out] = jvp(grad(f), primals as never, tangents as never);
  return out;
}
