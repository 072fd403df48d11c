/**
 * @file The LU factorisation with partial pivoting, P·A = L·U, and the solution of linear systems by it.
 *
 * A singular matrix has a zero on the diagonal of U, and its systems solutions with infinities or NaNs. The derivative of
 * a solution reuses the factors: Ẋ = A⁻¹(Ḃ − Ȧ·X). That of the factors is De Hoog, Anderssen and Lukas's, as in
 * jax/_src/lax/linalg.py.
 */
import { refuseMore, checkWhole } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import {
  type NoParams,
  type Primitive,
  definePrimitive,
  notLinear,
  zeroTangent,
} from "../../core/primitive.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { bind, bind1 } from "../../core/trace.ts";
import { Zero } from "../../core/zero.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { instantiate } from "../../interpreters/tangents.ts";
import { type Block, cast, load, ne } from "../../loops/ir/build.ts";
import { flatten, iadd } from "../../loops/ir/affine.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { inBuffer } from "../../loops/pull.ts";
import { add } from "../elementwise/arithmetic.ts";
import { asArray } from "../operands/convert.ts";
import { checkDtypes, none } from "../families/elementwise.ts";
import { pad, sliceInDim } from "../shapes/slicing.ts";
import { stopGradient } from "../identities/stop-gradient.ts";
import { batchLeading, eyeOf, matmul, requireSquare, tril, triu } from "./algebra.ts";
import { type Input, type Output, batchOf } from "./elements/arrays.ts";
import { blockedSize, heldAs } from "./elements/blocks.ts";
import { type Matrix, fill, newMatrix } from "./elements/matrix.ts";
import { type Exchange, Order, findPivot, permuteRows } from "./elements/permute.ts";
import { factoriseBlocks } from "./blocked/lu.ts";
import { each, indexLocal, wide } from "./elements/scalars.ts";
import { checkMatrices, factorisation, lowerReal } from "./families/factorisation.ts";
import { batchSolution, solutionTangent, transposeSolution } from "./families/solution.ts";
import { sidesHeldAs, solveTriangle, substitute } from "./triangular-solve.ts";

/** Subtracts multiples of the pivot's row from the rows below it, and keeps the multiples in their place. */
function eliminate<E>(b: Block, a: Matrix<E>, k: Expr): void {
  const f = a.field;
  const pivot = f.let(b, a.at(k, k), "pivot");
  b.if(f.isNonzero(pivot), (x) =>
    each(x, "i", [iadd(k, 1), a.rows], (row, i) => {
      const factor = f.let(row, f.quotient(row, a.at(i, k), pivot), "f");
      a.put(row, i, k, factor);
      a.subtractRow(row, i, factor, a, k, [iadd(k, 1), a.cols]);
    }),
  );
}

/** Factorises row by row. */
function factoriseRows<E>(b: Block, a: Matrix<E>, exchange: Exchange): void {
  each(b, "k", [0, Math.min(a.rows, a.cols)], (step, k) => {
    const row = findPivot(step, a.column(k), k, a.rows);
    exchange(step, k, row);
    step.if(ne(row, k), (z) => a.swapRows(z, k, row));
    eliminate(step, a, k);
  });
}

function emitLu<E>(
  b: Block,
  [x]: readonly Input<E>[],
  [lu, pivots, permutation]: readonly Output<E>[],
): void {
  const [m, n] = x.shape.slice(-2);
  const isLarge = Math.min(m, n) >= blockedSize;
  const a = newMatrix(x.field, b, m, n, "a", isLarge ? heldAs(x.dtype) : wide);
  const order = new Order(b, m);
  b.nest(batchOf(x.shape), (y, batch) => {
    x.copyTo(y, batch, a);
    order.reset(y);
    const factorise = isLarge ? factoriseBlocks<E> : factoriseRows<E>;
    factorise(y, a, (step, k, row) => {
      pivots.store(step, [...batch, k], row);
      step.if(ne(row, k), (z) => order.swap(z, k, row));
    });
    lu.copyFrom(y, batch, a);
    order.copyTo(y, permutation, batch);
  });
}

/** `x` with zeros around it: `before` rows and columns, and after it what is missing to size × size. */
function padded(x: NDArray, size: number, before = 0): NDArray {
  const [rows, cols] = x.shape.slice(-2);
  const config = x.shape.slice(0, -2).map(() => [0, 0, 0] as const);
  return pad(x, 0, [...config, [before, size - before - rows, 0], [before, size - before - cols, 0]]);
}

/** L̇ + U̇ in one matrix: of M = L⁻¹·PȦ·U⁻¹, L times the strict lower and the upper triangle times U. */
function luTangent(lu: NDArray, permutation: NDArray, t: NDArray): NDArray {
  const [m, n] = lu.shape.slice(-2);
  const k = Math.min(m, n);
  const batch = lu.shape.slice(0, -2);
  // Both as square matrices, the identity where there is nothing of theirs.
  const l = add(padded(tril(sliceInDim(lu, 0, k, 1, lu.ndim - 1), -1), m), eyeOf([...batch, m, m], lu.dtype));
  const ones = padded(eyeOf([...batch, n - k, n - k], lu.dtype), n, k);
  const u = add(padded(triu(sliceInDim(lu, 0, k, 1, lu.ndim - 2)), n), ones);
  const moved = permuteRows(t, permutation);
  const unit = { leftSide: true, lower: true, transposeA: false, unitDiagonal: true };
  const left = solveTriangle(l, moved, unit);
  const both = solveTriangle(u, left, { leftSide: false, lower: false, transposeA: false });
  return add(matmul(l, tril(both, -1)), matmul(triu(both), u));
}

export const luP: Primitive<NoParams> = factorisation<NoParams>({
  name: "lu",
  check: checkMatrices("lu"),
  results: ([x]) => {
    const [m, n] = x.shape.slice(-2);
    const batch = batchOf(x.shape);
    return [x.strong, shaped([...batch, Math.min(m, n)], "int32"), shaped([...batch, m], "int32")];
  },
  real: emitLu,
  complex: emitLu,
  jvp: ([x], [t]) => {
    const outs = bind(luP, [x], none);
    const [lu, pivots, permutation] = outs;
    const tangent = luTangent(lu, permutation, instantiate(t));
    return [outs, [tangent, new Zero(pivots.aval), new Zero(permutation.aval)]];
  },
});

/**
 * The LU factorisation of matrices with partial pivoting: `[lu, pivots, permutation]`, where `lu` holds L (of unit diagonal)
 * below the diagonal and U on and above it, `pivots` the row exchanged with each row in turn, and row i of P·A is row
 * `permutation[i]` of A. @see jax.lax.linalg.lu
 * @example
 * lax.linalg.lu(np.array([[1, 2], [4, 8]]))[0].js(); // [[4, 8], [0.25, 0]]
 */
export function lu(x: ArrayLike, ...more: []): [lu: NDArray, pivots: NDArray, permutation: NDArray] {
  refuseMore("lu", 1, more);
  return bind(luP, [asArray(x, "lu")], none) as [NDArray, NDArray, NDArray];
}

type PermutationParams = { size: number };

export const luPivotsToPermutationP: Primitive<PermutationParams> = definePrimitive<PermutationParams>({
  name: "lu_pivots_to_permutation",
  kind: "opaque",
  abstractEval: ([pivots], { size }) => {
    checkDtypes("luPivotsToPermutation", [pivots], "integer");
    const count = pivots.shape[pivots.ndim - 1] ?? Infinity;
    if (count > size)
      throw new ArgumentError(
        `luPivotsToPermutation: the size must be at least the number of pivots; got ${size} for shape ${shapeString(pivots.shape)}.`,
      );
    return [shaped([...pivots.shape.slice(0, -1), size], "int32")];
  },
  lower: lowerReal((b, [pivots], [out], { size }) => {
    const { shape } = pivots;
    const order = new Order(b, size);
    b.nest(batchOf(shape, 1), (y, batch) => {
      order.reset(y);
      y.for(0, shape[shape.length - 1], (z, i) => {
        const k = indexLocal(z, cast(pivots.parts[0].at([...batch, i]), "int32"), size);
        order.swap(z, i, k);
      });
      order.copyTo(y, out, batch);
    });
  }),
  jvp: zeroTangent,
  transpose: notLinear,
  batch: batchLeading(() => luPivotsToPermutationP),
});

/**
 * The permutation [..., permutationSize] (int32) that exchanges of rows make: row i with row `pivots[i]`, in their order. The
 * derivative is 0.
 * @throws ArgumentError if there are more pivots than `permutationSize`; DTypeError unless they are integers
 * @see jax.lax.linalg.lu_pivots_to_permutation
 * @example
 * lax.linalg.luPivotsToPermutation(np.array([2, 2], "int32"), 3).js(); // [2, 0, 1]
 */
export function luPivotsToPermutation(pivots: ArrayLike, permutationSize: number, ...more: []): NDArray {
  refuseMore("luPivotsToPermutation", 2, more);
  checkWhole("luPivotsToPermutation", "the size", permutationSize);
  return bind1(luPivotsToPermutationP, [asArray(pivots, "luPivotsToPermutation")], { size: permutationSize });
}

type SolveParams = { transposed: boolean };

const lowerUnit = { lower: true, unitDiagonal: true } as const;
const upper = { lower: false, unitDiagonal: false } as const;

/** X from A's factors: L·U·X = P·B, or for Aᵀ = Uᵀ·Lᵀ·P: Uᵀ·Lᵀ·(P·X) = B. */
function emitSolve<E>(
  b: Block,
  [lu, permutation, rhs]: readonly Input<E>[],
  [out]: readonly Output<E>[],
  { transposed }: SolveParams,
): void {
  const { shape } = rhs;
  if (shape.includes(0)) return;
  const [m, n] = shape.slice(-2);
  const factors = lu.matrices(b, "lu");
  const order = inBuffer(b, permutation.parts[0], "order");
  const x = newMatrix(rhs.field, b, m, n, "x", sidesHeldAs(rhs.dtype, m, n));
  b.nest(batchOf(shape), (y, batch) => {
    const f = factors(batch);
    const to = out.matrix(batch);
    const eachRow = (body: (z: Block, i: Expr, from: Expr, j: Expr) => void): void =>
      y.for(0, m, (row, i) => {
        const from = indexLocal(row, load(order, flatten([...batch, i], permutation.shape)), m, "from");
        each(row, "j", [0, n], (z, j) => body(z, i, from, j));
      });
    if (transposed) {
      rhs.copyTo(y, batch, x);
      substitute(y, f, x, { ...upper, transposed });
      substitute(y, f, x, { ...lowerUnit, transposed });
      eachRow((z, i, from, j) => to.put(z, from, j, x.at(i, j)));
    } else {
      eachRow((z, i, from, j) => x.put(z, i, j, rhs.at([...batch, from, j])));
      substitute(y, f, x, { ...lowerUnit, transposed });
      substitute(y, f, x, { ...upper, transposed });
      fill(y, to, (i, j) => x.at(i, j));
    }
  });
}

function checkSystem([a, f, permutation, b]: readonly ShapedArray[]): void {
  checkDtypes("solve", [a, f, b], "inexact");
  const m = requireSquare("solve", a);
  const batch = a.shape.slice(0, -2).join();
  if (b.ndim !== a.ndim || b.shape.slice(0, -2).join() !== batch || b.shape[b.ndim - 2] !== m) {
    throw new ShapeError(
      `solve: for matrices of shape ${shapeString(a.shape)} the right sides must have shape [..., ${m}, n] with the same ` +
        `leading axes; got ${shapeString(b.shape)}.`,
    );
  }
  if (f.shape.join() !== a.shape.join() || permutation.shape.join() !== a.shape.slice(0, -1).join())
    throw new ShapeError(
      `solve: the factors of matrices of shape ${shapeString(a.shape)} have shapes ${shapeString(f.shape)} and ${shapeString(permutation.shape)}.`,
    );
}

/**
 * The solution of A·X = B (or Aᵀ·X = B) from the factors of A. The operand A is there for its derivative; the factors
 * have none, being functions of A.
 */
export const linearSolveP: Primitive<SolveParams> = factorisation<SolveParams>({
  name: "linear_solve",
  check: checkSystem,
  unread: 1,
  results: ([, , b]) => [b.strong],
  real: emitSolve,
  complex: emitSolve,
  jvp: ([a, f, permutation, b], [ta, , , tb], params) => {
    const solve = (r: NDArray): NDArray => bind1(linearSolveP, [a, f, permutation, r], params);
    const x = solve(b);
    return [[x], [solutionTangent(solve, tb, ta, (rate) => matmul(rate, x, params.transposed))]];
  },
  transpose: transposeSolution("linear_solve", (known, ct, { transposed }) =>
    bind1(linearSolveP, [...known, ct], { transposed: !transposed }),
  ),
  batch: batchSolution(
    () => linearSolveP,
    () => false,
  ),
});

/**
 * The solution X of A·X = B, [..., m, n], for operands of equal dtype, rank and batch axes; A is factorised once, its
 * derivative and its transpose included.
 */
export function linearSolve(a: NDArray, b: NDArray): NDArray {
  const [factors, , permutation] = lu(stopGradient(a));
  return bind1(linearSolveP, [a, factors, permutation, b], { transposed: false });
}
