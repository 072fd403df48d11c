/** @file The `scipy` namespace. */
export * as special from "./special/index.ts";
export * as stats from "./stats/index.ts";
