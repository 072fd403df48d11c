/** @file Rows of Fourier transforms: the defining sums. Complex numbers are their real and imaginary parts. */
import type { NDArray } from "../../src/core/array.ts";
import { dftP } from "../../src/lax/fft/dft.ts";
import { bind } from "../../src/core/trace.ts";
import * as lax from "../../src/lax/index.ts";
import { type C, c, complexData, partsOf } from "../util/complex.ts";
import { type Ref, at, indices, tabulate } from "../util/reference.ts";
import { type OpCase, type OpRow, opCase, real, row } from "./row.ts";

const root = (k: number, n: number): C => {
  const angle = (2 * Math.PI * (k % n)) / n;
  return [Math.cos(angle), Math.sin(angle)];
};

/** The sum over one axis of a complex array. */
function transformAxis(re: Ref, im: Ref, axis: number, sign: 1 | -1): [Ref, Ref] {
  const n = re.shape[axis];
  const values = indices(re.shape).map((out) => {
    let sum: C = [0, 0];
    for (let j = 0; j < n; j++) {
      const index = out.map((k, i) => (i === axis ? j : k));
      const [w, z] = root(j * out[axis], n);
      sum = c.add(sum, c.mul([at(re, index), at(im, index)], [w, sign * z]));
    }
    return sum;
  });
  return partsOf(re.shape, values);
}

const overAxes = (parts: [Ref, Ref], axes: readonly number[], sign: 1 | -1): [Ref, Ref] =>
  axes.reduce<[Ref, Ref]>(([re, im], axis) => transformAxis(re, im, axis, sign), parts);

const lastAxes = (ndim: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => ndim - count + i);

const split = (z: NDArray): NDArray[] => [lax.real(z), lax.imag(z)];

function complexCase(shape: readonly number[], lengths: readonly number[], inverse: boolean): OpCase {
  const axes = lastAxes(shape.length, lengths.length);
  const total = inverse ? lengths.reduce((a, b) => a * b, 1) : 1;
  return opCase({
    name: `${inverse ? "inverse " : ""}${lengths.join(" × ")} of [${shape.join()}]`,
    call: (x, y) => split(lax.fft(lax.complex(x, y), inverse ? "ifft" : "fft", lengths)),
    operands: [real(shape), real(shape)],
    reference: (x, y) => {
      const [re, im] = overAxes([x, y], axes, inverse ? 1 : -1);
      return partsOf(
        shape,
        complexData(re, im).map((z) => [z[0] / total, z[1] / total]),
      );
    },
    linear: [[0, 1]],
    tol: 1e-12,
  });
}

/** The elements of the last axis up to its middle. */
const firstHalf = (x: Ref): Ref => {
  const n = x.shape[x.shape.length - 1];
  return tabulate([...x.shape.slice(0, -1), Math.floor(n / 2) + 1], (index) => at(x, index));
};

function realCase(shape: readonly number[], lengths: readonly number[]): OpCase {
  return opCase({
    name: `of real numbers, ${lengths.join(" × ")} of [${shape.join()}]`,
    call: (x) => split(lax.fft(x, "rfft", lengths)),
    operands: [real(shape)],
    reference: (x) => {
      const zero = { ...x, data: x.data.map(() => 0) };
      return overAxes([x, zero], lastAxes(shape.length, lengths.length), -1).map(firstHalf);
    },
    linear: [[0]],
    tol: 1e-12,
  });
}

/** To real numbers: the half is completed to a spectrum with the symmetry of real signals, index by index. */
function inverseRealCase(shape: readonly number[], lengths: readonly number[]): OpCase {
  const n = lengths[lengths.length - 1];
  const half = [...shape.slice(0, -1), Math.floor(n / 2) + 1];
  const axes = lastAxes(shape.length, lengths.length);
  return opCase({
    name: `to real numbers, ${lengths.join(" × ")} of [${half.join()}]`,
    call: (x, y) => lax.fft(lax.complex(x, y), "irfft", lengths),
    operands: [real(half), real(half)],
    reference: (x, y) => {
      // Over the other axes first, then a sum of cosines and sines.
      const [re, im] = overAxes([x, y], axes.slice(0, -1), 1);
      const total = lengths.reduce((a, b) => a * b, 1);
      return tabulate([...shape.slice(0, -1), n], (out) => {
        const j = out[out.length - 1];
        let sum = 0;
        for (let k = 0; k <= Math.floor(n / 2); k++) {
          const index = [...out.slice(0, -1), k];
          const [w, z] = root(j * k, n);
          const single = k === 0 || 2 * k === n;
          sum += (single ? 1 : 2) * (at(re, index) * w - (single ? 0 : at(im, index) * z));
        }
        return sum / total;
      });
    },
    linear: [[0, 1]],
    tol: 1e-12,
  });
}

export const fftRows: readonly OpRow[] = [
  {
    kind: "op",
    primitive: "fft",
    cases: [
      // Every radix, products of them, Bluestein's algorithm (17, 2 · 19), no elements to speak of.
      ...[1, 2, 3, 4, 5, 7, 8, 11, 13, 30, 17, 38].map((n) => complexCase([n], [n], false)),
      ...[6, 16, 17].map((n) => complexCase([2, n], [n], true)),
      complexCase([3, 4, 5], [4, 5], false),
      complexCase([2, 3, 4], [2, 3, 4], true),
      ...[1, 2, 5, 6, 8, 34].map((n) => realCase([n], [n])),
      realCase([2, 3, 6], [3, 6]),
      ...[1, 2, 3, 4, 5, 6, 34].map((n) => inverseRealCase([n], [n])),
      inverseRealCase([2, 3, 6], [3, 6]),
      inverseRealCase([3, 5], [3, 5]),
    ],
  },
  row(
    "dft",
    ...[0, 1, 2].map((axis) => ({
      name: `axis ${axis}`,
      call: (x: NDArray, y: NDArray) => bind(dftP, [x, y], { axis, inverse: axis === 1 }),
      operands: [real([3, 4, 6]), real([3, 4, 6])],
      reference: (x: Ref, y: Ref) => transformAxis(x, y, axis, axis === 1 ? 1 : -1),
      linear: [[0, 1]],
    })),
  ),
];
