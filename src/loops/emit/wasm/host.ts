/** @file The host's WebAssembly: the few of its functions that are used, with types of our own (no DOM library is loaded). */
import { nodeModuleNow } from "../../../base/host.ts";

/** Pages of a memory that can grow to 4 GiB: the limit of the heap, which modules declare of the memory that they import. */
export const maxPages = 65536;

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** Grows by so many pages of 64 KiB. */
  grow(pages: number): number;
}

interface Host {
  readonly Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
  validate(bytes: Uint8Array): boolean;
}

const host = (globalThis as unknown as { readonly WebAssembly?: Host }).WebAssembly;

function required(): Host {
  if (host === undefined) throw new Error("internal: the host has no WebAssembly");
  return host;
}

export function newMemory(initial: number, maximum: number, shared: boolean): WasmMemory {
  return new (required().Memory)({ initial, maximum, shared });
}

/** The exports of a module whose imports all come from `env`. */
export function instantiate(binary: Uint8Array, env: object): Readonly<Record<string, unknown>> {
  const { Module, Instance } = required();
  return new Instance(new Module(binary), { env }).exports;
}

/** A module of one function that returns a vector, given the function's instructions. */
function vectorModule(...code: readonly number[]): Uint8Array {
  const head = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0];
  const body = [0, ...code, 11];
  return Uint8Array.of(...head, 10, body.length + 2, 1, body.length, ...body);
}

/** `i32x4.splat(0)`. */
const zero = [65, 0, 253, 17];

let relaxed: boolean | null = null;
let pretended: boolean | null = null;

/** True if the host has fused multiplication and addition (relaxed SIMD): `f32x4.relaxed_madd`. */
export const hasRelaxedSimd = (): boolean =>
  pretended ?? (relaxed ??= host?.validate(vectorModule(...zero, ...zero, ...zero, 253, 133, 2)) === true);

/** For tests: as if the host had it, or had not. */
export function pretendRelaxedSimd(has: boolean): void {
  pretended = has;
}

interface V8 {
  setFlagsFromString(flag: string): void;
}

/**
 * Has Node 20 and 21 compile fused multiplication and addition, which is standard since, behind a flag of V8 there. Modules
 * made until now stay as they are.
 */
export function allowRelaxedSimd(): void {
  if (hasRelaxedSimd()) return;
  try {
    (nodeModuleNow("v8") as V8 | undefined)?.setFlagsFromString("--experimental-wasm-relaxed-simd");
  } catch {
    // Other hosts have Node's modules as well, but not V8's flags.
  }
  relaxed = null;
}

let runs: boolean | null = null;

function compilesVectors(): boolean {
  try {
    return host !== undefined && new host.Module(vectorModule(...zero)) instanceof host.Module;
  } catch {
    return false;
  }
}

/** True if the host has WebAssembly with 128-bit vectors, and its policy lets modules be made at run time. */
export const runsWasm = (): boolean => (runs ??= compilesVectors());
