/** @file `linearTranspose`: the transpose of a function that the user promises to be linear. */
import { refuseMore } from "../base/checks.ts";
import type { NDArray } from "../core/array.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { NonlinearError, UndefPrimal } from "../core/primitive.ts";
import type { ArrayTree, LikeArgs, LikeTree } from "../core/tree-types.ts";
import type { Tangent } from "../core/zero.ts";
import { DifferentiationError } from "../base/errors.ts";
import { traceToJaxpr } from "../interpreters/staging.ts";
import { instantiate } from "../interpreters/tangents.ts";
import { backwardPass } from "../interpreters/transpose.ts";
import { type AnyFunction, describeCall, flattenCall } from "./flatten.ts";
import { checkList, matchTangents } from "./primals.ts";

/**
 * The transpose of a function that is linear in all its arguments. Example primals give shapes and dtypes only.
 *
 * @returns a function from a cotangent of the result to the list of cotangents of the arguments
 * @see jax.linear_transpose
 * @example
 * const t = linearTranspose((x) => x.mul(2), [np.ones([3])]);
 * t(np.ones([3])); // [Array([2., 2., 2.])]
 */
export function linearTranspose<A extends NDArray[], const R>(
  f: (...args: A) => R,
  examplePrimals: Readonly<LikeArgs<A>>,
): (cotangent: LikeTree<R>) => ArrayTree<A>;
export function linearTranspose<A extends unknown[], const R>(
  f: (...args: A) => R,
  examplePrimals: Readonly<LikeArgs<A>>,
): (cotangent: LikeTree<R>) => ArrayTree<A>;
export function linearTranspose(
  f: AnyFunction,
  examplePrimals: readonly unknown[],
  ...more: readonly unknown[]
): (cotangent: unknown) => unknown {
  refuseMore("linearTranspose", 2, more);
  const what = describeCall("linearTranspose", f);
  checkList(examplePrimals, "linearTranspose", "examplePrimals");
  const { arrays, fun, rebuild } = flattenCall(f, examplePrimals, what);
  const avals = arrays.map((a) => a.aval.strong);
  const jaxpr = traceToJaxpr(fun.call, avals, what);
  return (cotangent) => {
    const cts = matchTangents(cotangent, fun.outDef, jaxpr.outAvals, "linearTranspose: cotangent");
    const args = jaxpr.inAvals.map((aval) => new UndefPrimal(aval));
    const out = transposeLinear(jaxpr, args, cts, what);
    return rebuild(out.map((ct) => instantiate(ct!)));
  };
}

/** A backward pass over a program of the user's, which may turn out not to be linear. */
function transposeLinear(
  jaxpr: ClosedJaxpr,
  args: readonly UndefPrimal[],
  cotangents: readonly Tangent[],
  what: string,
): (Tangent | null)[] {
  try {
    return backwardPass(jaxpr, args, cotangents);
  } catch (error) {
    if (!(error instanceof NonlinearError)) throw error;
    throw new DifferentiationError(
      `${what}: the function is not linear in its arguments: it applies ${error.primitive} to ` +
        `${error.several ? "several values that depend" : "a value that depends"} on them.`,
    );
  }
}
