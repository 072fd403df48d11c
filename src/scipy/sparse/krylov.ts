/**
 * @file `cg` and `bicgstab`: solvers of linear systems with short recurrences, which keep a handful of vectors.
 *
 * Sources: Hestenes and Stiefel 1952; van der Vorst 1992; the preconditioned forms as in Barrett et al., Templates for
 * the Solution of Linear Systems, 1994.
 */
import { refuseMore } from "../../base/checks.ts";
import type { NDArray } from "../../core/array.ts";
import type { ArrayTree, LikeTree } from "../../core/tree-types.ts";
import * as lax from "../../control-flow/lax.ts";
import { type Outcome, type SolverOptions, type System, solveWith } from "./solver.ts";
import { type Operator, type Vector, addScaled, choose, dot, scale, sub } from "./vectors.ts";

const positive = (x: NDArray): NDArray => lax.gt(x, 0);
const both = (a: NDArray, b: NDArray): NDArray => lax.bitwiseAnd(a, b);
/** a / b, or 0 where the solver has broken down. */
const ratio = (a: NDArray, b: NDArray, fine: NDArray): NDArray =>
  lax.select(fine, lax.div(a, lax.select(fine, b, lax.fullLike(b, 1))), lax.fullLike(a, 0));

interface ConjugateState {
  readonly x: Vector;
  readonly r: Vector;
  readonly p: Vector;
  readonly gamma: NDArray;
  readonly rr: NDArray;
  readonly steps: NDArray;
  readonly going: NDArray;
}

function conjugateGradients({ matvec, precondition, b, x0, tolerance, maxiter }: System): Outcome {
  const limit = lax.mul(tolerance, tolerance);
  const r0 = sub(b, matvec(x0));
  const z0 = precondition(r0);
  const final = lax.whileLoop(
    (s: ConjugateState) => both(both(lax.gt(s.rr, limit), lax.lt(s.steps, maxiter)), s.going),
    (s: ConjugateState): ConjugateState => {
      const q = matvec(s.p);
      const curvature = dot(s.p, q);
      // Both are positive for positive definite operators; otherwise, or when they underflow, the last iterate stays.
      const going = both(positive(curvature), positive(s.gamma));
      const alpha = ratio(s.gamma, curvature, going);
      const r = addScaled(s.r, lax.neg(alpha), q);
      const z = precondition(r);
      const gamma = dot(r, z);
      return {
        x: addScaled(s.x, alpha, s.p),
        r,
        p: addScaled(z, ratio(gamma, s.gamma, going), s.p),
        gamma,
        rr: dot(r, r),
        steps: lax.add(s.steps, 1),
        going,
      };
    },
    {
      x: x0,
      r: r0,
      p: z0,
      gamma: dot(r0, z0),
      rr: dot(r0, r0),
      steps: lax.full([], 0, "int32"),
      going: lax.full([], 1, "bool"),
    },
  );
  return { x: final.x, converged: lax.le(final.rr, limit), steps: final.steps, residual: final.rr };
}

interface StabilisedState {
  readonly x: Vector;
  readonly r: Vector;
  readonly p: Vector;
  readonly q: Vector;
  readonly alpha: NDArray;
  readonly omega: NDArray;
  readonly rho: NDArray;
  readonly rr: NDArray;
  readonly steps: NDArray;
  readonly going: NDArray;
}

function stabilised({ matvec, precondition, b, x0, tolerance, maxiter }: System): Outcome {
  const limit = lax.mul(tolerance, tolerance);
  const shadow = sub(b, matvec(x0));
  const nonzero = (x: NDArray): NDArray => lax.ne(x, 0);
  const step = (s: StabilisedState): StabilisedState => {
    const rho = dot(shadow, s.r);
    const beta = lax.mul(lax.div(rho, s.rho), lax.div(s.alpha, s.omega));
    const p = addScaled(s.r, beta, addScaled(s.p, lax.neg(s.omega), s.q));
    const direction = precondition(p);
    const q = matvec(direction);
    const slope = dot(shadow, q);
    const fine = both(nonzero(rho), nonzero(slope));
    const alpha = ratio(rho, slope, fine);
    const half = addScaled(s.r, lax.neg(alpha), q);
    const remaining = dot(half, half);
    const correction = precondition(half);
    const t = matvec(correction);
    const tt = dot(t, t);
    // Where the half step has converged the second half is 0 / 0.
    const omega = ratio(dot(t, half), tt, both(lax.gt(remaining, limit), positive(tt)));
    const x = addScaled(addScaled(s.x, alpha, direction), omega, correction);
    const r = addScaled(half, lax.neg(omega), t);
    return {
      x: choose(fine, x, s.x),
      r: choose(fine, r, s.r),
      p,
      q,
      alpha,
      omega,
      rho,
      rr: lax.select(fine, dot(r, r), s.rr),
      steps: lax.add(s.steps, 1),
      going: both(fine, nonzero(omega)),
    };
  };
  const one = lax.fullLike(tolerance, 1);
  const final = lax.whileLoop(
    (s: StabilisedState) => both(both(lax.gt(s.rr, limit), lax.lt(s.steps, maxiter)), s.going),
    step,
    {
      x: x0,
      r: shadow,
      p: scale(lax.fullLike(tolerance, 0), shadow),
      q: scale(lax.fullLike(tolerance, 0), shadow),
      alpha: one,
      omega: one,
      rho: one,
      rr: dot(shadow, shadow),
      steps: lax.full([], 0, "int32"),
      going: lax.full([], 1, "bool"),
    },
  );
  return { x: final.x, converged: lax.le(final.rr, limit), steps: final.steps, residual: final.rr };
}

/**
 * Solves `A x = b` for a symmetric positive definite operator by conjugate gradients. `A` is a function on trees like `b`
 * or a square matrix. Derivatives with respect to `b` and to what `A` closes over are solutions of the same system.
 *
 * @returns `[x, info]`; info is 0 where the solver converged, else the number of iterations, or −1 if there was none; x is
 * NaN where b, the operator or the guess is not finite
 * @see jax.scipy.sparse.linalg.cg
 * @example
 * const a = np.array([[4, 1], [1, 3]]);
 * scipy.sparse.linalg.cg((x: Array) => np.dot(a, x), np.array([1, 2]))[0]; // Array([0.0909…, 0.6363…])
 */
export function cg<T>(
  A: Operator<T>,
  b: LikeTree<T>,
  options?: SolverOptions<T>,
  ...more: []
): [ArrayTree<T>, NDArray] {
  refuseMore("cg", 3, more);
  return solveWith("cg", { run: conjugateGradients, symmetric: true, squares: false }, A, b, options);
}

/**
 * Solves `A x = b` for any regular operator by stabilised biconjugate gradients. `A` is a function on trees like `b` or a
 * square matrix. Derivatives with respect to `b` and to what `A` closes over are solutions of the same system and of its
 * transpose, to the same tolerance.
 *
 * @returns `[x, info]` as of `cg`
 * @throws ArgumentError for an operator that is neither a function nor a square matrix, and for a negative maxiter
 * @see jax.scipy.sparse.linalg.bicgstab
 * @example
 * const [x, info] = scipy.sparse.linalg.bicgstab(np.array([[2, 1], [0, 4]]), np.array([4, 8]));
 * [x.js(), info.item()]; // [[1.0000, 2.0000], 0]
 */
export function bicgstab<T>(
  A: Operator<T>,
  b: LikeTree<T>,
  options?: SolverOptions<T>,
  ...more: []
): [ArrayTree<T>, NDArray] {
  refuseMore("bicgstab", 3, more);
  return solveWith("bicgstab", { run: stabilised, symmetric: false, squares: true }, A, b, options);
}
