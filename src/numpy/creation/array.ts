/**
 * @file `array` and `asarray`: from nested lists, numbers, typed arrays and arrays (tracers too) to an array.
 *
 * Numbers in lists make the default float, booleans bool; a single number stays a weak scalar, as in JAX. Lists that
 * hold arrays are stacked, so derivatives flow through them.
 */
import { checkWhole, mostAxes } from "../../base/checks.ts";
import {
  type ArrayLike,
  type ComplexNumber,
  ConcreteArray,
  NDArray,
  type SerializedArray,
  encodeData,
} from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import {
  type DType,
  type Scalar,
  type TypedArray,
  defaultFloat,
  isComplex,
  isInteger,
  isTypedArray,
  isWide,
  realPart,
  toDType,
} from "../../dtypes/dtype.ts";
import { checkShape, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../base/errors.ts";
import { castValue, integerLimits } from "../../loops/ir/values.ts";
import { asArray, asDType, resultType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { prod } from "../../base/util.ts";
import { type RestOf, define, settle, signature } from "../../arguments/declare.ts";
import { type OptionsOf, type Values, param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { givenDType } from "../operands/promote.ts";
import { isList } from "../operands/shapes.ts";

/** What `array` accepts: arrays, numbers, BigInts, booleans, typed arrays, arrays from JSON, and nested lists of them. */
export type NestedArrayLike = ArrayLike | ComplexNumber | SerializedArray | readonly NestedArrayLike[];

/** Accepted for compatibility: arrays never change, so a copy cannot be told from the original. */
const copy = param<[copy: boolean | null]>()("copy", null);
const order = param<[order: "K" | "A" | "C" | "F" | null | undefined]>()("order", null);
/** Least number of axes; axes of size 1 are put in front. */
const ndmin = param<[ndmin: number]>()("ndmin", 0);
/** The shape to give to flat data; one size may be −1, for as many as there are. */
const shapeParam = param<[shape: readonly number[] | undefined]>()("shape", undefined);
/** True for a weak scalar, whose dtype gives way to that of what it meets. */
const weakTypeParam = param<[weakType: boolean | undefined]>()("weakType", undefined);

const arrayNamed = [copy, order, ndmin, shapeParam, weakTypeParam] as const;
const asarraySignature = signature("asarray", 1, [p.dtype, order], [copy, shapeParam, weakTypeParam, ndmin]);

/** Options of `array`. */
export type ArrayOptions = OptionsOf<[typeof p.dtype, ...typeof arrayNamed]>;
type ArrayValues = Values<[typeof p.dtype, ...typeof arrayNamed]>;

/** Shape and leaves of nested lists. */
interface Flat {
  readonly shape: readonly number[];
  readonly leaves: (Scalar | boolean | NDArray | TypedArray)[];
  /** True if every leaf is a number, a BigInt or a boolean. */
  plain: boolean;
}

function describe(x: unknown): string {
  if (x === null || x === undefined) return String(x);
  if (typeof x === "object") return `a ${x.constructor?.name ?? "object"}`;
  return typeof x === "string" ? `the string ${JSON.stringify(x)}` : `a ${typeof x}`;
}

const path = (where: readonly number[]): string => where.map((i) => `[${i}]`).join("");

function flatten(name: string, list: readonly unknown[]): Flat {
  const shape: number[] = [];
  for (let at: unknown = list; Array.isArray(at); at = at[0]) shape.push(at.length);
  const flat: Flat = { shape, leaves: [], plain: true };
  const walk = (x: unknown, depth: number, where: readonly number[]): void => {
    if (Array.isArray(x)) {
      if (depth >= shape.length || x.length !== shape[depth]) {
        const expected = depth >= shape.length ? "a value" : `${shape[depth]} items`;
        throw new ShapeError(
          `${name}: lists of unequal lengths do not make an array: the item at ${path(where)} has ${x.length} items where ` +
            `the first one has ${expected}. Pad the lists, or keep them as a list of arrays.`,
        );
      }
      x.forEach((item, i) => walk(item, depth + 1, [...where, i]));
      return;
    }
    if (depth !== shape.length)
      throw new ShapeError(
        `${name}: lists of unequal depths do not make an array: at ${path(where)} stands ${describe(x)} where the first ` +
          `item is a list.`,
      );
    if (isSerialized(x)) {
      flat.plain = false;
      flat.leaves.push(fromJson(name, x));
      return;
    }
    if (isComplexNumber(x)) {
      flat.plain = false;
      flat.leaves.push(lax.complex(x.re, x.im));
      return;
    }
    if (x instanceof NDArray || isTypedArray(x)) flat.plain = false;
    else if (typeof x !== "number" && typeof x !== "boolean" && typeof x !== "bigint")
      throw new ArgumentError(
        `${name}: expected numbers, booleans or arrays; got ${describe(x)} at ${path(where)}.`,
      );
    flat.leaves.push(x);
  };
  if (isFlatNumbers(list)) return { shape: [list.length], leaves: list as number[], plain: true };
  walk(list, 0, []);
  return flat;
}

/** What `item()` and `js()` of complex arrays give. */
function isComplexNumber(x: unknown): x is ComplexNumber {
  if (typeof x !== "object" || x === null) return false;
  const { re, im } = x as { re?: unknown; im?: unknown };
  return typeof re === "number" && typeof im === "number" && !(x instanceof NDArray);
}

/** What `toJSON` gives where lists do not do. */
function isSerialized(x: unknown): x is SerializedArray {
  if (typeof x !== "object" || x === null || x instanceof NDArray) return false;
  const { dtype, shape, data } = x as { dtype?: unknown; shape?: unknown; data?: unknown };
  return typeof dtype === "string" && Array.isArray(shape) && Array.isArray(data);
}

function fromJson(name: string, { dtype: given, shape, data }: SerializedArray): NDArray {
  const dtype = toDType(given, name);
  checkShape(shape, name);
  const values = data.map((v) => (typeof v !== "string" ? v : isWide(dtype) ? BigInt(v) : Number(v)));
  if (values.length !== prod(shape) * (isComplex(dtype) ? 2 : 1))
    throw new ShapeError(`${name}: ${data.length} numbers do not fill ${dtype}${shapeString(shape)}.`);
  return isComplex(dtype)
    ? fromPairs(name, values as number[], shape, dtype)
    : fromNumbers(name, values, shape, dtype);
}

/** Complex numbers from their parts, each real one followed by its imaginary one. */
function fromPairs(
  name: string,
  values: Readonly<{ length: number; [i: number]: number }>,
  shape: readonly number[],
  dtype: DType,
): NDArray {
  const part = (offset: number): NDArray => {
    const own = Array.from({ length: values.length / 2 }, (_, i) => values[2 * i + offset]);
    return fromNumbers(name, own, shape, realPart(dtype));
  };
  return lax.complex(part(0), part(1));
}

function isFlatNumbers(list: readonly unknown[]): boolean {
  for (let i = 0; i < list.length; i++) if (typeof list[i] !== "number") return false;
  return true;
}

function checkRange(name: string, value: Scalar, dtype: DType): void {
  if (typeof value === "number" && !Number.isInteger(value)) return;
  const [lo, hi] = integerLimits(dtype);
  if (value < lo || value > hi)
    throw new DTypeError(`${name}: ${value} does not fit ${dtype} (${lo} to ${hi}). Choose a wider dtype.`);
}

/** An array of numbers and booleans. Whole numbers outside an integer dtype are errors. */
function fromNumbers(
  name: string,
  values: readonly (Scalar | boolean)[],
  shape: readonly number[],
  dtype: DType,
): NDArray {
  if (isComplex(dtype)) {
    return asDType(fromNumbers(name, values, shape, realPart(dtype)), dtype, false, name);
  }
  if (isInteger(dtype)) for (const v of values) if (typeof v !== "boolean") checkRange(name, v, dtype);
  const cast = (v: Scalar | boolean): Scalar =>
    typeof v === "bigint"
      ? castValue(v, "int64", dtype)
      : castValue(Number(v), typeof v === "boolean" ? "bool" : "float64", dtype);
  if (shape.length === 0) return new ConcreteArray(shaped(shape, dtype), cast(values[0]));
  const plain = dtype === "float64" && values.every((v) => typeof v !== "bigint");
  const numbers = plain ? (values as readonly number[]) : values.map(cast);
  return new ConcreteArray(shaped(shape, dtype), encodeData(dtype, numbers));
}

function fromList(name: string, list: readonly unknown[], dtype: DType | null): NDArray {
  const { shape, leaves, plain } = flatten(name, list);
  if (!plain) return stackLeaves(name, leaves, shape, dtype);
  const values = leaves as (Scalar | boolean)[];
  return fromNumbers(name, values, shape, dtype ?? ownType(values));
}

/** The dtype of a list: that of its numbers, if there are none of its BigInts, if there are none of its truth values. */
function ownType(values: readonly (Scalar | boolean)[]): DType {
  if (values.length === 0 || values.some((v) => typeof v === "number")) return defaultFloat();
  const wide = values.filter((v) => typeof v === "bigint");
  if (wide.length === 0) return "bool";
  return wide.every((v) => BigInt.asIntN(64, v) === v) ? "int64" : "uint64";
}

function stackLeaves(
  name: string,
  leaves: readonly ArrayLike[],
  shape: readonly number[],
  dtype: DType | null,
): NDArray {
  const target = dtype ?? resultType(leaves).dtype;
  const arrays = leaves.map((x) => asDType(x, target, false, name));
  const inner = arrays[0].shape;
  for (const a of arrays) {
    if (shapeString(a.shape) !== shapeString(inner))
      throw new ShapeError(
        `${name}: the arrays of a list must have one shape; got ${shapeString(inner)} and ${shapeString(a.shape)}.`,
      );
  }
  return lax.reshape(lax.stack(arrays), [...shape, ...inner]);
}

/** The floats that `dataSync` gives of complex arrays: twice as many as the shape has elements. */
const isPairs = (
  x: unknown,
  dtype: DType,
  shape: readonly number[] | undefined,
): x is Float32Array | Float64Array =>
  (x instanceof Float32Array || x instanceof Float64Array) &&
  isComplex(dtype) &&
  shape !== undefined &&
  !shape.includes(-1) &&
  x.length === 2 * prod(shape) &&
  x.length > 0;

/** What stands for itself; anything else a caller may give is looked at, and refused, by `asArray`. */
const isScalar = (x: unknown): x is Scalar | boolean =>
  typeof x === "number" || typeof x === "bigint" || typeof x === "boolean";

function build(
  name: string,
  object: NestedArrayLike,
  { dtype: wanted, shape, ndmin, weakType }: ArrayValues,
): NDArray {
  const dtype = givenDType(name, wanted);
  let out: NDArray;
  if (isList(object)) out = fromList(name, object, dtype);
  else if (dtype !== null && isScalar(object)) out = fromNumbers(name, [object], [], dtype);
  else if (isSerialized(object)) {
    out = fromJson(name, object);
    if (dtype !== null) out = lax.convertElementType(out, dtype);
  } else if (dtype !== null && isPairs(object, dtype, shape))
    out = fromPairs(name, object, [object.length / 2], dtype);
  else {
    out = isComplexNumber(object) ? lax.complex(object.re, object.im) : asArray(object, name);
    if (dtype !== null) out = lax.convertElementType(out, dtype);
    else if (out.weakType && out.dtype === "bool") out = lax.convertElementType(out, "bool");
  }
  if (shape !== undefined) {
    if (!shape.includes(-1)) {
      checkShape(shape, name);
      if (prod(shape) !== out.size)
        throw new ShapeError(
          `${name}: data of ${out.size} elements does not fill the shape ${shapeString(shape)}.`,
        );
    }
    out = lax.reshape(out, shape);
  }
  checkWhole(name, "ndmin", ndmin, 0, mostAxes);
  const missing = ndmin - out.ndim;
  if (missing > 0) out = lax.reshape(out, [...new Array<number>(missing).fill(1), ...out.shape]);
  return weakType === undefined ? out : lax.convertElementType(out, out.dtype, weakType);
}

/**
 * An array of numbers (complex ones as `{ re, im }`), booleans, nested lists, a typed array (whose dtype it keeps; of pairs,
 * with a complex dtype and a shape of half as many elements), what an array became in JSON, or arrays in lists (which are
 * stacked; derivatives flow through). Lists of numbers have the default float dtype, lists of booleans bool, lists of BigInts
 * int64 (uint64 if they need it).
 * @throws ShapeError for lists of unequal lengths, ArgumentError for anything that is no number, DTypeError for whole
 * numbers outside an integer `dtype`
 * @see jax.numpy.array
 * @example
 * np.array([[1, 2], [3, 4]]).shape; // [2, 2]
 * np.array([1, 2], { dtype: "int8" }).dtype; // "int8"
 * np.array([1, { re: 0, im: 2 }]); // Array([1.+0.j, 0.+2.j], dtype=complex128)
 * np.array([1n, 2n ** 60n]); // Array([                  1, 1152921504606846976], dtype=int64)
 * np.array(JSON.parse(JSON.stringify(np.array([1, NaN], "float32")))); // Array([ 1., nan], dtype=float32)
 * np.array(Float32Array.of(1, 2, 3, 4), { shape: [-1, 2] }).js(); // [[1, 2], [3, 4]]
 */
export const array = define("array", [p.dtype], arrayNamed, (options, object: NestedArrayLike) =>
  build("array", object, options),
);

/**
 * `array` of anything that is none yet; an array is returned as it is.
 * @throws the errors of `array`
 * @see jax.numpy.asarray
 * @example
 * np.asarray([1, 2], "int32").dtype; // "int32"
 */
export function asarray(
  object: NestedArrayLike,
  ...rest: RestOf<[typeof p.dtype, typeof order], typeof arrayNamed>
): NDArray {
  if (rest.length === 0 && object instanceof NDArray) return object;
  return build("asarray", object, settle(asarraySignature, rest));
}
