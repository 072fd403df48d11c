/**
 * @file Element-wise functions of one operand: exponentials, logarithms, trigonometry, roots, rounding, signs.
 *
 * Each primitive stands directly below its user-facing function. Formulas follow jax/_src/lax/lax.py; where two forms are
 * equal the one without cancellation is taken.
 */
import type { ArrayLike, NDArray } from "../core/array.ts";
import { isFloat } from "../core/dtype.ts";
import { type Primitive, zeroTangent, type NoParams } from "../core/primitive.ts";
import { bind1 } from "../core/trace.ts";
import { ArgumentError } from "../errors.ts";
import { add as eAdd, apply, constant, div as eDiv, mul as eMul, neg as eNeg } from "../jit/loop/build.ts";
import type { Expr } from "../jit/loop/ir.ts";
import type { OpName } from "../jit/scalar.ts";
import { add, div, mul, sub } from "./arithmetic.ts";
import { ge } from "./compare.ts";
import { asArray } from "./convert-args.ts";
import { type Accepts, elementwise, none } from "./family.ts";
import { select } from "./select.ts";

type UnaryP = Primitive<NoParams>;
type UnaryJvp = (g: NDArray, ans: NDArray, x: NDArray) => NDArray;

/** A unary primitive from its scalar operation (or expression) and derivative (none: zero). */
function unary(
  name: string,
  kind: Accepts,
  scalar: OpName | ((x: Expr) => Expr),
  jvp: UnaryJvp | typeof zeroTangent,
): UnaryP {
  return elementwise({
    name,
    accepts: kind,
    scalar: ([x]) => (typeof scalar === "string" ? apply(scalar, x) : scalar(x)),
    jvp: jvp === zeroTangent ? zeroTangent : [(g, ans, [x]) => jvp(g, ans, x)],
  });
}

const wrap =
  (p: UnaryP, name: string) =>
  (x: ArrayLike): NDArray =>
    bind1(p, [asArray(x, name)], none);

export const negP = elementwise({
  name: "neg",
  accepts: "number",
  scalar: ([x]) => eNeg(x),
  jvp: [(g) => neg(g)],
  transpose: [(ct) => neg(ct)],
});
/** −x. */
export const neg = wrap(negP, "neg");

// The tangent of an integer operand never reaches these rules, so sign, floor and the like need not ask.
export const signP = unary("sign", "number", "sign", zeroTangent);
/** −1, 0 or 1 (keeping −0 and NaN). Derivative 0. */
export const sign = wrap(signP, "sign");

export const absP = unary("abs", "number", "abs", (g, _, x) => select(ge(x, 0), g, neg(g)));
/** |x|. Derivative −1 below 0 and 1 from 0 on (as in JAX). */
export const abs = wrap(absP, "abs");

export const floorP = unary("floor", "float", "floor", zeroTangent);
/** Largest integer not above x. Derivative 0. */
export const floor = wrap(floorP, "floor");

export const ceilP = unary("ceil", "float", "ceil", zeroTangent);
/** Smallest integer not below x. Derivative 0. */
export const ceil = wrap(ceilP, "ceil");

type RoundParams = { roundingMethod: 0 | 1 };
export const roundP = elementwise<RoundParams>({
  name: "round",
  accepts: "float",
  scalar: ([x], { roundingMethod }) => apply(roundingMethod === 0 ? "roundAway" : "roundEven", x),
  jvp: zeroTangent,
});
/** Nearest integer; halves away from zero (`roundingMethod` 0) or to even (1). Derivative 0. */
export function round(x: ArrayLike, roundingMethod: 0 | 1 = 0): NDArray {
  if (roundingMethod !== 0 && roundingMethod !== 1) {
    throw new ArgumentError(
      `round: roundingMethod must be 0 (away from zero) or 1 (to even); got ${String(roundingMethod)}.`,
    );
  }
  return bind1(roundP, [asArray(x, "round")], { roundingMethod });
}

export const isFiniteP = elementwise({
  name: "is_finite",
  accepts: "float",
  result: "bool",
  scalar: ([x]) => apply("isFinite", x),
  jvp: zeroTangent,
});
/** True where x is neither infinite nor NaN. */
export const isFinite = wrap(isFiniteP, "isFinite");

export const expP: UnaryP = unary("exp", "inexact", "exp", (g, ans) => mul(g, ans));
/** eˣ. */
export const exp = wrap(expP, "exp");

export const exp2P: UnaryP = unary("exp2", "inexact", "exp2", (g, ans) => mul(g, mul(Math.LN2, ans)));
/** 2ˣ. */
export const exp2 = wrap(exp2P, "exp2");

export const expm1P: UnaryP = unary("expm1", "inexact", "expm1", (g, ans) => mul(g, add(ans, 1)));
/** eˣ − 1, exact near 0. */
export const expm1 = wrap(expm1P, "expm1");

export const logP: UnaryP = unary("log", "inexact", "log", (g, _, x) => div(g, x));
/** Natural logarithm. */
export const log = wrap(logP, "log");

export const log1pP: UnaryP = unary("log1p", "inexact", "log1p", (g, _, x) => div(g, add(x, 1)));
/** log(1 + x), exact near 0. */
export const log1p = wrap(log1pP, "log1p");

export const logisticP: UnaryP = unary(
  "logistic",
  "inexact",
  (x) => eDiv(constant(1, x.dtype), eAdd(apply("exp", eNeg(x)), 1)),
  (g, ans) => mul(g, mul(ans, sub(1, ans))),
);
/** 1 / (1 + e⁻ˣ). */
export const logistic = wrap(logisticP, "logistic");

export const sinP: UnaryP = unary("sin", "inexact", "sin", (g, _, x) => mul(g, cos(x)));
/** Sine. */
export const sin = wrap(sinP, "sin");

export const cosP: UnaryP = unary("cos", "inexact", "cos", (g, _, x) => neg(mul(g, sin(x))));
/** Cosine. */
export const cos = wrap(cosP, "cos");

export const tanP: UnaryP = unary("tan", "inexact", "tan", (g, ans) => mul(g, add(square(ans), 1)));
/** Tangent. */
export const tan = wrap(tanP, "tan");

export const asinP: UnaryP = unary("asin", "inexact", "asin", (g, _, x) => mul(g, rsqrt(oneMinusSquare(x))));
/** Inverse sine; NaN outside [−1, 1]. */
export const asin = wrap(asinP, "asin");

export const acosP: UnaryP = unary("acos", "inexact", "acos", (g, _, x) =>
  neg(mul(g, rsqrt(oneMinusSquare(x)))),
);
/** Inverse cosine; NaN outside [−1, 1]. */
export const acos = wrap(acosP, "acos");

const oneMinusSquare = (x: NDArray): NDArray => mul(sub(1, x), add(1, x));

export const atanP: UnaryP = unary("atan", "inexact", "atan", (g, _, x) => div(g, add(square(x), 1)));
/** Inverse tangent. */
export const atan = wrap(atanP, "atan");

export const sinhP: UnaryP = unary("sinh", "inexact", "sinh", (g, _, x) => mul(g, cosh(x)));
/** Hyperbolic sine. */
export const sinh = wrap(sinhP, "sinh");

export const coshP: UnaryP = unary("cosh", "inexact", "cosh", (g, _, x) => mul(g, sinh(x)));
/** Hyperbolic cosine. */
export const cosh = wrap(coshP, "cosh");

export const tanhP: UnaryP = unary("tanh", "inexact", "tanh", (g, ans) =>
  mul(add(g, mul(g, ans)), sub(1, ans)),
);
/** Hyperbolic tangent. */
export const tanh = wrap(tanhP, "tanh");

export const asinhP: UnaryP = unary("asinh", "inexact", "asinh", (g, _, x) =>
  mul(g, rsqrt(add(square(x), 1))),
);
/** Inverse hyperbolic sine. */
export const asinh = wrap(asinhP, "asinh");

export const acoshP: UnaryP = unary("acosh", "inexact", "acosh", (g, _, x) =>
  mul(g, rsqrt(add(mul(sub(x, 1), add(x, 1)), 0))),
);
/** Inverse hyperbolic cosine; NaN below 1. */
export const acosh = wrap(acoshP, "acosh");

export const atanhP: UnaryP = unary("atanh", "inexact", "atanh", (g, _, x) => div(g, oneMinusSquare(x)));
/** Inverse hyperbolic tangent; NaN outside [−1, 1]. */
export const atanh = wrap(atanhP, "atanh");

export const sqrtP: UnaryP = unary("sqrt", "inexact", "sqrt", (g, ans) => mul(g, div(0.5, ans)));
/** Square root; NaN below 0. Derivative ∞ at 0. */
export const sqrt = wrap(sqrtP, "sqrt");

export const rsqrtP: UnaryP = unary(
  "rsqrt",
  "inexact",
  (x) => eDiv(constant(1, x.dtype), apply("sqrt", x)),
  (g, ans, x) => mul(g, mul(-0.5, div(ans, x))),
);
/** 1 / √x. */
export const rsqrt = wrap(rsqrtP, "rsqrt");

export const cbrtP: UnaryP = unary("cbrt", "float", "cbrt", (g, ans) =>
  mul(g, mul(1 / 3, integerPow(ans, -2))),
);
/** Cube root. */
export const cbrt = wrap(cbrtP, "cbrt");

export const squareP: UnaryP = unary(
  "square",
  "number",
  (x) => eMul(x, x),
  (g, _, x) => mul(g, mul(2, x)),
);
/** x². */
export const square = wrap(squareP, "square");

type IntegerPowParams = { y: number };

/** x to a small whole power by squaring, in the order JAX multiplies. */
function powerExpr(x: Expr, n: number): Expr {
  if (n === 0) return constant(1, x.dtype);
  if (n < 0) return eDiv(constant(1, x.dtype), powerExpr(x, -n));
  let out: Expr | null = null;
  let base = x;
  for (let k = n; k > 0; k = Math.floor(k / 2)) {
    if (k % 2 === 1) out = out === null ? base : eMul(out, base);
    if (k > 1) base = eMul(base, base);
  }
  return out!;
}

export const integerPowP = elementwise<IntegerPowParams>({
  name: "integer_pow",
  accepts: "number",
  scalar: ([x], { y }) => powerExpr(x, y),
  jvp: [(g, _, [x], { y }) => (y === 0 ? mul(g, 0) : mul(g, y === 1 ? 1 : mul(y, integerPow(x, y - 1))))],
});
/** x to the whole power `y`, by repeated multiplication. */
export function integerPow(x: ArrayLike, y: number): NDArray {
  if (!Number.isInteger(y))
    throw new ArgumentError(`integerPow: the exponent must be a whole number; got ${y}. Use pow.`);
  const a = asArray(x, "integerPow");
  if (y < 0 && !isFloat(a.dtype)) {
    throw new ArgumentError(
      `integerPow: integers cannot be raised to a negative power (${y}); convert to a float first.`,
    );
  }
  return bind1(integerPowP, [a], { y });
}

/** 1 / x. */
export const reciprocal = (x: ArrayLike): NDArray => integerPow(x, -1);
