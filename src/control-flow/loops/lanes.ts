/** @file Lanes one after another: how loops and branches whose course differs between lanes are vectorised. */
import { shaped } from "../../core/aval.ts";
import type { BatchRule, Params, Primitive } from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { mergeLists, partitionList } from "../../base/util.ts";
import { removeAt } from "../../dtypes/shape.ts";
import { moveBatch } from "../../interpreters/batching.ts";
import { batchDims, traceFlat } from "../bodies.ts";
import { runScan } from "./scan.ts";

/** Applies a primitive to each lane in a scan over the batch. Outputs are batched at axis 0. */
export const mapLanes =
  <P extends Params>(primitive: Primitive<P>): BatchRule<P> =>
  (axis, args, dims, params) => {
    const batched = dims.map((d) => d !== null);
    const [consts, xs] = partitionList(batched, moveBatch(axis, args, dims, batchDims(batched)));
    const jaxpr = traceFlat(
      (lane) =>
        bind(primitive, mergeLists(batched, lane.slice(0, consts.length), lane.slice(consts.length)), params),
      [...consts.map((a) => a.aval), ...xs.map((a) => shaped(removeAt(a.shape, 0), a.dtype))],
      "vmap",
    );
    const outs = runScan({ consts, carry: [], xs }, { jaxpr, length: axis.size, reverse: false });
    return [outs, outs.map(() => 0)];
  };
