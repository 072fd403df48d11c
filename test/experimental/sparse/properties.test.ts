/** @file Whatever is computed of random sparse arrays equals what is computed of the dense ones: values, derivatives, lanes, compiled or not. */
import { describe, expect, it } from "vitest";
import {
  config,
  experimental,
  grad,
  jit,
  jvp,
  lax,
  numpy as np,
  tree,
  vmap,
  type Array as A,
} from "../../../src/index.ts";
import { Random } from "../../util/random.ts";

const { sparse } = experimental;
const { BCOO, BCSR, sparsify, todense } = sparse;
type Sparse = experimental.sparse.BCOO;

const r = new Random(11);
const numbers = (n: number): number[] => Array.from({ length: n }, () => r.uniform(0.2, 1));
const dense = (shape: readonly number[]): A =>
  np.array(numbers(shape.reduce((n, d) => n * d, 1)), { dtype: "float64" }).reshape(shape);

/** A random array: positions in no order, one of them twice, one outside, all in each lane. */
function messy(shape: readonly number[], nBatch = 0, nDense = 0, nse = 7): Sparse {
  const sizes = shape.slice(nBatch, shape.length - nDense);
  const lanes = shape.slice(0, nBatch);
  const count = lanes.reduce((n, d) => n * d, 1);
  const rows = Array.from({ length: count }, () => {
    const own = Array.from({ length: nse - 2 }, () => sizes.map((n) => Math.floor(r.uniform(0, n))));
    return [...own, own[0], sizes];
  });
  const indices = np.array(rows.flat(2), { dtype: "int32" }).reshape([...lanes, nse, sizes.length]);
  return new BCOO([dense([...lanes, nse, ...shape.slice(shape.length - nDense)]), indices], { shape });
}

function expectClose(got: A, want: A, tolerance = 1e-10): void {
  expect(got.shape).toEqual(want.shape);
  expect(got.dtype).toBe(want.dtype);
  if (want.size > 0) expect(np.abs(got.sub(want)).max().item()).toBeLessThan(tolerance);
}

const asDense = (x: unknown): A => (x instanceof sparse.JAXSparse ? x.todense() : (x as A));

/** A function of one array, and a layout of an array of a shape. */
type Program = readonly [name: string, f: (x: A) => A];

const matrices: readonly Program[] = [
  ["sin", (x) => np.sin(x)],
  ["tanh of a multiple", (x) => np.tanh(x.mul(3))],
  ["square", (x) => x.pow(2)],
  ["negative", (x) => x.neg()],
  ["transpose", (x) => x.T],
  ["sum", (x) => x.sum()],
  ["rows", (x) => x.sum(1)],
  ["columns", (x) => x.sum({ axis: 0, keepdims: true })],
  ["mean", (x) => x.mean(0)],
  ["matmul", (x) => x.matmul(np.linspace(1, 2, 15).reshape([5, 3]))],
  ["left matmul", (x) => np.linspace(1, 2, 8).reshape([2, 4]).matmul(x)],
  ["gram", (x) => x.matmul(x.T)],
  ["scaled rows", (x) => x.mul(np.arange(1, 5).astype("float64").reshape([4, 1]))],
  ["scaled columns", (x) => x.div(np.arange(1, 6).astype("float64"))],
  ["self product", (x) => x.mul(x)],
  ["product with its sine", (x) => x.mul(np.sin(x))],
  ["sum with a dense one", (x) => x.add(np.ones([4, 5]))],
  ["difference", (x) => x.mul(2).sub(np.sin(x))],
  ["reshape", (x) => x.reshape([2, 10])],
  ["part", (x) => x.slice([1, 4], [null, null, 2])],
  ["row", (x) => x.slice(2)],
  ["reversed", (x) => np.flip(x, [0, 1])],
  ["chosen rows", (x) => x.slice(np.array([2, 0, 2], { dtype: "int32" }))],
  ["concatenation", (x) => np.concatenate([x, x.mul(2)], 0)],
  ["stack", (x) => np.stack([x, x.mul(2)])],
  ["padded row", (x) => x.slice(1).reshape([1, 5])],
  ["made dense", (x) => np.exp(todense(x))],
  ["dynamic part", (x) => lax.dynamicSlice(x, [np.array(1, "int32"), 2], [2, 2])],
  ["loop", (x) => lax.foriLoop(0, 3, (_: A, c: A) => np.sin(c).mul(2), x)],
  [
    "while",
    (x) =>
      lax.whileLoop(
        ([i]: [A, A]) => i.less(3),
        ([i, c]: [A, A]) => [i.add(1), c.mul(1.5)] as const,
        [0, x] as const,
      )[1],
  ],
  ["scan", (x) => lax.scan((c: A, k: A) => [c.mul(k), c.sum(0)] as const, x, np.array([1, 2, 3]))[1]],
  [
    "branch",
    (x) =>
      lax.cond(
        x.sum().greater(0),
        (c: A) => c.mul(2),
        (c: A) => c.neg(),
        x,
      ),
  ],
  ["compiled inside", (x) => jit((c: A) => np.sinh(c).sum(1))(x)],
];

const positionsOf = (m: Sparse): A => sparse.bcooExtract(m, np.ones(m.shape), { assumeUnique: true }).data;

/** Values and derivatives of a program on a sparse array and on the dense one. */
function checkProgram(f: (x: A) => A, m: Sparse): void {
  const full = m.todense();
  const want = f(full);
  const program = sparsify(f) as unknown as (x: Sparse) => A | Sparse;
  expectClose(asDense(program(m)), want);
  expectClose(asDense(jit(program as never)(m as never)), want);
  const weights = np.linspace(0.5, 1.5, want.size).reshape(want.shape);
  const value = (x: Sparse): A => np.sum(np.multiply(weights, asDense(program(x))));
  const gradient = sparse.grad(value)(m);
  const byDense = grad((x: A) => np.sum(np.multiply(weights, f(x))))(full);
  // Each entry has the derivative at its position; padding has none.
  expectClose(gradient.data, sparse.bcooExtract(m, byDense, { assumeUnique: true }).data.mul(positionsOf(m)));
  expectClose(jit((x: Sparse) => sparse.grad(value)(x).data)(m), gradient.data);
  const tangent = np.cos(m.data);
  const moved = (d: A): A => asDense(program(new BCOO([d, m.indices], { shape: m.shape })));
  const [, pushed] = jvp(moved, [m.data], [tangent]);
  const along = new BCOO([tangent, m.indices], { shape: m.shape }).todense();
  expectClose(pushed, jvp(f, [full], [along])[1]);
}

describe("programs of sparse matrices", () => {
  it.each(matrices)("%s", (_, f) => {
    checkProgram(f, messy([4, 5]));
    checkProgram(f, BCOO.fromdense(dense([4, 5]).mul(dense([4, 5]).greater(0.6).astype("float64"))));
  });

  it("are the same without generated code", () => {
    config.with({ jitless: true }, () => {
      for (const [, f] of matrices.slice(0, 16)) {
        const m = messy([4, 5]);
        expectClose(asDense((sparsify(f) as unknown as (x: Sparse) => unknown)(m)), f(m.todense()));
      }
    });
  });

  it("have derivatives of second order", () => {
    const m = messy([4, 5]);
    const f = (x: A): A =>
      np
        .sin(x)
        .matmul(np.linspace(1, 2, 5))
        .pow(2)
        .sum();
    const g = (d: A): A => asDense(sparsify(f)(new BCOO([d, m.indices], { shape: m.shape })));
    const along = (h: (d: A) => A): A => grad((d: A) => grad(h)(d).mul(np.cos(d)).sum())(m.data);
    const byDense = (d: A): A => f(new BCOO([d, m.indices], { shape: m.shape }).todense());
    expectClose(along(g), along(byDense));
  });
});

/** Functions of arrays with batch axes, one lane at a time. */
const lanes: readonly Program[] = [
  ["sin", (x) => np.sin(x)],
  ["product with a vector", (x) => x.matmul(np.linspace(1, 2, 5))],
  ["sum", (x) => x.sum(0)],
  ["transpose", (x) => x.T],
  ["part", (x) => x.slice([1, 3])],
  ["gram", (x) => x.matmul(x.T)],
  ["concatenation", (x) => np.concatenate([x, x], 1)],
];

describe("lanes", () => {
  it.each(lanes)("%s", (_, f) => {
    const m = messy([3, 4, 5], 1);
    const one = sparsify(f) as unknown as (x: Sparse) => A | Sparse;
    const out = vmap(one as never)(m as never);
    const want = np.stack([0, 1, 2].map((i) => f(m.todense().slice(i))));
    expectClose(asDense(out), want);
    expectClose(asDense(jit(vmap(one as never) as never)(m as never)), want);
  });

  it("have their gradients", () => {
    const m = messy([3, 4, 5], 1);
    const v = np.linspace(1, 2, 5);
    const each = vmap(((x: Sparse) => sparse.grad((y: Sparse) => np.sin(y.matmul(v)).sum())(x)) as never)(
      m as never,
    ) as Sparse;
    expect(String(each)).toBe("BCOO(float64[3,4,5], nse=7, nBatch=1)");
    const want = grad((x: A) => np.sin(x.matmul(v)).sum())(m.todense());
    expectClose(each.data, sparse.bcooExtract(m, want, { assumeUnique: true }).data.mul(positionsOf(m)));
  });

  it("share what has size 1 along a batch axis", () => {
    const one = messy([4, 5]);
    const m = new BCOO([dense([3, 7]), one.indices.reshape([1, 7, 2])], { shape: [3, 4, 5] });
    const alone = np.stack(
      [0, 1, 2].map((i) => new BCOO([m.data.slice(i), one.indices], { shape: [4, 5] }).todense()),
    );
    expectClose(m.todense(), alone);
    expectClose(m.matmul(np.ones([5])), alone.matmul(np.ones([5])));
    expectClose(asDense(m.sum(0)), alone.sum(0));
    expectClose(m.updateLayout({ nBatch: 0 }).todense(), alone);
    expectClose(asDense(m.sumDuplicates().todense()), alone);
  });

  it("come along other axes, and from dense arrays", () => {
    const x = dense([4, 3, 5]);
    const m = vmap((y: A) => BCOO.fromdense(y, { nse: 20 }), 1)(x);
    expect(m.shape).toEqual([3, 4, 5]);
    expectClose(m.todense(), np.moveaxis(x, 1, 0));
    const two = messy([2, 3, 4, 5], 2);
    const inner = vmap(((y: Sparse) => y.matmul(np.ones([5]))) as never, 1)(two as never) as A;
    expectClose(inner, np.moveaxis(two.todense().sum(3), 1, 0));
  });
});

describe("sparse arrays in trees", () => {
  it("go through loops, over a batch axis too", () => {
    const m = messy([3, 4, 5], 1);
    const v = np.ones([5]);
    const [end, ys] = lax.scan((c: A, x: Sparse) => [c.add(x.sum()), x.matmul(v)] as const, 0, m as never);
    expectClose(end, m.todense().sum());
    expectClose(ys, m.todense().sum(2));
    const twice = lax.foriLoop(
      0,
      2,
      (_: A, c: Sparse) => c.mul(3) as never,
      messy([4, 5]) as never,
    ) as unknown as Sparse;
    expect(twice.shape).toEqual([4, 5]);
  });

  it("are flattened, and put together again", () => {
    const m = messy([4, 5]);
    const [leaves, def] = tree.flatten({ m, b: BCSR.fromBcoo(m) });
    expect(leaves.length).toBe(5);
    const back = tree.unflatten(def, leaves) as { readonly m: Sparse; readonly b: experimental.sparse.BCSR };
    expectClose(back.m.todense(), m.todense());
    expectClose(back.b.todense(), m.todense());
  });

  it("are compiled once for each shape", () => {
    let traces = 0;
    const f = jit((x: Sparse) => {
      traces++;
      return x.sum();
    }) as unknown as (x: Sparse) => A;
    f(messy([4, 5]));
    f(messy([4, 5]));
    expect(traces).toBe(1);
    f(messy([5, 4]));
    expect(traces).toBe(2);
  });
});

describe("layouts", () => {
  const shapes: readonly (readonly [readonly number[], number, number])[] = [
    [[3, 4, 5], 0, 0],
    [[3, 4, 5], 1, 0],
    [[3, 4, 5], 0, 1],
    [[2, 3, 4, 2], 1, 1],
    [[2, 3, 4], 2, 0],
  ];
  it("change without changing the array, and so do order and repetition", () => {
    for (const [shape, nBatch, nDense] of shapes) {
      const m = messy(shape, nBatch, nDense);
      const full = m.todense();
      for (let b = 0; b <= 2; b++)
        for (let d = 0; d + b <= shape.length; d++) {
          const other = m.updateLayout({ nBatch: b, nDense: d, onInefficient: null });
          expect([other.nBatch, other.nDense]).toEqual([b, d]);
          expectClose(other.todense(), full);
        }
      expectClose(m.sortIndices().todense(), full);
      expectClose(m.sumDuplicates({ removeZeros: false }).todense(), full);
      expectClose(m.sumDuplicates({ nse: 30 }).todense(), full);
      expectClose(BCOO.fromdense(full, { nBatch, nDense }).todense(), full);
    }
  });

  it("of compressed rows are those of coordinates", () => {
    const m = messy([3, 4, 5], 1);
    const rows = BCSR.fromBcoo(m);
    expectClose(rows.todense(), m.todense());
    expectClose(rows.toBcoo().todense(), m.todense());
    expectClose(rows.matmul(np.linspace(1, 2, 5)), m.todense().matmul(np.linspace(1, 2, 5)));
    expectClose(rows.sumDuplicates().todense(), m.todense());
    const f = sparsify((x: A) => np.sin(x).matmul(np.ones([5]))) as unknown as (x: typeof rows) => A;
    expectClose(f(rows), np.sin(m.todense()).matmul(np.ones([5])));
  });

  it("that are ambiguous for vmap are refused", () => {
    const m = new BCOO([dense([2, 1, 2]), np.zeros([2, 1, 2, 1], { dtype: "int32" })], { shape: [2, 3, 4] });
    expect(() => vmap(((x: Sparse) => x.todense()) as never)(m as never)).toThrow(/cannot be told/);
  });
});
