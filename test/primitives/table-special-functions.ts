/** @file Rows of the special functions of scipy.special, with naive references (series, quadrature). */
import "../../src/scipy/special/index.ts";
import { besselJ } from "../../src/lax/special/bessel-j.ts";
import type { NDArray } from "../../src/core/array.ts";
import type { ScalarRow } from "./scalar-row.ts";
import { integral, logGamma, special, within } from "./table-special.ts";

const eulerGamma = 0.5772156649015329;

/** Σ term(k), where term(0) = 1 and term(k + 1) = term(k)·ratio(k). */
function series(ratio: (k: number) => number, terms = 300): number {
  let sum = 0;
  let term = 1;
  for (let k = 0; k < terms; k++) {
    sum += term;
    term *= ratio(k);
  }
  return sum;
}

const normalDensity = (t: number): number => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
const ndtr = (x: number): number => 0.5 + integral(normalDensity, 0, x);
const hyp1f1 = (a: number, b: number, x: number): number =>
  series((k) => ((a + k) / ((b + k) * (k + 1))) * x);
const hyp2f1 = (a: number, b: number, c: number, x: number): number =>
  series((k) => (((a + k) * (b + k)) / ((c + k) * (k + 1))) * x, 2000);

/** The derivative of f at x, by central differences at two widths. */
function slope(f: (x: number) => number, x: number): number {
  const d = (h: number): number => (f(x + h) - f(x - h)) / (2 * h);
  return (4 * d(1e-3) - d(2e-3)) / 3;
}

/** ∫ f over [0, x] of a function whose formula fails at 0, where its value is `start`. */
const fromZero = (f: (t: number) => number, start: number, x: number): number =>
  integral((t) => (t === 0 ? start : f(t)), 0, x);

const positive = within(0.6, 4);
const unit = within(0.2, 0.8);
/** Without a derivative in this operand (nor has JAX one). */
const inLast = (operands: number): Partial<ScalarRow> => ({ diff: [operands - 1] });

export const specialFunctionRows: readonly ScalarRow[] = [
  special("xlogy", (x, y) => x * Math.log(y), [within(-2, 2), positive]),
  special("xlog1py", (x, y) => x * Math.log1p(y), [within(-2, 2), within(-0.5, 2)]),
  special("xlogx", (x) => x * Math.log(x), [positive]),
  special("logit", (x) => Math.log(x / (1 - x)), [unit]),
  special("ndtr", ndtr, [within(-2, 2)]),
  special("log_ndtr", (x) => Math.log(ndtr(x)), [within(-2, 2)]),
  special("gammasgn", () => -1, [within(-0.9, -0.1)], { diff: [], order: 0 }),
  special("gamma", (x) => Math.exp(logGamma(x)), [positive]),
  special("loggamma", logGamma, [positive]),
  special("expi", (x) => eulerGamma + Math.log(x) + fromZero((t) => Math.expm1(t) / t, 1, x), [positive]),
  special(
    "expn",
    (n, x) => integral((t) => (t === 0 ? 0 : Math.exp(-x / t) * t ** (n - 2)), 0, 1),
    [
      (s) => ({ ...positive(s), values: (r, size) => Array.from({ length: size }, () => r.int(2, 4)) }),
      positive,
    ],
    { ...inLast(2), tol: 1e-8 },
  ),
  special("dawsn", (x) => Math.exp(-x * x) * integral((t) => Math.exp(t * t), 0, x), [within(-2, 2)]),
  special("fresnel_s", (x) => integral((t) => Math.sin((Math.PI * t * t) / 2), 0, x), [within(-2, 2)]),
  special("fresnel_c", (x) => integral((t) => Math.cos((Math.PI * t * t) / 2), 0, x), [within(-2, 2)]),
  special("si", (x) => fromZero((t) => Math.sin(t) / t, 1, x), [within(-3, 3)]),
  special("ci", (x) => eulerGamma + Math.log(x) + fromZero((t) => (Math.cos(t) - 1) / t, 0, x), [positive]),
  special("spence", (x) => fromZero((t) => Math.log1p(t) / -t, -1, x - 1), [within(0.3, 3)]),
  special(
    "owens_t",
    (h, a) => integral((t) => Math.exp((-h * h * (1 + t * t)) / 2) / (1 + t * t), 0, a) / (2 * Math.PI),
    [within(-2, 2), within(-2, 2)],
  ),
  ...[0, 1, 3].map((n) =>
    special(
      "bessel_j",
      (x) => integral((t) => Math.cos(n * t - x * Math.sin(t)), 0, Math.PI) / Math.PI,
      [within(-4, 4)],
      { variant: `order ${n}`, call: (x: NDArray) => besselJ(n, x) },
    ),
  ),
  special("hyp1f1", hyp1f1, [positive, positive, within(-2, 2)], { order: 1, gradTol: 1e-5 }),
  special("hyp1f1_da", (a, b, x) => slope((t) => hyp1f1(t, b, x), a), [positive, positive, within(-2, 2)], {
    diff: [],
    order: 0,
    tol: 1e-7,
  }),
  special("hyp1f1_db", (a, b, x) => slope((t) => hyp1f1(a, t, x), b), [positive, positive, within(-2, 2)], {
    diff: [],
    order: 0,
    tol: 1e-7,
  }),
  special("hyp2f1", hyp2f1, [positive, positive, positive, within(-0.7, 0.7)], inLast(4)),
];
