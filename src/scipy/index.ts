/** @file The `scipy` namespace. */
export * as ndimage from "./ndimage.ts";
export * as special from "./special/index.ts";
export * as stats from "./stats/index.ts";
