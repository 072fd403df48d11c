/** @file Derivatives of functions into functions: the cases of Manzyuk et al. (2019), and closed forms. */
import { describe, expect, it } from "vitest";
import { type Array, grad, jit, jvp, numpy as np } from "../../src/index.ts";
import { curried } from "../../src/functional/index.ts";

type F1 = (x: Array) => Array;

/** The derivative of a function of one number, into whatever. */
const derivative = curried((f: F1) => (x: Array) => jvp(f, [x], [1])[1]);

const zero = np.array(0);

describe("curried", () => {
  it("the operator that shifts functions, differentiated at 0, is differentiation; twice, twice", () => {
    const shift = (u: Array) => (f: F1) => (x: Array) => f(x.add(u));
    const d = derivative(shift)(zero);
    const [h, h2] = [(x: Array) => np.exp(x.mul(2)), (x: number) => 4 * Math.exp(2 * x)];
    expect(d(h)(np.array(0.3)).item()).toBeCloseTo(2 * Math.exp(0.6), 12);
    // With one tag for both it would be h′.
    expect(d(d(h))(np.array(0.3)).item()).toBeCloseTo(h2(0.3), 12);
    expect(d(d(d(h)))(np.array(0.3)).item()).toBeCloseTo(2 * h2(0.3), 12);
  });

  it("a function of two arguments one after another", () => {
    const f = (x: Array) => (y: Array) => np.sin(x.mul(y)).mul(x);
    const dx = derivative(f)(np.array(0.7));
    const want = (x: number, y: number): number => Math.sin(x * y) + x * y * Math.cos(x * y);
    expect(dx(np.array(0.4)).item()).toBeCloseTo(want(0.7, 0.4), 12);
    // and with respect to the second of what came out
    const dxdy = derivative(dx)(np.array(0.4));
    const mixed = (x: number, y: number): number => 2 * x * Math.cos(x * y) - x * x * y * Math.sin(x * y);
    expect(dxdy.item()).toBeCloseTo(mixed(0.7, 0.4), 12);
    const g = curried(grad);
    expect(g(f)(np.array(0.7))(np.array(0.4)).item()).toBeCloseTo(want(0.7, 0.4), 12);
    expect(jit((y: Array) => g(f)(np.array(0.7))(y))(0.4).item()).toBeCloseTo(want(0.7, 0.4), 12);
  });

  it("perturbations stay apart where a result is used inside another derivative", () => {
    // d/dx (x · d/dy (x·y))ₓ₌₁ = 2
    const f = (x: Array): Array =>
      x.mul(derivative((y: Array) => (z: Array) => x.mul(y).mul(z))(np.array(5))(np.array(1)));
    expect(derivative(f)(np.array(1)).item()).toBe(2);
  });

  it("trees with functions and numbers", () => {
    const f = (x: Array): { value: Array; of: F1 } => ({ value: x.mul(x), of: (y) => y.mul(x).mul(x) });
    const { value, of } = derivative(f)(np.array(3));
    expect(value.item()).toBe(6);
    expect(of(np.array(2)).item()).toBe(12);
  });

  it("refuses what is no function", () => {
    expect(() => curried(3 as never)).toThrow(/the first argument, the transformation/);
    expect(() => curried(grad)(3 as never)).toThrow(/the function to transform/);
  });
});
