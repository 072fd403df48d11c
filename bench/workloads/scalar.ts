/**
 * @file Small problems: one operation and one derivative as they are called, a compiled derivative, and Rosenbrock's function
 * with its gradient by the bare function, float64.
 */
import type { Array } from "../../src/index.ts";
import { jaxJs, readJax } from "../lib/jax-js.ts";
import { adjoint, jit } from "../lib/library.ts";
import { type Entry, type Workload, arrays, checksum } from "../lib/measure.ts";
import { numpyOf } from "../lib/numpy.ts";
import { type Tensor, readTf, tfJs } from "../lib/tfjs.ts";
import { xlaOf } from "../lib/xla.ts";

const { grad, numpy: np, valueAndGrad } = adjoint;

async function add(): Promise<Entry[]> {
  const jax = await jaxJs();
  const xs = Float64Array.from({ length: 10 }, (_, i) => i / 8);
  const ys = Float64Array.from({ length: 10 }, (_, i) => 1 - i / 4);
  const [x, y] = [np.array(xs), np.array(ys)];
  const float64 = { dtype: "float64" };
  const [jx, jy] = [jax.numpy.array(xs, float64), jax.numpy.array(ys, float64)];
  return [
    arrays("adjoint", () => [x.add(y).dataSync()]),
    arrays("@jax-js/jax", () => readJax(jx.ref.add(jy.ref))),
    await xlaOf((a: Array, b: Array) => a.add(b), [x, y]),
    await numpyOf("add", [x, y]),
    arrays("by hand", () => [addByHand(xs, ys)]),
  ];
}

function addByHand(xs: Float64Array, ys: Float64Array): Float64Array {
  const out = new Float64Array(xs.length);
  for (let i = 0; i < out.length; i++) out[i] = xs[i] + ys[i];
  return out;
}

const slopeByHand = (x: number): number => Math.sin(x) + x * Math.cos(x);

async function slope(isCompiled: boolean): Promise<Entry[]> {
  const [jax, tf] = [await jaxJs(), await tfJs()];
  const g = grad((x: Array) => np.sin(x).mul(x));
  const jg = jax.grad((x: ReturnType<typeof jax.numpy.sin>) => jax.numpy.sin(x.ref).mul(x));
  const tg = tf.grad((x: Tensor) => tf.mul(tf.sin(x), x));
  const [f, jf] = isCompiled ? [jit(g), jax.jit(jg)] : [g, jg];
  return [
    { name: "adjoint", call: () => f(0.7).item() },
    { name: "@jax-js/jax", call: () => jf(0.7).dataSync()[0] },
    await xlaOf(g, [np.array(0.7)]),
    await numpyOf("slope", [np.array(0.7)]),
    { name: "tfjs", call: () => readTf(tf, () => tg(tf.scalar(0.7)))[0][0] },
    { name: "by hand", call: () => slopeByHand(0.7) },
  ];
}

function rosenbrockByHand(x: Float64Array, gradient: Float64Array): number {
  let value = 0;
  let carried = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const a = x[i + 1] - x[i] * x[i];
    const b = 1 - x[i];
    value += 100 * a * a + b * b;
    gradient[i] = carried - 400 * a * x[i] - 2 * b;
    carried = 200 * a;
  }
  gradient[x.length - 1] = carried;
  return value;
}

async function rosenbrock(n: number): Promise<Entry[]> {
  const f = (x: Array): Array => {
    const [head, tail] = [x.slice([0, n - 1]), x.slice([1, n])];
    const [a, b] = [tail.sub(np.square(head)), head.neg().add(1)];
    return np.sum(np.square(a).mul(100).add(np.square(b)));
  };
  const x = Float64Array.from({ length: n }, (_, i) => Math.sin(i) / 2);
  const both = valueAndGrad(f);
  const bare = jit(both).lower(np.array(x)).compile().fn;
  const [gradient, gradientByHand] = [new Float64Array(n), new Float64Array(n)];
  return [
    {
      name: "adjoint",
      call: () => Number(bare(x, gradient)) + checksum(gradient),
      values: () => [[Number(bare(x, gradient))], gradient],
    },
    await xlaOf(both, [np.array(x)]),
    await numpyOf("rosenbrock", [np.array(x)]),
    {
      name: "by hand",
      call: () => rosenbrockByHand(x, gradientByHand) + checksum(gradientByHand),
      values: () => [[rosenbrockByHand(x, gradientByHand)], gradientByHand],
    },
  ];
}

const singlePrecision = 1e-6;

export const scalarWorkloads: Workload[] = [
  {
    name: "eager add",
    group: "scalar",
    text: "Add two arrays of 10 float64 elements, and read the result.",
    tolerance: 1e-15,
    make: add,
    absent: { tfjs: "it has no float64" },
  },
  {
    name: "eager grad",
    group: "scalar",
    text: "The derivative of sin(x)·x at a number, not compiled, and read it.",
    tolerance: singlePrecision,
    make: () => slope(false),
  },
  {
    name: "jit grad",
    group: "scalar",
    text: "The compiled derivative of sin(x)·x at a number, and read it.",
    tolerance: singlePrecision,
    make: () => slope(true),
  },
  ...[10, 100].map((n) => ({
    name: `rosenbrock ${n}`,
    group: "scalar",
    text: `Rosenbrock's function of ${n} variables and its gradient, by the bare function compile().fn.`,
    tolerance: 1e-13,
    make: () => rosenbrock(n),
    absent: { "@jax-js/jax": "it has no bare function", tfjs: "it has no bare function" },
  })),
];
