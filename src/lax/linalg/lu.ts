/**
 * @file The LU factorisation with partial pivoting, P·A = L·U, and the solution of linear systems by it.
 *
 * A singular matrix has a zero on the diagonal of U, and its systems solutions with infinities or NaNs. The derivative of
 * a solution reuses the factors: Ẋ = A⁻¹(Ḃ − Ȧ·X). That of the factors is De Hoog, Anderssen and Lukas's, as in
 * jax/_src/lax/linalg.py.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import {
  type BatchAxis,
  type BatchDim,
  type NoParams,
  type Primitive,
  checkOneLinear,
  definePrimitive,
  isUndef,
  notLinear,
  zeroTangent,
} from "../../core/primitive.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { bind, bind1 } from "../../core/trace.ts";
import { type Tangent, Zero, isZero } from "../../core/zero.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { materialise as withBatchAxis } from "../../interpreters/batching.ts";
import { addTangents } from "../../interpreters/tangents.ts";
import { type Block, apply, cast, load } from "../../loops/ir/build.ts";
import { flatten, iadd } from "../../loops/ir/affine.ts";
import type { Buffer, Expr } from "../../loops/ir/ir.ts";
import { type Pull, materialise } from "../../loops/pull.ts";
import { add } from "../elementwise/arithmetic.ts";
import { asArray } from "../operands/convert.ts";
import { neg } from "../elementwise/functions.ts";
import { checkDtypes, none } from "../elementwise/family.ts";
import { moveAxis, reshape } from "../shapes/movement.ts";
import { pad, sliceInDim } from "../shapes/slicing.ts";
import { stopGradient } from "../identities/stop-gradient.ts";
import { batchLeading, eyeOf, matmul, requireMatrices, requireSquare, tril, triu } from "./algebra.ts";
import { linearSolvePartsP, luPartsP } from "./complex/lu.ts";
import { onParts } from "./complex/parts.ts";
import {
  type Matrix,
  batchOf,
  element,
  fill,
  indexLocal,
  newMatrix,
  operandMatrices,
  outputMatrix,
} from "./matrix.ts";
import { permuteRows, swapEntries } from "./permute.ts";
import { solveTriangle, substitute } from "./triangular-solve.ts";

/** The row at or below k with the largest element in column k; the first of several. */
function findPivot(b: Block, a: Matrix, k: Expr): Expr {
  const best = b.variable(apply("abs", a.at(k, k)), "best");
  const row = b.variable(k, "row");
  b.for(
    iadd(k, 1),
    a.rows,
    (x, i) => {
      const size = x.let(apply("abs", a.at(i, k)), "size");
      x.if(apply("gt", size, best), (y) => {
        y.set(best, size);
        y.set(row, i);
      });
    },
    "i",
  );
  return indexLocal(b, row, a.rows, "pivotRow");
}

/** Subtracts multiples of the pivot's row from the rows below it, and keeps the multiples in their place. */
function eliminate(b: Block, a: Matrix, k: Expr): void {
  const pivot = b.let(a.at(k, k), "pivot");
  b.if(apply("ne", pivot, 0), (x) =>
    x.for(
      iadd(k, 1),
      a.rows,
      (row, i) => {
        const factor = row.let(apply("div", a.at(i, k), pivot), "f");
        a.put(row, i, k, factor);
        a.subtractRow(row, i, factor, a, k, iadd(k, 1));
      },
      "i",
    ),
  );
}

function emitLu(b: Block, x: Pull, [lu, pivots, permutation]: readonly Buffer[]): void {
  const { shape } = x.aval;
  const [m, n] = shape.slice(-2);
  const steps = Math.min(m, n);
  const a = newMatrix(b, m, n, "a");
  const order = b.alloc("int32", m, "order");
  const batchShape = batchOf(shape);
  b.nest(batchShape, (y, batch) => {
    fill(y, a, (i, j) => element(x, [...batch, i, j]));
    y.for(0, m, (z, i) => z.store(order, i, i));
    y.for(
      0,
      steps,
      (step, k) => {
        const row = findPivot(step, a, k);
        step.store(pivots, flatten([...batch, k], [...batchShape, steps]), row);
        step.if(apply("ne", row, k), (z) => {
          a.swapRows(z, k, row);
          swapEntries(z, order, k, row);
        });
        eliminate(step, a, k);
      },
      "k",
    );
    fill(y, outputMatrix(lu, shape, batch), (i, j) => a.at(i, j));
    y.for(0, m, (z, i) => z.store(permutation, flatten([...batch, i], [...batchShape, m]), load(order, i)));
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

export const luP: Primitive<NoParams> = definePrimitive<NoParams>({
  name: "lu",
  kind: "opaque",
  abstractEval: ([x]) => {
    checkDtypes("lu", [x], "inexact");
    const [m, n] = requireMatrices("lu", x);
    const batch = x.shape.slice(0, -2);
    return [x.strong, shaped([...batch, Math.min(m, n)], "int32"), shaped([...batch, m], "int32")];
  },
  lower: () => ({ kind: "routine", emit: (b, [x], outs) => emitLu(b, x, outs) }),
  complex: (args) => onParts(luPartsP, args, none, [true, false, false]),
  jvp: ([x], [t]) => {
    const outs = bind(luP, [x], none);
    const [lu, pivots, permutation] = outs;
    const tangent: Tangent = isZero(t) ? new Zero(lu.aval) : luTangent(lu, permutation, t);
    return [outs, [tangent, new Zero(pivots.aval), new Zero(permutation.aval)]];
  },
  transpose: notLinear,
  batch: batchLeading(() => luP),
});

/**
 * The LU factorisation of matrices with partial pivoting: `[lu, pivots, permutation]`, where `lu` holds L (of unit diagonal)
 * below the diagonal and U on and above it, `pivots` the row exchanged with each row in turn, and row i of P·A is row
 * `permutation[i]` of A. @see jax.lax.linalg.lu
 * @example
 * lax.linalg.lu(np.array([[1, 2], [4, 8]]))[0].js(); // [[4, 8], [0.25, 0]]
 */
export function lu(x: ArrayLike): [lu: NDArray, pivots: NDArray, permutation: NDArray] {
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
  lower: (_context, _args, { size }) => ({
    kind: "routine",
    emit: (b, [pivots], [out]) => {
      const { shape } = pivots.aval;
      const order = b.alloc("int32", size, "order");
      const batchShape = batchOf(shape, 1);
      b.nest(batchShape, (y, batch) => {
        y.for(0, size, (z, i) => z.store(order, i, i));
        y.for(0, shape[shape.length - 1], (z, i) => {
          const k = indexLocal(z, cast(pivots.at([...batch, i]), "int32"), size);
          swapEntries(z, order, i, k);
        });
        y.for(0, size, (z, i) => z.store(out, flatten([...batch, i], [...batchShape, size]), load(order, i)));
      });
    },
  }),
  jvp: zeroTangent,
  transpose: notLinear,
  batch: batchLeading(() => luPivotsToPermutationP),
});

/** The permutation that exchanges of rows make, in their order. @see jax.lax.linalg.lu_pivots_to_permutation */
export function luPivotsToPermutation(pivots: ArrayLike, permutationSize: number): NDArray {
  return bind1(luPivotsToPermutationP, [asArray(pivots, "luPivotsToPermutation")], { size: permutationSize });
}

type SolveParams = { transposed: boolean };

const lowerUnit = { lower: true, unitDiagonal: true } as const;
const upper = { lower: false, unitDiagonal: false } as const;

/** X from A's factors: L·U·X = P·B, or for Aᵀ = Uᵀ·Lᵀ·P: Uᵀ·Lᵀ·(P·X) = B. */
function emitSolve(b: Block, args: readonly Pull[], out: Buffer, { transposed: flipped }: SolveParams): void {
  const [, lu, permutation, rhs] = args;
  const { shape } = rhs.aval;
  if (shape.includes(0)) return;
  const [m, n] = shape.slice(-2);
  const factors = operandMatrices(b, lu, "lu");
  const order = materialise(b, permutation, "order");
  const x = newMatrix(b, m, n, "x");
  b.nest(batchOf(shape), (y, batch) => {
    const f = factors(batch);
    const to = outputMatrix(out, shape, batch);
    const eachRow = (body: (z: Block, i: Expr, from: Expr, j: Expr) => void): void =>
      y.for(0, m, (row, i) => {
        const from = indexLocal(row, load(order, flatten([...batch, i], permutation.aval.shape)), m, "from");
        row.for(0, n, (z, j) => body(z, i, from, j), "j");
      });
    if (flipped) {
      fill(y, x, (i, j) => element(rhs, [...batch, i, j]));
      substitute(y, f, x, { ...upper, transposed: true });
      substitute(y, f, x, { ...lowerUnit, transposed: true });
      eachRow((z, i, from, j) => to.put(z, from, j, x.at(i, j)));
    } else {
      eachRow((z, i, from, j) => x.put(z, i, j, element(rhs, [...batch, from, j])));
      substitute(y, f, x, { ...lowerUnit, transposed: false });
      substitute(y, f, x, { ...upper, transposed: false });
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

/** With one matrix for all lanes, the lanes are further right sides. */
function batchSolve(
  axis: BatchAxis,
  args: readonly NDArray[],
  dims: readonly BatchDim[],
  params: SolveParams,
): [NDArray[], BatchDim[]] {
  const db = dims[3]!;
  if (dims.slice(0, 3).some((d) => d !== null) || db === null) {
    const all = args.map((x, i) => withBatchAxis(axis, x, dims[i]));
    return [[bind1(linearSolveP, all, params)], [0]];
  }
  const moved = moveAxis(args[3], db, args[3].ndim - 1);
  const s = moved.shape;
  const joined = reshape(moved, [...s.slice(0, -2), s[s.length - 2] * s[s.length - 1]]);
  const out = bind1(linearSolveP, [...args.slice(0, 3), joined], params);
  return [[reshape(out, s)], [s.length - 1]];
}

/**
 * The solution of A·X = B (or Aᵀ·X = B) from the factors of A. The operand A is there for its derivative; the factors
 * have none, being functions of A.
 */
export const linearSolveP: Primitive<SolveParams> = definePrimitive<SolveParams>({
  name: "linear_solve",
  kind: "opaque",
  abstractEval: (avals) => {
    checkSystem(avals);
    return [avals[3].strong];
  },
  lower: (_context, _args, params) => ({
    kind: "routine",
    emit: (b, args, [out]) => emitSolve(b, args, out, params),
  }),
  complex: (args, params) => onParts(linearSolvePartsP, args.slice(1), params, [true]),
  jvp: ([a, f, permutation, b], [ta, , , tb], params) => {
    const solve = (r: NDArray): NDArray => bind1(linearSolveP, [a, f, permutation, r], params);
    const x = solve(b);
    const direct: Tangent = isZero(tb) ? new Zero(x.aval) : solve(tb);
    const due: Tangent = isZero(ta) ? direct : solve(neg(matmul(ta, x, params.transposed)));
    return [[x], [isZero(ta) ? direct : addTangents(direct, due)]];
  },
  transpose: ([ct], [a, f, permutation, b], params) => {
    checkOneLinear("linear_solve", [a, f, permutation, b]);
    if (!isUndef(b)) return [null, null, null, null];
    if (ct === undefined || isZero(ct)) return [null, null, null, new Zero(b.aval)];
    const known = [a, f, permutation] as NDArray[];
    return [null, null, null, bind1(linearSolveP, [...known, ct], { transposed: !params.transposed })];
  },
  batch: batchSolve,
});

/**
 * The solution X of A·X = B, [..., m, n], for operands of equal dtype, rank and batch axes; A is factorised once, its
 * derivative and its transpose included.
 */
export function linearSolve(a: NDArray, b: NDArray): NDArray {
  const [factors, , permutation] = lu(stopGradient(a));
  return bind1(linearSolveP, [a, factors, permutation, b], { transposed: false });
}
