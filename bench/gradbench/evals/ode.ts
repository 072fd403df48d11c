/**
 * @file ode: y′₀ = x₀, y′ᵢ = xᵢ yᵢ₋₁ from y(0) = 0 to t = 2 in s Runge–Kutta steps, and the gradient of the last element
 * of y(2) in x (reverse mode through the loop).
 */
import { checkpoint, grad, lax, numpy as np, type Array } from "../../../src/index.ts";
import { type Eval, evaluation } from "../lib/evaluation.ts";

interface Input {
  readonly x: readonly number[];
  readonly s: number;
}

const solve =
  (steps: number) =>
  (x: Array): Array => {
    const h = 2 / steps;
    const first = np.ones([1]);
    const slope = (y: Array): Array => x.mul(np.concatenate([first, y.slice([0, -1])]));
    const step = (_: Array, y: Array): Array => {
      const k1 = slope(y);
      const k2 = slope(y.add(k1.mul(h / 2)));
      const k3 = slope(y.add(k2.mul(h / 2)));
      const k4 = slope(y.add(k3.mul(h)));
      return y.add(
        k1
          .add(k2.mul(2))
          .add(k3.mul(2))
          .add(k4)
          .mul(h / 6),
      );
    };
    // Going back, the slopes of a step are computed again from where it began: a quarter of the memory, in the same time.
    return lax.foriLoop(0, steps, checkpoint(step, { preventCse: false }), np.zerosLike(x));
  };

const given = {
  fixed: ({ s }: Input): number => s,
  args: ({ x }: Input): [Array] => [np.array(x)],
};

export const ode: Eval = {
  primal: evaluation({ ...given, fn: solve }),
  gradient: evaluation({ ...given, fn: (s) => grad((x: Array) => solve(s)(x).slice(-1)) }),
};
