/** @file Two workers of Node share a Monte Carlo estimate, and the gradient of a loss whose data is divided among them. */
import { Worker } from "node:worker_threads";
import { type Array, numpy as np, random } from "../../src/index.ts";
import { Pool } from "./pool.ts";
import type { Part } from "./tasks.ts";

/** Least squares in four parts of the data: the sum of their gradients is the gradient. */
async function fit(pool: Pool): Promise<Array> {
  const [kx, kw] = random.split(random.key(1));
  const x = random.normal(kx, [4, 500, 3]);
  const target = random.normal(kw, [3]);
  let w: Array = np.zeros([3]);
  for (let step = 0; step < 20; step++) {
    const parts = [0, 1, 2, 3].map((i): Part => ({ w, x: x.slice(i), y: np.dot(x.slice(i), target) }));
    const slopes = await pool.map<{ slope: Array }>("loss", parts);
    w = slopes.reduce((sum, { slope }) => sum.sub(slope.mul(2e-4)), w);
  }
  return np.max(np.abs(w.sub(target)));
}

export async function run(): Promise<{ pi: number; error: number }> {
  const url = new URL("./worker.ts", import.meta.url).href;
  // As tsx runs TypeScript in workers; a program that is built says `new Worker(url)`.
  const text = `import("tsx/esm/api").then(({ register }) => (register(), import(${JSON.stringify(url)})));`;
  const workers = [0, 1].map(() => new Worker(text, { eval: true, execArgv: [] }));
  try {
    const pool = new Pool(workers);
    const estimates = await pool.map<Array>("pi", [...random.split(random.key(0), 8)]);
    const pi = Number(np.mean(np.stack(estimates)).item());
    const error = Number((await fit(pool)).item());
    console.log(
      `π by two workers: ${pi.toFixed(4)}; least squares in four parts: error ${error.toExponential(1)}`,
    );
    return { pi, error };
  } finally {
    await Promise.all(workers.map((w) => w.terminate()));
  }
}
