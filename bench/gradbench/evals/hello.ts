/** @file hello: the square of a number, and its derivative. */
import { grad, numpy as np, type Array } from "../../../src/index.ts";
import { type Eval, evaluation } from "../lib/evaluation.ts";

const square = (x: Array): Array => x.mul(x);

const args = (x: number): [Array] => [np.array(x)];

export const hello: Eval = {
  square: evaluation({ args, fn: () => square }),
  double: evaluation({ args, fn: () => grad(square) }),
};
