/** @file `jit`: a function compiled, once for each signature of its arguments. */
import { checkFunction, show, refuseMore } from "../../base/checks.ts";
import { ConcreteArray, NDArray } from "../../core/array.ts";
import { evalTrace, isConcrete } from "../../core/eval.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import { config } from "../../base/config.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import { printJaxpr } from "../../core/jaxpr/print.ts";
import { bind, currentTrace } from "../../core/trace.ts";
import { type TreeDef, treeFlatten, treeUnflatten } from "../../core/tree.ts";
import type { ArrayTree, LikeArgs } from "../../core/tree-types.ts";
import { ArgumentError, StateError, checkOptions } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import { inputsToConsts } from "../../interpreters/staging.ts";
import { writeBack } from "../../interpreters/state.ts";
import { OptionalPart } from "../../core/late.ts";
import type { Backend } from "../../jit/runner.ts";
import { jitP } from "../../jit/call.ts";
import { type CompileStats, type Executable, executableOf } from "../../jit/executable.ts";
import { type AnyFunction, describeCall, flagArguments, numberList } from "../flatten.ts";
import { type Entry, Programs } from "./programs.ts";
import { updateRefs } from "../refs.ts";

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

function checkBackend(backend: string | null): void {
  if (backend === null || ["auto", "js", "wasm"].includes(backend)) return;
  throw new ArgumentError(`jit: backend is "auto", "js" or "wasm"; got ${show(backend)}.`);
}

/** The inputs of a call that is like the entry's, of concrete arrays and numbers only; else null. */
function plainInputs(e: Entry, args: readonly unknown[]): ConcreteArray[] | null {
  const { avals } = e;
  const n = args.length;
  if (n !== avals.length || e.configVersion !== config.version || currentTrace() !== evalTrace) return null;
  if (config.values.debugNans || config.values.debugInfs) return null;
  const inputs = e.consts.slice() as ConcreteArray[];
  for (let i = 0; i < n; i++) {
    let a = args[i];
    if (typeof a === "number") a = asArray(a, "jit");
    if (!(a instanceof ConcreteArray) || a.aval !== avals[i]) return null;
    inputs.push(a);
  }
  return inputs;
}

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
  const programs = new Programs(f, what, name, staticArgnums);
  const { entries } = programs;
  let calls = 0;

  const call = (...args: unknown[]): unknown => {
    calls++;
    if (config.values.disableJit) return programs.interpret(args);
    const last = entries[entries.length - 1] as Entry | undefined;
    if (last?.plain === true && donated.length === 0) {
      const inputs = plainInputs(last, args);
      if (inputs !== null) {
        last.executable ??= executableOf(last.jaxpr, name, backend ?? undefined);
        return last.executable.call(inputs)[0];
      }
    }
    const [entry, arrays, refs] = programs.find(args);
    const { cells } = entry.state;
    const plain = entry.consts.length === 0 && cells.length === 0;
    const inputs = plain ? arrays : [...entry.consts, ...arrays, ...cells.map((cell) => cell.value)];
    const outs =
      inline && inputs.some((x) => !isConcrete(x))
        ? jaxprAsFun(entry.jaxpr)(inputs)
        : bind(jitP, inputs, { jaxpr: entry.jaxpr, name, backend });
    if (donated.length > 0) donate(args);
    const { outDef } = entry;
    const more = outs.length > outDef.numLeaves ? outs.slice(outDef.numLeaves) : null;
    if (more !== null) {
      updateRefs(refs, entry.refsChanged, more);
      writeBack(entry.state, more.slice(refs.length));
    }
    if (outDef.node.kind === "leaf") return outs[0];
    return treeUnflatten(outDef, more === null ? outs : outs.slice(0, outDef.numLeaves));
  };
  const donate = (args: readonly unknown[]): void => {
    const isDonated = flagArguments(donated, args.length, "donateArgnums", what);
    for (const leaf of treeFlatten(args.filter((_, i) => isDonated?.[i]))[0]) {
      if (leaf instanceof NDArray) leaf.dispose();
    }
  };
  const jitted = call as JitFunction<unknown[], unknown>;
  jitted.lower = (...args) => {
    const [entry] = programs.find(args);
    return {
      jaxpr: entry.jaxpr,
      compile: () => describe(executableOf(entry.jaxpr, name, backend ?? undefined)),
      stablehlo: () => exported(inputsToConsts(entry.jaxpr, entry.consts), name, entry),
    };
  };
  jitted.cacheStats = () => ({ entries: entries.length, calls, lastMiss: programs.lastMiss });
  jitted.clearCache = () => {
    entries.length = 0;
  };
  return jitted;
}

/** Writes programs as StableHLO: installed by what exports, or with the library whole. */
export const stablehloWriter = new OptionalPart<
  (closed: ClosedJaxpr, name: string, args: readonly TreeDef[], result: TreeDef) => string
>();

function exported(closed: ClosedJaxpr, name: string, { defs, outDef, state, refs }: Entry): string {
  if (state.cells.length > 0 || refs !== "") {
    throw new StateError(
      "lower().stablehlo(): the function uses a reference from outside. Make it inside, and pass what it holds.",
    );
  }
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
