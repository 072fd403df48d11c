/**
 * @file Loops and branches on complex numbers: the same on their parts, every complex operand being two.
 */
import type { NDArray } from "../../core/array.ts";
import { type ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import { type ComplexRule, type Primitive, Parts } from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import { countParts, fromParts, partsOf, realBody } from "../../interpreters/complex.ts";
import { neg } from "../../lax/elementwise/functions.ts";
import type { CondParams } from "../branches/cond.ts";
import { type Active, type Loop, parts } from "./loop.ts";
import type { ScanParams } from "./scan.ts";
import type { WhileParams } from "./while.ts";

type Values = readonly (NDArray | Parts)[];

export const complexScan =
  (self: () => Primitive<ScanParams>): ComplexRule<ScanParams> =>
  (args, p, avals) => {
    const { numConsts, numCarry } = p;
    const outs = bind(self(), partsOf(args), {
      ...p,
      jaxpr: realBody(p.jaxpr),
      numConsts: countParts(args.slice(0, numConsts)),
      numCarry: countParts(args.slice(numConsts, numConsts + numCarry)),
    });
    return fromParts(avals, outs);
  };

export const complexWhile =
  (self: () => Primitive<WhileParams>): ComplexRule<WhileParams> =>
  (args, p, avals) => {
    const { numCondConsts, numBodyConsts } = p;
    const outs = bind(self(), partsOf(args), {
      ...p,
      cond: realBody(p.cond),
      body: realBody(p.body),
      numCondConsts: countParts(args.slice(0, numCondConsts)),
      numBodyConsts: countParts(args.slice(numCondConsts, numCondConsts + numBodyConsts)),
    });
    return fromParts(avals, outs);
  };

export const complexCond =
  (self: () => Primitive<CondParams>): ComplexRule<CondParams> =>
  (args, { branches }, avals) =>
    fromParts(avals, bind(self(), partsOf(args), { branches: branches.map(realBody) }));

/** Conjugates: the transpose over the real numbers and that over the complex ones differ by them. */
const conjugates = (values: Values): Values =>
  values.map((x) => (x instanceof Parts ? new Parts(x.re, neg(x.im)) : x));

const twice = (body: ClosedJaxpr, flags: readonly boolean[], which: "inAvals" | "outAvals"): boolean[] =>
  body[which].flatMap((a, i) => (isComplex(a.dtype) ? [flags[i], flags[i]] : [flags[i]]));

/** The loop and its activity on parts. */
function realLoop(loop: Loop, { ins, outs }: Active): { loop: Loop; active: Active } {
  const { body, numConsts, numCarry } = loop;
  const counted = (from: number, to: number): number =>
    body.inAvals.slice(from, to).reduce((n, a) => n + (isComplex(a.dtype) ? 2 : 1), 0);
  return {
    loop: {
      ...loop,
      body: realBody(body),
      numConsts: counted(0, numConsts),
      numCarry: counted(numConsts, numConsts + numCarry),
    },
    active: { ins: twice(body, ins, "inAvals"), outs: twice(body, outs, "outAvals") },
  };
}

export const complexAdjoint =
  <P extends { loop: Loop; active: Active }>(self: () => Primitive<P>): ComplexRule<P> =>
  (args, p, avals) => {
    const [trips, primals, cotangents] = parts(p.loop, args);
    const operands = partsOf([...trips, ...primals, ...conjugates(cotangents)]);
    const outs = bind(self(), operands, { ...p, ...realLoop(p.loop, p.active) });
    return [...conjugates(fromParts(avals, outs))];
  };
