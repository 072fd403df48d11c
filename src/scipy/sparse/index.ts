/** @file The `scipy.sparse` namespace. */
export * as linalg from "./linalg.ts";
