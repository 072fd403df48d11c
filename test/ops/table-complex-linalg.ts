/**
 * @file Rows of factorisations and solvers of complex matrices. Operands and results are real and imaginary parts, as in
 * table-complex.ts; references are textbook loops.
 */
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/lax/index.ts";
import { linearSolve } from "../../src/lax/linalg/lu.ts";
import { adjoint } from "../../src/lax/linalg/algebra.ts";
import { type Ref } from "../util/reference.ts";
import {
  adjointOf,
  choleskyRows,
  product,
  refsOf,
  rightSolution,
  rowsOf,
  solution,
  triangle,
} from "./complex-linalg-reference.ts";
import { dominant } from "./linalg-reference.ts";
import { type OpCase, type OpRow, type Operand, real } from "./row.ts";
import { onComplex } from "./table-complex.ts";

const rows = (primitive: string, ...cases: readonly OpCase[]): OpRow => ({ kind: "op", primitive, cases });

const dot = (x: NDArray, y: NDArray): NDArray => lax.dot(x, y);

/** x·xᴴ + n, from any square x: positive definite. */
const definiteOf = (x: NDArray): NDArray =>
  lax.add(
    dot(x, adjoint(x)),
    lax.convertElementType(
      lax.eq(lax.broadcastedIota("int32", x.shape, 0), lax.broadcastedIota("int32", x.shape, 1)),
      x.dtype,
    ),
  );

const plain: Operand = real([3, 3], -1, 1);

const solvers: readonly OpRow[] = [
  rows(
    "cholesky_parts",
    onComplex("", (x) => lax.linalg.cholesky(definiteOf(x)), [plain], {
      reference: (re, im) => {
        const x = rowsOf(re, im);
        const sum = product(x, adjointOf(x)).map((r, i) =>
          r.map(([a, b], j) => [a + Number(i === j), b] as const),
        );
        return refsOf(choleskyRows(sum));
      },
    }),
    onComplex("of what is not Hermitian", (x) => lax.linalg.cholesky(x), [dominant(3, 3, false)], {
      // Definite, where the diagonal is positive.
      call: (re, im) => {
        const l = lax.linalg.cholesky(lax.complex(lax.abs(re), im));
        return [lax.real(l), lax.imag(l)];
      },
      reference: (re, im) => refsOf(choleskyRows(rowsOf({ ...re, data: re.data.map(Math.abs) }, im))),
    }),
  ),
  rows(
    "triangular_solve_parts",
    ...[0, 1, 2, 3, 4, 5, 6, 7].flatMap((bits) => {
      const [leftSide, lower, transposeA] = [1, 2, 4].map((k) => (bits & k) !== 0);
      const conjugateA = bits % 3 === 0;
      const how = { leftSide, lower, transposeA, conjugateA, unitDiagonal: bits === 5 };
      return [1, 2].map((columns) =>
        onComplex(
          `${JSON.stringify(how)}, ${columns} right sides`,
          (a, b) => lax.linalg.triangularSolve(a, b, how),
          [dominant(3, 3, false), real(leftSide ? [3, columns] : [columns, 3])],
          {
            linear: [[2, 3]],
            reference: (ar, ai, br, bi) => {
              const op = triangle(rowsOf(ar, ai), lower, how);
              return refsOf((leftSide ? solution : rightSolution)(op, rowsOf(br, bi)));
            },
          },
        ),
      );
    }),
  ),
  rows(
    "lu_parts",
    ...[
      [3, 3],
      [4, 2],
      [2, 4],
    ].map(([m, n]) => onComplex(`${m} × ${n}`, (x) => lax.linalg.lu(x), [dominant(m, n)])),
    onComplex("the product of the factors", (x) => factorProduct(x), [dominant(4)], {
      reference: (re: Ref, im: Ref) => [re, im],
    }),
  ),
  rows(
    "linear_solve_parts",
    ...[1, 3].map((columns) =>
      onComplex(`${columns} right sides`, (a, b) => linearSolve(a, b), [dominant(3), real([3, columns])], {
        linear: [[2, 3]],
        reference: (ar, ai, br, bi) => refsOf(solution(rowsOf(ar, ai), rowsOf(br, bi))),
      }),
    ),
  ),
];

/** P⁻¹·L·U of a square matrix. */
function factorProduct(x: NDArray): NDArray {
  const [lu, , order] = lax.linalg.lu(x);
  const [row, column] = [0, 1].map((axis) => lax.broadcastedIota("int32", x.shape, axis));
  const lower = lax.select(lax.gt(row, column), lu, lax.convertElementType(lax.eq(row, column), lu.dtype));
  const upper = lax.select(lax.le(row, column), lu, lax.mul(lu, 0));
  const moved = lax.eq(lax.broadcastInDim(order, x.shape, [1]), row);
  return dot(lax.convertElementType(moved, lu.dtype), dot(lower, upper));
}

export const complexLinalgRows: readonly OpRow[] = [...solvers];
