/**
 * @file Polynomials as vectors of coefficients, the highest power first.
 *
 * Sizes are static: leading zeros stay unless `trimLeadingZeros` asks for NumPy's result (concrete arrays only).
 * Source: jax.numpy's polynomial functions.
 */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { DType } from "../../dtypes/dtype.ts";
import { broadcastShapes, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { range } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { param } from "../../arguments/parameters.ts";
import { finfo } from "../dtypes/dtypes.ts";
import { hostData } from "../indexing/positions.ts";
import { index } from "../indexing/indexing.ts";
import { inexact, inexactPair, promoteInexact } from "../operands/promote.ts";
import { add, multiply } from "../ufuncs/plain.ts";
import { eigvals } from "../linalg/factors.ts";
import { atleast1d } from "../shapes/manipulation.ts";
import { trimZeros } from "../shapes/repetition.ts";
import { convolve } from "../signal/signal.ts";

const coefficient = (p: NDArray, i: number): NDArray => index(p, [i]);

const inexactEach = (where: string, ...xs: readonly ArrayLike[]): readonly NDArray[] => {
  const flat = xs.map((x) => atleast1d(asArray(x, where)));
  const [head] = promoteInexact(where, ...flat.map((x) => lax.full([], 0, x.dtype)));
  return flat.map((x) => lax.convertElementType(x, head.dtype));
};

function requireVector(where: string, ...xs: readonly NDArray[]): void {
  for (const x of xs) {
    if (x.ndim !== 1)
      throw new ShapeError(`${where}: coefficients must have one dimension; got ${shapeString(x.shape)}.`);
  }
}

const unroll = param<[unroll: number]>()("unroll", 16);

/**
 * The polynomial's values at x, by Horner's rule, in the common dtype: integers stay integers. `unroll` changes nothing.
 * @throws ShapeError for a scalar in the place of coefficients
 * @see jax.numpy.polyval
 * @example
 * np.polyval(np.array([1, 0, 2]), 3).item(); // 11
 */
export const polyval = define("polyval", [], [unroll], (_, p: ArrayLike, x: ArrayLike): NDArray => {
  const [c, at] = promote("polyval", p, x).map((a) => lax.convertElementType(a, a.dtype));
  if (c.ndim === 0) throw new ShapeError("polyval: expected a vector of coefficients; got a scalar.");
  const shape = broadcastShapes([c.shape.slice(1), at.shape], "polyval");
  const wide = at.ndim === 0 ? at : broadcastToShape(at, shape);
  let y = lax.full(shape, 0, at.dtype);
  for (let i = 0; i < c.shape[0]; i++) {
    const term = coefficient(c, i);
    y = add(multiply(y, wide), term.ndim === 0 ? term : broadcastToShape(term, shape));
  }
  return y;
});

/**
 * The sum of two polynomials, the shorter counting from the constant term.
 * @see jax.numpy.polyadd
 * @example
 * np.polyadd(np.array([1, 2, 3]), np.array([1, 1])).js(); // [1, 3, 4]
 */
export function polyadd(a1: ArrayLike, a2: ArrayLike, ...more: []): NDArray {
  refuseMore("polyadd", 2, more);
  const [x, y] = promote("polyadd", a1, a2).map((a) => atleast1d(a));
  const [long, short] = y.shape[0] <= x.shape[0] ? [x, y] : [y, x];
  const missing = long.shape[0] - short.shape[0];
  const rest = long.shape.slice(1);
  const wide = broadcastToShape(short, [short.shape[0], ...rest]);
  const padded = lax.pad(wide, 0, [[missing, 0, 0] as const, ...rest.map(() => [0, 0, 0] as const)]);
  return lax.add(long, padded);
}

/**
 * The difference of two polynomials.
 * @see jax.numpy.polysub
 * @example
 * np.polysub(np.array([1, 2, 3]), np.array([1, 1])).js(); // [1, 1, 2]
 */
export function polysub(a1: ArrayLike, a2: ArrayLike, ...more: []): NDArray {
  refuseMore("polysub", 2, more);
  const [x, y] = promote("polysub", a1, a2);
  return polyadd(x, lax.neg(y));
}

/** Leading zeros shorten the result, as NumPy's: for concrete arrays only. */
const trimLeadingZeros = param<[trimLeadingZeros: boolean]>()("trimLeadingZeros", false);

/**
 * The product of two polynomials.
 * @see jax.numpy.polymul
 * @example
 * np.polymul(np.array([1, 1]), np.array([1, -1])).js(); // [1, 0, -1]
 */
export const polymul = define(
  "polymul",
  [],
  [trimLeadingZeros],
  (values, a1: ArrayLike, a2: ArrayLike): NDArray => {
    let [x, y] = inexactEach("polymul", a1, a2);
    requireVector("polymul", x, y);
    if (values.trimLeadingZeros && (x.size > 1 || y.size > 1))
      [x, y] = [trimZeros(x, "f"), trimZeros(y, "f")];
    const orZero = (v: NDArray): NDArray => (v.size === 0 ? lax.full([1], 0, v.dtype) : v);
    return convolve(orZero(x), orZero(y));
  },
);

/**
 * The quotient and the remainder of two polynomials.
 * @throws ShapeError for coefficients that are no vectors; ArgumentError for traced ones with `trimLeadingZeros`
 * @see jax.numpy.polydiv
 * @example
 * np.polydiv(np.array([1, 0, -1]), np.array([1, 1]))[0].js(); // [1, -1]
 */
export const polydiv = define(
  "polydiv",
  [],
  [trimLeadingZeros],
  (values, u: ArrayLike, v: ArrayLike): [quotient: NDArray, remainder: NDArray] => {
    const [x, y] = inexactEach("polydiv", u, v);
    requireVector("polydiv", x, y);
    const [m, n] = [x.size - 1, y.size - 1];
    const scale = lax.div(1, coefficient(y, 0));
    let remainder = x;
    const digits: NDArray[] = [];
    for (let k = 0; k <= m - n; k++) {
      const d = lax.mul(scale, coefficient(remainder, k));
      digits.push(lax.reshape(d, [1]));
      const taken = lax.pad(lax.mul(y, lax.neg(d)), 0, [[k, m - n - k, 0]]);
      remainder = lax.add(remainder, taken);
    }
    const quotient = digits.length === 0 ? lax.full([1], 0, x.dtype) : lax.concatenate(digits, 0);
    return [quotient, values.trimLeadingZeros ? trimSmall(remainder) : remainder];
  },
);

/** Without leading coefficients that are zero up to the square root of the precision. */
function trimSmall(x: NDArray): NDArray {
  const limit = Math.sqrt(finfo(x.dtype).eps);
  const data = hostData(lax.gt(lax.abs(x), limit));
  if (data === null)
    throw new ArgumentError(
      "polydiv: trimLeadingZeros needs concrete arrays: the size depends on the values.",
    );
  const first = data.findIndex((v) => v !== 0);
  return lax.sliceInDim(x, first === -1 ? x.size : first, x.size);
}

/** For `count` powers from the `highest` down: power·(power − 1)·…, `m` factors that are at least 1. */
function powerFactors(where: string, highest: number, count: number, m: number, dtype: DType): NDArray {
  const factor = (power: number): number => range(m).reduce((f, j) => f * Math.max(1, power - j), 1);
  const factors = Float64Array.from(range(count).map((i) => factor(highest - i)));
  return lax.convertElementType(asArray(factors, where), dtype);
}

const order = param<[m: number]>()("m", 1);

/**
 * The coefficients of the m-th derivative of a polynomial.
 * @throws ArgumentError for a negative m; ShapeError for coefficients that are no vector
 * @see jax.numpy.polyder
 * @example
 * np.polyder(np.array([1, 2, 3])).js(); // [2, 2]
 */
export const polyder = define("polyder", [order], [], ({ m }, p: ArrayLike): NDArray => {
  const x = inexact("polyder", p);
  if (m < 0) throw new ArgumentError(`polyder: the order must not be negative; got ${m}.`);
  requireVector("polyder", x);
  if (m === 0) return x;
  const n = Math.max(0, x.size - m);
  if (n === 0) return lax.full([0], 0, x.dtype);
  return lax.mul(lax.sliceInDim(x, 0, n), powerFactors("polyder", x.size - 1, n, m, x.dtype));
});

/**
 * The coefficients of the m-th integral of a polynomial.
 * @param k constants of integration, one or m of them: 0 unless given
 * @throws ArgumentError for a negative m, or another number of constants; ShapeError for coefficients that are no vector
 * @see jax.numpy.polyint
 * @example
 * np.polyint(np.array([2, 2]), { k: 3 }).js(); // [1, 2, 3]
 */
export const polyint = define(
  "polyint",
  [order, param<[k: ArrayLike | null]>()("k", null)],
  [],
  ({ m, k }, p: ArrayLike): NDArray => {
    if (m < 0) throw new ArgumentError(`polyint: the order must not be negative; got ${m}. Use polyder.`);
    const [x, constants] = inexactPair("polyint", p, k ?? 0);
    requireVector("polyint", x);
    if (m === 0) return x;
    const flat = lax.reshape(constants, [constants.size]);
    if (flat.size !== 1 && flat.size !== m)
      throw new ArgumentError(`polyint: expected 1 or ${m} constants; got ${flat.size}.`);
    const all = flat.size === m ? flat : lax.broadcastInDim(flat, [m], [0]);
    const total = x.size + m;
    const scale = powerFactors("polyint", total - 1, total, m, x.dtype);
    return lax.div(lax.concatenate([x, lax.convertElementType(all, x.dtype)], 0), scale);
  },
);

/**
 * The coefficients of the polynomial with the given zeros; of a square matrix, of its characteristic polynomial.
 * @throws ShapeError for zeros that are no vector
 * @see jax.numpy.poly
 * @example
 * np.poly(np.array([1, 2])).js(); // [1, -3, 2]
 */
export function poly(seqOfZeros: ArrayLike, ...more: []): NDArray {
  refuseMore("poly", 1, more);
  const given = atleast1d(inexact("poly", seqOfZeros));
  const isMatrix = given.ndim === 2 && given.shape[0] === given.shape[1] && given.size > 0;
  const zeros = isMatrix ? eigvals(given) : given;
  requireVector("poly", zeros);
  if (zeros.size === 0) return lax.full([], 1, zeros.dtype);
  const one = (): NDArray => lax.full([1], 1, zeros.dtype);
  let out = one();
  for (let k = 0; k < zeros.size; k++) {
    const factor = [one(), lax.reshape(lax.neg(coefficient(zeros, k)), [1])];
    out = convolve(out, lax.concatenate(factor, 0));
  }
  return out;
}
