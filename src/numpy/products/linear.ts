/**
 * @file Products of vectors, matrices and tensors: dot, matmul, tensordot, outer, cross and their relatives.
 *
 * All promote their operands and compute by lax.dotGeneral; axes of size 1 broadcast without being copied.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, isComplex } from "../../dtypes/dtype.ts";
import { canonicalAxes, canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { range } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { type Labelled, contract } from "./contraction.ts";
import { moveaxis } from "../shapes/manipulation.ts";
import { promoteArgs } from "../operands/promote.ts";

export interface ProductOptions {
  /** Dtype of the result. */
  readonly preferredElementType?: DType | null;
  /** Accepted as in JAX; products are always computed in full precision. */
  readonly precision?: unknown;
}

type Options = [] | [options: ProductOptions | undefined];

const preferred = (name: string, rest: Options): DType | undefined =>
  resolveArgs<ProductOptions>(name, rest, [], ["preferredElementType", "precision"]).preferredElementType ??
  undefined;

const conjugate = (x: NDArray): NDArray => (isComplex(x.dtype) ? x.conj() : x);

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
  dtype?: DType,
): NDArray {
  const terms: Labelled[] = [
    { x: a, labels: [...leading(a.ndim - lastA.length), ...lastA] },
    { x: b, labels: [...leading(b.ndim - lastB.length), ...lastB] },
  ];
  const sizes = new Map<string, number>();
  for (const { x, labels } of terms) {
    labels.forEach((l, i) => {
      const [known, d] = [sizes.get(l), x.shape[i]];
      const isBatch = l.startsWith("batch");
      if (known === undefined || (isBatch && known === 1)) sizes.set(l, d);
      else if (d !== known && !(isBatch && d === 1)) {
        throw new ShapeError(
          `${where}: shapes ${shapeString(a.shape)} and ${shapeString(b.shape)} do not fit: sizes ${known} and ${d} must be equal.`,
        );
      }
    });
  }
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
 */
export function matmul(a: ArrayLike, b: ArrayLike, ...rest: Options): NDArray {
  const dtype = preferred("matmul", rest);
  const [x, y] = promote("matmul", a, b);
  notScalar("matmul", x, y);
  const left = x.ndim === 1 ? ["k"] : ["m", "k"];
  const right = y.ndim === 1 ? ["k"] : ["k", "n"];
  const last = [...(x.ndim === 1 ? [] : ["m"]), ...(y.ndim === 1 ? [] : ["n"])];
  return contractLast("matmul", x, left, y, right, last, dtype);
}

function contractAxes(
  where: string,
  x: NDArray,
  y: NDArray,
  axesX: readonly number[],
  axesY: readonly number[],
  preferredElementType: DType | undefined,
): NDArray {
  if (axesX.length !== axesY.length || axesX.some((k, i) => x.shape[k] !== y.shape[axesY[i]])) {
    throw new ShapeError(
      `${where}: axes [${axesX.join(", ")}] of shape ${shapeString(x.shape)} do not fit axes [${axesY.join(", ")}] of ${shapeString(y.shape)}.`,
    );
  }
  return lax.dotGeneral(
    x,
    y,
    [
      [axesX, axesY],
      [[], []],
    ],
    { preferredElementType },
  );
}

const times = (x: NDArray, y: NDArray, dtype: DType | undefined): NDArray => {
  const product = x.dtype === "bool" ? lax.bitwiseAnd(x, y) : lax.mul(x, y);
  return dtype === undefined ? product : lax.convertElementType(product, dtype);
};

/** Product over the last axis of `a` and the last but one of `b` (its only one if it is a vector); scalars multiply. */
export function dot(a: ArrayLike, b: ArrayLike, ...rest: Options): NDArray {
  const dtype = preferred("dot", rest);
  const [x, y] = promote("dot", a, b);
  if (x.ndim === 0 || y.ndim === 0) return times(x, y, dtype);
  return contractAxes("dot", x, y, [x.ndim - 1], [Math.max(0, y.ndim - 2)], dtype);
}

/** Sum of the products of all elements, the first operand conjugated. */
export function vdot(a: ArrayLike, b: ArrayLike, ...rest: Options): NDArray {
  const dtype = preferred("vdot", rest);
  const [x, y] = promote("vdot", a, b);
  return contractAxes("vdot", lax.reshape(conjugate(x), [x.size]), lax.reshape(y, [y.size]), [0], [0], dtype);
}

/** Sum of the products along one axis, the first operand conjugated; the other axes broadcast. */
export function vecdot(
  x1: ArrayLike,
  x2: ArrayLike,
  ...rest: [] | [options: (ProductOptions & { axis?: number }) | undefined]
): NDArray {
  const { axis = -1, preferredElementType } = resolveArgs<ProductOptions & { axis?: number }>(
    "vecdot",
    rest,
    [],
    ["axis", "preferredElementType", "precision"],
  );
  const [x, y] = promote("vecdot", x1, x2);
  notScalar("vecdot", x, y);
  const toLast = (v: NDArray): NDArray => moveaxis(v, axis, -1);
  const dtype = preferredElementType ?? undefined;
  return contractLast("vecdot", conjugate(toLast(x)), ["k"], toLast(y), ["k"], [], dtype);
}

/** Matrices times vectors, over leading axes that broadcast. */
export function matvec(x1: ArrayLike, x2: ArrayLike): NDArray {
  const [x, y] = promote("matvec", x1, x2);
  if (x.ndim < 2) throw new ShapeError(`matvec: expected a matrix; got shape ${shapeString(x.shape)}.`);
  notScalar("matvec", y);
  return contractLast("matvec", x, ["m", "k"], y, ["k"], ["m"]);
}

/** Vectors (conjugated) times matrices, over leading axes that broadcast. */
export function vecmat(x1: ArrayLike, x2: ArrayLike): NDArray {
  const [x, y] = promote("vecmat", x1, x2);
  if (y.ndim < 2) throw new ShapeError(`vecmat: expected a matrix; got shape ${shapeString(y.shape)}.`);
  notScalar("vecmat", x);
  return contractLast("vecmat", conjugate(x), ["k"], y, ["k", "n"], ["n"]);
}

/** Sum of the products over the last axes; scalars multiply. */
export function inner(a: ArrayLike, b: ArrayLike, ...rest: Options): NDArray {
  const dtype = preferred("inner", rest);
  const [x, y] = promote("inner", a, b);
  if (x.ndim === 0 || y.ndim === 0) return times(x, y, dtype);
  return contractAxes("inner", x, y, [x.ndim - 1], [y.ndim - 1], dtype);
}

/** All products of an element of `a` and one of `b`, as a matrix. */
export function outer(a: ArrayLike, b: ArrayLike, ...rest: Rest<[out: null], { out?: null }>): NDArray {
  resolveArgs<{ out?: null }>("outer", rest, ["out"]);
  const [x, y] = promote("outer", a, b);
  const column = lax.broadcastInDim(lax.reshape(x, [x.size]), [x.size, y.size], [0]);
  return times(column, lax.broadcastInDim(lax.reshape(y, [y.size]), [x.size, y.size], [1]), undefined);
}

/** Kronecker product: `a` with each element replaced by its product with `b`. */
export function kron(a: ArrayLike, b: ArrayLike): NDArray {
  const [x, y] = promote("kron", a, b);
  const ndim = Math.max(x.ndim, y.ndim);
  const pad = (v: NDArray): number[] => [...range(ndim - v.ndim).map(() => 1), ...v.shape];
  const [sx, sy] = [pad(x), pad(y)];
  const shape = sx.flatMap((d, i) => [d, sy[i]]);
  const left = lax.broadcastInDim(
    lax.reshape(x, sx),
    shape,
    range(ndim).map((i) => 2 * i),
  );
  const right = lax.broadcastInDim(
    lax.reshape(y, sy),
    shape,
    range(ndim).map((i) => 2 * i + 1),
  );
  return lax.reshape(
    times(left, right, undefined),
    sx.map((d, i) => d * sy[i]),
  );
}

/** Axes to contract: the last of one and the first of the other so many, or lists for each. */
export type TensordotAxes = number | readonly [number | readonly number[], number | readonly number[]];

/** Sum of products over several axes at once. */
export function tensordot(
  a: ArrayLike,
  b: ArrayLike,
  ...rest: Rest<[axes: TensordotAxes], ProductOptions & { axes?: TensordotAxes }>
): NDArray {
  const { axes = 2, preferredElementType } = resolveArgs<ProductOptions & { axes?: TensordotAxes }>(
    "tensordot",
    rest,
    ["axes"],
    ["preferredElementType", "precision"],
  );
  const [x, y] = promote("tensordot", a, b);
  const dtype = preferredElementType ?? undefined;
  if (typeof axes === "number") {
    if (!Number.isInteger(axes) || axes < 0 || axes > Math.min(x.ndim, y.ndim)) {
      throw new ArgumentError(
        `tensordot: cannot contract ${axes} axes of shapes ${shapeString(x.shape)} and ${shapeString(y.shape)}.`,
      );
    }
    return contractAxes("tensordot", x, y, range(axes, x.ndim - axes), range(axes), dtype);
  }
  const left = canonicalAxes(axes[0], x.ndim, "tensordot");
  return contractAxes("tensordot", x, y, left, canonicalAxes(axes[1], y.ndim, "tensordot"), dtype);
}

interface CrossOptions {
  readonly axisa?: number;
  readonly axisb?: number;
  readonly axisc?: number;
  readonly axis?: number | null;
}

/** Cross product of vectors of 2 or 3 elements along an axis; of two plane vectors, its third component alone. */
export function cross(
  a: ArrayLike,
  b: ArrayLike,
  ...rest: Rest<[axisa: number, axisb: number, axisc: number, axis: number | null], CrossOptions>
): NDArray {
  const options = resolveArgs<CrossOptions>("cross", rest, ["axisa", "axisb", "axisc", "axis"]);
  const { axisa = -1, axisb = -1, axisc = -1 } = options;
  const axis = options.axis ?? null;
  const [x, y] = promote("cross", a, b);
  const u = parts(x, axis ?? axisa);
  const v = parts(y, axis ?? axisb);
  const pair = (i: number, j: number): NDArray | null => {
    const [p, q] = [u[i], v[j]];
    return p === undefined || q === undefined
      ? null
      : lax.mul(...(promoteArgs("cross", p, q) as [NDArray, NDArray]));
  };
  const minus = (i: number, j: number): NDArray => {
    const [p, q] = [pair(i, j), pair(j, i)];
    if (p === null || q === null) return p ?? lax.neg(q!);
    return lax.sub(p, q);
  };
  const z = minus(0, 1);
  if (u.length === 2 && v.length === 2) return z;
  const components = [minus(1, 2), minus(2, 0), z];
  const out = lax.concatenate(
    components.map((c) => lax.expandDims(c, [c.ndim])),
    z.ndim,
  );
  return moveaxis(out, -1, canonicalAxis(axis ?? axisc, out.ndim, "cross"));
}

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
