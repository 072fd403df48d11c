/**
 * @file Positions along an axis: int32, in host memory where they are known, so that a constant index costs no operations;
 * else arrays of the program.
 */
import { type ArrayLike, ConcreteArray, NDArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import { type TypedArray, isInteger } from "../../dtypes/dtype.ts";
import { stridesOf } from "../../dtypes/shape.ts";
import { IndexError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { isList } from "../operands/shapes.ts";

/** Integer positions that are known now. */
export interface HostIndex {
  readonly shape: readonly number[];
  readonly data: Int32Array;
}

/** Positions along one axis: known, or computed by the program. Negative ones still count from the end. */
export type Positions = HostIndex | NDArray;

export const isHost = (p: Positions): p is HostIndex => !(p instanceof NDArray);

/** The data of an integer or boolean array, if it is known now. */
export function hostData(x: NDArray): TypedArray | null {
  if (!(x instanceof ConcreteArray)) return null;
  const { raw } = x;
  return typeof raw === "number" ? Int32Array.of(raw) : raw;
}

/** Integer positions from an array or a number, known ones in host memory. */
export function positionsOf(x: ArrayLike, where: string): Positions {
  if (typeof x === "number" && Number.isInteger(x)) return { shape: [], data: Int32Array.of(x) };
  const a = asArray(x, where);
  if (!isInteger(a.dtype)) {
    throw new IndexError(
      `${where}: an index array must have an integer or boolean dtype; got ${a.dtype}. Convert with x.astype("int32").`,
    );
  }
  const data = hostData(a);
  return data === null ? lax.convertElementType(a, "int32") : { shape: a.shape, data: Int32Array.from(data) };
}

/** Integers as users write them: a number, an array, or a list of numbers. */
export type Integers = ArrayLike | readonly number[];

/** The same from a list of numbers too. */
export const positionsOfList = (x: Integers, where: string): Positions =>
  positionsOf(isList<number>(x) ? Int32Array.from(x) : x, where);

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
export function nonzeroOf(data: TypedArray, shape: readonly number[]): Int32Array[] {
  const flat: number[] = [];
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) flat.push(i);
  return stridesOf(shape).map((stride, axis) =>
    Int32Array.from(flat, (i) => Math.floor(i / stride) % shape[axis]),
  );
}
