/**
 * @file Taylor mode of functions whose series follows from an equation between products of series, at the cost of a few
 * products: fewer than solving for it from a derivative that is exact at every order.
 */
import type { NDArray } from "../../core/array.ts";
import type { TaylorSeries } from "../../core/primitive.ts";
import { type Tangent, Zero, isZero } from "../../core/zero.ts";
import { productTerm } from "../../interpreters/jet-rules.ts";
import { addTangents, scaleTangent } from "../../interpreters/tangents.ts";
import { div, mul } from "./arithmetic.ts";

type Terms = (k: number) => Tangent;

/** Coefficients that are computed once. */
function remembered(f: Terms): Terms {
  const known = new Map<number, Tangent>();
  return (k) => {
    let term = known.get(k);
    if (term === undefined) known.set(k, (term = f(k)));
    return term;
  };
}

const termsOf =
  (x: TaylorSeries): Terms =>
  (k) =>
    x.coefficient(k);
/** Coefficient k times k: of the derivative, one place further on. */
const slopes = (x: Terms): Terms => remembered((k) => scaleTangent(x(k), k));

function sum(terms: readonly (Tangent | null)[], like: Tangent): Tangent {
  const present = terms.filter((t): t is Tangent => t !== null && !isZero(t));
  return present.length === 0 ? new Zero(like.aval) : present.reduce(addTangents);
}
const scaled = (t: Tangent | null, factor: number): Tangent | null =>
  t === null ? null : scaleTangent(t, factor);
const over = (t: Tangent, divisor: NDArray): Tangent => (isZero(t) ? t : div(t, divisor));

/** x², from the first coefficient on. */
const squares = (x: Terms): Terms => remembered((k) => sum([productTerm(x, x, 0, k, mul)], x(0)));

/** y = q^(−n/2) for q = c + s·x²: from q·y′ = −(n/2)·q′·y. */
export function rootJet(
  x: TaylorSeries,
  y: Terms,
  [sign, q0]: readonly [sign: number, q0: NDArray],
  n: number,
): Terms {
  const square = squares(termsOf(x));
  const q = remembered((k) => scaleTangent(square(k), sign));
  const dq = slopes(q);
  return (k) => {
    const whole = scaled(productTerm(y, q, 1, k, mul), -1);
    const moved = n === 2 ? null : scaled(productTerm(y, dq, 1, k, mul), (1 - n / 2) / k);
    return over(sum([whole, moved], y(0)), q0);
  };
}

/** √x, from the first coefficient on: from y² = x. */
export const squareRootJet =
  (x: TaylorSeries, y: Terms): Terms =>
  (k) => {
    // Orders below k, of those that are solved for.
    const below = (j: number): Tangent => (j < k ? y(j) : new Zero(y(0).aval));
    const known = scaled(productTerm(below, below, 1, k, mul), -1);
    return over(sum([x.coefficient(k), known], y(0)), mul(2, y(0) as NDArray));
  };

/** θ, the angle of (x, y): from (x² + y²)·θ′ = x·y′ − y·x′. */
export function angleJet(y: TaylorSeries, x: TaylorSeries, angle: Terms): Terms {
  const [a, b] = [termsOf(x), termsOf(y)];
  const [da, db, dAngle] = [slopes(a), slopes(b), slopes(angle)];
  const [aa, bb] = [squares(a), squares(b)];
  const r = remembered((k) => sum([aa(k), bb(k)], a(0)));
  return (k) => {
    const forward = productTerm(a, db, 1, k, mul);
    const back = scaled(productTerm(b, da, 1, k, mul), -1);
    // Orders below k: of the angle that of order k is solved for.
    const below = (j: number): Tangent => (j < k ? dAngle(j) : new Zero(r(0).aval));
    const known = scaled(productTerm(r, below, 1, k, mul), -1);
    return over(scaleTangent(sum([forward, back, known], a(0)), 1 / k), r(0) as NDArray);
  };
}
