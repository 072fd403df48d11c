/** @file `checkGrads` accepts right derivatives and finds wrong ones, in the mode and order in which they are wrong. */
import { describe, expect, it } from "vitest";
import { type Array as NDArray, customJvp, customVjp, lax, numpy as np } from "../src/index.ts";
import { GradientMismatchError, checkGrads } from "../src/testing.ts";

type A = NDArray;

/** sin with a forward rule that is off by a factor. */
function wrongBy(factor: number): (x: A) => A {
  const f = customJvp((x: A) => lax.sin(x));
  f.defJvp(([x]: [A], [t]: [A]) => [lax.sin(x), lax.mul(t, lax.mul(factor, lax.cos(x)))]);
  return f;
}

describe("checkGrads", () => {
  it("accepts numbers, arrays, trees, integers beside them, several results", () => {
    checkGrads((x: A, y: A) => lax.mul(lax.sin(x), y), [0.5, 2]);
    checkGrads(
      (p: { w: A; n: A[] }) => ({ y: p.w.mul(p.n[0].astype("float64")), k: p.n[0] }),
      [{ w: np.array([1, 2]), n: [np.array([3, 4], { dtype: "int32" })] }],
    );
    checkGrads((x: A) => [x.sum(), x.mul(x)], [np.ones([2, 2])], { order: 3 });
  });
  it("accepts float32 and float16 with tolerances of their own", () => {
    checkGrads((x: A) => np.sin(x), [np.array([0.5, 1], { dtype: "float32" })]);
    checkGrads((x: A) => np.sin(x), [np.array([0.5, 1], { dtype: "float16" })], { order: 1 });
  });
  it("finds a wrong first derivative, and says which", () => {
    expect(() => checkGrads(wrongBy(1.001), [0.5])).toThrow(GradientMismatchError);
    expect(() => checkGrads(wrongBy(1.001), [0.5])).toThrow("the function, forward: output 0, element 0");
    expect(() => checkGrads(wrongBy(1.001), [0.5], { modes: ["rev"] })).toThrow("the function, reverse");
    expect(() => checkGrads(wrongBy(1.001), [0.5], { rtol: 0.01 })).not.toThrow();
  });
  it("finds a wrong second derivative", () => {
    const f = customJvp((x: A) => lax.sin(x));
    const slope = customJvp((x: A) => lax.cos(x));
    slope.defJvp(([x]: [A], [t]: [A]) => [lax.cos(x), lax.mul(t, lax.sin(x))]);
    f.defJvp(([x]: [A], [t]: [A]) => [lax.sin(x), lax.mul(t, slope(x))]);
    checkGrads(f, [0.5], { order: 1 });
    expect(() => checkGrads(f, [0.5])).toThrow("jvp of the function, forward");
  });
  it("finds a wrong reverse rule", () => {
    const f = customVjp((x: A) => lax.sin(x));
    f.defVjp(
      (x: A) => [lax.sin(x), x],
      (x: A, ct: A) => [lax.mul(ct, lax.sin(x))],
    );
    expect(() => checkGrads(f, [0.5], { modes: ["rev"] })).toThrow("the function, reverse");
  });
  it("refuses what it cannot check", () => {
    expect(() => checkGrads((x: A) => x, [np.array([1], { dtype: "int32" })])).toThrow(
      "no argument is floating-point",
    );
    expect(() => checkGrads((x: A) => x, [1], { order: 0 })).toThrow(
      "order must be a whole number from 1 on",
    );
    expect(() => checkGrads((x: A) => x, [1], { eps: 1 } as never)).toThrow("unknown option 'eps'");
  });
});

describe("contractions with another result dtype", () => {
  it("have gradients of the operands' dtypes", () => {
    const a = np.array([[1, 2]], { dtype: "float32" });
    const b = np.array([[3], [4]], { dtype: "float32" });
    checkGrads((x: A, y: A) => lax.dot(x, y, { preferredElementType: "float64" }), [a, b]);
  });
});
