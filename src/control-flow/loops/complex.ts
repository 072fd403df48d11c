/** @file The adjoint of a loop on complex numbers: that of the same loop on their parts, every complex operand being two. */
import type { NDArray } from "../../core/array.ts";
import type { Flags } from "../../core/jaxpr/derived.ts";
import type { Atom } from "../../core/jaxpr/ir.ts";
import { type ComplexRule, type Primitive, Parts } from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import { fromParts, partAvals, partsOf, realBody } from "../../interpreters/complex.ts";
import { neg } from "../../lax/elementwise/functions.ts";
import { inputsOf } from "./loop.ts";
import { type AdjointParams, adjointGroups } from "./params.ts";

type Values = readonly (NDArray | Parts)[];

/** Conjugates: the transpose over the real numbers and that over the complex ones differ by them. */
const conjugates = (values: Values): Values =>
  values.map((x) => (x instanceof Parts ? new Parts(x.re, neg(x.im)) : x));

/** Flags of values as those of their parts. */
const ofParts = (atoms: readonly Atom[], flags: Flags): boolean[] =>
  atoms.flatMap(({ aval }, i) => (isComplex(aval.dtype) ? [flags[i], flags[i]] : [flags[i]]));

/** The loop and its activity on parts. */
function onParts({ loop, active: { ins, outs } }: AdjointParams): AdjointParams {
  const { jaxpr } = loop.body;
  const { consts, carry } = inputsOf(loop).split(loop.body.inAvals);
  return {
    loop: {
      ...loop,
      body: realBody(loop.body),
      numConsts: partAvals(consts).length,
      numCarry: partAvals(carry).length,
    },
    active: { ins: ofParts(jaxpr.invars, ins), outs: ofParts(jaxpr.outs, outs) },
  };
}

export const complexAdjoint =
  (self: () => Primitive<AdjointParams>): ComplexRule<AdjointParams> =>
  (args, p, avals) => {
    const { trips, primals, cotangents } = adjointGroups(p).split(args);
    const operands = partsOf([...trips, ...primals, ...conjugates(cotangents)]);
    return [...conjugates(fromParts(avals, bind(self(), operands, onParts(p))))];
  };
