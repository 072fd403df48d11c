/**
 * @file Positions along an axis: int32, in host memory where they are known, so that a constant index costs no operations;
 * else arrays of the program.
 */
import { type ArrayLike, ConcreteArray, NDArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import { leastSize } from "../../core/deferral.ts";
import { type TypedArray, isInteger } from "../../dtypes/dtype.ts";
import { stridesOf } from "../../dtypes/shape.ts";
import { IndexError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import { asPositions } from "../../lax/operands/positions.ts";
import * as lax from "../../lax/plain.ts";
import { isList } from "../operands/shapes.ts";

/** Integer positions that are known now. */
export interface HostIndex {
  readonly shape: readonly number[];
  readonly data: Int32Array;
}

/** Positions along one axis: known, or computed by the program. Negative ones still count from the end. */
export type Positions = HostIndex | NDArray;

export const isHost = (p: Positions): p is HostIndex => !(p instanceof NDArray);

/** Typed arrays of numbers. */
type NumberData = Exclude<TypedArray, BigInt64Array | BigUint64Array>;

/** The data of an integer or boolean array as numbers, if it is known now. */
export function hostData(x: NDArray): NumberData | null {
  if (!(x instanceof ConcreteArray)) return null;
  const { raw } = x;
  if (typeof raw !== "object") return Float64Array.of(Number(raw));
  return raw instanceof BigInt64Array || raw instanceof BigUint64Array ? Float64Array.from(raw, Number) : raw;
}

/** Integers as users write them: a number, an array, or a list of numbers. */
export type Integers = ArrayLike | readonly number[];

/** A list or typed array of numbers. */
interface Numbers extends Iterable<number> {
  readonly length: number;
  readonly [i: number]: number;
}

/** Integers that are known, of any size, or an array of an integer dtype. */
export type KnownIntegers = { readonly shape: readonly number[]; readonly data: Numbers } | NDArray;

/**
 * Integers, known ones as numbers.
 * @throws IndexError for what is none
 */
export function integersOf(x: Integers, where: string): KnownIntegers {
  if (typeof x === "number" && Number.isSafeInteger(x)) return { shape: [], data: [x] };
  if (isList<number>(x)) {
    const wrong = x.findIndex((v) => !Number.isSafeInteger(v));
    if (wrong === -1) return { shape: [x.length], data: x };
    throw new IndexError(`${where}: expected whole numbers; got ${String(x[wrong])} at [${wrong}].`);
  }
  const a = asArray(x, where);
  if (!isInteger(a.dtype)) {
    throw new IndexError(
      `${where}: an index array must have an integer or boolean dtype; got ${a.dtype}. Convert with x.astype("int32").`,
    );
  }
  // What a function of the library computes on its way stays in its program.
  const data =
    a instanceof ConcreteArray && a.storage?.settle !== undefined && a.size >= leastSize ? null : hostData(a);
  return data === null ? a : { shape: a.shape, data };
}

/** Integer positions from an array, a number or a list of numbers, known ones in host memory. */
export function positionsOf(x: Integers, where: string): Positions {
  const known = integersOf(x, where);
  if (known instanceof NDArray) {
    return asPositions(known);
  }
  const data = Int32Array.from(known.data);
  for (let i = 0; i < data.length; i++) {
    if (data[i] === known.data[i]) continue;
    throw new IndexError(`${where}: ${known.data[i]} is no position, nor a count of elements: beyond int32.`);
  }
  return { shape: known.shape, data };
}

/** Negative positions counted from the end; positions out of bounds stay so. */
export function wrapNegative(p: Positions, size: number): Positions {
  if (!isHost(p)) return fromEnd(p, size);
  if (p.data.every((v) => v >= 0)) return p;
  return { shape: p.shape, data: p.data.map((v) => (v < 0 ? v + size : v)) };
}

/** `i` modulo `n`, not negative. */
export const modulo = (i: number, n: number): number => ((i % n) + n) % n;

/** Positions modulo the size: they count round. */
export function wrapAround(p: Positions, size: number): Positions {
  return isHost(p) ? { shape: p.shape, data: p.data.map((i) => modulo(i, size)) } : wrapArray(p, size);
}

/** The same of positions in an array. */
export const wrapArray = (x: NDArray, size: number): NDArray => fromEnd(lax.rem(x, size), size);

const fromEnd = (x: NDArray, size: number): NDArray => lax.select(lax.lt(x, 0), lax.add(x, size), x);

/** Positions as an array. */
export const indexArray = (p: Positions): NDArray => (isHost(p) ? constantIndex(p.data, p.shape) : p);

/** An int32 array of known values: a vector, unless a shape is given. */
export function constantIndex(data: Int32Array, shape: readonly number[] = [data.length]): NDArray {
  return new ConcreteArray(shaped(shape, "int32"), shape.length === 0 ? data[0] : data);
}

/** Coordinates of the true elements of a known mask, one list per axis. */
export function nonzeroOf(data: NumberData, shape: readonly number[]): Int32Array[] {
  // Without branches: whether an element is true cannot be foreseen.
  const places = new Int32Array(data.length);
  let count = 0;
  for (let i = 0; i < data.length; i++) {
    places[count] = i;
    count += data[i] === 0 ? 0 : 1;
  }
  const flat = places.slice(0, count);
  if (shape.length === 1) return [flat];
  return stridesOf(shape).map((stride, axis) => {
    const out = new Int32Array(count);
    const size = shape[axis];
    for (let k = 0; k < count; k++) out[k] = Math.floor(flat[k] / stride) % size;
    return out;
  });
}
