/**
 * @file What the iterative solvers of linear systems have in common: arguments, tolerances, and the call of
 * `customLinearSolve` that gives them their derivatives.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { treeUnflatten } from "../../core/tree.ts";
import type { ArrayTree, LikeTree } from "../../core/tree-types.ts";
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import { checkTree } from "../../api/flatten.ts";
import * as lax from "../../control-flow/lax.ts";
import { asArray } from "../../lax/operands/convert.ts";
import {
  type Operator,
  type Vector,
  type VectorMap,
  dtypeOf,
  leavesOf,
  norm,
  operatorOf,
  sizeOf,
  zerosLike,
} from "./vectors.ts";

/** Options of the iterative solvers. */
export interface SolverOptions<T> {
  /** A first guess, of the structure of `b`; zeros by default. */
  readonly x0?: LikeTree<T> | undefined;
  /** The residual's norm is at most max(tol · ‖b‖, atol): 1e-5 by default. */
  readonly tol?: ArrayLike | undefined;
  readonly atol?: ArrayLike | undefined;
  /** The largest number of iterations; 10 times the number of unknowns by default. */
  readonly maxiter?: number | undefined;
  /** A preconditioner: an operator close to the inverse of `A`. */
  readonly M?: Operator<T> | undefined;
}

/** A system and how it is to be solved. */
export interface System {
  readonly matvec: VectorMap;
  readonly precondition: VectorMap;
  readonly b: Vector;
  readonly x0: Vector;
  /** The residual's norm to be reached. */
  readonly tolerance: NDArray;
  readonly maxiter: number;
}

/** `[x, info]` */
export type Solved = [Vector, NDArray];

const known = ["x0", "tol", "atol", "maxiter", "M"];

/** The solution of a system, `[x, info]`, with the derivatives that the system implies. */
export function solveWith<T>(
  name: string,
  method: (system: System) => Solved,
  A: Operator<T>,
  b: LikeTree<T>,
  options: SolverOptions<T> | undefined,
  symmetric: boolean,
): [ArrayTree<T>, NDArray] {
  checkOptions(name, options, [...known, "restart", "solveMethod"]);
  const [rhs, def] = leavesOf(b, `${name}: b`);
  const operator = operatorOf(A, def, name);
  const precondition: VectorMap =
    options?.M === undefined ? (x) => x : operatorOf(options.M, def, `${name}: M`);
  const maxiter = options?.maxiter ?? 10 * sizeOf(rhs);
  if (!(maxiter >= 0)) throw new ArgumentError(`${name}: maxiter must be a number from 0; got ${maxiter}.`);
  let guess: Vector | null = null;
  if (options?.x0 !== undefined) {
    const [leaves, got] = leavesOf(options.x0, `${name}: x0`);
    checkTree(def, got, `${name}: x0`);
    guess = leaves.map((x, i) => lax.convertElementType(x, rhs[i].dtype));
  }
  const { tol = 1e-5, atol = 0 } = options ?? {};
  const run =
    (x0: Vector | null) =>
    (map: lax.LinearMap<NDArray[]>, right: Vector): Solved => {
      const matvec: VectorMap = (x) => map([...x]);
      const limit = (x: ArrayLike): NDArray => lax.convertElementType(asArray(x, name), dtypeOf(right));
      const tolerance = lax.max(lax.mul(limit(tol), norm(right)), limit(atol));
      return method({ matvec, precondition, b: right, x0: x0 ?? zerosLike(right), tolerance, maxiter });
    };
  const [x, info] = lax.customLinearSolve<NDArray[]>(operator, [...rhs], run(guess), {
    // The guess is one for the system itself, not for its transpose.
    ...(symmetric ? {} : { transposeSolve: run(null) }),
    symmetric,
    hasAux: true,
  });
  return [treeUnflatten(def, x) as ArrayTree<T>, info as NDArray];
}

/** SciPy's exit code: 0 where the solver converged, else the number of iterations. */
export const exitCode = (converged: NDArray, iterations: NDArray): NDArray =>
  lax.select(converged, lax.mul(iterations, 0), iterations);
