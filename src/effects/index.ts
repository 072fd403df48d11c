/** @file Effects of programs: `debug`, `pureCallback`, `ioCallback`. */
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
