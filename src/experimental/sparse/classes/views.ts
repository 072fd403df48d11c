/** @file `COO`, `CSR` and `CSC`: matrices without batch axes, of which the last two are views of one another. */
import type { ArrayLike, NDArray } from "../../../core/array.ts";
import { type PytreeNode, asNode } from "../../../core/tree.ts";
import { checkFlag, refuseMore } from "../../../base/checks.ts";
import { ShapeError, checkOptions } from "../../../base/errors.ts";
import { arraysEqual } from "../../../base/util.ts";
import { shapeString } from "../../../dtypes/shape.ts";
import { asArray } from "../../../lax/operands/convert.ts";
import * as lax from "../../../lax/plain.ts";
import { toDense, unravel } from "../parts/conversion.ts";
import { type Coordinates, type Rows, coordinates } from "../parts/parts.ts";
import { column, joinColumns } from "../parts/places.ts";
import { offsetsFromRows, toCoordinates } from "../parts/rows.ts";
import { JAXSparse } from "./base.ts";
import {
  type CooOptions,
  type MatrixOptions,
  type Parts,
  type ViewOptions,
  entriesGiven,
  partsOf,
  product,
} from "./matrices.ts";

type CooAux = {
  readonly shape: readonly number[];
  readonly rowsSorted: boolean;
  readonly colsSorted: boolean;
};

/**
 * A matrix in coordinates: entry e is `data[e]`, in row `row[e]` and column `col[e]`.
 * @see jax.experimental.sparse.COO
 * @example
 * const m = experimental.sparse.COO.fromdense(np.array([[0, 2], [1, 0]]));
 * m.row.js(); // [0, 1]
 * m.matmul(np.array([3, 4])).js(); // [8, 3]
 */
export class COO extends JAXSparse {
  readonly data: NDArray;
  readonly row: NDArray;
  readonly col: NDArray;
  readonly shape: readonly number[];
  readonly rowsSorted: boolean;
  readonly colsSorted: boolean;

  /** @throws ShapeError, DTypeError unless the parts are three vectors of one length for a matrix */
  constructor(parts: readonly [data: ArrayLike, row: ArrayLike, col: ArrayLike], options: CooOptions) {
    super();
    checkOptions("COO", options, ["shape", "rowsSorted", "colsSorted"]);
    const given = partsOf("COO", parts, options, ["data", "row", "col"]);
    [this.data, this.row, this.col] = given.parts;
    this.shape = given.shape;
    this.rowsSorted = options.rowsSorted ?? false;
    this.colsSorted = options.colsSorted ?? false;
    checkFlag("COO", "rowsSorted", this.rowsSorted);
    checkFlag("COO", "colsSorted", this.colsSorted);
    if (!given.parts.every((x) => x.ndim === 1 && arraysEqual(x.shape, this.data.shape)))
      throw new ShapeError(
        `COO: data, row and col must be vectors of one length; got shapes ${given.parts.map((x) => shapeString(x.shape)).join(", ")}.`,
      );
  }

  /** @internal The matrix of these parts. */
  static of([data, row, col]: Parts, { shape, rowsSorted, colsSorted }: CooAux): COO {
    const out = Object.create(COO.prototype) as {
      -readonly [K in "data" | "row" | "col" | keyof CooAux]: COO[K];
    };
    Object.assign(out, { data, row, col, shape, rowsSorted, colsSorted });
    return out as COO;
  }

  /** The nonzero elements of a dense matrix, row by row. */
  static fromdense(dense: ArrayLike, options?: MatrixOptions, ...more: []): COO {
    refuseMore("COO.fromdense", 2, more);
    return cooOf("COO.fromdense", dense, options);
  }

  protected describe(): readonly [name: string] {
    return ["COO"];
  }
  get nse(): number {
    return this.row.size;
  }
  override get T(): COO {
    return this.transpose();
  }
  /** @internal */
  get entries(): Coordinates {
    const [row, col] = [this.row, this.col.astype(this.row.dtype)];
    return coordinates(this.data, joinColumns([row, col], row), this.shape);
  }
  todense(): NDArray {
    return toDense(this.entries);
  }
  /** Rows and columns exchanged. */
  transpose(...more: []): COO {
    refuseMore("COO.transpose", 0, more);
    const aux = {
      shape: [...this.shape].reverse(),
      rowsSorted: this.colsSorted,
      colsSorted: this.rowsSorted,
    };
    return COO.of([this.data, this.col, this.row], aux);
  }
  /** The product with a vector or a dense matrix. */
  matmul(other: ArrayLike, ...more: []): NDArray {
    refuseMore("COO.matmul", 1, more);
    return product({ of: "COO.matmul", x: this.entries, transpose: false }, other);
  }
  get [asNode](): PytreeNode<COO, CooAux> {
    return cooNode;
  }
}

const cooNode: PytreeNode<COO, CooAux> = {
  flatten: ({ data, row, col, shape, rowsSorted, colsSorted }) => ({
    children: [data, row, col],
    aux: { shape, rowsSorted, colsSorted },
    keys: ["data", "row", "col"],
  }),
  unflatten: (aux, children) => COO.of(children as unknown as Parts, aux),
};

/** The matrix in coordinates of a dense one; places that are left over are given as the first, with zeros. */
export function cooOf(where: string, given: ArrayLike, options: MatrixOptions | undefined): COO {
  const { dense, data, flat, indexDtype } = entriesGiven(where, given, options);
  const inside = lax.lt(flat, lax.fullLike(flat, dense.size));
  const first = lax.select(inside, flat, lax.fullLike(flat, 0));
  const at = unravel(first, dense.shape, indexDtype);
  return COO.of([data, column(at, 0), column(at, 1)], {
    shape: dense.shape,
    rowsSorted: true,
    colsSorted: false,
  });
}

type ViewAux = { readonly shape: readonly number[] };

/** What a matrix of compressed rows or columns consists of. */
function compressedParts(
  where: string,
  given: unknown,
  options: unknown,
  axis: 0 | 1,
): { parts: Parts; shape: readonly number[] } {
  checkOptions(where, options as ViewOptions, ["shape"]);
  const { parts, shape } = partsOf(where, given, options, ["data", "indices", "indptr"]);
  const [data, indices, indptr] = parts;
  if (
    data.ndim !== 1 ||
    !arraysEqual(data.shape, indices.shape) ||
    !arraysEqual(indptr.shape, [shape[axis] + 1])
  )
    throw new ShapeError(
      `${where}: data and indices must be vectors of one length and indptr one of ${shape[axis] + 1}; got shapes ` +
        `${parts.map((x) => shapeString(x.shape)).join(", ")}.`,
    );
  return { parts, shape };
}

/** A matrix of compressed rows as an array of such. */
const rowsOf = ([data, indices, indptr]: Parts, shape: readonly number[]): Rows => ({
  data,
  indices,
  indptr,
  shape,
  indicesSorted: false,
  uniqueIndices: false,
});

/**
 * A matrix of compressed rows: row i has the entries from `indptr[i]` to `indptr[i + 1]`, `data[e]` in column `indices[e]`.
 * @see jax.experimental.sparse.CSR
 * @example
 * const m = experimental.sparse.CSR.fromdense(np.array([[0, 2], [1, 0]]));
 * m.indptr.js(); // [0, 1, 2]
 * m.matmul(np.array([3, 4])).js(); // [8, 3]
 */
export class CSR extends JAXSparse {
  readonly data: NDArray;
  readonly indices: NDArray;
  readonly indptr: NDArray;
  readonly shape: readonly number[];

  /** @throws ShapeError, DTypeError unless the parts are those of a matrix of this shape */
  constructor(
    parts: readonly [data: ArrayLike, indices: ArrayLike, indptr: ArrayLike],
    options: ViewOptions,
  ) {
    super();
    const given = compressedParts("CSR", parts, options, 0);
    [this.data, this.indices, this.indptr] = given.parts;
    this.shape = given.shape;
  }
  /** @internal The matrix of these parts. */
  static of([data, indices, indptr]: Parts, { shape }: ViewAux): CSR {
    const out = Object.create(CSR.prototype) as {
      -readonly [K in "data" | "indices" | "indptr" | "shape"]: CSR[K];
    };
    Object.assign(out, { data, indices, indptr, shape });
    return out as CSR;
  }
  /** The nonzero elements of a dense matrix, row by row. */
  static fromdense(dense: ArrayLike, options?: MatrixOptions, ...more: []): CSR {
    refuseMore("CSR.fromdense", 2, more);
    return csrOf("CSR.fromdense", dense, options);
  }
  protected describe(): readonly [name: string] {
    return ["CSR"];
  }
  get nse(): number {
    return this.indices.size;
  }
  override get T(): CSC {
    return this.transpose();
  }
  /** @internal */
  get entries(): Rows {
    return rowsOf([this.data, this.indices, this.indptr], this.shape);
  }
  todense(): NDArray {
    return toDense(toCoordinates(this.entries));
  }
  /** The transpose: the same parts as compressed columns. */
  transpose(...more: []): CSC {
    refuseMore("CSR.transpose", 0, more);
    return CSC.of([this.data, this.indices, this.indptr], { shape: [...this.shape].reverse() });
  }
  /** The product with a vector or a dense matrix. */
  matmul(other: ArrayLike, ...more: []): NDArray {
    refuseMore("CSR.matmul", 1, more);
    return product({ of: "CSR.matmul", x: this.entries, transpose: false }, other);
  }
  get [asNode](): PytreeNode<CSR, ViewAux> {
    return csrNode;
  }
}

/** The matrix of compressed rows of a dense one; entries that are left over are padding in column 0. */
export function csrOf(where: string, given: ArrayLike, options: MatrixOptions | undefined): CSR {
  const { dense, data, flat, indexDtype } = entriesGiven(where, given, options);
  const [rows, cols] = dense.shape;
  const at = unravel(flat, dense.shape, indexDtype);
  const col = column(at, 1);
  const inside = lax.lt(col, lax.fullLike(col, cols));
  const indices = lax.select(inside, col, lax.fullLike(col, 0));
  return CSR.of([data, indices, offsetsFromRows(column(at, 0), rows, indexDtype)], { shape: dense.shape });
}

/**
 * A matrix of compressed columns: column j has the entries from `indptr[j]` to `indptr[j + 1]`, `data[e]` in row `indices[e]`.
 * @see jax.experimental.sparse.CSC
 * @example
 * const m = experimental.sparse.CSC.fromdense(np.array([[0, 2], [1, 0]]));
 * m.indices.js(); // [1, 0]
 * m.T.todense().js(); // [[0, 1], [2, 0]]
 */
export class CSC extends JAXSparse {
  readonly data: NDArray;
  readonly indices: NDArray;
  readonly indptr: NDArray;
  readonly shape: readonly number[];

  /** @throws ShapeError, DTypeError unless the parts are those of a matrix of this shape */
  constructor(
    parts: readonly [data: ArrayLike, indices: ArrayLike, indptr: ArrayLike],
    options: ViewOptions,
  ) {
    super();
    const given = compressedParts("CSC", parts, options, 1);
    [this.data, this.indices, this.indptr] = given.parts;
    this.shape = given.shape;
  }
  /** @internal The matrix of these parts. */
  static of([data, indices, indptr]: Parts, { shape }: ViewAux): CSC {
    const out = Object.create(CSC.prototype) as {
      -readonly [K in "data" | "indices" | "indptr" | "shape"]: CSC[K];
    };
    Object.assign(out, { data, indices, indptr, shape });
    return out as CSC;
  }
  /** The nonzero elements of a dense matrix, column by column. */
  static fromdense(dense: ArrayLike, options?: MatrixOptions, ...more: []): CSC {
    refuseMore("CSC.fromdense", 2, more);
    const x = asArray(dense, "CSC.fromdense");
    return csrOf("CSC.fromdense", x.ndim === 2 ? lax.transpose(x, [1, 0]) : x, options).T;
  }
  protected describe(): readonly [name: string] {
    return ["CSC"];
  }
  get nse(): number {
    return this.indices.size;
  }
  override get T(): CSR {
    return this.transpose();
  }
  todense(): NDArray {
    return lax.transpose(this.T.todense(), [1, 0]);
  }
  /** The transpose: the same parts as compressed rows. */
  transpose(...more: []): CSR {
    refuseMore("CSC.transpose", 0, more);
    return CSR.of([this.data, this.indices, this.indptr], { shape: [...this.shape].reverse() });
  }
  /** The product with a vector or a dense matrix. */
  matmul(other: ArrayLike, ...more: []): NDArray {
    refuseMore("CSC.matmul", 1, more);
    return product({ of: "CSC.matmul", x: this.T.entries, transpose: true }, other);
  }
  get [asNode](): PytreeNode<CSC, ViewAux> {
    return cscNode;
  }
}

const csrNode: PytreeNode<CSR, ViewAux> = {
  flatten: ({ data, indices, indptr, shape }) => ({
    children: [data, indices, indptr],
    aux: { shape },
    keys: ["data", "indices", "indptr"],
  }),
  unflatten: (aux, children) => CSR.of(children as unknown as Parts, aux),
};

const cscNode: PytreeNode<CSC, ViewAux> = {
  flatten: ({ data, indices, indptr, shape }) => ({
    children: [data, indices, indptr],
    aux: { shape },
    keys: ["data", "indices", "indptr"],
  }),
  unflatten: (aux, children) => CSC.of(children as unknown as Parts, aux),
};
