/** @file Functions as programs: `makeJaxpr`, `evalShape`, `closureConvert`. */
import { refuseMore } from "../base/checks.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import { type ShapedArray, shaped } from "../core/aval.ts";
import { type DType, isInexact, toDType } from "../dtypes/dtype.ts";
import { evalJaxpr } from "../core/jaxpr/eval.ts";
import { type ClosedJaxpr, jaxprPrinter } from "../core/jaxpr/ir.ts";
import { printClosedJaxpr } from "../core/jaxpr/print.ts";
import { retraceable } from "../core/jaxpr/sources.ts";
import { checkShape } from "../dtypes/shape.ts";
import { Tracer } from "../core/trace.ts";
import { type TreeDef, keystr, treeFlattenWithPath, treeUnflatten } from "../core/tree.ts";
import type { LikeArgs, LikeTree } from "../core/tree-types.ts";
import { asArray } from "../lax/operands/convert.ts";
import { traceToJaxpr } from "../interpreters/staging.ts";
import { partitionList, mergeLists } from "../base/util.ts";
import {
  type AnyFunction,
  FlatFunction,
  checkTree,
  describeCall,
  flattenArgs,
  flattenCall,
  leafArray,
  rebuildArgs,
  traceCall,
} from "./flatten.ts";

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

/** The program of a function on arguments with shapes and dtypes in place of arrays. */
export function traceAbstract(
  name: string,
  f: AnyFunction,
  args: readonly unknown[],
): { jaxpr: ClosedJaxpr; fun: FlatFunction; defs: readonly TreeDef[] } {
  const what = describeCall(name, f);
  const avalOf = (leaf: unknown, where: string): ShapedArray =>
    leaf instanceof ShapeDtypeStruct
      ? shaped(leaf.shape, leaf.dtype, leaf.weakType)
      : leafArray(leaf, where, []).aval;
  const trees = args.map((arg) => treeFlattenWithPath(arg));
  const avals = trees.flatMap(([leaves], i) =>
    leaves.map(([path, leaf]) => avalOf(leaf, `${what}: argument ${i}${keystr(path)}`)),
  );
  const defs = trees.map(([, def]) => def);
  const fun = new FlatFunction(f, what, rebuildArgs(defs));
  return { jaxpr: traceToJaxpr(fun.call, avals, what), fun, defs };
}

/** The arguments of `makeJaxpr` and `evalShape`: arrays, or shapes and dtypes in their place. */
export type AbstractArgs<A extends readonly unknown[]> = { [K in keyof A]: AbstractTree<LikeTree<A[K]>> };

type AbstractTree<T> = [T] extends [ArrayLike]
  ? T | ShapeDtypeStruct
  : T extends readonly unknown[] | { readonly [key: string]: unknown }
    ? { [K in keyof T]: AbstractTree<T[K]> }
    : T;

/** The tree of a result with shapes and dtypes in place of its arrays. */
export type ShapesOf<T> = unknown extends T
  ? unknown
  : [T] extends [ArrayLike]
    ? ShapeDtypeStruct
    : T extends readonly unknown[] | { readonly [key: string]: unknown }
      ? { -readonly [K in keyof T]: ShapesOf<T[K]> }
      : T;

/**
 * The program that a function performs on arguments like the given ones: `String(makeJaxpr(f)(x))` prints it, and its method
 * `toString({ sourceLines: true })` with the user's line behind each equation (for which `f` is traced again, unless the setting
 * `sourceLines` has them recorded at once).
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
export function makeJaxpr(f: AnyFunction, ...more: readonly unknown[]): (...args: unknown[]) => ClosedJaxpr {
  refuseMore("makeJaxpr", 1, more);
  jaxprPrinter.install(printClosedJaxpr);
  return (...args) => retraceable(() => traceAbstract("makeJaxpr", f, args).jaxpr);
}

/**
 * The shapes and dtypes of a function's results, found without computing them: a tree like the result, with a
 * `ShapeDtypeStruct` at each leaf. Arguments may be such structs too.
 * @throws OutputError if the function returns anything but arrays
 * @see jax.eval_shape
 * @example
 * const out = evalShape((x) => np.dot(x, x), new ShapeDtypeStruct([1000], "float32"));
 * [out.shape, out.dtype]; // [[], "float32"]
 */
export function evalShape<A extends NDArray[], const R>(
  f: (...args: A) => R,
  ...args: AbstractArgs<A>
): ShapesOf<R>;
export function evalShape<A extends unknown[], const R>(
  f: (...args: A) => R,
  ...args: AbstractArgs<A>
): ShapesOf<R>;
export function evalShape(f: AnyFunction, ...args: unknown[]): unknown {
  const { jaxpr, fun } = traceAbstract("evalShape", f, args);
  const structs = jaxpr.outAvals.map((a) => new ShapeDtypeStruct(a.shape, a.dtype, a.weakType));
  return treeUnflatten(fun.outDef, structs);
}

/**
 * Makes the values that a function closed over into arguments: `[converted, values]` with `converted(...args,
 * ...values)` equal to `f(...args)`. Only values that may be differentiated, those of an enclosing transformation, are
 * taken out.
 * @param examples arguments that the function is traced with
 * @throws TreeError if the converted function is called with arguments of another structure
 * @see jax.closure_convert
 * @example
 * grad((a: Array) => {
 *   const [converted, values] = closureConvert((x: Array) => x.mul(a), 2);
 *   return converted(2, ...values);
 * })(3).item(); // 2
 */
export function closureConvert<A extends NDArray[], R>(
  f: (...args: A) => R,
  ...examples: LikeArgs<A>
): [(...args: unknown[]) => R, NDArray[]];
export function closureConvert<A extends unknown[], R>(
  f: (...args: A) => R,
  ...examples: LikeArgs<A>
): [(...args: unknown[]) => R, NDArray[]];
export function closureConvert(
  f: AnyFunction,
  ...examples: unknown[]
): [(...args: unknown[]) => unknown, NDArray[]] {
  const what = describeCall("closureConvert", f);
  const { arrays, defs, fun } = flattenCall(f, examples, what);
  const { jaxpr, consts } = traceCall(fun, arrays);
  const hoist = consts.map((c) => c instanceof Tracer && isInexact(c.dtype));
  const [kept, hoisted] = partitionList(hoist, consts);
  const converted = (...args: unknown[]): unknown => {
    const own = args.slice(0, defs.length);
    const values = args.slice(defs.length).map((v, i) => leafArray(v, `${what}: value ${i}`, []));
    const { arrays: flat, defs: given } = flattenArgs(own, what);
    given.forEach((def, i) => checkTree(defs[i], def, `${what}: argument ${i}`));
    return fun.result(evalJaxpr(jaxpr, mergeLists(hoist, kept, values), flat));
  };
  return [converted, hoisted];
}

/**
 * The type of an array, number, boolean or typed array: its shape, dtype and weakness, printed as jaxprs do. Under a
 * transformation that of the value as the function sees it.
 * @throws ArgumentError for anything else
 * @see jax.typeof
 * @example
 * String(typeof_(np.ones([2, 3], "float32"))); // "f32[2,3]"
 * String(typeof_(1)); // "~f64[]"
 */
export const typeof_ = (x: ArrayLike, ...more: []): ShapedArray => {
  refuseMore("typeof", 1, more);
  return asArray(x, "typeof_").aval;
};
