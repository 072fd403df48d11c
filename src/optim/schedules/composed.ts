/**
 * @file Schedules made of others: one after another, with a warm-up, in cycles. Source: optax/schedules/_schedule.py,
 * _join.py.
 */
import type { ArrayLike } from "../../core/array.ts";
import { ArgumentError } from "../../base/errors.ts";
import * as np from "../../numpy/index.ts";
import { define } from "../../arguments/declare.ts";
import { type Schedule, flag, number, value } from "../../arguments/parameters.ts";
import { over } from "../parameters/scalars.ts";
import {
  cosineDecaySchedule,
  exponentialDecay,
  linearSchedule,
  piecewiseInterpolateSchedule,
} from "./schedules.ts";

const steps = value<number>();
const maybe = value<ArrayLike | null>();

function checkCycle(name: string, transitionSteps: number): void {
  if (transitionSteps <= 0)
    throw new ArgumentError(`${name}: transitionSteps must be positive; got ${transitionSteps}.`);
}

/**
 * Linearly up to peakValue, down again, and further down at the end.
 *
 * Parameters: transitionSteps, peakValue, pctStart = 0.3, pctFinal = 0.85, divFactor = 25, finalDivFactor = 1e4.
 * @see optax.linear_onecycle_schedule
 */
export const linearOnecycleSchedule = define(
  "linearOnecycleSchedule",
  [
    steps("transitionSteps"),
    number("peakValue"),
    steps("pctStart", 0.3),
    steps("pctFinal", 0.85),
    steps("divFactor", 25),
    steps("finalDivFactor", 1e4),
  ],
  [],
  ({ transitionSteps, peakValue, pctStart, pctFinal, divFactor, finalDivFactor }): Schedule => {
    checkCycle("linearOnecycleSchedule", transitionSteps);
    return piecewiseInterpolateSchedule("linear", over(peakValue, divFactor), {
      [Math.trunc(pctStart * transitionSteps)]: divFactor,
      [Math.trunc(pctFinal * transitionSteps)]: 1 / divFactor,
      [transitionSteps]: 1 / finalDivFactor,
    });
  },
);

/**
 * Up to peakValue and down again as half periods of cosines.
 *
 * Parameters: transitionSteps, peakValue, pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4.
 * @see optax.cosine_onecycle_schedule
 */
export const cosineOnecycleSchedule = define(
  "cosineOnecycleSchedule",
  [
    steps("transitionSteps"),
    number("peakValue"),
    steps("pctStart", 0.3),
    steps("divFactor", 25),
    steps("finalDivFactor", 1e4),
  ],
  [],
  ({ transitionSteps, peakValue, pctStart, divFactor, finalDivFactor }): Schedule => {
    checkCycle("cosineOnecycleSchedule", transitionSteps);
    return piecewiseInterpolateSchedule("cosine", over(peakValue, divFactor), {
      [Math.trunc(pctStart * transitionSteps)]: divFactor,
      [Math.trunc(transitionSteps)]: 1 / (divFactor * finalDivFactor),
    });
  },
);

/**
 * Schedules one after another: each counts from the step where it takes over.
 * @param boundaries the steps at which the second, third … schedule begin
 * @see optax.join_schedules
 */
export function joinSchedules(schedules: readonly Schedule[], boundaries: readonly ArrayLike[]): Schedule {
  if (schedules.length === 0 || boundaries.length !== schedules.length - 1)
    throw new ArgumentError(
      `joinSchedules: ${schedules.length} schedules need ${Math.max(0, schedules.length - 1)} boundaries; got ${boundaries.length}.`,
    );
  return (step) =>
    boundaries.reduce(
      (out: ArrayLike, boundary, i) =>
        np.where(np.less(step, boundary), out, schedules[i + 1](np.subtract(step, boundary))),
      schedules[0](step),
    );
}

/**
 * Linearly from initValue to peakValue in warmupSteps; then constant.
 *
 * Parameters: initValue, peakValue, warmupSteps.
 * @see optax.warmup_constant_schedule
 */
export const warmupConstantSchedule = define(
  "warmupConstantSchedule",
  [number("initValue"), number("peakValue"), steps("warmupSteps")],
  [],
  ({ initValue, peakValue, warmupSteps }): Schedule => linearSchedule(initValue, peakValue, warmupSteps),
);

const warmupCosine = [
  number("initValue"),
  number("peakValue"),
  steps("warmupSteps"),
  steps("decaySteps"),
  number("endValue", 0),
  number("exponent", 1),
] as const;

/**
 * Linearly from initValue to peakValue in warmupSteps; then as a cosine to endValue at decaySteps (counted from the start).
 *
 * Parameters: initValue, peakValue, warmupSteps, decaySteps, endValue = 0, exponent = 1.
 * @see optax.warmup_cosine_decay_schedule
 */
export const warmupCosineDecaySchedule = define(
  "warmupCosineDecaySchedule",
  warmupCosine,
  [],
  ({ initValue, peakValue, warmupSteps, decaySteps, endValue, exponent }): Schedule => {
    const alpha = peakValue === 0 ? 0 : over(endValue, peakValue);
    const decay = cosineDecaySchedule(peakValue, decaySteps - warmupSteps, alpha, exponent);
    return joinSchedules([linearSchedule(initValue, peakValue, warmupSteps), decay], [warmupSteps]);
  },
);

/**
 * Linearly from initValue to peakValue in warmupSteps; then `exponentialDecay` from there.
 *
 * Parameters: initValue, peakValue, warmupSteps, transitionSteps, decayRate, transitionBegin = 0, staircase = false,
 * endValue = null.
 * @see optax.warmup_exponential_decay_schedule
 */
export const warmupExponentialDecaySchedule = define(
  "warmupExponentialDecaySchedule",
  [
    number("initValue"),
    number("peakValue"),
    steps("warmupSteps"),
    steps("transitionSteps"),
    number("decayRate"),
    steps("transitionBegin", 0),
    flag("staircase", false),
    maybe("endValue", null),
  ],
  [],
  ({ initValue, peakValue, warmupSteps, ...decay }): Schedule =>
    joinSchedules(
      [
        linearSchedule(initValue, peakValue, warmupSteps),
        exponentialDecay({ initValue: peakValue, ...decay }),
      ],
      [warmupSteps],
    ),
);

/** The parameters of one cycle of `sgdrSchedule`: those of `warmupCosineDecaySchedule`. */
export interface CosineCycle {
  readonly initValue: ArrayLike;
  readonly peakValue: ArrayLike;
  readonly warmupSteps: number;
  readonly decaySteps: number;
  readonly endValue?: ArrayLike;
  readonly exponent?: ArrayLike;
}

/** `warmupCosineDecaySchedule`s one after another: gradient descent with warm restarts. @see optax.sgdr_schedule */
export function sgdrSchedule(cosineKwargs: readonly CosineCycle[]): Schedule {
  const ends = cosineKwargs.reduce(
    (all: number[], { decaySteps }) => [...all, (all[all.length - 1] ?? 0) + decaySteps],
    [],
  );
  return joinSchedules(
    cosineKwargs.map((cycle) => warmupCosineDecaySchedule(cycle)),
    ends.slice(0, -1),
  );
}
