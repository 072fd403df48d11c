/** @file Every gradient transformation: what optimisers are chained of. */
export * from "./accumulation.ts";
export * from "./adaptive.ts";
export * from "./clipping.ts";
export * from "./combining.ts";
export * from "./conditions.ts";
export * from "./factored.ts";
export * from "./lbfgs.ts";
export * from "./linesearch-backtracking.ts";
export * from "./linesearch-zoom.ts";
export * from "./lookahead.ts";
export * from "./masking.ts";
export * from "./monitor.ts";
export * from "./multi-steps.ts";
export * from "./scaling.ts";
