/**
 * @file Element-wise functions of one operand: exponentials, logarithms, trigonometry, roots, rounding, signs.
 *
 * Each primitive stands directly below its user-facing function. Formulas follow jax/_src/lax/lax.py; where two forms are
 * equal the one without cancellation is taken.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isComplex, isInexact, realPart } from "../../dtypes/dtype.ts";
import { type Parts, type Primitive, zeroTangent, type NoParams } from "../../core/primitive.ts";
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
import { type Accepts, type ElementwiseSpec, elementwise, none } from "../families/elementwise.ts";
import { select } from "./select.ts";

type UnaryP = Primitive<NoParams>;
type UnaryJvp = (g: NDArray, ans: NDArray, x: NDArray) => NDArray;

/** A unary primitive from its scalar operation (or expression) and derivative (none: zero). */
function unary(
  name: string,
  kind: Accepts,
  scalar: OpName | ((x: Expr) => Expr),
  jvp: UnaryJvp | typeof zeroTangent,
  more: Pick<ElementwiseSpec<NoParams>, "complex" | "result"> = {},
): UnaryP {
  return elementwise({
    name,
    accepts: kind,
    scalar: ([x]) => (typeof scalar === "string" ? e.apply(scalar, x) : scalar(x)),
    jvp: jvp === zeroTangent ? zeroTangent : [(g, ans, [x]) => jvp(g, ans, x)],
    ...more,
  });
}

const onComplex = (f: (z: Parts) => Parts): Pick<ElementwiseSpec<NoParams>, "complex"> => ({
  complex: ([z]) => f(z),
});

const wrap =
  (p: UnaryP, name: string) =>
  (x: ArrayLike): NDArray =>
    bind1(p, [asArray(x, name)], none);

export const negP = elementwise({
  name: "neg",
  accepts: "number",
  scalar: ([x]) => e.neg(x),
  jvp: [(g) => neg(g)],
  transpose: [(ct) => neg(ct)],
  complex: ([x]) => onParts.neg(x),
});
/** −x. */
export const neg = wrap(negP, "neg");

// The tangent of an integer operand never reaches these rules, so sign, floor and the like need not ask.
export const signP = unary("sign", "number", "sign", zeroTangent, {
  complex: ([x]) => onParts.sign(x),
});
/** −1, 0 or 1 (keeping −0 and NaN); of complex numbers x / |x|. Derivative 0. */
export const sign = wrap(signP, "sign");

export const absP = unary(
  "abs",
  "number",
  "abs",
  (g, ans, x) =>
    isComplex(x.dtype)
      ? real(mul(g, div(conj(x), convertElementType(select(eq(ans, 0), 1, ans), x.dtype))))
      : select(ge(x, 0), g, neg(g)),
  { result: realPart, complex: ([x]) => onParts.modulus(x) },
);
/** |x|. Derivative −1 below 0 and 1 from 0 on (as in JAX); of complex numbers 0 at 0. */
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

export const isFiniteP = elementwise({
  name: "is_finite",
  accepts: "float",
  result: "bool",
  scalar: ([x]) => e.isFinite(x),
  jvp: zeroTangent,
});
/** True where x is neither infinite nor NaN. */
export const isFinite = wrap(isFiniteP, "isFinite");

export const expP: UnaryP = unary(
  "exp",
  "inexact",
  "exp",
  (g, ans) => mul(g, ans),
  onComplex((z) => functions.exp(z)),
);
/** eˣ. */
export const exp = wrap(expP, "exp");

export const exp2P: UnaryP = unary(
  "exp2",
  "inexact",
  "exp2",
  (g, ans) => mul(g, mul(Math.LN2, ans)),
  onComplex((z) => functions.exp2(z)),
);
/** 2ˣ. */
export const exp2 = wrap(exp2P, "exp2");

export const expm1P: UnaryP = unary(
  "expm1",
  "inexact",
  "expm1",
  (g, ans) => mul(g, add(ans, 1)),
  onComplex((z) => functions.expm1(z)),
);
/** eˣ − 1, exact near 0. */
export const expm1 = wrap(expm1P, "expm1");

export const logP: UnaryP = unary(
  "log",
  "inexact",
  "log",
  (g, _, x) => div(g, x),
  onComplex((z) => functions.log(z)),
);
/** Natural logarithm. */
export const log = wrap(logP, "log");

export const log1pP: UnaryP = unary(
  "log1p",
  "inexact",
  "log1p",
  (g, _, x) => div(g, add(x, 1)),
  onComplex((z) => functions.log1p(z)),
);
/** log(1 + x), exact near 0. */
export const log1p = wrap(log1pP, "log1p");

export const logisticP: UnaryP = unary(
  "logistic",
  "inexact",
  (x) => e.div(e.constant(1, x.dtype), e.add(e.exp(e.neg(x)), 1)),
  (g, ans) => mul(g, mul(ans, sub(1, ans))),
  onComplex((z) => functions.logistic(z)),
);
/** 1 / (1 + e⁻ˣ). */
export const logistic = wrap(logisticP, "logistic");

export const sinP: UnaryP = unary(
  "sin",
  "inexact",
  "sin",
  (g, _, x) => mul(g, cos(x)),
  onComplex((z) => functions.sin(z)),
);
/** Sine. */
export const sin = wrap(sinP, "sin");

export const cosP: UnaryP = unary(
  "cos",
  "inexact",
  "cos",
  (g, _, x) => neg(mul(g, sin(x))),
  onComplex((z) => functions.cos(z)),
);
/** Cosine. */
export const cos = wrap(cosP, "cos");

export const tanP: UnaryP = unary(
  "tan",
  "inexact",
  "tan",
  (g, ans) => mul(g, add(square(ans), 1)),
  onComplex((z) => functions.tan(z)),
);
/** Tangent. */
export const tan = wrap(tanP, "tan");

export const asinP: UnaryP = unary(
  "asin",
  "inexact",
  "asin",
  (g, _, x) => mul(g, rsqrt(oneMinusSquare(x))),
  onComplex((z) => functions.asin(z)),
);
/** Inverse sine; NaN outside [−1, 1]. */
export const asin = wrap(asinP, "asin");

export const acosP: UnaryP = unary(
  "acos",
  "inexact",
  "acos",
  (g, _, x) => neg(mul(g, rsqrt(oneMinusSquare(x)))),
  onComplex((z) => functions.acos(z)),
);
/** Inverse cosine; NaN outside [−1, 1]. */
export const acos = wrap(acosP, "acos");

const oneMinusSquare = (x: NDArray): NDArray => mul(sub(1, x), add(1, x));

export const atanP: UnaryP = unary(
  "atan",
  "inexact",
  "atan",
  (g, _, x) => div(g, add(square(x), 1)),
  onComplex((z) => functions.atan(z)),
);
/** Inverse tangent. */
export const atan = wrap(atanP, "atan");

export const sinhP: UnaryP = unary(
  "sinh",
  "inexact",
  "sinh",
  (g, _, x) => mul(g, cosh(x)),
  onComplex((z) => functions.sinh(z)),
);
/** Hyperbolic sine. */
export const sinh = wrap(sinhP, "sinh");

export const coshP: UnaryP = unary(
  "cosh",
  "inexact",
  "cosh",
  (g, _, x) => mul(g, sinh(x)),
  onComplex((z) => functions.cosh(z)),
);
/** Hyperbolic cosine. */
export const cosh = wrap(coshP, "cosh");

export const tanhP: UnaryP = unary(
  "tanh",
  "inexact",
  "tanh",
  (g, ans) => mul(add(g, mul(g, ans)), sub(1, ans)),
  onComplex((z) => functions.tanh(z)),
);
/** Hyperbolic tangent. */
export const tanh = wrap(tanhP, "tanh");

export const asinhP: UnaryP = unary(
  "asinh",
  "inexact",
  "asinh",
  (g, _, x) => mul(g, rsqrt(add(square(x), 1))),
  onComplex((z) => functions.asinh(z)),
);
/** Inverse hyperbolic sine. */
export const asinh = wrap(asinhP, "asinh");

export const acoshP: UnaryP = unary(
  "acosh",
  "inexact",
  "acosh",
  (g, _, x) => mul(g, rsqrt(add(mul(sub(x, 1), add(x, 1)), 0))),
  onComplex((z) => functions.acosh(z)),
);
/** Inverse hyperbolic cosine; NaN below 1. */
export const acosh = wrap(acoshP, "acosh");

export const atanhP: UnaryP = unary(
  "atanh",
  "inexact",
  "atanh",
  (g, _, x) => div(g, oneMinusSquare(x)),
  onComplex((z) => functions.atanh(z)),
);
/** Inverse hyperbolic tangent; NaN outside [−1, 1]. */
export const atanh = wrap(atanhP, "atanh");

export const sqrtP: UnaryP = unary(
  "sqrt",
  "inexact",
  "sqrt",
  (g, ans) => mul(g, div(0.5, ans)),
  onComplex((z) => functions.sqrt(z)),
);
/** Square root; NaN below 0. Derivative ∞ at 0. */
export const sqrt = wrap(sqrtP, "sqrt");

export const rsqrtP: UnaryP = unary(
  "rsqrt",
  "inexact",
  (x) => e.div(e.constant(1, x.dtype), e.sqrt(x)),
  (g, ans, x) => mul(g, mul(-0.5, div(ans, x))),
  onComplex((z) => functions.rsqrt(z)),
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
  (x) => e.mul(x, x),
  (g, _, x) => mul(g, mul(2, x)),
  onComplex((z) => onParts.square(z)),
);
/** x². */
export const square = wrap(squareP, "square");

type IntegerPowParams = { y: number };

/** x to a small whole power by squaring, in the order JAX multiplies. */
function powerExpr(x: Expr, n: number): Expr {
  if (n === 0) return e.constant(1, x.dtype);
  if (n < 0) return e.div(e.constant(1, x.dtype), powerExpr(x, -n));
  let out: Expr | null = null;
  let base = x;
  for (let k = n; k > 0; k = Math.floor(k / 2)) {
    if (k % 2 === 1) out = out === null ? base : e.mul(out, base);
    if (k > 1) base = e.mul(base, base);
  }
  return out!;
}

export const integerPowP = elementwise<IntegerPowParams>({
  name: "integer_pow",
  accepts: "number",
  scalar: ([x], { y }) => powerExpr(x, y),
  jvp: [(g, _, [x], { y }) => (y === 0 ? mul(g, 0) : mul(g, y === 1 ? 1 : mul(y, integerPow(x, y - 1))))],
  complex: ([x], { y }) => onParts.integerPow(x, y),
});
/** x to the whole power `y`, by repeated multiplication. */
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
