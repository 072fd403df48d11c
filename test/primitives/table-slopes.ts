/** @file Rows of the primitives that are derivatives of element-wise functions, by formulas that need not keep their digits. */
import { expQuotient, geluGateSlope } from "../../src/lax/elementwise/compensated.ts";
import { hypot, hypotTerm } from "../../src/lax/elementwise/hypot.ts";
import { logaddexp2Share, logaddexpShare } from "../../src/lax/elementwise/logaddexp.ts";
import {
  exp2Derivative,
  inverseRoot,
  inverseRootSlope,
  inversion,
  powerAlongBase,
  powerAlongExponent,
  rootDerivative,
  sech2,
} from "../../src/lax/elementwise/slopes.ts";
import { type Operand, real } from "./row.ts";
import type { ScalarRow } from "./scalar-row.ts";

type Domain = (shape: readonly number[]) => Operand;
const within =
  (lo: number, hi: number): Domain =>
  (shape) =>
    real(shape, lo, hi);

const slope = (
  primitive: string,
  call: ScalarRow["call"],
  float: (...xs: number[]) => number,
  domains: readonly Domain[],
  variant?: string,
): ScalarRow => ({
  primitive,
  call,
  float,
  domains,
  tol: 1e-12,
  ...(variant === undefined ? {} : { variant }),
});

const any = within(-2, 2);
const positive = within(0.3, 3);
const inner = within(-0.8, 0.8);

export const slopeRows: readonly ScalarRow[] = [
  slope(
    "inverse_root",
    (x) => inverseRoot(x, "1+x²", 1),
    (x) => 1 / Math.sqrt(1 + x * x),
    [any],
    "1 + x²",
  ),
  slope(
    "inverse_root_slope",
    (x) => inverseRootSlope(x, "1+x²", 4),
    (x) => x / (1 + x * x) ** 2,
    [any],
  ),
  slope(
    "inverse_root",
    (x) => inverseRoot(x, "1-x²", 1),
    (x) => 1 / Math.sqrt(1 - x * x),
    [inner],
    "1 − x²",
  ),
  slope(
    "inverse_root",
    (x) => inverseRoot(x, "x²-1", 1),
    (x) => 1 / Math.sqrt(x * x - 1),
    [within(1.5, 3)],
    "x² − 1",
  ),
  slope("sech2", sech2, (x) => 1 / Math.cosh(x) ** 2, [any]),
  slope(
    "exp2_derivative",
    (x) => exp2Derivative(x),
    (x) => Math.LN2 * 2 ** x,
    [any],
  ),
  slope(
    "root_derivative",
    (x) => rootDerivative(x, "cbrt"),
    (x) => Math.cbrt(x) / (3 * x),
    [positive],
  ),
  slope("exp_quotient", expQuotient, (x, a) => Math.exp(x / a), [any, positive]),
  slope(
    "gelu_gate_slope",
    geluGateSlope,
    (x) => 0.25 / Math.cosh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)) ** 2,
    [any],
  ),
  slope("power_term", powerAlongBase, (x, y) => y * x ** (y - 1), [positive, any], "along the base"),
  slope(
    "power_term",
    powerAlongExponent,
    (x, y) => Math.log(x) * x ** y,
    [positive, any],
    "along the exponent",
  ),
  slope(
    "inversion",
    (x, y) => inversion(x, y),
    (x, y) => x / (x * x + y * y),
    [positive, positive],
  ),
  slope("hypot", hypot, Math.hypot, [positive, positive]),
  slope(
    "hypot_term",
    (x, y) => hypotTerm(x, y, 1, 0, 1),
    (x, y) => x / Math.hypot(x, y),
    [positive, positive],
  ),
  slope("logaddexp_share", logaddexpShare, (x, y) => 1 / (1 + Math.exp(y - x)), [any, any]),
  slope("logaddexp2_share", logaddexp2Share, (x, y) => 1 / (1 + 2 ** (y - x)), [any, any]),
];
