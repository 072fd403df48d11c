/**
 * @file Tests for special values, choosing by a condition, and the parts of complex numbers.
 * Source: jax/_src/numpy/ufuncs.py, jax/_src/numpy/lax_numpy.py (`where`, `clip`).
 */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isComplex, isFloat, isInexact } from "../../dtypes/dtype.ts";
import { ArgumentError } from "../../base/errors.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, param } from "../../arguments/parameters.ts";
import { isPlainObject } from "../../arguments/rest.ts";
import * as p from "../operands/parameters.ts";
import { finfo } from "../dtypes/dtypes.ts";
import { type NonzeroOptions, nonzero } from "../indexing/nonzero.ts";
import { choose, promoteArgs, refuseComplex, strong } from "../operands/promote.ts";
import { own, real as realOperand, unary } from "./lift.ts";

const constant = (x: NDArray, value: boolean): NDArray => lax.full(x.shape, value, "bool");
/** As weak as x. */
const constantLike = (x: NDArray, value: boolean): NDArray =>
  x.weakType ? lax.convertElementType(constant(x, value), "bool", true) : constant(x, value);

/**
 * Whether elements are neither infinite nor NaN, both parts of complex ones.
 * @see jax.numpy.isfinite
 * @example
 * np.isfinite(np.array([1, Infinity, NaN])).js(); // [true, false, false]
 */
export const isfinite = unary("isfinite", own, (x): NDArray => {
  if (isComplex(x.dtype)) return lax.bitwiseAnd(isfinite(lax.real(x)), isfinite(lax.imag(x)));
  return isInexact(x.dtype) ? lax.isFinite(x) : constant(x, true);
});

/**
 * Whether elements, or a part of complex ones, are ∞ or −∞.
 * @see jax.numpy.isinf
 * @example
 * np.isinf(np.array([1, -Infinity, NaN])).js(); // [false, true, false]
 */
export const isinf = unary("isinf", own, (x): NDArray => {
  if (isComplex(x.dtype)) return lax.bitwiseOr(isinf(lax.real(x)), isinf(lax.imag(x)));
  return isInexact(x.dtype) ? strong(lax.eq(lax.abs(x), Infinity)) : constant(x, false);
});

/**
 * Whether elements are NaN.
 * @see jax.numpy.isnan
 * @example
 * np.isnan(np.array([1, NaN])).js(); // [false, true]
 */
export const isnan = unary("isnan", own, (x) => (isInexact(x.dtype) ? lax.ne(x, x) : constantLike(x, false)));

const isInfinity = (name: string, value: number) =>
  define(name, [p.out], [], (_, x: ArrayLike): NDArray => {
    const a = realOperand(name, x);
    return isFloat(a.dtype) ? strong(lax.eq(a, value)) : constant(a, false);
  });

/**
 * Whether elements are ∞.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.isposinf
 * @example
 * np.isposinf(np.array([Infinity, -Infinity])).js(); // [true, false]
 */
export const isposinf = isInfinity("isposinf", Infinity);

/**
 * Whether elements are −∞.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.isneginf
 * @example
 * np.isneginf(np.array([Infinity, -Infinity])).js(); // [false, true]
 */
export const isneginf = isInfinity("isneginf", -Infinity);

/** Options of `where` with a condition alone. */
export type WhereOptions = NonzeroOptions;

/**
 * `x` where `condition` is not 0, else `y`; all three broadcast, and the dtypes of x and y are promoted. With the
 * condition alone: the indices where it is not 0, as `nonzero` gives them.
 *
 * Derivatives flow through the chosen branch only, but an infinite or NaN derivative of the other one still makes NaN:
 * guard the argument inside too (`np.where(ok, f(np.where(ok, x, 1)), 0)`).
 * @throws ArgumentError if one of x and y is given
 * @see jax.numpy.where
 * @example
 * np.where(np.array([1, 0]), 5, 7).js(); // [5, 7]
 */
export function where(condition: ArrayLike, options?: WhereOptions): NDArray[];
export function where(condition: ArrayLike, x: ArrayLike, y: ArrayLike): NDArray;
export function where(
  condition: ArrayLike,
  x?: ArrayLike | WhereOptions | null,
  y?: ArrayLike | null,
  ...more: readonly unknown[]
): NDArray | NDArray[] {
  refuseMore("where", 3, more);
  if (x === undefined || x === null || isPlainObject(x)) {
    if (y !== undefined && y !== null)
      throw new ArgumentError("where: expected a condition alone, or a condition, x and y; got no x.");
    return nonzero(condition, x as WhereOptions | undefined);
  }
  if (y === undefined || y === null)
    throw new ArgumentError("where: expected a condition alone, or a condition, x and y; got no y.");
  return choose("where", condition, x, y);
}

const clipParams = [
  param<[min: ArrayLike | null]>()("min", null),
  param<[max: ArrayLike | null]>()("max", null),
] as const;
/** Options of `clip`. */
export type ClipOptions = OptionsOf<typeof clipParams>;

/**
 * The elements limited to [min, max]; either may be left out. At a limit the derivative is shared with it, as in `maximum`.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.clip
 * @example
 * np.clip(np.array([-1, 0.5, 2]), 0, 1).js(); // [0, 0.5, 1]
 */
export const clip = define("clip", clipParams, [], ({ min, max }, arr: ArrayLike): NDArray => {
  let out = asArray(arr, "clip");
  for (const x of [out, min, max]) if (x !== null) refuseComplex("clip", asArray(x, "clip"));
  const limit = (f: typeof lax.max, by: ArrayLike | null): void => {
    if (by === null) return;
    const [a, b] = promoteArgs("clip", out, by);
    out = f(b, a);
  };
  limit(lax.max, min);
  limit(lax.min, max);
  return out;
});

const nanToNumParams = [
  param<[copy: boolean]>()("copy", true),
  param<[nan: ArrayLike]>()("nan", 0),
  param<[posinf: ArrayLike | null]>()("posinf", null),
  param<[neginf: ArrayLike | null]>()("neginf", null),
] as const;
/** Options of `nanToNum`. */
export type NanToNumOptions = OptionsOf<typeof nanToNumParams>;

/**
 * The elements with NaN replaced by `nan` (0), ∞ by `posinf` and −∞ by `neginf` (the largest and lowest numbers of the
 * dtype). `copy` changes nothing: arrays never change.
 * @see jax.numpy.nan_to_num
 * @example
 * np.nanToNum(np.array([1, NaN, Infinity]), { posinf: 9 }).js(); // [1, 0, 9]
 */
export const nanToNum = define(
  "nanToNum",
  nanToNumParams,
  [],
  ({ nan, posinf, neginf }, x: ArrayLike): NDArray => {
    const a = asArray(x, "nanToNum");
    if (!isInexact(a.dtype)) return a;
    const { max, min } = finfo(a.dtype);
    const replace = (from: NDArray, test: NDArray, by: ArrayLike): NDArray =>
      choose("nanToNum", test, asDType(by, a.dtype, a.weakType, "nanToNum"), from);
    let out = replace(a, lax.ne(a, a), nan);
    out = replace(out, lax.eq(out, Infinity), posinf ?? max);
    out = replace(out, lax.eq(out, -Infinity), neginf ?? min);
    return lax.convertElementType(out, out.dtype);
  },
);

/**
 * The real part: a real array itself.
 * @see jax.numpy.real
 * @example
 * np.real(np.array([1, 2])).js(); // [1, 2]
 */
export const real = unary("real", own, (x) => (isComplex(x.dtype) ? lax.real(x) : x));

/**
 * The imaginary part: zeros for a real array.
 * @see jax.numpy.imag
 * @example
 * np.imag(np.array([1, 2])).js(); // [0, 0]
 */
export const imag = unary("imag", own, (x) =>
  isComplex(x.dtype) ? lax.imag(x) : lax.convertElementType(lax.fullLike(x, 0), x.dtype, x.weakType),
);

/**
 * The complex conjugate: a real array itself.
 * @see jax.numpy.conjugate
 * @example
 * np.conjugate(lax.complex(1, 2)).item(); // { re: 1, im: -2 }
 */
export const conjugate = unary("conjugate", own, (x) => (isComplex(x.dtype) ? lax.conj(x) : x));
/** Alias of `conjugate`. */
export const conj = conjugate;

/**
 * Whether the imaginary part is 0.
 * @see jax.numpy.isreal
 * @example
 * np.isreal(np.array([1, 2])).js(); // [true, true]
 */
export const isreal = unary("isreal", own, (x) =>
  isComplex(x.dtype) ? lax.eq(lax.imag(x), 0) : constantLike(x, true),
);

/**
 * Whether the imaginary part is not 0.
 * @see jax.numpy.iscomplex
 * @example
 * np.iscomplex(lax.complex(1, 2)).item(); // true
 */
export const iscomplex = unary("iscomplex", own, (x) =>
  isComplex(x.dtype) ? lax.ne(lax.imag(x), 0) : constantLike(x, false),
);
