/** @file The error of programs that are read or made by hand. */
import { AdjointError } from "../base/errors.ts";

/** A text that is no program, or a program that is not well-formed. */
export class JaxprError extends AdjointError {
  /** The line in the text, from 1; null of programs that were not read. */
  readonly line: number | null;
  /** The column in the line, from 1; null of programs that were not read. */
  readonly column: number | null;

  constructor(detail: string, line: number | null = null, column: number | null = null) {
    super("jaxpr", detail);
    this.line = line;
    this.column = column;
  }
}
