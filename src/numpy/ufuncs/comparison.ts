/**
 * @file Comparisons, logic, and equality up to tolerances. Results are bool and have no derivative.
 * Source: jax/_src/numpy/ufuncs.py, jax/_src/numpy/lax_numpy.py (`isclose`).
 */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isInexact, realPart } from "../../dtypes/dtype.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { arraysEqual, range } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, param } from "../../arguments/parameters.ts";
import * as order from "../operands/order.ts";
import { promoteArgs, promoteInexact, strong, toBool } from "../operands/promote.ts";
import { binary, own, unary } from "./lift.ts";
import { isfinite, isnan } from "./logic.ts";

/**
 * Whether x = y, element by element.
 * @see jax.numpy.equal
 * @example
 * np.equal(np.array([1, 2]), 2).js(); // [false, true]
 */
export const equal = binary("equal", promoteArgs, lax.eq);
/**
 * Whether x ≠ y, element by element.
 * @see jax.numpy.not_equal
 * @example
 * np.notEqual(np.array([1, 2]), 2).js(); // [true, false]
 */
export const notEqual = binary("notEqual", promoteArgs, lax.ne);
/**
 * Whether x < y, element by element. Complex numbers are ordered by their real parts, then their imaginary ones.
 * @see jax.numpy.less
 * @example
 * np.less(np.array([1, 2]), 2).js(); // [true, false]
 */
export const less = binary("less", promoteArgs, order.lt);
/**
 * Whether x ≤ y, element by element; complex numbers as in `less`.
 * @see jax.numpy.less_equal
 * @example
 * np.lessEqual(np.array([1, 2]), 1).js(); // [true, false]
 */
export const lessEqual = binary("lessEqual", promoteArgs, order.le);
/**
 * Whether x > y, element by element; complex numbers as in `less`.
 * @see jax.numpy.greater
 * @example
 * np.greater(np.array([1, 2]), 1).js(); // [false, true]
 */
export const greater = binary("greater", promoteArgs, order.gt);
/**
 * Whether x ≥ y, element by element; complex numbers as in `less`.
 * @see jax.numpy.greater_equal
 * @example
 * np.greaterEqual(np.array([1, 2]), 2).js(); // [false, true]
 */
export const greaterEqual = binary("greaterEqual", promoteArgs, order.ge);

/**
 * Whether x is 0, element by element.
 * @see jax.numpy.logical_not
 * @example
 * np.logicalNot(np.array([0, 5])).js(); // [true, false]
 */
export const logicalNot = unary("logicalNot", own, (x) => lax.bitwiseNot(toBool(x)));

const closeParams = [
  /** Relative to |b|. */
  param<[rtol: ArrayLike]>()("rtol", 1e-5),
  param<[atol: ArrayLike]>()("atol", 1e-8),
  /** Whether NaN equals NaN. */
  param<[equalNan: boolean]>()("equalNan", false),
] as const;
/** Options of `isclose` and `allclose`. */
export type CloseOptions = OptionsOf<typeof closeParams>;

function within(x: NDArray, y: NDArray, rtol: ArrayLike, atol: ArrayLike): NDArray {
  const tolerance = (t: ArrayLike): NDArray => asDType(t, realPart(x.dtype), false, "isclose");
  return lax.le(lax.abs(lax.sub(x, y)), lax.add(tolerance(atol), lax.mul(tolerance(rtol), lax.abs(y))));
}

const closeness = (name: string, finish: (close: NDArray) => NDArray) =>
  define(name, closeParams, [], ({ rtol, atol, equalNan }, a: ArrayLike, b: ArrayLike): NDArray => {
    const [x, y] = promoteArgs(name, a, b);
    if (!isInexact(x.dtype)) {
      const [p, q] = promoteInexact(name, x, y);
      return finish(lax.bitwiseOr(lax.eq(x, y), within(p, q, rtol, atol)));
    }
    const close = lax.bitwiseAnd(within(x, y, rtol, atol), lax.bitwiseAnd(isfinite(x), isfinite(y)));
    const out = lax.bitwiseOr(close, lax.eq(x, y));
    return finish(equalNan ? lax.bitwiseOr(out, lax.bitwiseAnd(lax.ne(x, x), lax.ne(y, y))) : out);
  });

const everywhere = (x: NDArray): NDArray => strong(lax.reduceAnd(x, range(x.ndim)));

/**
 * Whether |a − b| ≤ atol + rtol·|b|, element by element; infinities equal themselves, and NaN too with `equalNan`.
 * @see jax.numpy.isclose
 * @example
 * np.isclose(np.array([1, 2]), np.array([1, 2.1])).js(); // [true, false]
 */
export const isclose = closeness("isclose", (close) => close);

/**
 * Whether `isclose` holds everywhere: a scalar.
 * @see jax.numpy.allclose
 * @example
 * np.allclose(np.array([1, 2]), np.array([1, 2])).item(); // true
 */
export const allclose = closeness("allclose", everywhere);

/**
 * Whether two arrays have one shape and equal elements, as a scalar; with `equalNan` NaN equals NaN.
 * @see jax.numpy.array_equal
 * @example
 * np.arrayEqual(np.array([1, 2]), np.array([1, 2])).item(); // true
 */
export const arrayEqual = define(
  "arrayEqual",
  [param<[equalNan: boolean]>()("equalNan", false)],
  [],
  ({ equalNan }, a1: ArrayLike, a2: ArrayLike): NDArray => {
    const [a, b] = [asArray(a1, "arrayEqual"), asArray(a2, "arrayEqual")];
    if (!arraysEqual(a.shape, b.shape)) return lax.full([], false, "bool");
    const same = equal(a, b);
    return everywhere(equalNan ? lax.bitwiseOr(same, lax.bitwiseAnd(isnan(a), isnan(b))) : same);
  },
);

/**
 * Whether two arrays broadcast and are equal then, as a scalar.
 * @see jax.numpy.array_equiv
 * @example
 * np.arrayEquiv(np.array([2, 2]), 2).item(); // true
 */
export function arrayEquiv(a1: ArrayLike, a2: ArrayLike, ...more: []): NDArray {
  refuseMore("arrayEquiv", 2, more);
  const [a, b] = [asArray(a1, "arrayEquiv"), asArray(a2, "arrayEquiv")];
  const fits = range(Math.min(a.ndim, b.ndim)).every((i) => {
    const [p, q] = [a.shape[a.ndim - 1 - i], b.shape[b.ndim - 1 - i]];
    return p === q || p === 1 || q === 1;
  });
  return fits ? everywhere(equal(a, b)) : lax.full([], false, "bool");
}
