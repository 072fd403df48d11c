/** @file Reductions over sliding windows: sum, maximum, minimum. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shaped, type ShapedArray } from "../../core/aval.ts";
import { type DType, type Scalar, isFloat } from "../../dtypes/dtype.ts";
import {
  type Primitive,
  type PrimitiveDef,
  definePrimitive,
  notLinear,
  zeroTangent,
} from "../../core/primitive.ts";
import { insertAt, shapeString } from "../../dtypes/shape.ts";
import { bind1 } from "../../core/trace.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { batchInPlace, tangentBy } from "../../interpreters/rules.ts";
import * as e from "../../loops/ir/expressions.ts";
import { flatten, iadd, iclamp, idiv, imod, iscale, rangeOf } from "../../loops/ir/affine.ts";
import type { AccumulateOp, Expr } from "../../loops/ir/ir.ts";
import type { Accumulator, Lowered, Pull } from "../../loops/pull.ts";
import { highest, lowest } from "../../loops/ir/values.ts";
import { range } from "../../base/util.ts";
import { add, div, max, min, mul, rem } from "../elementwise/arithmetic.ts";
import { eq, ge } from "../elementwise/compare.ts";
import { asArray, asDType } from "../operands/convert.ts";
import { broadcastedIota } from "../shapes/creation.ts";
import { checkDtypes } from "../families/elementwise.ts";
import { linear } from "../families/linear.ts";
import { gather } from "../indexing/gather.ts";
import { monoidOf } from "./monoid.ts";
import { expandDims } from "../shapes/movement.ts";
import { type PadPair, type Padding, dilate, padtypeToPads, windowCount } from "../shapes/padding.ts";
import { reduceProd } from "./reduce.ts";
import { select } from "../elementwise/select.ts";
import { concatenate, pad } from "../shapes/slicing.ts";

export type WindowParams = {
  windowDimensions: readonly number[];
  windowStrides: readonly number[];
  padding: readonly PadPair[];
  baseDilation: readonly number[];
  windowDilation: readonly number[];
};

function outputShape(name: string, x: ShapedArray, p: WindowParams): number[] {
  if (
    [p.windowDimensions, p.windowStrides, p.padding, p.baseDilation, p.windowDilation].some(
      (l) => l.length !== x.ndim,
    )
  ) {
    throw new ArgumentError(
      `${name}: window, strides, padding and dilations need ${x.ndim} entries, one for each axis of ${shapeString(x.shape)}.`,
    );
  }
  return x.shape.map((d, i) => {
    const window = dilate(p.windowDimensions[i], p.windowDilation[i]);
    const size = windowCount(dilate(d, p.baseDilation[i]), window, p.windowStrides[i], p.padding[i]);
    if (p.windowDimensions[i] < 1 || p.windowStrides[i] < 1)
      throw new ShapeError(`${name}: window sizes and strides must be positive.`);
    return size;
  });
}

/** The operand's element under window tap `at`, or `otherwise` where there is none; and whether there is one. */
function tapped(
  x: Pull,
  out: readonly Expr[],
  at: readonly Expr[],
  p: WindowParams,
  otherwise: Expr,
): [Expr, Expr | null] {
  const { shape } = x.aval;
  if (shape.includes(0)) return [otherwise, e.constant(0, "bool")];
  let inside: Expr | null = null;
  const need = (c: Expr): void => {
    inside = inside === null ? c : e.and(inside, c);
  };
  const index = shape.map((size, i): Expr => {
    const place = iadd(
      iadd(iscale(out[i], p.windowStrides[i]), iscale(at[i], p.windowDilation[i])),
      -p.padding[i][0],
    );
    const last = (size - 1) * p.baseDilation[i];
    const [lo, hi] = rangeOf(place);
    if (lo < 0) need(e.ge(place, 0));
    if (hi > last) need(e.le(place, last));
    const safe = iclamp(place, 0, last);
    if (p.baseDilation[i] === 1) return safe;
    need(e.eq(imod(safe, p.baseDilation[i]), 0));
    return idiv(safe, p.baseDilation[i]);
  });
  const element = x.at(index);
  return [inside === null ? element : e.select(inside, element, otherwise), inside];
}

function lowerWindow(x: Pull, p: WindowParams, op: AccumulateOp, identity: (d: DType) => Scalar): Lowered {
  const { dtype } = x.aval;
  const wide = isFloat(dtype) && op === "add" ? "float64" : dtype;
  const accumulators: Accumulator[] = [{ dtype: wide, init: e.constant(identity(wide), wide), op }];
  return {
    kind: "reduce",
    extent: p.windowDimensions,
    accumulators,
    step: (_, out, at) => [e.cast(tapped(x, out, at, p, e.constant(identity(dtype), dtype))[0], wide)],
    finish: ([state]) => [e.cast(state, dtype)],
  };
}

/** What reductions over windows share. */
const reduction = (
  self: () => Primitive<WindowParams>,
  name: string,
  op: AccumulateOp,
  identity: (d: DType) => Scalar,
) =>
  ({
    name,
    kind: "reduction",
    ordered: op === "add",
    abstractEval: ([x], p) => {
      checkDtypes(name, [x], op === "add" ? "number" : "ordered");
      return [shaped(outputShape(name, x, p), x.dtype, x.weakType)];
    },
    lower: (_context, [x], p) => lowerWindow(x, p, op, identity),
    batch: batchWindows(self),
  }) satisfies Partial<PrimitiveDef<WindowParams>>;

const batchWindows = (self: () => Primitive<WindowParams>): PrimitiveDef<WindowParams>["batch"] =>
  batchInPlace(self, (p, dim) => [
    {
      windowDimensions: insertAt(p.windowDimensions, dim, 1),
      windowStrides: insertAt(p.windowStrides, dim, 1),
      padding: insertAt(p.padding, dim, [0, 0] as const),
      baseDilation: insertAt(p.baseDilation, dim, 1),
      windowDilation: insertAt(p.windowDilation, dim, 1),
    },
    dim,
  ]);

const reduceWindowSumP: Primitive<WindowParams> = linear<WindowParams>({
  ...reduction(
    () => reduceWindowSumP,
    "reduce_window_sum",
    "add",
    () => 0,
  ),
  dependence: (_args, _p, _avals, tools) => tools.byUnitVectors(),
  transpose: (ct, [x], p) => {
    const config = x.shape.map((d, i) => {
      const window = dilate(p.windowDimensions[i], p.windowDilation[i]);
      const before = window - p.padding[i][0] - 1;
      const out = dilate(ct.shape[i], p.windowStrides[i]);
      const after = dilate(d, p.baseDilation[i]) + window - 1 - out - before;
      return [before, after, p.windowStrides[i] - 1] as const;
    });
    const spread = pad(ct, 0, config);
    return bind1(reduceWindowSumP, [spread], {
      windowDimensions: p.windowDimensions,
      windowStrides: p.baseDilation,
      padding: x.shape.map(() => [0, 0] as const),
      baseDilation: x.shape.map(() => 1),
      windowDilation: p.windowDilation,
    });
  },
});

/** The row-major number of the window tap that holds the first extremum; −1 where a window holds no element. */
function tapOfExtremum(name: string, better: "gt" | "lt"): Primitive<WindowParams> {
  const self: Primitive<WindowParams> = definePrimitive<WindowParams>({
    name,
    kind: "reduction",
    abstractEval: ([x], p) => [shaped(outputShape(name, x, p), "int32")],
    lower: (_context, [x], p) => {
      const { dtype } = x.aval;
      const worst = e.constant(better === "gt" ? lowest(dtype) : highest(dtype), dtype);
      return {
        kind: "reduce",
        extent: p.windowDimensions,
        accumulators: [
          { dtype, init: worst },
          { dtype: "int32", init: e.constant(-1, "int32") },
        ],
        step: ([best, tap], out, at) => {
          const [value, inside] = tapped(x, out, at, p, worst);
          const isFirst = e.lt(tap, 0);
          const wins = e.or(e.apply(better, value, best), e.or(isFirst, e.ne(value, value)));
          const takes = inside === null ? wins : e.and(wins, inside);
          return [e.select(takes, value, best), e.select(takes, flatten(at, p.windowDimensions), tap)];
        },
        finish: ([, tap]) => [tap],
      };
    },
    jvp: zeroTangent,
    transpose: notLinear,
    batch: batchWindows(() => self),
  });
  return self;
}

const argmaxTapP = tapOfExtremum("reduce_window_argmax", "gt");
const argminTapP = tapOfExtremum("reduce_window_argmin", "lt");

/** The operand's index (one int32 array per axis, after a last axis of size 1) under window tap `tap` of each window. */
function placeOf(tap: readonly NDArray[], shape: readonly number[], p: WindowParams): NDArray[] {
  return tap.map((offset, i) => {
    const start = mul(broadcastedIota("int32", shape, i), p.windowStrides[i]);
    return add(start, add(mul(offset, p.windowDilation[i]), -p.padding[i][0]));
  });
}

/** Elements of `x` at index arrays of one shape. */
function readAt(x: NDArray, index: readonly NDArray[], fillValue: Scalar): NDArray {
  const axes = range(index.length);
  const columns = index.map((k) => expandDims(k, [k.ndim]));
  const numbers = { offsetDims: [], collapsedSliceDims: axes, startIndexMap: axes };
  return gather(
    x,
    concatenate(columns, columns[0].ndim - 1),
    numbers,
    axes.map(() => 1),
    { mode: "fill", fillValue },
  );
}

/** Tangents are read at the place of each window's (first) extremum. */
function windowExtremum(
  name: string,
  op: "max" | "min",
  identity: (d: DType) => Scalar,
  tapP: Primitive<WindowParams>,
): Primitive<WindowParams> {
  const self: Primitive<WindowParams> = definePrimitive<WindowParams>({
    ...reduction(() => self, name, op, identity),
    jvp: tangentBy(
      () => self,
      (t, [x], out, p) => {
        const tap = bind1(tapP, [x], p);
        let rest = tap;
        const offsets = new Array<NDArray>(out.ndim);
        for (let i = out.ndim - 1; i >= 0; i--) {
          offsets[i] = rem(rest, p.windowDimensions[i]);
          rest = div(rest, p.windowDimensions[i]);
        }
        const index = placeOf(offsets, out.shape, p).map((k, i) => div(k, p.baseDilation[i]));
        return select(ge(tap, 0), readAt(t, index, 0), 0);
      },
    ),
    transpose: notLinear,
  });
  return self;
}

/** The windows themselves along new last axes, `fill` where there is no element. */
function windowsOf(x: NDArray, p: WindowParams, fill: number): NDArray {
  const shape = [...outputShape("reduceWindow", x.aval, p), ...p.windowDimensions];
  const taps = p.windowDimensions.map((_, i) => broadcastedIota("int32", shape, x.ndim + i));
  const index = placeOf(taps, shape, p).map((k, i) => {
    const d = p.baseDilation[i];
    // Between dilated elements there is nothing: an index outside.
    return d === 1 ? k : select(eq(rem(k, d), 0), div(k, d), -1);
  });
  return readAt(x, index, fill);
}

const reduceWindowMaxP = windowExtremum("reduce_window_max", "max", lowest, argmaxTapP);
const reduceWindowMinP = windowExtremum("reduce_window_min", "min", highest, argminTapP);

/** Reduces sliding windows with a computation. */
export function reduceWindow(
  operand: ArrayLike,
  initValue: ArrayLike,
  computation: (x: NDArray, y: NDArray) => ArrayLike,
  windowDimensions: readonly number[],
  windowStrides: readonly number[],
  padding: Padding,
  baseDilation?: readonly number[] | null,
  windowDilation?: readonly number[] | null,
): NDArray {
  const x = asArray(operand, "reduceWindow");
  const init = asDType(initValue, x.dtype, x.weakType, "reduceWindow");
  const monoid = monoidOf(computation, x.dtype, "reduceWindow");
  const ones = x.shape.map(() => 1);
  const base = baseDilation ?? ones;
  const inner = windowDilation ?? ones;
  const pads = padtypeToPads(
    x.shape.map((d, i) => dilate(d, base[i])),
    windowDimensions.map((d, i) => dilate(d, inner[i])),
    windowStrides,
    padding,
  );
  const params = {
    windowDimensions,
    windowStrides,
    padding: pads,
    baseDilation: base,
    windowDilation: inner,
  };
  if (monoid === "add") return add(bind1(reduceWindowSumP, [x], params), init);
  if (monoid === "max") return max(bind1(reduceWindowMaxP, [x], params), init);
  if (monoid === "min") return min(bind1(reduceWindowMinP, [x], params), init);
  if (monoid === "mul") return mul(reduceProd(windowsOf(x, params, 1), range(x.ndim, x.ndim)), init);
  throw new ArgumentError(`reduceWindow: the computation must be add, mul, max or min; got ${monoid}.`);
}
