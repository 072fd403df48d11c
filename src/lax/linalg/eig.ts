/**
 * @file Eigenvalues and eigenvectors of general matrices: complex, in the order in which they are found.
 *
 * Derivatives, for distinct eigenvalues: with M = V⁻¹·Ȧ·V, ẇ = diag M and V̇ = V·(F∘M) up to a factor of each column, which
 * keeps its norm 1 and its largest element real; Fᵢⱼ = 1/(wⱼ − wᵢ) off the diagonal. Left eigenvectors are the right ones
 * of Aᴴ. Sources: Boeddeker et al., arXiv:1701.00392, eq. 4.60; jax/_src/lax/linalg.py.
 */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import { Parts, type Primitive, definePrimitive, notLinear } from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { checkOptions } from "../../base/errors.ts";
import { invariant } from "../../base/util.ts";
import { instantiate } from "../../interpreters/tangents.ts";
import { div, mul, sub } from "../elementwise/arithmetic.ts";
import { complex, conj, imag, real } from "../elementwise/complex/primitives.ts";
import { eq } from "../elementwise/compare.ts";
import { asArray } from "../operands/convert.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { broadcastedIota, full } from "../shapes/creation.ts";
import { abs } from "../elementwise/functions.ts";
import { argmax, reduceSum } from "../reductions/reduce.ts";
import {
  adjoint,
  asColumns,
  asRows,
  batchLeading,
  diagonalOf,
  eyeOf,
  inverseOffDiagonal,
  matmul,
} from "./algebra.ts";
import { type GeneralParams, emitEig } from "./eigen/general.ts";
import { checkSquares, complexOf, onParts, partsPrimitive } from "./families/factorisation.ts";
import { linearSolve } from "./lu.ts";

type EigParams = { left: boolean; right: boolean };

/** Avals of the results, always complex. */
function results([x]: readonly ShapedArray[], { left, right }: EigParams): ShapedArray[] {
  const dtype = complexOf(x.dtype);
  const vectors = shaped(x.shape, dtype);
  return [shaped(x.shape.slice(0, -1), dtype), ...(left ? [vectors] : []), ...(right ? [vectors] : [])];
}

const eigPartsP = partsPrimitive<GeneralParams>({ name: "eig", results, complex: emitEig });

/** The tangents of the columns of V, eigenvectors of a matrix with eigenvalues w and, in their basis, the tangent m. */
function vectorTangent(v: NDArray, w: NDArray, m: NDArray): NDArray {
  const n = w.shape[w.ndim - 1];
  const rows = v.ndim - 2;
  const one = eyeOf(v.shape, v.dtype);
  const free = matmul(v, mul(inverseOffDiagonal(sub(asRows(w, n), asColumns(w, n)), one), m));
  // The largest elements, which are real, as rows are counted.
  const place = asRows(argmax(abs(v), rows, "int32"), n);
  const mask = convertElementType(eq(broadcastedIota("int32", v.shape, rows), place), v.dtype);
  const largest = (x: NDArray): NDArray => reduceSum(mul(mask, x), [rows]);
  const growth = real(reduceSum(mul(conj(v), free), [rows]));
  const turn = div(imag(largest(free)), real(largest(v)));
  return sub(free, mul(v, asRows(complex(growth, turn), n)));
}

/** Tangents of the eigenvalues, and of the vectors that are wanted; `vr` are the right ones. */
function tangents(
  [w, ...vectors]: readonly NDArray[],
  vr: NDArray,
  t: NDArray,
  { left, right }: EigParams,
): NDArray[] {
  const m = linearSolve(vr, matmul(t, vr));
  const dw = diagonalOf(m);
  const ofLeft = (u: NDArray): NDArray => vectorTangent(u, conj(w), linearSolve(u, matmul(adjoint(t), u)));
  return [dw, ...(left ? [ofLeft(vectors[0])] : []), ...(right ? [vectorTangent(vr, w, m)] : [])];
}

export const eigP: Primitive<EigParams> = definePrimitive<EigParams>({
  name: "eig",
  kind: "opaque",
  abstractEval: (avals, params) => {
    checkSquares("eig")(avals);
    return results(avals, params);
  },
  lower: (): never => {
    invariant(false, "complex numbers are rewritten before lowering");
  },
  complex: ([x], params, avals) => {
    const wide =
      x instanceof Parts ? x : convertElementType(x, avals[0].dtype === "complex128" ? "float64" : "float32");
    const parts = wide instanceof Parts ? wide : new Parts(wide, full(wide.shape, 0, wide.dtype));
    return onParts(eigPartsP, [parts], { ...params, isReal: !(x instanceof Parts) }, avals);
  },
  jvp: ([x], [t], params) => {
    const outs = bind(eigP, [x], { ...params, right: true });
    const wanted = params.right ? outs : outs.slice(0, -1);
    const rate = convertElementType(instantiate(t), outs[0].dtype);
    return [wanted, tangents(wanted, outs[outs.length - 1], rate, params)];
  },
  transpose: notLinear,
  batch: batchLeading(() => eigP),
});

/** Options of `eig`. */
export interface EigOptions {
  readonly computeLeftEigenvectors?: boolean | undefined;
  readonly computeRightEigenvectors?: boolean | undefined;
  /** Accepted for compatibility: eigenvectors have derivatives in any case. */
  readonly enableEigvecDerivs?: boolean | undefined;
}

/**
 * `[w, vl, vr]`: eigenvalues of square matrices, in no order, and left and right eigenvectors (vlᴴ·x = w·vlᴴ, x·vr = vr·w) in
 * columns of norm 1, whose largest elements are real and positive. Always complex; without the vectors that are not asked
 * for. Where eigenvalues are equal, vectors have no derivative (NaN or infinity). @see jax.lax.linalg.eig
 * @example
 * lax.linalg.eig(np.array([[0, -1], [1, 0]]), { computeLeftEigenvectors: false })[0];
 * // Array([0.+1.j, 0.-1.j], dtype=complex128)
 */
export function eig(
  x: ArrayLike,
  options?: EigOptions & {
    readonly computeLeftEigenvectors?: true | undefined;
    readonly computeRightEigenvectors?: true | undefined;
  },
): [w: NDArray, vl: NDArray, vr: NDArray];
export function eig(x: ArrayLike, options?: EigOptions): [w: NDArray, ...vectors: NDArray[]];
export function eig(x: ArrayLike, options?: EigOptions, ...more: readonly unknown[]): NDArray[] {
  refuseMore("eig", 2, more);
  checkOptions("eig", options, ["computeLeftEigenvectors", "computeRightEigenvectors", "enableEigvecDerivs"]);
  const { computeLeftEigenvectors: left = true, computeRightEigenvectors: right = true } = options ?? {};
  return bind(eigP, [asArray(x, "eig")], { left, right });
}
