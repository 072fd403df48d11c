/**
 * @file The singular value decomposition A = U·S·Vᴴ: bidiagonal form by reflectors, then implicit QR steps.
 *
 * Derivatives, for distinct singular values: with M = Uᴴ·Ȧ·V, ṡ = diag M (its real part), and U̇, V̇ from the parts of M off the diagonal
 * over differences of squares (Giles; Townsend). Equal values have vectors without derivative. Source of the
 * conventions: jax/_src/lax/linalg.py.
 */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import { realPart } from "../../dtypes/dtype.ts";
import type { Primitive } from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { DifferentiationError, checkOptions } from "../../base/errors.ts";
import { instantiate } from "../../interpreters/tangents.ts";
import { and, div as over, lt, neg, select } from "../../loops/ir/build.ts";
import { iclamp } from "../../loops/ir/affine.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { add, div, mul, sub } from "../elementwise/arithmetic.ts";
import { eq } from "../elementwise/compare.ts";
import { asArray } from "../operands/convert.ts";
import { convertElementType } from "../elementwise/convert.ts";
import {
  asColumns,
  asRows,
  adjoint,
  conjugated,
  diagonalOf,
  eyeOf,
  inverseOffDiagonal,
  matmul,
  realOf,
} from "./algebra.ts";
import { diagonalise } from "./eigen/bidiagonal.ts";
import { inOrder } from "./eigen/order.ts";
import { Sweeps } from "./eigen/sweep.ts";
import { bidiagonaliseBlocks } from "./blocked/bidiagonalise.ts";
import { batchOf } from "./elements/arrays.ts";
import { heldAs, reducedSize } from "./elements/blocks.ts";
import { realField } from "./elements/field.ts";
import {
  type Matrix,
  fillIdentity,
  fillScaled,
  newMatrix,
  newSideBySide,
  newVector,
} from "./elements/matrix.ts";
import { Order } from "./elements/permute.ts";
import { abs, indexLocal, real, wide } from "./elements/scalars.ts";
import { type Routine, checkMatrices, factorisation } from "./families/factorisation.ts";
import { bidiagonaliseComplex } from "./orthogonal/bidiagonalise-complex.ts";
import { type Bidiagonalisation, bidiagonalise } from "./orthogonal/bidiagonalise.ts";

type SvdParams = { fullMatrices: boolean; computeUv: boolean };

const emitSvd =
  <E>(reduction: Bidiagonalisation<E>): Routine<E, SvdParams> =>
  (b, [x], [values, ...factors], { fullMatrices, computeUv }) => {
    const f = x.field;
    const [m, n] = x.shape.slice(-2);
    const batchShape = batchOf(x.shape);
    if (m * n === 0) {
      factors.forEach((to) => b.nest(batchShape, (y, batch) => fillIdentity(y, to.matrix(batch))));
      return;
    }
    // Of a wide matrix the transpose is decomposed, and the factors exchanged.
    const wideMatrix = m < n;
    const [p, q] = wideMatrix ? [n, m] : [m, n];
    const isLarge = q >= reducedSize;
    const held = isLarge ? heldAs(x.dtype) : wide;
    const w = newMatrix(f, b, q, p, "b", held);
    const [s, e] = [newVector(realField, b, q, "s"), newVector(realField, b, q + 1, "e")];
    const work = newVector(f, b, p, "work");
    const vectors = fullMatrices ? p : q;
    const reduce = isLarge
      ? bidiagonaliseBlocks(b, f, [q, p], held, computeUv ? vectors : null)
      : reduction(b, q);
    const [uRows, u] = computeUv ? newSideBySide(f, b, vectors, p, "u", held) : [null, null];
    const [vRows, v] = computeUv ? newSideBySide(f, b, q, q, "v", held) : [null, null];
    const order = new Order(b, q);
    const sweeps = { u: uRows && new Sweeps(b, uRows), v: vRows && new Sweeps(b, vRows) };
    b.nest(batchShape, (y, batch) => {
      const { scale, finite } = fillScaled(y, w, (i, j) =>
        x.at([...batch, ...(wideMatrix ? [i, j] : [j, i])]),
      );
      reduce(y, { b: w, s, e, work, u, v });
      for (const x of [sweeps.u, sweeps.v]) x?.begin(y);
      const fine = y.let(and(diagonalise(y, { q, s, e, ...sweeps }), finite), "fine");
      for (const x of [sweeps.u, sweeps.v]) x?.finish(y);
      const to = values.real().vector(batch);
      const scaled = (i: Expr): Expr => over(abs(s.at(i)), scale);
      // In descending order.
      inOrder(
        y,
        q,
        (i) => neg(abs(s.at(i))),
        (z, k, at) => {
          to.put(z, k, select(fine, scaled(at), real(NaN)));
          if (computeUv) z.store(order.buffer, k, at);
        },
      );
      if (u === null || v === null) return;
      // A = U·S·Vᴴ, or of the transpose A = V̄·S·Uᵀ.
      const [left, right] = wideMatrix ? [v, u] : [u, v];
      const put = (k: 0 | 1, from: Matrix<E>, conjugate: boolean): void => {
        const result = factors[k].matrix(batch);
        const count = k === 0 ? result.cols : result.rows;
        y.for(0, count, (z, i) => {
          // Beyond the values vectors stand as they are; the sign of a value goes with the vectors of V.
          const place =
            count === q ? order.at(i) : z.let(select(lt(i, q), order.at(iclamp(i, 0, q - 1)), i), "from");
          const row = indexLocal(z, place, from.rows, "row");
          const turn = z.let(from === v ? select(lt(s.at(row), 0), real(-1), real(1)) : real(1), "turn");
          z.for(0, k === 0 ? result.rows : result.cols, (t, j) => {
            const x = from.at(row, j);
            const value = f.select(fine, f.scale(conjugate ? f.conj(x) : x, turn), f.nan);
            if (k === 0) result.put(t, j, i, value);
            else result.put(t, i, j, value);
          });
        });
      };
      put(0, left, wideMatrix);
      put(1, right, !wideMatrix);
    });
  };

/** Tangents of U and Vᴴ: see the formulas in the papers named above; `m` is Uᴴ·Ȧ·V. */
function vectorTangents(
  [values, u, vh]: readonly NDArray[],
  t: NDArray,
  m: NDArray,
): [du: NDArray, dvh: NDArray] {
  const s = convertElementType(values, u.dtype);
  const k = s.shape[s.ndim - 1];
  const [row, column] = [asRows(s, k), asColumns(s, k)];
  const one = eyeOf(m.shape, m.dtype);
  // 1/(sⱼ² − sᵢ²) off the diagonal.
  const f = inverseOffDiagonal(mul(add(row, column), sub(row, column)), one);
  const zero = convertElementType(eq(s, 0), s.dtype);
  const inverse = sub(div(1, add(s, zero)), zero);
  const [right, left] = [mul(row, m), mul(column, m)];
  const turn = mul(mul(sub(m, adjoint(m)), 0.5), mul(asRows(inverse, k), one));
  let du = matmul(u, add(mul(f, add(right, adjoint(right))), turn));
  const v = conjugated(vh);
  let dv = matmul(v, mul(f, add(left, adjoint(left))), true);
  const [rows, cols] = t.shape.slice(-2);
  if (rows > cols) {
    const image = matmul(t, v, false, true);
    du = add(du, div(sub(image, matmul(u, matmul(conjugated(u), image, true))), asRows(s, rows)));
  }
  if (cols > rows) {
    const image = matmul(conjugated(t), u, true);
    dv = add(dv, div(sub(image, matmul(v, matmul(vh, image), true)), asRows(s, cols)));
  }
  return [du, adjoint(dv)];
}

export const svdP: Primitive<SvdParams> = factorisation<SvdParams>({
  name: "svd",
  check: checkMatrices("svd"),
  results: ([x], { fullMatrices, computeUv }) => {
    const [m, n] = x.shape.slice(-2);
    const k = Math.min(m, n);
    const make = (...dims: number[]): ShapedArray => shaped([...batchOf(x.shape), ...dims], x.dtype);
    const vectors = fullMatrices ? [make(m, m), make(n, n)] : [make(m, k), make(k, n)];
    const values = shaped([...batchOf(x.shape), k], realPart(x.dtype));
    return computeUv ? [values, ...vectors] : [values];
  },
  real: emitSvd(bidiagonalise),
  complex: emitSvd(bidiagonaliseComplex),
  prune: (params, [, ...vectors]) =>
    vectors.length === 0 || vectors.includes(true)
      ? null
      : { params: { ...params, computeUv: false }, inputs: [0], outputs: [0] },
  jvp: ([x], [t], params) => {
    const [rows, cols] = x.shape.slice(-2);
    if (params.computeUv && params.fullMatrices && rows !== cols) {
      throw new DifferentiationError(
        `svd: the full decomposition of ${rows} × ${cols} matrices has no derivative: its last singular vectors are an ` +
          "arbitrary choice (JAX defines none either). Use fullMatrices: false, or computeUv: false.",
      );
    }
    const all = bind(svdP, [x], { fullMatrices: false, computeUv: true });
    const outs = params.computeUv ? all : all.slice(0, 1);
    const rate = instantiate(t);
    const [, u, vh] = all;
    const m = matmul(matmul(conjugated(u), rate, true), conjugated(vh), false, true);
    const ds = realOf(diagonalOf(m));
    return [outs, params.computeUv ? [ds, ...vectorTangents(all, rate, m)] : [ds]];
  },
});

/** Options of `svd`. */
export interface SvdOptions {
  /** True (the default): U is m × m and Vᴴ n × n. False: min(m, n) vectors each. */
  readonly fullMatrices?: boolean | undefined;
  /** False: only the singular values. */
  readonly computeUv?: boolean | undefined;
}

/**
 * `[u, s, vh]` with x = u·diag(s)·vh for matrices x [..., m, n], or s alone without `computeUv`; the singular values are real and
 * descend. Singular vectors of equal values have no derivative (NaN or wrong by a rotation); values do.
 * @throws ShapeError for arrays of fewer than two axes; DTypeError for integers; DifferentiationError for the vectors of a full
 * decomposition of matrices that are not square
 * @see jax.lax.linalg.svd
 * @example
 * lax.linalg.svd(np.array([[3, 0], [4, 5]]), { computeUv: false }).js(); // [6.7082, 2.2361] — √45, √5
 */
export function svd(
  x: ArrayLike,
  options?: SvdOptions & { computeUv?: true | undefined },
): [u: NDArray, s: NDArray, vh: NDArray];
export function svd(x: ArrayLike, options: SvdOptions & { computeUv: false }): NDArray;
export function svd(
  x: ArrayLike,
  options?: SvdOptions,
  ...more: readonly unknown[]
): NDArray | [NDArray, NDArray, NDArray] {
  refuseMore("svd", 2, more);
  checkOptions("svd", options, ["fullMatrices", "computeUv"]);
  const { fullMatrices = true, computeUv = true } = options ?? {};
  const [s, u, vh] = bind(svdP, [asArray(x, "svd")], { fullMatrices, computeUv });
  return computeUv ? [u, s, vh] : s;
}
