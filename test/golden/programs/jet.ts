/** @file Programs of which Taylor mode is checked: functions of one scalar, and three functions of arrays. */
import { lax, np } from "../library.ts";
import type { Arr } from "../library.ts";
import type { Fun, Programs } from "./common.ts";

const scalars: Readonly<Record<string, Fun>> = {
  exp: (x) => np.exp(x),
  exp2: (x) => np.exp2(x),
  expm1: (x) => np.expm1(x),
  log: (x) => np.log(x),
  log1p: (x) => np.log1p(x),
  sin: (x) => np.sin(x),
  cos: (x) => np.cos(x),
  tan: (x) => np.tan(x),
  sinh: (x) => np.sinh(x),
  cosh: (x) => np.cosh(x),
  tanh: (x) => np.tanh(x),
  asin: (x) => np.arcsin(x),
  acos: (x) => np.arccos(x),
  atan: (x) => np.arctan(x),
  asinh: (x) => np.arcsinh(x),
  acosh: (x) => np.arccosh(x),
  atanh: (x) => np.arctanh(x),
  sqrt: (x) => np.sqrt(x),
  rsqrt: (x) => lax.rsqrt(x),
  cbrt: (x) => np.cbrt(x),
  square: (x) => np.square(x),
  cube: (x) => np.power(x, 3),
  "pow2.5": (x) => np.power(x, 2.5),
  reciprocal: (x) => np.reciprocal(x),
  logistic: (x) => lax.logistic(x),
  softplus: (x) => np.logaddexp(x, 0),
  erf: (x) => lax.erf(x),
  erfc: (x) => lax.erfc(x),
  abs: (x) => np.abs(x),
  neg_abs: (x) => np.abs(x).neg(),
  sin_over_x: (x) => np.sin(x).div(x),
  composite: (x) => np.exp(x.mul(np.sin(x))).div(x.mul(x).add(1)),
};

const arrays: Programs = {
  "program.jet_mul_div": (a: Arr, b: Arr) => a.mul(b).add(a.div(b)),

  "program.jet_matmul_mlp": (x: Arr, w1: Arr, w2: Arr) => np.tanh(np.matmul(w2, np.tanh(np.matmul(w1, x)))),

  "program.jet_max_select": (x: Arr) =>
    np.where(x.greater(0), np.sin(x), np.square(x)).add(np.maximum(x, 0.1)),
};

export const jetPrograms: Programs = {
  ...Object.fromEntries(Object.entries(scalars).map(([name, f]) => [`program.jet_${name}`, f])),
  ...arrays,
};
