/** @file `jit`: a function compiled, once for each signature of its arguments. */
import { checkFunction, show, refuseMore } from "../base/checks.ts";
import { ConcreteArray, NDArray } from "../core/array.ts";
import { evalTrace, isConcrete } from "../core/eval.ts";
import { jaxprAsFun } from "../core/jaxpr/eval.ts";
import type { ShapedArray } from "../core/aval.ts";
import { config } from "../base/config.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { printJaxpr } from "../core/jaxpr/print.ts";
import { retraceable, valueNamer } from "../core/jaxpr/sources.ts";
import { bind, currentTrace } from "../core/trace.ts";
import { type TreeDef, treeFlatten, treeUnflatten } from "../core/tree.ts";
import type { ArrayTree, LikeArgs } from "../core/tree-types.ts";
import { ArgumentError, checkOptions } from "../base/errors.ts";
import { holds, sameStatic, snapshot } from "../base/static.ts";
import { asArray } from "../lax/operands/convert.ts";
import { constsToInputs, traceToJaxpr } from "../interpreters/staging.ts";
import { OptionalPart } from "../core/late.ts";
import { nameArguments, nameValue } from "../jit/argument-names.ts";
import type { Backend } from "../jit/runner.ts";
import { jitP } from "../jit/call.ts";
import { type CompileStats, type Executable, executableOf, weightOfPrograms } from "../jit/executable.ts";
import { mergeLists, partitionList } from "../base/util.ts";
import {
  type AnyFunction,
  FlatFunction,
  argumentNames,
  describeCall,
  flagArguments,
  flattenArgsOnly,
  numberList,
  rebuildArgs,
} from "./flatten.ts";

/** Options of `jit`. */
export interface JitOptions {
  /**
   * Arguments that are compiled in: another value is another program. Lists and plain objects are compared by what they
   * hold, instances by their own `equals` if they have one, and everything else by `Object.is`.
   */
  readonly staticArgnums?: number | readonly number[] | undefined;
  /**
   * What compiles the program: "js" (JavaScript), "wasm" (WebAssembly), or "auto", the default, which decides by the
   * program alone: WebAssembly where vectors pay, but JavaScript where `config.values.sourceLines` has it stepped through.
   */
  readonly backend?: Backend | undefined;
  /**
   * Arguments whose arrays the caller gives away: their memory is freed as soon as the call is done, and using them
   * afterwards is a `DisposedError`. For large states that each step replaces.
   */
  readonly donateArgnums?: number | readonly number[] | undefined;
  /** Inside other traced functions the body stands in place of a call: for small helpers. */
  readonly inline?: boolean | undefined;
  /** Shown in jaxprs, in generated code and in messages. */
  readonly name?: string | undefined;
}

/** A program in its stages. */
export interface Compiled {
  /** The jaxpr before and after simplification, the loop program, and the JavaScript, as text. */
  readonly jaxpr: string;
  readonly simplified: string;
  readonly loops: string;
  readonly source: string;
  /** The WebAssembly, as text. */
  readonly wasm: string;
  readonly stats: CompileStats;
  /**
   * The bare function: data in (numbers for 0-d values, typed arrays else, in the order of the leaves), array results
   * written into the typed arrays given behind them, 0-d results returned. Nothing is allocated or checked.
   */
  readonly fn: (...args: readonly unknown[]) => unknown;
}

/** A program that was traced and not yet compiled. */
export interface LoweredProgram {
  readonly jaxpr: ClosedJaxpr;
  compile(): Compiled;
  /** The program as StableHLO, as `toStablehlo` of adjoint/stablehlo writes it. */
  stablehlo(): string;
}

/** A compiled function: call it, or look at what it is compiled to. */
export interface JitFunction<A extends unknown[], R> {
  (...args: LikeArgs<A>): ArrayTree<R>;
  /** The program for arguments like these. */
  lower(...args: LikeArgs<A>): LoweredProgram;
  /** How many programs there are, and why the latest was made. */
  cacheStats(): { readonly entries: number; readonly calls: number; readonly lastMiss: string | null };
  /** Forgets all programs. */
  clearCache(): void;
}

interface Entry {
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
  /** The program with its constants as they are. */
  readonly traced: ClosedJaxpr;
}

/** An array as a static value would be compared by identity, and compile at every call. */
function checkStatic(x: unknown, what: string, k: number): void {
  if (!holds(x, (y) => y instanceof NDArray)) return;
  throw new ArgumentError(
    `${what}: static argument ${k} ${x instanceof NDArray ? "is an array" : "holds an array"}; static arguments must be ` +
      `numbers, strings, booleans, functions, or lists and objects of them. Pass arrays as arguments of their own, or close over them.`,
  );
}

function checkBackend(backend: string | null): void {
  if (backend === null || ["auto", "js", "wasm"].includes(backend)) return;
  throw new ArgumentError(`jit: backend is "auto", "js" or "wasm"; got ${show(backend)}.`);
}

/** What differs between a call and an entry, as text; null if nothing does. */
function difference(
  e: Entry,
  avals: readonly ShapedArray[],
  defs: readonly TreeDef[],
  statics: readonly unknown[],
): string | null {
  if (e.configVersion !== config.version) return "the configuration changed";
  if (e.defs.length !== defs.length || e.defs.some((d, i) => !d.equals(defs[i])))
    return "the structure of the arguments differs";
  const k = e.avals.findIndex((a, i) => a !== avals[i]);
  if (k !== -1) return `array ${k} is ${String(avals[k])} and was ${String(e.avals[k])}`;
  const s = e.statics.findIndex((x, i) => !sameStatic(x, statics[i]));
  return s === -1 ? null : `static argument ${s} differs`;
}

/** The inputs of a call that is like the entry's, of concrete arrays and numbers only; else null. */
function plainInputs(e: Entry, args: readonly unknown[]): ConcreteArray[] | null {
  const { avals } = e;
  const n = args.length;
  if (n !== avals.length || e.configVersion !== config.version || currentTrace() !== evalTrace) return null;
  if (config.values.debugNans) return null;
  const inputs = e.consts.slice() as ConcreteArray[];
  for (let i = 0; i < n; i++) {
    let a = args[i];
    if (typeof a === "number") a = asArray(a, "jit");
    if (!(a instanceof ConcreteArray) || a.aval !== avals[i]) return null;
    inputs.push(a);
  }
  return inputs;
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

/**
 * Compiles a function: traced once for each signature (structure, shapes, dtypes, static values, configuration), then run
 * as one program. It composes with every transformation. The function must be pure, and control flow must not depend on
 * the values of its arguments.
 *
 * Numbers arrive as arrays, but for those that `staticArgnums` names.
 * @throws TracerConversionError when the function needs the number of a traced value
 * @see jax.jit
 * @example
 * const f = jit((x) => np.sin(x).mul(x));
 * f(0).item(); // 0
 */
export function jit<A extends NDArray[], const R>(
  f: (...args: A) => R,
  options?: JitOptions,
): JitFunction<A, R>;
export function jit<A extends unknown[], const R>(
  f: (...args: A) => R,
  options?: JitOptions,
): JitFunction<A, R>;
export function jit(
  f: AnyFunction,
  options?: JitOptions,
  ...more: readonly unknown[]
): JitFunction<unknown[], unknown> {
  refuseMore("jit", 2, more);
  checkOptions("jit", options, ["staticArgnums", "donateArgnums", "backend", "inline", "name"]);
  const backend = options?.backend ?? null;
  checkBackend(backend);
  const staticArgnums = numberList(options?.staticArgnums);
  const donated = numberList(options?.donateArgnums);
  const inline = options?.inline === true;
  checkFunction("jit", "the first argument", f);
  const asked = options?.name;
  if (asked !== undefined && typeof asked !== "string")
    throw new ArgumentError(`jit: name must be a string; got ${show(asked)}.`);
  const name = asked ?? (f.name === "" ? "f" : f.name);
  const what = describeCall("jit", f);
  const entries: Entry[] = [];
  let calls = 0;
  let lastMiss: string | null = null;

  const entryFor = (args: readonly unknown[]): [Entry, NDArray[]] => {
    const isStatic = flagArguments(staticArgnums, args.length, "staticArgnums", what);
    const [dynamic, statics] = isStatic === undefined ? [args, []] : partitionList(isStatic, args);
    statics.forEach((x, k) => checkStatic(x, what, k));
    const { arrays, defs } = flattenArgsOnly(dynamic, what);
    const avals = arrays.map((a) => a.aval);
    for (let k = entries.length - 1; k >= 0; k--) {
      const e = entries[k];
      if (e.avals.length !== avals.length || difference(e, avals, defs, statics) !== null) continue;
      if (k < entries.length - 1) entries.push(...entries.splice(k, 1));
      return [e, arrays];
    }
    const last = entries[entries.length - 1] as Entry | undefined;
    lastMiss =
      last === undefined
        ? "the first call"
        : (difference(last, avals, defs, statics) ?? "the number of arrays differs");
    const rebuild = rebuildArgs(defs);
    const place = (flat: readonly NDArray[]): unknown[] =>
      isStatic === undefined ? rebuild(flat) : mergeLists(isStatic, rebuild(flat), statics);
    const fun = new FlatFunction(f, what, place);
    argumentNames.install(nameArguments);
    valueNamer.install(nameValue);
    const traced = retraceable(() => traceToJaxpr(fun.call, avals, what));
    const { jaxpr, consts } = constsToInputs(traced);
    const plain =
      statics.length === 0 && defs.every((d) => d.node.kind === "leaf") && consts.every(isConcrete);
    const entry: Entry = {
      plain: plain && fun.outDef.node.kind === "leaf",
      executable: null,
      avals,
      defs,
      statics: statics.map((x) => snapshot(x)),
      configVersion: config.version,
      jaxpr,
      consts,
      outDef: fun.outDef,
      traced,
    };
    entries.push(entry);
    limit(entries);
    return [entry, arrays];
  };

  /** Without compilation, on the arguments as arrays. */
  const interpret = (args: readonly unknown[]): unknown => {
    const isStatic = flagArguments(staticArgnums, args.length, "staticArgnums", what);
    const [dynamic, statics] = isStatic === undefined ? [args, []] : partitionList(isStatic, args);
    const { arrays, defs } = flattenArgsOnly(dynamic, what);
    const rebuild = rebuildArgs(defs);
    const place = (flat: readonly NDArray[]): unknown[] =>
      isStatic === undefined ? rebuild(flat) : mergeLists(isStatic, rebuild(flat), statics);
    const fun = new FlatFunction(f, what, place);
    return fun.result(fun.call(arrays));
  };

  const call = (...args: unknown[]): unknown => {
    calls++;
    if (config.values.disableJit) return interpret(args);
    const last = entries[entries.length - 1] as Entry | undefined;
    if (last?.plain === true && donated.length === 0) {
      const inputs = plainInputs(last, args);
      if (inputs !== null) {
        last.executable ??= executableOf(last.jaxpr, name, backend ?? undefined);
        return last.executable.call(inputs)[0];
      }
    }
    const [entry, arrays] = entryFor(args);
    const inputs = entry.consts.length === 0 ? arrays : [...entry.consts, ...arrays];
    const outs =
      inline && inputs.some((x) => !isConcrete(x))
        ? jaxprAsFun(entry.jaxpr)(inputs)
        : bind(jitP, inputs, { jaxpr: entry.jaxpr, name, backend });
    if (donated.length > 0) donate(args);
    return entry.outDef.node.kind === "leaf" ? outs[0] : treeUnflatten(entry.outDef, outs);
  };
  const donate = (args: readonly unknown[]): void => {
    const isDonated = flagArguments(donated, args.length, "donateArgnums", what);
    for (const leaf of treeFlatten(args.filter((_, i) => isDonated?.[i]))[0]) {
      if (leaf instanceof NDArray) leaf.dispose();
    }
  };
  const jitted = call as JitFunction<unknown[], unknown>;
  jitted.lower = (...args) => {
    const [entry] = entryFor(args);
    return {
      jaxpr: entry.jaxpr,
      compile: () => describe(executableOf(entry.jaxpr, name, backend ?? undefined)),
      stablehlo: () => exported(entry.traced, name, entry),
    };
  };
  jitted.cacheStats = () => ({ entries: entries.length, calls, lastMiss });
  jitted.clearCache = () => {
    entries.length = 0;
  };
  return jitted;
}

/** Writes programs as StableHLO: installed by what exports, or with the library whole. */
export const stablehloWriter = new OptionalPart<
  (closed: ClosedJaxpr, name: string, args: readonly TreeDef[], result: TreeDef) => string
>();

function exported(closed: ClosedJaxpr, name: string, { defs, outDef }: Entry): string {
  const write = stablehloWriter.value;
  if (write !== null) return write(closed, name, defs, outDef);
  throw new ArgumentError(
    'lower().stablehlo(): this bundle holds no export to StableHLO; call toStablehlo of "adjoint/stablehlo" instead.',
  );
}

function describe(e: Executable): Compiled {
  return {
    get jaxpr() {
      return printJaxpr(e.jaxpr.jaxpr);
    },
    get simplified() {
      return printJaxpr(e.simplified.jaxpr);
    },
    get loops() {
      return e.loops;
    },
    get source() {
      return e.source;
    },
    get wasm() {
      return e.wasm;
    },
    stats: e.stats,
    get fn() {
      return e.fn;
    },
  };
}
