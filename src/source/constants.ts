/** @file Arrays that are part of a program: the expressions that make them, equal to the bit. */
import { base64 } from "../aot/helpers.ts";
import type { NDArray } from "../core/array.ts";
import { ComplexArray, ConcreteArray } from "../core/array.ts";
import type { Scalar, TypedArray } from "../dtypes/dtype.ts";
import { dtypeInfo, isComplex, isFloat, isWide, realPart } from "../dtypes/dtype.ts";
import { encodeBF16, encodeF16, readElement } from "../dtypes/float16.ts";
import { Local, type Written, call, evaluate } from "./expressions.ts";
import { fromBase64 } from "./runtime.ts";

/** Arrays of more elements are written as their bytes. */
const fewElements = 64;

const isHalf = (dtype: string): dtype is "float16" | "bfloat16" =>
  dtype === "float16" || dtype === "bfloat16";

function bytesOf(x: ConcreteArray): Uint8Array {
  if (x instanceof ComplexArray) {
    const [re, im] = [bytesOf(x.re), bytesOf(x.im)];
    const out = new Uint8Array(re.length + im.length);
    out.set(re);
    out.set(im, re.length);
    return out;
  }
  const { raw, dtype } = x;
  if (typeof raw === "object") return new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength);
  const view = new DataView(new ArrayBuffer(8));
  const size = dtypeInfo(dtype).bytes;
  if (isHalf(dtype))
    view.setUint16(0, dtype === "float16" ? encodeF16(Number(raw)) : encodeBF16(Number(raw)), true);
  else if (dtype === "float64") view.setFloat64(0, Number(raw), true);
  else if (dtype === "float32") view.setFloat32(0, Number(raw), true);
  else view.setBigUint64(0, BigInt.asUintN(64, BigInt(raw)), true);
  return new Uint8Array(view.buffer, 0, size);
}

/** True if two values are arrays of one type that hold the same bits. */
export function sameArray(a: unknown, b: unknown): boolean {
  if (!(a instanceof ConcreteArray) || !(b instanceof ConcreteArray) || a.aval !== b.aval) return false;
  const [x, y] = [bytesOf(a), bytesOf(b)];
  return x.length === y.length && x.every((byte, i) => byte === y[i]);
}

/** The shortest decimal number that is rounded to the same float32. */
export function shortest(x: number, dtype: string): number {
  if (dtype !== "float32" && !isHalf(dtype)) return x;
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(x.toPrecision(digits));
    if (Math.fround(short) === x) return short;
  }
  return x;
}

function scalarsOf(x: ConcreteArray): Scalar[] {
  const raw: number | bigint | TypedArray = x.raw;
  if (typeof raw !== "object") return [raw];
  return Array.from({ length: x.size }, (_, i) => readElement(raw, x.dtype, i));
}

function plain(value: Scalar, dtype: string): Written {
  if (dtype === "bool") return Number(value) !== 0;
  return typeof value === "number" ? shortest(value, dtype) : value;
}

/** A 0-d array as a number among the operands of a function; null for one that is none. */
export function asNumber(x: NDArray): Written | null {
  if (!(x instanceof ConcreteArray) || x instanceof ComplexArray || x.ndim > 0) return null;
  return plain(scalarsOf(x)[0], x.dtype);
}

function elements(x: ConcreteArray): Written {
  const values = scalarsOf(x).map((v) => plain(v, x.dtype));
  if (x.ndim === 0) return call("np.array", values[0], x.dtype);
  const list = call("np.array", values, x.dtype);
  return x.ndim === 1 ? list : call("np.reshape", list, x.shape);
}

/** All elements are the same: `lax.full`. */
function filled(x: ConcreteArray): Written | null {
  if (x.size < 2 || isComplex(x.dtype)) return null;
  const values = scalarsOf(x);
  if (!values.every((v) => Object.is(v, values[0]))) return null;
  return call("np.full", x.shape, plain(values[0], x.dtype), x.dtype);
}

function* candidates(x: ConcreteArray): Generator<Written> {
  if (x.size > 0 && !(x instanceof ComplexArray)) {
    const all = filled(x);
    if (all !== null) yield all;
    if (x.size <= fewElements) yield elements(x);
  }
  if (x instanceof ComplexArray && x.size <= fewElements && x.size > 0) {
    const part = realPart(x.dtype);
    const parts = [x.re, x.im].map((p) => elements(new ConcreteArray(p.aval.strong, p.raw)));
    if (part !== x.dtype) yield call("lax.complex", ...parts);
  }
}

/** Numbers that `np.array` of a bare number gives: weak ones of the default dtype. */
const bare = (x: ConcreteArray): boolean => x.ndim === 0 && (isFloat(x.dtype) || isWide(x.dtype));

/** The expression that makes an array. */
export function creation(x: ConcreteArray): Written {
  const strong = [...candidates(x)];
  const weak = strong.map((w) => call("lax.convertElementType", w, x.dtype, true));
  const number = bare(x) ? [call("lax.convertElementType", asNumber(x) ?? 0, x.dtype, true)] : [];
  for (const written of x.weakType ? [...number, ...weak] : strong) {
    try {
      if (sameArray(evaluate(written, []), x)) return written;
    } catch {
      // Not in this way: the bytes tell all.
    }
  }
  const weakType = x.weakType ? true : undefined;
  const local = new Local("fromBase64", fromBase64 as (...args: readonly unknown[]) => unknown);
  return call(local, x.dtype, x.shape, base64(bytesOf(x)), weakType);
}
