/**
 * @file The generalised Cauchy point: the first minimum of the quadratic model along the gradient, bent where it meets
 * bounds. The line is a chain of pieces between breakpoints; along each the model is a parabola.
 *
 * Source: Byrd, Lu, Nocedal and Zhu, SIAM J. Sci. Comput. 16 (1995), algorithm CP.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../control-flow/lax.ts";
import { argsort } from "../../numpy/sorting/sorting.ts";
import { clip, where } from "../../numpy/ufuncs/logic.ts";
import type { Compact } from "./lbfgsb.ts";
import type { Box } from "./problem.ts";
import { and, at, dot, int, put } from "./traced.ts";

interface Piece {
  /** How many variables reached their bounds, in the order of the breakpoints. */
  readonly reached: NDArray;
  /** Where the piece begins. */
  readonly t: NDArray;
  /** The direction, and p = Wᵀ d. */
  readonly d: NDArray;
  readonly p: NDArray;
  /** Wᵀ (x(t) − x). */
  readonly c: NDArray;
  /** The model's slope and curvature at t. */
  readonly slope: NDArray;
  readonly curvature: NDArray;
}

/** The point, and c = Wᵀ (point − x). */
export function cauchyPoint(
  x: NDArray,
  g: NDArray,
  { lower, upper }: Box,
  { theta, w, m }: Compact,
): { readonly x: NDArray; readonly c: NDArray } {
  const n = x.size;
  const still = g.equal(0);
  const bound = where(g.less(0), upper, lower);
  const reach = x.sub(bound).div(where(still, lax.fullLike(g, 1), g));
  const times = where(still, lax.fullLike(x, Infinity), lax.max(reach, 0));
  const order = argsort(times).astype("int32");
  const d = where(times.greater(0), g.neg(), lax.fullLike(g, 0));
  const square = dot(d, d);
  const p = lax.dot(d, w);
  const start: Piece = {
    reached: int(0),
    t: lax.fullLike(square, 0),
    d,
    p,
    c: lax.fullLike(p, 0),
    slope: square.neg(),
    curvature: square.mul(theta).sub(dot(p, lax.dot(m, p))),
  };
  /** The least curvature that is told from rounding. */
  const floor = square.mul(theta).mul(Number.EPSILON);
  const breakpoint = (s: Piece): NDArray => at(times, at(order, lax.min(s.reached, n - 1)));
  const stride = (s: Piece): NDArray => s.slope.neg().div(s.curvature);
  const beyond = (s: Piece): NDArray =>
    and(s.reached.less(n), lax.isFinite(breakpoint(s)), stride(s).greaterEqual(breakpoint(s).sub(s.t)));
  const end = lax.whileLoop(
    beyond,
    (s: Piece): Piece => {
      const b = at(order, s.reached);
      const t = at(times, b);
      const gb = at(g, b);
      const wb = at(w, b);
      const z = at(bound, b).sub(at(x, b));
      const c = s.c.add(s.p.mul(t.sub(s.t)));
      const moving = at(s.d, b).notEqual(0);
      const mp = lax.dot(m, s.p);
      const slope = s.slope
        .add(s.curvature.mul(t.sub(s.t)))
        .add(gb.mul(gb))
        .add(theta.mul(gb).mul(z))
        .sub(gb.mul(dot(wb, lax.dot(m, c))));
      const curvature = s.curvature
        .sub(theta.mul(gb).mul(gb))
        .sub(gb.mul(2).mul(dot(wb, mp)))
        .sub(gb.mul(gb).mul(dot(wb, lax.dot(m, wb))));
      // A variable that stood at its bound to begin with changes nothing.
      return {
        reached: s.reached.add(int(1)),
        t,
        d: put(s.d, lax.fullLike(gb, 0), b),
        p: where(moving, s.p.add(wb.mul(gb)), s.p),
        c,
        slope: where(moving, slope, s.slope),
        curvature: where(moving, lax.max(curvature, floor), s.curvature),
      };
    },
    start,
  );
  const onward = lax.max(stride(end), 0);
  // Where all stopped at bounds there is no way on, and 0 / 0.
  const last = where(lax.isFinite(onward), onward, lax.fullLike(onward, 0));
  const t = end.t.add(last);
  const moved = clip(x.add(end.d.mul(t)), lower, upper);
  return {
    x: where(end.d.equal(0), where(still, x, bound), moved),
    c: end.c.add(end.p.mul(last)),
  };
}
