/** @file Recognises which monoid a two-argument computation is, by tracing it on scalars. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import type { DType } from "../../dtypes/dtype.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import { ArgumentError } from "../../base/errors.ts";
import { traceToJaxpr } from "../../interpreters/staging.ts";
import { add, max, min, mul } from "../elementwise/arithmetic.ts";
import { bitwiseAnd, bitwiseOr, bitwiseXor } from "../elementwise/bitwise.ts";
import { asArray } from "../operands/convert.ts";
import { reduceAnd, reduceMax, reduceMin, reduceOr, reduceProd, reduceSum, reduceXor } from "./reduce.ts";

type Monoid = "add" | "mul" | "max" | "min" | "and" | "or" | "xor";

const known: readonly string[] = ["add", "mul", "max", "min", "and", "or", "xor"];

/** The monoid that a program of two scalars is, if it is one. */
export function findMonoid({ jaxpr }: ClosedJaxpr): Monoid | null {
  const [eqn] = jaxpr.eqns;
  const isPlain =
    jaxpr.eqns.length === 1 &&
    jaxpr.outs.length === 1 &&
    known.includes(eqn.primitive.name) &&
    eqn.outputs[0] === jaxpr.outs[0] &&
    jaxpr.invars.length === 2 &&
    jaxpr.invars.every((v) => eqn.inputs.includes(v));
  return isPlain ? (eqn.primitive.name as Monoid) : null;
}

/** The monoid that `computation` applies to its two arguments. @throws ArgumentError if it is none. */
export function monoidOf(
  computation: (x: NDArray, y: NDArray) => ArrayLike,
  dtype: DType,
  where: string,
): Monoid {
  const scalar = shaped([], dtype);
  const found = findMonoid(
    traceToJaxpr(([x, y]) => [asArray(computation(x, y), where)], [scalar, scalar], where),
  );
  if (found === null) {
    throw new ArgumentError(
      `${where}: the computation must be one of ${known.join(", ")} applied to its two arguments.`,
    );
  }
  return found;
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

/** Reduces axes with a monoid, starting from a 0-d value. */
export function reduceMonoid(
  x: NDArray,
  init: NDArray,
  monoid: Monoid,
  dimensions: readonly number[],
): NDArray {
  const [over, combine] = reducers[monoid];
  return combine(over(x, dimensions), init);
}
