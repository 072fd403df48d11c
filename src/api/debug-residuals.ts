/** @file What reverse mode keeps of a function: a list with sizes. */
import type { NDArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { dtypeInfo } from "../dtypes/dtype.ts";
import { type Atom, type Jaxpr, subJaxprs } from "../core/jaxpr/ir.ts";
import type { LikeArgs } from "../core/tree-types.ts";
import { linearizeFlat } from "../interpreters/linearize.ts";
import { traceToJaxpr } from "../interpreters/staging.ts";
import { nameP } from "../lax/identities/checkpoint-name.ts";
import { type AnyFunction, argumentPaths, describeCall, flattenCall } from "./flatten.ts";

/** One array that the backward pass needs. */
export interface SavedResidual {
  readonly aval: ShapedArray;
  readonly bytes: number;
  /** Where it comes from: an argument, a constant, an operation. */
  readonly where: string;
}

/** Where an atom of a jaxpr comes from; bodies of calls are looked into. */
function origin(atom: Atom, jaxpr: Jaxpr, inputs: (i: number) => string): string {
  const input = (jaxpr.invars as readonly Atom[]).indexOf(atom);
  if (input >= 0) return inputs(input);
  const eqn = jaxpr.eqns.find((e) => e.outputs.includes(atom));
  if (eqn === undefined) return "a constant";
  const { primitive, params } = eqn;
  const body = primitive.kind === "call" ? (subJaxprs(params)[0] ?? null) : null;
  if (body !== null) {
    const out = body.jaxpr.outs[eqn.outputs.indexOf(atom)];
    return origin(out, body.jaxpr, (i) => origin(eqn.inputs[i], jaxpr, inputs));
  }
  if ((primitive as object) === nameP) return `named "${String(params.name)}"`;
  return `output of ${primitive.name}`;
}

/**
 * The arrays that the backward pass of a function keeps, besides the linear program: what `checkpoint`, its policies and
 * the loops' option `checkpoint` change. Nothing is computed.
 *
 * @see jax.ad_checkpoint.saved_residuals
 * @example
 * const f = (x: Array) => np.sin(np.sin(x));
 * savedResiduals(f, np.ones([4])).map((r) => r.bytes); // [32, 32]
 * savedResiduals(checkpoint(f), np.ones([4])).map((r) => r.where); // ["argument 0"]
 */
export function savedResiduals<A extends NDArray[]>(
  f: (...args: A) => unknown,
  ...args: LikeArgs<A>
): SavedResidual[];
export function savedResiduals<A extends unknown[]>(
  f: (...args: A) => unknown,
  ...args: LikeArgs<A>
): SavedResidual[];
export function savedResiduals(f: AnyFunction, ...args: unknown[]): SavedResidual[] {
  const what = describeCall("savedResiduals", f);
  const { arrays, fun } = flattenCall(f, args, what);
  const paths = argumentPaths(args);
  const { jaxpr } = traceToJaxpr(
    (xs) => linearizeFlat(fun.call, xs, what).jaxpr.consts,
    arrays.map((a) => a.aval),
    what,
  );
  return [...new Set(jaxpr.outs)].map((atom) => ({
    aval: atom.aval,
    bytes: atom.aval.size * dtypeInfo(atom.aval.dtype).bytes,
    where: origin(atom, jaxpr, (i) => paths[i]),
  }));
}

/**
 * Prints what `savedResiduals` finds, a line for each array, and the bytes of all.
 * @see jax.ad_checkpoint.print_saved_residuals
 * @example
 * printSavedResiduals((x: Array) => np.sin(x), np.ones([4])); // undefined
 */
export function printSavedResiduals<A extends NDArray[]>(
  f: (...args: A) => unknown,
  ...args: LikeArgs<A>
): void;
export function printSavedResiduals<A extends unknown[]>(
  f: (...args: A) => unknown,
  ...args: LikeArgs<A>
): void;
export function printSavedResiduals(f: (...args: unknown[]) => unknown, ...args: unknown[]): void {
  const found = savedResiduals(f, ...args);
  const lines = found.map((r) => `${r.aval.short()} ${r.where}`);
  const bytes = found.reduce((n, r) => n + r.bytes, 0);
  console.log([...lines, `${found.length} arrays, ${bytes} bytes`].join("\n"));
}
