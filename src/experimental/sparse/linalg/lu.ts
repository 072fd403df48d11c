/**
 * @file LU factors of sparse matrices with partial pivoting, column by column: each column of U is the solution of a triangular system whose
 * nonzero places are found first, by a search in the graph of L. So the time is that of the operations on nonzeros. Source: Gilbert and
 * Peierls 1988; Davis, Direct Methods for Sparse Linear Systems, 2006, chapter 6.
 */
import { type Matrix, eliminationOrder } from "./ordering.ts";

/** Columns of a matrix, one after another. */
class Columns {
  readonly starts: number[] = [0];
  readonly rows: number[] = [];
  readonly values: number[] = [];
  push(row: number, value: number): void {
    this.rows.push(row);
    this.values.push(value);
  }
  end(): void {
    this.starts.push(this.rows.length);
  }
}

/** Compressed columns of a matrix of compressed rows: its transpose, read the other way. */
export function transposed({ n, offsets, columns, values }: Matrix): Matrix {
  const count = new Int32Array(n + 1);
  for (let e = 0; e < offsets[n]; e++) count[columns[e] + 1]++;
  for (let j = 0; j < n; j++) count[j + 1] += count[j];
  const at = count.slice();
  const rows = new Int32Array(offsets[n]);
  const out = new Float64Array(offsets[n]);
  for (let i = 0; i < n; i++)
    for (let e = offsets[i]; e < offsets[i + 1]; e++) {
      const to = at[columns[e]]++;
      rows[to] = i;
      out[to] = values[e];
    }
  return { n, offsets: count, columns: rows, values: out };
}

/** One factorisation: the state that its steps share. */
class Factors {
  readonly lower = new Columns();
  readonly upper = new Columns();
  readonly diagonal: Float64Array;
  /** The step at which a row was chosen as pivot, or −1. */
  readonly stepOf: Int32Array;
  readonly order: Int32Array;
  readonly #a: Matrix;
  readonly #x: Float64Array;
  readonly #mark: Int32Array;
  readonly #stack: Int32Array;
  readonly #next: Int32Array;
  readonly #reach: Int32Array;

  /** @param a the matrix in compressed columns */
  constructor(a: Matrix, order: Int32Array) {
    this.#a = a;
    this.order = order;
    this.diagonal = new Float64Array(a.n);
    this.stepOf = new Int32Array(a.n).fill(-1);
    this.#x = new Float64Array(a.n);
    this.#mark = new Int32Array(a.n).fill(-1);
    this.#stack = new Int32Array(a.n);
    this.#next = new Int32Array(a.n);
    this.#reach = new Int32Array(a.n);
  }

  /** The rows that a column reaches through L, in topological order: from the place returned to the end of the list. */
  #search(column: number, step: number): number {
    const { offsets, columns } = this.#a;
    let top = this.#a.n;
    for (let e = offsets[column]; e < offsets[column + 1]; e++) {
      if (this.#mark[columns[e]] === step) continue;
      let head = 0;
      this.#stack[0] = columns[e];
      this.#mark[columns[e]] = step;
      this.#next[0] = this.#begin(columns[e]);
      while (head >= 0) {
        const row = this.#stack[head];
        const pivot = this.stepOf[row];
        const end = pivot < 0 ? 0 : this.lower.starts[pivot + 1];
        let deeper = -1;
        while (deeper < 0 && pivot >= 0 && this.#next[head] < end) {
          const candidate = this.lower.rows[this.#next[head]++];
          if (this.#mark[candidate] !== step) deeper = candidate;
        }
        if (deeper < 0) {
          head--;
          this.#reach[--top] = row;
        } else {
          this.#mark[deeper] = step;
          this.#stack[++head] = deeper;
          this.#next[head] = this.#begin(deeper);
        }
      }
    }
    return top;
  }

  #begin(row: number): number {
    const pivot = this.stepOf[row];
    return pivot < 0 ? 0 : this.lower.starts[pivot];
  }

  /** One column of both factors. False if there is no pivot: the matrix is singular. */
  step(k: number): boolean {
    const column = this.order[k];
    const top = this.#search(column, k);
    const { offsets, columns, values, n } = this.#a;
    const x = this.#x;
    for (let e = offsets[column]; e < offsets[column + 1]; e++) x[columns[e]] += values[e];
    let pivot = -1;
    let largest = 0;
    for (let p = top; p < n; p++) {
      const row = this.#reach[p];
      const j = this.stepOf[row];
      if (j < 0) {
        // Of equal candidates the diagonal one, which keeps what is symmetric so.
        const size = Math.abs(x[row]);
        if (size > largest || (size === largest && size > 0 && row === column))
          [largest, pivot] = [size, row];
        continue;
      }
      this.upper.push(j, x[row]);
      for (let e = this.lower.starts[j]; e < this.lower.starts[j + 1]; e++)
        x[this.lower.rows[e]] -= this.lower.values[e] * x[row];
      x[row] = 0;
    }
    this.upper.end();
    if (pivot < 0) return false;
    this.diagonal[k] = x[pivot];
    this.stepOf[pivot] = k;
    for (let p = top; p < n; p++) {
      const row = this.#reach[p];
      if (this.stepOf[row] < 0 && x[row] !== 0) this.lower.push(row, x[row] / this.diagonal[k]);
      x[row] = 0;
    }
    this.lower.end();
    return true;
  }

  solve(b: Float64Array): Float64Array {
    const { lower, upper, diagonal, order, stepOf } = this;
    const n = b.length;
    const y = new Float64Array(n);
    for (let i = 0; i < n; i++) y[stepOf[i]] = b[i];
    for (let j = 0; j < n; j++)
      for (let e = lower.starts[j]; e < lower.starts[j + 1]; e++)
        y[stepOf[lower.rows[e]]] -= lower.values[e] * y[j];
    for (let j = n - 1; j >= 0; j--) {
      y[j] /= diagonal[j];
      for (let e = upper.starts[j]; e < upper.starts[j + 1]; e++) y[upper.rows[e]] -= upper.values[e] * y[j];
    }
    const out = new Float64Array(n);
    for (let k = 0; k < n; k++) out[order[k]] = y[k];
    return out;
  }
}

/** The solution of A x = b; NaN everywhere if a pivot is exactly zero. Entries of one position add up. */
export function solveSparse(a: Matrix, b: Float64Array, way: 0 | 1 | 2 | 3): Float64Array {
  const factors = new Factors(transposed(a), eliminationOrder(a, way));
  for (let k = 0; k < a.n; k++) if (!factors.step(k)) return new Float64Array(a.n).fill(NaN);
  return factors.solve(b);
}
