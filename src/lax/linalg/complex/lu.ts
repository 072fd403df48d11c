/**
 * @file The LU factorisation of complex matrices and the solution of systems by it. The methods are those of ../lu.ts; the
 * pivot is the element with the largest |re| + |im|, as in LAPACK.
 */
import { shaped } from "../../../core/aval.ts";
import type { NoParams } from "../../../core/primitive.ts";
import { type Block, apply, load } from "../../../loops/ir/build.ts";
import { flatten, iadd } from "../../../loops/ir/affine.ts";
import type { Buffer, Expr } from "../../../loops/ir/ir.ts";
import { type Pull, materialise } from "../../../loops/pull.ts";
import { batchOf, indexLocal, operandMatrices } from "../matrix.ts";
import { swapEntries } from "../permute.ts";
import * as z from "./matrix.ts";
import { partsRoutine } from "./parts.ts";
import { substitute } from "./triangular-solve.ts";

function findPivot(b: Block, a: z.ZMatrix, k: Expr): Expr {
  const best = b.variable(z.size1(a.at(k, k)), "best");
  const row = b.variable(k, "row");
  b.for(
    iadd(k, 1),
    a.rows,
    (x, i) => {
      const size = x.let(z.size1(a.at(i, k)), "size");
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
function eliminate(b: Block, a: z.ZMatrix, k: Expr): void {
  const pivot = z.named(b, a.at(k, k), "pivot");
  b.if(apply("ne", z.size1(pivot), 0), (x) =>
    x.for(
      iadd(k, 1),
      a.rows,
      (row, i) => {
        const factor = z.quotient(row, z.named(row, a.at(i, k)), pivot);
        a.put(row, i, k, factor);
        a.subtractRow(row, i, factor, a, k, iadd(k, 1));
      },
      "i",
    ),
  );
}

function emitLu(b: Block, [re, im]: readonly Pull[], outs: readonly Buffer[]): void {
  const [outRe, outIm, pivots, permutation] = outs;
  const { shape } = re.aval;
  const [m, n] = shape.slice(-2);
  const steps = Math.min(m, n);
  const a = z.newZMatrix(b, m, n, "a");
  const order = b.alloc("int32", m, "order");
  const batchShape = batchOf(shape);
  b.nest(batchShape, (y, batch) => {
    z.zfill(y, a, (i, j) => z.zelement([re, im], [...batch, i, j]));
    y.for(0, m, (t, i) => t.store(order, i, i));
    y.for(
      0,
      steps,
      (step, k) => {
        const row = findPivot(step, a, k);
        step.store(pivots, flatten([...batch, k], [...batchShape, steps]), row);
        step.if(apply("ne", row, k), (t) => {
          a.swapRows(t, k, row);
          swapEntries(t, order, k, row);
        });
        eliminate(step, a, k);
      },
      "k",
    );
    z.zfill(y, z.zoutputMatrix([outRe, outIm], shape, batch), (i, j) => a.at(i, j));
    y.for(0, m, (t, i) => t.store(permutation, flatten([...batch, i], [...batchShape, m]), load(order, i)));
  });
}

export const luPartsP = partsRoutine<NoParams>({
  name: "lu_parts",
  avals: ([re, im]) => {
    const [m, n] = re.shape.slice(-2);
    const batch = batchOf(re.shape);
    return [re, im, shaped([...batch, Math.min(m, n)], "int32"), shaped([...batch, m], "int32")];
  },
  emit: emitLu,
});

const lowerUnit = { lower: true, unitDiagonal: true } as const;
const upper = { lower: false, unitDiagonal: false } as const;

type SolveParams = { transposed: boolean };

/** X from A's factors: L·U·X = P·B, or for Aᵀ = Uᵀ·Lᵀ·P: Uᵀ·Lᵀ·(P·X) = B. */
function emitSolve(
  b: Block,
  [fRe, fIm, permutation, re, im]: readonly Pull[],
  outs: readonly Buffer[],
  { transposed: flipped }: SolveParams,
): void {
  const { shape } = re.aval;
  if (shape.includes(0)) return;
  const [m, n] = shape.slice(-2);
  const [reOf, imOf] = [operandMatrices(b, fRe, "luRe"), operandMatrices(b, fIm, "luIm")];
  const order = materialise(b, permutation, "order");
  const x = z.newZMatrix(b, m, n, "x");
  b.nest(batchOf(shape), (y, batch) => {
    const f = new z.ZMatrix(reOf(batch), imOf(batch));
    const to = z.zoutputMatrix([outs[0], outs[1]], shape, batch);
    const rhs = (i: Expr, j: Expr): z.Z => z.zelement([re, im], [...batch, i, j]);
    const eachRow = (body: (t: Block, i: Expr, from: Expr, j: Expr) => void): void =>
      y.for(0, m, (row, i) => {
        const from = indexLocal(row, load(order, flatten([...batch, i], permutation.aval.shape)), m, "from");
        row.for(0, n, (t, j) => body(t, i, from, j), "j");
      });
    if (flipped) {
      z.zfill(y, x, rhs);
      substitute(y, f, x, { ...upper, transposed: true });
      substitute(y, f, x, { ...lowerUnit, transposed: true });
      eachRow((t, i, from, j) => to.put(t, from, j, x.at(i, j)));
    } else {
      eachRow((t, i, from, j) => x.put(t, i, j, rhs(from, j)));
      substitute(y, f, x, { ...lowerUnit, transposed: false });
      substitute(y, f, x, { ...upper, transposed: false });
      z.zfill(y, to, (i, j) => x.at(i, j));
    }
  });
}

/** The solution from factors; see linearSolveP. */
export const linearSolvePartsP = partsRoutine<SolveParams>({
  name: "linear_solve_parts",
  avals: ([, , , re, im]) => [re, im],
  emit: emitSolve,
});
