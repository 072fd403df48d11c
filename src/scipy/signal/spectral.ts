/**
 * @file Spectra of signals piece by piece: `stft` and its inverse, `csd`, `welch`. Source: jax/_src/scipy/signal.py; the
 * definitions are SciPy's.
 */
import { type Rest, resolveArgs } from "../../arguments/named.ts";
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

interface Pieces {
  readonly fs?: ArrayLike | undefined;
  readonly window?: Window | undefined;
  /** Length of a piece: that of the window, or 256. */
  readonly nperseg?: number | null | undefined;
  /** By how much pieces overlap: half of their length. */
  readonly noverlap?: number | null | undefined;
  /** Length of the transforms, padded with zeros. */
  readonly nfft?: number | null | undefined;
}

interface Spectrum extends Pieces {
  readonly detrend?: Trend | undefined;
  readonly returnOnesided?: boolean | undefined;
  readonly axis?: number | undefined;
}

export interface StftOptions extends Spectrum {
  /** How the signal goes on beyond its ends. */
  readonly boundary?: "zeros" | "even" | "odd" | "constant" | null | undefined;
  /** Zeros behind, so that the pieces cover the whole signal? */
  readonly padded?: boolean | undefined;
}

export interface CsdOptions extends Spectrum {
  readonly scaling?: "density" | "spectrum" | undefined;
  readonly average?: "mean" | "median" | undefined;
}

export interface IstftOptions extends Pieces {
  readonly inputOnesided?: boolean | undefined;
  readonly boundary?: boolean | undefined;
  readonly timeAxis?: number | undefined;
  readonly freqAxis?: number | undefined;
}

interface Lengths {
  readonly nperseg: number;
  readonly noverlap: number;
  readonly nfft: number;
  readonly window: NDArray;
}

function whole(where: string, name: string, n: number, least: number): number {
  if (Number.isInteger(n) && n >= least) return n;
  throw new ArgumentError(`${where}: ${name} must be a whole number, at least ${least}; got ${n}.`);
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
  const window = windowOf(where, p.window ?? "hann", nperseg, realPart(like.dtype));
  return { nperseg, noverlap, nfft, window };
}

/** Pieces may not be longer than the signal: named windows are cut, others are errors. */
function pieceLength(where: string, p: Pieces, size: number): number {
  const given = p.nperseg ?? null;
  const window = p.window ?? "hann";
  if (typeof window === "string") return Math.min(whole(where, "nperseg", given ?? 256, 1), size);
  const n = asArray(window, where).size;
  if (given !== null && given !== n)
    throw new ArgumentError(`${where}: nperseg (${given}) differs from the window's length (${n}).`);
  return n;
}

const last = (x: NDArray, from: number, to: number): NDArray => lax.sliceInDim(x, from, to, 1, x.ndim - 1);

/** The signal with half a piece more at both ends. */
function extended(x: NDArray, kind: "zeros" | "even" | "odd" | "constant", n: number): NDArray {
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

interface HelperOptions extends StftOptions {
  readonly scaling: "density" | "spectrum";
  readonly mode: "psd" | "stft";
}

/** The transforms of all pieces of x, for a power spectrum times those of y conjugated. */
function spectra(where: string, x: NDArray, y: NDArray | null, o: HelperOptions): Result {
  const fs = o.fs ?? 1;
  const { boundary = null, detrend = "constant" } = o;
  const asked = pieceLength(where, o, x.shape[x.ndim - 1]);
  const nfftGiven = whole(where, "nfft", o.nfft ?? asked, 1);
  const { nperseg, noverlap, nfft, window } = lengthsOf(where, o, x.shape[x.ndim - 1], asked, nfftGiven, x);
  const step = nperseg - noverlap;
  const prepare = (a: NDArray): NDArray => {
    const long = boundary === null ? a : extended(a, boundary, Math.floor(nperseg / 2));
    if (o.padded !== true) return long;
    const rest = long.shape[long.ndim - 1] - nperseg;
    const missing = (((-rest % step) + step) % step) % nperseg;
    return pad(
      long,
      long.shape.map((_, i): [number, number] => (i === long.ndim - 1 ? [0, missing] : [0, 0])),
    );
  };
  const onesided = (o.returnOnesided ?? true) && !isComplex(x.dtype) && (y === null || !isComplex(y.dtype));
  const transform = (a: NDArray): NDArray => {
    const rows = withoutTrend(segments(a, nperseg, step), detrend);
    const weighed = lax.mul(rows, lax.convertElementType(broadcastToShape(window, rows.shape), rows.dtype));
    return onesided ? rfft(weighed, nfft) : fft(weighed, nfft);
  };
  const signal = prepare(x);
  const ours = transform(signal);
  const density = lax.mul(fs, lax.reduceSum(lax.mul(window, window), [0]));
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
  const times = lax.div(lax.add(lax.mul(lax.iota(window.dtype, count), step), shift), fs);
  const freqs = (onesided ? rfftfreq : fftfreq)(nfft, lax.div(1, fs), { dtype: window.dtype });
  return { freqs, times, values: moveAxis(values, values.ndim - 1, values.ndim - 2) };
}

/** Frequencies that stand for their negatives too. */
function doubled(x: NDArray, nfft: number): NDArray {
  const k = lax.broadcastedIota("int32", x.shape, x.ndim - 1);
  const single = nfft % 2 === 0 ? lax.bitwiseOr(lax.eq(k, 0), lax.eq(k, nfft / 2)) : lax.eq(k, 0);
  return lax.mul(x, lax.convertElementType(lax.select(single, 1, 2), x.dtype));
}

const spectrumNames = ["fs", "window", "nperseg", "noverlap", "nfft", "detrend", "returnOnesided"] as const;

type StftRest = Rest<
  [fs: ArrayLike, window: Window, nperseg: number, noverlap: number | null, nfft: number | null],
  StftOptions
>;

/**
 * Short-time Fourier transforms: `[frequencies, times, transforms]`; the axis of frequencies replaces that of the signal,
 * times are the last axis.
 * @throws ArgumentError for lengths that do not fit
 * @see jax.scipy.signal.stft
 */
export function stft(x: ArrayLike, ...rest: StftRest): [NDArray, NDArray, NDArray] {
  const o = resolveArgs<StftOptions>("stft", rest, [...spectrumNames, "boundary", "padded", "axis"]);
  const a = inexact("stft", asArray(x, "stft"));
  const axis = canonicalAxis(o.axis ?? -1, a.ndim, "stft");
  const { freqs, times, values } = spectra("stft", moveAxis(a, axis, a.ndim - 1), null, {
    ...o,
    detrend: o.detrend ?? false,
    boundary: o.boundary === undefined ? "zeros" : o.boundary,
    padded: o.padded ?? true,
    scaling: "spectrum",
    mode: "stft",
  });
  return [freqs, times, moveAxis(values, values.ndim - 2, axis)];
}

type CsdRest = Rest<
  [fs: ArrayLike, window: Window, nperseg: number | null, noverlap: number | null, nfft: number | null],
  CsdOptions
>;

const csdNames = [...spectrumNames, "scaling", "axis", "average"] as const;

function averaged(where: string, values: NDArray, average: string): NDArray {
  if (average === "mean") return mean(values, -1);
  if (average !== "median")
    throw new ArgumentError(`${where}: average is "mean" or "median"; got ${JSON.stringify(average)}.`);
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
function crossSpectrum(where: string, x: NDArray, y: NDArray | null, o: CsdOptions): [NDArray, NDArray] {
  const axis = canonicalAxis(o.axis ?? -1, x.ndim, where);
  const { scaling = "density", average = "mean" } = o;
  if (scaling !== "density" && scaling !== "spectrum")
    throw new ArgumentError(`${where}: scaling is "density" or "spectrum"; got ${JSON.stringify(scaling)}.`);
  const front = (a: NDArray): NDArray => moveAxis(a, axis, a.ndim - 1);
  const options = { ...o, scaling, mode: "psd" } as const;
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
  const [a, b] = broadcastArrays(fit(x), fit(y)) as [NDArray, NDArray];
  return [a, b];
}

/**
 * The cross power spectral density of two signals, averaged over pieces: `[frequencies, values]`.
 * @see jax.scipy.signal.csd
 */
export function csd(x: ArrayLike, y: ArrayLike | null, ...rest: CsdRest): [NDArray, NDArray] {
  const o = resolveArgs<CsdOptions>("csd", rest, csdNames);
  if (y === null || y === x) {
    const [freqs, power] = welch(x, o);
    return [freqs, lax.complex(power, lax.fullLike(power, 0))];
  }
  const [a, b] = promote("csd", inexact("csd", asArray(x, "csd")), inexact("csd", asArray(y, "csd")));
  if (a.ndim !== b.ndim) throw new ShapeError("csd: the signals must have equally many axes.");
  return crossSpectrum("csd", ...evenLengths(a, b, canonicalAxis(o.axis ?? -1, a.ndim, "csd")), o);
}

/**
 * The power spectral density of a signal by Welch's method: `[frequencies, values]`.
 * @see jax.scipy.signal.welch
 * @example
 * scipy.signal.welch(np.sin(np.arange(64)), { nperseg: 16 })[1].shape; // [9]
 */
export function welch(x: ArrayLike, ...rest: CsdRest): [NDArray, NDArray] {
  const o = resolveArgs<CsdOptions>("welch", rest, csdNames);
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

type IstftRest = Rest<
  [fs: ArrayLike, window: Window, nperseg: number | null, noverlap: number | null, nfft: number | null],
  IstftOptions
>;

/**
 * The signal of short-time Fourier transforms: `[times, signal]`. Inverts `stft` where the windows overlap.
 * @see jax.scipy.signal.istft
 */
export function istft(Zxx: ArrayLike, ...rest: IstftRest): [NDArray, NDArray] {
  const o = resolveArgs<IstftOptions>(
    "istft",
    rest,
    ["fs", "window", "nperseg", "noverlap", "nfft"],
    ["inputOnesided", "boundary", "timeAxis", "freqAxis"],
  );
  const { fs = 1, inputOnesided = true, boundary = true } = o;
  const z = asArray(Zxx, "istft");
  if (z.ndim < 2) throw new ShapeError("istft: the transforms need axes of frequencies and of times.");
  const freqAxis = canonicalAxis(o.freqAxis ?? -2, z.ndim, "istft");
  const timeAxis = canonicalAxis(o.timeAxis ?? -1, z.ndim, "istft");
  if (freqAxis === timeAxis) throw new ArgumentError("istft: freqAxis and timeAxis are the same.");
  const others = range(z.ndim).filter((k) => k !== freqAxis && k !== timeAxis);
  const ordered = lax.transpose(z, [...others, timeAxis, freqAxis]);
  const usual = inputOnesided ? 2 * (z.shape[freqAxis] - 1) : z.shape[freqAxis];
  const nperseg = whole("istft", "nperseg", o.nperseg ?? usual, 1);
  const odd = inputOnesided && nperseg === usual + 1;
  const nfft = whole("istft", "nfft", o.nfft ?? (odd ? nperseg : usual), 1);
  const { window, noverlap } = lengthsOf("istft", o, Infinity, nperseg, nfft, z);
  const step = nperseg - noverlap;
  const rows = last(inputOnesided ? irfft(ordered, nfft) : ifft(ordered, nfft), 0, nperseg);
  const total = lax.reduceSum(window, [0]);
  const weight = lax.convertElementType(lax.mul(window, total), rows.dtype);
  const signal = overlapAdd(lax.mul(rows, broadcastToShape(weight, rows.shape)), step);
  const squares = broadcastToShape(lax.mul(window, window), [rows.shape[rows.ndim - 2], nperseg]);
  const norm = overlapAdd(squares, step);
  const safe = lax.select(lax.gt(norm, 1e-10), norm, 1);
  const out = lax.div(signal, lax.convertElementType(broadcastToShape(safe, signal.shape), signal.dtype));
  const n = out.shape[out.ndim - 1];
  const cut = boundary ? Math.floor(nperseg / 2) : 0;
  const kept = cut === 0 ? out : last(out, cut, n - cut);
  const at = Math.min(timeAxis, freqAxis);
  const times = lax.div(lax.iota(window.dtype, kept.shape[kept.ndim - 1]), fs);
  return [times, moveAxis(kept, kept.ndim - 1, at)];
}
