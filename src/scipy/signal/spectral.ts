/**
 * @file Spectra of signals piece by piece: `stft` and its inverse, `csd`, `welch`. Source: jax/_src/scipy/signal.py; the
 * definitions are SciPy's.
 */
import { show } from "../../base/checks.ts";
import { type RestOf, define, settle, signature } from "../../arguments/declare.ts";
import { type OptionsOf, type Values, maybe, param } from "../../arguments/parameters.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isComplex, realPart } from "../../dtypes/dtype.ts";
import { canonicalAxis } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { broadcastToShape, moveAxis } from "../../lax/shapes/movement.ts";
import { fftfreq, rfftfreq } from "../../numpy/signal/fft.ts";
import { fft, ifft, irfft, rfft } from "../../numpy/signal/fft-transforms.ts";
import { pad } from "../../numpy/shapes/pad.ts";
import { inexact } from "../../numpy/operands/promote.ts";
import { median } from "../../numpy/reductions/quantiles.ts";
import { mean } from "../../numpy/reductions/reductions.ts";
import { take } from "../../numpy/indexing/take.ts";
import { broadcastArrays } from "../../numpy/shapes/manipulation.ts";
import { range } from "../../base/util.ts";
import { detrend as detrended } from "./signal.ts";
import { type Window, windowOf } from "./windows.ts";

type Trend = "constant" | "linear" | false | ((segments: NDArray) => ArrayLike);

type Scaling = "density" | "spectrum";
type Boundary = "zeros" | "even" | "odd" | "constant";

const fs = param<[fs: ArrayLike]>()("fs", 1);
const window = param<[window: Window]>()("window", "hann");
/** Length of a piece: that of the window, or 256. */
const nperseg = param<[nperseg: number | null]>()("nperseg", null);
const lengths = [
  /** By how much pieces overlap: half of their length. */
  param<[noverlap: number | null]>()("noverlap", null),
  /** Length of the transforms, padded with zeros. */
  param<[nfft: number | null]>()("nfft", null),
] as const;
const piecesParams = [fs, window, nperseg, ...lengths] as const;
type Pieces = Values<typeof piecesParams>;
const returnOnesided = param<[returnOnesided: boolean]>()("returnOnesided", true);
const axisParam = param<[axis: number]>()("axis", -1);

const stftParams = [fs, window, maybe<[nperseg: number]>()("nperseg"), ...lengths] as const;
const stftByName = [
  param<[detrend: Trend]>()("detrend", false),
  returnOnesided,
  /** How the signal goes on beyond its ends. */
  param<[boundary: Boundary | null]>()("boundary", "zeros"),
  /** Zeros behind, so that the pieces cover the whole signal? */
  param<[padded: boolean]>()("padded", true),
  axisParam,
] as const;
/**
 * Options of `stft`: fs = 1 (samples per unit of time), window = "hann" (another name, or its elements), nperseg (the
 * length of a piece: by default that of the window's elements, of a named one 256 or all of a shorter signal), noverlap
 * = null (half of it), nfft = null (the length of the transforms: that of a piece; to longer ones pieces are padded with
 * zeros), detrend = false ("constant", "linear" or a function of the pieces), returnOnesided = true, boundary = "zeros"
 * (how the signal goes on beyond its ends: "even", "odd", "constant", null for not at all), padded = true (zeros behind,
 * so that the pieces cover all of it), axis = −1.
 */
export type StftOptions = OptionsOf<[...typeof stftParams, ...typeof stftByName]>;
const stftSignature = signature("stft", 1, [...stftParams, ...stftByName], []);

const csdByName = [
  param<[detrend: Trend]>()("detrend", "constant"),
  returnOnesided,
  param<[scaling: Scaling]>()("scaling", "density"),
  axisParam,
  param<[average: "mean" | "median"]>()("average", "mean"),
] as const;
/**
 * Options of `csd` and `welch`: fs = 1 (samples per unit of time), window = "hann" (another name, or its elements),
 * nperseg (the length of a piece: by default that of the window's elements, of a named one 256 or all of a shorter
 * signal), noverlap = null (half of it), nfft = null (the length of the transforms: that of a piece; to longer ones
 * pieces are padded with zeros), detrend = "constant" ("linear", false or a function of the pieces), returnOnesided =
 * true, scaling = "density" ("spectrum"), axis = −1, average = "mean" ("median").
 */
export type CsdOptions = OptionsOf<[...typeof piecesParams, ...typeof csdByName]>;
const csdSignature = signature("csd", 2, [...piecesParams, ...csdByName], []);
const welchSignature = { ...csdSignature, name: "welch", operands: 1 };
type Csd = Values<(typeof csdSignature)["params"]>;
type CsdRest = RestOf<typeof piecesParams, typeof csdByName>;

const istftByName = [
  param<[inputOnesided: boolean]>()("inputOnesided", true),
  param<[boundary: boolean]>()("boundary", true),
  param<[timeAxis: number]>()("timeAxis", -1),
  param<[freqAxis: number]>()("freqAxis", -2),
] as const;
/**
 * Options of `istft`: fs = 1 (samples per unit of time), window = "hann" (another name, or its elements), nperseg (the
 * length of a piece: by default that of the transforms), noverlap = null (half of it), nfft = null (the length of the
 * transforms: by default 2(n − 1) for n frequencies, or n if not inputOnesided), inputOnesided = true, boundary = true
 * (half a piece at both ends is not part of the signal), timeAxis = −1, freqAxis = −2.
 */
export type IstftOptions = OptionsOf<[...typeof piecesParams, ...typeof istftByName]>;

interface Lengths {
  readonly nperseg: number;
  readonly noverlap: number;
  readonly nfft: number;
  readonly window: NDArray;
}

function whole(where: string, name: string, n: number, least: number): number {
  if (Number.isInteger(n) && n >= least) return n;
  throw new ArgumentError(`${where}: ${name} must be a whole number, at least ${least}; got ${show(n)}.`);
}

function lengthsOf(
  where: string,
  p: Pieces,
  size: number,
  nperseg: number,
  nfft: number,
  like: NDArray,
): Lengths {
  if (nperseg > size)
    throw new ArgumentError(`${where}: a window of ${nperseg} elements is longer than the signal (${size}).`);
  const noverlap = whole(where, "noverlap", p.noverlap ?? Math.floor(nperseg / 2), 0);
  if (noverlap >= nperseg)
    throw new ArgumentError(`${where}: noverlap (${noverlap}) must be less than nperseg (${nperseg}).`);
  if (nfft < nperseg)
    throw new ArgumentError(`${where}: nfft (${nfft}) must not be less than nperseg (${nperseg}).`);
  return { nperseg, noverlap, nfft, window: windowOf(where, p.window, nperseg, realPart(like.dtype)) };
}

/** Pieces may not be longer than the signal: named windows are cut, others are errors. */
function pieceLength(where: string, p: Pieces, size: number): number {
  const given = p.nperseg;
  if (typeof p.window === "string") return Math.min(whole(where, "nperseg", given ?? 256, 1), size);
  const n = asArray(p.window, where).size;
  if (given !== null && given !== n)
    throw new ArgumentError(`${where}: nperseg (${given}) differs from the window's length (${n}).`);
  return n;
}

const last = (x: NDArray, from: number, to: number): NDArray => lax.sliceInDim(x, from, to, 1, x.ndim - 1);

/** The signal with half a piece more at both ends. */
function extended(x: NDArray, kind: Boundary, n: number): NDArray {
  const widths = x.shape.map((_, i): [number, number] => (i === x.ndim - 1 ? [n, n] : [0, 0]));
  if (kind === "zeros") return pad(x, widths);
  if (kind === "constant") return pad(x, widths, "edge");
  return pad(x, widths, "reflect", { reflectType: kind });
}

/** Pieces as rows: `[…, n]` → `[…, count, nperseg]`. */
function segments(x: NDArray, nperseg: number, step: number): NDArray {
  const count = Math.floor((x.shape[x.ndim - 1] - nperseg) / step) + 1;
  const shape = [count, nperseg];
  const index = lax.add(
    lax.mul(lax.broadcastedIota("int32", shape, 0), step),
    lax.broadcastedIota("int32", shape, 1),
  );
  return take(x, index, x.ndim - 1);
}

function withoutTrend(x: NDArray, detrend: Trend): NDArray {
  if (detrend === false) return x;
  return typeof detrend === "function" ? asArray(detrend(x), "detrend") : detrended(x, { type: detrend });
}

interface Result {
  readonly freqs: NDArray;
  readonly times: NDArray;
  /** `[…, frequencies, times]`. */
  readonly values: NDArray;
}

interface HelperOptions extends Pieces {
  readonly detrend: Trend;
  readonly returnOnesided: boolean;
  readonly boundary: Boundary | null;
  readonly padded: boolean;
  readonly scaling: Scaling;
  readonly mode: "psd" | "stft";
}

/** The transforms of all pieces of x, for a power spectrum times those of y conjugated. */
function spectra(where: string, x: NDArray, y: NDArray | null, o: HelperOptions): Result {
  const { boundary } = o;
  const asked = pieceLength(where, o, x.shape[x.ndim - 1]);
  const nfftGiven = whole(where, "nfft", o.nfft ?? asked, 1);
  const { nperseg, noverlap, nfft, window } = lengthsOf(where, o, x.shape[x.ndim - 1], asked, nfftGiven, x);
  const step = nperseg - noverlap;
  const prepare = (a: NDArray): NDArray => {
    const long = boundary === null ? a : extended(a, boundary, Math.floor(nperseg / 2));
    if (!o.padded) return long;
    const rest = long.shape[long.ndim - 1] - nperseg;
    const missing = (((-rest % step) + step) % step) % nperseg;
    return pad(
      long,
      long.shape.map((_, i): [number, number] => (i === long.ndim - 1 ? [0, missing] : [0, 0])),
    );
  };
  const onesided = o.returnOnesided && !isComplex(x.dtype) && (y === null || !isComplex(y.dtype));
  const transform = (a: NDArray): NDArray => {
    const rows = withoutTrend(segments(a, nperseg, step), o.detrend);
    const weighed = lax.mul(rows, lax.convertElementType(broadcastToShape(window, rows.shape), rows.dtype));
    return onesided ? rfft(weighed, nfft) : fft(weighed, nfft);
  };
  const signal = prepare(x);
  const ours = transform(signal);
  const density = lax.mul(o.fs, lax.reduceSum(lax.mul(window, window), [0]));
  const total = lax.reduceSum(window, [0]);
  const scale = lax.div(1, o.scaling === "density" ? density : lax.mul(total, total));
  const factor = lax.convertElementType(o.mode === "stft" ? lax.sqrt(scale) : scale, ours.dtype);
  let values = lax.mul(ours, factor);
  if (o.mode === "psd") {
    values = lax.mul(lax.conj(ours), lax.mul(y === null ? ours : transform(prepare(y)), factor));
    if (onesided) values = doubled(values, nfft);
  }
  const count = values.shape[values.ndim - 2];
  const shift = nperseg / 2 - (boundary === null ? 0 : nperseg / 2);
  const times = lax.div(lax.add(lax.mul(lax.iota(window.dtype, count), step), shift), o.fs);
  const freqs = (onesided ? rfftfreq : fftfreq)(nfft, lax.div(1, o.fs), { dtype: window.dtype });
  return { freqs, times, values: moveAxis(values, values.ndim - 1, values.ndim - 2) };
}

/** Frequencies that stand for their negatives too. */
function doubled(x: NDArray, nfft: number): NDArray {
  const k = lax.broadcastedIota("int32", x.shape, x.ndim - 1);
  const single = nfft % 2 === 0 ? lax.bitwiseOr(lax.eq(k, 0), lax.eq(k, nfft / 2)) : lax.eq(k, 0);
  return lax.mul(x, lax.convertElementType(lax.select(single, 1, 2), x.dtype));
}

/**
 * Short-time Fourier transforms: `[frequencies, times, transforms]`; the axis of frequencies replaces that of the signal,
 * times are the last axis.
 *
 * Parameters: fs = 1, window = "hann", nperseg = null (256), noverlap = null (half of it), nfft = null (nperseg); by name:
 * detrend = false, returnOnesided = true, boundary = "zeros", padded = true, axis = −1.
 * @throws ArgumentError for lengths that do not fit
 * @see jax.scipy.signal.stft
 * @example
 * scipy.signal.stft(np.sin(np.arange(64)), { nperseg: 16 })[2].shape; // [9, 9]
 */
export function stft(
  x: ArrayLike,
  ...rest: RestOf<typeof stftParams, typeof stftByName>
): [NDArray, NDArray, NDArray] {
  const o = settle(stftSignature, rest);
  const a = inexact("stft", asArray(x, "stft"));
  const axis = canonicalAxis(o.axis, a.ndim, "stft");
  const { freqs, times, values } = spectra("stft", moveAxis(a, axis, a.ndim - 1), null, {
    ...o,
    scaling: "spectrum",
    mode: "stft",
  });
  return [freqs, times, moveAxis(values, values.ndim - 2, axis)];
}

function averaged(where: string, values: NDArray, average: string): NDArray {
  if (average === "mean") return mean(values, -1);
  if (average !== "median")
    throw new ArgumentError(`${where}: average is "mean" or "median"; got ${show(average)}.`);
  // The median of chi-squared variables is less than their mean.
  const n = values.shape[values.ndim - 1];
  const terms = range(Math.floor((n - 1) / 2), 1).map((i) => 1 / (2 * i + 1) - 1 / (2 * i));
  const bias = terms.reduce((s, t) => s + t, 1);
  const middle = isComplex(values.dtype)
    ? lax.complex(median(lax.real(values), -1), median(lax.imag(values), -1))
    : median(values, -1);
  return lax.div(middle, bias);
}

/** Frequencies and the cross spectrum of two signals of one shape, or (`y` null) the power spectrum of one. */
function crossSpectrum(where: string, x: NDArray, y: NDArray | null, o: Csd): [NDArray, NDArray] {
  const axis = canonicalAxis(o.axis, x.ndim, where);
  const { scaling, average } = o;
  if (scaling !== "density" && (scaling as string) !== "spectrum")
    throw new ArgumentError(`${where}: scaling is "density" or "spectrum"; got ${show(scaling)}.`);
  const front = (a: NDArray): NDArray => moveAxis(a, axis, a.ndim - 1);
  const options = { ...o, boundary: null, padded: false, mode: "psd" } as const;
  const { freqs, values } = spectra(where, front(x), y === null ? null : front(y), options);
  const power = y === null ? lax.real(values) : values;
  const out = averaged(where, power, average);
  return [freqs, moveAxis(out, out.ndim - 1, axis)];
}

/** The shorter of two signals is padded with zeros. */
function evenLengths(x: NDArray, y: NDArray, axis: number): [NDArray, NDArray] {
  const n = Math.max(x.shape[axis], y.shape[axis]);
  const fit = (a: NDArray): NDArray =>
    pad(
      a,
      a.shape.map((d, i): [number, number] => (i === axis ? [0, n - d] : [0, 0])),
    );
  const [a, b] = broadcastArrays(fit(x), fit(y));
  return [a, b];
}

/**
 * The cross power spectral density of two signals, averaged over pieces: `[frequencies, values]`.
 *
 * Parameters: those of `welch`.
 * @throws ArgumentError for lengths that do not fit; ShapeError if the signals differ in their number of axes
 * @see jax.scipy.signal.csd
 * @example
 * scipy.signal.csd(np.sin(np.arange(64)), np.cos(np.arange(64)), { nperseg: 16 })[1].shape; // [9]
 */
export function csd(x: ArrayLike, y: ArrayLike | null, ...rest: CsdRest): [NDArray, NDArray] {
  const o = settle(csdSignature, rest);
  if (y === null || y === x) {
    const [freqs, power] = welch(x, o);
    return [freqs, lax.complex(power, lax.fullLike(power, 0))];
  }
  const [a, b] = promote("csd", inexact("csd", asArray(x, "csd")), inexact("csd", asArray(y, "csd")));
  if (a.ndim !== b.ndim) throw new ShapeError("csd: the signals must have equally many axes.");
  return crossSpectrum("csd", ...evenLengths(a, b, canonicalAxis(o.axis, a.ndim, "csd")), o);
}

/**
 * The power spectral density of a signal by Welch's method: `[frequencies, values]`.
 *
 * Parameters: fs = 1, window = "hann", nperseg = null (256), noverlap = null (half of it), nfft = null (nperseg); by name:
 * detrend = "constant", returnOnesided = true, scaling = "density" ("spectrum"), axis = −1, average = "mean" ("median").
 * @throws ArgumentError for lengths that do not fit
 * @see jax.scipy.signal.welch
 * @example
 * scipy.signal.welch(np.sin(np.arange(64)), { nperseg: 16 })[1].shape; // [9]
 */
export function welch(x: ArrayLike, ...rest: CsdRest): [NDArray, NDArray] {
  const o = settle(welchSignature, rest);
  return crossSpectrum("welch", inexact("welch", asArray(x, "welch")), null, o);
}

/** Rows `[…, count, n]` added up, each `step` further on: `[…, (count − 1)·step + n]`. */
function overlapAdd(rows: NDArray, step: number): NDArray {
  const [count, n] = rows.shape.slice(-2) as [number, number];
  const lead = rows.shape.slice(0, -2);
  const blocks = Math.ceil(n / step);
  const zero = lax.full([], 0, rows.dtype);
  const config = (lo: number, hi: number, axis: number) =>
    rows.shape.map((_, i) => (i === axis ? ([lo, hi, 0] as const) : ([0, 0, 0] as const)));
  const even = lax.pad(rows, zero, config(0, blocks * step - n, rows.ndim - 1));
  const shifted = range(blocks).map((k) => {
    const block = last(even, k * step, (k + 1) * step);
    return lax.pad(block, zero, config(k, blocks - 1 - k, rows.ndim - 2));
  });
  const sum = shifted.reduce((s, t) => lax.add(s, t));
  return last(lax.reshape(sum, [...lead, (count + blocks - 1) * step]), 0, (count - 1) * step + n);
}

/**
 * The signal of short-time Fourier transforms: `[times, signal]`. Inverts `stft` where the windows overlap.
 *
 * Parameters: fs = 1, window = "hann", nperseg, noverlap, nfft; by name: inputOnesided = true, boundary = true (half a piece
 * at both ends is not part of the signal), timeAxis = −1, freqAxis = −2.
 * @throws ArgumentError for lengths that do not fit; ShapeError for fewer than 2 axes
 * @see jax.scipy.signal.istft
 * @example
 * scipy.signal.istft(np.ones([9, 5]))[1].shape; // [32]
 */
export const istft = define("istft", piecesParams, istftByName, (o, Zxx: ArrayLike): [NDArray, NDArray] => {
  const z = asArray(Zxx, "istft");
  if (z.ndim < 2) throw new ShapeError("istft: the transforms need axes of frequencies and of times.");
  const freqAxis = canonicalAxis(o.freqAxis, z.ndim, "istft");
  const timeAxis = canonicalAxis(o.timeAxis, z.ndim, "istft");
  if (freqAxis === timeAxis) throw new ArgumentError("istft: freqAxis and timeAxis are the same.");
  const others = range(z.ndim).filter((k) => k !== freqAxis && k !== timeAxis);
  const ordered = lax.transpose(z, [...others, timeAxis, freqAxis]);
  const usual = o.inputOnesided ? 2 * (z.shape[freqAxis] - 1) : z.shape[freqAxis];
  const nperseg = whole("istft", "nperseg", o.nperseg ?? usual, 1);
  const odd = o.inputOnesided && nperseg === usual + 1;
  const nfft = whole("istft", "nfft", o.nfft ?? (odd ? nperseg : usual), 1);
  const { window, noverlap } = lengthsOf("istft", o, Infinity, nperseg, nfft, z);
  const step = nperseg - noverlap;
  const rows = last(o.inputOnesided ? irfft(ordered, nfft) : ifft(ordered, nfft), 0, nperseg);
  const total = lax.reduceSum(window, [0]);
  const weight = lax.convertElementType(lax.mul(window, total), rows.dtype);
  const signal = overlapAdd(lax.mul(rows, broadcastToShape(weight, rows.shape)), step);
  const squares = broadcastToShape(lax.mul(window, window), [rows.shape[rows.ndim - 2], nperseg]);
  const norm = overlapAdd(squares, step);
  const safe = lax.select(lax.gt(norm, 1e-10), norm, 1);
  const out = lax.div(signal, lax.convertElementType(broadcastToShape(safe, signal.shape), signal.dtype));
  const n = out.shape[out.ndim - 1];
  const cut = o.boundary ? Math.floor(nperseg / 2) : 0;
  const kept = cut === 0 ? out : last(out, cut, n - cut);
  const at = Math.min(timeAxis, freqAxis);
  const times = lax.div(lax.iota(window.dtype, kept.shape[kept.ndim - 1]), o.fs);
  return [times, moveAxis(kept, kept.ndim - 1, at)];
});
