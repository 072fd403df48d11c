/**
 * @file Comparisons, logic, bits, tests for special values, and choosing by a condition.
 * Source: jax/_src/numpy/ufuncs.py, jax/_src/numpy/lax_numpy.py (`where`, `clip`, `isclose`).
 */
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { isComplex, isFloat, isInexact, isUnsigned, realPart } from "../../dtypes/dtype.ts";
import { ArgumentError } from "../../base/errors.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { arraysEqual, range } from "../../base/util.ts";
import { type Rest, isPlainObject, resolveArgs } from "../operands/args.ts";
import { finfo } from "../dtypes/dtypes.ts";
import { type NonzeroOptions, nonzero } from "../indexing/nonzero.ts";
import {
  choose,
  promoteArgs,
  promoteInexact,
  promoteNumeric,
  refuseComplex,
  requireInteger,
  toBool,
} from "../operands/promote.ts";

type LaxBinary = (x: ArrayLike, y: ArrayLike) => NDArray;

const binary =
  (name: string, f: LaxBinary) =>
  (x: ArrayLike, y: ArrayLike): NDArray => {
    if (x instanceof NDArray && y instanceof NDArray && x.aval === y.aval) return f(x, y);
    const [a, b] = promoteArgs(name, x, y);
    return f(a, b);
  };

/** x = y. */
export const equal = binary("equal", lax.eq);
/** x ≠ y. */
export const notEqual = binary("notEqual", lax.ne);
/** x < y. */
export const less = binary("less", lax.lt);
/** x ≤ y. */
export const lessEqual = binary("lessEqual", lax.le);
/** x > y. */
export const greater = binary("greater", lax.gt);
/** x ≥ y. */
export const greaterEqual = binary("greaterEqual", lax.ge);

const logical =
  (name: string, f: LaxBinary) =>
  (x: ArrayLike, y: ArrayLike): NDArray => {
    const [a, b] = promoteArgs(name, x, y);
    return f(toBool(a), toBool(b));
  };

/** Both are not 0. */
export const logicalAnd = logical("logicalAnd", lax.bitwiseAnd);
/** One or both are not 0. */
export const logicalOr = logical("logicalOr", lax.bitwiseOr);
/** Exactly one is not 0. */
export const logicalXor = logical("logicalXor", lax.bitwiseXor);
/** x is 0. */
export function logicalNot(x: ArrayLike): NDArray {
  return lax.bitwiseNot(toBool(asArray(x, "logicalNot")));
}

/** And of the bits of integers; of booleans the logical one. */
export const bitwiseAnd = binary("bitwiseAnd", lax.bitwiseAnd);
/** Or of the bits. */
export const bitwiseOr = binary("bitwiseOr", lax.bitwiseOr);
/** Exclusive or of the bits. */
export const bitwiseXor = binary("bitwiseXor", lax.bitwiseXor);
/** All bits (of booleans: the value) inverted. */
export function bitwiseNot(x: ArrayLike): NDArray {
  return lax.bitwiseNot(asArray(x, "bitwiseNot"));
}
/** Alias of `bitwiseNot`. */
export const bitwiseInvert = bitwiseNot;
/** Alias of `bitwiseNot`. */
export const invert = bitwiseNot;

function shiftOperands(name: string, x: ArrayLike, y: ArrayLike): readonly [NDArray, NDArray] {
  const [a, b] = promoteNumeric(name, x, y);
  requireInteger(name, [a, b]);
  return [a, b];
}

/** x · 2^y in the bits. */
export function leftShift(x: ArrayLike, y: ArrayLike): NDArray {
  return lax.shiftLeft(...shiftOperands("leftShift", x, y));
}
/** Alias of `leftShift`. */
export const bitwiseLeftShift = leftShift;

/** x / 2^y in the bits, keeping the sign of signed integers. */
export function rightShift(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = shiftOperands("rightShift", x, y);
  return isUnsigned(a.dtype) ? lax.shiftRightLogical(a, b) : lax.shiftRightArithmetic(a, b);
}
/** Alias of `rightShift`. */
export const bitwiseRightShift = rightShift;

/** Number of bits that are 1 in |x|, as uint8. */
export function bitwiseCount(x: ArrayLike): NDArray {
  const [a] = promoteNumeric("bitwiseCount", x);
  requireInteger("bitwiseCount", [a]);
  const size = isUnsigned(a.dtype) ? a : lax.abs(a);
  return lax.convertElementType(lax.populationCount(size), "uint8");
}

const constant = (x: NDArray, value: boolean): NDArray => lax.full(x.shape, value, "bool");

/** Neither infinite nor NaN. */
export function isfinite(x: ArrayLike): NDArray {
  const a = asArray(x, "isfinite");
  if (isComplex(a.dtype)) return lax.bitwiseAnd(isfinite(lax.real(a)), isfinite(lax.imag(a)));
  return isInexact(a.dtype) ? lax.isFinite(a) : constant(a, true);
}

/** ∞ or −∞. */
export function isinf(x: ArrayLike): NDArray {
  const a = asArray(x, "isinf");
  if (isComplex(a.dtype)) return lax.bitwiseOr(isinf(lax.real(a)), isinf(lax.imag(a)));
  return isInexact(a.dtype) ? lax.eq(lax.abs(a), Infinity) : constant(a, false);
}

/** NaN. */
export function isnan(x: ArrayLike): NDArray {
  const a = asArray(x, "isnan");
  return isInexact(a.dtype) ? lax.ne(a, a) : constant(a, false);
}

function isInfinity(name: string, value: number, x: ArrayLike, rest: readonly unknown[]): NDArray {
  resolveArgs<{ out?: null }>(name, rest, ["out"]);
  const a = asArray(x, name);
  refuseComplex(name, a);
  return isFloat(a.dtype) ? lax.eq(a, value) : constant(a, false);
}

/** ∞. */
export function isposinf(x: ArrayLike, ...rest: Rest<[out: null], { out?: null }>): NDArray {
  return isInfinity("isposinf", Infinity, x, rest);
}

/** −∞. */
export function isneginf(x: ArrayLike, ...rest: Rest<[out: null], { out?: null }>): NDArray {
  return isInfinity("isneginf", -Infinity, x, rest);
}

/** Options of `where` with a condition alone. */
export type WhereOptions = NonzeroOptions;

/**
 * `x` where `condition` is not 0, else `y`; all three broadcast, and the dtypes of x and y are promoted. With the
 * condition alone: the indices where it is not 0, as `nonzero` gives them.
 *
 * Derivatives flow through the chosen branch only, but an infinite or NaN derivative of the other one still makes NaN:
 * guard the argument inside too (`np.where(ok, f(np.where(ok, x, 1)), 0)`).
 */
export function where(condition: ArrayLike, options?: WhereOptions): NDArray[];
export function where(condition: ArrayLike, x: ArrayLike, y: ArrayLike): NDArray;
export function where(
  condition: ArrayLike,
  x?: ArrayLike | WhereOptions | null,
  y?: ArrayLike | null,
): NDArray | NDArray[] {
  if (x === undefined || x === null || isPlainObject(x)) {
    if (y !== undefined && y !== null)
      throw new ArgumentError("where: expected a condition alone, or a condition, x and y; got no x.");
    return nonzero(condition, x as WhereOptions | undefined);
  }
  if (y === undefined || y === null)
    throw new ArgumentError("where: expected a condition alone, or a condition, x and y; got no y.");
  return choose("where", condition, x as ArrayLike, y);
}

/** Options of `clip`. */
export interface ClipOptions {
  readonly min?: ArrayLike | null | undefined;
  readonly max?: ArrayLike | null | undefined;
}

/**
 * x limited to [min, max]; either may be left out. At a limit the derivative is shared with it, as in `maximum`.
 * @example
 * np.clip(np.array([-1, 0.5, 2]), 0, 1).js(); // [0, 0.5, 1]
 */
export function clip(
  arr: ArrayLike,
  ...rest: Rest<[min: ArrayLike | null, max: ArrayLike | null], ClipOptions>
): NDArray {
  const { min, max } = resolveArgs<ClipOptions>("clip", rest, ["min", "max"]);
  let out = asArray(arr, "clip");
  const limits = [min, max].filter((l): l is ArrayLike => l !== undefined && l !== null);
  for (const x of [out, ...limits.map((l) => asArray(l, "clip"))]) refuseComplex("clip", x);
  const limit = (f: LaxBinary, by: ArrayLike): void => {
    const [a, b] = promoteArgs("clip", out, by);
    out = f(b, a);
  };
  if (min !== undefined && min !== null) limit(lax.max, min);
  if (max !== undefined && max !== null) limit(lax.min, max);
  return out;
}

/** Options of `nanToNum`. */
export interface NanToNumOptions {
  readonly copy?: boolean | undefined;
  readonly nan?: ArrayLike | undefined;
  readonly posinf?: ArrayLike | null | undefined;
  readonly neginf?: ArrayLike | null | undefined;
}

/** x with NaN replaced by `nan` (0), ∞ by `posinf` and −∞ by `neginf` (the largest and lowest numbers of the dtype). */
export function nanToNum(
  x: ArrayLike,
  ...rest: Rest<
    [copy: boolean, nan: ArrayLike, posinf: ArrayLike | null, neginf: ArrayLike | null],
    NanToNumOptions
  >
): NDArray {
  const options = resolveArgs<NanToNumOptions>("nanToNum", rest, ["copy", "nan", "posinf", "neginf"]);
  const a = asArray(x, "nanToNum");
  if (!isInexact(a.dtype)) return a;
  const { max, min } = finfo(a.dtype);
  const replace = (from: NDArray, test: NDArray, by: ArrayLike): NDArray =>
    choose("nanToNum", test, asDType(by, a.dtype, a.weakType, "nanToNum"), from);
  let out = replace(a, lax.ne(a, a), options.nan ?? 0);
  out = replace(out, lax.eq(out, Infinity), options.posinf ?? max);
  out = replace(out, lax.eq(out, -Infinity), options.neginf ?? min);
  return lax.convertElementType(out, out.dtype);
}

/** Options of `isclose` and `allclose`. */
export interface CloseOptions {
  readonly rtol?: ArrayLike | undefined;
  readonly atol?: ArrayLike | undefined;
  readonly equalNan?: boolean | undefined;
}
type CloseRest = Rest<[rtol: ArrayLike, atol: ArrayLike, equalNan: boolean], CloseOptions>;

function closeness(name: string, a: ArrayLike, b: ArrayLike, rest: readonly unknown[]): NDArray {
  const options = resolveArgs<CloseOptions>(name, rest, ["rtol", "atol", "equalNan"]);
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  const [x, y] = promoteArgs(name, a, b);
  if (!isInexact(x.dtype)) {
    const [p, q] = promoteInexact(name, x, y);
    return lax.bitwiseOr(lax.eq(x, y), within(p, q, rtol, atol));
  }
  const close = lax.bitwiseAnd(within(x, y, rtol, atol), lax.bitwiseAnd(isfinite(x), isfinite(y)));
  const out = lax.bitwiseOr(close, lax.eq(x, y));
  return equalNan ? lax.bitwiseOr(out, lax.bitwiseAnd(lax.ne(x, x), lax.ne(y, y))) : out;
}

function within(x: NDArray, y: NDArray, rtol: ArrayLike, atol: ArrayLike): NDArray {
  const tolerance = (t: ArrayLike): NDArray => asDType(t, realPart(x.dtype), false, "isclose");
  return lax.le(lax.abs(lax.sub(x, y)), lax.add(tolerance(atol), lax.mul(tolerance(rtol), lax.abs(y))));
}

/** |a − b| ≤ atol + rtol·|b|, element by element; infinities equal themselves, and NaN too with `equalNan`. */
export function isclose(a: ArrayLike, b: ArrayLike, ...rest: CloseRest): NDArray {
  return closeness("isclose", a, b, rest);
}

const everywhere = (x: NDArray): NDArray => lax.reduceAnd(x, range(x.ndim));

/** Whether `isclose` holds everywhere. */
export function allclose(a: ArrayLike, b: ArrayLike, ...rest: CloseRest): NDArray {
  return everywhere(closeness("allclose", a, b, rest));
}

interface EqualOptions {
  readonly equalNan?: boolean | undefined;
}

/** Whether two arrays have one shape and equal elements; with `equalNan` NaN equals NaN. */
export function arrayEqual(
  a1: ArrayLike,
  a2: ArrayLike,
  ...rest: Rest<[equalNan: boolean], EqualOptions>
): NDArray {
  const { equalNan = false } = resolveArgs<EqualOptions>("arrayEqual", rest, ["equalNan"]);
  const [a, b] = [asArray(a1, "arrayEqual"), asArray(a2, "arrayEqual")];
  if (!arraysEqual(a.shape, b.shape)) return lax.full([], false, "bool");
  const same = equal(a, b);
  return everywhere(equalNan ? lax.bitwiseOr(same, lax.bitwiseAnd(isnan(a), isnan(b))) : same);
}

/** Whether two arrays broadcast and are equal then. */
export function arrayEquiv(a1: ArrayLike, a2: ArrayLike): NDArray {
  const [a, b] = [asArray(a1, "arrayEquiv"), asArray(a2, "arrayEquiv")];
  const n = Math.min(a.ndim, b.ndim);
  const fits = range(n).every((i) => {
    const [p, q] = [a.shape[a.ndim - 1 - i], b.shape[b.ndim - 1 - i]];
    return p === q || p === 1 || q === 1;
  });
  return fits ? everywhere(equal(a, b)) : lax.full([], false, "bool");
}

/** The real part: a real array itself. */
export function real(val: ArrayLike): NDArray {
  const a = asArray(val, "real");
  return isComplex(a.dtype) ? lax.real(a) : a;
}

/** The imaginary part: zeros for a real array. */
export function imag(val: ArrayLike): NDArray {
  const a = asArray(val, "imag");
  if (isComplex(a.dtype)) return lax.imag(a);
  return lax.convertElementType(lax.fullLike(a, 0), a.dtype, a.weakType);
}

/** The complex conjugate: a real array itself. */
export function conjugate(x: ArrayLike): NDArray {
  const a = asArray(x, "conjugate");
  return isComplex(a.dtype) ? lax.conj(a) : a;
}
/** Alias of `conjugate`. */
export const conj = conjugate;

/** True where the imaginary part is 0. */
export function isreal(x: ArrayLike): NDArray {
  const a = asArray(x, "isreal");
  return isComplex(a.dtype) ? lax.eq(lax.imag(a), 0) : constant(a, true);
}

/** True where the imaginary part is not 0. */
export function iscomplex(x: ArrayLike): NDArray {
  const a = asArray(x, "iscomplex");
  return isComplex(a.dtype) ? lax.ne(lax.imag(a), 0) : constant(a, false);
}
