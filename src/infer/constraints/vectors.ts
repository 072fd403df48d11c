/** @file Bijectors of vectors, along the last axis: ordered numbers, parts of a whole, directions. */
import { refuseMore } from "../../base/checks.ts";
import { ShapeError } from "../../base/errors.ts";
import * as lax from "../../control-flow/lax.ts";
import type { NDArray } from "../../core/array.ts";
import * as np from "../../numpy/index.ts";
import { type Bijector, bijector } from "./bijector.ts";
import { logSigmoid } from "./elementwise.ts";

/** @throws ShapeError for numbers without a last axis of so many. */
function checkVector(what: string, x: NDArray, least = 1): number {
  const n = x.ndim === 0 ? 0 : x.shape[x.ndim - 1];
  if (n >= least) return n;
  throw new ShapeError(
    `${what}: expected vectors along the last axis, of length ${least} at least; got shape [${x.shape.join(",")}].`,
  );
}

/** Part of the last axis. */
const part = (x: NDArray, from: number, to: number): NDArray => lax.sliceInDim(x, from, to, 1, x.ndim - 1);

/** Sums of the elements before each along the last axis. */
export const sumsBefore = (x: NDArray): NDArray => np.subtract(np.cumsum(x, -1), x);

/**
 * Increasing vectors: the first element is free, the next ones are exp uᵢ higher than the one before.
 * @throws ShapeError for a number
 * @example
 * infer.ordered().forward(np.array([1, 0, 0])).js(); // [1, 2, 3]
 */
export function ordered(...more: []): Bijector {
  refuseMore("ordered", 0, more);
  return bijector(
    "ordered",
    (u) => {
      const n = checkVector("ordered.forward", u);
      return np.cumsum(np.concatenate([part(u, 0, 1), np.exp(part(u, 1, n))], -1), -1);
    },
    (x) => {
      checkVector("ordered.inverse", x);
      return np.concatenate([part(x, 0, 1), np.log(np.diff(x, { axis: -1 }))], -1);
    },
    (u) => np.sum(part(u, 1, checkVector("ordered.forwardLogDet", u)), -1),
  );
}

/**
 * Vectors of positive numbers with the sum 1: of what is left, element i takes a part σ(uᵢ − log(k − i)), so that u = 0 is the
 * vector of equal parts. One number less is free than there are elements.
 * @throws ShapeError for a number, or for vectors of one element to be made free
 * @see Stan reference manual, "Unit simplex"
 * @example
 * infer.simplex().forward(np.array([0, 0])).js(); // ≈ [0.3333333333333333, 0.3333333333333333, 0.3333333333333333]
 */
export function simplex(...more: []): Bijector {
  refuseMore("simplex", 0, more);
  // log(number of elements that follow)
  const offsets = (n: number): NDArray => np.log(np.arange(n, 0, -1));
  const breaks = (what: string, u: NDArray): NDArray =>
    np.subtract(u, offsets(checkVector(what, u)).astype(u.dtype));
  return bijector(
    "simplex",
    (u) => {
      const v = breaks("simplex.forward", u);
      const left = np.cumsum(logSigmoid(np.negative(v)), -1);
      const taken = np.add(logSigmoid(v), np.subtract(left, logSigmoid(np.negative(v))));
      const last = part(left, v.shape[v.ndim - 1] - 1, v.shape[v.ndim - 1]);
      return np.exp(np.concatenate([taken, last], -1));
    },
    (x) => {
      const n = checkVector("simplex.inverse", x, 2);
      // What is left behind element i, summed from the end: 1 − the sum before would cancel.
      const after = np.flip(np.cumsum(np.flip(x, -1), -1), -1);
      const [taken, left] = [part(x, 0, n - 1), part(after, 1, n)];
      return np.add(np.subtract(np.log(taken), np.log(left)), offsets(n - 1).astype(x.dtype));
    },
    (u) => {
      const v = breaks("simplex.forwardLogDet", u);
      const off = logSigmoid(np.negative(v));
      return np.sum(np.add(np.add(logSigmoid(v), off), sumsBefore(off)), -1);
    },
  );
}

/**
 * Vectors of length 1: x = u / |u|. The length of u is no part of x: a standard normal distribution of u, which is what
 * `forwardLogDet` adds (−|u|²/2), keeps it near √k and makes directions uniform. `inverse` gives u = x.
 * @throws ShapeError for a number
 * @see Stan reference manual, "Unit vector"
 * @example
 * infer.unitVector().forward(np.array([3, 4])).js(); // [0.6, 0.8]
 */
export function unitVector(...more: []): Bijector {
  refuseMore("unitVector", 0, more);
  const square = (what: string, u: NDArray, keepdims: boolean): NDArray => {
    checkVector(what, u);
    return np.sum(np.square(u), -1, { keepdims });
  };
  return bijector(
    "unitVector",
    (u) => np.divide(u, np.sqrt(square("unitVector.forward", u, true))),
    (x) => np.divide(x, np.sqrt(square("unitVector.inverse", x, true))),
    (u) => np.multiply(square("unitVector.forwardLogDet", u, false), -0.5),
  );
}
