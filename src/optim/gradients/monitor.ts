/** @file Measurements of updates, kept in the state. Source: optax/transforms/_monitoring.py. */
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import { refuseMore, checkFunction, show } from "../../base/checks.ts";
import type { NDArray } from "../../core/array.ts";
import { ema } from "./accumulation.ts";
import { isPlainObject } from "../../base/util.ts";
import { type GradientTransformation, checkTransformation, stateless, transformation } from "./base.ts";
import { chain } from "./combining.ts";
import type { DType } from "../../dtypes/dtype.ts";

/** A function of updates: their norm, say. */
export type Measure = (updates: unknown) => unknown;

/** The last measurement, by its name. */
export type SnapshotState = { readonly measurement: { readonly [name: string]: unknown } };

/**
 * Leaves updates as they are and keeps a measurement of them in the state, for `treeUtils.treeGet(state, name)`. At
 * the start it is that of the parameters.
 * @see optax.snapshot
 * @example
 * const tx = optim.snapshot("norm", (g) => optim.globalNorm(g));
 * const [, state] = tx.update(np.array([3, 4]), tx.init(np.array([0, 0])));
 * optim.treeUtils.treeGet<Array>(state, "norm").item(); // 5
 */
export function snapshot(
  measureName: string,
  measure: Measure,
  ...more: []
): GradientTransformation<SnapshotState> {
  refuseMore("snapshot", 2, more);
  if (typeof measureName !== "string")
    throw new ArgumentError(`snapshot: the name must be a string; got ${show(measureName)}.`);
  checkFunction("snapshot", "the measure", measure);
  const measured = (tree: unknown): SnapshotState => ({ measurement: { [measureName]: measure(tree) } });
  return transformation<SnapshotState>(measured, (updates) => [updates, measured(updates)]);
}

/** The last measurements, by name, and what they keep. */
export type MonitorState = {
  readonly measurements: { readonly [name: string]: unknown };
  readonly measureStates: readonly unknown[];
};

/**
 * As `snapshot`, of several measurements; each may also be a transformation whose "updates" are the measurement, such
 * as `measureWithEma`. Before the first update they are those of the parameters, so that the state has its structure.
 * @see optax.monitor
 * @example
 * const tx = optim.monitor({ norm: (g) => optim.globalNorm(g), largest: (g) => optim.tree.max(g) });
 * const [, state] = tx.update(np.array([3, 4]), tx.init(np.array([0, 0])));
 * state.measurements; // { norm: 5, largest: 4 }
 */
export function monitor(
  measures: {
    readonly [name: string]: Measure | GradientTransformation<unknown>;
  },
  ...more: []
): GradientTransformation<MonitorState> {
  refuseMore("monitor", 1, more);
  if (!isPlainObject(measures))
    throw new ArgumentError(`monitor: expected an object of measures by name; got ${show(measures)}.`);
  for (const [name, m] of Object.entries(measures))
    if (typeof m !== "function") checkTransformation("monitor", `the measure ${show(name)}, no function,`, m);
  const all = Object.entries(measures).map(([name, m]): [string, GradientTransformation<unknown>] => [
    name,
    typeof m === "function" ? stateless((u) => m(u)) : m,
  ]);
  const run = (updates: unknown, states: readonly unknown[], params: unknown, extra = {}): MonitorState => {
    const results = all.map(([, t], i) => t.update(updates, states[i], params, extra));
    return {
      measurements: Object.fromEntries(all.map(([name], i) => [name, results[i][0]])),
      measureStates: results.map(([, state]) => state),
    };
  };
  return transformation<MonitorState>(
    (params) => {
      const measureStates = all.map(([, t]) => t.init(params));
      const { measurements } = run(params, measureStates, params);
      return { measurements, measureStates };
    },
    (updates, state, params, extra) => [updates, run(updates, state.measureStates, params, extra)],
  );
}

/** Options of `measureWithEma`. */
export interface MeasureOptions {
  readonly debias?: boolean | undefined;
  readonly accumulatorDtype?: DType | null | undefined;
}

/**
 * The exponential moving average of a measurement, for `monitor`; bias-corrected unless `debias` is false.
 * @see optax.measure_with_ema
 * @example
 * const tx = optim.monitor({ norm: optim.measureWithEma((g) => optim.globalNorm(g), 0.5) });
 * const [, state] = tx.update(np.array([3, 4]), tx.init(np.array([0, 0])));
 * tx.update(np.array([0, 2]), state)[1].measurements; // { norm: 3 } — (0.25 · 5 + 0.5 · 2) / 0.75
 */
export function measureWithEma(
  measure: Measure,
  decay: NDArray | number,
  options: MeasureOptions = {},
  ...more: []
): GradientTransformation<readonly unknown[]> {
  refuseMore("measureWithEma", 3, more);
  checkFunction("measureWithEma", "the measure", measure);
  checkOptions("measureWithEma", options, ["debias", "accumulatorDtype"]);
  const average = ema({ decay, ...options });
  const ofMeasure = { ...average, init: (params: unknown) => average.init(measure(params)) };
  return chain(
    stateless((updates) => measure(updates)),
    ofMeasure,
  );
}
