/**
 * @file Accuracy of the vector functions: `npm run ulp -- [names…] [--bits 32|64] [--samples n] [--stride n]`.
 *
 * For each function and lane width: vector instructions, largest error and where, mean error, and the share of results
 * by error in ulp, over random arguments of every magnitude, thresholds and special values. `--stride n` measures
 * 32-bit lanes on every n-th of all 2^32 bit patterns instead; 1 is exhaustive. Each is measured twice: computed on
 * numbers (test/util/lane-kit.ts), and by the WebAssembly that programs are compiled to ("wasm").
 *
 * `npm run ulp -- --derivatives [names…] [--samples n]` measures instead the first and second derivatives of the exported
 * element-wise functions, beside the bounds that test/derivatives/cases.ts states.
 */
import { parseArgs } from "node:util";
import { init } from "../src/api/compile/init.ts";
import { vectorMath } from "../src/loops/emit/wasm/math/index.ts";
import type { Kernel } from "../src/loops/emit/wasm/math/kit.ts";
import type { OpName } from "../src/loops/ir/scalar.ts";
import { compileKernel } from "../test/util/compiled-kernel.ts";
import { cases } from "../test/derivatives/cases.ts";
import { measure } from "../test/derivatives/measure.ts";
import { elementwiseNames } from "../test/derivatives/names.ts";
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

/** What computes a function: values, and vector instructions where they are counted. */
interface Engine {
  readonly name: "kit" | "wasm";
  run(args: readonly ArrayLike<number>[]): {
    readonly values: ArrayLike<number>;
    readonly count: number | null;
  };
}

function engines(name: string, kernel: Kernel, bits: Width, size: number): readonly Engine[] {
  const compiled = compileKernel(name as OpName, bits, vectorCases[name].arity, size);
  return [
    { name: "kit", run: (args) => runKernel(kernel, bits, ...args) },
    { name: "wasm", run: (args) => ({ values: compiled(args), count: null }) },
  ];
}

function print(name: string, bits: Width, engine: Engine, steps: number | null, histogram: Histogram): void {
  const count = (steps === null ? "" : String(steps)).padStart(5);
  console.log(`${name.padEnd(8)} ${bits}  ${engine.name.padEnd(4)} ${count} ${histogram.row()}`);
}

function sampled(name: string, kernel: Kernel, bits: Width, count: number): void {
  const args = samples(name, bits, count, Math.random);
  for (const engine of engines(name, kernel, bits, args[0].length)) {
    const histogram = new Histogram();
    const { values, count: steps } = engine.run(args);
    Array.from(values).forEach((value, i) => {
      const at = args.map((xs) => xs[i]);
      histogram.put(errorOf(name, bits, at, value), at);
    });
    print(name, bits, engine, steps, histogram);
  }
}

function strided(name: string, kernel: Kernel, stride: number): void {
  const pattern = new Uint32Array(BATCH);
  const xs = new Float32Array(pattern.buffer);
  for (const engine of engines(name, kernel, 32, BATCH)) {
    const histogram = new Histogram();
    let steps: number | null = null;
    for (let next = 0; next < 2 ** 32;) {
      for (let i = 0; i < BATCH; i++, next += stride) pattern[i] = Math.min(next, 2 ** 32 - 1);
      const result = engine.run([xs]);
      steps = result.count;
      for (let i = 0; i < BATCH; i++) histogram.put(quickError32(name, [xs[i]], result.values[i]), [xs[i]]);
    }
    print(name, 32, engine, steps, histogram);
  }
}

/** Of each exported function: the largest errors of its derivatives, their bounds, and where the errors are. */
function measureDerivatives(names: readonly string[], count: number): void {
  console.log("function             bits    first (most)    second (most)  at");
  for (const found of elementwiseNames()) {
    const name = found.name.split(".")[1];
    if (!(name in cases) || (names.length > 0 && !names.includes(name))) continue;
    for (const width of [32, 64] as const) {
      const { first, second } = measure(found, cases[name], width, count, Math.random);
      const text = [first, second].map(({ error }, i) => {
        return `${error.toFixed(2).padStart(8)} (${(cases[name].bounds ?? [4, 4])[i]})`.padEnd(15);
      });
      console.log(`${found.name.padEnd(20)} ${width}   ${text.join("  ")} ${first.at}; ${second.at}`);
    }
  }
}

async function main(): Promise<void> {
  await init();
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      bits: { type: "string" },
      samples: { type: "string", default: "20000" },
      stride: { type: "string" },
      derivatives: { type: "boolean", default: false },
    },
  });
  if (values.derivatives) {
    measureDerivatives(positionals, Math.min(Number(values.samples), 1000));
    return;
  }
  const stride = values.stride === undefined ? undefined : Number(values.stride);
  const widths: readonly Width[] =
    stride !== undefined || values.bits === "32" ? [32] : values.bits === "64" ? [64] : [32, 64];
  const kernels = Object.entries<Kernel>(vectorMath).filter(
    ([name]) => positionals.length === 0 || positionals.includes(name),
  );
  const head = LIMITS.map((limit) => (Number.isFinite(limit) ? `≤${limit}` : "more").padStart(8)).join("");
  console.log(`function bits by   steps     max   mean ${head}  at`);
  for (const [name, kernel] of kernels) {
    if (stride !== undefined && vectorCases[name].arity === 2) continue;
    for (const bits of widths) {
      if (stride === undefined) sampled(name, kernel, bits, Number(values.samples));
      else strided(name, kernel, stride);
    }
  }
}

await main();
