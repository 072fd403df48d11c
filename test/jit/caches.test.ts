/** @file What is kept of programs is bounded: a process that calls with thousands of shapes does not grow. */
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { root } from "../util/source-graph.ts";

/** The heap in MiB, in the middle of the calls and after them. Shapes differ and arrays are small. */
const program = `
  import { grad, jit, numpy as np, vmap } from "./src/index.ts";
  const f = (x) => np.sum(np.sin(x).mul(x).add(np.exp(x.mul(-1))));
  const inner = jit(f);
  const kinds = { jit: jit(f), eager: f, derived: (x) => vmap(inner)(x), gradient: jit(grad(f)) };
  const g = kinds[process.env.KIND];
  const heap = async () => {
    await new Promise((done) => setTimeout(done, 50));
    gc();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const heaps = [];
  let calls = 0;
  for (let a = 1; a <= 16; a++)
    for (let b = 1; b <= 16; b++)
      for (let c = 1; c <= 8; c++) {
        g(np.full(process.env.KIND === "derived" ? [16 * (16 * a + b) + c, 2] : [a, b, c], 0.5));
        if (++calls % 512 === 0) heaps.push(await heap());
      }
  console.log(JSON.stringify(heaps));
`;

describe("2048 shapes", () => {
  it.each(["jit", "gradient", "derived", "eager"])(
    "%s",
    (kind) => {
      const text = execFileSync(
        process.execPath,
        ["--expose-gc", "--import", "tsx", "--input-type=module", "-e", program],
        { cwd: root, env: { ...process.env, KIND: kind }, encoding: "utf8" },
      );
      const heaps = JSON.parse(text) as number[];
      expect(Math.max(...heaps)).toBeLessThan(kind === "eager" ? 160 : 100);
      // What the second half of the calls adds: types of arrays, and kernels of single operations up to their bound
      // (8 192, of some 4 kB each; this half compiles 6 144).
      expect(heaps[3] - heaps[1]).toBeLessThan(kind === "eager" ? 30 : 10);
    },
    300_000,
  );
});
