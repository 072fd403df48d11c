/** @file The error of StableHLO text, and where in a text a position is. */
import { AdjointError } from "../../../base/errors.ts";

/** A text that is not StableHLO, or that holds what the library has no counterpart of. */
export class StablehloError extends AdjointError {
  /** The line in the text, from 1. */
  readonly line: number;
  /** The column in the line, from 1. */
  readonly column: number;

  constructor(detail: string, line: number, column: number) {
    super("stablehlo", `fromStablehlo: line ${line}, column ${column}: ${detail}`);
    this.line = line;
    this.column = column;
  }
}

/** The error at an offset of a text. */
export function errorAt(text: string, offset: number, detail: string): StablehloError {
  let line = 1;
  let start = 0;
  for (let i = text.indexOf("\n"); i >= 0 && i < offset; i = text.indexOf("\n", i + 1)) {
    line++;
    start = i + 1;
  }
  return new StablehloError(detail, line, offset - start + 1);
}
