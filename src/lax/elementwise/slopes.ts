/**
 * @file Derivatives of elementary functions, as primitives of their own: each is computed from the operand, not from a
 * rounded result, without overflow or underflow on the way, and its own derivative is again such a primitive, so that
 * derivatives of any order keep their digits. Real operands only.
 */
import type { NDArray } from "../../core/array.ts";
import type { Primitive } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import type { DType } from "../../dtypes/dtype.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { elementwise, none } from "../families/elementwise.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { tanh } from "./functions.ts";
import { rootJet } from "./jets.ts";
import { moderate, powerExpr } from "./scaling.ts";

const isWide = (d: DType): boolean => d === "float64";

type Quadratic = "1+x²" | "1-x²" | "x²-1";
type RootParams = { q: Quadratic; n: number };

function quadratic(x: Expr, q: Quadratic): Expr {
  if (q === "1+x²") return e.add(e.mul(x, x), 1);
  // The sum makes +0 of −0, at −1.
  if (q === "x²-1") return e.add(e.mul(e.sub(x, 1), e.add(x, 1)), 0);
  // Below ½ the square has the smaller rounding error; beyond, 1 − |x| is exact.
  return e.select(e.lt(e.abs(x), 0.5), e.sub(1, e.mul(x, x)), e.mul(e.sub(1, x), e.add(x, 1)));
}

/** q^(n/2). */
function halfPower(q: Expr, n: number): Expr {
  if (n % 2 === 0) return powerExpr(q, n / 2);
  return n === 1 ? e.sqrt(q) : e.mul(powerExpr(q, (n - 1) / 2), e.sqrt(q));
}

/** xᵐ·q^(−n/2). */
function rootExpr(x: Expr, { q, n }: RootParams, m: 0 | 1): Expr {
  const near = e.div(m === 0 ? 1 : x, halfPower(quadratic(x, q), n));
  if (q === "1-x²") return near;
  // Beyond this the 1 is below half a unit of x², and x² may overflow.
  const far = powerExpr(e.div(1, x), n - m);
  const size = n % 2 === 0 ? far : e.select(e.lt(x, 0), e.neg(far), far);
  return e.select(e.gt(e.abs(x), isWide(x.dtype) ? 2 ** 27 : 2 ** 13), size, near);
}

/** The sign of x² in q. */
const signOf = (q: Quadratic): 1 | -1 => (q === "1-x²" ? -1 : 1);

const rootP: Primitive<RootParams> = elementwise<RootParams>({
  name: "inverse_root",
  accepts: "float",
  scalar: ([x], params) => rootExpr(x, params, 0),
  jvp: [(g, _, [x], { q, n }) => mul(g, mul(-n * signOf(q), inverseRootSlope(x, q, n + 2)))],
  jet: ([x], outs, { q, n }) => {
    const x0 = x.coefficient(0) as NDArray;
    const q0 = add(mul(mul(x0, x0), signOf(q)), q === "x²-1" ? -1 : 1);
    const terms = rootJet(x, (k) => outs(k)[0], [signOf(q), q0], n);
    return (k) => [k === 0 ? inverseRoot(x0, q, n) : terms(k)];
  },
});
/** q^(−n/2) for a quadratic q: the derivatives of the inverse trigonometric and hyperbolic functions, by n = 1 and 2. */
export const inverseRoot = (x: NDArray, q: Quadratic, n: number): NDArray => bind1(rootP, [x], { q, n });

const rootSlopeP: Primitive<RootParams> = elementwise<RootParams>({
  name: "inverse_root_slope",
  accepts: "float",
  scalar: ([x], params) => rootExpr(x, params, 1),
  // (x·q^(−n/2))′ = q^(−n/2) ∓ n·x²·q^(−n/2−1), from y = q^(1−n/2) and the value itself
  jvp: [
    (g, ans, [x], { q, n }) => {
      const y = inverseRoot(x, q, n - 2);
      const inverse = n === 3 ? mul(y, y) : y;
      return mul(g, add(mul(y, inverse), mul(mul(-n * signOf(q), mul(x, inverse)), ans)));
    },
  ],
});
/** x·q^(−n/2): their second derivatives, by n = 3 and 4. */
export const inverseRootSlope = (x: NDArray, q: Quadratic, n: number): NDArray =>
  bind1(rootSlopeP, [x], { q, n });

const sech2P = elementwise({
  name: "sech2",
  accepts: "float",
  scalar: ([x]) => {
    // In this form, which errors near 0 do not touch, it is shared with the value: src/loops/emit/wasm/tanh.ts.
    const t = e.exp(e.mul(e.abs(x), -2));
    const u = e.div(t, e.add(t, 1));
    return e.mul(e.mul(u, 4), e.sub(1, u));
  },
  jvp: [(g, ans, [x]) => mul(g, mul(mul(-2, tanh(x)), ans))],
});
/** 1/cosh² x, the derivative of tanh. */
export const sech2 = (x: NDArray): NDArray => bind1(sech2P, [x], none);

/** d σ(x) = σ(x)·σ(−x) = ¼ sech²(x/2). */
export const logisticSlope = (x: NDArray): NDArray => mul(0.25, sech2(mul(0.5, x)));

const exp2P: Primitive<{ k: number }> = elementwise<{ k: number }>({
  name: "exp2_derivative",
  accepts: "float",
  scalar: ([x], { k }) => {
    // 2ˣ may overflow where ln² 2·2ˣ does not; far from 0 the subtraction is exact.
    const high = e.gt(x, isWide(x.dtype) ? 1000 : 100);
    const factor = Math.LN2 ** k;
    const value = e.apply("exp2", e.select(high, e.sub(x, 2), x));
    return e.mul(value, e.select(high, e.constant(4 * factor, x.dtype), e.constant(factor, x.dtype)));
  },
  jvp: [(g, ans, [x], { k }) => mul(g, k < 2 ? exp2Derivative(x, k + 1) : mul(Math.LN2, ans))],
});
/** The k-th derivative of 2ˣ. */
export const exp2Derivative = (x: NDArray, k = 1): NDArray => bind1(exp2P, [x], { k });

type RootDerivative = { root: "sqrt" | "cbrt"; k: number };
const rootDerivativeP: Primitive<RootDerivative> = elementwise<RootDerivative>({
  name: "root_derivative",
  accepts: "float",
  scalar: ([x], { root, k }) => {
    // The factor first: √x/xᵏ may overflow where the product does not.
    let factor = 1;
    for (let i = 0; i < k; i++) factor *= (root === "sqrt" ? 1 / 2 : 1 / 3) - i;
    let out = e.mul(e.apply(root, x), factor);
    for (let i = 0; i < k; i++) out = e.div(out, x);
    const size = e.abs(x);
    const infinite = e.eq(root === "sqrt" ? x : size, Infinity);
    // √(−0) is −0, from which its slope, 1/2 over it, has its sign.
    const zero = root === "sqrt" ? x : size;
    return e.select(e.eq(size, 0), e.div(Math.sign(factor), zero), e.select(infinite, 0, out));
  },
  jvp: [(g, _, [x], { root, k }) => mul(g, rootDerivative(x, root, k + 1))],
});
/** The k-th derivative, k ≥ 1, of √x or ∛x: a multiple of √x/xᵏ, with the fewest roundings. */
export const rootDerivative = (x: NDArray, root: RootDerivative["root"], k = 1): NDArray =>
  bind1(rootDerivativeP, [x], { root, k });

/** Polynomials in y, one for each power of log x, each of k + 1 coefficients, lowest first. */
type TermParams = { polynomials: readonly number[]; k: number };

/** The polynomial, lowest coefficient first. */
function polynomialExpr(y: Expr, coefficients: readonly number[]): Expr {
  // Of a power that is not there, ∞·0 would make NaN.
  let degree = coefficients.length - 1;
  while (degree > 0 && coefficients[degree] === 0) degree--;
  return coefficients
    .slice(0, degree)
    .reduceRight<Expr>(
      (sum, c) => (c === 0 ? e.mul(sum, y) : e.add(e.mul(sum, y), c)),
      e.constant(coefficients[degree], y.dtype),
    );
}

const rows = ({ polynomials, k }: TermParams): number[][] =>
  Array.from({ length: polynomials.length / (k + 1) }, (_, l) =>
    polynomials.slice(l * (k + 1), (l + 1) * (k + 1)),
  );

/**
 * xʸ⁻ᵏ from a power whose exponent is exact: y − j is, for whole j ≤ y; what is left of k is divided by. At 0 and ∞ the
 * quotient has no value, and the exponent needs no digits.
 */
function shiftedPower(x: Expr, y: Expr, k: number): Expr {
  const limit = e.or(e.eq(x, 0), e.eq(e.abs(x), Infinity));
  const exact = (j: number): Expr => e.or(limit, e.ge(y, j));
  let exponent = y;
  for (let j = 1; j <= k; j++) exponent = e.select(exact(j), e.sub(y, j), exponent);
  let out = e.pow(x, exponent);
  for (let j = 1; j <= k; j++) out = e.select(exact(j), out, e.div(out, x));
  return out;
}

/** The sum of p·logˡ x over the polynomials, 0 where each is, though log x be infinite. */
function termFactor(x: Expr, y: Expr, params: TermParams): Expr {
  const values = rows(params).map((p) => polynomialExpr(y, p));
  if (values.length === 1) return values[0];
  // As a function of y ≥ 0, 0ʸ is held constant.
  const constant = e.and(e.eq(x, 0), e.ge(y, params.k));
  const log = e.select(constant, 0, e.log(x));
  return values.reduceRight((sum, p) => e.select(e.eq(sum, 0), p, e.add(e.mul(sum, log), p)));
}

const termP: Primitive<TermParams> = elementwise<TermParams>({
  name: "power_term",
  accepts: "float",
  scalar: ([x, y], params) => {
    const factor = termFactor(x, y, params);
    // Where an exponent is whole, the derivative of an order beyond it is 0 at 0 too.
    return e.select(e.eq(factor, 0), 0, e.mul(factor, shiftedPower(x, y, params.k)));
  },
  jvp: [
    (g, _, [x, y], params) => mul(g, bind1(termP, [x, y], alongBase(params))),
    (g, _, [x, y], params) => mul(g, bind1(termP, [x, y], alongExponent(params))),
  ],
});

/** pₗ ← (y − k)·pₗ + (l + 1)·pₗ₊₁, one power of x less. */
function alongBase(params: TermParams): TermParams {
  const { k } = params;
  const all = rows(params);
  const at = (l: number, i: number): number => all[l]?.[i] ?? 0;
  const polynomials = all.flatMap((_, l) =>
    Array.from({ length: k + 2 }, (_unused, i) => at(l, i - 1) - k * at(l, i) + (l + 1) * at(l + 1, i)),
  );
  return { polynomials, k: k + 1 };
}

/** pₗ ← pₗ′ + pₗ₋₁. */
function alongExponent(params: TermParams): TermParams {
  const { k } = params;
  const all = rows(params);
  const at = (l: number, i: number): number => all[l]?.[i] ?? 0;
  const polynomials = [...all, []].flatMap((_, l) =>
    Array.from({ length: k + 1 }, (_unused, i) => (i + 1) * at(l, i + 1) + at(l - 1, i)),
  );
  return { polynomials, k };
}

const value: TermParams = { polynomials: [1], k: 0 };
/** ∂ xʸ/∂x = y·xʸ⁻¹, 0 where y is. */
export const powerAlongBase = (x: NDArray, y: NDArray): NDArray => bind1(termP, [x, y], alongBase(value));
/** logⁿ x·xʸ⁻¹. */
export const loweredPower = (x: NDArray, y: NDArray, n: number): NDArray =>
  bind1(termP, [x, y], { polynomials: [...Array.from({ length: 2 * n }, () => 0), 1, 0], k: 1 });
/** ∂ xʸ/∂y = log x·xʸ, but 0 where x is 0 and y is not negative. */
export const powerAlongExponent = (x: NDArray, y: NDArray): NDArray =>
  bind1(termP, [x, y], alongExponent(value));

const inversionP: Primitive<{ first: boolean }> = elementwise<{ first: boolean }>({
  name: "inversion",
  accepts: "float",
  scalar: ([a, b]) => {
    const [x, y] = [e.cast(a, "float64"), e.cast(b, "float64")];
    const size = e.max(e.abs(x), e.abs(y));
    const by = isWide(a.dtype) ? moderate(size) : e.f64(1);
    const [u, v] = [e.mul(x, by), e.mul(y, by)];
    const out = e.mul(e.div(u, e.add(e.mul(u, u), e.mul(v, v))), by);
    return e.cast(e.select(e.eq(size, Infinity), 0, out), a.dtype);
  },
  // ∂ₐ = (b² − a²)/(a² + b²)², where (b − a)² + (b + a)² = 2(a² + b²); ∂_b = −2ab/(a² + b²)²
  jvp: [
    (g, ans, [a, b], { first }) => {
      const [minus, plus] = first ? [sub(b, a), add(b, a)] : [ans, inversion(b, a, false)];
      if (first) return mul(g, mul(mul(4, inversion(minus, plus, false)), inversion(plus, minus, false)));
      return mul(g, mul(sub(plus, minus), add(plus, minus)));
    },
    (g, ans, [a, b]) => mul(g, mul(mul(-2, ans), inversion(b, a, false))),
  ],
});
/** a/(a² + b²), the derivatives of the angle of (b, a). Those of the `first` keep their digits near a = ±b too. */
export const inversion = (a: NDArray, b: NDArray, first = true): NDArray =>
  bind1(inversionP, [a, b], { first });
