/**
 * @file Rows of the primitives that the special functions' derivatives and the distributions are made of, with naive
 * references.
 */
import "../../src/scipy/stats/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { primitives } from "../../src/core/primitive.ts";
import { bind1 } from "../../src/core/trace.ts";
import type { ScalarRow } from "./scalar-row.ts";
import {
  besselI,
  betainc,
  digamma,
  igamma,
  integral,
  logGamma,
  polygamma,
  special,
  within,
} from "./table-special.ts";

/** A primitive that has its order as a parameter. */
const ordered = (
  name: string,
  n: number,
  f: NonNullable<ScalarRow["float"]>,
  domains: ScalarRow["domains"],
  more: Partial<ScalarRow> = {},
): ScalarRow =>
  special(name, f, domains, {
    variant: `order ${n}`,
    call: (...xs: NDArray[]) => bind1(primitives.get(name)!, xs, { n }),
    ...more,
  });

const phi = (t: number): number => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
const mass = (a: number, b: number): number => integral(phi, a, b);
/** The normal quantile, by bisection. */
function quantile(p: number): number {
  let [a, b] = [-4, 4];
  for (let i = 0; i < 60; i++) {
    const m = (a + b) / 2;
    if (0.5 + mass(0, m) < p) a = m;
    else b = m;
  }
  return (a + b) / 2;
}
/** e^(x²)·iⁿerfc(x) = 2/(√π·n!)·∫ tⁿ·e^(−t² − 2xt) dt. */
const scaledIerfc =
  (n: number) =>
  (x: number): number => {
    let factorial = 1;
    for (let k = 2; k <= n; k++) factorial *= k;
    const whole = integral((t) => t ** n * Math.exp(-t * t - 2 * x * t), 0, 9);
    return (2 * whole) / (Math.sqrt(Math.PI) * factorial);
  };
/** w(z) = e^(−z²)·(1 + 2iz/√π·∫ e^(z²s²) ds) over [0, 1], or its derivative −2z·w(z) + 2i/√π: real and imaginary part. */
function faddeeva(n: number, x: number, y: number): readonly [re: number, im: number] {
  const [p, q] = [x * x - y * y, 2 * x * y];
  const re = integral((s) => Math.exp(p * s * s) * Math.cos(q * s * s), 0, 1);
  const im = integral((s) => Math.exp(p * s * s) * Math.sin(q * s * s), 0, 1);
  const c = 2 / Math.sqrt(Math.PI);
  const [u, v] = [1 - c * (x * im + y * re), c * (x * re - y * im)];
  const [g, h] = [Math.exp(-p) * Math.cos(q), -Math.exp(-p) * Math.sin(q)];
  const w = [g * u - h * v, g * v + h * u] as const;
  return n === 0 ? w : [-2 * (x * w[0] - y * w[1]), c - 2 * (x * w[1] + y * w[0])];
}
const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b);
const logGammaDensity = (a: number, x: number): number => (a - 1) * Math.log(x) - x - logGamma(a);
const logBetaDensity = (a: number, b: number, x: number): number =>
  (a - 1) * Math.log(x) + (b - 1) * Math.log(1 - x) - logBeta(a, b);
const dawson = (x: number): number => Math.exp(-x * x) * integral((t) => Math.exp(t * t), 0, x);
const logT = (n: number, z: number): number =>
  -logBeta(n / 2, 0.5) - Math.log(n) / 2 - ((n + 1) / 2) * Math.log1p((z * z) / n);
const slopeOfT = (n: number, z: number): number => (logT(n + 1e-4, z) - logT(n - 1e-4, z)) / 2e-4;

const positive = within(0.6, 4);
const shapes = within(1.5, 3);
const unit = within(0.2, 0.8);
const any = within(-2, 2);
/** Derivatives with respect to parameters are not, or once only, defined. */
const once = { order: 1, gradTol: 1e-5 } as const;
const inX = { diff: [2], tol: 1e-6, gradTol: 1e-4 } as const;
const fraction = within(0.1, 0.4);

export const specialPartRows: readonly ScalarRow[] = [
  special("sin_pi", (x) => Math.sin(Math.PI * x), [within(-2, 2)]),
  special("cos_pi", (x) => Math.cos(Math.PI * x), [within(-2, 2)]),
  special("sine_ratio", (d, z) => Math.sin(Math.PI * z) / Math.sin(Math.PI * (z + d)), [fraction, fraction]),
  special("sine_rise", (d, z) => Math.sin(Math.PI * (z + d)) / Math.sin(Math.PI * z), [fraction, fraction]),
  ...([1, 0.5] as const).map((factor) =>
    special("gaussian", (x) => Math.exp(-factor * x * x), [any], {
      variant: `factor ${factor}`,
      call: (x: NDArray) => bind1(primitives.get("gaussian")!, [x], { factor }),
    }),
  ),
  special("erf_inv_slope", (x) => (Math.sqrt(Math.PI) / 2) * Math.exp(quantile((1 + x) / 2) ** 2 / 2), [
    within(-0.8, 0.8),
  ]),
  special(
    "erf_inv_curvature",
    (x) => {
      const y = quantile((1 + x) / 2) / Math.SQRT2;
      return (Math.PI / 2) * y * Math.exp(2 * y * y);
    },
    [within(-0.8, 0.8)],
  ),
  special("ndtri_curvature", (p) => quantile(p) / phi(quantile(p)) ** 2, [unit]),
  special("logit_curvature", (x) => (2 * x - 1) / (x * (1 - x)) ** 2, [unit]),
  special("ndtri_slope", (p) => 1 / phi(quantile(p)), [unit]),
  special("logit_slope", (x) => 1 / (x * (1 - x)), [unit]),
  ...[1, 2].map((n) => ordered("scaled_ierfc", n, scaledIerfc(n), [within(-1, 3)])),
  special("normal_excess", (t) => phi(t) / (0.5 - mass(0, t)) - t, [any]),
  special("normal_log_mass", (a, b) => Math.log(mass(a, b)), [within(-2, -0.5), within(0.5, 2)]),
  special("normal_mass_slope", (a, b) => phi(b) / mass(a, b), [within(-2, -0.5), within(0.5, 2)]),
  special("log_cosh", (x) => Math.log(Math.cosh(x)), [any]),
  special("log_ratio", (p, q) => Math.log(p / q), [positive, positive]),
  special("rel_entr", (p, q) => p * Math.log(p / q), [positive, positive]),
  special("kl_div", (p, q) => p * Math.log(p / q) - p + q, [positive, positive]),
  special("relative_deficit", (p, q) => (q - p) / q, [positive, positive]),
  ordered("polygamma_step", 0, (d, z) => digamma(z + d) - digamma(z), [positive, positive], { tol: 1e-8 }),
  ordered("polygamma_step", 1, (d, z) => polygamma(1, z + d) - polygamma(1, z), [positive, positive]),
  special(
    "digamma_step_log",
    (b, a, x) => digamma(a + b) - digamma(a) + Math.log(x),
    [positive, positive, unit],
    {
      tol: 1e-8,
    },
  ),
  special(
    "digamma_step_log1m",
    (b, a, x) => digamma(a + b) - digamma(a) + Math.log(1 - x),
    [positive, positive, unit],
    { tol: 1e-8 },
  ),
  special("log_over_digamma", (a, x) => Math.log(x) - digamma(a), [positive, positive], { tol: 1e-8 }),
  special("log_poch", (d, z) => logGamma(z + d) - logGamma(z), [positive, positive]),
  special("log_choose", (k, m) => -Math.log(k + m + 1) - logBeta(k + 1, m + 1), [positive, positive]),
  special("log_gamma_density", logGammaDensity, [positive, positive]),
  special("gamma_density", (a, x) => Math.exp(logGammaDensity(a, x)), [positive, positive]),
  special("log_beta_density", logBetaDensity, [positive, positive, unit]),
  special("beta_density", (a, b, x) => Math.exp(logBetaDensity(a, b, x)), [positive, positive, unit]),
  special("betaincc", (a, b, x) => 1 - betainc(a, b, x), [shapes, shapes, unit], inX),
  special("log_betainc", (a, b, x) => Math.log(betainc(a, b, x)), [shapes, shapes, unit], inX),
  special("log_betaincc", (a, b, x) => Math.log(1 - betainc(a, b, x)), [shapes, shapes, unit], inX),
  special("log_igamma", (a, x) => Math.log(igamma(a, x)), [positive, positive], once),
  special("log_igammac", (a, x) => Math.log(1 - igamma(a, x)), [positive, positive], once),
  ...[0, 1].map((n) => ordered("exprel", n, (u) => integral((s) => s ** n * Math.exp(s * u), 0, 1), [any])),
  ...([0, 1] as const).flatMap((n) =>
    (["boxcox", "boxcox1p"] as const).map((name) => {
      const shift = name === "boxcox" ? 0 : 1;
      const f = (x: number, k: number): number =>
        integral((s) => s ** n * (x + shift) ** (s * k), 0, 1) * Math.log(x + shift) ** (n + 1);
      return ordered(`${name}_derivative`, n, f, [positive, positive]);
    }),
  ),
  ...[0, 1].map((n) =>
    ordered("boxcox1p_slope", n, (x, k) => Math.log1p(x) ** n * (1 + x) ** (k - 1), [positive, positive]),
  ),
  special("t_log_density", logT, [positive, any], { order: 1 }),
  special("t_slope", slopeOfT, [positive, any], { order: 1, tol: 1e-6, gradTol: 1e-4 }),
  special("t_curvature", (n, z) => (slopeOfT(n + 1e-3, z) - slopeOfT(n - 1e-3, z)) / 2e-3, [positive, any], {
    diff: [],
    order: 0,
    tol: 1e-5,
  }),
  ordered("dawsn_slope", 1, (x) => 1 - 2 * x * dawson(x), [any]),
  special("fresnel_sin", (x) => Math.sin((Math.PI * x * x) / 2), [any]),
  special("fresnel_cos", (x) => Math.cos((Math.PI * x * x) / 2), [any]),
  special(
    "expn_of_any_order",
    (n, x) => integral((t) => (t === 0 ? 0 : Math.exp(-x / t) * t ** (n - 2)), 0, 1),
    [
      (s) => ({ ...positive(s), values: (r, size) => Array.from({ length: size }, () => r.int(-2, 0)) }),
      positive,
    ],
    { diff: [1], tol: 1e-8 },
  ),
  special("exp1", (x) => integral((t) => (t === 0 ? 0 : Math.exp(-x / t) / t), 0, 1), [positive], {
    tol: 1e-8,
  }),
  ...[0, 1].flatMap((n) =>
    [false, true].map((imaginary) =>
      special("wofz", (x, y) => faddeeva(n, x, y)[imaginary ? 1 : 0], [any, within(-0.5, 1.5)], {
        variant: `order ${n}, ${imaginary ? "imaginary" : "real"}`,
        call: (...xs: NDArray[]) => bind1(primitives.get("wofz")!, xs, { n, imaginary }),
        tol: 1e-8,
      }),
    ),
  ),
  ...[0, 1].map((n) => ordered("bessel_ratio", n, (x) => besselI(n)(x) / x ** n, [within(0.5, 3)])),
  ordered("bessel_i0e_far", 0, besselI(0), [within(20, 30)]),
  ordered("bessel_i1e_far", 0, besselI(1), [within(20, 30)]),
];
