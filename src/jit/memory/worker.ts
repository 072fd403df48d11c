/**
 * @file What a worker runs, as text, so that no bundler needs to know of it; and the control block that it shares with the
 * main thread.
 *
 * The word `claim` holds, in its low byte, how many parts of the job under way nobody has begun, and above it the job's
 * number. A thread takes a part by counting the word down (compare and exchange). The main thread changes the job's other
 * words only while no part is left and none runs; so what a worker read of them before it took a part is that part's, and
 * if it was not, the exchange fails. Before the exchange a worker compiles the module, from its bytes in the heap; that they
 * were there until they were copied is known by the same rule.
 */

import { runtimeText } from "../../loops/emit/javascript/runtime-text.ts";
import { runtime } from "../../loops/emit/runtime.ts";

/** Words of the control block. */
export const word = {
  claim: 0,
  /** Parts that are not done. */
  unfinished: 1,
  failed: 2,
  /** Workers that run. */
  ready: 3,
  module: 4,
  bytes: 5,
  length: 6,
  kernel: 7,
  frame: 8,
  block: 9,
  lo: 10,
  count: 11,
  step: 12,
  unit: 13,
  parts: 14,
} as const;

export const controlBytes = 64;

/** Parts of a job at most: their number has a byte. */
export const mostParts = 255;

/** What a worker is given when it starts. */
export interface WorkerData {
  readonly memory: unknown;
  readonly control: unknown;
  /** Of the thread; the main one is 0. */
  readonly index: number;
  readonly word: typeof word;
}

/** The first iteration of a part of `count` iterations, in units of so many (as in the text below). */
export function partStart(count: number, unit: number, part: number, parts: number): number {
  return Math.min(count, Math.floor((Math.ceil(count / unit) * part) / parts) * unit);
}

/** Functions of JavaScript that workers have: modules that import others are not for them. */
const functions = Object.keys(runtime).map((name) => `$.${name}`);
export const knownToWorkers = (name: string): boolean =>
  name === "parallel" || name.startsWith("Math.") || functions.includes(name);

const workerText = `
${runtimeText(functions.join(" "))}
const start = ({ memory, control, index, word }) => {
  const ctl = new Int32Array(control);
  const load = () => Atomics.load(ctl, word.claim);
  const isOf = (job, claim) => claim >>> 8 === job >>> 8 && (claim & 255) > 0;
  const env = { memory, parallel: () => 0 };
  for (const name of Object.getOwnPropertyNames(Math))
    if (typeof Math[name] === "function") env["Math." + name] = Math[name];
  for (const name of Object.keys($)) env["$." + name] = $[name];
  const known = new Map();
  const moduleOf = (claim) => {
    const id = ctl[word.module];
    let exports = known.get(id);
    if (exports === undefined) {
      const bytes = new Uint8Array(memory.buffer, ctl[word.bytes], ctl[word.length]).slice();
      if (!isOf(claim, load())) return null;
      try {
        const module = new WebAssembly.Module(bytes);
        // Calls of the host stand outside of the loops that are shared.
        for (const { name } of WebAssembly.Module.imports(module)) if (name.startsWith("host:")) env[name] = () => 0;
        exports = new WebAssembly.Instance(module, { env }).exports;
      } catch {
        exports = null;
      }
      if (known.size >= 256) known.delete(known.keys().next().value);
      known.set(id, exports);
    }
    return exports;
  };
  const takePart = (job) => {
    let claim = load();
    while (isOf(job, claim)) {
      const found = Atomics.compareExchange(ctl, word.claim, claim, claim - 1);
      if (found === claim) return ctl[word.parts] - (claim & 255);
      claim = found;
    }
    return null;
  };
  const work = (claim) => {
    const exports = moduleOf(claim);
    if (exports === null) return;
    const [frame, kernel, block, lo, count, step, unit, parts] = ["frame", "kernel", "block", "lo", "count", "step",
      "unit", "parts"].map((name) => ctl[word[name]]);
    const at = (k) => lo + Math.min(count, Math.floor((Math.ceil(count / unit) * k) / parts) * unit) * step;
    exports.setup(frame);
    const run = exports["p" + kernel];
    for (let part = takePart(claim); part !== null; part = takePart(claim)) {
      try {
        run(block, at(part), at(part + 1), index);
      } catch {
        Atomics.store(ctl, word.failed, 1);
      }
      if (Atomics.sub(ctl, word.unfinished, 1) === 1) Atomics.notify(ctl, word.unfinished);
    }
  };
  Atomics.add(ctl, word.ready, 1);
  for (;;) {
    const claim = load();
    if ((claim & 255) > 0) {
      try {
        work(claim);
      } catch {
        // The job was over while it was read, and what was read was none: no part was taken.
      }
    }
    const seen = load();
    if (seen >>> 8 !== claim >>> 8) continue;
    for (let i = 0; i < 20000 && load() === seen; i++);
    Atomics.wait(ctl, word.claim, seen);
  }
};
`;

/** Begins with what Node gives a worker. */
export const nodeWorkerText = `${workerText}start(require("node:worker_threads").workerData);`;

/** Begins with its first message. */
export const webWorkerText = `${workerText}self.onmessage = (e) => start(e.data);`;
