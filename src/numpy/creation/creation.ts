/** @file Arrays from shapes and values: zeros, ones, full and their likes, and arrays computed from their indices. */
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
import { checkShape } from "../../dtypes/shape.ts";
import { ArgumentError, DTypeError } from "../../base/errors.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { asarray } from "./array.ts";

/** A shape: a list of sizes, or one size. */
export type ShapeLike = number | readonly number[];

/** Options of `zeros`, `ones`, `empty`, `full`. */
export interface CreateOptions {
  readonly dtype?: DType | null | undefined;
}

/** Options of `zerosLike` and its siblings. */
export interface LikeOptions extends CreateOptions {
  readonly shape?: ShapeLike | null | undefined;
}

type CreateRest = Rest<[dtype: DType | null], CreateOptions>;
type LikeRest = Rest<[dtype: DType | null, shape: ShapeLike | null], LikeOptions>;

/** A list of sizes, checked. */
export function toShape(shape: ShapeLike, where: string): readonly number[] {
  const sizes = typeof shape === "number" ? [shape] : shape;
  if (!Array.isArray(sizes))
    throw new ArgumentError(`${where}: a shape must be a list of sizes or one size; got ${String(shape)}.`);
  checkShape(sizes as readonly number[], where);
  return sizes as readonly number[];
}

function filled(name: string, shape: ShapeLike, value: ArrayLike, dtype: DType | null | undefined): NDArray {
  const sizes = toShape(shape, name);
  const fill =
    dtype === undefined || dtype === null
      ? asArray(value, name)
      : asDType(value, toDType(dtype, name), false, name);
  const weak = fill.dtype === "bool" ? lax.convertElementType(fill, "bool") : fill;
  return weak.ndim === 0 ? lax.broadcastInDim(weak, sizes, []) : broadcastToShape(weak, sizes);
}

const creator =
  (name: string, value: number) =>
  (shape: ShapeLike, ...rest: CreateRest): NDArray => {
    const { dtype } = resolveArgs<CreateOptions>(name, rest, ["dtype"]);
    return filled(name, shape, value, dtype ?? defaultFloat());
  };

/**
 * Zeros of a shape (a list, or one size), in the default float dtype unless another is given.
 * @example
 * np.zeros([2, 3]).shape; // [2, 3]
 */
export const zeros = creator("zeros", 0);
/** Ones of a shape. */
export const ones = creator("ones", 1);
/** As `zeros`: arrays have no uninitialised memory. */
export const empty = creator("empty", 0);

/** `fillValue` (broadcast, if it is an array) over a shape. */
export function full(shape: ShapeLike, fillValue: ArrayLike, ...rest: CreateRest): NDArray {
  const { dtype } = resolveArgs<CreateOptions>("full", rest, ["dtype"]);
  return filled("full", shape, fillValue, dtype);
}

function like(name: string, a: ArrayLike, value: ArrayLike, { dtype, shape }: LikeOptions): NDArray {
  const x = asArray(a, name);
  const out = filled(name, shape ?? x.shape, value, dtype ?? x.dtype);
  const weak = x.weakType && x.dtype !== "bool" && (dtype === undefined || dtype === null);
  return weak ? lax.convertElementType(out, out.dtype, true) : out;
}

const likeCreator =
  (name: string, value: number) =>
  (a: ArrayLike, ...rest: LikeRest): NDArray =>
    like(name, a, value, resolveArgs<LikeOptions>(name, rest, ["dtype", "shape"]));

/** Zeros of the shape and dtype of `a`, unless others are given. */
export const zerosLike = likeCreator("zerosLike", 0);
/** Ones of the shape and dtype of `a`, unless others are given. */
export const onesLike = likeCreator("onesLike", 1);
/** As `zerosLike`. */
export const emptyLike = likeCreator("emptyLike", 0);

/** `fillValue` over the shape, and in the dtype, of `a`, unless others are given. */
export function fullLike(a: ArrayLike, fillValue: ArrayLike, ...rest: LikeRest): NDArray {
  return like("fullLike", a, fillValue, resolveArgs<LikeOptions>("fullLike", rest, ["dtype", "shape"]));
}

/** Options of `fromfunction`. */
export interface FromFunctionOptions {
  readonly dtype?: DType | undefined;
}

/**
 * `f` of the index grids: `f(i, j, …)` is called once, with one array of the given shape for each axis.
 * @example
 * np.fromfunction((i, j) => np.add(i, j), [2, 2]).js(); // [[0, 1], [1, 2]]
 */
export function fromfunction(
  f: (...indices: NDArray[]) => ArrayLike,
  shape: readonly number[],
  ...rest: Rest<[], FromFunctionOptions>
): NDArray {
  const { dtype = defaultFloat() } = resolveArgs<FromFunctionOptions>("fromfunction", rest, [], ["dtype"]);
  const sizes = toShape(shape, "fromfunction");
  const out = asArray(f(...sizes.map((_, axis) => lax.broadcastedIota(dtype, sizes, axis))), "fromfunction");
  return out.ndim === 0 ? lax.broadcastInDim(out, sizes, []) : out;
}

/** Options of `frombuffer`. */
export interface FromBufferOptions {
  readonly dtype?: DType | undefined;
  readonly count?: number | undefined;
  readonly offset?: number | undefined;
}

/** A flat array of the bytes of a buffer (copied), from byte `offset`, `count` elements or (−1) all there are. */
export function frombuffer(
  buffer: ArrayBufferLike | ArrayBufferView,
  ...rest: Rest<[dtype: DType, count: number, offset: number], FromBufferOptions>
): NDArray {
  const options = resolveArgs<FromBufferOptions>("frombuffer", rest, ["dtype", "count", "offset"]);
  const dtype = toDType(options.dtype ?? defaultFloat(), "frombuffer");
  const { count = -1, offset = 0 } = options;
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
  const { buffer: copy } = view.slice(offset, offset + size * bytes);
  if (isComplex(dtype)) {
    const part = realPart(dtype);
    const pairs = new ConcreteArray(shaped([size, 2], part), typedView(part, copy, 0, 2 * size));
    const [re, im] = [0, 1].map((k) => lax.squeeze(lax.sliceInDim(pairs, k, k + 1, 1, 1), [1]));
    return lax.complex(re, im);
  }
  const data = typedView(dtype, copy, 0, size);
  return new ConcreteArray(
    shaped([size], dtype),
    dtype === "bool" ? data.map((byte) => Number(byte !== 0)) : data,
  );
}

/** An array of the numbers of an iterable; at most `count` of them, if given. */
export function fromiter(
  iterable: Iterable<number>,
  dtype: DType,
  ...rest: Rest<[count: number], { count?: number }>
): NDArray {
  const { count = -1 } = resolveArgs<{ count?: number }>("fromiter", rest, ["count"]);
  const values: number[] = [];
  for (const v of iterable) {
    if (values.length === count) break;
    values.push(v);
  }
  if (values.length < count)
    throw new ArgumentError(`fromiter: expected ${count} numbers; the iterable has ${values.length}.`);
  return asarray(values, { dtype });
}

/** Numbers from text, parted by `sep`. */
export function fromstring(
  text: string,
  ...rest: Rest<[dtype: DType, count: number], { dtype?: DType; count?: number; sep?: string }>
): NDArray {
  const {
    dtype = defaultFloat(),
    count = -1,
    sep = " ",
  } = resolveArgs<{ dtype?: DType; count?: number; sep?: string }>(
    "fromstring",
    rest,
    ["dtype", "count"],
    ["sep"],
  );
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
}
