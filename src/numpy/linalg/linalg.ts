/**
 * @file The `numpy.linalg` namespace: norms, matrix powers, chains of products, and the products of numpy under the
 * stricter signatures of the array API. Systems and factorisations have files of their own.
 * Source: jax/_src/numpy/linalg.py.
 */
import { show, refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { Axis } from "../../core/methods.ts";
import { isComplex, realPart } from "../../dtypes/dtype.ts";
import { canonicalAxes, canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { rootOfSquares } from "../../lax/elementwise/hypot.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, given, param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { cross as numpyCross, matmul, outer as numpyOuter } from "../products/linear.ts";
import { moveaxis } from "../shapes/manipulation.ts";
import { inexact } from "../operands/promote.ts";
import { max, min, sum } from "../reductions/reductions.ts";
import { svdvals } from "./factors.ts";
import { matrices, squareMatrices } from "./operands.ts";
import { inv } from "./solve.ts";
import { eye, diagonal as numpyDiagonal, trace as numpyTrace } from "../creation/triangular.ts";
import { conj, real } from "../ufuncs/logic.ts";
import { power } from "../ufuncs/power.ts";

export { matmul, tensordot, vecdot } from "../products/linear.ts";
export { matrixTranspose } from "../shapes/manipulation.ts";
export * from "./factors.ts";
export * from "./solve.ts";

/** The order of a norm: a number (±Infinity too), or for matrices "fro" (also "f") or "nuc". */
export type NormOrder = number | "fro" | "f" | "nuc" | null;
const ord = param<[ord: NormOrder]>()("ord", null);
const normParams = [ord, p.axis, p.keepdims] as const;
/** Options of `norm` and `vectorNorm`. */
export type NormOptions = OptionsOf<typeof normParams>;

/** |x|², real. */
function squaredMagnitude(x: NDArray): NDArray {
  return isComplex(x.dtype) ? real(lax.mul(x, conj(x))) : lax.mul(x, x);
}

function euclidean(x: NDArray, axis: Axis, keepdims: boolean): NDArray {
  return rootOfSquares(sum(squaredMagnitude(x), { axis, keepdims }));
}

function vectorNormOf(where: string, x: NDArray, ord: NormOrder, axis: Axis, keepdims: boolean): NDArray {
  if (ord === null || ord === 2) return euclidean(x, axis, keepdims);
  if (typeof ord !== "number" || Number.isNaN(ord)) {
    throw new ArgumentError(
      `${where}: the order of a vector norm must be a number or null; got ${show(ord)}. "fro" and "nuc" are norms of matrices.`,
    );
  }
  if (ord === 0) return sum(lax.convertElementType(lax.ne(x, 0), realPart(x.dtype)), { axis, keepdims });
  const size = lax.abs(x);
  if (ord === Infinity) return max(size, { axis, keepdims, initial: 0 });
  if (ord === -Infinity) return min(size, { axis, keepdims });
  if (ord === 1) return sum(size, { axis, keepdims });
  const total = sum(power(size, ord), { axis, keepdims });
  if (ord < 0) return power(total, 1 / ord);
  // As of the 2-norm, the derivative at 0 is 0.
  const zero = lax.eq(total, 0);
  return lax.select(zero, 0, power(lax.select(zero, 1, total), 1 / ord));
}

function matrixNormOf(
  where: string,
  x: NDArray,
  ord: NormOrder,
  [row, column]: readonly number[],
  keepdims: boolean,
): NDArray {
  if (row === column)
    throw new ArgumentError(`${where}: the two axes of the matrix must differ; both are ${row}.`);
  if (ord === null || ord === "fro" || ord === "f") return euclidean(x, [row, column], keepdims);
  const extremum = (summed: number, kept: number, largest: boolean): NDArray => {
    const sums = sum(lax.abs(x), { axis: summed, keepdims: true });
    const best = largest
      ? max(sums, { axis: kept, keepdims: true, initial: 0 })
      : min(sums, { axis: kept, keepdims: true });
    return keepdims ? best : lax.squeeze(best, [row, column]);
  };
  if (ord === 1 || ord === -1) return extremum(row, column, ord > 0);
  if (ord === Infinity || ord === -Infinity) return extremum(column, row, ord > 0);
  if (ord === 2 || ord === -2 || ord === "nuc") {
    const values = svdvals(moveaxis(x, [row, column], [-2, -1]));
    const axis = values.ndim - 1;
    const found =
      ord === "nuc" ? sum(values, { axis }) : ord > 0 ? max(values, { axis }) : min(values, { axis });
    return keepdims
      ? lax.expandDims(
          found,
          [row, column].sort((a, b) => a - b),
        )
      : found;
  }
  throw new ArgumentError(
    `${where}: the order of a matrix norm must be "fro", "nuc", 1, -1, 2, -2, Infinity, -Infinity or null; got ${show(ord)}.`,
  );
}

/**
 * The norm of a vector, a matrix, or of those along one or two axes. Without `ord`: the root of the sum of squares,
 * over all elements if `axis` is not given either. The gradient at 0 is the subgradient 0, as in PyTorch.
 * @param ord vectors: any number (0 counts what is not 0); matrices: "fro", ±1 (columns), ±Infinity (rows), ±2 and "nuc"
 * (the largest, the smallest, the sum of the singular values)
 * @throws ArgumentError for an unknown order, or more than two axes
 * @see jax.numpy.linalg.norm
 * @example
 * np.linalg.norm(np.array([3, 4])).item(); // 5
 * np.linalg.norm(np.array([[1, -2], [3, 4]]), 1).item(); // 6
 */
export const norm = define("norm", normParams, [], ({ ord, axis, keepdims }, x: ArrayLike): NDArray => {
  const a = inexact("norm", asArray(x, "norm"));
  if (axis === null && ord === null) return euclidean(a, null, keepdims);
  const axes = canonicalAxes(axis, a.ndim, "norm");
  if (axes.length === 1) return vectorNormOf("norm", a, ord, axes, keepdims);
  if (axes.length === 2) return matrixNormOf("norm", a, ord, axes, keepdims);
  throw new ArgumentError(
    `norm: a norm is taken over one axis or two; got ${axes.length} for shape ${shapeString(a.shape)}. Name them with { axis }.`,
  );
});

/**
 * The norm of vectors along one axis, or of all elements of several axes (default: of the array) as one vector.
 * @param ord (by name) any number: 2 unless given
 * @throws ArgumentError for an order that is no number
 * @see jax.numpy.linalg.vector_norm
 * @example
 * np.linalg.vectorNorm(np.array([[3, 4], [0, 5]]), { axis: 1 }).js(); // [5, 5]
 */
export const vectorNorm = define("vectorNorm", [], normParams, ({ ord, axis, keepdims }, x: ArrayLike) =>
  vectorNormOf("vectorNorm", inexact("vectorNorm", asArray(x, "vectorNorm")), ord, axis, keepdims),
);

/**
 * The norms of the matrices in the last two axes.
 * @param ord (by name) "fro" (the default), "nuc", ±1, ±2, ±Infinity
 * @throws ShapeError for fewer than 2 dimensions; ArgumentError for another order
 * @see jax.numpy.linalg.matrix_norm
 * @example
 * np.linalg.matrixNorm(np.array([[1, -2], [3, 4]]), { ord: 1 }).item(); // 6
 */
export const matrixNorm = define("matrixNorm", [], [p.keepdims, ord], (values, x: ArrayLike): NDArray => {
  const a = inexact("matrixNorm", asArray(x, "matrixNorm"));
  if (a.ndim < 2)
    throw new ShapeError(`matrixNorm: expected at least 2 dimensions; got shape ${shapeString(a.shape)}.`);
  return matrixNormOf("matrixNorm", a, values.ord, [a.ndim - 2, a.ndim - 1], values.keepdims);
});

/**
 * The cross products of vectors of 3 elements along `axis` (by name; the last unless given).
 * @throws ShapeError for vectors of another length
 * @see jax.numpy.linalg.cross
 * @example
 * np.linalg.cross(np.array([1, 0, 0]), np.array([0, 1, 0])).js(); // [0, 0, 1]
 */
export const cross = define("cross", [], [p.lastAxis], ({ axis }, x1: ArrayLike, x2: ArrayLike): NDArray => {
  const [a, b] = [asArray(x1, "cross"), asArray(x2, "cross")];
  for (const x of [a, b]) {
    if (x.shape[canonicalAxis(axis, x.ndim, "cross")] !== 3) {
      throw new ShapeError(
        `cross: vectors must have 3 elements along axis ${axis}; got shape ${shapeString(x.shape)}.`,
      );
    }
  }
  return numpyCross(a, b, { axis });
});

/**
 * All products of an element of one vector and one of another, as a matrix.
 * @throws ShapeError for operands that are no vectors
 * @see jax.numpy.linalg.outer
 * @example
 * np.linalg.outer(np.array([1, 2]), np.array([3, 4])).js(); // [[3, 4], [6, 8]]
 */
export function outer(x1: ArrayLike, x2: ArrayLike, ...more: []): NDArray {
  refuseMore("outer", 2, more);
  const [a, b] = [asArray(x1, "outer"), asArray(x2, "outer")];
  if (a.ndim !== 1 || b.ndim !== 1) {
    throw new ShapeError(
      `outer: expected two vectors; got shapes ${shapeString(a.shape)} and ${shapeString(b.shape)}. numpy's outer flattens.`,
    );
  }
  return numpyOuter(a, b);
}

const offset = param<[offset: number]>()("offset", 0);

/**
 * The diagonals (shifted by `offset`) of the matrices in the last two axes.
 * @see jax.numpy.linalg.diagonal
 * @example
 * np.linalg.diagonal(np.array([[1, 2], [3, 4]])).js(); // [1, 4]
 */
export const diagonal = define("diagonal", [], [offset], ({ offset }, x: ArrayLike) =>
  numpyDiagonal(x, offset, -2, -1),
);

/**
 * The sums of the diagonals (shifted by `offset`) of the matrices in the last two axes.
 * @see jax.numpy.linalg.trace
 * @example
 * np.linalg.trace(np.array([[1, 2], [3, 4]])).item(); // 5
 */
export const trace = define("trace", [], [offset, p.dtype], ({ offset, dtype }, x: ArrayLike) =>
  numpyTrace(x, { offset, axis1: -2, axis2: -1, dtype }),
);

/**
 * Square matrices (the last two axes) multiplied by themselves, n factors, by repeated squaring; for n < 0 their inverses.
 * @throws ShapeError if they are not square; ArgumentError for a power that is not whole
 * @see jax.numpy.linalg.matrix_power
 * @example
 * np.linalg.matrixPower(np.array([[1, 1], [0, 1]]), 5).js(); // [[1, 5], [0, 1]]
 */
export const matrixPower = define(
  "matrixPower",
  [given<[n: number]>()("n")],
  [],
  ({ n }, a: ArrayLike): NDArray => {
    const inexactBase = squareMatrices("matrixPower", a);
    const base = n < 0 ? inexactBase : asArray(a, "matrixPower");
    if (!Number.isInteger(n))
      throw new ArgumentError(`matrixPower: the power must be a whole number; got ${show(n)}.`);
    if (n === 0) return broadcastToShape(eye(base.shape[base.ndim - 1], { dtype: base.dtype }), base.shape);
    const x = n < 0 ? inv(base) : base;
    const count = Math.abs(n);
    if (count === 3) return matmul(matmul(x, x), x);
    let square = x;
    let result: NDArray | null = null;
    for (let bits = count; bits > 0; bits = Math.floor(bits / 2)) {
      if (bits !== count) square = matmul(square, square);
      if (bits % 2 === 1) result = result === null ? square : matmul(result, square);
    }
    return result!;
  },
);

/** The orders of norms that `cond` takes; null is 2. */
export type CondOrder = Exclude<NormOrder, "f">;

/**
 * The condition numbers of matrices: the largest singular value over the smallest (p = null or 2; −2 is its inverse), or
 * ‖a‖·‖a⁻¹‖ in another norm of square matrices. Infinity for singular ones.
 * @param p 2, −2, "fro", "nuc", ±1 or ±Infinity
 * @see jax.numpy.linalg.cond
 * @example
 * np.linalg.cond(np.array([[4, 0], [0, 2]])).item(); // 2
 */
export const cond = define(
  "cond",
  [param<[p: CondOrder]>()("p", null)],
  [],
  ({ p }, x: ArrayLike): NDArray => {
    const a = matrices("cond", x);
    if (a.shape.slice(-2).includes(0))
      throw new ShapeError(`cond: expected matrices that are not empty; got shape ${shapeString(a.shape)}.`);
    const found = conditionOf(a, p);
    // No number for a matrix of numbers means that there is no inverse.
    const unknown = lax.ne(found, found);
    const numbers = lax.reduceAnd(lax.eq(a, a), [a.ndim - 2, a.ndim - 1]);
    return lax.select(lax.bitwiseAnd(unknown, numbers), Infinity, found);
  },
);

function conditionOf(a: NDArray, p: CondOrder): NDArray {
  if (p === null || p === 2 || p === -2) {
    const s = svdvals(a);
    const last = s.ndim - 1;
    const at = (k: number): NDArray => lax.indexInDim(s, k, last, false);
    const [largest, smallest] = [at(0), at(s.shape[last] - 1)];
    return p === -2 ? lax.div(smallest, largest) : lax.div(largest, smallest);
  }
  const square = squareMatrices("cond", a);
  const axis = [-2, -1];
  return lax.mul(norm(square, { ord: p, axis }), norm(inv(square), { ord: p, axis }));
}

/** The factors of a chain, checked: matrices, of which the first and the last may be vectors. */
function chain(arrays: readonly ArrayLike[]): NDArray[] {
  if (arrays.length < 2)
    throw new ArgumentError(`multiDot: expected at least 2 arrays; got ${arrays.length}.`);
  const factors = promote("multiDot", ...arrays);
  factors.forEach((x, i) => {
    const atEnd = i === 0 || i === factors.length - 1;
    if (x.ndim !== 2 && !(atEnd && x.ndim === 1)) {
      throw new ShapeError(
        `multiDot: array ${i} must be a matrix${atEnd ? " or a vector" : ""}; got shape ${shapeString(x.shape)}.`,
      );
    }
    if (i > 0 && factors[i - 1].shape[factors[i - 1].ndim - 1] !== x.shape[0]) {
      throw new ShapeError(
        `multiDot: shapes ${shapeString(factors[i - 1].shape)} and ${shapeString(x.shape)} of arrays ${i - 1} and ${i} do not fit.`,
      );
    }
  });
  return factors;
}

/**
 * The product of a chain of matrices in the order that takes the fewest multiplications; the first and the last may be
 * vectors, a row and a column.
 * @throws ArgumentError for fewer than 2 arrays; ShapeError where neighbours do not fit
 * @see jax.numpy.linalg.multi_dot
 * @example
 * np.linalg.multiDot([np.ones([2, 3]), np.ones([3, 4]), np.ones([4])]).js(); // [12, 12]
 */
export const multiDot = define("multiDot", [], [p.precision], (_, arrays: readonly ArrayLike[]): NDArray => {
  const factors = chain(arrays);
  const count = factors.length;
  const last = factors[count - 1];
  // Factor i has sizes[i] rows and sizes[i + 1] columns.
  const sizes = [
    factors[0].ndim === 1 ? 1 : factors[0].shape[0],
    ...factors.slice(1).map((x) => x.shape[0]),
    last.ndim === 1 ? 1 : last.shape[1],
  ];
  const cost = factors.map(() => factors.map(() => 0));
  const cut = factors.map((_, i) => factors.map(() => i));
  for (let length = 1; length < count; length++) {
    for (let i = 0; i + length < count; i++) {
      const j = i + length;
      cost[i][j] = Infinity;
      for (let k = i; k < j; k++) {
        const total = cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1];
        if (total < cost[i][j]) [cost[i][j], cut[i][j]] = [total, k];
      }
    }
  }
  const product = (i: number, j: number): NDArray =>
    i === j ? factors[i] : matmul(product(i, cut[i][j]), product(cut[i][j] + 1, j));
  return product(0, count - 1);
});
