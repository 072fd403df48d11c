/**
 * @file The Schur form A = Z·T·Zᴴ of square matrices: T is upper triangular where elements are complex, and has blocks of two
 * rows, with equal diagonal elements (LAPACK's dlanv2), for pairs of complex eigenvalues of real matrices.
 *
 * Without balancing: Z is unitary. What is not finite, and an iteration that does not converge, gives NaN.
 */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { Primitive } from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { checkOptions } from "../../base/errors.ts";
import { instantiate } from "../../interpreters/tangents.ts";
import { type Block, and, le } from "../../loops/ir/build.ts";
import { iadd, intConst } from "../../loops/ir/affine.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { asArray } from "../operands/convert.ts";
import { schurTangents } from "./schur-tangents.ts";
import { type Input, type Output, batchOf } from "./elements/arrays.ts";
import { fillAcross } from "./elements/blocks.ts";
import type { Complex } from "./elements/complex.ts";
import { fill, fillScaled, newMatrix } from "./elements/matrix.ts";
import type { Iterated } from "./eigen/deflation.ts";
import { newHessenbergForm } from "./eigen/hessenberg-form.ts";
import { standardIteration, triangleIteration } from "./eigen/iteration.ts";
import { type Routine, checkSquares, factorisation } from "./families/factorisation.ts";

type SchurParams = { vectors: boolean };

/** The iteration, which also works with a factor where none is wanted, and rows below the diagonal that may be other than zero. */
interface Kind<E> {
  readonly iteration: (b: Block, n: number) => (b: Block, m: Iterated<E>) => Expr;
  readonly band: number;
}

function emitSchur<E>({ iteration, band }: Kind<E>): Routine<E, SchurParams> {
  return (b, [a]: readonly Input<E>[], [t, vectors]: readonly Output<E>[], params) => {
    const { shape, field: f } = a;
    if (shape.includes(0)) return;
    const n = shape[shape.length - 1];
    const form = newHessenbergForm(f, b, n, params.vectors);
    const { h, q } = form;
    const iterate = iteration(b, n);
    // Without vectors the iteration keeps nothing but the diagonal: it runs with a factor in any case.
    const factor = q ?? newMatrix(f, b, n, n, "factor");
    b.nest(batchOf(shape), (y, batch) => {
      const { scale, finite } = fillScaled(y, h, (i, j) => a.at([...batch, i, j]));
      form.reduce(y);
      if (q === null) fill(y, factor, () => f.zero);
      const fine = y.let(and(iterate(y, { h, q: factor, size: intConst(n) }), finite), "fine");
      const inside = (i: Expr, j: Expr): Expr => le(i, iadd(j, band));
      fill(y, t.matrix(batch), (i, j) =>
        f.select(fine, f.select(inside(i, j), f.over(h.at(i, j), scale), f.zero), f.nan),
      );
      if (q !== null)
        fillAcross(y, vectors.matrix(batch), "all", (i, j) => f.select(fine, q.at(j, i), f.nan));
    });
  };
}

export const schurP: Primitive<SchurParams> = factorisation<SchurParams>({
  name: "schur",
  check: checkSquares("schur"),
  results: ([x], { vectors }) => (vectors ? [x.strong, x.strong] : [x.strong]),
  real: emitSchur<Expr>({ iteration: standardIteration, band: 1 }),
  complex: emitSchur<Complex>({ iteration: triangleIteration, band: 0 }),
  jvp: ([x], [tangent], params) => {
    const outs = bind(schurP, [x], { vectors: true });
    const rates = schurTangents(outs as [NDArray, NDArray], instantiate(tangent));
    return params.vectors ? [outs, rates] : [outs.slice(0, 1), rates.slice(0, 1)];
  },
});

/** Options of `schur`. */
export interface SchurOptions {
  /** True (the default): Z is computed, too. */
  readonly computeSchurVectors?: boolean | undefined;
  /** Accepted for compatibility: eigenvalues are in the order in which they are found. */
  readonly sortEigVals?: boolean | undefined;
  readonly selectCallable?: unknown;
}

/**
 * `[T, Z]`, the Schur form A = Z·T·Zᴴ of square matrices [..., n, n] with unitary Z, or `[T]` without the vectors. T is upper
 * triangular for complex matrices. For real ones it is real, with a block of two rows for each pair of complex eigenvalues. NaN
 * for matrices with NaN or infinities. The derivative (JAX defines none) is that of T and Z that keep the phases of the columns
 * of Z; it is NaN or infinite where eigenvalues are equal.
 * @throws ShapeError unless the matrices are square; DTypeError for integers
 * @see jax.lax.linalg.schur
 * @example
 * const a = np.array([[0, 2], [-2, 0]]);
 * const [t, z] = lax.linalg.schur(a) as [Array, Array];
 * np.allclose(z.matmul(t).matmul(z.T), a).item(); // true
 */
export function schur(x: ArrayLike, options?: SchurOptions, ...more: []): NDArray[] {
  refuseMore("schur", 2, more);
  checkOptions("schur", options, ["computeSchurVectors", "sortEigVals", "selectCallable"]);
  return bind(schurP, [asArray(x, "schur")], { vectors: options?.computeSchurVectors ?? true });
}
