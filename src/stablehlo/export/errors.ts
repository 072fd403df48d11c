/** @file The error of what cannot be exported. */
import { AdjointError } from "../../base/errors.ts";

/** A program holds what StableHLO has no counterpart of, or shardings do not fit it. */
export class ExportError extends AdjointError {
  constructor(detail: string) {
    super("stablehlo-export", `toStablehlo: ${detail}`);
  }
}
