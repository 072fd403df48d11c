/**
 * @file Loads `@tensorflow/tfjs` with its wasm backend: SIMD, one thread. It runs each operation as it is called, and keeps
 * float32 only.
 */
import { createRequire } from "node:module";
import type * as TensorFlow from "@tensorflow/tfjs";

export type Tf = typeof TensorFlow;
export type { Tensor } from "@tensorflow/tfjs";

let loaded: Promise<Tf> | null = null;

async function load(): Promise<Tf> {
  const require = createRequire(import.meta.url);
  const [warn, quiet] = [console.warn, (): void => {}];
  console.warn = quiet; // it recommends another package
  const tf = require("@tensorflow/tfjs") as Tf;
  require("@tensorflow/tfjs-backend-wasm");
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  const ok = await tf.setBackend("wasm");
  console.warn = warn;
  if (!ok) throw new Error("@tensorflow/tfjs cannot use its wasm backend here");
  return tf;
}

/** The library, ready to use. */
export function tfJs(): Promise<Tf> {
  loaded ??= load();
  return loaded;
}

/** Runs, reads the results, and frees everything. */
export function readTf(tf: Tf, run: () => TensorFlow.Tensor | TensorFlow.Tensor[]): ArrayLike<number>[] {
  const results = tf.tidy(run);
  const list = Array.isArray(results) ? results : [results];
  const data = list.map((t) => t.dataSync<"float32">());
  tf.dispose(list);
  return data;
}
