/**
 * @file Starts workers, in Node's way or the web's, and waits until each has reported in the control block: for a limited
 * time, and without keeping the event loop, which hosts need to start them. If one does not start, all are ended.
 */
import { show } from "../../base/checks.ts";
import { ArgumentError, ThreadsError } from "../../base/errors.ts";
import { nodeModule, nodeModuleNow } from "../../base/host.ts";
import type { WasmMemory } from "../../loops/emit/wasm/host.ts";
import { type WorkerData, controlBytes, nodeWorkerText, webWorkerText, word } from "./worker.ts";

/** A worker of either kind. */
export interface HostWorker {
  terminate(): unknown;
}

interface NodeWorker extends HostWorker {
  unref(): void;
  on(event: "error", listener: (error: unknown) => void): void;
}

interface WebWorker extends HostWorker {
  postMessage(message: unknown): void;
  onerror: ((event: { readonly message?: string }) => void) | null;
}

interface Host {
  readonly Worker?: new (url: string) => WebWorker;
  readonly URL: { createObjectURL(blob: unknown): string; revokeObjectURL(url: string): void };
  readonly Blob: new (parts: readonly string[], options: object) => unknown;
  readonly process?: NodeProcess;
  readonly SharedArrayBuffer?: new (bytes: number) => ArrayBuffer;
  readonly document?: unknown;
  setTimeout(f: () => void, milliseconds: number): unknown;
}

interface NodeProcess {
  readonly versions?: { readonly node?: string; readonly bun?: string; readonly deno?: string };
  readonly env?: { readonly ADJOINT_THREADS?: string };
}

const host = globalThis as unknown as Host;

/** What there is where nobody asks: in Node the cores that this process may run on, elsewhere 1. */
export function usualThreads(): number {
  const { versions, env } = host.process ?? {};
  if (versions?.node === undefined || versions.bun !== undefined || versions.deno !== undefined) return 1;
  const asked = env?.ADJOINT_THREADS;
  if (asked !== undefined && asked !== "") {
    checkThreads("the environment variable ADJOINT_THREADS", Number(asked), asked);
    return Number(asked);
  }
  const os = nodeModuleNow("os") as { availableParallelism?(): number } | undefined;
  return Math.min(mostThreads, os?.availableParallelism?.() ?? 1);
}

const mostThreads = 64;

/** Checks a number of threads that a user asks for. */
export function checkThreads(what: string, n: number, got: unknown = n): void {
  if (Number.isInteger(n) && n >= 1 && n <= mostThreads) return;
  throw new ArgumentError(`init: ${what} is a whole number from 1 to ${mostThreads}; got ${show(got)}.`);
}

interface NodeWorkers {
  readonly Worker: new (text: string, options: object) => NodeWorker;
}

/** Node's module of workers; null in other hosts. */
async function nodeWorkers(): Promise<NodeWorkers | null> {
  if (host.process?.versions?.node === undefined) return null;
  try {
    return (await nodeModule("worker_threads")) as NodeWorkers;
  } catch {
    return null;
  }
}

/** Makes a worker; `fail` may be called later. */
type Start = (data: WorkerData, fail: (reason: unknown) => void) => HostWorker;

const startNode =
  ({ Worker }: NodeWorkers): Start =>
  (data, fail) => {
    // Without the flags of this process: "--input-type=module" would make a module of the text.
    const worker = new Worker(nodeWorkerText, { eval: true, execArgv: [], workerData: data });
    worker.on("error", fail);
    worker.unref();
    return worker;
  };

const startWeb =
  (Worker: new (url: string) => WebWorker, url: string): Start =>
  (data, fail) => {
    const worker = new Worker(url);
    worker.onerror = (event) => fail(event.message ?? "");
    worker.postMessage(data);
    return worker;
  };

const isWeb = (): boolean => host.document !== undefined || host.process?.versions?.node === undefined;

/** What a user is told. */
const failure = (why: string): ThreadsError =>
  new ThreadsError(
    `init: threads could not be started: ${why} Everything works on one thread: do without the option, or catch this error.`,
  );

/** As `failure`, where a policy may be what forbids it. */
const forbidden = (why: string): ThreadsError =>
  failure(
    isWeb()
      ? `${why} If there is a Content-Security-Policy, it must allow \`worker-src blob:\` (beside the page's own sources: ` +
          `\`worker-src 'self' blob:\`).`
      : `${why} Under Node's permission model it takes \`--allow-worker\`.`,
  );

const refusal = (reason: unknown): ThreadsError => {
  const why = reason instanceof Error ? reason.message : String(reason);
  return forbidden(`the host refused a worker${why === "" ? "" : ` (${why})`}.`);
};

/** Waits until all have reported, or the first failure. */
async function handshake(
  control: Int32Array,
  workers: number,
  milliseconds: number,
  failed: () => { readonly reason: unknown } | null,
): Promise<void> {
  const end = performance.now() + milliseconds;
  for (;;) {
    const ready = Atomics.load(control, word.ready);
    if (ready === workers) return;
    const failure = failed();
    if (failure !== null) throw refusal(failure.reason);
    if (performance.now() > end)
      throw forbidden(`${ready} of ${workers} workers ran within ${milliseconds / 1000} s.`);
    await new Promise<void>((resolve) => void host.setTimeout(resolve, 1));
  }
}

export interface StartedWorkers {
  readonly control: Int32Array;
  readonly workers: readonly HostWorker[];
}

/** How workers are made here. @throws ThreadsError if there are none */
async function hostsWay(): Promise<{ readonly start: Start; readonly done: () => void }> {
  const node = await nodeWorkers();
  if (node !== null) return { start: startNode(node), done: () => undefined };
  const { Worker } = host;
  if (Worker === undefined)
    throw failure("this host has no workers: service workers and edge runtimes have none.");
  const url = host.URL.createObjectURL(new host.Blob([webWorkerText], { type: "text/javascript" }));
  return { start: startWeb(Worker, url), done: () => host.URL.revokeObjectURL(url) };
}

function sharedControl(): ArrayBuffer {
  if (host.SharedArrayBuffer !== undefined) return new host.SharedArrayBuffer(controlBytes);
  throw failure(
    `this host has no shared memory. A page has it if it is cross-origin isolated: served with the headers ` +
      `\`Cross-Origin-Opener-Policy: same-origin\` and \`Cross-Origin-Embedder-Policy: require-corp\`.`,
  );
}

/**
 * Starts so many workers, and waits until they run.
 * @param memory made only when nothing else stands against it
 * @throws ThreadsError
 */
export async function startWorkers(
  count: number,
  memory: () => WasmMemory,
  milliseconds: number,
): Promise<StartedWorkers> {
  const shared = sharedControl();
  const way = await hostsWay();
  const control = new Int32Array(shared);
  const workers: HostWorker[] = [];
  let failed: { readonly reason: unknown } | null = null;
  try {
    for (let index = 1; index <= count; index++) {
      const data: WorkerData = { memory: memory(), control: shared, index, word };
      workers.push(way.start(data, (reason) => (failed ??= { reason })));
    }
    await handshake(control, count, milliseconds, () => failed);
  } catch (error) {
    for (const worker of workers) worker.terminate();
    throw error instanceof ThreadsError ? error : refusal(error);
  } finally {
    way.done();
  }
  return { control, workers };
}
