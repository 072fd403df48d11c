/**
 * @file Schedules: functions of the number of steps taken, for learning rates and other hyperparameters. They accept
 * numbers and (traced) arrays. Source: optax/schedules/_schedule.py.
 */
import { index } from "../../numpy/indexing/indexing.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { ArgumentError } from "../../base/errors.ts";
import * as np from "../../numpy/index.ts";
import { define } from "../../arguments/declare.ts";
import { type Schedule, flag, number, value } from "../../arguments/parameters.ts";
import { floats, minus, oneMinus } from "../parameters/scalars.ts";

const steps = value<number>();
const maybe = value<ArrayLike | null>();

/**
 * The same value always.
 * @see optax.constant_schedule
 * @example
 * optim.constantSchedule(0.1)(1000); // 0.1
 */
export const constantSchedule = define(
  "constantSchedule",
  [number("value")],
  [],
  ({ value: constant }): Schedule =>
    () =>
      constant,
);

/**
 * From initValue to endValue by (1 − t)^power, where t goes from 0 to 1 in transitionSteps after transitionBegin.
 *
 * Parameters: initValue, endValue, power, transitionSteps, transitionBegin = 0.
 * @see optax.polynomial_schedule
 * @example
 * const rate = optim.polynomialSchedule(1, 0, 2, 4);
 * np.stack([0, 2, 4].map(rate)).js(); // [1, 0.25, 0]
 */
export const polynomialSchedule = define(
  "polynomialSchedule",
  [
    number("initValue"),
    number("endValue"),
    number("power"),
    steps("transitionSteps"),
    steps("transitionBegin", 0),
  ],
  [],
  ({ initValue, endValue, power, transitionSteps, transitionBegin }): Schedule => {
    if (transitionSteps <= 0) return () => initValue;
    const begin = Math.max(0, transitionBegin);
    return (count) => {
      const t = np.divide(np.clip(np.subtract(floats(count), begin), 0, transitionSteps), transitionSteps);
      const rest = np.power(np.subtract(1, t), power);
      return np.add(np.multiply(minus(initValue, endValue), rest), endValue);
    };
  },
);

/**
 * From initValue to endValue in equal steps; transitionSteps of 0 or less give initValue.
 *
 * Parameters: initValue, endValue, transitionSteps, transitionBegin = 0.
 * @see optax.linear_schedule
 * @example
 * np.stack([0, 1, 2, 9].map(optim.linearSchedule(1, 0, 4))).js(); // [1, 0.75, 0.5, 0]
 */
export const linearSchedule = define(
  "linearSchedule",
  [number("initValue"), number("endValue"), steps("transitionSteps"), steps("transitionBegin", 0)],
  [],
  (o): Schedule => polynomialSchedule({ ...o, power: 1 }),
);

type Boundaries = { readonly [step: number]: number };

/** Steps and factors in order of the steps. */
function boundaries(name: string, given: Boundaries | null): [number, number][] {
  const all = Object.entries(given ?? {}).map(([step, scale]): [number, number] => [Number(step), scale]);
  const wrong = all.find(([step, scale]) => !(scale >= 0) || Number.isNaN(step));
  if (wrong !== undefined)
    throw new ArgumentError(
      `${name}: expected factors of at least 0 by step; got ${wrong[1]} at ${wrong[0]}.`,
    );
  return all.sort(([a], [b]) => a - b);
}

/**
 * initValue, multiplied at each of the given steps by the factor given.
 *
 * Parameters: initValue, boundariesAndScales = null.
 * @see optax.piecewise_constant_schedule
 * @example
 * np.stack([1, 2, 3].map(optim.piecewiseConstantSchedule(1, { 2: 0.5, 3: 0.5 }))).js(); // [1, 0.5, 0.25]
 */
export const piecewiseConstantSchedule = define(
  "piecewiseConstantSchedule",
  [number("initValue"), value<Boundaries | null>()("boundariesAndScales", null)],
  [],
  ({ initValue, boundariesAndScales }): Schedule => {
    const all = boundaries("piecewiseConstantSchedule", boundariesAndScales);
    return (count) => {
      const scaled = (v: ArrayLike, [step, scale]: [number, number]): ArrayLike =>
        np.where(np.greater(step, count), v, np.multiply(scale, v));
      return all.reduce(scaled, floats(initValue));
    };
  },
);

/**
 * initValue · decayRate^(t / transitionSteps), where t counts from transitionBegin; in whole steps with `staircase`;
 * not beyond endValue. transitionSteps of 0 or less, or a decayRate of 0, give initValue.
 *
 * Parameters: initValue, transitionSteps, decayRate, transitionBegin = 0, staircase = false, endValue = null.
 * @see optax.exponential_decay
 * @example
 * np.stack([0, 1, 2, 4].map(optim.exponentialDecay(1, 2, 0.25))).js(); // [1, 0.5, 0.25, 0.0625]
 */
export const exponentialDecay = define(
  "exponentialDecay",
  [
    number("initValue"),
    steps("transitionSteps"),
    number("decayRate"),
    steps("transitionBegin", 0),
    flag("staircase", false),
    maybe("endValue", null),
  ],
  [],
  ({ initValue, transitionSteps, decayRate, transitionBegin, staircase, endValue }): Schedule => {
    if (transitionSteps <= 0 || decayRate === 0) return () => initValue;
    const begin = Math.max(0, transitionBegin);
    return (count) => {
      const t = np.subtract(floats(count), begin);
      const exponent = np.divide(t, transitionSteps);
      const factor = np.power(decayRate, staircase ? np.floor(exponent) : exponent);
      const decayed = np.where(np.lessEqual(t, 0), floats(initValue), np.multiply(initValue, factor));
      if (endValue === null) return decayed;
      const growing = np.greaterEqual(decayRate, 1);
      return np.where(growing, np.minimum(decayed, endValue), np.maximum(decayed, endValue));
    };
  },
);

/**
 * initValue · ((1 − alpha) · c^exponent + alpha), where c falls from 1 to 0 as a half period of a cosine.
 *
 * Parameters: initValue, decaySteps, alpha = 0, exponent = 1.
 * @see optax.cosine_decay_schedule
 * @example
 * np.asarray(optim.cosineDecaySchedule(2, 10)(5)).item(); // 1
 */
export const cosineDecaySchedule = define(
  "cosineDecaySchedule",
  [number("initValue"), steps("decaySteps"), number("alpha", 0), number("exponent", 1)],
  [],
  ({ initValue, decaySteps, alpha, exponent }): Schedule => {
    if (!(decaySteps > 0))
      throw new ArgumentError(`cosineDecaySchedule: decaySteps must be positive; got ${decaySteps}.`);
    return (count) => {
      const angle = np.divide(np.multiply(Math.PI, np.minimum(floats(count), decaySteps)), decaySteps);
      const cosine = np.multiply(0.5, np.add(1, np.cos(angle)));
      const shape = np.add(np.multiply(oneMinus(alpha), np.power(cosine, exponent)), alpha);
      return np.multiply(initValue, shape);
    };
  },
);

const interpolations = {
  linear: (start: NDArray, end: NDArray, t: NDArray): NDArray =>
    np.add(np.multiply(np.subtract(end, start), t), start),
  cosine: (start: NDArray, end: NDArray, t: NDArray): NDArray => {
    const cosine = np.add(np.cos(np.multiply(Math.PI, t)), 1);
    return np.add(end, np.multiply(np.divide(np.subtract(start, end), 2), cosine));
  },
} as const;

/**
 * As `piecewiseConstantSchedule`, but from each value to the next smoothly.
 *
 * Parameters: interpolateType ("linear" or "cosine"), initValue, boundariesAndScales = null.
 * @throws ArgumentError for another type, and for negative factors
 * @see optax.piecewise_interpolate_schedule
 * @example
 * const rate = optim.piecewiseInterpolateSchedule("linear", 1, { 2: 0.5, 4: 0.5 });
 * np.stack([0, 1, 2, 3, 4].map(rate)).js(); // [1, 0.75, 0.5, 0.375, 0.25]
 */
export const piecewiseInterpolateSchedule = define(
  "piecewiseInterpolateSchedule",
  [
    value<"linear" | "cosine">()("interpolateType"),
    number("initValue"),
    value<Boundaries | null>()("boundariesAndScales", null),
  ],
  [],
  ({ interpolateType, initValue, boundariesAndScales }): Schedule => {
    if (!Object.hasOwn(interpolations, interpolateType))
      throw new ArgumentError(
        `piecewiseInterpolateSchedule: interpolateType must be "linear" or "cosine"; got "${interpolateType}".`,
      );
    const all = boundaries("piecewiseInterpolateSchedule", boundariesAndScales);
    return piecewise(interpolations[interpolateType], initValue, all);
  },
);

function piecewise(
  interpolate: (start: NDArray, end: NDArray, t: NDArray) => NDArray,
  initValue: ArrayLike,
  all: readonly (readonly [number, number])[],
): Schedule {
  const starts = [0, ...all.map(([step]) => step)];
  const last = starts[starts.length - 1];
  return (count) => {
    const scales = all.map(([, scale]) => np.asarray(scale));
    const values = np.cumprod(np.stack([np.asarray(initValue), ...scales]));
    const after = np.where(np.lessEqual(last, count), index(values, [all.length]), 0);
    return all.reduce((sum: NDArray, [end], i) => {
      const t = np.divide(np.subtract(floats(count), starts[i]), Math.max(1, end - starts[i]));
      const inside = np.logicalAnd(np.lessEqual(starts[i], count), np.less(count, end));
      const between = interpolate(index(values, [i]), index(values, [i + 1]), t);
      return np.add(sum, np.where(inside, between, 0));
    }, after);
  };
}
