/**
 * @file Export to StableHLO: the text of small programs, its size, and that importing it again gives the same numbers. XLA itself
 * judges in test/fuzz/xla.
 */
import { describe, expect, it } from "vitest";
import {
  type Array,
  ShapeDtypeStruct,
  grad,
  hessian,
  jit,
  lax,
  nn,
  numpy as np,
  random,
  scipy,
  tree,
  vmap,
} from "../../src/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { ExportError, fromStablehlo, toStablehlo } from "../../src/stablehlo/index.ts";
import { caseName, drawAll, outputs } from "../primitives/row.ts";
import { opRows } from "../primitives/table.ts";
import { Random } from "../util/random.ts";
import { difference } from "../fuzz/xla/compare.ts";

const lines = (text: string): number => text.split("\n").length;
describe("the text", () => {
  it("names arguments and results after their places", () => {
    const f = (p: { w: Array; "b-c": [Array] }, x: Array) => ({ y: np.dot(x, p.w), z: p["b-c"][0] });
    const text = toStablehlo(f, [{ w: np.ones([3, 2]), "b-c": [np.ones([])] }, np.ones([4, 3])]);
    expect(text).toContain("%arg0_b_c_0: tensor<f64>, %arg0_w: tensor<3x2xf64>, %arg1: tensor<4x3xf64>");
    expect(text).toContain(`jax.result_info = "result.y"`);
  });

  it("takes shapes and dtypes in place of arrays", () => {
    const text = toStablehlo((x: Array) => x.add(x), [new ShapeDtypeStruct([2], "bfloat16")]);
    expect(text).toContain("stablehlo.add %arg0, %arg0 : tensor<2xbf16>");
  });

  it("holds constants to the bit", () => {
    const values = [0.1, -0, Infinity, -Infinity, 5e-324, 1e300, NaN];
    const c = np.array(values);
    const many = random.normal(random.key(0), [50]).astype("float32");
    const f = fromStablehlo(
      toStablehlo(() => [c, many, np.array([true, false]), np.array(0.1, "float16")], []),
    );
    const [got, more, bools, half] = outputs(f());
    expect(Object.is(got.dataSync()[1], -0)).toBe(true);
    expect([...got.dataSync()]).toEqual(values);
    expect([...more.dataSync()]).toEqual([...many.dataSync()]);
    expect(bools.js()).toEqual([true, false]);
    expect(half.item()).toBe(np.array(0.1, "float16").item());
  });

  it("holds 64-bit integers that are no numbers, wherever they stand", () => {
    for (const [dtype, value] of [
      ["int64", 2n ** 63n - 1n],
      ["int64", -(2n ** 62n) - 1n],
      ["uint64", 2n ** 64n - 1n],
      ["uint64", 2n ** 53n + 1n],
    ] as const) {
      const x = np.array([5n, value, 2n ** 53n + 3n], { dtype });
      const f = (y: NDArray): NDArray[] => [
        y.sub(value),
        np.full([3], value, { dtype }),
        np.minimum(y, value),
        lax.reduceWindow(y, value, lax.min, [2], [1], "VALID"),
      ];
      const back = fromStablehlo<NDArray[]>(toStablehlo(f, [x]))(x);
      back.forEach((got, i) => expect(got.js()).toEqual(f(x)[i].js()));
      expect(toStablehlo(f, [x])).toContain(`dense<${value}>`);
    }
  });

  it("is linear in the size of programs, and writes bodies once", () => {
    const repeated = (n: number) => (x: Array) => {
      let y = x;
      for (let i = 0; i < n; i++) y = np.sin(y).mul(y);
      return y;
    };
    const size = (n: number): number => lines(toStablehlo(repeated(n), [np.ones([3])]));
    expect(size(40) - size(20)).toBe(size(120) - size(100));
    const inner = (x: Array): Array => lax.foriLoop(0, 5, (_: Array, y: Array) => repeated(9)(y), x);
    const nested = (depth: number) => (x: Array) => {
      let f = inner;
      for (let i = 0; i < depth; i++) {
        const g = f;
        f = (y) => lax.foriLoop(0, 3, (_: Array, z: Array) => g(z), y);
      }
      return f(x);
    };
    const deep = (n: number): number => lines(toStablehlo(nested(n), [np.ones([3])]));
    expect(deep(6) - deep(4)).toBe(deep(4) - deep(2));
    const helper = jit((x: Array) => repeated(9)(x));
    const twice = toStablehlo((x: Array) => helper(helper(helper(x))), [np.ones([3])]);
    expect(twice.match(/func\.func private/g)).toHaveLength(1);
    const gammas = toStablehlo((x: Array) => scipy.special.gammaln(scipy.special.gammaln(x)), [np.ones([3])]);
    expect(gammas.match(/func\.func private @lgamma\(/g)).toHaveLength(1);
  });

  it("is what a jitted function shows", () => {
    const f = (x: Array) => np.cos(x).add(np.array([1, 2, 3]));
    expect(
      jit(f)
        .lower(np.ones([3]))
        .stablehlo(),
    ).toBe(toStablehlo(f, [np.ones([3])]));
  });

  it("has another module's name if asked", () => {
    expect(toStablehlo((x: Array) => x, [1], { name: "my model" })).toContain("module @my_model {");
  });

  it("refuses constants that are traced", () => {
    const attempt = () =>
      grad((x: Array) => np.array(toStablehlo((y: Array) => y.mul(x), [1]).length).mul(x))(2);
    expect(attempt).toThrow(ExportError);
  });
});

describe("exported and imported", () => {
  for (const r of opRows) {
    const c = r.cases[0];
    it(caseName(r, c), () => {
      const args = drawAll(c, new Random(caseName(r, c)));
      const text = toStablehlo((...xs: NDArray[]) => [...outputs(c.call(...xs))], args);
      const got = outputs(fromStablehlo(text)(...args));
      outputs(c.call(...args)).forEach((w, i) => {
        // Bases of null spaces, and residuals, are rounding errors made large.
        const differs = difference(got[i], w, 1e-9);
        expect(differs).toBe(null);
      });
    });
  }

  const programs: Readonly<Record<string, (x: Array) => unknown>> = {
    gradient: grad((x: Array) => np.tanh(x).sum()),
    hessian: hessian((x: Array) => np.prod(np.sin(x))),
    lanes: vmap((x: Array) => nn.softmax(np.arange(3).mul(x))),
    scan: (x) => lax.scan((c: Array, y: Array) => [np.sin(c).add(y), c], np.array(0), x),
    "gradient of a scan": grad(
      (x: Array) => lax.scan((c: Array, y: Array) => [np.sin(c).mul(y), null], np.array(1), x)[0],
    ),
    while: (x) =>
      lax.whileLoop(
        ([, i]: [Array, Array]) => i.less(5),
        ([y, i]: [Array, Array]): [Array, Array] => [np.cos(y), i.add(1)],
        [x, np.array(0)],
      ),
    branches: vmap((x: Array) => lax.cond(x.greater(1), np.sin, np.cos, x)),
    random: (x) => random.normal(random.key(3), [2, 3]).add(x.sum()),
    complex: (x) => np.abs(np.fft.fft(x)),
    solve: (x) => np.linalg.solve(np.diag(x).add(0.1), x),
  };
  for (const [name, f] of Object.entries(programs)) {
    it(name, () => {
      const x = np.array([0.5, 1.5, 2.5]);
      const flat = (y: Array): NDArray[] => tree.leaves(f(y)) as NDArray[];
      const got = outputs(fromStablehlo(toStablehlo(flat, [x]))(x));
      flat(x).forEach((w, i) => {
        expect(difference(got[i], w, 1e-12)).toBe(null);
      });
    });
  }
});
