/** @file Sparse arrays made of nothing but a shape: empty ones, identities, random ones. */
import { NDArray } from "../../../core/array.ts";
import { checkFlag, checkFunction, checkOneOf, checkWhole, refuseMore, show } from "../../../base/checks.ts";
import { ArgumentError, checkOptions } from "../../../base/errors.ts";
import { prod } from "../../../base/util.ts";
import { type DType, defaultFloat, toDType } from "../../../dtypes/dtype.ts";
import { toShape } from "../../../numpy/operands/shapes.ts";
import * as lax from "../../../lax/plain.ts";
import * as np from "../../../numpy/index.ts";
import { type Key, choice, keyData, split, uniform, wrapKeyData } from "../../../random/index.ts";
import { vmap } from "../../../api/vmap.ts";
import type { JAXSparse } from "../classes/base.ts";
import { BCOO } from "../classes/bcoo.ts";
import { BCSR } from "../classes/bcsr.ts";
import { indexDtypeOf } from "../classes/options.ts";
import { COO, CSC, CSR } from "../classes/views.ts";
import { checkAxisCounts, emptyOf, unravel } from "../parts/conversion.ts";
import { sortIndices } from "../parts/order.ts";
import { checkCoordinates, coordinates, splitShape } from "../parts/parts.ts";
import { joinColumns } from "../parts/places.ts";
import { offsetsFromRows } from "../parts/rows.ts";

/** The formats by their names. */
interface Formats {
  readonly bcoo: BCOO;
  readonly bcsr: BCSR;
  readonly coo: COO;
  readonly csr: CSR;
  readonly csc: CSC;
}

/** Options of `empty` and `eye`. */
export interface CreationOptions<F extends keyof Formats = keyof Formats> {
  /** The default float, unless given. */
  readonly dtype?: DType | null | undefined;
  /** "int32" by default. */
  readonly indexDtype?: DType | undefined;
  /** "bcoo" by default. */
  readonly sparseFormat?: F | undefined;
  /** Number of batch axes, 0 by default: of "bcoo" and "bcsr". */
  readonly nBatch?: number | undefined;
  /** Number of dense axes, 0 by default: of "bcoo" and "bcsr". */
  readonly nDense?: number | undefined;
  /** Of "bcoo" and "bcsr" that are empty: number of entries, all of them padding; 0 by default. */
  readonly nse?: number | undefined;
}

interface Settled {
  readonly dtype: DType;
  readonly indexDtype: DType;
  readonly format: keyof Formats;
  readonly nBatch: number;
  readonly nDense: number;
  readonly nse: number;
}

function settled(where: string, options: CreationOptions | undefined, names: readonly string[]): Settled {
  checkOptions(where, options, names);
  const o = options ?? {};
  const format = o.sparseFormat ?? "bcoo";
  checkOneOf(where, "sparseFormat", format, ["bcsr", "bcoo", "coo", "csr", "csc"]);
  const batched = format === "bcoo" || format === "bcsr";
  const { nBatch = 0, nDense = 0, nse = 0 } = o;
  if (!batched && (nBatch !== 0 || nDense !== 0 || nse !== 0))
    throw new ArgumentError(
      `${where}: "${format}" is for matrices without batch axes, dense axes and padding.`,
    );
  const dtype = o.dtype === undefined || o.dtype === null ? defaultFloat() : toDType(o.dtype, where);
  return { dtype, indexDtype: indexDtypeOf(where, o.indexDtype), format, nBatch, nDense, nse };
}

const emptyVector = (dtype: DType): NDArray => lax.full([0], dtype === "bool" ? false : 0, dtype);

function emptyIn(where: string, shape: readonly number[], o: Settled): JAXSparse {
  const { format, dtype, indexDtype } = o;
  const none = emptyVector(indexDtype);
  if (format === "bcoo") return BCOO.of(emptyOf(where, shape, dtype, indexDtype, o));
  if (format === "bcsr") {
    const x = emptyOf(where, shape, dtype, indexDtype, o);
    const { nBatch, nDense } = o;
    if (shape.length - nBatch - nDense !== 2)
      throw new ArgumentError(
        `${where}: "bcsr" is for two sparse axes; got ${shape.length - nBatch - nDense}.`,
      );
    const batch = shape.slice(0, nBatch);
    const indices = lax.full([...batch, o.nse], shape[nBatch + 1], indexDtype);
    const indptr = lax.full([...batch, shape[nBatch] + 1], 0, indexDtype);
    return BCSR.of({ ...x, indices, indptr, indicesSorted: false, uniqueIndices: false });
  }
  if (shape.length !== 2)
    throw new ArgumentError(`${where}: "${format}" is for matrices; got ${shape.length} axes.`);
  const data = emptyVector(dtype);
  if (format === "coo") return COO.of([data, none, none], { shape, rowsSorted: true, colsSorted: true });
  const offsets = lax.full([shape[format === "csr" ? 0 : 1] + 1], 0, indexDtype);
  return (format === "csr" ? CSR : CSC).of([data, none, offsets], { shape });
}

const emptyNames = ["dtype", "indexDtype", "sparseFormat", "nBatch", "nDense", "nse"];

/**
 * A sparse array without entries, or with `nse` of padding.
 * @throws ArgumentError for formats that there are not, and options that do not fit them
 * @see jax.experimental.sparse.empty
 * @example
 * const m = experimental.sparse.empty([2, 3]);
 * String(m); // "BCOO(float64[2,3], nse=0)"
 * m.todense().js(); // [[0, 0, 0], [0, 0, 0]]
 */
export function empty<F extends keyof Formats = "bcoo">(
  shape: readonly number[],
  options?: CreationOptions<F>,
  ...more: []
): Formats[F];
export function empty(
  shape: readonly number[],
  options?: CreationOptions,
  ...more: readonly unknown[]
): JAXSparse {
  refuseMore("empty", 2, more);
  const o = settled("empty", options, emptyNames);
  return emptyIn("empty", toShape(shape, "empty"), o);
}

const eyeNames = ["M", "k", "dtype", "indexDtype", "sparseFormat", "nBatch", "nDense"];

/** Options of `eye`. */
export interface EyeOptions<F extends keyof Formats = keyof Formats> extends Omit<CreationOptions<F>, "nse"> {
  /** Number of columns: as many as rows, by default. */
  readonly M?: number | undefined;
  /** Which diagonal: 0 by default, above it positive. */
  readonly k?: number | undefined;
}

/** The rows and columns of a diagonal. */
function diagonal(n: number, k: number, dtype: DType): [row: NDArray, col: NDArray] {
  const at = lax.iota(dtype, n);
  const shift = (by: number): NDArray => lax.add(at, lax.full([n], by, dtype));
  return [shift(Math.max(0, -k)), shift(Math.max(0, k))];
}

/** A diagonal as coordinates; with a batch axis, rows without an element have padding. */
function eyeBcoo(rows: number, cols: number, k: number, n: number, o: Settled): BCOO {
  const { dtype, indexDtype, nBatch, nDense } = o;
  if (nDense > 0 || nBatch > 1) {
    const dense = np.eye(rows, { M: cols, k, dtype });
    return BCOO.fromdense(dense, { nBatch, nDense, indexDtype });
  }
  const shape = [rows, cols];
  if (nBatch === 0) {
    const [row, col] = diagonal(n, k, indexDtype);
    const parts = coordinates(
      lax.full([n], dtype === "bool" ? true : 1, dtype),
      joinColumns([row, col], row),
      shape,
    );
    return BCOO.of({ ...parts, indicesSorted: true, uniqueIndices: true });
  }
  const at = lax.add(lax.iota(indexDtype, rows), lax.full([rows], k, indexDtype));
  const inside = lax.bitwiseAnd(
    lax.ge(at, lax.full([rows], 0, indexDtype)),
    lax.lt(at, lax.full([rows], cols, indexDtype)),
  );
  const indices = lax.select(inside, at, lax.full([rows], cols, indexDtype));
  const data = lax.convertElementType(inside, dtype);
  const parts = coordinates(lax.reshape(data, [rows, 1]), lax.reshape(indices, [rows, 1, 1]), shape);
  return BCOO.of({ ...parts, indicesSorted: true, uniqueIndices: true });
}

/**
 * The matrix with ones on a diagonal.
 * @throws ArgumentError for formats that there are not, and options that do not fit them
 * @see jax.experimental.sparse.eye
 * @example
 * const m = experimental.sparse.eye(2, { M: 3, k: 1 });
 * m.todense().js(); // [[0, 1, 0], [0, 0, 1]]
 */
export function eye<F extends keyof Formats = "bcoo">(
  N: number,
  options?: EyeOptions<F>,
  ...more: []
): Formats[F];
export function eye(N: number, options?: EyeOptions, ...more: readonly unknown[]): JAXSparse {
  const where = "eye";
  refuseMore(where, 2, more);
  const o = settled(where, options, eyeNames);
  checkWhole(where, "N", N);
  const { M = N, k = 0 } = options ?? {};
  checkWhole(where, "M", M);
  checkWhole(where, "k", k, -(2 ** 31));
  checkAxisCounts(where, 2, o.nBatch, o.nDense);
  const n = k > 0 ? Math.min(N, M - k) : Math.min(N + k, M);
  if (n <= 0) return emptyIn(where, [N, M], o);
  const { format, dtype, indexDtype } = o;
  if (format === "bcoo") return eyeBcoo(N, M, k, n, o);
  const ones = lax.full([n], dtype === "bool" ? true : 1, dtype);
  const [row, col] = diagonal(n, k, indexDtype);
  const shape = [N, M];
  if (format === "coo") return COO.of([ones, row, col], { shape, rowsSorted: true, colsSorted: true });
  if (format === "csr") return CSR.of([ones, col, offsetsFromRows(row, N, indexDtype)], { shape });
  if (format === "csc") return CSC.of([ones, row, offsetsFromRows(col, M, indexDtype)], { shape });
  return BCSR.fromBcoo(eyeBcoo(N, M, k, n, o));
}

/** Options of `randomBcoo`. */
export interface RandomOptions {
  /** The dtype of entries: the default float, unless given. */
  readonly dtype?: DType | undefined;
  /** "int32" by default. */
  readonly indicesDtype?: DType | undefined;
  /** Number of entries in each lane; below 1, which part of all places: 0.2 by default. */
  readonly nse?: number | undefined;
  readonly nBatch?: number | undefined;
  readonly nDense?: number | undefined;
  /** Whether no position occurs twice: true by default. */
  readonly uniqueIndices?: boolean | undefined;
  /** Whether positions are in order: false by default. */
  readonly sortedIndices?: boolean | undefined;
  /** A function of a key and of `{ shape, dtype }` that gives the entries: `random.uniform` by default. */
  readonly generator?:
    | ((key: Key, options: { readonly shape: readonly number[]; readonly dtype: DType }) => NDArray)
    | undefined;
}

const randomNames = [
  "dtype",
  "indicesDtype",
  "nse",
  "nBatch",
  "nDense",
  "uniqueIndices",
  "sortedIndices",
  "generator",
];

/** The number of entries in a lane of so many places. @throws ArgumentError for more */
function entriesIn(where: string, nse: unknown, places: number): number {
  if (typeof nse !== "number" || !(nse >= 0 && nse < places))
    throw new ArgumentError(
      `${where}: nse must be from 0 to below ${places}, the number of places; got ${show(nse)}.`,
    );
  const n = nse < 1 ? Math.ceil(nse * places) : nse;
  checkWhole(where, "nse", n);
  return n;
}

/**
 * A random array in coordinates, the same as JAX gives for that key: entries that a generator gives, at positions that are equally likely.
 * @throws ArgumentError for numbers of axes and of entries that do not fit
 * @see jax.experimental.sparse.random_bcoo
 * @example
 * const m = experimental.sparse.randomBcoo(random.key(0), [4, 5], { nse: 3 });
 * String(m); // "BCOO(float64[4,5], nse=3)"
 */
export function randomBcoo(key: Key, shape: readonly number[], options?: RandomOptions, ...more: []): BCOO {
  const where = "randomBcoo";
  refuseMore(where, 3, more);
  checkOptions(where, options, randomNames);
  const sizes = toShape(shape, where);
  const o = options ?? {};
  const { nBatch = 0, nDense = 0, uniqueIndices = true, sortedIndices = false } = o;
  checkAxisCounts(where, sizes.length, nBatch, nDense);
  checkFlag(where, "uniqueIndices", uniqueIndices);
  checkFlag(where, "sortedIndices", sortedIndices);
  const dtype = o.dtype === undefined ? defaultFloat() : toDType(o.dtype, where);
  const indexDtype = indexDtypeOf(where, o.indicesDtype);
  const nSparse = sizes.length - nBatch - nDense;
  const [batch, sparse, dense] = splitShape(sizes, { nBatch, nSparse });
  const places = prod(sparse);
  const nse = entriesIn(where, o.nse ?? 0.2, places);
  const generator =
    o.generator ??
    ((k: Key, given: { readonly shape: readonly number[]; readonly dtype: DType }) => uniform(k, given));
  checkFunction(where, "generator", generator);
  const lanes = prod(batch);
  const words = keyData(split(key, [lanes + 1]));
  const own = wrapKeyData(lax.indexInDim(words, 0, 0, false));
  const data = generator(own, { shape: [...batch, nse, ...dense], dtype });
  if (!(data instanceof NDArray))
    throw new ArgumentError(`${where}: the generator must return an array; got ${show(data)}.`);
  const positions = (k: NDArray): NDArray => {
    if (nSparse === 0) return lax.full([nse, 0], 0, indexDtype);
    const flat = choice(k, places, { shape: [nse], replace: !uniqueIndices });
    return unravel(lax.convertElementType(flat, "int32"), sparse, indexDtype);
  };
  const rest = lax.sliceInDim(words, 1, lanes + 1, 1, 0);
  const indices = lax.reshape(vmap(positions)(rest), [...batch, nse, nSparse]);
  checkCoordinates(where, data, indices, sizes);
  const out = coordinates(data, indices, sizes);
  return BCOO.of(sortedIndices ? sortIndices(out) : out);
}
