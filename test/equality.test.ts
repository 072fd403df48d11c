/**
 * @file What test tools and copies see of arrays: unequal ones are never equal to Node's assert, chai, vitest and jest, and
 * structuredClone and messages to workers keep the data.
 */
import assert from "node:assert";
import { isDeepStrictEqual } from "node:util";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import { expect as jestExpect } from "expect";
import { beforeAll, chai, describe, expect, it } from "vitest";
import { type Array as NDArray, grad, init, jit, jvp, lax, numpy as np, random, tree } from "../src/index.ts";
import { equalityTesters } from "../src/testing.ts";

beforeAll(async () => {
  await init();
  expect.addEqualityTesters([...equalityTesters]);
});

/** A large array in shared memory, as compiled programs return. */
const inHeap = (value: number): NDArray =>
  jit((x: NDArray) => np.exp(x).mul(value), { backend: "wasm" })(np.zeros([50_000]));

const same: readonly (readonly [string, () => NDArray | random.Key])[] = [
  ["a number", () => np.array(2)],
  ["a vector", () => np.array([1, 2])],
  [
    "a matrix",
    () =>
      np.array([
        [1, 2],
        [3, 4],
      ]),
  ],
  ["float32", () => np.array([1, 2], "float32")],
  ["bfloat16", () => np.array([1, 2], "bfloat16")],
  ["whole numbers", () => np.array([1, 2], "int32")],
  ["bools", () => np.array([true, false])],
  ["complex numbers", () => lax.complex(np.array([1, 2]), np.array([0, 1]))],
  ["nothing", () => np.zeros([0])],
  ["nothing, in rows", () => np.zeros([2, 0])],
  ["shared memory", () => inHeap(2)],
  ["what an eager operation made", () => np.array([1, 2]).add(1).mul(2)],
  ["a key", () => random.key(3)],
];

const others: readonly (readonly [string, () => NDArray, () => NDArray])[] = [
  ["one element", () => np.array([1, 2]), () => np.array([1, 3])],
  ["a number", () => np.array(1), () => np.array(2)],
  ["the dtype", () => np.array([1, 2]), () => np.array([1, 2], "float32")],
  ["the shape", () => np.array([[1, 2]]), () => np.array([1, 2])],
  [
    "an imaginary part",
    () => lax.complex(np.array([1]), np.array([1])),
    () => lax.complex(np.array([1]), np.array([2])),
  ],
  ["one of many elements", () => inHeap(1), () => inHeap(1).at(49_999).set(2)],
  ["empty shapes", () => np.zeros([2, 0]), () => np.zeros([0])],
  ["a NaN", () => np.array([NaN, 1]), () => np.array([1, 1])],
  ["an operation", () => np.array([1, 2]).add(1), () => np.array([1, 2]).add(2)],
];

const judges: Readonly<Record<string, (a: unknown, b: unknown) => boolean>> = {
  "util.isDeepStrictEqual": isDeepStrictEqual,
  "assert.deepStrictEqual": (a, b) => passes(() => assert.deepStrictEqual(a, b)),
  "assert.deepEqual": (a, b) => passes(() => assert.deepEqual(a, b)),
  "chai's deep.equal": (a, b) => chai.util.eql(a, b),
  toEqual: (a, b) => passes(() => expect(a).toEqual(b)),
  toStrictEqual: (a, b) => passes(() => expect(a).toStrictEqual(b)),
  toContainEqual: (a, b) => passes(() => expect([a]).toContainEqual(b)),
  "jest's toEqual": (a, b) => jestFailure(() => jestExpect(a).toEqual(b)) === null,
  "jest's toStrictEqual": (a, b) => jestFailure(() => jestExpect(a).toStrictEqual(b)) === null,
};

/** What jest says of two that differ; an error of ours on the way passes through. */
function jestFailure(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (e) {
    if (!(e instanceof Error) || !("matcherResult" in e)) throw e;
    return e.message;
  }
}

function passes(check: () => void): boolean {
  try {
    check();
    return true;
  } catch (e) {
    if (!(e instanceof Error) || !e.name.startsWith("Assertion")) throw e;
    return false;
  }
}

describe("equality", () => {
  for (const [judge, equal] of Object.entries(judges)) {
    it(`is seen by ${judge}`, () => {
      for (const [name, make] of same) {
        expect([name, equal(make(), make())]).toEqual([name, true]);
        expect([name, equal({ x: [make()] }, { x: [make()] })]).toEqual([name, true]);
      }
    });
    it(`is not seen by ${judge} where there is none`, () => {
      for (const [name, a, b] of others) {
        // Loose equality knows no dtypes.
        if (name === "the dtype" && judge === "assert.deepEqual") continue;
        expect([name, equal(a(), b())]).toEqual([name, false]);
        expect([name, equal({ x: [a()] }, { x: [b()] })]).toEqual([name, false]);
      }
      expect(equal(np.array([1]), [1])).toBe(false);
      expect(equal(np.array(1), 1)).toBe(false);
    });
  }

  it("of an array that moves to shared memory stays", () => {
    const x = np.ones([50_000]).mul(3);
    const before = np.ones([50_000]).mul(3);
    jit((y: NDArray) => np.exp(y), { backend: "wasm" })(x);
    expect(isDeepStrictEqual(x, before)).toBe(true);
    expect(isDeepStrictEqual(x, inHeap(2))).toBe(false);
  });
});

describe("jest", () => {
  const said = (a: unknown, b: unknown): string => jestFailure(() => jestExpect(a).toEqual(b)) ?? "";

  it("prints what differs", () => {
    for (const [name, a, b] of others) {
      if (name === "empty shapes") continue;
      expect(said(a(), b()), name).toMatch(/\n- .*\n/);
      expect(said({ x: [a()] }, { x: [b()] }), name).toMatch(/\n- .*\n/);
    }
    expect(said(np.array([1, 2]), np.array([1, 3]))).toMatch(/-\s+3,\n\+\s+2,/);
    expect(said(np.array(1), np.array(2))).toMatch(/- 2\n\+ 1/);
    expect(
      said(lax.complex(np.array([1]), np.array([1])), lax.complex(np.array([1]), np.array([2]))),
    ).toMatch(/-\s+"im": 2,\n\+\s+"im": 1,/);
    expect(said(random.key(1), random.key(2))).toMatch(/-\s+2,\n\+\s+1,/);
    expect(said(random.split(random.key(1)), random.split(random.key(2)))).toContain("Key {");
    expect(said(np.array([1]), [1])).not.toBe("");
  });

  it("prints disposed arrays and traced values", () => {
    const gone = np.array([1, 2]);
    gone.dispose();
    expect(said(gone, np.array([1, 2]))).toContain("null");
    const seen: string[] = [];
    grad((x: NDArray) => {
      seen.push(said(x, np.array(1)));
      return x;
    })(1);
    expect(seen[0]).toContain("Tracer");
  });
});

const viaMessage = (x: unknown): unknown => {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(x);
  const received: unknown = receiveMessageOnPort(port2)?.message;
  port1.close();
  return received;
};

describe("copies", () => {
  for (const [how, copy] of [
    ["structuredClone", structuredClone],
    ["postMessage", viaMessage],
  ] as const) {
    it(`by ${how} come back as they were`, () => {
      for (const [name, make] of same) {
        const x = make();
        const back = tree.fromClone(copy({ list: [x, x], name, none: null })) as { list: unknown[] };
        expect(back).toEqual({ list: [x, x], name, none: null });
        expect(back.list[0]).toBeInstanceOf(x.constructor);
        expect(back.list[0]).toBe(back.list[1]);
      }
    });
  }

  it("of a large array do not take the memory that it lies in with them", () => {
    const { contents } = structuredClone(inHeap(1)) as unknown as { contents: Float64Array };
    expect(contents.buffer.byteLength).toBe(8 * 50_000);
  });

  it("of traced values are refused", () => {
    const copying = (x: NDArray): NDArray => {
      structuredClone(x);
      return x;
    };
    for (const run of [
      () => grad(copying)(1),
      () => jit(copying)(1),
      () => jvp(copying, [np.array(1)], [np.array(1)]),
    ])
      expect(run).toThrow("a traced value");
  });

  it("of an array that was disposed of are an error when they are read", () => {
    const x = np.array([1, 2]);
    x.dispose();
    expect(() => tree.fromClone(structuredClone(x))).toThrow("disposed");
  });
});
