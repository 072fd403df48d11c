/**
 * @file Who looks on while programs are compiled and run: installed while a profile is taken (src/profile), and null else.
 * Programs are then run by it, in whatever way shows more of them and gives the same results.
 */
import type { ConcreteArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { OptionalPart } from "../core/late.ts";
import type { Params, Primitive } from "../core/primitive.ts";
import type { Program } from "../loops/ir/ir.ts";
import type { BackendUsed, Runner } from "./runner.ts";

/** A program made of several equations. */
export interface WatchedProgram {
  readonly name: string;
  readonly runner: Runner;
  readonly inAvals: readonly ShapedArray[];
  readonly outAvals: readonly ShapedArray[];
  /** Makes its loops anew. */
  readonly again: () => Program;
}

/** Numbers of a compilation that is over. */
export interface Compilation {
  readonly name: string;
  readonly backend: BackendUsed;
  readonly equations: number;
  readonly kernels: number;
  readonly cached: boolean;
  readonly milliseconds: number;
}

export interface Watch {
  /** Runs a program of several equations. */
  program(program: WatchedProgram, args: readonly ConcreteArray[]): ConcreteArray[];
  /** Runs a single equation. */
  operation(
    runner: Runner,
    primitive: Primitive,
    args: readonly ConcreteArray[],
    params: Params,
  ): ConcreteArray[];
  /** `jit` has traced a function, in so many milliseconds. @param onlyLines it was traced before, without the user's lines. */
  traced(name: string, jaxpr: object, reason: string, onlyLines: boolean, milliseconds: number): void;
  /** A program of several equations was compiled. @param jaxpr what it was compiled of, if that is known to `jit`. */
  compiled(compilation: Compilation, jaxpr: object | null): void;
}

export const watching = new OptionalPart<Watch | null>();
