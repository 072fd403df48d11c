/** @file `BCSR`: batched arrays of compressed rows. */
import type { ArrayLike, NDArray } from "../../../core/array.ts";
import { NDArray as AnyArray } from "../../../core/array.ts";
import type { IndexEntry } from "../../../core/methods.ts";
import { type PytreeNode, asNode } from "../../../core/tree.ts";
import { checkFlag, checkWhole, refuseMore, show } from "../../../base/checks.ts";
import { ArgumentError, checkOptions } from "../../../base/errors.ts";
import * as np from "../../../numpy/index.ts";
import { toDense } from "../parts/conversion.ts";
import { eliminateZeros, sumDuplicates } from "../parts/order.ts";
import { type Rows, checkRows, unsupported } from "../parts/parts.ts";
import { toCoordinates, toRows } from "../parts/rows.ts";
import { runSparse } from "../sparsify/trace.ts";
import { type Operand, type SparseValue, coordinatesOf, fresh, isSparse } from "../sparsify/values.ts";
import { JAXSparse, lanesOf, partsGiven, shapeGiven, shapeOfLanes } from "./base.ts";
import {
  type ArrayOrSparse,
  BCOO,
  type SparseOptions,
  type SumDuplicatesOptions,
  operandOf,
} from "./bcoo.ts";
import { type FromDenseOptions, denseGiven } from "./options.ts";

type Aux = {
  readonly shape: readonly number[];
  readonly indicesSorted: boolean;
  readonly uniqueIndices: boolean;
};

/**
 * A batched array of compressed rows, for two sparse axes: row i has the entries from `indptr[i]` to `indptr[i + 1]`, `data[e]` in column
 * `indices[e]`. With batch axes, `data` is [...batch, nse, ...dense], `indices` [...batch, nse] and `indptr` [...batch, rows + 1]. Entries
 * behind the last row are padding.
 * @see jax.experimental.sparse.BCSR
 * @example
 * const m = experimental.sparse.BCSR.fromdense(np.array([[0, 2, 0], [1, 0, 4]]));
 * String(m); // "BCSR(float64[2,3], nse=3)"
 * m.indptr.js(); // [0, 1, 3]
 * m.matmul(np.array([1, 2, 3])).js(); // [4, 13]
 */
export class BCSR extends JAXSparse {
  readonly data: NDArray;
  readonly indices: NDArray;
  readonly indptr: NDArray;
  readonly shape: readonly number[];
  readonly indicesSorted: boolean;
  readonly uniqueIndices: boolean;

  /** @throws ShapeError, DTypeError unless the parts fit the shape */
  constructor(
    parts: readonly [data: ArrayLike, indices: ArrayLike, indptr: ArrayLike],
    options: SparseOptions,
  ) {
    super();
    checkOptions("BCSR", options, ["shape", "indicesSorted", "uniqueIndices"]);
    [this.data, this.indices, this.indptr] = partsGiven("BCSR", parts, ["data", "indices", "indptr"]);
    this.shape = shapeGiven("BCSR", options);
    this.indicesSorted = options.indicesSorted ?? false;
    this.uniqueIndices = options.uniqueIndices ?? false;
    checkFlag("BCSR", "indicesSorted", this.indicesSorted);
    checkFlag("BCSR", "uniqueIndices", this.uniqueIndices);
    checkRows("BCSR", this.data, this.indices, this.indptr, this.shape);
  }

  /** @internal The array of these parts. */
  static of({ data, indices, indptr, shape, indicesSorted, uniqueIndices }: Rows): BCSR {
    const out = Object.create(BCSR.prototype) as {
      -readonly [K in "data" | "indices" | "indptr" | keyof Aux]: BCSR[K];
    };
    Object.assign(out, { data, indices, indptr, shape, indicesSorted, uniqueIndices });
    return out as BCSR;
  }

  /** The nonzero elements of a dense array, row by row. @throws ArgumentError unless two axes are sparse */
  static fromdense(dense: ArrayLike, options?: FromDenseOptions, ...more: []): BCSR {
    refuseMore("BCSR.fromdense", 2, more);
    return BCSR.of(toRows("BCSR.fromdense", denseGiven("BCSR.fromdense", dense, options)));
  }

  /** The same array from coordinates, which are sorted if they are not known to be. @throws ArgumentError unless two axes are sparse */
  static fromBcoo(x: BCOO, ...more: []): BCSR {
    refuseMore("BCSR.fromBcoo", 1, more);
    if (!(x instanceof BCOO)) throw new ArgumentError(`BCSR.fromBcoo: expected a BCOO; got ${show(x)}.`);
    return BCSR.of(toRows("BCSR.fromBcoo", x));
  }

  protected describe(): readonly [name: string, more: string] {
    return [
      "BCSR",
      `${this.nBatch > 0 ? `, nBatch=${this.nBatch}` : ""}${this.nDense > 0 ? `, nDense=${this.nDense}` : ""}`,
    ];
  }
  get nse(): number {
    return this.indices.shape[this.indices.ndim - 1];
  }
  /** Number of batch axes, the first ones. */
  get nBatch(): number {
    return this.indices.ndim - 1;
  }
  /** Number of sparse axes: two. */
  get nSparse(): number {
    return this.shape.length - this.nBatch - this.nDense;
  }
  /** Number of dense axes, the last ones: entries are arrays of them. */
  get nDense(): number {
    return this.data.ndim - this.indices.ndim;
  }
  /** @internal */
  override sparseValue(): SparseValue {
    return fresh(this);
  }

  todense(): NDArray {
    return toDense(toCoordinates(this));
  }

  /** The same array in coordinates. */
  toBcoo(...more: []): BCOO {
    refuseMore("BCSR.toBcoo", 0, more);
    return BCOO.of(toCoordinates(this));
  }

  /** Compressed rows cannot be transposed as such. @throws ArgumentError always: convert with `toBcoo` */
  transpose(): never {
    throw unsupported(
      "BCSR.transpose",
      "arrays of compressed rows have no transpose; convert with toBcoo().",
    );
  }

  /** Entries of one position added up, in order, and without zeros unless `removeZeros` is false. */
  sumDuplicates(options?: SumDuplicatesOptions, ...more: []): BCSR {
    const where = "BCSR.sumDuplicates";
    refuseMore(where, 1, more);
    checkOptions(where, options, ["nse", "removeZeros"]);
    const { nse = null, removeZeros = true } = options ?? {};
    if (nse !== null) checkWhole(where, "nse", nse);
    checkFlag(where, "removeZeros", removeZeros);
    const sum = removeZeros ? eliminateZeros : sumDuplicates;
    return BCSR.of(toRows(where, sum(where, toCoordinates(this), nse)));
  }

  /** The product of matrices; with a sparse operand in coordinates. */
  matmul(other: BCOO | BCSR): BCOO;
  matmul(other: ArrayLike): NDArray;
  matmul(other: ArrayOrSparse, ...more: []): BCOO | NDArray;
  matmul(other: ArrayOrSparse, ...more: []): BCOO | NDArray {
    refuseMore("BCSR.matmul", 1, more);
    const y = operandOf("BCSR.matmul", other);
    return wrap(runSparse("BCSR.matmul", [this.sparseValue(), y], ([a, b]) => [np.matmul(a, b)])[0]);
  }

  /** The product with a dense operand on the left: `other @ x`. */
  rmatmul(other: ArrayLike, ...more: []): BCOO | NDArray {
    refuseMore("BCSR.rmatmul", 1, more);
    const y = operandOf("BCSR.rmatmul", other);
    return wrap(runSparse("BCSR.rmatmul", [this.sparseValue(), y], ([a, b]) => [np.matmul(b, a)])[0]);
  }

  /** A part of the array, in coordinates. */
  slice(...entries: IndexEntry[]): BCOO {
    return this.toBcoo().slice(...entries);
  }

  get [asNode](): PytreeNode<BCSR, Aux> {
    return bcsrNode;
  }
}

const wrap = (x: Operand): BCOO | NDArray => (isSparse(x) ? BCOO.of(coordinatesOf(x)) : x);

const bcsrNode: PytreeNode<BCSR, Aux> = {
  flatten: ({ data, indices, indptr, shape, indicesSorted, uniqueIndices }) => ({
    children: [data, indices, indptr],
    aux: { shape, indicesSorted, uniqueIndices },
    keys: ["data", "indices", "indptr"],
  }),
  unflatten: (aux, children) => {
    const [data, indices, indptr] = children as readonly [NDArray, NDArray, NDArray];
    const lanes = lanesOf([indices, indptr], [1, 1]);
    const nDense = lanes === null || !(data instanceof AnyArray) ? -1 : data.ndim - indices.ndim;
    const shape =
      lanes === null || nDense < 0
        ? aux.shape
        : shapeOfLanes("BCSR", aux.shape, 2 + nDense, [...lanes, data.shape.slice(0, indices.ndim - 1)]);
    return BCSR.of({ ...aux, data, indices, indptr, shape });
  },
};
