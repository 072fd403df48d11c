/**
 * @file A differentiable orbit: which velocity takes a body from one place to another in a given time (Lambert's
 * problem)? Newton's method shoots with a compiled leapfrog; the answer can itself be differentiated, and its derivative
 * tells by how much to correct the velocity when the target moves.
 */
import { type Array, implicit, jacfwd, jacrev, jit, lax, numpy as np } from "../src/index.ts";
import { table } from "./lib/table.ts";

type Phase = [Array, Array];

const attraction = (q: Array): Array => q.div(np.sum(np.square(q)).pow(1.5)).neg();

/** Where the body is after `time`: a leapfrog of 500 steps, one loop in the compiled program. */
export function fly(position: Array, velocity: Array, time: number, steps = 500): Phase {
  const h = time / steps;
  const step = (_: Array, [q, p]: Phase): Phase => {
    const half = p.add(attraction(q).mul(h / 2));
    const next = q.add(half.mul(h));
    return [next, half.add(attraction(next).mul(h / 2))];
  };
  return lax.foriLoop(0, steps, step, [position, velocity]);
}

/** The velocity at `from` that leads to `target` in `time`; found from a guess, differentiable in `target` and `from`. */
export const aim = (from: Array, target: Array, time: number, guess: Array): Array =>
  implicit.newton((v: Array) => fly(from, v, time)[0].sub(target), guess);

export interface KeplerResult {
  readonly velocity: number[];
  readonly energyDrift: number;
  /** ∂ velocity / ∂ target, by forward and reverse mode and by differences. */
  readonly forward: number[][];
  readonly reverse: number[][];
  readonly differences: number[][];
  /** How far the target is missed after it moved, without and with a correction of first order. */
  readonly missed: readonly [number, number];
}

const energy = ([q, p]: Phase): number =>
  Number(
    np
      .sum(np.square(p))
      .div(2)
      .sub(np.sqrt(np.sum(np.square(q))).pow(-1)),
  );

export function run(): KeplerResult {
  // A quarter of the unit circle takes π/2; the velocity there is (0, 1).
  const [from, target, guess] = [np.array([1, 0]), np.array([0, 1]), np.array([0.2, 0.8])];
  const time = Math.PI / 2;
  const shoot = jit((t: Array) => aim(from, t, time, guess));
  const velocity = shoot(target);
  const forward = jit(jacfwd(shoot))(target);
  const reverse = jit(jacrev(shoot))(target);
  const h = 1e-5;
  const columns = [0, 1].map((i) =>
    shoot(target.at(i).add(h))
      .sub(shoot(target.at(i).add(-h)))
      .div(2 * h),
  );
  const moved = np.array([0.02, 1.03]);
  const miss = (v: Array): number => Number(np.sqrt(np.sum(np.square(fly(from, v, time)[0].sub(moved)))));
  const corrected = velocity.add(np.matmul(forward, moved.sub(target)));
  const start = energy([from, velocity]);
  const result = {
    velocity: velocity.js<number[]>(),
    energyDrift: Math.abs(energy(fly(from, velocity, time)) - start),
    forward: forward.js<number[][]>(),
    reverse: reverse.js<number[][]>(),
    differences: np.stack(columns, { axis: 1 }).js<number[][]>(),
    missed: [miss(velocity), miss(corrected)] as const,
  };
  const show = (m: number[][]): string => m.map((row) => row.map((v) => v.toFixed(6)).join(" ")).join(" / ");
  console.log(
    `velocity from (1, 0) to (0, 1) in π/2: ${result.velocity.map((v) => v.toFixed(8)).join(", ")}\n`,
  );
  console.log(
    table(
      ["∂ velocity / ∂ target", "rows"],
      [
        ["forward mode", show(result.forward)],
        ["reverse mode", show(result.reverse)],
        ["differences", show(result.differences)],
      ],
    ),
  );
  const [before, after] = result.missed.map((d) => d.toExponential(1));
  console.log(`\nThe target moves: missed by ${before}; with the corrected velocity by ${after}`);
  return result;
}
