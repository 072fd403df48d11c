/** @file What jax.export serialises: how such functions are called, what they give, and their derivatives. */
import { describe, expect, it } from "vitest";
import { type NDArray, grad, jit, numpy as np } from "../../../src/index.ts";
import { fromStablehlo } from "../../../src/stablehlo/index.ts";
import { type Case, type Recorded, arrayOf, difference, errorOf } from "../cases.ts";
import { type ExportedCase, bytesOf, fixtures } from "./bytes.ts";

const close: Case = { id: "", mlir: "", inputs: [], outputs: [], rtol: 2e-5, atol: 2e-5 };

const expectAll = (got: NDArray | NDArray[], want: readonly Recorded[]): void => {
  const list = Array.isArray(got) ? got : [got];
  expect(list).toHaveLength(want.length);
  expect(want.map((w, i) => difference(list[i], w, close))).toEqual(want.map(() => null));
};

const named = (name: string): ExportedCase => {
  if (!Object.hasOwn(fixtures.functions, name)) throw new Error(`there is no function ${name}`);
  return fixtures.functions[name];
};

describe("functions of jax.export", () => {
  it.each(Object.entries(fixtures.functions))("%s", (_, c) => {
    const args = c.inputs.map(arrayOf);
    const f = fromStablehlo<NDArray | NDArray[]>(bytesOf(c.bytes));
    expectAll(f(...args), c.outputs);
    expectAll(jit(f)(...args), c.outputs);
    if (c.cotangents === undefined || c.grads === undefined) return;
    const back = fromStablehlo<NDArray | NDArray[]>(bytesOf(c.bytes), { vjp: 1 });
    expectAll(back(...args, ...c.cotangents.map(arrayOf)), c.grads);
  });

  it("have the derivatives of their formulas, and those of JAX by the option vjp", () => {
    const { bytes, inputs } = named("own derivative");
    const f = fromStablehlo(bytesOf(bytes));
    const back = fromStablehlo(bytesOf(bytes), { vjp: 1 });
    const x = arrayOf(inputs[0]);
    const formula = grad((y: NDArray) => np.sum(f(y)))(x);
    const own = back(x, np.ones([3], "float32"));
    expect(np.allclose(own, formula.mul(3)).item()).toBe(true);
    expect(fromStablehlo<NDArray[]>(bytesOf(bytes), { vjp: 2 })(x, x, x)).toHaveLength(2);
  });

  it("take all arguments, and check those that are not used", () => {
    const { bytes, inputs } = named("arguments that are not used");
    const f = fromStablehlo(bytesOf(bytes));
    const [x, unused, y] = inputs.map(arrayOf);
    expect(() => f(x, y)).toThrow("main: expected 3 arguments; got 2");
    expect(() => f(x, x, y)).toThrow("main: argument 1 must be f32[7]; got f32[2]");
    expect(() => f(x, unused, unused)).toThrow("main: argument 2 must be f32[2]; got f32[7]");
  });

  it("are refused where shapes are not known, and derivatives where there are none", () => {
    expect(errorOf(bytesOf(fixtures.symbolic)).message).toContain("a size is '?'");
    const { bytes } = named("dtypes");
    const ask = (vjp: number) => () => fromStablehlo(bytesOf(bytes), { vjp });
    expect(ask(1)).toThrow(
      "expected bytes of jax.export for the option vjp, serialised with vjp_order=1 or more",
    );
    expect(ask(-1)).toThrow("expected a whole number from 0 for the option vjp; got -1");
    expect(() => fromStablehlo("", { vjp: 1 })).toThrow("expected bytes of jax.export");
  });

  it("are told from other bytes", () => {
    expect(errorOf(Uint8Array.of(4, 0, 0, 0)).message).toContain("byte ");
    expect(errorOf(Uint8Array.from({ length: 64 }, (_, i) => (i % 4 === 0 ? 8 : 0))).message).toContain(
      "byte ",
    );
    expect(() => fromStablehlo(3 as unknown as string)).toThrow(
      "expected the text of a module, or its bytes",
    );
  });
});
