/** @file Matrices by their diagonals and triangles: eye, tri, diag, tril, vander, and the indices of such parts. */
import { type ArrayLike, type NDArray } from "../../core/array.ts";
import { type DType, defaultFloat, defaultInt, isInexact, toDType } from "../../dtypes/dtype.ts";
import { canonicalAxis, otherAxes, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { range } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { array } from "./array.ts";
import { ones, toShape } from "./creation.ts";
import { power } from "../ufuncs/power.ts";

/** Options of `eye` and `tri`. */
export interface EyeOptions {
  readonly M?: number | null | undefined;
  readonly k?: number | undefined;
  readonly dtype?: DType | null | undefined;
}

type EyeRest = Rest<[M: number | null, k: number, dtype: DType | null], EyeOptions>;

/** True where `compare(row + k, column)`. */
function mask(
  shape: readonly number[],
  k: number,
  compare: (row: ArrayLike, column: ArrayLike) => NDArray,
): NDArray {
  const row = lax.broadcastedIota("int32", shape, shape.length - 2);
  const column = lax.broadcastedIota("int32", shape, shape.length - 1);
  return compare(k === 0 ? row : lax.add(row, k), column);
}

function checkOffset(name: string, k: number): void {
  if (!Number.isInteger(k)) throw new ArgumentError(`${name}: the diagonal k must be an integer; got ${k}.`);
}

function matrix(
  name: string,
  n: number,
  rest: readonly unknown[],
  compare: (row: ArrayLike, column: ArrayLike) => NDArray,
  defaultDType: () => DType,
): NDArray {
  const { M, k = 0, dtype } = resolveArgs<EyeOptions>(name, rest, ["M", "k", "dtype"]);
  checkOffset(name, k);
  const shape = toShape([n, M ?? n], name);
  return lax.convertElementType(mask(shape, k, compare), toDType(dtype ?? defaultDType(), name));
}

/** N × M (square by default) with ones on the k-th diagonal and zeros elsewhere. */
export function eye(N: number, ...rest: EyeRest): NDArray {
  return matrix("eye", N, rest, lax.eq, defaultFloat);
}

/** The identity matrix. */
export function identity(n: number, ...rest: Rest<[dtype: DType | null], { dtype?: DType | null }>): NDArray {
  const { dtype } = resolveArgs<{ dtype?: DType | null }>("identity", rest, ["dtype"]);
  return eye(n, { dtype });
}

/** N × M with ones on and below the k-th diagonal, zeros above; float32 as in JAX unless a dtype is given. */
export function tri(N: number, ...rest: EyeRest): NDArray {
  return matrix("tri", N, rest, lax.ge, () => "float32");
}

interface OffsetOptions {
  readonly k?: number | undefined;
}
type OffsetRest = Rest<[k: number], OffsetOptions>;

function offset(name: string, rest: readonly unknown[]): number {
  const { k = 0 } = resolveArgs<OffsetOptions>(name, rest, ["k"]);
  checkOffset(name, k);
  return k;
}

function triangle(name: string, m: ArrayLike, rest: readonly unknown[], upper: boolean): NDArray {
  const k = offset(name, rest);
  const x = asArray(m, name);
  if (x.ndim < 2) throw new ShapeError(`${name}: expected at least 2 dimensions; got ${String(x.aval)}.`);
  const lower = mask(x.shape, upper ? k - 1 : k, lax.ge);
  const zero = asDType(0, x.dtype, x.weakType, name);
  return upper ? lax.select(lower, zero, x) : lax.select(lower, x, zero);
}

/** The lower triangle of the last two axes: zeros above the k-th diagonal. */
export function tril(m: ArrayLike, ...rest: OffsetRest): NDArray {
  return triangle("tril", m, rest, false);
}

/** The upper triangle of the last two axes: zeros below the k-th diagonal. */
export function triu(m: ArrayLike, ...rest: OffsetRest): NDArray {
  return triangle("triu", m, rest, true);
}

/** Options of `diagonal`. */
export interface DiagonalOptions {
  readonly offset?: number | undefined;
  readonly axis1?: number | undefined;
  readonly axis2?: number | undefined;
}

function diagonalOf(name: string, x: NDArray, k: number, axis1: number, axis2: number): NDArray {
  if (x.ndim < 2) throw new ShapeError(`${name}: expected at least 2 dimensions; got ${String(x.aval)}.`);
  checkOffset(name, k);
  const [a, b] = [canonicalAxis(axis1, x.ndim, name), canonicalAxis(axis2, x.ndim, name)];
  if (a === b) throw new ArgumentError(`${name}: axis1 and axis2 must differ; both are ${a}.`);
  const outer = otherAxes(x.ndim, [a, b]);
  const batch = outer.map((i) => x.shape[i]);
  const [rows, columns] = [x.shape[a], x.shape[b]];
  const [r, c] = [Math.max(-k, 0), Math.max(k, 0)];
  const n = Math.max(0, Math.min(rows - r, columns - c));
  if (n === 0) return lax.full([...batch, 0], 0, x.dtype);
  const last = lax.transpose(x, [...outer, a, b]);
  // In row-major order the elements of a diagonal stand columns + 1 apart.
  const flat = lax.reshape(last, [...batch, rows * columns]);
  const first = r * columns + c;
  const starts = [...batch.map(() => 0), first];
  const limits = [...batch, first + (n - 1) * (columns + 1) + 1];
  return lax.slice(flat, starts, limits, [...batch.map(() => 1), columns + 1]);
}

/** The diagonal of axes axis1 and axis2 (0 and 1), as the last axis of the result. */
export function diagonal(
  a: ArrayLike,
  ...rest: Rest<[offset: number, axis1: number, axis2: number], DiagonalOptions>
): NDArray {
  const {
    offset: k = 0,
    axis1 = 0,
    axis2 = 1,
  } = resolveArgs<DiagonalOptions>("diagonal", rest, ["offset", "axis1", "axis2"]);
  return diagonalOf("diagonal", asArray(a, "diagonal"), k, axis1, axis2);
}

/** A matrix from a flat array: its k-th diagonal, zeros elsewhere. */
function fromDiagonal(v: NDArray, k: number): NDArray {
  const n = v.size + Math.abs(k);
  const zero = asDType(0, v.dtype, v.weakType, "diag");
  if (v.size === 0) return lax.full([n, n], 0, v.dtype);
  const low = k >= 0 ? k : -k * n;
  const covered = (v.size - 1) * (n + 1) + 1;
  return lax.reshape(lax.pad(v, zero, [[low, n * n - low - covered, n]]), [n, n]);
}

/** The k-th diagonal of a matrix, or the matrix that has a flat array as its k-th diagonal. */
export function diag(v: ArrayLike, ...rest: OffsetRest): NDArray {
  const k = offset("diag", rest);
  const x = asArray(v, "diag");
  if (x.ndim === 1) return fromDiagonal(x, k);
  if (x.ndim === 2) return diagonalOf("diag", x, k, 0, 1);
  throw new ShapeError(`diag: expected 1 or 2 dimensions; got shape ${shapeString(x.shape)}.`);
}

/** The matrix that has the elements of `v`, flattened, as its k-th diagonal. */
export function diagflat(v: ArrayLike, ...rest: OffsetRest): NDArray {
  const k = offset("diagflat", rest);
  const x = asArray(v, "diagflat");
  return fromDiagonal(lax.reshape(x, [x.size]), k);
}

/** Options of `trace`. */
export interface TraceOptions extends DiagonalOptions {
  readonly dtype?: DType | null | undefined;
  readonly out?: null | undefined;
}

/** Sum of a diagonal. */
export function trace(
  a: ArrayLike,
  ...rest: Rest<[offset: number, axis1: number, axis2: number, dtype: DType | null, out: null], TraceOptions>
): NDArray {
  const options = resolveArgs<TraceOptions>("trace", rest, ["offset", "axis1", "axis2", "dtype", "out"]);
  const { offset: k = 0, axis1 = 0, axis2 = 1, dtype } = options;
  const d = diagonalOf("trace", asArray(a, "trace"), k, axis1, axis2);
  const own = d.dtype === "bool" || d.dtype === "int8" || d.dtype === "int16" ? defaultInt : d.dtype;
  const unsigned = d.dtype === "uint8" || d.dtype === "uint16" ? "uint32" : own;
  const compute = dtype === undefined || dtype === null ? unsigned : toDType(dtype, "trace");
  return lax.reduceSum(lax.convertElementType(d, compute), [d.ndim - 1]);
}

/** Up to here the columns of a Vandermonde matrix are computed one by one. */
const maxColumns = 64;

/** Options of `vander`. */
export interface VanderOptions {
  readonly N?: number | null | undefined;
  readonly increasing?: boolean | undefined;
}

/** The Vandermonde matrix: the powers of `x` from N − 1 down to 0, or (increasing) from 0 up. */
export function vander(
  x: ArrayLike,
  ...rest: Rest<[N: number | null, increasing: boolean], VanderOptions>
): NDArray {
  const { N, increasing = false } = resolveArgs<VanderOptions>("vander", rest, ["N", "increasing"]);
  const a = asArray(x, "vander");
  if (a.ndim !== 1) throw new ShapeError(`vander: expected a 1-dimensional array; got ${String(a.aval)}.`);
  const n = N ?? a.size;
  toShape([n], "vander");
  if (isInexact(a.dtype) && n > 0 && n <= maxColumns) {
    // Whole powers: their derivatives exist at 0.
    const columns = range(n).map((k) => lax.expandDims(lax.integerPow(a, increasing ? k : n - 1 - k), [1]));
    return lax.concatenate(columns, 1);
  }
  const iota = lax.iota("int32", n);
  return power(lax.reshape(a, [a.size, 1]), increasing ? iota : lax.sub(n - 1, iota));
}

function pairs(
  name: string,
  n: number,
  m: number,
  keep: (i: number, j: number) => boolean,
): [NDArray, NDArray] {
  toShape([n, m], name);
  const rows: number[] = [];
  const columns: number[] = [];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++)
      if (keep(i, j)) {
        rows.push(i);
        columns.push(j);
      }
  return [array(rows, { dtype: "int32" }), array(columns, { dtype: "int32" })];
}

/** Options of `trilIndices` and `triuIndices`. */
export interface TriangleIndicesOptions {
  readonly k?: number | undefined;
  readonly m?: number | null | undefined;
}
type TriangleRest = Rest<[k: number, m: number | null], TriangleIndicesOptions>;

/** Rows and columns of the lower triangle of an n × m matrix. */
export function trilIndices(n: number, ...rest: TriangleRest): [NDArray, NDArray] {
  const { k = 0, m } = resolveArgs<TriangleIndicesOptions>("trilIndices", rest, ["k", "m"]);
  return pairs("trilIndices", n, m ?? n, (i, j) => j - i <= k);
}

/** Rows and columns of the upper triangle of an n × m matrix. */
export function triuIndices(n: number, ...rest: TriangleRest): [NDArray, NDArray] {
  const { k = 0, m } = resolveArgs<TriangleIndicesOptions>("triuIndices", rest, ["k", "m"]);
  return pairs("triuIndices", n, m ?? n, (i, j) => j - i >= k);
}

function matrixShape(name: string, arr: ArrayLike): readonly [number, number] {
  const { shape } = asArray(arr, name);
  if (shape.length !== 2)
    throw new ShapeError(`${name}: expected 2 dimensions; got shape ${shapeString(shape)}.`);
  return [shape[0], shape[1]];
}

/** `trilIndices` for the shape of a matrix. */
export function trilIndicesFrom(arr: ArrayLike, ...rest: OffsetRest): [NDArray, NDArray] {
  const k = offset("trilIndicesFrom", rest);
  const [n, m] = matrixShape("trilIndicesFrom", arr);
  return trilIndices(n, { k, m });
}

/** `triuIndices` for the shape of a matrix. */
export function triuIndicesFrom(arr: ArrayLike, ...rest: OffsetRest): [NDArray, NDArray] {
  const k = offset("triuIndicesFrom", rest);
  const [n, m] = matrixShape("triuIndicesFrom", arr);
  return triuIndices(n, { k, m });
}

/** Indices of the main diagonal of an array of `ndim` (2) axes of size n. */
export function diagIndices(n: number, ...rest: Rest<[ndim: number], { ndim?: number }>): NDArray[] {
  const { ndim = 2 } = resolveArgs<{ ndim?: number }>("diagIndices", rest, ["ndim"]);
  toShape([n, ndim], "diagIndices");
  return range(ndim).map(() => lax.iota("int32", n));
}

/** `diagIndices` for the shape of an array whose axes have one size. */
export function diagIndicesFrom(arr: ArrayLike): NDArray[] {
  const { shape } = asArray(arr, "diagIndicesFrom");
  if (shape.length < 2 || shape.some((d) => d !== shape[0]))
    throw new ShapeError(
      `diagIndicesFrom: expected 2 or more axes of one size; got shape ${shapeString(shape)}.`,
    );
  return diagIndices(shape[0], shape.length);
}

/** Rows and columns where `maskFunc(ones([n, n]), k)` is not 0. */
export function maskIndices(
  n: number,
  maskFunc: (m: NDArray, k: number) => NDArray,
  ...rest: Rest<[k: number], { k?: number }>
): [NDArray, NDArray] {
  const { k = 0 } = resolveArgs<{ k?: number }>("maskIndices", rest, ["k"]);
  const data = maskFunc(ones([n, n]), k).dataSync();
  return pairs("maskIndices", n, n, (i, j) => data[i * n + j] !== 0);
}
