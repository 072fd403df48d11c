/**
 * @file saddle: min over x of max over y of f(x, y) = (x₁² + x₂²) − (y₁² + y₂²), by gradient descent within gradient
 * descent, with the outer and the inner derivative each in forward or reverse mode.
 */
import { type Array, numpy as np } from "../../../src/index.ts";
import { type Mode, argmax, argmin, combinations, gradients } from "../lib/descent.ts";
import { type Eval, evaluation } from "../lib/evaluation.ts";

const f = (x: Array, y: Array): Array => np.square(x).sum().sub(np.square(y).sum());

const saddlePoint =
  (outer: Mode, inner: Mode) =>
  (start: Array): Array => {
    const best = (x: Array): Array =>
      f(
        x,
        argmax((y) => f(x, y), start, gradients[inner]),
      );
    const x = argmin(best, start, gradients[outer]);
    const y = argmax((v) => f(x, v), start, gradients[outer]);
    return np.concatenate([x, y]);
  };

const args = ({ start }: { readonly start: readonly number[] }): [Array] => [np.array(start)];

export const saddle: Eval = Object.fromEntries(
  combinations.map(([outer, inner]) => [
    `${outer}${inner}`,
    evaluation({ args, fn: () => saddlePoint(outer, inner) }),
  ]),
);
