/** @file Batching rules of the user's: `customVmap`, `sequentialVmap`. */
import { checkFunction, refuseMore } from "../base/checks.ts";
import { ArgumentError, ShapeError, TreeError } from "../base/errors.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import { jaxprAsFun } from "../core/jaxpr/eval.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { type BatchDim, type Primitive, definePrimitive, notLinear } from "../core/primitive.ts";
import { bind } from "../core/trace.ts";
import { type TreeDef, broadcastPrefix, treeUnflatten } from "../core/tree.ts";
import type { ArrayTree, LikeArgs } from "../core/tree-types.ts";
import { shapeString } from "../dtypes/shape.ts";
import {
  type AnyFunction,
  callWith,
  describeCall,
  flattenCall,
  flattenOutput,
  pairOf,
  traceCall,
} from "../api/flatten.ts";
import { moveBatch } from "../interpreters/batching.ts";
import { jvpJaxpr } from "../interpreters/jvp.ts";
import { constsToInputs } from "../interpreters/staging.ts";
import { arraysOf, nonzeroOf, withZeros } from "../interpreters/tangents.ts";
import { callOf } from "./bodies.ts";
import { mapLanes } from "./loops/lanes.ts";

/** What a rule gives: the results of all lanes, and which of them differ between lanes. */
type FlatRule = (
  size: number,
  batched: readonly boolean[],
  args: readonly NDArray[],
) => [NDArray[], boolean[]];

type CustomVmapParams = {
  readonly jaxpr: ClosedJaxpr;
  /** What the function closed over comes first: where that differs between lanes, there is no rule for it. */
  readonly numConsts: number;
  readonly name: string;
  /** Null: one lane after another. */
  readonly rule: FlatRule | null;
};

/** A call with a batching rule. Everything else is as if its body stood in its place. */
const customVmapP: Primitive<CustomVmapParams> = definePrimitive<CustomVmapParams>({
  name: "custom_vmap_call",
  ...callOf<CustomVmapParams>(({ jaxpr }) => jaxpr),
  jvp: (primals, tangents, { jaxpr: body }) => {
    const { jaxpr, consts, outNonzero } = jvpJaxpr(body, nonzeroOf(tangents));
    const outs = jaxprAsFun(jaxpr)([...consts, ...primals, ...arraysOf(tangents)]);
    const n = body.outAvals.length;
    return [outs.slice(0, n), withZeros(body.jaxpr.outs, outNonzero, outs.slice(n))];
  },
  transpose: notLinear,
  batch: (axis, args, dims, p, vmap) => {
    if (p.rule === null) return mapLanes(customVmapP)(axis, args, dims, p, vmap);
    const { numConsts, name } = p;
    if (dims.slice(0, numConsts).some((d) => d !== null)) {
      throw new ArgumentError(
        `vmap: ${name} closes over a value that differs between lanes, which its rule would not see. Make it an argument.`,
      );
    }
    const batched = dims.slice(numConsts).map((d) => d !== null);
    const front = moveBatch(
      axis,
      args.slice(numConsts),
      dims.slice(numConsts),
      batched.map((b): BatchDim => (b ? 0 : null)),
    );
    const [outs, differ] = p.rule(axis.size, batched, front);
    p.jaxpr.outAvals.forEach((aval, i) => {
      const shape = differ[i] ? [axis.size, ...aval.shape] : aval.shape;
      if (shapeString(outs[i].shape) !== shapeString(shape) || outs[i].dtype !== aval.dtype) {
        throw new ShapeError(
          `vmap: the rule of ${name} must give ${aval.dtype}${shapeString(shape)} as result ${i}; got ${outs[i].dtype}${shapeString(outs[i].shape)}.`,
        );
      }
    });
    return [outs, differ.map((d) => (d ? 0 : null))];
  },
});

/** For each array of a tree, whether it has an axis of lanes (in front). */
export type BatchedTree<T> = unknown extends T
  ? unknown
  : [T] extends [ArrayLike]
    ? boolean
    : T extends readonly unknown[] | { readonly [key: string]: unknown }
      ? { -readonly [K in keyof T]: BatchedTree<T[K]> }
      : boolean;

/** A rule for all lanes: results, and for each of them (or for a tree of them) whether it has an axis of lanes. */
export type VmapRule<A extends readonly unknown[], R> = (
  axisSize: number,
  inBatched: { -readonly [K in keyof A]: BatchedTree<A[K]> },
  ...args: A
) => readonly [out: R | ArrayTree<R>, outBatched: BatchedTree<R> | boolean];

/** A function with a batching rule of the user's. */
export interface CustomVmapFunction<A extends unknown[], R> {
  (...args: LikeArgs<A>): ArrayTree<R>;
  /** Gives the rule; returns it. */
  defVmap(rule: VmapRule<A, R>): VmapRule<A, R>;
}

/** The rule on flat lists. */
function flatRule(rule: AnyFunction, name: string, defs: readonly TreeDef[], outDef: TreeDef): FlatRule {
  return (size, batched, args) => {
    let at = 0;
    const trees = (leaves: readonly unknown[]): unknown[] => {
      at = 0;
      return defs.map((def) => treeUnflatten(def, leaves.slice(at, (at += def.numLeaves))));
    };
    const result = callWith(rule, [size, trees(batched), ...trees(args)]);
    const [out, flags] = pairOf(result, `vmap: the rule of ${name} must return [out, outBatched]`);
    const [outs, def] = flattenOutput(out, `the rule of ${name}`);
    if (!def.equals(outDef))
      throw new TreeError(
        `vmap: the rule of ${name} must return a tree like that of the function; got ${String(def)}.`,
      );
    const differ = broadcastPrefix(flags, treeUnflatten(outDef, outs), `vmap: outBatched of ${name}`).map(
      Boolean,
    );
    return [outs, differ];
  };
}

function callCustom(
  name: string,
  f: AnyFunction,
  args: readonly unknown[],
  rule: AnyFunction | null,
): unknown {
  const what = describeCall(name, f);
  const { arrays, defs, fun } = flattenCall(f, args, what);
  const { jaxpr, consts } = constsToInputs(traceCall(fun, arrays));
  const flat = rule === null ? null : flatRule(rule, what, defs, fun.outDef);
  const params = { jaxpr, numConsts: consts.length, name: what, rule: flat };
  return fun.result(bind(customVmapP, [...consts, ...arrays], params));
}

/**
 * A function whose `vmap` is what a rule says: `f.defVmap((axisSize, inBatched, ...args) => [out, outBatched])`. The rule gets the
 * arguments of all lanes, with the axis of lanes in front where `inBatched` says so, and returns the results likewise. A `vmap` of a
 * `vmap` calls it once for each. Derivatives are those of the function itself.
 * @throws ArgumentError if there is no rule when one is needed, or the function closes over a value that differs between lanes
 * @throws ShapeError, TreeError if the rule returns other arrays than all lanes together have
 * @see jax.custom_batching.custom_vmap
 * @example
 * const solve = customVmap((a: Array, b: Array) => np.linalg.solve(a, b));
 * solve.defVmap((size, [aBatched, bBatched], a, b) =>
 *   aBatched || !bBatched ? [vmap((x, y) => np.linalg.solve(x, y), [aBatched ? 0 : null, bBatched ? 0 : null])(a, b), true]
 *   : [np.linalg.solve(a, b.T).T, true]);
 * vmap((b: Array) => solve(np.eye(2), b))(np.ones([3, 2])).shape; // [3, 2]
 */
export function customVmap<A extends NDArray[], const R>(f: (...args: A) => R): CustomVmapFunction<A, R>;
export function customVmap<A extends unknown[], const R>(f: (...args: A) => R): CustomVmapFunction<A, R>;
export function customVmap(
  f: AnyFunction,
  ...more: readonly unknown[]
): CustomVmapFunction<unknown[], unknown> {
  refuseMore("customVmap", 1, more);
  checkFunction("customVmap", "the first argument", f);
  let rule: AnyFunction | null = null;
  const missing = (): never => {
    throw new ArgumentError(`vmap: ${describeCall("customVmap", f)} has no rule; give it one with defVmap.`);
  };
  const call = (...args: unknown[]): unknown => callCustom("customVmap", f, args, rule ?? missing);
  return Object.assign(call as (...args: unknown[]) => never, {
    defVmap: (given: AnyFunction) => {
      checkFunction("defVmap", "the rule", given);
      rule = given;
      return given as never;
    },
  });
}

/**
 * A function that `vmap` runs for one lane after another, in a loop: where all at once would take too much memory.
 * @see jax.custom_batching.sequential_vmap
 * @example
 * const f = sequentialVmap((x: Array) => x.mul(2));
 * vmap(f)(np.array([1, 2])).js(); // [2, 4]
 */
export function sequentialVmap<A extends NDArray[], const R>(
  f: (...args: A) => R,
): (...args: LikeArgs<A>) => ArrayTree<R>;
export function sequentialVmap<A extends unknown[], const R>(
  f: (...args: A) => R,
): (...args: LikeArgs<A>) => ArrayTree<R>;
export function sequentialVmap(f: AnyFunction, ...more: readonly unknown[]): (...args: unknown[]) => unknown {
  refuseMore("sequentialVmap", 1, more);
  checkFunction("sequentialVmap", "the first argument", f);
  return (...args) => callCustom("sequentialVmap", f, args, null);
}
