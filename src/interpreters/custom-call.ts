/**
 * @file Calls with derivative rules of the user's, as they stand in jaxprs.
 *
 * At call time such a call goes to `Trace.processCustomJvp/Vjp`. Staging makes it one of the equations below, whose
 * `call` hands it back to the trace in force when the jaxpr is evaluated; so their jvp and batch rules are never needed.
 * Values the function closed over are the first `numConsts` inputs.
 */
import type { NDArray } from "../core/array.ts";
import { forwardModeOfCustomVjp } from "../core/eval.ts";
import { type ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { evalJaxpr } from "../core/jaxpr/eval.ts";
import {
  type BatchAxis,
  type BatchDim,
  type VmapFlat,
  type Primitive,
  type PrimitiveDef,
  allKnown,
  definePrimitive,
  notLinear,
  inlined,
} from "../core/primitive.ts";
import { type CustomJvpCall, type CustomVjpCall, bind, currentTrace } from "../core/trace.ts";
import { type ShapedArray, shaped } from "../core/aval.ts";
import { type Tangent, Zero, isZero } from "../core/zero.ts";
import { DifferentiationError } from "../base/errors.ts";
import { invariant, place } from "../base/util.ts";
import { materialise, moveBatch } from "./batching.ts";
import { arraysOf, instantiate, nonzeroOf, toLinear } from "./tangents.ts";

const origins = new WeakMap<object, object>();

/** Tells whose rule a function is: `rule` is made anew for each call, the user's function is not. */
export function belongsTo(rule: object, custom: object): void {
  origins.set(rule, custom);
}

/** The user's function behind the rule of a call; the rule itself if nobody told. */
export const originOf = (rule: object): object => origins.get(rule) ?? rule;

type CallParams<Call> = { jaxpr: ClosedJaxpr; numConsts: number; rule: Call };

const neverReached = (): never => {
  invariant(false, "custom calls are evaluated, not bound");
};

/** Both kinds of call differ only in how they are handed to the trace. */
function customCall<Call>(
  name: string,
  run: (
    params: CallParams<Call>,
    consts: readonly NDArray[],
    fun: (xs: readonly NDArray[]) => NDArray[],
    args: readonly NDArray[],
  ) => NDArray[],
): PrimitiveDef<CallParams<Call>> {
  return {
    name,
    kind: "call",
    abstractEval: (_, { jaxpr }) => jaxpr.outAvals,
    lower: inlined,
    jvp: neverReached,
    transpose: notLinear,
    batch: neverReached,
    call: (args, params) => {
      const consts = args.slice(0, params.numConsts);
      const fun = (xs: readonly NDArray[]): NDArray[] =>
        evalJaxpr(params.jaxpr.jaxpr, params.jaxpr.consts, [...consts, ...xs]);
      return run(params, consts, fun, args.slice(params.numConsts));
    },
  };
}

export const customJvpCallP = definePrimitive(
  customCall<CustomJvpCall>("custom_jvp_call", ({ rule }, consts, fun, args) =>
    currentTrace().processCustomJvp({ name: rule.name, jvp: rule.jvp, fun, closedOver: consts }, args),
  ),
);

export const customVjpCallP = definePrimitive(
  customCall<CustomVjpCall>("custom_vjp_call", ({ rule }, consts, fun, args) =>
    currentTrace().processCustomVjp(
      { name: rule.name, fwd: rule.fwd, bwd: rule.bwd, fun, closedOver: consts },
      args,
    ),
  ),
);

/** Derivatives with respect to values that a custom function closed over do not exist: its rule knows its arguments only. */
export function rejectClosedOver(call: CustomJvpCall | CustomVjpCall, own: (x: NDArray) => boolean): void {
  if (call.closedOver?.some(own) !== true) return;
  throw new DifferentiationError(
    `${call.name} closes over a value that is being differentiated, and its custom rule says nothing of it. ` +
      `Pass the value as an argument, or use closureConvert.`,
  );
}

type CustomLinearParams = {
  name: string;
  numResiduals: number;
  outAvals: readonly ShapedArray[];
  bwd: CustomVjpCall["bwd"];
};

/** A pullback for all lanes. Zero cotangents stay symbolic. */
function batchPullback(
  { bwd, outAvals }: CustomLinearParams,
  vmap: VmapFlat,
  axis: BatchAxis,
  residuals: readonly NDArray[],
  residualDims: readonly BatchDim[],
  cotangents: readonly Tangent[],
): Tangent[] {
  const nonzero = nonzeroOf(cotangents);
  const arrays = arraysOf(cotangents);
  let inputCts: Tangent[] = [];
  const [outs, dims] = vmap(
    (lanes) => {
      const cts = place(nonzero, lanes.slice(residuals.length), (i) => new Zero(outAvals[i]));
      inputCts = bwd(lanes.slice(0, residuals.length), cts);
      return arraysOf(inputCts);
    },
    axis,
    [...residuals, ...arrays],
    [...residualDims, ...arrays.map(() => 0)],
    "customVjp",
  );
  const front = outs.map((x, i) => materialise(axis, x, dims[i]));
  return place(nonzeroOf(inputCts), front, (i) => inputCts[i]);
}

/** The linear map that a customVjp call stands for: known only by its transpose. Inputs: residuals, then tangents. */
export const customLinearP: Primitive<CustomLinearParams> = definePrimitive<CustomLinearParams>({
  name: "custom_lin",
  kind: "call",
  abstractEval: (_, { outAvals }) => [...outAvals],
  lower: (_context, _args, { name }) => {
    throw forwardModeOfCustomVjp(name);
  },
  jvp: (_primals, _tangents, { name }) => {
    throw forwardModeOfCustomVjp(name);
  },
  batch: (axis, args, dims, params, vmap) => {
    const { numResiduals, outAvals } = params;
    const to = dims.map((d, i): BatchDim => (d === null && i < numResiduals ? null : 0));
    const outs = bind(customLinearP, moveBatch(axis, args, dims, to), {
      ...params,
      outAvals: outAvals.map((a) => shaped([axis.size, ...a.shape], a.dtype)),
      bwd: (residuals, cts) => batchPullback(params, vmap, axis, residuals, to.slice(0, numResiduals), cts),
    });
    return [outs, outs.map(() => 0)];
  },
  transpose: (cotangents, args, { numResiduals, bwd }) => {
    const linear = args.slice(numResiduals);
    const cts = bwd(allKnown(args.slice(0, numResiduals), "a residual is linear"), cotangents);
    return toLinear(
      args,
      cts.map((ct, i) => (isZero(ct) ? new Zero(linear[i].aval) : ct)),
    );
  },
});

/** Stages (or, where nothing is staged, rejects) the linear map of a customVjp call. */
export function bindCustomLinear(
  call: CustomVjpCall,
  outs: readonly NDArray[],
  residuals: readonly NDArray[],
  tangents: readonly Tangent[],
): NDArray[] {
  return bind(customLinearP, [...residuals, ...tangents.map((t) => instantiate(t))], {
    name: call.name,
    numResiduals: residuals.length,
    outAvals: outs.map((o) => o.aval.strong),
    bwd: (res, cts) => call.bwd(res, cts),
  });
}
