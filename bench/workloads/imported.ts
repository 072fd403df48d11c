/**
 * @file Models written in JAX (bench/children/jax_models.py), read as StableHLO with their parameters in safetensors, beside the
 * same models written with this library. The models are exported once, by Python with JAX.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Array } from "../../src/index.ts";
import type * as Stablehlo from "../../src/stablehlo/index.ts";
import { adjoint, jit } from "../lib/library.ts";
import { type Entry, type Values, type Workload, arrays } from "../lib/measure.ts";
import { xlaOf } from "../lib/xla.ts";

const { grad, io, lax, nn, numpy: np, random } = adjoint;

type Model = (...args: Array[]) => Array | Array[];

const { fromStablehlo } = (await import(
  new URL("../../dist/stablehlo/index.js", import.meta.url).href
)) as typeof Stablehlo;

interface Exported {
  readonly text: string;
  readonly args: readonly Array[];
}

/** All models as JAX leaves them, or why there are none. */
async function exportModels(): Promise<ReadonlyMap<string, Exported> | string> {
  const script = fileURLToPath(new URL("../children/jax_models.py", import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), "adjoint-models-"));
  try {
    await promisify(execFile)(process.env.ADJOINT_PYTHON ?? "python3", [script, folder]);
    const all = Object.keys(models).map(async (name): Promise<[string, Exported]> => {
      const tensors = await io.loadSafetensors(join(folder, `${name}.safetensors`));
      const text = readFileSync(join(folder, `${name}.mlir`), "utf8");
      return [name, { text, args: Object.keys(tensors).map((_, i) => tensors[`argument ${i}`]) }];
    });
    return new Map(await Promise.all(all));
  } catch (e) {
    if (/ENOENT|No module named/.test(String(e))) return "no Python with JAX and safetensors";
    throw e;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

let exported: ReturnType<typeof exportModels> | null = null;

function layerNorm(x: Array, gain: Array, bias: Array): Array {
  return nn.standardize(x, { axis: -1, epsilon: 1e-5 }).mul(gain).add(bias);
}

/** The arguments are leaves in the order of their names, as JAX has them: here and below. */
function transformerBlock(...leaves: Array[]): Array {
  const [b1, b2, bias1, bias2, gain1, gain2, w1, w2, wk, wo, wq, wv, x] = leaves;
  const [batch, length, width] = x.shape;
  const y = layerNorm(x, gain1, bias1);
  const [q, k, v] = [wq, wk, wv].map((w) => np.matmul(y, w).reshape([batch, length, 4, width / 4]));
  const mixed = nn.dotProductAttention(q, k, v).reshape(x.shape);
  const z = x.add(np.matmul(mixed, wo));
  const hidden = nn.gelu(np.matmul(layerNorm(z, gain2, bias2), w1).add(b1));
  return z.add(np.matmul(hidden, w2)).add(b2);
}

function convolutionalNetwork(
  b: Array,
  b1: Array,
  b2: Array,
  k1: Array,
  k2: Array,
  w: Array,
  x: Array,
): Array {
  const layer = (y: Array, kernel: Array, bias: Array): Array => {
    const z = nn.relu(lax.convGeneralDilated(y, kernel, [1, 1], "SAME").add(bias.reshape([-1, 1, 1])));
    return lax.reduceWindow(z, -Infinity, lax.max, [1, 1, 2, 2], [1, 1, 2, 2], "VALID");
  };
  const features = layer(layer(x, k1, b1), k2, b2).reshape([x.shape[0], -1]);
  return nn.logSoftmax(np.matmul(features, w).add(b), -1);
}

function lstm(b: Array, wh: Array, wx: Array, xs: Array): Array {
  const step = ([h, c]: [Array, Array], x: Array): [[Array, Array], Array] => {
    const gates = np.matmul(x, wx).add(np.matmul(h, wh)).add(b);
    const [i, f, g, o] = np.split(gates, 4, -1);
    const cell = nn
      .sigmoid(f)
      .mul(c)
      .add(nn.sigmoid(i).mul(np.tanh(g)));
    const next = nn.sigmoid(o).mul(np.tanh(cell));
    return [[next, cell], next];
  };
  const zero = np.zeros([xs.shape[1], wh.shape[0]], { dtype: "float32" });
  return lax.scan(step, [zero, zero], xs)[1];
}

/** The method of Dormand and Prince. */
const nodes = [
  [],
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
];
const fifth = [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84];
const errors = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];

function odeStep(b1: Array, w1: Array, w2: Array, y: Array, h: Array): Array[] {
  const field = (at: Array): Array => np.matmul(np.tanh(np.matmul(at, w1).add(b1)), w2);
  const slopes: Array[] = [];
  const along = (weights: readonly number[]): Array =>
    weights.reduce((sum, a, i) => sum.add(slopes[i].mul(a)), np.zerosLike(y)).mul(h);
  for (const row of nodes) slopes.push(field(y.add(along(row))));
  const next = y.add(along(fifth));
  slopes.push(field(next));
  const scale = np.maximum(np.abs(y), np.abs(next)).mul(1e-3).add(1e-6);
  const ratio = np.sqrt(np.mean(np.square(along(errors).div(scale))));
  const holds = np.lessEqual(ratio, 1);
  return [np.where(holds, next, y), holds, h.mul(np.clip(np.power(ratio, -0.2).mul(0.9), 0.2, 10))];
}

function hmcStep(data: Array, labels: Array, at: Array, key: Array): Array[] {
  const energy = (q: Array): Array => {
    const logits = np.matmul(data, q);
    const prior = np.sum(np.square(q)).mul(0.5);
    return np.sum(nn.softplus(logits).sub(labels.mul(logits))).add(prior);
  };
  const [size, force] = [0.02, grad(energy)];
  const [forMomentum, forChoice] = random.split(random.wrapKeyData(key));
  const p0 = random.normal(forMomentum, at.shape, "float32");
  const kick = (q: Array, p: Array): Array => p.sub(force(q).mul(size / 2));
  const leap = (_: unknown, [q, p]: [Array, Array]): [Array, Array] => {
    const half = kick(q, p);
    const moved = q.add(half.mul(size));
    return [moved, kick(moved, half)];
  };
  const [q, p] = lax.foriLoop(0, 10, leap, [at, p0]);
  const kinetic = np.sum(np.square(p)).sub(np.sum(np.square(p0)));
  const loss = energy(q).sub(energy(at)).add(kinetic.mul(0.5));
  const accepted = np.less(np.log(random.uniform(forChoice, [], { dtype: "float32" })), loss.neg());
  return [np.where(accepted, q, at), accepted];
}

const models: Readonly<Record<string, readonly [model: Model, text: string]>> = {
  "transformer block": [transformerBlock, "4 × 64 positions of width 128, four heads"],
  "convolutional network": [
    convolutionalNetwork,
    "two layers with pooling and a dense one, 32 images of 28²",
  ],
  LSTM: [lstm, "100 steps of 16 sequences, width 64"],
  "adaptive ODE step": [odeStep, "a step of Dormand and Prince of 64 states through a neural field"],
  "HMC step": [hmcStep, "ten leapfrog steps for a logistic regression of 500 points"],
};

async function contenders(name: string): Promise<Entry[]> {
  const found = await (exported ??= exportModels());
  if (typeof found === "string") return [{ name: "imported", absent: found }];
  const known = found.get(name);
  if (known === undefined) throw new Error(`bench/children/jax_models.py wrote no ${name}`);
  const { text, args } = known;
  const reads = (f: Model): (() => Values) => {
    const g = jit(f);
    return () => [g(...args)].flat().map((x) => x.dataSync() as Values[number]);
  };
  const [model] = models[name];
  const imported = fromStablehlo(text) as Model;
  return [
    arrays("adjoint", reads(model)),
    arrays("imported", reads(imported)),
    await xlaOf(imported, [...args]),
  ];
}

export const importedWorkloads: Workload[] = Object.entries(models).map(([name, [, text]]) => ({
  name: `imported ${name}`,
  group: "imported",
  text: `Written with this library, and in JAX and imported: ${text}; float32.`,
  make: () => contenders(name),
  absent: { "@jax-js/jax": "cannot import", tfjs: "cannot import", NumPy: "cannot import" },
}));
