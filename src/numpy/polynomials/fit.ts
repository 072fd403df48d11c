/**
 * @file Polynomials from data and back: zeros, as the eigenvalues of companion matrices, and least-squares fits.
 * Source of the conventions: jax/_src/numpy/polynomial.py.
 */
import { together } from "../../core/deferral.ts";
import { show } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { asColumns, asRows, eyeOf, matmul, realOf, adjoint, conjugated } from "../../lax/linalg/algebra.ts";
import { eig } from "../../lax/linalg/eig.ts";
import { linearSolve } from "../../lax/linalg/lu.ts";
import { takeAlong } from "../../lax/indexing/take.ts";
import { type RestOf, define, settle, signature } from "../../arguments/declare.ts";
import { type OptionsOf, type Values, given, param } from "../../arguments/parameters.ts";
import { finfo } from "../dtypes/dtypes.ts";
import { hostData } from "../indexing/positions.ts";
import { lstsq } from "../linalg/factors.ts";
import { inexact } from "../operands/promote.ts";
import { atleast1d } from "../shapes/manipulation.ts";
import { vander } from "../creation/triangular.ts";

const places = (n: number): NDArray => lax.iota("int32", n);

/** How many coefficients are zero before the first that is not: a number of int32. */
function leadingZeros(p: NDArray): NDArray {
  const n = p.shape[0];
  const first = lax.select(lax.ne(p, 0), places(n), lax.full([n], n, "int32"));
  return lax.reduceMin(first, [0]);
}

/**
 * The eigenvalues of the companion matrix of a vector of n + 1 coefficients, of which the first `zeros` are zero: these many
 * eigenvalues, the last ones, stand for no zero of the polynomial.
 */
function companionValues(p: NDArray, zeros: NDArray | 0): NDArray {
  const n = p.shape[0] - 1;
  const rolled =
    zeros === 0 ? p : takeAlong(p, lax.rem(lax.add(places(n + 1), zeros), lax.full([], n + 1, "int32")), 0);
  const lead = lax.sliceInDim(rolled, 0, 1, 1, 0);
  const known = zeros === 0 ? lead : lax.select(lax.eq(lead, 0), 1, lead);
  const row = lax.neg(lax.div(lax.sliceInDim(rolled, 1, n + 1, 1, 0), lax.broadcastInDim(known, [n], [0])));
  const [i, j] = [0, 1].map((axis) => lax.broadcastedIota("int32", [n, n], axis));
  // What belongs to leading zeros is a block of its own.
  const size = zeros === 0 ? lax.full([], n, "int32") : lax.sub(n, zeros);
  const below = lax.bitwiseAnd(lax.eq(i, lax.add(j, 1)), lax.lt(i, size));
  const ones = lax.convertElementType(below, p.dtype);
  const matrix = lax.select(lax.eq(i, 0), asRows(row, n), ones);
  return eig(matrix, { computeLeftEigenvectors: false, computeRightEigenvectors: false })[0];
}

const stripZeros = param<[stripZeros: boolean]>()("stripZeros", true);

/**
 * The zeros of a polynomial, coefficients of the highest power first: complex, in no order.
 * @param stripZeros (by name) leading zeros shorten the result (the default: concrete arrays only); false: NaN in their
 * place, at the end
 * @throws ArgumentError under jit with `stripZeros`
 * @see jax.numpy.roots
 * @example
 * np.sort(np.real(np.roots(np.array([1, -3, 2])))).js(); // [1, 2]
 */
export const roots = define("roots", [], [stripZeros], ({ stripZeros }, p: ArrayLike): NDArray => {
  const x = atleast1d(inexact("roots", asArray(p, "roots")));
  if (x.ndim !== 1)
    throw new ShapeError(`roots: expected a vector of coefficients; got shape ${shapeString(x.shape)}.`);
  const n = x.shape[0];
  const empty = (): NDArray => {
    const none = lax.full([0], 0, isComplex(x.dtype) ? realOf(x).dtype : x.dtype);
    return lax.complex(none, none);
  };
  if (n < 2) return empty();
  const zeros = leadingZeros(x);
  if (!stripZeros) {
    const found = companionValues(x, zeros);
    const real = lax.lt(places(n - 1), lax.sub(n - 1, zeros));
    return lax.select(real, found, lax.complex(NaN, NaN));
  }
  const count = hostData(zeros);
  if (count === null)
    throw new ArgumentError(
      "roots: with stripZeros the number of zeros depends on the values, which are not known here; use stripZeros: false.",
    );
  const kept = lax.sliceInDim(x, count[0], n, 1, 0);
  return kept.shape[0] < 2 ? empty() : companionValues(kept, 0);
});

const polyfitParams = [
  given<[y: ArrayLike]>()("y"),
  given<[deg: number]>()("deg"),
  /** Singular values below this share of the largest count as zero. */
  param<[rcond: number | null]>()("rcond", null),
  param<[full: boolean]>()("full", false),
  /** Weights of the points. */
  param<[w: ArrayLike | null]>()("w", null),
  param<[cov: boolean | "unscaled"]>()("cov", false),
] as const;
const polyfitSignature = signature("polyfit", 1, polyfitParams, []);
type PolyfitValues = Values<typeof polyfitParams>;
type PolyfitOptions = OptionsOf<typeof polyfitParams>;

function checkPoints(x: NDArray, y: NDArray, w: NDArray | null, deg: number): void {
  if (!Number.isInteger(deg) || deg < 0)
    throw new ArgumentError(`polyfit: the degree must be a whole number, 0 or more; got ${show(deg)}.`);
  const fits = x.ndim === 1 && x.shape[0] > 0 && (y.ndim === 1 || y.ndim === 2) && y.shape[0] === x.shape[0];
  if (!fits)
    throw new ShapeError(
      `polyfit: expected points x [m], m > 0, and values y [m] or [m, k]; got shapes ${shapeString(x.shape)} and ${shapeString(y.shape)}.`,
    );
  if (w !== null && (w.ndim !== 1 || w.shape[0] !== x.shape[0]))
    throw new ShapeError(`polyfit: expected ${x.shape[0]} weights; got shape ${shapeString(w.shape)}.`);
}

/**
 * The coefficients, highest power first, of the polynomial of degree `deg` that fits values y [m] or [m, k] at points x best
 * by least squares.
 * @param full `[c, residuals, rank, s, rcond]`, of the scaled Vandermonde matrix
 * @param w weights of the residuals
 * @param cov `[c, covariance]`, scaled to the residuals unless "unscaled"
 * @throws ArgumentError for a degree that is not a whole number, or a covariance of too few points; ShapeError for points that
 * do not fit
 * @see jax.numpy.polyfit
 * @example
 * np.allclose(np.polyfit(np.array([0, 1, 2]), np.array([1, 3, 5]), 1), np.array([2, 1])).item(); // true
 */
export function polyfit(
  x: ArrayLike,
  y: ArrayLike,
  deg: number,
  options: PolyfitOptions & { readonly full: true },
): [c: NDArray, residuals: NDArray, rank: NDArray, s: NDArray, rcond: NDArray];
export function polyfit(
  x: ArrayLike,
  y: ArrayLike,
  deg: number,
  options: PolyfitOptions & { readonly cov: true | "unscaled" },
): [c: NDArray, covariance: NDArray];
export function polyfit(x: ArrayLike, ...rest: RestOf<typeof polyfitParams>): NDArray;
export function polyfit(x: ArrayLike, ...rest: readonly unknown[]): NDArray | NDArray[] {
  const values = settle(polyfitSignature, rest);
  return together(() => fit(x, values));
}

function fit(x: ArrayLike, { y, deg, rcond, full, w: weights, cov }: PolyfitValues): NDArray | NDArray[] {
  const all = promote("polyfit", x, y, ...(weights === null ? [] : [weights]));
  const [at, values, w = null] = all.map((a) => inexact("polyfit", a)) as [NDArray, NDArray, NDArray?];
  checkPoints(at, values, w, deg);
  const m = at.shape[0];
  const columns = vander(at, deg + 1);
  const weighted = (a: NDArray): NDArray =>
    w === null ? a : lax.mul(a, a.ndim === 1 ? w : asColumns(w, a.shape[1]));
  const lhs = weighted(columns);
  const norms = lax.sqrt(lax.reduceSum(realOf(lax.mul(lhs, conjugated(lhs))), [0]));
  const scale = lax.convertElementType(norms, lhs.dtype);
  const scaled = lax.div(lhs, asRows(scale, m));
  const share = rcond ?? m * finfo(at.dtype).eps;
  const [raw, residuals, rank, s] = lstsq(scaled, weighted(values), share);
  const c = lax.div(raw, raw.ndim === 1 ? scale : asColumns(scale, raw.shape[1]));
  if (full) return [c, residuals, rank, s, lax.full([], share, s.dtype)];
  if (cov === false) return c;
  return [c, covariance(scaled, scale, residuals, values, cov === "unscaled")];
}

/** The covariance of the coefficients, [n, n], or [n, n, k] for values [m, k]. */
function covariance(
  lhs: NDArray,
  scale: NDArray,
  residuals: NDArray,
  values: NDArray,
  unscaled: boolean,
): NDArray {
  const [m, n] = lhs.shape;
  const gram = matmul(adjoint(lhs), lhs);
  const inverse = linearSolve(gram, eyeOf(gram.shape, gram.dtype));
  const base = lax.div(lax.div(inverse, asColumns(scale, n)), asRows(scale, n));
  if (!unscaled && m <= n)
    throw new ArgumentError(
      `polyfit: a covariance that is scaled to the residuals needs more points than coefficients; got ${m} and ${n}.`,
    );
  const factor = unscaled ? 1 : lax.convertElementType(lax.div(residuals, m - n), base.dtype);
  if (values.ndim === 1) return lax.mul(base, factor === 1 ? 1 : lax.reshape(factor, []));
  const k = values.shape[1];
  const wide = lax.broadcastInDim(base, [n, n, k], [0, 1]);
  return factor === 1 ? wide : lax.mul(wide, lax.broadcastInDim(factor, [n, n, k], [2]));
}
