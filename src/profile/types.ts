/** @file What a profile tells. */
import type { BackendUsed } from "../jit/runner.ts";
import type { KernelKind } from "./kernels.ts";
import type { Peaks } from "./peaks.ts";
import type { Work } from "./work.ts";

/** What runs as one: a whole program of `jit`, an eager operation, eager operations that were put off and fused. */
export type ProgramKind = "jit" | "operation" | "composite";

/** An operation of the user's that became part of a kernel. */
export interface ProfiledOperation {
  readonly operation: string;
  /** `file:line:column` of the user's call; null if the profile was taken without lines, or there is none. */
  readonly site: string | null;
  /** The path of the scopes that it stands in (`namedScope`), or null. */
  readonly scope: string | null;
  /** True if it belongs to the adjoint of what was called there. */
  readonly backward: boolean;
}

/** The least time in which the machine can do the work of a kernel once, and what sets it. */
export interface KernelLimit {
  readonly milliseconds: number;
  readonly by: "memory" | "arithmetic";
}

/** A kernel: a loop nest or routine at the top of a program. All but `calls`, `milliseconds` and `share` is of one call. */
export interface KernelProfile {
  readonly program: string;
  /** Its place in the program; −1 of what a call takes beside its kernels. */
  readonly index: number;
  /** The operations in it: `sin, mul, reduce_sum`. */
  readonly name: string;
  /** `call`: handing over arguments and results, allocations. `operation`: an eager operation. */
  readonly kind: KernelKind | "operation" | "call";
  readonly backend: BackendUsed;
  readonly calls: number;
  /** Of all calls. */
  readonly milliseconds: number;
  /** Of the time in all programs; they sum to 1. */
  readonly share: number;
  readonly operations: readonly ProfiledOperation[];
  readonly work: Work;
  /** Null where there is nothing to compute. */
  readonly limit: KernelLimit | null;
  /** The limit as a part of the time that was taken: 1 is as fast as the machine can be. */
  readonly nearness: number | null;
}

/** A program that ran, and its kernels. */
export interface ProgramProfile {
  readonly name: string;
  readonly kind: ProgramKind;
  readonly backend: BackendUsed;
  readonly calls: number;
  readonly milliseconds: number;
  readonly share: number;
  /** Bytes of temporary arrays: in the arena of WebAssembly, or beside the function. */
  readonly temporaryBytes: number;
  readonly kernels: readonly KernelProfile[];
}

/** A program that was compiled, and why. */
export interface CompilationProfile {
  readonly name: string;
  readonly kind: ProgramKind;
  readonly backend: BackendUsed;
  /** Why it was compiled: the first call, or what differed from the latest one. */
  readonly reason: string;
  /** Tracing (of functions given to `jit`), and all that follows. */
  readonly tracing: number;
  readonly milliseconds: number;
  readonly equations: number;
  readonly kernels: number;
  /** Found where `init({ cache })` keeps them. */
  readonly cached: boolean;
}

/** The memory of programs. */
export interface MemoryProfile {
  /** Arrays that programs gave, and their bytes. */
  readonly arrays: number;
  readonly arrayBytes: number;
  /** The largest arena or list of temporaries among the programs. */
  readonly temporaryBytes: number;
  /** Bytes in use in the heap of WebAssembly before, after, and at most after any program; all 0 without WebAssembly. */
  readonly heapBefore: number;
  readonly heapAfter: number;
  readonly heapMost: number;
  /** Arrays that were moved out of the heap to make room, and their bytes. */
  readonly spills: number;
  readonly spilledBytes: number;
}

/** Something that took time, in milliseconds since the function began. */
export interface ProfileEvent {
  readonly name: string;
  readonly category: "program" | "kernel" | "compilation" | "profiler";
  readonly start: number;
  readonly milliseconds: number;
  /** What `kernels` or `compilations` has of it: its number there, or −1. */
  readonly index: number;
}

/** All but the result. */
export interface ProfileData {
  /** Milliseconds that the function took, without what profiling it took. */
  readonly milliseconds: number;
  /** Of these, those in programs, and those in which programs were traced and compiled. */
  readonly running: number;
  readonly compiling: number;
  /** Milliseconds that profiling took: tracing lines, compiling programs with clocks, warming these up. */
  readonly profiling: number;
  /** The slowest first. */
  readonly kernels: readonly KernelProfile[];
  readonly programs: readonly ProgramProfile[];
  readonly compilations: readonly CompilationProfile[];
  readonly memory: MemoryProfile;
  readonly machine: Peaks & { readonly threads: number };
  /** What happened when; events beyond a bound are counted only. */
  readonly events: readonly ProfileEvent[];
  readonly eventsLost: number;
}
