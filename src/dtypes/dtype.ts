/**
 * @file Data types: names, sizes, typed arrays, and JAX's promotion lattice with weak types.
 *
 * A dtype is its name. The lattice is JAX's under 64-bit mode, though integers made without a dtype are int32. Weak types
 * (`i*`, `f*`, `c*`) are those of JavaScript numbers: they give way to the dtype of any array of their kind.
 * Scalars of int64 and uint64 are BigInts wherever one stands by itself; those of other dtypes are numbers.
 * Source: jax/_src/dtypes.py, "Type promotion semantics" of JAX's documentation.
 */
import { config } from "../base/config.ts";
import { show } from "../base/checks.ts";
import { DTypeError, OutOfMemoryError, TypePromotionError } from "../base/errors.ts";

export const dtypes = [
  "bool",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float16",
  "bfloat16",
  "float32",
  "float64",
  "complex64",
  "complex128",
] as const;

/** The name of a data type. */
export type DType = (typeof dtypes)[number];

/** The dtypes whose elements are BigInts. */
export type WideDType = "int64" | "uint64";

/** One real element: a BigInt of int64 and uint64, of other dtypes a number. */
export type Scalar = number | bigint;

/**
 * The typed arrays that functions on arrays accept and return.
 */
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** The typed array in which `dataSync` gives the values of an array of dtype `D`. */
export type DataOf<D extends DType> = D extends "float64" | "complex128"
  ? Float64Array
  : D extends "float32" | "float16" | "bfloat16" | "complex64"
    ? Float32Array
    : D extends "int32"
      ? Int32Array
      : D extends "uint32"
        ? Uint32Array
        : D extends "int64"
          ? BigInt64Array
          : D extends "uint64"
            ? BigUint64Array
            : D extends "int16"
              ? Int16Array
              : D extends "uint16"
                ? Uint16Array
                : D extends "int8"
                  ? Int8Array
                  : Uint8Array;

/** The dtypes whose elements are numbers: what `dataSync` assumes of an array unless it is told the dtype. */
export type NumberDType = Exclude<DType, WideDType>;

type Kind = "bool" | "int" | "uint" | "float" | "complex";

interface DTypeInfo {
  readonly kind: Kind;
  readonly bytes: number;
  /** JAX's short name, as printed in jaxprs. */
  readonly short: string;
}

const infos: { readonly [D in DType]: DTypeInfo } = {
  bool: { kind: "bool", bytes: 1, short: "bool" },
  int8: { kind: "int", bytes: 1, short: "i8" },
  uint8: { kind: "uint", bytes: 1, short: "u8" },
  int16: { kind: "int", bytes: 2, short: "i16" },
  uint16: { kind: "uint", bytes: 2, short: "u16" },
  int32: { kind: "int", bytes: 4, short: "i32" },
  uint32: { kind: "uint", bytes: 4, short: "u32" },
  int64: { kind: "int", bytes: 8, short: "i64" },
  uint64: { kind: "uint", bytes: 8, short: "u64" },
  float16: { kind: "float", bytes: 2, short: "f16" },
  bfloat16: { kind: "float", bytes: 2, short: "bf16" },
  float32: { kind: "float", bytes: 4, short: "f32" },
  float64: { kind: "float", bytes: 8, short: "f64" },
  complex64: { kind: "complex", bytes: 8, short: "c64" },
  complex128: { kind: "complex", bytes: 16, short: "c128" },
};

/** @throws DTypeError for anything but a dtype. */
export function dtypeInfo(d: DType): DTypeInfo {
  const info = infos[d] as DTypeInfo | undefined;
  // The second finds the properties that every object has.
  if (info?.kind === undefined)
    throw new DTypeError(`${show(d)} is no dtype; expected one of ${dtypes.join(", ")}.`);
  return info;
}
export const shortName = (d: DType): string => dtypeInfo(d).short;
export const isBool = (d: DType): boolean => d === "bool";
export const isFloat = (d: DType): boolean => dtypeInfo(d).kind === "float";
export const isComplex = (d: DType): boolean => dtypeInfo(d).kind === "complex";
/** Floating-point or complex: the dtypes that have derivatives. */
export const isInexact = (d: DType): boolean => isFloat(d) || isComplex(d);
export const isSigned = (d: DType): boolean => dtypeInfo(d).kind === "int";
export const isUnsigned = (d: DType): boolean => dtypeInfo(d).kind === "uint";
/** Signed or unsigned integer (bool is none). */
export const isInteger = (d: DType): boolean => isSigned(d) || isUnsigned(d);
export const bitWidth = (d: DType): number => dtypeInfo(d).bytes * 8;
/** True for 64-bit integers, whose scalars are BigInts. */
export const isWide = (d: DType): d is WideDType => d === "int64" || d === "uint64";

/** A whole number, or the truth value 0 or 1, as a scalar of a dtype that holds it. */
export const scalarOf = (x: number, d: DType): Scalar => (isWide(d) ? BigInt(x) : x);

/** A BigInt modulo 2^64. */
export const wrapWide = (x: bigint, d: WideDType): bigint =>
  d === "int64" ? BigInt.asIntN(64, x) : BigInt.asUintN(64, x);

/** Checks a dtype that came from outside. Accepts the names only. */
export function toDType(d: unknown, where: string): DType {
  if (typeof d === "string" && (dtypes as readonly string[]).includes(d)) return d as DType;
  throw new DTypeError(
    `${where}: ${typeof d === "string" ? `'${d}'` : show(d)} is no dtype; expected one of ${dtypes.join(", ")}.`,
  );
}

export const defaultFloat = (): "float64" | "float32" => config.values.defaultFloat;
export const defaultInt = "int32" as const;
export const defaultComplex = (): DType => (defaultFloat() === "float64" ? "complex128" : "complex64");

/** Integers and booleans become the default float; inexact dtypes stay. */
export const toInexact = (d: DType): DType => (isInexact(d) ? d : defaultFloat());

/** The real dtype of a complex one's parts; others stay. */
export function realPart(d: DType): DType {
  return d === "complex64" ? "float32" : d === "complex128" ? "float64" : d;
}

type WeakNode = "i*" | "f*" | "c*";
type Node = DType | WeakNode;

const lattice: { readonly [N in Node]: readonly Node[] } = {
  bool: ["i*"],
  "i*": ["uint8", "int8"],
  uint8: ["int16", "uint16"],
  uint16: ["int32", "uint32"],
  uint32: ["int64", "uint64"],
  uint64: ["f*"],
  int8: ["int16"],
  int16: ["int32"],
  int32: ["int64"],
  int64: ["f*"],
  "f*": ["bfloat16", "float16", "c*"],
  bfloat16: ["float32"],
  float16: ["float32"],
  float32: ["float64", "complex64"],
  float64: ["complex128"],
  "c*": ["complex64"],
  complex64: ["complex128"],
  complex128: [],
};

function upperBounds(n: Node): Set<Node> {
  const seen = new Set<Node>([n]);
  for (const x of seen) for (const up of lattice[x]) seen.add(up);
  return seen;
}

const uppers = new Map<Node, Set<Node>>((Object.keys(lattice) as Node[]).map((n) => [n, upperBounds(n)]));

function joinPair(a: Node, b: Node): Node {
  const common = [...uppers.get(a)!].filter((n) => uppers.get(b)!.has(n));
  const least = common.filter((n) => common.every((m) => uppers.get(n)!.has(m)));
  if (least.length !== 1) throw new DTypeError(`no common dtype for ${a} and ${b}.`);
  return least[0];
}

const joins = new Map<string, Node>();

function join(a: Node, b: Node): Node {
  if (a === b) return a;
  const key = `${a},${b}`;
  let out = joins.get(key);
  if (out === undefined) joins.set(key, (out = joinPair(a, b)));
  return out;
}

/** A dtype and whether it is weak (made from JavaScript numbers alone). */
export interface WeakDType {
  readonly dtype: DType;
  readonly weakType: boolean;
}

function toNode(t: WeakDType): Node {
  if (!t.weakType) return t.dtype;
  if (t.dtype === "bool") return "bool";
  return isInteger(t.dtype) ? "i*" : isFloat(t.dtype) ? "f*" : "c*";
}

function fromNode(n: Node): WeakDType {
  if (n === "i*") return { dtype: defaultInt, weakType: true };
  if (n === "f*") return { dtype: defaultFloat(), weakType: true };
  if (n === "c*") return { dtype: defaultComplex(), weakType: true };
  return { dtype: n, weakType: false };
}

const givesWay = (t: WeakDType, { dtype }: WeakDType): boolean =>
  t.weakType ? uppers.get(toNode(t))!.has(dtype) : t.dtype === dtype;

/**
 * The dtype in which operands of the given dtypes meet.
 * @throws DTypeError where `dtypePromotion` is "none" and strong dtypes differ.
 */
export function promoteTypes(types: readonly WeakDType[]): WeakDType {
  const first = types[0];
  let same = true;
  for (let i = 1; i < types.length; i++) {
    if (types[i].dtype !== first.dtype || types[i].weakType !== first.weakType) same = false;
  }
  if (same) return first;
  const strongest = types.find((t) => !t.weakType);
  if (strongest !== undefined && types.every((t) => givesWay(t, strongest))) return strongest;
  const strong = new Set(types.filter((t) => !t.weakType).map((t) => t.dtype));
  if (config.values.dtypePromotion === "none" && strong.size > 1) {
    throw new TypePromotionError(
      `dtypes ${[...strong].join(" and ")} meet while dtypePromotion is "none". Convert one with x.astype(…).`,
    );
  }
  // A weak operand keeps a dtype wider than the default (x64 data seen under defaultFloat float32).
  const out = fromNode(types.map(toNode).reduce(join));
  // uint32 and a signed integer meet at int64, or where the default is 32 bits wide, as in JAX, at int32.
  if (out.dtype === "int64" && defaultFloat() === "float32" && !strong.has("int64"))
    return { dtype: "int32", weakType: false };
  if (!out.weakType) return out;
  const widest = types.filter((t) => t.weakType && dtypeInfo(t.dtype).kind === dtypeInfo(out.dtype).kind);
  const dtype = widest.reduce<DType>(
    (d, t) => (dtypeInfo(t.dtype).bytes > dtypeInfo(d).bytes ? t.dtype : d),
    out.dtype,
  );
  return { dtype, weakType: true };
}

/** The typed array for data of a dtype: bool as bytes, float16 and bfloat16 as their bits, complex as pairs. */
export function allocate(d: DType, size: number): TypedArray {
  try {
    return allocateOf(d, size);
  } catch (e) {
    if (!(e instanceof RangeError)) throw e;
    throw new OutOfMemoryError(
      `an array of ${size} elements of dtype ${d} is more than this host can hold in one piece. ` +
        `Work on parts of it (lax.map, lax.scan), or in a narrower dtype.`,
    );
  }
}

function allocateOf(d: DType, size: number): TypedArray {
  switch (d) {
    case "bool":
    case "uint8":
      return new Uint8Array(size);
    case "int8":
      return new Int8Array(size);
    case "int16":
      return new Int16Array(size);
    case "uint16":
    case "float16":
    case "bfloat16":
      return new Uint16Array(size);
    case "int32":
      return new Int32Array(size);
    case "uint32":
      return new Uint32Array(size);
    case "int64":
      return new BigInt64Array(size);
    case "uint64":
      return new BigUint64Array(size);
    case "float32":
      return new Float32Array(size);
    case "float64":
      return new Float64Array(size);
    case "complex64":
      return new Float32Array(2 * size);
    case "complex128":
      return new Float64Array(2 * size);
  }
}

type ArrayClass = new (buffer: ArrayBuffer, offset: number, length: number) => TypedArray;

/** The class of what `allocate` makes (which is twice as fast for small arrays if it names the class itself). */
const arrayClasses = new Map(dtypes.map((d) => [d, allocate(d, 0).constructor as ArrayClass]));

/** The name of the class of typed arrays for data of a dtype. */
export const arrayClassName = (d: DType): string => arrayClasses.get(d)!.name;

/** Data of a dtype that lie in a buffer, from byte `offset` on. */
export function typedView(d: DType, buffer: ArrayBuffer, offset: number, length: number): TypedArray {
  return new (arrayClasses.get(d)!)(buffer, offset, isComplex(d) ? 2 * length : length);
}

/** True for the class of float16 numbers that newer hosts have. */
export const isHalfArray = (data: TypedArray): boolean =>
  Object.prototype.toString.call(data) === "[object Float16Array]";

/** The dtype of a typed array's data (clamped bytes count as uint8). */
export function dtypeOfTypedArray(data: TypedArray): DType {
  if (isHalfArray(data)) return "float16";
  if (data instanceof Float64Array) return "float64";
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof Uint32Array) return "uint32";
  if (data instanceof Int16Array) return "int16";
  if (data instanceof Uint16Array) return "uint16";
  if (data instanceof Int8Array) return "int8";
  if (data instanceof BigInt64Array) return "int64";
  if (data instanceof BigUint64Array) return "uint64";
  return "uint8";
}

export const isTypedArray = (x: unknown): x is TypedArray =>
  ArrayBuffer.isView(x) && !(x instanceof DataView);

/** Copies elements into data of the same kind. */
export function copyElements(to: TypedArray, from: TypedArray, at = 0): void {
  // The compiler does not know that both are of one kind.
  (to as Float64Array).set(from as Float64Array, at);
}
