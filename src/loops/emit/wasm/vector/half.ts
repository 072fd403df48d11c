/**
 * @file float16 and bfloat16 in vectors of 32-bit lanes: their bits to float32 and back, rounding to nearest, ties to
 * even. Source: F. Giesen, float→half conversion (2016).
 */
import type { Kit } from "../math/kit.ts";

export function decodeF16<T>(k: Kit<T>, half: T): T {
  const h = k.let(half);
  const magnitude = k.let(k.and(h, k.int(0x7fff)));
  const shifted = k.let(k.shl(magnitude, 13));
  const finite = k.mul(shifted, k.float(2 ** 112));
  const special = k.or(shifted, k.int(0x7f800000));
  const sign = k.shl(k.and(h, k.int(0x8000)), 16);
  return k.or(k.select(k.igt(magnitude, k.int(0x7bff)), special, finite), sign);
}

export function encodeF16<T>(k: Kit<T>, float: T): T {
  const x = k.let(float);
  const u = k.let(k.and(x, k.int(0x7fffffff)));
  const sign = k.and(k.shru(x, 16), k.int(0x8000));
  const denormMagic = k.int(126 << 23);
  const subnormal = k.isub(k.add(u, denormMagic), denormMagic);
  const odd = k.and(k.shru(u, 13), k.int(1));
  const normal = k.shru(k.iadd(k.iadd(u, k.int(((15 - 127) << 23) + 0xfff)), odd), 13);
  const finite = k.select(k.igt(k.int(113 << 23), u), subnormal, normal);
  const special = k.select(k.igt(u, k.int(0x7f800000)), k.int(0x7e00), k.int(0x7c00));
  return k.or(k.select(k.igt(u, k.int((143 << 23) - 1)), special, finite), sign);
}

export function decodeBF16<T>(k: Kit<T>, half: T): T {
  return k.shl(half, 16);
}

export function encodeBF16<T>(k: Kit<T>, float: T): T {
  const x = k.let(float);
  const odd = k.and(k.shru(x, 16), k.int(1));
  const rounded = k.shru(k.iadd(k.iadd(x, k.int(0x7fff)), odd), 16);
  const nan = k.or(k.shru(x, 16), k.int(0x40));
  return k.select(k.ne(x, x), nan, rounded);
}

export const roundF16 = <T>(k: Kit<T>, x: T): T => decodeF16(k, k.let(encodeF16(k, x)));
export const roundBF16 = <T>(k: Kit<T>, x: T): T => decodeBF16(k, encodeBF16(k, x));
