/** @file Effects of programs: `debug`, `checkify`, `pureCallback`, `ioCallback`. */
export * as checkify from "./checkify/index.ts";
export * as debug from "./debug.ts";
export { type VmapMethod } from "./callback.ts";
export {
  type IoCallbackOptions,
  type PureCallbackOptions,
  type ResultsOf,
  ioCallback,
  pureCallback,
} from "./host-callbacks.ts";
export type { HostArgs, ResultSpec } from "./trees.ts";
