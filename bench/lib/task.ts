/** @file What the runner runs: a task gives one result, a row for each contender, in some unit. */
import {
  type Contender,
  type Measured,
  type Program,
  type Settings,
  type Unit,
  type Workload,
  measure,
} from "./measure.ts";
import type { Limit } from "./limit/model.ts";
import { releasePython } from "./python-process.ts";

export interface Result {
  readonly name: string;
  readonly text: string;
  readonly unit: Unit;
  readonly flops?: number | undefined;
  readonly measured: readonly Measured[];
  /** The least time of the first contender's instructions on this machine, where its program is known. */
  readonly limit?: Limit | undefined;
  readonly absent?: Readonly<Record<string, string>> | undefined;
}

export interface Task {
  readonly name: string;
  /** The results file it belongs to. */
  readonly group: string;
  readonly run: (settings: Settings) => Promise<Result>;
}

/** What compiles programs is loaded where there is one. */
async function limitOf(program: Program): Promise<Limit> {
  const { limitOfProgram } = await import("./limit/program.ts");
  return limitOfProgram(program);
}

/** Makes the contenders of a workload, and measures those that can take part. */
async function measureWorkload(
  workload: Workload,
  settings: Settings,
): Promise<Pick<Result, "measured" | "limit" | "absent">> {
  try {
    const made = await workload.make();
    const missing = made.flatMap((c) => ("absent" in c ? [[c.name, c.absent] as const] : []));
    const contenders = made.filter((c): c is Contender => !("absent" in c));
    const measured = await measure(workload, contenders, settings);
    const program = made.find((c) => c.program !== undefined)?.program;
    const limit = program === undefined ? undefined : await limitOf(program);
    return { measured, limit, absent: { ...workload.absent, ...Object.fromEntries(missing) } };
  } finally {
    await releasePython();
  }
}

/** A task that times the contenders of a workload. */
export function timed(workload: Workload): Task {
  const { name, group, text, flops } = workload;
  const run = async (settings: Settings): Promise<Result> => ({
    name,
    text,
    unit: "ns",
    flops,
    ...(await measureWorkload(workload, settings)),
  });
  return { name, group, run };
}

/** A task that times the same work on programs of so many equations, and divides by that number. */
export function perEquation(workload: Workload, equations: () => number): Task {
  const { name, group, text } = workload;
  const run = async (settings: Settings): Promise<Result> => {
    const count = equations();
    const { measured, absent } = await measureWorkload(workload, settings);
    const divided = measured.map(({ value, ...rest }) => ({
      ...rest,
      value: { low: value.low / count, median: value.median / count, high: value.high / count },
    }));
    return { name, text, unit: "ns per equation", absent, measured: divided };
  };
  return { name, group, run };
}
