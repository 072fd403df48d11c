/** @file Sparse Jacobians and Hessians: their pattern from the program, their entries from few directions. */
import { index } from "../numpy/indexing/indexing.ts";
import { refuseMore, show } from "../base/checks.ts";
import type { NDArray } from "../core/array.ts";
import type { LikeArgs } from "../core/tree-types.ts";
import { ArgumentError, DifferentiationError, checkOptions } from "../base/errors.ts";
import { type AnyFunction, describeCall } from "../api/flatten.ts";
import { grad, vjp } from "../api/grad.ts";
import { linearize } from "../api/jvp.ts";
import { vmap } from "../api/vmap.ts";
import * as np from "../numpy/index.ts";
import { type VectorFunction, detect, sizeOfResult, symmetric } from "./detect.ts";
import { SparseMatrix } from "./matrix.ts";
import type { SparsityPattern } from "./pattern.ts";
import { type Mode, type Plan, directions, hessianPlan, jacobianPlan, readEntries } from "./plan.ts";
import { type Prepared, type Sparsity, checkShape, givenPattern, perSignature, prepare } from "./prepare.ts";

/** Options of `sparseHessian` and of the functions that give patterns. */
export interface SparseOptions {
  /** Which argument to differentiate with respect to: 0 by default. */
  readonly argnums?: number | undefined;
  /**
   * The places of the entries, where they are known better than the program shows: a pattern, or a matrix that is zero
   * elsewhere. By default it is detected.
   */
  readonly sparsity?: Sparsity | undefined;
}

/** Options of `sparseJacobian`. */
export interface SparseJacobianOptions extends SparseOptions {
  /** Columns by forward mode, or rows by reverse mode; by default whichever needs fewer directions. */
  readonly mode?: Mode | "auto" | undefined;
}

type PatternOptions = Pick<SparseOptions, "argnums">;

/** Makes of a function one of the same arguments whose result is an `R`. */
interface Differentiator<O, R> {
  <A extends NDArray[]>(f: (...args: A) => unknown, options?: O): (...args: LikeArgs<A>) => R;
  <A extends unknown[]>(f: (...args: A) => unknown, options?: O): (...args: LikeArgs<A>) => R;
}

const hessianOf =
  (of: VectorFunction, what: string): VectorFunction =>
  (x, rest) =>
    grad((v: NDArray) => {
      const out = of(v, rest);
      if (out.size !== 1) {
        throw new DifferentiationError(
          `${what}: the function must return one scalar; got ${out.size} elements. For functions of several, use sparseJacobian.`,
        );
      }
      return index(out, [0]);
    })(x);

/**
 * Where the Jacobian of a function may be nonzero, for all arguments of the given shapes: found from the program, without
 * trying values. Rows are the elements of the result, columns those of the argument.
 *
 * @example
 * const p = jacobianSparsity((x) => x.slice([1]).mul(x.slice([0, -1])))(np.ones([3]));
 * [...p.rows]; // [0, 0, 1, 1]
 * [...p.cols]; // [0, 1, 1, 2]
 */
export const jacobianSparsity: Differentiator<PatternOptions, SparsityPattern> = (
  f: AnyFunction,
  options?: PatternOptions,
  ...more: []
) => {
  refuseMore("jacobianSparsity", 2, more);
  checkOptions("jacobianSparsity", options, ["argnums"]);
  return (...args: readonly unknown[]) => {
    const what = describeCall("jacobianSparsity", f);
    const { of, vector, rest } = prepare(f, args, options?.argnums ?? 0, what);
    return detect(of, vector, rest, what);
  };
};

/**
 * Where the Hessian of a scalar-valued function may be nonzero; as `jacobianSparsity`, for its gradient.
 *
 * @example
 * hessianSparsity((x) => x.slice([1]).mul(x.slice([0, -1])).sum())(np.ones([3])).nnz; // 4
 */
export const hessianSparsity: Differentiator<PatternOptions, SparsityPattern> = (
  f: AnyFunction,
  options?: PatternOptions,
  ...more: []
) => {
  refuseMore("hessianSparsity", 2, more);
  checkOptions("hessianSparsity", options, ["argnums"]);
  return (...args: readonly unknown[]) => {
    const what = describeCall("hessianSparsity", f);
    const { of, vector, rest } = prepare(f, args, options?.argnums ?? 0, what);
    return symmetric(detect(hessianOf(of, what), vector, rest, what));
  };
};

/** Results for all directions at once, one after another. */
function alongAll(plan: Plan, call: Prepared, f: VectorFunction): NDArray {
  const fun = (x: NDArray): NDArray => f(x, call.rest);
  const { vector } = call;
  if (plan.mode === "forward") {
    const [, push] = linearize(fun, [vector]);
    return vmap(push)(directions(plan, vector.dtype));
  }
  const [out, pull] = vjp(fun, [vector]);
  return vmap((ct: NDArray) => pull(ct)[0])(directions(plan, out.dtype));
}

/** The matrix of a plan. */
function compute(plan: Plan, call: Prepared, f: VectorFunction): SparseMatrix {
  if (plan.pattern.nnz > 0) return readEntries(plan, alongAll(plan, call, f));
  return new SparseMatrix(np.zeros([0], { dtype: call.vector.dtype }), plan.pattern);
}

/**
 * The Jacobian of a function with respect to one argument, as a sparse matrix. Its pattern is found from the program
 * (`jacobianSparsity`), its columns are coloured so that those of one colour have no row in common, and one evaluation for
 * each colour gives all entries: a banded Jacobian costs as many directions as it has diagonals, of whatever size it is.
 *
 * Arguments and results may be trees: rows are the elements of the result's leaves one after another, columns those of
 * the argument's. The pattern is worked out at the first call for arguments of given shapes and kept, as a program that
 * `jit` compiled is: what the function closes over must not change between calls.
 *
 * @throws DifferentiationError, ArgumentError; ShapeError if `sparsity` does not fit
 * @see jacfwd, jacrev for dense Jacobians
 * @example
 * const j = sparseJacobian((x) => x.slice([1]).mul(x.slice([0, -1])))(np.array([2, 3, 4]));
 * j.data; // Array([3., 2., 4., 3.])
 * j.toDense(); // [[3, 2, 0], [0, 4, 3]]
 */
export const sparseJacobian: Differentiator<SparseJacobianOptions, SparseMatrix> = (
  f: AnyFunction,
  options?: SparseJacobianOptions,
  ...more: []
) => {
  refuseMore("sparseJacobian", 2, more);
  const what = describeCall("sparseJacobian", f);
  checkOptions("sparseJacobian", options, ["argnums", "sparsity", "mode"]);
  const mode = options?.mode ?? "auto";
  if (mode !== "auto" && mode !== "forward" && mode !== "reverse") {
    throw new ArgumentError(`${what}: mode must be "auto", "forward" or "reverse"; got ${show(mode)}.`);
  }
  const given = givenPattern(options?.sparsity, what);
  const planOf = perSignature(({ of, vector, rest }) => {
    if (given !== null) checkShape(given, sizeOfResult(of, vector, rest, what), vector.size, what);
    const pattern = given ?? detect(of, vector, rest, what);
    return jacobianPlan(pattern, mode === "auto" ? null : mode);
  });
  return (...args: readonly unknown[]) => {
    const call = prepare(f, args, options?.argnums ?? 0, what);
    return compute(planOf(call), call, call.of);
  };
};

/**
 * The Hessian of a scalar-valued function with respect to one argument, as a sparse matrix. Its pattern is found from the
 * program of the gradient (`hessianSparsity`); a star colouring, which uses that the matrix is symmetric, says along how few
 * directions the gradient need be differentiated. For trees and for what is kept between calls, see `sparseJacobian`.
 *
 * @throws DifferentiationError unless the function returns a scalar; ShapeError if `sparsity` does not fit
 * @see hessian for dense Hessians
 * @example
 * const h = sparseHessian((x) => x.slice([1]).mul(x.slice([0, -1])).sum())(np.array([2, 3, 4]));
 * h.toDense(); // [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
 */
export const sparseHessian: Differentiator<SparseOptions, SparseMatrix> = (
  f: AnyFunction,
  options?: SparseOptions,
  ...more: []
) => {
  refuseMore("sparseHessian", 2, more);
  const what = describeCall("sparseHessian", f);
  checkOptions("sparseHessian", options, ["argnums", "sparsity"]);
  const given = givenPattern(options?.sparsity, what);
  const planOf = perSignature(({ of, vector, rest }) => {
    const n = vector.size;
    if (given !== null) checkShape(given, n, n, what);
    return hessianPlan(symmetric(given ?? detect(hessianOf(of, what), vector, rest, what)));
  });
  return (...args: readonly unknown[]) => {
    const call = prepare(f, args, options?.argnums ?? 0, what);
    return compute(planOf(call), call, hessianOf(call.of, what));
  };
};
