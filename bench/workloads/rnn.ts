/**
 * @file A recurrent network as a scan: 1 000 steps of h ← tanh(h·W + xₜ·U + b) with 32 units, float32; the mean of all hₜ²,
 * and its gradient with respect to W, U and b.
 */
import type { Array } from "../../src/index.ts";
import { matmul, matmulLeftTransposed } from "../lib/by-hand.ts";
import { normal32 } from "../lib/data.ts";
import { adjoint, jit } from "../lib/library.ts";
import { type Entry, type Workload, arrays } from "../lib/measure.ts";
import { numpyOf } from "../lib/numpy.ts";
import { type Tensor, readTf, tfJs } from "../lib/tfjs.ts";
import { xlaOf } from "../lib/xla.ts";

const { grad, lax, numpy: np } = adjoint;

const [steps, width] = [1000, 32];
const shapes = [[width, width], [width, width], [width]];

interface Data {
  readonly params: readonly Float32Array[];
  readonly xs: Float32Array;
}

const inputs = (): Data => ({
  params: [
    normal32(width * width, 1, 0.9 / Math.sqrt(width)),
    normal32(width * width, 2, 0.5 / Math.sqrt(width)),
    normal32(width, 3, 0.1),
  ],
  xs: normal32(steps * width, 4),
});

function loss([w, u, b]: Array[], xs: Array): Array {
  const driven = np.matmul(xs, u).add(b);
  const step = (h: Array, x: Array): [Array, Array] => {
    const next = np.tanh(np.matmul(h, w).add(x));
    return [next, next];
  };
  const [, hs] = lax.scan(step, np.zeros([width], { dtype: "float32" }), driven);
  return np.mean(np.square(hs));
}

async function tensorFlow({
  params,
  xs,
}: Data): Promise<[loss: (...p: Tensor[]) => Tensor, params: Tensor[]]> {
  const tf = await tfJs();
  const x = tf.tensor2d(xs, [steps, width]);
  const run = (w: Tensor, u: Tensor, b: Tensor): Tensor => {
    const driven = tf.split(tf.add(tf.matMul(x, u), b), steps);
    let h: Tensor = tf.zeros([1, width]);
    const hs = driven.map((d) => (h = tf.tanh(tf.add(tf.matMul(h, w), d))));
    return tf.mean(tf.square(tf.concat(hs)));
  };
  return [(...[w, u, b]) => run(w, u, b), params.map((p, k) => tf.tensor(p, shapes[k]))];
}

async function contenders(isGradient: boolean): Promise<Entry[]> {
  const data = inputs();
  const tf = await tfJs();
  const params = data.params.map((p, k) => np.array(p).reshape(shapes[k]));
  const xs = np.array(data.xs).reshape([steps, width]);
  const [tfLoss, tfParams] = await tensorFlow(data);
  if (!isGradient) {
    const f = jit(loss);
    return [
      arrays("adjoint", () => [f(params, xs).dataSync()]),
      await xlaOf(loss, [params, xs]),
      await numpyOf("rnn", [params, xs]),
      arrays("tfjs", () => readTf(tf, () => tfLoss(...tfParams))),
      arrays("by hand", () => [Float32Array.of(lossByHand(forwardByHand(data)))]),
    ];
  }
  const gradient = grad(loss);
  const g = jit(gradient);
  const tg = tf.grads(tfLoss);
  return [
    arrays("adjoint", () => g(params, xs).map((a) => a.dataSync())),
    await xlaOf(gradient, [params, xs]),
    await numpyOf("rnn_gradient", [params, xs]),
    arrays("tfjs", () => readTf(tf, () => tg(tfParams))),
    arrays("by hand", () => gradientByHand(data)),
  ];
}

/** All hidden states: row t + 1 follows row t. */
function forwardByHand({ params: [w, u, b], xs }: Data): Float32Array {
  const driven = matmul(new Float32Array(steps * width), xs, u, steps, width, width);
  const hs = new Float32Array((steps + 1) * width);
  const sums = new Float64Array(width);
  for (let t = 0; t < steps; t++) {
    for (let j = 0; j < width; j++) sums[j] = driven[t * width + j] + b[j];
    for (let i = 0; i < width; i++) {
      const h = hs[t * width + i];
      for (let j = 0; j < width; j++) sums[j] += h * w[i * width + j];
    }
    for (let j = 0; j < width; j++) hs[(t + 1) * width + j] = Math.tanh(sums[j]);
  }
  return hs;
}

function lossByHand(hs: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < hs.length; i++) sum += hs[i] * hs[i];
  return sum / (steps * width);
}

function gradientByHand(data: Data): Float32Array[] {
  const [w] = data.params;
  const hs = forwardByHand(data);
  const back = new Float32Array(steps * width);
  const carried = new Float64Array(width);
  for (let t = steps - 1; t >= 0; t--) {
    const row = back.subarray(t * width, (t + 1) * width);
    for (let j = 0; j < width; j++) {
      const h = hs[(t + 1) * width + j];
      row[j] = (carried[j] + (2 * h) / (steps * width)) * (1 - h * h);
    }
    for (let i = 0; i < width; i++) {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += row[j] * w[i * width + j];
      carried[i] = sum;
    }
  }
  const small = (): Float32Array => new Float32Array(width * width);
  const db = new Float32Array(width);
  for (let i = 0; i < back.length; i++) db[i % width] += back[i];
  return [
    matmulLeftTransposed(small(), hs, back, steps, width, width),
    matmulLeftTransposed(small(), data.xs, back, steps, width, width),
    db,
  ];
}

const absent = { "@jax-js/jax": "it has no loops; a thousand steps unrolled overflow its stack" };

export const rnnWorkloads: Workload[] = [
  {
    name: "rnn",
    group: "loops",
    text: "A recurrent network of 32 units over 1 000 steps, float32, as a scan.",
    tolerance: 1e-4,
    make: () => contenders(false),
    absent,
  },
  {
    name: "rnn gradient",
    group: "loops",
    text: "The gradient through 1 000 steps of a recurrent network of 32 units, float32.",
    tolerance: 1e-4,
    make: () => contenders(true),
    absent,
  },
];
