/** @file What `profile` gives: the result, the numbers, and three ways to look at them. */
import { drawProfile } from "./svg.ts";
import { printProfile } from "./table.ts";
import { traceOf } from "./trace.ts";
import type {
  CompilationProfile,
  KernelProfile,
  MemoryProfile,
  ProfileData,
  ProfileEvent,
  ProgramProfile,
} from "./types.ts";

const inspectKey = Symbol.for("nodejs.util.inspect.custom");

/** What a function did. Times are in milliseconds. */
export class Profile<R> implements ProfileData {
  /** What the function returned. */
  readonly result: R;
  readonly milliseconds: number;
  readonly running: number;
  readonly compiling: number;
  readonly profiling: number;
  readonly kernels: readonly KernelProfile[];
  readonly programs: readonly ProgramProfile[];
  readonly compilations: readonly CompilationProfile[];
  readonly memory: MemoryProfile;
  readonly machine: ProfileData["machine"];
  readonly events: readonly ProfileEvent[];
  readonly eventsLost: number;

  constructor(result: R, data: ProfileData) {
    this.result = result;
    this.milliseconds = data.milliseconds;
    this.running = data.running;
    this.compiling = data.compiling;
    this.profiling = data.profiling;
    this.kernels = data.kernels;
    this.programs = data.programs;
    this.compilations = data.compilations;
    this.memory = data.memory;
    this.machine = data.machine;
    this.events = data.events;
    this.eventsLost = data.eventsLost;
  }

  /** The profile as text: kernels, with their operations and lines, compilations, memory. */
  table(): string {
    return printProfile(this);
  }

  /** The profile as a picture (SVG), light or dark as the reader's system is. */
  svg(): string {
    return drawProfile(this);
  }

  /** What happened when, as JSON in Chrome's trace-event format: open it in https://ui.perfetto.dev or in Chrome's performance panel. */
  trace(): string {
    return JSON.stringify(traceOf(this));
  }

  toString(): string {
    return this.table();
  }
  [inspectKey](): string {
    return this.table();
  }
}
