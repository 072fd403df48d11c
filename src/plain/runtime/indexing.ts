/**
 * @file Lists of numbers at traced positions. A list stays a list of scalars; where a position is traced it is stacked to one
 * array, which is remembered as long as the list holds the same elements.
 */
import type { NDArray } from "../../core/array.ts";
import { convertElementType } from "../../lax/elementwise/convert.ts";
import { floor } from "../../lax/elementwise/functions.ts";
import { dynamicIndexInDim, dynamicUpdateIndexInDim } from "../../lax/indexing/dynamic.ts";
import { indexInDim } from "../../lax/shapes/slicing.ts";
import { Tracer } from "../../core/trace.ts";
import { PlainCodeError } from "../../base/errors.ts";
import { array } from "../../numpy/creation/array.ts";
import { equal } from "../../numpy/ufuncs/comparison.ts";
import { stack } from "../../numpy/shapes/joining.ts";
import { viewOf, willWrite } from "./log.ts";
import * as numpy from "./numpy.ts";
import { elementsOf } from "./slots.ts";
import { isArray, isLeaf, operand } from "./values.ts";

interface Stacked {
  readonly elements: readonly unknown[];
  readonly array: NDArray;
}

const stacks = new WeakMap<object, Stacked>();

/** Remembers the array that a list is. */
export function noteStack(list: readonly unknown[], whole: NDArray): void {
  stacks.set(list, { elements: [...list], array: whole });
}

/** The elements of a list as one array. */
export function stacked(list: readonly unknown[]): NDArray {
  const found = stacks.get(list);
  const isSame =
    found?.elements.length === list.length && found.elements.every((x, i) => Object.is(x, list[i]));
  // A trace that has ended takes its arrays with it.
  if (isSame && (!(found.array instanceof Tracer) || found.array.owner.alive)) return found.array;
  const whole = list.some(isArray)
    ? stack(list.map((x) => operand(x)))
    : array(
        list.map((x) => Number(x)),
        "float64",
      );
  noteStack(list, whole);
  return whole;
}

/** The elements of an array of one or more axes along its first one. */
export function unstack(whole: NDArray): NDArray[] {
  return Array.from({ length: whole.shape[0] }, (_, i) => indexInDim(whole, i, 0, false));
}

/** A position as int32, and whether it is one of those of a list: whole, and within. */
function position(index: NDArray, length: number): readonly [at: NDArray, valid: NDArray] {
  const x = operand(index);
  const whole = floor(x);
  const within = numpy.logicalAnd(numpy.lessEqual(0, whole), numpy.less(whole, length));
  const at = convertElementType(numpy.where(within, whole, 0), "int32");
  return [at, numpy.logicalAnd(within, equal(whole, x))];
}

const lengthOf = (items: readonly unknown[]): number => (items[0] as readonly unknown[]).length;

/** A row at a traced position: what is written to it is written to the row that it is. */
function rowAt(rows: readonly unknown[][], index: NDArray): unknown[] {
  const column = (k: number): unknown[] => rows.map((row) => row[k]);
  return viewOf(
    lengthOf(rows),
    (k) => readAt(column(k), index),
    (k, value) => {
      const next = column(k);
      writeAt(next, index, value);
      rows.forEach((row, r) => {
        willWrite(row, k);
        row[k] = next[r];
      });
    },
  );
}

/** The element of a list at a traced position: NaN where there is none, as arithmetic makes of undefined. */
export function readAt(list: readonly unknown[], index: NDArray): unknown {
  if (list.length > 0 && list.every(isLeaf)) {
    const [at, valid] = position(index, list.length);
    return numpy.where(valid, dynamicIndexInDim(stacked(list), at, 0, false), NaN);
  }
  if (list.length > 0 && list.every((x) => Array.isArray(x) && x.length === lengthOf(list)))
    return rowAt([...list] as unknown[][], index);
  throw new PlainCodeError(
    `a list of ${list.length} elements is read at a traced position: it must hold numbers, or lists of numbers of one length.`,
  );
}

/** A list of numbers with another element at a traced position. Where there is none, nothing changes. */
export function writeAt(list: unknown[], index: NDArray, value: unknown): void {
  if (!list.every(isLeaf) || !isLeaf(value))
    throw new PlainCodeError("a list is written at a traced position: it must hold numbers, and get one.");
  const [at, valid] = position(index, list.length);
  const whole = stacked(list);
  const before = dynamicIndexInDim(whole, at, 0, false);
  const next = dynamicUpdateIndexInDim(whole, numpy.where(valid, operand(value), before), at, 0);
  unstack(next).forEach((x, i) => (list[i] = x));
  noteStack(list, next);
}

/** The elements of anything that plain code takes for a list of numbers. */
export function listOf(x: unknown): readonly unknown[] | null {
  if (Array.isArray(x)) return x as readonly unknown[];
  if (isArray(x)) return x.ndim > 0 ? unstack(x) : null;
  if (ArrayBuffer.isView(x) && "length" in x) return elementsOf(x as Float64Array);
  return null;
}
