/**
 * @file The `jit` primitive: a call of a compiled program, with rules that give compiled programs again.
 *
 * Each transformation of the body is made once for each jaxpr and kept with it, so that `grad(jit(f))` in a loop traces
 * and compiles its derivative once.
 */
import type { ConcreteArray, NDArray } from "../core/array.ts";
import { allConcrete } from "../core/eval.ts";
import { withoutEffects } from "../core/jaxpr/effects.ts";
import { dce, jaxprAsFun } from "../core/jaxpr/eval.ts";
import { type Flags, derived } from "../core/jaxpr/derived.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import {
  type AccumulateRule,
  type JvpRule,
  type LinearizeRule,
  type Primitive,
  definePrimitive,
  inlined,
  isUndef,
  knownOf,
} from "../core/primitive.ts";
import { bind } from "../core/trace.ts";
import type { Tangent } from "../core/zero.ts";
import { batchJaxpr } from "../interpreters/batch-jaxpr.ts";
import { jvpJaxpr, pushForward } from "../interpreters/jvp.ts";
import { linearizeJaxpr } from "../interpreters/linearize.ts";
import { type Hoisted, constsToInputs } from "../interpreters/staging.ts";
import { arraysOf, nonzeroOf, withZeros } from "../interpreters/tangents.ts";
import { transposeJaxpr } from "../interpreters/transpose.ts";
import { place } from "../base/util.ts";
import type { Backend } from "./runner.ts";
import { executableOf } from "./executable.ts";

/** `backend` is null where the configuration decides. */
export type JitParams = { name: string; jaxpr: ClosedJaxpr; backend: Backend | null };

/** The call of a program that was derived from the body of another call. */
const callDerived = (
  what: string,
  { jaxpr, consts }: Hoisted,
  operands: readonly NDArray[],
  { name, backend }: JitParams,
): NDArray[] => bind(jitP, [...consts, ...operands], { jaxpr, name: `${what}_${name}`, backend });

/** The tangents of a call, from the call that computes those that are not zero. */
const tangentsFrom = ({ jaxpr }: JitParams, outNonzero: Flags, call: () => readonly NDArray[]): Tangent[] =>
  withZeros(jaxpr.jaxpr.outs, outNonzero, outNonzero.includes(true) ? call() : []);

/** Inputs, nonzero tangents → nonzero output tangents. */
const tangentJaxpr = derived((jaxpr, nonzero: Flags) => {
  const { closed, outNonzero } = pushForward(jaxpr, nonzero);
  const wanted = closed.outAvals.map((_, i) => i >= jaxpr.outAvals.length);
  const ofTangents = closed.inAvals.map((_, i) => i >= jaxpr.inAvals.length);
  return { ...constsToInputs(dce(withoutEffects(closed, ofTangents), wanted)), outNonzero };
});

/**
 * Values and tangents in one program, unless it may be transposed: then no value may come out of an equation with linear
 * inputs. (Staged into a larger program, what the two calls share is merged.)
 */
const jvp: JvpRule<JitParams> = (primals, tangents, p) => {
  const nonzero = nonzeroOf(tangents);
  const operands = [...primals, ...arraysOf(tangents)];
  if (!allConcrete(operands)) {
    const outs = bind(jitP, primals, p);
    const body = tangentJaxpr(p.jaxpr, nonzero);
    return [outs, tangentsFrom(p, body.outNonzero, () => callDerived("tangent", body, operands, p))];
  }
  const body = jvpJaxpr(p.jaxpr, nonzero);
  const outs = callDerived("jvp", body, operands, p);
  const n = p.jaxpr.outAvals.length;
  return [outs.slice(0, n), tangentsFrom(p, body.outNonzero, () => outs.slice(n))];
};

const linearize: LinearizeRule<JitParams> = (primals, nonzero, p) => {
  const { primal, tangent, outNonzero } = linearizeJaxpr(p.jaxpr, nonzero, "jit");
  const outs = callDerived("linearize", primal, primals, p);
  const n = p.jaxpr.outAvals.length;
  const linear = { jaxpr: tangent, consts: outs.slice(n) };
  return [
    outs.slice(0, n),
    (tangents) => tangentsFrom(p, outNonzero, () => callDerived("tangent", linear, arraysOf(tangents), p)),
  ];
};

const accumulate: AccumulateRule<JitParams> = (sums, cotangents, args, p) => {
  const linear = args.map(isUndef);
  const summed = args.map((_, i) => sums[i] !== undefined);
  const body = transposeJaxpr(p.jaxpr, linear, summed, nonzeroOf(cotangents), false, "transpose");
  const operands = [...knownOf(args), ...sums.filter((s) => s !== undefined), ...arraysOf(cotangents)];
  const arrays = callDerived("transpose", body, operands, p);
  return place(linear, withZeros(args.filter(isUndef), body.outNonzero, arrays), () => null);
};

export const jitP: Primitive<JitParams> = definePrimitive<JitParams>({
  name: "jit",
  kind: "call",
  abstractEval: (_, { jaxpr }) => jaxpr.outAvals,
  lower: inlined,
  evaluate: (args, { jaxpr, name, backend }) =>
    executableOf(jaxpr, name, backend ?? undefined).call(args as ConcreteArray[]),
  steps: (args, { jaxpr }) => {
    jaxprAsFun(jaxpr)(args);
  },
  jvp,
  linearize,
  transpose: (cotangents, args, p) => accumulate([], cotangents, args, p),
  accumulate,
  batch: (axis, args, dims, p) => {
    const body = batchJaxpr(p.jaxpr, axis, dims);
    return [callDerived("vmap", body, args, p), body.outDims];
  },
  axisNames: ({ jaxpr }) => axisNamesIn(jaxpr),
});

/** The axis names that collectives inside refer to. */
const axisNamesIn = derived((jaxpr) => [
  ...new Set(jaxpr.jaxpr.eqns.flatMap((e) => e.primitive.axisNames?.(e.params) ?? [])),
]);
