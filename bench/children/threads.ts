/**
 * @file A process that computes with so many threads: `threads.ts <threads> <rounds>`. Prints the median time of each work
 * (nanoseconds), and a number made of all bits of its result: the same for any number of threads.
 */
import { availableParallelism } from "node:os";
import type * as Source from "../../src/index.ts";
import { normal32 } from "../lib/data.ts";
import { quartiles } from "../lib/measure.ts";

const [threads, rounds] = process.argv.slice(2).map(Number);
if (threads > availableParallelism()) throw new Error(`this machine does not run ${threads} threads at once`);

const built = new URL("../../dist/index.js", import.meta.url).href;
const { grad, init, jit, nn, numpy: np } = (await import(built)) as typeof Source;
await init({ threads });

const matrix = (n: number, seed: number): Source.Array => np.array(normal32(n * n, seed)).reshape([n, n]);
const chain = (x: Source.Array): Source.Array =>
  np.sum(
    np
      .tanh(x)
      .mul(x)
      .add(np.exp(np.square(x).neg())),
  );

const product = jit(np.matmul);
const [small, large, other] = [matrix(512, 1), matrix(1024, 2), matrix(1024, 3)];
const line = large.ravel();
const gradient = jit(grad(chain));
const softmax = jit((x: Source.Array) => nn.softmax(x, -1));

const works: Readonly<Record<string, () => Source.Array>> = {
  "product 512": () => product(small, small),
  "product 1024": () => product(large, other),
  "chain gradient": () => gradient(line),
  softmax: () => softmax(large),
};

/** A hash of all bits, as a number. */
function hash(x: Source.Array): number {
  let h = 0;
  for (const word of new Int32Array(x.dataSync().buffer)) h = (Math.imul(h, 31) + word) | 0;
  return h;
}

const printed: Record<string, number> = {};
for (const [name, work] of Object.entries(works)) {
  printed[`${name}: hash`] = hash(work());
  const times: number[] = [];
  for (let i = 0; i < 2 * rounds; i++) {
    const start = performance.now();
    // Threads are idle when this is not: the memory is given back at once, so that nothing else is measured.
    work().dispose();
    if (i >= rounds) times.push((performance.now() - start) * 1e6);
  }
  printed[name] = quartiles(times).median;
}
console.log(JSON.stringify(printed));
