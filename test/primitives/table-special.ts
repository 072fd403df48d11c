/** @file Rows of the special functions, with naive references (series, quadrature, bisection). */
import * as lax from "../../src/lax/index.ts";
import { primitives } from "../../src/core/primitive.ts";
import { bind1 } from "../../src/core/trace.ts";
import type { NDArray } from "../../src/core/array.ts";
import { real } from "./row.ts";
import type { ScalarRow } from "./scalar-row.ts";

/** Uniform reals of an interval. */
export const within = (lo: number, hi: number) => (shape: readonly number[]) => real(shape, lo, hi);

/** ∫ f over [a, b] by Simpson's rule. */
export function integral(f: (x: number) => number, a: number, b: number, n = 4000): number {
  const h = (b - a) / n;
  let sum = f(a) + f(b);
  for (let i = 1; i < n; i++) sum += (i % 2 === 1 ? 4 : 2) * f(a + i * h);
  return (sum * h) / 3;
}

/** The x in [lo, hi] at which an increasing function takes a value. */
function inverse(f: (x: number) => number, y: number, lo: number, hi: number): number {
  let [a, b] = [lo, hi];
  for (let i = 0; i < 200; i++) {
    const m = (a + b) / 2;
    if (f(m) < y) a = m;
    else b = m;
  }
  return (a + b) / 2;
}

/** Lanczos' approximation, g = 7. */
export function logGamma(x: number): number {
  const c = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const y = x - 1;
  const t = y + 7.5;
  const sum = c.reduce((s, v, i) => s + (i === 0 ? v : v / (y + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** ζ(s, q) by Euler and Maclaurin. */
function zeta(s: number, q: number): number {
  const n = 20;
  let sum = 0;
  for (let k = 0; k < n; k++) sum += (q + k) ** -s;
  const a = q + n;
  const bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66];
  let term = s * a ** (-s - 1);
  let factorial = 2;
  let tail = a ** (1 - s) / (s - 1) + 0.5 * a ** -s;
  bernoulli.forEach((b, j) => {
    tail += (b / factorial) * term;
    term *= ((s + 2 * j + 1) * (s + 2 * j + 2)) / (a * a);
    factorial *= (2 * j + 3) * (2 * j + 4);
  });
  return sum + tail;
}

/** ψ by recurrence and its asymptotic series. */
export function digamma(x: number): number {
  let [y, shift] = [x, 0];
  for (; y < 20; y++) shift -= 1 / y;
  const r = 1 / (y * y);
  return shift + Math.log(y) - 0.5 / y - r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r / 240)));
}

const factorial = (n: number): number => Math.exp(logGamma(n + 1));
export const polygamma = (m: number, x: number): number =>
  m === 0 ? digamma(x) : (m % 2 === 0 ? -1 : 1) * factorial(m) * zeta(m + 1, x);

const erf = (x: number): number => (2 / Math.sqrt(Math.PI)) * integral((t) => Math.exp(-t * t), 0, x);
/** P(a, x), the first terms of the integrand's singularity taken out by t = u^(1/a). */
export function igamma(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let k = 1; k < 500; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return sum * Math.exp(-x + a * Math.log(x) - logGamma(a));
}
export const betainc = (a: number, b: number, x: number): number =>
  integral((t) => t ** (a - 1) * (1 - t) ** (b - 1), 0, x, 20000) *
  Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b));
export const besselI =
  (n: number) =>
  (x: number): number =>
    Math.exp(-Math.abs(x)) *
    (integral((t) => Math.exp(x * Math.cos(t)) * Math.cos(n * t), 0, Math.PI) / Math.PI);
const slopeInA = (a: number, x: number): number => {
  const d = (h: number): number => (igamma(a + h, x) - igamma(a - h, x)) / (2 * h);
  return (4 * d(5e-4) - d(1e-3)) / 3;
};
const gammaDensity = (a: number, x: number): number => Math.exp((a - 1) * Math.log(x) - x - logGamma(a));

const direct =
  (name: string) =>
  (...xs: NDArray[]): NDArray =>
    bind1(primitives.get(name)!, xs, {});

const positive = within(0.6, 4);
export const special = (
  primitive: string,
  float: NonNullable<ScalarRow["float"]>,
  domains: ScalarRow["domains"],
  more: Partial<ScalarRow> = {},
): ScalarRow => ({
  primitive,
  call: direct(primitive),
  float,
  domains,
  tol: 1e-10,
  accepts: ["float16", "bfloat16", "float32", "float64"],
  ...more,
});

/** Second derivatives of these would need derivatives that JAX does not define either. */
const firstOrder = { order: 1 } as const;
const none = { diff: [], order: 0 } as const;

export const specialRows: readonly ScalarRow[] = [
  special("erf", erf, [within(-2, 2)]),
  special("erfc", (x) => 1 - erf(x), [within(-2, 2)]),
  special("erfcx", (x) => Math.exp(x * x) * (1 - erf(x)), [within(-1, 1)]),
  special("erf_inv", (y) => inverse(erf, y, -3, 3), [within(-0.8, 0.8)]),
  special("ndtri", (p) => Math.SQRT2 * inverse(erf, 2 * p - 1, -3, 3), [within(0.1, 0.9)]),
  special("lgamma", logGamma, [positive]),
  special("digamma", digamma, [positive]),
  special(
    "polygamma",
    polygamma,
    [(s) => ({ ...real(s), values: (r, n) => Array.from({ length: n }, () => r.int(1, 3)) }), positive],
    {
      diff: [1],
      gradTol: 1e-5,
    },
  ),
  special("zeta", zeta, [within(1.5, 4), positive], { diff: [1] }),
  special("betaln", (a, b) => logGamma(a) + logGamma(b) - logGamma(a + b), [positive, positive]),
  special("igamma", igamma, [positive, positive], firstOrder),
  special("igammac", (a, x) => 1 - igamma(a, x), [positive, positive], firstOrder),
  special("igamma_grad_a", slopeInA, [positive, positive], { ...none, tol: 1e-8 }),
  special("random_gamma_grad", (a, x) => -slopeInA(a, x) / gammaDensity(a, x), [positive, positive], {
    ...none,
    tol: 1e-7,
  }),
  special("regularized_incomplete_beta", betainc, [within(1.5, 3), within(1.5, 3), within(0.2, 0.8)], {
    diff: [2],
    tol: 1e-7,
  }),
  special("bessel_i0e", besselI(0), [within(0.5, 3)]),
  special("bessel_i1e", besselI(1), [within(0.5, 3)]),
];

/** The public names of those that have one call the primitive above. */
export const publicSpecial: Readonly<Record<string, (...xs: NDArray[]) => NDArray>> = {
  erf: lax.erf,
  erfc: lax.erfc,
  erf_inv: lax.erfInv,
  lgamma: lax.lgamma,
  digamma: lax.digamma,
  polygamma: lax.polygamma,
  zeta: lax.zeta,
  igamma: lax.igamma,
  igammac: lax.igammac,
  regularized_incomplete_beta: lax.betainc,
  bessel_i0e: lax.besselI0e,
  bessel_i1e: lax.besselI1e,
};
