/**
 * @file Linear systems with triangular matrices, from the left or the right. A zero on the diagonal divides: the result
 * has infinities or NaNs. Source of the conventions: jax/_src/lax/linalg.py.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type ShapedArray } from "../../core/aval.ts";
import {
  type BatchAxis,
  type BatchDim,
  type Primitive,
  checkOneLinear,
  definePrimitive,
  isUndef,
} from "../../core/primitive.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { bind1 } from "../../core/trace.ts";
import { type Tangent, Zero, isZero } from "../../core/zero.ts";
import { ShapeError, checkOptions } from "../../base/errors.ts";
import { materialise as withBatchAxis } from "../../interpreters/batching.ts";
import { addTangents } from "../../interpreters/tangents.ts";
import { type Block, type Operand, apply } from "../../loops/ir/build.ts";
import { iadd } from "../../loops/ir/affine.ts";
import type { Buffer, Expr } from "../../loops/ir/ir.ts";
import type { Pull } from "../../loops/pull.ts";
import { neg } from "../elementwise/functions.ts";
import { checkDtypes } from "../elementwise/family.ts";
import { expandDims, moveAxis, reshape, squeeze } from "../shapes/movement.ts";
import { promoteStrict } from "../operands/strict.ts";
import { conjugated, matmul, requireSquare, tril, triu } from "./algebra.ts";
import { onParts } from "./complex/parts.ts";
import { triangularSolvePartsP } from "./complex/triangular-solve.ts";
import {
  type Index,
  Matrix,
  batchOf,
  element,
  fill,
  mirrored,
  newMatrix,
  operandMatrices,
  outputMatrix,
  wide,
} from "./matrix.ts";

/** Which triangle of a matrix is read, and how. */
export interface TriangleRead {
  readonly lower: boolean;
  readonly transposed: boolean;
  readonly unitDiagonal: boolean;
}

/** Runs over the rows in the order of substitution; `solved` bounds those already solved, `rest` those to come. */
export function inOrder(
  b: Block,
  m: number,
  { lower, transposed: flipped }: TriangleRead,
  body: (b: Block, i: Expr, solved: readonly [Operand, Operand], rest: readonly [Operand, Operand]) => void,
): void {
  const ascending = lower !== flipped;
  b.for(
    0,
    m,
    (x, step) => {
      const i = ascending ? step : mirrored(m, step);
      const before = [0, i] as const;
      const after = [iadd(i, 1), m] as const;
      body(x, i, ascending ? before : after, ascending ? after : before);
    },
    "s",
  );
}

/** Solves op(A)·X = B in place of B, whose rows are contiguous: rows minus multiples of rows. */
export function substituteRows(b: Block, a: Matrix, x: Matrix, how: TriangleRead): void {
  inOrder(b, a.rows, how, (y, i, solved) => {
    y.for(
      ...solved,
      (z, k) => x.subtractRow(z, i, z.let(how.transposed ? a.at(k, i) : a.at(i, k), "f"), x, k),
      "k",
    );
    if (how.unitDiagonal) return;
    const pivot = y.let(a.at(i, i), "pivot");
    y.for(0, x.cols, (z, j) => x.put(z, i, j, apply("div", x.at(i, j), pivot)), "j");
  });
}

/** Solves op(A)·x = b in place of b, row `r` of a matrix: along the rows of A. */
export function substituteVector(b: Block, a: Matrix, x: Matrix, r: Index, how: TriangleRead): void {
  inOrder(b, a.rows, how, (y, i, solved, rest) => {
    const value = y.variable(x.at(r, i), "value");
    if (!how.transposed) {
      y.for(
        ...solved,
        (z, k) => z.accumulate(value, "add", apply("neg", apply("mul", a.at(i, k), x.at(r, k)))),
        "k",
      );
    }
    if (!how.unitDiagonal) y.set(value, apply("div", value, a.at(i, i)));
    x.put(y, r, i, value);
    if (how.transposed) {
      y.for(
        ...rest,
        (z, k) => x.put(z, r, k, apply("sub", x.at(r, k), apply("mul", value, a.at(i, k)))),
        "k",
      );
    }
  });
}

/** Solves op(A)·X = B in place of B. */
export function substitute(b: Block, a: Matrix, x: Matrix, how: TriangleRead): void {
  if (x.cols === 1) substituteVector(b, a, new Matrix(x.buffer, 1, x.rows, x.base), 0, how);
  else substituteRows(b, a, x, how);
}

type TriangularParams = {
  leftSide: boolean;
  lower: boolean;
  transposeA: boolean;
  unitDiagonal: boolean;
};

function emitTriangular(b: Block, [a, rhs]: readonly Pull[], out: Buffer, p: TriangularParams): void {
  const { shape } = rhs.aval;
  if (shape.includes(0)) return;
  const [m, n] = shape.slice(-2);
  const matrixOf = operandMatrices(b, a, "a");
  const work = out.dtype === wide ? null : newMatrix(b, m, n, "x");
  const how: TriangleRead = { lower: p.lower, transposed: p.transposeA, unitDiagonal: p.unitDiagonal };
  b.nest(batchOf(shape), (y, batch) => {
    const to = outputMatrix(out, shape, batch);
    const x = work ?? to;
    fill(y, x, (i, j) => element(rhs, [...batch, i, j]));
    const t = matrixOf(batch);
    if (p.leftSide) substitute(y, t, x, how);
    // X·op(A) = B row by row: op(A)ᵀ·xᵀ = bᵀ.
    else y.nest([m], (z, [r]) => substituteVector(z, t, x, r, { ...how, transposed: !how.transposed }));
    if (work !== null) fill(y, to, (i, j) => work.at(i, j));
  });
}

function checkSystem(a: ShapedArray, b: ShapedArray, { leftSide }: TriangularParams): void {
  checkDtypes("triangularSolve", [a, b], "inexact");
  const m = requireSquare("triangularSolve", a);
  const fits =
    b.ndim === a.ndim &&
    b.shape.slice(0, -2).join() === a.shape.slice(0, -2).join() &&
    b.shape[b.ndim - (leftSide ? 2 : 1)] === m;
  if (!fits) {
    throw new ShapeError(
      `triangularSolve: for matrices of shape ${shapeString(a.shape)} the right side must have shape ` +
        `[…, ${leftSide ? `${m}, n` : `n, ${m}`}] with the same leading axes; got ${shapeString(b.shape)}.`,
    );
  }
}

/** With one matrix for all lanes, the lanes are further right sides. */
function batchTriangular(
  axis: BatchAxis,
  [a, b]: readonly NDArray[],
  [da, db]: readonly BatchDim[],
  params: TriangularParams,
): [NDArray[], BatchDim[]] {
  if (da !== null || db === null) {
    const args = [withBatchAxis(axis, a, da), withBatchAxis(axis, b, db)];
    return [[bind1(triangularSolveP, args, params)], [0]];
  }
  // […, m, n, lanes] on the left, […, lanes, n, m] on the right.
  const at = params.leftSide ? b.ndim - 1 : b.ndim - 3;
  const moved = moveAxis(b, db, at);
  const s = moved.shape;
  const joined = params.leftSide
    ? [...s.slice(0, -2), s[s.length - 2] * s[s.length - 1]]
    : [...s.slice(0, -3), s[s.length - 3] * s[s.length - 2], s[s.length - 1]];
  const out = bind1(triangularSolveP, [a, reshape(moved, joined)], params);
  return [[reshape(out, s)], [at]];
}

export const triangularSolveP: Primitive<TriangularParams> = definePrimitive<TriangularParams>({
  name: "triangular_solve",
  kind: "opaque",
  abstractEval: ([a, b], params) => {
    checkSystem(a, b, params);
    return [b.strong];
  },
  lower: (_context, _args, params) => ({
    kind: "routine",
    emit: (b, args, [out]) => emitTriangular(b, args, out, params),
  }),
  complex: (args, params) => onParts(triangularSolvePartsP, args, params, [true]),
  jvp: ([a, b], [ta, tb], params) => {
    const x = bind1(triangularSolveP, [a, b], params);
    const solve = (r: NDArray): NDArray => bind1(triangularSolveP, [a, r], params);
    // A·X = B: Ẋ = A⁻¹(Ḃ − Ȧ·X), of Ȧ the triangle that is read.
    let t: Tangent = isZero(tb) ? new Zero(x.aval) : solve(tb);
    if (!isZero(ta)) {
      const k = params.unitDiagonal ? 1 : 0;
      const da = params.lower ? tril(ta, -k) : triu(ta, k);
      const product = params.leftSide
        ? matmul(da, x, params.transposeA)
        : matmul(x, da, false, params.transposeA);
      t = addTangents(t, solve(neg(product)));
    }
    return [[x], [t]];
  },
  transpose: ([ct], [a, b], params) => {
    checkOneLinear("triangular_solve", [a, b]);
    if (!isUndef(b)) return [null, null];
    if (ct === undefined || isZero(ct)) return [null, new Zero(b.aval)];
    const back = { ...params, transposeA: !params.transposeA };
    return [null, bind1(triangularSolveP, [a as NDArray, ct], back)];
  },
  batch: batchTriangular,
});

/** The solution for operands of equal rank and batch axes. */
export const solveTriangle = (
  a: NDArray,
  b: NDArray,
  p: Omit<TriangularParams, "unitDiagonal"> & { readonly unitDiagonal?: boolean },
): NDArray => bind1(triangularSolveP, [a, b], { unitDiagonal: false, ...p });

/** Options of `triangularSolve`. */
export interface TriangularSolveOptions {
  /** True: solve op(A)·X = B. False (the default): X·op(A) = B. */
  readonly leftSide?: boolean | undefined;
  /** Which triangle of A is read: the upper one by default. */
  readonly lower?: boolean | undefined;
  /** Is op(A) the transpose of A? */
  readonly transposeA?: boolean | undefined;
  /** Is it conjugated? Has no effect on real matrices. */
  readonly conjugateA?: boolean | undefined;
  /** Take the diagonal of A to be ones, without reading it. */
  readonly unitDiagonal?: boolean | undefined;
}

/**
 * Solves X·op(A) = B, or op(A)·X = B with `leftSide`, for triangular matrices A [..., m, m]; B may also be vectors,
 * [..., m]. Linear in B. @see jax.lax.linalg.triangular_solve
 * @example
 * lax.linalg.triangularSolve(np.array([[2, 0], [1, 4]]), np.array([2, 9]), { leftSide: true, lower: true }).js(); // [1, 2]
 */
export function triangularSolve(a: ArrayLike, b: ArrayLike, options?: TriangularSolveOptions): NDArray {
  checkOptions("triangularSolve", options, ["leftSide", "lower", "transposeA", "conjugateA", "unitDiagonal"]);
  const [matrix, rhs] = promoteStrict("triangularSolve", a, b) as [NDArray, NDArray];
  const { leftSide = false, lower = false, transposeA = false, unitDiagonal = false } = options ?? {};
  const given = options?.conjugateA === true ? conjugated(matrix) : matrix;
  const single = rhs.ndim === matrix.ndim - 1;
  const axis = leftSide ? rhs.ndim : rhs.ndim - 1;
  const full = single ? expandDims(rhs, [axis]) : rhs;
  const out = solveTriangle(given, full, { leftSide, lower, transposeA, unitDiagonal });
  return single ? squeeze(out, [axis]) : out;
}
