/**
 * @file The `numpy.fft` namespace: discrete Fourier transforms, their frequencies, and moving frequency 0 between the front
 * and the middle. Source: jax/_src/numpy/fft.py.
 */
import { show } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { Axis } from "../../core/methods.ts";
import { defaultFloat, toDType } from "../../dtypes/dtype.ts";
import { canonicalAxes } from "../../dtypes/shape.ts";
import { ArgumentError } from "../../base/errors.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { range } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { asarray } from "../creation/array.ts";
import { roll } from "../shapes/repetition.ts";

export * from "./fft-transforms.ts";

/** The distance between samples. */
const freqParams = [param<[d: ArrayLike]>()("d", 1)] as const;
/** Options of `fftfreq` and `rfftfreq`. */
export type FreqOptions = OptionsOf<[...typeof freqParams, typeof p.dtype]>;

/** Numbers of periods divided by the length n · d of the window. */
const frequencies = (name: string, periods: (n: number) => number[]) =>
  define(name, freqParams, [p.dtype], ({ d, dtype }, n: number) => {
    if (!Number.isInteger(n) || n < 1)
      throw new ArgumentError(
        `${name}: the length of the window must be a whole number, at least 1; got ${show(n)}.`,
      );
    const type = toDType(dtype ?? defaultFloat(), name);
    const step = asDType(d, type, false, name);
    return lax.div(asarray(periods(n), { dtype: type }), lax.mul(step, n));
  });

/**
 * The frequencies of a transform of length n with samples `d` (1) apart: 0 and the positive ones, then the negative.
 * @throws ArgumentError for a length below 1
 * @see jax.numpy.fft.fftfreq
 * @example
 * np.fft.fftfreq(4, 0.5).js(); // [0, 0.5, -1, -0.5]
 */
export const fftfreq = frequencies("fftfreq", (n) => range(n).map((i) => (i < Math.ceil(n / 2) ? i : i - n)));

/**
 * The frequencies of a real transform of length n with samples `d` (1) apart: none is negative.
 * @throws ArgumentError for a length below 1
 * @see jax.numpy.fft.rfftfreq
 * @example
 * np.fft.rfftfreq(4).js(); // [0, 0.25, 0.5]
 */
export const rfftfreq = frequencies("rfftfreq", (n) => range(Math.floor(n / 2) + 1));

/** The axes to move along; null for all. */
const axesParam = param<[axes: Axis]>()("axes", null);

const shifter = (name: string, sign: 1 | -1) =>
  define(name, [axesParam], [], ({ axes }, x: ArrayLike) => {
    const a = asArray(x, name);
    return canonicalAxes(axes, a.ndim, name).reduce<NDArray>(
      (out, axis) => roll(out, sign * Math.floor(a.shape[axis] / 2), axis),
      a,
    );
  });

/**
 * Frequency 0 moved from the front to the middle, along the given axes (all).
 * @see jax.numpy.fft.fftshift
 * @example
 * np.fft.fftshift(np.array([0, 1, -2, -1])).js(); // [-2, -1, 0, 1]
 */
export const fftshift = shifter("fftshift", 1);

/**
 * Frequency 0 moved from the middle back to the front, along the given axes (all): undoes `fftshift`.
 * @see jax.numpy.fft.ifftshift
 * @example
 * np.fft.ifftshift(np.array([-2, -1, 0, 1])).js(); // [0, 1, -2, -1]
 */
export const ifftshift = shifter("ifftshift", -1);
