/**
 * @file A process that makes arrays of 4 MB in a loop, with one library: `memory.ts <library> <loop> <steps>`. Prints the
 * largest size of the process and that at the end (bytes), time per step, and a number made from the result.
 *
 * Loops: `eager` calls operations, `jit` a compiled training step; neither ever yields to the event loop. `async` is `jit` with
 * a turn of the event loop after every tenth step.
 */
import { setImmediate, setTimeout } from "node:timers/promises";
import type { Array } from "../../src/index.ts";
import { type JaxJsArray, jaxJs } from "../lib/jax-js.ts";
import { type Tensor, tfJs } from "../lib/tfjs.ts";

const [library, loop, steps] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const size = 2 ** 20;
const rate = 0.01;
const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i));

interface Run {
  readonly step: () => void;
  readonly read: () => ArrayLike<number>;
}

async function adjointRun(): Promise<Run> {
  const { adjoint, jit } = await import("../lib/library.ts");
  const { grad, numpy: np } = adjoint;
  const target = np.array(data);
  let w = np.zeros([size], { dtype: "float32" });
  const loss = (v: Array, t: Array): Array => np.sum(np.square(v.sub(t))).mul(0.5);
  const train = jit((v: Array, t: Array): Array => v.sub(grad(loss)(v, t).mul(rate)));
  const step = (): void => {
    w = loop === "eager" ? w.mul(1 - rate).add(target.mul(rate)) : train(w, target);
  };
  return { step, read: () => w.dataSync() };
}

async function jaxRun(): Promise<Run> {
  const jax = await jaxJs();
  const target = jax.numpy.array(data, { dtype: "float32" });
  let w = jax.numpy.zeros([size], { dtype: "float32" });
  const loss = (v: JaxJsArray, t: JaxJsArray): JaxJsArray =>
    jax.numpy.sum(jax.numpy.square(v.sub(t))).mul(0.5);
  const gradient = jax.grad(loss);
  const train = jax.jit((v: JaxJsArray, t: JaxJsArray): JaxJsArray => v.ref.sub(gradient(v, t).mul(rate)));
  const step = (): void => {
    w = loop === "eager" ? w.mul(1 - rate).add(target.ref.mul(rate)) : train(w, target.ref);
    w.ref.dataSync(); // nothing is computed before it is read
  };
  return { step, read: () => w.dataSync() };
}

async function tfRun(): Promise<Run> {
  const tf = await tfJs();
  const target = tf.tensor1d(data);
  let w: Tensor = tf.zeros([size]);
  const gradient = tf.grad((v: Tensor) => tf.mul(tf.sum(tf.square(tf.sub(v, target))), 0.5));
  const step = (): void => {
    const last = w;
    w = tf.tidy(() =>
      loop === "eager"
        ? tf.add(tf.mul(last, 1 - rate), tf.mul(target, rate))
        : tf.sub(last, tf.mul(gradient(last), rate)),
    );
    last.dispose();
  };
  return { step, read: () => w.dataSync() };
}

const runs: Readonly<Record<string, () => Promise<Run>>> = {
  adjoint: adjointRun,
  "@jax-js/jax": jaxRun,
  tfjs: tfRun,
};

const { step, read } = await runs[library]();
let peak = 0;
const start = performance.now();
for (let i = 0; i < steps; i++) {
  step();
  if (loop === "async" && i % 10 === 9) await setImmediate();
  if (i % 20 === 0) peak = Math.max(peak, process.memoryUsage.rss());
}
const ms = performance.now() - start;
peak = Math.max(peak, process.memoryUsage.rss());
const result = read();
const check = result[1] - 2 * result[size >> 1] + 3 * result[size - 1];
for (let i = 0; i < 5; i++) await setTimeout(50);
console.log(JSON.stringify({ peak, end: process.memoryUsage.rss(), nsPerStep: (ms * 1e6) / steps, check }));
