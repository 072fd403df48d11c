/**
 * @file How calls of functions with derivative rules of the user's are written: with their rules, as programs, so that what is
 * written can be differentiated. Where a rule cannot be traced by itself, the call is what its function computes.
 */
import type { NDArray } from "../../core/array.ts";
import type { ShapedArray } from "../../core/aval.ts";
import { shaped } from "../../core/aval.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import type { CustomJvpCall, CustomVjpCall } from "../../core/trace.ts";
import { type Tangent, Zero, isZero } from "../../core/zero.ts";
import { isInexact } from "../../dtypes/dtype.ts";
import { originOf } from "../../interpreters/custom-call.ts";
import { traceToJaxpr } from "../../interpreters/staging.ts";
import { instantiate } from "../../interpreters/tangents.ts";
import type { Body, CallWriter, Ref } from "../body.ts";
import type { Local } from "../expressions.ts";
import type { Doc } from "../layout.ts";
import { identifier } from "../names.ts";
import { argumentLines, listDocOf, loneFunction, valuesDoc } from "../text.ts";
import { callLocal } from "./calls.ts";
import {
  arrow,
  functionStatement,
  listType,
  packed,
  packedType,
  statementsOf,
  unpacked,
  wholeBody,
  wrapped,
} from "./functions.ts";

interface CustomParams<Call> {
  readonly jaxpr: ClosedJaxpr;
  readonly numConsts: number;
  readonly rule: Call;
}

/** The name of the user's function: rules are called `customJvp(f)`. */
const functionName = (rule: { readonly name: string }): string => {
  const inner = /^\w+\((.*)\)$/.exec(rule.name)?.[1] ?? rule.name;
  return /^[\w$]+$/.test(inner) ? identifier(inner) : "custom";
};

const strong = (avals: readonly ShapedArray[]): ShapedArray[] => avals.map((a) => shaped(a.shape, a.dtype));

/** The program of a rule; null if it holds on to values of the trace that it was called in. */
function traced(
  f: (args: readonly NDArray[]) => readonly NDArray[],
  avals: readonly ShapedArray[],
): ClosedJaxpr | null {
  try {
    return traceToJaxpr(f, avals, "toSource");
  } catch {
    return null;
  }
}

/** The body in place of its call. */
function inlined(body: Body, closed: ClosedJaxpr, refs: readonly Ref[]): Ref[] {
  closed.jaxpr.invars.forEach((v, i) => body.set(v, refs[i]));
  return body.inline(closed);
}

/** A wrapped function and the statement that gives it its rules, in the module. */
function withRules(
  body: Body,
  closed: ClosedJaxpr,
  wrapper: "customJvp" | "customVjp",
  rule: { readonly name: string },
  origin: object,
  rules: (name: string) => Doc,
): Local | null {
  return body.module.custom(origin, closed, functionName(rule), unpacked(closed), (name) => {
    const inner = body.outermost();
    const { params, outs } = wholeBody(inner, closed, (i) => `x${i + 1}`);
    const f = arrow(params, packedType(outs.length), statementsOf(inner, outs));
    body.module.library(wrapper);
    return [functionStatement(name, wrapped(wrapper, f, null)), rules(name)];
  });
}

/** Values as results of a function: one, or a list. */
const texts = (inner: Body, refs: readonly Ref[]): string[] => refs.map((r) => inner.textOf(r));

export const customJvpCall: CallWriter = (body, eqn) => {
  const { jaxpr, numConsts, rule } = eqn.params as unknown as CustomParams<CustomJvpCall>;
  const refs = eqn.inputs.map((a) => body.read(a));
  const avals = jaxpr.inAvals;
  const n = avals.length;
  const push = (xs: readonly NDArray[]): NDArray[] => {
    const tangents = xs.slice(n).map((t, i): Tangent => (isInexact(avals[i].dtype) ? t : new Zero(avals[i])));
    const [outs, ts] = rule.jvp(xs.slice(0, n), tangents);
    return [...outs, ...ts.map((t) => instantiate(t))];
  };
  const program = numConsts > 0 ? null : traced(push, [...avals, ...strong(avals)]);
  if (program === null) return inlined(body, jaxpr, refs);
  const local = withRules(body, jaxpr, "customJvp", rule, originOf(rule.jvp), (name) => {
    const inner = body.outermost();
    const { params, outs } = wholeBody(inner, program, (i) => (i < n ? `x${i + 1}` : `x${i + 1 - n}_dot`));
    const m = outs.length / 2;
    const all = texts(inner, outs);
    const names = params.map(([name_]) => name_);
    const f = arrow(
      [
        [listDocOf(names.slice(0, n)), listType(n)],
        [listDocOf(names.slice(n)), listType(n)],
      ],
      listDocOf([packedType(m), packedType(m)]),
      [...inner.statements, ["return ", valuesDoc([packed(all.slice(0, m)), packed(all.slice(m))]), ";"]],
    );
    return [name, ".defJvp", loneFunction(f), ";"];
  });
  return local === null ? inlined(body, jaxpr, refs) : callLocal(body, eqn, local, jaxpr.inAvals);
};

export const customVjpCall: CallWriter = (body, eqn) => {
  const { jaxpr, numConsts, rule } = eqn.params as unknown as CustomParams<CustomVjpCall>;
  const refs = eqn.inputs.map((a) => body.read(a));
  const m = jaxpr.outAvals.length;
  const forward = (xs: readonly NDArray[]): NDArray[] => {
    const [outs, residuals] = rule.fwd(
      xs,
      xs.map((x) => isInexact(x.dtype)),
    );
    return [...outs, ...residuals];
  };
  const fwd = numConsts > 0 ? null : traced(forward, jaxpr.inAvals);
  if (fwd === null) return inlined(body, jaxpr, refs);
  const residuals = fwd.outAvals.slice(m);
  let zeros: readonly boolean[] = [];
  const backward = (xs: readonly NDArray[]): NDArray[] => {
    const cts = rule.bwd(xs.slice(0, residuals.length), xs.slice(residuals.length));
    zeros = cts.map(isZero);
    return cts.filter((c): c is NDArray => !isZero(c));
  };
  const bwd = traced(backward, [...residuals, ...strong(jaxpr.outAvals)]);
  if (bwd === null) return inlined(body, jaxpr, refs);
  const local = withRules(body, jaxpr, "customVjp", rule, originOf(rule.bwd), (name) => [
    name,
    ".defVjp(",
    argumentLines([forwardRule(body, fwd, m), backwardRule(body, bwd, residuals.length, zeros)]),
    ");",
  ]);
  return local === null ? inlined(body, jaxpr, refs) : callLocal(body, eqn, local, jaxpr.inAvals);
};

function forwardRule(body: Body, fwd: ClosedJaxpr, m: number): Doc {
  const inner = body.outermost();
  const { params, outs } = wholeBody(inner, fwd, (i) => `x${i + 1}`);
  const all = texts(inner, outs);
  const results = [packed(all.slice(0, m)), packed(all.slice(m))];
  const types = [packedType(m), packedType(all.length - m)];
  return arrow(params, listDocOf(types), [...inner.statements, ["return ", valuesDoc(results), ";"]]);
}

function backwardRule(body: Body, bwd: ClosedJaxpr, numResiduals: number, zeros: readonly boolean[]): Doc {
  const inner = body.outermost();
  const { params, outs } = wholeBody(inner, bwd, (i) => (i < numResiduals ? `residual${i + 1}` : "out_bar"));
  const names = params.map(([name]) => name);
  const m = names.length - numResiduals;
  const all = texts(inner, outs);
  let at = 0;
  const results = zeros.map((zero) => (zero ? "null" : all[at++]));
  const residual: [Doc, Doc] =
    numResiduals === 0
      ? [inner.names.fresh("none"), "null"]
      : [packed(names.slice(0, numResiduals)), packedType(numResiduals)];
  return arrow(
    [residual, [packed(names.slice(numResiduals)), packedType(m)]],
    listDocOf(zeros.map((zero) => (zero ? "null" : "Array"))),
    [...inner.statements, ["return ", listDocOf(results), ";"]],
  );
}
