/** @file The `scipy.signal` namespace. */
export { type ConvolveMode, type FftconvolveOptions, fftconvolve } from "./fftconvolve.ts";
export type { Convolve2dOptions, ConvolveOptions, DetrendOptions } from "./signal.ts";
export { convolve, convolve2d, correlate, correlate2d, detrend } from "./signal.ts";
export { type CsdOptions, type IstftOptions, type StftOptions, csd, istft, stft, welch } from "./spectral.ts";
export { type Window } from "./windows.ts";
