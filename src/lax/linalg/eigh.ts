/**
 * @file Eigenvalues (ascending) and eigenvectors of symmetric and of Hermitian matrices.
 *
 * Derivatives, for distinct eigenvalues: with M = Vᴴ·Ȧ·V, ẇ = diag M and V̇ = V·(F∘M), Fᵢⱼ = 1/(wⱼ − wᵢ) off the diagonal.
 * Equal eigenvalues have eigenvectors without derivative: NaN or infinity. Source: jax/_src/lax/linalg.py.
 */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import { realPart } from "../../dtypes/dtype.ts";
import type { Primitive } from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { checkOptions } from "../../base/errors.ts";
import { instantiate } from "../../interpreters/tangents.ts";
import { type Block, and, div, eq, le, lt, select } from "../../loops/ir/build.ts";
import { iadd, intConst, isub } from "../../loops/ir/affine.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { mul, sub } from "../elementwise/arithmetic.ts";
import { asArray } from "../operands/convert.ts";
import { convertElementType } from "../elementwise/convert.ts";
import {
  asColumns,
  asRows,
  conjugated,
  diagonalOf,
  eyeOf,
  inverseOffDiagonal,
  matmul,
  realOf,
  requireSquare,
  symmetrize,
} from "./algebra.ts";
import { inOrder } from "./eigen/order.ts";
import { iterate } from "./eigen/tridiagonal.ts";
import { newReflectors, productOf } from "./blocked/reflectors.ts";
import { tridiagonaliseBlocks } from "./blocked/tridiagonalise.ts";
import { type Input, batchOf } from "./elements/arrays.ts";
import { fillAcross, heldAs, reducedSize } from "./elements/blocks.ts";
import {
  type Matrix,
  type Vector,
  fill,
  newMatrix,
  newSideBySide,
  newVector,
  swap,
} from "./elements/matrix.ts";
import { realField } from "./elements/field.ts";
import { each, allFinite, mirrored, real, safeScale, wide } from "./elements/scalars.ts";
import { type Routine, checkSquares, factorisation } from "./families/factorisation.ts";
import {
  type TridiagonalState,
  type UpdateVector,
  accumulateVectors,
  complexUpdate,
  realUpdate,
  tridiagonalise,
} from "./orthogonal/tridiagonalise.ts";

type EighParams = { lower: boolean; vectors: boolean };

/** What a matrix is reduced to, and rows of vectors from its reflectors. */
interface Reduction<E> {
  readonly a: Matrix<E>;
  readonly diagonal: Vector<Expr>;
  readonly offDiagonal: Vector<Expr>;
  /** Reduces a, of which the lower triangle is there, and more if it is large. */
  readonly reduce: (b: Block) => void;
  readonly accumulate: (b: Block, vectors: Matrix<E>) => void;
}

function reduction<E>(b: Block, x: Input<E>, update: UpdateVector<E>): Reduction<E> {
  const f = x.field;
  const n = x.shape[x.shape.length - 1];
  const isLarge = n >= reducedSize;
  const held = isLarge ? heldAs(x.dtype) : wide;
  const a = newMatrix(f, b, n, n, "a", held);
  const diagonal = newVector(realField, b, n, "d");
  const offDiagonal = newVector(realField, b, n, "e");
  const taus = newVector(f, b, n, "taus");
  if (isLarge) {
    const reflectors = newReflectors(f, b, [n - 1, n, n], held);
    const state = { a, diagonal, offDiagonal, taus, reflectors };
    return {
      ...{ a, diagonal, offDiagonal },
      reduce: (y) => {
        fillAcross(y, a, "upper", (i, j) => f.select(lt(i, j), f.conj(a.at(j, i)), a.at(i, j)));
        tridiagonaliseBlocks(y, state, update);
        // The iteration wants what is small first.
        reverse(y, diagonal, 0, n);
        reverse(y, offDiagonal, 1, n);
      },
      accumulate: (y, vectors) => {
        productOf(y, a, reflectors, 1);
        fillAcross(y, vectors, "all", (i, j) => a.at(j, mirrored(n, i)), n);
      },
    };
  }
  const work = newVector(f, b, n, "work");
  const state: TridiagonalState<E> = { a, diagonal, offDiagonal, taus, work };
  return {
    ...{ a, diagonal, offDiagonal },
    reduce: (y) => (n > 1 ? tridiagonalise(y, state, update) : diagonal.put(y, 0, f.re(a.at(0, 0)))),
    accumulate: (y, vectors) => accumulateVectors(y, vectors, state),
  };
}

/** The elements from `from` to before `to` in reverse. */
const reverse = (b: Block, x: Vector<Expr>, from: number, to: number): void =>
  b.for(0, Math.floor((to - from) / 2), (y, i) => swap(y, x, iadd(i, from), isub(intConst(to - 1), i)));

const emitEigh =
  <E>(update: UpdateVector<E>): Routine<E, EighParams> =>
  (b, [x], outs, { lower, vectors: wanted }) => {
    const { shape, field: f } = x;
    if (shape.includes(0)) return;
    const n = shape[shape.length - 1];
    const { a, diagonal, offDiagonal, reduce, accumulate } = reduction(b, x, update);
    const v = wanted ? outs[0] : null;
    const w = outs[outs.length - 1];
    const [whole, vectors] = wanted ? newSideBySide(f, b, n, n, "vectors", a.dtype) : [null, null];
    b.nest(batchOf(shape), (y, batch) => {
      const largest = y.variable(real(0), "largest");
      const read = (i: Expr, j: Expr): E => (lower ? x.at([...batch, i, j]) : f.conj(x.at([...batch, j, i])));
      y.for(0, n, (row, i) =>
        each(row, "i", [0, n], (z, j) =>
          z.if(le(j, i), (t) => {
            const value = f.let(t, f.realWhere(eq(i, j), read(i, j)), "value");
            a.put(t, i, j, value);
            t.accumulate(largest, "max", f.largestPart(value));
          }),
        ),
      );
      const scale = safeScale(y, largest);
      // What is not finite becomes NaN, and is not iterated over.
      const finite = allFinite(y, largest);
      fill(y, a, (i, j) => f.select(le(j, i), f.select(finite, f.scale(a.at(i, j), scale), f.zero), f.zero));
      reduce(y);
      if (vectors !== null) accumulate(y, vectors);
      const converged = n > 1 ? iterate(y, { diagonal, offDiagonal, vectors: whole }, n) : null;
      const fine = converged === null ? finite : y.let(and(converged, finite), "fine");
      const toVectors = v?.matrix(batch);
      const toValues = w.real().vector(batch);
      inOrder(
        y,
        n,
        (i) => diagonal.at(i),
        (z, k, at) => {
          toValues.put(z, k, select(fine, div(diagonal.at(at), scale), real(NaN)));
          if (vectors !== null)
            z.for(0, n, (t, i) => toVectors?.put(t, i, k, f.select(fine, vectors.at(at, i), f.nan)));
        },
      );
    });
  };

export const eighP: Primitive<EighParams> = factorisation<EighParams>({
  name: "eigh",
  check: checkSquares("eigh"),
  results: ([x], { vectors }) => {
    const values = shaped(x.shape.slice(0, -1), realPart(x.dtype));
    return vectors ? [x.strong, values] : [values];
  },
  real: emitEigh(realUpdate),
  complex: emitEigh(complexUpdate),
  prune: (params, [vectors]) =>
    vectors || !params.vectors ? null : { params: { ...params, vectors: false }, inputs: [0], outputs: [1] },
  jvp: ([x], [t], params) => {
    const [v, w] = bind(eighP, [x], { ...params, vectors: true });
    const n = w.shape[w.ndim - 1];
    const one = eyeOf(x.shape, w.dtype);
    const f = convertElementType(inverseOffDiagonal(sub(asRows(w, n), asColumns(w, n)), one), v.dtype);
    const m = matmul(matmul(conjugated(v), instantiate(t), true), v);
    const rates = realOf(diagonalOf(m));
    return params.vectors
      ? [
          [v, w],
          [matmul(v, mul(f, m)), rates],
        ]
      : [[w], [rates]];
  },
});

/** Options of `eigh`. */
export interface EighOptions {
  /** Which triangle is read, without `symmetrizeInput`: the lower one by default. */
  readonly lower?: boolean | undefined;
  /** True (the default): the matrix is (x + xᴴ)/2. */
  readonly symmetrizeInput?: boolean | undefined;
  /** Eigenvalues are always in ascending order. */
  readonly sortEigenvalues?: boolean | undefined;
}

/**
 * `[v, w]`: eigenvectors of symmetric or Hermitian matrices [..., n, n], in the columns of v, and real eigenvalues w [..., n] in
 * ascending order; NaN for matrices with NaN or infinities. Eigenvectors of equal eigenvalues have no derivative (NaN);
 * eigenvalues do.
 * @throws ShapeError unless the matrices are square
 * @see jax.lax.linalg.eigh
 * @example
 * const [v, w] = lax.linalg.eigh(np.array([[2, 1], [1, 2]]));
 * w.js(); // [1.0000, 3.0000]
 * np.allclose(np.array([[2, 1], [1, 2]]).matmul(v), v.mul(w)).item(); // true
 */
export function eigh(x: ArrayLike, options?: EighOptions, ...more: []): [v: NDArray, w: NDArray] {
  refuseMore("eigh", 2, more);
  checkOptions("eigh", options, ["lower", "symmetrizeInput", "sortEigenvalues"]);
  const a = asArray(x, "eigh");
  requireSquare("eigh", a.aval);
  const { lower = true, symmetrizeInput = true } = options ?? {};
  return bind(eighP, [symmetrizeInput ? symmetrize(a) : a], { lower, vectors: true }) as [NDArray, NDArray];
}
