/** @file The error of StableHLO, and where in a text a position is. */
import { AdjointError } from "../../../base/errors.ts";

/** A text, or bytes, that are not StableHLO, or that hold what the library has no counterpart of. */
export class StablehloError extends AdjointError {
  /** Where it is: the offset in the text or in the bytes, from 0. */
  readonly offset: number;
  /** The line in the text, from 1; null of bytes. */
  readonly line: number | null;
  /** The column in the line, from 1; null of bytes. */
  readonly column: number | null;

  constructor(detail: string, offset: number, line: number | null = null, column: number | null = null) {
    const place = line === null || column === null ? `byte ${offset}` : `line ${line}, column ${column}`;
    super("stablehlo", `fromStablehlo: ${place}: ${detail}`);
    this.offset = offset;
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
  return new StablehloError(detail, offset, line, offset - start + 1);
}
