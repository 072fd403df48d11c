/** @file Any number of threads computes the same bits: whole processes with 1, 2, 3 and 4 threads are compared. */
import { availableParallelism } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BuiltLibrary } from "../../util/built.ts";

let library: BuiltLibrary;
beforeAll(() => {
  library = new BuiltLibrary();
});
afterAll(() => library.remove());

/** Runs every case, large enough to be shared, and prints a hash of what it gives. */
const program = (threads: number): string => `
  import { createHash } from "node:crypto";
  import { grad, init, jit, lax, nn, numpy as np, random } from "@/index.js";
  await init({ threads: ${threads} });
  const x = random.normal(random.key(7), [1003, 701]);
  const y = random.normal(random.key(8), [1003, 701], { dtype: "float32" });
  const z = random.normal(random.key(9), [67, 31, 131]);
  const at = random.randint(random.key(3), [90_001], 0, 701);
  const reductions = {
    sum: np.sum, mean: np.mean, var: np.var, std: np.std, prod: np.prod, max: np.max, min: np.min,
    argmax: np.argmax, any: (a, axis) => np.any(a.greater(3), axis), logsumexp: (a, axis) => nn.logsumexp(a, axis),
    softmax: nn.softmax, logSoftmax: nn.logSoftmax, cumsum: np.cumsum, cumprod: np.cumprod, sort: np.sort,
    median: np.median, norm: (a, axis) => np.linalg.norm(a, undefined, axis), standardize: (a, axis) => nn.standardize(a, axis),
  };
  const cases = {};
  for (const [name, f] of Object.entries(reductions)) {
    for (const [kind, a, axes] of [["f64", x, [0, 1]], ["f32", y, [0, 1]], ["3d", z, [1]]])
      for (const axis of axes) cases[name + " " + kind + " " + axis] = () => f(a, axis);
  }
  cases.everything = () => np.stack([x.sum(), np.var(x), x.max(), np.mean(x)]);
  cases.product = () => np.matmul(x.T, x);
  cases.products = () => np.matmul(np.matmul(y.T, y), y.T);
  cases.vector = () => np.matmul(x, x.slice(0));
  cases.layers = () => grad((w) => np.tanh(np.matmul(np.tanh(np.matmul(y, w)), w.T)).sum())(y.T.slice([0, 701], [0, 64]));
  cases.batch = () => np.einsum("bij,bkj->bik", z, z);
  cases.scatter = () => np.zeros([701]).at(at).add(np.sin(at.astype("float64")));
  cases.segments = () => np.bincount(at, { length: 701 });
  cases.convolution = () => lax.conv(z.reshape([1, 67, 31, 131]), z.slice([0, 5], [0, 31], [0, 67]).reshape([5, 67, 31, 1]).astype("float64"), [1, 1], "SAME");
  cases.fft = () => np.abs(np.fft.fft2(x));
  cases.elementwise = () => np.sin(x).mul(np.exp(x.neg())).add(np.tanh(x));
  cases.stencil = () => x.slice([1, 1003]).sub(x.slice([0, 1002])).mul(0.5);
  cases.gradient = () => grad((a) => np.log(np.exp(a).sum(0)).sum())(x);
  const out = {};
  for (const [name, f] of Object.entries(cases)) {
    try {
      const d = jit(f, { backend: "wasm" })().dataSync();
      out[name] = createHash("sha1").update(new Uint8Array(d.buffer, d.byteOffset, d.byteLength)).digest("hex");
    } catch (e) { out[name] = String(e); }
  }
  console.log(JSON.stringify(out));
`;

const hashes = (threads: number): Record<string, string> =>
  JSON.parse(library.run(program(threads))) as Record<string, string>;

/** How many threads there are after calls of `init` with these options. */
const started = (...calls: readonly string[]): string => `
  import { init } from "@/index.js";
  import { threadCount } from "@/jit/memory/threads.js";
  ${calls.map((options) => `await init(${options});`).join("\n")}
  console.log(threadCount());
`;

describe("the number of threads", () => {
  const count = (program: string, variables: Readonly<Record<string, string>> = {}): number =>
    Number(library.runWith(variables, program));

  it("is in Node what the process may use, if nobody says another", () => {
    expect(count(started(""), { ADJOINT_THREADS: "" })).toBe(Math.min(64, availableParallelism()));
    expect(count(started("", ""), { ADJOINT_THREADS: "3" })).toBe(3);
    expect(count(started("{ threads: 1 }", ""), { ADJOINT_THREADS: "3" })).toBe(1);
    expect(count(started("{ threads: 2 }", ""), { ADJOINT_THREADS: "3" })).toBe(2);
    expect(count(started("", "{ threads: 1 }"), { ADJOINT_THREADS: "2" })).toBe(2);
  });

  it("is checked where the environment says it", () => {
    const program = `
      import { init } from "@/index.js";
      console.log(await init().catch((e) => e.name + e.message));
    `;
    expect(library.runWith({ ADJOINT_THREADS: "many" }, program)).toMatch(
      /ArgumentError.*ADJOINT_THREADS is a whole number from 1 to 64; got "many"/,
    );
  });
});

describe("results of large programs", () => {
  it("have the same bits with 1, 2, 3 and 4 threads", { timeout: 300_000 }, () => {
    const one = hashes(1);
    expect(Object.values(one).filter((h) => !/^[0-9a-f]{40}$/.test(h))).toEqual([]);
    expect(Object.keys(one).length).toBeGreaterThan(100);
    for (const threads of [2, 3, 4]) expect(hashes(threads)).toEqual(one);
  });
});
