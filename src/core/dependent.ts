/**
 * @file What is known of a value of a program before it runs: which inputs its elements may depend on, or the value itself
 * where it is a constant.
 */
import type { ConcreteArray, NDArray } from "./array.ts";
import type { ShapedArray } from "./aval.ts";

/** Numbers of inputs, in increasing order. Sets are shared and never changed. */
export type InputSet = Int32Array;

export const noInputs: InputSet = new Int32Array(0);

/** A value of a program: for each element (row-major) the inputs that it may depend on. */
export interface Dependent {
  readonly aval: ShapedArray;
  /** Null if it depends on no input. */
  readonly sets: readonly InputSet[] | null;
  /** The value, where it is a constant of the program; null where it is not known. */
  readonly value: ConcreteArray | null;
}

/**
 * What the rules of primitives are given beside their operands, so that a program that never asks what depends on what has
 * nothing of it but the rules; see interpreters/dependence.ts.
 */
export interface DependenceTools {
  /**
   * Each output element depends on the operands' elements at the same place (0-d operands: on the one there is).
   * @param counts whether an operand's element counts at an output element; by default it does.
   */
  sameElement(
    args: readonly Dependent[],
    aval: ShapedArray,
    counts?: (operand: number, element: number) => boolean,
  ): Dependent;
  /** Each output element depends on the elements along some axes of the operand, at its own place along the others. */
  overAxes(x: Dependent, axes: readonly number[], aval: ShapedArray): Dependent;
  /** Each output element depends on the elements up to its own along an axis. */
  upToSelf(x: Dependent, axis: number, reverse: boolean): Dependent;
  /** Where a known factor is zero a product does not depend on the other: true where the value is not known. */
  mayBeNonzero(x: Dependent): (element: number) => boolean;
  /**
   * For primitives that only move elements: they move serial numbers. Integer operands say where to; if one of them is not
   * known, anything may have been moved anywhere.
   */
  movedElements(): Dependent[];
  /**
   * For scatters that add updates to the elements of an operand.
   * @param read the elements of an array of the operand's shape at the places that the updates are added to.
   */
  addedElements(read: (x: NDArray, indices: NDArray, updates: ShapedArray) => NDArray): Dependent[];
  /**
   * For linear maps whose coefficients are sums of products of elements of the other operand, all of one sign: applied to
   * unit vectors, with ones for the other operand's elements that may be nonzero, nothing cancels.
   */
  byUnitVectors(): Dependent[];
  /** The sums of products over axes of two operands that are contracted, for each place along their batch axes. */
  products(contracting: AxesOfTwo, batch: AxesOfTwo): Dependent[];
}

export type AxesOfTwo = readonly [readonly number[], readonly number[]];

/** A value that depends on no input, and is not known. */
export const unknown = (aval: ShapedArray): Dependent => ({ aval, sets: null, value: null });

export const known = (value: ConcreteArray): Dependent => ({ aval: value.aval, sets: null, value });

/** A value with the given sets. */
export const dependent = (aval: ShapedArray, sets: readonly InputSet[]): Dependent => ({
  aval,
  sets: sets.some((s) => s.length > 0) ? sets : null,
  value: null,
});

/** The union of two sets: one of them where it holds the other. */
export function union(a: InputSet, b: InputSet): InputSet {
  if (a === b || b.length === 0) return a;
  if (a.length === 0) return b;
  const out = new Int32Array(a.length + b.length);
  let [i, j, n] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const [x, y] = [a[i], b[j]];
    out[n++] = x < y ? x : y;
    if (x <= y) i++;
    if (y <= x) j++;
  }
  while (i < a.length) out[n++] = a[i++];
  while (j < b.length) out[n++] = b[j++];
  if (n === a.length) return a;
  return n === b.length ? b : out.slice(0, n);
}

/** The union of many sets. */
export function unionAll(sets: readonly InputSet[]): InputSet {
  let level = [...new Set(sets)];
  while (level.length > 1) {
    const next: InputSet[] = [];
    for (let i = 0; i < level.length; i += 2)
      next.push(i + 1 < level.length ? union(level[i], level[i + 1]) : level[i]);
    level = next;
  }
  return level[0] ?? noInputs;
}
