/** @file Warnings, on the console. */
import type { SparseEfficiencyWarning } from "./errors.ts";

export function warn(warning: SparseEfficiencyWarning): void {
  console.warn(`${warning.name}: ${warning.message}`);
}
