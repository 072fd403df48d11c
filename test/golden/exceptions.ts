/**
 * @file Vectors that the library does not follow on purpose, each with its reason. Two kinds belong here: places where
 * JAX itself is wrong or leaves the result open, and decisions of the design (JavaScript numbers, no tuples, 64-bit
 * integers). A bug of the library never does.
 *
 * An exception excuses a difference; it does not demand one. A vector that agrees anyway counts as passed.
 */
import { numbers } from "./codec.ts";
import type { EncodedArray, Json, JsonObject } from "./codec.ts";
import type { Vector } from "./vectors.ts";

export interface Exception {
  /** Which vectors, by the name of the function. */
  readonly fn: RegExp;
  /** Which of them, if not all. */
  readonly when?: (v: Vector) => boolean;
  /** Which checks of the vector (`value`, `vjp` …; rows in promotion), if not all. */
  readonly part?: RegExp;
  /**
   * Where JAX is wrong at some elements: what is right there, given the argument and the cotangent (1 for values);
   * undefined where JAX is right. The vector is then compared with what is right.
   */
  readonly truth?: (x: number, cotangent: number) => number | undefined;
  readonly reason: string;
}

const integersBecomeDefault =
  "integers become the default float, which is float64 (and its complex dtype complex128); JAX makes float32 of integers narrower than 64 bits";

/** The rows of promotion in 64-bit mode whose operands are all integers or booleans. */
const integerRows = /^x64 (?:bool|u?int\d+|weak_bool|weak_int)(?:, (?:bool|u?int\d+|weak_bool|weak_int))*$/;

/** Small enough for two terms of a series. */
const tiny = (x: number): boolean => x !== 0 && Math.abs(x) < 1e-3;

/** -sinc'(x) near 0. */
const sincSlope = (x: number): number => ((Math.PI ** 2 * x) / 3) * (1 - (Math.PI * x) ** 2 / 10);

/** i0e'(x) or i1e'(x) for large x, by their asymptotic series. */
function besselSlope(order: 0 | 1, x: number): number {
  const y = Math.abs(x);
  const [b, c] = order === 0 ? [-3 / 16, -45 / 256] : [9 / 16, 75 / 256];
  const slope = (-1 / 2 + b / y + c / y ** 2) / Math.sqrt(2 * Math.PI * y ** 3);
  return order === 0 ? slope * Math.sign(x) : slope;
}

const besselExceptions = ([0, 1] as const).flatMap((order): Exception[] =>
  [true, false].map((x64) => ({
    fn: new RegExp(`^lax\\.bessel_i${order}e$`),
    part: /^vjp$/,
    when: (v) => (v.x64 !== false) === x64,
    truth: (x, ct) =>
      Number.isNaN(x) ? NaN : Math.abs(x) > (x64 ? 1e8 : 30) ? ct * besselSlope(order, x) : undefined,
    reason:
      "for large x JAX's derivative is a difference of functions that agree in all or most digits; of NaN it is that at 0",
  })),
);

/** Where JAX forms a derivative from a rounded result, what is right; undefined where its digits are good. */
const saturated: readonly (readonly [fn: RegExp, truth: NonNullable<Exception["truth"]>])[] = [
  [/^(numpy|lax|nn)\.tanh$/, (x, ct) => (Math.abs(x) > 1 ? ct / Math.cosh(x) ** 2 : undefined)],
  [/^(numpy|lax)\.expm1$/, (x, ct) => (x < -1 ? ct * Math.exp(x) : undefined)],
  [
    /^(lax\.logistic|nn\.sigmoid)$/,
    (x, ct) => (x > 1 ? (ct * Math.exp(-x)) / (1 + Math.exp(-x)) ** 2 : undefined),
  ],
  [/^(numpy\.arccosh|lax\.acosh)$/, (x, ct) => (Math.abs(x) > 1e15 ? ct / Math.abs(x) : undefined)],
  [/^nn\.elu$/, (x, ct) => (x < -1 ? ct * Math.exp(x) : undefined)],
  [
    /^nn\.selu$/,
    (x, ct) => (x < -1 ? ct * 1.0507009873554805 * 1.6732632423543772 * Math.exp(x) : undefined),
  ],
];

const zeroBase = "JAX multiplies the exponent 0 by the infinite 0⁻¹; x⁰ is constant, and its derivative 0";
const origin =
  "the derivative at the origin is the subgradient 0, as of every other 2-norm; JAX gives ½ by each";

export const exceptions: readonly Exception[] = [
  {
    fn: /^error\.unhashable_static$/,
    reason: "lists and plain objects are static values: they are compared by what they hold, and copied",
  },
  {
    fn: /^numpy\.(?:sqrt|tanh|sinc|rad2deg)$/,
    when: (v) => v.id.endsWith("/int32_in_x64"),
    part: /^value$/,
    reason: integersBecomeDefault,
  },
  ...saturated.map(([fn, truth]) => ({
    fn,
    part: /^vjp$/,
    truth,
    reason:
      "JAX forms the derivative from the rounded result, or a square, and loses digits or all of it where those are ±1, 0 or infinite",
  })),
  {
    fn: /^nn\.soft_sign$/,
    part: /^vjp$/,
    truth: (x) => (Math.abs(x) === Infinity ? 0 : undefined),
    reason: "the derivative 1/(1 + |x|)² is 0 at infinity; JAX's is a NaN",
  },
  {
    fn: /^numpy\.sinc$/,
    part: /^value$/,
    truth: (x) => (x !== 0 && Number.isInteger(x) ? 0 : undefined),
    reason: "sin(πx) is 0 at whole numbers; JAX takes the sine of a rounded πx",
  },
  {
    fn: /^numpy\.power$/,
    when: (v) => /special_f64|grad_at_zero_base/.test(v.id),
    part: /^vjp$/,
    reason: zeroBase,
  },
  {
    fn: /^numpy\.linalg\.norm$/,
    when: (v) => v.id.endsWith("zero_grad"),
    part: /^vjp$/,
    reason: "the gradient of a norm at 0 is the subgradient 0, as in PyTorch; JAX's is a NaN",
  },
  {
    fn: /^numpy\.(nan)?std$/,
    when: (v) => /\/(constant|f32)$/.test(v.id),
    part: /^(jvp|vjp)$/,
    reason: "the deviation is a 2-norm: where it is 0 its derivative is 0, as in PyTorch; JAX's is a NaN",
  },
  { fn: /^numpy\.hypot$/, when: (v) => /special_f64|ties/.test(v.id), part: /^vjp$/, reason: origin },
  {
    fn: /^numpy\.arctan2$/,
    when: (v) => v.id.endsWith("special_f64"),
    part: /^vjp$/,
    reason: "at infinite operands the derivative has the limit 0; JAX divides infinities",
  },
  {
    fn: /^numpy\.logaddexp$/,
    when: (v) => v.id.endsWith("special_f64"),
    part: /^vjp$/,
    reason: "beside an infinite operand the derivative is 0; JAX takes 1 for both",
  },
  {
    fn: /^numpy\.i0$/,
    part: /^vjp$/,
    truth: (x, ct) => (tiny(x) ? (ct * x * (1 + x ** 2 / 8)) / 2 : undefined),
    reason:
      "i0'(x) = i1(x) is x/2 near 0; JAX subtracts functions that agree there, and has 0 or few digits left",
  },
  {
    fn: /^numpy\.sinc$/,
    part: /^vjp$/,
    truth: (x, ct) => (tiny(x) ? -ct * sincSlope(x) : undefined),
    reason:
      "sinc'(x) is -pi^2 x/3 near 0; JAX subtracts numbers that agree there, and has few digits or infinity left",
  },
  ...besselExceptions,
  {
    fn: /^scipy\.special\.expi$/,
    when: (v) => v.id.endsWith("/special"),
    part: /^value$/,
    truth: (x) => (x === 0 ? -Infinity : x === Infinity ? Infinity : x === -Infinity ? 0 : undefined),
    reason: "Ei is -Infinity at 0 and has the limits 0 and Infinity at -Infinity and Infinity; JAX has NaN",
  },
  {
    fn: /^scipy\.special\.xlogy$/,
    when: (v) => v.id.endsWith("/zeros"),
    part: /^vjp$/,
    reason: "x log y with x = 0 is 0 for every y >= 0, and so is its derivative at y = 0; JAX has 0/0 there",
  },
  {
    fn: /^scipy\.special\.rel_entr$/,
    when: (v) => v.id.endsWith("/zeros"),
    part: /^(value|vjp)$/,
    reason: "of NaN JAX makes infinity, the value outside the domain; NaN has to stay visible",
  },
  {
    fn: /^lax\.lgamma$/,
    when: (v) => v.x64 === false,
    truth: (x) => (x === 1 || x === 2 ? 0 : undefined),
    reason: "lgamma(1) and lgamma(2) are 0; JAX's float32 approximation is 4.8e-7 there",
  },
  {
    fn: /^index\.get$/,
    when: (v) => v.note?.includes("treat the vjp of this case as optional") === true,
    part: /^vjp$/,
    reason: "JAX clamps an index out of range but drops its cotangent; the vectors call this check optional",
  },
  {
    fn: /^scipy\.optimize\.minimize$/,
    when: (v) => v.id.endsWith("/bfgs_rosenbrock"),
    reason:
      "JAX stops at (-0.28, 0.04), where the gradient is far from 0: its line search gives up on brackets whose ends are in descending order; the minimum is (1, 1)",
  },
  {
    fn: /^random\.multivariate_normal$/,
    when: (v) => v.note?.includes("compare only if yours agrees") === true,
    reason: "the signs of eigenvectors are a convention of LAPACK",
  },
  {
    fn: /^promotion\.dot$/,
    part: /int16/,
    reason:
      "JAX's dot refuses a Python int beside int16, though not beside int8 or int32; here all three work",
  },
  {
    fn: /^promotion\.create$/,
    when: (v) => v.args[0] === "array([1,2])",
    reason:
      "a list of JavaScript numbers is a float array unless a dtype is given: its elements cannot be told from floats",
  },
  {
    fn: /^tree\.structure_equal$/,
    when: (v) => JSON.stringify(v.args).includes('"tuple"'),
    reason: "JavaScript has one kind of list: a tuple and a list have the same structure",
  },
  {
    fn: /^error\.reverse_(?:while|fori_dynamic)$/,
    reason: "JAX has no reverse mode through a loop whose number of steps is not static; the library has",
  },
  {
    fn: /^promotion\.(?:divide|float_power|heaviside|copysign|linspace_like|nextafter|ldexp)$/,
    part: integerRows,
    reason: integersBecomeDefault,
  },
  {
    fn: /^promotion\.unary\.(?:sin|exp|reciprocal|mean|std|median|softmax|gelu|logsumexp|nanmean|quantile|fft)$/,
    part: integerRows,
    reason: integersBecomeDefault,
  },
];

/** The exception for a difference in this part of the vector, if there is one. */
export function exceptionFor(v: Vector, part: string): Exception | undefined {
  return exceptions.find(
    (e) => e.fn.test(v.fn) && (e.when?.(v) ?? true) && (e.part === undefined || e.part.test(part)),
  );
}

/** The vector with what is right instead of what JAX gave, in the value or in the first gradient. */
export function corrected(v: Vector, truth: NonNullable<Exception["truth"]>, part: string): Vector {
  const x = numbers(v.args[0] as JsonObject & EncodedArray);
  const patch = (want: Json, cotangent: readonly number[]): Json => {
    const encoded = want as JsonObject & EncodedArray;
    const data = encoded.data.map((y, i) => truth(x[i], cotangent[i] ?? 1) ?? y);
    return { ...encoded, data };
  };
  if (part === "value") return { ...v, out: patch(v.out ?? null, []) };
  if (v.vjp === undefined) return v;
  const { cotangent, grads } = v.vjp;
  const first = patch(grads[0], numbers(cotangent as JsonObject & EncodedArray));
  return { ...v, vjp: { ...v.vjp, grads: [first, ...grads.slice(1)] } };
}
