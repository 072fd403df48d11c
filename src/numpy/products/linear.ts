/**
 * @file Products of vectors, matrices and tensors: dot, matmul, tensordot, outer, cross and their relatives.
 *
 * All promote their operands and compute by lax.dotGeneral; axes of size 1 broadcast without being copied.
 */
import { together } from "../../core/deferral.ts";
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { DType } from "../../dtypes/dtype.ts";
import { canonicalAxes, canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { conjugated } from "../../lax/linalg/algebra.ts";
import { range } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, type Param, param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { type Labelled, contract, labelSizes } from "./contraction.ts";
import { moveaxis } from "../shapes/manipulation.ts";
import { promoteArgs } from "../operands/promote.ts";

/** Dtype of the result. */
const preferredElementType = param<[preferredElementType: DType | null]>()("preferredElementType", null);
const productParams = [preferredElementType, p.precision] as const;
/** Options of products. */
export type ProductOptions = OptionsOf<typeof productParams>;

/** Labels of leading axes, counted from the last, so that they broadcast. */
const leading = (count: number): string[] => range(count).map((i) => `batch${count - 1 - i}`);

/** Contracts two arrays whose last axes are labelled, the leading ones broadcasting; the result has `last` at its end. */
function contractLast(
  where: string,
  a: NDArray,
  lastA: readonly string[],
  b: NDArray,
  lastB: readonly string[],
  last: readonly string[],
  dtype: DType | null = null,
): NDArray {
  const terms: Labelled[] = [
    { x: a, labels: [...leading(a.ndim - lastA.length), ...lastA] },
    { x: b, labels: [...leading(b.ndim - lastB.length), ...lastB] },
  ];
  const sizes = labelSizes(
    terms,
    (label) => label.startsWith("batch"),
    (_, known, size) =>
      `${where}: shapes ${shapeString(a.shape)} and ${shapeString(b.shape)} do not fit: sizes ${known} and ${size} must be equal.`,
  );
  const batch = leading(Math.max(a.ndim - lastA.length, b.ndim - lastB.length));
  return contract(terms, [...batch, ...last], sizes, [[0, 1]], dtype);
}

function notScalar(where: string, ...xs: readonly NDArray[]): void {
  if (xs.some((x) => x.ndim === 0)) {
    throw new ShapeError(
      `${where}: operands must have at least one dimension; got shapes ${xs.map((x) => shapeString(x.shape)).join(" and ")}. Use multiply for scalars.`,
    );
  }
}

/**
 * Matrix product over the last two axes; leading axes broadcast, vectors are rows on the left and columns on the right.
 * @throws ShapeError for scalars and for sizes that do not fit
 * @see jax.numpy.matmul
 * @example
 * np.matmul(np.array([[1, 2], [3, 4]]), np.array([1, 1])).js(); // [3, 7]
 */
export const matmul = define("matmul", [], productParams, (values, a: ArrayLike, b: ArrayLike): NDArray => {
  const [x, y] = promote("matmul", a, b);
  notScalar("matmul", x, y);
  // Of matrices and vectors that fit: one contraction, without labels.
  const k = Math.max(0, y.ndim - 2);
  if (x.ndim <= 2 && y.ndim <= 2 && x.shape[x.ndim - 1] === y.shape[k])
    return contractAxes("matmul", x, y, [x.ndim - 1], [k], values.preferredElementType);
  const left = x.ndim === 1 ? ["k"] : ["m", "k"];
  const right = y.ndim === 1 ? ["k"] : ["k", "n"];
  const last = [...(x.ndim === 1 ? [] : ["m"]), ...(y.ndim === 1 ? [] : ["n"])];
  return contractLast("matmul", x, left, y, right, last, values.preferredElementType);
});

function contractAxes(
  where: string,
  x: NDArray,
  y: NDArray,
  axesX: readonly number[],
  axesY: readonly number[],
  dtype: DType | null,
): NDArray {
  if (axesX.length !== axesY.length || axesX.some((k, i) => x.shape[k] !== y.shape[axesY[i]])) {
    throw new ShapeError(
      `${where}: axes [${axesX.join(", ")}] of shape ${shapeString(x.shape)} do not fit axes [${axesY.join(", ")}] of ${shapeString(y.shape)}.`,
    );
  }
  const none: readonly number[] = [];
  const contracted = [axesX, axesY] as const;
  return lax.dotGeneral(x, y, [contracted, [none, none]], { preferredElementType: dtype ?? undefined });
}

const times = (x: NDArray, y: NDArray, dtype: DType | null = null): NDArray => {
  const product = x.dtype === "bool" ? lax.bitwiseAnd(x, y) : lax.mul(x, y);
  return dtype === null ? product : lax.convertElementType(product, dtype);
};

/** A product over the last axis of the first operand and one axis of the second; scalars multiply. */
const overLast = (name: string, axisOf: (y: NDArray) => number) =>
  define(name, [], productParams, ({ preferredElementType }, a: ArrayLike, b: ArrayLike): NDArray => {
    const [x, y] = promote(name, a, b);
    if (x.ndim === 0 || y.ndim === 0) return times(x, y, preferredElementType);
    return contractAxes(name, x, y, [x.ndim - 1], [axisOf(y)], preferredElementType);
  });

/**
 * The product over the last axis of `a` and the last but one of `b` (its only one if it is a vector); scalars multiply.
 * @throws ShapeError for sizes that do not fit
 * @see jax.numpy.dot
 * @example
 * np.dot(np.array([1, 2]), np.array([3, 4])).item(); // 11
 */
export const dot = overLast("dot", (y) => Math.max(0, y.ndim - 2));

/**
 * The sum of the products over the last axes; scalars multiply.
 * @throws ShapeError for sizes that do not fit
 * @see jax.numpy.inner
 * @example
 * np.inner(np.array([[1, 2], [3, 4]]), np.array([1, 1])).js(); // [3, 7]
 */
export const inner = overLast("inner", (y) => y.ndim - 1);

/**
 * The sum of the products of all elements, the first operand conjugated.
 * @throws ShapeError for sizes that do not fit
 * @see jax.numpy.vdot
 * @example
 * np.vdot(np.array([[1, 2]]), np.array([3, 4])).item(); // 11
 */
export const vdot = define("vdot", [], productParams, (values, a: ArrayLike, b: ArrayLike): NDArray => {
  const [x, y] = promote("vdot", a, b);
  const left = lax.reshape(conjugated(x), [x.size]);
  return contractAxes("vdot", left, lax.reshape(y, [y.size]), [0], [0], values.preferredElementType);
});

/**
 * The sum of the products along one axis (the last), the first operand conjugated; the other axes broadcast.
 * @throws ShapeError for scalars and for sizes that do not fit
 * @see jax.numpy.vecdot
 * @example
 * np.vecdot(np.array([[1, 2], [3, 4]]), np.array([1, 1])).js(); // [3, 7]
 */
export const vecdot = define(
  "vecdot",
  [],
  [p.lastAxis, ...productParams],
  ({ axis, preferredElementType }, x1: ArrayLike, x2: ArrayLike): NDArray => {
    const [x, y] = promote("vecdot", x1, x2);
    notScalar("vecdot", x, y);
    const toLast = (v: NDArray): NDArray => moveaxis(v, axis, -1);
    return contractLast("vecdot", conjugated(toLast(x)), ["k"], toLast(y), ["k"], [], preferredElementType);
  },
);

/**
 * Matrices times vectors, over leading axes that broadcast.
 * @throws ShapeError unless there are matrices and vectors that fit
 * @see jax.numpy.matvec
 * @example
 * np.matvec(np.array([[1, 2], [3, 4]]), np.array([1, 1])).js(); // [3, 7]
 */
export function matvec(x1: ArrayLike, x2: ArrayLike, ...more: []): NDArray {
  refuseMore("matvec", 2, more);
  const [x, y] = promote("matvec", x1, x2);
  if (x.ndim < 2) throw new ShapeError(`matvec: expected a matrix; got shape ${shapeString(x.shape)}.`);
  notScalar("matvec", y);
  return contractLast("matvec", x, ["m", "k"], y, ["k"], ["m"]);
}

/**
 * Vectors (conjugated) times matrices, over leading axes that broadcast.
 * @throws ShapeError unless there are vectors and matrices that fit
 * @see jax.numpy.vecmat
 * @example
 * np.vecmat(np.array([1, 1]), np.array([[1, 2], [3, 4]])).js(); // [4, 6]
 */
export function vecmat(x1: ArrayLike, x2: ArrayLike, ...more: []): NDArray {
  refuseMore("vecmat", 2, more);
  const [x, y] = promote("vecmat", x1, x2);
  if (y.ndim < 2) throw new ShapeError(`vecmat: expected a matrix; got shape ${shapeString(y.shape)}.`);
  notScalar("vecmat", x);
  return contractLast("vecmat", conjugated(x), ["k"], y, ["k", "n"], ["n"]);
}

/**
 * All products of an element of `a` and one of `b`, flattened, as a matrix.
 * @see jax.numpy.outer
 * @example
 * np.outer(np.array([1, 2]), np.array([3, 4])).js(); // [[3, 4], [6, 8]]
 */
export const outer = define("outer", [p.out], [], (_, a: ArrayLike, b: ArrayLike): NDArray => {
  const [x, y] = promote("outer", a, b);
  const wide = (v: NDArray, axis: number): NDArray =>
    lax.broadcastInDim(lax.reshape(v, [v.size]), [x.size, y.size], [axis]);
  return times(wide(x, 0), wide(y, 1));
});

/**
 * The Kronecker product: `a` with each element replaced by its product with `b`.
 * @see jax.numpy.kron
 * @example
 * np.kron(np.array([1, 2]), np.array([1, 10])).js(); // [1, 10, 2, 20]
 */
export function kron(a: ArrayLike, b: ArrayLike, ...more: []): NDArray {
  refuseMore("kron", 2, more);
  const [x, y] = promote("kron", a, b);
  const ndim = Math.max(x.ndim, y.ndim);
  const [sx, sy] = [x, y].map((v) => [...range(ndim - v.ndim).map(() => 1), ...v.shape]);
  const shape = sx.flatMap((d, i) => [d, sy[i]]);
  // Axis i of the first operand is axis 2i, that of the second 2i + 1.
  const spread = (v: NDArray, sizes: readonly number[], first: number): NDArray => {
    const axes = range(ndim).map((i) => 2 * i + first);
    return lax.broadcastInDim(lax.reshape(v, sizes), shape, axes);
  };
  const sizes = sx.map((d, i) => d * sy[i]);
  return together(() => lax.reshape(times(spread(x, sx, 0), spread(y, sy, 1)), sizes));
}

/** Axes to contract: the last of one and the first of the other so many, or lists for each. */
export type TensordotAxes = number | readonly [number | readonly number[], number | readonly number[]];

/**
 * The sum of products over several axes at once.
 * @throws ArgumentError for more axes than there are; ShapeError for sizes that do not fit
 * @see jax.numpy.tensordot
 * @example
 * np.tensordot(np.ones([2, 3]), np.ones([2, 3]), [[0, 1], [0, 1]]).item(); // 6
 */
export const tensordot = define(
  "tensordot",
  [param<[axes: TensordotAxes]>()("axes", 2)],
  productParams,
  ({ axes, preferredElementType }, a: ArrayLike, b: ArrayLike): NDArray => {
    const [x, y] = promote("tensordot", a, b);
    if (typeof axes !== "number") {
      const [left, right] = [x, y].map((v, i) => canonicalAxes(axes[i], v.ndim, "tensordot"));
      return contractAxes("tensordot", x, y, left, right, preferredElementType);
    }
    if (!Number.isInteger(axes) || axes < 0 || axes > Math.min(x.ndim, y.ndim)) {
      throw new ArgumentError(
        `tensordot: cannot contract ${axes} axes of shapes ${shapeString(x.shape)} and ${shapeString(y.shape)}.`,
      );
    }
    return contractAxes("tensordot", x, y, range(axes, x.ndim - axes), range(axes), preferredElementType);
  },
);

const axisOf = <const N extends string>(name: N): Param<N, [number]> => param<[number]>()(name, -1);
const crossParams = [axisOf("axisa"), axisOf("axisb"), axisOf("axisc"), p.oneAxis] as const;

/**
 * The cross product of vectors of 2 or 3 elements along an axis (the last); of two plane vectors, its third component alone.
 * @param axisa axis of the vectors in `a`; `axisb` and `axisc` are those in `b` and in the result, `axis` is all three
 * @throws ShapeError for vectors of another length
 * @see jax.numpy.cross
 * @example
 * np.cross(np.array([1, 0, 0]), np.array([0, 1, 0])).js(); // [0, 0, 1]
 */
export const cross = define("cross", crossParams, [], (values, a: ArrayLike, b: ArrayLike): NDArray => {
  const { axisa, axisb, axisc, axis } = values;
  const [x, y] = promote("cross", a, b);
  const u = parts(x, axis ?? axisa);
  const v = parts(y, axis ?? axisb);
  const pair = (i: number, j: number): NDArray | null => {
    const [s, t] = [u[i], v[j]];
    if (s === undefined || t === undefined) return null;
    return lax.mul(...(promoteArgs("cross", s, t) as [NDArray, NDArray]));
  };
  const minus = (i: number, j: number): NDArray => {
    const [s, t] = [pair(i, j), pair(j, i)];
    if (s === null || t === null) return s ?? lax.neg(t!);
    return lax.sub(s, t);
  };
  const z = minus(0, 1);
  if (u.length === 2 && v.length === 2) return z;
  const components = [minus(1, 2), minus(2, 0), z];
  const out = lax.concatenate(
    components.map((c) => lax.expandDims(c, [c.ndim])),
    z.ndim,
  );
  return moveaxis(out, -1, canonicalAxis(axis ?? axisc, out.ndim, "cross"));
});

/** The 2 or 3 components along an axis. */
function parts(x: NDArray, axis: number): (NDArray | undefined)[] {
  const k = canonicalAxis(axis, x.ndim, "cross");
  const n = x.shape[k];
  if (n !== 2 && n !== 3) {
    throw new ShapeError(
      `cross: vectors must have 2 or 3 elements along axis ${k}; got shape ${shapeString(x.shape)}.`,
    );
  }
  return range(n).map((i) => lax.indexInDim(x, i, k, false));
}
