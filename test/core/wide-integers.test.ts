/** @file int64 and uint64 as users meet them: literals, reading, JSON and copies, weak BigInts, transformations. */
import { beforeAll, describe, expect, it } from "vitest";
import {
  type Array as NDArray,
  config,
  grad,
  init,
  jit,
  jvp,
  lax,
  makeJaxpr,
  numpy as np,
  random,
  tree,
  vmap,
} from "../../src/index.ts";

const big = 2n ** 60n + 1n;
const x = np.array([1n, -2n, big]);

describe("values", () => {
  it("come from BigInts, lists and typed arrays of them", () => {
    expect(String(x)).toBe(
      "Array([                  1,                  -2, 1152921504606846977], dtype=int64)",
    );
    expect(np.array([1n, 2n ** 63n]).dtype).toBe("uint64");
    expect(np.array([true, 2n]).dtype).toBe("int64");
    expect(np.array([1, 2n]).dtype).toBe("float64");
    expect(np.array(5n)).toMatchObject({ dtype: "int64", weakType: true, ndim: 0 });
    expect(np.array([1, 2], "uint64").dataSync("uint64")).toEqual(BigUint64Array.of(1n, 2n));
    expect(np.asarray(BigInt64Array.of(big)).dataSync("int64")).toEqual(BigInt64Array.of(big));
    expect(np.full([2], 7n).dtype).toBe("int64");
    expect(np.arange(big, big + 3n).js()).toEqual([big, big + 1n, big + 2n]);
    expect(np.arange(5n, 0n, -2n).js()).toEqual([5n, 3n, 1n]);
    expect(() => np.array([2n ** 64n])).toThrow("does not fit uint64");
    expect(() => np.array(2n ** 64n)).toThrow("does not fit 64 bits");
    expect(() => np.array([300n], "uint8")).toThrow("300 does not fit uint8");
  });

  it("are BigInts where they are read", () => {
    expect(x.slice(2).item<bigint>()).toBe(big);
    expect(x.js()).toEqual([1n, -2n, big]);
    expect(x.reshape([3, 1]).js()).toEqual([[1n], [-2n], [big]]);
    expect(x.dataSync("int64")).toEqual(BigInt64Array.of(1n, -2n, big));
    expect(Number(np.array(5n))).toBe(5);
    expect(np.iinfo("uint64")).toEqual({ min: 0n, max: 2n ** 64n - 1n, bits: 64 });
  });

  it("survive JSON and structuredClone", () => {
    for (const a of [x, np.array(big), np.array([2n ** 64n - 1n])]) {
      const back = np.array(JSON.parse(JSON.stringify(a)) as number[]);
      expect([back.dtype, back.js()]).toEqual([a.dtype, a.js()]);
      expect(tree.fromClone(structuredClone(a)).js()).toEqual(a.js());
    }
  });
});

describe("a BigInt beside arrays is a weak integer", () => {
  it("of the array's dtype, if it fits", () => {
    expect(np.add(np.array([1], "int8"), 5n).dtype).toBe("int8");
    expect(np.add(np.array([1], "uint64"), 2n ** 64n - 1n).js()).toEqual([0n]);
    expect(np.add(np.array([1], "float32"), 5n)).toMatchObject({ dtype: "float32" });
    expect(np.add(np.array([true]), 5n).dtype).toBe("int64");
    expect(np.add(5n, 2).js()).toBe(7n);
    expect(np.add(5n, 2.5).js()).toBe(7.5);
    expect(x.add(1).js()).toEqual([2n, -1n, big + 1n]);
    expect(x.mul(0.5).dtype).toBe("float64");
    expect(() => np.add(np.array([1], "int32"), 2n ** 40n)).toThrow("does not fit int32");
    expect(() => np.add(x, 2n ** 63n)).toThrow("does not fit int64");
  });

  it("and wraps as the machine's integers do", () => {
    expect(x.mul(2n ** 62n).js()).toEqual([2n ** 62n, -(2n ** 63n), 2n ** 62n]);
    expect(np.negative(np.array([-(2n ** 63n)])).js()).toEqual([-(2n ** 63n)]);
    expect(np.floorDivide(np.array([-7n, 7n]), 2n).js()).toEqual([-4n, 3n]);
    expect(np.mod(np.array([-7n, 7n]), -3).js()).toEqual([2n, -2n].map((v) => (v === 2n ? -1n : v)));
    expect(np.power(np.array([3n]), 41).js()).toEqual([BigInt.asIntN(64, 3n ** 41n)]);
  });
});

describe("conversions from floats", () => {
  it("truncate and saturate, NaN becomes 0", () => {
    const f = np.array([NaN, Infinity, -Infinity, 2 ** 63, -(2 ** 63), 1.9, -1.9]);
    const [lo, hi] = [-(2n ** 63n), 2n ** 63n - 1n];
    for (const backend of ["js", "wasm"] as const) {
      const to = (d: "int64" | "uint64"): unknown => config.with({ backend }, () => f.astype(d).js());
      expect(to("int64")).toEqual([0n, hi, lo, hi, lo, 1n, -1n]);
      expect(to("uint64")).toEqual([0n, 2n ** 64n - 1n, 0n, 2n ** 63n, 0n, 1n, 0n]);
    }
  });

  it("to floats round once", () => {
    // Rounded to float64 first it would be a tie, and go to the even neighbour.
    const v = 2n ** 62n + 2n ** 38n + 1n;
    const want = Number(2n ** 62n + 2n ** 39n);
    for (const jitless of [true, false])
      expect(config.with({ jitless }, () => np.array([v]).astype("float32").js())).toEqual([want]);
    expect(config.with({ backend: "wasm" }, () => np.array([v]).astype("float32").js())).toEqual([want]);
  });
});

describe("transformations", () => {
  beforeAll(() => init());

  it("carry them, without derivatives", () => {
    expect(grad((v: NDArray) => v.mul(x).sum())(np.array([1, 2, 3])).js()).toEqual([1, -2, Number(big)]);
    expect(() => grad((v: NDArray) => v.sum())(x)).toThrow("argument 0 has dtype int64");
    expect(jvp((v: NDArray) => v.astype("int64").astype("float64"), [1.5], [1])[1].item()).toBe(0);
    expect(vmap((v: NDArray) => v.mul(3n))(x).js()).toEqual([3n, -6n, 3n * big]);
    const [total, sums] = lax.scan((c: NDArray, v: NDArray) => [c.add(v), c], np.array(0n, "int64"), x);
    expect([total.item(), sums.js()]).toEqual([big - 1n, [0n, 1n, -1n]]);
    expect(
      lax
        .whileLoop(
          (i: NDArray) => i.less(big),
          (i: NDArray) => i.add(big),
          np.array(0n, "int64"),
        )
        .item(),
    ).toBe(big);
    expect(
      lax
        .cond(
          x.sum().greater(0),
          (v: NDArray) => v,
          (v: NDArray) => v.neg(),
          x,
        )
        .js(),
    ).toEqual(x.js());
    expect(String(makeJaxpr((v: NDArray) => v.add(big))(x))).toBe(
      `{ lambda ; a:i64[3]. let b:i64[3] = add a ${big}:i64[] in (b,) }`,
    );
  });

  it("index", () => {
    const a = np.arange(5);
    const at = np.array([1n, -1n]);
    for (const f of [(v: NDArray, i: NDArray) => v.slice(i), jit((v: NDArray, i: NDArray) => v.slice(i))]) {
      expect(f(a, at).js()).toEqual([1, 4]);
      expect(f(a, at.astype("int32").astype("uint64").mod(5n)).js()).toEqual([1, 0]);
    }
    expect(a.at(at).add(at).js()).toEqual([0, 2, 2, 3, 3]);
    // Beyond int32, and so beyond the end: not wrapped to the beginning.
    expect(jit((i: NDArray) => np.take(a, i, { mode: "clip" }))(np.array([2n ** 32n])).js()).toEqual([4]);
    expect(lax.dynamicSlice(a, [np.array(2n ** 32n)], [2]).js()).toEqual([3, 4]);
    expect(np.zeros(np.array([2n, 3n]) as unknown as number[]).shape).toEqual([2, 3]);
  });

  it("add up in WebAssembly as BigInts do", () => {
    const n = 300_000;
    const values = BigInt64Array.from({ length: n }, (_, i) => BigInt(i) ** 3n * 1_000_003n);
    const k = 2n ** 40n + 3n;
    const wanted = BigInt.asIntN(
      64,
      values.reduce((s, v) => s + BigInt.asIntN(64, v * k + k), 0n),
    );
    const most = values.reduce((m, v) => ((v ^ k) > m ? v ^ k : m), -(2n ** 63n));
    const f = jit((v: NDArray, s: NDArray) => [v.mul(s).add(s).sum(), np.bitwiseXor(v, s).max()]);
    const run = (): unknown =>
      config.with({ backend: "wasm" }, () => f(np.array(values), np.array(k)).map((r) => r.item<bigint>()));
    expect(run()).toEqual([wanted, most]);
  });
});

describe("constants of a program are exact", () => {
  it.each(["encoder", "binaryen"] as const)("in modules of the %s", async (codegen) => {
    await init({ codegen });
    const f = (v: NDArray): NDArray[] => [
      v.add(2n ** 64n - 3n),
      np.where(v.greater(2n ** 63n), v, 2n ** 63n + 1n),
      lax.whileLoop(
        (i: NDArray) => i.less(2n ** 63n + 2n),
        (i: NDArray) => i.add(2n ** 63n + 1n),
        np.array(1n, "uint64"),
      ),
    ];
    const v = np.array([1n, 2n ** 64n - 1n, 5n, 6n, 7n, 8n]);
    try {
      const want = config.with({ jitless: true }, () => f(v).map((r) => r.js()));
      expect(want[0]).toEqual([2n ** 64n - 2n, 2n ** 64n - 4n, 2n, 3n, 4n, 5n]);
      expect(want[2]).toBe(2n ** 63n + 2n);
      for (const backend of ["js", "wasm"] as const)
        expect(config.with({ backend }, () => jit(f)(v).map((r) => r.js()))).toEqual(want);
    } finally {
      await init({ codegen: "encoder" });
    }
  });
});

describe("random numbers are JAX's", () => {
  it("bits and integers", () => {
    const [zero, one] = [random.key(0), random.key(1)];
    expect(random.bits(zero, [3], "uint64").js()).toEqual([
      7719171245655871230n,
      3989946895414531357n,
      17807037942121513089n,
    ]);
    expect(random.randint(zero, [3], 0, 10, "int64").js()).toEqual([5n, 1n, 5n]);
    expect(random.randint(zero, [3], -(2n ** 62n), 2n ** 62n, "int64").js()).toEqual([
      -3124428960465826033n,
      3208789651521194111n,
      -296026982247034161n,
    ]);
    expect(random.randint(one, [3], 0n, 2n ** 64n - 1n, "uint64").js()).toEqual([
      14074288286176949340n,
      9514423493698938477n,
      14048000695471858899n,
    ]);
    expect(random.keyData(random.key(2n ** 40n + 5n)).js()).toEqual([256, 5]);
  });
});
