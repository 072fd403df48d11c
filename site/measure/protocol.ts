/** @file What the page of benchmarks and its worker say to each other. */
import type { WorkloadName } from "./descriptions.ts";

export interface Result {
  readonly workload: WorkloadName;
  readonly way: string;
  /** Milliseconds: the median of the runs, and their quartiles. */
  readonly median: number;
  readonly lo: number;
  readonly hi: number;
  readonly runs: number;
}
export type FromMeasure =
  | { readonly type: "result"; readonly result: Result }
  | { readonly type: "error"; readonly workload: WorkloadName; readonly text: string }
  | { readonly type: "end" };
export interface ToMeasure {
  readonly workload: WorkloadName;
}
