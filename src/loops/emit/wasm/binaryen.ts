/**
 * @file The one place that imports Binaryen: it is large and loads asynchronously only, so it comes with `init()`.
 *
 * What the rest of this folder needs of a generator of WebAssembly is:
 * - the functions of this file: loading, a new module that imports the heap, the codes of types, fused multiplication
 *   and addition, the binary;
 * - a `WasmModule` with functions (`addFunction`, `addFunctionImport`, `addFunctionExport`), globals (`addGlobal`), its
 *   text (`emitText`) and `dispose`;
 * - expressions as numbers (`Ref`), made by methods of the module that may be called without it, as trees: `block`,
 *   `loop`, `if`, `br`, `call`, `select`, `drop`, `local.get`, `local.set`, `global.get`, `global.set`;
 * - instructions as `m.type.instruction(operands…)`, those of memory with offset and alignment in front: of `i32` and
 *   `f64` constants, loads, stores, arithmetic and conversions; of `f32` the same and of `i64` a few; of vectors
 *   `v128`, `i8x16.shuffle`, `i16x8.extend_low…`, and of `i32x4`, `i64x2`, `f32x4`, `f64x2` arithmetic, comparisons,
 *   conversions, and lanes (`splat`, `extract_lane`, `replace_lane`).
 */
import type binaryen from "binaryen";
import { maxPages } from "./host.ts";

type Api = typeof binaryen;

/** A module under construction. */
export type WasmModule = binaryen.Module;
/** An expression of a module. Each may stand in one place only: expressions are trees. */
export type Ref = number;
export type WasmType = number;

/** Value types. */
export type MachineType = "i32" | "i64" | "f32" | "f64" | "v128";

let api: Api | null = null;
let loading: Promise<void> | null = null;

/** Loads Binaryen, once. */
export async function loadBinaryen(): Promise<void> {
  loading ??= import("binaryen").then((module) => {
    api = module.default;
  });
  await loading;
}

export const binaryenLoaded = (): boolean => api !== null;

function loaded(): Api {
  if (api === null) throw new Error("internal: Binaryen is used before init()");
  return api;
}

/** A module that imports the heap. */
export function newModule(shared: boolean): WasmModule {
  const b = loaded();
  const m = new b.Module();
  const f = b.Features;
  m.setFeatures(
    f.SIMD128 |
      f.BulkMemory |
      f.NontrappingFPToInt |
      f.SignExt |
      f.MutableGlobals |
      f.RelaxedSIMD |
      f.Multivalue |
      f.Atomics,
  );
  m.setMemory(1, maxPages, null, [], shared, false, "0");
  m.addMemoryImport("0", "env", "memory", shared);
  return m;
}

export const typeCode = (t: MachineType): WasmType => loaded()[t];
export const noType = (): WasmType => loaded().none;
export const typeList = (types: readonly MachineType[]): WasmType => loaded().createType(types.map(typeCode));

/** `a·b + c` with one rounding or two, as the host prefers. The JavaScript interface of Binaryen has no name for it. */
export function relaxedMadd(m: WasmModule, type: "f32x4" | "f64x2", a: Ref, b: Ref, c: Ref): Ref {
  const raw = loaded() as unknown as Readonly<Record<string, (...args: readonly number[]) => number>>;
  const op = type === "f32x4" ? raw._BinaryenRelaxedMaddVecF32x4() : raw._BinaryenRelaxedMaddVecF64x2();
  return raw._BinaryenSIMDTernary(m.ptr, op, a, b, c);
}

/** The binary, if the module is valid. */
export function emitBinary(m: WasmModule): Uint8Array {
  return m.emitBinary();
}
