/**
 * @file Sorting beside `Array.prototype.sort`, in every mode: dtypes, lengths on both sides of each algorithm's, special
 * values, stability, several keys, both directions.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { config } from "../../src/base/config.ts";
import { type DType, type Scalar } from "../../src/dtypes/dtype.ts";
import type { NDArray } from "../../src/core/array.ts";
import { grad, init, jit, lax, numpy as np, vmap } from "../../src/index.ts";
import { integerLimits } from "../../src/loops/ir/values.ts";
import { array, flat } from "../util/arrays.ts";
import { Random } from "../util/random.ts";

beforeAll(() => init());

type F = (...xs: NDArray[]) => readonly NDArray[];

const modes: Readonly<Record<string, (f: F, ...xs: NDArray[]) => readonly NDArray[]>> = {
  "one at a time": (f, ...xs) => f(...xs),
  js: (f, ...xs) => jit((...ys: NDArray[]) => [...f(...ys)], { backend: "js" })(...xs),
  wasm: (f, ...xs) => jit((...ys: NDArray[]) => [...f(...ys)], { backend: "wasm" })(...xs),
  interpreter: (f, ...xs) => config.with({ jitless: true }, () => f(...xs)),
};

const dtypes = "bool int8 uint8 int16 uint16 int32 uint32 float16 bfloat16 float32 float64".split(
  " ",
) as DType[];

/** Numbers before NaN, −0 equal to 0. */
const compare = (a: number, b: number): number =>
  a !== a || b !== b ? Number(a !== a) - Number(b !== b) : Number(a > b) - Number(a < b);

/** The stable order of positions 0 … n − 1 by several keys. */
const orderBy = (n: number, keys: readonly (readonly number[])[], sign = 1): number[] =>
  Array.from({ length: n }, (_, i) => i).sort((i, j) => {
    for (const key of keys) {
      const c = compare(key[i], key[j]);
      if (c !== 0) return sign * c;
    }
    return i - j;
  });

const specials = [0, -0, NaN, Infinity, -Infinity, 1, -1, 5e-324, -6e-8, 65504, 1 + 2 ** -30];

/** Values of which many are equal, and the extremes of the dtype. */
function draw(dtype: DType, n: number, random: Random): NDArray {
  const next = (): Scalar => {
    if (dtype === "bool") return random.int(0, 1);
    if (dtype.includes("float")) {
      const kind = random.int(0, 3);
      if (kind === 0) return specials[random.int(0, specials.length - 1)];
      return kind === 1 ? random.int(-9, 9) : random.uniform(-1, 1) * 10 ** random.int(-4, 4);
    }
    const [lo, hi] = integerLimits(dtype);
    if (typeof lo === "bigint" || typeof hi === "bigint") {
      const wide = (BigInt(random.int(-(2 ** 31), 2 ** 31)) << 32n) + BigInt(random.int(0, 2 ** 32 - 1));
      return [lo, hi, 0n, BigInt(random.int(0, 9)), wide][random.int(0, 4)];
    }
    const kind = random.int(0, 3);
    return kind === 0 ? [lo, hi, 0][random.int(0, 2)] : kind === 1 ? random.int(0, 9) : random.int(lo, hi);
  };
  return array([n], Array.from({ length: n }, next), dtype);
}

const positions = (n: number): NDArray => lax.iota("int32", n);

/** Every element is the same number: NaN is NaN, −0 is not 0. */
function expectOrder(got: NDArray, from: readonly number[], order: readonly number[], what: string): void {
  const values = flat(got);
  const wrong = order.findIndex((p, i) => !Object.is(values[i], from[p]));
  expect(`${what}: ${values.length} values, wrong at ${wrong}`).toBe(
    `${what}: ${order.length} values, wrong at -1`,
  );
}

function check(run: (f: F, ...xs: NDArray[]) => readonly NDArray[], x: NDArray, other: NDArray): void {
  const n = x.size;
  const [v, w] = [flat(x), flat(other)];
  const up = orderBy(n, [v]);
  const [sorted] = run((a) => [lax.sort(a)], x);
  expectOrder(sorted, v, up, `sort of ${x.aval.short()}`);
  const [keys, places] = run((a) => lax.sortKeyVal(a, positions(n)), x);
  expectOrder(keys, v, up, "keys");
  expect(flat(places)).toEqual(up);
  const [top, where] = run((a) => lax.topK(a, n), x);
  const down = orderBy(n, [v], -1);
  expectOrder(top, v, down, "largest");
  expect(flat(where)).toEqual(down);
  const both = orderBy(n, [w, v]);
  const [first, second, third] = run((a, b) => lax.sort([b, a, positions(n)], { numKeys: 2 }), x, other);
  expect(flat(third)).toEqual(both);
  expectOrder(first, w, both, "first of two keys");
  expectOrder(second, v, both, "second of two keys");
}

const lengths = [0, 1, 2, 3, 40, 41, 63, 64, 65, 80, 81, 127, 128, 1000];

for (const [mode, run] of Object.entries(modes)) {
  describe(`sorting, ${mode}`, () => {
    for (const dtype of dtypes) {
      it(`of ${dtype}`, () => {
        const random = new Random(dtype);
        for (const n of lengths) check(run, draw(dtype, n, random), draw("float32", n, random));
      });
    }
    it("of long rows", { timeout: 120_000 }, () => {
      const n = mode === "interpreter" ? 8192 : 100_000;
      const random = new Random("long");
      for (const dtype of ["float64", "int16"] as const)
        check(run, draw(dtype, n, random), draw("int8", n, random));
    });
    it("along every axis", () => {
      for (const n of [5, 130]) {
        const x = np.reshape(draw("float32", 6 * n, new Random("axes")), [2, n, 3]);
        const [got] = run((a) => [lax.sort(a, { dimension: 1 })], x);
        for (const [i, k] of [0, 1].flatMap((a) => [0, 1, 2].map((b) => [a, b]))) {
          const column = flat(x.slice(i, [], k));
          expectOrder(got.slice(i, [], k), column, orderBy(n, [column]), `column ${i}, ${k}`);
        }
      }
    });
    it("the first few of rows of every length", () => {
      const random = new Random("few");
      for (const dtype of ["float32", "float64", "uint8"] as const)
        for (const n of [3, 41, 100, 1000])
          for (const k of [0, 1, 2, 16, 17, 25, 250, n - 1].filter((few) => few < n)) {
            const x = draw(dtype, n, random);
            const [values, places] = run((a) => lax.topK(a, k), x);
            const order = orderBy(n, [flat(x)], -1).slice(0, k);
            expect(flat(places)).toEqual(order);
            expectOrder(values, flat(x), order, `${k} largest of ${x.aval.short()}`);
          }
    });
    it("NaNs come last, whatever their bits", () => {
      const n = 100;
      const words = Array.from({ length: n }, (_, i) =>
        i % 3 === 0 ? -1 - i : i % 3 === 1 ? 0x7fc00000 + i : i,
      );
      const [got, places] = run(
        (bits) => {
          const x = lax.bitcastConvertType(bits, "float32");
          return lax.sortKeyVal(x, positions(n));
        },
        array([n], words, "int32"),
      );
      const numbers = words.filter((_, i) => i % 3 === 2).length;
      expect(flat(got).map((v) => v !== v)).toEqual(words.map((_, i) => i >= numbers));
      const nans = flat(places).slice(numbers);
      expect(nans).toEqual([...nans].sort((a, b) => a - b));
    });
  });
}

describe("derivatives and batches of long sorts", () => {
  const x = draw("int16", 200, new Random("derivative")).astype("float64").add(positions(200).div(1000));
  it("follow the permutation", () => {
    const weights = np.arange(200);
    const slopes = grad((a: NDArray) => np.sum(np.sort(a).mul(weights)))(x);
    const order = orderBy(200, [flat(x)]);
    const want = new Array<number>(200).fill(0);
    order.forEach((p, i) => (want[p] = i));
    expect(flat(slopes)).toEqual(want);
  });
  it("of the first few", () => {
    const largest = grad((a: NDArray) => np.sum(lax.topK(a, 20)[0]));
    const order = orderBy(200, [flat(x)], -1);
    const want = new Array<number>(200).fill(0);
    for (const p of order.slice(0, 20)) want[p] = 1;
    expect(flat(largest(x))).toEqual(want);
    const rows = np.stack([x, x.neg()], 1);
    const [values] = vmap((a: NDArray) => lax.topK(a, 20), 1)(rows);
    expect(flat(values.slice(0))).toEqual(order.slice(0, 20).map((p) => flat(x)[p]));
  });
  it("sort each row", () => {
    const rows = np.stack([x, x.neg()]);
    const got = vmap((a: NDArray) => np.sort(a))(rows);
    expect(flat(got.slice(1))).toEqual(
      flat(x)
        .map((v) => -v)
        .sort(compare),
    );
  });
});

describe("what is built on sorting", () => {
  it("complex numbers order by real, then imaginary parts", () => {
    const random = new Random("complex");
    const [re, im] = [draw("float32", 300, random), draw("float32", 300, random)];
    const sorted = np.sortComplex(lax.complex(re, im));
    const order = orderBy(300, [flat(re), flat(im)]);
    expectOrder(np.real(sorted), flat(re), order, "real parts");
    expectOrder(np.imag(sorted), flat(im), order, "imaginary parts");
  });
  it("medians and distinct values", () => {
    const values = Array.from({ length: 1001 }, (_, i) => ((i * 379) % 1001) - 500);
    expect(np.median(array([1001], values)).item()).toBe(0);
    const repeated = array(
      [1001],
      values.map((v) => v % 7),
      "int32",
    );
    expect(flat(np.unique(repeated))).toEqual([-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6]);
  });
});
