/** @file How operations that move elements, or make them, are written. */
import type { BroadcastParams, RevParams, TransposeParams } from "../../lax/shapes/movement.ts";
import type { IotaParams } from "../../lax/shapes/creation.ts";
import type { ConcatenateParams, PadParams, SliceParams } from "../../lax/shapes/slicing.ts";
import { type Written, Property, call, method } from "../expressions.ts";
import { type Rule, rule } from "./rule.ts";

const broadcast: Rule = rule<BroadcastParams>(({ args: [x], avals: [aval], outs: [out], params: p }) => {
  const candidates: Written[] = [];
  const dims = p.broadcastDimensions;
  const offset = out.ndim - aval.ndim;
  const added = out.shape.map((_, i) => i).filter((i) => !dims.includes(i));
  // One size for each axis that is added, else the axis is one of size 1 that is repeated.
  if (dims.every((d, i) => d === i + offset)) candidates.push(call("np.broadcastTo", x, p.shape));
  if (added.every((i) => out.shape[i] === 1) && out.size === aval.size)
    candidates.push(call("np.expandDims", x, added.length === 1 ? added[0] : added));
  return [...candidates, call("lax.broadcastInDim", x, p.shape, dims)];
});

const entry = (start: number, limit: number, stride: number, size: number): Written => {
  if (stride !== 1) return [start, limit, stride];
  if (start === 0 && limit === size) return [];
  return limit === size ? [start] : [start, limit];
};

const sliced: Rule = rule<SliceParams>(({ args: [x], avals: [aval], params: p }) => {
  const entries = aval.shape.map((size, i) =>
    entry(p.startIndices[i], p.limitIndices[i], p.strides[i], size),
  );
  let end = entries.length;
  while (end > 0 && (entries[end - 1] as readonly unknown[]).length === 0) end--;
  const strides = p.strides.every((s) => s === 1) ? undefined : p.strides;
  return [
    method(x, "slice", ...entries.slice(0, end)),
    call("lax.slice", x, p.startIndices, p.limitIndices, strides),
  ];
});

/** By the names of operations. */
export const shapes: Readonly<Record<string, Rule>> = {
  broadcast_in_dim: broadcast,
  slice: sliced,
  pad: rule<PadParams>(({ args: [x, value], params: p }) => [
    ...(p.paddingConfig.every(([, , inner]) => inner === 0)
      ? [
          call(
            "np.pad",
            x,
            p.paddingConfig.map(([lo, hi]) => [lo, hi]),
            { constantValues: value },
          ),
        ]
      : []),
    call("lax.pad", x, value, p.paddingConfig),
  ]),
  concatenate: rule<ConcatenateParams>(({ args, params: { dimension } }) => [
    call("np.concatenate", args, dimension === 0 ? undefined : dimension),
    call("np.concatenate", args, { axis: dimension }),
    call("lax.concatenate", args, dimension),
  ]),
  reshape: ({ args: [x], outs: [out] }) => [
    ...(out.ndim === 1 ? [method(x, "ravel")] : []),
    method(x, "reshape", out.shape),
    call("lax.reshape", x, out.shape),
  ],
  squeeze: rule<{ dimensions: readonly number[] }>(({ args: [x], params: { dimensions: d } }) => [
    method(x, "squeeze", d.length === 1 ? d[0] : d),
    call("lax.squeeze", x, d),
  ]),
  transpose: rule<TransposeParams>(({ args: [x], params: { permutation } }) => [
    new Property(x, "T"),
    new Property(x, "mT"),
    method(x, "transpose", permutation),
    call("lax.transpose", x, permutation),
  ]),
  rev: rule<RevParams>(({ args: [x], params: { dimensions: d } }) => [
    call("np.flip", x, d.length === 1 ? d[0] : d),
    call("lax.rev", x, d),
  ]),
  iota: rule<IotaParams>(({ params: { dtype, shape, dimension }, outs: [out] }) => [
    ...(out.ndim === 1 ? [call("np.arange", out.size, { dtype })] : []),
    ...(out.ndim === 1 ? [call("lax.iota", dtype, out.size)] : []),
    call("lax.broadcastedIota", dtype, shape, dimension),
  ]),
};
