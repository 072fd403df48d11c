/** @file Vertex elimination: Jacobians are those of forward mode, costs those worked out by hand, mixed orders cheaper where they are. */
import { describe, expect, it } from "vitest";
import { type Array, grad, jacfwd, jit, numpy as np, random, vmap } from "../../src/index.ts";
import { eliminations, jacobian } from "../../src/elimination/index.ts";

/** Inputs that meet in one number, a chain, and results that fan out: the bat of Griewank and Walther, with wings of n. */
const bat =
  (length: number) =>
  (x: Array): Array => {
    let t = np.sin(x.mul(x)).sum();
    for (let i = 0; i < length; i++) t = np.sin(t);
    return np.cos(t.mul(np.arange(1, 5)));
  };

/** The flux of an ideal gas in one dimension, of density, momentum and energy. */
const flux = ([rho, m, e]: [Array, Array, Array]): Array[] => {
  const u = m.div(rho);
  const p = e.sub(m.mul(u).mul(0.5)).mul(0.4);
  return [m, m.mul(u).add(p), u.mul(e.add(p))];
};

/** The Helmholtz energy of the survey of Baydin et al. */
const helmholtz = (x: Array): Array => {
  const n = x.size;
  const b = np.arange(1, n + 1).mul(0.01);
  const a = np.add(b.reshape([n, 1]), b).mul(0.5);
  const bx = np.dot(b, x);
  const quadratic = np.dot(x, np.dot(a, x)).div(bx.mul(Math.sqrt(8)));
  const inner = np.log(
    bx
      .mul(1 + Math.SQRT2)
      .add(1)
      .div(bx.mul(1 - Math.SQRT2).add(1)),
  );
  return np.sum(x.mul(np.log(x.div(bx.mul(-1).add(1))))).sub(quadratic.mul(inner));
};

const key = random.key(5);
const uniform = (n: number): Array => random.uniform(key, [n], "float64", 0.1, 0.4);
const distance = (a: Array, b: Array): number => a.sub(b).abs().max().item();
const costs = (e: ReturnType<typeof eliminations>): Record<string, number> =>
  Object.fromEntries(e.plans.map((p) => [p.name, p.multiplications]));

describe("elimination", () => {
  it("counts what one counts by hand", () => {
    // x, y → z = x·y → sin z, cos z, exp z: two edges into z, three out of it. Six products, whatever the order.
    const f = (x: Array, y: Array): Array[] => {
      const z = x.mul(y);
      return [np.sin(z), np.cos(z), np.exp(z)];
    };
    const e = eliminations(f, 1, 2);
    expect([e.inputs, e.outputs, e.vertices]).toEqual([2, 3, 4]);
    expect(costs(e)).toEqual({ forward: 6, reverse: 6, markowitz: 6, searched: 6 });
    // A chain of k numbers between one input and one result: k − 1 products.
    const chain = (x: Array): Array => np.sin(np.exp(np.cos(np.tanh(x))));
    expect(costs(eliminations(chain, 1))).toEqual({ forward: 3, reverse: 3, markowitz: 3, searched: 3 });
    // Additions alone multiply nothing.
    expect(eliminations((x: Array, y: Array) => [x.add(y), x.sub(y)], 1, 2).best.multiplications).toBe(0);
  });

  it("finds mixed orders where they win", () => {
    const e = eliminations(bat(8), uniform(4));
    const { forward, reverse, markowitz, searched } = costs(e);
    // Through the chain once, not once for each of four inputs or results: 4 slopes of the wing and 8 of the chain are
    // 7 products along it, then 4·4 + 4 + 4 around it at most.
    expect(markowitz).toBeLessThan(Math.min(forward, reverse));
    expect(searched).toBeLessThanOrEqual(markowitz);
    expect(searched).toBeLessThanOrEqual(7 + 16 + 8 + 4);
    expect(forward).toBeGreaterThanOrEqual(8 * 4);
    expect(String(e)).toMatch(
      /^4 inputs, \d+ vertices, 4 results, \d+ edges\norder +multiplications +additions\nforward/,
    );
    const ofFlux = costs(eliminations(flux, [1.2, 0.5, 2.5] as never));
    expect(ofFlux.searched).toBeLessThan(Math.min(ofFlux.forward, ofFlux.reverse));
    const ofEnergy = costs(eliminations(helmholtz, uniform(6)));
    expect(ofEnergy.reverse).toBeLessThan(ofEnergy.forward);
    expect(ofEnergy.searched).toBeLessThanOrEqual(ofEnergy.reverse);
  });
});

const functions: Readonly<Record<string, (x: Array) => Array>> = {
  "a bat": bat(5),
  "a flux": (x) => np.stack(flux([x.slice(0), x.slice(1), x.slice(2)])),
  "a gradient": (x) => grad(helmholtz)(x),
  "a sum of an operand with itself": (x) => x.mul(x).mul(x).add(x),
  "products of matrices, and what moves": (x) => {
    const m = np.outer(x, x.slice([null, null, -1]));
    return np.matmul(m, np.tanh(m.transpose())).ravel().slice([2, 6]);
  },
  "comparisons, maxima and selections": (x) =>
    np.where(x.greater(0.2), np.maximum(x, 0.3).mul(x), np.cumsum(x)),
  "what does not depend on it": (x) => np.concatenate([np.ones([2]), x.mul(np.arange(x.size))]),
  "loops and factorisations": (x) => np.linalg.solve(np.diag(x).add(1), np.sin(x)),
};

describe.each(Object.keys(functions))("jacobian of %s", (name) => {
  const f = functions[name];
  const x = uniform(name === "a flux" ? 3 : 4);
  const want = jacfwd(f)(x);

  it.each(["auto", "forward", "reverse", "coloured", "markowitz", "searched"] as const)("%s", (mode) => {
    const d = jacobian(f, { mode });
    expect(distance(d(x), want)).toBeLessThan(1e-12);
    expect(distance(jit((y: Array) => d(y))(x), want)).toBeLessThan(1e-12);
  });
});

describe("jacobian", () => {
  it("gives trees as jacfwd does, of one argument among several", () => {
    const f = (k: Array, { a, b }: { a: Array; b: Array }): { u: Array; v: Array[] } => ({
      u: a.mul(b.sum()).mul(k),
      v: [np.sin(b)],
    });
    const args = [np.array(2), { a: np.array(0.5), b: np.array([1, 2]) }] as const;
    const got = jacobian(f, { argnums: 1, mode: "markowitz" })(...args);
    const want = jacfwd(f, 1)(...args);
    for (const [x, y] of [
      [got.u.a, want.u.a],
      [got.u.b, want.u.b],
      [got.v[0].a, want.v[0].a],
      [got.v[0].b, want.v[0].b],
    ]) {
      expect(x.shape).toEqual(y.shape);
      expect(distance(x, y)).toBeLessThan(1e-14);
    }
  });

  it("is differentiated and mapped", () => {
    const d = jacobian(bat(2), { mode: "searched" });
    const x = uniform(4);
    expect(distance(jacfwd((y: Array) => d(y))(x), jacfwd(jacfwd(bat(2)))(x))).toBeLessThan(1e-12);
    const xs = np.stack([x, x.mul(2)]);
    expect(distance(vmap((y: Array) => d(y))(xs), vmap(jacfwd(bat(2)))(xs))).toBeLessThan(1e-12);
  });

  it("refuses what it cannot take apart", () => {
    expect(() => jacobian(bat(1), { mode: "best" as never })).toThrow(/mode.*auto/s);
    expect(() => jacobian(bat(1), { argnums: 1 })(np.ones([4]))).toThrow(/argnums names argument 1/);
    expect(() => eliminations((x: Array) => x, np.arange(3))).toThrow(/real floating-point/);
    expect(() => eliminations((x: Array) => np.sin(x), np.ones([30_000]))).toThrow(/more than 20000/);
    // What is too large to take apart is still differentiated.
    expect(jacobian((x: Array) => x.mul(x).sum())(np.ones([30_000])).shape).toEqual([30_000]);
  });
});
