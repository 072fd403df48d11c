/**
 * @file The operations of `Kit` as WebAssembly SIMD: vectors of four f32 or two f64 lanes.
 *
 * A value of the kit is a function that reads it; operations are emitted where they are read, values that `let` names
 * are held in locals.
 */
import { invariant } from "../../../../base/util.ts";
import type { Ref } from "../binaryen.ts";
import type { FunctionBuilder } from "../function.ts";
import type { FallbackName, Kit } from "../math/kit.ts";

export type Lane = () => Ref;

/** Calls the function that computes rare lanes in JavaScript. */
export type RareCall = (name: FallbackName, bits: 32 | 64, mask: Ref, args: readonly Ref[], fast: Ref) => Ref;

/** The bytes of a vector that holds one number in every lane. */
export function splatBytes(bits: 32 | 64, kind: "float" | "int", x: number | bigint): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < 16; at += bits / 8) {
    if (kind === "float") {
      if (bits === 32) view.setFloat32(at, Number(x), true);
      else view.setFloat64(at, Number(x), true);
    } else if (bits === 32) view.setInt32(at, Number(BigInt.asIntN(32, BigInt(x))), true);
    else view.setBigInt64(at, BigInt(x), true);
  }
  return bytes;
}

export function vectorKit(f: FunctionBuilder, bits: 32 | 64, callRare: RareCall): Kit<Lane> {
  const { m } = f;
  const float = bits === 32 ? m.f32x4 : m.f64x2;
  const int = bits === 32 ? m.i32x4 : m.i64x2;
  const known = new WeakSet<Lane>();
  const keep = (lane: Lane): Lane => {
    known.add(lane);
    return lane;
  };
  const unary =
    (op: (a: Ref) => Ref) =>
    (a: Lane): Lane =>
    () =>
      op(a());
  const binary =
    (op: (a: Ref, b: Ref) => Ref) =>
    (a: Lane, b: Lane): Lane =>
    () =>
      op(a(), b());
  const shift =
    (op: (a: Ref, count: Ref) => Ref) =>
    (a: Lane, count: number): Lane =>
    () =>
      op(a(), m.i32.const(count));
  const magic = 6755399441055744; // 1.5·2^52
  const kit: Kit<Lane> = {
    bits,
    float: (x) => keep(() => f.vector(splatBytes(bits, "float", x))),
    int: (x) => keep(() => f.vector(splatBytes(bits, "int", x))),
    let: (x) => (known.has(x) ? x : keep(f.hold(x(), "v128"))),
    add: binary(float.add),
    sub: binary(float.sub),
    mul: binary(float.mul),
    div: binary(float.div),
    neg: unary(float.neg),
    abs: unary(float.abs),
    sqrt: unary(float.sqrt),
    nearest: unary(float.nearest),
    floor: unary(float.floor),
    trunc: unary(float.trunc),
    min: binary(float.min),
    max: binary(float.max),
    pmin: binary(float.pmin),
    pmax: binary(float.pmax),
    eq: binary(float.eq),
    ne: binary(float.ne),
    lt: binary(float.lt),
    le: binary(float.le),
    gt: binary(float.gt),
    ge: binary(float.ge),
    select: (mask, a, b) => () => m.v128.bitselect(a(), b(), mask()),
    and: binary(m.v128.and),
    or: binary(m.v128.or),
    xor: binary(m.v128.xor),
    andnot: binary(m.v128.andnot),
    iadd: binary(int.add),
    isub: binary(int.sub),
    shl: shift(int.shl),
    shrs: shift(int.shr_s),
    shru: shift(int.shr_u),
    ieq: binary(int.eq),
    igt: binary(int.gt_s),
    toInt: (a) => {
      if (bits === 32) return () => m.i32x4.trunc_sat_f32x4_s(a());
      const shifted = kit.add(kit.trunc(a), kit.float(magic));
      return kit.isub(shifted, kit.int(0x4338000000000000n));
    },
    fromInt: (a) => {
      if (bits === 32) return () => m.f32x4.convert_i32x4_s(a());
      return kit.sub(kit.iadd(a, kit.int(0x4338000000000000n)), kit.float(magic));
    },
    wide: (args, g) => {
      invariant(bits === 32, "wide is for 32-bit lanes");
      const wideKit = vectorKit(f, 64, callRare);
      const held = args.map((a) => kit.let(a));
      const low = wideKit.let(
        g(
          wideKit,
          held.map((a) => wideKit.let(() => m.f64x2.promote_low_f32x4(a()))),
        ),
      );
      const high = wideKit.let(
        g(
          wideKit,
          held.map((a) => wideKit.let(() => m.f64x2.promote_low_f32x4(highHalf(f, a)))),
        ),
      );
      return () =>
        m.i8x16.shuffle(m.f32x4.demote_f64x2_zero(low()), m.f32x4.demote_f64x2_zero(high()), lowHalves);
    },
    rare: (mask, name, args, fast) => {
      const held = args.map((a) => kit.let(a));
      const test = kit.let(mask);
      const out = f.local("v128");
      f.set(out, fast());
      f.if(m.v128.any_true(test()), () => {
        f.set(
          out,
          callRare(
            name,
            bits,
            test(),
            held.map((a) => a()),
            f.get(out, "v128"),
          ),
        );
      });
      return keep(() => f.get(out, "v128"));
    },
  };
  return kit;
}

/** The low halves of two vectors, one after the other. */
export const lowHalves = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const highFirst = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];

/** The vector with its halves exchanged. */
export function highHalf(f: FunctionBuilder, a: Lane): Ref {
  return f.m.i8x16.shuffle(a(), a(), highFirst);
}
