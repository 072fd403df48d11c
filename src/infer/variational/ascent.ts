/** @file Stochastic ascent of a bound: steps of an optimiser along estimated gradients, as one loop. */
import { show } from "../../base/checks.ts";
import { ArgumentError } from "../../base/errors.ts";
import * as lax from "../../control-flow/lax.ts";
import type { NDArray } from "../../core/array.ts";
import { type GradientTransformation, applyUpdates } from "../../optim/gradients/base.ts";
import { adam } from "../../optim/optimizers/adaptive.ts";
import { cosineDecaySchedule } from "../../optim/schedules/schedules.ts";
import type { Key } from "../../random/key.ts";
import * as random from "../../random/index.ts";

/** An optimiser, whatever its state is. */
export type AnyOptimizer = GradientTransformation<unknown>;

/** An optimiser that was given. @throws ArgumentError for what is none. */
export function checkOptimizer(what: string, x: unknown): asserts x is AnyOptimizer {
  if (typeof x === "object" && x !== null && "init" in x && "update" in x) return;
  throw new ArgumentError(
    `${what}: optimizer must be a gradient transformation, such as optim.adam(0.01); got ${show(x)}.`,
  );
}

/** Adam with a rate that falls to zero. */
export const fallingAdam = (rate: number, steps: number): AnyOptimizer =>
  adam(cosineDecaySchedule(rate, steps));

/** A tree of parameters, and what an optimiser keeps of it. */
type State = { p: unknown; state: unknown };

/**
 * The parameters after so many steps, and the bounds that were estimated on the way [steps].
 * @param gradient an estimate of the gradient of the negative bound, and of the bound
 */
export function ascend<P>(
  optimizer: AnyOptimizer,
  begin: P,
  key: Key,
  steps: number,
  gradient: (p: P, key: Key) => readonly [slope: P, bound: NDArray],
): [P, NDArray] {
  const step = ({ p, state }: State, k: Key) => {
    const [slope, bound] = gradient(p as P, k);
    const [updates, next] = optimizer.update(slope, state, p);
    return [{ p: applyUpdates(p, updates), state: next }, bound] as const;
  };
  const first: State = { p: begin, state: optimizer.init(begin) };
  const [{ p }, bounds] = lax.scan(step, first, random.split(key, [steps]));
  return [p as P, bounds];
}
