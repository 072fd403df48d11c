/** @file Products, convolutions, Fourier transforms, and what StableHLO has of linear algebra. */
import type { NDArray } from "../../../core/array.ts";
import type { HloRule } from "../../../core/hlo.ts";
import type { NoParams } from "../../../core/primitive.ts";
import { isComplex } from "../../../dtypes/dtype.ts";
import { range } from "../../../base/util.ts";
import type { DotParams } from "../../../lax/contractions/dot.ts";
import type { ConvParams } from "../../../lax/convolution/conv.ts";
import type { FftParams } from "../../../lax/fft/fft.ts";
import { broadcastInDim, eq, reduceAnd, select } from "../../../lax/index.ts";
import { tril } from "../../../lax/linalg/algebra.ts";
import type { TriangularParams } from "../../../lax/linalg/triangular-solve.ts";
import { asDType } from "../../../lax/operands/convert.ts";
import { numbersText } from "../types.ts";

export const dotGeneral: HloRule<DotParams> = (b, args, { dimensionNumbers }, [out]) => {
  const [[ca, cb], [ba, bb]] = dimensionNumbers;
  const numbers = numbersText("dot", {
    lhs_batching_dimensions: ba,
    rhs_batching_dimensions: bb,
    lhs_contracting_dimensions: ca,
    rhs_contracting_dimensions: cb,
  });
  const attributes = { dot_dimension_numbers: numbers };
  return [b.op("dot_general", args, out, { attributes })];
};

export const convolution: HloRule<ConvParams> = (b, args, p, [out]) => {
  // XLA's convolutions are of real numbers.
  if (isComplex(out.dtype)) return null;
  const spatial = range(out.ndim - 2);
  const axes = (first: string, second: string): string => `[${[first, second, ...spatial].join(", ")}]`;
  const numbers = `${axes("b", "f")}x${axes("o", "i")}->${axes("b", "f")}`;
  const attributes = {
    window_strides: p.windowStrides,
    padding: p.padding.length === 0 ? undefined : p.padding,
    lhs_dilation: p.lhsDilation,
    rhs_dilation: p.rhsDilation,
    dimension_numbers: `#stablehlo.conv<${numbers}>`,
    feature_group_count: p.featureGroupCount,
    batch_group_count: p.batchGroupCount,
  };
  return [b.op("convolution", args, out, { attributes })];
};

export const fft: HloRule<FftParams> = (b, args, { fftType, fftLengths }, [out]) => {
  // XLA transforms along three axes at most.
  if (fftLengths.length > 3) return null;
  const attributes = {
    fft_type: `#stablehlo<fft_type ${fftType.toUpperCase()}>`,
    fft_length: fftLengths,
  };
  return [b.op("fft", args, out, { attributes })];
};

export const triangularSolve: HloRule<TriangularParams> = (b, args, p, [out]) => {
  const attributes = {
    left_side: p.leftSide,
    lower: p.lower,
    unit_diagonal: p.unitDiagonal,
    transpose_a: `#stablehlo<transpose ${p.transposeA ? "TRANSPOSE" : "NO_TRANSPOSE"}>`,
  };
  return [b.op("triangular_solve", args, out, { attributes })];
};

/** XLA leaves open what is above the diagonal, and where it fails how much is NaN. */
function wholeFactor(l: NDArray): NDArray {
  const lower = tril(l);
  const leading = l.ndim - 2;
  const sound = reduceAnd(eq(lower, lower), [leading, leading + 1]);
  const everywhere = broadcastInDim(sound, l.shape, range(leading));
  return tril(select(everywhere, lower, asDType(NaN, l.dtype, false, "cholesky")));
}

export const cholesky: HloRule<NoParams> = (b, args, _params, [out]) => {
  if (out.size === 0) return args;
  const l = b.op("cholesky", args, out, { attributes: { lower: true } });
  return b.compute(([x]) => [wholeFactor(x)], [l]);
};
