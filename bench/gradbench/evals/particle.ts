/**
 * @file particle: a charge is to hit the origin; the position of one of two fixed charges that push it aside is found by
 * gradient descent. The force is the gradient of a potential, in a loop until the particle meets the axis; the descent
 * differentiates through that loop. Each of the two derivatives is taken in forward or reverse mode.
 */
import { type Array, lax, numpy as np } from "../../../src/index.ts";
import { type Gradient, argmin, combinations, gradients } from "../lib/descent.ts";
import { type Eval, evaluation } from "../lib/evaluation.ts";

const distance = (u: Array, v: Array): Array => np.sqrt(np.square(u.sub(v)).sum());

type Motion = { readonly position: Array; readonly velocity: Array };

/** The square of where the particle meets the axis, with steps of 0.1 (Euler), the last one as long as needed. */
function miss(w: Array, gradient: Gradient): Array {
  const charges = [np.stack([np.array(10), w.neg().add(10)]), np.array([10, 0])];
  const potential = (x: Array): Array => {
    const [near, far] = charges.map((charge) => np.reciprocal(distance(x, charge)));
    return near.add(far);
  };
  const force = gradient(potential);
  const moved = ({ position, velocity }: Motion): Array => position.add(velocity.mul(0.1));
  const above = (motion: Motion): Array => moved(motion).slice(1).greater(0);
  const step = (motion: Motion): Motion => ({
    position: moved(motion),
    velocity: motion.velocity.sub(force(motion.position).mul(0.1)),
  });
  const start: Motion = { position: np.array([0, 8]), velocity: np.array([0.75, 0]) };
  const { position, velocity } = lax.whileLoop(above, step, start);
  const rest = position.slice(1).div(velocity.slice(1)).neg();
  return np.square(position.add(velocity.mul(rest)).slice(0));
}

const args = ({ w }: { readonly w: number }): [Array] => [np.array([w])];

export const particle: Eval = Object.fromEntries(
  combinations.map(([outer, inner]) => {
    const find = (start: Array): Array =>
      argmin((w) => miss(w.slice(0), gradients[inner]), start, gradients[outer]).slice(0);
    return [`${outer}${inner}`, evaluation({ args, fn: () => find })];
  }),
);
