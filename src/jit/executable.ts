/**
 * @file Compiled programs: a jaxpr taken through all stages, each of which can be looked at, and the function that runs it.
 *
 * Temporaries live in buffers that belong to the executable and are reused from call to call (and among themselves, by
 * liveness), so that a call allocates its outputs and nothing else.
 */
import { config } from "../config.ts";
import { type ArrayData, ConcreteArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { type TypedArray, dtypeInfo } from "../core/dtype.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { interpret } from "./interp.ts";
import { emitJs } from "./js/codegen.ts";
import { canGenerateCode, compileJs } from "./js/compile.ts";
import type { Program } from "./loop/ir.ts";
import { printProgram } from "./loop/print.ts";
import { jaxprProgram } from "./program.ts";
import { simplify } from "./simplify.ts";

/** Numbers of a compilation. */
export interface CompileStats {
  /** Equations before and after simplification. */
  readonly equations: number;
  readonly simplified: number;
  /** Loop nests at the top of the program. */
  readonly kernels: number;
  /** Temporary buffers and their bytes. */
  readonly buffers: number;
  readonly bytes: number;
  readonly milliseconds: number;
}

type RawFunction = (...args: readonly unknown[]) => unknown;

/** A jaxpr compiled to JavaScript. */
export class Executable {
  readonly name: string;
  readonly jaxpr: ClosedJaxpr;
  readonly simplified: ClosedJaxpr;
  readonly program: Program;
  readonly outAvals: readonly ShapedArray[];
  readonly stats: CompileStats;
  readonly #order: readonly number[];
  readonly #run: RawFunction;
  #into: RawFunction | null = null;

  constructor(jaxpr: ClosedJaxpr, name: string) {
    const start = performance.now();
    this.name = name;
    this.jaxpr = jaxpr;
    this.simplified = simplify(jaxpr);
    this.program = jaxprProgram(this.simplified, name);
    this.outAvals = jaxpr.outAvals;
    let arrays = 0;
    let scalars = this.program.outs.length;
    this.#order = this.outAvals.map((aval) => (aval.ndim === 0 ? scalars++ : arrays++));
    this.#run = this.#compile(true);
    const temporaries = this.program.body.flatMap((s) => (s.kind === "alloc" ? [s.buffer] : []));
    this.stats = {
      equations: jaxpr.jaxpr.eqns.length,
      simplified: this.simplified.jaxpr.eqns.length,
      kernels: this.program.body.filter((s) => s.kind === "for").length,
      buffers: temporaries.length,
      bytes: temporaries.reduce((n, b) => n + b.size * dtypeInfo(b.dtype).bytes, 0),
      milliseconds: performance.now() - start,
    };
  }

  #compile(allocateOuts: boolean): RawFunction {
    if (!config.values.jitless && canGenerateCode())
      return compileJs(emitJs(this.program, allocateOuts, true), this.name);
    const { params, outs } = this.program;
    return (...args) => {
      const values = interpret(this.program, args.slice(0, params.length) as ArrayData[]);
      if (allocateOuts) return values.length === 1 ? values[0] : values;
      outs.forEach((_, i) => {
        (args[params.length + i] as TypedArray).set(values[i] as TypedArray);
      });
      const results = values.slice(outs.length);
      return results.length <= 1 ? results[0] : results;
    };
  }

  /** The JavaScript text. */
  get source(): string {
    return emitJs(this.program, true, true);
  }

  /** The loop program as text. */
  get loops(): string {
    return printProgram(this.program);
  }

  /**
   * The bare function: data in (numbers for 0-d values, typed arrays else), array outputs written into the typed arrays
   * given behind them, 0-d outputs returned. Nothing is allocated or checked.
   */
  get fn(): RawFunction {
    this.#into ??= this.#compile(false);
    return this.#into;
  }

  /** Runs on concrete arrays. */
  call(args: readonly ConcreteArray[]): ConcreteArray[] {
    const n = args.length;
    const result =
      n === 1
        ? this.#run(args[0].raw)
        : n === 2
          ? this.#run(args[0].raw, args[1].raw)
          : this.#run(...args.map((a) => a.raw));
    const { outAvals } = this;
    if (outAvals.length === 1) return [new ConcreteArray(outAvals[0], result as ArrayData)];
    return outAvals.map((aval, i) => new ConcreteArray(aval, (result as ArrayData[])[this.#order[i]]));
  }
}

const executables = new WeakMap<ClosedJaxpr, Map<boolean, Executable>>();

/** The executable of a jaxpr without constants, compiled once (once more for the interpreter, where that is asked for). */
export function executableOf(jaxpr: ClosedJaxpr, name: string): Executable {
  let byMode = executables.get(jaxpr);
  if (byMode === undefined) executables.set(jaxpr, (byMode = new Map<boolean, Executable>()));
  const { jitless } = config.values;
  let out = byMode.get(jitless);
  if (out === undefined) byMode.set(jitless, (out = new Executable(jaxpr, name)));
  return out;
}
