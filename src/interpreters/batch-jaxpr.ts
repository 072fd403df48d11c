/** @file Vectorised jaxprs: the bodies of higher-order primitives for all lanes at once. */
import { shaped } from "../core/aval.ts";
import { type Flags, derived } from "../core/jaxpr/derived.ts";
import { jaxprAsFun } from "../core/jaxpr/eval.ts";
import type { BatchAxis, BatchDim } from "../core/primitive.ts";
import { insertAt } from "../dtypes/shape.ts";
import { materialise, vmapFlat } from "./batching.ts";
import { constsToInputs, traceToJaxpr } from "./staging.ts";

/**
 * The jaxpr of all lanes at once, and where its outputs' batch axes are.
 * @param forceOut outputs to be batched at axis 0 even if they need not be.
 */
export const batchJaxpr = derived(
  (closed, axis: BatchAxis, dims: readonly BatchDim[], forceOut: Flags = []) => {
    let outDims: BatchDim[] = [];
    const avals = closed.inAvals.map((aval, i) => {
      const dim = dims[i]!;
      if (dim === null) return aval;
      return shaped(insertAt(aval.shape, dim, axis.size), aval.dtype, aval.weakType);
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
    return { ...constsToInputs(batched), outDims };
  },
);
