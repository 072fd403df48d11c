/**
 * @file The operations of `Kit` as WebAssembly SIMD: vectors of four f32 or two f64 lanes.
 *
 * A value of the kit is a function that reads it; operations are emitted where they are read, values that `let` names
 * are held in locals.
 */
import { invariant } from "../../../../base/util.ts";
import type { Ref, WasmModule } from "../generators/module.ts";
import type { FunctionBuilder } from "../function.ts";
import type { FallbackName, Kit } from "../math/kit.ts";

/** A vector, as a function that reads it. */
export type Vector = () => Ref;

/** Calls the function that computes rare lanes in JavaScript. */
type RareCall = (name: FallbackName, bits: 32 | 64, mask: Ref, args: readonly Ref[], fast: Ref) => Ref;

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

type Unary = (a: Vector) => Vector;
type Binary = (a: Vector, b: Vector) => Vector;

const unary =
  (instruction: (a: Ref) => Ref): Unary =>
  (a) =>
  () =>
    instruction(a());

const binary =
  (instruction: (a: Ref, b: Ref) => Ref): Binary =>
  (a, b) =>
  () =>
    instruction(a(), b());

/** The operations of a kit that are one instruction each. */
function instructions(m: WasmModule, bits: 32 | 64) {
  const float = bits === 32 ? m.f32x4 : m.f64x2;
  const int = bits === 32 ? m.i32x4 : m.i64x2;
  const shift =
    (instruction: (a: Ref, count: Ref) => Ref) =>
    (a: Vector, count: number): Vector =>
    () =>
      instruction(a(), m.i32.const(count));
  return {
    add: binary(float.add),
    sub: binary(float.sub),
    mul: binary(float.mul),
    div: binary(float.div),
    neg: unary(float.neg),
    abs: unary(float.abs),
    sqrt: unary(float.sqrt),
    nearest: unary(float.nearest),
    trunc: unary(float.trunc),
    pmin: binary(float.pmin),
    pmax: binary(float.pmax),
    eq: binary(float.eq),
    ne: binary(float.ne),
    lt: binary(float.lt),
    gt: binary(float.gt),
    ge: binary(float.ge),
    and: binary(m.v128.and),
    or: binary(m.v128.or),
    xor: binary(m.v128.xor),
    andnot: binary(m.v128.andnot),
    iadd: binary(int.add),
    isub: binary(int.sub),
    shl: shift(int.shl),
    shru: shift(int.shr_u),
    igt: binary(int.gt_s),
    fromInt: unary(m.f32x4.convert_i32x4_s),
  };
}

/** a·b + c and c − a·b, in one instruction where the module may use it. */
function fusedOperations(
  m: WasmModule,
  bits: 32 | 64,
  relaxed: boolean,
): Pick<Kit<Vector>, "madd" | "nmadd"> {
  const t = bits === 32 ? m.f32x4 : m.f64x2;
  if (relaxed)
    return {
      madd: (a, b, c) => () => t.relaxed_madd(a(), b(), c()),
      nmadd: (a, b, c) => () => t.relaxed_nmadd(a(), b(), c()),
    };
  return {
    madd: (a, b, c) => () => t.add(t.mul(a(), b()), c()),
    nmadd: (a, b, c) => () => t.sub(c(), t.mul(a(), b())),
  };
}

/** @param relaxed whether multiplication and addition may be fused */
export function vectorKit(
  f: FunctionBuilder,
  bits: 32 | 64,
  callRare: RareCall,
  relaxed: boolean,
): Kit<Vector> {
  const { m } = f;
  const known = new WeakSet<Vector>();
  const keep = (vector: Vector): Vector => {
    known.add(vector);
    return vector;
  };
  const kit: Kit<Vector> = {
    ...instructions(m, bits),
    ...fusedOperations(m, bits, relaxed),
    bits,
    float: (x) => keep(() => f.vector(splatBytes(bits, "float", x))),
    int: (x) => keep(() => f.vector(splatBytes(bits, "int", x))),
    let: (x) => (known.has(x) ? x : keep(f.hold(x(), "v128"))),
    select: (mask, a, b) => () => m.v128.bitselect(a(), b(), mask()),
    wide: (args, g) => {
      invariant(bits === 32, "wide is for 32-bit lanes");
      const wideKit = vectorKit(f, 64, callRare, relaxed);
      const held = args.map((a) => kit.let(a));
      const inHalf = (read: (a: Vector) => Ref): Vector => {
        const xs = held.map((a) => wideKit.let(() => m.f64x2.promote_low_f32x4(read(a))));
        return wideKit.let(g(wideKit, xs));
      };
      const low = inHalf((a) => a());
      const high = inHalf((a) => m.i8x16.shuffle(a(), a(), highFirst));
      return () =>
        m.i8x16.shuffle(m.f32x4.demote_f64x2_zero(low()), m.f32x4.demote_f64x2_zero(high()), lowHalves);
    },
    rare: (mask, name, args, fast) => {
      const held = args.map((a) => kit.let(a));
      const test = kit.let(mask);
      const out = f.local("v128");
      const read = (): Ref => f.get(out, "v128");
      f.set(out, fast());
      f.if(m.v128.any_true(test()), () => {
        const xs = held.map((a) => a());
        f.set(out, callRare(name, bits, test(), xs, read()));
      });
      return keep(read);
    },
  };
  return kit;
}

/** The low halves of two vectors, one after the other. */
export const lowHalves = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
/** The halves of a vector exchanged. */
export const highFirst = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
