/** @file Functions as programs: `makeJaxpr`, `evalShape`, `closureConvert`. */
import type { ArrayLike, NDArray } from "../core/array.ts";
import { type ShapedArray, shaped } from "../core/aval.ts";
import { type DType, isInexact, toDType } from "../dtypes/dtype.ts";
import { evalJaxpr } from "../core/jaxpr/eval.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { checkShape } from "../dtypes/shape.ts";
import { Tracer } from "../core/trace.ts";
import { type TreeDef, keystr, treeFlattenWithPath, treeUnflatten } from "../core/tree.ts";
import type { LikeArgs, LikeTree } from "../core/tree-types.ts";
import { traceToJaxpr } from "../interpreters/staging.ts";
import { partitionList, mergeLists } from "../base/util.ts";
import { FlatFunction, checkTree, describeCall, flattenArgs, leafArray, rebuildArgs } from "./flatten.ts";

/** A shape and a dtype in place of an array, for `evalShape` and `makeJaxpr`. */
export class ShapeDtypeStruct {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly weakType: boolean;

  constructor(shape: readonly number[], dtype: DType, weakType = false) {
    checkShape(shape, "ShapeDtypeStruct");
    this.shape = shape;
    this.dtype = toDType(dtype, "ShapeDtypeStruct");
    this.weakType = weakType;
  }
}

function avalsOf(args: readonly unknown[], what: string): { avals: ShapedArray[]; defs: TreeDef[] } {
  const avals: ShapedArray[] = [];
  const defs = args.map((arg, i) => {
    const [leaves, def] = treeFlattenWithPath(arg);
    for (const [path, leaf] of leaves) {
      avals.push(
        leaf instanceof ShapeDtypeStruct
          ? shaped(leaf.shape, leaf.dtype, leaf.weakType)
          : leafArray(leaf, `${what}: argument ${i}${keystr(path)}`, []).aval,
      );
    }
    return def;
  });
  return { avals, defs };
}

/** The arguments of `makeJaxpr` and `evalShape`: arrays, or shapes and dtypes in their place. */
export type AbstractArgs<A extends readonly unknown[]> = { [K in keyof A]: AbstractTree<LikeTree<A[K]>> };

type AbstractTree<T> = [T] extends [ArrayLike]
  ? T | ShapeDtypeStruct
  : T extends readonly unknown[] | { readonly [key: string]: unknown }
    ? { [K in keyof T]: AbstractTree<T[K]> }
    : T;

/**
 * The program that a function performs on arguments like the given ones: `String(makeJaxpr(f)(x))` prints it.
 *
 * @see jax.make_jaxpr
 * @example
 * String(makeJaxpr((x) => np.sin(x))(np.ones([3]))); // { lambda ; a:f64[3]. let b:f64[3] = sin a in (b,) }
 */
export function makeJaxpr<A extends NDArray[]>(
  f: (...args: A) => unknown,
): (...args: AbstractArgs<A>) => ClosedJaxpr;
export function makeJaxpr<A extends unknown[]>(
  f: (...args: A) => unknown,
): (...args: AbstractArgs<A>) => ClosedJaxpr;
export function makeJaxpr<A extends unknown[]>(
  f: (...args: A) => unknown,
): (...args: AbstractArgs<A>) => ClosedJaxpr {
  return (...args) => {
    const what = describeCall("makeJaxpr", f);
    const { avals, defs } = avalsOf(args, what);
    const fun = new FlatFunction(f, what, rebuildArgs(defs));
    return traceToJaxpr(fun.call, avals, what);
  };
}

/** The shapes and dtypes of a function's results, computed without computing them. @see jax.eval_shape */
export function evalShape<A extends NDArray[]>(f: (...args: A) => unknown, ...args: AbstractArgs<A>): unknown;
export function evalShape<A extends unknown[]>(f: (...args: A) => unknown, ...args: AbstractArgs<A>): unknown;
export function evalShape<A extends unknown[]>(
  f: (...args: A) => unknown,
  ...args: AbstractArgs<A>
): unknown {
  const what = describeCall("evalShape", f);
  const { avals, defs } = avalsOf(args, what);
  const fun = new FlatFunction(f, what, rebuildArgs(defs));
  const { outAvals } = traceToJaxpr(fun.call, avals, what);
  return treeUnflatten(
    fun.outDef,
    outAvals.map((a) => new ShapeDtypeStruct(a.shape, a.dtype, a.weakType)),
  );
}

/**
 * Makes the values that a function closed over into arguments: `[converted, values]` with
 * `converted(...args, ...values)` equal to `f(...args)`. Only values that may be differentiated are taken out.
 *
 * @see jax.closure_convert
 */
export function closureConvert<A extends NDArray[], R>(
  f: (...args: A) => R,
  ...examples: LikeArgs<A>
): [(...args: unknown[]) => R, NDArray[]];
export function closureConvert<A extends unknown[], R>(
  f: (...args: A) => R,
  ...examples: LikeArgs<A>
): [(...args: unknown[]) => R, NDArray[]];
export function closureConvert<A extends unknown[], R>(
  f: (...args: A) => R,
  ...examples: LikeArgs<A>
): [(...args: unknown[]) => R, NDArray[]] {
  const what = describeCall("closureConvert", f);
  const { arrays, defs } = flattenArgs(examples, what);
  const fun = new FlatFunction(f, what, rebuildArgs(defs));
  const { jaxpr, consts } = traceToJaxpr(
    fun.call,
    arrays.map((a) => a.aval),
    what,
  );
  const hoist = consts.map((c) => c instanceof Tracer && isInexact(c.dtype));
  const [kept, hoisted] = partitionList(hoist, consts);
  const converted = (...args: unknown[]): R => {
    const own = args.slice(0, defs.length);
    const values = args.slice(defs.length).map((v, i) => leafArray(v, `${what}: value ${i}`, []));
    const { arrays: flat, defs: given } = flattenArgs(own, what);
    given.forEach((def, i) => checkTree(defs[i], def, `${what}: argument ${i}`));
    return fun.result(evalJaxpr(jaxpr, mergeLists(hoist, kept, values), flat)) as R;
  };
  return [converted, hoisted];
}
