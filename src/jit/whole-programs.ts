/**
 * @file What compiling whole programs adds to compiling single operations: the passes that optimise, and WebAssembly.
 *
 * Eager evaluation does without, so that a bundle of a program that never compiles one holds neither. They are installed
 * when something needs them (`jit`, loops, `init`), once; from then on eager evaluation has them too.
 */
import type { ConcreteArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { OptionalPart } from "../core/late.ts";
import type { Params, Primitive } from "../core/primitive.ts";
import type { WasmCode } from "../loops/emit/wasm/codegen.ts";
import type { HostCall, Program } from "../loops/ir/ir.ts";
import type { RawFunction, Runner } from "./runner.ts";

/** Evaluates an equation of a primitive. */
export type Evaluate = <P extends Params>(
  primitive: Primitive<P>,
  args: readonly ConcreteArray[],
  params: P,
) => ConcreteArray[];

export interface WholePrograms {
  optimize(program: Program): Program;
  /** Throws if the program is none: a fault of the library. */
  check(program: Program): void;
  /** The result of an equation that is one of many which differ in places alone; else null. See places.ts. */
  evaluateAnywhere(
    primitive: Primitive,
    args: readonly ConcreteArray[],
    params: Params,
    evaluate: Evaluate,
  ): ConcreteArray[] | null;
  /** True if WebAssembly can be generated and run now. */
  wasmReady(): boolean;
  /** True if vectors pay for what a call of WebAssembly costs. */
  vectorsPay(program: Program): boolean;
  /** Compiles a program whose lines are known to JavaScript for debuggers, as `emitJs` and `compileJs` do for others. */
  compileSteps(
    program: Program,
    allocateOuts: boolean,
    keepTemporaries: boolean,
    calls: readonly HostCall[],
  ): RawFunction;
  /** Compiles a program, with a typed error where WebAssembly cannot run; `made` is given the module. */
  wasmRunner(
    program: Program,
    outAvals: readonly ShapedArray[],
    order: readonly number[],
    made?: (code: WasmCode) => void,
  ): Runner;
}

export const wholePrograms = new OptionalPart<WholePrograms>();
