/**
 * @file Arrays in the heap: they survive being spilled, share blocks with their reshapes, are freed by `dispose`, by
 * `using`, and by donation to none; a use afterwards is an error.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { config, init, jit, lax, numpy as np } from "../../../src/index.ts";
import { ConcreteArray, type NDArray } from "../../../src/core/array.ts";
import type { DType } from "../../../src/dtypes/dtype.ts";
import { DisposedError } from "../../../src/base/errors.ts";
import { HeapStorage, LEAST_LIMIT, heapStats, setHeapLimit } from "../../../src/jit/memory/storage.ts";
import { array, flat } from "../../util/arrays.ts";
import { Random } from "../../util/random.ts";

type A = NDArray;

const before = config.values.backend;
beforeAll(() => init());
beforeEach(() => config.update({ backend: "wasm" }));
afterEach(() => {
  setHeapLimit(LEAST_LIMIT);
  config.update({ backend: before });
});

/** 16 KiB of numbers that tell arrays apart. */
const size = 2048;
const numbered = (k: number): A => lax.iota("float64", size).add(k);
const inHeap = (x: A): boolean => x instanceof ConcreteArray && x.storage instanceof HeapStorage;
const first = (x: A): number => (x as ConcreteArray).dataSync()[0];

describe("spilling", () => {
  it("keeps every array as it was, however often it moves", () => {
    const little = heapStats().usedBytes + 8 * size * 8;
    setHeapLimit(little);
    const xs = Array.from({ length: 40 }, (_, k) => numbered(k));
    expect(xs.every(inHeap)).toBe(true);
    const random = new Random("spill");
    const want = xs.map((_, k) => k);
    for (let step = 0; step < 400; step++) {
      const [i, j] = [random.int(0, 39), random.int(0, 39)];
      setHeapLimit(little);
      xs[i] = xs[i].add(xs[j].slice(0)).mul(0.5);
      want[i] = (want[i] + want[j]) / 2;
    }
    xs.forEach((x, k) => {
      expect(flat(x)).toEqual(Array.from({ length: size }, (_, i) => flatAt(x, i)));
      expect(first(x)).toBe(want[k]);
    });
  });

  /** Element i of a copy of the array made by a compiled program. */
  const copies = new WeakMap<A, readonly number[]>();
  function flatAt(x: A, i: number): number {
    let copy = copies.get(x);
    if (copy === undefined) copies.set(x, (copy = flat(x.add(0))));
    return copy[i];
  }

  it("holds the heap near its limit", () => {
    const base = heapStats().usedBytes;
    setHeapLimit(base + 10 * size * 8);
    let x = numbered(0);
    for (let i = 0; i < 200; i++) x = x.add(1);
    expect(first(x)).toBe(200);
    expect(heapStats().usedBytes).toBeLessThanOrEqual(base + 11 * size * 8);
  });

  it("ends once the limit has grown to what the program works on", () => {
    setHeapLimit(1);
    numbered(0);
    setHeapLimit(heapStats().usedBytes + 4 * size * 8);
    const xs = Array.from({ length: 12 }, (_, k) => numbered(k));
    const inHeapAfter = (rounds: number): number => {
      for (let i = 0; i < rounds; i++) for (const x of xs) expect(first(x.add(i))).toBe(first(x) + i);
      return xs.filter((x) => inHeap(x) && ((x as ConcreteArray).storage as HeapStorage).use() !== null)
        .length;
    };
    expect(inHeapAfter(0)).toBeLessThan(xs.length);
    inHeapAfter(4);
    const { limitBytes } = heapStats();
    expect(inHeapAfter(4)).toBe(xs.length);
    expect(heapStats().limitBytes).toBe(limitBytes);
  });

  it("leaves alone what a call uses, even above the limit", () => {
    setHeapLimit(1);
    const xs = Array.from({ length: 6 }, (_, k) => numbered(k));
    const run = jit((...args: A[]) => [lax.concatenate(args, 0), args.reduce((a, b) => a.add(b))], {
      backend: "wasm",
    });
    for (let i = 0; i < 3; i++) {
      const [all, sum] = run(...xs);
      expect(flat(all)).toEqual(xs.flatMap((x) => flat(x)));
      expect(flat(sum)).toEqual(Array.from({ length: size }, (_, k) => 6 * k + 15));
    }
    expect(first(run(xs[3], xs[3], xs[3])[1])).toBe(9);
  });

  it("does not touch data that was read before", () => {
    setHeapLimit(1);
    const x = numbered(7);
    const read = x.dataSync();
    numbered(1).add(2);
    numbered(3).add(x);
    expect(read[0]).toBe(7);
    expect(Array.from(x.dataSync())).toEqual(Array.from(read));
  });

  it("of every dtype", () => {
    const dtypes: DType[] = [
      "bool",
      "int8",
      "uint8",
      "int16",
      "uint16",
      "int32",
      "uint32",
      "float16",
      "bfloat16",
    ];
    for (const dtype of [...dtypes, "float32", "float64"] as const) {
      const values = Array.from({ length: 8192 }, (_, i) => (dtype === "bool" ? i % 2 : i % 100));
      setHeapLimit(LEAST_LIMIT);
      const x = lax.rev(array([8192], values, dtype), [0]);
      expect(inHeap(x), dtype).toBe(true);
      setHeapLimit(1);
      numbered(1);
      numbered(2);
      expect(flat(x), dtype).toEqual(values.reverse());
      expect(flat(lax.rev(x, [0])), dtype).toEqual([...values].reverse());
    }
  });
});

describe("dispose", () => {
  it("frees the block at once; a use afterwards is an error", () => {
    const x = numbered(0);
    const { usedBytes } = heapStats();
    x.dispose();
    expect(heapStats().usedBytes).toBe(usedBytes - size * 8);
    expect(() => x.add(1)).toThrow(DisposedError);
    expect(() => x.dataSync()).toThrow(DisposedError);
    expect(() => jit((a: A) => a.mul(2), { backend: "wasm" })(x)).toThrow(DisposedError);
    expect(() => jit((a: A) => a.mul(2), { backend: "js" })(x)).toThrow(DisposedError);
    expect(String(x)).toContain("disposed");
    const now = heapStats().usedBytes;
    x.dispose();
    expect(heapStats().usedBytes).toBe(now);
  });

  it("of an argument that stands beside others leaves these alone", () => {
    const [x, y] = [numbered(0), numbered(1)];
    x.dispose();
    expect(() => y.add(x)).toThrow(DisposedError);
    expect(first(y.add(y))).toBe(2);
  });

  it("of a reshape leaves the other one alone, in either order", () => {
    for (const firstGoes of [true, false]) {
      const x = numbered(5);
      const { usedBytes } = heapStats();
      const y = x.reshape([2, -1]);
      expect(heapStats().usedBytes).toBe(usedBytes);
      const [gone, kept] = firstGoes ? [x, y] : [y, x];
      gone.dispose();
      expect(heapStats().usedBytes).toBe(usedBytes);
      expect(() => gone.add(1)).toThrow(DisposedError);
      expect(flat(kept)[size - 1]).toBe(size + 4);
      expect(first(kept.add(1))).toBe(6);
      const now = heapStats().usedBytes;
      kept.dispose();
      expect(heapStats().usedBytes).toBe(now - size * 8);
    }
  });

  it("of spilled arrays and their reshapes", () => {
    const x = numbered(5);
    const y = x.reshape([2, -1]);
    setHeapLimit(1);
    numbered(1);
    numbered(2);
    x.dispose();
    expect(first(y)).toBe(5);
    expect(first(y.add(1))).toBe(6);
    y.dispose();
    expect(() => y.add(1)).toThrow(DisposedError);
  });

  it("happens at the end of a block with `using`", () => {
    const outer = numbered(1);
    outer.add(1).dispose();
    const { usedBytes } = heapStats();
    {
      using x = outer.add(1);
      expect(first(x)).toBe(2);
      expect(heapStats().usedBytes).toBe(usedBytes + size * 8);
    }
    expect(heapStats().usedBytes).toBe(usedBytes);
  });
});

describe("blocks", () => {
  it("are shared by arrays of another shape, also through spilling", () => {
    const x = numbered(0);
    const y = x.reshape([32, 64]);
    const z = y.reshape([64, 32]);
    setHeapLimit(1);
    numbered(1);
    numbered(2);
    for (const a of [z, x, y]) expect(flat(a.add(1))).toEqual(Array.from({ length: size }, (_, i) => i + 1));
  });

  it("come back when a call fails", () => {
    const x = numbered(0);
    x.dispose();
    const { usedBytes } = heapStats();
    const f = jit((a: A) => [a.add(1), a.mul(2)], { backend: "wasm" });
    for (let i = 0; i < 5; i++) expect(() => f(x)).toThrow(DisposedError);
    // Its frame stays with the program.
    expect(heapStats().usedBytes - usedBytes).toBeLessThan(size * 8);
  });

  it("are not needed by small arrays and numbers", () => {
    const { arrays } = heapStats();
    const x = jit((a: A, b: A) => [a.mul(b), b.add(1)], { backend: "wasm" })(np.arange(100), 3);
    expect(flat(x[0])[99]).toBe(297);
    expect(heapStats().arrays).toBe(arrays);
  });
});

describe("results given to the bare function's caller", () => {
  it("are written where the caller says, whatever the heap does meanwhile", () => {
    const { fn } = jit((a: A) => [a.mul(2), a.sum()], { backend: "wasm" })
      .lower(numbered(0))
      .compile();
    const input = Float64Array.from({ length: size }, (_, i) => i);
    const out = new Float64Array(size);
    setHeapLimit(1);
    for (let i = 0; i < 3; i++) {
      numbered(i);
      expect(fn(input, out)).toBe((size * (size - 1)) / 2);
      expect(out[size - 1]).toBe(2 * (size - 1));
      expect(input[1]).toBe(1);
    }
  });
});
