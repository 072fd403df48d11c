/**
 * @file Lets Node run the TypeScript of this folder, and nothing else differently: `node --import ./bench/loader.js file.ts`.
 * Types are stripped from .ts files; what they import (the built library, the others, their compilers) is loaded as it is.
 * General loaders transform that too, which costs seconds and wraps closures, and would be measured.
 */
import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { isMainThread } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import ts from "typescript";

if (isMainThread) register(import.meta.url);

const compilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
};

/** @type {import("node:module").LoadHook} */
export async function load(url, context, nextLoad) {
  if (!url.startsWith("file:") || !url.endsWith(".ts")) return nextLoad(url, context);
  const source = await readFile(fileURLToPath(url), "utf8");
  const { outputText } = ts.transpileModule(source, { compilerOptions });
  return { format: "module", source: outputText, shortCircuit: true };
}
