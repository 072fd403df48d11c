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
import { iadd } from "../../loops/ir/affine.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { asArray } from "../operands/convert.ts";
import { schurTangents } from "./schur-tangents.ts";
import { type Input, type Output, batchOf } from "./elements/arrays.ts";
import { type Complex, complexField as z } from "./elements/complex.ts";
import { type Matrix, fill, fillScaled, newMatrix, newVector } from "./elements/matrix.ts";
import { quasiTriangularise } from "./eigen/real-schur.ts";
import { triangularise } from "./eigen/schur.ts";
import { type Routine, checkSquares, factorisation } from "./families/factorisation.ts";
import { reduceToHessenberg } from "./orthogonal/hessenberg.ts";
import { accumulateReflectors } from "./orthogonal/householder.ts";

type SchurParams = { vectors: boolean };

/** How elements go into the complex numbers that the iteration works on, and come back. */
interface Embedding<E> {
  readonly into: (x: E) => Complex;
  readonly from: (x: Complex) => E;
  readonly iterate: (b: Block, h: Matrix<Complex>, q: Matrix<Complex>) => Expr;
  /** Rows below the diagonal that may be other than zero. */
  readonly band: number;
}

function emitSchur<E>({ into, from, iterate, band }: Embedding<E>): Routine<E, SchurParams> {
  return (b, [a]: readonly Input<E>[], [t, vectors]: readonly Output<E>[], params) => {
    const { shape, field: f } = a;
    if (shape.includes(0)) return;
    const n = shape[shape.length - 1];
    const h = newMatrix(z, b, n, n, "h");
    const [taus, v, work] = ["taus", "v", "work"].map((name) => newVector(z, b, n, name));
    const q = params.vectors ? newMatrix(z, b, n, n, "q") : null;
    b.nest(batchOf(shape), (y, batch) => {
      const { scale, finite } = fillScaled(y, h, (i, j) => into(a.at([...batch, i, j])));
      reduceToHessenberg(y, { h, taus, v, work });
      if (q !== null) {
        const reflectors = { count: n - 1, taus, shift: 1, v: (k: Expr) => h.column(k) };
        accumulateReflectors(y, q, reflectors, n);
      }
      // Without vectors the iteration keeps nothing but the diagonal: it runs with a factor in any case.
      const factor = q ?? scratch(y, n);
      const fine = y.let(and(iterate(y, h, factor), finite), "fine");
      const inside = (i: Expr, j: Expr): Expr => le(i, iadd(j, band));
      fill(y, t.matrix(batch), (i, j) =>
        f.select(fine, f.select(inside(i, j), from(z.over(h.at(i, j), scale)), f.zero), f.nan),
      );
      if (q !== null) fill(y, vectors.matrix(batch), (i, j) => f.select(fine, from(q.at(j, i)), f.nan));
    });
  };
}

function scratch(b: Block, n: number): Matrix<Complex> {
  const q = newMatrix(z, b, n, n, "q");
  fill(b, q, () => z.zero);
  return q;
}

export const schurP: Primitive<SchurParams> = factorisation<SchurParams>({
  name: "schur",
  check: checkSquares("schur"),
  results: ([x], { vectors }) => (vectors ? [x.strong, x.strong] : [x.strong]),
  real: emitSchur<Expr>({
    into: (x) => z.fromReal(x),
    from: (x) => x.re,
    iterate: quasiTriangularise,
    band: 1,
  }),
  complex: emitSchur<Complex>({ into: (x) => x, from: (x) => x, iterate: triangularise, band: 0 }),
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
