/**
 * @file `linearCall`: a function that is linear in its second argument and comes with its own transpose. What a custom
 * JVP rule needs to be fit for reverse mode where transposing its program would not do.
 *
 * Inputs of both programs: what they closed over, the residuals (which may enter in any way), then the linear part.
 */
import type { NDArray } from "../../core/array.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import {
  type BatchAxis,
  type BatchDim,
  NonlinearError,
  type Primitive,
  type UndefPrimal,
  definePrimitive,
  isUndef,
} from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { type Tangent, Zero } from "../../core/zero.ts";
import { materialise } from "../../interpreters/batching.ts";
import { jvpFlat } from "../../interpreters/jvp.ts";
import { constsToInputs, traceToJaxpr } from "../../interpreters/staging.ts";
import { addTangents, instantiate } from "../../interpreters/tangents.ts";
import { convertElementType } from "../../lax/elementwise/convert.ts";
import { batchBody, callOf, nonzeroOf, shareConsts } from "../common.ts";
import { treeStructure } from "../../core/tree.ts";

export type LinearCallParams = {
  /** First, since calls are compiled as their first body. */
  fun: ClosedJaxpr;
  transposed: ClosedJaxpr;
  /** How many of the inputs are not linear. */
  numResiduals: number;
};

function jvp(
  primals: readonly NDArray[],
  tangents: readonly Tangent[],
  p: LinearCallParams,
): [NDArray[], Tangent[]] {
  const k = p.numResiduals;
  const outs = bind(linearCallP, primals, p);
  let total: Tangent[] = outs.map((o) => new Zero(o.aval.strong));
  if (nonzeroOf(tangents.slice(k)).includes(true)) {
    const linear = tangents.slice(k).map((t) => instantiate(t));
    total = bind(linearCallP, [...primals.slice(0, k), ...linear], p);
  }
  if (nonzeroOf(tangents.slice(0, k)).includes(true)) {
    const still = primals.slice(k).map((x) => new Zero(x.aval));
    const [, moved] = jvpFlat(jaxprAsFun(p.fun), primals, [...tangents.slice(0, k), ...still], "linearCall");
    total = total.map((t, i) => addTangents(t, moved[i]));
  }
  return [outs, total];
}

function transpose(
  cotangents: readonly Tangent[],
  args: readonly (NDArray | UndefPrimal)[],
  p: LinearCallParams,
): (NDArray | Zero | null)[] {
  const residuals = args.slice(0, p.numResiduals).map((r) => {
    if (isUndef(r)) throw new NonlinearError("linearCall", false);
    return r;
  });
  const found = bind(linearCallP, [...residuals, ...cotangents.map((ct) => instantiate(ct))], {
    fun: p.transposed,
    transposed: p.fun,
    numResiduals: p.numResiduals,
  });
  return args.map((a, i) => (isUndef(a) ? found[i - p.numResiduals] : null));
}

function batch(
  axis: BatchAxis,
  args: readonly NDArray[],
  dims: readonly BatchDim[],
  p: LinearCallParams,
): [NDArray[], BatchDim[]] {
  const inDims = dims.map((d, i): BatchDim => (d === null && i < p.numResiduals ? null : 0));
  const operands = args.map((a, i) => (inDims[i] === null ? a : materialise(axis, a, dims[i])));
  const residualDims = inDims.slice(0, p.numResiduals);
  const all = (jaxpr: ClosedJaxpr): ClosedJaxpr => {
    const linear = jaxpr.inAvals.slice(p.numResiduals).map((): BatchDim => 0);
    const outs = jaxpr.outAvals.map(() => true);
    return batchBody(jaxpr, axis, [...residualDims, ...linear], outs);
  };
  const outs = bind(linearCallP, operands, { ...p, fun: all(p.fun), transposed: all(p.transposed) });
  return [outs, outs.map(() => 0)];
}

export const linearCallP: Primitive<LinearCallParams> = definePrimitive<LinearCallParams>({
  name: "linear_call",
  ...callOf(({ fun }) => fun),
  jvp,
  transpose,
  batch,
});

type FlatLinear = (residuals: readonly NDArray[], linear: readonly NDArray[]) => readonly NDArray[];

/**
 * `fun(residuals, linear)`, to be transposed by `transposed(residuals, cotangents)`, which returns one cotangent for each
 * linear argument. All lists are flat.
 */
export function linearCall(
  fun: FlatLinear,
  transposed: FlatLinear,
  residuals: readonly NDArray[],
  linear: readonly NDArray[],
): NDArray[] {
  const [res, lin] = [residuals, linear].map((xs) => xs.map((x) => convertElementType(x, x.dtype)));
  const trace = (f: FlatLinear, avals: readonly NDArray["aval"][]) => {
    const traced = traceToJaxpr(
      (xs) => f(xs.slice(0, res.length), xs.slice(res.length)),
      [...res.map((r) => r.aval), ...avals],
      "linearCall",
    );
    const [jaxpr, consts] = constsToInputs(traced);
    return { jaxpr, consts, outDef: treeStructure(null) };
  };
  const forward = trace(
    fun,
    lin.map((x) => x.aval),
  );
  const backward = trace(
    transposed,
    forward.jaxpr.outAvals.map((a) => a.strong),
  );
  const { jaxprs, consts } = shareConsts([forward, backward], "linearCall");
  return bind(linearCallP, [...consts, ...res, ...lin], {
    fun: jaxprs[0],
    transposed: jaxprs[1],
    numResiduals: consts.length + res.length,
  });
}
