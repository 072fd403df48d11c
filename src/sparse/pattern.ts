/** @file Where a matrix may have nonzero entries, row after row. */
import { ArgumentError } from "../base/errors.ts";

/** The places of a matrix's entries that may be nonzero, in row-major order: compressed sparse rows. */
export class SparsityPattern {
  readonly shape: readonly [rows: number, cols: number];
  /** Row i has the entries number `offsets[i]` to `offsets[i + 1]` (exclusive). */
  readonly offsets: Int32Array;
  /** The column of each entry; increasing within a row. */
  readonly cols: Int32Array;
  #rows: Int32Array | null = null;
  #transpose: SparsityPattern | null = null;

  /** `lists[i]` are the columns of row i, in increasing order. */
  constructor(shape: readonly [number, number], lists: readonly ArrayLike<number>[]) {
    this.shape = shape;
    this.offsets = new Int32Array(shape[0] + 1);
    lists.forEach((list, i) => (this.offsets[i + 1] = this.offsets[i] + list.length));
    this.cols = new Int32Array(this.offsets[shape[0]]);
    lists.forEach((list, i) => this.cols.set(list, this.offsets[i]));
  }

  /** Number of entries. */
  get nnz(): number {
    return this.cols.length;
  }

  /** The row of each entry. */
  get rows(): Int32Array {
    if (this.#rows === null) {
      this.#rows = new Int32Array(this.nnz);
      for (let i = 0; i < this.shape[0]; i++) this.#rows.fill(i, this.offsets[i], this.offsets[i + 1]);
    }
    return this.#rows;
  }

  /** The columns of the entries of row i. */
  row(i: number): Int32Array {
    return this.cols.subarray(this.offsets[i], this.offsets[i + 1]);
  }

  get transpose(): SparsityPattern {
    if (this.#transpose === null) {
      const lists = Array.from({ length: this.shape[1] }, (): number[] => []);
      this.cols.forEach((j, e) => lists[j].push(this.rows[e]));
      this.#transpose = new SparsityPattern([this.shape[1], this.shape[0]], lists);
    }
    return this.#transpose;
  }

  equals(other: unknown): boolean {
    if (this === other) return true;
    const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
      a.length === b.length && Array.prototype.every.call(a, (x, i) => x === b[i]);
    return (
      other instanceof SparsityPattern &&
      same(this.shape, other.shape) &&
      same(this.offsets, other.offsets) &&
      same(this.cols, other.cols)
    );
  }

  /**
   * The pattern with the given entries, in any order; an entry may be given twice.
   * @throws ArgumentError for an entry outside
   */
  static fromEntries(
    shape: readonly [number, number],
    rows: ArrayLike<number>,
    cols: ArrayLike<number>,
  ): SparsityPattern {
    const sets = Array.from({ length: shape[0] }, () => new Set<number>());
    for (let e = 0; e < rows.length; e++) {
      const [i, j] = [rows[e], cols[e]];
      if (!(i in sets) || !(Number.isInteger(j) && j >= 0 && j < shape[1])) {
        throw new ArgumentError(
          `SparsityPattern: entry ${e} is at [${i}, ${j}], outside of a matrix of shape [${shape.join(",")}].`,
        );
      }
      sets[i].add(j);
    }
    return new SparsityPattern(
      shape,
      sets.map((s) => [...s].sort((a, b) => a - b)),
    );
  }
}
