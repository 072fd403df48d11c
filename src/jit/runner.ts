/** @file What runs a compiled program. */
import type { ConcreteArray } from "../core/array.ts";

/** What a user asks for. */
export type Backend = "auto" | "js" | "wasm";
/** What runs. */
export type BackendUsed = "js" | "wasm" | "interpreter";

/** A function of plain data: see `Executable.fn`. */
export type RawFunction = (...args: readonly unknown[]) => unknown;

/** A program that can be run. */
export interface Runner {
  readonly backend: BackendUsed;
  /** Runs on concrete arrays. */
  call(args: readonly ConcreteArray[]): ConcreteArray[];
  /** Runs on plain data: see `Executable.fn`. */
  readonly fn: RawFunction;
}
