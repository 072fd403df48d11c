/** @file Naive complex arithmetic for reference results: the textbook formulas, on pairs of numbers. */
import { type Ref } from "./reference.ts";

/** Real and imaginary part. */
export type C = readonly [re: number, im: number];

export const c = {
  add: ([a, b]: C, [x, y]: C): C => [a + x, b + y],
  sub: ([a, b]: C, [x, y]: C): C => [a - x, b - y],
  mul: ([a, b]: C, [x, y]: C): C => [a * x - b * y, a * y + b * x],
  div: ([a, b]: C, [x, y]: C): C => {
    const d = x * x + y * y;
    return [(a * x + b * y) / d, (b * x - a * y) / d];
  },
  neg: ([a, b]: C): C => [-a, -b],
  abs: ([a, b]: C): number => Math.hypot(a, b),
  exp: ([a, b]: C): C => [Math.exp(a) * Math.cos(b), Math.exp(a) * Math.sin(b)],
  log: ([a, b]: C): C => [Math.log(Math.hypot(a, b)), Math.atan2(b, a)],
  sqrt: (z: C): C => {
    const r = Math.sqrt(c.abs(z));
    const phase = Math.atan2(z[1], z[0]) / 2;
    return [r * Math.cos(phase), r * Math.sin(phase)];
  },
};

const one: C = [1, 0];
const i: C = [0, 1];
const half: C = [0.5, 0];

/** Elementary functions by exponentials, logarithms and roots. */
export const elementary: Readonly<Record<string, (z: C) => C>> = {
  exp: c.exp,
  log: c.log,
  sqrt: c.sqrt,
  expm1: (z) => c.sub(c.exp(z), one),
  log1p: (z) => c.log(c.add(z, one)),
  rsqrt: (z) => c.div(one, c.sqrt(z)),
  square: (z) => c.mul(z, z),
  reciprocal: (z) => c.div(one, z),
  logistic: (z) => c.div(one, c.add(one, c.exp(c.neg(z)))),
  exp2: (z) => c.exp(c.mul(z, [Math.LN2, 0])),
  sinh: (z) => c.mul(half, c.sub(c.exp(z), c.exp(c.neg(z)))),
  cosh: (z) => c.mul(half, c.add(c.exp(z), c.exp(c.neg(z)))),
  tanh: (z) => c.div(elementary.sinh(z), elementary.cosh(z)),
  sin: (z) => c.div(elementary.sinh(c.mul(i, z)), i),
  cos: (z) => elementary.cosh(c.mul(i, z)),
  tan: (z) => c.div(elementary.sin(z), elementary.cos(z)),
  asinh: (z) => c.log(c.add(z, c.sqrt(c.add(c.mul(z, z), one)))),
  acosh: (z) => c.log(c.add(z, c.mul(c.sqrt(c.sub(z, one)), c.sqrt(c.add(z, one))))),
  atanh: (z) => c.mul(half, c.sub(c.log(c.add(one, z)), c.log(c.sub(one, z)))),
  asin: (z) => c.div(elementary.asinh(c.mul(i, z)), i),
  acos: (z) => c.sub([Math.PI / 2, 0], elementary.asin(z)),
  atan: (z) => c.div(elementary.atanh(c.mul(i, z)), i),
};

/** The elements of two references as complex numbers, and back. */
export const complexData = (re: Ref, im: Ref): C[] => re.data.map((x, k) => [x, im.data[k]]);
export const partsOf = (shape: readonly number[], values: readonly C[]): [Ref, Ref] => [
  { shape, data: values.map((z) => z[0]) },
  { shape, data: values.map((z) => z[1]) },
];
