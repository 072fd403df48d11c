/** @file How dtypes live in WebAssembly: the type of a scalar, the shape of a vector of lanes, and access to memory. */
import { type DType, type Scalar, dtypeInfo, isBool, isFloat, isWide } from "../../../dtypes/dtype.ts";
import type { MachineType, Ref, WasmModule } from "./generators/module.ts";

/** The machine type of a scalar. float16 kinds are computed in f32, integers of at most 32 bits and booleans in i32. */
export type ScalarType = "i32" | "i64" | "f32" | "f64";

export function scalarType(d: DType): ScalarType {
  return d === "float64" ? "f64" : isFloat(d) ? "f32" : isWide(d) ? "i64" : "i32";
}

/** Bytes of an element in memory. */
export const elementBytes = (d: DType): number => dtypeInfo(d).bytes;

/** Width of a lane. Four lanes take one vector if it is 32, else two. */
export const laneBits = (d: DType): 32 | 64 => (d === "float64" || isWide(d) ? 64 : 32);

/** How i32 loads and stores dtypes of fewer than 32 bits: float16 kinds as their bits. */
const narrow = {
  bool: ["load8_u", "store8"],
  int8: ["load8_s", "store8"],
  uint8: ["load8_u", "store8"],
  int16: ["load16_s", "store16"],
  uint16: ["load16_u", "store16"],
  float16: ["load16_u", "store16"],
  bfloat16: ["load16_u", "store16"],
} as const;

const isNarrow = (d: DType): d is keyof typeof narrow => d in narrow;

/** The number at an address, as stored: float16 kinds as their bits. */
export function loadScalar(m: WasmModule, d: DType, offset: number, ptr: Ref): Ref {
  const load = isNarrow(d) ? m.i32[narrow[d][0]] : m[scalarType(d)].load;
  return load(offset, elementBytes(d), ptr);
}

export function storeScalar(m: WasmModule, d: DType, offset: number, ptr: Ref, value: Ref): Ref {
  const store = isNarrow(d) ? m.i32[narrow[d][1]] : m[scalarType(d)].store;
  return store(offset, elementBytes(d), ptr, value);
}

/** A constant as a scalar. */
export function constScalar(m: WasmModule, d: DType, value: Scalar): Ref {
  if (isWide(d)) return m.i64.const(value);
  const number = Number(value);
  if (d === "float64") return m.f64.const(number);
  if (isFloat(d)) return m.f32.const(number);
  return m.i32.const(isBool(d) ? number : number | 0);
}

/** Four lanes read from consecutive elements: 32-bit lanes (one vector), or 64-bit ones (two). Bits of float16 kinds. */
export function loadLanes(m: WasmModule, d: DType, offset: number, ptr: Ref): Ref {
  switch (d) {
    case "int8":
      return m.i32x4.extend_low_i16x8_s(m.i16x8.extend_low_i8x16_s(m.v128.load32_zero(offset, 1, ptr)));
    case "uint8":
    case "bool":
      return m.i32x4.extend_low_i16x8_u(m.i16x8.extend_low_i8x16_u(m.v128.load32_zero(offset, 1, ptr)));
    case "int16":
      return m.v128.load16x4_s(offset, 2, ptr);
    case "uint16":
    case "float16":
    case "bfloat16":
      return m.v128.load16x4_u(offset, 2, ptr);
    default:
      return m.v128.load(offset, elementBytes(d), ptr);
  }
}

const bytesOfWords = [0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const halvesOfWords = [0, 1, 4, 5, 8, 9, 12, 13, 0, 0, 0, 0, 0, 0, 0, 0];

/** Writes four lanes to consecutive elements (64-bit lanes: two). */
export function storeLanes(m: WasmModule, d: DType, offset: number, ptr: Ref, value: () => Ref): Ref {
  switch (elementBytes(d)) {
    case 1:
      return m.v128.store32_lane(offset, 1, 0, ptr, m.i8x16.shuffle(value(), value(), bytesOfWords));
    case 2:
      return m.v128.store64_lane(offset, 2, 0, ptr, m.i8x16.shuffle(value(), value(), halvesOfWords));
    default:
      return m.v128.store(offset, elementBytes(d), ptr, value());
  }
}

/** The operations of vectors whose lanes hold scalars of a type. */
type VectorType = "f64x2" | "f32x4" | "i64x2" | "i32x4";
const vectorType = (type: MachineType): VectorType =>
  type === "f64" ? "f64x2" : type === "f32" ? "f32x4" : type === "i64" ? "i64x2" : "i32x4";

/** The vector with one scalar in every lane. */
export const splat = (m: WasmModule, type: MachineType, value: Ref): Ref => m[vectorType(type)].splat(value);

export const extractLane = (m: WasmModule, type: MachineType, vector: Ref, lane: number): Ref =>
  m[vectorType(type)].extract_lane(vector, lane);

export const replaceLane = (m: WasmModule, type: MachineType, vector: Ref, lane: number, value: Ref): Ref =>
  m[vectorType(type)].replace_lane(vector, lane, value);
