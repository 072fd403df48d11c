/**
 * @file The vector functions by the name of the scalar operation they compute.
 */
import type { OpName } from "../../../ir/scalar.ts";
import { exp, exp2, expm1 } from "./exp.ts";
import { acosh, asinh, atanh, cosh, sinh } from "./hyperbolic.ts";
import { acos, asin, atan, atan2 } from "./inverse-trig.ts";
import type { Kernel } from "./kit.ts";
import { log, log1p } from "./log.ts";
import { cbrt, pow } from "./power.ts";
import { tanh, tanhFrom } from "./tanh.ts";
import { cos, sin, tan } from "./trig.ts";

export type { Kernel, Kit } from "./kit.ts";

/** Accuracy of each over its whole range: 1.5 ulp in 32-bit lanes, 2 ulp in 64-bit lanes (`npm run ulp`). */
export const vectorMath = {
  exp,
  exp2,
  expm1,
  log,
  log1p,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  atan2,
  sinh,
  cosh,
  tanh,
  tanhFrom,
  asinh,
  acosh,
  atanh,
  cbrt,
  pow,
} as const satisfies Partial<Record<OpName, Kernel>>;
