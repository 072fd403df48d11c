/** @file `minimize` as users call it: trees, methods by name, and the implicit derivatives of the minimum. */
import { show, refuseMore } from "../../base/checks.ts";
import type { NDArray } from "../../core/array.ts";
import { type ArrayLike } from "../../core/array.ts";
import type { ArrayTree, LikeTree } from "../../core/tree-types.ts";
import { ArgumentError, ShapeError, checkOptions } from "../../base/errors.ts";
import { type AnyFunction, callWith } from "../../api/flatten.ts";
import { grad, valueAndGrad } from "../../api/grad.ts";
import * as lax from "../../control-flow/lax.ts";
import { asArray } from "../../lax/operands/convert.ts";
import { stopGradient } from "../../lax/identities/stop-gradient.ts";
import { cast, inexact } from "../../numpy/operands/promote.ts";
import { scaleByPower } from "../../numpy/ufuncs/powers-of-two.ts";
import { ravelPytree } from "../../tree/index.ts";
import { cg } from "../sparse/krylov.ts";
import { type Descent, type DescentOptions, type Objective, bfgs, descendScaled, lbfgs } from "./descent.ts";

/** Options of a method. */
export interface MethodOptions {
  /** The largest number of iterations; 200 times the number of unknowns by default. */
  readonly maxiter?: number | undefined;
  /**
   * Converged where no element of the gradient is larger; 1e-5 by default. Where the first gradient is beyond ε^±2, of
   * 5e-32 … 2e31 in float64, it is relative to that one.
   */
  readonly gtol?: number | undefined;
  /** Steps of a line search, at most: 10, for L-BFGS 20. */
  readonly lineSearchMaxiter?: number | undefined;
  /** L-BFGS: the number of steps remembered, 10 by default. */
  readonly maxcor?: number | undefined;
  /** L-BFGS: stop where the value falls by less in a step; 2.2e-9 by default. */
  readonly ftol?: number | undefined;
}

/** Options of `minimize`. */
export interface MinimizeOptions {
  readonly method: "BFGS" | "L-BFGS";
  /** Sets `gtol`. */
  readonly tol?: number | null | undefined;
  readonly options?: MethodOptions | undefined;
}

/** What `minimize` found. */
export interface OptimizeResults<X> {
  readonly x: ArrayTree<X>;
  readonly success: NDArray;
  /** 0: converged; 1: maxiter reached; 3 or 5: a line search failed; 4: the value no longer falls (ftol). */
  readonly status: NDArray;
  readonly fun: NDArray;
  /** The gradient at x. */
  readonly jac: ArrayTree<X>;
  /** BFGS's approximation of the inverse Hessian, over all elements of x in a row; null for L-BFGS. */
  readonly hessInv: NDArray | null;
  readonly nfev: NDArray;
  readonly njev: NDArray;
  readonly nit: NDArray;
}

interface Found {
  readonly state: Descent<unknown>;
  readonly inverse: NDArray | null;
}

const limitedNames = ["l-bfgs", "l-bfgs-b", "lbfgs", "l-bfgs-experimental-do-not-rely-on-this"];

/** The method of a name, as a function. */
function methodOf(
  name: string,
  tol: number | null | undefined,
  given: MethodOptions | undefined,
): (f: Objective, x0: NDArray) => Found {
  checkOptions("minimize: options", given, ["maxiter", "gtol", "lineSearchMaxiter", "maxcor", "ftol"]);
  const limited = limitedNames.includes(name.toLowerCase());
  if (!limited && name.toLowerCase() !== "bfgs")
    throw new ArgumentError(`minimize: method must be "BFGS" or "L-BFGS"; got ${show(name)}.`);
  const settings = (x0: NDArray): DescentOptions => ({
    maxiter: given?.maxiter ?? 200 * x0.size,
    gtol: given?.gtol ?? tol ?? 1e-5,
    ftol: limited ? (given?.ftol ?? 2.220446049250313e-9) : null,
    lineSearchMaxiter: given?.lineSearchMaxiter ?? (limited ? 20 : 10),
  });
  if (limited) {
    const size = given?.maxcor ?? 10;
    if (!Number.isInteger(size) || size < 1)
      throw new ArgumentError(`minimize: maxcor must be a positive whole number; got ${show(size)}.`);
    return (f, x0) => ({
      state: descendScaled(f, x0, lbfgs(size), settings(x0)).state,
      inverse: null,
    });
  }
  return (f, x0) => {
    const { state, inverseExponent } = descendScaled(f, x0, bfgs, settings(x0));
    return { state, inverse: scaleByPower(state.memory, inverseExponent) };
  };
}

/**
 * A local minimum of `fun(x, ...args)`, a scalar function of an array or tree, close to `x0`: by `method` "BFGS" or
 * "L-BFGS". Runs compiled, and for many starts at once under `vmap`.
 *
 * Where it converged, `x` (with `fun` and `jac`) is differentiable with respect to `args` and to what `fun` closes over:
 * the minimum moves as the gradient there must stay zero. The starting point has no derivative.
 *
 * @see jax.scipy.optimize.minimize
 * @example
 * const bowl = (x: Array) => np.sum(np.square(x.sub(np.array([1, 2]))));
 * scipy.optimize.minimize(bowl, np.zeros([2]), { method: "BFGS" }).x; // Array([1…, 2…])
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
  checkOptions("minimize", options, ["method", "tol", "options"]);
  if (typeof options?.method !== "string")
    throw new ArgumentError('minimize: the option method is required: "BFGS" or "L-BFGS".');
  const run = methodOf(options.method, options.tol, options.options);
  const [flat, back] = ravelPytree(x0);
  const start = stopGradient(cast(inexact("minimize: x0", flat), inexact("minimize: x0", flat).dtype));
  const objective = (x: NDArray): NDArray => {
    const value = callWith(fun, [back(x), ...args]);
    const out = asArray(value as ArrayLike, "minimize: the function's result");
    if (out.ndim !== 0)
      throw new ShapeError(
        `minimize: the function must return a scalar; got shape [${out.shape.join(",")}].`,
      );
    return cast(out, start.dtype);
  };
  const slope = (x: NDArray): NDArray => grad(objective)(x);
  const solve = (_: unknown, guess: NDArray): readonly [NDArray, unknown] => {
    const { state, inverse } = run((x) => valueAndGrad(objective)(x), guess);
    const { converged, status, evaluations, iterations } = state;
    return [state.x, { converged, status, evaluations, iterations, inverse }];
  };
  // The Hessian at a minimum is symmetric, so it is its own transpose.
  const moved = (g: (v: NDArray) => NDArray, y: NDArray): NDArray =>
    cg(g, y, { tol: 1e-12, maxiter: 20 * y.size + 20 })[0];
  const [x, aux] = lax.customRoot<NDArray>(slope, start, solve, moved as never, { hasAux: true });
  const found = aux as Record<"converged" | "status" | "evaluations" | "iterations", NDArray> & {
    readonly inverse: NDArray | null;
  };
  const [value, gradient] = valueAndGrad(objective)(x);
  return {
    x: back(x),
    success: found.converged,
    status: found.status,
    fun: value,
    jac: back(gradient),
    hessInv: found.inverse,
    nfev: found.evaluations,
    njev: found.evaluations,
    nit: found.iterations,
  };
}
