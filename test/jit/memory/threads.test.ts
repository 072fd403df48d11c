/** @file Threads share the loops of a program, and change no result. */
import { describe, expect, it } from "vitest";
import { grad, init, jit } from "../../../src/api/index.ts";
import type { NDArray } from "../../../src/core/array.ts";
import { ArgumentError, ThreadsError } from "../../../src/base/errors.ts";
import * as nn from "../../../src/nn/index.ts";
import * as np from "../../../src/numpy/index.ts";
import { newModule } from "../../../src/loops/emit/wasm/generators/chosen.ts";
import type { Ref } from "../../../src/loops/emit/wasm/generators/module.ts";
import { FunctionBuilder } from "../../../src/loops/emit/wasm/function.ts";
import { heap, isShared, views } from "../../../src/jit/memory/heap.ts";
import { Pace } from "../../../src/jit/memory/pace.ts";
import {
  type ParallelProgram,
  runParallel,
  setPatience,
  threadCount,
} from "../../../src/jit/memory/threads.ts";
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

/** The words of a block that kernels written here use. */
const word = { begun: 0, done: 1, stay: 2 };

/**
 * A module whose kernel says that it has begun, counts for a while (as long as it is told to stay), and says that it is done.
 * It is not for this thread, whose part is `run`.
 */
function workersModule(id: number, run: () => void): ParallelProgram {
  const m = newModule(true);
  new FunctionBuilder(m, "setup", ["i32"]).finish();
  const f = new FunctionBuilder(m, "p0", ["i32", "i32", "i32", "i32"]);
  const steps = f.variable("i32");
  const block = (): Ref => f.get(0, "i32");
  f.push(m.i32.store(4 * word.begun, 4, block(), m.i32.const(1)));
  f.while(
    () =>
      m.i32.or(
        m.i32.lt_s(f.get(steps, "i32"), m.i32.const(200_000_000)),
        m.i32.load(4 * word.stay, 4, block()),
      ),
    () => f.set(steps, m.i32.add(f.get(steps, "i32"), m.i32.const(1))),
  );
  f.push(m.i32.store(4 * word.done, 4, block(), m.i32.const(1)));
  f.finish();
  for (const name of ["setup", "p0"]) m.addFunctionExport(name);
  const binary = m.emitBinary();
  m.dispose();
  const bytes = heap.allocate(binary.length);
  views().u8.set(binary, bytes);
  return { id, bytes, length: binary.length, frame: 0, paces: [new Pace()], run };
}

const loop = { lo: 0, hi: 2, step: 1, unit: 1 };

function newBlock(): number {
  const block = heap.allocate(64);
  views().i32.fill(0, block / 4, block / 4 + 3);
  return block;
}

/** Returns when the worker has begun its part. */
function untilBegun(block: number): void {
  while (Atomics.load(views().i32, block / 4 + word.begun) === 0);
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
  const itWithThreads = it.runIf(threadCount() === 2);
  itWithThreads("are both done when one of them has failed, and go on", () => {
    const block = newBlock();
    const program = workersModule(-1, () => {
      untilBegun(block);
      throw new RangeError("this part fails");
    });
    expect(() => runParallel(program, 0, block, loop)).toThrow("this part fails");
    expect(views().i32[block / 4 + word.done]).toBe(1);
    const [, f, x, y] = cases[0];
    expectArraysClose(jit(f, { backend: "wasm" })(x, y), jit(f, { backend: "js" })(x, y), 2e-4);
  });
  itWithThreads("leave to the calling one what no other can begin", () => {
    const bytes = heap.allocate(64);
    views().u8.fill(7, bytes, bytes + 64);
    const seen: number[] = [];
    const run = (_kernel: number, _block: number, lo: number, hi: number): void => {
      for (let i = lo; i < hi; i++) seen.push(i);
    };
    // No worker can compile these bytes.
    runParallel({ id: -2, bytes, length: 64, frame: 0, paces: [new Pace()], run }, 0, newBlock(), {
      ...loop,
      hi: 13,
    });
    expect(seen).toEqual(Array.from({ length: 13 }, (_, i) => i));
  });
  itWithThreads("cannot become three", async () => {
    await expect(init({ threads: 2 })).resolves.toBe(true);
    await expect(init({ threads: 3 })).rejects.toThrow(ThreadsError);
  });
  it("must be a sensible number", async () => {
    await expect(init({ threads: 0 })).rejects.toThrow(ArgumentError);
    await expect(init({ threads: 1.5 })).rejects.toThrow(ArgumentError);
  });
  itWithThreads("end with an error when one of them does not come back, and one goes on", () => {
    const block = newBlock();
    views().i32[block / 4 + word.stay] = 1;
    const program = workersModule(-3, () => untilBegun(block));
    setPatience({ start: 10_000, part: 300 });
    expect(() => runParallel(program, 0, block, loop)).toThrow(ThreadsError);
    expect(threadCount()).toBe(1);
    const [, f, x, y] = cases[1];
    expectArraysClose(jit(f, { backend: "wasm" })(x, y), jit(f, { backend: "js" })(x, y), 2e-4);
  });
});
