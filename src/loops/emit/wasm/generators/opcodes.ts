/**
 * @file The instructions of WebAssembly that the emitters use, under the names of its specification: by the number of their
 * operands and the kind of their immediates, then by type. The interface (module.ts), the encoder and its text follow from
 * these tables: a new instruction is one word.
 *
 * An entry is a code and the name that has it, or several names that have it and the codes that follow. A code of more than
 * one byte has its prefix above the lower twelve bits: `0xfd05e` is 0xfd, then 0x5e as LEB128.
 */

/** One operand. */
export const unary = {
  i32: {
    0x45: "eqz",
    0x67: "clz",
    0x69: "popcnt",
    0xa7: "wrap_i64",
    0xbc: "reinterpret_f32",
    0xc0: "extend8_s extend16_s",
    0xfc000: "trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u",
  },
  i64: {
    0x50: "eqz",
    0x79: "clz",
    0x7b: "popcnt",
    0xac: "extend_i32_s extend_i32_u",
    0xbd: "reinterpret_f64",
    0xfc004: "trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u",
  },
  f32: {
    0x8b: "abs neg ceil floor trunc nearest sqrt",
    0xb2: "convert_i32_s convert_i32_u convert_i64_s convert_i64_u",
    0xb6: "demote_f64",
    0xbe: "reinterpret_i32",
  },
  f64: {
    0x99: "abs neg ceil floor trunc nearest sqrt",
    0xb7: "convert_i32_s convert_i32_u convert_i64_s convert_i64_u",
    0xbb: "promote_f32",
    0xbf: "reinterpret_i64",
  },
  v128: { 0xfd04d: "not", 0xfd053: "any_true" },
  i16x8: { 0xfd087: "extend_low_i8x16_s", 0xfd089: "extend_low_i8x16_u" },
  i32x4: {
    0xfd011: "splat",
    0xfd0a0: "abs neg",
    0xfd0a7: "extend_low_i16x8_s",
    0xfd0a9: "extend_low_i16x8_u",
    0xfd0f8: "trunc_sat_f32x4_s trunc_sat_f32x4_u",
    0xfd0fc: "trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero",
  },
  i64x2: {
    0xfd012: "splat",
    0xfd0c0: "abs neg",
    0xfd0c7: "extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u",
  },
  f32x4: {
    0xfd013: "splat",
    0xfd05e: "demote_f64x2_zero",
    0xfd067: "ceil floor trunc nearest",
    0xfd0e0: "abs neg",
    0xfd0e3: "sqrt",
    0xfd0fa: "convert_i32x4_s convert_i32x4_u",
  },
  f64x2: {
    0xfd014: "splat",
    0xfd05f: "promote_low_f32x4",
    0xfd074: "ceil floor",
    0xfd07a: "trunc",
    0xfd094: "nearest",
    0xfd0ec: "abs neg",
    0xfd0ef: "sqrt",
    0xfd0fe: "convert_low_i32x4_s convert_low_i32x4_u",
  },
} as const;

/** Two operands. */
export const binary = {
  i32: {
    0x46: "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u",
    0x6a: "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u",
  },
  i64: {
    0x51: "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u",
    0x7c: "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u",
  },
  f32: { 0x5b: "eq ne lt gt le ge", 0x92: "add sub mul div min max copysign" },
  f64: { 0x61: "eq ne lt gt le ge", 0xa0: "add sub mul div min max copysign" },
  v128: { 0xfd04e: "and andnot or xor" },
  i32x4: {
    0xfd037: "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u",
    0xfd0ab: "shl shr_s shr_u add",
    0xfd0b1: "sub",
    0xfd0b5: "mul min_s min_u max_s max_u",
  },
  i64x2: {
    0xfd0cb: "shl shr_s shr_u add",
    0xfd0d1: "sub",
    0xfd0d5: "mul eq ne lt_s gt_s le_s ge_s",
  },
  f32x4: { 0xfd041: "eq ne lt gt le ge", 0xfd0e4: "add sub mul div min max pmin pmax" },
  f64x2: { 0xfd047: "eq ne lt gt le ge", 0xfd0f0: "add sub mul div min max pmin pmax" },
} as const;

/** Three operands. */
export const ternary = {
  v128: { 0xfd052: "bitselect" },
  f32x4: { 0xfd105: "relaxed_madd relaxed_nmadd" },
  f64x2: { 0xfd107: "relaxed_madd relaxed_nmadd" },
} as const;

/** An address, with offset and alignment in bytes. */
export const load = {
  i32: { 0x28: "load", 0x2c: "load8_s load8_u load16_s load16_u" },
  i64: { 0x29: "load" },
  f32: { 0x2a: "load" },
  f64: { 0x2b: "load" },
  v128: {
    0xfd000: "load",
    0xfd003: "load16x4_s load16x4_u",
    0xfd009: "load32_splat load64_splat",
    0xfd05c: "load32_zero",
  },
} as const;

/** An address and a value, likewise. */
export const store = {
  i32: { 0x36: "store", 0x3a: "store8 store16" },
  i64: { 0x37: "store" },
  f32: { 0x38: "store" },
  f64: { 0x39: "store" },
  v128: { 0xfd00b: "store" },
} as const;

/** An address and a vector, one lane of which is stored. */
export const storeLane = { v128: { 0xfd05a: "store32_lane store64_lane" } } as const;

/** One lane of a vector. */
export const extract = {
  i32x4: { 0xfd01b: "extract_lane" },
  i64x2: { 0xfd01d: "extract_lane" },
  f32x4: { 0xfd01f: "extract_lane" },
  f64x2: { 0xfd021: "extract_lane" },
} as const;

/** A vector, and a scalar that replaces one lane. */
export const replace = {
  i32x4: { 0xfd01c: "replace_lane" },
  i64x2: { 0xfd01e: "replace_lane" },
  f32x4: { 0xfd020: "replace_lane" },
  f64x2: { 0xfd022: "replace_lane" },
} as const;

/** Two vectors, of whose bytes sixteen are chosen. */
export const shuffle = { i8x16: { 0xfd00d: "shuffle" } } as const;

/** Constants. */
export const constant = {
  i32: { 0x41: "const" },
  i64: { 0x42: "const" },
  f32: { 0x43: "const" },
  f64: { 0x44: "const" },
  v128: { 0xfd00c: "const" },
} as const;

/** The codes of value types. */
export const typeCodes = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
