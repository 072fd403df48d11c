/**
 * @file Fourier transforms that are large enough to be done in blocks: beside the defining sum at some frequencies,
 * Parseval's identity and the inverse, in every mode.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { config } from "../../src/base/config.ts";
import type { NDArray } from "../../src/core/array.ts";
import { bind } from "../../src/core/trace.ts";
import { grad, init, jit, lax, numpy as np } from "../../src/index.ts";
import { dftP } from "../../src/lax/fft/dft.ts";
import { array, flat, sizeOf } from "../util/arrays.ts";
import { Random } from "../util/random.ts";

beforeAll(() => init());

type F = (x: NDArray) => NDArray;

const modes: Readonly<Record<string, (f: F, x: NDArray) => NDArray>> = {
  js: (f, x) => jit((y: NDArray) => f(y), { backend: "js" })(x),
  wasm: (f, x) => jit((y: NDArray) => f(y), { backend: "wasm" })(x),
  interpreter: (f, x) => config.with({ jitless: true }, () => f(x)),
};

type Parts = readonly [re: readonly number[], im: readonly number[]];

const parts = (z: NDArray): Parts => [flat(np.real(z)), flat(np.imag(z))];

/** Σ |x|² */
const energy = ([re, im]: Parts): number => re.reduce((sum, x, i) => sum + x * x + im[i] * im[i], 0);

function complexNumbers(shape: readonly number[], dtype: "float32" | "float64"): NDArray {
  const random = new Random(shape.join());
  const draw = (): NDArray =>
    array(
      shape,
      Array.from({ length: sizeOf(shape) }, () => random.uniform(-1, 1)),
      dtype,
    );
  return lax.complex(draw(), draw());
}

/** The element k of the transform of n numbers that lie `stride` apart. */
function directSum([re, im]: Parts, first: number, n: number, stride: number, k: number): [number, number] {
  let [a, b] = [0, 0];
  for (let j = 0; j < n; j++) {
    const angle = (-2 * Math.PI * ((j * k) % n)) / n;
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const at = first + j * stride;
    a += re[at] * c - im[at] * s;
    b += re[at] * s + im[at] * c;
  }
  return [a, b];
}

/** Along one axis, whichever it is: not normalised. */
function transform(z: NDArray, axis: number, inverse: boolean): NDArray {
  const [re, im] = bind(dftP, [lax.real(z), lax.imag(z)], { axis, inverse });
  return lax.complex(re, im);
}

/** [shape, axis]: lengths with all kinds of factors, blocks of columns of which the last one is full or not. */
const cases: readonly (readonly [readonly number[], number])[] = [
  [[32_768], 0],
  [[2, 32_805], 1],
  [[65_000], 0],
  [[128, 320], 0],
  [[2, 390, 128], 1],
  [[180, 384], 0],
  [[400, 3000], 0],
  [[64, 33], 0],
];

function check(run: (f: F, x: NDArray) => NDArray, x: NDArray, axis: number, tol: number): void {
  const { shape } = x;
  const n = shape[axis];
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  const given = parts(x);
  const transformed = run((y) => transform(y, axis, false), x);
  const got = parts(transformed);
  // A sum of n terms of size 1 with random signs.
  const size = Math.sqrt(n);
  const random = new Random("places");
  for (const k of [0, 1, n - 1, ...Array.from({ length: 12 }, () => random.int(0, n - 1))]) {
    const [o, c] = [random.int(0, outer - 1), random.int(0, inner - 1)];
    const first = o * n * inner + c;
    const want = directSum(given, first, n, inner, k);
    const at = first + k * inner;
    const error = Math.hypot(got[0][at] - want[0], got[1][at] - want[1]);
    expect(error / size, `${x.aval.short()} at ${k} of column ${c}`).toBeLessThan(tol);
  }
  expect(energy(got) / (n * energy(given))).toBeCloseTo(1, tol < 1e-9 ? 12 : 5);
  const back = parts(run((y) => transform(y, axis, true).div(n), transformed));
  const furthest = [0, 1].map((p) =>
    back[p].reduce((worst, v, i) => Math.max(worst, Math.abs(v - given[p][i])), 0),
  );
  expect(Math.max(...furthest)).toBeLessThan(tol);
}

for (const [mode, run] of Object.entries(modes)) {
  describe(`large transforms, ${mode}`, () => {
    for (const [shape, axis] of mode === "interpreter" ? [cases[0], cases[3]] : cases) {
      it(`[${shape.join()}] along ${axis}`, { timeout: 120_000 }, () => {
        check(run, complexNumbers(shape, "float64"), axis, 1e-12);
        if (mode !== "interpreter") check(run, complexNumbers(shape, "float32"), axis, 2e-5);
      });
    }
  });
}

describe("large transforms of real numbers", () => {
  const n = 1 << 16;
  const x = array(
    [n],
    Array.from({ length: n }, (_, i) => Math.sin(i * i * 0.01)),
  );
  it("are half of the complex ones", () => {
    const half = parts(jit((y: NDArray) => np.fft.rfft(y), { backend: "wasm" })(x));
    const whole = parts(jit((y: NDArray) => np.fft.fft(y), { backend: "wasm" })(x));
    for (const p of [0, 1]) half[p].forEach((v, i) => expect(Math.abs(v - whole[p][i])).toBeLessThan(1e-9));
  });
  it("come back", () => {
    const back = jit((y: NDArray) => np.fft.irfft(np.fft.rfft(y)), { backend: "wasm" })(x);
    expect(np.max(np.abs(back.sub(x))).item()).toBeLessThan(1e-13);
  });
  it("have a derivative: that of the energy of all frequencies is 2·n·x", () => {
    const power = (y: NDArray): NDArray => np.sum(np.square(np.abs(np.fft.fft(y))));
    const slopes = grad(power)(x);
    expect(np.max(np.abs(slopes.div(2 * n).sub(x))).item()).toBeLessThan(1e-12);
  });
});
