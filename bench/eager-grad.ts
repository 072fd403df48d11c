/**
 * @file What does a derivative cost without compiling the whole function? grad of sin(x)·x at a number, read back.
 */
import type { Array } from "../src/index.ts";
import { jaxJs } from "./lib/jax-js.ts";
import type { Question } from "./lib/measure.ts";
import { adjoint } from "./lib/library.ts";

const { grad, numpy: np } = adjoint;

export async function eagerGrad(): Promise<Question> {
  const jax = await jaxJs();
  const slope = grad((x: Array) => np.sin(x).mul(x));
  const jaxSlope = jax.grad((x) => jax.numpy.sin(x.ref).mul(x));
  const byHand = (x: number): number => Math.sin(x) + x * Math.cos(x);

  return {
    name: "eager grad",
    text: "grad of sin(x)·x at a number, and read the result.",
    contenders: [
      { name: "adjoint", call: () => Number(slope(0.7)) },
      { name: "@jax-js/jax", call: () => jaxSlope(0.7).dataSync()[0] },
      { name: "by hand", call: () => byHand(0.7) },
    ],
  };
}
