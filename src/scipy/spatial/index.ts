/** @file The `scipy.spatial` namespace. */
export * as transform from "./transform.ts";
