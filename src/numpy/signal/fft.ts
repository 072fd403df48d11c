/**
 * @file The `numpy.fft` namespace: discrete Fourier transforms, their frequencies, and moving frequency 0 between the front
 * and the middle. Source: jax/_src/numpy/fft.py.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, defaultFloat, toDType } from "../../dtypes/dtype.ts";
import { canonicalAxes } from "../../dtypes/shape.ts";
import { ArgumentError } from "../../base/errors.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { range } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { asarray } from "../creation/array.ts";
import { roll } from "../shapes/repetition.ts";

export {
  type FftNorm,
  type FftOptions,
  type FftnOptions,
  fft,
  fft2,
  fftn,
  hfft,
  ifft,
  ifft2,
  ifftn,
  ihfft,
  irfft,
  irfft2,
  irfftn,
  rfft,
  rfft2,
  rfftn,
} from "./fft-transforms.ts";

export interface FreqOptions {
  readonly d?: ArrayLike;
  readonly dtype?: DType | null;
}

type FreqRest = Rest<[d: ArrayLike], FreqOptions>;

/** Numbers of periods divided by the length n · d of the window. */
function frequencies(name: string, n: number, rest: FreqRest, periods: (n: number) => number[]): NDArray {
  const { d = 1, dtype } = resolveArgs<FreqOptions>(name, rest, ["d"], ["dtype"]);
  if (!Number.isInteger(n) || n < 1)
    throw new ArgumentError(
      `${name}: the length of the window must be a whole number, at least 1; got ${n}.`,
    );
  const type = toDType(dtype ?? defaultFloat(), name);
  const step = asDType(d, type, false, name);
  return lax.div(asarray(periods(n), { dtype: type }), lax.mul(step, n));
}

/**
 * The frequencies of a transform of length n with samples `d` (1) apart: 0 and the positive ones, then the negative.
 * @example
 * np.fft.fftfreq(4, 0.5).js(); // [0, 0.5, -1, -0.5]
 */
export function fftfreq(n: number, ...rest: FreqRest): NDArray {
  return frequencies("fftfreq", n, rest, () => range(n).map((i) => (i < Math.ceil(n / 2) ? i : i - n)));
}

/**
 * The frequencies of a real transform of length n with samples `d` (1) apart: none is negative.
 * @example
 * np.fft.rfftfreq(4).js(); // [0, 0.25, 0.5]
 */
export function rfftfreq(n: number, ...rest: FreqRest): NDArray {
  return frequencies("rfftfreq", n, rest, () => range(Math.floor(n / 2) + 1));
}

type ShiftAxes = number | readonly number[] | null;
type ShiftRest = Rest<[axes: ShiftAxes], { readonly axes?: ShiftAxes }>;

function shifted(name: string, x: ArrayLike, rest: ShiftRest, sign: 1 | -1): NDArray {
  const { axes = null } = resolveArgs<{ axes?: ShiftAxes }>(name, rest, ["axes"]);
  const a = asArray(x, name);
  const list =
    axes === null ? range(a.ndim) : canonicalAxes(typeof axes === "number" ? [axes] : axes, a.ndim, name);
  return list.reduce<NDArray>((out, axis) => roll(out, sign * Math.floor(a.shape[axis] / 2), axis), a);
}

/** Frequency 0 from the front to the middle, along the given axes (all). */
export function fftshift(x: ArrayLike, ...rest: ShiftRest): NDArray {
  return shifted("fftshift", x, rest, 1);
}

/** Frequency 0 from the middle back to the front, along the given axes (all): undoes `fftshift`. */
export function ifftshift(x: ArrayLike, ...rest: ShiftRest): NDArray {
  return shifted("ifftshift", x, rest, -1);
}
