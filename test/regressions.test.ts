/**
 * @file Inputs that once gave a wrong result: small, each with the value it must have.
 */
import { describe, expect, test } from "vitest";
import { type Array, customVjp, grad, jit, lax, numpy as np, scipy, tree, vmap } from "../src/index.ts";

describe("dynamicSlice and dynamicUpdateSlice at start indices of any integer dtype", () => {
  const at = (i: ReturnType<typeof np.array>) => lax.dynamicSlice(np.arange(300), [i], [2]);

  test("a negative int8 counts from the end of a longer axis", () => {
    const i = np.array(-3, { dtype: "int8" });
    expect(at(i).js()).toEqual([297, 298]);
    expect(jit(at)(i).js()).toEqual([297, 298]);
    expect(vmap(at)(np.array([-3, 5], { dtype: "int8" })).js()).toEqual([
      [297, 298],
      [5, 6],
    ]);
    expect(np.argmax(lax.dynamicUpdateSlice(np.zeros([300]), np.ones([1]), [i])).item()).toBe(297);
  });

  test("a large uint32 is clamped to the end, batched or not", () => {
    const i = np.array([4294967295, 1], { dtype: "uint32" });
    expect(at(i.slice(0)).js()).toEqual([298, 299]);
    expect(vmap(at)(i).js()).toEqual([
      [298, 299],
      [1, 2],
    ]);
  });

  test("a fraction is an error, batched or not", () => {
    expect(() => at(np.array(1.5))).toThrow(/integer scalars/);
    expect(() => vmap(at)(np.array([1.5]))).toThrow(/integer scalars/);
  });
});

describe("a whole number that an integer dtype cannot hold", () => {
  const u = np.array([1, 255], { dtype: "uint8" });

  test("is an error beside an array of that dtype, eager and compiled", () => {
    const f = (x: typeof u) => x.add(300);
    for (const run of [f, jit(f), vmap(f)]) expect(() => run(u)).toThrow(/300 does not fit uint8/);
    expect(() => u.less(300)).toThrow(/300 does not fit uint8/);
    expect(() => np.array([5], { dtype: "uint32" }).add(-1)).toThrow(/-1 does not fit uint32/);
    expect(() => np.array([1], { dtype: "int32" }).add(3e9)).toThrow(/3000000000 does not fit int32/);
    expect(() => u.at(0).set(-1)).toThrow(/-1 does not fit uint8/);
  });

  test("the dtype's own limits fit, and a cast array meets any number", () => {
    expect(u.sub(255).js()).toEqual([2, 0]);
    expect(u.astype("int32").add(300).js()).toEqual([301, 555]);
  });
});

test.each(["float32", "float64"] as const)(
  "derivatives of exponential integrals overflow to ±∞, %s",
  (dtype) => {
    const { exp1, expi, expn } = scipy.special;
    const { smallestNormal } = np.finfo(dtype);
    const functions: [sign: number, order: number, f: (x: Array) => Array][] = [
      [1, 1, (x) => exp1(x)],
      [-1, 1, (x) => expi(x)],
      [1, 0, (x) => expn(0, x)],
      [1, 1, (x) => expn(1, x)],
      [1, 2, (x) => expn(2, x)],
      [1, 3, (x) => expn(3, x)],
    ];
    // (−1)ᵏ·Eₙ₋ₖ, and Eₙ(x) for n ≤ 0 is near (−n)!/x¹⁻ⁿ
    const near = (n: number, x: number): number => [1, 1, 2, 6][-n] * (1 / x) ** (1 - n);
    for (const [sign, n, f] of functions) {
      for (const power of [0.2, 0.4, 0.6, 0.8, 0.99]) {
        const x = np.array(smallestNormal ** power, dtype);
        let derivative = f;
        for (let k = 1; k <= 3; k++) {
          const before = derivative;
          derivative = (y) => grad(before)(y);
          if (n - k > 0) continue;
          const expected = sign * (-1) ** k * near(n - k, x.item());
          const rounded = np.array(expected, dtype).item();
          const y = derivative(x).item();
          if (Number.isFinite(rounded)) expect(y / expected).toBeCloseTo(1, 5);
          else expect(y).toBe(rounded);
        }
      }
    }
  },
);

test.each(["float32", "float64"] as const)(
  "Box–Cox transforms have derivatives at and near 0, %s",
  (dtype) => {
    const { boxcox, boxcox1p } = scipy.special;
    const at = (x: number, lambda: number): [Array, Array] => [np.array(x, dtype), np.array(lambda, dtype)];
    for (const [f, shift] of [
      [boxcox, 0],
      [boxcox1p, -1],
    ] as const) {
      const inX = grad((x: Array, l: Array) => f(x, l));
      const inLambda = grad((x: Array, l: Array) => f(x, l), { argnums: 1 });
      // 0^(λ − 1), and 1/λ² by the limit of ∂((x^λ − 1)/λ)/∂λ
      for (const [lambda, slope] of [
        [2, 0],
        [1, 1],
        [0.5, Infinity],
        [0, Infinity],
      ]) {
        expect(inX(...at(shift, lambda)).item()).toBe(slope);
        if (lambda > 0) expect(inLambda(...at(shift, lambda)).item()).toBeCloseTo(1 / lambda ** 2, 6);
      }
      expect(inX(...at(shift - 1, 2)).item()).toBeNaN();
      expect(inLambda(...at(shift + 2, 0)).item()).toBeCloseTo(Math.log(2) ** 2 / 2, 6);
    }
    const { smallestNormal } = np.finfo(dtype);
    const second = grad((y: Array, l: Array) => grad((x: Array) => boxcox(x, l))(y));
    expect(second(...at(smallestNormal, 0.5)).item()).toBe(-Infinity);
    expect(second(...at(smallestNormal, 2)).item()).toBe(1);
  },
);

test("exp1 and expn have every derivative", () => {
  const { exp1, expn } = scipy.special;
  const x = 0.4;
  const e0 = Math.exp(-x) / x;
  expect(grad(grad(exp1))(x).item()).toBeCloseTo(e0 * (1 + 1 / x), 12);
  expect(jit(grad(grad(exp1)))(x).item()).toBeCloseTo(e0 * (1 + 1 / x), 12);
  expect(grad(grad(grad(exp1)))(x).item()).toBeCloseTo(-e0 * (1 + 2 / x + 2 / (x * x)), 11);
  expect(grad((t) => expn(0, t))(x).item()).toBeCloseTo(-e0 * (1 + 1 / x), 12);
  expect(grad((t) => expn(2, t))(x).item()).toBeCloseTo(-exp1(x).item(), 12);
});

test("i0 and i1 have every derivative at 0", () => {
  const derivatives = (f: (x: number) => ReturnType<typeof np.i0>, n: number): number[] => {
    const values: number[] = [];
    for (let k = 0, g = f; k <= n; k++, g = grad(g)) values.push(Number(g(0).item()));
    return values;
  };
  for (const i0 of [np.i0, scipy.special.i0])
    expect(derivatives((x) => i0(x), 4)).toEqual([1, 0, 0.5, 0, 0.375]);
  expect(derivatives((x) => scipy.special.i1(x), 3)).toEqual([0, 0.5, 0, 0.375]);
  expect(jit(grad(scipy.special.i1))(2).item()).toBeCloseTo(1.484267, 6);
});

describe("null cotangents of customVjp rules", () => {
  type Tree = readonly [Array, { a: Array; b: readonly [Array, Array] }];
  const weighted = customVjp(([x, { a, b }]: Tree) => x.mul(a).add(b[0].mul(b[1])));

  test("stand for a leaf, a subtree, or a whole argument", () => {
    const at: Tree = [np.array(2), { a: np.array(3), b: [np.array(5), np.array(7)] }];
    const gradient = (ct: unknown): unknown[] => {
      weighted.defVjp(
        (p: Tree) => [weighted(p), null],
        () => [ct],
      );
      return tree.leaves(grad(weighted)(at)).map(Number);
    };
    expect(gradient([1, { a: null, b: null }])).toEqual([1, 0, 0, 0]);
    expect(gradient([null, { a: 4, b: [null, 6] }])).toEqual([0, 4, 0, 6]);
    expect(gradient(null)).toEqual([0, 0, 0, 0]);
    expect(() => gradient([1, { a: null }])).toThrow("the structures differ");
  });
});

describe("loops and branches of one shape in one compiled program", () => {
  const run = (f: (c: Array, x: Array) => Array, x: Array): Array =>
    lax.scan((c: Array, y: Array) => [f(c, y), null] as const, x, np.array([1, 2, 3]))[0];

  test("stay apart although only the order of operands differs", () => {
    const both = (x: Array): Array => np.stack([run((c, y) => c.sub(y), x), run((c, y) => y.sub(c), x)]);
    expect(both(np.array(10)).js()).toEqual([4, -8]);
    expect(jit(both)(np.array(10)).js()).toEqual([4, -8]);
  });

  test("so do branches", () => {
    const pick = (f: (a: Array, b: Array) => Array, p: Array, x: Array): Array =>
      lax.cond(p, f, (a: Array, b: Array) => a.add(b), x, np.array(1));
    const both = (x: Array): Array =>
      np.stack([pick((a, b) => a.sub(b), x.greater(0), x), pick((a, b) => b.sub(a), x.greater(0), x)]);
    expect(jit(both)(np.array(10)).js()).toEqual([9, -9]);
  });
});

describe("sorting an empty array", () => {
  test.each([[[0]], [[0, 3]], [[3, 0]]])("of shape %j has a derivative, which is empty too", (shape) => {
    const x = np.zeros(shape);
    for (const dimension of shape.keys()) {
      const slope = grad((a: Array) => lax.sort(a, { dimension }).sum());
      expect(slope(x).shape).toEqual(shape);
      expect(vmap(slope)(np.zeros([2, ...shape])).shape).toEqual([2, ...shape]);
      expect(grad((a: Array) => lax.topK(a, 0, dimension)[0].sum())(x).shape).toEqual(shape);
    }
  });
});

test("positions before an options object count", () => {
  const x = np.ones([1, 1, 8]);
  const kernel = np.ones([1, 1, 1]);
  expect(lax.convGeneralDilated(x, kernel, [2], "VALID", { rhsDilation: [1] }).shape).toEqual([1, 1, 4]);
});
