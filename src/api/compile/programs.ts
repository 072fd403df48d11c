/** @file The programs of a function made by `jit`: one for each signature of its arguments, found again or traced. */
import { config } from "../../base/config.ts";
import { ArgumentError } from "../../base/errors.ts";
import { holds, sameStatic, snapshot } from "../../base/static.ts";
import { mergeLists, partitionList } from "../../base/util.ts";
import { NDArray } from "../../core/array.ts";
import type { ShapedArray } from "../../core/aval.ts";
import { isConcrete } from "../../core/eval.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import { retraceable, valueNamer } from "../../core/jaxpr/sources.ts";
import type { TreeDef } from "../../core/tree.ts";
import { type Hoisted, constsToInputs } from "../../interpreters/staging.ts";
import { type Stateful, traceStateful } from "../../interpreters/state.ts";
import { type Executable, weightOfPrograms } from "../../jit/executable.ts";
import { watching } from "../../jit/watch.ts";
import { nameArguments, nameValue } from "../../jit/argument-names.ts";
import {
  type AnyFunction,
  FlatFunction,
  callObserver,
  flagArguments,
  flattenArgs,
  rebuildArgs,
} from "../flatten.ts";
import { type GivenRefs, type Ref, RefArguments, givenRefs } from "../refs.ts";

/** A program and the signature that it is for. */
export interface Entry {
  /** Arguments and result are single arrays, constants are concrete: a call may go straight to the executable. */
  readonly plain: boolean;
  executable: Executable | null;
  readonly avals: readonly ShapedArray[];
  readonly defs: readonly TreeDef[];
  readonly statics: readonly unknown[];
  readonly configVersion: number;
  readonly jaxpr: ClosedJaxpr;
  readonly consts: readonly NDArray[];
  readonly outDef: TreeDef;
  /** References from outside: their values follow the arguments, and the new ones of those that are changed the results. */
  readonly state: Stateful;
  /** Which arguments are references, and which of them are changed. */
  readonly refs: string;
  readonly refsChanged: readonly boolean[];
}

/** An array as a static value would be compared by identity, and compile at every call. */
function checkStatic(x: unknown, what: string, k: number): void {
  if (!holds(x, (y) => y instanceof NDArray)) return;
  throw new ArgumentError(
    `${what}: static argument ${k} ${x instanceof NDArray ? "is an array" : "holds an array"}; static arguments must be ` +
      `numbers, strings, booleans, functions, or lists and objects of them. Pass arrays as arguments of their own, or close over them.`,
  );
}

/** What differs between a call and an entry, as text; null if nothing does. */
function difference(
  e: Entry,
  avals: readonly ShapedArray[],
  defs: readonly TreeDef[],
  statics: readonly unknown[],
  refs: string,
  settings = config.version,
): string | null {
  if (e.configVersion !== settings) return "the configuration changed";
  if (e.defs.length !== defs.length || e.defs.some((d, i) => !d.equals(defs[i])))
    return "the structure of the arguments differs";
  if (e.refs !== refs) return "the references among the arguments differ";
  const k = e.avals.findIndex((a, i) => a !== avals[i]);
  if (k !== -1) return `array ${k} is ${String(avals[k])} and was ${String(e.avals[k])}`;
  const s = e.statics.findIndex((x, i) => !sameStatic(x, statics[i]));
  return s === -1 ? null : `static argument ${s} differs`;
}

/** Bounds on the programs of one function, and their bytes; those used least recently go first. */
const maxEntries = 512;
const maxBytes = 64 * 2 ** 20;

/** Drops entries that are beyond the bounds; the last one stays. */
function limit(entries: Entry[]): void {
  let bytes = entries.reduce((n, e) => n + weightOf(e), 0);
  let drop = 0;
  while (drop < entries.length - 1 && (entries.length - drop > maxEntries || bytes > maxBytes))
    bytes -= weightOf(entries[drop++]);
  entries.splice(0, drop);
}

/** Bytes of a program that has run, else those of its equations. */
const weightOf = ({ jaxpr }: Entry): number => weightOfPrograms(jaxpr) + 1024 * jaxpr.jaxpr.eqns.length;

/** A call: its arrays, and what else tells it from others. */
interface Signature {
  readonly arrays: NDArray[];
  readonly avals: readonly ShapedArray[];
  readonly defs: readonly TreeDef[];
  readonly statics: readonly unknown[];
  readonly isStatic: readonly boolean[] | undefined;
  readonly refs: GivenRefs | null;
}

/** A program that was found or made, the arrays of the call, and the references among its arguments. */
export type Found = readonly [entry: Entry, arrays: NDArray[], refs: readonly Ref[]];

export class Programs {
  readonly entries: Entry[] = [];
  /** Why the latest was made. */
  lastMiss: string | null = null;
  readonly #f: AnyFunction;
  readonly #what: string;
  readonly #staticArgnums: readonly number[];
  readonly #name: string;

  constructor(f: AnyFunction, what: string, name: string, staticArgnums: readonly number[]) {
    this.#name = name;
    this.#f = f;
    this.#what = what;
    this.#staticArgnums = staticArgnums;
  }

  #signature(args: readonly unknown[]): Signature {
    const what = this.#what;
    const isStatic = flagArguments(this.#staticArgnums, args.length, "staticArgnums", what);
    const [given, statics] = isStatic === undefined ? [args, []] : partitionList(isStatic, args);
    const refs = givenRefs(given, what);
    const { arrays, defs } = flattenArgs(refs?.args ?? given, what);
    return { arrays, avals: arrays.map((a) => a.aval), defs, statics, isStatic, refs };
  }

  /** The function on flat arrays; `place` puts references among its arguments. */
  #function(
    { defs, isStatic, statics }: Signature,
    place: (args: readonly unknown[]) => readonly unknown[],
  ): FlatFunction {
    const rebuild = rebuildArgs(defs);
    const all = (flat: readonly NDArray[]): readonly unknown[] => {
      const trees = place(rebuild(flat));
      return isStatic === undefined ? trees : mergeLists(isStatic, trees, statics);
    };
    return new FlatFunction(this.#f, this.#what, all);
  }

  /** Without compilation, on the arguments as arrays. */
  interpret(args: readonly unknown[]): unknown {
    const signature = this.#signature(args);
    const { refs } = signature;
    const fun = this.#function(signature, (trees) => (refs === null ? trees : refs.put(trees, refs.refs)));
    return fun.result(fun.call(signature.arrays));
  }

  find(args: readonly unknown[]): Found {
    const { entries } = this;
    const signature = this.#signature(args);
    const { avals, defs, statics, refs, arrays } = signature;
    statics.forEach((x, k) => checkStatic(x, this.#what, k));
    const key = refs?.key ?? "";
    const given = refs?.refs ?? [];
    for (let k = entries.length - 1; k >= 0; k--) {
      const e = entries[k];
      if (e.avals.length !== avals.length || difference(e, avals, defs, statics, key) !== null) continue;
      if (k < entries.length - 1) entries.push(...entries.splice(k, 1));
      return [e, arrays, given];
    }
    const last = entries[entries.length - 1] as Entry | undefined;
    this.lastMiss =
      last === undefined
        ? "the first call"
        : (difference(last, avals, defs, statics, key) ?? "the number of arrays differs");
    const start = performance.now();
    const entry = this.#trace(signature);
    watching.value?.traced(
      this.#name,
      entry.jaxpr,
      ...this.#missOf(signature, this.lastMiss),
      performance.now() - start,
    );
    entries.push(entry);
    limit(entries);
    return [entry, arrays, given];
  }

  /** Why a call was traced, whatever the settings are; and whether it was traced before, under others. */
  #missOf(
    { avals, defs, statics, refs }: Signature,
    reason: string,
  ): [reason: string, onlySettings: boolean] {
    const key = refs?.key ?? "";
    const found = this.entries.map((e) => difference(e, avals, defs, statics, key, e.configVersion));
    return [found[found.length - 1] ?? reason, found.includes(null)];
  }

  #trace(signature: Signature): Entry {
    const { avals, defs, statics, refs } = signature;
    const local = refs === null ? null : new RefArguments(refs);
    const fun = this.#function(signature, (trees) => local?.place(trees) ?? trees);
    const call = local === null ? fun.call : local.around(fun.call);
    if (callObserver.value === null) callObserver.install(nameArguments);
    valueNamer.install(nameValue);
    let first: (Hoisted & { readonly state: Stateful }) | undefined;
    const jaxpr = retraceable(() => {
      const state = traceStateful(call, avals, this.#what);
      const hoisted = constsToInputs(state.closed);
      first ??= { ...hoisted, state };
      return hoisted.jaxpr;
    });
    const { consts, state } = first!;
    if (refs?.refs.some((r) => r.isAmong(state.cells)) === true) {
      throw new ArgumentError(
        `${this.#what}: a reference that the function uses from outside is its argument, too.`,
      );
    }
    const isPlain =
      refs === null &&
      state.cells.length === 0 &&
      statics.length === 0 &&
      [...defs, fun.outDef].every((d) => d.node.kind === "leaf") &&
      consts.every(isConcrete);
    return {
      plain: isPlain,
      executable: null,
      avals,
      defs,
      statics: statics.map((x) => snapshot(x)),
      configVersion: config.version,
      jaxpr,
      consts,
      outDef: fun.outDef,
      state,
      refs: refs?.key ?? "",
      refsChanged: local?.changed ?? [],
    };
  }
}
