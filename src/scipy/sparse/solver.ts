/**
 * @file What the iterative solvers of linear systems have in common: arguments, tolerances, scales, and the call of
 * `customLinearSolve` that gives them their derivatives.
 *
 * A method sees a right hand side of size 1 (and, if it squares images, an operator of size 1), by powers of two, which
 * leave all bits as they are: no square leaves the range before the solution does. What is not a number never converges.
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
  choose,
  dtypeOf,
  every,
  exponentOf,
  leavesOf,
  norm,
  operatorOf,
  shift,
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

/** What a method found. */
export interface Outcome {
  readonly x: Vector;
  readonly converged: NDArray;
  readonly steps: NDArray;
  /** The residual's norm or its square; if it is not finite, x is worthless. */
  readonly residual: NDArray;
}

/** `[x, info]` */
export type Solved = [Vector, NDArray];

/** How a method is called. */
export interface Method {
  readonly run: (system: System) => Outcome;
  readonly symmetric: boolean;
  /** The method squares images of the operator, which must be scaled, too. */
  readonly squares: boolean;
}

const known = ["x0", "tol", "atol", "maxiter", "M"];

/** The largest number that a counter holds. */
const mostSteps = 2 ** 31 - 1;

function stepsOf(name: string, maxiter: number): number {
  if (maxiter === Infinity) return mostSteps;
  if (!Number.isInteger(maxiter) || maxiter < 0)
    throw new ArgumentError(`${name}: maxiter must be a whole number from 0; got ${maxiter}.`);
  return Math.min(maxiter, mostSteps);
}

/** Solves the system by a method that sees it at scale 1. */
function scaled(method: Method, system: Omit<System, "tolerance">, tol: NDArray, atol: NDArray): Solved {
  const { matvec, precondition, x0, maxiter } = system;
  const size = exponentOf(system.b);
  const b = shift(system.b, lax.neg(size));
  const gain = method.squares ? exponentOf(matvec(precondition(b))) : lax.full([], 0, "int32");
  const unscale = lax.sub(size, gain);
  const [limit] = shift([atol], lax.neg(size));
  const tolerance = lax.max(lax.mul(tol, norm(b)), limit);
  const { x, converged, steps, residual } = method.run({
    matvec: method.squares ? (v) => shift(matvec(v), lax.neg(gain)) : matvec,
    precondition,
    b,
    x0: shift(x0, lax.neg(unscale)),
    tolerance,
    maxiter,
  });
  const sound = lax.bitwiseAnd(lax.isFinite(residual), lax.isFinite(tolerance));
  const found = shift(x, unscale);
  // Solutions beyond the largest or below the least number are none.
  const isZero = (v: Vector): NDArray => every(v, (leaf) => lax.eq(leaf, 0));
  const vanished = lax.bitwiseAnd(isZero(found), lax.bitwiseNot(isZero(x)));
  const held = lax.bitwiseAnd(every(found, lax.isFinite), lax.bitwiseNot(vanished));
  const success = lax.bitwiseAnd(converged, lax.bitwiseAnd(sound, held));
  const none = found.map((leaf) => lax.fullLike(leaf, NaN));
  return [choose(sound, found, none), exitCode(success, steps)];
}

/** SciPy's exit code: 0 where the solver converged, else the number of iterations, or −1 if there was none. */
function exitCode(converged: NDArray, steps: NDArray): NDArray {
  const count = lax.select(lax.gt(steps, 0), steps, lax.fullLike(steps, -1));
  return lax.select(converged, lax.fullLike(steps, 0), count);
}

/** The solution of a system, `[x, info]`, with the derivatives that the system implies. */
export function solveWith<T>(
  name: string,
  method: Method,
  A: Operator<T>,
  b: LikeTree<T>,
  options: SolverOptions<T> | undefined,
): [ArrayTree<T>, NDArray] {
  checkOptions(name, options, [...known, "restart", "solveMethod"]);
  const [rhs, def] = leavesOf(b, `${name}: b`);
  const operator = operatorOf(A, def, name);
  const precondition: VectorMap =
    options?.M === undefined ? (x) => x : operatorOf(options.M, def, `${name}: M`);
  const maxiter = stepsOf(name, options?.maxiter ?? 10 * sizeOf(rhs));
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
      const system = { matvec, precondition, b: right, x0: x0 ?? zerosLike(right), maxiter };
      return scaled(method, system, limit(tol), limit(atol));
    };
  const { symmetric } = method;
  const [x, info] = lax.customLinearSolve<NDArray[]>(operator, [...rhs], run(guess), {
    // The guess is one for the system itself, not for its transpose.
    ...(symmetric ? {} : { transposeSolve: run(null) }),
    symmetric,
    hasAux: true,
  });
  return [treeUnflatten(def, x) as ArrayTree<T>, info as NDArray];
}
