/** @file Vectorised jaxprs: the bodies of higher-order primitives for all lanes at once. */
import { shaped } from "../core/aval.ts";
import { jaxprAsFun } from "../core/jaxpr/eval.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import type { BatchAxis, BatchDim } from "../core/primitive.ts";
import { materialise, vmapFlat } from "./batching.ts";
import { traceToJaxpr } from "./staging.ts";

/**
 * The jaxpr of all lanes at once, and where its outputs' batch axes are.
 * @param forceOut outputs to be batched at axis 0 even if they need not be.
 */
export function batchJaxpr(
  closed: ClosedJaxpr,
  axis: BatchAxis,
  dims: readonly BatchDim[],
  forceOut: readonly boolean[] = [],
): [ClosedJaxpr, BatchDim[]] {
  let outDims: BatchDim[] = [];
  const avals = closed.inAvals.map((aval, i) => {
    const dim = dims[i]!;
    if (dim === null) return aval;
    return shaped(
      [...aval.shape.slice(0, dim), axis.size, ...aval.shape.slice(dim)],
      aval.dtype,
      aval.weakType,
    );
  });
  const batched = traceToJaxpr(
    (args) => {
      const [outs, ds] = vmapFlat(jaxprAsFun(closed), axis, args, dims, "vmap");
      outDims = ds.map((d, i) => (forceOut[i] ? 0 : d));
      return outs.map((o, i) => (forceOut[i] ? materialise(axis, o, ds[i]) : o));
    },
    avals,
    "vmap",
  );
  return [batched, outDims];
}
