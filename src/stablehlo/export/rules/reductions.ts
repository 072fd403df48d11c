/** @file Reductions: over axes, over windows, and running ones. */
import type { NDArray } from "../../../core/array.ts";
import { shaped } from "../../../core/aval.ts";
import type { HloRule, HloValue } from "../../../core/hlo.ts";
import { isComplex, realPart } from "../../../dtypes/dtype.ts";
import { type ArrayType, replaceAt } from "../../../dtypes/shape.ts";
import { bitwiseAnd, bitwiseOr, eq, gt, lt, ne, select } from "../../../lax/index.ts";
import type { ArgParams, AxesParams } from "../../../lax/reductions/reduce.ts";
import type { CumulativeParams } from "../../../lax/reductions/cumulative.ts";
import type { WindowParams } from "../../../lax/reductions/window.ts";
import type { AccumulateOp } from "../../../loops/ir/ir.ts";

import { highest, lowest } from "../../../loops/ir/values.ts";
import { combining, neutral, scalarOperation } from "../loops/scalars.ts";
import { hasCombining, inFloat32 } from "./common.ts";

/** Sums and products of float16 kinds are formed in float32. */
const rounded = (op: AccumulateOp, ...args: Parameters<typeof inFloat32>): HloValue => {
  const [, x, out, compute] = args;
  return op === "add" || op === "mul" ? inFloat32(...args) : compute(x, out);
};

export const reduction =
  (op: AccumulateOp): HloRule<AxesParams> =>
  (b, [x], { axes }, [aval]) => {
    if (!hasCombining(op, aval.dtype)) return null;
    const reduce = (operand: HloValue, out: ArrayType): HloValue =>
      b.op("reduce", [operand, b.constant(neutral(op, realPart(out.dtype)), shaped([], out.dtype))], out, {
        attributes: { dimensions: axes },
        regions: [combining(op, out.dtype)],
      });
    return [rounded(op, b, x, aval, reduce)];
  };

export const windowReduction =
  (op: AccumulateOp): HloRule<WindowParams> =>
  (b, [x], p, [aval]) => {
    if (!hasCombining(op, aval.dtype)) return null;
    const attributes = {
      window_dimensions: p.windowDimensions,
      window_strides: p.windowStrides,
      base_dilations: p.baseDilation,
      window_dilations: p.windowDilation,
      padding: p.padding.length === 0 ? undefined : p.padding,
    };
    const reduce = (operand: HloValue, out: ArrayType): HloValue => {
      const init = b.constant(neutral(op, realPart(out.dtype)), shaped([], out.dtype));
      return b.op("reduce_window", [operand, init], out, { attributes, regions: [combining(op, out.dtype)] });
    };
    return [rounded(op, b, x, aval, reduce)];
  };

/** Of two values with their places the better one: NaN before all others, of equals the one that comes first. */
function chosenPair([x, i, y, j]: readonly NDArray[], better: "gt" | "lt"): NDArray[] {
  const [strictly, equals] = [better === "gt" ? gt(x, y) : lt(x, y), eq(x, y)];
  const [xNaN, yNaN] = [ne(x, x), ne(y, y)];
  const wins = bitwiseOr(strictly, bitwiseAnd(xNaN, eq(y, y)));
  const ties = bitwiseOr(equals, bitwiseAnd(xNaN, yNaN));
  const first = bitwiseOr(wins, bitwiseAnd(ties, lt(i, j)));
  return [select(first, x, y), select(first, i, j)];
}

export const placeOfExtremum =
  (better: "gt" | "lt"): HloRule<ArgParams> =>
  (b, [x], { axis }, [aval]) => {
    if (isComplex(x.type.dtype)) return null;
    const { dtype, shape } = x.type;
    const [value, place] = [shaped([], dtype), shaped([], aval.dtype)];
    const places = b.op("iota", [], shaped(shape, aval.dtype), { attributes: { iota_dimension: axis } });
    const worst = b.constant(better === "gt" ? lowest(dtype) : highest(dtype), value);
    const operands = [x, places, worst, b.constant(0, place)];
    const [, where] = b.ops("reduce", operands, [shaped(aval.shape, dtype), aval], {
      attributes: { dimensions: [axis] },
      regions: [
        {
          args: [value, place, value, place],
          body: (inner, pairs) => inner.compute((arrays) => chosenPair(arrays, better), pairs),
        },
      ],
    });
    return [where];
  };

/**
 * For functions that may be combined in any order: each element with that 1, 2, 4 … places before it. So there are log n
 * operations on whole arrays.
 */
export const running =
  (op: AccumulateOp): HloRule<CumulativeParams> =>
  (b, [x], { axis, reverse }, [aval]) => {
    if (!hasCombining(op, aval.dtype)) return null;
    const { shape } = aval;
    const zeros = shape.map(() => 0);
    const at = (k: number): number[] => replaceAt(zeros, axis, k);
    const combine = (operand: HloValue, out: ArrayType): HloValue => {
      const fill = b.constant(neutral(op, realPart(out.dtype)), shaped([], out.dtype));
      let sum = operand;
      for (let k = 1; k < shape[axis]; k *= 2) {
        const attributes = {
          edge_padding_low: at(reverse ? -k : k),
          edge_padding_high: at(reverse ? k : -k),
          interior_padding: zeros,
        };
        sum = scalarOperation(b, op, [b.op("pad", [sum, fill], out, { attributes }), sum]);
      }
      return sum;
    };
    return [rounded(op, b, x, aval, combine)];
  };
