/**
 * @file Binaryen is loaded as it is: `tsx --import ./examples/lib/loader.js file.ts`. By itself tsx transforms its 15 MB,
 * which takes seconds.
 */
import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";

if (isMainThread) register(import.meta.url);

/** @type {import("node:module").LoadHook} */
export async function load(url, context, nextLoad) {
  if (!url.endsWith("/binaryen/index.js")) return nextLoad(url, context);
  return { format: "module", source: await readFile(fileURLToPath(url), "utf8"), shortCircuit: true };
}
