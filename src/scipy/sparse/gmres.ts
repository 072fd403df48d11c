/**
 * @file `gmres`: the solution with the least residual in a growing Krylov space, built anew after `restart` steps.
 *
 * Arnoldi's process orthogonalises twice (classical Gram–Schmidt), Givens rotations keep the projected problem
 * triangular. Source: Saad and Schultz 1986; Saad, Iterative Methods for Sparse Linear Systems, §6.5.
 */
import { show, refuseMore } from "../../base/checks.ts";
import type { NDArray } from "../../core/array.ts";
import { finfo } from "../../numpy/dtypes/dtypes.ts";
import type { ArrayTree, LikeTree } from "../../core/tree-types.ts";
import { ArgumentError } from "../../base/errors.ts";
import * as lax from "../../control-flow/lax.ts";
import { cast } from "../../numpy/operands/promote.ts";
import { type Outcome, type SolverOptions, type System, solveWith } from "./solver.ts";
import { type Operator, type Vector, add, axesOf, dtypeOf, norm, scale, sizeOf, sub } from "./vectors.ts";

/** Options of `gmres`. */
export interface GmresOptions<T> extends SolverOptions<T> {
  /** The dimension of the Krylov space; 20 by default, and never above the number of unknowns. */
  readonly restart?: number | undefined;
  /** "incremental" stops within a space once the residual is small enough; "batched", the default, builds it to the end. */
  readonly solveMethod?: "batched" | "incremental" | undefined;
}

/** One Krylov space. Leaf by leaf the basis vectors are stacked along a leading axis of size restart + 1. */
interface Space {
  readonly basis: Vector;
  /** Row k is column k of the triangular factor: [restart, restart + 1]. */
  readonly columns: NDArray;
  readonly rotations: readonly [NDArray, NDArray];
  /** The rotated right hand side; its element k is the residual after k steps. */
  readonly rhs: NDArray;
  readonly k: NDArray;
  readonly error: NDArray;
}

const row = (x: NDArray, i: NDArray): NDArray => lax.dynamicIndexInDim(x, i, 0, false);
const setRow = (x: NDArray, value: NDArray, i: NDArray): NDArray =>
  lax.dynamicUpdateIndexInDim(x, value, i, 0);

/** The products of a vector with all basis vectors. */
function project(basis: Vector, x: Vector): NDArray {
  const dtype = dtypeOf(x);
  const parts = basis.map((v, i) => {
    const axes = axesOf(x[i]);
    return cast(
      lax.dotGeneral(v, x[i], [
        [axes.map((a) => a + 1), axes],
        [[], []],
      ]),
      dtype,
    );
  });
  return parts.reduce((a, b) => lax.add(a, b));
}

/** The combination of basis vectors with the given coefficients. */
const combine = (basis: Vector, coefficients: NDArray): Vector =>
  basis.map((v) =>
    lax.dotGeneral(cast(coefficients, v.dtype), v, [
      [[0], [0]],
      [[], []],
    ]),
  );

/** Rotates elements i and i + 1 of a vector. */
function rotate(v: NDArray, i: NDArray, cos: NDArray, sin: NDArray): NDArray {
  const next = lax.add(i, 1);
  const [a, b] = [row(v, i), row(v, next)];
  const first = lax.add(lax.mul(cos, a), lax.mul(sin, b));
  return setRow(setRow(v, first, i), lax.sub(lax.mul(cos, b), lax.mul(sin, a)), next);
}

/** One step: a new basis vector, a new column of the triangular factor. */
function arnoldi(s: Space, system: System, restart: number): Space {
  const { matvec, precondition } = system;
  const dtype = dtypeOf(system.b);
  const image = precondition(matvec(s.basis.map((v) => row(v, s.k))));
  const first = project(s.basis, image);
  const once = sub(image, combine(s.basis, first));
  const second = project(s.basis, once);
  const rest = sub(once, combine(s.basis, second));
  const length = norm(rest);
  // Below rounding the space is complete: the new vector is nothing but noise.
  const complete = lax.le(length, lax.mul(norm(image), finfo(dtype).eps));
  const height = lax.select(complete, lax.fullLike(length, 0), length);
  const inverse = lax.select(complete, lax.fullLike(length, 0), lax.div(1, length));
  const unit = scale(inverse, rest);
  const next = lax.add(s.k, 1);
  let column = setRow(lax.add(first, second), height, next);
  const [cosines, sines] = s.rotations;
  // Rotations of steps to come are still the identity.
  column = lax.foriLoop(
    0,
    restart,
    (i: NDArray, c: NDArray) => rotate(c, i, row(cosines, i), row(sines, i)),
    column,
  );
  const [a, b] = [row(column, s.k), row(column, next)];
  const radius = lax.sqrt(lax.add(lax.mul(a, a), lax.mul(b, b)));
  const flat = lax.eq(radius, 0);
  const cos = lax.select(flat, lax.fullLike(a, 1), lax.div(a, radius));
  const sin = lax.select(flat, lax.fullLike(a, 0), lax.div(b, radius));
  const rhs = rotate(s.rhs, s.k, cos, sin);
  return {
    basis: s.basis.map((v, i) => setRow(v, unit[i], next)),
    columns: setRow(s.columns, rotate(column, s.k, cos, sin), s.k),
    rotations: [setRow(cosines, cos, s.k), setRow(sines, sin, s.k)],
    rhs,
    k: next,
    error: lax.select(complete, lax.fullLike(length, 0), lax.abs(row(rhs, next))),
  };
}

/** The coefficients of the solution: back substitution over the first k unknowns. */
function coefficients({ columns, rhs, k }: Space, restart: number, dtype: NDArray["dtype"]): NDArray {
  const solve = (j: NDArray, y: NDArray): NDArray => {
    const i = lax.sub(restart - 1, j);
    const line = lax.dynamicIndexInDim(columns, i, 1, false);
    const pivot = row(line, i);
    const known = lax.reduceSum(lax.mul(line, y), [0]);
    const used = lax.bitwiseAnd(lax.lt(i, k), lax.ne(pivot, 0));
    const value = lax.div(lax.sub(row(rhs, i), known), lax.select(used, pivot, lax.fullLike(pivot, 1)));
    return setRow(y, lax.select(used, value, lax.fullLike(value, 0)), i);
  };
  return lax.foriLoop(0, restart, solve, lax.full([restart], 0, dtype));
}

/** Improves x by one Krylov space. */
function cycle(x: Vector, system: System, restart: number, incremental: boolean): Vector {
  const { matvec, precondition, b, tolerance } = system;
  const dtype = dtypeOf(b);
  const residual = precondition(sub(b, matvec(x)));
  const size = norm(residual);
  const inverse = lax.select(lax.eq(size, 0), size, lax.div(1, size));
  const start = scale(inverse, residual).map((v) => {
    const none = lax.full([restart + 1, ...v.shape], 0, v.dtype);
    return setRow(none, v, lax.full([], 0, "int32"));
  });
  // The tolerance of the preconditioned residual, in proportion.
  const norms = [norm(precondition(b)), norm(b)];
  const goal = incremental
    ? lax.mul(norms[0], lax.min(1, lax.div(tolerance, norms[1])))
    : lax.fullLike(tolerance, 0);
  const none = lax.full([restart], 0, dtype);
  const first = lax.full([restart + 1], 0, dtype);
  const space = lax.whileLoop(
    (s: Space) => lax.bitwiseAnd(lax.lt(s.k, restart), lax.gt(s.error, goal)),
    (s: Space) => arnoldi(s, system, restart),
    {
      basis: start,
      columns: lax.full([restart, restart + 1], 0, dtype),
      rotations: [lax.add(none, 1), none],
      rhs: setRow(first, size, lax.full([], 0, "int32")),
      k: lax.full([], 0, "int32"),
      error: size,
    },
  );
  const y = coefficients(space, restart, dtype);
  return add(
    x,
    combine(
      space.basis.map((v) => lax.sliceInDim(v, 0, restart, 1, 0)),
      y,
    ),
  );
}

interface Progress {
  readonly x: Vector;
  readonly size: NDArray;
  readonly steps: NDArray;
  readonly going: NDArray;
}

function restarted(system: System, wanted: number, incremental: boolean): Outcome {
  const { matvec, b, x0, tolerance, maxiter } = system;
  const restart = Math.min(wanted, sizeOf(b));
  const residual = (x: Vector): NDArray => norm(sub(b, matvec(x)));
  const final = lax.whileLoop(
    (s: Progress) =>
      lax.bitwiseAnd(lax.bitwiseAnd(lax.gt(s.size, tolerance), lax.lt(s.steps, maxiter)), s.going),
    (s: Progress): Progress => {
      const x = cycle(s.x, system, restart, incremental);
      const size = residual(x);
      // At the limit of rounding, restarts no longer make the residual smaller.
      return { x, size, steps: lax.add(s.steps, 1), going: lax.lt(size, s.size) };
    },
    { x: x0, size: residual(x0), steps: lax.full([], 0, "int32"), going: lax.full([], 1, "bool") },
  );
  const converged = lax.le(final.size, tolerance);
  return { x: final.x, converged, steps: final.steps, residual: final.size };
}

/**
 * Solves `A x = b` for any regular operator by the generalised minimal residual method; else as `cg`. Iterations are
 * counted in Krylov spaces.
 *
 * @see jax.scipy.sparse.linalg.gmres
 * @example
 * const a = np.array([[4, 1], [2, 3]]);
 * scipy.sparse.linalg.gmres((x: Array) => np.dot(a, x), np.array([1, 2]))[0]; // Array([0.1…, 0.6…])
 */
export function gmres<T>(
  A: Operator<T>,
  b: LikeTree<T>,
  options?: GmresOptions<T>,
  ...more: []
): [ArrayTree<T>, NDArray] {
  refuseMore("gmres", 3, more);
  const { restart = 20, solveMethod = "batched" } = options ?? {};
  if (!Number.isInteger(restart) || restart < 1)
    throw new ArgumentError(`gmres: restart must be a positive whole number; got ${show(restart)}.`);
  if (solveMethod !== "batched" && solveMethod !== "incremental")
    throw new ArgumentError(
      `gmres: solveMethod must be "batched" or "incremental"; got ${show(solveMethod)}.`,
    );
  const run = (system: System): Outcome => restarted(system, restart, solveMethod === "incremental");
  return solveWith("gmres", { run, symmetric: false, squares: true }, A, b, options);
}
