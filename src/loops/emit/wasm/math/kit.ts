/**
 * @file The lane-wise operations in which the vector transcendental functions are written.
 *
 * A function of this folder is written once, against `Kit`, and is instantiated for f32x4 and f64x2 vectors, for scalars,
 * and for JavaScript numbers (the tests). `T` is the value of all lanes: floats, masks and integers of the lane's width
 * share it, as in v128. No operation branches, traps or rounds other than IEEE 754 does, but that `madd` and `nmadd` round
 * once where the host has fused multiplication and addition, and twice elsewhere: a function must be right both ways.
 */
import type { MathName, OpName } from "../../../ir/scalar.ts";

/** Functions that a kit can fall back on for rare lanes: those of JavaScript's Math, or what the runtime has in their place. */
export type FallbackName = Extract<OpName, MathName>;

export interface Kit<T> {
  /** Width of a lane. */
  readonly bits: 32 | 64;
  /** A float in every lane; it is rounded to the lane's width. */
  float(x: number): T;
  /** An integer (two's complement) in every lane. */
  int(x: number | bigint): T;
  /** Names a value that is used more than once. */
  let(x: T): T;

  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  div(a: T, b: T): T;
  /** a·b + c and c − a·b. */
  madd(a: T, b: T, c: T): T;
  nmadd(a: T, b: T, c: T): T;
  neg(a: T): T;
  abs(a: T): T;
  sqrt(a: T): T;
  /** To the nearest integer, ties to even. */
  nearest(a: T): T;
  trunc(a: T): T;
  /** `b < a ? b : a` and `a < b ? b : a`, one instruction each: a NaN in the first operand is kept. */
  pmin(a: T, b: T): T;
  pmax(a: T, b: T): T;

  /** Comparisons of floats give masks: all ones or all zeros in a lane. False for NaN, except `ne`. */
  eq(a: T, b: T): T;
  ne(a: T, b: T): T;
  lt(a: T, b: T): T;
  gt(a: T, b: T): T;
  ge(a: T, b: T): T;

  /** Bits of `a` where the mask is set, else of `b`. Both are computed. */
  select(mask: T, a: T, b: T): T;
  and(a: T, b: T): T;
  or(a: T, b: T): T;
  xor(a: T, b: T): T;
  /** `a` and not `b`. */
  andnot(a: T, b: T): T;

  /** Integer operations on the lanes' bits, modulo 2^bits. */
  iadd(a: T, b: T): T;
  isub(a: T, b: T): T;
  shl(a: T, count: number): T;
  /** Logical shift right. */
  shru(a: T, count: number): T;
  /** Signed comparison of integers, giving a mask. */
  igt(a: T, b: T): T;

  /** 32-bit lanes only: signed integers as floats. */
  fromInt(a: T): T;

  /** 32-bit lanes only: computes in 64-bit lanes and rounds the result once. */
  wide(args: readonly T[], f: (kit: Kit<T>, args: readonly T[]) => T): T;

  /**
   * `fast`, except that lanes where the mask is set are computed in JavaScript, by the function of this name of the
   * runtime or of `Math`, one after another. For arguments that are rare (|x| > 10^5 of `sin`): the test for any such lane costs a few cycles per vector.
   */
  rare(mask: T, name: FallbackName, args: readonly T[], fast: T): T;
}

/** A vector function of one or two arguments. */
export type Kernel = <T>(kit: Kit<T>, ...args: readonly T[]) => T;

/** `y`, with the sign bit of `x` set besides its own. */
export const withSign = <T>(kit: Kit<T>, y: T, x: T): T => kit.or(y, kit.and(x, kit.float(-0)));
