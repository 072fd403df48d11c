/** @file Fixed points x = f(params, x), by iteration, with implicit derivatives. */
import { refuseMore } from "../base/checks.ts";
import type { NDArray } from "../core/array.ts";
import type { ArrayTree, Returned } from "../core/tree-types.ts";
import { callWith, flattenArrays } from "../api/flatten.ts";
import * as lax from "../control-flow/lax.ts";
import { type Vector, sub } from "../scipy/sparse/vectors.ts";
import { type SolveOptions, guessOf, isSmall, orNaN, scaleOf, settingsOf, solveLinear } from "./common.ts";

interface State {
  readonly x: Vector;
  readonly scale: NDArray;
  readonly steps: NDArray;
  readonly converged: NDArray;
}

/**
 * The fixed point x = f(params, x) that iteration from `x0` leads to (at most 1000 steps by default); NaN if it does not
 * converge. Arrays or trees.
 *
 * Differentiable with respect to `params` and what `f` closes over, in both modes and to every order: the derivative is
 * the solution of (1 − ∂f/∂x) dx = ∂f/∂params dparams at the fixed point, whatever the number of iterations was. The
 * starting point has none.
 *
 * @example
 * // The solution of x = a cos x.
 * const solve = (a: Array) => implicit.fixedPoint((a: Array, x: Array) => np.cos(x).mul(a), a, 0.5);
 * solve(np.array(1)).item(); // 0.739085…
 * grad(solve)(1).item(); // 0.441610…
 */
export function fixedPoint<const P, const X>(
  f: (params: NoInfer<ArrayTree<P>>, x: NoInfer<ArrayTree<X>>) => NoInfer<Returned<X>>,
  params: P,
  x0: X,
  options?: SolveOptions,
  ...more: []
): ArrayTree<X> {
  refuseMore("fixedPoint", 4, more);
  const [start, back] = guessOf("fixedPoint", x0);
  const { tol, maxiter } = settingsOf("fixedPoint", options, start, 1000);
  const image = (x: unknown): unknown => callWith(f, [params, x]);
  const leaves = (x: unknown): Vector => flattenArrays(x, "fixedPoint: the function's result")[0];
  const solve = (): unknown => {
    const final = lax.whileLoop(
      (s: State) => lax.bitwiseAnd(lax.bitwiseNot(s.converged), lax.lt(s.steps, maxiter)),
      (s: State): State => {
        const x = leaves(image(back(s.x)));
        const scale = lax.max(s.scale, scaleOf(x));
        return { x, scale, steps: lax.add(s.steps, 1), converged: isSmall(sub(x, s.x), x, tol, scale) };
      },
      {
        x: start,
        scale: scaleOf(start),
        steps: lax.full([], 0, "int32"),
        converged: lax.full([], 0, "bool"),
      },
    );
    return back(orNaN(final.converged, final.x));
  };
  const residual = (x: unknown): unknown => back(sub(leaves(x), leaves(image(x))));
  return lax.customRoot<unknown>(residual, back(start), solve, solveLinear) as ArrayTree<X>;
}
