/**
 * @file Rules shared by families of primitives: batching, broadcasting of tangents, complex numbers by parts.
 *
 * Element-wise primitives take operands of one shape, or 0-d ones beside them; both directions of that broadcast are here.
 */
import type { NDArray } from "../core/array.ts";
import { bind } from "../core/trace.ts";
import {
  type BatchAxis,
  type BatchDim,
  type ComplexRule,
  type JvpRule,
  type Params,
  Parts,
  type Primitive,
  type PrimitiveDef,
} from "../core/primitive.ts";
import { materialise } from "./batching.ts";
import { ops } from "./ops.ts";

const laneNdim = (x: NDArray, dim: BatchDim): number => x.ndim - (dim === null ? 0 : 1);

/**
 * Brings operands of an element-wise operation to one batched shape with the batch axis in front. Unbatched 0-d operands
 * stay as they are.
 */
function alignBatched(
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
export const batchElementwise = <P extends Params>(primitive: () => Primitive<P>): PrimitiveDef<P>["batch"] =>
  batchAlong(primitive, (params) => params);

/** The axis of a batched value that is `axis` of each lane, the batch axis being `dim`. */
export const axisBeside = (axis: number, dim: number): number => (axis < dim ? axis : axis + 1);

/**
 * The batch rule of primitives of one operand to which lanes are one more axis: with the parameters and the place of the
 * batch axis in the result that `moved` says, given the place in the operand; by default nothing changes.
 */
export function batchInPlace<P extends Params>(
  primitive: () => Primitive<P>,
  moved: (params: P, dim: number) => readonly [P, number] = (params, dim) => [params, dim],
): PrimitiveDef<P>["batch"] {
  return (_axis, [x], [dim], params) => {
    const [changed, outDim] = moved(params, dim!);
    return [bind(primitive(), [x], changed), [outDim]];
  };
}

/** The batch rule of primitives that take leading axes as they come: all operands have their batch axis in front. */
export function batchInFront<P extends Params>(primitive: () => Primitive<P>): PrimitiveDef<P>["batch"] {
  return (axis, args, dims, params) => {
    const outs = bind(
      primitive(),
      args.map((x, i) => materialise(axis, x, dims[i])),
      params,
    );
    return [outs, outs.map(() => 0)];
  };
}

/** The batch rule of element-wise operations along an axis, which `moved` moves aside for the batch axis. */
export function batchAlong<P extends Params>(
  primitive: () => Primitive<P>,
  moved: (params: P, dim: number) => P,
): PrimitiveDef<P>["batch"] {
  return (axis, args, dims, params) => {
    const [aligned, dim] = alignBatched(axis, args, dims);
    const outs = bind(primitive(), aligned, moved(params, dim!));
    return [outs, outs.map(() => dim)];
  };
}

/** The tangent of the output of a primitive of which one operand may have a tangent `t`. */
export type TangentRule<P extends Params> = (
  t: NDArray,
  args: readonly NDArray[],
  out: NDArray,
  params: P,
) => NDArray;

/** The jvp rule of a primitive of which one operand may have a tangent. */
export function tangentBy<P extends Params>(
  primitive: () => Primitive<P>,
  rule: TangentRule<P>,
  operand = 0,
): JvpRule<P> {
  return (args, tangents, params) => {
    const [out] = bind(primitive(), args, params);
    return [[out], [rule(tangents[operand] as NDArray, args, out, params)]];
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
