/**
 * @file h = √(x² + y²) without overflow, and its derivatives: products of x, y and a power of 1/h, computed without overflow
 * or underflow on the way. They are 0 at the origin, the subgradient of least norm, as that of every other 2-norm.
 */
import type { NDArray } from "../../core/array.ts";
import type { NoParams, Primitive } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { elementwise } from "../families/elementwise.ts";
import { type Binary, binaryFunction } from "../families/functions.ts";
import { add, mul } from "./arithmetic.ts";
import { eq } from "./compare.ts";
import { neg, sqrt } from "./functions.ts";
import { integerPow } from "./power.ts";
import { select } from "./select.ts";
import { moderate, powerExpr } from "./scaling.ts";

const hypotP: Primitive<NoParams> = elementwise({
  name: "hypot",
  accepts: "float",
  scalar: ([x, y]) => {
    const [a, b] = [e.abs(x), e.abs(y)];
    const [large, small] = [e.max(a, b), e.min(a, b)];
    const ratio = e.div(small, large);
    const length = e.mul(large, e.sqrt(e.add(e.mul(ratio, ratio), 1)));
    const infinite = e.or(e.eq(a, Infinity), e.eq(b, Infinity));
    return e.select(infinite, Infinity, e.select(e.eq(large, 0), large, length));
  },
  jvp: [
    (g, _, [x, y]) => mul(g, hypotTerm(x, y, 1, 0, 1)),
    (g, _, [x, y]) => mul(g, hypotTerm(y, x, 1, 0, 1)),
  ],
});

type TermParams = { i: number; j: number; n: number };

/** A direction for infinite operands, which have no quotient: ±1 for infinite ones, 0 beside them. */
const directed = (x: Expr, size: Expr): Expr =>
  e.select(e.eq(size, Infinity), e.select(e.eq(e.abs(x), Infinity), e.apply("sign", x), e.f64(0)), x);

const termP: Primitive<TermParams> = elementwise<TermParams>({
  name: "hypot_term",
  accepts: "float",
  scalar: ([a, b], { i, j, n }) => {
    const [x, y] = [e.cast(a, "float64"), e.cast(b, "float64")];
    const size = e.max(e.abs(x), e.abs(y));
    const by = a.dtype === "float64" ? moderate(size) : e.f64(1);
    const [u, v] = [e.mul(directed(x, size), by), e.mul(directed(y, size), by)];
    const square = e.add(e.mul(u, u), e.mul(v, v));
    const h = e.sqrt(square);
    // Each factor is divided by h or h² before it is multiplied by the next.
    const factors = [...Array<Expr>(i).fill(u), ...Array<Expr>(j).fill(v)];
    const divisors = [...(n % 2 === 1 ? [h] : []), ...Array<Expr>(Math.floor(n / 2)).fill(square)];
    while (divisors.length > factors.length) factors.push(e.f64(1));
    const out = factors
      .map((factor, k) => (k < divisors.length ? e.div(factor, divisors[k]) : factor))
      .reduce((product, factor) => e.mul(product, factor));
    // Homogeneous of degree i + j − n.
    const scaled = n === i + j ? out : e.mul(out, powerExpr(by, n - i - j));
    const infinite = n === i + j ? scaled : e.select(e.eq(size, Infinity), 0, scaled);
    return e.cast(e.select(e.eq(size, 0), 0, infinite), a.dtype);
  },
  jvp: [
    (g, _, [x, y], { i, j, n }) => mul(g, alongFirst(x, y, i, j, n)),
    (g, _, [x, y], { i, j, n }) => mul(g, alongFirst(y, x, j, i, n)),
  ],
});

/** xⁱ·yʲ/hⁿ, 0 at the origin. */
export const hypotTerm = (x: NDArray, y: NDArray, i: number, j: number, n: number): NDArray =>
  bind1(termP, [x, y], { i, j, n });

/**
 * ∂ₓ xⁱ yʲ h⁻ⁿ. Of the first derivative c = x/h it is y²/h³, −xy/h³ of s = y/h. Those are c²/h and so on, with 1/h
 * differentiated as −c/h², so that derivatives of all orders are made of few functions.
 */
function alongFirst(x: NDArray, y: NDArray, i: number, j: number, n: number): NDArray {
  if (n === 1 && i + j === 1) return i === 1 ? hypotTerm(x, y, 0, 2, 3) : neg(hypotTerm(x, y, 1, 1, 3));
  const [c, s, inverse] = [hypotTerm(x, y, 1, 0, 1), hypotTerm(x, y, 0, 1, 1), hypotTerm(x, y, 0, 0, 1)];
  const power = (a: NDArray, k: number): NDArray | null => (k <= 0 ? null : integerPow(a, k));
  const product = (...factors: readonly (NDArray | null)[]): NDArray =>
    factors.filter((f) => f !== null).reduce((out, f) => mul(out, f));
  const rest = power(inverse, n - i - j + 1);
  // cⁱ sʲ h^(i+j−n): c′ = s²/h, s′ = −cs/h, (1/h)′ = −c/h²
  const across = i === 0 ? null : mul(i, product(rest, power(c, i - 1), power(s, j + 2)));
  const along = i === n ? null : mul(i - n, product(rest, power(c, i + 1), power(s, j)));
  return across === null ? along! : along === null ? across : add(across, along);
}

/**
 * The root of a sum of squares, real or of complex numbers' moduli: the 2-norm. At 0 it is held constant, so that the
 * derivatives of every order are 0 there, that of first order the subgradient of least norm.
 */
export function rootOfSquares(sum: NDArray): NDArray {
  const zero = eq(sum, 0);
  return select(zero, 0, sqrt(select(zero, 1, sum)));
}

/** √(x² + y²) without overflow. The derivative at the origin is 0. */
export const hypot: Binary = binaryFunction(hypotP);
