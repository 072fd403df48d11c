/** @file Files of arrays: safetensors, npy and npz. */
export type { BlobLike, ResponseLike, StreamLike, UrlLike, WritableLike } from "./host.ts";
export {
  type ArrayNest,
  type ArrayRecord,
  type LoadArraysOptions,
  type NameOptions,
  flattenDict,
  unflattenDict,
} from "./names.ts";
export { loadNpy, saveNpy } from "./npy.ts";
export { type SaveNpzOptions, loadNpz, saveNpz } from "./npz.ts";
export {
  type SafetensorsFile,
  type SaveSafetensorsOptions,
  loadSafetensors,
  openSafetensors,
  saveSafetensors,
} from "./safetensors.ts";
export type { TensorInfo } from "./safetensors-header.ts";
export type { Sink } from "./sink.ts";
export type { LoadOptions, Source } from "./source.ts";
