/** @file What rules for StableHLO share: which values can be combined, in which dtype, and indices as XLA wants them. */
import { shaped } from "../../../core/aval.ts";
import type { HloBuilder, HloValue } from "../../../core/hlo.ts";
import { type DType, bitWidth, isComplex } from "../../../dtypes/dtype.ts";
import type { ArrayType } from "../../../dtypes/shape.ts";
import type { AccumulateOp } from "../../../loops/ir/ir.ts";
import { isHalf } from "../../../loops/ir/values.ts";
import { convert } from "../loops/scalars.ts";

/** True if values of this dtype can be combined so: StableHLO has no order of complex numbers. */
export const hasCombining = (op: AccumulateOp, dtype: DType): boolean =>
  !isComplex(dtype) || op === "add" || op === "mul";

/** Sums and products of float16 kinds are formed in float32 and rounded once. */
export function inFloat32(
  b: HloBuilder,
  x: HloValue,
  out: ArrayType,
  compute: (x: HloValue, out: ArrayType) => HloValue,
): HloValue {
  if (!isHalf(x.type.dtype)) return compute(x, out);
  return convert(b, compute(convert(b, x, "float32"), shaped(out.shape, "float32")), out.dtype);
}

/** Indices that can count all elements of an axis: narrow ones become int32. */
export const wideIndex = (b: HloBuilder, index: HloValue): HloValue =>
  bitWidth(index.type.dtype) < 32 ? convert(b, index, "int32") : index;

/** Start indices of one dtype. */
export function startIndices(b: HloBuilder, starts: readonly HloValue[]): HloValue[] {
  const wide = starts.map((s) => wideIndex(b, s));
  const same = wide.every((s) => s.type.dtype === wide[0].type.dtype);
  return same ? wide : wide.map((s) => convert(b, s, "int32"));
}
