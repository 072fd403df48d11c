/** @file How a sparse derivative is computed: along which directions, and where its entries are read from the results. */
import { ConcreteArray, type NDArray } from "../core/array.ts";
import { shaped } from "../core/aval.ts";
import type { DType } from "../dtypes/dtype.ts";
import * as lax from "../lax/index.ts";
import * as np from "../numpy/index.ts";
import { type Colouring, colourColumns, colourSymmetric } from "./colouring.ts";
import { SparseMatrix, indexArray } from "./matrix.ts";
import type { SparsityPattern } from "./pattern.ts";

/** Directions of tangents, of cotangents, or of tangents of a gradient. */
export type Mode = "forward" | "reverse";

export interface Plan {
  readonly pattern: SparsityPattern;
  readonly mode: Mode;
  /** How many directions there are. */
  readonly count: number;
  /** The colour of each element of the directions. */
  readonly colours: Int32Array;
  /** For each entry its place in the results of all directions, one after another. */
  readonly places: Int32Array;
}

const plan = (
  pattern: SparsityPattern,
  mode: Mode,
  { colours, count }: Colouring,
  places: Int32Array,
): Plan => ({
  pattern,
  mode,
  count,
  colours,
  places,
});

/** Columns together in forward mode, or rows together in reverse mode: by default whichever needs fewer directions. */
export function jacobianPlan(pattern: SparsityPattern, mode: Mode | null): Plan {
  const [m, n] = pattern.shape;
  const { rows, cols } = pattern;
  const columns = mode === "reverse" ? null : colourColumns(pattern);
  const across = mode === "forward" ? null : colourColumns(pattern.transpose);
  if (columns !== null && (across === null || columns.count <= across.count)) {
    const places = cols.map((j, e) => columns.colours[j] * m + rows[e]);
    return plan(pattern, "forward", columns, places);
  }
  const places = rows.map((i, e) => across!.colours[i] * n + cols[e]);
  return plan(pattern, "reverse", across!, places);
}

/** Columns of a symmetric matrix: entry [i, j] is read in row i if no other neighbour of i has j's colour, else in row j. */
export function hessianPlan(pattern: SparsityPattern): Plan {
  const [n] = pattern.shape;
  const { rows, cols } = pattern;
  const colouring = colourSymmetric(pattern);
  const { colours } = colouring;
  const clear = (i: number, j: number): boolean =>
    pattern.row(i).every((k) => k === j || colours[k] !== colours[j]);
  const places = cols.map((j, e) =>
    clear(rows[e], j) ? colours[j] * n + rows[e] : colours[rows[e]] * n + j,
  );
  return plan(pattern, "forward", colouring, places);
}

/** The directions: for each colour the sum of its unit vectors. */
export function directions({ colours, count }: Plan, dtype: DType): NDArray {
  const n = colours.length;
  const ones = new Float64Array(count * n);
  colours.forEach((c, k) => {
    if (c !== -1) ones[c * n + k] = 1;
  });
  return lax.convertElementType(new ConcreteArray(shaped([count, n], "float64"), ones), dtype);
}

/** The matrix, from the results for all directions. */
export function readEntries({ pattern, places }: Plan, results: NDArray): SparseMatrix {
  const flat = lax.reshape(results, [results.size]);
  return new SparseMatrix(np.take(flat, indexArray(places), 0), pattern);
}
