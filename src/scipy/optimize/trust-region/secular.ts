/**
 * @file The minimum of a quadratic model in a ball, from the eigenvalues of its matrix: the multiplier μ makes the step
 * −(Λ + μ)⁻¹ g as long as the radius. Newton's method on 1/‖step‖, which is almost a line in μ, within an interval that
 * holds the root; where the gradient has no part along the lowest eigenvalue (the hard case), that part is free.
 *
 * Source: Moré and Sorensen, SIAM J. Sci. Stat. Comput. 4 (1983); Nocedal and Wright, section 4.3.
 */
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { where } from "../../../numpy/ufuncs/logic.ts";
import { and, flag, int, norm, not, or, zero } from "../traced.ts";

interface Root {
  readonly mu: NDArray;
  readonly low: NDArray;
  readonly high: NDArray;
  readonly rounds: NDArray;
  readonly done: NDArray;
}

/** Steps are as long as the radius within this. */
const tolerance = 1e-10;

/**
 * The step in the coordinates of the eigenvectors, for values (ascending or not) and the gradient in those coordinates;
 * values that stand for nothing are infinite. And whether it is as long as the radius.
 */
export function stepInBall(values: NDArray, g: NDArray, radius: NDArray): [step: NDArray, hits: NDArray] {
  const lowest = lax.reduceMin(values, [0]);
  const size = norm(g);
  const dividing = (mu: NDArray): NDArray => {
    const d = values.add(mu);
    return where(d.equal(0), lax.fullLike(d, 0), g.neg().div(where(d.equal(0), lax.fullLike(d, 1), d)));
  };
  const free = dividing(zero(radius));
  const inside = and(lowest.greater(0), norm(free).lessEqual(radius));
  const scale = lax.max(
    lax.reduceMax(where(lax.isFinite(values), lax.abs(values), lax.fullLike(values, 0)), [0]),
    size.div(radius),
  );
  const floor = lax.max(lowest.neg(), 0);
  // ‖step(μ)‖ ≤ ‖g‖ / (λ₁ + μ): above this it is shorter than the radius.
  const ceiling = lax.max(size.div(radius).sub(lowest), floor);
  const start = lax.max(floor.add(scale.mul(1e-14)), lax.sqrt(floor.mul(ceiling)));
  const next = (s: Root): Root => {
    const d = values.add(s.mu);
    const step = g.div(d);
    const length = norm(step);
    const long = length.greater(radius);
    const low = where(long, s.mu, s.low);
    const high = where(long, s.high, s.mu);
    const slope = lax.reduceSum(step.mul(step).div(d), [0]);
    const newton = s.mu.add(length.mul(length).div(slope).mul(length.sub(radius).div(radius)));
    const within = and(newton.greater(low), newton.less(high));
    const middle = where(
      low.greater(0),
      lax.sqrt(low).mul(lax.sqrt(high)),
      lax.max(high.mul(0.01), low.add(high.sub(low).mul(0.01))),
    );
    const close = lax.abs(length.sub(radius)).lessEqual(radius.mul(tolerance));
    const narrow = high.sub(low).lessEqual(lax.abs(high).mul(1e-15));
    return {
      mu: where(close, s.mu, where(within, newton, middle)),
      low,
      high,
      rounds: s.rounds.add(int(1)),
      done: or(close, narrow, not(lax.isFinite(length))),
    };
  };
  const { mu } = lax.whileLoop((s: Root) => and(not(s.done), s.rounds.less(80)), next, {
    mu: start,
    low: floor,
    high: ceiling,
    rounds: int(0),
    done: or(inside, flag(false)),
  });
  const bent = dividing(mu);
  // The hard case: what is missing goes along the lowest eigenvector.
  const missing = lax.max(radius.mul(radius).sub(lax.reduceSum(bent.mul(bent), [0])), 0);
  const isLowest = lax.eq(lax.iota("int32", values.size), lax.argmin(values, 0, "int32"));
  const hard = and(lowest.lessEqual(0), norm(bent).less(radius.mul(1 - 1e-6)));
  const side = where(bent.less(0), lax.fullLike(bent, -1), lax.fullLike(bent, 1));
  const filled = bent.add(where(and(isLowest, hard), side.mul(lax.sqrt(missing)), lax.fullLike(bent, 0)));
  return [where(inside, free, filled), not(inside)];
}
