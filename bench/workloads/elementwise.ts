/**
 * @file Element-wise work and rows: the chain Σ tanh(x)·x + exp(−x²) over 2^20 elements, softmax and layer norm of the rows
 * of a 1024 × 1024 matrix; values and gradients, float32.
 */
import type { Array } from "../../src/index.ts";
import { normal32, uniform32 } from "../lib/data.ts";
import { type JaxJsArray, jaxJs, readJax } from "../lib/jax-js.ts";
import { adjoint, jit } from "../lib/library.ts";
import { type Entry, type Workload, arrays } from "../lib/measure.ts";
import { numpyOf } from "../lib/numpy.ts";
import { type Tensor, readTf, tfJs } from "../lib/tfjs.ts";
import { xlaOf } from "../lib/xla.ts";
import * as byHand from "./elementwise-by-hand.ts";

const { grad, nn, numpy: np } = adjoint;

type Jax = Awaited<ReturnType<typeof jaxJs>>;
type Tf = Awaited<ReturnType<typeof tfJs>>;

/** The same function in each library, and what is done by hand. */
interface Row {
  readonly name: string;
  readonly text: string;
  readonly shape: readonly number[];
  readonly adjoint: (x: Array) => Array;
  readonly jax: (jax: Jax) => (x: JaxJsArray) => JaxJsArray;
  readonly tf: (tf: Tf) => (x: Tensor) => Tensor;
  /** The name of its program, and with `_gradient` behind it that of the gradient's. */
  readonly numpy: string;
  readonly value: (x: Float32Array) => Float32Array;
  /** Given what the result is multiplied by, element by element, before it is summed. */
  readonly gradient: (x: Float32Array, weights: Float32Array) => Float32Array;
  readonly absent?: Readonly<Record<string, string>>;
}

const epsilon = 1e-5;

const rows: readonly Row[] = [
  {
    name: "chain",
    text: "tanh(x)·x + exp(−x²) over 2^20 float32 elements, summed",
    shape: [2 ** 20],
    adjoint: (x) =>
      np.sum(
        np
          .tanh(x)
          .mul(x)
          .add(np.exp(np.square(x).neg())),
      ),
    jax:
      ({ numpy }) =>
      (x) =>
        numpy.sum(
          numpy
            .tanh(x.ref)
            .mul(x.ref)
            .add(numpy.exp(numpy.square(x).neg())),
        ),
    tf: (tf) => (x) => tf.sum(tf.add(tf.mul(tf.tanh(x), x), tf.exp(tf.neg(tf.square(x))))),
    numpy: "chain",
    value: (x) => Float32Array.of(byHand.chain(x)),
    gradient: (x) => byHand.chainGradient(x),
  },
  {
    name: "softmax",
    text: "Softmax of the rows of a 1024 × 1024 float32 matrix",
    shape: [1024, 1024],
    adjoint: (x) => nn.softmax(x, -1),
    jax: (jax) => (x) => jax.nn.softmax(x, -1),
    tf: (tf) => (x) => tf.softmax(x),
    numpy: "softmax",
    value: byHand.softmax,
    gradient: byHand.softmaxGradient,
  },
  {
    name: "layer norm",
    text: "Rows of a 1024 × 1024 float32 matrix less their mean, divided by their standard deviation",
    shape: [1024, 1024],
    adjoint: (x) => {
      const centred = x.sub(np.mean(x, -1, { keepdims: true }));
      const variance = np.mean(np.square(centred), -1, { keepdims: true });
      return centred.div(np.sqrt(variance.add(epsilon)));
    },
    jax:
      ({ numpy }) =>
      (x) => {
        const centred = x.ref.sub(x.mean(-1, { keepdims: true }));
        const variance = numpy.square(centred.ref).mean(-1, { keepdims: true });
        return centred.div(numpy.sqrt(variance.add(epsilon)));
      },
    tf: (tf) => (x) => {
      const centred = tf.sub(x, tf.mean(x, -1, true));
      const variance = tf.mean(tf.square(centred), -1, true);
      return tf.div(centred, tf.sqrt(tf.add(variance, epsilon)));
    },
    numpy: "layer_norm",
    value: (x) => byHand.layerNorm(x, epsilon),
    gradient: (x, weights) => byHand.layerNormGradient(x, weights, epsilon),
  },
];

const isSum = (row: Row): boolean => row.shape.length === 1;

/** Between −2 and 2 for the chain, so that what is summed does not cancel; normally distributed for rows. */
const inputOf = (row: Row): Float32Array =>
  isSum(row) ? uniform32(row.shape[0]).map((v) => 4 * v - 2) : normal32(1024 * 1024);

async function forward(row: Row): Promise<Entry[]> {
  const [jax, tf] = [await jaxJs(), await tfJs()];
  const data = inputOf(row);
  const x = np.array(data).reshape([...row.shape]);
  const jx = jax.numpy.array(data, { dtype: "float32", shape: row.shape });
  const tx = tf.tensor(data, [...row.shape]);
  const [f, jf, tff] = [jit(row.adjoint), jax.jit(row.jax(jax)), row.tf(tf)];
  // They add up a million numbers in single precision, which loses digits; the others add in double.
  const loose = isSum(row) ? { tolerance: 5e-3 } : {};
  return [
    arrays("adjoint", () => [f(x).dataSync()]),
    arrays("@jax-js/jax", () => readJax(jf(jx.ref)), loose),
    await xlaOf(row.adjoint, [x], loose),
    await numpyOf(row.numpy, [x], loose),
    arrays("tfjs", () => readTf(tf, () => tff(tx)), loose),
    arrays("by hand", () => [row.value(data)]),
  ];
}

/** The gradient of the sum of the results times weights. */
async function gradient(row: Row): Promise<Entry[]> {
  const [jax, tf] = [await jaxJs(), await tfJs()];
  const data = inputOf(row);
  const weights = isSum(row) ? Float32Array.of(1) : normal32(data.length, 7);
  const shape = [...row.shape];
  const weightShape = isSum(row) ? [] : shape;
  const [x, w] = [np.array(data).reshape(shape), np.array(weights).reshape(weightShape)];
  const jx = jax.numpy.array(data, { dtype: "float32", shape });
  const jw = jax.numpy.array(weights, { dtype: "float32", shape: weightShape });
  const [tx, tw] = [tf.tensor(data, shape), tf.tensor(weights, weightShape)];
  const [jf, tff] = [row.jax(jax), row.tf(tf)];
  const slope = grad((v: Array, k: Array) => np.sum(row.adjoint(v).mul(k)));
  const g = jit(slope);
  const jg = jax.jit(jax.grad((v: JaxJsArray, k: JaxJsArray) => jax.numpy.sum(jf(v).mul(k))));
  const tg = tf.grad((v: Tensor) => tf.sum(tf.mul(tff(v), tw)));
  return [
    arrays("adjoint", () => [g(x, w).dataSync()]),
    arrays("@jax-js/jax", () => readJax(jg(jx.ref, jw.ref))),
    await xlaOf(slope, [x, w]),
    await numpyOf(`${row.numpy}_gradient`, [x, w]),
    arrays("tfjs", () => readTf(tf, () => tg(tx))),
    arrays("by hand", () => [row.gradient(data, weights)]),
  ];
}

export const elementwiseWorkloads: Workload[] = rows.flatMap((row) => [
  {
    name: row.name,
    group: "elementwise",
    text: `${row.text}; read the result.`,
    tolerance: 1e-5,
    make: () => forward(row),
  },
  {
    name: `${row.name} gradient`,
    group: "elementwise",
    text: `Gradient of: ${row.text}${isSum(row) ? "" : ", times weights, summed"}; read it.`,
    tolerance: 1e-5,
    make: () => gradient(row),
  },
]);
