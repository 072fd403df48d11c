/** @file Roots f(x) = 0, by Newton's method or by bisection, with implicit derivatives. */
import { refuseMore } from "../base/checks.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import type { ArrayTree, Returned } from "../core/tree-types.ts";
import { ShapeError } from "../base/errors.ts";
import { callWith, flattenArrays } from "../api/flatten.ts";
import { linearize } from "../api/jvp.ts";
import * as lax from "../control-flow/lax.ts";
import { broadcastShapes } from "../dtypes/shape.ts";
import { asArray } from "../lax/operands/convert.ts";
import { broadcastToShape } from "../lax/shapes/movement.ts";
import { finfo } from "../numpy/dtypes/dtypes.ts";
import { promoteInexact } from "../numpy/operands/promote.ts";
import { type Vector, addScaled, choose, every, norm } from "../scipy/sparse/vectors.ts";
import { type SolveOptions, guessOf, isSmall, orNaN, scaleOf, settingsOf, solveLinear } from "./common.ts";

interface NewtonState {
  readonly x: Vector;
  readonly value: Vector;
  readonly scale: NDArray;
  readonly steps: NDArray;
  readonly converged: NDArray;
}

const leavesOf = (tree: unknown, what: string): Vector =>
  flattenArrays(tree, `${what}: the function's result`)[0];

/**
 * A root of `f` close to `x0`, by Newton's method (at most 50 steps by default, shortened where the residual would grow);
 * NaN if it does not converge. `f` maps arrays or trees to their like. Systems are solved by `gmres`: no Jacobian is made.
 *
 * Differentiable with respect to what `f` closes over, in both modes and to every order, as roots are by the implicit
 * function theorem; the starting point has no derivative.
 *
 * @example
 * const root = (a: Array) => implicit.newton((x: Array) => x.pow(3).add(x).sub(a), 1);
 * root(np.array(10)).item(); // 2.0…
 * grad(root)(10).item(); // 0.076923…
 */
export function newton<const X>(
  f: (x: NoInfer<ArrayTree<X>>) => NoInfer<Returned<X>>,
  x0: X,
  options?: SolveOptions,
  ...more: []
): ArrayTree<X> {
  refuseMore("newton", 3, more);
  const [start, back] = guessOf("newton", x0);
  const { tol, maxiter } = settingsOf("newton", options, start, 50);
  const evaluate = (x: Vector): Vector => leavesOf(callWith(f, [back(x)]), "newton");
  const step = (s: NewtonState): NewtonState => {
    const [, slope] = linearize(f as (x: unknown) => unknown, [back(s.x)]);
    const direction = leavesOf(solveLinear(slope, back(s.value)), "newton");
    const size = norm(s.value);
    const moved = (fraction: NDArray): Vector => addScaled(s.x, lax.neg(fraction), direction);
    const one = lax.fullLike(size, 1);
    const shorter = lax.whileLoop(
      ({ fraction }: { fraction: NDArray }) => {
        const growing = lax.bitwiseNot(lax.lt(norm(evaluate(moved(fraction))), size));
        return lax.bitwiseAnd(growing, lax.gt(fraction, 1e-6));
      },
      ({ fraction }: { fraction: NDArray }) => ({ fraction: lax.mul(fraction, 0.5) }),
      { fraction: one },
    );
    // At the limit of rounding no fraction makes the residual smaller, and the whole step is tiny.
    const fraction = lax.select(lax.gt(shorter.fraction, 1e-6), shorter.fraction, one);
    const x = moved(fraction);
    const scale = lax.max(s.scale, scaleOf(x));
    // An infinite slope gives no direction.
    const still = every(direction, (leaf) => lax.eq(leaf, 0));
    const whole = lax.bitwiseAnd(lax.eq(fraction, 1), lax.bitwiseNot(still));
    return {
      x,
      value: evaluate(x),
      scale,
      steps: lax.add(s.steps, 1),
      converged: lax.bitwiseAnd(isSmall(direction, x, tol, scale), whole),
    };
  };
  const solve = (): unknown => {
    const value = evaluate(start);
    const final = lax.whileLoop(
      (s: NewtonState) => lax.bitwiseAnd(lax.bitwiseNot(s.converged), lax.lt(s.steps, maxiter)),
      // Where f is exactly 0 there is nothing to divide.
      (s: NewtonState) => {
        const zero = lax.eq(norm(s.value), 0);
        const next = step(s);
        return {
          x: choose(zero, s.x, next.x),
          value: choose(zero, s.value, next.value),
          scale: next.scale,
          steps: next.steps,
          converged: lax.bitwiseOr(zero, next.converged),
        };
      },
      {
        x: start,
        value,
        scale: scaleOf(start),
        steps: lax.full([], 0, "int32"),
        converged: lax.full([], 0, "bool"),
      },
    );
    return back(orNaN(final.converged, final.x));
  };
  return lax.customRoot<unknown>(
    f as (x: unknown) => unknown,
    back(start),
    solve,
    solveLinear,
  ) as ArrayTree<X>;
}

interface Interval {
  readonly lo: NDArray;
  readonly hi: NDArray;
  readonly steps: NDArray;
}

/**
 * The root of a function of one number between `lo` and `hi`, where it changes its sign, to the last digit; NaN where it
 * does not, where it does so at a pole, and where `maxiter` steps do not reach `tol`. An infinite end stands for the largest
 * number. For arrays, `f` works element by element, and each element has an interval of its own.
 *
 * Differentiable as `newton` is; the ends of the interval have no derivatives.
 *
 * @example
 * const logarithm = (a: Array) => implicit.bisect((x: Array) => np.exp(x).sub(a), -10, 10);
 * logarithm(np.array(5)).item(); // 1.609437912434…
 * grad(logarithm)(5).item(); // 0.2…
 */
export function bisect(
  f: (x: NDArray) => ArrayLike,
  lo: ArrayLike,
  hi: ArrayLike,
  options?: SolveOptions,
  ...more: []
): NDArray {
  refuseMore("bisect", 4, more);
  const ends = promoteInexact("bisect", lo, hi);
  const shape = broadcastShapes(
    ends.map((x) => x.shape),
    "bisect",
  );
  const [a, b] = ends.map((x) => {
    const { max } = finfo(x.dtype);
    return lax.clamp(-max, lax.convertElementType(broadcastToShape(x, shape), x.dtype), max);
  });
  const { tol, maxiter } = settingsOf("bisect", { tol: 0, ...options }, [a], 2100);
  const evaluate = (x: NDArray): NDArray => {
    const value = asArray(callWith(f, [x]) as ArrayLike, "bisect");
    if (value.ndim !== shape.length)
      throw new ShapeError(
        `bisect: the function must return the shape of its argument, [${shape.join(",")}]; got [${value.shape.join(",")}].`,
      );
    return value;
  };
  const half = (s: Interval): NDArray => lax.add(lax.mul(s.lo, 0.5), lax.mul(s.hi, 0.5));
  const open = (s: Interval): NDArray => {
    const m = half(s);
    const [left, right] = [lax.min(s.lo, s.hi), lax.max(s.lo, s.hi)];
    const wide = lax.gt(lax.sub(right, left), lax.mul(lax.add(lax.abs(m), 1), tol));
    return lax.bitwiseAnd(wide, lax.bitwiseAnd(lax.gt(m, left), lax.lt(m, right)));
  };
  const solve = (): NDArray => {
    const [below, above] = [evaluate(a), evaluate(b)];
    const rising = lax.lt(below, above);
    const final = lax.whileLoop(
      (s: Interval) => {
        const any = lax.reduceOr(
          open(s),
          shape.map((_, i) => i),
        );
        return lax.bitwiseAnd(any, lax.lt(s.steps, maxiter));
      },
      (s: Interval): Interval => {
        const m = half(s);
        const value = evaluate(m);
        // The root lies above the middle.
        const up = lax.bitwiseXor(rising, lax.gt(value, 0));
        const zero = lax.eq(value, 0);
        return {
          lo: lax.select(lax.bitwiseOr(zero, up), m, s.lo),
          hi: lax.select(lax.bitwiseOr(zero, lax.bitwiseNot(up)), m, s.hi),
          steps: lax.add(s.steps, 1),
        };
      },
      { lo: a, hi: b, steps: lax.full([], 0, "int32") },
    );
    const { lo: left, hi: right } = final;
    const [low, high] = [evaluate(left), evaluate(right)];
    // Of the two ends the one with the smaller residual.
    const better = lax.le(lax.abs(low), lax.abs(high));
    const residual = lax.min(lax.abs(low), lax.abs(high));
    const crosses = (u: NDArray, v: NDArray): NDArray => lax.le(lax.mul(lax.sign(u), lax.sign(v)), 0);
    // Also of the last interval: a NaN on the way leads astray. At a pole the values are larger than at the ends.
    const signs = lax.bitwiseAnd(crosses(below, above), crosses(low, high));
    const root = lax.bitwiseAnd(signs, lax.le(residual, lax.max(lax.abs(below), lax.abs(above))));
    const found = lax.bitwiseAnd(root, lax.bitwiseNot(open(final)));
    return lax.select(found, lax.select(better, left, right), lax.fullLike(left, NaN));
  };
  const each = (g: (x: NDArray) => NDArray, y: NDArray): NDArray => lax.div(y, g(lax.fullLike(y, 1)));
  return lax.customRoot<NDArray>(f, half({ lo: a, hi: b, steps: a }), solve, each as never);
}
