/** @file `fromStablehlo`. */
import type { NDArray } from "../../core/array.ts";
import { errorAt } from "./errors.ts";

/** Options of `fromStablehlo`. */
export interface ImportOptions {
  /** The function of the module that is wanted: `main` by default. */
  readonly name?: string | undefined;
}

/**
 * A StableHLO module as a function of its flat arguments.
 * @throws StablehloError
 */
export function fromStablehlo(
  text: string | Uint8Array,
  _options?: ImportOptions,
): (...args: NDArray[]) => NDArray | NDArray[] {
  throw errorAt(String(text), 0, "expected a module.");
}
