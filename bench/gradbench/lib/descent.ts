/**
 * @file Naive gradient descent as the evals `particle` and `saddle` prescribe it: the step length doubles after ten
 * steps that went down, and halves after one that did not; it ends where gradient or step are below 10⁻⁵.
 *
 * One `whileLoop` with derivatives in its body, itself differentiable in both modes.
 */
import { type Array, grad, jacfwd, lax, numpy as np } from "../../../src/index.ts";

export type Objective = (x: Array) => Array;

/** The gradient of a function of a vector. */
export type Gradient = (f: Objective) => Objective;

/** Gradients by reverse and by forward mode. */
export const gradients = {
  r: (f: Objective): Objective => grad(f),
  f: (f: Objective): Objective => jacfwd(f),
};

export type Mode = keyof typeof gradients;

/** The combinations: the mode of the outer derivative, then that of the inner one. */
export const combinations = [
  ["r", "r"],
  ["r", "f"],
  ["f", "r"],
  ["f", "f"],
] as const satisfies readonly (readonly [Mode, Mode])[];

type State = {
  readonly x: Array;
  readonly value: Array;
  readonly slope: Array;
  /** Length of a step in units of the gradient, and how many went down since it changed. */
  readonly rate: Array;
  readonly count: Array;
};

const tolerance = 1e-5;

const norm = (v: Array): Array => np.sqrt(np.dot(v, v));

export function argmin(f: Objective, start: Array, gradient: Gradient): Array {
  const slopeAt = gradient(f);
  const isFull = ({ count }: State): Array => count.equal(10);
  const next = ({ x, slope, rate }: State): Array => x.sub(slope.mul(rate));

  const going = (s: State): Array => {
    const moves = norm(s.x.sub(next(s))).greater(tolerance);
    return np.logicalAnd(norm(s.slope).greater(tolerance), np.logicalOr(isFull(s), moves));
  };
  const longer = (s: State): State => ({ ...s, rate: s.rate.mul(2), count: np.zerosLike(s.count) });
  const shorter = (s: State): State => ({ ...s, rate: s.rate.mul(0.5), count: np.zerosLike(s.count) });
  const step = (s: State): State => {
    const x = next(s);
    const value = f(x);
    const accept = (at: State): State => ({ ...at, x, value, slope: slopeAt(x), count: at.count.add(1) });
    return lax.cond(value.less(s.value), accept, shorter, s);
  };

  const initial: State = {
    x: start,
    value: f(start),
    slope: slopeAt(start),
    rate: np.array(tolerance),
    count: np.array(0, { dtype: "int32" }),
  };
  return lax.whileLoop(going, (s: State) => lax.cond(isFull(s), longer, step, s), initial).x;
}

export const argmax = (f: Objective, start: Array, gradient: Gradient): Array =>
  argmin((x) => f(x).neg(), start, gradient);
