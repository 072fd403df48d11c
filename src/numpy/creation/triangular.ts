/** @file Matrices by their diagonals and triangles: eye, tri, diag, tril, vander, and the indices of such parts. */
import { show, refuseMore } from "../../base/checks.ts";
import { type ArrayLike, type NDArray } from "../../core/array.ts";
import { type DType, defaultFloat, isInexact, isInteger, toDType } from "../../dtypes/dtype.ts";
import { canonicalAxis, otherAxes, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { range } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { cast, givenDType, strong } from "../operands/promote.ts";
import { flatten, toShape } from "../operands/shapes.ts";
import { promoteInteger } from "../reductions/common.ts";
import { power } from "../ufuncs/power.ts";
import { array } from "./array.ts";
import { ones } from "./creation.ts";

type Comparison = (row: ArrayLike, column: ArrayLike) => NDArray;

/** True where `compare(row + k, column)`. */
function mask(shape: readonly number[], k: number, compare: Comparison): NDArray {
  const row = lax.broadcastedIota("int32", shape, shape.length - 2);
  const column = lax.broadcastedIota("int32", shape, shape.length - 1);
  return compare(k === 0 ? row : lax.add(row, k), column);
}

function checkOffset(name: string, k: number): void {
  if (!Number.isInteger(k))
    throw new ArgumentError(`${name}: the diagonal k must be an integer; got ${show(k)}.`);
}

function checkMatrices(name: string, x: NDArray): void {
  if (x.ndim < 2) throw new ShapeError(`${name}: expected at least 2 dimensions; got ${String(x.aval)}.`);
}

/** The number of columns; by default that of rows. */
const columnsParam = param<[M: number | null]>()("M", null);
const eyeParams = [columnsParam, p.k, p.dtype] as const;
/** Options of `eye` and `tri`. */
export type EyeOptions = OptionsOf<typeof eyeParams>;

const matrix = (name: string, compare: Comparison, ownDType: () => DType) =>
  define(name, eyeParams, [], ({ M, k, dtype }, N: number) => {
    checkOffset(name, k);
    const shape = toShape([N, M ?? N], name);
    return lax.convertElementType(mask(shape, k, compare), toDType(dtype ?? ownDType(), name));
  });

/**
 * The N × M matrix (square by default) with ones on the k-th diagonal and zeros elsewhere.
 * @see jax.numpy.eye
 * @example
 * np.eye(2, 3, 1).js(); // [[0, 1, 0], [0, 0, 1]]
 */
export const eye = matrix("eye", lax.eq, defaultFloat);

/**
 * The identity matrix of `n` rows.
 * @see jax.numpy.identity
 * @example
 * np.identity(2).js(); // [[1, 0], [0, 1]]
 */
export const identity = define("identity", [p.dtype], [], ({ dtype }, n: number) => eye(n, { dtype }));

/**
 * The N × M matrix with ones on and below the k-th diagonal, zeros above; float32 as in JAX unless a dtype is given.
 * @see jax.numpy.tri
 * @example
 * np.tri(2, 3).js(); // [[1, 0, 0], [1, 1, 0]]
 */
export const tri = matrix("tri", lax.ge, () => "float32");

const triangle = (name: string, isUpper: boolean) =>
  define(name, [p.k], [], ({ k }, m: ArrayLike) => {
    checkOffset(name, k);
    const x = asArray(m, name);
    checkMatrices(name, x);
    const lower = mask(x.shape, isUpper ? k - 1 : k, lax.ge);
    const zero = asDType(0, x.dtype, x.weakType, name);
    return isUpper ? lax.select(lower, zero, x) : lax.select(lower, x, zero);
  });

/**
 * The lower triangle of the last two axes: zeros above the k-th diagonal. The derivative passes through the elements kept.
 * @throws ShapeError for fewer than two axes
 * @see jax.numpy.tril
 * @example
 * np.tril(np.ones([2, 2])).js(); // [[1, 0], [1, 1]]
 */
export const tril = triangle("tril", false);

/**
 * The upper triangle of the last two axes: zeros below the k-th diagonal. The derivative passes through the elements kept.
 * @throws ShapeError for fewer than two axes
 * @see jax.numpy.triu
 * @example
 * np.triu(np.ones([2, 2])).js(); // [[1, 1], [0, 1]]
 */
export const triu = triangle("triu", true);

const diagonalParams = [
  param<[offset: number]>()("offset", 0),
  param<[axis1: number]>()("axis1", 0),
  param<[axis2: number]>()("axis2", 1),
] as const;
/** Options of `diagonal`. */
export type DiagonalOptions = OptionsOf<typeof diagonalParams>;

function diagonalOf(name: string, x: NDArray, k: number, axis1 = 0, axis2 = 1): NDArray {
  checkMatrices(name, x);
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
  return lax.sliceInDim(flat, first, first + (n - 1) * (columns + 1) + 1, columns + 1, batch.length);
}

/**
 * The diagonal of axes `axis1` and `axis2` (0 and 1), as the last axis of the result.
 * @throws ShapeError for fewer than two axes, ArgumentError if both axes are one
 * @see jax.numpy.diagonal
 * @example
 * np.diagonal(np.array([[1, 2], [3, 4]])).js(); // [1, 4]
 */
export const diagonal = define("diagonal", diagonalParams, [], ({ offset, axis1, axis2 }, a: ArrayLike) =>
  diagonalOf("diagonal", asArray(a, "diagonal"), offset, axis1, axis2),
);

/** A matrix from a flat array: its k-th diagonal, zeros elsewhere. */
function fromDiagonal(v: NDArray, k: number): NDArray {
  const n = v.size + Math.abs(k);
  const zero = asDType(0, v.dtype, v.weakType, "diag");
  if (v.size === 0) return lax.full([n, n], 0, v.dtype);
  const low = k >= 0 ? k : -k * n;
  const covered = (v.size - 1) * (n + 1) + 1;
  return lax.reshape(lax.pad(v, zero, [[low, n * n - low - covered, n]]), [n, n]);
}

/**
 * The k-th diagonal of a matrix, or the matrix that has a flat array as its k-th diagonal.
 * @throws ShapeError for other numbers of axes
 * @see jax.numpy.diag
 * @example
 * np.diag(np.array([1, 2])).js(); // [[1, 0], [0, 2]]
 */
export const diag = define("diag", [p.k], [], ({ k }, v: ArrayLike) => {
  checkOffset("diag", k);
  const x = asArray(v, "diag");
  if (x.ndim === 1) return fromDiagonal(x, k);
  if (x.ndim === 2) return diagonalOf("diag", x, k);
  throw new ShapeError(`diag: expected 1 or 2 dimensions; got shape ${shapeString(x.shape)}.`);
});

/**
 * The matrix that has the elements of `v`, flattened, as its k-th diagonal.
 * @see jax.numpy.diagflat
 * @example
 * np.diagflat(np.array([[1, 2]])).js(); // [[1, 0], [0, 2]]
 */
export const diagflat = define("diagflat", [p.k], [], ({ k }, v: ArrayLike) => {
  checkOffset("diagflat", k);
  return fromDiagonal(strong(flatten(asArray(v, "diagflat"))), k);
});

const traceParams = [...diagonalParams, p.dtype, p.out] as const;
/** Options of `trace`. */
export type TraceOptions = OptionsOf<typeof traceParams>;

/**
 * The sum of a diagonal; see `diagonal`. Small integers and booleans add up in int32 (uint32 for unsigned ones).
 * @throws ShapeError for fewer than two axes
 * @see jax.numpy.trace
 * @example
 * np.trace(np.array([[1, 2], [3, 4]])).item(); // 5
 */
export const trace = define("trace", traceParams, [], ({ offset, axis1, axis2, dtype }, a: ArrayLike) => {
  const d = diagonalOf("trace", asArray(a, "trace"), offset, axis1, axis2);
  const compute = givenDType("trace", dtype) ?? promoteInteger(d.dtype);
  return lax.reduceSum(lax.convertElementType(d, compute), [d.ndim - 1]);
});

/** Up to here the columns of a Vandermonde matrix are computed one by one. */
const maxColumns = 64;

const vanderParams = [
  param<[N: number | null]>()("N", null),
  param<[increasing: boolean]>()("increasing", false),
] as const;
/** Options of `vander`. */
export type VanderOptions = OptionsOf<typeof vanderParams>;

/**
 * The Vandermonde matrix of N columns (by default square): the powers of `x` from N − 1 down to 0, or (`increasing`) from 0
 * up. The derivatives of its whole powers exist at 0.
 * @throws ShapeError for other than one axis
 * @see jax.numpy.vander
 * @example
 * np.vander(np.array([2, 3])).js(); // [[2, 1], [3, 1]]
 */
export const vander = define("vander", vanderParams, [], ({ N, increasing }, x: ArrayLike) => {
  const a = asArray(x, "vander");
  if (a.ndim !== 1) throw new ShapeError(`vander: expected a 1-dimensional array; got ${String(a.aval)}.`);
  const n = N ?? a.size;
  toShape([n], "vander");
  if (isInexact(a.dtype) && n > 0 && n <= maxColumns) {
    const columns = range(n).map((k) => lax.expandDims(lax.integerPow(a, increasing ? k : n - 1 - k), [1]));
    return lax.concatenate(columns, 1);
  }
  const iota = lax.iota("int32", n);
  const powers = power(lax.reshape(a, [a.size, 1]), increasing ? iota : lax.sub(n - 1, iota));
  return isInteger(a.dtype) ? cast(powers, a.dtype) : powers;
});

function pairs(
  name: string,
  n: number,
  m: number,
  keep: (i: number, j: number) => boolean,
): [NDArray, NDArray] {
  toShape([n, m], name);
  const rows = new Int32Array(n * m);
  const columns = new Int32Array(n * m);
  let count = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      rows[count] = i;
      columns[count] = j;
      if (keep(i, j)) count++;
    }
  }
  return [array(rows.slice(0, count)), array(columns.slice(0, count))];
}

const triangleParams = [p.k, param<[m: number | null]>()("m", null)] as const;
/** Options of `trilIndices` and `triuIndices`. */
export type TriangleIndicesOptions = OptionsOf<typeof triangleParams>;

const triangleIndices = (name: string, keep: (diagonal: number, k: number) => boolean) =>
  define(name, triangleParams, [], ({ k, m }, n: number) => pairs(name, n, m ?? n, (i, j) => keep(j - i, k)));

const triangleIndicesFrom = (name: string, indices: typeof trilIndices) =>
  define(name, [p.k], [], ({ k }, arr: ArrayLike) => {
    checkOffset(name, k);
    const { shape } = asArray(arr, name);
    if (shape.length !== 2)
      throw new ShapeError(`${name}: expected 2 dimensions; got shape ${shapeString(shape)}.`);
    return indices(shape[0], { k, m: shape[1] });
  });

/**
 * Rows and columns of the lower triangle, up to the k-th diagonal, of an n × m matrix (square by default).
 * @see jax.numpy.tril_indices
 * @example
 * np.trilIndices(2).map((x) => x.js()); // [[0, 1, 1], [0, 0, 1]]
 */
export const trilIndices = triangleIndices("trilIndices", (diagonal, k) => diagonal <= k);

/**
 * Rows and columns of the upper triangle, from the k-th diagonal, of an n × m matrix (square by default).
 * @see jax.numpy.triu_indices
 * @example
 * np.triuIndices(2).map((x) => x.js()); // [[0, 0, 1], [0, 1, 1]]
 */
export const triuIndices = triangleIndices("triuIndices", (diagonal, k) => diagonal >= k);

/**
 * `trilIndices` for the shape of a matrix.
 * @throws ShapeError for other than two axes
 * @see jax.numpy.tril_indices_from
 * @example
 * np.trilIndicesFrom(np.ones([1, 2])).map((x) => x.js()); // [[0], [0]]
 */
export const trilIndicesFrom = triangleIndicesFrom("trilIndicesFrom", trilIndices);

/**
 * `triuIndices` for the shape of a matrix.
 * @throws ShapeError for other than two axes
 * @see jax.numpy.triu_indices_from
 * @example
 * np.triuIndicesFrom(np.ones([1, 2])).map((x) => x.js()); // [[0, 0], [0, 1]]
 */
export const triuIndicesFrom = triangleIndicesFrom("triuIndicesFrom", triuIndices);

/**
 * The indices of the main diagonal of an array of `ndim` (2) axes of size `n`: one int32 array for each.
 * @see jax.numpy.diag_indices
 * @example
 * np.diagIndices(2).map((x) => x.js()); // [[0, 1], [0, 1]]
 */
export const diagIndices = define(
  "diagIndices",
  [param<[ndim: number]>()("ndim", 2)],
  [],
  ({ ndim }, n: number) => {
    toShape([n, ndim], "diagIndices");
    return range(ndim).map(() => lax.iota("int32", n));
  },
);

/**
 * `diagIndices` for the shape of an array whose axes have one size.
 * @throws ShapeError for fewer than two axes, or axes of several sizes
 * @see jax.numpy.diag_indices_from
 * @example
 * np.diagIndicesFrom(np.ones([2, 2])).map((x) => x.js()); // [[0, 1], [0, 1]]
 */
export function diagIndicesFrom(arr: ArrayLike, ...more: []): NDArray[] {
  refuseMore("diagIndicesFrom", 1, more);
  const { shape } = asArray(arr, "diagIndicesFrom");
  if (shape.length < 2 || shape.some((d) => d !== shape[0]))
    throw new ShapeError(
      `diagIndicesFrom: expected 2 or more axes of one size; got shape ${shapeString(shape)}.`,
    );
  return diagIndices(shape[0], shape.length);
}

/**
 * Rows and columns where `maskFunc(ones([n, n]), k)` is not 0.
 * @see jax.numpy.mask_indices
 * @example
 * np.maskIndices(2, np.triu).map((x) => x.js()); // [[0, 0, 1], [0, 1, 1]]
 */
export const maskIndices = define(
  "maskIndices",
  [p.k],
  [],
  ({ k }, n: number, maskFunc: (m: NDArray, k: number) => NDArray) => {
    const data = maskFunc(ones([n, n]), k).dataSync<DType>();
    return pairs("maskIndices", n, n, (i, j) => Number(data[i * n + j]) !== 0);
  },
);
