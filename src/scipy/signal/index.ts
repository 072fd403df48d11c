/** @file The `scipy.signal` namespace. */
export { type FftconvolveOptions, fftconvolve } from "./fftconvolve.ts";
export {
  type Convolve2dOptions,
  type ConvolveMode,
  type ConvolveOptions,
  type DetrendOptions,
  convolve,
  convolve2d,
  correlate,
  correlate2d,
  detrend,
} from "./signal.ts";
export { type CsdOptions, type IstftOptions, type StftOptions, csd, istft, stft, welch } from "./spectral.ts";
export { type Window } from "./windows.ts";
