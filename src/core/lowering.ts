/**
 * @file What a primitive's `lower` rule may ask of the compiler: the part of lowering that speaks of avals and jaxprs. What
 * it returns speaks of types and loops alone (src/loops/pull.ts).
 */
import type { Block } from "../loops/ir/build.ts";
import type { Lowered, Pull } from "../loops/pull.ts";
import type { Buffer } from "../loops/ir/ir.ts";
import type { ConcreteArray } from "./array.ts";
import type { ShapedArray } from "./aval.ts";
import type { ClosedJaxpr } from "./jaxpr/ir.ts";

export interface LowerContext {
  readonly outAvals: readonly ShapedArray[];
  /** Writes the program of a body (a loop's, a branch's) into a block and returns its outputs. */
  emit(b: Block, jaxpr: ClosedJaxpr, args: readonly Pull[]): Pull[];
  /** The buffer that holds an array (of rank 1 or more, not complex) whenever the program runs. */
  constant(value: ConcreteArray): Buffer;
}

export type LowerRule<P> = (context: LowerContext, args: readonly Pull[], params: P) => Lowered;
