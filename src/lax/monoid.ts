/** @file Recognises which monoid a two-argument computation is, by tracing it on scalars. */
import type { ArrayLike, NDArray } from "../core/array.ts";
import { shaped } from "../core/aval.ts";
import type { DType } from "../core/dtype.ts";
import { shapeString } from "../core/shape.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { traceToJaxpr } from "../interpreters/staging.ts";
import { add, max, min, mul } from "./arithmetic.ts";
import { bitwiseAnd, bitwiseOr, bitwiseXor } from "./bitwise.ts";
import { asArray, asDType } from "./convert-args.ts";
import { reduceAnd, reduceMax, reduceMin, reduceOr, reduceProd, reduceSum, reduceXor } from "./reduce.ts";

export type Monoid = "add" | "mul" | "max" | "min" | "and" | "or" | "xor";

const known: readonly string[] = ["add", "mul", "max", "min", "and", "or", "xor"];

/** The monoid that `computation` applies to its two arguments. @throws ArgumentError if it is none. */
export function monoidOf(
  computation: (x: NDArray, y: NDArray) => ArrayLike,
  dtype: DType,
  where: string,
): Monoid {
  const scalar = shaped([], dtype);
  const { jaxpr } = traceToJaxpr(([x, y]) => [asArray(computation(x, y), where)], [scalar, scalar], where);
  const [eqn] = jaxpr.eqns;
  const isPlain =
    jaxpr.eqns.length === 1 &&
    known.includes(eqn.primitive.name) &&
    eqn.outputs[0] === jaxpr.outs[0] &&
    jaxpr.invars.every((v) => eqn.inputs.includes(v));
  if (!isPlain) {
    throw new ArgumentError(
      `${where}: the computation must be one of ${known.join(", ")} applied to its two arguments.`,
    );
  }
  return eqn.primitive.name as Monoid;
}

const reducers = {
  add: [reduceSum, add],
  mul: [reduceProd, mul],
  max: [reduceMax, max],
  min: [reduceMin, min],
  and: [reduceAnd, bitwiseAnd],
  or: [reduceOr, bitwiseOr],
  xor: [reduceXor, bitwiseXor],
} as const;

/**
 * Reduces axes with a computation (add, mul, max, min, and, or, xor; of lax or numpy), starting from `initValue`.
 * @see jax.lax.reduce
 */
export function reduce(
  operand: ArrayLike,
  initValue: ArrayLike,
  computation: (x: NDArray, y: NDArray) => ArrayLike,
  dimensions: readonly number[],
): NDArray {
  const x = asArray(operand, "reduce");
  const init = asDType(initValue, x.dtype, x.weakType, "reduce");
  if (init.ndim !== 0)
    throw new ShapeError(
      `reduce: the initial value must be 0-dimensional; got shape ${shapeString(init.shape)}.`,
    );
  const [over, combine] = reducers[monoidOf(computation, x.dtype, "reduce")];
  return combine(over(x, dimensions), init);
}
