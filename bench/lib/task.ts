/** @file What the runner runs: a task gives one result, a row for each contender, in some unit. */
import {
  type Contender,
  type Measured,
  type Settings,
  type Unit,
  type Workload,
  measure,
} from "./measure.ts";

export interface Result {
  readonly name: string;
  readonly text: string;
  readonly unit: Unit;
  readonly flops?: number | undefined;
  readonly measured: readonly Measured[];
  readonly absent?: Readonly<Record<string, string>> | undefined;
}

export interface Task {
  readonly name: string;
  /** The results file it belongs to. */
  readonly group: string;
  readonly run: (settings: Settings) => Promise<Result>;
}

/** A task that times the contenders of a workload. */
export function timed(workload: Workload): Task {
  const { name, group, text, flops, absent, make } = workload;
  const run = async (settings: Settings): Promise<Result> => {
    const contenders = await make();
    return { name, text, unit: "ns", flops, absent, measured: await measure(workload, contenders, settings) };
  };
  return { name, group, run };
}

/** A task that times the same work on programs of so many equations, and divides by that number. */
export function perEquation(workload: Workload, equations: () => number): Task {
  const { name, group, text, absent, make } = workload;
  const run = async (settings: Settings): Promise<Result> => {
    const contenders: readonly Contender[] = await make();
    const count = equations();
    const measured = (await measure(workload, contenders, settings)).map(({ value, ...rest }) => ({
      ...rest,
      value: { low: value.low / count, median: value.median / count, high: value.high / count },
    }));
    return { name, text, unit: "ns per equation", absent, measured };
  };
  return { name, group, run };
}
