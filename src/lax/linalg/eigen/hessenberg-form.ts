/** @file The Hessenberg form that iterations begin with, A = Q·H·Qᴴ, by the method that suits the size. */
import type { Block } from "../../../loops/ir/build.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { hessenbergBlocks } from "../blocked/hessenberg.ts";
import { newReflectors, productOf } from "../blocked/reflectors.ts";
import { fillAcross, hessenbergSize } from "../elements/blocks.ts";
import type { Field } from "../elements/field.ts";
import { type Matrix, type Vector, newMatrix, newVector } from "../elements/matrix.ts";
import { wide } from "../elements/scalars.ts";
import { reduceToHessenberg } from "../orthogonal/hessenberg.ts";
import { accumulateReflectors } from "../orthogonal/householder.ts";

export interface HessenbergForm<E> {
  /** The matrix, then H; what is below its subdiagonal is to be taken for zeros. */
  readonly h: Matrix<E>;
  /** Its rows become the columns of Q, if they are wanted. */
  readonly q: Matrix<E> | null;
  /** The factors of its reflectors, which are below the subdiagonal of h. */
  readonly taus: Vector<E>;
  readonly reduce: (b: Block) => void;
}

/** Room for the reduction of matrices of n rows. */
export function newHessenbergForm<E>(f: Field<E>, b: Block, n: number, vectors: boolean): HessenbergForm<E> {
  const h = newMatrix(f, b, n, n, "h");
  const q = vectors ? newMatrix(f, b, n, n, "q") : null;
  const taus = newVector(f, b, n, "taus");
  if (n >= hessenbergSize) {
    const reflectors = newReflectors(f, b, [n - 1, n, n], wide);
    const reduce = hessenbergBlocks(b, { h, taus, reflectors });
    const product = vectors ? newMatrix(f, b, n, n, "product") : null;
    return {
      ...{ h, q, taus },
      reduce: (y) => {
        reduce(y);
        if (product === null || q === null) return;
        productOf(y, product, reflectors, 1);
        fillAcross(y, q, "all", (i, j) => product.at(j, i));
      },
    };
  }
  const [v, work] = ["v", "work"].map((name) => newVector(f, b, n, name));
  return {
    ...{ h, q, taus },
    reduce: (y) => {
      reduceToHessenberg(y, { h, taus, v, work });
      const reflectors = { count: n - 1, taus, shift: 1, v: (k: Expr) => h.column(k) };
      if (q !== null) accumulateReflectors(y, q, reflectors, n);
    },
  };
}
