/** @file Quadratic models ½ ‖J s‖² + ½ sᵀ D s + g · s along lines, and where lines meet boxes and balls. */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../control-flow/lax.ts";
import { sign } from "../../numpy/ufuncs/arithmetic.ts";
import { where } from "../../numpy/ufuncs/logic.ts";
import type { Box } from "../../scipy/optimize/problem.ts";
import { and, dot } from "../../scipy/optimize/traced.ts";

/** The model: products with J, the diagonal D (null: zero) and the gradient. */
export interface Quadratic {
  readonly apply: (s: NDArray) => NDArray;
  readonly diagonal: NDArray | null;
  readonly gradient: NDArray;
}

export function valueOf({ apply, diagonal, gradient }: Quadratic, s: NDArray): NDArray {
  const js = apply(s);
  const square = dot(js, js);
  const all = diagonal === null ? square : square.add(dot(s.mul(diagonal), s));
  return all.div(2).add(dot(gradient, s));
}

/** a, b and c of the model a t² + b t + c along start + t s. */
export function along(
  model: Quadratic,
  s: NDArray,
  start: NDArray | null = null,
): readonly [a: NDArray, b: NDArray, c: NDArray] {
  const { apply, diagonal, gradient } = model;
  const js = apply(s);
  const bent = diagonal === null ? dot(js, js) : dot(js, js).add(dot(s.mul(diagonal), s));
  const a = bent.div(2);
  const b = dot(gradient, s);
  if (start === null) return [a, b, lax.fullLike(a, 0)];
  const more = dot(apply(start), js);
  const tilt = diagonal === null ? more : more.add(dot(start.mul(diagonal), s));
  return [a, b.add(tilt), valueOf(model, start)];
}

/** The lowest point of a t² + b t + c for t from `low` to `high`, and the value there. */
export function lowest(
  [a, b, c]: readonly [NDArray, NDArray, NDArray],
  low: NDArray,
  high: NDArray,
): [t: NDArray, value: NDArray] {
  const value = (t: NDArray): NDArray => t.mul(a.mul(t).add(b)).add(c);
  const vertex = b.mul(-0.5).div(where(a.equal(0), lax.fullLike(a, 1), a));
  const inner = and(a.notEqual(0), vertex.greater(low), vertex.less(high));
  const end = where(value(low).lessEqual(value(high)), low, high);
  const t = where(and(inner, value(vertex).less(value(end))), vertex, end);
  return [t, value(t)];
}

/** How far x + t s stays in the box, and the sign of s for the unknowns that meet their bounds there. */
export function toBox(x: NDArray, s: NDArray, { lower, upper }: Box): [t: NDArray, hits: NDArray] {
  const still = s.equal(0);
  const divisor = where(still, lax.fullLike(s, 1), s);
  const steps = where(
    still,
    lax.fullLike(s, Infinity),
    lax.max(lower.sub(x).div(divisor), upper.sub(x).div(divisor)),
  );
  const least = lax.reduceMin(steps, [0]);
  return [least, where(steps.equal(least), sign(s), lax.fullLike(s, 0))];
}

/** The larger t with ‖x + t s‖ = radius, for x in the ball. */
export function toBall(x: NDArray, s: NDArray, radius: NDArray): NDArray {
  const a = dot(s, s);
  const b = dot(x, s);
  const c = dot(x, x).sub(radius.mul(radius));
  const root = lax.sqrt(lax.max(b.mul(b).sub(a.mul(c)), 0));
  const q = b.add(where(b.less(0), root.neg(), root)).neg();
  const safe = where(a.equal(0), lax.fullLike(a, 1), a);
  return lax.max(q.div(safe), where(q.equal(0), lax.fullLike(q, 0), c.div(q)));
}

export const isInside = (x: NDArray, { lower, upper }: Box): NDArray =>
  lax.reduceAnd(and(x.greaterEqual(lower), x.lessEqual(upper)), [0]);
