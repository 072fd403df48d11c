/** @file What matrices in coordinates, of compressed rows and of compressed columns have in common: what they are made from, and products. */
import type { ArrayLike, NDArray } from "../../../core/array.ts";
import { checkWhole } from "../../../base/checks.ts";
import { ArgumentError, DTypeError, ShapeError, checkOptions } from "../../../base/errors.ts";
import { type DType, isInteger } from "../../../dtypes/dtype.ts";
import { shapeString } from "../../../dtypes/shape.ts";
import { asArray } from "../../../lax/operands/convert.ts";
import * as lax from "../../../lax/plain.ts";
import * as np from "../../../numpy/index.ts";
import { countStored, extractAt, unravel } from "../parts/conversion.ts";
import { type Axes, dotDense, dotRows } from "../parts/dot.ts";
import type { Coordinates, Rows } from "../parts/parts.ts";
import { JAXSparse, partsGiven, shapeGiven } from "./base.ts";
import { indexDtypeOf } from "./options.ts";

/** How a matrix becomes a view of entries. */
export interface MatrixOptions {
  /** Number of entries: by default as many as are not zero, which must be known. */
  readonly nse?: number | undefined;
  /** The dtype of indices: "int32" by default. */
  readonly indexDtype?: DType | undefined;
}

/** What is known of a matrix beside its entries. */
export interface ViewOptions {
  readonly shape: readonly number[];
}

/** What is known of a matrix in coordinates beside its entries. */
export interface CooOptions extends ViewOptions {
  /** A promise that entries are in the order of rows, and of columns in each. */
  readonly rowsSorted?: boolean | undefined;
  /** A promise that entries are in the order of columns, and of rows in each. */
  readonly colsSorted?: boolean | undefined;
}

/** Data, and two vectors of indices. */
export type Parts = readonly [NDArray, NDArray, NDArray];

/** The nonzero entries of a dense matrix, in order: their places in the matrix, the size of the matrix where there are no more. */
export function entriesGiven(
  where: string,
  given: ArrayLike,
  options: MatrixOptions | undefined,
): { dense: NDArray; data: NDArray; flat: NDArray; indexDtype: DType } {
  checkOptions(where, options, ["nse", "indexDtype"]);
  const dense = asArray(given, where);
  if (dense.ndim !== 2)
    throw new ShapeError(`${where}: expected a matrix; got an array of shape ${shapeString(dense.shape)}.`);
  const indexDtype = indexDtypeOf(where, options?.indexDtype);
  const nse = options?.nse ?? countStored(where, dense, 0, 0);
  checkWhole(where, "nse", nse);
  const mask = lax.ne(dense, lax.fullLike(dense, dense.dtype === "bool" ? false : 0));
  const [found] = np.nonzero(lax.reshape(mask, [dense.size]), { size: nse, fillValue: dense.size });
  const flat = lax.convertElementType(found, "int32");
  const data = extractAt(unravel(flat, dense.shape, "int32"), dense, true);
  return { dense, data, flat, indexDtype };
}

/** The parts that were given. @throws ShapeError, DTypeError unless they are those of a matrix */
export function partsOf(
  where: string,
  given: unknown,
  options: unknown,
  names: readonly string[],
): { parts: Parts; shape: readonly number[] } {
  const parts = partsGiven(where, given, names);
  const shape = shapeGiven(where, options);
  if (shape.length !== 2)
    throw new ShapeError(`${where}: a matrix has two axes; got the shape ${shapeString(shape)}.`);
  for (const [i, x] of parts.slice(1).entries())
    if (!isInteger(x.dtype))
      throw new DTypeError(`${where}: ${names[i + 1]} must be integers; got ${x.dtype}.`);
  return { parts: [parts[0], parts[1], parts[2]], shape };
}

/** The entries and where they are, as the product takes them. */
interface Product {
  readonly of: string;
  readonly x: Coordinates | Rows;
  readonly transpose: boolean;
}

/** The product of a matrix, or its transpose, with a vector or a matrix. */
export function product({ of, x, transpose }: Product, given: ArrayLike, ndim?: number): NDArray {
  if (given instanceof JAXSparse)
    throw new ArgumentError(`${of}: products of two sparse matrices are for BCOO; got ${String(given)}.`);
  const y = asArray(given, of);
  const k = transpose ? 0 : 1;
  if ((ndim ?? y.ndim) !== y.ndim || y.ndim < 1 || y.ndim > 2 || y.shape[0] !== x.shape[k])
    throw new ShapeError(
      `${of}: expected ${ndim === 2 ? "a matrix" : ndim === 1 ? "a vector" : "a vector or a matrix"} of ${x.shape[k]} rows; got an array of shape ${shapeString(y.shape)}.`,
    );
  if (x.data.ndim !== 1)
    throw new ShapeError(
      `${of}: the matrix has batch axes: its data are of shape ${shapeString(x.data.shape)}.`,
    );
  const axes: Axes = { contract: [[k], [0]], batch: [[], []] };
  return "indptr" in x ? dotRows(of, x, y, axes) : dotDense(of, x, y, axes);
}
