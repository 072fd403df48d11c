/**
 * @file The scalar operations of the loop IR in WebAssembly. Where the machine has no instruction, `callOp` of
 * module.ts calls a vector function on one lane, or JavaScript's own definition (scalar.ts): every operation exists.
 */
import { type DType, bitWidth, isBool, isFloat, isSigned, isWide } from "../../../dtypes/dtype.ts";
import type { OpName } from "../../ir/scalar.ts";
import type { Ref } from "./generators/module.ts";
import type { FunctionBuilder, Held } from "./function.ts";
import {
  isBitwise,
  isComparison,
  isEquality,
  isFloatBinary,
  isFloatUnary,
  isIntBinary,
  isOrder,
} from "./instructions.ts";
import { constScalar, scalarType } from "./machine.ts";

/** An operation on values of one dtype. Null if the machine has none. */
export function scalarOpRef(f: FunctionBuilder, op: OpName, args: readonly Ref[], dtype: DType): Ref | null {
  return isFloat(dtype) ? floatOp(f, op, args, dtype) : intOp(f, op, args, dtype);
}

function floatOp(f: FunctionBuilder, op: OpName, args: readonly Ref[], dtype: DType): Ref | null {
  const { m } = f;
  const type = scalarType(dtype) as "f32" | "f64";
  const t = m[type];
  const [a, b, c] = args;
  const hold = (x: Ref): Held => f.hold(x, type);
  const k = (x: number): Ref => constScalar(m, dtype, x);
  if (isFloatUnary(op) || isFloatBinary(op) || isComparison(op)) return t[op](a, b);
  switch (op) {
    case "roundEven":
      return t.nearest(a);
    case "select":
      return m.select(a, b, c);
    case "isNan": {
      const x = hold(a);
      return t.ne(x(), x());
    }
    case "isFinite":
      return t.lt(t.abs(a), k(Infinity));
    case "sign": {
      const x = hold(a);
      return m.select(t.gt(x(), k(0)), k(1), m.select(t.lt(x(), k(0)), k(-1), x()));
    }
    case "roundAway": {
      const x = hold(a);
      const whole = hold(t.trunc(x()));
      const away = t.ge(t.abs(t.sub(x(), whole())), k(0.5));
      return m.select(away, t.add(whole(), t.copysign(k(1), x())), whole());
    }
    default:
      return floatBits(f, op, args);
  }
}

function floatBits(f: FunctionBuilder, op: OpName, [a]: readonly Ref[]): Ref | null {
  const { m } = f;
  if (op === "f64Low") return m.i32.wrap_i64(m.i64.reinterpret_f64(a));
  if (op === "f64High") return m.i32.wrap_i64(m.i64.shr_u(m.i64.reinterpret_f64(a), m.i64.const(32)));
  return null;
}

function intOp(f: FunctionBuilder, op: OpName, args: readonly Ref[], dtype: DType): Ref | null {
  const { m } = f;
  const type = isWide(dtype) ? "i64" : "i32";
  const t = m[type];
  const [a, b, c] = args;
  const bits = bitWidth(dtype);
  const signed = isSigned(dtype) || isBool(dtype) || bits < 32;
  const hold = (x: Ref): Held => f.hold(x, type);
  // Truth values are i32.
  const own = (test: Ref): Ref => (type === "i64" ? m.i64.extend_i32_s(test) : test);
  const sign = signed ? "s" : "u";
  if (isIntBinary(op) || isBitwise(op) || isEquality(op)) return t[op](a, b);
  if (isOrder(op)) return t[`${op}_${sign}`](a, b);
  switch (op) {
    case "not":
      return isBool(dtype) ? t.xor(a, t.const(1)) : t.xor(a, t.const(-1));
    case "neg":
      return t.sub(t.const(0), a);
    case "max":
    case "min": {
      const [x, y] = [hold(a), hold(b)];
      const less = t[`lt_${sign}`](x(), y());
      return op === "min" ? m.select(less, x(), y()) : m.select(less, y(), x());
    }
    case "select":
      return m.select(a, b, c);
    case "idiv":
      return m.i32.div_s(a, b);
    case "imod":
      return m.i32.rem_s(a, b);
    case "abs": {
      const x = hold(a);
      return signed ? m.select(t.lt_s(x(), t.const(0)), t.sub(t.const(0), x()), x()) : x();
    }
    case "sign": {
      const x = hold(a);
      if (!signed) return own(t.ne(x(), t.const(0)));
      return own(m.i32.sub(t.gt_s(x(), t.const(0)), t.lt_s(x(), t.const(0))));
    }
    case "popcount":
      return t.popcnt(unsigned(f, a, dtype));
    case "clz":
      return bits >= 32 ? t.clz(a) : t.sub(t.clz(unsigned(f, a, dtype)), t.const(32 - bits));
    case "floor":
    case "ceil":
    case "trunc":
    case "roundEven":
    case "roundAway":
      return a;
    case "bitsToF64":
      return m.f64.reinterpret_i64(
        m.i64.or(m.i64.extend_i32_u(a), m.i64.shl(m.i64.extend_i32_u(b), m.i64.const(32))),
      );
    default:
      return intDivision(f, op, args, dtype, signed) ?? intShift(f, op, args, dtype);
  }
}

/** The bits of a small integer without its sign. */
function unsigned(f: FunctionBuilder, a: Ref, dtype: DType): Ref {
  const bits = bitWidth(dtype);
  return bits >= 32 ? a : f.m.i32.and(a, f.m.i32.const(2 ** bits - 1));
}

/** Division by zero gives all ones and its remainder the dividend; the smallest by −1 is itself. */
function intDivision(
  f: FunctionBuilder,
  op: OpName,
  args: readonly Ref[],
  dtype: DType,
  signed: boolean,
): Ref | null {
  const { m } = f;
  const type = isWide(dtype) ? "i64" : "i32";
  const t = m[type];
  if (op === "mulhi" && isWide(dtype)) return null;
  if (op === "mulhi" && bitWidth(dtype) === 32) {
    const wide = (x: Ref): Ref => (signed ? m.i64.extend_i32_s(x) : m.i64.extend_i32_u(x));
    return m.i32.wrap_i64(m.i64.shr_s(m.i64.mul(wide(args[0]), wide(args[1])), m.i64.const(32)));
  }
  if (op === "mulhi") return t.shr_s(t.mul(args[0], args[1]), t.const(bitWidth(dtype)));
  if (op !== "div" && op !== "rem") return null;
  const [x, y] = args.map((a) => f.hold(a, type));
  const zero = f.hold(t.eqz(y()), "i32");
  if (op === "rem") {
    const divisor = m.select(zero(), t.const(1), y());
    const rest = signed ? t.rem_s(x(), divisor) : t.rem_u(x(), divisor);
    return m.select(zero(), x(), rest);
  }
  if (!signed) {
    return m.select(zero(), t.const(-1), t.div_u(x(), m.select(zero(), t.const(1), y())));
  }
  const negated = f.hold(t.eq(y(), t.const(-1)), "i32");
  const divisor = m.select(m.i32.or(zero(), negated()), t.const(1), y());
  const quotient = t.div_s(x(), divisor);
  const ones = isSigned(dtype) ? -1 : 2 ** bitWidth(dtype) - 1;
  return m.select(zero(), t.const(ones), m.select(negated(), t.sub(t.const(0), x()), quotient));
}

/** Shifts by the width or more give what shifting bit by bit would. */
function intShift(f: FunctionBuilder, op: OpName, args: readonly Ref[], dtype: DType): Ref | null {
  if (op !== "shl" && op !== "shrl" && op !== "shra") return null;
  const { m } = f;
  const type = isWide(dtype) ? "i64" : "i32";
  const t = m[type];
  const bits = bitWidth(dtype);
  const count = f.hold(unsigned(f, args[1], dtype), type);
  const large = t.ge_u(count(), t.const(bits));
  if (op === "shra") {
    const limited = m.select(large, t.const(Math.max(bits, 32) - 1), count());
    return t.shr_s(signExtended(f, args[0], dtype), limited);
  }
  const shifted = op === "shl" ? t.shl(args[0], count()) : t.shr_u(unsigned(f, args[0], dtype), count());
  return m.select(large, t.const(0), shifted);
}

/** A narrow integer with copies of its highest bit above it. */
const signExtended = (f: FunctionBuilder, x: Ref, dtype: DType): Ref => {
  const bits = bitWidth(dtype);
  if (bits >= 32) return x;
  return bits === 8 ? f.m.i32.extend8_s(x) : f.m.i32.extend16_s(x);
};

/** The value as its dtype holds it, after an integer operation. float16 kinds are rounded by their own function. */
export function wrapInt(f: FunctionBuilder, x: Ref, dtype: DType): Ref {
  const t = f.m.i32;
  if (isBool(dtype)) return t.ne(x, t.const(0));
  const bits = bitWidth(dtype);
  if (bits >= 32 || isFloat(dtype)) return x;
  if (!isSigned(dtype)) return unsigned(f, x, dtype);
  return signExtended(f, x, dtype);
}
