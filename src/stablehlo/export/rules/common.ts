/** @file What rules for StableHLO share: regions that combine two scalars, and indices as XLA wants them. */
import { shaped } from "../../../core/aval.ts";
import type { HloBuilder, HloRegion, HloValue } from "../../../core/hlo.ts";
import { type DType, bitWidth, isComplex } from "../../../dtypes/dtype.ts";
import type { ArrayType } from "../../../dtypes/shape.ts";
import type { AccumulateOp } from "../../../loops/ir/ir.ts";
import { isHalf } from "../../../loops/ir/scalar.ts";

const names: Readonly<Record<AccumulateOp, string>> = {
  add: "add",
  mul: "multiply",
  min: "minimum",
  max: "maximum",
  and: "and",
  or: "or",
  xor: "xor",
};

/** The operation of this name. */
export const combiningName = (op: AccumulateOp): string => names[op];

/** The region that combines two scalars of a dtype; with "set", the second takes the place of the first. */
export function combining(op: AccumulateOp | "set", dtype: DType): HloRegion {
  const scalar = shaped([], dtype);
  return {
    args: [scalar, scalar],
    body: (b, [x, y]) => [op === "set" ? y : b.op(names[op], [x, y], scalar)],
  };
}

/** The operation on values of this dtype; null where StableHLO has no such order of complex numbers. */
export const hasCombining = (op: AccumulateOp, dtype: DType): boolean =>
  !isComplex(dtype) || op === "add" || op === "mul";

/** A value under another dtype. */
export const converted = (b: HloBuilder, x: HloValue, dtype: DType): HloValue =>
  x.type.dtype === dtype ? x : b.op("convert", [x], shaped(x.type.shape, dtype));

/** Sums and products of float16 kinds are formed in float32 and rounded once. */
export function inFloat32(
  b: HloBuilder,
  x: HloValue,
  out: ArrayType,
  compute: (x: HloValue, out: ArrayType) => HloValue,
): HloValue {
  if (!isHalf(x.type.dtype)) return compute(x, out);
  return converted(b, compute(converted(b, x, "float32"), shaped(out.shape, "float32")), out.dtype);
}

/** Indices that can count all elements of an axis: narrow ones become int32. */
export const wideIndex = (b: HloBuilder, index: HloValue): HloValue =>
  bitWidth(index.type.dtype) < 32 ? converted(b, index, "int32") : index;

/** Start indices of one dtype. */
export function startIndices(b: HloBuilder, starts: readonly HloValue[]): HloValue[] {
  const wide = starts.map((s) => wideIndex(b, s));
  const same = wide.every((s) => s.type.dtype === wide[0].type.dtype);
  return same ? wide : wide.map((s) => converted(b, s, "int32"));
}
