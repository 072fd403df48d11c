/** @file Argument helpers, as numpy modules import them. */
export * from "../args.ts";
