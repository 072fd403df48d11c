/**
 * @file log(eˣ + eʸ) of complex numbers and its sibling in base 2, their imaginary parts in [−π, π] (over log 2). With m the
 * operand of the larger real part and d the other less m it is m + log(1 + eᵈ). Source: jax/_src/lax/other.py, `logaddexp`.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../lax/plain.ts";
import { ge } from "../operands/order.ts";

/** An angle in [−π, π]. */
const principal = (angle: NDArray): NDArray =>
  lax.select(lax.le(lax.abs(angle), Math.PI), angle, lax.atan2(lax.sin(angle), lax.cos(angle)));

export function complexLogaddexp(x: NDArray, y: NDArray): NDArray {
  const first = ge(x, y);
  const [m, other] = [lax.select(first, x, y), lax.select(first, y, x)];
  // Equal infinities have no difference; where both powers are 0 so is their sum.
  const difference = lax.select(lax.eq(x, y), 0, lax.sub(other, m));
  const none = lax.eq(lax.real(m), -Infinity);
  const sum = lax.add(m, lax.log1p(lax.exp(lax.select(none, 0, difference))));
  return lax.select(none, -Infinity, lax.complex(lax.real(sum), principal(lax.imag(sum))));
}

/** The natural one of scaled operands. */
export const complexLogaddexp2 = (x: NDArray, y: NDArray): NDArray =>
  lax.div(complexLogaddexp(lax.mul(x, Math.LN2), lax.mul(y, Math.LN2)), Math.LN2);
