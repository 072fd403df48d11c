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
  /** The sum, element by element, of dtypes promoted and shapes broadcast: `x + y`. As `np.add`. */
  add(other: ArrayLike): NDArray;
  /** The difference, element by element: `x − y`. As `np.subtract`. */
  sub(other: ArrayLike): NDArray;
  /** The product, element by element: `x · y`. As `np.multiply`; of matrices see `matmul`. */
  mul(other: ArrayLike): NDArray;
  /** The quotient, element by element, a float also of integers: `x / y`. As `np.divide`. */
  div(other: ArrayLike): NDArray;
  /** The quotient rounded down, element by element. As `np.floorDivide`. */
  floorDivide(other: ArrayLike): NDArray;
  /** The remainder of `floorDivide`, of the sign of the divisor. As `np.mod`. */
  mod(other: ArrayLike): NDArray;
  /** The power `x ** y`, element by element. As `np.power`. */
  pow(other: ArrayLike): NDArray;
  /** The product of matrices in the last two axes, of vectors the inner product: `x @ y`. As `np.matmul`. */
  matmul(other: ArrayLike): NDArray;
  /** The sum of products over the last axis of this and the last but one of the other. As `np.dot`. */
  dot(other: ArrayLike): NDArray;
  /** −x, element by element. As `np.negative`. */
  neg(): NDArray;
  /** The absolute value, of complex numbers the modulus. As `np.abs`; its derivative at 0 is 0. */
  abs(): NDArray;
  /** Where `x < y`, as bools. As `np.less`. */
  less(other: ArrayLike): NDArray;
  /** Where `x ≤ y`, as bools. As `np.lessEqual`. */
  lessEqual(other: ArrayLike): NDArray;
  /** Where `x > y`, as bools. As `np.greater`. */
  greater(other: ArrayLike): NDArray;
  /** Where `x ≥ y`, as bools. As `np.greaterEqual`. */
  greaterEqual(other: ArrayLike): NDArray;
  /** Where elements are equal, as bools; NaN equals nothing. As `np.equal`. */
  equal(other: ArrayLike): NDArray;
  /** Where elements differ, as bools. As `np.notEqual`. */
  notEqual(other: ArrayLike): NDArray;
  /** Where both are true (not 0). As `np.logicalAnd`. */
  logicalAnd(other: ArrayLike): NDArray;
  /** Where one at least is true (not 0). As `np.logicalOr`. */
  logicalOr(other: ArrayLike): NDArray;
  /** Where elements are false (0). As `np.logicalNot`. */
  logicalNot(): NDArray;
  /** The sum over an axis, several, or all: `x.sum(0)`, `x.sum({ axis: 0, keepdims: true })`. As `np.sum`. */
  sum(axis?: Axis | ReduceOptions, options?: ReduceOptions): NDArray;
  /** The product over an axis, several, or all. As `np.prod`. */
  prod(axis?: Axis | ReduceOptions, options?: ReduceOptions): NDArray;
  /** The mean over an axis, several, or all. As `np.mean`. */
  mean(axis?: Axis | ReduceOptions, options?: ReduceOptions): NDArray;
  /** The variance over an axis, several, or all; `ddof` is taken from the number of elements. As `np.var`. */
  var(axis?: Axis | VarianceOptions, options?: VarianceOptions): NDArray;
  /** The standard deviation over an axis, several, or all. As `np.std`. */
  std(axis?: Axis | VarianceOptions, options?: VarianceOptions): NDArray;
  /** The largest element along an axis, several, or of all. As `np.max`; equal ones share the derivative. */
  max(axis?: Axis | ReduceOptions, options?: ReduceOptions): NDArray;
  /** The smallest element along an axis, several, or of all. As `np.min`; equal ones share the derivative. */
  min(axis?: Axis | ReduceOptions, options?: ReduceOptions): NDArray;
  /** Whether all elements along an axis are true. As `np.all`. */
  all(axis?: Axis | ReduceOptions, options?: ReduceOptions): NDArray;
  /** Whether any element along an axis is true. As `np.any`. */
  any(axis?: Axis | ReduceOptions, options?: ReduceOptions): NDArray;
  /** The place of the largest element along an axis, or of all in row-major order. As `np.argmax`. */
  argmax(axis?: number | null): NDArray;
  /** The place of the smallest element along an axis, or of all in row-major order. As `np.argmin`. */
  argmin(axis?: number | null): NDArray;
  /** Running sums along an axis, or of all elements in row-major order. As `np.cumsum`. */
  cumsum(axis?: number | null): NDArray;
  /** Running products along an axis, or of all elements in row-major order. As `np.cumprod`. */
  cumprod(axis?: number | null): NDArray;
  /** The elements in ascending order along an axis, the last by default; NaN last. As `np.sort`. */
  sort(axis?: number): NDArray;
  /** The places that would sort an axis, stably. As `np.argsort`. */
  argsort(axis?: number): NDArray;
  /** The same elements in row-major order under another shape; one size may be −1. As `np.reshape`. */
  reshape(shape: number | readonly number[]): NDArray;
  reshape(...sizes: readonly number[]): NDArray;
  /** All elements along one axis, row-major. As `np.ravel`. */
  ravel(): NDArray;
  /** All elements along one axis, row-major: as `ravel`. */
  flatten(): NDArray;
  /** Without the given axes of size 1, or all such. As `np.squeeze`. */
  squeeze(axis?: number | readonly number[]): NDArray;
  /** The axes in another order, reversed by default. As `np.transpose`. */
  transpose(axes?: readonly number[]): NDArray;
  /** Two axes exchanged. As `np.swapaxes`. */
  swapaxes(a: number, b: number): NDArray;
  /** The diagonal of matrices in two axes, as the last axis. As `np.diagonal`. */
  diagonal(offset?: number, axis1?: number, axis2?: number): NDArray;
  /** The sum of the diagonal. As `np.trace`. */
  trace(offset?: number, axis1?: number, axis2?: number): NDArray;
  /** Each element repeated along an axis, or of all elements. As `np.repeat`. */
  repeat(repeats: number, axis?: number): NDArray;
  /** The elements at places along an axis, or of all elements; NaN for places outside. As `np.take`. */
  take(indices: ArrayLike, axis?: number | null): NDArray;
  /** Elements held between two bounds; null for none. As `np.clip`. */
  clip(min?: ArrayLike | null, max?: ArrayLike | null): NDArray;
  /** Rounded to that many decimals, halves to even. As `np.round`. */
  round(decimals?: number): NDArray;
  /** The complex conjugate; a real array is its own. As `np.conj`. */
  conj(): NDArray;
  /** As `conj`. */
  conjugate(): NDArray;
  /** Places that put the `kth` smallest in its place and smaller ones before it. As `np.argpartition`. */
  argpartition(kth: number, axis?: number): NDArray;
  /** This array's elements say which of `choices` to take. */
  choose(
    choices: readonly ArrayLike[] | NDArray,
    options?: { readonly mode?: "raise" | "wrap" | "clip" | undefined },
  ): NDArray;
  /** The parts along an axis where the condition, a list of bools, is true. As `np.compress`. */
  compress(condition: ArrayLike, axis?: number | null): NDArray;
  /** The places of elements that are not 0, an array for each axis; under `jit` with a `size`. As `np.nonzero`. */
  nonzero(options?: {
    readonly size?: number | undefined;
    readonly fillValue?: ArrayLike | undefined;
  }): NDArray[];
  /** The largest less the smallest element. As `np.ptp`. */
  ptp(axis?: Axis, keepdims?: boolean): NDArray;
  /** Where values would be put into this sorted array. As `np.searchsorted`. */
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
  /** Converted to another dtype. As `np.astype`. */
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
