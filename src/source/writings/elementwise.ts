/** @file How element-wise operations are written. */
import type { DType } from "../../dtypes/dtype.ts";
import { type Written, Property, call, method } from "../expressions.ts";
import { type Rule, rule } from "./rule.ts";

/** A method of the first operand, or functions of all. */
const named =
  (methodName: string | null, ...functions: readonly string[]): Rule =>
  ({ args: [x, ...more] }) => [
    ...(methodName === null ? [] : [method(x, methodName, ...more)]),
    ...functions.map((f) => call(f, x, ...more)),
  ];

const unary = (numpy: string): Rule => named(null, `np.${numpy}`);

const whole: Rule = rule<{ y: number }>(({ args: [x], params: { y } }) => [
  ...(y === 2 ? [call("np.square", x)] : []),
  method(x, "pow", y),
  call("lax.integerPow", x, y),
]);

const converted: Rule = rule<{ newDtype: DType; weakType: boolean }>(({ args: [x], params: p }) => [
  method(x, "astype", p.newDtype),
  call("lax.convertElementType", x, p.newDtype, p.weakType ? true : undefined),
]);

const selected: Rule = ({ args: [which, ...cases] }) => [
  ...(cases.length === 2 ? [call("np.where", which, cases[1], cases[0])] : []),
  call("lax.selectN", which, ...cases),
];

/** By the names of operations; those that have the name of a function of `np`, `lax`, … need no entry. */
export const elementwise: Readonly<Record<string, Rule>> = {
  add: named("add", "np.add", "lax.add"),
  sub: named("sub", "np.subtract", "lax.sub"),
  mul: named("mul", "np.multiply", "lax.mul"),
  div: named("div", "np.divide", "lax.div"),
  rem: named(null, "np.fmod", "lax.rem"),
  neg: named("neg", "np.negative", "lax.neg"),
  abs: named("abs", "np.abs", "lax.abs"),
  pow: named("pow", "np.power", "lax.pow"),
  max: named(null, "np.maximum", "lax.max"),
  min: named(null, "np.minimum", "lax.min"),
  lt: named("less", "np.less", "lax.lt"),
  le: named("lessEqual", "np.lessEqual", "lax.le"),
  gt: named("greater", "np.greater", "lax.gt"),
  ge: named("greaterEqual", "np.greaterEqual", "lax.ge"),
  eq: named("equal", "np.equal", "lax.eq"),
  ne: named("notEqual", "np.notEqual", "lax.ne"),
  and: named("logicalAnd", "np.logicalAnd", "np.bitwiseAnd", "lax.bitwiseAnd"),
  or: named("logicalOr", "np.logicalOr", "np.bitwiseOr", "lax.bitwiseOr"),
  xor: named(null, "np.logicalXor", "np.bitwiseXor", "lax.bitwiseXor"),
  not: named("logicalNot", "np.bitwiseNot", "lax.bitwiseNot"),
  shift_left: named(null, "np.leftShift", "lax.shiftLeft"),
  shift_right_arithmetic: named(null, "np.rightShift", "lax.shiftRightArithmetic"),
  shift_right_logical: named(null, "np.rightShift", "lax.shiftRightLogical"),
  population_count: named(null, "np.bitwiseCount", "lax.populationCount"),
  asin: unary("arcsin"),
  acos: unary("arccos"),
  atan: unary("arctan"),
  asinh: unary("arcsinh"),
  acosh: unary("arccosh"),
  atanh: unary("arctanh"),
  atan2: unary("arctan2"),
  is_finite: unary("isfinite"),
  logistic: named(null, "nn.sigmoid", "lax.logistic"),
  lgamma: named(null, "scipy.special.gammaln", "lax.lgamma"),
  logaddexp: unary("logaddexp"),
  inversion: named(null, "np.reciprocal", "lax.reciprocal"),
  igamma: named(null, "scipy.special.gammainc", "lax.igamma"),
  igammac: named(null, "scipy.special.gammaincc", "lax.igammac"),
  regularized_incomplete_beta: named(null, "scipy.special.betainc", "lax.betainc"),
  erf_inv: named(null, "scipy.special.erfinv", "lax.erfInv"),
  bessel_i0e: named(null, "scipy.special.i0e", "lax.besselI0e"),
  bessel_i1e: named(null, "scipy.special.i1e", "lax.besselI1e"),
  sinc: unary("sinc"),
  real: ({ args: [x] }): Written[] => [new Property(x, "real"), call("np.real", x), call("lax.real", x)],
  imag: ({ args: [x] }): Written[] => [new Property(x, "imag"), call("np.imag", x), call("lax.imag", x)],
  conj: named("conj", "np.conj", "lax.conj"),
  complex: named(null, "lax.complex"),
  clamp: ({ args: [low, x, high] }) => [call("np.clip", x, low, high), call("lax.clamp", low, x, high)],
  round: rule<{ roundingMethod: number }>(({ args: [x], params }) => [
    method(x, "round"),
    call("lax.round", x, params.roundingMethod),
  ]),
  integer_pow: whole,
  convert_element_type: converted,
  bitcast_convert_type: rule<{ newDtype: DType }>(({ args: [x], params }) => [
    call("lax.bitcastConvertType", x, params.newDtype),
  ]),
  name: rule<{ name: string }>(({ args: [x], params: { name } }) => [call("checkpointName", x, name)]),
  stop_gradient: named(null, "stopGradient", "lax.stopGradient"),
  select_n: selected,
  reduce_precision: rule<{ exponentBits: number; mantissaBits: number }>(({ args: [x], params: p }) => [
    call("lax.reducePrecision", x, p.exponentBits, p.mantissaBits),
  ]),
};
