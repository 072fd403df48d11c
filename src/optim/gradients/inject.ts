/**
 * @file Hyperparameters as part of the state, where they can be read and changed, and schedules for any of them.
 * Source: optax/schedules/_inject.py.
 */
import { refuseMore } from "../../base/checks.ts";
import { type NDArray, isArrayLike } from "../../core/array.ts";
import { type ArrayLike } from "../../core/array.ts";
import { type DType, isFloat } from "../../dtypes/dtype.ts";
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as np from "../../numpy/index.ts";
import { type ExtraArgs, type GradientTransformation, safeIncrement, transformation } from "./base.ts";
import { settle, signatureOf } from "../../arguments/declare.ts";
import { type Schedule } from "../../arguments/parameters.ts";
import { cast, counter } from "../parameters/scalars.ts";
import * as trees from "../trees/short.ts";

/** A schedule with a state of its own, which may look at the extra arguments of `update`. */
export interface StatefulSchedule<S = unknown> {
  init(): S;
  update(state: S, extra: ExtraArgs): S;
  /** The value. (Where Python calls the object itself.) */
  call(state: S, extra: ExtraArgs): ArrayLike;
}

/** A schedule whose state is the number of steps. @see optax.schedules.WrappedSchedule */
export class WrappedSchedule implements StatefulSchedule<{ readonly count: NDArray }> {
  readonly scheduleFn: Schedule;

  constructor(scheduleFn: Schedule) {
    this.scheduleFn = scheduleFn;
  }

  init(): { readonly count: NDArray } {
    return { count: counter() };
  }

  update(state: { readonly count: NDArray }): { readonly count: NDArray } {
    return { count: safeIncrement(state.count) };
  }

  call(state: { readonly count: NDArray }): ArrayLike {
    return this.scheduleFn(state.count);
  }
}

/** Steps; the values of the hyperparameters, by name; the states of their schedules; the optimiser's state. */
export type InjectHyperparamsState<S = unknown> = {
  readonly count: NDArray;
  readonly hyperparams: { readonly [name: string]: NDArray };
  readonly hyperparamsStates: { readonly [name: string]: unknown };
  readonly innerState: S;
};

/** The same: schedules are always part of the state. */
export type InjectStatefulHyperparamsState<S = unknown> = InjectHyperparamsState<S>;

/** Options of `injectHyperparams`. */
export interface InjectOptions {
  /** Names of arguments to leave as they are: what is not a hyperparameter, or must be a number. */
  readonly staticArgs?: string | readonly string[] | undefined;
  /** The dtype of hyperparameters: by default the highest among the parameters. */
  readonly hyperparamDtype?: DType | null | undefined;
}

interface Sorted {
  readonly scheduled: readonly [string, StatefulSchedule][];
  readonly numeric: readonly [string, ArrayLike][];
  readonly other: Readonly<Record<string, unknown>>;
}

const isStateful = (x: unknown): x is StatefulSchedule =>
  typeof x === "object" && x !== null && "init" in x && "update" in x && "call" in x;

function sort(args: Readonly<Record<string, unknown>>, statics: readonly string[]): Sorted {
  const scheduled: [string, StatefulSchedule][] = [];
  const numeric: [string, ArrayLike][] = [];
  const other: Record<string, unknown> = {};
  for (const [name, x] of Object.entries(args)) {
    if (statics.includes(name) || typeof x === "boolean") other[name] = x;
    else if (isStateful(x)) scheduled.push([name, x]);
    else if (typeof x === "function") scheduled.push([name, new WrappedSchedule(x as Schedule)]);
    else if (isArrayLike(x)) numeric.push([name, x]);
    else other[name] = x;
  }
  return { scheduled, numeric, other };
}

/** Numbers in the given dtype; arrays that have a dtype of their own keep it. */
function converted(x: ArrayLike, dtype: DType): NDArray {
  const a = asArray(x, "injectHyperparams");
  return a.weakType && isFloat(a.dtype) ? a.astype(dtype) : np.asarray(a);
}

function argumentsByName(inner: object, args: readonly unknown[]): Record<string, unknown> {
  const signature = signatureOf(inner);
  if (signature !== undefined) return settle(signature, args);
  const [options] = args;
  if (args.length === 1 && typeof options === "object" && options !== null && !isArrayLike(options))
    return { ...(options as Record<string, unknown>) };
  throw new ArgumentError(
    "injectHyperparams: a factory of your own must take one object, its hyperparameters by name.",
  );
}

function check(inner: object, statics: readonly string[]): void {
  const signature = signatureOf(inner);
  const wrong = statics.find((s) => signature !== undefined && !signature.params.some((p) => p.name === s));
  if (wrong !== undefined)
    throw new ArgumentError(
      `injectHyperparams: staticArgs names '${wrong}', which is no parameter of ${signature?.name}.`,
    );
}

/**
 * The factory of an optimiser, changed so that numeric arguments are kept in the state, under `hyperparams`, and any of
 * them may be a schedule. An optimiser of this library is called as always; a factory of your own takes one object.
 * @see optax.inject_hyperparams
 * @example
 * const tx = optim.injectHyperparams(optim.sgd)((step) => np.add(step, 1), { momentum: 0.5 });
 * const state = tx.init(np.array([1, 2]));
 * state.hyperparams.learningRate?.item(); // 1
 * tx.update(np.array([1, 1]), state, np.array([1, 2]))[0].js(); // [-1, -1]
 */
export function injectHyperparams<A extends readonly unknown[], S>(
  innerFactory: (...args: A) => GradientTransformation<S>,
  options: InjectOptions = {},
  ...more: []
): (...args: A) => GradientTransformation<InjectHyperparamsState<S>> {
  refuseMore("injectHyperparams", 2, more);
  checkOptions("injectHyperparams", options, ["staticArgs", "hyperparamDtype"]);
  const { staticArgs = [], hyperparamDtype = null } = options;
  const statics = typeof staticArgs === "string" ? [staticArgs] : staticArgs;
  check(innerFactory, statics);
  const dtypeOf = (tree: unknown): DType => hyperparamDtype ?? trees.dtype(tree, "highest");
  return (...args) => {
    const { scheduled, numeric, other } = sort(argumentsByName(innerFactory, args), statics);
    const inner = (hyperparams: Readonly<Record<string, NDArray>>): GradientTransformation<unknown> =>
      (innerFactory as unknown as (o: object) => GradientTransformation<unknown>)({
        ...other,
        ...hyperparams,
      });
    const values = (
      states: Readonly<Record<string, unknown>>,
      dtype: DType,
      extra: ExtraArgs,
    ): [string, NDArray][] => scheduled.map(([name, f]) => [name, cast(f.call(states[name], extra), dtype)]);
    const made = transformation<InjectHyperparamsState>(
      (params) => {
        const dtype = dtypeOf(params);
        const hyperparamsStates = Object.fromEntries(scheduled.map(([name, f]) => [name, f.init()]));
        const fixed = numeric.map(([name, x]): [string, NDArray] => [name, converted(x, dtype)]);
        const hyperparams = Object.fromEntries([...fixed, ...values(hyperparamsStates, dtype, {})]);
        return {
          count: counter(),
          hyperparams,
          hyperparamsStates,
          innerState: inner(hyperparams).init(params),
        };
      },
      (updates, state, params, extra) => {
        const dtype = dtypeOf(params ?? updates);
        const fixed = numeric.map(([name]): [string, NDArray] => [
          name,
          converted(state.hyperparams[name], dtype),
        ]);
        const states = state.hyperparamsStates;
        const hyperparams = Object.fromEntries([...fixed, ...values(states, dtype, extra)]);
        const hyperparamsStates = Object.fromEntries(
          scheduled.map(([name, f]) => [name, f.update(states[name], extra)]),
        );
        const [out, innerState] = inner(hyperparams).update(updates, state.innerState, params, extra);
        return [out, { count: safeIncrement(state.count), hyperparams, hyperparamsStates, innerState }];
      },
    );
    return made as GradientTransformation<InjectHyperparamsState<S>>;
  };
}

/**
 * Alias of `injectHyperparams`.
 * @see optax.inject_stateful_hyperparams
 */
export const injectStatefulHyperparams = injectHyperparams;
