/**
 * @file Activation functions, by JAX's formulas. Where a kink lies at a point that networks meet (relu at 0), the
 * derivative there is JAX's convention, stated below.
 */
import { refuseMore } from "../base/checks.ts";
import { customJvp } from "../api/custom.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import { canonicalAxis, shapeString } from "../dtypes/shape.ts";
import { ShapeError } from "../base/errors.ts";
import { asArray } from "../lax/operands/convert.ts";
import { convertElementType, integerPow, logistic } from "../lax/index.ts";
import { expQuotient, geluGateSlope, geluRate } from "../lax/elementwise/compensated.ts";
import { ndtr } from "../lax/special/normal.ts";
import { exprel } from "../lax/special/power-transform.ts";
import { define } from "../arguments/declare.ts";
import { param } from "../arguments/parameters.ts";
import * as np from "../numpy/index.ts";
import * as p from "../numpy/operands/parameters.ts";
import { promoteInexact } from "../numpy/operands/promote.ts";

const reluOf = customJvp(function relu(x: NDArray) {
  return np.maximum(x, 0);
}).defJvps((g: NDArray, _: NDArray, x: NDArray) => np.where(np.greater(x, 0), g, np.zerosLike(g)));

/**
 * max(x, 0). Derivative 0 at 0.
 * @see jax.nn.relu
 * @example
 * nn.relu(np.array([-1, 2])).js(); // [0, 2]
 */
export const relu = (x: ArrayLike, ...more: []): NDArray => {
  refuseMore("relu", 1, more);
  return reluOf(x);
};

const relu6Of = customJvp(function relu6(x: NDArray) {
  return np.minimum(np.maximum(x, 0), 6);
}).defJvps((g: NDArray, _: NDArray, x: NDArray) =>
  np.where(np.logicalAnd(np.greater(x, 0), np.less(x, 6)), g, np.zerosLike(g)),
);

/**
 * min(max(x, 0), 6). Derivative 0 at 0 and at 6.
 * @see jax.nn.relu6
 * @example
 * nn.relu6(np.array([-1, 2, 9])).js(); // [0, 2, 6]
 */
export const relu6 = (x: ArrayLike, ...more: []): NDArray => {
  refuseMore("relu6", 1, more);
  return relu6Of(x);
};

/**
 * The logistic function 1 / (1 + e^(−x)).
 * @see jax.nn.sigmoid
 * @example
 * nn.sigmoid(0).item(); // 0.5
 */
export const sigmoid = (x: ArrayLike, ...more: []): NDArray => {
  refuseMore("sigmoid", 1, more);
  return logistic(x);
};

/**
 * The hyperbolic tangent.
 * @see jax.nn.tanh
 * @example
 * nn.tanh(0).item(); // 0
 */
export const tanh = (x: ArrayLike, ...more: []): NDArray => {
  refuseMore("tanh", 1, more);
  return np.tanh(x);
};

/**
 * The operand itself, as an array.
 * @see jax.nn.identity
 * @example
 * nn.identity(2).item(); // 2
 */
export const identity = (x: ArrayLike, ...more: []): NDArray => {
  refuseMore("identity", 1, more);
  return asArray(x, "identity");
};

/**
 * log(1 + eˣ) without overflow.
 * @see jax.nn.softplus
 * @example
 * nn.softplus(-Infinity).item(); // 0
 */
export const softplus = (x: ArrayLike, ...more: []): NDArray => {
  refuseMore("softplus", 1, more);
  return np.logaddexp(x, 0);
};

/**
 * 0 for x ≤ −1, x for x ≥ 1, (x + 1)²/4 between.
 * @see jax.nn.sparse_plus
 * @example
 * nn.sparsePlus(np.array([-2, 0, 3])).js(); // [0, 0.25, 3]
 */
export function sparsePlus(x: ArrayLike, ...more: []): NDArray {
  refuseMore("sparsePlus", 1, more);
  const middle = np.divide(np.square(np.add(x, 1)), 4);
  return np.where(np.lessEqual(x, -1), 0, np.where(np.greaterEqual(x, 1), x, middle));
}

// By hand: the derivative of the quotient, 1/(1 + |x|) − |x|/(1 + |x|)², cancels.
const softSignOf = customJvp((x: NDArray) => np.divide(x, np.add(np.abs(x), 1))).defJvps(
  (g: NDArray, _: NDArray, x: NDArray) => np.multiply(g, integerPow(np.add(np.abs(x), 1), -2)),
);

/**
 * x / (|x| + 1).
 * @see jax.nn.soft_sign
 * @example
 * nn.softSign(np.array([-1, 1])).js(); // [-0.5, 0.5]
 */
export const softSign = (x: ArrayLike, ...more: []): NDArray => {
  refuseMore("softSign", 1, more);
  return softSignOf(promoteInexact("softSign", x)[0]);
};

/**
 * 0 for x ≤ −1, 1 for x ≥ 1, (x + 1)/2 between. The derivative at the kinks is 1/4, half that between.
 * @see jax.nn.sparse_sigmoid
 * @example
 * nn.sparseSigmoid(np.array([-2, 0, 3])).js(); // [0, 0.5, 1]
 */
export const sparseSigmoid = (x: ArrayLike, ...more: []): NDArray => {
  refuseMore("sparseSigmoid", 1, more);
  return np.multiply(0.5, np.clip(np.add(x, 1), 0, 2));
};

/**
 * x · sigmoid(x).
 * @see jax.nn.silu
 * @example
 * nn.silu(0).item(); // 0
 */
export const silu = (x: ArrayLike, ...more: []): NDArray => {
  refuseMore("silu", 1, more);
  return np.multiply(x, sigmoid(x));
};

/** Alias of `silu`. */
export const swish = silu;

// With s = σ(−x): tanh(softplus(x)) = (1 − s²)/(1 + s²), whose derivative is 4σ(x)·(s/(1 + s²))². That of the composition
// would multiply the rounding of softplus(x) by its size.
const tanhOfSoftplus = customJvp((x: NDArray) => np.tanh(softplus(x))).defJvps(
  (g: NDArray, _: NDArray, x: NDArray) => {
    const s = logistic(np.negative(x));
    const ratio = np.divide(s, np.add(1, np.square(s)));
    return np.multiply(g, np.multiply(np.multiply(4, logistic(x)), np.square(ratio)));
  },
);

/**
 * x · tanh(softplus(x)).
 * @see jax.nn.mish
 * @example
 * nn.mish(0).item(); // 0
 */
export const mish = (x: ArrayLike, ...more: []): NDArray => {
  refuseMore("mish", 1, more);
  const [a] = promoteInexact("mish", x);
  return np.multiply(a, tanhOfSoftplus(a));
};

/**
 * log(sigmoid(x)) without underflow.
 * @see jax.nn.log_sigmoid
 * @example
 * nn.logSigmoid(Infinity).item(); // -0
 */
export const logSigmoid = (x: ArrayLike, ...more: []): NDArray => {
  refuseMore("logSigmoid", 1, more);
  return np.negative(softplus(np.negative(x)));
};

const alphaParam = param<[alpha: ArrayLike]>()("alpha", 1);

/**
 * x for x > 0, alpha·(eˣ − 1) elsewhere.
 * @param alpha 1 unless given
 * @see jax.nn.elu
 * @example
 * nn.elu(np.array([-Infinity, 2])).js(); // [-1, 2]
 */
export const elu = define("elu", [alphaParam], [], ({ alpha }, x: ArrayLike): NDArray => {
  const positive = np.greater(x, 0);
  // Without the inner choice, the infinite derivative of a large x would become NaN.
  return np.where(positive, x, np.multiply(alpha, np.expm1(np.where(positive, 0, x))));
});

/**
 * Scaled elu, with the constants that keep mean 0 and variance 1.
 * @see jax.nn.selu
 * @example
 * nn.selu(0).item(); // 0
 */
export const selu = (x: ArrayLike, ...more: []): NDArray => {
  refuseMore("selu", 1, more);
  return np.multiply(1.0507009873554805, elu(x, 1.6732632423543772));
};

/** min(x, 0): where x is positive, the infinite exponential would make a NaN of the other branch. */
const negativePart = (x: NDArray): NDArray => np.minimum(x, 0);
// By hand: the derivative of the composition multiplies the rounding of x/a by its size, and along a it cancels.
const celuOf = customJvp((x: NDArray, a: NDArray): NDArray =>
  np.add(np.maximum(x, 0), np.multiply(a, np.expm1(np.divide(negativePart(x), a)))),
).defJvps(
  (g: NDArray, _: NDArray, x: NDArray, a: NDArray) =>
    np.multiply(g, np.where(np.greater(x, 0), 1, expQuotient(negativePart(x), a))),
  (g: NDArray, _: NDArray, x: NDArray, a: NDArray) => np.multiply(g, celuAlongAlpha(negativePart(x), a)),
);
// With t = x/a: eᵗ − 1 − t·eᵗ = −t²·∫₀¹ s·e^(ts) ds. ∂ₓ = −t·eᵗ/a, ∂ₐ = t²·eᵗ/a.
const celuAlongAlpha = customJvp((x: NDArray, a: NDArray): NDArray => {
  const t = np.divide(x, a);
  return np.where(np.equal(t, -Infinity), -1, np.multiply(np.negative(np.square(t)), exprel(1, t)));
}).defJvps(
  (g: NDArray, _: NDArray, x: NDArray, a: NDArray) =>
    np.negative(np.multiply(g, np.divide(np.multiply(np.divide(x, a), expQuotient(x, a)), a))),
  (g: NDArray, _: NDArray, x: NDArray, a: NDArray) => {
    const t = np.divide(x, a);
    return np.multiply(g, np.divide(np.multiply(np.multiply(t, t), expQuotient(x, a)), a));
  },
);

/**
 * max(x, 0) + alpha·(e^(min(x, 0)/alpha) − 1).
 * @param alpha 1 unless given
 * @see jax.nn.celu
 * @example
 * nn.celu(np.array([-Infinity, 2]), 3).js(); // [-3, 2]
 */
export const celu = define("celu", [alphaParam], [], ({ alpha }, x: ArrayLike): NDArray =>
  celuOf(...(np.broadcastArrays(...promoteInexact("celu", x, alpha)) as [NDArray, NDArray])),
);

/**
 * x for x ≥ 0, negativeSlope·x below. Derivative 1 at 0.
 * @param negativeSlope 0.01 unless given
 * @see jax.nn.leaky_relu
 * @example
 * nn.leakyRelu(np.array([-2, 2]), 0.5).js(); // [-1, 2]
 */
export const leakyRelu = define(
  "leakyRelu",
  [param<[negativeSlope: ArrayLike]>()("negativeSlope", 0.01)],
  [],
  ({ negativeSlope }, x: ArrayLike) => np.where(np.greaterEqual(x, 0), x, np.multiply(negativeSlope, x)),
);

/**
 * x limited to [−1, 1]. Derivative 1 at the limits.
 * @see jax.nn.hard_tanh
 * @example
 * nn.hardTanh(np.array([-3, 0.5, 3])).js(); // [-1, 0.5, 1]
 */
export const hardTanh = (x: ArrayLike, ...more: []): NDArray => {
  refuseMore("hardTanh", 1, more);
  return np.where(np.greater(x, 1), 1, np.where(np.less(x, -1), -1, x));
};

/**
 * relu6(x + 3) / 6. Derivative 0 at the kinks.
 * @see jax.nn.hard_sigmoid
 * @example
 * nn.hardSigmoid(np.array([-4, 0, 4])).js(); // [0, 0.5, 1]
 */
export const hardSigmoid = (x: ArrayLike, ...more: []): NDArray => {
  refuseMore("hardSigmoid", 1, more);
  return np.divide(relu6(np.add(x, 3)), 6);
};

/**
 * x · hardSigmoid(x).
 * @see jax.nn.hard_silu
 * @example
 * nn.hardSilu(np.array([-4, 0, 4])).js(); // [-0, 0, 4]
 */
export const hardSilu = (x: ArrayLike, ...more: []): NDArray => {
  refuseMore("hardSilu", 1, more);
  return np.multiply(x, hardSigmoid(x));
};

/** Alias of `hardSilu`. */
export const hardSwish = hardSilu;

/** Half the largest exponent: beyond, x² overflows. */
const far = (x: NDArray): number =>
  x.dtype === "float64" ? 2 ** 500 : x.dtype === "float16" ? 128 : 2 ** 60;
/** √(x² + b), whose square is `squareOf`. */
function rootOf(x: NDArray, b: NDArray): NDArray {
  const size = np.abs(x);
  const isFar = np.greater(size, far(x));
  const inside = np.sqrt(np.add(np.square(np.where(isFar, 1, x)), b));
  const ratio = np.divide(b, np.where(isFar, size, 1));
  const beyond = np.multiply(size, np.sqrt(np.add(1, np.divide(ratio, np.where(isFar, size, 1)))));
  return np.where(isFar, beyond, inside);
}
const squareOf = (x: NDArray, b: NDArray): NDArray => np.add(np.square(x), b);
// With r = √(x² + b), f = (x + r)/2: f = b/(2(r − x)) does not cancel below 0. ∂ₓ f = f/r, ∂_b f = 1/(4r).
const squareplusOf = customJvp((x: NDArray, b: NDArray): NDArray => {
  const root = rootOf(x, b);
  const above = np.multiply(0.5, np.add(x, root));
  const below = np.multiply(0.5, np.divide(b, np.subtract(root, np.where(np.less(x, 0), x, -1))));
  return np.where(np.less(x, 0), below, above);
}).defJvps(
  (g: NDArray, _: NDArray, x: NDArray, b: NDArray) => np.multiply(g, squareplusSlope(x, b)),
  (g: NDArray, _: NDArray, x: NDArray, b: NDArray) => np.multiply(g, squareplusAlongB(x, b)),
);
// f/r, with ∂ₓ = b/(2r³) and ∂_b = −x/(4r³); r³ as r·(x² + b), whose three factors do not share the rounding of the root.
const squareplusSlope = customJvp((x: NDArray, b: NDArray) =>
  np.divide(squareplusOf(x, b), rootOf(x, b)),
).defJvps(
  (g: NDArray, _: NDArray, x: NDArray, b: NDArray) =>
    np.multiply(g, np.divide(np.divide(np.multiply(0.5, b), rootOf(x, b)), squareOf(x, b))),
  (g: NDArray, _: NDArray, x: NDArray, b: NDArray) =>
    np.multiply(g, np.divide(np.divide(np.multiply(-0.25, x), rootOf(x, b)), squareOf(x, b))),
);
// 1/(4r), with ∂ₓ = −x/(4r³) and ∂_b = −1/(8r³).
const squareplusAlongB = customJvp((x: NDArray, b: NDArray) => np.divide(0.25, rootOf(x, b))).defJvps(
  (g: NDArray, _: NDArray, x: NDArray, b: NDArray) =>
    np.multiply(g, np.divide(np.divide(np.multiply(-0.25, x), rootOf(x, b)), squareOf(x, b))),
  (g: NDArray, _: NDArray, x: NDArray, b: NDArray) =>
    np.multiply(g, np.divide(np.divide(-0.125, rootOf(x, b)), squareOf(x, b))),
);

/**
 * (x + √(x² + b)) / 2.
 * @param b 4 unless given
 * @see jax.nn.squareplus
 * @example
 * nn.squareplus(0).item(); // 1
 */
export const squareplus = define("squareplus", [param<[b: ArrayLike]>()("b", 4)], [], ({ b }, x: ArrayLike) =>
  squareplusOf(...(np.broadcastArrays(...promoteInexact("squareplus", x, b)) as [NDArray, NDArray])),
);

// (1 + tanh u)/2 = σ(2u), which does not cancel below 0. The derivative from x: that of the composition would multiply the
// rounding of u by its size.
const geluGate = customJvp((x: NDArray) => {
  const inner = np.add(x, np.multiply(0.044715, np.power(x, 3)));
  return logistic(np.multiply(2 * Math.sqrt(2 / Math.PI), inner));
}).defJvps((g: NDArray, _: NDArray, x: NDArray) =>
  np.multiply(g, np.multiply(geluRate(x), geluGateSlope(x))),
);

/**
 * x times the standard normal distribution function of x.
 * @param approximate by a tanh formula: true unless given
 * @see jax.nn.gelu
 * @example
 * nn.gelu(0).item(); // 0
 */
export const gelu = define(
  "gelu",
  [param<[approximate: boolean]>()("approximate", true)],
  [],
  ({ approximate }, x: ArrayLike): NDArray => {
    const [given] = promoteInexact("gelu", x);
    const a = convertElementType(given, given.dtype);
    if (!approximate) return np.multiply(a, ndtr(a));
    return np.multiply(a, geluGate(a));
  },
);

/**
 * The first half of `x` along an axis (the last), times the sigmoid of the second.
 * @throws ShapeError for an axis of odd size
 * @see jax.nn.glu
 * @example
 * nn.glu(np.array([4, 0])).js(); // [2]
 */
export const glu = define("glu", [p.lastAxis], [], ({ axis }, x: ArrayLike): NDArray => {
  const a = asArray(x, "glu");
  const along = canonicalAxis(axis, a.ndim, "glu");
  if (a.shape[along] % 2 !== 0)
    throw new ShapeError(`glu: axis ${axis} of shape ${shapeString(a.shape)} must have an even size.`);
  const [value, gate] = np.split(a, 2, along);
  return np.multiply(value, sigmoid(gate));
});
