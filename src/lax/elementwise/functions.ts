/**
 * @file Element-wise functions of one operand: exponentials, logarithms, trigonometry, roots, rounding, signs.
 *
 * Formulas follow jax/_src/lax/lax.py; where two forms are equal the one without cancellation is taken.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isComplex, isInexact, realPart } from "../../dtypes/dtype.ts";
import { type NoParams, type Parts, type Primitive, zeroTangent } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import { ArgumentError } from "../../base/errors.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import type { OpName } from "../../loops/ir/scalar.ts";
import { add, div, mul, sub } from "./arithmetic.ts";
import { eq, ge } from "./compare.ts";
import { asArray } from "../operands/convert.ts";
import * as onParts from "./complex/arithmetic.ts";
import * as functions from "./complex/functions.ts";
import { conj, real } from "./complex/primitives.ts";
import { convertElementType } from "./convert.ts";
import { type ElementwiseSpec, elementwise } from "../families/elementwise.ts";
import { type Unary, inCamelCase, unaryFunction } from "../families/functions.ts";
import { select } from "./select.ts";

type UnaryJvp = (g: NDArray, ans: NDArray, x: NDArray) => NDArray;

/** A function of one operand by its name, that of its primitive; the scalar function is the operation of this name, if none is given. */
function unary(
  name: string,
  jvp: UnaryJvp | typeof zeroTangent,
  spec: Pick<ElementwiseSpec<NoParams>, "accepts" | "complex" | "result"> & {
    readonly scalar?: (x: Expr) => Expr;
  },
): Unary {
  const { scalar, ...more } = spec;
  return unaryFunction(
    elementwise({
      name,
      scalar: ([x]) => (scalar === undefined ? e.apply(inCamelCase(name) as OpName, x) : scalar(x)),
      jvp: jvp === zeroTangent ? zeroTangent : [(g, ans, [x]) => jvp(g, ans, x)],
      ...more,
    }),
  );
}

/** A function of real and of complex numbers; of these it is the one of the same name on their parts. */
const analytic = (name: keyof typeof functions, jvp: UnaryJvp, scalar?: (x: Expr) => Expr): Unary =>
  unary(name, jvp, {
    accepts: "inexact",
    complex: ([z]) => (functions[name] as (z: Parts) => Parts)(z),
    ...(scalar === undefined ? {} : { scalar }),
  });

export const negP = elementwise({
  name: "neg",
  accepts: "number",
  scalar: ([x]) => e.neg(x),
  jvp: [(g) => neg(g)],
  transpose: [(ct) => neg(ct)],
  complex: ([x]) => onParts.neg(x),
});
/** −x. */
export const neg = unaryFunction(negP);

// The tangent of an integer operand never reaches these rules, so sign, floor and the like need not ask.
/** −1, 0 or 1 (keeping −0 and NaN); of complex numbers x / |x|. Derivative 0. */
export const sign: Unary = unary("sign", zeroTangent, {
  accepts: "number",
  complex: ([z]) => onParts.sign(z),
});

/** |x|. Derivative −1 below 0 and 1 from 0 on (as in JAX); of complex numbers 0 at 0. */
export const abs: Unary = unary(
  "abs",
  (g, ans, x) =>
    isComplex(x.dtype)
      ? real(mul(g, div(conj(x), convertElementType(select(eq(ans, 0), 1, ans), x.dtype))))
      : select(ge(x, 0), g, neg(g)),
  { accepts: "number", result: realPart, complex: ([z]) => onParts.modulus(z) },
);

/** Largest integer not above x. Derivative 0. */
export const floor: Unary = unary("floor", zeroTangent, { accepts: "float" });
/** Smallest integer not below x. Derivative 0. */
export const ceil: Unary = unary("ceil", zeroTangent, { accepts: "float" });

type RoundParams = { roundingMethod: 0 | 1 };
const roundP = elementwise<RoundParams>({
  name: "round",
  accepts: "float",
  scalar: ([x], { roundingMethod }) => e.apply(roundingMethod === 0 ? "roundAway" : "roundEven", x),
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

/** True where x is neither infinite nor NaN. */
export const isFinite: Unary = unary("is_finite", zeroTangent, { accepts: "float", result: "bool" });

/** eˣ. */
export const exp: Unary = analytic("exp", (g, ans) => mul(g, ans));

/** 2ˣ. */
export const exp2: Unary = analytic("exp2", (g, ans) => mul(g, mul(Math.LN2, ans)));

/** eˣ − 1, exact near 0. */
export const expm1: Unary = analytic("expm1", (g, ans) => mul(g, add(ans, 1)));

/** Natural logarithm. */
export const log: Unary = analytic("log", (g, _, x) => div(g, x));

/** log(1 + x), exact near 0. */
export const log1p: Unary = analytic("log1p", (g, _, x) => div(g, add(x, 1)));

/** 1 / (1 + e⁻ˣ). */
export const logistic: Unary = analytic(
  "logistic",
  (g, ans) => mul(g, mul(ans, sub(1, ans))),
  (x) => e.div(1, e.add(e.exp(e.neg(x)), 1)),
);

/** Sine. */
export const sin: Unary = analytic("sin", (g, _, x) => mul(g, cos(x)));

/** Cosine. */
export const cos: Unary = analytic("cos", (g, _, x) => neg(mul(g, sin(x))));

/** Tangent. */
export const tan: Unary = analytic("tan", (g, ans) => mul(g, add(square(ans), 1)));

/** Inverse sine; NaN outside [−1, 1]. */
export const asin: Unary = analytic("asin", (g, _, x) => mul(g, rsqrt(oneMinusSquare(x))));

/** Inverse cosine; NaN outside [−1, 1]. */
export const acos: Unary = analytic("acos", (g, _, x) => neg(mul(g, rsqrt(oneMinusSquare(x)))));

const oneMinusSquare = (x: NDArray): NDArray => mul(sub(1, x), add(1, x));

/** Inverse tangent. */
export const atan: Unary = analytic("atan", (g, _, x) => div(g, add(square(x), 1)));

/** Hyperbolic sine. */
export const sinh: Unary = analytic("sinh", (g, _, x) => mul(g, cosh(x)));

/** Hyperbolic cosine. */
export const cosh: Unary = analytic("cosh", (g, _, x) => mul(g, sinh(x)));

/** Hyperbolic tangent. */
export const tanh: Unary = analytic("tanh", (g, ans) => mul(add(g, mul(g, ans)), sub(1, ans)));

/** Inverse hyperbolic sine. */
export const asinh: Unary = analytic("asinh", (g, _, x) => mul(g, rsqrt(add(square(x), 1))));

/** Inverse hyperbolic cosine; NaN below 1. */
export const acosh: Unary = analytic("acosh", (g, _, x) => mul(g, rsqrt(add(mul(sub(x, 1), add(x, 1)), 0))));

/** Inverse hyperbolic tangent; NaN outside [−1, 1]. */
export const atanh: Unary = analytic("atanh", (g, _, x) => div(g, oneMinusSquare(x)));

/** Square root; NaN below 0. Derivative ∞ at 0. */
export const sqrt: Unary = analytic("sqrt", (g, ans) => mul(g, div(0.5, ans)));

/** 1 / √x. */
export const rsqrt: Unary = analytic(
  "rsqrt",
  (g, ans, x) => mul(g, mul(-0.5, div(ans, x))),
  (x) => e.div(1, e.sqrt(x)),
);

/** Cube root. */
export const cbrt: Unary = unary("cbrt", (g, ans) => mul(g, mul(1 / 3, integerPow(ans, -2))), {
  accepts: "float",
});

/** x². */
export const square: Unary = unary("square", (g, _, x) => mul(g, mul(2, x)), {
  accepts: "number",
  scalar: (x) => e.mul(x, x),
  complex: ([z]) => onParts.square(z),
});

type IntegerPowParams = { y: number };

/** x to a small whole power by squaring, in the order JAX multiplies. */
function powerExpr(x: Expr, n: number): Expr {
  if (n === 0) return e.constant(1, x.dtype);
  if (n < 0) return e.div(1, powerExpr(x, -n));
  let out: Expr | null = null;
  let base = x;
  for (let k = n; k > 0; k = Math.floor(k / 2)) {
    if (k % 2 === 1) out = out === null ? base : e.mul(out, base);
    if (k > 1) base = e.mul(base, base);
  }
  return out!;
}

const integerPowP: Primitive<IntegerPowParams> = elementwise<IntegerPowParams>({
  name: "integer_pow",
  accepts: "number",
  scalar: ([x], { y }) => powerExpr(x, y),
  jvp: [(g, _, [x], { y }) => (y === 0 ? mul(g, 0) : mul(g, y === 1 ? 1 : mul(y, integerPow(x, y - 1))))],
  complex: ([x], { y }) => onParts.integerPow(x, y),
});
/** x to a whole power. */
export function integerPow(x: ArrayLike, y: number): NDArray {
  if (!Number.isInteger(y))
    throw new ArgumentError(`integerPow: the exponent must be a whole number; got ${y}. Use pow.`);
  const a = asArray(x, "integerPow");
  if (y < 0 && !isInexact(a.dtype)) {
    throw new ArgumentError(
      `integerPow: integers cannot be raised to a negative power (${y}); convert to a float first.`,
    );
  }
  return bind1(integerPowP, [a], { y });
}

/** 1 / x. */
export const reciprocal = (x: ArrayLike): NDArray => integerPow(x, -1);
