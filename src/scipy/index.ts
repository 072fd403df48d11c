/** @file The `scipy` namespace. */
export * as cluster from "./cluster/index.ts";
export * as integrate from "./integrate.ts";
export * as linalg from "./linalg.ts";
export * as ndimage from "./ndimage.ts";
export * as signal from "./signal.ts";
export * as special from "./special/index.ts";
export * as stats from "./stats/index.ts";
