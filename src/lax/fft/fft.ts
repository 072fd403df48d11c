/**
 * @file `fft`: discrete Fourier transforms over the last axes. Source of the rules: jax/_src/lax/fft.py.
 */
import { show, refuseMore } from "../../base/checks.ts";
import { type ArrayLike, type NDArray, partAval } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import { type DType, isComplex, isFloat } from "../../dtypes/dtype.ts";
import { Parts, type Primitive } from "../../core/primitive.ts";
import { checkShape, shapeString } from "../../dtypes/shape.ts";
import { bind1 } from "../../core/trace.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../base/errors.ts";
import { batchInFront } from "../../interpreters/rules.ts";
import { invariant, prod } from "../../base/util.ts";
import { mul } from "../elementwise/arithmetic.ts";
import { scale } from "../elementwise/complex/arithmetic.ts";
import { conj, real } from "../elementwise/complex/primitives.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { linear } from "../families/linear.ts";
import { asArray, promote } from "../operands/convert.ts";
import { broadcastedIota } from "../shapes/creation.ts";
import { eq } from "../elementwise/compare.ts";
import { bitwiseOr } from "../elementwise/bitwise.ts";
import { select } from "../elementwise/select.ts";
import { padInDim } from "../shapes/slicing.ts";
import { dft, inverseRealTransform, realTransform } from "./dft.ts";

/** Which transform: of complex numbers, its inverse, of real numbers (half of its result), or the inverse of that. */
export type FftType = "fft" | "ifft" | "rfft" | "irfft";
/** Their names in JAX. */
export const FftType = { FFT: "fft", IFFT: "ifft", RFFT: "rfft", IRFFT: "irfft" } as const;

export type FftParams = { fftType: FftType; fftLengths: readonly number[] };

const complexOf = (d: DType): DType => (d === "float32" || d === "complex64" ? "complex64" : "complex128");

/** The lengths of the transformed axes of the operand. */
const operandLengths = ({ fftType, fftLengths }: FftParams): number[] =>
  fftLengths.map((n, i) => (fftType === "irfft" && i === fftLengths.length - 1 ? Math.floor(n / 2) + 1 : n));

function outputAval(x: ShapedArray, params: FftParams): ShapedArray {
  const { fftType, fftLengths } = params;
  const wanted = operandLengths(params);
  const batch = x.ndim - fftLengths.length;
  if (batch < 0 || wanted.some((n, i) => x.shape[batch + i] !== n))
    throw new ShapeError(
      `fft: "${fftType}" of lengths [${fftLengths.join(", ")}] needs last axes of sizes [${wanted.join(", ")}]; the shape is ${shapeString(x.shape)}.`,
    );
  const isReal = fftType === "rfft";
  if (isReal ? !(x.dtype === "float32" || x.dtype === "float64") : !isComplex(x.dtype))
    throw new DTypeError(
      `fft: "${fftType}" needs ${isReal ? "a float32 or float64" : "a complex"} array; got dtype ${x.dtype}.`,
    );
  if (fftType === "irfft") return shaped([...x.shape.slice(0, batch), ...fftLengths], partAval(x).dtype);
  if (!isReal) return x.strong;
  const n = fftLengths[fftLengths.length - 1];
  return shaped([...x.shape.slice(0, -1), Math.floor(n / 2) + 1], complexOf(x.dtype));
}

/** The transform on parts: the last axis first or last where it is the one of real numbers. */
function onParts(x: NDArray | Parts, { fftType, fftLengths }: FftParams): NDArray | Parts {
  const ndim = x instanceof Parts ? x.re.ndim : x.ndim;
  const inverse = fftType === "ifft" || fftType === "irfft";
  const others = fftLengths.slice(0, -1).map((_, i) => ndim - fftLengths.length + i);
  const overOthers = (z: Parts): Parts => others.reduce((y, axis) => dft(y, axis, inverse), z);
  if (fftType === "rfft") return overOthers(realTransform(x as NDArray));
  const factor = 1 / prod(fftLengths);
  if (fftType === "irfft")
    return mul(inverseRealTransform(overOthers(x as Parts), fftLengths[fftLengths.length - 1]), factor);
  const out = dft(overOthers(x as Parts), ndim - 1, inverse);
  return inverse ? scale(out, factor) : out;
}

/** The cotangent of a real transform: that of the complex one whose first half it is. */
function realCotangent(ct: NDArray, aval: ShapedArray, fftLengths: readonly number[]): NDArray {
  const missing = fftLengths[fftLengths.length - 1] - ct.shape[ct.ndim - 1];
  return convertElementType(
    real(fft(padInDim(ct, 0, [0, missing], ct.ndim - 1), "fft", fftLengths)),
    aval.dtype,
  );
}

/** The cotangent of an inverse real transform: elements that stand for two count twice. */
function inverseRealCotangent(ct: NDArray, fftLengths: readonly number[]): NDArray {
  const x = fft(ct, "rfft", fftLengths);
  const n = fftLengths[fftLengths.length - 1];
  const k = broadcastedIota("int32", x.shape, x.ndim - 1);
  const single = n % 2 === 0 ? bitwiseOr(eq(k, 0), eq(k, n / 2)) : eq(k, 0);
  const weight = select(single, 1 / prod(fftLengths), 2 / prod(fftLengths));
  return conj(mul(convertElementType(weight, x.dtype), x));
}

const fftP: Primitive<FftParams> = linear<FftParams>({
  name: "fft",
  kind: "opaque",
  abstractEval: ([x], params) => [outputAval(x, params)],
  lower: (): never => {
    invariant(false, "complex numbers are rewritten before lowering");
  },
  complex: ([x], params) => [onParts(x, params)],
  transpose: (ct, [x], { fftType, fftLengths }) => {
    if (fftType === "rfft") return realCotangent(ct, x, fftLengths);
    if (fftType === "irfft") return inverseRealCotangent(ct, fftLengths);
    return bind1(fftP, [ct], { fftType, fftLengths });
  },
  batch: batchInFront(() => fftP),
});

const types: readonly string[] = ["fft", "ifft", "rfft", "irfft"];

/**
 * The discrete Fourier transform over the last axes, of the lengths given: Σⱼ xⱼ e^(−2πijk/n); "ifft" inverts it, "rfft" is
 * the half of that of real numbers that determines the rest, "irfft" inverts this one. Any length is transformed in
 * n log n steps.
 *
 * @throws ShapeError, DTypeError where the operand does not fit
 * @see jax.lax.fft
 * @example
 * lax.fft(np.array([1, 2, 3, 4]), "rfft", [4]); // Array([10.+0.j, -2.+2.j, -2.+0.j], dtype=complex128)
 */
export function fft(x: ArrayLike, fftType: FftType, fftLengths: readonly number[], ...more: []): NDArray {
  refuseMore("fft", 3, more);
  const name = typeof fftType === "string" ? (fftType as string).toLowerCase() : fftType;
  if (!types.includes(name))
    throw new ArgumentError(`fft: fftType is "fft", "ifft", "rfft" or "irfft"; got ${show(fftType)}.`);
  checkShape(fftLengths, "fft");
  const a = asArray(x, "fft");
  if (name === "rfft" && isComplex(a.dtype))
    throw new DTypeError(`fft: "rfft" needs real numbers; got dtype ${a.dtype}.`);
  const inexact = isFloat(a.dtype) || isComplex(a.dtype) ? a : promote("fft", a, 0.5)[0];
  const wide = inexact.dtype === "float16" || inexact.dtype === "bfloat16" ? "float32" : inexact.dtype;
  const operand = convertElementType(inexact, name === "rfft" ? wide : complexOf(wide));
  return fftLengths.length === 0 ? operand : bind1(fftP, [operand], { fftType: name as FftType, fftLengths });
}
