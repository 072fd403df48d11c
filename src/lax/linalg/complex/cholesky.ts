/** @file The Cholesky factorisation A = L·Lᴴ of complex matrices. The method is that of ../cholesky.ts. */
import type { NoParams } from "../../../core/primitive.ts";
import { type Block, apply, constant } from "../../../loops/ir/build.ts";
import { iadd } from "../../../loops/ir/affine.ts";
import type { Buffer } from "../../../loops/ir/ir.ts";
import type { Pull } from "../../../loops/pull.ts";
import { batchOf } from "../matrix.ts";
import * as z from "./matrix.ts";
import { partsRoutine } from "./parts.ts";

/** Works on U = Lᴴ along its rows; reads the lower triangle, and of the diagonal the real parts. */
function emit(b: Block, [re, im]: readonly Pull[], [outRe, outIm]: readonly Buffer[]): void {
  const { shape } = re.aval;
  const n = shape[shape.length - 1];
  const u = z.newZMatrix(b, n, n, "u");
  b.nest(batchOf(shape), (y, batch) => {
    z.zfill(y, u, (i, j) => z.conj(z.zelement([re, im], [...batch, j, i])));
    const definite = y.variable(constant(1, "bool"), "definite");
    y.for(
      0,
      n,
      (step, k) => {
        const pivot = step.let(u.re.at(k, k), "pivot");
        step.accumulate(definite, "and", apply("gt", pivot, 0));
        const root = step.let(apply("sqrt", pivot), "root");
        step.for(iadd(k, 1), n, (x, j) => u.put(x, k, j, z.over(u.at(k, j), root)), "j");
        u.put(step, k, k, z.zreal(root));
        step.for(
          iadd(k, 1),
          n,
          (row, i) => u.subtractRow(row, i, z.conj(z.named(row, u.at(k, i), "f")), u, k, i),
          "i",
        );
      },
      "k",
    );
    z.zfill(y, z.zoutputMatrix([outRe, outIm], shape, batch), (i, j) =>
      z.select(apply("le", j, i), z.select(definite, z.conj(u.at(j, i)), z.nan), z.zero),
    );
  });
}

export const choleskyPartsP = partsRoutine<NoParams>({
  name: "cholesky_parts",
  avals: (x) => [...x],
  emit,
});
