/**
 * @file A module as it is read, from text or from bytes: functions, blocks, operations, values. Each value has a place in its
 * function's frame.
 */
import type { Attributes } from "./attributes.ts";
import type { StablehloError } from "./errors.ts";
import type { Type } from "./types.ts";

export interface Value {
  readonly type: Type;
  /** Its place among the values of its function. */
  readonly slot: number;
  /** The operation that gives it, and which result it is; null for the arguments of blocks. */
  readonly from: { readonly op: Op; readonly index: number } | null;
}

export interface Op {
  /** With its dialect: `stablehlo.add`. */
  readonly name: string;
  /** Where it stands in the text or in the bytes. */
  readonly at: number;
  readonly operands: readonly Value[];
  readonly results: Value[];
  readonly attributes: Attributes;
  readonly regions: readonly Block[];
}

/** Operations in order; the last one returns. */
export interface Block {
  readonly args: readonly Value[];
  readonly ops: readonly Op[];
  readonly end: Op;
}

export interface Func {
  readonly name: string;
  readonly at: number;
  readonly body: Block;
  readonly results: readonly Type[];
  readonly attributes: Attributes;
  /** How many values there are in it. */
  readonly slots: number;
}

export interface Module {
  /** What messages call what it was read from. */
  readonly source: "text" | "module";
  /** The error at a position. */
  error(at: number, detail: string): StablehloError;
  /** Its name, if it has one. */
  readonly name: string;
  readonly functions: ReadonlyMap<string, Func>;
}
