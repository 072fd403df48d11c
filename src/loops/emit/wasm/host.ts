/** @file The host's WebAssembly: the few of its functions that are used, with types of our own (no DOM library is loaded). */

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

let relaxed: boolean | null = null;

/** True if the host has fused multiplication and addition (relaxed SIMD). */
export function hasRelaxedSimd(): boolean {
  // A function that returns `f32x4.relaxed_madd` of three zero vectors.
  const zero = [65, 0, 253, 17];
  const body = [0, ...zero, ...zero, ...zero, 253, 133, 2, 11];
  const bytes = [
    0,
    97,
    115,
    109,
    1,
    0,
    0,
    0,
    1,
    5,
    1,
    96,
    0,
    1,
    123,
    3,
    2,
    1,
    0,
    10,
    body.length + 2,
    1,
    body.length,
  ];
  return (relaxed ??= host?.validate(Uint8Array.from([...bytes, ...body])) === true);
}

/** True if the host has WebAssembly with 128-bit vectors. */
export function hasSimd(): boolean {
  // A function that returns `i32x4.splat(0)`.
  const bytes = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 17, 11,
  ];
  return host?.validate(Uint8Array.from(bytes)) === true;
}
