/** @file `odeint` as users call it. */
import type { ArrayLike, NDArray } from "../core/array.ts";
import { treeUnflatten } from "../core/tree.ts";
import type { ArrayTree, LikeTree, Returned } from "../core/tree-types.ts";
import type { AnyFunction } from "../api/flatten.ts";
import { flow } from "./flow.ts";
import { type OdeOptions, checkCourse } from "./options.ts";
import { prepare } from "./prepare.ts";

/**
 * Integrates y' = func(y, t, ...args) from y(t[0]) = y0 with steps of adaptive length, and returns y at the times `t`,
 * stacked along a leading axis. States are arrays or trees of them, real or complex; times are real and must not decrease.
 * A trial step that meets a NaN or an infinity (the rate has left its domain) is made shorter; `func` is never evaluated
 * beyond the last time. A solution that cannot be continued is NaN from there on.
 *
 * Differentiable in both modes and to every order with respect to `y0`, `t`, `args` and what `func` closes over. Forward
 * mode integrates the variational equation. Reverse mode is the gradient of the steps that were taken, the lengths of
 * which are constants; they are made again, short enough for the solution and for a tangent of it, and kept on the way as
 * those of every `whileLoop` are: up to 65 536 states (no more than 16 MiB of them, but 16 at least), whatever their
 * number; and for each of the times t one state, its slope and a polynomial. With `adjoint: "continuous"` it is the adjoint
 * equation, integrated backwards in time together with the state: it keeps nothing, and is right only where the problem is
 * stable in that direction, too.
 *
 * @throws IntegrationError where more than `mxstep` steps are needed between two times, saying where it stopped; under
 * `jit` and `vmap` the values are NaN from there on, and so are derivatives that need more
 * @throws ArgumentError for times that decrease or are not finite (NaN where they are traced) and unknown options
 * @throws DTypeError for states of half precision, and a rate whose type is not that of the state
 * @see jax.experimental.ode.odeint
 * @example
 * const decay = (k: Array) => odeint((y: Array) => y.mul(k).neg(), 1, np.array([0, 1])).slice(1);
 * decay(np.array(2)).item(); // 0.135335…
 * grad(decay)(2).item(); // -0.135335…
 */
export function odeint<const Y, A extends unknown[]>(
  func: (y: NoInfer<ArrayTree<Y>>, t: NDArray, ...args: A) => NoInfer<Returned<Y>>,
  y0: Y,
  t: ArrayLike,
  ...rest: [...args: { [K in keyof A]: LikeTree<A[K]> }, options: OdeOptions]
): ArrayTree<Y>;
export function odeint<const Y, A extends unknown[]>(
  func: (y: NoInfer<ArrayTree<Y>>, t: NDArray, ...args: A) => NoInfer<Returned<Y>>,
  y0: Y,
  t: ArrayLike,
  ...args: { [K in keyof A]: LikeTree<A[K]> }
): ArrayTree<Y>;
export function odeint(func: AnyFunction, y0: unknown, t: ArrayLike, ...rest: readonly unknown[]): unknown {
  const { problem, def, start, ts, params } = prepare("odeint", func, y0, t, rest);
  const course = flow(problem, start, ts, params);
  checkCourse("odeint", course, ts, problem.limits);
  return treeUnflatten(def, course.ys);
}
