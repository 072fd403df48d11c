/** @file Products and convolutions, Fourier transforms, triangular systems. */
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { isComplex, promoteTypes } from "../../../dtypes/dtype.ts";
import { range } from "../../../base/util.ts";
import { isList } from "../text/attributes.ts";
import { type Call, type Handler, type Handlers, integersOf } from "./call.ts";

/** Operands of one dtype, in which the product is exact. */
function ofOneDtype(x: NDArray, y: NDArray): [NDArray, NDArray] {
  if (x.dtype === y.dtype) return [x, y];
  const { dtype } = promoteTypes([x.aval, y.aval]);
  return [lax.convertElementType(x, dtype), lax.convertElementType(y, dtype)];
}

/** `batching_dims = [0] x [0]`, as the printed form has it. */
function pairOf(c: Call, name: string): [number[], number[]] {
  const a = c.attribute(name);
  if (a === undefined) return [[], []];
  const [left, right] = isList(a) ? a.map(integersOf) : [null, null];
  if (left === null || right === null || left === undefined || right === undefined)
    throw c.error(`expected [axes] x [axes] for '${name}'.`);
  return [left, right];
}

function dotAxes(c: Call): { batch: [number[], number[]]; contract: [number[], number[]] } {
  if (!c.has("dot_dimension_numbers"))
    return { batch: pairOf(c, "batching_dims"), contract: pairOf(c, "contracting_dims") };
  const d = c.struct("dot_dimension_numbers");
  return {
    batch: [d.axes("lhs_batching_dimensions"), d.axes("rhs_batching_dimensions")],
    contract: [d.axes("lhs_contracting_dimensions"), d.axes("rhs_contracting_dimensions")],
  };
}

const dotGeneral: Handler = (c) => {
  const [x, y] = ofOneDtype(...(c.arrays(2) as [NDArray, NDArray]));
  const { batch, contract } = dotAxes(c);
  return lax.dotGeneral(x, y, [contract, batch], { preferredElementType: c.dtype });
};

const dot: Handler = (c) => {
  const [x, y] = ofOneDtype(...(c.arrays(2) as [NDArray, NDArray]));
  return lax.dotGeneral(
    x,
    y,
    [
      [[x.ndim - 1], [0]],
      [[], []],
    ],
    { preferredElementType: c.dtype },
  );
};

/** Where the letters of a layout stand: batch and feature, then the spatial axes in order. */
function permutation(spec: readonly string[], [first, second]: readonly [string, string], c: Call): number[] {
  const places = [first, second, ...range(spec.length - 2).map(String)].map((name) => spec.indexOf(name));
  if (places.includes(-1))
    throw c.error(`expected ${first}, ${second} and spatial axes 0, 1 …; got [${spec.join(", ")}].`);
  return places;
}

function layout(c: Call): { lhs: number[]; rhs: number[]; out: number[] } {
  const a = c.attribute("dimension_numbers");
  if (typeof a !== "object" || !("kind" in a) || a.kind !== "conv")
    throw c.error("expected [b, 0, f]x[0, i, o]->[b, 0, f].");
  const [lhs, rhs, out] = a.specs;
  return {
    lhs: permutation(lhs, ["b", "f"], c),
    rhs: permutation(rhs, ["o", "i"], c),
    out: permutation(out, ["b", "f"], c),
  };
}

function convolve(c: Call, padding: readonly number[]): NDArray {
  const arrays = c.arrays();
  const [x, w] = ofOneDtype(arrays[0], arrays[1]);
  const { lhs, rhs, out } = layout(c);
  const n = lhs.length - 2;
  if (x.ndim !== n + 2 || w.ndim !== n + 2) throw c.error(`expected operands of ${n + 2} axes.`);
  const ones = range(n).map(() => 1);
  const reversed = c.bools("window_reversal", []);
  const flipped = rhs.slice(2).filter((_, i) => reversed[i]);
  if (padding.length !== 2 * n) throw c.error(`expected ${n} pairs for 'padding'.`);
  return lax.convGeneralDilated(x, flipped.length > 0 ? lax.rev(w, flipped) : w, {
    windowStrides: c.ints("window_strides", ones),
    padding: ones.map((_, i): [number, number] => [padding[2 * i], padding[2 * i + 1]]),
    lhsDilation: c.ints("lhs_dilation", ones),
    rhsDilation: c.ints("rhs_dilation", ones),
    dimensionNumbers: new lax.ConvDimensionNumbers(lhs, rhs, out),
    featureGroupCount: c.int("feature_group_count", 1),
    batchGroupCount: c.int("batch_group_count", 1),
    preferredElementType: c.dtype,
  });
}

const zeros = (c: Call): number[] => range(2 * (c.x.ndim - 2)).map(() => 0);

const dynamicConv: Handler = (c) => {
  const padding = c.constant(2);
  if (padding === null)
    throw c.error("the padding must be a constant: only arrays of known shapes can be imported.");
  return convolve(c, padding);
};

const transforms = { FFT: "fft", IFFT: "ifft", RFFT: "rfft", IRFFT: "irfft" } as const;

const fft: Handler = (c) =>
  lax.fft(c.x, transforms[c.word("fft_type", ["FFT", "IFFT", "RFFT", "IRFFT"])], c.ints("fft_length"));

const swapLast = (x: NDArray): NDArray => lax.transpose(x, [...range(x.ndim - 2), x.ndim - 1, x.ndim - 2]);

/** XLA gives the triangle that it reads; the upper one is the adjoint of the lower one of the adjoint. */
const cholesky: Handler = (c) => {
  const { x } = c;
  const adjoint = (a: NDArray): NDArray => swapLast(isComplex(a.dtype) ? lax.conj(a) : a);
  if (c.bool("lower", false)) return lax.linalg.cholesky(x, { symmetrizeInput: false });
  return adjoint(lax.linalg.cholesky(adjoint(x), { symmetrizeInput: false }));
};

const triangularSolve: Handler = (c) => {
  const [a, b] = c.arrays(2);
  const how = c.word("transpose_a", ["NO_TRANSPOSE", "TRANSPOSE", "ADJOINT"], "NO_TRANSPOSE");
  return lax.linalg.triangularSolve(a, b, {
    leftSide: c.bool("left_side"),
    lower: c.bool("lower"),
    transposeA: how !== "NO_TRANSPOSE",
    conjugateA: how === "ADJOINT",
    unitDiagonal: c.bool("unit_diagonal"),
  });
};

export const contractions: Handlers = {
  "stablehlo.cholesky": cholesky,
  "stablehlo.convolution": (c) => convolve(c, c.ints("padding", zeros(c))),
  "stablehlo.dot": dot,
  "stablehlo.dot_general": dotGeneral,
  "stablehlo.dynamic_conv": dynamicConv,
  "stablehlo.fft": fft,
  "stablehlo.triangular_solve": triangularSolve,
};
