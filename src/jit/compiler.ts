/** @file The passes and WebAssembly for whole programs, as they are installed (whole-programs.ts). */
import { ArgumentError } from "../base/errors.ts";
import type { ArrayData } from "../core/array.ts";
import { checkClosedJaxpr } from "../core/jaxpr/check.ts";
import { jaxprChecker, jaxprPrinter } from "../core/jaxpr/ir.ts";
import { printClosedJaxpr } from "../core/jaxpr/print.ts";
import type { TypedArray } from "../dtypes/dtype.ts";
import { checkProgram } from "../loops/ir/check.ts";
import { runsWasm } from "../loops/emit/wasm/host.ts";
import { vectorGain } from "../loops/emit/wasm/vector/vectorise.ts";
import { optimize } from "../loops/passes/pipeline.ts";
import type { ShapedArray } from "../core/aval.ts";
import { type WasmCode, compileWasm } from "../loops/emit/wasm/codegen.ts";
import type { Border } from "../loops/ir/ir.ts";
import { WasmProgram } from "./memory/run.ts";
import { deferral } from "../core/deferral.ts";
import { deferring } from "./deferred.ts";
import { wasmTarget } from "./memory/threads.ts";
import type { Runner } from "./runner.ts";
import { compileSteps } from "./stepping.ts";
import { evaluateAnywhere } from "./places.ts";
import { type WholePrograms, wholePrograms } from "./whole-programs.ts";

/** Estimated operations that vectors must save for WebAssembly to pay for its call and its copies of small arrays. */
const worthwhile = 4000;

/** Runs a module that was made of a program with this border. */
export function runModule(
  program: Border,
  code: WasmCode,
  outAvals: readonly ShapedArray[],
  order: readonly number[],
): Runner {
  const module = new WasmProgram(program, code, outAvals, order);
  const n = program.params.length;
  return {
    backend: "wasm",
    call: (args) => module.call(args),
    fn: (...args) => {
      const results = module.runInto(args.slice(0, n) as ArrayData[], args.slice(n) as TypedArray[]);
      return results.length <= 1 ? results[0] : results;
    },
  };
}

const compiler: WholePrograms = {
  optimize,
  evaluateAnywhere,
  check: checkProgram,
  wasmReady: runsWasm,
  compileSteps,
  vectorsPay: (program) => vectorGain(program) >= worthwhile,
  wasmRunner(program, outAvals, order, made) {
    if (!runsWasm())
      throw new ArgumentError(
        `jit: the backend "wasm" needs a host that has WebAssembly with 128-bit vectors, and a policy that lets it compile ` +
          `modules at run time (such as "wasm-unsafe-eval"). This one does not: leave the choice to "auto".`,
      );
    const code = compileWasm(program, wasmTarget());
    made?.(code);
    return runModule(program, code, outAvals, order);
  },
};

export function installCompiler(): void {
  // It may have been installed under something that looks on.
  if (wholePrograms.value !== null) return;
  wholePrograms.install(compiler);
  deferral.install(deferring);
  jaxprChecker.install(checkClosedJaxpr);
  jaxprPrinter.install(printClosedJaxpr);
}
