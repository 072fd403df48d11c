/**
 * @file Threads: workers that run parts of a loop whose iterations are independent, on the shared heap.
 *
 * The main thread writes a job into a control block, wakes the workers, runs its own part and waits, turning, until theirs
 * are done, also if its own part throws. Workers compile a module when they first meet it, from its bytes in the heap.
 * Each iteration computes what it would in one thread, in the same vector, so results do not depend on how many there are.
 */
import { show } from "../../base/checks.ts";
import { ArgumentError } from "../../base/errors.ts";
import { isShared } from "./heap.ts";
import type { KernelLoop } from "../../loops/emit/wasm/kernels.ts";
import type { WasmTarget } from "../../loops/emit/wasm/module.ts";
import type { WasmMemory } from "../../loops/emit/wasm/host.ts";

/** Words of the control block. */
const word = {
  sequence: 0,
  pending: 1,
  failed: 2,
  module: 3,
  bytes: 4,
  length: 5,
  kernel: 6,
  frame: 7,
  block: 8,
  lo: 9,
  count: 10,
  step: 11,
  unit: 12,
};

/** The first iteration of a thread's part of `count`, in units of so many (as in the worker's text). */
function partStart(count: number, unit: number, thread: number, threads: number): number {
  return Math.min(count, Math.floor((Math.ceil(count / unit) * thread) / threads) * unit);
}

/** What a worker runs: text, so that no bundler needs to know of it. */
const workerText = `
const start = ({ memory, control, index, threads, word }) => {
  const first = (count, unit, thread) =>
    Math.min(count, Math.floor((Math.ceil(count / unit) * thread) / threads) * unit);
  const ctl = new Int32Array(control);
  const math = {};
  for (const name of Object.getOwnPropertyNames(Math))
    if (typeof Math[name] === "function") math["Math." + name] = Math[name];
  const known = new Map();
  let seen = 0;
  for (;;) {
    for (let i = 0; i < 20000 && Atomics.load(ctl, word.sequence) === seen; i++);
    Atomics.wait(ctl, word.sequence, seen);
    seen = Atomics.load(ctl, word.sequence);
    try {
      let exports = known.get(ctl[word.module]);
      if (exports === undefined) {
        const bytes = new Uint8Array(memory.buffer, ctl[word.bytes], ctl[word.length]).slice();
        const env = { ...math, memory, parallel: () => 0 };
        exports = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env }).exports;
        known.set(ctl[word.module], exports);
      }
      const at = (k) => ctl[word.lo] + first(ctl[word.count], ctl[word.unit], k) * ctl[word.step];
      exports.setup(ctl[word.frame]);
      exports["p" + ctl[word.kernel]](ctl[word.block], at(index), at(index + 1), index);
    } catch (error) {
      Atomics.store(ctl, word.failed, 1);
    }
    Atomics.sub(ctl, word.pending, 1);
  }
};
if (typeof self === "undefined") start(require("node:worker_threads").workerData);
else self.onmessage = (e) => start(e.data);
`;

/** A program that threads can take part in. */
export interface ParallelProgram {
  /** A number of its own. */
  readonly id: number;
  /** The module's bytes in the heap. */
  readonly bytes: number;
  readonly length: number;
  readonly frame: number;
  /** A kernel's part in this thread. */
  run(kernel: number, block: number, lo: number, hi: number): void;
}

interface Pool {
  readonly threads: number;
  readonly control: Int32Array;
}

let pool: Pool | null = null;

/** How many threads run loops, the main one included. */
export const threadCount = (): number => pool?.threads ?? 1;

/** What modules made now may rely on. */
export const wasmTarget = (): WasmTarget => ({ threads: threadCount(), shared: isShared() });

interface NodeWorkers {
  readonly Worker: new (text: string, options: object) => { unref(): void };
}

interface BrowserWorker {
  postMessage(message: unknown): void;
}

interface BrowserHost {
  readonly Worker?: new (url: string) => BrowserWorker;
  readonly URL: { createObjectURL(blob: unknown): string };
  readonly Blob: new (parts: readonly string[], options: object) => unknown;
  readonly process?: { readonly versions?: { readonly node?: string } };
  readonly SharedArrayBuffer?: new (bytes: number) => ArrayBuffer;
}

const host = globalThis as unknown as BrowserHost;

/** True if memory can be shared with workers here (a browser needs cross-origin isolation). */
export const canShare = (): boolean => host.SharedArrayBuffer !== undefined;

/** Checks a number of threads that a user asks for. */
export function checkThreads(n: number): void {
  if (Number.isInteger(n) && n >= 1 && n <= 64) return;
  throw new ArgumentError(`init: threads is a whole number from 1 to 64; got ${show(n)}.`);
}

/** Starts the workers. */
export async function startThreads(threads: number, memory: WasmMemory): Promise<void> {
  const { SharedArrayBuffer: Shared } = host;
  if (threads === 1 || pool !== null || Shared === undefined) return;
  const control = new Shared(4 * 16);
  const data = (index: number): object => ({ memory, control, index, threads, word });
  const isNode = host.process?.versions?.node !== undefined;
  if (isNode) {
    // The name is no literal, even if constants are put in their places: bundlers for browsers leave it alone.
    const name = ["node:worker", "threads"].join("_");
    const { Worker } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as NodeWorkers;
    // Without the flags of this process: "--input-type=module" would make a module of the text.
    for (let i = 1; i < threads; i++)
      new Worker(workerText, { eval: true, execArgv: [], workerData: data(i) }).unref();
  } else if (host.Worker !== undefined) {
    const url = host.URL.createObjectURL(new host.Blob([workerText], { type: "text/javascript" }));
    for (let i = 1; i < threads; i++) new host.Worker(url).postMessage(data(i));
  } else return;
  pool = { threads, control: new Int32Array(control) };
}

/** Iterations `lo, lo + step, … < hi`, shared out in units of so many. */
export interface SharedLoop extends KernelLoop {
  readonly lo: number;
  readonly hi: number;
}

/** Runs a kernel's iterations in all threads. */
export function runParallel(
  program: ParallelProgram,
  kernel: number,
  block: number,
  { lo, hi, step, unit }: SharedLoop,
): void {
  const count = Math.max(0, Math.ceil((hi - lo) / step));
  if (pool === null || count < 2) {
    program.run(kernel, block, lo, hi);
    return;
  }
  const { control, threads } = pool;
  control[word.failed] = 0;
  control[word.module] = program.id;
  control[word.bytes] = program.bytes;
  control[word.length] = program.length;
  control[word.frame] = program.frame;
  control[word.kernel] = kernel;
  control[word.block] = block;
  control[word.lo] = lo;
  control[word.count] = count;
  control[word.step] = step;
  control[word.unit] = unit;
  Atomics.store(control, word.pending, threads - 1);
  Atomics.add(control, word.sequence, 1);
  Atomics.notify(control, word.sequence);
  try {
    program.run(kernel, block, lo, lo + partStart(count, unit, 1, threads) * step);
  } finally {
    // Whatever becomes of this part: the others' still use the control block, and the heap.
    while (Atomics.load(control, word.pending) > 0);
  }
  if (Atomics.load(control, word.failed) !== 0) throw new Error("internal: a thread failed");
}
