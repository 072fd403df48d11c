/** @file A user's functions, through whose lines debuggers step in the tests. Lines are found by their text. */
import { type Array, lax, numpy as np } from "../../../src/index.ts";

interface Weights {
  readonly w: Array;
}

export function model(x: Array, params: Weights): Array {
  const h = np.tanh(x);
  const y = np.exp(h).mul(h);
  const z = y.mul(params.w);
  return np.sin(z);
}

export const loop = (start: Array): Array =>
  lax.foriLoop(
    0,
    3,
    (_: Array, carry: Array) => {
      const wave = np.sin(carry);
      return wave.mul(2);
    },
    start,
  );

export function long(x: Array): Array {
  let sum = x;
  for (let i = 0; i < 900; i++) {
    const part = np.sin(sum);
    sum = part.add(i);
  }
  return sum;
}
