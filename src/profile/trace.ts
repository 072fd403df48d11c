/**
 * @file A profile in the trace-event format of Chrome, which Perfetto and Chrome's performance panel read.
 * @see https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */
import type { ProfileData, ProfileEvent } from "./types.ts";

/** Complete events (X), in microseconds, and names of tracks (M). */
export interface TraceEvent {
  readonly name: string;
  readonly cat?: string;
  readonly ph: "X" | "M";
  readonly ts: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface TraceFile {
  readonly displayTimeUnit: "ms" | "ns";
  readonly otherData: Readonly<Record<string, unknown>>;
  readonly traceEvents: readonly TraceEvent[];
}

const pid = 1;
const tracks = ["programs", "compilations", "profiler"] as const;
const trackOf = { program: 1, kernel: 1, compilation: 2, profiler: 3 } as const satisfies Record<
  ProfileEvent["category"],
  number
>;

function argsOf(p: ProfileData, { category, index }: ProfileEvent): Readonly<Record<string, unknown>> {
  if (index < 0) return {};
  if (category === "compilation") {
    const { reason, backend, equations, kernels, cached, tracing } = p.compilations[index];
    return { reason, backend, equations, kernels, cached, "tracing ms": tracing };
  }
  const { program, kind, backend, operations, work, limit, nearness } = p.kernels[index];
  return {
    program,
    kind,
    backend,
    operations: operations.map((o) => [o.operation, o.scope, o.site].filter((x) => x !== null).join(" ")),
    "bytes read": work.read,
    "bytes written": work.written,
    flops: work.flops,
    "limit µs": limit === null ? null : limit.milliseconds * 1000,
    "limited by": limit?.by ?? null,
    nearness,
  };
}

/** The events of a profile. */
export function traceOf(p: ProfileData): TraceFile {
  const named = (name: string, tid: number, text: string): TraceEvent => ({
    name,
    ph: "M",
    ts: 0,
    pid,
    tid,
    args: { name: text },
  });
  const micro = (milliseconds: number): number => Math.round(milliseconds * 1e6) / 1e3;
  const events = p.events.map((e): TraceEvent => ({
    name: e.name,
    cat: e.category,
    ph: "X",
    ts: micro(Math.max(0, e.start)),
    dur: micro(e.milliseconds),
    pid,
    tid: trackOf[e.category],
    args: argsOf(p, e),
  }));
  return {
    displayTimeUnit: "ms",
    otherData: { "events left out": p.eventsLost, milliseconds: p.milliseconds },
    traceEvents: [
      named("process_name", 0, "adjoint"),
      ...tracks.map((track, i) => named("thread_name", i + 1, track)),
      // What encloses others comes first where both begin at once.
      ...events.sort((a, b) => a.ts - b.ts || b.dur! - a.dur!),
    ],
  };
}
