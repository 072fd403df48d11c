/** @file `jit`: a function compiled, once for each signature of its arguments. */
import { NDArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { config } from "../config.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { printJaxpr } from "../core/jaxpr/print.ts";
import { bind } from "../core/trace.ts";
import { type TreeDef, treeUnflatten } from "../core/tree.ts";
import type { LikeArgs } from "../core/tree-types.ts";
import { ArgumentError, checkOptions } from "../errors.ts";
import { constsToInputs, traceToJaxpr } from "../interpreters/staging.ts";
import type { Backend } from "../jit/backend.ts";
import { jitP } from "../jit/call.ts";
import { type CompileStats, type Executable, executableOf } from "../jit/executable.ts";
import { FlatFunction, describeCall, flattenArgs, rebuildArgs } from "./flatten.ts";

/** Options of `jit`. */
export interface JitOptions {
  /** Arguments that are compiled in: any values; another one (by `Object.is`) is another program. */
  readonly staticArgnums?: number | readonly number[] | undefined;
  /**
   * What compiles the program: "js" (JavaScript), "wasm" (WebAssembly; needs `await init()`), or "auto", the default, which
   * decides by the program alone: WebAssembly where vectors pay, once `init()` has been awaited.
   */
  readonly backend?: Backend | undefined;
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
  /** The WebAssembly, as text; null before `init()`. */
  readonly wasm: string | null;
  readonly stats: CompileStats;
  /**
   * The bare function: data in (numbers for 0-d values, typed arrays else, in the order of the leaves), array results
   * written into the typed arrays given behind them, 0-d results returned. Nothing is allocated or checked.
   */
  readonly fn: (...args: readonly unknown[]) => unknown;
}

/** A compiled function: call it, or look at what it is compiled to. */
export interface JitFunction<A extends unknown[], R> {
  (...args: LikeArgs<A>): R;
  /** The program for arguments like these. */
  lower(...args: LikeArgs<A>): { readonly jaxpr: ClosedJaxpr; compile(): Compiled };
  /** How many programs there are, and why the latest was made. */
  cacheStats(): { readonly entries: number; readonly calls: number; readonly lastMiss: string | null };
  /** Forgets all programs. */
  clearCache(): void;
}

interface Entry {
  readonly avals: readonly ShapedArray[];
  readonly defs: readonly TreeDef[];
  readonly statics: readonly unknown[];
  readonly configVersion: number;
  readonly jaxpr: ClosedJaxpr;
  readonly consts: readonly NDArray[];
  readonly outDef: TreeDef;
}

/** Static values are compared by `Object.is`; lists and plain objects would never be equal, and compile at every call. */
function checkStatic(x: unknown, what: string, k: number): void {
  const isPlain =
    Array.isArray(x) ||
    (typeof x === "object" && x !== null && Object.getPrototypeOf(x) === Object.prototype);
  if (!isPlain && !(x instanceof NDArray)) return;
  throw new ArgumentError(
    `${what}: static argument ${k} is ${x instanceof NDArray ? "an array" : Array.isArray(x) ? "a list" : "a plain object"}; static arguments must be ` +
      `numbers, strings, booleans, functions or instances that are compared by identity. Pass its parts as arguments of their own, or close over it.`,
  );
}

function checkBackend(backend: string | null): void {
  if (backend === null || ["auto", "js", "wasm"].includes(backend)) return;
  throw new ArgumentError(`jit: backend is "auto", "js" or "wasm"; got ${JSON.stringify(backend)}.`);
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
  const s = e.statics.findIndex((x, i) => !Object.is(x, statics[i]));
  return s === -1 ? null : `static argument ${s} differs`;
}

/** Bound on the programs of one function; the oldest goes when it is reached. */
const maxEntries = 512;

/**
 * Compiles a function: traced once for each signature (structure, shapes, dtypes, static values, configuration), then run
 * as one program. It composes with every transformation. The function must be pure, and control flow must not depend on
 * the values of its arguments.
 *
 * @throws TracerConversionError when the function needs the number of a traced value
 * @see jax.jit
 * @example
 * const f = jit((x) => np.sin(x).mul(x));
 * f(0).item(); // 0
 */
export function jit<A extends NDArray[], R>(f: (...args: A) => R, options?: JitOptions): JitFunction<A, R>;
export function jit<A extends unknown[], R>(f: (...args: A) => R, options?: JitOptions): JitFunction<A, R>;
export function jit<A extends unknown[], R>(f: (...args: A) => R, options?: JitOptions): JitFunction<A, R> {
  checkOptions("jit", options, ["staticArgnums", "backend", "name"]);
  const backend = options?.backend ?? null;
  checkBackend(backend);
  const given = options?.staticArgnums ?? [];
  const staticArgnums = typeof given === "number" ? [given] : given;
  const name = options?.name ?? (f.name === "" ? "f" : f.name);
  const what = describeCall("jit", f);
  const entries: Entry[] = [];
  let calls = 0;
  let lastMiss: string | null = null;

  const split = (
    args: readonly unknown[],
  ): [dynamic: unknown[], statics: unknown[], place: (dynamic: readonly unknown[]) => unknown[]] => {
    const isStatic = (i: number): boolean =>
      staticArgnums.includes(i) || staticArgnums.includes(i - args.length);
    for (const n of staticArgnums) {
      if (!Number.isInteger(n) || n >= args.length || n < -args.length) {
        throw new ArgumentError(
          `${what}: staticArgnums names argument ${n}, but the call has ${args.length} arguments.`,
        );
      }
    }
    const place = (dynamic: readonly unknown[]): unknown[] => {
      let at = 0;
      return args.map((x, i) => (isStatic(i) ? x : dynamic[at++]));
    };
    const statics = args.filter((_, i) => isStatic(i));
    statics.forEach((x, k) => checkStatic(x, what, k));
    return [args.filter((_, i) => !isStatic(i)), statics, place];
  };

  const entryFor = (args: readonly unknown[]): [Entry, NDArray[]] => {
    const [dynamic, statics, place] =
      staticArgnums.length === 0 ? ([args, [], (d: readonly unknown[]) => [...d]] as const) : split(args);
    const { arrays, defs } = flattenArgs(dynamic, what);
    const avals = arrays.map((a) => a.aval);
    for (let k = entries.length - 1; k >= 0; k--) {
      const e = entries[k];
      if (e.avals.length === avals.length && difference(e, avals, defs, statics) === null) return [e, arrays];
    }
    const last = entries[entries.length - 1] as Entry | undefined;
    lastMiss =
      last === undefined
        ? "the first call"
        : (difference(last, avals, defs, statics) ?? "the number of arrays differs");
    const rebuild = rebuildArgs(defs);
    const fun = new FlatFunction(f, what, (flat) => place(rebuild(flat)));
    const [jaxpr, consts] = constsToInputs(traceToJaxpr(fun.call, avals, what));
    const entry: Entry = {
      avals,
      defs,
      statics,
      configVersion: config.version,
      jaxpr,
      consts,
      outDef: fun.outDef,
    };
    if (entries.length >= maxEntries) entries.shift();
    entries.push(entry);
    return [entry, arrays];
  };

  const call = (...args: unknown[]): unknown => {
    calls++;
    const [entry, arrays] = entryFor(args);
    const inputs = entry.consts.length === 0 ? arrays : [...entry.consts, ...arrays];
    const outs = bind(jitP, inputs, { jaxpr: entry.jaxpr, name, backend });
    return entry.outDef.node.kind === "leaf" ? outs[0] : treeUnflatten(entry.outDef, outs);
  };
  const jitted = call as JitFunction<A, R>;
  jitted.lower = (...args) => {
    const [entry] = entryFor(args);
    return {
      jaxpr: entry.jaxpr,
      compile: () => describe(executableOf(entry.jaxpr, name, backend ?? undefined)),
    };
  };
  jitted.cacheStats = () => ({ entries: entries.length, calls, lastMiss });
  jitted.clearCache = () => {
    entries.length = 0;
  };
  return jitted;
}

function describe(e: Executable): Compiled {
  return {
    jaxpr: printJaxpr(e.jaxpr.jaxpr),
    simplified: printJaxpr(e.simplified.jaxpr),
    loops: e.loops,
    source: e.source,
    get wasm() {
      return e.wasm;
    },
    stats: e.stats,
    get fn() {
      return e.fn;
    },
  };
}
