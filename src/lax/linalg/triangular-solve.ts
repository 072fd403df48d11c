/**
 * @file Linear systems with triangular matrices, from the left or the right. A zero on the diagonal divides: the result
 * has infinities or NaNs. Source of the conventions: jax/_src/lax/linalg.py.
 */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type ShapedArray } from "../../core/aval.ts";
import type { Primitive } from "../../core/primitive.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { bind1 } from "../../core/trace.ts";
import { ShapeError, checkOptions } from "../../base/errors.ts";
import type { DType } from "../../dtypes/dtype.ts";
import type { Block } from "../../loops/ir/build.ts";
import { iadd, isub } from "../../loops/ir/affine.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { checkDtypes } from "../families/elementwise.ts";
import { expandDims, squeeze } from "../shapes/movement.ts";
import { promoteStrict } from "../operands/strict.ts";
import { conjugated, matmul, requireSquare, tril, triu } from "./algebra.ts";
import { type Input, type Output, batchOf } from "./elements/arrays.ts";
import { blockedSize, eachBelow, eachBlock, fillAcross, heldAs, subtractProduct } from "./elements/blocks.ts";
import { type Index, type Matrix, fill, newMatrix } from "./elements/matrix.ts";
import { type Span, each, mirrored, wide } from "./elements/scalars.ts";
import { factorisation } from "./families/factorisation.ts";
import { batchSolution, solutionTangent, transposeSolution } from "./families/solution.ts";

/** Which triangle of a matrix is read, and how. */
interface TriangleRead {
  readonly lower: boolean;
  readonly transposed: boolean;
  readonly unitDiagonal: boolean;
}

/** Runs over the rows in the order of substitution; `solved` bounds those already solved, `rest` those to come. */
function inOrder(
  b: Block,
  m: number,
  { lower, transposed: flipped }: TriangleRead,
  body: (b: Block, i: Expr, solved: Span, rest: Span) => void,
): void {
  const ascending = lower !== flipped;
  each(b, "s", [0, m], (x, step) => {
    const i = ascending ? step : mirrored(m, step);
    const before: Span = [0, i];
    const after: Span = [iadd(i, 1), m];
    body(x, i, ascending ? before : after, ascending ? after : before);
  });
}

/** Solves op(A)·X = B in place of B, whose rows are contiguous: rows minus multiples of rows. */
function substituteRows<E>(b: Block, a: Matrix<E>, x: Matrix<E>, how: TriangleRead): void {
  const f = a.field;
  inOrder(b, a.rows, how, (y, i, solved) => {
    each(y, "k", solved, (z, k) =>
      x.subtractRow(z, i, f.let(z, how.transposed ? a.at(k, i) : a.at(i, k), "f"), x, k),
    );
    finishRow(y, a, x, i, how);
  });
}

/** Divides a row of X, from which the others are subtracted, by its element of the diagonal. */
function finishRow<E>(b: Block, a: Matrix<E>, x: Matrix<E>, i: Expr, how: TriangleRead): void {
  if (how.unitDiagonal) return;
  const f = a.field;
  const pivot = f.let(b, a.at(i, i), "pivot");
  each(b, "j", [0, x.cols], (z, j) => x.put(z, i, j, f.quotient(z, x.at(i, j), pivot)));
}

/** The same in blocks of rows: what they make of the rows to come is subtracted from these at once. */
function substituteBlocks<E>(b: Block, a: Matrix<E>, x: Matrix<E>, how: TriangleRead): void {
  const n = a.rows;
  const ascending = how.lower !== how.transposed;
  const product = {
    cols: [0, x.cols] as Span,
    size: n,
    x: (i: Expr, k: Expr): E => (how.transposed ? a.at(k, i) : a.at(i, k)),
    y: (k: Expr, j: Expr): E => x.at(k, j),
  };
  const write = (block: Block, lo: Expr, hi: Expr): void => {
    eachBelow(block, n, [lo, hi], (row, step) => {
      const i = ascending ? step : row.within(isub(iadd(lo, iadd(hi, -1)), step), 0, n - 1);
      const terms: Span = ascending ? [lo, i] : [iadd(i, 1), hi];
      subtractProduct(row, x, { ...product, rows: [i, iadd(i, 1)], terms });
      finishRow(row, a, x, i, how);
    });
    const rows: Span = ascending ? [hi, n] : [0, lo];
    subtractProduct(block, x, { ...product, rows, terms: [lo, hi] });
  };
  eachBlock(b, n, write, !ascending);
}

/** Solves op(A)·x = b in place of b, row `r` of a matrix: along the rows of A. */
function substituteVector<E>(b: Block, a: Matrix<E>, rows: Matrix<E>, r: Index, how: TriangleRead): void {
  const f = a.field;
  const x = rows.row(r);
  inOrder(b, a.rows, how, (y, i, solved, rest) => {
    const value = f.variable(y, x.at(i), "value");
    if (!how.transposed)
      each(y, "k", solved, (z, k) => value.add(z, f.neg(f.mul(f.once(z, a.at(i, k)), f.once(z, x.at(k))))));
    if (!how.unitDiagonal) value.set(y, f.quotient(y, value.value, f.once(y, a.at(i, i), "pivot")));
    x.put(y, i, value.value);
    if (how.transposed)
      each(y, "k", rest, (z, k) => x.put(z, k, f.sub(x.at(k), f.mul(value.value, f.once(z, a.at(i, k))))));
  });
}

/** Are so many rows and right sides worth blocks? */
const isLarge = (rows: number, sides: number): boolean => rows >= blockedSize && sides >= 8;

/** The dtype in which right sides are held while they are solved for. */
export const sidesHeldAs = (dtype: DType, rows: number, sides: number): DType =>
  isLarge(rows, sides) ? heldAs(dtype) : wide;

/** Solves op(A)·X = B in place of B. */
export function substitute<E>(b: Block, a: Matrix<E>, x: Matrix<E>, how: TriangleRead): void {
  if (x.cols === 1) substituteVector(b, a, x.asRow(), 0, how);
  else if (isLarge(a.rows, x.cols)) substituteBlocks(b, a, x, how);
  else substituteRows(b, a, x, how);
}

export type TriangularParams = {
  leftSide: boolean;
  lower: boolean;
  transposeA: boolean;
  unitDiagonal: boolean;
};

function emitTriangular<E>(
  b: Block,
  [a, rhs]: readonly Input<E>[],
  [out]: readonly Output<E>[],
  { leftSide, lower, transposeA, unitDiagonal }: TriangularParams,
): void {
  const { shape, field } = rhs;
  if (shape.includes(0)) return;
  const [m, n] = shape.slice(-2);
  const matrixOf = a.matrices(b, "a");
  const [rows, sides] = leftSide ? [m, n] : [n, m];
  const held = sidesHeldAs(rhs.dtype, rows, sides);
  if (!leftSide && isLarge(rows, sides)) {
    // X·op(A) = B, with right sides for columns: op(A)ᵀ·Xᵀ = Bᵀ.
    const x = newMatrix(field, b, rows, sides, "x", held);
    b.nest(batchOf(shape), (y, batch) => {
      fillAcross(y, x, "all", (i, j) => rhs.at([...batch, j, i]));
      substitute(y, matrixOf(batch), x, { lower, transposed: !transposeA, unitDiagonal });
      fillAcross(y, out.matrix(batch), "all", (i, j) => x.at(j, i));
    });
    return;
  }
  const work = out.buffers[0].dtype === held ? null : newMatrix(field, b, m, n, "x", held);
  b.nest(batchOf(shape), (y, batch) => {
    const to = out.matrix(batch);
    const x = work ?? to;
    rhs.copyTo(y, batch, x);
    const t = matrixOf(batch);
    if (leftSide) substitute(y, t, x, { lower, transposed: transposeA, unitDiagonal });
    // X·op(A) = B row by row: op(A)ᵀ·xᵀ = bᵀ.
    else
      y.nest([m], (z, [r]) => substituteVector(z, t, x, r, { lower, transposed: !transposeA, unitDiagonal }));
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

export const triangularSolveP: Primitive<TriangularParams> = factorisation<TriangularParams>({
  name: "triangular_solve",
  check: ([a, b], params) => checkSystem(a, b, params),
  results: ([, b]) => [b.strong],
  real: emitTriangular,
  complex: emitTriangular,
  jvp: ([a, b], [ta, tb], params) => {
    const x = bind1(triangularSolveP, [a, b], params);
    const solve = (r: NDArray): NDArray => bind1(triangularSolveP, [a, r], params);
    // A·X = B: Ẋ = A⁻¹(Ḃ − Ȧ·X), of Ȧ the triangle that is read.
    const t = solutionTangent(solve, tb, ta, (rate) => {
      const k = params.unitDiagonal ? 1 : 0;
      const da = params.lower ? tril(rate, -k) : triu(rate, k);
      return params.leftSide ? matmul(da, x, params.transposeA) : matmul(x, da, false, params.transposeA);
    });
    return [[x], [t]];
  },
  transpose: transposeSolution("triangular_solve", ([a], ct, params) =>
    bind1(triangularSolveP, [a, ct], { ...params, transposeA: !params.transposeA }),
  ),
  batch: batchSolution(
    () => triangularSolveP,
    ({ leftSide }) => !leftSide,
  ),
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
export function triangularSolve(
  a: ArrayLike,
  b: ArrayLike,
  options?: TriangularSolveOptions,
  ...more: []
): NDArray {
  refuseMore("triangularSolve", 3, more);
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
