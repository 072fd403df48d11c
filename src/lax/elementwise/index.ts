/**
 * @file Element-wise functions: arithmetic, comparisons, bits, selection, and the elementary functions. Here belongs what
 * computes each element of the result from the elements at its place; what needs approximations of its own is special.
 */
export * from "./arithmetic.ts";
export * from "./bitwise.ts";
export * from "./compare.ts";
export * from "./functions.ts";
export * from "./power.ts";
export * from "./select.ts";
