/**
 * @file The part of `numpy.linalg` that rests on orthogonal (unitary) factors: QR, symmetric eigenvalues, singular values, and what
 * they give: pseudo-inverses, least squares, rank and condition.
 *
 * Signs of the factors are LAPACK's for QR and arbitrary for eigenvectors and singular vectors. Results of NumPy's named
 * tuples are lists here. Source of the conventions: jax/_src/numpy/linalg.py.
 */
import { refuseMore, show } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import {
  adjoint,
  asColumns,
  asRows,
  conjugated,
  matmul,
  realOf,
  symmetrize,
  transposed,
} from "../../lax/linalg/algebra.ts";
import { eig as laxEig } from "../../lax/linalg/eig.ts";
import { eigh as laxEigh } from "../../lax/linalg/eigh.ts";
import { geqrf, qr as laxQr } from "../../lax/linalg/qr.ts";
import { svd as laxSvd } from "../../lax/linalg/svd.ts";
import { takeAlong } from "../../lax/indexing/take.ts";
import { type RestOf, define, settle, signature } from "../../arguments/declare.ts";
import { type OptionsOf, type Param, type Values, param } from "../../arguments/parameters.ts";
import type { Rest } from "../../arguments/rest.ts";
import { withTangents } from "../ufuncs/custom.ts";
import { finfo } from "../dtypes/dtypes.ts";
import { inexact, inexactPair } from "../operands/promote.ts";
import { hermitian, matrices, rightSides, rtol, squareMatrices, symmetrizeInput } from "./operands.ts";

/** How many factors a QR decomposition returns, and of which shape. */
export type QrMode = "reduced" | "full" | "complete" | "r" | "raw";
const qrSignature = signature("qr", 1, [param<[mode: QrMode]>()("mode", "reduced")], []);

/**
 * The QR factorisation of matrices [..., m, n]: `[q, r]`, orthonormal columns times upper triangular.
 * @param mode "reduced" (the default, also "full"): min(m, n) columns; "complete": q is m × m (no derivative if m > n);
 * "r": r alone; "raw": `[h, tau]`, LAPACK's reflectors, transposed
 * @throws ArgumentError for another mode
 * @see jax.numpy.linalg.qr
 * @example
 * np.linalg.qr(np.array([[2, 1], [0, 3]]), "r").shape; // [2, 2]
 */
export function qr(a: ArrayLike, ...rest: [mode: "r"] | [options: { readonly mode: "r" }]): NDArray;
export function qr(
  a: ArrayLike,
  ...rest: RestOf<[Param<"mode", [mode: Exclude<QrMode, "r">]>]>
): [q: NDArray, r: NDArray];
export function qr(a: ArrayLike, ...rest: readonly unknown[]): NDArray | [NDArray, NDArray] {
  const { mode } = settle(qrSignature, rest);
  const x = matrices("qr", a);
  if (mode === "raw") {
    const [h, taus] = geqrf(x);
    return [transposed(h), taus];
  }
  if (!["reduced", "full", "complete", "r"].includes(mode))
    throw new ArgumentError(`qr: unknown mode ${show(mode)}; expected "reduced", "complete", "r" or "raw".`);
  const [q, r] = laxQr(x, { fullMatrices: mode === "complete" });
  return mode === "r" ? r : [q, r];
}

/** Which triangle is read where the input is not made symmetric. */
export type Uplo = "L" | "U" | null;
const uplo = param<[UPLO: Uplo]>()("UPLO", "L");
type EighParams = [typeof uplo, typeof symmetrizeInput];
/** Options of `eigh` and `eigvalsh`. */
export type EighOptions = OptionsOf<EighParams>;

function eighOf(
  where: string,
  a: ArrayLike,
  { UPLO, symmetrizeInput }: Values<EighParams>,
): [w: NDArray, v: NDArray] {
  if (UPLO !== null && UPLO !== "L" && UPLO !== "U")
    throw new ArgumentError(`${where}: UPLO must be "L", "U" or null; got ${show(UPLO)}.`);
  const x = squareMatrices(where, a);
  const [v, w] = laxEigh(x, { lower: UPLO !== "U", symmetrizeInput });
  return [w, v];
}

/**
 * Eigenvalues in ascending order and eigenvectors (columns) of symmetric or Hermitian matrices: `[w, v]`. The symmetric
 * (Hermitian) part of `a` is used; with `symmetrizeInput: false` (by name) the triangle that `UPLO` says, "L" by default. Eigenvectors of equal
 * eigenvalues have no derivative (NaN).
 * @throws ShapeError for matrices that are not square; ArgumentError for another `UPLO`
 * @see jax.numpy.linalg.eigh
 * @example
 * np.linalg.eigh(np.array([[2, 0], [0, 1]]))[0].js(); // [1, 2]
 */
export const eigh = define("eigh", [uplo], [symmetrizeInput], (values, a: ArrayLike) =>
  eighOf("eigh", a, values),
);

/**
 * The eigenvalues of symmetric or Hermitian matrices in ascending order, as `eigh` gives them.
 * @throws ShapeError for matrices that are not square; ArgumentError for another `UPLO`
 * @see jax.numpy.linalg.eigvalsh
 * @example
 * np.linalg.eigvalsh(np.array([[2, 0], [0, 1]])).js(); // [1, 2]
 */
export const eigvalsh = define(
  "eigvalsh",
  [uplo],
  [symmetrizeInput],
  (values, a: ArrayLike) => eighOf("eigvalsh", a, values)[0],
);

/**
 * Eigenvalues, in no order, and eigenvectors of square matrices: `[w, v]`, always complex. The columns of v have norm 1 and a
 * largest element that is real and positive; so they have derivatives, too, where eigenvalues are distinct.
 * @see jax.numpy.linalg.eig
 * @example
 * np.linalg.eig(np.array([[0, -1], [1, 0]]))[0]; // Array([0.+1.j, 0.-1.j], dtype=complex128)
 */
export function eig(a: ArrayLike, ...more: []): [w: NDArray, v: NDArray] {
  refuseMore("eig", 1, more);
  return laxEig(squareMatrices("eig", a), { computeLeftEigenvectors: false }) as [NDArray, NDArray];
}

/**
 * The eigenvalues of square matrices, in no order, always complex. Their derivatives exist where they are distinct.
 * @see jax.numpy.linalg.eigvals
 * @example
 * np.linalg.eigvals(np.array([[1, 2], [0, 3]])).js(); // [{ re: 1, im: 0 }, { re: 3, im: 0 }]
 */
export function eigvals(a: ArrayLike, ...more: []): NDArray {
  refuseMore("eigvals", 1, more);
  const none = { computeLeftEigenvectors: false, computeRightEigenvectors: false };
  return laxEig(squareMatrices("eigvals", a), none)[0];
}

const svdParams = [
  param<[fullMatrices: boolean]>()("fullMatrices", true),
  param<[computeUv: boolean]>()("computeUv", true),
  hermitian,
] as const;
/** Only null is supported. */
const subsetByIndex = param<[subsetByIndex: null]>()("subsetByIndex", null);
const svdSignature = signature("svd", 1, svdParams, [subsetByIndex]);
/** Options of `svd`. */
export type SvdOptions = OptionsOf<typeof svdSignature.params>;
type ValuesOnly = SvdOptions & { readonly computeUv: false };

/** By eigenvectors: the singular values are the magnitudes of the eigenvalues. */
function symmetricSvd(x: NDArray): [u: NDArray, s: NDArray, vh: NDArray] {
  const [v, w] = laxEigh(x);
  const n = w.shape[w.ndim - 1];
  const last = w.ndim - 1;
  const places = lax.broadcastedIota("int32", w.shape, last);
  const [size, place, sign] = lax
    .sort([lax.abs(w), places, lax.sign(w)], { dimension: last, numKeys: 1 })
    .map((y) => lax.rev(y, [last]));
  const u = takeAlong(v, asRows(place, n), v.ndim - 1);
  return [u, size, adjoint(lax.mul(u, asRows(lax.convertElementType(sign, u.dtype), n)))];
}

/**
 * The singular value decomposition of matrices [..., m, n]: `[u, s, vh]` with a = u·diag(s)·vh, or with
 * `computeUv: false` the values s alone, in descending order.
 * @param fullMatrices true (the default): u is m × m, vh n × n; no derivative then unless m = n. False: min(m, n) vectors
 * @see jax.numpy.linalg.svd
 * @example
 * np.linalg.svd(np.array([[0, 2], [1, 0]]))[1].js(); // [2, 1]
 */
export function svd(
  a: ArrayLike,
  ...rest:
    | [options: ValuesOnly]
    | [fullMatrices: boolean, options: ValuesOnly]
    | [fullMatrices: boolean, computeUv: false, ...rest: Rest<[hermitian: boolean], SvdOptions>]
): NDArray;
export function svd(
  a: ArrayLike,
  ...rest: RestOf<typeof svdParams, [typeof subsetByIndex]>
): [u: NDArray, s: NDArray, vh: NDArray];
export function svd(a: ArrayLike, ...rest: readonly unknown[]): NDArray | [NDArray, NDArray, NDArray] {
  const { fullMatrices, computeUv, hermitian, subsetByIndex } = settle(svdSignature, rest);
  if (subsetByIndex !== null)
    throw new ArgumentError("svd: subsetByIndex is not supported; slice the result instead.");
  const x = matrices("svd", a);
  if (!hermitian) return computeUv ? laxSvd(x, { fullMatrices }) : laxSvd(x, { computeUv });
  const factors = symmetricSvd(squareMatrices("svd", x));
  return computeUv ? factors : factors[1];
}

/**
 * The singular values of matrices, in descending order.
 * @see jax.numpy.linalg.svdvals
 * @example
 * np.linalg.svdvals(np.array([[0, 2], [1, 0]])).js(); // [2, 1]
 */
export function svdvals(x: ArrayLike, ...more: []): NDArray {
  refuseMore("svdvals", 1, more);
  return laxSvd(matrices("svdvals", x), { computeUv: false });
}

/** The derivative of the pseudo-inverse p of a (Golub and Pereyra, 1973), in the order of products that is cheaper. */
function pinvTangent(a: NDArray, t: NDArray, p: NDArray): NDArray {
  const [m, n] = a.shape.slice(-2);
  const product = (x: NDArray, y: NDArray, z: NDArray): NDArray =>
    m >= n ? matmul(matmul(x, y), z) : matmul(x, matmul(y, z));
  const [ph, th] = [adjoint(p), adjoint(t)];
  const s = product(p, ph, th);
  const r = product(th, ph, p);
  const direct = lax.add(lax.neg(product(p, t, p)), lax.sub(s, product(s, a, p)));
  return lax.add(direct, lax.sub(r, product(p, a, r)));
}

/**
 * The pseudo-inverses, for which singular values that are not above (or at, with `inclusive`) `tolerance` times the
 * largest count as zero. The derivative is that at constant rank.
 */
function pseudoInverse(x: NDArray, tolerance: ArrayLike, hermitian: boolean, inclusive: boolean): NDArray {
  const [m, n] = x.shape.slice(-2);
  if (m * n === 0) return lax.full([...x.shape.slice(0, -2), n, m], 0, x.dtype);
  const value = (y: NDArray): NDArray[] => {
    const [u, s, vh] = hermitian ? symmetricSvd(y) : laxSvd(y, { fullMatrices: false });
    const largest = lax.reduceMax(s, [s.ndim - 1]);
    const cutoff = lax.mul(largest, lax.convertElementType(asArray(tolerance, "pinv"), s.dtype));
    const limits = asColumns(cutoff, s.shape[s.ndim - 1]);
    const kept = inclusive ? lax.ge(s, limits) : lax.gt(s, limits);
    const inverse = lax.convertElementType(lax.select(kept, lax.reciprocal(s), 0), u.dtype);
    return [matmul(lax.mul(adjoint(vh), asRows(inverse, n)), adjoint(u))];
  };
  const tangents = (y: NDArray, t: NDArray, [p]: readonly NDArray[]): NDArray[] =>
    hermitian ? [pinvTangent(symmetrize(y), symmetrize(t), p)] : [pinvTangent(y, t, p)];
  return withTangents("pinv", value, tangents, x)[0];
}

/** The older name of `rtol`. */
const rcond = param<[rcond: ArrayLike | null]>()("rcond", null);
/** Options of `pinv`. */
export type PinvOptions = OptionsOf<[typeof rtol, typeof hermitian, typeof rcond]>;

/**
 * The Moore–Penrose pseudo-inverses of matrices [..., m, n]. Its gradient holds at constant rank, repeated singular values
 * included.
 * @param rtol singular values up to this share of the largest count as zero: 10·max(m, n)·eps by default
 * @param hermitian are the matrices symmetric?
 * @see jax.numpy.linalg.pinv
 * @example
 * np.linalg.pinv(np.array([[2, 0], [0, 0]])).js(); // [[0.5, 0], [0, 0]]
 */
export const pinv = define(
  "pinv",
  [rtol, hermitian],
  [rcond],
  ({ rtol, hermitian, rcond }, a: ArrayLike): NDArray => {
    const x = hermitian ? squareMatrices("pinv", a) : matrices("pinv", a);
    const usual = 10 * Math.max(...x.shape.slice(-2)) * finfo(x.dtype).eps;
    return pseudoInverse(x, rtol ?? rcond ?? usual, hermitian, false);
  },
);

/**
 * The least-squares solution x of a·x = b, of least norm where there are several: `[x, residuals, rank, s]` with the sums of
 * squared residuals and the singular values of `a`. The gradient of x holds at constant rank.
 * @param rcond singular values below this share of the largest count as zero: max(m, n)·eps by default
 * @see jax.numpy.linalg.lstsq
 * @example
 * const [x] = np.linalg.lstsq(np.array([[1, 0], [1, 1], [1, 2]]), np.array([1, 3, 5]));
 * np.allclose(x, np.array([1, 2])).item(); // true
 */
export const lstsq = define(
  "lstsq",
  [rightSides, param<[rcond: number | null]>()("rcond", null)],
  [
    /** As NumPy: no residuals for low rank, or unless there are more equations than unknowns. Not under jit. */
    param<[numpyResid: boolean]>()("numpyResid", false),
  ],
  ({ b, rcond, numpyResid }, a: ArrayLike): [x: NDArray, residuals: NDArray, rank: NDArray, s: NDArray] => {
    const [matrix, right] = inexactPair("lstsq", a, b);
    if (matrix.ndim !== 2 || right.ndim < 1 || right.ndim > 2 || matrix.shape[0] !== right.shape[0]) {
      throw new ShapeError(
        `lstsq: expected one matrix [m, n] and right sides [m] or [m, k]; got shapes ${shapeString(matrix.shape)} and ` +
          `${shapeString(right.shape)}.`,
      );
    }
    const [m, n] = matrix.shape;
    const columns = right.ndim === 1 ? lax.expandDims(right, [1]) : right;
    const { eps } = finfo(matrix.dtype);
    const share = rcond === null ? Math.max(m, n) * eps : rcond < 0 ? eps : rcond;
    const x = matmul(pseudoInverse(matrix, share, false, true), columns);
    const s = laxSvd(matrix, { computeUv: false });
    const kept = s.size === 0 ? s : lax.ge(s, lax.mul(lax.reduceMax(s, [0]), share));
    const rank = lax.reduceSum(lax.convertElementType(kept, "int32"), [0]);
    const full = !numpyResid || (m > n && rank.item() === n);
    const error = lax.sub(columns, matmul(matrix, x));
    const residuals = full
      ? lax.reduceSum(realOf(lax.mul(error, conjugated(error))), [0])
      : lax.full([0], 0, s.dtype);
    return [right.ndim === 1 ? lax.squeeze(x, [1]) : x, residuals, rank, s];
  },
);

/**
 * How many singular values of matrices are above `tol` (by name), or else above `rtol` times the largest of them:
 * max(m, n)·eps by default.
 * @see jax.numpy.linalg.matrix_rank
 * @example
 * np.linalg.matrixRank(np.array([[1, 2], [2, 4]])).item(); // 1
 */
export const matrixRank = define(
  "matrixRank",
  [rtol],
  [hermitian, param<[tol: ArrayLike | null]>()("tol", null)],
  ({ rtol, hermitian, tol }, M: ArrayLike): NDArray => {
    const x = inexact("matrixRank", asArray(M, "matrixRank"));
    if (x.ndim < 2) {
      const axes = x.ndim === 0 ? [] : [0];
      return lax.convertElementType(lax.reduceOr(lax.ne(x, 0), axes), "int32");
    }
    const s = hermitian ? lax.abs(eigvalsh(x)) : laxSvd(x, { computeUv: false });
    const last = s.ndim - 1;
    const count = s.shape[last];
    if (count === 0) return lax.full(s.shape.slice(0, -1), 0, "int32");
    const share = rtol ?? Math.max(...x.shape.slice(-2)) * finfo(x.dtype).eps;
    const limit =
      tol === null
        ? lax.mul(lax.reduceMax(s, [last]), lax.convertElementType(asArray(share, "matrixRank"), s.dtype))
        : lax.convertElementType(asArray(tol, "matrixRank"), s.dtype);
    const limits = limit.ndim === last ? asColumns(limit, count) : limit;
    return lax.reduceSum(lax.convertElementType(lax.gt(s, limits), "int32"), [last]);
  },
);
