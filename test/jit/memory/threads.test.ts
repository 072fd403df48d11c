/** @file Threads share the loops of a program, and change no result. */
import { describe, expect, it } from "vitest";
import { grad, init, jit } from "../../../src/api/index.ts";
import type { NDArray } from "../../../src/core/array.ts";
import { ArgumentError } from "../../../src/base/errors.ts";
import * as nn from "../../../src/nn/index.ts";
import * as np from "../../../src/numpy/index.ts";
import { newModule } from "../../../src/loops/emit/wasm/generators/chosen.ts";
import { FunctionBuilder } from "../../../src/loops/emit/wasm/function.ts";
import { heap, isShared, views } from "../../../src/jit/memory/heap.ts";
import { type ParallelProgram, runParallel, threadCount } from "../../../src/jit/memory/threads.ts";
import { expectArraysClose } from "../../util/arrays.ts";

// Where the compiler was loaded without threads before (see test/util/backend-setup.ts) there is one thread.
await init({ threads: 2 });

const numbers = (shape: readonly number[], seed: number): NDArray =>
  np.reshape(
    np.sin(
      np
        .arange(
          shape.reduce((a, b) => a * b, 1),
          undefined,
          undefined,
          { dtype: "float32" },
        )
        .mul(seed),
    ),
    shape,
  );

const cases: readonly (readonly [string, (x: NDArray, y: NDArray) => NDArray, NDArray, NDArray])[] = [
  ["a product of matrices", (x, y) => np.matmul(x, y), numbers([200, 300], 1.3), numbers([300, 170], 0.7)],
  ["a batch of products", (x, y) => np.matmul(x, y), numbers([3, 130, 90], 1.3), numbers([3, 90, 75], 0.7)],
  ["rows in several passes", (x, y) => nn.softmax(x).mul(y), numbers([300, 700], 1.3), numbers([700], 0.3)],
  [
    "a gradient",
    grad((x: NDArray, y: NDArray) => np.sum(np.tanh(x.mul(y)).mul(np.exp(x.neg())))),
    numbers([100_000], 1.3),
    numbers([100_000], 0.3),
  ],
  ["a sum, which one thread adds up", (x, y) => np.sum(x.mul(y)), numbers([500_000], 1.1), numbers([1], 2)],
];

/** A module whose kernel counts for a while, then writes 1 to its block. This thread's part of it fails. */
function halfFailing(): ParallelProgram {
  const m = newModule(true);
  new FunctionBuilder(m, "setup", ["i32"]).finish();
  const f = new FunctionBuilder(m, "p0", ["i32", "i32", "i32", "i32"]);
  const steps = f.variable("i32");
  f.while(
    () => m.i32.lt_s(f.get(steps, "i32"), m.i32.const(200_000_000)),
    () => f.set(steps, m.i32.add(f.get(steps, "i32"), m.i32.const(1))),
  );
  f.push(m.i32.store(0, 4, f.get(0, "i32"), m.i32.const(1)));
  f.finish();
  for (const name of ["setup", "p0"]) m.addFunctionExport(name);
  const binary = m.emitBinary();
  m.dispose();
  const bytes = heap.allocate(binary.length);
  views().u8.set(binary, bytes);
  const run = (): never => {
    throw new RangeError("this part fails");
  };
  return { id: -1, bytes, length: binary.length, frame: 0, run };
}

describe("two threads", () => {
  it("run, on a shared heap", () => {
    expect(isShared()).toBe(threadCount() === 2);
  });
  for (const [name, f, x, y] of cases) {
    it(`compute ${name} as JavaScript does, the same each time`, () => {
      const run = jit(f, { backend: "wasm" });
      const first = run(x, y);
      expectArraysClose(first, jit(f, { backend: "js" })(x, y), 2e-4);
      for (let i = 0; i < 5; i++) expect(run(x, y).dataSync()).toEqual(first.dataSync());
    });
  }
  it.runIf(threadCount() === 2)("are both done when one of them has failed, and go on", () => {
    const program = halfFailing();
    const block = heap.allocate(64);
    views().i32[block / 4] = 0;
    expect(() => runParallel(program, 0, block, { lo: 0, hi: 10, step: 1, unit: 1 })).toThrow(
      "this part fails",
    );
    expect(views().i32[block / 4]).toBe(1);
    const [, f, x, y] = cases[0];
    expectArraysClose(jit(f, { backend: "wasm" })(x, y), jit(f, { backend: "js" })(x, y), 2e-4);
  });
  it("must be a sensible number", async () => {
    await expect(init({ threads: 0 })).rejects.toThrow(ArgumentError);
    await expect(init({ threads: 1.5 })).rejects.toThrow(ArgumentError);
  });
});
