/** @file The `scipy.cluster` namespace. */
export * as vq from "./vq.ts";
