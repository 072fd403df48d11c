/** @file Work on a million elements that is not element by element: sorting, running sums, random numbers; float32. */
import type { Array } from "../../src/index.ts";
import { normal32, uniform32 } from "../lib/data.ts";
import { type JaxJsArray, jaxJs, readJax } from "../lib/jax-js.ts";
import { adjoint, jit } from "../lib/library.ts";
import { type Entry, type Workload, arrays } from "../lib/measure.ts";
import { numpyOf } from "../lib/numpy.ts";
import { readTf, tfJs } from "../lib/tfjs.ts";
import { xlaOf } from "../lib/xla.ts";

const { numpy: np, random } = adjoint;

const size = 2 ** 20;

async function sort(): Promise<Entry[]> {
  const [jax, tf] = [await jaxJs(), await tfJs()];
  const data = uniform32(size);
  const x = np.array(data);
  const jx = jax.numpy.array(data, { dtype: "float32" });
  const tx = tf.tensor1d(data);
  const sorted = (v: Array): Array => np.sort(v);
  const f = jit(sorted);
  const jf = jax.jit((v: JaxJsArray) => jax.numpy.sort(v));
  return [
    arrays("adjoint", () => [f(x).dataSync()]),
    arrays("@jax-js/jax", () => readJax(jf(jx.ref))),
    await xlaOf(sorted, [x]),
    await numpyOf("sort", [x]),
    arrays("tfjs", () => readTf(tf, () => tf.neg(tf.topk(tf.neg(tx), size, true).values))),
    arrays("by hand", () => [data.slice().sort()]),
  ];
}

async function cumsum(): Promise<Entry[]> {
  const [jax, tf] = [await jaxJs(), await tfJs()];
  const data = uniform32(size);
  const x = np.array(data);
  const jx = jax.numpy.array(data, { dtype: "float32" });
  const tx = tf.tensor1d(data);
  const sums = (v: Array): Array => np.cumsum(v);
  const f = jit(sums);
  const jf = jax.jit((v: JaxJsArray) => jax.numpy.cumsum(v));
  return [
    arrays("adjoint", () => [f(x).dataSync()]),
    arrays("@jax-js/jax", () => readJax(jf(jx.ref))),
    await xlaOf(sums, [x]),
    await numpyOf("cumsum", [x]),
    arrays("tfjs", () => readTf(tf, () => tf.cumsum(tx))),
    arrays("by hand", () => [cumsumByHand(data)]),
  ];
}

function cumsumByHand(data: Float32Array): Float32Array {
  const out = new Float32Array(data.length);
  let sum = 0;
  for (let i = 0; i < data.length; i++) out[i] = sum += data[i];
  return out;
}

/** Mean, variance, and the part beyond 2: generators differ, what they draw from does not. */
function statistics(xs: ArrayLike<number>): number[][] {
  let [sum, squares, beyond] = [0, 0, 0];
  for (let i = 0; i < xs.length; i++) {
    sum += xs[i];
    squares += xs[i] ** 2;
    if (Math.abs(xs[i]) > 2) beyond++;
  }
  return [[sum / xs.length, squares / xs.length, beyond / xs.length]];
}

async function normal(): Promise<Entry[]> {
  const [jax, tf] = [await jaxJs(), await tfJs()];
  const [key, jaxKey] = [random.key(3).data, jax.random.key(3)];
  const draw = (k: Array): Array => random.normal(k, [size], { dtype: "float32" });
  const f = jit(draw);
  const jf = jax.jit((k: JaxJsArray) => jax.random.normal(k, [size]));
  const draws = {
    adjoint: () => f(key).dataSync(),
    "@jax-js/jax": () => readJax(jf(jaxKey.ref))[0],
    tfjs: () => readTf(tf, () => tf.randomNormal([size], 0, 1, "float32", 3))[0],
    "by hand": () => normal32(size, 3),
  };
  const inPython = [await xlaOf(draw, [key]), await numpyOf("normal", [key])];
  return [
    ...Object.entries(draws).map(([name, numbers]) => ({
      ...arrays(name, () => [numbers()]),
      values: () => statistics(numbers()),
    })),
    ...inPython.map((c) =>
      "absent" in c ? c : { ...c, values: async () => statistics((await c.values())[0]) },
    ),
  ];
}

async function fourier(): Promise<Entry[]> {
  const x = np.array(normal32(size, 1)).astype("complex64");
  const transform = (v: Array): Array => np.fft.fft(v);
  const f = jit(transform);
  return [
    arrays("adjoint", () => [f(x).dataSync()]),
    await xlaOf(transform, [x]),
    await numpyOf("fft", [x], { scipy: true }),
  ];
}

async function gather(): Promise<Entry[]> {
  const x = np.array(normal32(size, 1)).reshape([1024, 1024]);
  const indices = np.array(Int32Array.from({ length: size }, (_, i) => size - 1 - i));
  const take = (v: Array, at: Array): Array => np.take(np.flip(v, 0).T.reshape([-1]), at);
  const f = jit(take);
  return [
    arrays("adjoint", () => [f(x, indices).dataSync()]),
    await xlaOf(take, [x, indices]),
    await numpyOf("gather", [x, indices]),
  ];
}

const bins = 1024;

async function scatterAdd(): Promise<Entry[]> {
  const x = np.array(normal32(size, 1));
  const indices = np.array(Int32Array.from(uniform32(size, 2), (u) => Math.floor(u * bins)));
  const sums = (v: Array, at: Array): Array => np.zeros([bins], { dtype: "float32" }).at(at).add(v);
  const f = jit(sums);
  return [
    arrays("adjoint", () => [f(x, indices).dataSync()]),
    await xlaOf(sums, [x, indices]),
    await numpyOf("scatter_add", [x, indices]),
  ];
}

const onlyInPython = { "@jax-js/jax": "measured beside XLA only", tfjs: "measured beside XLA only" };

export const arrayWorkloads: Workload[] = [
  {
    name: "sort",
    group: "arrays",
    text: "Sort 2^20 float32 numbers, and read them.",
    tolerance: 0,
    make: sort,
  },
  {
    name: "cumsum",
    group: "arrays",
    text: "Running sums of 2^20 float32 numbers, and read them.",
    tolerance: 1e-3,
    make: cumsum,
  },
  {
    name: "random normal",
    group: "arrays",
    text: "2^20 normally distributed float32 numbers from a key, and read them.",
    tolerance: 5e-3,
    make: normal,
  },
  {
    name: "fft",
    group: "arrays",
    text: "Fourier transform of 2^20 complex64 numbers, and read it.",
    tolerance: 1e-5,
    make: fourier,
    absent: onlyInPython,
  },
  {
    name: "gather",
    group: "arrays",
    text: "2^20 float32 elements of a 1024 × 1024 matrix, flipped and transposed, at indices that are given; read them.",
    tolerance: 0,
    make: gather,
    absent: onlyInPython,
  },
  {
    name: "scatter-add",
    group: "arrays",
    text: "2^20 float32 numbers added to 1 024 at random places, and read them.",
    tolerance: 1e-4,
    make: scatterAdd,
    absent: onlyInPython,
  },
];
