/**
 * @file Accuracy of the vector functions: `npm run ulp -- [names…] [--bits 32|64] [--samples n] [--stride n]`.
 *
 * For each function and lane width: vector instructions, largest error and where, mean error, and the share of results
 * by error in ulp, over random arguments of every magnitude, thresholds and special values. `--stride n` measures
 * 32-bit lanes on every n-th of all 2^32 bit patterns instead; 1 is exhaustive.
 */
import { parseArgs } from "node:util";
import { vectorMath } from "../src/jit/wasm/math/index.ts";
import type { Kernel } from "../src/jit/wasm/math/kit.ts";
import { runKernel } from "../test/util/lane-kit.ts";
import { type Width, errorOf, quickError32, samples, vectorCases } from "../test/util/vector-cases.ts";

const LIMITS = [0.5, 0.75, 1, 1.5, 2, Infinity];

class Histogram {
  readonly counts = LIMITS.map(() => 0);
  total = 0;
  sum = 0;
  worst = -1;
  at: readonly number[] = [];

  put(error: number, args: readonly number[]): void {
    this.counts[LIMITS.findIndex((limit) => error <= limit)]++;
    this.total++;
    this.sum += error;
    if (error <= this.worst) return;
    this.worst = error;
    this.at = args;
  }

  row(): string {
    const shares = this.counts.map((n) => ((100 * n) / this.total).toFixed(3).padStart(8)).join("");
    const mean = (this.sum / this.total).toFixed(3);
    return `${this.worst.toFixed(3).padStart(7)} ${mean.padStart(6)} ${shares}  ${this.at.join(", ")}`;
  }
}

const BATCH = 8192;

function sampled(name: string, kernel: Kernel, bits: Width, count: number): [Histogram, number] {
  const histogram = new Histogram();
  const args = samples(name, bits, count, Math.random);
  const { values, count: steps } = runKernel(kernel, bits, ...args);
  values.forEach((value, i) => {
    const at = args.map((xs) => xs[i]);
    histogram.put(errorOf(name, bits, at, value), at);
  });
  return [histogram, steps];
}

function strided(name: string, kernel: Kernel, stride: number): [Histogram, number] {
  const histogram = new Histogram();
  const pattern = new Uint32Array(BATCH);
  const xs = new Float32Array(pattern.buffer);
  let steps = 0;
  for (let next = 0; next < 2 ** 32;) {
    for (let i = 0; i < BATCH; i++, next += stride) pattern[i] = Math.min(next, 2 ** 32 - 1);
    const result = runKernel(kernel, 32, xs);
    steps = result.count;
    for (let i = 0; i < BATCH; i++) histogram.put(quickError32(name, [xs[i]], result.values[i]), [xs[i]]);
  }
  return [histogram, steps];
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      bits: { type: "string" },
      samples: { type: "string", default: "20000" },
      stride: { type: "string" },
    },
  });
  const stride = values.stride === undefined ? undefined : Number(values.stride);
  const widths: readonly Width[] =
    stride !== undefined || values.bits === "32" ? [32] : values.bits === "64" ? [64] : [32, 64];
  const kernels = Object.entries<Kernel>(vectorMath).filter(
    ([name]) => positionals.length === 0 || positionals.includes(name),
  );
  const head = LIMITS.map((limit) => (Number.isFinite(limit) ? `≤${limit}` : "more").padStart(8)).join("");
  console.log(`function bits steps     max   mean ${head}  at`);
  for (const [name, kernel] of kernels) {
    if (stride !== undefined && vectorCases[name].arity === 2) continue;
    for (const bits of widths) {
      const [histogram, steps] =
        stride === undefined
          ? sampled(name, kernel, bits, Number(values.samples))
          : strided(name, kernel, stride);
      console.log(`${name.padEnd(8)} ${bits}   ${String(steps).padStart(4)} ${histogram.row()}`);
    }
  }
}

main();
