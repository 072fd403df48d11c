/** @file Static and dynamic slices, padding, concatenation. */
import { type ArrayLike, type NDArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import type { Primitive } from "../../core/primitive.ts";
import { canonicalAxis, insertAt, replaceAt, shapeString } from "../../dtypes/shape.ts";
import { bind1 } from "../../core/trace.ts";
import { ArgumentError, IndexError, ShapeError } from "../../base/errors.ts";
import { materialise } from "../../interpreters/batching.ts";
import * as e from "../../loops/ir/expressions.ts";
import { flatten, iadd, iclamp, idiv, imod, intConst, iscale, isub, rangeOf } from "../../loops/ir/affine.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { copyInto, map, pull } from "../../loops/pull.ts";
import { prod, range } from "../../base/util.ts";
import { asArray, asDType } from "../operands/convert.ts";
import { full } from "./creation.ts";
import { checkDtypes } from "../families/elementwise.ts";
import { broadcastInDim, moveAxis, squeeze } from "./movement.ts";
import { linear } from "../families/linear.ts";
import { movement } from "../families/movement.ts";
import { reduceSum } from "../reductions/reduce.ts";
import { select } from "../elementwise/select.ts";
import { sub } from "../elementwise/arithmetic.ts";

export type SliceParams = {
  startIndices: readonly number[];
  limitIndices: readonly number[];
  strides: readonly number[];
};

export const sliceP: Primitive<SliceParams> = movement<SliceParams>({
  name: "slice",
  shape: (x, { startIndices, limitIndices, strides }) => {
    const lists = [startIndices, limitIndices, strides];
    if (lists.some((l) => l.length !== x.ndim)) {
      throw new ArgumentError(
        `slice: shape ${shapeString(x.shape)} needs ${x.ndim} starts, limits and strides; got ${lists.map((l) => l.length).join(", ")}.`,
      );
    }
    return x.shape.map((d, i) => {
      const [lo, hi, step] = [startIndices[i], limitIndices[i], strides[i]];
      if (!(lo >= 0 && lo <= hi && hi <= d && step >= 1) || ![lo, hi, step].every(Number.isInteger)) {
        throw new IndexError(
          `slice: ${lo} to ${hi} by ${step} is no slice of axis ${i} of shape ${shapeString(x.shape)}.`,
        );
      }
      return Math.ceil((hi - lo) / step);
    });
  },
  index: (out, _, { startIndices, strides }) =>
    out.map((i, axis) => iadd(iscale(i, strides[axis]), startIndices[axis])),
  transpose: (ct, x, { startIndices, strides }) => {
    const config = x.shape.map((d, i): PadConfig => {
      const [lo, step] = [startIndices[i], strides[i]];
      const n = ct.shape[i];
      const covered = n === 0 ? 0 : (n - 1) * step + 1;
      return [lo, d - lo - covered, step - 1];
    });
    return pad(ct, 0, config);
  },
  batch: (axis, x, dim, { startIndices, limitIndices, strides }) => {
    const [starts, limits] = [insertAt(startIndices, dim, 0), insertAt(limitIndices, dim, axis.size)];
    return [slice(x, starts, limits, insertAt(strides, dim, 1)), dim];
  },
});

/** Static slices. */
export function slice(
  x: ArrayLike,
  startIndices: readonly number[],
  limitIndices: readonly number[],
  strides?: readonly number[],
): NDArray {
  const a = asArray(x, "slice");
  const steps = strides ?? startIndices.map(() => 1);
  const whole = a.shape.every((d, i) => startIndices[i] === 0 && limitIndices[i] === d && steps[i] === 1);
  if (whole && startIndices.length === a.ndim) return a;
  return bind1(sliceP, [a], { startIndices, limitIndices, strides: steps });
}

/** A static slice along one axis. */
export function sliceInDim(
  x: ArrayLike,
  startIndex: number | null,
  limitIndex: number | null,
  stride = 1,
  axis = 0,
): NDArray {
  const a = asArray(x, "sliceInDim");
  const k = canonicalAxis(axis, a.ndim, "sliceInDim");
  const size = a.shape[k];
  const bound = (v: number | null, otherwise: number): number =>
    v === null ? otherwise : v < 0 ? v + size : v;
  const zeros = a.shape.map(() => 0);
  const limits = replaceAt(a.shape, k, bound(limitIndex, size));
  const strides = a.shape.map(() => 1);
  return slice(a, replaceAt(zeros, k, bound(startIndex, 0)), limits, replaceAt(strides, k, stride));
}

/** `[low, high, interior]` padding of one axis; low and high may be negative (they cut). */
export type PadConfig = readonly [low: number, high: number, interior: number];
export type PadParams = { paddingConfig: readonly PadConfig[] };

const paddedSize = (d: number, [lo, hi, interior]: PadConfig): number =>
  lo + hi + d + Math.max(0, d - 1) * interior;

export const padP: Primitive<PadParams> = linear<PadParams>({
  name: "pad",
  kind: "movement",
  abstractEval: ([x, value], { paddingConfig }) => {
    checkDtypes("pad", [x, value], "any");
    if (value.ndim !== 0)
      throw new ShapeError(
        `pad: the padding value must be 0-dimensional; got shape ${shapeString(value.shape)}.`,
      );
    if (paddingConfig.length !== x.ndim)
      throw new ArgumentError(`pad: ${paddingConfig.length} paddings for ${x.ndim} axes.`);
    const shape = x.shape.map((d, i) => {
      const c = paddingConfig[i];
      if (c[2] < 0 || !c.every(Number.isInteger))
        throw new ArgumentError(
          `pad: interior padding must be a non-negative integer; got [${c.join(", ")}].`,
        );
      const size = paddedSize(d, c);
      if (size < 0)
        throw new ShapeError(
          `pad: padding [${c.join(", ")}] of an axis of size ${d} leaves a negative size.`,
        );
      return size;
    });
    return [shaped(shape, x.dtype, x.weakType && value.weakType)];
  },
  lower: ({ outAvals }, [x, value], { paddingConfig }) => {
    const { shape } = x.aval;
    if (shape.includes(0)) return map(pull(outAvals[0], () => value.at([])));
    return map(
      pull(outAvals[0], (index) => {
        let inside: Expr | null = null;
        const need = (c: Expr): void => {
          inside = inside === null ? c : e.and(inside, c);
        };
        const from = index.map((i, axis): Expr => {
          const [lo, , interior] = paddingConfig[axis];
          const shifted = isub(i, lo);
          const [a, b] = rangeOf(shifted);
          const extent = (shape[axis] - 1) * (interior + 1);
          if (a < 0) need(e.ge(shifted, intConst(0)));
          if (b > extent) need(e.le(shifted, intConst(extent)));
          const safe = iclamp(shifted, 0, extent);
          if (interior === 0) return safe;
          need(e.eq(imod(safe, interior + 1), intConst(0)));
          return idiv(safe, interior + 1);
        });
        const element = x.at(from);
        return inside === null ? element : e.select(inside, element, value.at([]));
      }),
    );
  },
  transpose: (ct, _avals, { paddingConfig }) => {
    const cut = pad(
      ct,
      asDType(0, ct.dtype, false, "pad"),
      paddingConfig.map(([lo, hi]): PadConfig => [-lo, -hi, 0]),
    );
    const inner = slice(
      cut,
      cut.shape.map(() => 0),
      cut.shape,
      paddingConfig.map((c) => c[2] + 1),
    );
    const all = (a: NDArray): NDArray => reduceSum(a, range(a.ndim));
    return [() => inner, () => sub(all(ct), all(inner))];
  },
  batch: (axis, [x, value], [dim, valueDim], { paddingConfig }) => {
    if (valueDim === null) {
      return [[pad(x, value, insertAt(paddingConfig, dim!, [0, 0, 0]))], [dim!]];
    }
    // A padding value for each lane: pad a mask, and choose.
    const front = materialise(axis, x, dim);
    const config = [[0, 0, 0] as const, ...paddingConfig];
    const padded = pad(front, asDType(0, x.dtype, false, "pad"), config);
    const mask = pad(fullMask(front), asDType(0, "bool", false, "pad"), config);
    const values = broadcastInDim(moveAxis(value, valueDim, 0), padded.shape, [0]);
    return [[select(mask, padded, values)], [0]];
  },
});

const fullMask = (x: NDArray): NDArray => full(x.shape, true, "bool");

/** Pads or cuts. */
export function pad(x: ArrayLike, paddingValue: ArrayLike, paddingConfig: readonly PadConfig[]): NDArray {
  const a = asArray(x, "pad");
  if (paddingConfig.length === a.ndim && paddingConfig.every((c) => c.every((v) => v === 0))) return a;
  const value =
    typeof paddingValue === "number" || typeof paddingValue === "bigint"
      ? asDType(paddingValue, a.dtype, a.weakType, "pad")
      : asArray(paddingValue, "pad");
  return bind1(padP, [a, value], { paddingConfig });
}

/** Pads (or cuts) one axis. */
export function padInDim(
  x: NDArray,
  paddingValue: ArrayLike,
  [low, high]: readonly [number, number],
  axis: number,
): NDArray {
  const none = x.shape.map((): PadConfig => [0, 0, 0]);
  return pad(x, paddingValue, replaceAt(none, axis, [low, high, 0]));
}

export type ConcatenateParams = { dimension: number };

const concatenateP: Primitive<ConcatenateParams> = linear<ConcatenateParams>({
  name: "concatenate",
  kind: "movement",
  readsOnce: true,
  abstractEval: (avals, { dimension }) => {
    const first = avals[0];
    checkDtypes("concatenate", avals, "any");
    for (const a of avals) {
      if (a.ndim !== first.ndim || a.shape.some((d, i) => i !== dimension && d !== first.shape[i])) {
        throw new ShapeError(
          `concatenate: shapes ${avals.map((x) => shapeString(x.shape)).join(", ")} must agree in every axis but ${dimension}.`,
        );
      }
    }
    const total = avals.reduce((n, a) => n + a.shape[dimension], 0);
    const weak = avals.every((a) => a.weakType);
    return [shaped(replaceAt(first.shape, dimension, total), first.dtype, weak)];
  },
  // One loop for each operand beats a chain of selects for each element.
  lower: (_context, args, { dimension }) => ({
    kind: "routine",
    emit: (b, _args, [out]) => {
      const total = args.reduce((n, x) => n + x.aval.shape[dimension], 0);
      let start = 0;
      for (const x of args) {
        const offset = start;
        start += x.aval.shape[dimension];
        if (dimension === 0) {
          const row = prod(x.aval.shape.slice(1));
          copyInto(b, x, out, offset * row);
          continue;
        }
        const outShape = replaceAt(x.aval.shape, dimension, total);
        b.nest(x.aval.shape, (inner, index) => {
          const to = replaceAt(index, dimension, iadd(index[dimension], offset));
          inner.store(out, flatten(to, outShape), x.at(index));
        });
      }
    },
  }),
  transpose: (ct, avals, { dimension }) => {
    let start = 0;
    return avals.map(({ shape }) => {
      const from = start;
      start += shape[dimension];
      return () => sliceInDim(ct, from, from + shape[dimension], 1, dimension);
    });
  },
  batch: (axis, args, dims, { dimension }) => {
    const front = args.map((x, i) => materialise(axis, x, dims[i]));
    return [[bind1(concatenateP, front, { dimension: dimension + 1 })], [0]];
  },
});

/** Joins arrays along an axis. */
export function concatenate(xs: readonly ArrayLike[], dimension: number): NDArray {
  if (xs.length === 0) throw new ArgumentError("concatenate: expected at least one array; got none.");
  const arrays = xs.map((x) => asArray(x, "concatenate"));
  const axis = canonicalAxis(dimension, arrays[0].ndim, "concatenate");
  return arrays.length === 1 ? arrays[0] : bind1(concatenateP, arrays, { dimension: axis });
}

/** Cuts an axis into parts. */
export function split(x: ArrayLike, sizes: readonly number[], axis = 0): NDArray[] {
  const a = asArray(x, "split");
  const k = canonicalAxis(axis, a.ndim, "split");
  const total = sizes.reduce((n, s) => n + s, 0);
  if (total !== a.shape[k]) {
    throw new ShapeError(
      `split: sizes [${sizes.join(", ")}] add up to ${total}; axis ${k} of shape ${shapeString(a.shape)} has ${a.shape[k]}.`,
    );
  }
  let start = 0;
  return sizes.map((size) => {
    const part = sliceInDim(a, start, start + size, 1, k);
    start += size;
    return part;
  });
}

/** A static index along one axis. */
export function indexInDim(x: ArrayLike, index: number, axis = 0, keepdims = true): NDArray {
  const a = asArray(x, "indexInDim");
  const k = canonicalAxis(axis, a.ndim, "indexInDim");
  const size = a.shape[k];
  if (!Number.isInteger(index) || index < -size || index >= size) {
    throw new IndexError(
      `indexInDim: index ${index} is out of bounds for axis ${k} of shape ${shapeString(a.shape)}.`,
    );
  }
  const at = index < 0 ? index + size : index;
  const out = sliceInDim(a, at, at + 1, 1, k);
  return keepdims ? out : squeeze(out, [k]);
}
