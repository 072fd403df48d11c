/**
 * @file JavaScript's own functions that plain code calls with traced values, and what they are for those: `Math.sin`,
 * `Number.isFinite` … Found by the function itself, so that `const { sin } = Math` works as well.
 */
import type { NDArray } from "../../core/array.ts";
import { isFloat } from "../../dtypes/dtype.ts";
import { convertElementType } from "../../lax/elementwise/convert.ts";
import * as lax from "../../lax/elementwise/functions.ts";
import { clz } from "../../lax/elementwise/bitwise.ts";
import {
  log2,
  log10,
  arctan2,
  hypot,
  arccos,
  arccosh,
  arcsin,
  arcsinh,
  arctan,
  arctanh,
} from "../../numpy/ufuncs/math.ts";
import * as numpy from "./numpy.ts";
import { int32, isNaNumber, pow } from "./operators.ts";
import { isArray, known, not, operand, truth, unbox } from "./values.ts";

/** What a function is for traced values; `self` is what it is called on. */
export type Native = (self: unknown, args: readonly unknown[]) => unknown;
type Key = (...args: never[]) => unknown;
type Callable = (...args: readonly unknown[]) => unknown;

const anyTraced = (args: readonly unknown[]): boolean => args.some(isArray);

/** The function itself where nothing is traced. */
const unlessTraced =
  (own: Key, traced: (args: readonly unknown[]) => unknown): Native =>
  (self, args) =>
    anyTraced(args)
      ? traced(args)
      : Reflect.apply<unknown, readonly unknown[], unknown>(own as Callable, self, args);

const arrayOf = (x: unknown): NDArray => operand(x) as NDArray;

/** Rounds to float32, as it is: the derivative is that of the identity. */
export const fround = (x: NDArray): NDArray => convertElementType(convertElementType(x, "float32"), x.dtype);

const unary: Readonly<Record<string, (x: NDArray) => NDArray>> = {
  abs: lax.abs,
  acos: arccos,
  acosh: arccosh,
  asin: arcsin,
  asinh: arcsinh,
  atan: arctan,
  atanh: arctanh,
  cbrt: lax.cbrt,
  ceil: lax.ceil,
  cos: lax.cos,
  cosh: lax.cosh,
  exp: lax.exp,
  expm1: lax.expm1,
  floor: lax.floor,
  fround,
  log: lax.log,
  log10,
  log1p: lax.log1p,
  log2,
  round: (x) => lax.floor(numpy.add(x, 0.5)),
  sign: lax.sign,
  sin: lax.sin,
  sinh: lax.sinh,
  sqrt: lax.sqrt,
  tan: lax.tan,
  tanh: lax.tanh,
  trunc: numpy.trunc,
};

const folded =
  (f: (a: number | NDArray, b: number | NDArray) => NDArray) =>
  (args: readonly unknown[]): unknown =>
    args.map(operand).reduce((a, b) => f(a, b));

/** Functions of several numbers; with one alone they are that, but for `hypot`. */
const several: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
  max: folded(numpy.maximum),
  min: folded(numpy.minimum),
  atan2: ([y, x]) => arctan2(operand(y), operand(x)),
  pow: ([x, y]) => pow(x, y),
  hypot: (args) => (args.length === 1 ? lax.abs(arrayOf(args[0])) : folded(hypot)(args)),
  imul: ([a, b]) => convertElementType(numpy.multiply(int32(a), int32(b)), "float64"),
  clz32: ([x]) => {
    const bits = int32(x);
    return typeof bits === "number" ? Math.clz32(bits) : convertElementType(clz(bits), "float64");
  },
};

const leaf = (x: unknown): unknown => (isArray(x) ? unbox(x) : x);

const isFiniteNumber = (x: unknown): unknown => {
  if (!isArray(x)) return Number.isFinite(x);
  const value = known(x);
  if (value !== undefined) return Number.isFinite(Number(value));
  return isFloat(x.dtype) ? unbox(numpy.isfinite(x)) : true;
};

const isWhole = (x: unknown): unknown => {
  if (!isArray(x)) return Number.isInteger(x);
  const value = known(x);
  if (value !== undefined) return Number.isInteger(value);
  return isFloat(x.dtype)
    ? unbox(numpy.logicalAnd(numpy.isfinite(x), not(numpy.less(lax.floor(x), x))))
    : true;
};

const toNumber = (x: unknown): unknown => (isArray(x) ? operand(x) : Number(x));

/** What functions of one value are, whatever it is. */
const ofOne: readonly (readonly [Key, (x: unknown) => unknown])[] = [
  [isNaN, (x) => isNaNumber(toNumber(x))],
  [isFinite, (x) => isFiniteNumber(toNumber(x))],
  [Number.isNaN, isNaNumber],
  [Number.isFinite, isFiniteNumber],
  [Number.isInteger, isWhole],
  [Number.isSafeInteger, isWhole],
  [Number, toNumber],
  [Number.parseFloat, toNumber],
  [Boolean, truth],
  [Array.isArray, (x) => isArray(x) && x.ndim > 0],
];

const table = new Map<unknown, Native>();

function fill(): void {
  const own = Math as unknown as Readonly<Record<string, Key>>;
  for (const [name, f] of Object.entries(unary))
    table.set(
      own[name],
      unlessTraced(own[name], ([x]) => unbox(f(arrayOf(x)))),
    );
  for (const [name, f] of Object.entries(several))
    table.set(
      own[name],
      unlessTraced(own[name], (args) => leaf(f(args))),
    );
  for (const [f, traced] of ofOne)
    table.set(
      f,
      unlessTraced(f, ([x]) => traced(x)),
    );
}

/** What a function is for traced values; undefined for those that know nothing of them, the user's own among them. */
export function nativeOf(f: unknown): Native | undefined {
  if (table.size === 0) fill();
  return table.get(f);
}

/** Adds functions to the table: those of lists (lists.ts). */
export function addNatives(more: Iterable<readonly [unknown, Native]>): void {
  if (table.size === 0) fill();
  for (const [f, native] of more) table.set(f, native);
}
