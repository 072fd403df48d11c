/**
 * @file Compiled programs: a jaxpr taken through all stages, each of which can be looked at, and the function that runs it.
 *
 * Temporaries live in buffers that are reused from call to call (and among themselves, by liveness), so that a call of
 * generated code allocates its outputs and nothing else. In JavaScript they belong to the executable; WebAssembly modules
 * share one arena, since they run one at a time.
 */
import { config } from "../base/config.ts";
import { ComplexArray, type ConcreteArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { compileProgram, runnerOf } from "./backend.ts";
import { installCompiler, runModule } from "./compiler.ts";
import { placeOf } from "./kept/find.ts";
import type { KeptProgram } from "./kept/format.ts";
import { keptPrograms } from "./kept/kept.ts";
import { emitJs } from "../loops/emit/javascript/codegen.ts";
import { emitSteps } from "../loops/emit/javascript/steps.ts";
import type { Program } from "../loops/ir/ir.ts";
import { printProgram } from "../loops/ir/print.ts";
import { jaxprProgram, kernelsOf, knowsLines, temporaryBytes, weightOf } from "./program.ts";
import type { Backend, BackendUsed, RawFunction, Runner } from "./runner.ts";
import { simplify } from "./simplify.ts";
import { type WasmCode, wasmText } from "../loops/emit/wasm/codegen.ts";
import { wasmTarget } from "./memory/threads.ts";
import { type WatchedProgram, watching } from "./watch.ts";

/** Numbers of a loop program. */
export interface ProgramStats {
  /** Loop nests at the top of the program. */
  readonly kernels: number;
  /** Temporary buffers and their bytes. */
  readonly buffers: number;
  readonly bytes: number;
}

/** Numbers of a compilation. */
export interface CompileStats extends ProgramStats {
  /** What runs the program. */
  readonly backend: BackendUsed;
  /** Equations before and after simplification. */
  readonly equations: number;
  readonly simplified: number;
  /** Whether the module was found where `init({ cache })` keeps them. */
  readonly cached: boolean;
  readonly milliseconds: number;
}

/** Has data computed that was put off. */
function settle(x: ConcreteArray): void {
  if (x instanceof ComplexArray) [x.re, x.im].forEach(settle);
  else x.storage?.settle?.();
}

const statsOf = (program: Program): ProgramStats => ({
  kernels: kernelsOf(program),
  buffers: program.body.filter((s) => s.kind === "alloc").length,
  bytes: temporaryBytes(program),
});

/** A compiled jaxpr. */
export class Executable {
  readonly name: string;
  readonly jaxpr: ClosedJaxpr;
  readonly outAvals: readonly ShapedArray[];
  readonly stats: CompileStats;
  /** Bytes that it holds, roughly. */
  readonly weight: number;
  readonly #runner: Runner;

  constructor(jaxpr: ClosedJaxpr, name: string, backend: Backend) {
    installCompiler();
    const start = performance.now();
    this.name = name;
    this.jaxpr = jaxpr;
    const simplified = simplify(jaxpr);
    this.outAvals = jaxpr.outAvals;
    const { value: store } = keptPrograms;
    // What is kept cannot be stepped through.
    const place =
      store === null || (backend === "auto" && knowsLines(simplified))
        ? null
        : placeOf(store, simplified, name, backend);
    const found = place?.found ?? null;
    const kept = found === null ? null : this.#runKept(found);
    let stats: ProgramStats;
    if (found !== null && kept !== null) {
      this.#runner = kept;
      this.weight = found.weight;
      stats = found.stats;
    } else {
      const program = jaxprProgram(simplified, name);
      stats = statsOf(program);
      const modules: WasmCode[] = [];
      this.#runner = compileProgram(
        program,
        jaxpr.inAvals,
        this.outAvals,
        backend,
        () => this.program,
        (code) => modules.push(code),
      );
      this.weight = weightOf(jaxpr, program, this.#runner.backend);
      for (const code of modules)
        if (code.hosts.size === 0) place?.keep({ border: program, code, stats, weight: this.weight });
    }
    this.stats = {
      backend: this.#runner.backend,
      equations: jaxpr.jaxpr.eqns.length,
      simplified: simplified.jaxpr.eqns.length,
      ...stats,
      cached: kept !== null,
      milliseconds: performance.now() - start,
    };
    watching.value?.compiled({ name, ...this.stats }, jaxpr);
  }

  /** Made anew: what was compiled is not needed to run, and larger than the code. */
  get simplified(): ClosedJaxpr {
    return simplify(this.jaxpr);
  }

  /** The loop program, made anew. */
  get program(): Program {
    return jaxprProgram(this.simplified, this.name);
  }

  /** Runs what was kept; null if the host does not take it. */
  #runKept({ border, code }: KeptProgram): Runner | null {
    try {
      return runnerOf(border, this.jaxpr.inAvals, this.outAvals, (...[, outAvals, order]) =>
        runModule(border, code, outAvals, order),
      );
    } catch {
      return null;
    }
  }

  /** The JavaScript text, whatever runs. */
  get source(): string {
    const { program } = this;
    return program.meanings === undefined ? emitJs(program, true, true) : emitSteps(program, true, true).text;
  }

  /** The WebAssembly text, whatever runs. */
  get wasm(): string {
    return wasmText(this.program, wasmTarget());
  }

  /** The loop program as text. */
  get loops(): string {
    return printProgram(this.program);
  }

  /**
   * The bare function: data in (numbers for 0-d values, typed arrays else; complex arrays are two, real parts and
   * imaginary parts), array outputs written into the typed arrays given behind them, 0-d outputs returned. Nothing is
   * allocated or checked.
   */
  get fn(): RawFunction {
    return this.#runner.fn;
  }

  get #watched(): WatchedProgram {
    const { name, outAvals, jaxpr } = this;
    return { name, runner: this.#runner, inAvals: jaxpr.inAvals, outAvals, again: () => this.program };
  }

  /** Runs on concrete arrays. */
  call(args: readonly ConcreteArray[]): ConcreteArray[] {
    // Before the call: nothing else may run while operands are handed over.
    for (const x of args) settle(x);
    return watching.value?.program(this.#watched, args) ?? this.#runner.call(args);
  }
}

const executables = new WeakMap<ClosedJaxpr, Map<string, Executable>>();

/** The executable of a jaxpr without constants, compiled once for each choice of a backend. */
export function executableOf(
  jaxpr: ClosedJaxpr,
  name: string,
  backend: Backend = config.values.backend,
): Executable {
  let byMode = executables.get(jaxpr);
  if (byMode === undefined) executables.set(jaxpr, (byMode = new Map<string, Executable>()));
  const mode = config.values.jitless ? "jitless" : backend;
  let out = byMode.get(mode);
  if (out === undefined) byMode.set(mode, (out = new Executable(jaxpr, name, backend)));
  return out;
}

/** Bytes of the programs of a jaxpr, roughly. */
export function weightOfPrograms(jaxpr: ClosedJaxpr): number {
  let bytes = 0;
  for (const e of executables.get(jaxpr)?.values() ?? []) bytes += e.weight;
  return bytes;
}
