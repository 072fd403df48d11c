/**
 * @file Which backend runs a program, and how it is called: JavaScript, WebAssembly, or the interpreter where no code may
 * be generated. The choice is made once, when the program is compiled. Unless the user makes it, it depends on the program
 * alone, and on what the host allows.
 */
import { config } from "../base/config.ts";
import { type ArrayData, ComplexArray, ConcreteArray } from "../core/array.ts";
import { type ShapedArray, shaped } from "../core/aval.ts";
import { type TypedArray, copyElements, isComplex } from "../dtypes/dtype.ts";
import { ArgumentError } from "../base/errors.ts";
import { partAvals } from "../interpreters/complex.ts";
import { interpret } from "../loops/emit/interpreter.ts";
import { emitJs } from "../loops/emit/javascript/codegen.ts";
import { canGenerateCode, compileJs } from "../loops/emit/javascript/compile.ts";
import type { WasmCode } from "../loops/emit/wasm/codegen.ts";
import { hostCalls, isUndisturbed } from "../loops/ir/traverse.ts";
import type { Border, Program } from "../loops/ir/ir.ts";
import { type Convention, conventionOf } from "./convention.ts";
import type { Backend, BackendUsed, RawFunction, Runner } from "./runner.ts";
import { type WholePrograms, wholePrograms } from "./whole-programs.ts";

/** What compiles to WebAssembly. */
function webAssembly(): WholePrograms {
  const parts = wholePrograms.value;
  if (parts === null)
    throw new ArgumentError(
      'backend "wasm": eager operations have it once `jit` is used, or after `await init()`.',
    );
  return parts;
}

/** The backend for a program. */
function chooseBackend(program: Program, wanted: Backend): BackendUsed {
  if (config.values.jitless) return "interpreter";
  if (wanted === "wasm") return "wasm";
  const parts = wholePrograms.value;
  const ready = wanted === "auto" && parts?.wasmReady() === true;
  // No debugger steps through WebAssembly line by line of the user's.
  if (ready && program.meanings === undefined && parts.vectorsPay(program)) return "wasm";
  return canGenerateCode() ? "js" : ready ? "wasm" : "interpreter";
}

function onData(
  run: RawFunction,
  order: readonly number[],
  outAvals: readonly ShapedArray[],
): Runner["call"] {
  return (args) => {
    const n = args.length;
    const result =
      n === 1 ? run(args[0].raw) : n === 2 ? run(args[0].raw, args[1].raw) : run(...args.map((a) => a.raw));
    if (outAvals.length === 1) return [new ConcreteArray(outAvals[0], result as ArrayData)];
    return outAvals.map((aval, i) => new ConcreteArray(aval, (result as ArrayData[])[order[i]]));
  };
}

const only = (xs: readonly unknown[]): unknown => (xs.length <= 1 ? xs[0] : xs);

function jsRunner(
  program: Program,
  outAvals: readonly ShapedArray[],
  order: readonly number[],
  again: () => Program,
): Runner {
  const { name } = program;
  // While the host runs, it may call the same program again, which then needs temporaries of its own.
  const calls = hostCalls(program.body).map((s) => s.call);
  const keep = isUndisturbed(calls);
  const stepping = program.meanings === undefined ? null : wholePrograms.value;
  const compile = (p: Program, allocateOuts: boolean): RawFunction =>
    stepping?.compileSteps(p, allocateOuts, keep, calls) ??
    compileJs(emitJs(p, allocateOuts, keep), name, calls);
  const run = compile(program, true);
  let bare: RawFunction | null = null;
  return {
    backend: "js",
    call: onData(run, order, outAvals),
    get fn() {
      return (bare ??= compile(again(), false));
    },
  };
}

function interpretedRunner(
  program: Program,
  outAvals: readonly ShapedArray[],
  order: readonly number[],
): Runner {
  const { params, outs } = program;
  return {
    backend: "interpreter",
    call: onData((...args) => only(interpret(program, args as ArrayData[])), order, outAvals),
    fn: (...args) => {
      const values = interpret(program, args.slice(0, params.length) as ArrayData[]);
      outs.forEach((_, i) => {
        copyElements(args[params.length + i] as TypedArray, values[i] as TypedArray);
      });
      return only(values.slice(outs.length));
    },
  };
}

/** A program on the parts as one on complex arrays. */
function onComplexArrays(runner: Runner, outAvals: readonly ShapedArray[]): Runner {
  return {
    backend: runner.backend,
    call: (args) => {
      const given: ConcreteArray[] = [];
      for (const a of args) {
        if (a instanceof ComplexArray) given.push(a.re, a.im);
        else given.push(a);
      }
      const parts = runner.call(given);
      if (parts.length === 2 && outAvals.length === 1)
        return [new ComplexArray(outAvals[0], parts[0], parts[1])];
      let at = 0;
      return outAvals.map((aval): ConcreteArray =>
        isComplex(aval.dtype) ? new ComplexArray(aval, parts[at++], parts[at++]) : parts[at++],
      );
    },
    get fn() {
      return runner.fn;
    },
  };
}

/** A program with constants as one without: they follow the arguments of each call. */
function withConstants(runner: Runner, program: Border, { constants }: Convention): Runner {
  if (constants.length === 0) return runner;
  const buffers = program.params.slice(-constants.length);
  const arrays = constants.map((data, i) => new ConcreteArray(shaped([data.length], buffers[i].dtype), data));
  const n = program.params.length - constants.length;
  return {
    backend: runner.backend,
    call: (args) => runner.call([...args, ...arrays]),
    get fn(): RawFunction {
      const { fn } = runner;
      return (...args) => fn(...args.slice(0, n), ...constants, ...args.slice(n));
    },
  };
}

const runners = {
  js: jsRunner,
  wasm: (
    program: Program,
    outAvals: readonly ShapedArray[],
    order: readonly number[],
    _: () => Program,
    made?: (code: WasmCode) => void,
  ): Runner => webAssembly().wasmRunner(program, outAvals, order, made),
  interpreter: interpretedRunner,
};

/**
 * The runner of a program, from one that takes numbers and data of real arrays.
 * @param make is given the avals of the parts of the results, and where these stand among those of the program.
 */
export function runnerOf<P extends Border>(
  program: P,
  inAvals: readonly ShapedArray[],
  outAvals: readonly ShapedArray[],
  make: (program: P, outAvals: readonly ShapedArray[], order: readonly number[]) => Runner,
): Runner {
  const convention = conventionOf(program, inAvals, outAvals);
  const order = convention.outputs.flatMap(({ places }) => places);
  const runner = withConstants(make(program, partAvals(outAvals), order), program, convention);
  const complex = [...inAvals, ...outAvals].some((a) => isComplex(a.dtype));
  return complex ? onComplexArrays(runner, outAvals) : runner;
}

/**
 * Compiles a program for the backend that is wanted, or suits it.
 * @param inAvals those of the arrays that the runner is called with: a complex one is two operands of the program.
 * @param outAvals those of the arrays that it returns.
 * @param again makes the program once more: a runner holds no program that it has compiled.
 * @param made is given the module, if one is made.
 */
export function compileProgram(
  program: Program,
  inAvals: readonly ShapedArray[],
  outAvals: readonly ShapedArray[],
  wanted: Backend,
  again: () => Program,
  made?: (code: WasmCode) => void,
): Runner {
  const make = runners[chooseBackend(program, wanted)];
  return runnerOf(program, inAvals, outAvals, (...given) => make(...given, again, made));
}
