/** @file Reduction to Hessenberg form, A = Q·H·Qᴴ with zeros below the first subdiagonal of H (LAPACK's gehrd). */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import { type NoParams, type Primitive, definePrimitive, notLinear } from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { DifferentiationError } from "../../base/errors.ts";
import { type Block, apply } from "../../loops/ir/build.ts";
import { iadd } from "../../loops/ir/affine.ts";
import type { Buffer } from "../../loops/ir/ir.ts";
import type { Pull } from "../../loops/pull.ts";
import { asArray } from "../operands/convert.ts";
import { checkDtypes, none } from "../elementwise/family.ts";
import { batchLeading, requireSquare } from "./algebra.ts";
import { hessenbergPartsP } from "./complex/hessenberg.ts";
import { onParts } from "./complex/parts.ts";
import { column, reflectRows, reflector } from "./householder.ts";
import {
  batchOf,
  element,
  fill,
  newMatrix,
  newVector,
  outputMatrix,
  outputVector,
  real,
  sumOver,
} from "./matrix.ts";

function emitHessenberg(b: Block, x: Pull, [packed, taus]: readonly Buffer[]): void {
  const { shape } = x.aval;
  const n = shape[shape.length - 1];
  const a = newMatrix(b, n, n, "a");
  const [v, work] = [newVector(b, n, "v"), newVector(b, n, "work")];
  b.nest(batchOf(shape), (y, batch) => {
    fill(y, a, (i, j) => element(x, [...batch, i, j]));
    const to = outputVector(taus, [...shape.slice(0, -2), Math.max(0, n - 1)], batch);
    y.for(
      0,
      n - 1,
      (z, k) => {
        const head = iadd(k, 1);
        const rest = [iadd(k, 2), n] as const;
        const tau = reflector(z, column(a, k), head, rest);
        to.put(z, k, tau);
        v.put(z, head, real(1));
        z.for(...rest, (t, i) => v.put(t, i, a.at(i, k)), "i");
        reflectRows(z, a, (i) => v.at(i), tau, head, rest, [head, n], work);
        // From the right: rows minus multiples of v.
        z.for(
          0,
          n,
          (row, i) => {
            const dot = sumOver(row, head, n, (j) => apply("mul", a.at(i, j), v.at(j)));
            const f = row.let(apply("mul", tau, dot), "f");
            row.for(
              head,
              n,
              (t, j) => a.put(t, i, j, apply("sub", a.at(i, j), apply("mul", f, v.at(j)))),
              "j",
            );
          },
          "i",
        );
      },
      "k",
    );
    fill(y, outputMatrix(packed, shape, batch), (i, j) => a.at(i, j));
  });
}

export const hessenbergP: Primitive<NoParams> = definePrimitive<NoParams>({
  name: "hessenberg",
  kind: "opaque",
  abstractEval: ([x]) => {
    checkDtypes("hessenberg", [x], "inexact");
    const n = requireSquare("hessenberg", x);
    return [x.strong, shaped([...x.shape.slice(0, -2), Math.max(0, n - 1)], x.dtype)];
  },
  lower: () => ({ kind: "routine", emit: (b, [x], outs) => emitHessenberg(b, x, outs) }),
  complex: (args) => onParts(hessenbergPartsP, args, none, [true, true]),
  jvp: () => {
    throw new DifferentiationError("hessenberg: has no derivative (JAX defines none either).");
  },
  transpose: notLinear,
  batch: batchLeading(() => hessenbergP),
});

/**
 * `[packed, taus]`: the Hessenberg form H of square matrices on and above the first subdiagonal, and the reflectors of Q
 * below it. Has no derivative. @see jax.lax.linalg.hessenberg
 */
export function hessenberg(a: ArrayLike): [packed: NDArray, taus: NDArray] {
  return bind(hessenbergP, [asArray(a, "hessenberg")], none) as [NDArray, NDArray];
}
