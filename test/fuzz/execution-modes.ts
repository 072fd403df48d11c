/** @file The ways in which a function of arrays may be run; beside them stands the eager call with the default backend. */
import { jit } from "../../src/api/index.ts";
import { config } from "../../src/base/config.ts";
import type { NDArray } from "../../src/core/array.ts";

type F = (...xs: NDArray[]) => readonly NDArray[];

export interface ExecutionMode {
  readonly name: string;
  readonly run: (f: F, xs: readonly NDArray[]) => readonly NDArray[];
}

/** WebAssembly needs `await init()` once before. */
export const executionModes: readonly ExecutionMode[] = [
  { name: "jit js", run: (f, xs) => config.with({ backend: "js" }, () => jit(f)(...xs)) },
  { name: "jit wasm", run: (f, xs) => config.with({ backend: "wasm" }, () => jit(f)(...xs)) },
  { name: "jit auto", run: (f, xs) => config.with({ backend: "auto" }, () => jit(f)(...xs)) },
  { name: "eager wasm", run: (f, xs) => config.with({ backend: "wasm" }, () => f(...xs)) },
  { name: "interpreter", run: (f, xs) => config.with({ jitless: true }, () => jit(f)(...xs)) },
];
