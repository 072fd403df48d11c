/**
 * @file Polynomials as vectors of coefficients, the highest power first.
 *
 * Sizes are static: leading zeros stay unless `trimLeadingZeros` asks for NumPy's result (concrete arrays only).
 * Source: jax.numpy's polynomial functions.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { broadcastShapes, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { range } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { finfo } from "../dtypes/dtypes.ts";
import { hostData } from "../indexing/parse.ts";
import { index } from "../indexing/indexing.ts";
import { inexact, promoteInexact } from "../operands/promote.ts";
import { trimZeros } from "../shapes/repetition.ts";
import { convolve } from "../signal/signal.ts";

const coefficient = (p: NDArray, i: number): NDArray => index(p, [i]);

const inexactEach = (where: string, ...xs: readonly ArrayLike[]): readonly NDArray[] => {
  const flat = xs.map((x) => {
    const a = asArray(x, where);
    return a.ndim === 0 ? lax.reshape(a, [1]) : a;
  });
  const [head] = promoteInexact(where, ...flat.map((x) => lax.full([], 0, x.dtype)));
  return flat.map((x) => lax.convertElementType(x, head.dtype));
};

function requireVector(where: string, ...xs: readonly NDArray[]): void {
  for (const x of xs) {
    if (x.ndim !== 1)
      throw new ShapeError(`${where}: coefficients must have one dimension; got ${shapeString(x.shape)}.`);
  }
}

/** The polynomial's values at x, by Horner's rule, in the common dtype: integers stay integers. */
export function polyval(
  p: ArrayLike,
  x: ArrayLike,
  ...rest: [] | [options: { unroll?: number } | undefined]
): NDArray {
  resolveArgs<{ unroll?: number }>("polyval", rest, [], ["unroll"]);
  const [c, at] = promote("polyval", p, x).map((a) => lax.convertElementType(a, a.dtype));
  if (c.ndim === 0) throw new ShapeError("polyval: expected a vector of coefficients; got a scalar.");
  const shape = broadcastShapes([c.shape.slice(1), at.shape], "polyval");
  const wide = at.ndim === 0 ? at : broadcastToShape(at, shape);
  let y = lax.full(shape, 0, at.dtype);
  for (let i = 0; i < c.shape[0]; i++) {
    const term = coefficient(c, i);
    y = lax.add(lax.mul(y, wide), term.ndim === 0 ? term : broadcastToShape(term, shape));
  }
  return y;
}

/** Two operands in one inexact dtype, their shapes as they are. */
function inexactPair(where: string, a: ArrayLike, b: ArrayLike): [NDArray, NDArray] {
  const [x, y] = promote(where, a, b);
  return [inexact(where, x), inexact(where, y)];
}

/** Sum of two polynomials, the shorter counting from the constant term. */
export function polyadd(a1: ArrayLike, a2: ArrayLike): NDArray {
  const [x, y] = promote("polyadd", a1, a2).map((a) => (a.ndim === 0 ? lax.reshape(a, [1]) : a));
  const [long, short] = y.shape[0] <= x.shape[0] ? [x, y] : [y, x];
  const missing = long.shape[0] - short.shape[0];
  const rest = long.shape.slice(1);
  const wide = broadcastToShape(short, [short.shape[0], ...rest]);
  const padded = lax.pad(wide, 0, [[missing, 0, 0] as const, ...rest.map(() => [0, 0, 0] as const)]);
  return lax.add(long, padded);
}

/** Difference of two polynomials. */
export function polysub(a1: ArrayLike, a2: ArrayLike): NDArray {
  const [x, y] = promote("polysub", a1, a2);
  return polyadd(x, lax.neg(y));
}

type TrimOption = { trimLeadingZeros?: boolean };

/** Product of two polynomials. */
export function polymul(
  a1: ArrayLike,
  a2: ArrayLike,
  ...rest: [] | [options: TrimOption | undefined]
): NDArray {
  const { trimLeadingZeros } = resolveArgs<TrimOption>("polymul", rest, [], ["trimLeadingZeros"]);
  let [x, y] = inexactEach("polymul", a1, a2);
  if (trimLeadingZeros === true && (x.size > 1 || y.size > 1))
    [x, y] = [trimZeros(x, "f"), trimZeros(y, "f")];
  const orZero = (v: NDArray): NDArray => (v.size === 0 ? lax.full([1], 0, v.dtype) : v);
  return convolve(orZero(x), orZero(y));
}

/** Quotient and remainder of two polynomials. */
export function polydiv(
  u: ArrayLike,
  v: ArrayLike,
  ...rest: [] | [options: TrimOption | undefined]
): [quotient: NDArray, remainder: NDArray] {
  const { trimLeadingZeros } = resolveArgs<TrimOption>("polydiv", rest, [], ["trimLeadingZeros"]);
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
  return [quotient, trimLeadingZeros === true ? trimSmall(remainder) : remainder];
}

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

/** Coefficients of the m-th derivative. */
export function polyder(p: ArrayLike, ...rest: Rest<[m: number], { m?: number }>): NDArray {
  const { m = 1 } = resolveArgs<{ m?: number }>("polyder", rest, ["m"]);
  const x = inexact("polyder", p);
  if (m < 0) throw new ArgumentError(`polyder: the order must not be negative; got ${m}.`);
  requireVector("polyder", x);
  if (m === 0) return x;
  const n = Math.max(0, x.size - m);
  if (n === 0) return lax.full([0], 0, x.dtype);
  const factor = (power: number): number => range(m).reduce((f, j) => f * (power - j), 1);
  const factors = Float64Array.from(range(n).map((i) => factor(x.size - 1 - i)));
  return lax.mul(lax.sliceInDim(x, 0, n), lax.convertElementType(asArray(factors, "polyder"), x.dtype));
}

type PolyintOptions = { m?: number; k?: ArrayLike | null };

/** Coefficients of the m-th integral; `k` are the constants of integration. */
export function polyint(
  p: ArrayLike,
  ...rest: Rest<[m: number, k: ArrayLike | null], PolyintOptions>
): NDArray {
  const { m = 1, k } = resolveArgs<PolyintOptions>("polyint", rest, ["m", "k"]);
  if (m < 0) throw new ArgumentError(`polyint: the order must not be negative; got ${m}. Use polyder.`);
  const [x, constants] = inexactPair("polyint", p, k ?? 0);
  requireVector("polyint", x);
  if (m === 0) return x;
  const flat = lax.reshape(constants, [constants.size]);
  if (flat.size !== 1 && flat.size !== m)
    throw new ArgumentError(`polyint: expected 1 or ${m} constants; got ${flat.size}.`);
  const all = flat.size === m ? flat : lax.broadcastInDim(flat, [m], [0]);
  const divisor = (power: number): number => range(m).reduce((f, j) => f * Math.max(1, power - j), 1);
  const total = x.size + m;
  const divisors = Float64Array.from(range(total).map((i) => divisor(total - 1 - i)));
  const scale = lax.convertElementType(asArray(divisors, "polyint"), x.dtype);
  return lax.div(lax.concatenate([x, lax.convertElementType(all, x.dtype)], 0), scale);
}

/** Coefficients of the polynomial with the given zeros. */
export function poly(seqOfZeros: ArrayLike): NDArray {
  const x = inexact("poly", seqOfZeros);
  const zeros = x.ndim === 0 ? lax.reshape(x, [1]) : x;
  requireVector("poly", zeros);
  if (zeros.size === 0) return lax.full([], 1, zeros.dtype);
  let out = lax.full([1], 1, zeros.dtype);
  for (let k = 0; k < zeros.size; k++) {
    const factor = lax.concatenate(
      [lax.full([1], 1, zeros.dtype), lax.reshape(lax.neg(coefficient(zeros, k)), [1])],
      0,
    );
    out = convolve(out, factor);
  }
  return out;
}
