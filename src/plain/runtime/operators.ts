/**
 * @file JavaScript's operators: on numbers as they are, and on traced values. Each begins with the case of numbers.
 */
import type { NDArray } from "../../core/array.ts";
import { isFloat } from "../../dtypes/dtype.ts";
import { bitwiseNot } from "../../lax/elementwise/bitwise.ts";
import { convertElementType } from "../../lax/elementwise/convert.ts";
import { eq as equalTo, ne as differs } from "../../lax/elementwise/compare.ts";
import { floor, neg as negate } from "../../lax/elementwise/functions.ts";
import { integerPow } from "../../lax/elementwise/power.ts";
import * as numpy from "./numpy.ts";
import { isArray, known, operand, unbox } from "./values.ts";

type Binary = (a: unknown, b: unknown) => unknown;
type OnNumbers = (a: number, b: number) => unknown;
type OnArrays = (a: number | NDArray, b: number | NDArray) => NDArray;

/** An arithmetic operator; on values that are neither numbers nor traced (text, BigInts, dates) it is JavaScript's own. */
function arithmetic(own: OnNumbers, traced: OnArrays): Binary {
  return (a, b) => {
    if (typeof a === "number" && typeof b === "number") return own(a, b);
    if (isArray(a) || isArray(b)) return unbox(traced(operand(a), operand(b)));
    return own(a as number, b as number);
  };
}

const plus = arithmetic((a, b) => a + b, numpy.add);

/** JavaScript's `a + b`, which joins texts. */
export function add(a: unknown, b: unknown): unknown {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (typeof a === "string") return `${a}${String(b)}`;
  return typeof b === "string" ? `${String(a)}${b}` : plus(a, b);
}

export const sub: Binary = arithmetic((a, b) => a - b, numpy.subtract);
export const mul: Binary = arithmetic((a, b) => a * b, numpy.multiply);
export const div: Binary = arithmetic((a, b) => a / b, numpy.divide);
export const mod: Binary = arithmetic((a, b) => a % b, numpy.fmod);

/** Exponents so small that a product of the base is as exact as its power. */
const smallPower = 64;

/** JavaScript's `a ** b`; whole exponents that are known have derivatives at every base. */
export const pow: Binary = arithmetic(
  (a, b) => a ** b,
  (a, b) =>
    typeof b === "number" && Number.isInteger(b) && Math.abs(b) <= smallPower
      ? integerPow(a, b)
      : numpy.power(a, b),
);

/** A comparison, by the numbers where they are known. */
function comparison(own: OnNumbers, traced: OnArrays): Binary {
  return (a, b) => {
    if (typeof a === "number" && typeof b === "number") return own(a, b);
    if (!isArray(a) && !isArray(b)) return own(a as number, b as number);
    const x = isArray(a) ? known(a) : a;
    const y = isArray(b) ? known(b) : b;
    if (x !== undefined && y !== undefined) return own(x as number, y as number);
    return unbox(traced(operand(a), operand(b)));
  };
}

export const lt: Binary = comparison((a, b) => a < b, numpy.less);
export const le: Binary = comparison((a, b) => a <= b, numpy.lessEqual);
export const gt: Binary = comparison(
  (a, b) => a > b,
  (a, b) => numpy.less(b, a),
);
export const ge: Binary = comparison(
  (a, b) => a >= b,
  (a, b) => numpy.lessEqual(b, a),
);

const sameNumber: Binary = comparison((a, b) => a === b, equalTo);

const isNumeric = (x: unknown): boolean => typeof x === "number" || isArray(x);
const isBool = (x: unknown): boolean => typeof x === "boolean" || (isArray(x) && x.dtype === "bool");

/** JavaScript's `a === b`. */
export function eq(a: unknown, b: unknown): unknown {
  if (!isArray(a) && !isArray(b)) return a === b;
  const comparable = isBool(a) ? isBool(b) : isNumeric(a) && isNumeric(b) && !isBool(b);
  return comparable ? sameNumber(operand(a), operand(b)) : a === b;
}

/** JavaScript's `a == b`, which the caller hands over: texts and booleans are compared with traced numbers as numbers. */
export function same(a: unknown, b: unknown, own: (a: unknown, b: unknown) => boolean): unknown {
  if (!isArray(a) && !isArray(b)) return own(a, b);
  const one = isArray(a) ? b : a;
  if (one === null || one === undefined || (typeof one === "object" && !isArray(one))) return false;
  return sameNumber(operand(a), operand(b));
}

/** JavaScript's `-x`. */
export function neg(x: unknown): unknown {
  if (typeof x === "number") return -x;
  return isArray(x) ? unbox(negate(operand(x))) : -(x as number);
}

/** JavaScript's `+x`. */
export function pos(x: unknown): unknown {
  return isArray(x) ? operand(x) : Number(x);
}

/** What `x++` adds. */
export const inc = (x: unknown): unknown => (typeof x === "number" ? x + 1 : stepped(x, 1));
export const dec = (x: unknown): unknown => (typeof x === "number" ? x - 1 : stepped(x, -1));

const stepped = (x: unknown, by: 1 | -1): unknown =>
  typeof x === "bigint" ? x + BigInt(by) : plus(isArray(x) ? x : Number(x), by);

const range = 2 ** 32;

/** A number modulo 2³² as int32, as JavaScript's bit operators see it. Its derivative is zero. */
export function int32(x: unknown): number | NDArray {
  if (!isArray(x)) return Number(x) | 0;
  const value = known(x);
  if (value !== undefined) return Number(value) | 0;
  const wide = convertElementType(operand(x) as NDArray, "float64");
  const whole = numpy.trunc(wide);
  const finite = numpy.where(numpy.isfinite(whole), whole, 0);
  const least = numpy.subtract(finite, numpy.multiply(floor(numpy.divide(finite, range)), range));
  const signed = numpy.where(numpy.less(least, range / 2), least, numpy.subtract(least, range));
  return convertElementType(signed, "int32");
}

/** A bit operator: of whole numbers below 2⁵³ exact, of traced ones with derivative zero. */
function bitwise(own: OnNumbers, traced: (a: NDArray | number, b: NDArray | number) => NDArray): Binary {
  return (a, b) => {
    if (typeof a === "number" && typeof b === "number") return own(a, b);
    if (!isArray(a) && !isArray(b)) return own(a as number, b as number);
    const x = int32(a);
    const y = int32(b);
    if (typeof x === "number" && typeof y === "number") return own(x, y);
    return unbox(convertElementType(traced(x, y), "float64"));
  };
}

const count = (b: NDArray | number): NDArray | number =>
  typeof b === "number" ? b & 31 : numpy.bitwiseAnd(b, 31);

export const band: Binary = bitwise((a, b) => a & b, numpy.bitwiseAnd);
export const bor: Binary = bitwise((a, b) => a | b, numpy.bitwiseOr);
export const bxor: Binary = bitwise((a, b) => a ^ b, numpy.bitwiseXor);
export const shl: Binary = bitwise(
  (a, b) => a << b,
  (a, b) => numpy.leftShift(a, count(b)),
);
export const shr: Binary = bitwise(
  (a, b) => a >> b,
  (a, b) => numpy.rightShift(a, count(b)),
);

/** JavaScript's `a >>> b`, whose result is not negative. */
export const ushr: Binary = (a, b) => {
  if (!isArray(a) && !isArray(b)) return (a as number) >>> (b as number);
  const bits = int32(a);
  const by = int32(b);
  if (typeof bits === "number" && typeof by === "number") return bits >>> by;
  const wide = isArray(bits) ? convertElementType(bits, "float64") : bits;
  const unsigned = numpy.where(numpy.less(wide, 0), numpy.add(wide, range), wide);
  const scale = numpy.power(
    2,
    isArray(by) ? convertElementType(numpy.bitwiseAnd(by, 31), "float64") : by & 31,
  );
  return unbox(floor(numpy.divide(unsigned, scale)));
};

/** JavaScript's `~x`. */
export function bnot(x: unknown): unknown {
  if (!isArray(x)) return ~(x as number);
  const bits = int32(x);
  return typeof bits === "number" ? ~bits : unbox(convertElementType(bitwiseNot(bits), "float64"));
}

/** Whether a value is NaN. */
export function isNaNumber(x: unknown): unknown {
  if (!isArray(x)) return Number.isNaN(x);
  const value = known(x);
  if (value !== undefined) return Number.isNaN(value);
  return isFloat(x.dtype) ? unbox(differs(x, x)) : false;
}
