/** @file Questions about dtypes: limits, families, promotion, casting. */
import { checkListOf, show, refuseMore } from "../../base/checks.ts";
import { type ArrayLike, NDArray } from "../../core/array.ts";
import {
  type DType,
  type Scalar,
  type WeakDType,
  type WideDType,
  bitWidth,
  defaultFloat,
  dtypes,
  isBool,
  isComplex,
  isFloat,
  isInexact,
  isInteger,
  isSigned,
  isTypedArray,
  isUnsigned,
  promoteTypes as joinTypes,
  realPart,
  toDType,
} from "../../dtypes/dtype.ts";
import { ArgumentError, DTypeError } from "../../base/errors.ts";
import { asArray, bigIntType, resultType as typeOfOperands } from "../../lax/operands/convert.ts";
import { integerLimits } from "../../loops/ir/values.ts";
import * as lax from "../../lax/plain.ts";
import { define } from "../../arguments/declare.ts";
import { param } from "../../arguments/parameters.ts";
import { canonicalAxes } from "../../dtypes/shape.ts";
import * as p from "../operands/parameters.ts";
import { toBool } from "../operands/promote.ts";
import { prngKey } from "./canonical.ts";
import type { AbstractDType } from "./constants.ts";

/** Limits of an integer dtype: BigInts of 64-bit ones. */
export interface IInfo<T extends Scalar = number> {
  readonly min: T;
  readonly max: T;
  readonly bits: number;
}

const isDTypeName = (x: unknown): x is DType =>
  typeof x === "string" && (dtypes as readonly string[]).includes(x);

const dtypeOf = (x: DType | ArrayLike, where: string): DType =>
  typeof x === "string" ? toDType(x, where) : asArray(x, where).dtype;

/**
 * Limits of an integer dtype, or of that of an array.
 * @throws DTypeError for other dtypes
 * @see jax.numpy.iinfo
 * @example
 * np.iinfo("int8").max; // 127
 * np.iinfo("int64").max; // 9223372036854775807n
 */
export function iinfo(dtype: WideDType): IInfo<bigint>;
export function iinfo(dtype: DType | ArrayLike): IInfo;
export function iinfo(dtype: DType | ArrayLike, ...more: []): IInfo<Scalar> {
  refuseMore("iinfo", 1, more);
  const d = dtypeOf(dtype, "iinfo");
  if (!isInteger(d)) throw new DTypeError(`iinfo: expected an integer dtype; got ${d}. See finfo.`);
  const [min, max] = integerLimits(d);
  return { min, max, bits: bitWidth(d) };
}

/**
 * The dtype of a name (checked) or of an array.
 * @throws DTypeError for an unknown name
 * @see jax.numpy.dtype
 * @example
 * np.dtype(np.arange(3)); // "int32"
 */
export const dtype = (d: DType | ArrayLike, ...more: []): DType => {
  refuseMore("dtype", 1, more);
  return dtypeOf(d, "dtype");
};

/** What is known of a floating-point dtype. */
export interface FInfo {
  readonly bits: number;
  /** Distance from 1 to the next larger number. */
  readonly eps: number;
  readonly max: number;
  readonly min: number;
  /** Bits of the mantissa, the hidden one not counted. */
  readonly nmant: number;
  /** The smallest positive normal number. */
  readonly smallestNormal: number;
  /** The same. */
  readonly tiny: number;
}

const formats = {
  float16: { nmant: 10, minexp: -14 },
  bfloat16: { nmant: 7, minexp: -126 },
  float32: { nmant: 23, minexp: -126 },
  float64: { nmant: 52, minexp: -1022 },
} as const;

/**
 * Limits and precision of a floating-point dtype (of its parts, for a complex one), or of that of an array.
 * @throws DTypeError for other dtypes
 * @see jax.numpy.finfo
 * @example
 * np.finfo("float32").eps === 2 ** -23; // true
 */
export function finfo(dtype: DType | ArrayLike, ...more: []): FInfo {
  refuseMore("finfo", 1, more);
  const d = realPart(dtypeOf(dtype, "finfo"));
  if (!(d in formats)) throw new DTypeError(`finfo: expected a floating-point dtype; got ${d}. See iinfo.`);
  const { nmant, minexp } = formats[d as keyof typeof formats];
  const max = (2 - 2 ** -nmant) * 2 ** (1 - minexp);
  const tiny = 2 ** minexp;
  return { bits: bitWidth(d), eps: 2 ** -nmant, max, min: -max, nmant, smallestNormal: tiny, tiny };
}

const families: { readonly [A in AbstractDType]: (d: DType) => boolean } = {
  generic: () => true,
  number: (d) => !isBool(d),
  integer: isInteger,
  signedinteger: isSigned,
  unsignedinteger: isUnsigned,
  inexact: isInexact,
  floating: isFloat,
  complexfloating: isComplex,
};

const isFamily = (x: unknown): x is AbstractDType => typeof x === "string" && Object.hasOwn(families, x);

const isKeyType = (x: unknown): x is "key<fry>" | typeof prngKey => x === "key<fry>" || x === prngKey;

/**
 * Whether the first dtype (or family) is, or belongs to, the second: whether all its dtypes do.
 * @throws DTypeError for an unknown name
 * @see jax.numpy.issubdtype
 * @example
 * np.issubdtype("float32", np.floating); // true
 */
export function issubdtype(
  arg1: DType | AbstractDType | "key<fry>" | typeof prngKey,
  arg2: DType | AbstractDType | "key<fry>" | typeof prngKey,
  ...more: []
): boolean {
  refuseMore("issubdtype", 2, more);
  // The dtype of keys belongs to no other family but that of everything.
  if (isKeyType(arg1) || isKeyType(arg2)) {
    if (isKeyType(arg1) && (arg2 === "generic" || arg2 === prngKey)) return true;
    for (const d of [arg1, arg2]) if (!isFamily(d) && !isKeyType(d)) toDType(d, "issubdtype");
    return arg1 === arg2;
  }
  for (const d of [arg1, arg2]) if (!isFamily(d)) toDType(d, "issubdtype");
  if (!isFamily(arg2)) return arg1 === arg2;
  const members = isFamily(arg1) ? dtypes.filter(families[arg1]) : [arg1];
  return members.every(families[arg2]);
}

const kinds: { readonly [kind: string]: (d: DType) => boolean } = {
  bool: isBool,
  "signed integer": isSigned,
  "unsigned integer": isUnsigned,
  integral: isInteger,
  "real floating": isFloat,
  "complex floating": isComplex,
  numeric: (d) => !isBool(d),
};

/** A kind of dtypes in the words of the array API standard, or one dtype. */
export type DTypeKind =
  | "bool"
  | "signed integer"
  | "unsigned integer"
  | "integral"
  | "real floating"
  | "complex floating"
  | "numeric"
  | DType;

/**
 * Whether a dtype is of a kind, or of one of several.
 * @throws ArgumentError for an unknown kind
 * @see jax.numpy.isdtype
 * @example
 * np.isdtype("int8", ["bool", "integral"]); // true
 */
export function isdtype(dtype: DType, kind: DTypeKind | readonly DTypeKind[], ...more: []): boolean {
  refuseMore("isdtype", 2, more);
  const d = toDType(dtype, "isdtype");
  const list = typeof kind === "string" ? [kind] : kind;
  checkListOf("isdtype", "the kind, unless a string,", list);
  return list.some((k) => {
    const test = Object.hasOwn(kinds, k) ? kinds[k] : undefined;
    if (test !== undefined) return test(d);
    if (!isDTypeName(k))
      throw new ArgumentError(
        `isdtype: unknown kind ${show(k)}; expected a dtype or one of ${Object.keys(kinds).join(", ")}.`,
      );
    return k === d;
  });
}

/**
 * The dtype in which two dtypes meet.
 * @see jax.numpy.promote_types
 * @example
 * np.promoteTypes("int32", "float16"); // "float16"
 */
export const promoteTypes = (a: DType, b: DType, ...more: []): DType => {
  refuseMore("promoteTypes", 2, more);
  return joinTypes([a, b].map((d) => strong(toDType(d, "promoteTypes")))).dtype;
};

const strong = (dtype: DType): WeakDType => ({ dtype, weakType: false });

/**
 * The dtype in which arrays, numbers and dtypes meet.
 * @throws ArgumentError if there are none
 * @see jax.numpy.result_type
 * @example
 * np.resultType("int8", "uint8"); // "int16"
 */
export function resultType(...args: readonly (DType | ArrayLike)[]): DType {
  if (args.length === 0)
    throw new ArgumentError("resultType: expected at least one array or dtype; got none.");
  const types = args.map((a): WeakDType =>
    typeof a === "string" ? strong(toDType(a, "resultType")) : operandType(a, args),
  );
  return joinTypes(types).dtype;
}

function operandType(x: ArrayLike, all: readonly (DType | ArrayLike)[]): WeakDType {
  if (typeof x === "bigint") return { dtype: bigIntType(x, "resultType"), weakType: true };
  if (typeof x !== "number") return x instanceof NDArray ? x.aval : strong(asArray(x, "resultType").dtype);
  const others = all.filter((a) => typeof a !== "number");
  const integers = others.map((a) =>
    typeof a === "string" ? toDType(a, "resultType") : typeOfOperands([a]).dtype,
  );
  const whole = Number.isInteger(x) && others.length > 0 && integers.every((d) => isInteger(d) || isBool(d));
  return { dtype: whole ? "int32" : defaultFloat(), weakType: true };
}

const rank = (d: DType): number => (isBool(d) ? 0 : isInteger(d) ? 1 : isFloat(d) ? 2 : 3);
/** Bits of whole numbers that a dtype holds exactly. */
const precision = (d: DType): number => {
  if (isBool(d)) return 1;
  if (isInteger(d)) return bitWidth(d) - (isSigned(d) ? 1 : 0);
  return finfo(d).nmant + 1;
};

function safe(from: DType, to: DType): boolean {
  if (from === to || isBool(from)) return true;
  if (rank(from) > rank(to)) return false;
  if (isSigned(from) && isUnsigned(to)) return false;
  // NumPy takes the digits that a double lacks of 64-bit integers for granted.
  if (isInteger(from)) return precision(from) <= precision(to) || realPart(to) === "float64";
  const [f, t] = [realPart(from), realPart(to)];
  return f === t || (bitWidth(f) < bitWidth(t) && t !== "bfloat16");
}

/** Rules of casting, from the strictest. */
export type Casting = "no" | "equiv" | "safe" | "same_kind" | "unsafe";

/**
 * Whether a dtype, or that of an array, can be cast to another under a rule ("safe" unless told otherwise).
 * @throws ArgumentError for an unknown rule
 * @see numpy.can_cast
 * @example
 * np.canCast("int32", "float32", "same_kind"); // true
 */
export const canCast = define(
  "canCast",
  [param<[casting: Casting]>()("casting", "safe")],
  [],
  ({ casting }, from: DType | NDArray, to: DType): boolean => {
    const f = dtypeOf(from, "canCast");
    const t = toDType(to, "canCast");
    switch (casting) {
      case "no":
      case "equiv":
        return f === t;
      case "safe":
        return safe(f, t);
      case "same_kind":
        return safe(f, t) || (rank(f) <= rank(t) && !(isSigned(f) && isUnsigned(t)));
      case "unsafe":
        return true;
      default:
        throw new ArgumentError(
          `canCast: casting must be "no", "equiv", "safe", "same_kind" or "unsafe"; got ${show(casting)}.`,
        );
    }
  },
);

/** Accepted for compatibility: arrays never change. */
const copy = param<[copy: boolean | undefined]>()("copy", undefined);

/**
 * `x` in another dtype: floats to integers truncate and saturate (NaN becomes 0), anything to bool is `x != 0`, complex
 * to real keeps the real part. The derivative passes between inexact dtypes and is 0 elsewhere.
 * @see jax.numpy.astype
 * @example
 * np.astype(np.array([1.5, -2.5]), "int32").js(); // [1, -2]
 */
export const astype = define("astype", [], [copy], (_, x: ArrayLike, dtype: DType) => {
  const a = asArray(x, "astype");
  const d = toDType(dtype, "astype");
  return lax.convertElementType(isBool(d) ? toBool(a) : a, d);
});

/**
 * True for numbers, BigInts, booleans and 0-d arrays.
 * @see jax.numpy.isscalar
 * @example
 * np.isscalar(3); // true
 */
export function isscalar(element: unknown, ...more: []): boolean {
  refuseMore("isscalar", 1, more);
  if (element instanceof NDArray) return element.ndim === 0;
  return typeof element === "number" || typeof element === "boolean" || typeof element === "bigint";
}

/**
 * True for lists, typed arrays and arrays that have a first axis.
 * @see jax.numpy.iterable
 * @example
 * np.iterable(np.ones([2])); // true
 */
export function iterable(y: unknown, ...more: []): boolean {
  refuseMore("iterable", 1, more);
  return Array.isArray(y) || isTypedArray(y) || (y instanceof NDArray && y.ndim > 0);
}

/**
 * The number of axes.
 * @see jax.numpy.ndim
 * @example
 * np.ndim(np.ones([2, 3])); // 2
 */
export const ndim = (a: ArrayLike, ...more: []): number => {
  refuseMore("ndim", 1, more);
  return asArray(a, "ndim").ndim;
};

/**
 * The sizes of the axes.
 * @see jax.numpy.shape
 * @example
 * np.shape(np.ones([2, 3])); // [2, 3]
 */
export const shape = (a: ArrayLike, ...more: []): readonly number[] => {
  refuseMore("shape", 1, more);
  return asArray(a, "shape").shape;
};

/**
 * The number of elements: of all, or along one axis.
 * @throws ArgumentError for an axis that is not there
 * @see jax.numpy.size
 * @example
 * np.size(np.ones([2, 3]), 1); // 3
 */
export const size = define("size", [p.axis], [], ({ axis }, a: ArrayLike): number => {
  const { shape } = asArray(a, "size");
  return canonicalAxes(axis, shape.length, "size").reduce((n, k) => n * shape[k], 1);
});

/**
 * True if the dtype is complex.
 * @see jax.numpy.iscomplexobj
 * @example
 * np.iscomplexobj(np.ones([2], "complex64")); // true
 */
export const iscomplexobj = (x: ArrayLike, ...more: []): boolean => {
  refuseMore("iscomplexobj", 1, more);
  return isComplex(asArray(x, "iscomplexobj").dtype);
};

/**
 * True if the dtype is not complex.
 * @see jax.numpy.isrealobj
 * @example
 * np.isrealobj(np.ones([2])); // true
 */
export const isrealobj = (x: ArrayLike, ...more: []): boolean => {
  refuseMore("isrealobj", 1, more);
  return !iscomplexobj(x);
};
