/** @file Lanes one after another: how loops and branches whose course differs between lanes are vectorised. */
import type { NDArray } from "../../core/array.ts";
import type { BatchAxis, BatchDim, Params, Primitive } from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { removeAt } from "../../dtypes/shape.ts";
import { shaped } from "../../core/aval.ts";
import { materialise } from "../../interpreters/batching.ts";
import { traceToJaxpr } from "../../interpreters/staging.ts";
import { noConsts } from "../common.ts";
import { scanP } from "./scan.ts";

/** Applies a primitive to each lane in a scan over the batch. Outputs are batched at axis 0. */
export function mapLanes<P extends Params>(
  primitive: Primitive<P>,
  axis: BatchAxis,
  args: readonly NDArray[],
  dims: readonly BatchDim[],
  params: P,
): [NDArray[], BatchDim[]] {
  const shared = args.filter((_, i) => dims[i] === null);
  const stacked = args.flatMap((a, i) => (dims[i] === null ? [] : [materialise(axis, a, dims[i])]));
  const sharedAvals = shared.map((a) => a.aval);
  const laneAvals = stacked.map((a) => shaped(removeAt(a.shape, 0), a.dtype));
  const jaxpr = noConsts(
    traceToJaxpr(
      (xs) => {
        let [s, l] = [0, shared.length];
        return bind(
          primitive,
          dims.map((d) => (d === null ? xs[s++] : xs[l++])),
          params,
        );
      },
      [...sharedAvals, ...laneAvals],
      "vmap",
    ),
  );
  const outs = bind(scanP, [...shared, ...stacked], {
    jaxpr,
    numConsts: shared.length,
    numCarry: 0,
    length: axis.size,
    reverse: false,
  });
  return [outs, outs.map(() => 0)];
}
