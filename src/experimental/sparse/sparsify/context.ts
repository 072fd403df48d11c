/** @file What rules of sparse programs are given beside operands and parameters. */
import type { NDArray } from "../../../core/array.ts";
import type { Params } from "../../../core/primitive.ts";
import type { Operand } from "./values.ts";

export interface RuleContext {
  /** What the user called, for messages. */
  readonly what: string;
  /** Runs a function as a sparse program. */
  run(values: readonly Operand[], f: (arrays: readonly NDArray[]) => readonly NDArray[]): Operand[];
}

/** What a primitive does with operands of which at least one is sparse. */
export type Rule = (operands: readonly Operand[], params: Params, context: RuleContext) => readonly Operand[];
