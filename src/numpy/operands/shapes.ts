/** @file Operands by their shapes: flattened, along an axis, in parts. */
import { show } from "../../base/checks.ts";
import { type ArrayLike, ConcreteArray, type NDArray } from "../../core/array.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import { canonicalAxis, checkShape } from "../../dtypes/shape.ts";
import { ArgumentError } from "../../base/errors.ts";
import { range } from "../../base/util.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";

/** A shape: a list of sizes, or one size. */
export type ShapeLike = number | readonly number[];

/** A number for a concrete 0-d array, as counts are where they came through a transformation; else the value itself. */
export const hostNumber = (x: unknown): unknown =>
  x instanceof ConcreteArray && x.ndim === 0 && !isComplex(x.dtype) ? Number(x.item()) : x;

/**
 * The list of sizes (or axes, or places), which may be concrete arrays: of one, or of a vector of them. They are not checked.
 * @throws ArgumentError for anything else
 */
export function sizesOf(shape: ShapeLike, where = "a shape"): readonly number[] {
  if (typeof shape === "number") return [shape];
  const one = hostNumber(shape);
  if (typeof one === "number") return [one];
  const list = one instanceof ConcreteArray && one.ndim === 1 ? Array.from(one.dataSync(), Number) : one;
  if (!isList<number>(list))
    throw new ArgumentError(`${where}: expected a list of whole numbers or one; got ${show(shape)}.`);
  return list.every((d) => typeof d === "number") ? list : list.map((d) => hostNumber(d) as number);
}

/** True for lists, not for arrays. (The library's own test does not narrow read-only lists.) */
export const isList = <T>(x: unknown): x is readonly T[] => Array.isArray(x);

/** A list of sizes, checked. */
export function toShape(shape: ShapeLike, where: string): readonly number[] {
  const sizes = sizesOf(shape, where);
  checkShape(sizes, where);
  return sizes;
}

/** All elements along one axis. */
export const flatten = (x: NDArray): NDArray => lax.reshape(x, [x.size]);

/** The elements in order, again from the first as often as needed for `count` of them, or some more. */
export const repeated = (x: NDArray, count: number): NDArray =>
  lax.tile(flatten(x), [Math.ceil(count / x.size)]);

/** An operand and one of its axes; null stands for the only axis of the flattened operand. */
export function alongAxis(name: string, a: ArrayLike, axis: number | null): [x: NDArray, axis: number] {
  const x = asArray(a, name);
  return axis === null ? [flatten(x), 0] : [x, canonicalAxis(axis, x.ndim, name)];
}

/** The parts of an array along its first axis. */
export const partsOf = (x: NDArray): NDArray[] =>
  range(x.shape[0]).map((i) => lax.indexInDim(x, i, 0, false));

/** Cuts axes, or pads them with zeros behind. */
export function fitTo(x: NDArray, shape: readonly number[]): NDArray {
  const config = x.shape.map((d, i) => [0, shape[i] - d, 0] as const);
  return lax.pad(x, lax.full([], 0, x.dtype), config);
}
