/**
 * @file The adjoint of a loop on complex numbers: that of the same loop on their parts, every complex operand being two.
 *
 * A step backwards is derived from the body on complex numbers, and only then rewritten to parts. The body on parts has no
 * custom derivative rules any more (its calls are inlined), and no `stopGradient`.
 */
import type { Flags } from "../../core/jaxpr/derived.ts";
import type { Atom } from "../../core/jaxpr/ir.ts";
import type { ComplexRule, Primitive } from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import { fromParts, partAvals, partsOf, realBody } from "../../interpreters/complex.ts";
import { pullbackBody } from "./backwards.ts";
import { inputsOf } from "./loop.ts";
import { type AdjointParams, adjointGroups } from "./params.ts";

/** Flags of values as those of their parts. */
const ofParts = (atoms: readonly Atom[], flags: Flags): boolean[] =>
  atoms.flatMap(({ aval }, i) => (isComplex(aval.dtype) ? [flags[i], flags[i]] : [flags[i]]));

/** The loop and its activity on parts. */
function onParts({ loop, active: { ins, outs } }: AdjointParams): AdjointParams {
  const { jaxpr } = loop.body;
  const active = { ins, outs };
  const { consts, carry } = inputsOf(loop).split(loop.body.inAvals);
  return {
    loop: {
      ...loop,
      body: realBody(loop.body),
      numConsts: partAvals(consts).length,
      numCarry: partAvals(carry).length,
    },
    active: { ins: ofParts(jaxpr.invars, ins), outs: ofParts(jaxpr.outs, outs) },
    pullback: realBody(pullbackBody(loop.body, loop.numConsts, loop.numCarry, active)),
  };
}

export const complexAdjoint =
  (self: () => Primitive<AdjointParams>): ComplexRule<AdjointParams> =>
  (args, p, avals) => {
    const { trips, primals, cotangents } = adjointGroups(p).split(args);
    const operands = partsOf([...trips, ...primals, ...cotangents]);
    return fromParts(avals, bind(self(), operands, onParts(p)));
  };
