/** @file The `experimental.jet` namespace: Taylor mode. */
export { jet, jet2 } from "../api/jet.ts";
