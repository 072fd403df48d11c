/**
 * @file Matrix products in WebAssembly at every edge: small ones, around the sizes of tiles, panels and blocks, in every
 * layout. Operands are small whole numbers, so that each sum is exact in any order and results must be equal.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { init, jit, lax, nn, numpy as np } from "../../../src/index.ts";
import type { DType } from "../../../src/dtypes/dtype.ts";
import { ConcreteArray, type NDArray } from "../../../src/core/array.ts";
import type { DotDimensionNumbers } from "../../../src/lax/contractions/dot.ts";
import { shaped } from "../../../src/core/aval.ts";
import { allocate } from "../../../src/dtypes/dtype.ts";

beforeAll(() => init());

type A = NDArray;
type Float = "float32" | "float64";

/** Whole numbers from −4 to 4, different for each element. */
function whole(shape: readonly number[], dtype: DType, salt: number): A {
  const size = shape.reduce((n, d) => n * d, 1);
  const data = allocate(dtype, size);
  for (let i = 0; i < size; i++) data[i] = (((Math.imul(i + 1, 0x9e3779b1) ^ (salt * 7919)) >>> 11) % 9) - 4;
  return new ConcreteArray(shaped(shape, dtype), data);
}

/** Σₖ x[b, i, k] · y[b, k, j] with plain loops. */
function product(
  [batch, m, n, k]: readonly [number, number, number, number],
  x: (b: number, i: number, p: number) => number,
  y: (b: number, p: number, j: number) => number,
): Float64Array {
  const out = new Float64Array(batch * m * n);
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < m; i++)
      for (let p = 0; p < k; p++) {
        const left = x(b, i, p);
        for (let j = 0; j < n; j++) out[(b * m + i) * n + j] += left * y(b, p, j);
      }
  return out;
}

/** Where the operands have their axes: contracting and batch dimensions as `dotGeneral` takes them. */
interface Layout {
  readonly name: string;
  readonly a: (b: number, m: number, k: number) => number[];
  readonly b: (b: number, n: number, k: number) => number[];
  readonly dims: DotDimensionNumbers;
  /** Batched products have a first axis of their own in the result. */
  readonly batched: boolean;
}

const layouts: readonly Layout[] = [
  {
    name: "a·b",
    a: (_, m, k) => [m, k],
    b: (_, n, k) => [k, n],
    dims: [
      [[1], [0]],
      [[], []],
    ],
    batched: false,
  },
  {
    name: "aᵀ·b",
    a: (_, m, k) => [k, m],
    b: (_, n, k) => [k, n],
    dims: [
      [[0], [0]],
      [[], []],
    ],
    batched: false,
  },
  {
    name: "a·bᵀ",
    a: (_, m, k) => [m, k],
    b: (_, n, k) => [n, k],
    dims: [
      [[1], [1]],
      [[], []],
    ],
    batched: false,
  },
  {
    name: "aᵀ·bᵀ",
    a: (_, m, k) => [k, m],
    b: (_, n, k) => [n, k],
    dims: [
      [[0], [1]],
      [[], []],
    ],
    batched: false,
  },
  {
    name: "batches",
    a: (b, m, k) => [b, m, k],
    b: (b, n, k) => [b, k, n],
    dims: [
      [[2], [1]],
      [[0], [0]],
    ],
    batched: true,
  },
  {
    name: "batches in the last axes, transposed",
    a: (b, m, k) => [k, m, b],
    b: (b, n, k) => [n, k, b],
    dims: [
      [[0], [1]],
      [[2], [2]],
    ],
    batched: true,
  },
];

/** Reads an operand of any layout by its batch, free and contracted indices. */
function reader(
  x: A,
  contracted: number,
  batch: number | undefined,
): (b: number, free: number, p: number) => number {
  const data = x.dataSync();
  const strides = x.shape.map((_, i) => x.shape.slice(i + 1).reduce((s, d) => s * d, 1));
  const free = x.shape.findIndex((_, i) => i !== contracted && i !== batch);
  const batchStride = batch === undefined ? 0 : strides[batch];
  return (b, f, p) => data[b * batchStride + f * strides[free] + p * strides[contracted]];
}

function check(l: Layout, dtype: Float, m: number, n: number, k: number, batches = 1): void {
  const batch = l.batched ? batches : 1;
  const a = whole(l.a(batch, m, k), dtype, m + 31 * k);
  const b = whole(l.b(batch, n, k), dtype, n + 17 * k + 5);
  const got = jit((x: A, y: A) => lax.dotGeneral(x, y, l.dims), { backend: "wasm" })(a, b);
  const [[[ca], [cb]], [[ba], [bb]]] = l.dims;
  const right = reader(b, cb, bb);
  const want = product([batch, m, n, k], reader(a, ca, ba), (bi, p, j) => right(bi, j, p));
  expect(got.shape).toEqual(l.batched ? [batch, m, n] : [m, n]);
  const data = got.dataSync();
  const wrong = want.findIndex((w, i) => w !== data[i]);
  if (wrong >= 0)
    expect(`${data[wrong]} at ${wrong}`).toBe(`${want[wrong]}, ${m}×${k} · ${k}×${n} ${dtype} ${l.name}`);
}

describe("products of all small sizes", () => {
  const sizes = Array.from({ length: 20 }, (_, i) => i + 1);
  // Every pair of sizes of each two axes; the third goes through all sizes.
  it.each(sizes)("%i rows", (m) => {
    for (const n of sizes)
      for (const turn of [0, 1]) {
        const k = 1 + ((7 * m + 3 * n + 11 * turn) % 20);
        check(layouts[(m + n + turn) % 4], (m + n + turn) % 3 === 0 ? "float64" : "float32", m, n, k);
      }
  });
});

describe("tiles at the edges of packed products", () => {
  it.each(["float32", "float64"] as const)("%s", (dtype) => {
    for (let m = 8; m <= 20; m++)
      for (let n = 8 + (m % 2); n <= 34; n += 2) {
        const l = layouts[(m + n) % 4];
        check(l, dtype, m, n, Math.ceil(20_000 / (m * n)) + 1);
      }
  });
});

describe("blocks of packed products", () => {
  const around = { rows: [127, 128, 129, 130], steps: [255, 256, 257, 258], columns: [511, 512, 513, 514] };
  for (const dtype of ["float32", "float64"] as const) {
    it.each(around.rows)(`${dtype}, %i rows`, (m) => check(layouts[m % 4], dtype, m, 33, 40));
    it.each([...around.steps, 511, 512, 513, 514, 769])(`${dtype}, %i steps`, (k) =>
      check(layouts[k % 4], dtype, 19, 21, k),
    );
    it.each([...around.columns, 1025])(`${dtype}, %i columns`, (n) =>
      check(layouts[n % 4], dtype, 10, n, 12),
    );
    it(`${dtype}, several blocks in every direction`, () => {
      layouts.slice(0, 4).forEach((l, i) => check(l, dtype, 257 + i, 513 + i, 258 - i));
    });
  }
});

describe("layouts", () => {
  for (const l of layouts) {
    it(l.name, () => {
      for (const dtype of ["float32", "float64"] as const) {
        check(l, dtype, 5, 7, 9, 3);
        check(l, dtype, 33, 35, 37, 3);
        check(l, dtype, 130, 40, 260, 2);
        check(l, dtype, 1, 300, 200, 2);
        check(l, dtype, 300, 1, 200, 2);
        check(l, dtype, 40, 40, 1, 2);
      }
    });
  }
});

describe("what is computed while operands are packed and results written", () => {
  it.each(["float32", "float64"] as const)("%s", (dtype) => {
    const [m, n, k] = [67, 45, 83];
    const [a, b, bias] = [whole([m, k], dtype, 1), whole([k, n], dtype, 2), whole([n], dtype, 3)];
    const layer = (x: A, y: A, c: A): A => nn.relu(np.matmul(x.mul(2).sub(1), y.abs()).add(c));
    const got = jit(layer, { backend: "wasm" })(a, b, bias).dataSync();
    const [da, db, dc] = [a.dataSync(), b.dataSync(), bias.dataSync()];
    const want = product(
      [1, m, n, k],
      (_, i, p) => da[i * k + p] * 2 - 1,
      (_, p, j) => Math.abs(db[p * n + j]),
    ).map((v, i) => Math.max(0, v + dc[i % n]));
    expect(Array.from(got)).toEqual(Array.from(want));
  });

  it("a float16 product is rounded once", () => {
    const [m, n, k] = [40, 40, 40];
    const [a, b] = [whole([m, k], "float64", 1), whole([k, n], "float64", 2)];
    const run = (x: A, y: A): A => np.matmul(x.astype("float16"), y.astype("float16"));
    const got = jit(run, { backend: "wasm" })(a, b);
    expect(got.dtype).toBe("float16");
    expect(got.js()).toEqual(np.matmul(a, b).js());
  });

  it("integers wrap", () => {
    const x = np.full([40, 40], 30_000, "int32");
    const got = jit((a: A) => np.matmul(a, a), { backend: "wasm" })(x);
    expect(got.slice(0, 0).item()).toBe(Number(BigInt.asIntN(32, 40n * 30_000n ** 2n)));
  });
});
