/** @file Every gradient transformation: what optimisers are chained of. */
export * from "./accumulation.ts";
export * from "./adaptive.ts";
export * from "./clipping.ts";
export * from "./combining.ts";
export * from "./conditions.ts";
export * from "./factored.ts";
export * from "../line-search/lbfgs.ts";
export * from "../line-search/backtracking.ts";
export * from "../line-search/zoom.ts";
export * from "./lookahead.ts";
export * from "./masking.ts";
export * from "./monitor.ts";
export * from "./multi-steps.ts";
export * from "./norms.ts";
export * from "./scaling.ts";
export * from "./signs.ts";
