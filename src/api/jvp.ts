/** @file Forward mode: `jvp`, `linearize`, `hvp`. */
import type { NDArray } from "../core/array.ts";
import { type Tangent, Zero } from "../core/zero.ts";
import { checkOptions } from "../base/errors.ts";
import { evalJaxpr } from "../core/jaxpr/eval.ts";
import { jvpFlat } from "../interpreters/jvp.ts";
import { linearizeFlat } from "../interpreters/linearize.ts";
import { instantiate } from "../interpreters/tangents.ts";
import { type AnyFunction, FlatFunction, describeCall, flattenArgs, rebuildArgs } from "./flatten.ts";
import { checkList, grad, matchTangents } from "./grad.ts";
import type { ArrayTree, AuxOf, LikeArgs, MainOf } from "../core/tree-types.ts";
import { ArgumentError } from "../base/errors.ts";

function tangentsOf(
  tangents: unknown,
  defs: ReturnType<typeof flattenArgs>["defs"],
  arrays: readonly NDArray[],
  name: string,
): Tangent[] {
  checkList(tangents, name, "tangents");
  const list = tangents as readonly unknown[];
  if (list.length !== defs.length) {
    throw new ArgumentError(`${name}: ${defs.length} primals need as many tangents; got ${list.length}.`);
  }
  let at = 0;
  return defs.flatMap((def, i) => {
    const avals = arrays.slice(at, at + def.numLeaves).map((a) => a.aval);
    at += def.numLeaves;
    return matchTangents(list[i], def, avals, `${name}: tangent ${i}`);
  });
}

/**
 * The value of a function at `primals` and its directional derivative along `tangents`.
 *
 * @returns `[out, tangentOut]`, or with `hasAux` `[out, tangentOut, aux]`
 * @throws TreeError, ShapeError, DTypeError if the tangents do not fit the primals
 * @see jax.jvp
 * @example
 * const [y, dy] = jvp((x) => np.sin(x), [0], [1]); // [0, 1]
 */
export function jvp<A extends NDArray[], R, H extends boolean = false>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  tangents: Readonly<LikeArgs<A>>,
  options?: { readonly hasAux?: H | undefined },
): H extends true ? [MainOf<R, H>, ArrayTree<MainOf<R, H>>, AuxOf<R>] : [R, ArrayTree<R>];
export function jvp<A extends unknown[], R, H extends boolean = false>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  tangents: Readonly<LikeArgs<A>>,
  options?: { readonly hasAux?: H | undefined },
): H extends true ? [MainOf<R, H>, ArrayTree<MainOf<R, H>>, AuxOf<R>] : [R, ArrayTree<R>];
export function jvp<A extends unknown[], R, H extends boolean = false>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  tangents: Readonly<LikeArgs<A>>,
  options?: { readonly hasAux?: H | undefined },
): H extends true ? [MainOf<R, H>, ArrayTree<MainOf<R, H>>, AuxOf<R>] : [R, ArrayTree<R>] {
  checkOptions("jvp", options, ["hasAux"]);
  const hasAux = options?.hasAux === true;
  const what = describeCall("jvp", f);
  checkList(primals, "jvp", "primals");
  const { arrays, defs } = flattenArgs(primals, what);
  const ts = tangentsOf(tangents, defs, arrays, "jvp");
  const fun = new FlatFunction(f, what, rebuildArgs(defs), hasAux);
  const [outs, outTangents] = jvpFlat(fun.call, arrays, ts, what);
  const tangentOut = fun.result(outTangents.map(instantiate));
  type Result = H extends true ? [MainOf<R, H>, ArrayTree<MainOf<R, H>>, AuxOf<R>] : [R, ArrayTree<R>];
  return (hasAux ? [fun.result(outs), tangentOut, fun.aux(outs)] : [fun.result(outs), tangentOut]) as Result;
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
export function linearize<A extends NDArray[], R, H extends boolean = false>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  options?: { readonly hasAux?: H | undefined },
): H extends true
  ? [MainOf<R, H>, (...tangents: LikeArgs<A>) => ArrayTree<MainOf<R, H>>, AuxOf<R>]
  : [R, (...tangents: LikeArgs<A>) => ArrayTree<R>];
export function linearize<A extends unknown[], R, H extends boolean = false>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  options?: { readonly hasAux?: H | undefined },
): H extends true
  ? [MainOf<R, H>, (...tangents: LikeArgs<A>) => ArrayTree<MainOf<R, H>>, AuxOf<R>]
  : [R, (...tangents: LikeArgs<A>) => ArrayTree<R>];
export function linearize<A extends unknown[], R, H extends boolean = false>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  options?: { readonly hasAux?: H | undefined },
): H extends true
  ? [MainOf<R, H>, (...tangents: LikeArgs<A>) => ArrayTree<MainOf<R, H>>, AuxOf<R>]
  : [R, (...tangents: LikeArgs<A>) => ArrayTree<R>] {
  checkOptions("linearize", options, ["hasAux"]);
  const hasAux = options?.hasAux === true;
  const what = describeCall("linearize", f);
  checkList(primals, "linearize", "primals");
  const { arrays, defs } = flattenArgs(primals, what);
  const fun = new FlatFunction(f, what, rebuildArgs(defs), hasAux);
  const lin = linearizeFlat(fun.call, arrays, what, { numDifferentiated: () => fun.numOuts });
  const push = (...tangents: unknown[]): unknown => {
    const ts = tangentsOf(tangents, defs, arrays, "the function of linearize");
    const given = ts.filter((_, i) => lin.inNonzero[i]).map(instantiate);
    const outs = evalJaxpr(lin.jaxpr.jaxpr, lin.jaxpr.consts, given);
    let at = 0;
    const full = lin.outs
      .slice(0, fun.numOuts)
      .map((o, i) => (lin.outNonzero[i] ? outs[at++] : instantiate(new Zero(o.aval))));
    return fun.result(full);
  };
  const out = fun.result(lin.outs);
  type Result = H extends true
    ? [MainOf<R, H>, (...tangents: LikeArgs<A>) => ArrayTree<MainOf<R, H>>, AuxOf<R>]
    : [R, (...tangents: LikeArgs<A>) => ArrayTree<R>];
  return (hasAux ? [out, push, fun.aux(lin.outs)] : [out, push]) as Result;
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
export function hvp<A extends unknown[]>(
  f: (...args: A) => NDArray,
  primals: Readonly<LikeArgs<A>>,
  tangents: Readonly<LikeArgs<A>>,
): ArrayTree<A[0]> {
  const gradient = grad(f as AnyFunction);
  const [, out] = jvp(gradient, primals as never, tangents as never);
  return out as ArrayTree<A[0]>;
}
