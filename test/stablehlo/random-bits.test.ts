/**
 * @file Random bits of imported programs are those that XLA of jaxlib 0.10.2 gave on a CPU: of each algorithm, with states, shapes and
 * dtypes of all kinds; and those of JAX's keys "rbg" and "unsafe_rbg".
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { NDArray } from "../../src/core/array.ts";
import { jit, numpy as np } from "../../src/index.ts";
import { fromStablehlo } from "../../src/stablehlo/index.ts";
import { root } from "../util/source-graph.ts";

interface Bits {
  readonly algorithm: string;
  readonly state: readonly string[];
  readonly shape: readonly number[];
  readonly type: string;
  readonly next: readonly string[];
  readonly bits: readonly string[];
}
interface Drawn {
  readonly id: string;
  readonly mlir: string;
  readonly key: readonly number[];
  readonly result: readonly (string | number)[];
}
const { bits, programs } = JSON.parse(
  readFileSync(join(root, "test/stablehlo/random-bits.json"), "utf8"),
) as { bits: Bits[]; programs: Drawn[] };

const words = (x: NDArray): string[] =>
  Array.from(x.dataSync() as ArrayLike<number | bigint>, (v) => String(v));
const listOf = (x: NDArray | NDArray[]): NDArray[] => (Array.isArray(x) ? x : [x]);

const moduleOf = ({ algorithm, state, shape, type }: Bits): string => {
  const types = `tensor<${state.length}xui64>, tensor<${[...shape, type].join("x")}>`;
  return `func.func @main(%s: tensor<${state.length}xui64>) -> (${types}) {
    %0, %1 = stablehlo.rng_bit_generator %s, algorithm = ${algorithm} : (tensor<${state.length}xui64>) -> (${types})
    return %0, %1 : ${types}
  }`;
};

describe("random bits", () => {
  it.each(
    bits.map((c) => [`${c.algorithm} ${c.state.join()} ${[...c.shape, c.type].join("x")}`, c] as const),
  )("%s", (_, c) => {
    const f = fromStablehlo<NDArray[]>(moduleOf(c));
    const [next, drawn] = f(np.array(BigUint64Array.from(c.state.map(BigInt))));
    expect(words(next)).toEqual(c.next);
    expect(words(drawn)).toEqual(c.bits);
  });

  it.each(programs.map((c) => [c.id, c] as const))("keys of JAX: %s", (_, c) => {
    const f = fromStablehlo<NDArray | NDArray[]>(c.mlir);
    const key = np.array(Uint32Array.from(c.key));
    for (const g of [f, jit(f)]) {
      const [x] = listOf(g(key));
      const got = Array.from(x.dataSync() as ArrayLike<number | bigint>, Number);
      got.forEach((v, i) => expect(v).toBeCloseTo(Number(c.result[i]), 12));
      expect(got.length).toBe(c.result.length);
    }
  });

  const state = (
    type: string,
    algorithm = "DEFAULT",
  ) => `func.func @main(%s: tensor<${type}>) -> tensor<${type}> {
    %0, %1 = stablehlo.rng_bit_generator %s, algorithm = ${algorithm} : (tensor<${type}>) -> (tensor<${type}>, tensor<3xui32>)
    return %0 : tensor<${type}>
  }`;
  it.each([
    ["1xui64", "DEFAULT"],
    ["4xui64", "DEFAULT"],
    ["3xui64", "THREE_FRY"],
    ["3xui32", "DEFAULT"],
    ["2xf64", "DEFAULT"],
    ["2x1xui64", "DEFAULT"],
  ])("a state of another kind is an error: %s of %s", (type, algorithm) => {
    expect(() => fromStablehlo(state(type, algorithm))).toThrow(/line 2, column .*expected a state of/);
  });

  it("numbers without a key are an error that says what to do", () => {
    const text = `func.func @main(%a: tensor<f32>, %b: tensor<f32>) -> tensor<2xf32> {
      %s = stablehlo.constant dense<[2]> : tensor<1xi64>
      %0 = stablehlo.rng %a, %b, %s, distribution = UNIFORM : (tensor<f32>, tensor<f32>, tensor<1xi64>) -> tensor<2xf32>
      return %0 : tensor<2xf32>
    }`;
    expect(() => fromStablehlo(text)).toThrow(/line 3, column .*Draw them with a key/);
  });
});
