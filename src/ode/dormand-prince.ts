/**
 * @file Dormand and Prince's explicit Runge–Kutta pair of orders 5 and 4, with a polynomial of degree 4 through the step.
 * What it keeps from one step to the next is the slope at its end, the first stage of the next.
 *
 * Sources: Dormand and Prince 1980; the midpoint of a step from Shampine 1986.
 */
import * as lax from "../control-flow/lax.ts";
import { type Method, type State, plus, times, weighted } from "./method.ts";

/** Times of the stages, and for each the weights of the stages before it (the last: those of the solution). */
const nodes = [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1];
const stages = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
/** The difference of the two solutions. */
const errorWeights = [
  35 / 384 - 5179 / 57600,
  0,
  500 / 1113 - 7571 / 16695,
  125 / 192 - 393 / 640,
  -2187 / 6784 + 92097 / 339200,
  11 / 84 - 187 / 2100,
  -1 / 40,
];
const middleWeights = [
  6025192743 / 30085553152 / 2,
  0,
  51252292925 / 65400821598 / 2,
  -2691868925 / 45128329728 / 2,
  187940372067 / 1594534317056 / 2,
  -1776094331 / 19743644256 / 2,
  11237099 / 235043384 / 2,
];

export const dormandPrince: Method = {
  order: 5,
  numDense: 5,
  begin: (f, y, t) => f(y, t),
  step: (f, { y: start, memo, t }, { h, end }) => {
    const k: State[] = [memo];
    let change = memo;
    let y = start;
    stages.forEach((weights, i) => {
      const at = nodes[i + 1] === 1 ? end : lax.add(t, lax.mul(h, nodes[i + 1]));
      change = times(weighted(weights, k), h);
      y = plus(start, change);
      k.push(f(y, at));
    });
    const [first, last] = [times(memo, h), times(k[6], h)];
    const middle = times(weighted(middleWeights, k), h);
    // The polynomial with these values at 0, ½ and 1 and these slopes at 0 and 1, in changes from the start.
    const parts = [first, last, change, middle];
    return {
      y,
      memo: k[6],
      error: times(weighted(errorWeights, k), h),
      dense: [
        weighted([-2, 2, -8, 16], parts),
        weighted([5, -3, 14, -32], parts),
        weighted([-4, 1, -5, 16], parts),
        first,
        start,
      ],
    };
  },
};
