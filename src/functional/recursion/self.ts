/** @file The call of a function by itself, while its body is written down. */
import { DifferentiationError, ArgumentError } from "../../base/errors.ts";
import type { ShapedArray } from "../../core/aval.ts";
import { type Primitive, definePrimitive, notLinear } from "../../core/primitive.ts";

export type SelfParams = {
  /** What was called: `recursive(f)`. */
  readonly what: string;
  readonly outAvals: readonly ShapedArray[];
};

const differentiated = (_: unknown, __: unknown, { what }: SelfParams): never => {
  throw new DifferentiationError(
    `${what}: the function differentiates a call of itself. Differentiate the recursive function from outside.`,
  );
};

/** Stands for the call until control flow is made of it (flow.ts): no program that runs has one. */
export const selfP: Primitive<SelfParams> = definePrimitive<SelfParams>({
  name: "recurse",
  kind: "opaque",
  abstractEval: (_, { outAvals }) => [...outAvals],
  lower: (_context, _args, { what }) => {
    throw new ArgumentError(
      `${what}: the function calls itself in a function that is compiled on its own, as in the body of a loop. Only branches ` +
        `(lax.cond, lax.switch) may hold calls of itself.`,
    );
  },
  jvp: differentiated,
  transpose: notLinear,
  batch: (_axis, _args, _dims, { what }) => {
    throw new ArgumentError(
      `${what}: the function maps a call of itself. Call it for each lane, or map from outside.`,
    );
  },
});
