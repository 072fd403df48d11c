/** @file Bijectors of numbers one by one: each element is an event, so log determinants have the shape of the array. */
import { checkOneOf, refuseMore, show } from "../../base/checks.ts";
import { ArgumentError } from "../../base/errors.ts";
import * as lax from "../../control-flow/lax.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isConcrete } from "../../core/eval.ts";
import * as np from "../../numpy/index.ts";
import { type Bijector, bijector, checkBijector, floating } from "./bijector.ts";

/** log(1 + eˣ), without overflow. */
export const softplus = (x: NDArray): NDArray => np.logaddexp(x, 0);

/** The inverse of `softplus`: x + log(1 − e⁻ˣ). */
const inverseSoftplus = (x: NDArray): NDArray => np.add(x, np.log(np.negative(np.expm1(np.negative(x)))));

/** log σ(x). */
export const logSigmoid = (x: NDArray): NDArray => np.negative(softplus(np.negative(x)));

/**
 * No constraint.
 * @example
 * infer.free().forward(np.array([-1, 2])).js(); // [-1, 2]
 */
export function free(...more: []): Bijector {
  refuseMore("free", 0, more);
  return bijector(
    "free",
    (u) => u,
    (x) => x,
    np.zerosLike,
  );
}

/** Options of `positive`. */
export interface PositiveOptions {
  /** `"exp"` (default) is right for scales; `"softplus"` grows linearly. */
  readonly by?: "exp" | "softplus" | undefined;
}

/**
 * Numbers above 0: x = exp u, or with `by: "softplus"` x = log(1 + exp u).
 * @example
 * const scale = infer.positive();
 * scale.forward(0).item(); // 1
 * scale.forwardLogDet(2).item(); // 2
 */
export function positive(options?: PositiveOptions, ...more: []): Bijector {
  refuseMore("positive", 1, more);
  const by: unknown = optionOf("positive", options, "by", "exp");
  checkOneOf("positive", "by", by, ["exp", "softplus"]);
  return by === "exp"
    ? bijector("positive", np.exp, np.log, (u) => u)
    : bijector("positive", softplus, inverseSoftplus, logSigmoid);
}

/** The value of the only option. */
function optionOf(what: string, options: unknown, name: string, initial: unknown): unknown {
  if (options === undefined) return initial;
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new ArgumentError(`${what}: the options must be an object, { ${name} }; got ${show(options)}.`);
  const other = Object.keys(options).find((k) => k !== name);
  if (other !== undefined)
    throw new ArgumentError(`${what}: unknown option ${show(other)}; the only one is ${name}.`);
  return (options as Readonly<Record<string, unknown>>)[name] ?? initial;
}

/** A bound in the dtype of the numbers it is for. */
const like = (bound: NDArray, x: NDArray): NDArray => bound.astype(x.dtype);

/** An array over the shape that it and the bounds broadcast to. */
const spread = (u: NDArray, ...bounds: readonly NDArray[]): NDArray =>
  np.broadcastTo(u, lax.broadcastShapes(u.shape, ...bounds.map((b) => b.shape)));

/**
 * Numbers above `low`: x = low + exp u.
 * @example
 * infer.above(2).inverse(3).item(); // 0
 */
export function above(low: ArrayLike, ...more: []): Bijector {
  refuseMore("above", 1, more);
  const from = floating("above: low", low);
  return bijector(
    "above",
    (u) => np.add(like(from, u), np.exp(u)),
    (x) => np.log(np.subtract(x, like(from, x))),
    (u) => spread(u, from),
  );
}

/**
 * Numbers below `high`: x = high − exp u.
 * @example
 * infer.below(2).inverse(1).item(); // 0
 */
export function below(high: ArrayLike, ...more: []): Bijector {
  refuseMore("below", 1, more);
  const to = floating("below: high", high);
  return bijector(
    "below",
    (u) => np.subtract(like(to, u), np.exp(u)),
    (x) => np.log(np.subtract(like(to, x), x)),
    (u) => spread(u, to),
  );
}

/**
 * Numbers between `low` and `high`: x = low + (high − low) / (1 + e⁻ᵘ).
 * @throws ArgumentError where `low` is not below `high`
 * @example
 * infer.interval(0, 4).forward(0).item(); // 2
 */
export function interval(low: ArrayLike, high: ArrayLike, ...more: []): Bijector {
  refuseMore("interval", 2, more);
  const [from, to] = [floating("interval: low", low), floating("interval: high", high)];
  const width = np.subtract(to, from);
  if (isConcrete(width) && !np.all(np.greater(width, 0)).item())
    throw new ArgumentError(
      `interval: low must be below high; got ${String(from)} and ${String(to)}. Give the smaller bound first.`,
    );
  return bijector(
    "interval",
    (u) => np.add(like(from, u), np.multiply(like(width, u), lax.logistic(u))),
    (x) => np.subtract(np.log(np.subtract(x, like(from, x))), np.log(np.subtract(like(to, x), x))),
    (u) => np.add(np.log(like(width, u)), np.add(logSigmoid(u), logSigmoid(np.negative(u)))),
  );
}

/**
 * x = shift + scale · u: a parameter that is centred and scaled, so that what moves has about unit scale.
 * @example
 * infer.affine(1, 2).forward(np.array([0, 3])).js(); // [1, 7]
 */
export function affine(shift: ArrayLike, scale: ArrayLike, ...more: []): Bijector {
  refuseMore("affine", 2, more);
  const [by, times] = [floating("affine: shift", shift), floating("affine: scale", scale)];
  return bijector(
    "affine",
    (u) => np.add(like(by, u), np.multiply(like(times, u), u)),
    (x) => np.divide(np.subtract(x, like(by, x)), like(times, x)),
    (u) => np.add(np.log(np.abs(like(times, u))), np.zerosLike(spread(u, by, times))),
  );
}

/**
 * One bijector after another: `composed(f, g)` maps u to g(f(u)). They must have events of the same kind.
 * @example
 * const b = infer.composed(infer.affine(0, 2), infer.positive()); // exp(2 u)
 * b.forwardLogDet(1).item(); // 2.693147180559945
 */
export function composed(first: Bijector, second: Bijector, ...more: []): Bijector {
  refuseMore("composed", 2, more);
  checkBijector("composed", first);
  checkBijector("composed", second);
  return bijector(
    "composed",
    (u) => second.forward(first.forward(u)),
    (x) => first.inverse(second.inverse(x)),
    (u) => np.add(first.forwardLogDet(u), second.forwardLogDet(first.forward(u))),
  );
}
