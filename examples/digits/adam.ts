/**
 * @file Adam (Kingma and Ba, 2015) on a tree of parameters, in a few lines of `tree.map`.
 */
import { type Array, numpy as np, tree } from "../../src/index.ts";
import type { Params } from "./model.ts";

export interface AdamState {
  readonly step: number;
  /** Running means of the gradients and of their squares. */
  readonly mean: Params;
  readonly square: Params;
}

export interface AdamOptions {
  readonly rate: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

export function adamInit(params: Params): AdamState {
  const zeros = tree.map((p) => np.zerosLike(p), params);
  return { step: 0, mean: zeros, square: zeros };
}

/** One step: new parameters and a new state; nothing is changed in place. */
export function adamStep(
  params: Params,
  gradient: Params,
  state: AdamState,
  { rate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions,
): [Params, AdamState] {
  const step = state.step + 1;
  const mean = tree.map((m, g) => m.mul(beta1).add(g.mul(1 - beta1)), state.mean, gradient);
  const square = tree.map((s, g) => s.mul(beta2).add(g.mul(g).mul(1 - beta2)), state.square, gradient);
  // the bias corrections of both means, in one number
  const scale = (rate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
  const change = (p: Array, m: Array, s: Array): Array => p.sub(m.mul(scale).div(np.sqrt(s).add(epsilon)));
  return [tree.map(change, params, mean, square), { step, mean, square }];
}
