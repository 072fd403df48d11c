/** @file Arrays within programs that have no inputs for them: bodies of loops and branches. */
import { ComplexArray, type ConcreteArray } from "../../core/array.ts";
import { Parts, type Primitive, definePrimitive, notLinear, zeroTangent } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import { bufferPull, map } from "../../loops/pull.ts";

export type ConstantParams = { value: ConcreteArray };

/** An array that is part of the program. Where an equation of it is evaluated anew, the array is a constant like others. */
export const constantP: Primitive<ConstantParams> = definePrimitive<ConstantParams>({
  name: "constant",
  kind: "movement",
  abstractEval: (_, { value }) => [value.aval],
  lower: (context, _, { value }) => map(bufferPull(value.aval, context.constant(value))),
  call: (_, { value }) => [value],
  evaluate: (_, { value }) => [value],
  jvp: zeroTangent,
  transpose: notLinear,
  batch: () => {
    throw new Error("internal: constant has no operands to batch");
  },
  complex: (_, { value }) => {
    const part = (x: ConcreteArray) => bind1(constantP, [], { value: x });
    return value instanceof ComplexArray ? [new Parts(part(value.re), part(value.im))] : [part(value)];
  },
});
