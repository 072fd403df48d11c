/**
 * @file Which axis of a convolution's operands means what, and the shapes that convolutions and window reductions have:
 * arithmetic on numbers only.
 */
import { show, refuseMore } from "../../base/checks.ts";
import { checkShape, inversePermutation, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { range } from "../../base/util.ts";
import { type PadPair, type Padding, dilate, padtypeToPads, windowCount } from "../shapes/padding.ts";

type Shape = readonly number[];

/** Layout letters of input, kernel and output, as in `["NHWC", "HWIO", "NHWC"]`. */
export type ConvLayout = readonly [input: string, kernel: string, output: string];

export const spatialLetters = "HWDXYZABEFG";

/** Channels first. */
export function defaultLayout(ndim: number): ConvLayout {
  const s = ndim === 3 ? "H" : spatialLetters.slice(0, ndim - 2);
  return [`NC${s}`, `OI${s}`, `NC${s}`];
}

/**
 * Axes of the operands and the result of a convolution: batch, feature and spatial axes of input and output, output feature,
 * input feature and spatial axes of the kernel. Made by `convDimensionNumbers`. @see jax.lax.ConvDimensionNumbers
 */
export class ConvDimensionNumbers {
  readonly lhsSpec: readonly number[];
  readonly rhsSpec: readonly number[];
  readonly outSpec: readonly number[];

  constructor(lhsSpec: readonly number[], rhsSpec: readonly number[], outSpec: readonly number[]) {
    this.lhsSpec = lhsSpec;
    this.rhsSpec = rhsSpec;
    this.outSpec = outSpec;
  }
}

function checkLayout(layout: unknown): void {
  if (Array.isArray(layout) && layout.length === 3 && layout.every((spec) => typeof spec === "string"))
    return;
  throw new ArgumentError(
    `convGeneralDilated: dimensionNumbers must be three strings, as in ["NHWC", "HWIO", "NHWC"]; got ${show(layout)}.`,
  );
}

/**
 * For input, kernel and output the permutation that brings it to `[n, c, …]`, `[o, i, …]` and `[n, c, …]`, spatial axes in
 * the kernel's order. @see jax.lax.conv_general_permutations
 * @throws ArgumentError if the letters do not describe a convolution
 * @example
 * lax.convGeneralPermutations(["NHWC", "HWIO", "NHWC"]); // [[0, 3, 1, 2], [3, 2, 0, 1], [0, 3, 1, 2]]
 */
export function convGeneralPermutations(layout: ConvLayout, ...more: []): [number[], number[], number[]] {
  refuseMore("convGeneralPermutations", 1, more);
  checkLayout(layout);
  const pairs = ["NC", "OI", "NC"];
  const ndim = layout[0].length;
  const kernelSpatial = Array.from(layout[1]).filter((c) => !"OI".includes(c));
  return layout.map((spec, k) => {
    const pair = pairs[k];
    const letters = Array.from(spec);
    const spatial = letters.filter((c) => !pair.includes(c));
    const ok =
      letters.length === ndim &&
      new Set(letters).size === ndim &&
      Array.from(pair).every((c) => letters.includes(c));
    if (!ok || [...spatial].sort().join() !== [...kernelSpatial].sort().join()) {
      throw new ArgumentError(
        `convGeneralDilated: dimensionNumbers ${show(layout)} do not describe one convolution; an example is ["NHWC", "HWIO", "NHWC"].`,
      );
    }
    return [
      letters.indexOf(pair[0]),
      letters.indexOf(pair[1]),
      ...kernelSpatial.map((c) => letters.indexOf(c)),
    ];
  }) as [number[], number[], number[]];
}

/**
 * The axes that a layout means for operands of given shapes; channels first (`NCHW`, `OIHW`, `NCHW`) without one.
 * @throws ShapeError, ArgumentError where the numbers of axes differ or the letters do not describe a convolution
 * @see jax.lax.conv_dimension_numbers
 * @example
 * const axes = lax.convDimensionNumbers([1, 8, 8, 3], [3, 3, 3, 16], ["NHWC", "HWIO", "NHWC"]);
 * axes.lhsSpec; // [0, 3, 1, 2]
 * axes.rhsSpec; // [3, 2, 0, 1]
 */
export function convDimensionNumbers(
  lhsShape: Shape,
  rhsShape: Shape,
  dimensionNumbers?: ConvLayout | ConvDimensionNumbers | null,
  ...more: []
): ConvDimensionNumbers {
  refuseMore("convDimensionNumbers", 3, more);
  checkShape(lhsShape, "convDimensionNumbers");
  checkShape(rhsShape, "convDimensionNumbers");
  const ndim = lhsShape.length;
  if (ndim !== rhsShape.length || ndim < 2) {
    throw new ShapeError(
      `convGeneralDilated: input ${shapeString(lhsShape)} and kernel ${shapeString(rhsShape)} need one number of axes, at least 2.`,
    );
  }
  if (dimensionNumbers instanceof ConvDimensionNumbers) {
    const { lhsSpec, rhsSpec, outSpec } = dimensionNumbers;
    for (const spec of [lhsSpec, rhsSpec, outSpec]) checkPermutation(spec, ndim);
    return dimensionNumbers;
  }
  if (dimensionNumbers === null || dimensionNumbers === undefined) {
    const axes = range(ndim);
    return new ConvDimensionNumbers(axes, axes, axes);
  }
  checkLayout(dimensionNumbers);
  if (dimensionNumbers[0].length !== ndim) {
    throw new ArgumentError(
      `convGeneralDilated: dimensionNumbers ${show(dimensionNumbers)} do not describe arrays of ${ndim} axes; an example is ["NHWC", "HWIO", "NHWC"].`,
    );
  }
  return new ConvDimensionNumbers(...convGeneralPermutations(dimensionNumbers));
}

function checkPermutation(spec: readonly number[], ndim: number): void {
  if (spec.length === ndim && range(ndim).every((i) => spec.includes(i))) return;
  throw new ArgumentError(
    `convGeneralDilated: dimension numbers [${spec.join(", ")}] are no permutation of ${ndim} axes.`,
  );
}

/** The shape of a convolution of channels-first arrays. */
export function convShapeTuple(
  lhsShape: Shape,
  rhsShape: Shape,
  strides: readonly number[],
  pads: Padding,
  batchGroupCount = 1,
): number[] {
  convDimensionNumbers(lhsShape, rhsShape);
  if (lhsShape[0] % batchGroupCount !== 0) {
    throw new ArgumentError(
      `convShapeTuple: batchGroupCount ${batchGroupCount} must divide the batch size ${lhsShape[0]}.`,
    );
  }
  const sizes = lhsShape.slice(2);
  const windows = rhsShape.slice(2);
  const pairs = padtypeToPads(sizes, windows, strides, pads);
  checkPadded("convShapeTuple", sizes, pairs);
  return [
    lhsShape[0] / batchGroupCount,
    rhsShape[0],
    ...sizes.map((d, i) => windowCount(d, windows[i], strides[i], pairs[i])),
  ];
}

function checkPadded(name: string, sizes: Shape, pads: readonly PadPair[]): void {
  if (sizes.every((d, i) => d + pads[i][0] + pads[i][1] >= 0)) return;
  throw new ShapeError(
    `${name}: padding ${show(pads)} takes away more than the sizes ${shapeString(sizes)}.`,
  );
}

/** The shape of a convolution in any layout. */
export function convGeneralShapeTuple(
  lhsShape: Shape,
  rhsShape: Shape,
  windowStrides: readonly number[],
  padding: Padding,
  dimensionNumbers: ConvLayout,
): number[] {
  const { lhsSpec, rhsSpec, outSpec } = convDimensionNumbers(lhsShape, rhsShape, dimensionNumbers);
  const of = (shape: Shape, spec: readonly number[]): number[] => spec.map((k) => shape[k]);
  const out = convShapeTuple(of(lhsShape, lhsSpec), of(rhsShape, rhsSpec), windowStrides, padding);
  return of(out, inversePermutation(outSpec));
}

/** The shape of `reduceWindow`. */
export function reduceWindowShapeTuple(
  operandShape: Shape,
  windowDimensions: readonly number[],
  windowStrides: readonly number[],
  padding: readonly PadPair[],
  baseDilation?: readonly number[] | null,
  windowDilation?: readonly number[] | null,
): number[] {
  const n = operandShape.length;
  for (const list of [windowDimensions, windowStrides, padding]) {
    if (list.length === n) continue;
    throw new ArgumentError(
      `reduceWindowShapeTuple: windows, strides and padding need ${n} entries, one for each axis of ${shapeString(operandShape)}; got ${list.length}.`,
    );
  }
  const spread = (shape: Shape, by: readonly number[] | null | undefined): Shape =>
    by === null || by === undefined ? shape : shape.map((d, i) => dilate(d, by[i]));
  const sizes = spread(operandShape, baseDilation);
  const windows = spread(windowDimensions, windowDilation);
  checkPadded("reduceWindowShapeTuple", sizes, padding);
  return sizes.map((d, i) => windowCount(d, windows[i], windowStrides[i], padding[i]));
}
