/** @file The parameters that many functions of `scipy.linalg` share. */
import { given, param } from "../../arguments/parameters.ts";
import type { ArrayLike } from "../../core/array.ts";

/** The right side of an equation. */
export const b = given<[b: ArrayLike]>()("b");
/** Whether the lower triangle is meant. */
export const lower = param<[lower: boolean]>()("lower", false);

/** Which system: 0 or "N": a·x = b; 1 or "T": aᵀ·x = b; 2 or "C": aᴴ·x = b. */
export type Trans = 0 | 1 | 2 | "N" | "T" | "C";
export const trans = param<[trans: Trans]>()("trans", 0);

// What SciPy's functions take about memory and checks has no effect here.
export const overwriteA = param<[overwriteA: boolean]>()("overwriteA", false);
export const overwriteB = param<[overwriteB: boolean]>()("overwriteB", false);
export const checkFinite = param<[checkFinite: boolean]>()("checkFinite", true);
