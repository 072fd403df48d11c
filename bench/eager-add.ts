/**
 * @file What does one operation cost? Two float64 arrays of ten elements are added and the sum is read back.
 */
import { jaxJs } from "./lib/jax-js.ts";
import type { Question } from "./lib/measure.ts";
import { adjoint } from "./lib/library.ts";

const { numpy: np } = adjoint;

export async function eagerAdd(): Promise<Question> {
  const jax = await jaxJs();
  const xs = Float64Array.from({ length: 10 }, (_, i) => i / 8);
  const ys = Float64Array.from({ length: 10 }, (_, i) => 1 - i / 4);
  const [x, y] = [np.array(xs), np.array(ys)];
  const float64 = { dtype: "float64" };
  const [jx, jy] = [jax.numpy.array(xs, float64), jax.numpy.array(ys, float64)];

  return {
    name: "eager add",
    text: "Add two arrays of 10 elements and read the result.",
    contenders: [
      { name: "adjoint", call: () => x.add(y).dataSync()[7] },
      { name: "@jax-js/jax", call: () => jx.ref.add(jy.ref).dataSync()[7] },
      { name: "plain loop", call: () => plainAdd(xs, ys)[7] },
    ],
  };
}

function plainAdd(xs: Float64Array, ys: Float64Array): Float64Array {
  const out = new Float64Array(xs.length);
  for (let i = 0; i < out.length; i++) out[i] = xs[i] + ys[i];
  return out;
}
