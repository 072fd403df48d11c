/** @file Intervals: arrays of lower and of upper bounds. */
import { refuseMore } from "../base/checks.ts";
import { ArgumentError, DTypeError, ShapeError } from "../base/errors.ts";
import { type ArrayLike, ConcreteArray, type NDArray } from "../core/array.ts";
import { type PytreeNode, asNode } from "../core/tree.ts";
import { isFloat } from "../dtypes/dtype.ts";
import { shapeString } from "../dtypes/shape.ts";
import { asArray, promote } from "../lax/operands/convert.ts";
import * as np from "../numpy/index.ts";

/** Bounds of the elements of an array, which lie between them, ends included. A node of pytrees. */
export class Interval {
  readonly lo: NDArray;
  readonly hi: NDArray;

  /** Takes the bounds as they are; `between` checks them. */
  constructor(lo: NDArray, hi: NDArray) {
    this.lo = lo;
    this.hi = hi;
  }

  get shape(): readonly number[] {
    return this.lo.shape;
  }

  /** The middle, rounded. */
  get mid(): NDArray {
    return this.lo.mul(0.5).add(this.hi.mul(0.5));
  }

  /** The difference of the bounds, rounded. */
  get width(): NDArray {
    return this.hi.sub(this.lo);
  }

  /** Whether a value lies between the bounds, element by element. */
  contains(x: ArrayLike): NDArray {
    const value = asArray(x, "contains");
    return np.logicalAnd(np.greaterEqual(value, this.lo), np.lessEqual(value, this.hi));
  }

  toString(): string {
    return `Interval(${String(this.lo)}, ${String(this.hi)})`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** How intervals take part in trees: by their two arrays. */
  get [asNode](): PytreeNode<Interval> {
    return {
      flatten: ({ lo, hi }) => ({ children: [lo, hi], aux: null, keys: ["lo", "hi"] }),
      unflatten: (_, [lo, hi]) => new Interval(lo as NDArray, hi as NDArray),
    };
  }
}

/**
 * The interval between two arrays of bounds.
 * @throws ArgumentError if a lower bound is above the upper one
 * @throws DTypeError, ShapeError unless both are floats of one shape
 * @see mpmath.iv.mpf
 * @example
 * between(0, 1).width.item(); // 1
 */
export function between(lo: ArrayLike, hi: ArrayLike, ...more: readonly unknown[]): Interval {
  refuseMore("between", 2, more);
  const [a, b] = promote("between", asArray(lo, "between"), asArray(hi, "between"));
  if (!isFloat(a.dtype)) throw new DTypeError(`between: bounds must be real floats; got ${a.dtype}.`);
  if (a.ndim !== b.ndim || a.shape.some((d, i) => d !== b.shape[i]))
    throw new ShapeError(
      `between: the bounds must have one shape; got ${shapeString(a.shape)} and ${shapeString(b.shape)}.`,
    );
  if (a instanceof ConcreteArray && b instanceof ConcreteArray && np.any(np.greater(a, b)).item<boolean>())
    throw new ArgumentError("between: a lower bound is above the upper one.");
  return new Interval(a, b);
}

/** What lies in both of two intervals that enclose the same value. */
export const meet = (x: Interval, y: Interval): Interval =>
  new Interval(np.maximum(x.lo, y.lo), np.minimum(x.hi, y.hi));

/** Whether two intervals have nothing in common. */
export const apart = (x: Interval, y: Interval): NDArray =>
  np.logicalOr(np.less(x.hi, y.lo), np.less(y.hi, x.lo));
