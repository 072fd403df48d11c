/**
 * @file The QR factorisation A = Q·R by Householder reflectors, with column pivoting on request. Signs are LAPACK's: see
 * householder.ts.
 *
 * Derivatives: with M = Qᴴ·Ȧ·R⁻¹ and the anti-Hermitian Ω of M's strict lower triangle (and of the imaginary part of its
 * diagonal, as that of R is real), Q̇ = (1 − QQᴴ)·Ȧ·R⁻¹ + Q·Ω and Ṙ = Qᴴ·Ȧ − Ω·R (Walter, Lehmann and Lamour). A wide matrix has the Q of its leading square block.
 * Source of the conventions: jax/_src/lax/linalg.py.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import { type NoParams, type Primitive, definePrimitive, notLinear } from "../../core/primitive.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { bind, bind1 } from "../../core/trace.ts";
import { type Tangent, Zero, isZero } from "../../core/zero.ts";
import { DifferentiationError, ShapeError, checkOptions } from "../../base/errors.ts";
import { type Block, apply, load } from "../../loops/ir/build.ts";
import { flatten, iadd } from "../../loops/ir/affine.ts";
import type { Buffer, Expr } from "../../loops/ir/ir.ts";
import type { Pull } from "../../loops/pull.ts";
import { add, mul, sub } from "../elementwise/arithmetic.ts";
import { asArray } from "../operands/convert.ts";
import { checkDtypes, none } from "../elementwise/family.ts";
import { promoteStrict } from "../operands/strict.ts";
import { sliceInDim } from "../shapes/slicing.ts";
import { adjoint, batchLeading, conjugated, eyeOf, matmul, requireMatrices, tril } from "./algebra.ts";
import { onParts } from "./complex/parts.ts";
import { geqrfPartsP, householderProductPartsP, qrPartsP } from "./complex/qr.ts";
import { below, column, reflectRows, reflector } from "./householder.ts";
import {
  type Matrix,
  type Vector,
  batchOf,
  element,
  fill,
  mirrored,
  newMatrix,
  newVector,
  outputMatrix,
  outputVector,
  real,
} from "./matrix.ts";
import { permuteColumns, placeOfLargest, swapEntries } from "./permute.ts";
import { solveTriangle } from "./triangular-solve.ts";

/** Buffers that factorisations of m × n matrices need. */
interface Workspace {
  readonly a: Matrix;
  readonly taus: Vector;
  readonly work: Vector;
}

const workspace = (b: Block, m: number, n: number): Workspace => ({
  a: newMatrix(b, m, n, "a"),
  taus: newVector(b, Math.min(m, n), "taus"),
  work: newVector(b, Math.max(m, n), "work"),
});

/** Brings the column with the largest remaining part to the front, and notes it. */
function pivotColumn(b: Block, { a, work }: Workspace, order: Buffer, k: Expr): void {
  b.for(k, a.cols, (x, j) => work.put(x, j, real(0)), "j");
  b.for(
    k,
    a.rows,
    (row, i) =>
      row.for(
        k,
        a.cols,
        (x, j) => work.put(x, j, apply("add", work.at(j), apply("mul", a.at(i, j), a.at(i, j)))),
        "j",
      ),
    "i",
  );
  const from = placeOfLargest(b, work, k, a.cols);
  b.if(apply("ne", from, k), (x) => {
    x.for(0, a.rows, (y, i) => {
      const kept = y.snapshot(a.at(i, k), "kept");
      a.put(y, i, k, a.at(i, from));
      a.put(y, i, from, kept);
    });
    swapEntries(x, order, k, from);
  });
}

/** Leaves R on and above the diagonal, and the reflectors below it. */
function factorise(b: Block, w: Workspace, order: Buffer | null): void {
  const { a, taus, work } = w;
  b.for(
    0,
    Math.min(a.rows, a.cols),
    (y, k) => {
      if (order !== null) pivotColumn(y, w, order, k);
      const tau = reflector(y, column(a, k), k, below(k, a.rows));
      taus.put(y, k, tau);
      reflectRows(y, a, (i) => a.at(i, k), tau, k, below(k, a.rows), [iadd(k, 1), a.cols], work);
    },
    "k",
  );
}

/** q ← H₀·H₁…·1, from the reflectors below the diagonal of `a`. The last comes first, so that q grows from its corner. */
function product(b: Block, q: Matrix, { a, taus, work }: Workspace, count: number): void {
  fill(b, q, (i, j) => apply("select", apply("eq", i, j), real(1), real(0)));
  b.for(
    0,
    count,
    (y, step) => {
      const k = mirrored(count, step);
      const tau = y.let(taus.at(k), "tau");
      reflectRows(y, q, (i) => a.at(i, k), tau, k, below(k, a.rows), [k, q.cols], work);
    },
    "step",
  );
}

const noDerivative = (name: string) => (): never => {
  throw new DifferentiationError(`${name}: has no derivative (nor in JAX); that of qr is defined.`);
};

export const geqrfP: Primitive<NoParams> = definePrimitive<NoParams>({
  name: "geqrf",
  kind: "opaque",
  abstractEval: ([x]) => {
    checkDtypes("geqrf", [x], "inexact");
    const [m, n] = requireMatrices("geqrf", x);
    return [x.strong, shaped([...x.shape.slice(0, -2), Math.min(m, n)], x.dtype)];
  },
  lower: ({ outAvals }) => ({
    kind: "routine",
    emit: (b, [x], [packed, taus]) => {
      const { shape } = x.aval;
      const w = workspace(b, shape[shape.length - 2], shape[shape.length - 1]);
      b.nest(batchOf(shape), (y, batch) => {
        fill(y, w.a, (i, j) => element(x, [...batch, i, j]));
        factorise(y, w, null);
        fill(y, outputMatrix(packed, shape, batch), (i, j) => w.a.at(i, j));
        const to = outputVector(taus, outAvals[1].shape, batch);
        y.for(0, Math.min(w.a.rows, w.a.cols), (z, k) => to.put(z, k, w.taus.at(k)));
      });
    },
  }),
  complex: (args) => onParts(geqrfPartsP, args, none, [true, true]),
  jvp: noDerivative("geqrf"),
  transpose: notLinear,
  batch: batchLeading(() => geqrfP),
});

/** `[packed, taus]`: R and the reflectors below it, as LAPACK's geqrf has them. */
export const geqrf = (x: NDArray): [packed: NDArray, taus: NDArray] =>
  bind(geqrfP, [x], none) as [NDArray, NDArray];

export const householderProductP: Primitive<NoParams> = definePrimitive<NoParams>({
  name: "householder_product",
  kind: "opaque",
  abstractEval: ([a, taus]) => {
    checkDtypes("householderProduct", [a, taus], "inexact");
    const [m, n] = requireMatrices("householderProduct", a);
    const count = taus.shape[taus.ndim - 1] ?? Infinity;
    if (m < n || count > n || taus.shape.slice(0, -1).join() !== a.shape.slice(0, -2).join()) {
      throw new ShapeError(
        `householderProduct: expected matrices with at least as many rows as columns and at most as many reflectors; ` +
          `got shapes ${shapeString(a.shape)} and ${shapeString(taus.shape)}.`,
      );
    }
    return [a.strong];
  },
  lower: () => ({
    kind: "routine",
    emit: (b, [x, taus], [out]) => {
      const { shape } = x.aval;
      const count = taus.aval.shape[taus.aval.ndim - 1];
      const w = workspace(b, shape[shape.length - 2], shape[shape.length - 1]);
      const q = newMatrix(b, w.a.rows, w.a.cols, "q");
      b.nest(batchOf(shape), (y, batch) => {
        fill(y, w.a, (i, j) => element(x, [...batch, i, j]));
        y.for(0, count, (z, k) => w.taus.put(z, k, element(taus, [...batch, k])));
        product(y, q, w, count);
        fill(y, outputMatrix(out, shape, batch), (i, j) => q.at(i, j));
      });
    },
  }),
  complex: (args) => onParts(householderProductPartsP, args, none, [true]),
  jvp: noDerivative("householderProduct"),
  transpose: notLinear,
  batch: batchLeading(() => householderProductP),
});

/**
 * The first n columns of the product of the Householder reflectors that are stored below the diagonal of `a` [..., m, n],
 * with factors `taus` [..., k]. @see jax.lax.linalg.householder_product
 */
export function householderProduct(a: ArrayLike, taus: ArrayLike): NDArray {
  return bind1(householderProductP, promoteStrict("householderProduct", a, taus), none);
}

type QrParams = { fullMatrices: boolean; pivoting: boolean };

function qrAvals(x: ShapedArray, { fullMatrices, pivoting }: QrParams): ShapedArray[] {
  checkDtypes("qr", [x], "inexact");
  const [m, n] = requireMatrices("qr", x);
  const batch = x.shape.slice(0, -2);
  const k = fullMatrices ? m : Math.min(m, n);
  const outs = [shaped([...batch, m, k], x.dtype), shaped([...batch, k, n], x.dtype)];
  return pivoting ? [...outs, shaped([...batch, n], "int32")] : outs;
}

function emitQr(b: Block, x: Pull, outs: readonly Buffer[], avals: readonly ShapedArray[]): void {
  const { shape } = x.aval;
  const [m, n] = shape.slice(-2);
  const [qShape, rShape, pShape] = avals.map((a) => a.shape);
  const w = workspace(b, m, n);
  const q = newMatrix(b, m, qShape[qShape.length - 1], "q");
  const order = outs.length > 2 ? b.alloc("int32", n, "columns") : null;
  b.nest(batchOf(shape), (y, batch) => {
    fill(y, w.a, (i, j) => element(x, [...batch, i, j]));
    if (order !== null) y.for(0, n, (z, j) => z.store(order, j, j));
    factorise(y, w, order);
    product(y, q, w, Math.min(m, n));
    fill(y, outputMatrix(outs[0], qShape, batch), (i, j) => q.at(i, j));
    fill(y, outputMatrix(outs[1], rShape, batch), (i, j) =>
      apply("select", apply("le", i, j), w.a.at(i, j), real(0)),
    );
    if (order !== null)
      y.for(0, n, (z, j) => z.store(outs[2], flatten([...batch, j], pShape), load(order, j)));
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

export const qrP: Primitive<QrParams> = definePrimitive<QrParams>({
  name: "qr",
  kind: "opaque",
  abstractEval: ([x], params) => qrAvals(x, params),
  lower: ({ outAvals }) => ({ kind: "routine", emit: (b, [x], outs) => emitQr(b, x, outs, outAvals) }),
  complex: (args, params) =>
    onParts(qrPartsP, args, params, params.pivoting ? [true, true, false] : [true, true]),
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
    if (isZero(t)) return [outs, outs.map((o) => new Zero(o.aval))];
    const tangents: Tangent[] = qrTangents(q, r, p === undefined ? t : permuteColumns(t, p));
    return [outs, p === undefined ? tangents : [...tangents, new Zero(p.aval)]];
  },
  transpose: notLinear,
  batch: batchLeading(() => qrP),
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
export function qr(x: ArrayLike, options?: QrOptions): NDArray[] {
  checkOptions("qr", options, ["fullMatrices", "pivoting"]);
  const { fullMatrices = true, pivoting = false } = options ?? {};
  return bind(qrP, [asArray(x, "qr")], { fullMatrices, pivoting });
}
