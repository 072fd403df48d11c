/**
 * @file The Hurwitz zeta function with its derivative in the first argument, which the library's own (as JAX's) has not: a
 * program may compute it of what it differentiates, without its being needed.
 *
 * ζ(s, q) = Σₖ₍ₖ₋ₙ₎ (q + k)⁻ˢ + a¹⁻ˢ/(s − 1) + a⁻ˢ/2 + Σⱼ B₂ⱼ/(2j)! · s(s + 1)…(s + 2j − 2) · a⁻ˢ⁻²ʲ⁺¹ with a = q + n
 * (Euler and Maclaurin; n = 12 and nine terms, for q > 0 exact to rounding), differentiated as it stands.
 */
import { customJvp } from "../../../api/custom.ts";
import { jvp } from "../../../api/jvp.ts";
import { SymbolicZero } from "../../../api/rules/symbolic-zero.ts";
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { range } from "../../../base/util.ts";

/** (2j)!/B₂ⱼ. */
const divisors: readonly number[] = [
  12, -720, 30240, -1209600, 47900160, -1892437580.3183792, 7.47242496e10, -2950130727918.164,
  1.1646782814350067e14,
];

function eulerMaclaurin(s: NDArray, q: NDArray): NDArray {
  const number = (x: number): NDArray => lax.fullLike(s, x);
  const power = (x: NDArray): NDArray => lax.exp(lax.mul(lax.neg(s), lax.log(x)));
  const a = lax.add(q, number(12));
  const first = range(12).map((k) => power(lax.add(q, number(k))));
  const last = power(a);
  const tail = lax.mul(last, lax.add(lax.div(a, lax.sub(s, number(1))), number(0.5)));
  let term = lax.div(lax.mul(s, last), a);
  const corrections = divisors.map((d, j) => {
    const here = lax.div(term, number(d));
    const next = lax.mul(lax.add(s, number(2 * j + 1)), lax.add(s, number(2 * j + 2)));
    term = lax.div(lax.mul(term, next), lax.mul(a, a));
    return here;
  });
  return [...first, tail, ...corrections].reduce((x, y) => lax.add(x, y));
}

/** ∂ζ(s, q)/∂s. */
const rate = (s: NDArray, q: NDArray): NDArray =>
  jvp((x: NDArray) => eulerMaclaurin(x, q), [s], [lax.fullLike(s, 1)])[1];

/** ζ(s, q), of arrays of one shape. */
export function zeta(s: NDArray, q: NDArray): NDArray {
  const f = customJvp((x: NDArray, y: NDArray) => lax.zeta(x, y));
  const rule = (
    [x, y]: readonly NDArray[],
    [tx, ty]: readonly (NDArray | SymbolicZero)[],
  ): readonly [NDArray, NDArray] => {
    const parts: NDArray[] = [];
    if (!(tx instanceof SymbolicZero)) parts.push(lax.mul(tx, rate(x, y)));
    if (!(ty instanceof SymbolicZero))
      parts.push(lax.mul(ty, lax.neg(lax.mul(x, zeta(lax.add(x, lax.fullLike(x, 1)), y)))));
    const ans = f(x, y);
    return [ans, parts.length === 0 ? lax.fullLike(ans, 0) : parts.reduce((a, b) => lax.add(a, b))];
  };
  f.defJvp(rule, { symbolicZeros: true });
  return f(s, q);
}
