/** @file Cosine transforms, convolution by Fourier transforms and spectra, against the sums that define them. */
import { describe, expect, it } from "vitest";
import { grad, numpy as np, scipy } from "../../src/index.ts";
import { checkGrads } from "../../src/testing.ts";
import type { NDArray } from "../../src/core/array.ts";
import { array, expectArraysClose, expectClose, flat } from "../util/arrays.ts";
import { type C, c } from "../util/complex.ts";
import { Random } from "../util/random.ts";

const random = new Random("signal");
const reals = (n: number): number[] => Array.from({ length: n }, () => random.uniform(-2, 2));
const vector = (x: readonly number[]): NDArray => array([x.length], x);

describe("dct", () => {
  const type2 = (x: readonly number[]): number[] =>
    x.map(
      (_, k) => 2 * x.reduce((s, v, j) => s + v * Math.cos((Math.PI * (2 * j + 1) * k) / (2 * x.length)), 0),
    );
  const type3 = (x: readonly number[]): number[] =>
    x.map(
      (_, k) =>
        x[0] +
        2 *
          x
            .slice(1)
            .reduce((s, v, j) => s + v * Math.cos((Math.PI * (2 * k + 1) * (j + 1)) / (2 * x.length)), 0),
    );

  for (const n of [1, 2, 3, 4, 5, 8, 17]) {
    it(`types 2 and 3 of ${n} elements are their sums`, () => {
      const x = reals(n);
      expectClose(scipy.fft.dct(vector(x)), type2(x), 1e-12);
      expectClose(scipy.fft.dct(vector(x), { type: 3 }), type3(x), 1e-12);
      expectClose(
        scipy.fft.dct(vector(x), { norm: "forward" }),
        type2(x).map((v) => v / (2 * n)),
        1e-12,
      );
    });

    it(`of ${n} elements is inverted under every norm`, () => {
      const x = vector(reals(n));
      for (const type of [2, 3] as const)
        for (const norm of [null, "ortho", "forward"] as const)
          expectArraysClose(scipy.fft.idct(scipy.fft.dct(x, { type, norm }), { type, norm }), x, 1e-12);
    });
  }

  it("is orthogonal with the norm ortho: lengths stay", () => {
    const x = vector(reals(7));
    expectClose(np.linalg.norm(scipy.fft.dct(x, { norm: "ortho" })), flat(np.linalg.norm(x)), 1e-12);
  });

  it("goes over axes one after the other, cut or padded to s", () => {
    const x = array([3, 4], reals(12));
    const once = scipy.fft.dct(scipy.fft.dct(x, { axis: 0, n: 5 }), { axis: 1, n: 2 });
    expectArraysClose(scipy.fft.dctn(x, { s: [5, 2] }), once, 1e-12);
    expectArraysClose(scipy.fft.idctn(scipy.fft.dctn(x)), x, 1e-12);
  });

  it("has derivatives, and refuses what is not defined", () => {
    checkGrads((x: NDArray) => np.sin(scipy.fft.dct(x)), [vector(reals(5))]);
    expect(() => scipy.fft.dct(vector([1]), { type: 1 as 2 })).toThrow("only the types 2 and 3");
    expect(() => scipy.fft.dct(vector([1]), { norm: "x" as "ortho" })).toThrow("norm is");
  });
});

describe("fftconvolve", () => {
  for (const mode of ["full", "same", "valid"] as const) {
    it(`${mode}: equals the direct sums, in any number of dimensions`, () => {
      const [x, y] = [array([5, 7], reals(35)), array([3, 2], reals(6))];
      expectArraysClose(scipy.signal.fftconvolve(x, y, mode), scipy.signal.convolve(x, y, mode), 1e-12);
      expectArraysClose(
        scipy.signal.correlate(x, y, { mode, method: "fft" }),
        scipy.signal.correlate(x, y, mode),
        1e-12,
      );
    });
  }

  it("along one axis is a convolution of every row", () => {
    const [x, y] = [array([2, 5], reals(10)), array([1, 3], reals(3))];
    const out = scipy.signal.fftconvolve(x, y, "full", 1);
    const rows = [0, 1].map((i) => np.convolve(x.slice(i), y.slice(0)));
    expectArraysClose(out, np.stack(rows), 1e-12);
  });

  it("has derivatives", () => {
    checkGrads(
      (x: NDArray, y: NDArray) => scipy.signal.fftconvolve(x, y),
      [vector(reals(5)), vector(reals(4))],
    );
  });

  it("names shapes that do not fit", () => {
    expect(() => scipy.signal.fftconvolve(array([2, 3], reals(6)), vector([1]))).toThrow("do not fit");
  });
});

/** Transforms of weighted pieces, one by one. */
function pieces(x: readonly number[], window: readonly number[], step: number): C[][] {
  const n = window.length;
  const out: C[][] = [];
  for (let from = 0; from + n <= x.length; from += step) {
    const piece = x.slice(from, from + n);
    const mean = piece.reduce((s, v) => s + v, 0) / n;
    out.push(
      Array.from({ length: Math.floor(n / 2) + 1 }, (_, k) =>
        piece.reduce<C>(
          (s, v, j) => {
            const angle = (-2 * Math.PI * j * k) / n;
            const w = (v - mean) * window[j];
            return c.add(s, [w * Math.cos(angle), w * Math.sin(angle)]);
          },
          [0, 0],
        ),
      ),
    );
  }
  return out;
}

const hann = (n: number): number[] =>
  Array.from({ length: n }, (_, k) => 0.5 - 0.5 * Math.cos((2 * Math.PI * k) / n));

describe("spectra", () => {
  const n = 8;
  const x = reals(40);
  const y = reals(40);
  const power = hann(n).reduce((s, w) => s + w * w, 0);
  const mean = (values: readonly C[][], k: number): C =>
    c.div(
      values.reduce<C>((s, row) => c.add(s, row[k]), [0, 0]),
      [values.length, 0],
    );

  it("welch averages squared moduli; inner frequencies count twice", () => {
    const rows = pieces(x, hann(n), 4).map((row) => row.map((z): C => [c.abs(z) ** 2, 0]));
    const [freqs, got] = scipy.signal.welch(vector(x), { fs: 2, nperseg: n });
    expectClose(freqs, [0, 0.25, 0.5, 0.75, 1], 1e-15);
    const want = [0, 1, 2, 3, 4].map((k) => ((k % 4 === 0 ? 1 : 2) * mean(rows, k)[0]) / (2 * power));
    expectClose(got, want, 1e-12);
  });

  it("csd multiplies by the conjugate of the first", () => {
    const [a, b] = [pieces(x, hann(n), 4), pieces(y, hann(n), 4)];
    const rows = a.map((row, i) => row.map(([re, im], k) => c.mul([re, -im], b[i][k])));
    const [, got] = scipy.signal.csd(vector(x), vector(y), { nperseg: n, scaling: "spectrum" });
    const total = hann(n).reduce((s, w) => s + w, 0) ** 2;
    const want = [0, 1, 2, 3, 4].flatMap((k) =>
      mean(rows, k).map((v) => ((k % 4 === 0 ? 1 : 2) * v) / total),
    );
    expectClose(got, want, 1e-12);
    const [, own] = scipy.signal.csd(vector(x), vector(x), { nperseg: n });
    expectArraysClose(np.real(own), scipy.signal.welch(vector(x), { nperseg: n })[1], 1e-12);
  });

  it("medians are corrected for their bias", () => {
    const rows = pieces(x.slice(0, 16), hann(n), 4).map((row) => row.map((z) => c.abs(z) ** 2));
    const [, got] = scipy.signal.welch(vector(x.slice(0, 16)), { nperseg: n, average: "median" });
    const bias = 1 - 1 / 2 + 1 / 3;
    const want = [0, 1, 2, 3, 4].map((k) => {
      const sorted = rows.map((r) => r[k]).sort((p, q) => p - q);
      return ((k % 4 === 0 ? 1 : 2) * sorted[1]) / bias / power;
    });
    expectClose(got, want, 1e-12);
  });

  for (const window of ["hann", "hamming", "blackman", "bartlett", "cosine", "boxcar"] as const) {
    it(`istft inverts stft with the window ${window}`, () => {
      const signal = array([2, 40], [...x, ...y]);
      const [, times, z] = scipy.signal.stft(signal, { window, nperseg: n, noverlap: 5 });
      expect(z.shape).toEqual([2, 5, times.size]);
      const [at, back] = scipy.signal.istft(z, { window, nperseg: n, noverlap: 5 });
      expectArraysClose(back.slice([], [0, 40]), signal, 1e-12);
      expectClose(at.slice([0, 3]), [0, 1, 2], 1e-15);
    });
  }

  it("stft of two-sided transforms, along another axis", () => {
    const signal = np.transpose(array([2, 40], [...x, ...y]));
    const [freqs, , z] = scipy.signal.stft(signal, { nperseg: n, returnOnesided: false, axis: 0 });
    expect([freqs.size, z.shape[0], z.shape[1]]).toEqual([8, 8, 2]);
    const [, back] = scipy.signal.istft(z, { nperseg: n, inputOnesided: false, freqAxis: 0 });
    expectArraysClose(np.real(back).slice([0, 40]), signal, 1e-12);
  });

  it("have derivatives", () => {
    const loss = (s: NDArray): NDArray => scipy.signal.welch(s, { nperseg: n })[1].sum();
    checkGrads(loss, [vector(x.slice(0, 12))]);
    expect(grad(loss)(vector(x)).shape).toEqual([40]);
  });

  it("refuse lengths that do not fit, and unknown windows", () => {
    expect(() => scipy.signal.welch(vector(x), { nperseg: 8, noverlap: 8 })).toThrow("noverlap (8)");
    expect(() => scipy.signal.welch(vector(x), { nperseg: 8, nfft: 4 })).toThrow("nfft (4)");
    expect(() => scipy.signal.welch(vector(x), { window: "flat" as "hann" })).toThrow(
      "unknown window 'flat'",
    );
    // No window, though objects have such a property.
    expect(() => scipy.signal.welch(vector(x), { window: "constructor" as "hann" })).toThrow(
      "unknown window 'constructor'",
    );
    expect(() => scipy.signal.stft(vector(x), { window: vector(reals(50)) })).toThrow(
      "longer than the signal",
    );
  });
});
