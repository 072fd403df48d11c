/** @file Argument helpers, as numpy modules import them. */
export * from "../../arguments/named.ts";
