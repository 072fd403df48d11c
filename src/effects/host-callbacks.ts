/** @file `pureCallback` and `ioCallback`: functions of the host with results, called from within programs. */
import { checkFlag, checkFunction, checkOneOf } from "../base/checks.ts";
import type { NDArray } from "../core/array.ts";
import { bind } from "../core/trace.ts";
import { type AnyFunction, ArraysAside, callWith } from "../api/flatten.ts";
import type { ShapeDtypeStruct } from "../api/staging.ts";
import type { Primitive } from "../core/primitive.ts";
import {
  type CallbackParams,
  HostFunction,
  type VmapMethod,
  ioCallbackP,
  pureCallbackP,
} from "./callback.ts";
import { optionsBehind } from "./options.ts";
import { type HostArgs, type ResultSpec, Results, isNumeric } from "./trees.ts";

/** The tree of arrays that a tree of shapes and dtypes stands for. */
export type ResultsOf<S> = S extends null
  ? null
  : S extends ResultSpec | ShapeDtypeStruct | NDArray
    ? NDArray
    : S extends readonly unknown[] | { readonly [key: string]: unknown }
      ? { -readonly [K in keyof S]: ResultsOf<S[K]> }
      : never;

/** Options of `pureCallback`, behind its arguments. */
export interface PureCallbackOptions {
  readonly vmapMethod?: VmapMethod | null | undefined;
}

/** Options of `ioCallback`, behind its arguments. */
export interface IoCallbackOptions {
  readonly ordered?: boolean | undefined;
}

function callHost(
  primitive: Primitive<CallbackParams>,
  name: string,
  f: AnyFunction,
  specs: unknown,
  args: readonly unknown[],
  how: Pick<CallbackParams, "vmapMethod" | "ordered">,
): unknown {
  checkFunction(name, "the first argument", f);
  const results = new Results(specs, name);
  const given = new ArraysAside(args, isNumeric, name);
  const { arrays } = given;
  const callback = new HostFunction(name, (values, outAvals) =>
    results.check(callWith(f, given.rebuild(values) as unknown[]), outAvals),
  );
  const params = {
    callback,
    inAvals: arrays.map((x) => x.aval),
    outAvals: results.avals,
    inParts: false,
    ...how,
  };
  return results.tree(bind(primitive, arrays, params));
}

const vmapMethods = [
  "sequential",
  "sequentialUnrolled",
  "expandDims",
  "broadcastAll",
  "legacyVectorized",
] as const;

/**
 * Calls a function of the host from within a program, compiled ones too: it gets arrays with values, in the trees in which they were
 * given, and returns what `resultShapeDtypes` promises. It must depend on its arguments alone: it may be called once for several
 * equal calls, more often than it is written, or not at all if nobody needs the result.
 *
 * Under `vmap`, the option `vmapMethod` (behind the arguments) says how: `"sequential"` calls it for one lane after another,
 * `"sequentialUnrolled"` likewise, each call written out; `"expandDims"`, `"broadcastAll"` and `"legacyVectorized"` call it once with a
 * leading axis of lanes on batched arguments, and on the others one of size 1, one of all lanes, or none; the results must have
 * it.
 *
 * @param callback numbers may stand for 0-d results; they take the dtype that is promised
 * @param resultShapeDtypes `{ shape, dtype }`, or a tree of such
 * @throws OutputError if the function returns something else than it promised
 * @throws DifferentiationError under `grad` and `jvp`: wrap it in `customJvp` or `customVjp`
 * @throws ArgumentError under `vmap` without a method
 * @see jax.pure_callback
 * @example
 * const f = jit((x: Array) => pureCallback((v: Array) => Math.cbrt(v.item()), { shape: [], dtype: "float64" }, x).mul(2));
 * f(27).item(); // 6
 */
export function pureCallback<const S, const A extends readonly unknown[]>(
  callback: (...args: HostArgs<A>) => unknown,
  resultShapeDtypes: S,
  ...args: A
): ResultsOf<S> {
  const [given, options] = optionsBehind(args, ["vmapMethod"]);
  const method = options.vmapMethod ?? null;
  if (method !== null) checkOneOf("pureCallback", "vmapMethod", method, vmapMethods);
  const how = { vmapMethod: method, ordered: false };
  return callHost(pureCallbackP, "pureCallback", callback, resultShapeDtypes, given, how) as ResultsOf<S>;
}

/**
 * As `pureCallback`, for functions that do something: called exactly as often as the program comes to it, never left out. With the
 * option `ordered: true` (behind the arguments) in the order of the program; others keep it as well in this library, but other
 * systems that run an exported program may not.
 * @param resultShapeDtypes `{ shape, dtype }`, a tree of such, or null for a function without a result
 * @throws OutputError if the function returns something else than it promised
 * @throws DifferentiationError if an argument has a derivative
 * @throws ArgumentError under `vmap`, if it is ordered
 * @see jax.experimental.io_callback
 * @example
 * const seen: number[] = [];
 * const f = jit((x: Array) => {
 *   ioCallback((v: Array) => void seen.push(v.item()), null, x.mul(2));
 *   return x;
 * });
 * f(4);
 * seen; // [8]
 */
export function ioCallback<const S, const A extends readonly unknown[]>(
  callback: (...args: HostArgs<A>) => unknown,
  resultShapeDtypes: S,
  ...args: A
): ResultsOf<S> {
  const [given, options] = optionsBehind(args, ["ordered"]);
  const ordered = options.ordered ?? false;
  checkFlag("ioCallback", "ordered", ordered);
  const how = { vmapMethod: null, ordered };
  return callHost(ioCallbackP, "ioCallback", callback, resultShapeDtypes, given, how) as ResultsOf<S>;
}
