/**
 * @file Where values enter: JavaScript numbers, booleans and typed arrays become arrays; operands are brought to one
 * dtype. A number is a weak scalar and adopts the dtype of the arrays it meets.
 */
import { type ArrayLike, ConcreteArray, NDArray, encodeData, scalarArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import {
  type DType,
  type WeakDType,
  type Scalar,
  type WideDType,
  allocate,
  copyElements,
  defaultFloat,
  defaultInt,
  dtypeOfTypedArray,
  isHalfArray,
  isInteger,
  isTypedArray,
  promoteTypes,
  realPart,
} from "../../dtypes/dtype.ts";
import { show } from "../../base/checks.ts";
import { ArgumentError, DTypeError } from "../../base/errors.ts";
import { castValue, integerLimits } from "../../loops/ir/values.ts";
import { convertElementType } from "../elementwise/convert.ts";

function describe(x: unknown): string {
  if (x === undefined) return "undefined (is an argument or a return missing?)";
  if (Array.isArray(x)) return "a list (make it an array with np.array, or stack its items with np.stack)";
  return typeof x === "string" ? `string ${show(x)}` : show(x);
}

/** The weak 64-bit dtype of a BigInt: int64 if it fits there, else uint64. */
export function bigIntType(x: bigint, where: string): WideDType {
  if (BigInt.asIntN(64, x) === x) return "int64";
  if (BigInt.asUintN(64, x) === x) return "uint64";
  throw new DTypeError(`${where}: ${show(x)} does not fit 64 bits. Make it a float with Number(x).`);
}

/** The array that a value stands for; numbers become weak scalars of the default float, BigInts weak 64-bit integers. */
export function asArray(x: ArrayLike, where: string): NDArray {
  if (x instanceof NDArray) return x;
  if (typeof x === "number")
    return scalarArray(defaultFloat() === "float32" ? Math.fround(x) : x, defaultFloat(), true);
  if (typeof x === "boolean") return scalarArray(x ? 1 : 0, "bool");
  if (typeof x === "bigint") return scalarArray(x, bigIntType(x, where), true);
  if (isTypedArray(x)) return new ConcreteArray(shaped([x.length], dtypeOfTypedArray(x)), copyTyped(x));
  throw new ArgumentError(`${where}: expected an array or a number; got ${describe(x)}.`);
}

function copyTyped(x: Extract<ArrayLike, ArrayBufferView>): ReturnType<typeof allocate> {
  if (isHalfArray(x)) return encodeData("float16", x);
  const out = allocate(dtypeOfTypedArray(x), x.length);
  copyElements(out, x);
  return out;
}

/** How a value takes part in promotion: a whole number among integers counts as a weak integer. */
function typeOf(x: ArrayLike, integersOnly: boolean): WeakDType {
  if (x instanceof NDArray) return x.aval;
  if (typeof x === "number")
    return shaped([], integersOnly && Number.isInteger(x) ? defaultInt : defaultFloat(), true);
  if (typeof x === "boolean") return shaped([], "bool");
  if (typeof x === "bigint") return { dtype: bigIntType(x, "a BigInt"), weakType: true };
  return { dtype: dtypeOfTypedArray(x), weakType: false };
}

const isNumber = (x: ArrayLike): boolean => typeof x === "number";

/** The dtype in which operands meet. */
export function resultType(xs: readonly ArrayLike[]): WeakDType {
  const integersOnly =
    !xs.every(isNumber) &&
    xs.every((x) => {
      if (isNumber(x)) return true;
      const { dtype } = typeOf(x, false);
      return isInteger(dtype) || dtype === "bool";
    });
  return promoteTypes(xs.map((x) => typeOf(x, integersOnly)));
}

function checkFits(x: Scalar, dtype: DType, where: string): void {
  if (!isInteger(dtype) || (typeof x === "number" && !Number.isInteger(x))) return;
  const [lo, hi] = integerLimits(dtype);
  if (x < lo || x > hi)
    throw new DTypeError(
      `${where}: ${x} does not fit ${dtype} (${lo} to ${hi}). Convert the array it meets with x.astype(…) first.`,
    );
}

/** A value as an array of a given dtype. A whole number outside an integer dtype is an error. */
export function asDType(x: ArrayLike, dtype: DType, weakType: boolean, where: string): NDArray {
  if (typeof x === "bigint") {
    checkFits(x, dtype, where);
    return scalarArray(castValue(x, "int64", realPart(dtype)), dtype, weakType);
  }
  if (typeof x === "number" || typeof x === "boolean") {
    if (typeof x === "number") checkFits(x, dtype, where);
    return scalarArray(
      castValue(Number(x), typeof x === "number" ? "float64" : "bool", dtype),
      dtype,
      weakType,
    );
  }
  const a = asArray(x, where);
  if (a.dtype === dtype && a.weakType === weakType) return a;
  return convertElementType(a, dtype, weakType);
}

/** Operands in their common dtype. */
export function promote(where: string, ...xs: readonly ArrayLike[]): NDArray[] {
  for (const x of xs) checkOperand(x, where);
  const { dtype, weakType } = resultType(xs);
  return xs.map((x) => (x instanceof NDArray && x.dtype === dtype ? x : asDType(x, dtype, weakType, where)));
}

function checkOperand(x: ArrayLike, where: string): void {
  if (
    !(x instanceof NDArray) &&
    typeof x !== "number" &&
    typeof x !== "boolean" &&
    typeof x !== "bigint" &&
    !isTypedArray(x)
  )
    asArray(x, where);
}
