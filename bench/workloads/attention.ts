/**
 * @file A block of attention, 256 positions of width 64, float32: y = x + softmax(QKᵀ/8)·V·Wₒ, and the gradient of ½Σy² with
 * respect to x and the four matrices.
 */
import type { Array } from "../../src/index.ts";
import { matmul, matmulLeftTransposed, matmulRightTransposed } from "../lib/by-hand.ts";
import { normal32 } from "../lib/data.ts";
import { type JaxJsArray, jaxJs, readJax } from "../lib/jax-js.ts";
import { adjoint, jit } from "../lib/library.ts";
import { type Entry, type Workload, arrays } from "../lib/measure.ts";
import { numpyOf } from "../lib/numpy.ts";
import { type Tensor, readTf, tfJs } from "../lib/tfjs.ts";
import { xlaOf } from "../lib/xla.ts";

const { grad, nn, numpy: np } = adjoint;

const [length, width] = [256, 64];
const scale = 1 / Math.sqrt(width);
const square = [width, width];
const shapes = [[length, width], square, square, square, square];

const inputs = (): Float32Array[] =>
  shapes.map(([m, n], k) => normal32(m * n, k + 1, k === 0 ? 1 : 1 / Math.sqrt(width)));

function loss([x, wq, wk, wv, wo]: Array[]): Array {
  const [q, k, v] = [wq, wk, wv].map((w) => np.matmul(x, w));
  const weights = nn.softmax(np.matmul(q, k.T).mul(scale), -1);
  const y = x.add(np.matmul(np.matmul(weights, v), wo));
  return np.sum(np.square(y)).mul(0.5);
}

async function contenders(): Promise<Entry[]> {
  const [jax, tf] = [await jaxJs(), await tfJs()];
  const data = inputs();
  const args = data.map((d, k) => np.array(d).reshape(shapes[k]));
  const jargs = data.map((d, k) => jax.numpy.array(d, { dtype: "float32", shape: shapes[k] }));
  const targs = data.map((d, k) => tf.tensor(d, shapes[k]));
  const gradient = grad(loss);
  const g = jit(gradient);
  const mm = (x: JaxJsArray, y: JaxJsArray): JaxJsArray => jax.numpy.matmul(x, y);
  const jg = jax.jit(
    jax.grad(([x, wq, wk, wv, wo]: JaxJsArray[]) => {
      const [q, k, v] = [wq, wk, wv].map((w) => mm(x.ref, w));
      const weights = jax.nn.softmax(mm(q, k.transpose()).mul(scale), -1);
      return jax.numpy.sum(jax.numpy.square(x.add(mm(mm(weights, v), wo)))).mul(0.5);
    }),
  );
  const tg = tf.grads((...[x, wq, wk, wv, wo]: Tensor[]): Tensor => {
    const [q, k, v] = [wq, wk, wv].map((w) => tf.matMul(x, w));
    const weights = tf.softmax(tf.mul(tf.matMul(q, k, false, true), scale));
    return tf.mul(tf.sum(tf.square(tf.add(x, tf.matMul(tf.matMul(weights, v), wo)))), 0.5);
  });
  return [
    arrays("adjoint", () => g(args).map((a) => a.dataSync())),
    arrays("@jax-js/jax", () => readJax(...jg(jargs.map((a) => a.ref)))),
    await xlaOf(gradient, [args]),
    await numpyOf("attention_block_gradient", args),
    arrays("tfjs", () => readTf(tf, () => tg(targs))),
    arrays("by hand", () => gradientByHand(data)),
  ];
}

function softmaxRows(z: Float32Array): void {
  for (let from = 0; from < z.length; from += length) {
    let [largest, sum] = [-Infinity, 0];
    for (let i = from; i < from + length; i++) largest = Math.max(largest, z[i]);
    for (let i = from; i < from + length; i++) sum += z[i] = Math.exp(z[i] - largest);
    for (let i = from; i < from + length; i++) z[i] /= sum;
  }
}

/** From the gradient with respect to softmax's results, in place, that with respect to its arguments. */
function softmaxBack(d: Float32Array, s: Float32Array): void {
  for (let from = 0; from < d.length; from += length) {
    let mean = 0;
    for (let i = from; i < from + length; i++) mean += d[i] * s[i];
    for (let i = from; i < from + length; i++) d[i] = s[i] * (d[i] - mean) * scale;
  }
}

function gradientByHand([x, wq, wk, wv, wo]: Float32Array[]): Float32Array[] {
  const tall = (): Float32Array => new Float32Array(length * width);
  const wide = (): Float32Array => new Float32Array(length * length);
  const small = (): Float32Array => new Float32Array(width * width);
  const [q, k, v] = [wq, wk, wv].map((w) => matmul(tall(), x, w, length, width, width));
  const s = matmulRightTransposed(wide(), q, k, length, length, width);
  for (let i = 0; i < s.length; i++) s[i] *= scale;
  softmaxRows(s);
  const a = matmul(tall(), s, v, length, length, width);
  const y = matmul(tall(), a, wo, length, width, width);
  for (let i = 0; i < y.length; i++) y[i] += x[i];

  const dwo = matmulLeftTransposed(small(), a, y, length, width, width);
  const da = matmulRightTransposed(tall(), y, wo, length, width, width);
  const dv = matmulLeftTransposed(tall(), s, da, length, length, width);
  const dz = matmulRightTransposed(wide(), da, v, length, length, width);
  softmaxBack(dz, s);
  const dq = matmul(tall(), dz, k, length, length, width);
  const dk = matmulLeftTransposed(tall(), dz, q, length, length, width);
  const dx = y.slice();
  const pairs = [
    [dq, wq],
    [dk, wk],
    [dv, wv],
  ] as const;
  for (const [d, w] of pairs) {
    const part = matmulRightTransposed(tall(), d, w, length, width, width);
    for (let i = 0; i < dx.length; i++) dx[i] += part[i];
  }
  return [dx, ...pairs.map(([d]) => matmulLeftTransposed(small(), x, d, length, width, width)), dwo];
}

/** Images in a batch, heads, positions, width of a head. */
const headShape = [4, 8, 128, 64];
const headScale = 8;

/** softmax(QKᵀ/8)·V of each head. */
function heads(q: Array, k: Array, v: Array): Array {
  const weights = nn.softmax(np.einsum("bhqd,bhkd->bhqk", q, k).div(headScale), -1);
  return np.einsum("bhqk,bhkd->bhqd", weights, v);
}

const headGradient = grad((q: Array, k: Array, v: Array) => np.sum(heads(q, k, v)), [0, 1, 2]);

async function headContenders(isGradient: boolean): Promise<Entry[]> {
  const size = headShape.reduce((a, b) => a * b);
  const [q, k, v] = [1, 2, 3].map((seed) => np.array(normal32(size, seed)).reshape(headShape));
  const args: [Array, Array, Array] = [q, k, v];
  if (isGradient) {
    const g = jit(headGradient);
    return [
      arrays("adjoint", () => g(...args).map((a) => a.dataSync())),
      await xlaOf(headGradient, args),
      await numpyOf("attention_gradient", args),
    ];
  }
  const f = jit(heads);
  return [
    arrays("adjoint", () => [f(...args).dataSync()]),
    await xlaOf(heads, args),
    await numpyOf("attention", args),
  ];
}

/** Positions of a long sequence: the logits of 8 heads are 134 MB. */
const longShape = [1, 2048, 8, 64];

/** Attention of a long sequence, by the definition or in one pass over the keys. */
const longHeads =
  (implementation: string) =>
  (q: Array, k: Array, v: Array): Array =>
    nn.dotProductAttention(q, k, v, { isCausal: true, implementation });

async function longContenders(isGradient: boolean): Promise<Entry[]> {
  const size = longShape.reduce((a, b) => a * b);
  const [q, k, v] = [1, 2, 3].map((seed) => np.array(normal32(size, seed)).reshape(longShape));
  const args: [Array, Array, Array] = [q, k, v];
  const programs = ["fused", "xla"].map((name) => {
    const f = longHeads(name);
    const gradient = grad((...xs: typeof args) => np.sum(f(...xs)), [0, 1, 2]);
    return isGradient ? gradient : (...xs: typeof args): Array[] => [f(...xs)];
  });
  const [fused, composed] = programs.map((f) => jit(f));
  return [
    arrays("adjoint", () => fused(...args).map((a) => a.dataSync())),
    arrays("adjoint, with logits", () => composed(...args).map((a) => a.dataSync())),
    await xlaOf(programs[0], args),
  ];
}

const headText = "attention of 8 heads, 128 positions, width 64, in a batch of 4, float32";
const without = { "@jax-js/jax": "see attention gradient", tfjs: "see attention gradient" };

export const attentionWorkloads: Workload[] = [
  {
    name: "multi-head attention",
    group: "networks",
    text: `The ${headText}; read it.`,
    tolerance: 1e-4,
    make: () => headContenders(false),
    absent: without,
  },
  {
    name: "multi-head attention gradient",
    group: "networks",
    text: `Gradients of the sum of the ${headText}, with respect to queries, keys and values; read them.`,
    tolerance: 1e-4,
    make: () => headContenders(true),
    absent: without,
  },
  {
    name: "causal attention, 2048 positions",
    group: "networks",
    text: "Causal attention of 8 heads, 2048 positions, width 64, float32; read it.",
    tolerance: 1e-4,
    make: () => longContenders(false),
    absent: without,
  },
  {
    name: "causal attention gradient, 2048 positions",
    group: "networks",
    text: "Gradients of the sum of causal attention of 8 heads, 2048 positions, width 64, float32; read them.",
    tolerance: 1e-4,
    make: () => longContenders(true),
    absent: without,
  },
];

export const attentionWorkload: Workload = {
  name: "attention gradient",
  group: "networks",
  text: "Gradient through a block of attention, 256 positions of width 64, with respect to the input and four matrices.",
  tolerance: 1e-4,
  make: contenders,
};
