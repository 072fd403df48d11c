/**
 * @file What does a compiled program cost? A derivative at a number; Rosenbrock's function and its gradient through the bare
 * function; and a chain of element-wise operations over a quarter of a million elements, forward and gradient.
 */
import type { Array } from "../src/index.ts";
import { type JaxJsArray, jaxJs } from "./lib/jax-js.ts";
import { adjoint } from "./lib/library.ts";
import type { Question } from "./lib/measure.ts";

const { grad, jit, numpy: np, valueAndGrad } = adjoint;

/** The questions in order. */
export async function jitQuestions(): Promise<Question[]> {
  const jax = await jaxJs();
  return [slope(jax), rosenbrock(10), rosenbrock(100), chainValue(jax), chainGradient(jax)];
}

type Jax = Awaited<ReturnType<typeof jaxJs>>;

function slope(jax: Jax): Question {
  const compiled = jit(grad((x: Array) => np.sin(x).mul(x)));
  const jaxCompiled = jax.jit(jax.grad((x) => jax.numpy.sin(x.ref).mul(x)));
  const byHand = (x: number): number => Math.sin(x) + x * Math.cos(x);
  return {
    name: "jit grad",
    text: "jit(grad) of sin(x)·x at a number, and read the result.",
    contenders: [
      { name: "adjoint", call: () => Number(compiled(0.7)) },
      { name: "@jax-js/jax", call: () => jaxCompiled(0.7).dataSync()[0] },
      { name: "by hand", call: () => byHand(0.7) },
    ],
  };
}

/** Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)² and its gradient, into an array that is given. */
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

function rosenbrock(n: number): Question {
  const f = (x: Array): Array => {
    const [head, tail] = [x.slice([0, n - 1]), x.slice([1, n])];
    return np.sum(
      np
        .square(tail.sub(np.square(head)))
        .mul(100)
        .add(np.square(head.neg().add(1))),
    );
  };
  const x = Float64Array.from({ length: n }, (_, i) => Math.sin(i) / 2);
  const bare = jit(valueAndGrad(f)).lower(np.array(x)).compile().fn;
  const gradient = new Float64Array(n);
  const gradientByHand = new Float64Array(n);
  return {
    name: `jit rosenbrock ${n}`,
    text: `Rosenbrock's function of ${n} variables and its gradient, by compile().fn.`,
    contenders: [
      { name: "adjoint", call: () => Number(bare(x, gradient)) + checksum(gradient) },
      { name: "by hand", call: () => rosenbrockByHand(x, gradientByHand) + checksum(gradientByHand) },
    ],
  };
}

/** Some elements with signs: enough to notice a wrong one, and little to compute. */
function checksum(xs: ArrayLike<number>): number {
  const n = xs.length;
  return xs[0] - 2 * xs[n >> 1] + 3 * xs[n - 1];
}

const size = 2 ** 18;

/** Not even, so that what is summed does not cancel. */
const chainInput = (): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => ((i * 7919) % size) / size);

const chain = (x: Array): Array =>
  np.sum(
    np
      .tanh(x)
      .mul(x)
      .add(np.exp(np.square(x).neg())),
  );

const jaxChain =
  (jax: Jax) =>
  (x: JaxJsArray): JaxJsArray => {
    const { numpy } = jax;
    return numpy.sum(
      numpy
        .tanh(x.ref)
        .mul(x.ref)
        .add(numpy.exp(numpy.square(x).neg())),
    );
  };

function chainValue(jax: Jax): Question {
  const xs = chainInput();
  const x = np.array(xs);
  const jx = jax.numpy.array(xs, { dtype: "float32" });
  const compiled = jit(chain);
  const jaxCompiled = jax.jit(jaxChain(jax));
  return {
    name: "jit chain",
    text: "sum(tanh(x)·x + exp(−x²)) over 2^18 float32 elements, and read the result.",
    contenders: [
      { name: "adjoint", call: () => compiled(x).item() / size },
      // It adds up in single precision, which loses digits over so many terms; the others add in double.
      { name: "@jax-js/jax", call: () => jaxCompiled(jx.ref).dataSync()[0] / size, tolerance: 1e-3 },
      { name: "plain loop", call: () => chainByHand(xs) / size },
    ],
  };
}

function chainByHand(xs: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < xs.length; i++) sum += Math.tanh(xs[i]) * xs[i] + Math.exp(-xs[i] * xs[i]);
  return sum;
}

function chainGradient(jax: Jax): Question {
  const xs = chainInput();
  const x = np.array(xs);
  const jx = jax.numpy.array(xs, { dtype: "float32" });
  const compiled = jit(grad(chain));
  const jaxCompiled = jax.jit(jax.grad(jaxChain(jax)));
  return {
    name: "jit chain gradient",
    text: "The gradient of sum(tanh(x)·x + exp(−x²)) over 2^18 float32 elements, and read it.",
    contenders: [
      { name: "adjoint", call: () => checksum(compiled(x).dataSync()) },
      { name: "@jax-js/jax", call: () => checksum(jaxCompiled(jx.ref).dataSync()) },
      { name: "plain loop", call: () => checksum(chainGradientByHand(xs)) },
    ],
  };
}

function chainGradientByHand(xs: Float32Array): Float32Array {
  const out = new Float32Array(xs.length);
  for (let i = 0; i < xs.length; i++) {
    const x = xs[i];
    const t = Math.tanh(x);
    out[i] = t + x * (1 - t * t) - 2 * x * Math.exp(-x * x);
  }
  return out;
}
