/**
 * @file The memory of reverse mode: back-propagation through 10 000 steps of a recurrent network, with each setting of
 * what the loop keeps. The gradient is the same; memory and time differ.
 *
 * The memory of the process is its peak, in a process of its own for each setting.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type Array as NDArray,
  jit,
  lax,
  numpy as np,
  random,
  savedResiduals,
  valueAndGrad,
} from "../src/index.ts";
import { table } from "./lib/table.ts";

interface Params {
  readonly w: NDArray;
  readonly u: NDArray;
  readonly b: NDArray;
}

export interface Setting {
  readonly name: string;
  readonly checkpoint: lax.Checkpointing;
  /** As a `whileLoop`, whose length is not known when it is compiled. */
  readonly whileLoop?: boolean;
}

export const settings: readonly Setting[] = [
  { name: "scan", checkpoint: "all" },
  { name: 'scan, checkpoint "sqrt"', checkpoint: "sqrt" },
  { name: "scan, checkpoint 100", checkpoint: 100 },
  { name: "scan, checkpoint 20", checkpoint: 20 },
  { name: "scan, checkpoint 5", checkpoint: 5 },
  { name: "whileLoop", checkpoint: "all", whileLoop: true },
  { name: 'whileLoop, checkpoint "sqrt"', checkpoint: "sqrt", whileLoop: true },
];

/** The mean square of the last states of networks driven by sines of several frequencies. */
function lossOf(s: Setting, steps: number, batch: number): (p: Params) => NDArray {
  const frequencies = np.arange(1, batch + 1).mul(0.1);
  return ({ w, u, b }) => {
    const next = (h: NDArray, t: NDArray): NDArray =>
      np.tanh(
        np
          .matmul(w, h)
          .add(u.mul(np.sin(frequencies.mul(t))))
          .add(b),
      );
    const start = np.zeros([b.shape[0], batch]);
    const end =
      s.whileLoop === true
        ? lax.whileLoop(
            ([t]: [NDArray, NDArray]) => t.less(steps),
            ([t, h]: [NDArray, NDArray]): [NDArray, NDArray] => [t.add(1), next(h, t)],
            [np.array(0, { dtype: "int32" }), start],
            { checkpoint: s.checkpoint },
          )[1]
        : lax.foriLoop(0, steps, (t: NDArray, h: NDArray) => next(h, t), start, { checkpoint: s.checkpoint });
    return np.mean(np.square(end));
  };
}

function parameters(hidden: number): Params {
  const [k1, k2, k3] = random.split(random.key(0), 3) as unknown as NDArray[];
  return {
    w: random.normal(k1, [hidden, hidden]).mul(1 / Math.sqrt(hidden)),
    u: random.normal(k2, [hidden, 1]),
    b: random.normal(k3, [hidden, 1]).mul(0.1),
  };
}

export interface MemoryRow {
  readonly name: string;
  /** What the backward pass is handed, and what the compiled program holds besides. */
  readonly residualBytes: number;
  readonly temporaryBytes: number;
  readonly milliseconds: number;
  readonly loss: number;
  readonly gradient: readonly number[];
}

export function measure(s: Setting, steps: number, hidden: number, batch: number): MemoryRow {
  const params = parameters(hidden);
  const loss = lossOf(s, steps, batch);
  const residualBytes = savedResiduals(loss, params).reduce((n, r) => n + r.bytes, 0);
  const compiled = jit(valueAndGrad(loss));
  const temporaryBytes = compiled.lower(params).compile().stats.bytes;
  const before = performance.now();
  const [value, { w }] = compiled(params) as [NDArray, Params];
  const milliseconds = performance.now() - before;
  return {
    name: s.name,
    residualBytes,
    temporaryBytes,
    milliseconds,
    loss: value.item(),
    gradient: [...w.ravel().dataSync()].map(Number),
  };
}

/** The peak of this process's resident memory in bytes. (Linux counts its parent's in what Node reports.) */
function peakMemory(): number {
  const status = "/proc/self/status";
  const line = existsSync(status) ? /VmHWM:\s*(\d+) kB/.exec(readFileSync(status, "utf8")) : null;
  return line === null ? process.resourceUsage().maxRSS * 1024 : Number(line[1]) * 1024;
}

/** The peak of a process that does this. */
function peakOf(...numbers: readonly number[]): number {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), ...numbers.map(String)];
  return Number(execFileSync(process.execPath, args, { encoding: "utf8" }).trim());
}

const mega = (bytes: number): string => (bytes / 2 ** 20).toFixed(2);

export function run(steps = 10_000, hidden = 32, batch = 16, withPeaks = true): MemoryRow[] {
  const rows = settings.map((s) => measure(s, steps, hidden, batch));
  const peaks = rows.map((_, k) => (withPeaks ? mega(peakOf(k, steps, hidden, batch)) : ""));
  console.log(
    `back-propagation through ${steps} steps of a network of ${hidden} units, ${batch} sequences at once; in MiB\n`,
  );
  console.log(
    table(
      ["setting", "residuals", "temporaries", "process", "ms"],
      rows.map((r, k) => [
        r.name,
        mega(r.residualBytes),
        mega(r.temporaryBytes),
        peaks[k],
        r.milliseconds.toFixed(0),
      ]),
    ),
  );
  if (withPeaks) console.log(`\na process that makes 8 steps: ${mega(peakOf(0, 8, hidden, batch))}`);
  return rows;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [k, steps, hidden, batch] = process.argv.slice(2).map(Number);
  measure(settings[k], steps, hidden, batch);
  console.log(peakMemory());
}
