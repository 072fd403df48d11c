/** @file Derivative rules of the user's: `customJvp`, `customVjp`, `customGradient`. */
import { refuseMore } from "../base/checks.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import { isInexact } from "../dtypes/dtype.ts";
import { type CustomJvpCall, type CustomVjpCall, currentTrace } from "../core/trace.ts";
import { type TreeDef, keystr, treeFlattenWithPath, treeUnflatten } from "../core/tree.ts";
import type { ArrayTree, LikeArgs } from "../core/tree-types.ts";
import { type Tangent, Zero, isZero } from "../core/zero.ts";
import { ArgumentError, DTypeError, ShapeError, TreeError, checkOptions } from "../base/errors.ts";
import { belongsTo } from "../interpreters/custom-call.ts";
import { addTangents, instantiate } from "../interpreters/tangents.ts";
import { traceToJaxpr } from "../interpreters/staging.ts";
import { CustomVJPPrimal, SymbolicZero } from "./rules/symbolic-zero.ts";
import { treeMap } from "../core/tree.ts";
import { arraysEqual } from "../base/util.ts";
import { evalJaxpr } from "../core/jaxpr/eval.ts";
import type { Jaxpr } from "../core/jaxpr/ir.ts";
import { asDType } from "../lax/operands/convert.ts";
import {
  type AnyFunction,
  ArraysAside,
  type FlatCall,
  FlatFunction,
  callWith,
  checkTree,
  describeCall,
  describeList,
  flagArguments,
  flattenCall,
  flattenOutput,
  leafArray,
  pairOf,
  splitAux,
  splitLeaves,
} from "./flatten.ts";

/** Options of `customJvp` and `customVjp`. */
export interface CustomOptions {
  /** Arguments that are not differentiated and reach the rules first, as they are: functions, options, numbers. */
  readonly nondiffArgnums?: readonly number[] | undefined;
}

/** A call of a function with rules: what is differentiated, flat, and what is not. */
interface CustomCall extends FlatCall {
  readonly what: string;
  readonly nondiff: readonly unknown[];
}

function callOf(
  name: string,
  f: AnyFunction,
  args: readonly unknown[],
  options: CustomOptions | undefined,
): CustomCall {
  const what = describeCall(name, f);
  const numbers = options?.nondiffArgnums ?? [];
  const isNondiff = flagArguments(numbers, args.length, "nondiffArgnums", what, 0);
  return { what, nondiff: numbers.map((n) => args[n]), ...flattenCall(f, args, what, false, isNondiff) };
}

/** A rule that was set. */
function ruleOf<T>(rule: T | null, what: string, setters: string): T {
  if (rule !== null) return rule;
  throw new ArgumentError(`${what}: no derivative rule is set; call ${setters} before differentiating.`);
}

/** A tangent or cotangent from a rule, brought to its primal's dtype; integers have none. */
function ruleTangent(t: NDArray, primal: NDArray, where: string): Tangent {
  if (!isInexact(primal.dtype)) return new Zero(primal.aval);
  if (!arraysEqual(t.shape, primal.shape)) {
    throw new ShapeError(
      `${where}: expected shape [${primal.shape.join(",")}], that of the value; got [${t.shape.join(",")}].`,
    );
  }
  if (t.dtype !== primal.dtype && !t.weakType)
    throw new DTypeError(`${where}: expected dtype ${primal.dtype}, that of the value; got ${t.dtype}.`);
  return t.dtype === primal.dtype ? t : asDType(t, primal.dtype, false, where);
}

/** What a rule returned, with arrays for symbolic zeros. */
const zerosSpelledOut = (tree: unknown): unknown =>
  treeMap(
    (leaf: unknown) => (leaf instanceof SymbolicZero ? instantiate(new Zero(leaf.aval)) : leaf),
    tree,
    [],
  );

type Rule = (...args: never[]) => unknown;

/** A function with a forward rule of its own. */
export interface CustomJvpFunction<A extends unknown[], R> {
  (...args: LikeArgs<A>): ArrayTree<R>;
  /**
   * Sets the rule: `(…nondiff, primals, tangents) => [out, tangentOut]`, linear in the tangents. `symbolicZeros`: tangents
   * that are zero come as instances of `SymbolicZero` instead of arrays.
   */
  defJvp(
    rule: (primals: A, tangents: { [K in keyof A]: ArrayTree<A[K]> }) => readonly [unknown, unknown],
    options?: { readonly symbolicZeros?: boolean },
  ): CustomJvpFunction<A, R>;
  defJvp(rule: Rule, options?: { readonly symbolicZeros?: boolean }): CustomJvpFunction<A, R>;
  /** Sets one rule for each argument: `(tangent, out, ...primals) => tangentOut`; null for a zero derivative. */
  defJvps(
    ...rules: readonly (((tangent: NDArray, out: NDArray, ...primals: A) => ArrayLike) | null)[]
  ): CustomJvpFunction<A, R>;
}

/**
 * A function whose derivatives come from a rule given with `defJvp`; reverse mode transposes it. Without derivatives the
 * function itself runs. The rule may be differentiated again.
 *
 * @see jax.custom_jvp
 * @example
 * const log1pexp = customJvp((x) => np.log1p(np.exp(x)));
 * log1pexp.defJvp(([x], [t]) => [log1pexp(x), t.mul(nn.sigmoid(x))]);
 * grad(log1pexp)(1000).item(); // 1
 */
export function customJvp<A extends NDArray[], const R>(
  f: (...args: A) => R,
  options?: CustomOptions,
): CustomJvpFunction<A, R>;
export function customJvp<A extends unknown[], const R>(
  f: (...args: A) => R,
  options?: CustomOptions,
): CustomJvpFunction<A, R>;
export function customJvp(
  f: AnyFunction,
  options?: CustomOptions,
  ...more: readonly unknown[]
): CustomJvpFunction<unknown[], unknown> {
  refuseMore("customJvp", 2, more);
  checkOptions("customJvp", options, ["nondiffArgnums"]);
  let rule: Rule | null = null;
  let symbolicZeros = false;
  const call = (...args: unknown[]): unknown => {
    const { what, nondiff, arrays, rebuild, fun } = callOf("customJvp", f, args, options);
    const where = `${what}: the jvp rule`;
    const target: CustomJvpCall = {
      name: what,
      fun: fun.call,
      jvp: (primals, tangents) => {
        const set = ruleOf(rule, what, "defJvp or defJvps");
        const given = tangents.map((t) =>
          isZero(t) && symbolicZeros ? new SymbolicZero(t.aval) : instantiate(t),
        );
        const result = callWith(set, [
          ...nondiff,
          rebuild(primals),
          rebuild(given as readonly unknown[] as NDArray[]),
        ]);
        const [out, tangentOut] = pairOf(result, `${where} must return a list of two: [out, tangentOut]`);
        const outs = fun.adopt(out);
        const [ts, def] = flattenOutput(zerosSpelledOut(tangentOut), `${where}'s tangent`);
        checkTree(fun.outDef, def, `${where}'s tangent`);
        return [outs, ts.map((t, i) => ruleTangent(t, outs[i], `${where}'s tangent`))];
      },
    };
    belongsTo(target.jvp, custom);
    return fun.result(currentTrace().processCustomJvp(target, arrays));
  };
  const custom = call as CustomJvpFunction<unknown[], unknown>;
  custom.defJvp = (r: Rule, opts?: { readonly symbolicZeros?: boolean }) => {
    checkOptions("defJvp", opts, ["symbolicZeros"]);
    rule = r;
    symbolicZeros = opts?.symbolicZeros === true;
    return custom;
  };
  custom.defJvps = (...rules) =>
    custom.defJvp(
      (primals: ArrayLike[], tangents: (NDArray | SymbolicZero)[]) => {
        const out = callWith(custom, primals);
        return [out, sumOfRules(rules, out, primals, tangents)];
      },
      { symbolicZeros: true },
    );
  return custom;
}

function sumOfRules(
  rules: readonly (Rule | null)[],
  out: unknown,
  primals: readonly unknown[],
  tangents: readonly (NDArray | SymbolicZero | undefined)[],
): NDArray {
  const value = leafArray(out, "defJvps: the result", []);
  let sum: Tangent = new Zero(value.aval);
  rules.forEach((r, i) => {
    const t = tangents[i];
    if (r === null || t === undefined || t instanceof SymbolicZero) return;
    const term = leafArray(callWith(r, [t, out, ...primals]), "defJvps", []);
    sum = addTangents(sum, ruleTangent(term, value, `defJvps: rule ${i}`));
  });
  return instantiate(sum);
}

/** A function with a reverse rule of its own. */
export interface CustomVjpFunction<A extends unknown[], R> {
  (...args: LikeArgs<A>): ArrayTree<R>;
  /**
   * Sets the rules: `fwd(...args) => [out, residuals]` and `bwd(…nondiff, residuals, cotangent) => [ctOfArg0, …]`, one for
   * each argument that is differentiated; null (for an argument or any part of its tree) or a `SymbolicZero` is zero.
   * `symbolicZeros`: the leaves of the arguments of `fwd` are instances of `CustomVJPPrimal`, which say whether they are
   * differentiated, and cotangents that are zero come as instances of `SymbolicZero` instead of arrays.
   */
  defVjp<const Res>(
    fwd: (...args: A) => readonly [unknown, Res],
    bwd: (residuals: Res, cotangent: ArrayTree<R>) => readonly unknown[],
    options?: { readonly symbolicZeros?: false },
  ): CustomVjpFunction<A, R>;
  defVjp(fwd: Rule, bwd: Rule, options?: { readonly symbolicZeros?: boolean }): CustomVjpFunction<A, R>;
}

/**
 * A function whose reverse-mode derivatives come from rules given with `defVjp`. Forward mode is an error, since the rules
 * do not tell it.
 *
 * @see jax.custom_vjp
 * @example
 * const clipGradient = customVjp((x) => x);
 * clipGradient.defVjp((x: Array) => [x, null], (_: null, g: Array) => [np.clip(g, -1, 1)]);
 * grad((x) => clipGradient(x).mul(5))(2).item(); // 1
 */
export function customVjp<A extends NDArray[], const R>(
  f: (...args: A) => R,
  options?: CustomOptions,
): CustomVjpFunction<A, R>;
export function customVjp<A extends unknown[], const R>(
  f: (...args: A) => R,
  options?: CustomOptions,
): CustomVjpFunction<A, R>;
export function customVjp(
  f: AnyFunction,
  options?: CustomOptions,
  ...more: readonly unknown[]
): CustomVjpFunction<unknown[], unknown> {
  refuseMore("customVjp", 2, more);
  checkOptions("customVjp", options, ["nondiffArgnums"]);
  let rules: { fwd: Rule; bwd: Rule } | null = null;
  let symbolicZeros = false;
  const call = (...args: unknown[]): unknown => {
    const p = callOf("customVjp", f, args, options);
    const { fun } = p;
    let kept: ArraysAside | null = null;
    const target: CustomVjpCall = {
      name: p.what,
      fun: fun.call,
      fwd: (xs, perturbed) => {
        const { fwd } = ruleOf(rules, p.what, "defVjp");
        const leaves = symbolicZeros ? xs.map((x, i) => new CustomVJPPrimal(x, perturbed[i])) : xs;
        const result = callWith(fwd, fun.arguments(leaves as readonly unknown[] as NDArray[]));
        const [out, residuals] = splitAux(result, `${p.what}: the forward rule`);
        const outs = fun.adopt(out);
        kept = new ArraysAside(residuals);
        return [outs, kept.arrays];
      },
      bwd: (residuals, cotangents) => {
        const given = cotangents.map((c) =>
          isZero(c) && symbolicZeros ? new SymbolicZero(c.aval) : instantiate(c),
        );
        const ct = treeUnflatten(fun.outDef, given);
        return cotangentsOf(callWith(rules!.bwd, [...p.nondiff, kept!.rebuild(residuals), ct]), p);
      },
    };
    belongsTo(target.bwd, custom);
    return fun.result(currentTrace().processCustomVjp(target, p.arrays));
  };
  const custom = call as CustomVjpFunction<unknown[], unknown>;
  custom.defVjp = (fwd: Rule, bwd: Rule, opts?: { readonly symbolicZeros?: boolean }) => {
    checkOptions("defVjp", opts, ["symbolicZeros"]);
    rules = { fwd, bwd };
    symbolicZeros = opts?.symbolicZeros === true;
    return custom;
  };
  return custom;
}

/** Stands for a zero cotangent among those that a rule returned. */
const zeroMark = Symbol("zero cotangent");

/** What a rule returned for an argument, each null (for a leaf or a whole subtree) spread over the leaves it stands for. */
function markZeros(def: TreeDef, given: unknown): unknown {
  if (given === null || given === undefined)
    return treeUnflatten(def, new Array(def.numLeaves).fill(zeroMark));
  const { node, children } = def;
  if (node.kind === "list" && Array.isArray(given) && given.length === children.length) {
    return children.map((child, k) => markZeros(child, (given as readonly unknown[])[k]));
  }
  if (
    node.kind === "dict" &&
    typeof given === "object" &&
    node.keys.every((key) => Object.hasOwn(given, key))
  ) {
    const entries = Object.entries(given).map(([key, value]: [string, unknown]) => {
      const k = node.keys.indexOf(key);
      return [key, k === -1 ? value : markZeros(children[k], value)];
    });
    return Object.fromEntries(entries);
  }
  return given;
}

/** The list that a backward rule returned, flat, one for each differentiable leaf. */
function cotangentsOf(result: unknown, { what, defs, arrays }: CustomCall): Tangent[] {
  const where = `${what}: the backward rule`;
  if (!Array.isArray(result) || result.length !== defs.length) {
    throw new TreeError(
      `${where} must return a list of ${defs.length} cotangents, one for each differentiated argument; ` +
        `got ${describeList(result)}.`,
    );
  }
  return splitLeaves(defs, arrays).flatMap((primals, i) => {
    const def = defs[i];
    const given = markZeros(def, result[i]);
    const [leaves, got] = treeFlattenWithPath(given);
    checkTree(def, got, `${where}: cotangent ${i}`);
    return leaves.map(([path, leaf], k) => {
      const place = `${where}: cotangent ${i}${keystr(path)}`;
      const primal = primals[k];
      if (leaf === zeroMark || leaf instanceof SymbolicZero) return new Zero(primal.aval);
      if (typeof leaf === "number" && primal.ndim === 0 && isInexact(primal.dtype))
        return asDType(leaf, primal.dtype, false, place);
      return ruleTangent(leafArray(leaf, place, []), primal, place);
    });
  });
}

/**
 * A function that returns its value together with the pullback of its derivative: `f(...args) => [out, pull]` with
 * `pull(cotangent)` the list of cotangents of the arguments (or the one of a single argument).
 *
 * @see jax.custom_gradient
 * @example
 * const halved = customGradient((x) => [x.mul(x), (g: Array) => g.mul(x)]);
 * grad(halved)(3).item(); // 3
 */
export function customGradient<A extends NDArray[], const R>(
  f: (...args: A) => readonly [R, (cotangent: ArrayTree<R>) => unknown],
): (...args: LikeArgs<A>) => ArrayTree<R>;
export function customGradient<A extends unknown[], const R>(
  f: (...args: A) => readonly [R, (cotangent: ArrayTree<R>) => unknown],
): (...args: LikeArgs<A>) => ArrayTree<R>;
export function customGradient(f: AnyFunction, ...more: readonly unknown[]): (...args: unknown[]) => unknown {
  refuseMore("customGradient", 1, more);
  const name = describeCall("customGradient", f);
  const split = (...args: unknown[]): [unknown, Rule] => {
    const [out, pull] = splitAux(callWith(f, args), name);
    if (typeof pull === "function") return [out, pull as Rule];
    throw new ArgumentError(
      `${name}: the function must return [out, pullback]; the second is ${typeof pull}.`,
    );
  };
  const custom = customVjp<unknown[], unknown>((...args) => split(...args)[0]);
  custom.defVjp(
    (...args: unknown[]) => {
      const [out, pull] = split(...args);
      const [outs, outDef] = flattenOutput(out, name);
      // The pullback's own constants are the residuals.
      const fun = new FlatFunction(pull, name, (flat) => [treeUnflatten(outDef, flat)]);
      const avals = outs.map((o) => o.aval.strong);
      const { jaxpr, consts } = traceToJaxpr(fun.call, avals, name);
      return [out, { consts: [...consts], program: new Pullback(jaxpr, fun) }];
    },
    ({ consts, program: { jaxpr, fun } }: { consts: NDArray[]; program: Pullback }, ct: unknown) => {
      const [cts] = flattenOutput(ct, name);
      const result = fun.result(evalJaxpr(jaxpr, consts, cts));
      return Array.isArray(result) ? (result as unknown[]) : [result];
    },
  );
  return custom;
}

/** A traced pullback: an instance, so that it is a leaf among the residuals. */
class Pullback {
  readonly jaxpr: Jaxpr;
  readonly fun: FlatFunction;
  constructor(jaxpr: Jaxpr, fun: FlatFunction) {
    this.jaxpr = jaxpr;
    this.fun = fun;
  }
}
