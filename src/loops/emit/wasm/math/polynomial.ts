/**
 * @file Evaluation of polynomials in the lanes of vectors: Horner's rule, and Estrin's for long ones, whose dependency
 * chain is short.
 */
import type { Kit } from "./kit.ts";

/** c[0] + c[1]·x + … by Horner's rule: n multiplications and additions for degree n ≥ 1. */
export function horner<T>(kit: Kit<T>, x: T, c: readonly number[]): T {
  const degree = c.length - 1;
  const constant = (i: number): T => kit.float(c[i]);
  // A leading 1 needs no multiplication.
  let y =
    c[degree] === 1 ? kit.add(x, constant(degree - 1)) : kit.madd(constant(degree), x, constant(degree - 1));
  for (let i = degree - 2; i >= 0; i--) y = kit.madd(y, x, constant(i));
  return kit.let(y);
}

/**
 * The same polynomial as pairs of a polynomial in x²: half as long a chain for one operation more.
 * `square` is x².
 */
export function evenOdd<T>(kit: Kit<T>, x: T, square: T, c: readonly number[]): T {
  const even = horner(
    kit,
    square,
    c.filter((_, i) => i % 2 === 0),
  );
  const odd = horner(
    kit,
    square,
    c.filter((_, i) => i % 2 === 1),
  );
  return kit.let(kit.madd(odd, x, even));
}
