/** @file `minimize` as users call it: trees, methods by name, and the implicit derivatives of the minimum. */
import { refuseMore } from "../../base/checks.ts";
import type { NDArray } from "../../core/array.ts";
import { type ArrayLike } from "../../core/array.ts";
import type { ArrayTree, LikeTree } from "../../core/tree-types.ts";
import { ArgumentError, ShapeError, checkOptions } from "../../base/errors.ts";
import { type AnyFunction, callWith } from "../../api/flatten.ts";
import * as lax from "../../control-flow/lax.ts";
import { asArray } from "../../lax/operands/convert.ts";
import { stopGradient } from "../../lax/identities/stop-gradient.ts";
import { cast, inexact } from "../../numpy/operands/promote.ts";
import { ravelPytree } from "../../tree/index.ts";
import { type Bounds, type ConstraintLike, boxOf, constraintsOf } from "./constraints.ts";
import {
  type MethodOptions,
  type MinimizeMethod,
  checkMethodOptions,
  checkTakes,
  methodOf,
} from "./methods.ts";
import { type Problem, problemOf } from "./problem.ts";
import { solution } from "./solution.ts";

/** Options of `minimize`. */
export interface MinimizeOptions {
  readonly method: MinimizeMethod;
  /** Sets the tolerances of the method. */
  readonly tol?: number | null | undefined;
  /**
   * Lower and upper bounds, for Nelder-Mead, Powell, L-BFGS-B, SLSQP and trust-constr: `{ lb, ub }`, trees like `x0` or
   * numbers, or for a vector a list of pairs with null where there is no bound.
   */
  readonly bounds?: Bounds | readonly (readonly [lb: number | null, ub: number | null])[] | null | undefined;
  /**
   * Constraints, for SLSQP and trust-constr: `{ type: "eq", fun }`, `{ type: "ineq", fun }` (not negative), `{ fun, lb, ub }`,
   * `{ A, lb, ub }`, or a list of them.
   */
  readonly constraints?: ConstraintLike | readonly ConstraintLike[] | null | undefined;
  readonly options?: MethodOptions | undefined;
}

/** What `minimize` found. */
export interface OptimizeResults<X> {
  readonly x: ArrayTree<X>;
  readonly success: NDArray;
  /**
   * Why it ended; SciPy's numbers, which mean for BFGS and L-BFGS (JAX's): 0 converged; 1 maxiter reached; 3 or 5 a line
   * search failed; 4 the value no longer falls (ftol). For the others see the documentation of optimisation.
   */
  readonly status: NDArray;
  readonly fun: NDArray;
  /** The gradient at x. */
  readonly jac: ArrayTree<X>;
  /** BFGS's approximation of the inverse Hessian, over all elements of x in a row; null for other methods. */
  readonly hessInv: NDArray | null;
  /** SLSQP and trust-constr: the multipliers of the constraints, equalities first; null for other methods. */
  readonly multipliers: NDArray | null;
  readonly nfev: NDArray;
  readonly njev: NDArray;
  /** Hessians, or products with them. */
  readonly nhev: NDArray;
  readonly nit: NDArray;
}

/**
 * A local minimum of `fun(x, ...args)`, a scalar function of an array or tree, close to `x0`, by one of SciPy's methods:
 * "Nelder-Mead" and "Powell" without derivatives, "CG", "BFGS" and "L-BFGS" along gradients, "L-BFGS-B" within bounds,
 * "Newton-CG", "trust-ncg" and "trust-krylov" with products of the Hessian, "dogleg" and "trust-exact" with all of it,
 * "SLSQP" and "trust-constr" under constraints. Derivatives are taken by this library. Runs compiled, and for many starts at
 * once under `vmap`.
 *
 * Where it converged, `x` (with `fun`, `jac` and `multipliers`) is differentiable with respect to `args`, to traced bounds
 * and to what functions close over: the minimum moves as the conditions that it fulfils must stay fulfilled. The starting
 * point has no derivative.
 *
 * @throws ArgumentError for names that no method has, and for bounds or constraints that a method does not take; ShapeError
 * @see jax.scipy.optimize.minimize, scipy.optimize.minimize
 * @example
 * const bowl = (x: Array) => np.sum(np.square(x.sub(np.array([1, 2]))));
 * scipy.optimize.minimize(bowl, np.zeros([2]), { method: "BFGS" }).x; // Array([1…, 2…])
 * scipy.optimize.minimize(bowl, np.zeros([2]), { method: "L-BFGS-B", bounds: { ub: 0.5 } }).x; // Array([0.5, 0.5])
 */
export function minimize<X>(
  fun: (x: X) => ArrayLike,
  x0: LikeTree<X>,
  options: MinimizeOptions,
): OptimizeResults<X>;
export function minimize<X, A extends unknown[]>(
  fun: (x: X, ...args: A) => ArrayLike,
  x0: LikeTree<X>,
  args: A,
  options: MinimizeOptions,
): OptimizeResults<X>;
export function minimize(
  fun: AnyFunction,
  x0: unknown,
  ...rest: readonly unknown[]
): OptimizeResults<unknown> {
  const args = Array.isArray(rest[0]) ? (rest[0] as unknown[]) : [];
  const at = Array.isArray(rest[0]) ? 1 : 0;
  const options = rest[at] as MinimizeOptions | undefined;
  refuseMore("minimize", at + 3, rest.slice(at + 1));
  checkOptions("minimize", options, ["method", "tol", "bounds", "constraints", "options"]);
  const method = methodOf(options?.method);
  const given = checkMethodOptions(method, options?.options);
  const { problem, back } = problemAt(fun, x0, args, options ?? {});
  checkTakes(method, problem.box !== null, problem.constraints.length > 0);
  const [x, multipliers, found] = solution(problem, (guess) => {
    const outcome = method.run({ ...problem, x0: guess }, given, options?.tol ?? undefined);
    const { status, evaluations, gradients, hessians, iterations, inverse } = outcome;
    const aux = { status, evaluations, gradients, hessians, iterations, inverse };
    return { x: outcome.x, multipliers: outcome.multipliers, aux };
  });
  const [value, gradient] = problem.both(x);
  const successes = (method.successes ?? [0]).map((status) => found.status.equal(status));
  return {
    x: back(x),
    success: successes.reduce((a, b) => lax.bitwiseOr(a, b)),
    status: found.status,
    fun: value,
    jac: back(gradient),
    hessInv: found.inverse,
    multipliers,
    nfev: found.evaluations,
    njev: found.gradients,
    nhev: found.hessians,
    nit: found.iterations,
  };
}

/** The problem on the vector of all unknowns, and the way back to trees. */
function problemAt(
  fun: AnyFunction,
  x0: unknown,
  args: readonly unknown[],
  { bounds, constraints }: Pick<MinimizeOptions, "bounds" | "constraints">,
): { readonly problem: Problem; readonly back: (x: NDArray) => unknown } {
  const [flat, back] = ravelPytree(x0);
  const real = inexact("minimize: x0", flat);
  const start = stopGradient(cast(real, real.dtype));
  if (start.size === 0) throw new ArgumentError("minimize: x0 has no elements.");
  const objective = (x: NDArray): NDArray => {
    const value = callWith(fun, [back(x), ...args]);
    const out = asArray(value as ArrayLike, "minimize: the function's result");
    if (out.ndim !== 0)
      throw new ShapeError(
        `minimize: the function must return a scalar; got shape [${out.shape.join(",")}].`,
      );
    return cast(out, start.dtype);
  };
  const box = boxOf("minimize: bounds", bounds, x0, start);
  const rows = constraintsOf("minimize: constraints", constraints, start, back);
  return { problem: problemOf(objective, start, box, rows), back };
}
