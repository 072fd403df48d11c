/** @file Taylor mode of products, for families of primitives. */
import type { NDArray } from "../core/array.ts";
import type { JetRule, Params } from "../core/primitive.ts";
import { type Tangent, Zero, isZero } from "../core/zero.ts";
import { range } from "../base/util.ts";
import { addTangents } from "./tangents.ts";

/** The k-th coefficient of a product of two series: the sum of the products whose orders add up to k. */
export function productTerm(
  a: (k: number) => Tangent,
  b: (k: number) => Tangent,
  from: number,
  k: number,
  multiply: (x: NDArray, y: NDArray) => NDArray,
): Tangent | null {
  let sum: Tangent | null = null;
  for (const j of range(k + 1 - from, from)) {
    const [x, y] = [a(k - j), b(j)];
    if (isZero(x) || isZero(y)) continue;
    const term = multiply(x, y);
    sum = sum === null ? term : addTangents(sum, term);
  }
  return sum;
}

/** A map linear in each of its two operands. */
export function bilinearJet<P extends Params>(
  apply: (x: NDArray, y: NDArray, params: P) => NDArray,
): JetRule<P> {
  return ([x, y], outs, params) =>
    (k) => {
      const term = productTerm(
        (j) => x.coefficient(j),
        (j) => y.coefficient(j),
        0,
        k,
        (a, b) => apply(a, b, params),
      );
      return [term ?? new Zero(outs(0)[0].aval)];
    };
}
