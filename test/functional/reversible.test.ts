/** @file Layers that can be undone: the derivatives of the same layers without their inverses, and what is kept of them. */
import { describe, expect, it } from "vitest";
import {
  type Array,
  grad,
  hessian,
  jacfwd,
  jit,
  jvp,
  lax,
  makeJaxpr,
  numpy as np,
  random,
  savedResiduals,
  vmap,
} from "../../src/index.ts";
import {
  additiveCoupling,
  affineCoupling,
  inverseJvp,
  inverseVjp,
  leapfrog,
  reversible,
  reversibleChain,
  reversibleScan,
} from "../../src/functional/index.ts";
import { checkGrads } from "../../src/testing.ts";

type Halves = [Array, Array];

const key = random.key(3);
const normal = (k: number, shape: readonly number[]): Array =>
  random.normal(random.foldIn(key, k), shape, "float64");
const halves = (): Halves => [normal(1, [4]), normal(2, [4])];
const distance = (a: Array, b: Array): number => a.sub(b).abs().max().item();

const net = (a: Array, w: Array): Array => np.tanh(np.matmul(w, a));
const additive = additiveCoupling(net);
const affine = affineCoupling((a: Array, w: Array) => [net(a, w), np.sin(a)]);
const flip = reversible(
  ([a, b]: Halves): Halves => [b, a],
  ([a, b]: Halves): Halves => [b, a],
);

describe("reversible layers", () => {
  it.each([
    ["additive", additive],
    ["affine", affine],
  ] as const)("%s couplings undo themselves", (_, layer) => {
    const [x, w] = [halves(), normal(3, [4, 4])];
    const back = layer.inverse(layer(x, w), w);
    expect(distance(back[1], x[1])).toBeLessThan(1e-14);
    expect(layer.inverse.inverse).toBe(layer);
    const loss = (y: Halves, v: Array): Array => {
      const [a, b] = layer(y, v);
      return np
        .sin(a)
        .sum()
        .add(np.exp(b.mul(0.3)).sum());
    };
    checkGrads(loss, [x, w], { modes: ["rev"], order: 2 });
  });

  it("chains have the derivatives of what they compute, and keep the last output alone", () => {
    const ws = [1, 2, 3].map((k) => normal(k + 3, [4, 4]));
    const chain = reversibleChain(additive, flip, affine, flip, additive);
    const plain = ([a, b]: Halves, [u, v, w]: readonly Array[]): Array => {
      const b1 = b.add(net(a, u));
      const a2 = a.mul(np.exp(net(b1, v))).add(np.sin(b1));
      return a2
        .pow(2)
        .sum()
        .add(np.cos(b1.add(net(a2, w))).sum());
    };
    const chained = (x: Halves, [u, v, w]: readonly Array[]): Array => {
      const [y, z] = chain(x, [[u], [], [v], [], [w]]);
      return y.pow(2).sum().add(np.cos(z).sum());
    };
    const x = halves();
    expect(chained(x, ws).item()).toBeCloseTo(plain(x, ws).item(), 12);
    const slopes = (f: typeof plain): Array => {
      const [[a, b], ofWs] = grad(f, [0, 1])(x, ws);
      return np.concatenate([a, b, ...ofWs].map((g) => g.ravel()));
    };
    expect(distance(slopes(chained), slopes(plain))).toBeLessThan(1e-12);
    expect(distance(jit(() => slopes(chained))(), slopes(plain))).toBeLessThan(1e-12);
    const kept = savedResiduals(chained, x, ws).filter((r) => r.aval.size === 4);
    // The arguments, and the last output with what the loss keeps of it: nothing of the layers between.
    expect(kept.length).toBeLessThanOrEqual(6);
  });

  it("in a loop: the memory of the gradient does not depend on the number of steps", () => {
    const step = leapfrog((q: Array, k: Array) => np.sin(q.mul(k)).neg(), { step: 0.05 });
    const many = reversibleScan(step);
    const plain = ([q, p]: Halves, ks: Array): Halves =>
      lax.scan(
        ([a, b]: Halves, k: Array) => {
          const force = (at: Array): Array => np.sin(at.mul(k)).neg();
          const half = b.add(force(a).mul(0.025));
          const next = a.add(half.mul(0.05));
          return [[next, half.add(force(next).mul(0.025))] as Halves, null];
        },
        [q, p] as Halves,
        ks,
      )[0];
    const loss = (f: (x: Halves, ks: Array) => Halves) => (x: Halves, ks: Array) => {
      const [q, p] = f(x, ks);
      return q.mul(p).sum();
    };
    const ks = np.linspace(0.5, 1.5, 200);
    const x: Halves = [np.array([1, -0.5]), np.array([0.2, 0.1])];
    const slopes = (f: typeof plain): Array => grad(loss(f), 1)(x, ks);
    expect(distance(slopes(many), slopes(plain))).toBeLessThan(1e-10);
    // No array of the program has an entry for each step.
    const programOf = (f: typeof plain): string => String(makeJaxpr(grad((y: Halves) => loss(f)(y, ks)))(x));
    expect(programOf(many)).not.toMatch(/f64\[200,2\]/);
    expect(programOf(plain)).toMatch(/f64\[200,2\]/);
  });

  it("goes through vmap, jit, and forward mode over reverse", () => {
    const scale = reversible(
      (x: Array, w: Array) => x.mul(np.exp(w)),
      (y: Array, w: Array) => y.mul(np.exp(w.neg())),
    );
    const loss = (w: Array): Array => np.sin(scale(1.5, w)).sum();
    const plain = (w: Array): Array => np.sin(np.exp(w).mul(1.5)).sum();
    expect(jacfwd(grad(loss))(0.3).item()).toBeCloseTo(hessian(plain)(0.3).item(), 12);
    expect(grad(grad(loss))(0.3).item()).toBeCloseTo(hessian(plain)(0.3).item(), 12);
    const ws = np.array([0.1, 0.2, 0.3]);
    expect(distance(jit(vmap(grad(loss)))(ws), vmap(grad(plain))(ws))).toBeLessThan(1e-14);
    expect(() => jvp(loss, [1], [1])).toThrow(/reverse mode only/);
    expect(() => reversibleScan(((x: Array) => x) as never)).toThrow(/made by reversible/);
    expect(() => reversibleChain(scale)(1, [] as never)).toThrow(/each of the 1 layers/);
  });
});

describe("products with the inverse of the Jacobian", () => {
  const w = normal(9, [4, 4]);
  const functions: Readonly<Record<string, (x: Array) => Array>> = {
    "element by element": (x) => np.exp(np.sinh(x).mul(2)).add(x.mul(0)),
    "with movements": (x) => np.flip(np.tanh(x.reshape([2, 2]).transpose().mul(3)).ravel()),
    "with a product": (x) => np.sinh(np.matmul(w, np.exp(x))).neg(),
    "with several paths": (x) => np.matmul(w, x).add(np.sin(x)),
    "with branches that meet": (x) =>
      np.concatenate([x.slice([0, 2]).mul(2), x.slice([2, 4]).add(x.slice([0, 2]))]),
  };
  it.each(Object.keys(functions))("%s", (name) => {
    const f = functions[name];
    const [x, v] = [normal(10, [4]).mul(0.3), normal(11, [4])];
    expect(distance(jvp(f, [x], [inverseJvp(f, x, v)])[1], v)).toBeLessThan(1e-10);
    const u = inverseVjp(f, x, v);
    const j = jacfwd(f)(x);
    expect(distance(np.matmul(u, j), v)).toBeLessThan(1e-10);
    expect(
      distance(jit((a: Array, b: Array) => inverseJvp(f, a, b))(x, v), inverseJvp(f, x, v)),
    ).toBeLessThan(1e-13);
  });

  it("of reversible functions and of trees", () => {
    const [x, v] = [halves(), halves()];
    const m = normal(12, [4, 4]);
    const u = inverseJvp(affine, x, v, m);
    const [, back] = jvp((y: Halves) => affineOf(y, m), [x], [u]);
    expect(distance(back[1], v[1])).toBeLessThan(1e-12);
    const tree = (t: { a: Array; b: Array }): { c: Array; d: Array } => ({
      c: np.exp(t.b).add(t.a),
      d: t.a.mul(3),
    });
    const at = { a: np.array(1), b: np.array(2) };
    const { a, b } = inverseJvp(tree, at, { c: 1, d: 6 });
    expect(a.item()).toBeCloseTo(2, 12);
    expect(b.item()).toBeCloseTo((1 - 2) / Math.exp(2), 12);
    expect(() => inverseJvp((y: Array) => y.sum(), np.ones([3]), 1)).toThrow(
      /3 numbers as its argument and 1/,
    );
  });
});

/** As `affine`, without a rule: so with forward mode. */
function affineOf([a, b]: Halves, w: Array): Halves {
  return [a, b.mul(np.exp(net(a, w))).add(np.sin(a))];
}
