/**
 * @file The QR factorisation A = Q·R by Householder reflectors, with column pivoting on request. Signs are LAPACK's: see
 * orthogonal/householder.ts.
 *
 * Derivatives: with M = Qᴴ·Ȧ·R⁻¹ and the anti-Hermitian Ω of M's strict lower triangle (and of the imaginary part of its
 * diagonal, as that of R is real), Q̇ = (1 − QQᴴ)·Ȧ·R⁻¹ + Q·Ω and Ṙ = Qᴴ·Ȧ − Ω·R (Walter, Lehmann and Lamour). A wide matrix has the Q of its leading square block.
 * Source of the conventions: jax/_src/lax/linalg.py.
 */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import type { NoParams, Primitive } from "../../core/primitive.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { bind, bind1 } from "../../core/trace.ts";
import { Zero } from "../../core/zero.ts";
import { DifferentiationError, ShapeError, checkOptions } from "../../base/errors.ts";
import { instantiate } from "../../interpreters/tangents.ts";
import { type Block, add as plus, le, ne } from "../../loops/ir/build.ts";
import { iadd } from "../../loops/ir/affine.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { add, mul, sub } from "../elementwise/arithmetic.ts";
import { asArray } from "../operands/convert.ts";
import { checkDtypes, none } from "../families/elementwise.ts";
import { promoteStrict } from "../operands/strict.ts";
import { sliceInDim } from "../shapes/slicing.ts";
import { adjoint, conjugated, eyeOf, matmul, requireMatrices, tril } from "./algebra.ts";
import { factoriseBlocks } from "./blocked/qr.ts";
import { type Reflectors, newReflectors, productOf, takeReflectors } from "./blocked/reflectors.ts";
import { type Input, type Output, batchOf } from "./elements/arrays.ts";
import { blockSize, blockedSize, heldAs } from "./elements/blocks.ts";
import { type Matrix, type Vector, fill, fillIdentity, newMatrix, newVector } from "./elements/matrix.ts";
import { Order, permuteColumns, placeOfLargest } from "./elements/permute.ts";
import { each, eachFromEnd, wide } from "./elements/scalars.ts";
import { checkMatrices, factorisation, noDerivative } from "./families/factorisation.ts";
import { below, reflectRows, reflector } from "./orthogonal/householder.ts";
import { solveTriangle } from "./triangular-solve.ts";

/** Buffers that factorisations of m × n matrices need. */
interface Workspace<E> {
  readonly a: Matrix<E>;
  readonly taus: Vector<E>;
  readonly work: Vector<E>;
  /** Of large matrices. */
  readonly blocks: Reflectors<E> | null;
}

/** For so many reflectors; `pivoting` goes column by column. */
function workspace<E>(
  b: Block,
  { field: f, shape, dtype }: Input<E>,
  columns: number,
  count: number = Math.min(...shape.slice(-2)),
  pivoting = false,
): Workspace<E> {
  const [m, n] = shape.slice(-2);
  const isLarge = count >= blockedSize && !pivoting;
  const held = isLarge ? heldAs(dtype) : wide;
  const sizes = [count, m, Math.max(n, columns, blockSize)] as const;
  return {
    a: newMatrix(f, b, m, n, "a", held),
    taus: newVector(f, b, Math.min(m, n), "taus"),
    work: newVector(f, b, Math.max(m, n), "work"),
    blocks: isLarge ? newReflectors(f, b, sizes, held) : null,
  };
}

/** Brings the column with the largest remaining part to the front, and notes it. */
function pivotColumn<E>(b: Block, { a, work }: Workspace<E>, order: Order, k: Expr): void {
  const f = a.field;
  const sums = work.part(0);
  each(b, "j", [k, a.cols], (x, j) => work.put(x, j, f.zero));
  each(b, "i", [k, a.rows], (row, i) =>
    each(row, "j", [k, a.cols], (x, j) => {
      const t = f.once(x, a.at(i, j));
      sums.put(x, j, plus(sums.at(j), f.re(f.dotTerm(t, t))));
    }),
  );
  const from = placeOfLargest(b, sums, k, a.cols);
  b.if(ne(from, k), (x) => {
    a.swapColumns(x, k, from);
    order.swap(x, k, from);
  });
}

/** Leaves R on and above the diagonal, and the reflectors below it. */
function factorise<E>(b: Block, w: Workspace<E>, order: Order | null): void {
  const { a, taus, work, blocks } = w;
  const f = a.field;
  if (blocks !== null) {
    factoriseBlocks(b, a, taus, blocks);
    return;
  }
  each(b, "k", [0, Math.min(a.rows, a.cols)], (y, k) => {
    if (order !== null) pivotColumn(y, w, order, k);
    const rest = below(k, a.rows);
    const tau = reflector(y, a.column(k), k, rest);
    taus.put(y, k, tau);
    reflectRows(y, a, (i) => a.at(i, k), f.keptConj(y, tau, "back"), k, rest, [iadd(k, 1), a.cols], work);
  });
}

/** q ← H₀·H₁…·1, from the reflectors below the diagonal of `a`. The last comes first, so that q grows from its corner. */
function product<E>(b: Block, q: Matrix<E>, { a, taus, work, blocks }: Workspace<E>, count: number): void {
  if (blocks !== null) {
    productOf(b, q, blocks);
    return;
  }
  fillIdentity(b, q);
  eachFromEnd(b, count, (y, k) => {
    const tau = a.field.let(y, taus.at(k), "tau");
    reflectRows(y, q, (i) => a.at(i, k), tau, k, below(k, a.rows), [k, q.cols], work);
  });
}

function emitGeqrf<E>(b: Block, [x]: readonly Input<E>[], [packed, taus]: readonly Output<E>[]): void {
  const w = workspace(b, x, 0);
  b.nest(batchOf(x.shape), (y, batch) => {
    x.copyTo(y, batch, w.a);
    factorise(y, w, null);
    packed.copyFrom(y, batch, w.a);
    const to = taus.vector(batch);
    y.for(0, Math.min(w.a.rows, w.a.cols), (z, k) => to.put(z, k, w.taus.at(k)));
  });
}

const withoutDerivative = (name: string): (() => never) =>
  noDerivative(`${name}: has no derivative (nor in JAX); that of qr is defined.`);

export const geqrfP: Primitive<NoParams> = factorisation<NoParams>({
  name: "geqrf",
  check: checkMatrices("geqrf"),
  results: ([x]) => [x.strong, shaped([...batchOf(x.shape), Math.min(...x.shape.slice(-2))], x.dtype)],
  real: emitGeqrf,
  complex: emitGeqrf,
  jvp: withoutDerivative("geqrf"),
});

/** `[packed, taus]`: R and the reflectors below it, as LAPACK's geqrf has them. */
export const geqrf = (x: NDArray): [packed: NDArray, taus: NDArray] =>
  bind(geqrfP, [x], none) as [NDArray, NDArray];

function emitProduct<E>(b: Block, [x, taus]: readonly Input<E>[], [out]: readonly Output<E>[]): void {
  const count = taus.shape[taus.shape.length - 1];
  const w = workspace(b, x, 0, count);
  const q = newMatrix(x.field, b, w.a.rows, w.a.cols, "q", w.a.dtype);
  b.nest(batchOf(x.shape), (y, batch) => {
    x.copyTo(y, batch, w.a);
    y.for(0, count, (z, k) => w.taus.put(z, k, taus.at([...batch, k])));
    if (w.blocks !== null) takeReflectors(y, w.a, w.blocks, w.taus);
    product(y, q, w, count);
    out.copyFrom(y, batch, q);
  });
}

export const householderProductP: Primitive<NoParams> = factorisation<NoParams>({
  name: "householder_product",
  check: ([a, taus]) => {
    checkDtypes("householderProduct", [a, taus], "inexact");
    const [m, n] = requireMatrices("householderProduct", a);
    const count = taus.shape[taus.ndim - 1] ?? Infinity;
    if (m < n || count > n || taus.shape.slice(0, -1).join() !== a.shape.slice(0, -2).join()) {
      throw new ShapeError(
        `householderProduct: expected matrices with at least as many rows as columns and at most as many reflectors; ` +
          `got shapes ${shapeString(a.shape)} and ${shapeString(taus.shape)}.`,
      );
    }
  },
  results: ([a]) => [a.strong],
  real: emitProduct,
  complex: emitProduct,
  jvp: withoutDerivative("householderProduct"),
});

/**
 * The first n columns of the product of the Householder reflectors that are stored below the diagonal of `a` [..., m, n], with
 * factors `taus` [..., k], where m ≥ n ≥ k.
 * @throws ShapeError, DTypeError where the operands do not fit; DifferentiationError for its derivative (that of `qr` is
 * defined)
 * @see jax.lax.linalg.householder_product
 * @example
 * lax.linalg.householderProduct(np.array([[1], [0.5]]), np.array([1.6])).js(); // [[-0.6000], [-0.8000]]
 */
export function householderProduct(a: ArrayLike, taus: ArrayLike, ...more: []): NDArray {
  refuseMore("householderProduct", 2, more);
  return bind1(householderProductP, promoteStrict("householderProduct", a, taus), none);
}

type QrParams = { fullMatrices: boolean; pivoting: boolean };

function emitQr<E>(b: Block, [x]: readonly Input<E>[], [q, r, p]: readonly Output<E>[]): void {
  const [m, n] = x.shape.slice(-2);
  const f = x.field;
  const columns = q.shape[q.shape.length - 1];
  const w = workspace(b, x, columns, Math.min(m, n), p !== undefined);
  const factor = newMatrix(f, b, m, columns, "q", w.a.dtype);
  const order = p === undefined ? null : new Order(b, n, "columns");
  b.nest(batchOf(x.shape), (y, batch) => {
    x.copyTo(y, batch, w.a);
    order?.reset(y);
    factorise(y, w, order);
    product(y, factor, w, Math.min(m, n));
    q.copyFrom(y, batch, factor);
    fill(y, r.matrix(batch), (i, j) => f.select(le(i, j), w.a.at(i, j), f.zero));
    order?.copyTo(y, p, batch);
  });
}

/** The imaginary part, as a complex number. */
const imaginary = (x: NDArray): NDArray => mul(sub(x, conjugated(x)), 0.5);

function qrTangents(q: NDArray, r: NDArray, t: NDArray): [dq: NDArray, dr: NDArray] {
  const k = q.shape[q.ndim - 1];
  const leading = (x: NDArray): NDArray => sliceInDim(x, 0, k, 1, x.ndim - 1);
  const right = solveTriangle(leading(r), leading(t), { leftSide: false, lower: false, transposeA: false });
  const qh = conjugated(q);
  const m = matmul(qh, right, true);
  const strict = tril(m, -1);
  const turns = sub(strict, adjoint(strict));
  const omega = isComplex(m.dtype) ? add(turns, mul(imaginary(m), eyeOf(m.shape, m.dtype))) : turns;
  const dq = add(matmul(q, sub(omega, m)), right);
  return [dq, sub(matmul(qh, t, true), matmul(omega, r))];
}

export const qrP: Primitive<QrParams> = factorisation<QrParams>({
  name: "qr",
  check: checkMatrices("qr"),
  results: ([x], { fullMatrices, pivoting }) => {
    const [m, n] = x.shape.slice(-2);
    const batch = batchOf(x.shape);
    const k = fullMatrices ? m : Math.min(m, n);
    const outs = [shaped([...batch, m, k], x.dtype), shaped([...batch, k, n], x.dtype)];
    return pivoting ? [...outs, shaped([...batch, n], "int32")] : outs;
  },
  real: emitQr,
  complex: emitQr,
  jvp: ([x], [t], params) => {
    const outs = bind(qrP, [x], params);
    const [q, r, p] = outs;
    const [m, n] = x.shape.slice(-2);
    if (params.fullMatrices && m > n) {
      throw new DifferentiationError(
        `qr: the complete factorisation of ${m} × ${n} matrices has no derivative: the last ${m - n} columns of Q are an ` +
          'arbitrary choice (JAX defines none either). Use mode "reduced" (fullMatrices: false).',
      );
    }
    const rate = instantiate(t);
    if (p === undefined) return [outs, qrTangents(q, r, rate)];
    return [outs, [...qrTangents(q, r, permuteColumns(rate, p)), new Zero(p.aval)]];
  },
});

/** Options of `qr`. */
export interface QrOptions {
  /** True (the default): Q is square, m × m. False: it has min(m, n) columns. */
  readonly fullMatrices?: boolean | undefined;
  /** Exchange columns, such that the diagonal of R decreases in magnitude; the permutation is the third result. */
  readonly pivoting?: boolean | undefined;
}

/**
 * The factorisation of matrices x = Q·R, orthonormal columns times upper triangular: `[q, r]`; with `pivoting`
 * `[q, r, p]`, where x[..., p] = Q·R. No derivative exists for the extra columns of a full Q. @see jax.lax.linalg.qr
 * @example
 * const [, r] = lax.linalg.qr(np.array([[3, 1], [4, 2]]));
 * np.allclose(r.slice(0, 0), -5).item(); // true
 */
export function qr(
  x: ArrayLike,
  options: QrOptions & { readonly pivoting: true },
): [q: NDArray, r: NDArray, pivots: NDArray];
export function qr(x: ArrayLike, options?: QrOptions): [q: NDArray, r: NDArray, ...pivots: NDArray[]];
export function qr(
  x: ArrayLike,
  options?: QrOptions,
  ...more: readonly unknown[]
): [q: NDArray, r: NDArray, ...pivots: NDArray[]] {
  refuseMore("qr", 2, more);
  checkOptions("qr", options, ["fullMatrices", "pivoting"]);
  const { fullMatrices = true, pivoting = false } = options ?? {};
  const [q, r, ...pivots] = bind(qrP, [asArray(x, "qr")], { fullMatrices, pivoting });
  return [q, r, ...pivots];
}
