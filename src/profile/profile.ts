/** @file `profile`: a function run while programs are watched, and what was seen, as numbers. */
import { config } from "../base/config.ts";
import { checkFunction, refuseMore } from "../base/checks.ts";
import { ArgumentError, checkOptions } from "../base/errors.ts";
import { installCompiler } from "../jit/compiler.ts";
import { spillCounts } from "../jit/memory/garbage.ts";
import { heap } from "../jit/memory/heap.ts";
import { threadCount } from "../jit/memory/threads.ts";
import { watching } from "../jit/watch.ts";
import { wholePrograms } from "../jit/whole-programs.ts";
import type { Origin } from "../loops/ir/ir.ts";
import type { Kernel } from "./kernels.ts";
import { limitOf } from "./limits.ts";
import { machinePeaks } from "./peaks.ts";
import { type KernelRecord, type ProgramRecord, Recorder } from "./recorder.ts";
import { Profile } from "./report.ts";
import type {
  KernelProfile,
  MemoryProfile,
  ProfileData,
  ProfileEvent,
  ProfiledOperation,
  ProgramProfile,
} from "./types.ts";
import type { Work } from "./work.ts";

/** Options of `profile`. */
export interface ProfileOptions {
  /**
   * Whether operations know the user's lines, true unless said otherwise. Functions given to `jit` that were traced without
   * are then traced and compiled once more, which is not counted.
   */
  readonly lines?: boolean | undefined;
}

function operationsOf(origins: readonly Origin[]): ProfiledOperation[] {
  const found = new Map<string, ProfiledOperation>();
  for (const { operation, source } of origins) {
    const text = String(source.site);
    const site = text.includes(":") ? text : null;
    const { scope, backward } = source;
    found.set([operation, site, scope, backward].join(), { operation, site, scope, backward });
  }
  return [...found.values()];
}

const noWork: Work = {
  flops: 0,
  functions: 0,
  read: 0,
  written: 0,
  exact: true,
  operations: { float32: 0, float64: 0, integer: 0 },
};

const longestName = 60;

/** The operations of a kernel as its name: how often each, in the order in which they came first. */
function nameOf(program: string, kernel: Kernel, operations: readonly ProfiledOperation[]): string {
  const counts = new Map<string, number>();
  for (const { operation } of operations) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  const names = [...counts].map(([name, n]) => (n === 1 ? name : `${n} ${name}`));
  if (names.length === 0) return kernel.kind === "contraction" ? "dot_general" : program;
  let text = names[0];
  for (const [i, name] of names.entries()) {
    if (i === 0) continue;
    if (text.length + name.length > longestName) return `${text}, …`;
    text += `, ${name}`;
  }
  return text;
}

/** What is known of one program and its kernels, for a report. */
class Reporter {
  readonly #total: number;
  readonly #threads = threadCount();
  readonly #peaks = machinePeaks();

  constructor(records: readonly ProgramRecord[]) {
    this.#total = records.reduce((sum, r) => sum + r.milliseconds, 0);
  }

  get machine(): ProfileData["machine"] {
    return { ...this.#peaks, threads: this.#threads };
  }

  #share(milliseconds: number): number {
    return this.#total === 0 ? 0 : milliseconds / this.#total;
  }

  #kernel(record: ProgramRecord, { kernel, milliseconds }: KernelRecord, index: number): KernelProfile {
    const { name: program, backend, calls } = record;
    const common = { program, index, backend, calls, milliseconds, share: this.#share(milliseconds) };
    if (kernel === null)
      return {
        ...common,
        name: `call of ${program}`,
        kind: "call",
        operations: [],
        work: noWork,
        limit: null,
        nearness: null,
      };
    const operations = operationsOf(kernel.origins);
    const isOperation = record.kind === "operation";
    const limit = limitOf(kernel.work, this.#peaks, this.#threads);
    return {
      ...common,
      name: isOperation ? program : nameOf(program, kernel, operations),
      kind: isOperation ? "operation" : kernel.kind,
      operations,
      work: kernel.work,
      limit,
      nearness: limit === null || milliseconds === 0 ? null : (limit.milliseconds * calls) / milliseconds,
    };
  }

  program(record: ProgramRecord): ProgramProfile {
    const { name, kind, backend, calls, milliseconds, beside } = record;
    const kernels = record.kernels.map((k, i) => this.#kernel(record, k, i));
    if (beside !== null) kernels.push(this.#kernel(record, beside, -1));
    const share = this.#share(milliseconds);
    return {
      name,
      kind,
      backend,
      calls,
      milliseconds,
      share,
      temporaryBytes: record.temporaryBytes,
      kernels,
    };
  }
}

function eventsOf(
  recorder: Recorder,
  programs: ReadonlyMap<ProgramRecord, ProgramProfile>,
  kernels: readonly KernelProfile[],
): ProfileEvent[] {
  const places = new Map(kernels.map((k, i) => [k, i]));
  return recorder.events.map(({ of, kernel, category, start, milliseconds }) => {
    const common = { category, start, milliseconds };
    if (of === null) return { ...common, name: "profiler", index: -1 };
    if ("reason" in of)
      return { ...common, name: `compile ${of.name}`, index: recorder.compilations.indexOf(of) };
    const program = programs.get(of)!;
    if (kernel === -1 && of.beside !== null) return { ...common, name: of.name, index: -1 };
    const found = program.kernels[Math.max(0, kernel)];
    return { ...common, name: found.name, index: places.get(found)! };
  });
}

function dataOf(recorder: Recorder, whole: number, memory: MemoryProfile): ProfileData {
  const records = [...recorder.programs.values()];
  const reporter = new Reporter(records);
  const byRecord = new Map(records.map((r) => [r, reporter.program(r)]));
  const running = records.reduce((sum, r) => sum + r.milliseconds, 0);
  const slowestFirst = (a: { milliseconds: number }, b: { milliseconds: number }): number =>
    b.milliseconds - a.milliseconds;
  const programs = [...byRecord.values()].sort(slowestFirst);
  const kernels = programs.flatMap((p) => p.kernels).sort(slowestFirst);
  return {
    milliseconds: Math.max(running, whole - recorder.profiling.milliseconds),
    running,
    compiling: recorder.compiling.milliseconds,
    profiling: recorder.profiling.milliseconds,
    kernels,
    programs,
    compilations: recorder.compilations,
    memory,
    machine: reporter.machine,
    events: eventsOf(recorder, byRecord, kernels),
    eventsLost: recorder.eventsLost,
  };
}

/** Runs `f` while operations without a program are noticed (jit/eager.ts asks this part before it compiles one). */
function noticingMisses<R>(recorder: Recorder, f: () => R): R {
  installCompiler();
  const usual = wholePrograms.value!;
  wholePrograms.install({
    ...usual,
    evaluateAnywhere: (...request) => {
      const found = usual.evaluateAnywhere(...request);
      if (found === null) recorder.operationMissed();
      else recorder.operationFound();
      return found;
    },
  });
  try {
    return f();
  } finally {
    wholePrograms.install(usual);
  }
}

/**
 * Runs a function and tells what the programs inside took: each kernel with its time, the operations of which line that
 * were fused into it, the bytes that it moves, its floating-point operations, and how near it comes to what the machine can
 * do; what was allocated; and what was compiled, and why.
 *
 * Programs of `jit` run as copies with clocks between their kernels and give the same results, bit for bit; the copies are
 * compiled, and run until they are warm, when the program is met first. Everything else runs as always. What profiling takes is
 * subtracted. The first profile also measures the machine, in about a tenth of a second.
 *
 * The profile has `result`, what the function returned, the numbers of `ProfileData`, and `table()`, `svg()` and `trace()`, a
 * trace for Perfetto or Chrome's performance panel.
 * @throws ArgumentError if the function is asynchronous, or a profile is being taken
 * @example
 * const f = jit(function norm(x) {
 *   return np.sqrt(np.sum(np.square(x)));
 * });
 * const p = profile(() => f(np.array([3, 4])));
 * p.result.item(); // 5
 * p.programs[0]?.name; // "norm"
 */
export function profile<R>(f: () => R, options?: ProfileOptions, ...more: readonly unknown[]): Profile<R> {
  refuseMore("profile", 2, more);
  checkOptions("profile", options, ["lines"]);
  checkFunction("profile", "the first argument", f);
  if (watching.value !== null)
    throw new ArgumentError(
      "profile: a profile is being taken already; call profile outside of the other one.",
    );
  const lines = options?.lines ?? true;
  return run(f, new Recorder(lines), lines);
}

function run<R>(f: () => R, recorder: Recorder, lines: boolean): Profile<R> {
  const heapBefore = heap.used;
  const before = spillCounts();
  const start = performance.now();
  let result: R;
  watching.install(recorder);
  try {
    result = noticingMisses(recorder, () => config.with(lines ? { sourceLines: "recorded" } : {}, f));
  } finally {
    watching.install(null);
  }
  const whole = performance.now() - start;
  if (result instanceof Promise)
    throw new ArgumentError(
      "profile: the function returned a Promise; what happens after its first await would not be seen. " +
        "Profile the synchronous parts, and await data before.",
    );
  const after = spillCounts();
  const memory = {
    arrays: recorder.arrays,
    arrayBytes: recorder.arrayBytes,
    temporaryBytes: Math.max(0, ...[...recorder.programs.values()].map((r) => r.temporaryBytes)),
    heapBefore,
    heapAfter: heap.used,
    heapMost: Math.max(recorder.heapMost, heap.used),
    spills: after.spills - before.spills + recorder.spills,
    spilledBytes: after.bytes - before.bytes + recorder.spilledBytes,
  };
  return new Profile(result, dataOf(recorder, whole, memory));
}
