/**
 * @file Convolutions with strides, padding, dilation of either operand, feature and batch groups.
 *
 * The primitive knows one layout: input `[n, c, …spatial]`, kernel `[o, i, …spatial]`, output `[n, o, …spatial]`; other
 * layouts are transposed into it. As in JAX the kernel is not flipped. Derivatives are convolutions again.
 * Source: jax/_src/lax/convolution.py.
 */
import type { NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import type { DType } from "../../dtypes/dtype.ts";
import type { BatchAxis, BatchDim, Primitive } from "../../core/primitive.ts";
import { removeAt, shapeString } from "../../dtypes/shape.ts";
import { bind, bind1 } from "../../core/trace.ts";
import { ShapeError } from "../../base/errors.ts";
import { materialise } from "../../interpreters/batching.ts";
import { range } from "../../base/util.ts";
import { emitConv } from "./lower.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { full } from "../shapes/creation.ts";
import { bilinear } from "../families/bilinear.ts";
import { checkDtypes } from "../families/elementwise.ts";
import { moveAxis, reshape, rev, transpose } from "../shapes/movement.ts";
import { type PadPair, dilate, windowCount } from "../shapes/padding.ts";

export type ConvParams = {
  windowStrides: readonly number[];
  padding: readonly PadPair[];
  lhsDilation: readonly number[];
  rhsDilation: readonly number[];
  featureGroupCount: number;
  batchGroupCount: number;
  preferredElementType: DType | null;
};

function outputShape(x: ShapedArray, w: ShapedArray, p: ConvParams): number[] {
  const spatial = x.shape
    .slice(2)
    .map((d, i) =>
      windowCount(
        dilate(d, p.lhsDilation[i]),
        dilate(w.shape[i + 2], p.rhsDilation[i]),
        p.windowStrides[i],
        p.padding[i],
      ),
    );
  return [x.shape[0] / p.batchGroupCount, w.shape[0], ...spatial];
}

function checkConv(x: ShapedArray, w: ShapedArray, p: ConvParams): void {
  checkDtypes("convGeneralDilated", [x, w], "number");
  const shapes = `input ${shapeString(x.shape)} and kernel ${shapeString(w.shape)} (as [n, c, …] and [o, i, …])`;
  if (x.ndim < 2 || w.ndim !== x.ndim) {
    throw new ShapeError(`convGeneralDilated: ${shapes} need one number of axes, at least 2.`);
  }
  const { featureGroupCount: g, batchGroupCount: b } = p;
  if (x.shape[1] !== w.shape[1] * g) {
    throw new ShapeError(
      `convGeneralDilated: the ${x.shape[1]} input channels must be ${g} group${g === 1 ? "" : "s"} of the kernel's ${w.shape[1]}; got ${shapes}.`,
    );
  }
  if (w.shape[0] % g !== 0 || w.shape[0] % b !== 0 || x.shape[0] % b !== 0 || (g > 1 && b > 1)) {
    throw new ShapeError(
      `convGeneralDilated: ${g} feature groups and ${b} batch groups do not divide ${shapes}.`,
    );
  }
}

export const convGeneralDilatedP: Primitive<ConvParams> = bilinear<ConvParams>({
  name: "conv_general_dilated",
  abstractEval: ([x, w], p) => {
    checkConv(x, w, p);
    return [shaped(outputShape(x, w, p), p.preferredElementType ?? x.dtype)];
  },
  lower: ({ outAvals: [aval] }, _args, p) => ({
    kind: "routine",
    emit: (b, args, [out]) => emitConv(b, args, out, aval.shape, p),
  }),
  transpose: [inputCotangent, kernelCotangent],
  batch: batchConv,
  dependence: (_args, _p, _avals, tools) => tools.byUnitVectors(),
});

/** The products of a vector `w` with every window of a vector `x` that has zeros on both sides. Both have one dtype. */
export function slideVectors(
  x: NDArray,
  w: NDArray,
  zeros: PadPair,
  preferredElementType: DType | null,
): NDArray {
  const params = {
    windowStrides: [1],
    padding: [zeros],
    lhsDilation: [1],
    rhsDilation: [1],
    featureGroupCount: 1,
    batchGroupCount: 1,
    preferredElementType,
  };
  const [a, b] = [x, w].map((v) => reshape(v, [1, 1, v.size]));
  return reshape(bind1(convGeneralDilatedP, [a, b], params), [-1]);
}

/** Splits axis 0 of the kernel into groups and makes them groups of axis 1: `[g·o, i, …] → [g·i, o, …]`. */
function swapWithinGroups(w: NDArray, groups: number): NDArray {
  const [o, i, ...k] = w.shape as [number, number, ...number[]];
  const split = reshape(w, [groups, o / groups, i, ...k]);
  const swapped = transpose(split, [0, 2, 1, ...range(k.length, 3)]);
  return reshape(swapped, [groups * i, o / groups, ...k]);
}

function inputCotangent(ct: NDArray, w: NDArray, aval: ShapedArray, p: ConvParams): NDArray {
  const groups = p.featureGroupCount * p.batchGroupCount;
  const spatial = range(aval.ndim - 2, 2);
  const padding = spatial.map((axis, k): PadPair => {
    const kernel = dilate(w.shape[axis], p.rhsDilation[k]);
    const before = kernel - p.padding[k][0] - 1;
    const out = dilate(ct.shape[axis], p.windowStrides[k]);
    return [before, dilate(aval.shape[axis], p.lhsDilation[k]) + kernel - 1 - out - before];
  });
  const flipped = rev(swapWithinGroups(w, groups), spatial);
  const out = bind1(convGeneralDilatedP, [convertElementType(ct, w.dtype), flipped], {
    windowStrides: p.lhsDilation,
    padding,
    lhsDilation: p.windowStrides,
    rhsDilation: p.rhsDilation,
    featureGroupCount: groups,
    batchGroupCount: 1,
    preferredElementType: null,
  });
  if (p.batchGroupCount === 1) return out;
  const [n, c, ...rest] = out.shape as [number, number, ...number[]];
  const b = p.batchGroupCount;
  const split = moveAxis(reshape(out, [n, b, c / b, ...rest]), 1, 0);
  return reshape(split, [b * n, c / b, ...rest]);
}

function kernelCotangent(ct: NDArray, x: NDArray, aval: ShapedArray, p: ConvParams): NDArray {
  const padding = range(aval.ndim - 2).map((k): PadPair => {
    const kernel = dilate(aval.shape[k + 2], p.rhsDilation[k]);
    const out = dilate(ct.shape[k + 2], p.windowStrides[k]);
    const input = dilate(x.shape[k + 2], p.lhsDilation[k]);
    const lo = p.padding[k][0];
    return [lo, out - input + kernel - lo - 1];
  });
  const out = bind1(
    convGeneralDilatedP,
    [moveAxis(x, 1, 0), moveAxis(convertElementType(ct, x.dtype), 1, 0)],
    {
      windowStrides: p.rhsDilation,
      padding,
      lhsDilation: p.lhsDilation,
      rhsDilation: p.windowStrides,
      featureGroupCount: p.batchGroupCount,
      batchGroupCount: p.featureGroupCount,
      preferredElementType: null,
    },
  );
  return moveAxis(out, 1, 0);
}

/** Joins axis 0 (lanes) into axis `into` of the rest, lanes first. */
function join(x: NDArray, into: number): NDArray {
  const moved = moveAxis(x, 0, into);
  return reshape(moved, [
    ...moved.shape.slice(0, into),
    moved.shape[into] * moved.shape[into + 1],
    ...moved.shape.slice(into + 2),
  ]);
}

/** The inverse of `join`: axis `from` split into `[lanes, rest]`. */
function unjoin(x: NDArray, from: number, lanes: number): NDArray {
  return reshape(x, [...x.shape.slice(0, from), lanes, x.shape[from] / lanes, ...x.shape.slice(from + 1)]);
}

/** Joins lanes into an axis behind its groups: `[v, g·k] → [g·v·k]`. */
function joinWithinGroups(x: NDArray, axis: number, groups: number): NDArray {
  const split = unjoin(x, axis + 1, groups);
  const placed = moveAxis(split, 0, axis + 1);
  return reshape(placed, [...placed.shape.slice(0, axis), -1, ...placed.shape.slice(axis + 3)]);
}

function batchConv(
  axis: BatchAxis,
  [x, w]: readonly NDArray[],
  [dx, dw]: readonly BatchDim[],
  p: ConvParams,
): [NDArray[], BatchDim[]] {
  const lanes = axis.size;
  if (lanes === 0) {
    const lane = (a: NDArray, dim: BatchDim): ShapedArray =>
      dim === null ? a.aval : shaped(removeAt(a.shape, dim), a.dtype);
    const [out] = convGeneralDilatedP.abstractEval([lane(x, dx), lane(w, dw)], p);
    return [[full([0, ...out.shape], 0, out.dtype)], [0]];
  }
  const conv = (a: NDArray, b: NDArray, changes: Partial<ConvParams> = {}): NDArray =>
    bind(convGeneralDilatedP, [a, b], { ...p, ...changes })[0];
  if (dx !== null && dw !== null) {
    const a = materialise(axis, x, dx);
    const b = join(materialise(axis, w, dw), 0);
    const out =
      p.batchGroupCount > 1
        ? conv(join(a, 0), b, { batchGroupCount: p.batchGroupCount * lanes })
        : conv(join(a, 1), b, { featureGroupCount: p.featureGroupCount * lanes });
    return [[unjoin(out, 1, lanes)], [1]];
  }
  if (dx !== null) {
    const out = conv(joinWithinGroups(materialise(axis, x, dx), 0, p.batchGroupCount), w);
    return [[unjoin(out, 0, lanes)], [0]];
  }
  const groups = p.featureGroupCount * p.batchGroupCount;
  const out = conv(x, joinWithinGroups(materialise(axis, w, dw), 0, groups));
  const [n, o, ...rest] = out.shape as [number, number, ...number[]];
  const split = reshape(out, [n, groups, lanes, o / groups / lanes, ...rest]);
  const front = moveAxis(split, 2, 0);
  return [[reshape(front, [lanes, n, o / lanes, ...rest])], [0]];
}
