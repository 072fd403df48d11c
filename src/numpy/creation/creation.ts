/** @file Arrays from shapes and values: zeros, ones, full and their likes, and arrays computed from their indices. */
import { refuseMore, checkWhole, show } from "../../base/checks.ts";
import { type ArrayLike, ConcreteArray, type NDArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import {
  type DType,
  defaultFloat,
  dtypeInfo,
  isComplex,
  realPart,
  toDType,
  typedView,
} from "../../dtypes/dtype.ts";
import { ArgumentError, DTypeError } from "../../base/errors.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { vmap } from "../../api/vmap.ts";
import { treeMap } from "../../core/tree.ts";
import { define, settle, signature } from "../../arguments/declare.ts";
import { type OptionsOf, type Values, param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { givenDType } from "../operands/promote.ts";
import { type ShapeLike, toShape } from "../operands/shapes.ts";
import { asarray } from "./array.ts";

export type { ShapeLike } from "../operands/shapes.ts";

/** Options of `zeros`, `ones`, `empty`, `full`. */
export type CreateOptions = OptionsOf<[typeof p.dtype]>;

const likeParams = [p.dtype, param<[shape: ShapeLike | null]>()("shape", null)] as const;
/** Options of `zerosLike` and its siblings. */
export type LikeOptions = OptionsOf<typeof likeParams>;

function filled(name: string, shape: ShapeLike, value: ArrayLike, dtype: DType | null): NDArray {
  const sizes = toShape(shape, name);
  const type = givenDType(name, dtype);
  const fill = type === null ? asArray(value, name) : asDType(value, type, false, name);
  const strong = fill.dtype === "bool" ? lax.convertElementType(fill, "bool") : fill;
  return broadcastToShape(strong, sizes);
}

const creator = (name: string, value: number) =>
  define(name, [p.dtype], [], ({ dtype }, shape: ShapeLike) =>
    filled(name, shape, value, dtype ?? defaultFloat()),
  );

/**
 * Zeros of a shape (a list, or one size), in the default float dtype unless another is given.
 * @throws ShapeError for sizes that are no non-negative integers
 * @see jax.numpy.zeros
 * @example
 * np.zeros([2, 3]).shape; // [2, 3]
 */
export const zeros = creator("zeros", 0);
/**
 * Ones of a shape (a list, or one size), in the default float dtype unless another is given.
 * @throws ShapeError for sizes that are no non-negative integers
 * @see jax.numpy.ones
 * @example
 * np.ones(2, "int32").js(); // [1, 1]
 */
export const ones = creator("ones", 1);
/**
 * As `zeros`: arrays have no uninitialised memory.
 * @see jax.numpy.empty
 * @example
 * np.empty([2, 3]).shape; // [2, 3]
 */
export const empty = creator("empty", 0);

/**
 * `fillValue`, broadcast if it is an array, over a shape; in its own dtype unless another is given. The derivative in
 * `fillValue` is the sum over the places it fills.
 * @throws ShapeError if `fillValue` does not broadcast to the shape
 * @see jax.numpy.full
 * @example
 * np.full([2, 2], 7).js(); // [[7, 7], [7, 7]]
 */
export const full = define("full", [p.dtype], [], ({ dtype }, shape: ShapeLike, fillValue: ArrayLike) =>
  filled("full", shape, fillValue, dtype),
);

function like(
  name: string,
  a: ArrayLike,
  value: ArrayLike,
  { dtype, shape }: Values<typeof likeParams>,
): NDArray {
  const x = asArray(a, name);
  const out = filled(name, shape ?? x.shape, value, dtype ?? x.dtype);
  const weak = x.weakType && x.dtype !== "bool" && dtype === null;
  return weak ? lax.convertElementType(out, out.dtype, true) : out;
}

const likeCreator = (name: string, value: number) =>
  define(name, likeParams, [], (options, a: ArrayLike) => like(name, a, value, options));

/**
 * Zeros of the shape and dtype of `a`, unless others are given.
 * @see jax.numpy.zeros_like
 * @example
 * np.zerosLike(np.array([1, 2]), { shape: 3 }).js(); // [0, 0, 0]
 */
export const zerosLike = likeCreator("zerosLike", 0);
/**
 * Ones of the shape and dtype of `a`, unless others are given.
 * @see jax.numpy.ones_like
 * @example
 * np.onesLike(np.arange(2)).dtype; // "int32"
 */
export const onesLike = likeCreator("onesLike", 1);
/**
 * As `zerosLike`: arrays have no uninitialised memory.
 * @see jax.numpy.empty_like
 * @example
 * np.emptyLike(np.arange(2)).shape; // [2]
 */
export const emptyLike = likeCreator("emptyLike", 0);

/**
 * `fillValue` over the shape, and in the dtype, of `a`, unless others are given.
 * @see jax.numpy.full_like
 * @example
 * np.fullLike(np.arange(2), 7).js(); // [7, 7]
 */
export const fullLike = define("fullLike", likeParams, [], (options, a: ArrayLike, fillValue: ArrayLike) =>
  like("fullLike", a, fillValue, options),
);

/** A dtype; by default the default float. */
const floatDType = param<[dtype: DType | undefined]>()("dtype", undefined);

const fromFunctionSignature = signature("fromfunction", 2, [], [floatDType]);
/** Options of `fromfunction`. */
export type FromFunctionOptions = OptionsOf<[typeof floatDType]>;

/**
 * `f` of every index of a shape: `f(i, j, …)` sees scalars (it is mapped, as by `vmap`, and called once), in the default
 * float dtype unless another is given. The axes of the shape come first in the result, those of `f`'s results behind; a tree
 * of results gives a tree.
 * @throws ShapeError for sizes that are no non-negative integers; OutputError if `f` returns no tree of arrays
 * @see jax.numpy.fromfunction
 * @example
 * np.fromfunction((i, j) => np.add(i, j), [2, 2]).js(); // [[0, 1], [1, 2]]
 * np.fromfunction((i) => np.stack([i, i.mul(i)]), [3]).shape; // [3, 2]
 */
export function fromfunction(
  f: (...indices: NDArray[]) => ArrayLike,
  shape: ShapeLike,
  options?: FromFunctionOptions,
): NDArray;
export function fromfunction<T>(
  f: (...indices: NDArray[]) => T,
  shape: ShapeLike,
  options?: FromFunctionOptions,
): T;
export function fromfunction(
  f: (...indices: NDArray[]) => unknown,
  shape: ShapeLike,
  options?: FromFunctionOptions,
  ...more: readonly unknown[]
): unknown {
  refuseMore("fromfunction", 3, more);
  const { dtype = defaultFloat() } = settle(fromFunctionSignature, options === undefined ? [] : [options]);
  const sizes = toShape(shape, "fromfunction");
  const type = toDType(dtype, "fromfunction");
  if (sizes.length === 0) return treeMap((x: ArrayLike) => asArray(x, "fromfunction"), f(), []);
  // The last axis is mapped first, so that the first is the outermost.
  const mapped = sizes.reduceRight<(...indices: NDArray[]) => unknown>(
    (g, _, axis) =>
      vmap(
        g,
        sizes.map((_size, i) => (i === axis ? 0 : null)),
      ),
    f,
  );
  return mapped(...sizes.map((size) => lax.iota(type, size)));
}

/** How many elements there are to be; −1 for all. */
const count = param<[count: number]>()("count", -1);

const bufferParams = [floatDType, count, param<[offset: number]>()("offset", 0)] as const;
/** Options of `frombuffer`. */
export type FromBufferOptions = OptionsOf<typeof bufferParams>;

/**
 * The flat array of the bytes of a buffer (copied), from byte `offset`, of `count` elements or (−1) all there are.
 * @throws ArgumentError if the buffer does not hold as many
 * @see jax.numpy.frombuffer
 * @example
 * np.frombuffer(Uint8Array.of(1, 2, 3).buffer, "uint8", -1, 1).js(); // [2, 3]
 */
export const frombuffer = define(
  "frombuffer",
  bufferParams,
  [],
  ({ dtype: wanted, count, offset }, buffer: ArrayBufferLike | ArrayBufferView) => {
    const dtype = toDType(wanted ?? defaultFloat(), "frombuffer");
    checkWhole("frombuffer", "the offset", offset);
    checkWhole("frombuffer", "the count", count, -1);
    const kind = Object.prototype.toString.call(buffer);
    if (
      !ArrayBuffer.isView(buffer) &&
      kind !== "[object ArrayBuffer]" &&
      kind !== "[object SharedArrayBuffer]"
    )
      throw new ArgumentError(`frombuffer: expected a buffer, or a view of one; got ${show(buffer)}.`);
    const view = ArrayBuffer.isView(buffer)
      ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
      : new Uint8Array(buffer);
    const { bytes } = dtypeInfo(dtype);
    const available = view.byteLength - offset;
    const size = count === -1 ? available / bytes : count;
    if (!Number.isInteger(size) || size < 0 || size * bytes > available) {
      throw new ArgumentError(
        `frombuffer: a buffer of ${view.byteLength} bytes does not hold ${count === -1 ? "a whole number of" : count} ` +
          `${dtype} elements of ${bytes} bytes from offset ${offset}.`,
      );
    }
    return fromBytes(view.slice(offset, offset + size * bytes).buffer, size, dtype);
  },
);

function fromBytes(bytes: ArrayBuffer, size: number, dtype: DType): NDArray {
  if (isComplex(dtype)) {
    const part = realPart(dtype);
    const pairs = new ConcreteArray(shaped([size, 2], part), typedView(part, bytes, 0, 2 * size));
    return lax.complex(lax.indexInDim(pairs, 0, 1, false), lax.indexInDim(pairs, 1, 1, false));
  }
  const data = typedView(dtype, bytes, 0, size);
  const bits = dtype === "bool" ? Uint8Array.from(data as Uint8Array, (byte) => Number(byte !== 0)) : data;
  return new ConcreteArray(shaped([size], dtype), bits);
}

/**
 * The array of the numbers of an iterable; of the first `count` of them, if given.
 * @throws ArgumentError if there are fewer
 * @see jax.numpy.fromiter
 * @example
 * np.fromiter(new Set([3, 4, 3]), "int32").js(); // [3, 4]
 */
export const fromiter = define(
  "fromiter",
  [count],
  [],
  ({ count }, iterable: Iterable<number>, dtype: DType) => {
    const values: number[] = [];
    for (const v of iterable) {
      if (values.length === count) break;
      values.push(v);
    }
    if (values.length < count)
      throw new ArgumentError(`fromiter: expected ${count} numbers; the iterable has ${values.length}.`);
    return asarray(values, { dtype });
  },
);

/**
 * The numbers that stand in a text, parted by `sep` (white space by default).
 * @throws DTypeError for what is no number
 * @see jax.numpy.fromstring
 * @example
 * np.fromstring("1, 2, 3", { sep: "," }).js(); // [1, 2, 3]
 */
export const fromstring = define(
  "fromstring",
  [floatDType, count],
  [param<[sep: string]>()("sep", " ")],
  ({ dtype = defaultFloat(), count, sep }, text: string) => {
    const words = text
      .split(sep.trim() === "" ? /\s+/ : sep)
      .map((w) => w.trim())
      .filter((w) => w !== "");
    const values = words.map(Number);
    const bad = values.findIndex((v, i) => Number.isNaN(v) && words[i].toLowerCase() !== "nan");
    if (bad !== -1)
      throw new DTypeError(
        `fromstring: '${words[bad]}' is no number (item ${bad}, sep ${JSON.stringify(sep)}).`,
      );
    return asarray(count === -1 ? values : values.slice(0, count), { dtype });
  },
);
