/** @file Sparse matrices: the entries as an array, their places as a pattern that is known before the program runs. */
import { updater } from "../numpy/indexing/indexing.ts";
import { ConcreteArray, type ArrayLike, type NDArray } from "../core/array.ts";
import { shaped } from "../core/aval.ts";
import { type PytreeNode, asNode } from "../core/tree.ts";
import { ShapeError } from "../base/errors.ts";
import * as lax from "../lax/index.ts";
import * as np from "../numpy/index.ts";
import type { SparsityPattern } from "./pattern.ts";

/** Indices as an array of the library. */
export const indexArray = (numbers: Int32Array): NDArray =>
  new ConcreteArray(shaped([numbers.length], "int32"), numbers);

/**
 * A matrix of which only some entries are stored: entry e is `data[e]`, in row `rows[e]` and column `cols[e]`, in row-major
 * order; row i has the entries from `offsets[i]` to `offsets[i + 1]`. So it is both in coordinate (COO) and in compressed
 * row (CSR) form. It is a pytree with the one leaf `data`: functions that are transformed may take and return it.
 */
export class SparseMatrix {
  readonly data: NDArray;
  readonly pattern: SparsityPattern;

  constructor(data: NDArray, pattern: SparsityPattern) {
    this.data = data;
    this.pattern = pattern;
  }

  get shape(): readonly [rows: number, cols: number] {
    return this.pattern.shape;
  }
  get rows(): Int32Array {
    return this.pattern.rows;
  }
  get cols(): Int32Array {
    return this.pattern.cols;
  }
  get offsets(): Int32Array {
    return this.pattern.offsets;
  }
  /** Number of stored entries. */
  get nnz(): number {
    return this.pattern.nnz;
  }

  /** The matrix with all its zeros. */
  toDense(): NDArray {
    const [m, n] = this.shape;
    const places = Int32Array.from(this.cols, (j, e) => this.rows[e] * n + j);
    const flat = updater(np.zeros([m * n], { dtype: this.data.dtype }), [indexArray(places)]).set(this.data);
    return lax.reshape(flat, [m, n]);
  }

  /**
   * The product with a vector, or with each column of a matrix.
   * @throws ShapeError
   */
  matmul(x: ArrayLike): NDArray {
    const v = np.asarray(x);
    const [m, n] = this.shape;
    if (v.ndim < 1 || v.ndim > 2 || v.shape[0] !== n) {
      throw new ShapeError(
        `SparseMatrix.matmul: a matrix of shape [${m},${n}] times an array of shape [${v.shape.join(",")}]; ` +
          `expected a vector of ${n} elements, or a matrix of ${n} rows.`,
      );
    }
    const read = np.take(v, indexArray(this.cols), 0);
    const weight = v.ndim === 1 ? this.data : lax.expandDims(this.data, [1]);
    const zero = np.zeros([m, ...v.shape.slice(1)], { dtype: np.resultType(this.data, v) });
    return updater(zero, [indexArray(this.rows)]).add(np.multiply(weight, read));
  }

  toString(): string {
    const [m, n] = this.shape;
    return `SparseMatrix(${this.data.dtype}[${m},${n}], ${this.nnz} entries)`;
  }

  get [asNode](): PytreeNode<SparseMatrix, SparsityPattern> {
    return sparseMatrixNode;
  }
}

const sparseMatrixNode: PytreeNode<SparseMatrix, SparsityPattern> = {
  flatten: ({ data, pattern }) => ({ children: [data], aux: pattern, keys: ["data"] }),
  unflatten: (pattern, [data]) => new SparseMatrix(data as NDArray, pattern),
};
