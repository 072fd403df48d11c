/**
 * @file Schedules made of others: one after another, with a warm-up, in cycles. Source: optax/schedules/_schedule.py,
 * _join.py.
 */
import { refuseMore, checkFunction, checkListOf, show } from "../../base/checks.ts";
import type { ArrayLike } from "../../core/array.ts";
import { ArgumentError } from "../../base/errors.ts";
import { isPlainObject } from "../../base/util.ts";
import { asArray } from "../../lax/operands/convert.ts";
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
 * Linearly from peakValue / divFactor up to peakValue at pctStart of the steps, down again at pctFinal, and to 1 /
 * finalDivFactor of that at the end.
 *
 * Parameters: transitionSteps, peakValue, pctStart = 0.3, pctFinal = 0.85, divFactor = 25, finalDivFactor = 1e4.
 * @throws ArgumentError unless transitionSteps is positive
 * @see optax.linear_onecycle_schedule; Smith, Topin (2018)
 * @example
 * const rate = optim.linearOnecycleSchedule(10, 1, 0.5, 0.8, 4, 8);
 * np.stack([0, 5, 8, 10].map(rate)).js(); // [0.25, 1, 0.25, 0.03125]
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
 * From peakValue / divFactor up to peakValue at pctStart of the steps, and down to peakValue / (divFactor ·
 * finalDivFactor), as half periods of cosines.
 *
 * Parameters: transitionSteps, peakValue, pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4.
 * @throws ArgumentError unless transitionSteps is positive
 * @see optax.cosine_onecycle_schedule; Smith, Topin (2018)
 * @example
 * const rate = optim.cosineOnecycleSchedule(10, 1, 0.4, 4, 100);
 * np.stack([0, 2, 4, 7, 10].map(rate)).js(); // [0.25, 0.625, 1, 0.50125, 0.0025]
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
 * @throws ArgumentError unless there is one boundary less than schedules
 * @see optax.join_schedules
 * @example
 * const rate = optim.joinSchedules([optim.constantSchedule(1), optim.linearSchedule(1, 0, 4)], [2]);
 * np.stack([0, 2, 4, 6].map(rate)).js(); // [1, 1, 0.5, 0]
 */
export function joinSchedules(
  schedules: readonly Schedule[],
  boundaries: readonly ArrayLike[],
  ...more: []
): Schedule {
  refuseMore("joinSchedules", 2, more);
  checkListOf("joinSchedules", "the schedules", schedules);
  schedules.forEach((f, k) => checkFunction("joinSchedules", `schedule ${k}`, f));
  checkListOf("joinSchedules", "the boundaries", boundaries);
  boundaries.forEach((b) => asArray(b, "joinSchedules: a boundary"));
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
 * @example
 * np.stack([0, 2, 4, 9].map(optim.warmupConstantSchedule(0, 1, 4))).js(); // [0, 0.5, 1, 1]
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
 * Linearly from initValue to peakValue in warmupSteps; then as a cosine to endValue at decaySteps (counted from the
 * start).
 *
 * Parameters: initValue, peakValue, warmupSteps, decaySteps, endValue = 0, exponent = 1.
 * @throws ArgumentError unless decaySteps is above warmupSteps
 * @see optax.warmup_cosine_decay_schedule
 * @example
 * const rate = optim.warmupCosineDecaySchedule(0, 1, 2, 6);
 * np.stack([0, 1, 2, 4, 6].map(rate)).js(); // [0, 0.5, 1, 0.5, 0]
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
 * @example
 * const rate = optim.warmupExponentialDecaySchedule(0, 1, 2, 2, 0.25);
 * np.stack([0, 1, 2, 3, 4].map(rate)).js(); // [0, 0.5, 1, 0.5, 0.25]
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

/**
 * `warmupCosineDecaySchedule`s one after another: gradient descent with warm restarts.
 * @param cosineKwargs the parameters of each cycle, by name; a cycle lasts its decaySteps
 * @throws ArgumentError without cycles, and for one whose decaySteps is not above its warmupSteps
 * @see optax.sgdr_schedule; Loshchilov, Hutter (2017)
 * @example
 * const cycle = { initValue: 0, peakValue: 1, warmupSteps: 2, decaySteps: 4 };
 * const rate = optim.sgdrSchedule([cycle, { ...cycle, peakValue: 0.5 }]);
 * np.stack([0, 2, 3, 4, 6, 7].map(rate)).js(); // [0, 1, 0.5, 0, 0.5, 0.25]
 */
export function sgdrSchedule(cosineKwargs: readonly CosineCycle[], ...more: []): Schedule {
  refuseMore("sgdrSchedule", 1, more);
  checkListOf("sgdrSchedule", "the cycles", cosineKwargs);
  cosineKwargs.forEach((cycle, k) => {
    if (!isPlainObject(cycle))
      throw new ArgumentError(
        `sgdrSchedule: cycle ${k} must be an object of parameters; got ${show(cycle)}.`,
      );
  });
  const ends = cosineKwargs.reduce(
    (all: number[], { decaySteps }) => [...all, (all[all.length - 1] ?? 0) + decaySteps],
    [],
  );
  return joinSchedules(
    cosineKwargs.map((cycle) => warmupCosineDecaySchedule(cycle)),
    ends.slice(0, -1),
  );
}
