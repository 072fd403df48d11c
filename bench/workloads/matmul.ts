/** @file Products of square matrices, in single and double precision. */
import { matmul } from "../lib/by-hand.ts";
import { normal64 } from "../lib/data.ts";
import { jaxJs, readJax } from "../lib/jax-js.ts";
import { adjoint, jit } from "../lib/library.ts";
import { type Entry, type Workload, arrays } from "../lib/measure.ts";
import { numpyOf } from "../lib/numpy.ts";
import { readTf, tfJs } from "../lib/tfjs.ts";
import { xlaOf } from "../lib/xla.ts";

const { numpy: np } = adjoint;

/** Larger ones by hand take seconds. */
const largestByHand = 512;

async function contenders(n: number, dtype: "float32" | "float64"): Promise<Entry[]> {
  const [jax, tf] = [await jaxJs(), await tfJs()];
  const Data = dtype === "float32" ? Float32Array : Float64Array;
  const [xs, ys] = [Data.from(normal64(n * n, 1)), Data.from(normal64(n * n, 2))];
  const [x, y] = [xs, ys].map((data) => np.array(data).reshape([n, n]));
  const [jx, jy] = [xs, ys].map((data) => jax.numpy.array(data, { dtype, shape: [n, n] }));
  const product = jit(np.matmul);
  const list: Entry[] = [
    arrays("adjoint", () => [product(x, y).dataSync()]),
    arrays("@jax-js/jax", () => readJax(jax.numpy.matmul(jx.ref, jy.ref))),
    await xlaOf(np.matmul, [x, y]),
    await numpyOf("matmul", [x, y]),
  ];
  if (dtype === "float32") {
    const [tx, ty] = [xs, ys].map((data) => tf.tensor(data as Float32Array, [n, n]));
    list.push(arrays("tfjs", () => readTf(tf, () => tf.matMul(tx, ty))));
  }
  if (n <= largestByHand) list.push(arrays("by hand", () => [matmul(new Data(n * n), xs, ys, n, n, n)]));
  return list;
}

export const matmulWorkloads: Workload[] = (["float32", "float64"] as const).flatMap((dtype) =>
  [64, 128, 256, 512, 1024].map((n) => ({
    name: `matmul ${dtype} ${n}`,
    group: "matmul",
    text: `Product of two ${n} × ${n} matrices, ${dtype}, and read it.`,
    tolerance: dtype === "float32" ? 1e-5 : 1e-13,
    flops: 2 * n ** 3,
    make: () => contenders(n, dtype),
    absent: {
      ...(dtype === "float64" ? { tfjs: "it has no float64" } : {}),
      ...(n > largestByHand ? { "by hand": "seconds per call" } : {}),
    },
  })),
);
