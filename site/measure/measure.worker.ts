/** @file Times the ways of a workload, in a worker: the page stays alive. Ways take turns, so that a change of the machine's speed meets all. */
import { init } from "adjoint";
import type { WorkloadName } from "./descriptions.ts";
import type { FromMeasure, ToMeasure } from "./protocol.ts";
import { workloads } from "./workloads.ts";

const seconds = 0.6;
const send = (message: FromMeasure): void => postMessage(message);

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.floor((sorted.length - 1) * q)];

function time(name: WorkloadName, wasm: boolean): void {
  const ways = workloads[name](wasm);
  const expected = ways[0].run();
  for (const way of ways) {
    const got = way.run();
    if (!(Math.abs(got - expected) <= 1e-9 * Math.max(1, Math.abs(expected))))
      throw new Error(`${way.name} computed ${got}, expected ${expected}`);
  }
  const times = ways.map((): number[] => []);
  const end = performance.now() + seconds * 1000 * ways.length;
  while (performance.now() < end || times[0].length < 5)
    ways.forEach((way, i) => {
      const start = performance.now();
      way.run();
      times[i].push(performance.now() - start);
    });
  ways.forEach((way, i) => {
    const sorted = times[i].slice(Math.min(3, times[i].length - 1)).sort((a, b) => a - b);
    const [lo, median, hi] = [0.25, 0.5, 0.75].map((q) => quantile(sorted, q));
    send({ type: "result", result: { workload: name, way: way.name, median, lo, hi, runs: sorted.length } });
  });
}

/** Whether programs can be compiled to WebAssembly here. */
async function hasWasm(): Promise<boolean> {
  try {
    return await init();
  } catch {
    return false;
  }
}

addEventListener("message", ({ data }: MessageEvent<ToMeasure>) => {
  void hasWasm().then((wasm) => {
    try {
      time(data.workload, wasm);
    } catch (error) {
      send({ type: "error", workload: data.workload, text: String(error) });
    }
    send({ type: "end" });
  });
});
