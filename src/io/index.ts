/** @file Files of arrays: safetensors, npy and npz. */
export type { BlobLike, ResponseLike, StreamLike, UrlLike, WritableLike } from "./host.ts";
export { type ArrayNest, type ArrayRecord, type NameOptions, flattenDict, unflattenDict } from "./names.ts";
export { loadNpy, saveNpy } from "./npy.ts";
export { type SaveNpzOptions, loadNpz, saveNpz } from "./npz.ts";
export {
  type LoadArraysOptions,
  type SafetensorsFile,
  type SaveSafetensorsOptions,
  type TensorInfo,
  loadSafetensors,
  openSafetensors,
  saveSafetensors,
} from "./safetensors.ts";
export type { Sink } from "./sink.ts";
export type { LoadOptions, Source } from "./source.ts";
