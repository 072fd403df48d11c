/** @file Programs are compiled for what static values hold, not for how they print: no stale program, no needless one. */
import { describe, expect, it } from "vitest";
import {
  type Array as NDArray,
  config,
  jit,
  lax,
  numpy as np,
  registerPytreeNode,
  tree,
} from "../../src/index.ts";
import { sameStatic, snapshot } from "../../src/base/static.ts";

class Layer {
  readonly w: NDArray;
  readonly aux: unknown;
  constructor(w: NDArray, aux: unknown) {
    this.w = w;
    this.aux = aux;
  }
}
registerPytreeNode(Layer, {
  flatten: (l) => ({ children: [l.w], aux: l.aux }),
  unflatten: (aux, [w]) => new Layer(w as NDArray, aux),
});

class Version {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  equals(other: unknown): boolean {
    return other instanceof Version && other.name === this.name;
  }
}

const f = (): unknown => 0;
const g = (): unknown => 0;
const cyclic = (): unknown => {
  const x: Record<string, unknown> = { a: 1 };
  x.self = x;
  return x;
};

const different: readonly (readonly [unknown, unknown])[] = [
  [{ act: f }, { act: g }],
  [Infinity, -Infinity],
  [NaN, Infinity],
  [{ x: Infinity }, { x: NaN }],
  [{ x: null }, { x: undefined }],
  [0, -0],
  [[0], [-0]],
  [{ a: 1 }, { b: 1 }],
  [{ a: 1 }, { a: 1, b: 2 }],
  [{ a: undefined }, {}],
  [
    [1, [2, 3]],
    [1, [2], 3],
  ],
  [[], {}],
  ["1", 1],
  [new Map([[1, 2]]), new Map([[1, 3]])],
  [new Set([1]), new Set([2])],
  [new Date(0), new Date(1)],
  [Float64Array.of(1, 2), Float64Array.of(1, 3)],
  [Float64Array.of(1, 2), Float32Array.of(1, 2)],
  [Symbol("a"), Symbol("a")],
  [1n, 2n],
  [new Version("a"), new Version("b")],
  [/a/, /b/],
];
const equal: readonly (readonly [unknown, unknown])[] = [
  [{ act: f }, { act: f }],
  [
    { a: 1, b: [2, { c: "x" }] },
    { b: [2, { c: "x" }], a: 1 },
  ],
  [[NaN], [NaN]],
  [Float64Array.of(1, NaN), Float64Array.of(1, NaN)],
  [new Version("a"), new Version("a")],
  [cyclic(), cyclic()],
  [1n, 1n],
];

describe("static values", () => {
  it("are the same if they hold the same", () => {
    for (const [a, b] of different)
      expect([a, b, sameStatic(a, b), sameStatic(b, a)]).toEqual([a, b, false, false]);
    for (const [a, b] of equal) expect([sameStatic(a, b), sameStatic(b, a)]).toEqual([true, true]);
  });

  it("beside the arrays of a class choose the program", () => {
    const seen: unknown[] = [];
    const run = jit((l: Layer) => {
      seen.push(l.aux);
      return l.w.mul(2);
    });
    const w = np.array([1, 2]);
    for (const [a, b] of different) {
      run.clearCache();
      seen.length = 0;
      for (const aux of [a, b, a, b]) run(new Layer(w, aux));
      expect(seen).toHaveLength(2);
    }
    for (const [a, b] of equal) {
      run.clearCache();
      seen.length = 0;
      for (const aux of [a, b, a, b]) run(new Layer(w, aux));
      expect(seen).toHaveLength(1);
    }
  });

  it("as arguments choose the program", () => {
    let traces = 0;
    const run = jit(
      (x: NDArray, s: object | string | number) => {
        traces++;
        return s === 0 ? x : x.mul(2);
      },
      { staticArgnums: 1 },
    );
    const x = np.array([1, 2]);
    for (const [pairs, wanted] of [
      [different, 2],
      [equal, 1],
    ] as const)
      for (const [a, b] of pairs) {
        run.clearCache();
        traces = 0;
        for (const s of [a, b, a, b]) run(x, s as number);
        expect(traces).toBe(wanted);
      }
  });

  it("activations in auxiliary data are those of the call", () => {
    const run = jit((l: Layer) => (l.aux as { act: (x: NDArray) => NDArray }).act(l.w));
    const w = np.array([0, 0]);
    expect(run(new Layer(w, { act: np.tanh })).js()).toEqual([0, 0]);
    expect(run(new Layer(w, { act: np.exp })).js()).toEqual([1, 1]);
  });

  it("changed in place are other values", () => {
    const aux = { act: np.tanh as (x: NDArray) => NDArray, sizes: [1, 2] };
    const run = jit((l: Layer) => (l.aux as typeof aux).act(l.w).mul((l.aux as typeof aux).sizes[1]));
    const w = np.array([0, 0]);
    expect(run(new Layer(w, aux)).js()).toEqual([0, 0]);
    aux.act = np.exp;
    expect(run(new Layer(w, aux)).js()).toEqual([2, 2]);
    aux.sizes[1] = 3;
    expect(run(new Layer(w, aux)).js()).toEqual([3, 3]);
    expect(snapshot(aux)).toEqual({ ...aux });
  });

  it("keep structures of trees apart", () => {
    const w = np.array([1]);
    const structure = (aux: unknown): ReturnType<typeof tree.structure> =>
      tree.structure({ layer: new Layer(w, aux) });
    for (const [a, b] of different) expect(structure(a).equals(structure(b))).toBe(false);
    for (const [a, b] of equal) expect(structure(a).equals(structure(b))).toBe(true);
    expect(() =>
      lax.cond(
        true,
        () => new Layer(w, { a: f }),
        () => new Layer(w, { a: g }),
      ),
    ).toThrow();
  });
});

describe("settings", () => {
  it("that alternate make one program each", () => {
    let traces = 0;
    const run = jit((x: NDArray) => {
      traces++;
      return x.add(np.ones([2]));
    });
    const x = np.array([1, 2]);
    for (let i = 0; i < 100; i++) {
      run(x);
      config.with({ defaultFloat: "float32" }, () => run(x));
      config.with({ debugNans: false }, () => run(x));
    }
    expect(traces).toBe(2);
  });
});
