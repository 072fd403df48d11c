/**
 * @file The calling convention of programs: which operands and results of a program make up each array that a jaxpr takes or
 * gives. Read by the caller in `jit` (backend.ts), by the writer of modules and by that of their types (src/aot).
 *
 * A program takes its parameters in order, a number for a 0-d value and flat data for any other, and behind them its
 * constants. It gives arrays (`outs`) before numbers (`results`), and a complex array is two of either, its real and its
 * imaginary parts.
 */
import type { ShapedArray } from "../core/aval.ts";
import { type DType, type TypedArray, isComplex, realPart } from "../dtypes/dtype.ts";
import type { Border } from "../loops/ir/ir.ts";

/** An array that crosses the border of a program. */
export interface Passed {
  readonly aval: ShapedArray;
  /** It is a number for the program, or two. */
  readonly scalar: boolean;
  /** The dtype of each part. */
  readonly part: DType;
  /** Where its parts stand, among the parameters or among `[...outs, ...results]`: one, or two of complex arrays. */
  readonly places: readonly number[];
}

/** How a program is called. */
export interface Convention {
  readonly inputs: readonly Passed[];
  readonly outputs: readonly Passed[];
  /** What the last parameters hold in every call. */
  readonly constants: readonly TypedArray[];
}

function pass(aval: ShapedArray, next: () => number): Passed {
  const places = isComplex(aval.dtype) ? [next(), next()] : [next()];
  return { aval, scalar: aval.ndim === 0, part: realPart(aval.dtype), places };
}

/** The convention of the program of a jaxpr with these inputs and outputs. */
export function conventionOf(
  program: Border,
  inAvals: readonly ShapedArray[],
  outAvals: readonly ShapedArray[],
): Convention {
  let params = 0;
  let arrays = 0;
  let numbers = program.outs.length;
  return {
    inputs: inAvals.map((aval) => pass(aval, () => params++)),
    outputs: outAvals.map((aval) => pass(aval, () => (aval.ndim === 0 ? numbers++ : arrays++))),
    constants: program.constants ?? [],
  };
}
