/**
 * @file Element-wise functions of one operand: exponentials, logarithms, trigonometry, roots, rounding, signs.
 *
 * Formulas follow jax/_src/lax/lax.py, but where a derivative from the rounded result, or by way of squares, would lose
 * digits: then it is a primitive of its own (slopes.ts).
 */
import { show } from "../../base/checks.ts";
import { camelCase } from "../../base/util.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isComplex, realPart } from "../../dtypes/dtype.ts";
import { type JetRule, type NoParams, type Parts, zeroTangent } from "../../core/primitive.ts";
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
import { type Unary, unaryFunction } from "../families/functions.ts";
import { select } from "./select.ts";
import { squareRootJet } from "./jets.ts";
import { exp2Derivative, inverseRoot, logisticSlope, rootDerivative, sech2 } from "./slopes.ts";

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
      scalar: ([x]) => (scalar === undefined ? e.apply(camelCase(name) as OpName, x) : scalar(x)),
      jvp: jvp === zeroTangent ? zeroTangent : [(g, ans, [x]) => jvp(g, ans, x)],
      ...more,
    }),
  );
}

/** A derivative of real operands by a primitive of its own, of complex ones by a formula. */
const slope =
  (real: (x: NDArray) => NDArray, complex: UnaryJvp): UnaryJvp =>
  (g, ans, x) =>
    isComplex(x.dtype) ? complex(g, ans, x) : mul(g, real(x));

/** A function of real numbers and of complex ones, these given as their parts. */
const analytic = (
  name: string,
  complex: (z: Parts) => Parts,
  jvp: UnaryJvp,
  scalar?: (x: Expr) => Expr,
  more: { readonly jet?: JetRule<NoParams> } = {},
): Unary =>
  unary(name, jvp, {
    ...more,
    accepts: "inexact",
    complex: ([z]) => complex(z),
    ...(scalar === undefined ? {} : { scalar }),
  });

export const negP = elementwise({
  name: "neg",
  stablehlo: "negate",
  accepts: "number",
  scalar: ([x]) => e.neg(x),
  jvp: [(g) => neg(g)],
  transpose: [(ct) => neg(ct)],
  complex: ([x]) => onParts.neg(x),
});
/**
 * The negative −x, in the dtype of x; integers wrap around.
 * @throws DTypeError for bool
 * @see jax.lax.neg
 * @example
 * lax.neg(np.array([1, -2])).js(); // [-1, 2]
 */
export const neg = unaryFunction(negP);

// The tangent of an integer operand never reaches these rules, so sign, floor and the like need not ask.
/**
 * −1, 0 or 1 in the dtype of x (keeping −0 and NaN); of complex numbers x / |x|. Derivative 0.
 * @throws DTypeError for bool
 * @see jax.lax.sign
 * @example
 * lax.sign(np.array([-3, 0, 2])).js(); // [-1, 0, 1]
 */
export const sign: Unary = unary("sign", zeroTangent, {
  accepts: "number",
  complex: ([z]) => onParts.sign(z),
});

/**
 * The magnitude |x|; of complex numbers real. Derivative −1 below 0 and 1 from 0 on, as in JAX; of complex numbers 0 at 0.
 * @throws DTypeError for bool
 * @see jax.lax.abs
 * @example
 * lax.abs(np.array([1, -2])).js(); // [1, 2]
 */
export const abs: Unary = unary(
  "abs",
  (g, ans, x) =>
    isComplex(x.dtype)
      ? real(mul(g, div(conj(x), convertElementType(select(eq(ans, 0), 1, ans), x.dtype))))
      : select(ge(x, 0), g, neg(g)),
  { accepts: "number", result: realPart, complex: ([z]) => onParts.modulus(z) },
);

/**
 * The largest whole number not above x, in its dtype. Derivative 0.
 * @throws DTypeError for other dtypes than floats
 * @see jax.lax.floor
 * @example
 * lax.floor(np.array([1.5, -1.5])).js(); // [1, -2]
 */
export const floor: Unary = unary("floor", zeroTangent, { accepts: "float" });
/**
 * The smallest whole number not below x, in its dtype. Derivative 0.
 * @throws DTypeError for other dtypes than floats
 * @see jax.lax.ceil
 * @example
 * lax.ceil(np.array([1.5, -1.5])).js(); // [2, -1]
 */
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
      `round: roundingMethod must be 0 (away from zero) or 1 (to even); got ${show(roundingMethod)}.`,
    );
  }
  return bind1(roundP, [asArray(x, "round")], { roundingMethod });
}

/**
 * Bool: whether x is neither infinite nor NaN.
 * @throws DTypeError for other dtypes than floats
 * @see jax.lax.is_finite
 * @example
 * lax.isFinite(np.array([1, -Infinity, NaN])).js(); // [true, false, false]
 */
export const isFinite: Unary = unary("is_finite", zeroTangent, { accepts: "float", result: "bool" });

/**
 * The exponential eˣ of real or complex numbers, in their dtype.
 * @throws DTypeError for integers and bool
 * @see jax.lax.exp
 * @example
 * lax.exp(np.array([0, 1])).js(); // [1, 2.7182818…]
 */
export const exp: Unary = analytic(
  "exp",
  (z) => functions.exp(z),
  (g, ans) => mul(g, ans),
);

/**
 * The power 2ˣ for real or complex x, in its dtype.
 * @throws DTypeError for integers and bool
 * @see jax.lax.exp2
 * @example
 * lax.exp2(np.array([3, -1])).js(); // [8, 0.5]
 */
export const exp2: Unary = analytic(
  "exp2",
  (z) => functions.exp2(z),
  slope(
    (x) => exp2Derivative(x),
    (g, ans) => mul(g, mul(Math.LN2, ans)),
  ),
);

/**
 * eˣ − 1 for real or complex x, exact near 0, where `exp` loses what differs from 1.
 * @throws DTypeError for integers and bool
 * @see jax.lax.expm1
 * @example
 * lax.expm1(1e-20).item(); // 1e-20
 */
export const expm1: Unary = analytic(
  "expm1",
  (z) => functions.expm1(z),
  (g, _, x) => mul(g, exp(x)),
);

/**
 * The natural logarithm: −∞ at 0, NaN below; of complex numbers the branch with imaginary parts in [−π, π].
 * @throws DTypeError for integers and bool
 * @see jax.lax.log
 * @example
 * lax.log(np.array([1, Math.E])).js(); // [0, 1]
 */
export const log: Unary = analytic(
  "log",
  (z) => functions.log(z),
  (g, _, x) => div(g, x),
);

/**
 * log(1 + x) for real or complex x, exact near 0: −∞ at −1, NaN below.
 * @throws DTypeError for integers and bool
 * @see jax.lax.log1p
 * @example
 * lax.log1p(1e-20).item(); // 1e-20
 */
export const log1p: Unary = analytic(
  "log1p",
  (z) => functions.log1p(z),
  (g, _, x) => div(g, add(x, 1)),
);

/**
 * The logistic function 1 / (1 + e⁻ˣ) of real or complex numbers, in their dtype. At 0 its derivative is ¼.
 * @throws DTypeError for integers and bool
 * @see jax.lax.logistic
 * @example
 * lax.logistic(np.array([0, Infinity])).js(); // [0.5, 1]
 */
export const logistic: Unary = analytic(
  "logistic",
  (z) => functions.logistic(z),
  slope(logisticSlope, (g, ans) => mul(g, mul(ans, sub(1, ans)))),
  (x) => e.div(1, e.add(e.exp(e.neg(x)), 1)),
);

/**
 * The sine of an angle in radians, real or complex.
 * @throws DTypeError for integers and bool
 * @see jax.lax.sin
 * @example
 * lax.sin(np.array([0, Math.PI / 2])).js(); // [0, 1]
 */
export const sin: Unary = analytic(
  "sin",
  (z) => functions.sin(z),
  (g, _, x) => mul(g, cos(x)),
);

/**
 * The cosine of an angle in radians, real or complex.
 * @throws DTypeError for integers and bool
 * @see jax.lax.cos
 * @example
 * lax.cos(np.array([0, Math.PI])).js(); // [1, -1]
 */
export const cos: Unary = analytic(
  "cos",
  (z) => functions.cos(z),
  (g, _, x) => neg(mul(g, sin(x))),
);

/**
 * The tangent of an angle in radians, real or complex.
 * @throws DTypeError for integers and bool
 * @see jax.lax.tan
 * @example
 * lax.tan(np.array([0, 1])).js(); // [0, 1.5574077…]
 */
export const tan: Unary = analytic(
  "tan",
  (z) => functions.tan(z),
  (g, ans) => mul(g, add(square(ans), 1)),
);

/**
 * The angle in [−π/2, π/2] with sine x; NaN outside [−1, 1], but for complex x. Derivative ∞ at ±1.
 * @throws DTypeError for integers and bool
 * @see jax.lax.asin
 * @example
 * lax.asin(np.array([0, 1])).js(); // [0, 1.5707963…] — 0 and π/2
 */
export const asin: Unary = analytic(
  "asin",
  (z) => functions.asin(z),
  slope(
    (x) => inverseRoot(x, "1-x²", 1),
    (g, _, x) => mul(g, rsqrt(oneMinusSquare(x))),
  ),
);

/**
 * The angle in [0, π] with cosine x; NaN outside [−1, 1], but for complex x. Derivative −∞ at ±1.
 * @throws DTypeError for integers and bool
 * @see jax.lax.acos
 * @example
 * lax.acos(np.array([1, -1])).js(); // [0, 3.1415926…] — 0 and π
 */
export const acos: Unary = analytic(
  "acos",
  (z) => functions.acos(z),
  slope(
    (x) => neg(inverseRoot(x, "1-x²", 1)),
    (g, _, x) => neg(mul(g, rsqrt(oneMinusSquare(x)))),
  ),
);

const oneMinusSquare = (x: NDArray): NDArray => mul(sub(1, x), add(1, x));

/**
 * The angle in [−π/2, π/2] with tangent x, real or complex.
 * @throws DTypeError for integers and bool
 * @see jax.lax.atan
 * @example
 * lax.atan(np.array([1, Infinity])).js(); // [0.7853981…, 1.5707963…] — π/4 and π/2
 */
export const atan: Unary = analytic(
  "atan",
  (z) => functions.atan(z),
  slope(
    (x) => inverseRoot(x, "1+x²", 2),
    (g, _, x) => div(g, add(square(x), 1)),
  ),
);

/**
 * The hyperbolic sine (eˣ − e⁻ˣ)/2 of real or complex numbers.
 * @throws DTypeError for integers and bool
 * @see jax.lax.sinh
 * @example
 * lax.sinh(np.array([0, 1])).js(); // [0, 1.1752011…]
 */
export const sinh: Unary = analytic(
  "sinh",
  (z) => functions.sinh(z),
  (g, _, x) => mul(g, cosh(x)),
);

/**
 * The hyperbolic cosine (eˣ + e⁻ˣ)/2 of real or complex numbers.
 * @throws DTypeError for integers and bool
 * @see jax.lax.cosh
 * @example
 * lax.cosh(np.array([0, 1])).js(); // [1, 1.5430806…]
 */
export const cosh: Unary = analytic(
  "cosh",
  (z) => functions.cosh(z),
  (g, _, x) => mul(g, sinh(x)),
);

/**
 * The hyperbolic tangent, sinh x / cosh x, of real or complex numbers.
 * @throws DTypeError for integers and bool
 * @see jax.lax.tanh
 * @example
 * lax.tanh(np.array([1, Infinity])).js(); // [0.7615941…, 1]
 */
export const tanh: Unary = analytic(
  "tanh",
  (z) => functions.tanh(z),
  slope(sech2, (g, ans) => mul(add(g, mul(g, ans)), sub(1, ans))),
);

/**
 * The inverse of `sinh`, log(x + √(x² + 1)), for real or complex x.
 * @throws DTypeError for integers and bool
 * @see jax.lax.asinh
 * @example
 * lax.asinh(np.array([0, 1])).js(); // [0, 0.8813735…]
 */
export const asinh: Unary = analytic(
  "asinh",
  (z) => functions.asinh(z),
  slope(
    (x) => inverseRoot(x, "1+x²", 1),
    (g, _, x) => mul(g, rsqrt(add(square(x), 1))),
  ),
);

/**
 * The inverse of `cosh`, from 0 on; NaN for x below 1, but for complex x. Derivative ∞ at 1.
 * @throws DTypeError for integers and bool
 * @see jax.lax.acosh
 * @example
 * lax.acosh(np.array([1, 2])).js(); // [0, 1.3169578…]
 */
export const acosh: Unary = analytic(
  "acosh",
  (z) => functions.acosh(z),
  slope(
    (x) => inverseRoot(x, "x²-1", 1),
    (g, _, x) => mul(g, rsqrt(add(mul(sub(x, 1), add(x, 1)), 0))),
  ),
);

/**
 * The inverse of `tanh`: ±∞ at ±1, NaN beyond, but for complex x. Derivative ∞ at ±1.
 * @throws DTypeError for integers and bool
 * @see jax.lax.atanh
 * @example
 * lax.atanh(np.array([0.5, 1])).js(); // [0.5493061…, Infinity]
 */
export const atanh: Unary = analytic(
  "atanh",
  (z) => functions.atanh(z),
  slope(
    (x) => inverseRoot(x, "1-x²", 2),
    (g, _, x) => div(g, oneMinusSquare(x)),
  ),
);

/**
 * The square root; NaN below 0, but for complex x, whose root has real parts from 0 on. Derivative ∞ at 0.
 * @throws DTypeError for integers and bool
 * @see jax.lax.sqrt
 * @example
 * lax.sqrt(np.array([4, 0])).js(); // [2, 0]
 */
export const sqrt: Unary = analytic(
  "sqrt",
  (z) => functions.sqrt(z),
  slope(
    (x) => rootDerivative(x, "sqrt"),
    (g, ans) => mul(g, div(0.5, ans)),
  ),
  undefined,
  {
    jet: ([x], outs) => {
      const terms = squareRootJet(x, (k) => outs(k)[0]);
      return (k) => [k === 0 ? sqrt(x.coefficient(0) as NDArray) : terms(k)];
    },
  },
);

/**
 * 1 / √x for real or complex x; ∞ at 0, NaN below.
 * @throws DTypeError for integers and bool
 * @see jax.lax.rsqrt
 * @example
 * lax.rsqrt(np.array([4, 0])).js(); // [0.5, Infinity]
 */
export const rsqrt: Unary = analytic(
  "rsqrt",
  (z) => functions.rsqrt(z),
  (g, ans, x) => mul(g, mul(-0.5, div(ans, x))),
  (x) => e.div(1, e.sqrt(x)),
);

/**
 * The real cube root, of negative numbers too. Derivative ∞ at 0.
 * @throws DTypeError for other dtypes than floats
 * @see jax.lax.cbrt
 * @example
 * lax.cbrt(np.array([27, -8])).js(); // [3, -2]
 */
export const cbrt: Unary = unary("cbrt", (g, _, x) => mul(g, rootDerivative(x, "cbrt")), {
  accepts: "float",
});

/**
 * x², in the dtype of x, real, complex or integer; integers wrap around.
 * @throws DTypeError for bool
 * @see jax.lax.square
 * @example
 * lax.square(np.array([3, -2])).js(); // [9, 4]
 */
export const square: Unary = unary("square", (g, _, x) => mul(g, mul(2, x)), {
  accepts: "number",
  scalar: (x) => e.mul(x, x),
  complex: ([z]) => onParts.square(z),
});
