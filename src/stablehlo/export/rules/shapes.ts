/** @file Movements, and what only names or orders values. */
import type { HloRule } from "../../../core/hlo.ts";
import type { NoParams } from "../../../core/primitive.ts";
import type { SliceParams as DynamicSliceParams } from "../../../lax/indexing/dynamic.ts";
import type { ConstantParams } from "../../../lax/shapes/constant.ts";
import type { IotaParams } from "../../../lax/shapes/creation.ts";
import type { BroadcastParams, RevParams, TransposeParams } from "../../../lax/shapes/movement.ts";
import { startIndices } from "./common.ts";
import type { ConcatenateParams, PadParams, SliceParams } from "../../../lax/shapes/slicing.ts";

export const slice: HloRule<SliceParams> = (b, args, { startIndices, limitIndices, strides }, [out]) => [
  b.op("slice", args, out, {
    attributes: { start_indices: startIndices, limit_indices: limitIndices, strides },
  }),
];

export const pad: HloRule<PadParams> = (b, args, { paddingConfig }, [out]) => {
  const [low, high, interior] = [0, 1, 2].map((k) => paddingConfig.map((c) => c[k]));
  const attributes = { edge_padding_low: low, edge_padding_high: high, interior_padding: interior };
  return [b.op("pad", args, out, { attributes })];
};

export const concatenate: HloRule<ConcatenateParams> = (b, args, { dimension }, [out]) => [
  b.op("concatenate", args, out, { attributes: { dimension } }),
];

export const iota: HloRule<IotaParams> = (b, args, { dimension }, [out]) => [
  b.op("iota", args, out, { attributes: { iota_dimension: dimension } }),
];

export const broadcastInDim: HloRule<BroadcastParams> = (b, args, { broadcastDimensions }, [out]) => [
  b.op("broadcast_in_dim", args, out, { attributes: { broadcast_dimensions: broadcastDimensions } }),
];

export const reshape: HloRule<NoParams> = (b, args, _params, [out]) => [b.op("reshape", args, out)];

export const transpose: HloRule<TransposeParams> = (b, args, { permutation }, [out]) => [
  b.op("transpose", args, out, { attributes: { permutation } }),
];

export const reverse: HloRule<RevParams> = (b, args, { dimensions }, [out]) => [
  b.op("reverse", args, out, { attributes: { dimensions } }),
];

export const constant: HloRule<ConstantParams> = (b, _args, { value }) => [b.array(value)];

export const identity: HloRule<NoParams> = (_b, args) => args;

export const optimizationBarrier: HloRule<NoParams> = (b, args) => {
  const types = args.map((a) => a.type);
  return b.ops("optimization_barrier", args, types).slice(0, 1);
};

export const select: HloRule<NoParams> = (b, [which, no, yes], _params, [out]) =>
  which.type.dtype === "bool" ? [b.op("select", [which, yes, no], out)] : null;

export const dynamicSlice: HloRule<DynamicSliceParams> = (b, [x, ...starts], { sliceSizes }, [out]) => [
  b.op("dynamic_slice", [x, ...startIndices(b, starts)], out, { attributes: { slice_sizes: sliceSizes } }),
];

export const dynamicUpdateSlice: HloRule<NoParams> = (b, [x, update, ...starts], _params, [out]) => [
  b.op("dynamic_update_slice", [x, update, ...startIndices(b, starts)], out),
];
