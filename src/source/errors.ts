/** @file The error of what cannot be written as a module. */
import { AdjointError } from "../base/errors.ts";

/** A program, its arguments or its results hold what a module cannot say. */
export class SourceError extends AdjointError {
  constructor(detail: string) {
    super("source", `toSource: ${detail}`);
  }
}
