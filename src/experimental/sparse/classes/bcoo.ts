/** @file `BCOO`: batched arrays in coordinate form. */
import type { ArrayLike, NDArray } from "../../../core/array.ts";
import { NDArray as AnyArray } from "../../../core/array.ts";
import type { Axis, IndexEntry, ReduceOptions } from "../../../core/methods.ts";
import { type PytreeNode, asNode } from "../../../core/tree.ts";
import { checkFlag, checkWhole, refuseMore, show } from "../../../base/checks.ts";
import { ArgumentError, checkOptions } from "../../../base/errors.ts";
import { range } from "../../../base/util.ts";
import type { DType } from "../../../dtypes/dtype.ts";
import { asArray } from "../../../lax/operands/convert.ts";
import * as np from "../../../numpy/index.ts";
import { index } from "../../../numpy/indexing/indexing.ts";
import { toDense } from "../parts/conversion.ts";
import { eliminateZeros, sortIndices, sumDuplicates } from "../parts/order.ts";
import { type Coordinates, checkCoordinates, layoutOf } from "../parts/parts.ts";
import { transpose } from "../parts/shapes.ts";
import { runSparse } from "../sparsify/trace.ts";
import { type Operand, type SparseValue, coordinatesOf, fresh, isSparse } from "../sparsify/values.ts";
import { JAXSparse, lanesOf, partsGiven, shapeGiven, shapeOfLanes } from "./base.ts";
import { type FromDenseOptions, type LayoutOptions, denseGiven, layoutGiven } from "./options.ts";

/** What is known of a sparse array beside its parts. */
export interface SparseOptions {
  readonly shape: readonly number[];
  /** A promise that positions are in lexicographic order. */
  readonly indicesSorted?: boolean | undefined;
  /** A promise that no position occurs twice. */
  readonly uniqueIndices?: boolean | undefined;
}

/** How entries of one position are added up. */
export interface SumDuplicatesOptions {
  /** Number of entries of the result: by default as many as are needed, which must be known. */
  readonly nse?: number | undefined;
  /** Whether entries that are zero are left out: true by default. That is not for derivatives. */
  readonly removeZeros?: boolean | undefined;
}

type Aux = {
  readonly shape: readonly number[];
  readonly indicesSorted: boolean;
  readonly uniqueIndices: boolean;
};

/** What methods take beside arrays. */
export type ArrayOrSparse = ArrayLike | JAXSparse;

/** An operand of a method. */
export function operandOf(where: string, x: unknown): Operand {
  if (x instanceof JAXSparse) {
    const value = x.sparseValue();
    if (value !== null) return value;
    throw new ArgumentError(
      `${where}: this is for BCOO, BCSR and dense arrays; got ${String(x)}. Convert it: BCOO.fromdense(x.todense()).`,
    );
  }
  return asArray(x as ArrayLike, where);
}

/**
 * A batched array in coordinate form: entry e is `data[e]`, at `indices[e]`. With batch axes, `data` is [...batch, nse, ...dense] and
 * `indices` [...batch, nse, sparse axes]; either may have size 1 along a batch axis that all its lanes share. Entries at one position
 * add up; positions outside the array are padding, which counts for nothing.
 *
 * It is a pytree of the leaves `data` and `indices`. Functions of JAX's namespace `jax.experimental.sparse` work on it; in other functions
 * it stands for an array within `sparsify`.
 * @see jax.experimental.sparse.BCOO
 * @example
 * const m = experimental.sparse.BCOO.fromdense(np.array([[0, 2, 0], [1, 0, 4]]));
 * String(m); // "BCOO(float64[2,3], nse=3)"
 * m.indices.js(); // [[0, 1], [1, 0], [1, 2]]
 * m.matmul(np.array([1, 2, 3])).js(); // [4, 13]
 */
export class BCOO extends JAXSparse {
  readonly data: NDArray;
  readonly indices: NDArray;
  readonly shape: readonly number[];
  readonly indicesSorted: boolean;
  readonly uniqueIndices: boolean;

  /** @throws ShapeError, DTypeError unless data and indices fit the shape */
  constructor(parts: readonly [data: ArrayLike, indices: ArrayLike], options: SparseOptions) {
    super();
    checkOptions("BCOO", options, ["shape", "indicesSorted", "uniqueIndices"]);
    [this.data, this.indices] = partsGiven("BCOO", parts, ["data", "indices"]);
    this.shape = shapeGiven("BCOO", options);
    this.indicesSorted = options.indicesSorted ?? false;
    this.uniqueIndices = options.uniqueIndices ?? false;
    checkFlag("BCOO", "indicesSorted", this.indicesSorted);
    checkFlag("BCOO", "uniqueIndices", this.uniqueIndices);
    checkCoordinates("BCOO", this.data, this.indices, this.shape);
  }

  /** @internal The array of these parts. */
  static of({ data, indices, shape, indicesSorted, uniqueIndices }: Coordinates): BCOO {
    const out = Object.create(BCOO.prototype) as { -readonly [K in "data" | "indices" | keyof Aux]: BCOO[K] };
    Object.assign(out, { data, indices, shape, indicesSorted, uniqueIndices });
    return out as BCOO;
  }

  /**
   * The nonzero elements of a dense array, in order.
   * @throws ArgumentError for numbers of axes that do not fit; TracerIntegerConversionError for a traced array without `nse`
   */
  static fromdense(dense: ArrayLike, options?: FromDenseOptions, ...more: []): BCOO {
    refuseMore("BCOO.fromdense", 2, more);
    return BCOO.of(denseGiven("BCOO.fromdense", dense, options));
  }

  protected describe(): readonly [name: string, more: string] {
    return [
      "BCOO",
      `${this.nBatch > 0 ? `, nBatch=${this.nBatch}` : ""}${this.nDense > 0 ? `, nDense=${this.nDense}` : ""}`,
    ];
  }
  get nse(): number {
    return layoutOf(this).nse;
  }
  /** Number of batch axes, the first ones. */
  get nBatch(): number {
    return layoutOf(this).nBatch;
  }
  /** Number of sparse axes, behind those of the batch. */
  get nSparse(): number {
    return layoutOf(this).nSparse;
  }
  /** Number of dense axes, the last ones: entries are arrays of them. */
  get nDense(): number {
    return layoutOf(this).nDense;
  }
  /** @internal */
  override sparseValue(): SparseValue {
    return fresh(this);
  }
  override get T(): BCOO {
    return this.transpose();
  }

  todense(): NDArray {
    return toDense(this);
  }

  /** Axes are permuted among those of their kind. @throws ArgumentError otherwise */
  transpose(axes?: readonly number[], ...more: []): BCOO {
    refuseMore("BCOO.transpose", 1, more);
    const permutation = axes ?? range(this.ndim).reverse();
    if (!Array.isArray(permutation))
      throw new ArgumentError(`BCOO.transpose: expected a list of axes; got ${show(permutation)}.`);
    return BCOO.of(transpose("BCOO.transpose", this, permutation as readonly number[]));
  }

  /** The entries in the lexicographic order of their positions. */
  sortIndices(...more: []): BCOO {
    refuseMore("BCOO.sortIndices", 0, more);
    return BCOO.of(sortIndices(this));
  }

  /** Entries of one position added up, in order, and without zeros unless `removeZeros` is false. */
  sumDuplicates(options?: SumDuplicatesOptions, ...more: []): BCOO {
    const where = "BCOO.sumDuplicates";
    refuseMore(where, 1, more);
    checkOptions(where, options, ["nse", "removeZeros"]);
    const { nse = null, removeZeros = true } = options ?? {};
    if (nse !== null) checkWhole(where, "nse", nse);
    checkFlag(where, "removeZeros", removeZeros);
    return BCOO.of((removeZeros ? eliminateZeros : sumDuplicates)(where, this, nse));
  }

  /** The same array with other numbers of batch and dense axes. @throws SparseEfficiencyError where that stores many zeros, unless told */
  updateLayout(options?: LayoutOptions, ...more: []): BCOO {
    refuseMore("BCOO.updateLayout", 1, more);
    return BCOO.of(layoutGiven("BCOO.updateLayout", this, options));
  }

  /** The product of matrices, dense with a dense operand, sparse with a sparse one: `x @ y`. */
  matmul(other: BCOO): BCOO;
  matmul(other: ArrayLike): NDArray;
  matmul(other: ArrayOrSparse, ...more: []): BCOO | NDArray;
  matmul(other: ArrayOrSparse, ...more: []): BCOO | NDArray {
    refuseMore("BCOO.matmul", 1, more);
    return both(this, "matmul", other, (x, y) => np.matmul(x, y));
  }

  /** The product with a dense operand on the left: `other @ x`. */
  rmatmul(other: ArrayLike, ...more: []): NDArray {
    refuseMore("BCOO.rmatmul", 1, more);
    return dense(both(this, "rmatmul", other, (x, y) => np.matmul(y, x)));
  }

  /** The elementwise product; a dense operand must broadcast to this shape. */
  mul(other: ArrayOrSparse, ...more: []): BCOO {
    refuseMore("BCOO.mul", 1, more);
    return sparse(both(this, "mul", other, (x, y) => np.multiply(x, y)));
  }

  /** The elementwise quotient by a dense operand that broadcasts to this shape. */
  div(other: ArrayLike, ...more: []): BCOO {
    refuseMore("BCOO.div", 1, more);
    return sparse(both(this, "div", other, (x, y) => np.divide(x, y)));
  }

  /** The sum: of a sparse operand all entries of both, of a dense one of this shape a dense array. */
  add(other: BCOO): BCOO;
  add(other: ArrayLike): NDArray;
  add(other: ArrayOrSparse, ...more: []): BCOO | NDArray;
  add(other: ArrayOrSparse, ...more: []): BCOO | NDArray {
    refuseMore("BCOO.add", 1, more);
    return both(this, "add", other, (x, y) => np.add(x, y));
  }

  /** The difference; see `add`. */
  sub(other: BCOO): BCOO;
  sub(other: ArrayLike): NDArray;
  sub(other: ArrayOrSparse, ...more: []): BCOO | NDArray;
  sub(other: ArrayOrSparse, ...more: []): BCOO | NDArray {
    refuseMore("BCOO.sub", 1, more);
    return both(this, "sub", other, (x, y) => np.subtract(x, y));
  }

  /** The elementwise power with a positive exponent. */
  pow(exponent: number, ...more: []): BCOO {
    refuseMore("BCOO.pow", 1, more);
    const y = asArray(exponent, "BCOO.pow");
    return sparse(alone(this, "pow", (x) => np.power(x, typeof exponent === "number" ? exponent : y)));
  }

  neg(...more: []): BCOO {
    refuseMore("BCOO.neg", 0, more);
    return sparse(alone(this, "neg", (x) => np.negative(x)));
  }

  /** The absolute values. */
  abs(...more: []): BCOO {
    refuseMore("BCOO.abs", 0, more);
    return sparse(alone(this, "abs", (x) => np.abs(x)));
  }

  /** Converted to another dtype. */
  astype(dtype: DType, ...more: []): BCOO {
    refuseMore("BCOO.astype", 1, more);
    return sparse(alone(this, "astype", (x) => x.astype(dtype)));
  }

  /** The sum over all axes, which is dense, or over some. */
  sum(axis?: null): NDArray;
  sum(axis?: Axis | ReduceOptions, ...more: []): BCOO | NDArray;
  sum(axis?: Axis | ReduceOptions, ...more: []): BCOO | NDArray {
    refuseMore("BCOO.sum", 1, more);
    return alone(this, "sum", (x) => x.sum(axis));
  }

  /** Other sizes, in row-major order; batch, sparse and dense axes each among themselves. */
  reshape(shape: readonly number[], ...more: []): BCOO {
    refuseMore("BCOO.reshape", 1, more);
    return sparse(alone(this, "reshape", (x) => np.reshape(x, shape)));
  }

  /** A part of the array, as `slice` of arrays. */
  slice(...entries: IndexEntry[]): BCOO {
    return sparse(alone(this, "slice", (x) => index(x, entries)));
  }

  /** The parts along the first axis. */
  *[Symbol.iterator](): Iterator<BCOO> {
    for (const i of range(this.length)) yield this.slice(i);
  }

  get [asNode](): PytreeNode<BCOO, Aux> {
    return bcooNode;
  }
}

/** A function of one array, as a sparse program. */
const alone = (x: BCOO, name: string, f: (x: NDArray) => NDArray): BCOO | NDArray =>
  wrap(runSparse(`BCOO.${name}`, [x.sparseValue()], ([a]) => [f(a)])[0]);

/** A function of two arrays, as a sparse program. */
function both(x: BCOO, name: string, other: unknown, f: (x: NDArray, y: NDArray) => NDArray): BCOO | NDArray {
  const where = `BCOO.${name}`;
  return wrap(runSparse(where, [x.sparseValue(), operandOf(where, other)], ([a, b]) => [f(a, b)])[0]);
}

const wrap = (x: Operand): BCOO | NDArray => (isSparse(x) ? BCOO.of(coordinatesOf(x)) : x);

/** What an operation gave without looking at the array, empty parts of it for instance, has all positions. */
const sparse = (x: BCOO | NDArray): BCOO => (x instanceof AnyArray ? BCOO.fromdense(x, { nse: x.size }) : x);

function dense(x: BCOO | NDArray): NDArray {
  return x instanceof AnyArray ? x : x.todense();
}

const bcooNode: PytreeNode<BCOO, Aux> = {
  flatten: ({ data, indices, shape, indicesSorted, uniqueIndices }) => ({
    children: [data, indices],
    aux: { shape, indicesSorted, uniqueIndices },
    keys: ["data", "indices"],
  }),
  unflatten: (aux, children) => {
    const [data, indices] = children as readonly [NDArray, NDArray];
    const lanes = lanesOf([indices], [2]);
    const nSparse = lanes === null ? 0 : indices.shape[indices.ndim - 1];
    const shape =
      lanes === null || !(data instanceof AnyArray) || indices.ndim < 2
        ? aux.shape
        : reshaped(aux.shape, data, indices, nSparse);
    return BCOO.of({ ...aux, data, indices, shape });
  },
};

/** The shape of an array whose parts may have lost or got batch axes. */
function reshaped(
  shape: readonly number[],
  data: NDArray,
  indices: NDArray,
  nSparse: number,
): readonly number[] {
  const nBatch = indices.ndim - 2;
  const nDense = data.ndim - 1 - nBatch;
  if (nDense < 0 || data.shape[nBatch] !== indices.shape[nBatch]) return shape;
  const lanes = [data.shape.slice(0, nBatch), indices.shape.slice(0, nBatch)];
  return shapeOfLanes("BCOO", shape, nSparse + nDense, lanes);
}
