/**
 * @file What generates WebAssembly: the encoder or Binaryen. The time to trace and compile programs as they come, and the
 * speed of what is made.
 */
import binaryen from "binaryen";
import type { Array } from "../../src/index.ts";
import { normal64 } from "../lib/data.ts";
import { adjoint } from "../lib/library.ts";
import { type Contender, type Elsewhere, type Entry, type Workload, arrays } from "../lib/measure.ts";
import { xlaOf } from "../lib/xla.ts";

const { grad, jit, lax, nn, numpy: np } = adjoint;

type F = (...xs: Array[]) => Array;

const generators = { encoder: "encoder", binaryen } as const;
type Name = keyof typeof generators;

/** Chooses a generator, at once: what is at hand need not be awaited. */
const use = (name: Name): void => void adjoint.init({ codegen: generators[name] });

const normal = (dtype: "float32" | "float64", ...shape: number[]): Array =>
  np
    .array(
      normal64(
        shape.reduce((n, d) => n * d, 1),
        1,
      ),
      { dtype },
    )
    .reshape(shape);

const step = (c: Array, x: Array): [Array, Array] => {
  const next = np.tanh(c.mul(0.9).add(x));
  return [next, next];
};
const scan: F = (x) => lax.scan(step, np.zeros([16]), x)[1];
const chain: F = (x) =>
  np.sum(
    np
      .tanh(x)
      .mul(x)
      .add(np.exp(x.mul(x).neg())),
  );

/** Fifteen functions, of numbers in single and double precision. */
const typical: Readonly<Record<string, readonly [F, ...number[][]]>> = {
  chain: [chain, [10_000]],
  "its gradient": [grad(chain), [10_000]],
  product: [(x, y) => np.matmul(x, y), [64, 64], [64, 64]],
  layer: [(x, w) => nn.relu(np.matmul(x, w).add(1)), [32, 100], [100, 50]],
  "its gradient in the weights": [
    grad((w: Array, x: Array) => np.sum(np.tanh(np.matmul(x, w)))),
    [100, 50],
    [32, 100],
  ],
  softmax: [(x) => nn.softmax(x, 1), [64, 100]],
  "a loss and its gradient": [
    grad((x: Array) => nn.logsumexp(x, 1).sum().sub(x.slice([], 0).sum())),
    [64, 10],
  ],
  scan: [scan, [100, 16]],
  "the gradient of a scan": [grad((x: Array) => np.sum(scan(x))), [100, 16]],
  "a loop": [(x) => lax.foriLoop(0, 100, (_, y: Array) => np.sin(y).add(y), x), [50]],
  sort: [(x) => np.sort(x), [1000]],
  "running sums": [(x) => np.cumsum(x), [1000]],
  normalisation: [(x) => x.sub(x.mean(0)).div(np.std(x, 0).add(1e-6)), [50, 40]],
  distances: [(x) => np.sqrt(np.sum(np.square(np.expandDims(x, 0).sub(np.expandDims(x, 1))), 2)), [30, 3]],
  factorisation: [(x) => np.linalg.cholesky(np.matmul(x, x.transpose()).add(np.eye(12))), [12, 12]],
};

/** Traces and compiles all of them; gives the number of their equations. */
function compileAll(): number {
  let equations = 0;
  for (const dtype of ["float32", "float64"] as const)
    for (const [f, ...shapes] of Object.values(typical)) {
      const args = shapes.map((shape) => np.zeros(shape, dtype));
      equations += jit((...xs: Array[]) => f(...xs), { backend: "wasm" })
        .lower(...args)
        .compile().stats.equations;
    }
  return equations;
}

/** XLA, which compiles all of them too. */
async function xlaOfAll(): Promise<Entry> {
  const list: Elsewhere[] = [];
  for (const dtype of ["float32", "float64"] as const)
    for (const [f, ...shapes] of Object.values(typical)) {
      const args = shapes.map((shape) => np.zeros(shape, dtype));
      const xla = await xlaOf((...xs: Array[]) => f(...xs), args, { compiling: true });
      if ("absent" in xla) return xla;
      list.push(xla);
    }
  return {
    name: "XLA",
    like: "XLA",
    time: async (calls) => {
      let [ms, sum] = [0, 0];
      for (const xla of list) {
        const [more, part] = await xla.time(calls);
        ms += more;
        sum += part;
      }
      return [ms, sum];
    },
    values: async () => {
      const all: ArrayLike<number>[] = [];
      for (const xla of list) all.push(...(await xla.values()));
      return all;
    },
  };
}

const names = Object.keys(generators) as Name[];

const compiling: Workload = {
  name: "codegen compile",
  group: "codegen",
  text: "Trace and compile thirty typical programs to WebAssembly (that of arrays up to 10 000 numbers, loops, products).",
  tolerance: 0,
  make: async () => [
    ...names.map((name) => ({
      name,
      call: () => {
        use(name);
        return compileAll();
      },
    })),
    await xlaOfAll(),
  ],
};

/** @param rounding what XLA's results may differ by: those of the generators are the same */
const running = (what: string, rounding: number, f: F, ...args: Array[]): Workload => ({
  name: `codegen ${what}`,
  group: "codegen",
  text: `Run what each generator has made of a program: ${what}.`,
  tolerance: 0,
  make: async () => [
    ...names.map((name): Contender => {
      use(name);
      const run = jit((...xs: Array[]) => f(...xs), { backend: "wasm" });
      run(...args);
      return arrays(name, () => [run(...args).dataSync()]);
    }),
    await xlaOf((...xs: Array[]) => f(...xs), args, { tolerance: rounding }),
  ],
});

export const codegenWorkloads: readonly Workload[] = [
  compiling,
  running(
    "matmul 512",
    1e-5,
    (x, y) => np.matmul(x, y),
    normal("float32", 512, 512),
    normal("float32", 512, 512),
  ),
  running("chain", 5e-3, chain, normal("float32", 2 ** 20)),
  running("softmax", 1e-5, (x) => nn.softmax(x, 1), normal("float32", 512, 512)),
  running("scan", 1e-12, scan, normal("float64", 5000, 16)),
  running("sort", 0, (x) => np.sort(x), normal("float64", 100_000)),
];
