/** @file lse: log Σ exp xᵢ, computed without overflow, and its gradient (reverse mode). */
import { grad, numpy as np, stopGradient, type Array } from "../../../src/index.ts";
import { type Eval, evaluation } from "../lib/evaluation.ts";

/** The shift by the largest element changes rounding, not the value: it has no derivative. */
function logSumExp(x: Array): Array {
  const top = stopGradient(np.max(x));
  return np.log(np.exp(x.sub(top)).sum()).add(top);
}

const args = ({ x }: { readonly x: readonly number[] }): [Array] => [np.array(x)];

export const lse: Eval = {
  primal: evaluation({ args, fn: () => logSumExp }),
  gradient: evaluation({ args, fn: () => grad(logSumExp) }),
};
