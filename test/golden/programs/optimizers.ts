/**
 * @file Optimisers by the trajectory they take on the test problem of the vectors,
 * sum(c (w - t)^2) + (b - 1)^4 / 2 + w[0] b, and schedules by their values.
 */
import { grad, make, np, optax, valueAndGrad } from "../library.ts";
import type { Arr, Call } from "../library.ts";
import type { Fun } from "./common.ts";
import type { Expression } from "./expressions.ts";

interface Params {
  readonly w: Arr;
  readonly b: Arr;
}

const loss =
  (c: Arr, t: Arr) =>
  (p: Params): Arr => {
    const quartic = np.power(np.subtract(p.b, 1), 4).div(2);
    return c
      .mul(np.square(p.w.sub(t)))
      .sum()
      .add(quartic)
      .add(p.w.slice(0).mul(p.b));
  };

/** The parameters after the given numbers of steps; `args` are the start, c and t. */
export function trajectory(optimizer: Call, steps: readonly number[], args: readonly unknown[]): unknown[] {
  const [start, c, t] = args as [Params, Arr, Arr];
  const gradient = grad<(p: Params) => Params>(loss(c, t));
  let params = start;
  let state = optimizer.init<unknown>(params);
  const visited: Params[] = [];
  for (let step = 1; step <= Math.max(...steps); step++) {
    const [updates, next] = optimizer.update<[Params, unknown]>(gradient(params), state, params);
    params = optax.applyUpdates<Params>(params, updates);
    state = next;
    if (steps.includes(step)) visited.push(params);
  }
  return visited;
}

/** The values of a schedule at some steps, as one array. */
export const scheduleValues = (schedule: (step: number) => unknown, steps: readonly number[]): Arr =>
  np.stack(steps.map((step) => np.asarray(schedule(step))));

const prefix = "the optax expression in the id with the constants of generate.py: ";
const counted = [1, 2, 5, 10];

/** A chain of transformations, by the text of its definition. */
const chain = (definition: string, make: () => Call): Expression => ({
  fn: "optax.chain",
  doc: prefix + definition,
  program: (...args: unknown[]) => trajectory(make(), counted, args),
});

const chains: readonly Expression[] = [
  chain("chain(clip(0.3), sgd(0.1))", () => optax.chain(optax.clip(0.3), optax.sgd(0.1))),
  chain("chain(clip_by_global_norm(0.5), adam(0.1))", () =>
    optax.chain(optax.clipByGlobalNorm(0.5), optax.adam(0.1)),
  ),
  chain("chain(add_decayed_weights(0.01), scale(-0.05))", () =>
    optax.chain(optax.addDecayedWeights(0.01), optax.scale(-0.05)),
  ),
  chain("multi_transform({a: sgd(0.1), z: set_to_zero()}, {b: 'a', w: 'z'})", () =>
    optax.multiTransform({ a: optax.sgd(0.1), z: optax.setToZero() }, { b: "a", w: "z" }),
  ),
  chain("MultiSteps(sgd(0.1), 2)", () => make(optax.MultiSteps, optax.sgd(0.1), 2)),
  chain("chain(apply_every(2), scale(-0.05))", () => optax.chain(optax.applyEvery(2), optax.scale(-0.05))),
  chain("chain(adaptive_grad_clip(0.1), sgd(0.1))", () =>
    optax.chain(optax.adaptiveGradClip(0.1), optax.sgd(0.1)),
  ),
];

const rosenbrock: Fun = (x) => {
  const valley = np.square(x.slice(1).sub(np.square(x.slice(0)))).mul(100);
  return valley.add(np.square(x.slice(0).neg().add(1)));
};

/** Minimises Rosenbrock's function by L-BFGS with its line search. */
const lbfgs = (start: Arr): Arr => {
  const optimizer = optax.lbfgs<Call>();
  const valueAndGradient = valueAndGrad<(x: Arr) => [Arr, Arr]>(rosenbrock);
  let x = start;
  let state = optimizer.init<unknown>(x);
  for (let step = 0; step < 45; step++) {
    const [value, gradient] = valueAndGradient(x);
    const search = { value, grad: gradient, valueFn: rosenbrock };
    const [updates, next] = optimizer.update<[Arr, unknown]>(gradient, state, x, search);
    x = optax.applyUpdates(x, updates);
    state = next;
  }
  return x;
};

const schedules: readonly Expression[] = [
  {
    fn: "optax.join_schedules",
    doc: "join_schedules([linear_schedule(0,1,4), exponential_decay(1,2,0.5)], [4]) at steps 0..12",
    program: () => {
      const parts = [optax.linearSchedule(0, 1, 4), optax.exponentialDecay(1, 2, 0.5)];
      const joined = optax.joinSchedules<(step: number) => unknown>(parts, [4]);
      return scheduleValues(joined, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    },
  },
];

export const optimizerExpressions: readonly Expression[] = [
  ...chains,
  ...schedules,
  {
    fn: "optax.lbfgs",
    doc: "45 steps of optax.lbfgs() with its default zoom linesearch on Rosenbrock; the iterate is at the minimum [1,1] within atol",
    program: lbfgs,
  },
];
