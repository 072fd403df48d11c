/**
 * @file `linearCall`: a function that is linear in its second argument and comes with its own transpose. What a custom
 * JVP rule needs to be fit for reverse mode where transposing its program would not do.
 *
 * Inputs of both programs: what they closed over, the residuals (which may enter in any way), then the linear part.
 */
import type { NDArray } from "../../core/array.ts";
import type { ShapedArray } from "../../core/aval.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import {
  type BatchRule,
  type JvpRule,
  NonlinearError,
  type Primitive,
  type TransposeRule,
  definePrimitive,
  isUndef,
} from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { type Tangent, Zero } from "../../core/zero.ts";
import { safeMap2 } from "../../base/util.ts";
import { jvpFlat } from "../../interpreters/jvp.ts";
import { type Hoisted, constsToInputs, traceToJaxpr } from "../../interpreters/staging.ts";
import { addTangents, instantiate, nonzeroOf, toLinear } from "../../interpreters/tangents.ts";
import { convertElementType } from "../../lax/elementwise/convert.ts";
import { batchLinear, callOf } from "../bodies.ts";
import { shareConsts } from "../common.ts";

export type LinearCallParams = {
  /** First, since calls are compiled as their first body. */
  fun: ClosedJaxpr;
  transposed: ClosedJaxpr;
  /** How many of the inputs are not linear. */
  numResiduals: number;
};

const jvp: JvpRule<LinearCallParams> = (primals, tangents, p) => {
  const k = p.numResiduals;
  const outs = bind(linearCallP, primals, p);
  const [ofResiduals, ofLinear] = [tangents.slice(0, k), tangents.slice(k)];
  let total: Tangent[] = outs.map((o) => new Zero(o.aval.strong));
  if (nonzeroOf(ofLinear).includes(true)) {
    const linear = ofLinear.map((t) => instantiate(t));
    total = bind(linearCallP, [...primals.slice(0, k), ...linear], p);
  }
  if (nonzeroOf(ofResiduals).includes(true)) {
    const still = primals.slice(k).map((x) => new Zero(x.aval));
    const [, moved] = jvpFlat(jaxprAsFun(p.fun), primals, [...ofResiduals, ...still], "linearCall");
    total = safeMap2(total, moved, addTangents);
  }
  return [outs, total];
};

const transpose: TransposeRule<LinearCallParams> = (cotangents, args, p) => {
  const residuals = args.slice(0, p.numResiduals).map((r) => {
    if (isUndef(r)) throw new NonlinearError("linearCall", false);
    return r;
  });
  const operands = [...residuals, ...cotangents.map((ct) => instantiate(ct))];
  const cts = bind(linearCallP, operands, { ...p, fun: p.transposed, transposed: p.fun });
  return toLinear(args, cts);
};

const batch: BatchRule<LinearCallParams> = (axis, args, dims, p) => {
  const { operands, batched } = batchLinear(axis, args, dims, p.numResiduals);
  const outs = bind(linearCallP, operands, {
    ...p,
    fun: batched(p.fun),
    transposed: batched(p.transposed),
  });
  return [outs, outs.map(() => 0)];
};

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
  const trace = (f: FlatLinear, avals: readonly ShapedArray[]): Hoisted =>
    constsToInputs(
      traceToJaxpr(
        (xs) => f(xs.slice(0, res.length), xs.slice(res.length)),
        [...res.map((r) => r.aval), ...avals],
        "linearCall",
      ),
    );
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
