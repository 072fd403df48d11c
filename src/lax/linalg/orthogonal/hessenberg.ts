/** @file The reduction to Hessenberg form, A = Q·H·Qᴴ with zeros below the first subdiagonal of H (LAPACK's gehrd). */
import type { Block } from "../../../loops/ir/build.ts";
import { iadd, intConst, isub } from "../../../loops/ir/affine.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { sumOver } from "../elements/field.ts";
import type { Matrix, Vector } from "../elements/matrix.ts";
import { type Span, each } from "../elements/scalars.ts";
import { reflectRows, reflector } from "./householder.ts";

/** What a reduction works on. */
export interface HessenbergState<E> {
  readonly h: Matrix<E>;
  readonly taus: Vector<E>;
  readonly v: Vector<E>;
  readonly work: Vector<E>;
}

/**
 * H ← the Hessenberg form, with the reflectors below its subdiagonal; of the first n rows and columns, if they are not all. Rows
 * of `q`, which are columns of a factor, are multiplied by Q along.
 */
export function reduceToHessenberg<E>(
  b: Block,
  { h, taus, v, work }: HessenbergState<E>,
  n: Expr = intConst(h.rows),
  q: Matrix<E> | null = null,
): void {
  const f = h.field;
  each(b, "k", [0, isub(n, 1)], (y, k) => {
    const head = iadd(k, 1);
    const rest: Span = [iadd(k, 2), n];
    const tau = reflector(y, h.column(k), head, rest);
    taus.put(y, k, tau);
    const reflect = (z: Block): void => {
      v.put(z, head, f.one);
      each(z, "i", rest, (t, i) => v.put(t, i, h.at(i, k)));
      const back = f.keptConj(z, tau, "back");
      reflectRows(z, h, (i) => v.at(i), back, head, rest, [head, n], work);
      // From the right: rows minus multiples of vᴴ.
      each(z, "i", [0, n], (row, i) => {
        const dot = sumOver(f, row, [head, n], (t, j) => f.mul(f.once(t, h.at(i, j)), f.once(t, v.at(j))));
        const factor = f.let(row, f.mul(tau, dot), "f");
        each(row, "j", [head, n], (t, j) =>
          h.put(t, i, j, f.sub(h.at(i, j), f.mulConj(factor, f.once(t, v.at(j))))),
        );
      });
      if (q !== null) reflectRows(z, q, (i) => f.conj(v.at(i)), tau, head, rest, [0, n], work);
    };
    // An identity changes nothing but signs of zeros, and what is not finite.
    if (f.isReal) reflect(y);
    else y.if(f.isNonzero(tau), reflect);
  });
}
