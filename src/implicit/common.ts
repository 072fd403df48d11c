/** @file What the solvers of implicit equations share: convergence, failure, and the solution of their tangent equations. */
import type { NDArray } from "../core/array.ts";
import { treeFlatten, treeUnflatten } from "../core/tree.ts";
import { ArgumentError, checkOptions } from "../base/errors.ts";
import { flattenArrays } from "../api/flatten.ts";
import * as lax from "../control-flow/lax.ts";
import { finfo } from "../numpy/dtypes/dtypes.ts";
import { cast } from "../numpy/operands/promote.ts";
import { gmres } from "../scipy/sparse/linalg.ts";
import { type Vector, dtypeOf, every, largest, leavesOf, sizeOf } from "../scipy/sparse/vectors.ts";

/** Options of the iterative solvers. */
export interface SolveOptions {
  /**
   * Converged where no element changes by more than tol · (s + its size), where s is the largest size met so far, at most 1:
   * by default about 4000 roundings.
   */
  readonly tol?: number | undefined;
  /** The largest number of iterations. */
  readonly maxiter?: number | undefined;
}

export interface Settings {
  readonly tol: number;
  readonly maxiter: number;
}

export function settingsOf(
  name: string,
  options: SolveOptions | undefined,
  x: Vector,
  maxiter: number,
): Settings {
  checkOptions(name, options, ["tol", "maxiter"]);
  const out = { tol: options?.tol ?? 4096 * finfo(dtypeOf(x)).eps, maxiter: options?.maxiter ?? maxiter };
  if (!(out.tol >= 0) || !(out.maxiter >= 1))
    throw new ArgumentError(
      `${name}: tol must not be negative, and maxiter at least 1; got ${out.tol} and ${out.maxiter}.`,
    );
  return out;
}

/** The size of unknowns, at most 1: problems in tiny units converge as they do in larger ones. */
export const scaleOf = (x: Vector): NDArray => lax.min(largest(x), 1);

/** Whether every element of `step` is small beside that of `x` or beside the scale. NaN and infinity are not. */
export function isSmall(step: Vector, x: Vector, tol: number, scale: NDArray): NDArray {
  const each = step.map((d, i) => {
    const limit = lax.mul(lax.add(lax.abs(x[i]), cast(scale, d.dtype)), tol);
    return every([d], (leaf) => lax.bitwiseAnd(lax.le(lax.abs(leaf), limit), lax.isFinite(leaf)));
  });
  return each.reduce((a, b) => lax.bitwiseAnd(a, b));
}

/** The result, or NaN where the solver did not converge: no wrong number passes for a solution. */
export const orNaN = (converged: NDArray, x: Vector): NDArray[] =>
  x.map((leaf) => lax.select(converged, leaf, lax.fullLike(leaf, NaN)));

/** The x with g(x) = y for a linear map on trees, fit to be transposed. */
export function solveLinear(g: (x: never) => unknown, y: unknown): unknown {
  const [leaves, def] = treeFlatten(y);
  const right = leaves as Vector;
  if (sizeOf(right) === 1) {
    // One unknown: divide.
    const at = right.findIndex((leaf) => leaf.size === 1);
    const ones = right.map((leaf) => lax.fullLike(leaf, 1));
    const [slope] = flattenArrays(g(treeUnflatten(def, ones) as never), "implicit");
    return treeUnflatten(
      def,
      right.map((leaf, i) => (i === at ? lax.div(leaf, slope[at]) : leaf)),
    );
  }
  const tol = 16 * finfo(dtypeOf(right)).eps;
  return gmres(g as (x: unknown) => unknown, y, { tol, restart: Math.min(sizeOf(right), 64) })[0];
}

/** A guess as its leaves, and the way back. */
export function guessOf(name: string, x0: unknown): [Vector, (x: Vector) => unknown] {
  const [leaves, def] = leavesOf(x0, `${name}: x0`);
  if (leaves.length === 0) throw new ArgumentError(`${name}: x0 has no arrays.`);
  return [leaves, (x) => treeUnflatten(def, x)];
}
