/**
 * @file Records what programs do while a profile is taken (jit/watch.ts).
 *
 * A program of several equations runs as a copy of itself with clocks between its kernels (kernels.ts), compiled when the
 * program is met first, kept with it, and run a few times then, as code that has just been made says nothing of the time
 * that it takes once it is hot. Programs that call functions of the user's on the host are not run more often than they
 * were called. Operations run as they are, between two readings of the clock.
 *
 * What profiling itself takes is known, and subtracted.
 */
import { sourceHere } from "../base/source.ts";
import type { ConcreteArray } from "../core/array.ts";
import type { Params, Primitive } from "../core/primitive.ts";
import { dtypeInfo } from "../dtypes/dtype.ts";
import { compileProgram } from "../jit/backend.ts";
import { eagerProgram } from "../jit/eager.ts";
import { spillCounts } from "../jit/memory/garbage.ts";
import { heap } from "../jit/memory/heap.ts";
import { temporaryBytes } from "../jit/program.ts";
import type { BackendUsed, Runner } from "../jit/runner.ts";
import type { Compilation, Watch, WatchedProgram } from "../jit/watch.ts";
import { type Origin, type Program } from "../loops/ir/ir.ts";
import { hostCalls } from "../loops/ir/traverse.ts";
import { Covered } from "./intervals.ts";
import { type Kernel, piecesOf, withClock } from "./kernels.ts";
import type { CompilationProfile, ProfileEvent, ProgramKind } from "./types.ts";
import { workOf } from "./work.ts";

/** Milliseconds, and calls at most, for which a copy with clocks is run before it is timed. */
const warmMs = 20;
const warmCalls = 200;

/** Calls of one operation whose lines are asked for: to ask takes longer than many operations do. */
const mostLines = 64;

/** Events that are kept. */
const mostEvents = 50_000;

/** The times at which the kernels of one call began, and how much of the time before was spent in other programs. */
interface Marks {
  readonly at: Float64Array;
  readonly elsewhere: Float64Array;
}

/** The call under way, and what it has spent in other things that the host did meanwhile; null where there is none. */
let marks: Marks | null = null;
let elsewhere: Covered | null = null;

const mark = (k: number): void => {
  if (marks === null) return;
  marks.at[k] = performance.now();
  marks.elsewhere[k] = elsewhere?.milliseconds ?? 0;
};

/** A program as it is run while somebody looks on. */
interface Copy {
  readonly kernels: readonly Kernel[];
  readonly runner: Runner;
  /** Without clocks: the program itself, which has no loops. */
  readonly plain: boolean;
  readonly temporaryBytes: number;
  readonly callsHost: boolean;
  warm: boolean;
}

const copies = new WeakMap<Runner, Copy>();
const operations = new WeakMap<Runner, Kernel>();

function copyOf({ runner, inAvals, outAvals, again }: WatchedProgram): Copy {
  const program = again();
  const pieces = piecesOf(program);
  const { kernels } = pieces;
  const bytes = temporaryBytes(program);
  const callsHost = hostCalls(program.body).length > 0;
  const same = { kernels, temporaryBytes: bytes, callsHost };
  if (kernels.every((k) => k.kind === "scalars")) return { ...same, runner, plain: true, warm: true };
  const timed = (): Program => withClock(program, pieces, mark);
  const wanted = runner.backend === "wasm" ? "wasm" : "js";
  const copy = compileProgram(timed(), inAvals, outAvals, wanted, timed);
  return { ...same, runner: copy, plain: false, warm: callsHost };
}

export interface KernelRecord {
  readonly kernel: Kernel | null;
  milliseconds: number;
}

export interface ProgramRecord {
  readonly name: string;
  readonly kind: ProgramKind;
  readonly backend: BackendUsed;
  readonly temporaryBytes: number;
  readonly kernels: readonly KernelRecord[];
  /** What calls take beside the kernels; null where that is not told apart. */
  readonly beside: KernelRecord | null;
  calls: number;
  milliseconds: number;
}

/** An event, with the record that it belongs to. */
export interface EventRecord extends Omit<ProfileEvent, "index" | "name"> {
  readonly of: ProgramRecord | CompilationProfile | null;
  /** Of a kernel its number. */
  readonly kernel: number;
}

const bytesOf = (x: ConcreteArray): number => (x.ndim === 0 ? 0 : x.size * dtypeInfo(x.dtype).bytes);

/** Why a program was compiled that no call of `jit` asked for. */
function reasonOf(name: string): string {
  const derived = /^(linearize|transpose|tangent|jvp|vmap)_(.*)$/.exec(name);
  if (derived === null) return "the first use";
  const word = { tangent: "jvp", linearize: "linearization", transpose: "transposition" }[derived[1]];
  return `the first ${word ?? derived[1]} of ${derived[2]}`;
}

export class Recorder implements Watch {
  readonly programs = new Map<Runner, ProgramRecord>();
  readonly compilations: CompilationProfile[] = [];
  readonly events: EventRecord[] = [];
  eventsLost = 0;
  arrays = 0;
  arrayBytes = 0;
  heapMost: number = heap.used;
  spills = 0;
  spilledBytes = 0;
  /** What profiling took, and tracing and compiling. */
  readonly profiling: Covered = new Covered();
  readonly compiling: Covered = new Covered();
  readonly start: number = performance.now();
  readonly #lines: boolean;
  /** When an operation that has no program yet was asked for; null if none was. */
  #missed: number | null = null;
  /** What functions given to `jit` were traced for; of those that were traced for their lines alone, null. */
  readonly #reasons = new Map<object, { readonly reason: string; readonly tracing: number } | null>();

  constructor(lines: boolean) {
    this.#lines = lines;
  }

  #event(event: EventRecord): void {
    if (this.events.length < mostEvents) this.events.push(event);
    else this.eventsLost++;
  }

  /** The milliseconds that have just passed were the profiler's. */
  #subtract(milliseconds: number): void {
    const from = performance.now() - milliseconds;
    this.profiling.add(from, milliseconds);
    elsewhere?.add(from, milliseconds);
    this.#event({ category: "profiler", start: from - this.start, milliseconds, of: null, kernel: -1 });
  }

  /** Runs what is the profiler's own. */
  #own<T>(f: () => T): T {
    const before = performance.now();
    const [outer, away, spills] = [marks, elsewhere, spillCounts()];
    marks = elsewhere = null;
    try {
      return f();
    } finally {
      const milliseconds = performance.now() - before;
      [marks, elsewhere] = [outer, away];
      const after = spillCounts();
      this.spills -= after.spills - spills.spills;
      this.spilledBytes -= after.bytes - spills.bytes;
      this.#subtract(milliseconds);
    }
  }

  #made(outs: readonly ConcreteArray[]): void {
    for (const x of outs) {
      if (x.ndim === 0) continue;
      this.arrays++;
      this.arrayBytes += bytesOf(x);
    }
    this.heapMost = Math.max(this.heapMost, heap.used);
  }

  #warmUp(copy: Copy, args: readonly ConcreteArray[]): void {
    copy.warm = true;
    const end = performance.now() + warmMs;
    for (let k = 0; k < warmCalls; k++) {
      for (const x of copy.runner.call(args)) x.dispose();
      if (performance.now() >= end) return;
    }
  }

  program(program: WatchedProgram, args: readonly ConcreteArray[]): ConcreteArray[] {
    const { runner, name } = program;
    let copy = copies.get(runner);
    if (copy?.warm !== true) {
      copy = this.#own(() => {
        const made = copies.get(runner) ?? copyOf(program);
        copies.set(runner, made);
        if (!made.warm) this.#warmUp(made, args);
        return made;
      });
    }
    let record = this.programs.get(runner);
    if (record === undefined) {
      record = {
        name,
        kind: name === "composite" ? "composite" : "jit",
        backend: runner.backend,
        temporaryBytes: copy.temporaryBytes,
        kernels: copy.kernels.map((kernel) => ({ kernel, milliseconds: 0 })),
        beside: copy.plain ? null : { kernel: null, milliseconds: 0 },
        calls: 0,
        milliseconds: 0,
      };
      this.programs.set(runner, record);
    }
    return this.#timed(record, copy.plain, () => copy.runner.call(args));
  }

  /** Runs a program between two readings of the clock. */
  #timed(record: ProgramRecord, plain: boolean, run: () => ConcreteArray[]): ConcreteArray[] {
    const n = record.kernels.length;
    const own = { at: new Float64Array(n + 1), elsewhere: new Float64Array(n + 1) };
    const [outer, before] = [marks, elsewhere];
    marks = own;
    const covered = new Covered();
    elsewhere = covered;
    const from = performance.now();
    let outs: ConcreteArray[];
    const timing = { whole: 0, away: 0 };
    try {
      outs = run();
    } finally {
      timing.whole = performance.now() - from;
      timing.away = covered.milliseconds;
      marks = outer;
      elsewhere = before;
      before?.add(from, timing.whole);
    }
    const { whole, away } = timing;
    record.calls++;
    record.milliseconds += whole - away;
    const start = from - this.start;
    this.#event({ category: "program", start, milliseconds: whole, of: record, kernel: -1 });
    if (plain) record.kernels[0].milliseconds += whole - away;
    else {
      let inKernels = 0;
      record.kernels.forEach((k, i) => {
        const span = own.at[i + 1] - own.at[i];
        const milliseconds = span - (own.elsewhere[i + 1] - own.elsewhere[i]);
        k.milliseconds += milliseconds;
        inKernels += milliseconds;
        const at = own.at[i] - this.start;
        this.#event({ category: "kernel", start: at, milliseconds: span, of: record, kernel: i });
      });
      record.beside!.milliseconds += whole - away - inKernels;
    }
    this.#made(outs);
    return outs;
  }

  operation(
    runner: Runner,
    primitive: Primitive,
    args: readonly ConcreteArray[],
    params: Params,
  ): ConcreteArray[] {
    const missed = this.#missed;
    this.#missed = null;
    const avals = args.map((a) => a.aval);
    if (missed !== null) {
      const milliseconds = performance.now() - missed;
      this.#compiled({
        name: primitive.name,
        kind: "operation",
        backend: runner.backend,
        reason: `the first call of ${primitive.name} with ${avals.map(String).join(", ")}`,
        tracing: 0,
        milliseconds,
        equations: 1,
        kernels: 1,
        cached: false,
      });
    }
    let record = this.programs.get(runner);
    if (record === undefined || (this.#lines && record.calls < mostLines)) {
      record = this.#own(() => {
        const known = record ?? this.#operationRecord(runner, primitive, args, params);
        this.programs.set(runner, known);
        const source = this.#lines ? sourceHere("recorded", primitive.name) : undefined;
        const { origins } = known.kernels[0].kernel!;
        if (source !== undefined) (origins as Origin[]).push({ operation: primitive.name, source });
        return known;
      });
    }
    return this.#timed(record, true, () => runner.call(args));
  }

  #operationRecord(
    runner: Runner,
    primitive: Primitive,
    args: readonly ConcreteArray[],
    params: Params,
  ): ProgramRecord {
    let known = operations.get(runner);
    if (known === undefined) {
      const { body, results } = eagerProgram(
        primitive,
        args.map((a) => a.aval),
        params,
      );
      known = { kind: "loops", origins: [], work: workOf(body, results) };
      operations.set(runner, known);
    }
    return {
      name: primitive.name,
      kind: "operation",
      backend: runner.backend,
      temporaryBytes: 0,
      kernels: [{ kernel: { ...known, origins: [] }, milliseconds: 0 }],
      beside: null,
      calls: 0,
      milliseconds: 0,
    };
  }

  /** An operation was asked for that has no program; it is compiled next unless something else is found. */
  operationMissed(): void {
    this.#missed = performance.now();
  }

  /** Something else was found. */
  operationFound(): void {
    this.#missed = null;
  }

  traced(_: string, jaxpr: object, reason: string, onlyLines: boolean, milliseconds: number): void {
    if (onlyLines && this.#lines) {
      this.#reasons.set(jaxpr, null);
      this.#subtract(milliseconds);
      return;
    }
    this.#reasons.set(jaxpr, { reason, tracing: milliseconds });
    const from = performance.now() - milliseconds;
    this.compiling.add(from, milliseconds);
    elsewhere?.add(from, milliseconds);
  }

  compiled(c: Compilation, jaxpr: object | null): void {
    const asked = jaxpr === null ? undefined : this.#reasons.get(jaxpr);
    if (asked === null) {
      this.#subtract(c.milliseconds);
      return;
    }
    this.#compiled({
      name: c.name,
      kind: jaxpr === null ? "composite" : "jit",
      backend: c.backend,
      reason: asked?.reason ?? reasonOf(c.name),
      tracing: asked?.tracing ?? 0,
      milliseconds: c.milliseconds + (asked?.tracing ?? 0),
      equations: c.equations,
      kernels: c.kernels,
      cached: c.cached,
    });
  }

  #compiled(c: CompilationProfile): void {
    this.compilations.push(c);
    const untraced = c.milliseconds - c.tracing;
    const from = performance.now() - untraced;
    this.compiling.add(from, untraced);
    elsewhere?.add(from, untraced);
    this.#event({
      category: "compilation",
      start: from - this.start,
      milliseconds: untraced,
      of: c,
      kernel: -1,
    });
  }
}
