/** @file The methods of arrays that compute: one interface, implemented for arrays and tracers alike by one table. */
import type { ArrayLike, NDArray } from "./array.ts";
import type { DType } from "../dtypes/dtype.ts";
import type { Repeat } from "./tree-types.ts";

/** Axis argument of reductions: one axis, several, or null for all. */
export type Axis = number | readonly number[] | null;

/** Options of reductions. */
export interface ReduceOptions {
  readonly axis?: Axis | undefined;
  readonly keepdims?: boolean | undefined;
  readonly dtype?: DType | undefined;
  /** Elements to include. */
  readonly where?: ArrayLike | undefined;
  /** Start value. */
  readonly initial?: ArrayLike | undefined;
}

/** Options of `var` and `std`. */
export type VarianceOptions = ReduceOptions & { ddof?: number };

/** A slice of a known size at a position that may be traced. Made by `ds`. */
export class DynamicSlice {
  readonly start: NDArray;
  readonly size: number;
  readonly stride: number;

  constructor(start: NDArray, size: number, stride: number) {
    this.start = start;
    this.size = size;
    this.stride = stride;
  }
}

/**
 * One entry of an index, one axis each: a number picks, `[]` takes all, `[lo]`, `[lo, hi]`, `[lo, hi, step]` slice (null
 * for an open end), `null` adds an axis, `"..."` stands for the axes not named, an integer or boolean array picks many, and
 * `ds(start, size)` slices at a traced position.
 */
export type IndexEntry = number | readonly (number | null)[] | null | "..." | NDArray | DynamicSlice;

/** What to do with indices outside the array: JAX's modes. */
export interface IndexOptions {
  readonly mode?: "clip" | "drop" | "fill" | "promiseInBounds" | undefined;
  readonly fillValue?: ArrayLike | undefined;
  readonly indicesAreSorted?: boolean | undefined;
  readonly uniqueIndices?: boolean | undefined;
}

/** Functional updates: `x.at(i).set(v)` is a new array. */
export interface IndexUpdater {
  get(options?: IndexOptions): NDArray;
  set(values: ArrayLike, options?: IndexOptions): NDArray;
  add(values: ArrayLike, options?: IndexOptions): NDArray;
  subtract(values: ArrayLike, options?: IndexOptions): NDArray;
  mul(values: ArrayLike, options?: IndexOptions): NDArray;
  multiply(values: ArrayLike, options?: IndexOptions): NDArray;
  divide(values: ArrayLike, options?: IndexOptions): NDArray;
  power(values: ArrayLike, options?: IndexOptions): NDArray;
  min(values: ArrayLike, options?: IndexOptions): NDArray;
  max(values: ArrayLike, options?: IndexOptions): NDArray;
  /** Applies a function of one scalar to the elements chosen. */
  apply(f: (x: NDArray) => NDArray, options?: IndexOptions): NDArray;
}

/** See the functions of the same names in `numpy`. */
export interface ArrayMethods {
  add(other: ArrayLike): NDArray;
  sub(other: ArrayLike): NDArray;
  mul(other: ArrayLike): NDArray;
  div(other: ArrayLike): NDArray;
  floorDivide(other: ArrayLike): NDArray;
  mod(other: ArrayLike): NDArray;
  pow(other: ArrayLike): NDArray;
  matmul(other: ArrayLike): NDArray;
  dot(other: ArrayLike): NDArray;
  neg(): NDArray;
  abs(): NDArray;
  less(other: ArrayLike): NDArray;
  lessEqual(other: ArrayLike): NDArray;
  greater(other: ArrayLike): NDArray;
  greaterEqual(other: ArrayLike): NDArray;
  equal(other: ArrayLike): NDArray;
  notEqual(other: ArrayLike): NDArray;
  logicalAnd(other: ArrayLike): NDArray;
  logicalOr(other: ArrayLike): NDArray;
  logicalNot(): NDArray;
  sum(axis?: Axis | ReduceOptions, options?: ReduceOptions): NDArray;
  prod(axis?: Axis | ReduceOptions, options?: ReduceOptions): NDArray;
  mean(axis?: Axis | ReduceOptions, options?: ReduceOptions): NDArray;
  var(axis?: Axis | VarianceOptions, options?: VarianceOptions): NDArray;
  std(axis?: Axis | VarianceOptions, options?: VarianceOptions): NDArray;
  max(axis?: Axis | ReduceOptions, options?: ReduceOptions): NDArray;
  min(axis?: Axis | ReduceOptions, options?: ReduceOptions): NDArray;
  all(axis?: Axis | ReduceOptions, options?: ReduceOptions): NDArray;
  any(axis?: Axis | ReduceOptions, options?: ReduceOptions): NDArray;
  argmax(axis?: number | null): NDArray;
  argmin(axis?: number | null): NDArray;
  cumsum(axis?: number | null): NDArray;
  cumprod(axis?: number | null): NDArray;
  sort(axis?: number): NDArray;
  argsort(axis?: number): NDArray;
  reshape(shape: number | readonly number[]): NDArray;
  reshape(...sizes: readonly number[]): NDArray;
  ravel(): NDArray;
  flatten(): NDArray;
  squeeze(axis?: number | readonly number[]): NDArray;
  transpose(axes?: readonly number[]): NDArray;
  swapaxes(a: number, b: number): NDArray;
  diagonal(offset?: number, axis1?: number, axis2?: number): NDArray;
  trace(offset?: number, axis1?: number, axis2?: number): NDArray;
  repeat(repeats: number, axis?: number): NDArray;
  take(indices: ArrayLike, axis?: number | null): NDArray;
  clip(min?: ArrayLike | null, max?: ArrayLike | null): NDArray;
  round(decimals?: number): NDArray;
  conj(): NDArray;
  conjugate(): NDArray;
  argpartition(kth: number, axis?: number): NDArray;
  /** This array's elements say which of `choices` to take. */
  choose(
    choices: readonly ArrayLike[] | NDArray,
    options?: { readonly mode?: "raise" | "wrap" | "clip" | undefined },
  ): NDArray;
  compress(condition: ArrayLike, axis?: number | null): NDArray;
  nonzero(options?: {
    readonly size?: number | undefined;
    readonly fillValue?: ArrayLike | undefined;
  }): NDArray[];
  ptp(axis?: Axis, keepdims?: boolean): NDArray;
  searchsorted(v: ArrayLike, side?: "left" | "right", sorter?: ArrayLike | null): NDArray;
  /**
   * The parts along the first axis, as a list of the length that you name, which is checked: `const [x, y] = v.unpack(2)`.
   * Plain destructuring, `const [x, y] = v`, does the same unchecked, and the compiler does not know how many there are.
   */
  unpack<const N extends number>(count: N): Repeat<NDArray, N>;
  /** The array itself: arrays never change. */
  copy(): NDArray;
  /** As `copy`. */
  clone(): NDArray;
  astype(dtype: DType): NDArray;
  /** The bytes of each element (of each part of complex ones) in reverse. It has no derivative. */
  byteswap(): NDArray;
  /** The bytes of the elements, row by row ("C") or column by column ("F"), each from the least significant one. */
  tobytes(order?: "C" | "F"): Uint8Array;
  /** Indexing; see `IndexEntry`. */
  slice(...index: IndexEntry[]): NDArray;
  /** Functional update or out-of-bounds-aware reading; see `IndexUpdater`. */
  at(...index: IndexEntry[]): IndexUpdater;
  /** Bytes of one element. */
  readonly itemsize: number;
  /** Bytes of all elements. */
  readonly nbytes: number;
  /** The real part. */
  readonly real: NDArray;
  /** The imaginary part: zeros for a real array. */
  readonly imag: NDArray;
  /** The array with its axes reversed. */
  readonly T: NDArray;
  /** The array with its last two axes swapped. */
  readonly mT: NDArray;
}
