/**
 * @file A convolution: 32 images of 16 channels, 32 × 32, with 32 kernels of 3 × 3, padded to the same size, float32; and the
 * gradient of half the sum of squares with respect to images and kernels.
 */
import type { Array } from "../../src/index.ts";
import { normal32 } from "../lib/data.ts";
import { type JaxJsArray, jaxJs, readJax } from "../lib/jax-js.ts";
import { adjoint, jit } from "../lib/library.ts";
import { type Entry, type Workload, arrays } from "../lib/measure.ts";
import { numpyOf } from "../lib/numpy.ts";
import { readTf, tfJs } from "../lib/tfjs.ts";
import { xlaOf } from "../lib/xla.ts";

const { grad, lax, numpy: np } = adjoint;

const [images, channels, side, kernels, window] = [32, 16, 32, 32, 3];
const imageShape = [images, channels, side, side];
const kernelShape = [kernels, channels, window, window];

const inputs = (): [Float32Array, Float32Array] => [
  normal32(images * channels * side * side, 1),
  normal32(kernels * channels * window * window, 2, 0.1),
];

/** Axes in another order. */
function permuted(x: ArrayLike<number>, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, k) => shape.slice(k + 1).reduce((a, b) => a * b, 1));
  const [d0, d1, d2, d3] = order.map((k) => shape[k]);
  const [s0, s1, s2, s3] = order.map((k) => strides[k]);
  const out = new Float32Array(x.length);
  let at = 0;
  for (let i = 0; i < d0; i++)
    for (let j = 0; j < d1; j++)
      for (let k = 0; k < d2; k++)
        for (let l = 0; l < d3; l++) out[at++] = x[i * s0 + j * s1 + k * s2 + l * s3];
  return out;
}

const conv = (x: Array, w: Array): Array => lax.conv(x, w, [1, 1], "SAME");

async function forward(): Promise<Entry[]> {
  const [jax, tf] = [await jaxJs(), await tfJs()];
  const [xs, ws] = inputs();
  const [x, w] = [np.array(xs).reshape(imageShape), np.array(ws).reshape(kernelShape)];
  const jx = jax.numpy.array(xs, { dtype: "float32", shape: imageShape });
  const jw = jax.numpy.array(ws, { dtype: "float32", shape: kernelShape });
  // its layout of images and kernels has channels last
  const tx = tf.tensor4d(permuted(xs, imageShape, [0, 2, 3, 1]), [images, side, side, channels]);
  const tw = tf.tensor4d(permuted(ws, kernelShape, [2, 3, 1, 0]), [window, window, channels, kernels]);
  const f = jit(conv);
  const jf = jax.jit((a: JaxJsArray, b: JaxJsArray) => jax.lax.conv(a, b, [1, 1], "SAME"));
  const tensorFlow = arrays("tfjs", () => readTf(tf, () => tf.conv2d(tx, tw, 1, "same")));
  return [
    arrays("adjoint", () => [f(x, w).dataSync()]),
    arrays("@jax-js/jax", () => readJax(jf(jx.ref, jw.ref))),
    await xlaOf(conv, [x, w]),
    await numpyOf("convolution", [x, w]),
    {
      ...tensorFlow,
      values: () => [permuted(tensorFlow.values?.()[0] ?? [], [images, side, side, kernels], [0, 3, 1, 2])],
    },
    arrays("by hand", () => [forwardByHand(xs, ws)]),
  ];
}

async function gradient(): Promise<Entry[]> {
  const jax = await jaxJs();
  const [xs, ws] = inputs();
  const args = [np.array(xs).reshape(imageShape), np.array(ws).reshape(kernelShape)];
  const jargs = [
    jax.numpy.array(xs, { dtype: "float32", shape: imageShape }),
    jax.numpy.array(ws, { dtype: "float32", shape: kernelShape }),
  ];
  const slope = grad(([x, w]: Array[]) => np.sum(np.square(conv(x, w))).mul(0.5));
  const g = jit(slope);
  const jg = jax.jit(
    jax.grad(([x, w]: JaxJsArray[]) =>
      jax.numpy.sum(jax.numpy.square(jax.lax.conv(x, w, [1, 1], "SAME"))).mul(0.5),
    ),
  );
  return [
    arrays("adjoint", () => g(args).map((a) => a.dataSync())),
    arrays("@jax-js/jax", () => readJax(...jg(jargs.map((a) => a.ref)))),
    await xlaOf(slope, [args]),
    await numpyOf("convolution_gradient", args),
    arrays("by hand", () => gradientByHand(xs, ws)),
  ];
}

/** Calls `row` for each pair of rows that are multiplied with one weight: their starts, and how long they overlap. */
function eachRow(row: (weight: number, from: number, to: number, count: number) => void): void {
  for (let n = 0; n < images; n++)
    for (let o = 0; o < kernels; o++)
      for (let c = 0; c < channels; c++)
        for (let k = 0; k < window * window; k++) {
          const [dy, dx] = [Math.floor(k / window) - 1, (k % window) - 1];
          const weight = (o * channels + c) * window * window + k;
          const skip = Math.max(0, -dx);
          for (let i = Math.max(0, -dy); i < side - Math.max(0, dy); i++) {
            const from = ((n * channels + c) * side + i + dy) * side + skip + dx;
            row(weight, from, ((n * kernels + o) * side + i) * side + skip, side - Math.abs(dx));
          }
        }
}

function forwardByHand(x: Float32Array, w: Float32Array): Float32Array {
  const out = new Float32Array(images * kernels * side * side);
  eachRow((weight, from, to, count) => {
    const factor = w[weight];
    for (let j = 0; j < count; j++) out[to + j] += factor * x[from + j];
  });
  return out;
}

function gradientByHand(x: Float32Array, w: Float32Array): [Float32Array, Float32Array] {
  const y = forwardByHand(x, w);
  const [dx, dw] = [new Float32Array(x.length), new Float64Array(w.length)];
  eachRow((weight, from, to, count) => {
    const factor = w[weight];
    let sum = 0;
    for (let j = 0; j < count; j++) {
      dx[from + j] += factor * y[to + j];
      sum += x[from + j] * y[to + j];
    }
    dw[weight] += sum;
  });
  return [dx, Float32Array.from(dw)];
}

const shapes = "[32, 16, 32, 32] with [32, 16, 3, 3], float32";
const flops = 2 * images * kernels * channels * window ** 2 * side ** 2;

export const convolutionWorkloads: Workload[] = [
  {
    name: "convolution",
    group: "networks",
    text: `Convolution of ${shapes}, and read it.`,
    tolerance: 1e-5,
    flops,
    make: forward,
  },
  {
    name: "convolution gradient",
    group: "networks",
    text: `Gradient of ½Σ of squares of the convolution of ${shapes}, with respect to both; read it.`,
    tolerance: 1e-4,
    flops: 3 * flops,
    make: gradient,
    absent: { tfjs: "its wasm backend has no gradient with respect to the kernels" },
  },
];
