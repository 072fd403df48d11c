/** @file What a table of writings holds: for an operation the expressions that may be it, best first. */
import type { ShapedArray } from "../../core/aval.ts";
import type { Params } from "../../core/primitive.ts";
import type { Operand, Written } from "../expressions.ts";

/** An equation as its writers see it. */
export interface Operation<P = Params> {
  /** The operands. */
  readonly args: readonly Operand[];
  readonly params: P;
  readonly avals: readonly ShapedArray[];
  readonly outs: readonly ShapedArray[];
}

/** The expressions that may be an operation. */
export type Rule = (operation: Operation) => Iterable<Written>;

/** A rule for an operation with parameters of this kind. */
export const rule =
  <P>(write: (operation: Operation<P>) => Iterable<Written>): Rule =>
  (operation) =>
    write(operation as Operation<P>);
