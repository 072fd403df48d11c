/** @file The convolution functions users call: layouts, padding by name, transposed and patch-extracting forms. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, toDType } from "../../dtypes/dtype.ts";
import { inversePermutation, shapeString } from "../../dtypes/shape.ts";
import { bind1 } from "../../core/trace.ts";
import { ArgumentError, ShapeError, checkOptions } from "../../base/errors.ts";
import { prod, range } from "../../base/util.ts";
import { convGeneralDilatedP } from "./conv.ts";
import {
  ConvDimensionNumbers,
  type ConvLayout,
  convDimensionNumbers,
  defaultLayout,
  spatialLetters,
} from "./layout.ts";
import { broadcastedIota } from "../shapes/creation.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { eq } from "../elementwise/compare.ts";
import { asArray } from "../operands/convert.ts";
import { dotGeneral } from "../contractions/dot.ts";
import { broadcastInDim, reshape, rev, transpose } from "../shapes/movement.ts";
import { promoteStrict } from "../operands/strict.ts";
import { type PadPair, type Padding, dilate, padtypeToPads } from "../shapes/padding.ts";

/** Options of `convGeneralDilated`. */
export interface ConvOptions {
  readonly windowStrides?: readonly number[] | undefined;
  readonly padding?: Padding | undefined;
  readonly lhsDilation?: readonly number[] | null | undefined;
  readonly rhsDilation?: readonly number[] | null | undefined;
  readonly dimensionNumbers?: ConvLayout | ConvDimensionNumbers | null | undefined;
  readonly featureGroupCount?: number | undefined;
  readonly batchGroupCount?: number | undefined;
  readonly precision?: unknown;
  readonly preferredElementType?: DType | null | undefined;
}

/** The options of `convGeneralDilated`, the positional ones first, in their order. */
export const convOptionNames = [
  "windowStrides",
  "padding",
  "lhsDilation",
  "rhsDilation",
  "dimensionNumbers",
  "featureGroupCount",
  "batchGroupCount",
  "precision",
  "preferredElementType",
];

/** Convolution in full generality. */
export function convGeneralDilated(
  lhs: ArrayLike,
  rhs: ArrayLike,
  windowStrides?: readonly number[] | ConvOptions,
  padding?: Padding | ConvOptions,
  lhsDilation?: readonly number[] | null | ConvOptions,
  rhsDilation?: readonly number[] | null | ConvOptions,
  dimensionNumbers?: ConvLayout | ConvDimensionNumbers | null | ConvOptions,
  featureGroupCount?: number | ConvOptions,
  batchGroupCount?: number | ConvOptions,
  options?: ConvOptions,
): NDArray {
  const o = mergeOptions([
    windowStrides,
    padding,
    lhsDilation,
    rhsDilation,
    dimensionNumbers,
    featureGroupCount,
    batchGroupCount,
    options,
  ]);
  const [x, w] = promoteStrict("convGeneralDilated", lhs, rhs) as [NDArray, NDArray];
  if (x.ndim !== w.ndim || x.ndim < 2) {
    throw new ShapeError(
      `convGeneralDilated: input ${shapeString(x.shape)} and kernel ${shapeString(w.shape)} need one number of axes, at least 2.`,
    );
  }
  const layout = convDimensionNumbers(x.shape, w.shape, o.dimensionNumbers);
  const { lhsSpec: px, rhsSpec: pw, outSpec: po } = layout;
  const a = transpose(x, px);
  const b = transpose(w, pw);
  const ones = range(x.ndim - 2).map(() => 1);
  const strides = o.windowStrides ?? ones;
  const dilations = [o.lhsDilation ?? ones, o.rhsDilation ?? ones] as const;
  for (const list of [strides, ...dilations]) checkWindow(list, x.ndim - 2);
  const pads = padtypeToPads(
    a.shape.slice(2).map((d, i) => dilate(d, dilations[0][i])),
    b.shape.slice(2).map((d, i) => dilate(d, dilations[1][i])),
    strides,
    o.padding ?? "VALID",
  );
  const out = bind1(convGeneralDilatedP, [a, b], {
    windowStrides: strides,
    padding: pads,
    lhsDilation: dilations[0],
    rhsDilation: dilations[1],
    featureGroupCount: o.featureGroupCount ?? 1,
    batchGroupCount: o.batchGroupCount ?? 1,
    preferredElementType: o.preferredElementType
      ? toDType(o.preferredElementType, "convGeneralDilated")
      : null,
  });
  return transpose(out, inversePermutation(po));
}

function checkWindow(list: readonly number[], n: number): void {
  if (list.length === n && list.every((v) => Number.isInteger(v) && v >= 1)) return;
  throw new ArgumentError(
    `convGeneralDilated: strides and dilations must be ${n} positive integers; got [${list.join(", ")}].`,
  );
}

function mergeOptions(values: readonly unknown[]): ConvOptions {
  const out: Record<string, unknown> = {};
  values.forEach((v, i) => {
    if (v === undefined) return;
    if (typeof v === "object" && v !== null && !Array.isArray(v) && !(v instanceof ConvDimensionNumbers)) {
      checkOptions("convGeneralDilated", v, convOptionNames);
      Object.assign(out, v);
    } else if (i < convOptionNames.length) out[convOptionNames[i]] = v;
  });
  return out;
}

/** Convolution of channels-first arrays. */
export function conv(
  lhs: ArrayLike,
  rhs: ArrayLike,
  windowStrides: readonly number[],
  padding: Padding,
  options?: Pick<ConvOptions, "precision" | "preferredElementType">,
): NDArray {
  return convGeneralDilated(lhs, rhs, { ...options, windowStrides, padding });
}

/** Convolution of channels-first arrays, with dilations. */
export function convWithGeneralPadding(
  lhs: ArrayLike,
  rhs: ArrayLike,
  windowStrides: readonly number[],
  padding: Padding,
  lhsDilation?: readonly number[] | null,
  rhsDilation?: readonly number[] | null,
): NDArray {
  return convGeneralDilated(lhs, rhs, { windowStrides, padding, lhsDilation, rhsDilation });
}

export function transposePadding(kernel: number, stride: number, padding: string): PadPair {
  let lo: number;
  let total: number;
  if (padding === "SAME") {
    total = kernel + stride - 2;
    lo = stride > kernel - 1 ? kernel - 1 : Math.ceil(total / 2);
  } else if (padding === "VALID") {
    total = kernel + stride - 2 + Math.max(kernel - stride, 0);
    lo = kernel - 1;
  } else
    throw new ArgumentError(
      `convTranspose: padding must be "SAME", "VALID" or a list of pairs; got "${padding}".`,
    );
  return [lo, total - lo];
}

/** Fractionally strided convolution. */
export function convTranspose(
  lhs: ArrayLike,
  rhs: ArrayLike,
  strides: readonly number[],
  padding: "SAME" | "VALID" | readonly PadPair[],
  kernelDilation?: readonly number[] | null,
  dimensionNumbers?: ConvLayout | null,
  transposeKernel = false,
  options?: Pick<ConvOptions, "precision" | "preferredElementType">,
): NDArray {
  const x = asArray(lhs, "convTranspose");
  let w = asArray(rhs, "convTranspose");
  const n = x.ndim - 2;
  const s = spatialLetters.slice(0, n);
  const layout: ConvLayout = dimensionNumbers ?? [`N${s}C`, `${s}IO`, `N${s}C`];
  let spec = layout[1];
  const spatial = Array.from(spec)
    .map((c, i) => ("OI".includes(c) ? -1 : i))
    .filter((i) => i >= 0);
  const rhsDilation = kernelDilation ?? spatial.map(() => 1);
  const pads =
    typeof padding === "string"
      ? spatial.map((axis, k) => transposePadding(dilate(w.shape[axis], rhsDilation[k]), strides[k], padding))
      : padding;
  if (transposeKernel) {
    w = rev(w, spatial);
    spec = Array.from(spec)
      .map((c) => (c === "O" ? "I" : c === "I" ? "O" : c))
      .join("");
  }
  return convGeneralDilated(x, w, {
    windowStrides: spatial.map(() => 1),
    padding: pads,
    lhsDilation: strides,
    rhsDilation,
    dimensionNumbers: [layout[0], spec, layout[2]],
    preferredElementType: options?.preferredElementType,
  });
}

/** The windows of an input as channels. */
export function convGeneralDilatedPatches(
  lhs: ArrayLike,
  filterShape: readonly number[],
  windowStrides: readonly number[],
  padding: Padding,
  options?: Pick<
    ConvOptions,
    "lhsDilation" | "rhsDilation" | "dimensionNumbers" | "precision" | "preferredElementType"
  >,
): NDArray {
  checkOptions("convGeneralDilatedPatches", options, [
    "lhsDilation",
    "rhsDilation",
    "dimensionNumbers",
    "precision",
    "preferredElementType",
  ]);
  const x = asArray(lhs, "convGeneralDilatedPatches");
  const layout = convDimensionNumbers(x.shape, x.shape, options?.dimensionNumbers);
  const channels = x.shape[layout.lhsSpec[1]];
  const taps = prod(filterShape);
  const unit = convertElementType(
    eq(broadcastedIota("int32", [taps, taps], 0), broadcastedIota("int32", [taps, taps], 1)),
    x.dtype,
  );
  const one = reshape(unit, [1, taps, 1, ...filterShape]);
  const kernel = reshape(broadcastLeading(one, channels), [channels * taps, 1, ...filterShape]);
  return convGeneralDilated(x, transpose(kernel, inversePermutation(layout.rhsSpec)), {
    ...options,
    windowStrides,
    padding,
    dimensionNumbers: layout,
    featureGroupCount: channels,
  });
}

const broadcastLeading = (x: NDArray, n: number): NDArray =>
  broadcastInDim(x, [n, ...x.shape.slice(1)], range(x.ndim));

/** A convolution whose kernel differs from place to place. */
export function convGeneralDilatedLocal(
  lhs: ArrayLike,
  rhs: ArrayLike,
  windowStrides: readonly number[],
  padding: Padding,
  filterShape: readonly number[],
  options?: Pick<ConvOptions, "lhsDilation" | "rhsDilation" | "precision"> & {
    readonly dimensionNumbers?: ConvLayout | null | undefined;
  },
): NDArray {
  const w = asArray(rhs, "convGeneralDilatedLocal");
  const layout = options?.dimensionNumbers ?? defaultLayout(w.ndim);
  const patches = convGeneralDilatedPatches(lhs, filterShape, windowStrides, padding, {
    ...options,
    dimensionNumbers: [layout[0], layout[1], layout[0]],
  });
  const { lhsSpec: px, rhsSpec: pw, outSpec: po } = convDimensionNumbers(w.shape, w.shape, layout);
  const a = transpose(patches, px); // [n, c·taps, …spatial]
  const b = transpose(w, pw); // [o, c·taps, …spatial]
  const spatial = range(a.ndim - 2, 2);
  const out = dotGeneral(a, b, [
    [[1], [1]],
    [spatial, spatial],
  ]); // […spatial, n, o]
  const k = spatial.length;
  const placed = transpose(out, [k, k + 1, ...range(k)]);
  return transpose(placed, inversePermutation(po));
}

/** The shape of `convTranspose` in any layout, with the kernel's output channels first in its own order. */
export function convTransposeShapeTuple(
  lhsShape: readonly number[],
  rhsShape: readonly number[],
  windowStrides: readonly number[],
  padding: "SAME" | "VALID" | readonly PadPair[],
  dimensionNumbers: ConvLayout,
): number[] {
  const { lhsSpec, rhsSpec, outSpec } = convDimensionNumbers(lhsShape, rhsShape, dimensionNumbers);
  const lhs = lhsSpec.map((k) => lhsShape[k]);
  const rhs = rhsSpec.map((k) => rhsShape[k]);
  const spatial = lhs.slice(2).map((d, i) => {
    const [kernel, stride] = [rhs[i + 2], windowStrides[i]];
    const [lo, hi] = typeof padding === "string" ? transposePadding(kernel, stride, padding) : padding[i];
    return (d - 1) * stride - kernel + 2 + lo + hi;
  });
  const out = [lhs[0], rhs[0], ...spatial];
  return inversePermutation(outSpec).map((k) => out[k]);
}
