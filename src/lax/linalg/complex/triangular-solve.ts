/** @file Linear systems with complex triangular matrices. The methods are those of ../triangular-solve.ts. */
import type { Params } from "../../../core/primitive.ts";
import { type Block } from "../../../loops/ir/build.ts";
import type { Buffer } from "../../../loops/ir/ir.ts";
import type { Pull } from "../../../loops/pull.ts";
import { type Index, Matrix, batchOf, operandMatrices, wide } from "../matrix.ts";
import { type TriangleRead, inOrder } from "../triangular-solve.ts";
import * as z from "./matrix.ts";
import { partsRoutine } from "./parts.ts";

/** Solves op(A)·X = B in place of B: rows minus multiples of rows. */
function substituteRows(b: Block, a: z.ZMatrix, x: z.ZMatrix, how: TriangleRead): void {
  inOrder(b, a.rows, how, (y, i, solved) => {
    y.for(
      ...solved,
      (t, k) => x.subtractRow(t, i, z.named(t, how.transposed ? a.at(k, i) : a.at(i, k), "f"), x, k),
      "k",
    );
    if (how.unitDiagonal) return;
    const pivot = z.named(y, a.at(i, i), "pivot");
    y.for(0, x.cols, (t, j) => x.put(t, i, j, z.quotient(t, z.named(t, x.at(i, j)), pivot)), "j");
  });
}

/** Solves op(A)·x = b in place of b, row `r` of a matrix: along the rows of A. */
export function substituteVector(b: Block, a: z.ZMatrix, x: z.ZMatrix, r: Index, how: TriangleRead): void {
  inOrder(b, a.rows, how, (y, i, solved, rest) => {
    const value = z.variable(y, x.at(r, i), "value");
    if (!how.transposed)
      y.for(
        ...solved,
        (t, k) => z.accumulate(t, value, z.neg(z.mul(z.named(t, a.at(i, k)), z.named(t, x.at(r, k))))),
        "k",
      );
    if (!how.unitDiagonal) z.assign(y, value, z.quotient(y, value, z.named(y, a.at(i, i), "pivot")));
    x.put(y, r, i, value);
    if (how.transposed)
      y.for(...rest, (t, k) => x.put(t, r, k, z.sub(x.at(r, k), z.mul(value, z.named(t, a.at(i, k))))), "k");
  });
}

/** Solves op(A)·X = B in place of B. */
export function substitute(b: Block, a: z.ZMatrix, x: z.ZMatrix, how: TriangleRead): void {
  const row = ({ buffer, rows, base }: Matrix): Matrix => new Matrix(buffer, 1, rows, base);
  if (x.cols === 1) substituteVector(b, a, new z.ZMatrix(row(x.re), row(x.im)), 0, how);
  else substituteRows(b, a, x, how);
}

interface TriangularParams extends Params {
  readonly leftSide: boolean;
  readonly lower: boolean;
  readonly transposeA: boolean;
  readonly unitDiagonal: boolean;
}

function emit(
  b: Block,
  [aRe, aIm, re, im]: readonly Pull[],
  outs: readonly Buffer[],
  p: TriangularParams,
): void {
  const { shape } = re.aval;
  if (shape.includes(0)) return;
  const [m, n] = shape.slice(-2);
  const [reOf, imOf] = [operandMatrices(b, aRe, "aRe"), operandMatrices(b, aIm, "aIm")];
  const work = outs[0].dtype === wide ? null : z.newZMatrix(b, m, n, "x");
  const how: TriangleRead = { lower: p.lower, transposed: p.transposeA, unitDiagonal: p.unitDiagonal };
  b.nest(batchOf(shape), (y, batch) => {
    const to = z.zoutputMatrix([outs[0], outs[1]], shape, batch);
    const x = work ?? to;
    z.zfill(y, x, (i, j) => z.zelement([re, im], [...batch, i, j]));
    const t = new z.ZMatrix(reOf(batch), imOf(batch));
    if (p.leftSide) substitute(y, t, x, how);
    else y.nest([m], (s, [r]) => substituteVector(s, t, x, r, { ...how, transposed: !how.transposed }));
    if (work !== null) z.zfill(y, to, (i, j) => work.at(i, j));
  });
}

export const triangularSolvePartsP = partsRoutine<TriangularParams>({
  name: "triangular_solve_parts",
  avals: ([, , re, im]) => [re, im],
  emit,
});
