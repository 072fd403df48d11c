/**
 * @file Threads: workers that run parts of a loop whose iterations are independent, on the shared heap.
 *
 * The main thread writes a job into the control block (worker.ts), wakes the workers and takes parts as they do, until none
 * is left; then it waits for those that workers have begun, also if a part of its own has thrown. What no worker begins in
 * time, it does itself: workers that are busy, asleep or dead cost no more than having none. The wait for a part begun is
 * limited. Each iteration computes what it would in one thread, in the same vector, so results do not depend on who does
 * what.
 */
import { ThreadsError } from "../../base/errors.ts";
import { heapMemory, isShared, shareHeap } from "./heap.ts";
import { type HostWorker, startWorkers, usualThreads } from "./start-threads.ts";
import type { Pace } from "./pace.ts";
import { mostParts, partStart, word } from "./worker.ts";
import type { KernelLoop } from "../../loops/emit/wasm/kernels.ts";
import type { WasmTarget } from "../../loops/emit/wasm/module.ts";

/** A program that threads can take part in. */
export interface ParallelProgram {
  /** A number of its own. */
  readonly id: number;
  /** The module's bytes in the heap. */
  readonly bytes: number;
  readonly length: number;
  readonly frame: number;
  /** Of each kernel. */
  readonly paces: readonly Pace[];
  /** A kernel's part in this thread. */
  run(kernel: number, block: number, lo: number, hi: number): void;
}

interface Pool {
  readonly threads: number;
  readonly control: Int32Array;
  readonly workers: readonly HostWorker[];
  /** True if this thread may sleep: those of pages may not. */
  readonly maySleep: boolean;
}

let pool: Pool | null = null;

/** How many threads run loops, the main one included. */
export const threadCount = (): number => pool?.threads ?? 1;

/** What modules made now may rely on. */
export const wasmTarget = (): WasmTarget => ({ threads: threadCount(), shared: isShared() });

/** Milliseconds. */
interface Patience {
  /** How long workers may take to start. */
  readonly start: number;
  /** How long a part may take that a worker has begun, beyond a hundred times what this thread took for one. */
  readonly part: number;
}

let patience: Patience = { start: 15_000, part: 10_000 };

/** For tests: other limits. */
export function setPatience(p: Patience): void {
  patience = p;
}

function canSleep(control: Int32Array): boolean {
  try {
    Atomics.wait(control, word.failed, 0, 0);
    return true;
  } catch {
    return false;
  }
}

let starting: Promise<void> | null = null;

/** Has a number been asked for? */
let settled = false;

async function start(threads: number): Promise<void> {
  const memory = (): ReturnType<typeof heapMemory> => {
    if (shareHeap()) return heapMemory();
    throw new ThreadsError(
      "init: threads must be asked for before WebAssembly first runs: its memory, which threads would share, is there " +
        "already. Await `init({ threads })` at the beginning of the program.",
    );
  };
  const { control, workers } = await startWorkers(threads - 1, memory, patience.start);
  pool = { threads, control, workers, maySleep: canSleep(control) };
}

/**
 * Starts the workers, once: for the same number nothing more happens. If no number is asked for, as many as are usual; and
 * where these cannot be started, or others were, what there is stays.
 * @throws ThreadsError if threads are asked for and cannot be started, or others were
 */
export async function startThreads(asked: number | undefined): Promise<void> {
  if (asked !== undefined) {
    settled = true;
    return startSoMany(asked);
  }
  await starting;
  if (!settled && pool === null) await startSoMany(usualThreads()).catch(ignoreThreadsError);
}

function ignoreThreadsError(e: unknown): void {
  if (!(e instanceof ThreadsError)) throw e;
}

async function startSoMany(threads: number): Promise<void> {
  if (threads === 1) return;
  await starting;
  if (pool !== null) {
    if (pool.threads === threads) return;
    throw new ThreadsError(
      `init: ${pool.threads} threads run already, and their number cannot change; got ${threads}.`,
    );
  }
  starting = start(threads);
  try {
    await starting;
  } finally {
    starting = null;
  }
}

/** Iterations `lo, lo + step, … < hi`, shared out in units of so many. */
export interface SharedLoop extends KernelLoop {
  readonly lo: number;
  readonly hi: number;
}

/** Parts for each thread: so many that one who comes late, or is slow, does not keep the others waiting. */
const partsPerThread = 4;

/** Takes a part that nobody has begun; null if there is none. (As a worker does.) */
function takePart(control: Int32Array): number | null {
  let claim = Atomics.load(control, word.claim);
  while ((claim & 255) > 0) {
    const found = Atomics.compareExchange(control, word.claim, claim, claim - 1);
    if (found === claim) return control[word.parts] - (claim & 255);
    claim = found;
  }
  return null;
}

/** Waits until the parts that workers have begun are done. */
function awaitWorkers({ control, workers, threads, maySleep }: Pool, milliseconds: number): void {
  const load = (): number => Atomics.load(control, word.unfinished);
  for (let i = 0; i < 20_000 && load() > 0; i++);
  // Time in which the whole process stood still (a computer that slept) counts little.
  let waited = 0;
  let last = performance.now();
  for (let left = load(); left > 0; left = load()) {
    if (maySleep) Atomics.wait(control, word.unfinished, left, 100);
    else for (let i = 0; i < 1000 && load() > 0; i++);
    const now = performance.now();
    waited += Math.min(200, now - last);
    last = now;
    if (waited < milliseconds) continue;
    // Whoever comes late must not write to the heap.
    for (const worker of workers) worker.terminate();
    pool = null;
    throw new ThreadsError(
      `one of ${threads} threads has begun a part of a loop and not ended it for ${Math.round(waited / 1000)} s: the host ` +
        `has stopped it. What was computed is lost; programs run on one thread from now on.`,
    );
  }
}

/** Writes a job of so many parts into the control block, but for the word that offers it. */
function writeJob(
  control: Int32Array,
  program: ParallelProgram,
  job: Readonly<Record<"kernel" | "block" | "lo" | "count" | "step" | "unit" | "parts", number>>,
): void {
  control[word.failed] = 0;
  control[word.module] = program.id;
  control[word.bytes] = program.bytes;
  control[word.length] = program.length;
  control[word.frame] = program.frame;
  control[word.kernel] = job.kernel;
  control[word.block] = job.block;
  control[word.lo] = job.lo;
  control[word.count] = job.count;
  control[word.step] = job.step;
  control[word.unit] = job.unit;
  control[word.parts] = job.parts;
  Atomics.store(control, word.unfinished, job.parts);
}

/** Runs a kernel's iterations in all threads, or in this one where that is faster. */
export function runParallel(
  program: ParallelProgram,
  kernel: number,
  block: number,
  { lo, hi, step, unit }: SharedLoop,
): void {
  const count = Math.max(0, Math.ceil((hi - lo) / step));
  const parts =
    pool === null ? 1 : Math.min(Math.ceil(count / unit), partsPerThread * pool.threads, mostParts);
  if (pool === null || parts < 2) {
    program.run(kernel, block, lo, hi);
    return;
  }
  const pace = program.paces[kernel];
  const start = performance.now();
  if (!pace.shares()) {
    program.run(kernel, block, lo, hi);
    pace.measure(count, performance.now() - start);
    return;
  }
  const { control } = pool;
  writeJob(control, program, { kernel, block, lo, count, step, unit, parts });
  // The first part is this thread's: of its time it knows what a part takes.
  const job = ((Atomics.load(control, word.claim) >>> 8) + 1) & 0xffffff;
  Atomics.store(control, word.claim, (job << 8) | (parts - 1));
  Atomics.notify(control, word.claim);
  let [longest, done, spent] = [0, 0, 0];
  let begun = performance.now();
  try {
    for (let part: number | null = 0; part !== null; part = takePart(control)) {
      const from = partStart(count, unit, part, parts);
      const to = partStart(count, unit, part + 1, parts);
      try {
        program.run(kernel, block, lo + from * step, lo + to * step);
      } finally {
        Atomics.sub(control, word.unfinished, 1);
      }
      const now = performance.now();
      const took = now - begun;
      pace.measure(to - from, took);
      done += to - from;
      spent += took;
      longest = Math.max(longest, took);
      begun = now;
    }
  } finally {
    // Whatever became of this thread's: parts that are begun still use the control block, and the heap. No more are.
    while (takePart(control) !== null) Atomics.sub(control, word.unfinished, 1);
    awaitWorkers(pool, patience.part + 100 * longest);
  }
  if (Atomics.load(control, word.failed) !== 0) throw new Error("internal: a thread failed");
  pace.measure(done, spent);
  pace.shared(count, performance.now() - start);
}
