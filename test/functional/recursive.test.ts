/** @file Recursion: the values and derivatives of the same functions written as recursions of JavaScript, in every way of running. */
import { describe, expect, it } from "vitest";
import {
  type Array,
  type ConfigValues,
  config,
  grad,
  hessian,
  jit,
  jvp,
  lax,
  numpy as np,
  vmap,
} from "../../src/index.ts";
import { recursive } from "../../src/functional/index.ts";

const modes: Readonly<Record<string, Partial<ConfigValues>>> = {
  JavaScript: { backend: "js" },
  WebAssembly: { backend: "wasm" },
  "not compiled": { disableJit: true },
};

const int = (n: number): Array => np.array(n, { dtype: "int32" });

const fibonacci = recursive((self, n: Array) =>
  lax.cond(
    n.less(2),
    () => n,
    () => self(n.sub(1)).add(self(n.sub(2))),
  ),
);

/** xⁿ by squaring: derivatives n·xⁿ⁻¹. */
const power = recursive((self, x: Array, n: Array) =>
  lax.cond(
    n.equal(0),
    () => np.ones([]),
    () => {
      const half = self(x, np.floorDivide(n, 2));
      return lax.cond(
        np.remainder(n, 2).equal(1),
        () => half.mul(half).mul(x),
        () => half.mul(half),
      );
    },
  ),
);

const ackermann = recursive((self, m: Array, n: Array) =>
  lax.switch_(lax.select(m.equal(0), int(0), lax.select(n.equal(0), int(1), int(2))), [
    () => n.add(1),
    () => self(m.sub(1), np.ones([], n.dtype)),
    () => self(m.sub(1), self(m, n.sub(1))),
  ]),
);

/** The integral of f over [a, b] by Simpson's rule, halved until it is good enough: derivatives of the sum that it ends as. */
const f = (x: Array, k: Array): Array => np.sin(x.mul(x).mul(k));
const simpson = (a: Array, b: Array, k: Array): Array =>
  f(a, k)
    .add(f(b, k))
    .add(f(a.add(b).div(2), k).mul(4))
    .mul(b.sub(a))
    .div(6);
const adaptive = recursive((self, a: Array, b: Array, k: Array) => {
  const middle = a.add(b).div(2);
  const [whole, left, right] = [simpson(a, b, k), simpson(a, middle, k), simpson(middle, b, k)];
  return lax.cond(
    np.abs(left.add(right).sub(whole)).less(1e-7),
    () => left.add(right),
    () => self(a, middle, k).add(self(middle, b, k)),
  );
});

describe.each(Object.keys(modes))("recursive, %s", (mode) => {
  const inMode = <R>(run: () => R): R => config.with(modes[mode], run);

  it("calls itself several times, and in several places", () => {
    inMode(() => {
      expect([0, 1, 2, 10, 15].map((n) => fibonacci(int(n)).item())).toEqual([0, 1, 1, 55, 610]);
      expect(power(1.5, int(13)).item()).toBeCloseTo(1.5 ** 13, 10);
      expect(ackermann(int(2), int(3)).item()).toBe(9);
      // ∫₀² sin(x²) dx
      expect(adaptive(0, 2, 1).item()).toBeCloseTo(0.8047764893437561, 6);
    });
  });

  it("has derivatives", () => {
    inMode(() => {
      expect(grad((x: Array) => power(x, int(13)))(1.5).item()).toBeCloseTo(13 * 1.5 ** 12, 8);
      expect(jvp((x: Array) => power(x, int(6)), [2], [1])[1].item()).toBeCloseTo(6 * 2 ** 5, 10);
      // d/dk ∫₀² sin(k x²) dx = ∫₀² x² cos(x²) dx, by parts
      const slope = grad((k: Array) => adaptive(0, 2, k))(1).item();
      expect(slope).toBeCloseTo(Math.sin(4) - 0.8047764893437561 / 2, 5);
      expect(grad((b: Array) => adaptive(0, b, 1))(2).item()).toBeCloseTo(Math.sin(4), 4);
    });
  });
});

describe("recursive", () => {
  it("goes through jit, vmap and both twice", () => {
    expect(jit(fibonacci)(int(12)).item()).toBe(144);
    expect([...vmap(fibonacci)(np.array([1, 7, 0, 10], { dtype: "int32" })).dataSync()]).toEqual([
      1, 13, 0, 55,
    ]);
    const d = jit(vmap(grad((x: Array, n: Array) => power(x, n))));
    expect([...d(np.array([1.1, 2]), np.array([5, 3], { dtype: "int32" })).dataSync()]).toEqual([
      expect.closeTo(5 * 1.1 ** 4, 10) as number,
      expect.closeTo(12, 10) as number,
    ]);
    expect(hessian((x: Array) => power(x, int(5)))(1.2).item()).toBeCloseTo(20 * 1.2 ** 3, 8);
  });

  it("closes over values that are differentiated, and over trees", () => {
    const total = (w: Array): Array => {
      const sum = recursive(
        (self, { at, x }: { at: Array; x: Array }): { y: Array; n: Array } =>
          lax.cond(
            at.equal(0),
            () => ({ y: x, n: np.zeros([], "int32") }),
            () => {
              const { y, n } = self({ at: at.sub(1), x: np.sin(x.mul(w)) });
              return { y: y.add(x), n: n.add(1) };
            },
          ),
        { result: { y: 0, n: { shape: [], dtype: "int32" } } },
      );
      return sum({ at: int(3), x: 0.5 }).y;
    };
    const plain = (w: Array): Array => {
      const [a] = [np.array(0.5)];
      const b = np.sin(a.mul(w));
      const c = np.sin(b.mul(w));
      return np.sin(c.mul(w)).add(c).add(b).add(a);
    };
    expect(total(np.array(0.7)).item()).toBeCloseTo(plain(np.array(0.7)).item(), 12);
    expect(grad(total)(0.7).item()).toBeCloseTo(grad(plain)(0.7).item(), 12);
    expect(jit(grad(total))(0.7).item()).toBeCloseTo(grad(plain)(0.7).item(), 12);
  });

  it("keeps arrays in its frames", () => {
    const scan = recursive(
      (self, x: Array, n: Array): Array =>
        lax.cond(
          n.equal(0),
          () => np.eye(2),
          () => np.matmul(x, self(x.mul(0.5), n.sub(1))).add(x),
        ),
      { result: np.eye(2) },
    );
    const plain = (x: Array, n: number): Array =>
      n === 0 ? np.eye(2) : np.matmul(x, plain(x.mul(0.5), n - 1)).add(x);
    const x = np.array([
      [0.5, -1],
      [2, 0.25],
    ]);
    expect(jit(scan)(x, int(4)).sub(plain(x, 4)).abs().max().item()).toBeLessThan(1e-12);
    const loss = (g: (x: Array) => Array) => grad((y: Array) => g(y).mul(g(y)).sum())(x);
    const difference = loss((y) => scan(y, int(4))).sub(loss((y) => plain(y, 4)));
    expect(difference.abs().max().item()).toBeLessThan(1e-10);
  });

  it("says when it is too deep, and what is wrong with its calls", () => {
    const down = (maxDepth: number): ((n: Array) => Array) =>
      recursive(
        (self, n: Array) =>
          lax.cond(
            n.equal(0),
            () => n,
            () => self(n.sub(1)),
          ),
        { maxDepth },
      );
    expect(down(101)(int(100)).item()).toBe(0);
    expect(() => down(100)(int(100)).item()).toThrow(/more than 100 deep.*maxDepth/s);
    expect(() => jit(down(50))(int(100)).item()).toThrow(/more than 50 deep/);
    const inLoop = recursive((self, n: Array) => lax.foriLoop(0, 3, (_: Array, c: Array) => self(c), n));
    expect(() => inLoop(1)).toThrow(/calls itself inside (?:scan|while).*only branches/s);
    const longer = recursive((self, x: Array): Array =>
      lax.cond(
        true,
        () => x.sum(),
        () => self(np.ones([3])),
      ),
    );
    expect(() => longer(np.ones([2]))).toThrow(/called with shape \[2\].*calls itself with \[3\]/s);
    const other = recursive((self, x: Array): Array => self(x, x));
    expect(() => other(1)).toThrow(/called with 1 arguments, and calls itself with 2/);
    const derived = recursive((self, x: Array): Array =>
      lax.cond(
        x.less(1),
        () => x,
        () => grad((y: Array) => self(y))(x),
      ),
    );
    expect(() => derived(2)).toThrow(/differentiates a call of itself/);
  });
});
