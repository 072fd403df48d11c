/**
 * @file Adam (Kingma and Ba, 2015) on any tree of parameters, in a few lines of `tree.map`.
 */
import { type Array, numpy as np, tree } from "../../src/index.ts";

export interface AdamState<P> {
  readonly step: number;
  /** Running means of the gradients and of their squares. */
  readonly mean: P;
  readonly square: P;
}

export interface AdamOptions {
  readonly rate: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

export function adamInit<P>(params: P): AdamState<P> {
  const zeros = tree.map((p: Array) => np.zerosLike(p), params);
  return { step: 0, mean: zeros, square: zeros };
}

/** One step: new parameters and a new state; nothing is changed in place. */
export function adamStep<P>(
  params: P,
  gradient: P,
  state: AdamState<P>,
  { rate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions,
): [P, AdamState<P>] {
  const step = state.step + 1;
  const average = (beta: number) => (old: Array, now: Array) => old.mul(beta).add(now.mul(1 - beta));
  const squares = tree.map((g: Array) => g.mul(g), gradient);
  const mean = tree.map(average(beta1), state.mean, gradient);
  const square = tree.map(average(beta2), state.square, squares);
  // the bias corrections of both means, in one number
  const scale = (rate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
  const change = (p: Array, m: Array, s: Array): Array => p.sub(m.mul(scale).div(np.sqrt(s).add(epsilon)));
  return [tree.map(change, params, mean, square), { step, mean, square }];
}
