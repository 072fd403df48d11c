/**
 * @file Rules shared by families of primitives: batching of element-wise operations, broadcasting of tangents.
 *
 * Element-wise primitives take operands of one shape, or 0-d ones beside them; both directions of that broadcast are here.
 */
import type { NDArray } from "../core/array.ts";
import { bind } from "../core/trace.ts";
import {
  type BatchAxis,
  type BatchDim,
  type ComplexRule,
  type Params,
  Parts,
  type Primitive,
} from "../core/primitive.ts";
import { materialise } from "./batching.ts";
import { ops } from "./ops.ts";

const laneNdim = (x: NDArray, dim: BatchDim): number => x.ndim - (dim === null ? 0 : 1);

/**
 * Brings operands of an element-wise operation to one batched shape with the batch axis in front. Unbatched 0-d operands
 * stay as they are.
 */
export function alignBatched(
  axis: BatchAxis,
  args: readonly NDArray[],
  dims: readonly BatchDim[],
): [NDArray[], BatchDim] {
  const first = dims.find((d) => d !== null) ?? 0;
  const full = args.findIndex((x, i) => laneNdim(x, dims[i]) > 0);
  const simple = args.every((x, i) => {
    const dim = dims[i]!;
    return dim === null ? x.ndim === 0 : dim === first && (full === -1 || x.ndim > 1);
  });
  if (simple) return [[...args], first];
  const lane = full === -1 ? [] : args[full].shape.filter((_, k) => k !== dims[full]);
  const aligned = args.map((x, i) => {
    const dim = dims[i]!;
    if (dim === null) return x.ndim === 0 ? x : materialise(axis, x, null);
    let out = materialise(axis, x, dim);
    if (laneNdim(x, dim) === 0) lane.forEach((size, k) => (out = ops().broadcastAxis(out, k + 1, size)));
    return out;
  });
  return [aligned, 0];
}

/** The batch rule of element-wise primitives. */
export function batchElementwise<P extends Params>(
  primitive: () => Primitive<P>,
): (
  axis: BatchAxis,
  args: readonly NDArray[],
  dims: readonly BatchDim[],
  params: P,
) => [NDArray[], BatchDim[]] {
  return (axis, args, dims, params) => {
    const [aligned, dim] = alignBatched(axis, args, dims);
    const outs = bind(primitive(), aligned, params);
    return [outs, outs.map(() => dim)];
  };
}

/** Copies a 0-d tangent over the shape of the output it belongs to. */
export function broadcastTangent(t: NDArray, shape: readonly number[]): NDArray {
  if (t.ndim === shape.length) return t;
  let out = t;
  for (let k = shape.length - 1; k >= 0; k--) out = ops().broadcastAxis(out, 0, shape[k]);
  return out;
}

/** Adds a cotangent over the axes along which a 0-d operand was broadcast. */
export function unbroadcast(ct: NDArray, ndim: number): NDArray {
  let out = ct;
  while (out.ndim > ndim) out = ops().sumAxis(out, 0);
  return out;
}

/** The complex rule of primitives that do to both parts what they do to real arrays; real operands serve both. */
export function partwise<P extends Params>(primitive: () => Primitive<P>): ComplexRule<P> {
  return (args, params) => {
    const re = bind(
      primitive(),
      args.map((a) => (a instanceof Parts ? a.re : a)),
      params,
    );
    const im = bind(
      primitive(),
      args.map((a) => (a instanceof Parts ? a.im : a)),
      params,
    );
    return re.map((x, i) => new Parts(x, im[i]));
  };
}
