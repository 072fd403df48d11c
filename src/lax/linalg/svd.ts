/**
 * @file The singular value decomposition A = U·S·Vᴴ: bidiagonal form by reflectors, then implicit QR steps.
 *
 * Derivatives, for distinct singular values: with M = Uᴴ·Ȧ·V, ṡ = diag M (its real part), and U̇, V̇ from the parts of M off the diagonal
 * over differences of squares (Giles; Townsend). Equal values have vectors without derivative. Source of the
 * conventions: jax/_src/lax/linalg.py.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import { realPart } from "../../dtypes/dtype.ts";
import { type Primitive, definePrimitive, notLinear } from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { Zero, isZero } from "../../core/zero.ts";
import { DifferentiationError, checkOptions } from "../../base/errors.ts";
import { type Block, apply } from "../../loops/ir/build.ts";
import type { Buffer } from "../../loops/ir/ir.ts";
import type { Pull } from "../../loops/pull.ts";
import { add, div, mul, sub } from "../elementwise/arithmetic.ts";
import { eq } from "../elementwise/compare.ts";
import { asArray } from "../operands/convert.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { checkDtypes } from "../elementwise/family.ts";
import {
  asColumns,
  asRows,
  adjoint,
  batchLeading,
  conjugated,
  diagonalOf,
  eyeOf,
  matmul,
  realOf,
  requireMatrices,
} from "./algebra.ts";
import { onParts } from "./complex/parts.ts";
import { svdPartsP } from "./complex/svd.ts";
import { type SvdState, bidiagonalise } from "./bidiagonalise.ts";
import {
  type Matrix,
  batchOf,
  element,
  fill,
  newMatrix,
  newVector,
  outputMatrix,
  outputVector,
  real,
  safeScale,
} from "./matrix.ts";
import { diagonalise } from "./svd-iteration.ts";

type SvdParams = { fullMatrices: boolean; computeUv: boolean };

function svdAvals(x: ShapedArray, { fullMatrices, computeUv }: SvdParams): ShapedArray[] {
  checkDtypes("svd", [x], "inexact");
  const [m, n] = requireMatrices("svd", x);
  const k = Math.min(m, n);
  const make = (...dims: number[]): ShapedArray => shaped([...x.shape.slice(0, -2), ...dims], x.dtype);
  const vectors = fullMatrices ? [make(m, m), make(n, n)] : [make(m, k), make(k, n)];
  const values = shaped([...x.shape.slice(0, -2), k], realPart(x.dtype));
  return computeUv ? [values, ...vectors] : [values];
}

/** Factors of matrices without elements. */
function emitEmpty(b: Block, outs: readonly Buffer[], avals: readonly ShapedArray[]): void {
  outs.slice(1).forEach((out, i) => {
    const { shape } = avals[i + 1];
    b.nest(batchOf(shape), (y, batch) =>
      fill(y, outputMatrix(out, shape, batch), (r, c) =>
        apply("select", apply("eq", r, c), real(1), real(0)),
      ),
    );
  });
}

function emitSvd(
  b: Block,
  x: Pull,
  outs: readonly Buffer[],
  avals: readonly ShapedArray[],
  { fullMatrices, computeUv }: SvdParams,
): void {
  const { shape } = x.aval;
  const [m, n] = shape.slice(-2);
  if (m * n === 0) {
    emitEmpty(b, outs, avals);
    return;
  }
  // Of a wide matrix the transpose is decomposed, and the factors exchanged.
  const wideMatrix = m < n;
  const [p, q] = wideMatrix ? [n, m] : [m, n];
  const state: SvdState = {
    b: newMatrix(b, q, p, "b"),
    s: newVector(b, q, "s"),
    e: newVector(b, q + 1, "e"),
    work: newVector(b, p, "work"),
    u: computeUv ? newMatrix(b, fullMatrices ? p : q, p, "u") : null,
    v: computeUv ? newMatrix(b, q, q, "v") : null,
  };
  b.nest(batchOf(shape), (y, batch) => {
    const largest = y.variable(real(0), "largest");
    y.nest([q, p], (z, [i, j]) => {
      const value = z.let(element(x, [...batch, ...(wideMatrix ? [i, j] : [j, i])]), "value");
      z.accumulate(largest, "max", apply("abs", value));
      state.b.put(z, i, j, value);
    });
    const scale = safeScale(y, largest);
    // What is not finite becomes NaN, and is not iterated over.
    const finite = y.let(apply("gt", apply("mul", largest, 0), -1), "finite");
    fill(y, state.b, (i, j) => apply("select", finite, apply("mul", state.b.at(i, j), scale), real(0)));
    bidiagonalise(y, state);
    const fine = y.let(apply("and", diagonalise(y, state), finite), "fine");
    const values = outputVector(outs[0], avals[0].shape, batch);
    y.for(0, q, (z, i) =>
      values.put(z, i, apply("select", fine, apply("div", state.s.at(i), scale), real(NaN))),
    );
    if (state.u === null || state.v === null) return;
    const [left, right]: Matrix[] = wideMatrix ? [state.v, state.u] : [state.u, state.v];
    fill(y, outputMatrix(outs[1], avals[1].shape, batch), (i, j) =>
      apply("select", fine, left.at(j, i), real(NaN)),
    );
    fill(y, outputMatrix(outs[2], avals[2].shape, batch), (i, j) =>
      apply("select", fine, right.at(i, j), real(NaN)),
    );
  });
}

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
  const f = sub(div(1, add(mul(add(row, column), sub(row, column)), one)), one);
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

export const svdP: Primitive<SvdParams> = definePrimitive<SvdParams>({
  name: "svd",
  kind: "opaque",
  abstractEval: ([x], params) => svdAvals(x, params),
  lower: ({ outAvals }, _args, params) => ({
    kind: "routine",
    emit: (b, [x], outs) => emitSvd(b, x, outs, outAvals, params),
  }),
  complex: (args, params) =>
    onParts(svdPartsP, args, params, params.computeUv ? [false, true, true] : [false]),
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
    if (isZero(t)) return [outs, outs.map((o) => new Zero(o.aval))];
    const [, u, vh] = all;
    const m = matmul(matmul(conjugated(u), t, true), conjugated(vh), false, true);
    const ds = realOf(diagonalOf(m));
    return [outs, params.computeUv ? [ds, ...vectorTangents(all, t, m)] : [ds]];
  },
  transpose: notLinear,
  batch: batchLeading(() => svdP),
});

/** Options of `svd`. */
export interface SvdOptions {
  /** True (the default): U is m × m and Vᴴ n × n. False: min(m, n) vectors each. */
  readonly fullMatrices?: boolean | undefined;
  /** False: only the singular values. */
  readonly computeUv?: boolean | undefined;
}

/**
 * `[u, s, vh]` with x = u·diag(s)·vh, or s alone without `computeUv`; singular values descend. Singular vectors of equal
 * values have no derivative (NaN or wrong by a rotation); values do. @see jax.lax.linalg.svd
 */
export function svd(
  x: ArrayLike,
  options?: SvdOptions & { computeUv?: true | undefined },
): [u: NDArray, s: NDArray, vh: NDArray];
export function svd(x: ArrayLike, options: SvdOptions & { computeUv: false }): NDArray;
export function svd(x: ArrayLike, options?: SvdOptions): NDArray | [NDArray, NDArray, NDArray] {
  checkOptions("svd", options, ["fullMatrices", "computeUv"]);
  const { fullMatrices = true, computeUv = true } = options ?? {};
  const [s, u, vh] = bind(svdP, [asArray(x, "svd")], { fullMatrices, computeUv });
  return computeUv ? [u, s, vh] : s;
}
