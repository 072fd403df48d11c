/** @file Derivative rules of the user's: `customJvp`, `customVjp`, `customGradient`. */
import { type ArrayLike, NDArray } from "../core/array.ts";
import { isInexact } from "../dtypes/dtype.ts";
import { type CustomJvpCall, type CustomVjpCall, currentTrace } from "../core/trace.ts";
import { type TreeDef, keystr, treeFlatten, treeFlattenWithPath, treeUnflatten } from "../core/tree.ts";
import type { ArrayTree, LikeArgs } from "../core/tree-types.ts";
import { type Tangent, Zero, isZero } from "../core/zero.ts";
import { ArgumentError, DTypeError, ShapeError, TreeError, checkOptions } from "../base/errors.ts";
import { addTangents, instantiate } from "../interpreters/tangents.ts";
import { traceToJaxpr } from "../interpreters/staging.ts";
import { jaxprAsFun } from "../core/jaxpr/eval.ts";
import { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { asDType } from "../lax/operands/convert.ts";
import {
  type AnyFunction,
  FlatFunction,
  callWith,
  checkTree,
  describeCall,
  flattenArgs,
  flattenOutput,
  leafArray,
  rebuildArgs,
  splitAux,
} from "./flatten.ts";

/** Options of `customJvp` and `customVjp`. */
export interface CustomOptions {
  /** Arguments that are not differentiated and reach the rules first, as they are: functions, options, numbers. */
  readonly nondiffArgnums?: readonly number[] | undefined;
}

interface Prepared {
  readonly what: string;
  readonly arrays: NDArray[];
  readonly defs: TreeDef[];
  readonly rebuild: (flat: readonly NDArray[]) => unknown[];
  readonly nondiff: readonly unknown[];
  /** All arguments in their places, from the differentiable ones. */
  readonly all: (diff: readonly unknown[]) => unknown[];
}

function prepare(
  name: string,
  f: AnyFunction,
  args: readonly unknown[],
  nondiffArgnums: readonly number[],
): Prepared {
  const what = describeCall(name, f);
  for (const n of nondiffArgnums) {
    if (!Number.isInteger(n) || n < 0 || n >= args.length) {
      throw new ArgumentError(
        `${what}: nondiffArgnums names argument ${n}, but the call has ${args.length} arguments.`,
      );
    }
  }
  const isNondiff = (i: number): boolean => nondiffArgnums.includes(i);
  const { arrays, defs } = flattenArgs(
    args.filter((_, i) => !isNondiff(i)),
    what,
  );
  return {
    what,
    arrays,
    defs,
    rebuild: rebuildArgs(defs),
    nondiff: nondiffArgnums.map((n) => args[n]),
    all: (diff) => {
      let at = 0;
      return args.map((arg, i) => (isNondiff(i) ? arg : diff[at++]));
    },
  };
}

/** A tangent or cotangent from a rule, brought to its primal's dtype; integers have none. */
function ruleTangent(t: NDArray, primal: NDArray, where: string): Tangent {
  if (!isInexact(primal.dtype)) return new Zero(primal.aval);
  if (t.ndim !== primal.ndim || t.shape.some((d, i) => d !== primal.shape[i])) {
    throw new ShapeError(
      `${where}: expected shape [${primal.shape.join(",")}], that of the value; got [${t.shape.join(",")}].`,
    );
  }
  if (t.dtype !== primal.dtype && !t.weakType)
    throw new DTypeError(`${where}: expected dtype ${primal.dtype}, that of the value; got ${t.dtype}.`);
  return t.dtype === primal.dtype ? t : asDType(t, primal.dtype, false, where);
}

type Rule = (...args: never[]) => unknown;

/** A function with a forward rule of its own. */
export interface CustomJvpFunction<A extends unknown[], R> {
  (...args: LikeArgs<A>): R;
  /**
   * Sets the rule: `(…nondiff, primals, tangents) => [out, tangentOut]`, linear in the tangents. `symbolicZeros`: tangents
   * that are zero come as null instead of arrays.
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
 * log1pexp.defJvp(([x]: Array[], [t]: Array[]) => [log1pexp(x), t.mul(nn.sigmoid(x))]);
 * grad(log1pexp)(1000).item(); // 1
 */
export function customJvp<A extends NDArray[], R>(
  f: (...args: A) => R,
  options?: CustomOptions,
): CustomJvpFunction<A, R>;
export function customJvp<A extends unknown[], R>(
  f: (...args: A) => R,
  options?: CustomOptions,
): CustomJvpFunction<A, R>;
export function customJvp<A extends unknown[], R>(
  f: (...args: A) => R,
  options?: CustomOptions,
): CustomJvpFunction<A, R> {
  checkOptions("customJvp", options, ["nondiffArgnums"]);
  let rule: Rule | null = null;
  let symbolicZeros = false;
  const call = (...args: unknown[]): unknown => {
    const p = prepare("customJvp", f, args, options?.nondiffArgnums ?? []);
    const fun = new FlatFunction(f, p.what, (flat) => p.all(p.rebuild(flat)));
    const target: CustomJvpCall = {
      name: p.what,
      fun: fun.call,
      jvp: (primals, tangents) => {
        if (rule === null)
          throw new ArgumentError(
            `${p.what}: no derivative rule is set; call defJvp or defJvps before differentiating.`,
          );
        const given = tangents.map((t) => (isZero(t) && symbolicZeros ? null : instantiate(t)));
        const rebuildTangents = p.rebuild(given as NDArray[]);
        const result = callWith(rule, [...p.nondiff, p.rebuild(primals), rebuildTangents]);
        const [out, tangentOut] = splitRule(result, `${p.what}: the jvp rule`);
        const outs = fun.adopt(out);
        const [ts, def] = flattenOutput(tangentOut, `${p.what}: the jvp rule's tangent`);
        checkTree(fun.outDef, def, `${p.what}: the jvp rule's tangent`);
        return [outs, ts.map((t, i) => ruleTangent(t, outs[i], `${p.what}: the jvp rule's tangent`))];
      },
    };
    return fun.result(currentTrace().processCustomJvp(target, p.arrays));
  };
  const custom = call as CustomJvpFunction<A, R>;
  custom.defJvp = (r, opts) => {
    checkOptions("defJvp", opts, ["symbolicZeros"]);
    rule = r;
    symbolicZeros = opts?.symbolicZeros === true;
    return custom;
  };
  custom.defJvps = (...rules) =>
    custom.defJvp(
      (primals: ArrayLike[], tangents: (NDArray | null)[]) => {
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
  tangents: readonly (NDArray | null)[],
): NDArray {
  const value = leafArray(out, "defJvps: the result", []);
  let sum: Tangent = new Zero(value.aval);
  rules.forEach((r, i) => {
    const t = tangents[i];
    if (r === null || t === null || t === undefined) return;
    const term = leafArray(callWith(r, [t, out, ...primals]), "defJvps", []);
    sum = addTangents(sum, ruleTangent(term, value, `defJvps: rule ${i}`));
  });
  return instantiate(sum);
}

function splitRule(result: unknown, where: string): [unknown, unknown] {
  if (!Array.isArray(result) || result.length !== 2) {
    throw new TreeError(
      `${where} must return a list of two: [out, tangentOut]; got ${Array.isArray(result) ? `a list of ${result.length}` : typeof result}.`,
    );
  }
  return [result[0], result[1]];
}

/** A function with a reverse rule of its own. */
export interface CustomVjpFunction<A extends unknown[], R> {
  (...args: LikeArgs<A>): R;
  /**
   * Sets the rules: `fwd(...args) => [out, residuals]` and `bwd(…nondiff, residuals, cotangent) => [ctOfArg0, …]`, one for
   * each argument that is differentiated; null (for an argument or any part of its tree) is zero.
   */
  defVjp<Res>(
    fwd: (...args: A) => readonly [unknown, Res],
    bwd: (residuals: Res, cotangent: ArrayTree<R>) => readonly unknown[],
  ): CustomVjpFunction<A, R>;
  defVjp(fwd: Rule, bwd: Rule): CustomVjpFunction<A, R>;
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
export function customVjp<A extends NDArray[], R>(
  f: (...args: A) => R,
  options?: CustomOptions,
): CustomVjpFunction<A, R>;
export function customVjp<A extends unknown[], R>(
  f: (...args: A) => R,
  options?: CustomOptions,
): CustomVjpFunction<A, R>;
export function customVjp<A extends unknown[], R>(
  f: (...args: A) => R,
  options?: CustomOptions,
): CustomVjpFunction<A, R> {
  checkOptions("customVjp", options, ["nondiffArgnums"]);
  let rules: { fwd: Rule; bwd: Rule } | null = null;
  const call = (...args: unknown[]): unknown => {
    const p = prepare("customVjp", f, args, options?.nondiffArgnums ?? []);
    const fun = new FlatFunction(f, p.what, (flat) => p.all(p.rebuild(flat)));
    let residualDef: TreeDef | null = null;
    let residualLeaves: unknown[] = [];
    const target: CustomVjpCall = {
      name: p.what,
      fun: fun.call,
      fwd: (xs) => {
        if (rules === null)
          throw new ArgumentError(
            `${p.what}: no derivative rule is set; call defVjp before differentiating.`,
          );
        const [out, residuals] = splitAux(
          callWith(rules.fwd, p.all(p.rebuild(xs))),
          `${p.what}: the forward rule`,
        );
        const outs = fun.adopt(out);
        const [leaves, def] = treeFlatten(residuals);
        residualDef = def;
        residualLeaves = leaves;
        return [outs, leaves.filter((x): x is NDArray => x instanceof NDArray)];
      },
      bwd: (residuals, cotangents) => {
        let at = 0;
        const tree = treeUnflatten(
          residualDef!,
          residualLeaves.map((x) => (x instanceof NDArray ? residuals[at++] : x)),
        );
        const ct = treeUnflatten(fun.outDef, cotangents.map(instantiate));
        return cotangentsOf(callWith(rules!.bwd, [...p.nondiff, tree, ct]), p);
      },
    };
    return fun.result(currentTrace().processCustomVjp(target, p.arrays));
  };
  const custom = call as CustomVjpFunction<A, R>;
  custom.defVjp = (fwd: Rule, bwd: Rule) => {
    rules = { fwd, bwd };
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
function cotangentsOf(result: unknown, p: Prepared): Tangent[] {
  const where = `${p.what}: the backward rule`;
  if (!Array.isArray(result) || result.length !== p.defs.length) {
    throw new TreeError(
      `${where} must return a list of ${p.defs.length} cotangents, one for each differentiated argument; ` +
        `got ${Array.isArray(result) ? `a list of ${result.length}` : typeof result}.`,
    );
  }
  let at = 0;
  return p.defs.flatMap((def, i) => {
    const primals = p.arrays.slice(at, at + def.numLeaves);
    at += def.numLeaves;
    const given = markZeros(def, result[i]);
    const [leaves, got] = treeFlattenWithPath(given);
    checkTree(def, got, `${where}: cotangent ${i}`);
    return leaves.map(([path, leaf], k) => {
      const place = `${where}: cotangent ${i}${keystr(path)}`;
      const primal = primals[k];
      if (leaf === zeroMark) return new Zero(primal.aval);
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
export function customGradient<A extends NDArray[], R>(
  f: (...args: A) => readonly [R, (cotangent: ArrayTree<R>) => unknown],
): (...args: LikeArgs<A>) => R;
export function customGradient<A extends unknown[], R>(
  f: (...args: A) => readonly [R, (cotangent: ArrayTree<R>) => unknown],
): (...args: LikeArgs<A>) => R;
export function customGradient<A extends unknown[], R>(
  f: (...args: A) => readonly [R, (cotangent: ArrayTree<R>) => unknown],
): (...args: LikeArgs<A>) => R {
  const name = describeCall("customGradient", f);
  const split = (...args: unknown[]): [unknown, Rule] => {
    const [out, pull] = splitAux(callWith(f, args), name);
    if (typeof pull !== "function")
      throw new ArgumentError(
        `${name}: the function must return [out, pullback]; the second is ${typeof pull}.`,
      );
    return [out, pull as Rule];
  };
  const custom = customVjp((...args: unknown[]) => split(...args)[0]);
  custom.defVjp(
    (...args: unknown[]) => {
      const [out, pull] = split(...args);
      const [outs, outDef] = flattenOutput(out, name);
      // The pullback's own constants are the residuals.
      const fun = new FlatFunction(pull, name, (flat) => [treeUnflatten(outDef, flat)]);
      const { jaxpr, consts } = traceToJaxpr(
        fun.call,
        outs.map((o) => o.aval.strong),
        name,
      );
      return [out, { consts: [...consts], program: new Opaque({ jaxpr, fun }) }];
    },
    ({ consts, program }: { consts: NDArray[]; program: Opaque }, ct: unknown) => {
      const { jaxpr, fun } = program.value;
      const [cts] = flattenOutput(ct, name);
      const result = fun.result(jaxprAsFun(new ClosedJaxpr(jaxpr, consts))(cts));
      return Array.isArray(result) ? (result as unknown[]) : [result];
    },
  );
  return custom as unknown as (...args: LikeArgs<A>) => R;
}

/** Carries data that is no array through a tree of residuals. */
class Opaque {
  readonly value: { readonly jaxpr: ClosedJaxpr["jaxpr"]; readonly fun: FlatFunction };
  constructor(value: { readonly jaxpr: ClosedJaxpr["jaxpr"]; readonly fun: FlatFunction }) {
    this.value = value;
  }
}
