/**
 * @file llsq: how badly a polynomial with coefficients x fits the sign function on n points of [−1, 1],
 * ½ Σ (sign tᵢ − Σⱼ xⱼ tᵢʲ)², and the gradient in x (reverse mode).
 */
import { grad, lax, numpy as np, type Array } from "../../../src/index.ts";
import { type Eval, evaluation } from "../lib/evaluation.ts";

interface Input {
  readonly x: readonly number[];
  readonly n: number;
}

/** The polynomial at all points t, from the highest coefficient to the lowest (Horner's scheme). */
function polynomial(x: Array, t: Array): Array {
  const step = (sum: Array, coefficient: Array): [Array, null] => [sum.mul(t).add(coefficient), null];
  const [value] = lax.scan(step, np.zerosLike(t), x, { reverse: true });
  return value;
}

const objective =
  (n: number) =>
  (x: Array): Array => {
    const t = np
      .arange(n)
      .mul(2 / (n - 1))
      .sub(1);
    return np
      .square(np.sign(t).sub(polynomial(x, t)))
      .sum()
      .div(2);
  };

const given = {
  fixed: ({ n }: Input): number => n,
  args: ({ x }: Input): [Array] => [np.array(x)],
};

export const llsq: Eval = {
  primal: evaluation({ ...given, fn: objective }),
  gradient: evaluation({ ...given, fn: (n) => grad(objective(n)) }),
};
