/**
 * @file Indexing against a reference: NumPy's rules written out as loops over coordinates, on random indices; updates,
 * modes, masks, derivatives, batching and messages by hand.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grad, makeJaxpr, vjp, vmap } from "../../src/api/index.ts";
import { IndexError, ShapeError } from "../../src/base/errors.ts";
import type { Array as NDArray, IndexEntry } from "../../src/index.ts";
import * as np from "../../src/numpy/index.ts";

const i32 = (v: number | readonly unknown[]): NDArray => np.array(v as number[], "int32");

/** A plain description of an entry: numbers, slices, null, "...", or a list of positions of some shape. */
type Plain =
  | { kind: "int"; at: number }
  | { kind: "slice"; parts: (number | null)[] }
  | { kind: "new" }
  | { kind: "dots" }
  | { kind: "list"; shape: number[]; at: number[] };

const toEntry = (p: Plain): IndexEntry => {
  if (p.kind === "int") return p.at;
  if (p.kind === "slice") return p.parts;
  if (p.kind === "new") return null;
  return p.kind === "dots" ? "..." : np.reshape(i32(p.at), p.shape);
};

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function coordinates(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (out, d) => out.flatMap((c) => Array.from({ length: d }, (_, i) => [...c, i])),
    [[]],
  );
}

/** Python's range of a slice, by walking. */
function walk([lo, hi, step]: (number | null)[], n: number): number[] {
  const by = step ?? 1;
  const out: number[] = [];
  const fix = (v: number): number => (v < 0 ? v + n : v);
  let i = lo === null || lo === undefined ? (by > 0 ? 0 : n - 1) : fix(lo);
  if (by > 0 && i < 0) i = 0;
  if (by < 0 && i > n - 1) i = n - 1;
  const end = hi === null || hi === undefined ? (by > 0 ? n : -1) : Math.max(-1, fix(hi));
  for (; by > 0 ? i < Math.min(end, n) : i > end; i += by) if (i >= 0 && i < n) out.push(i);
  return out;
}

/** The coordinates in x that each element of x[index] reads, and the shape of x[index]. */
function reference(shape: readonly number[], plain: Plain[]): { shape: number[]; from: number[][] } {
  const named = plain.filter((p) => p.kind !== "new" && p.kind !== "dots").length;
  const whole = Array.from({ length: shape.length - named }, (): Extract<Plain, { kind: "slice" }> => ({
    kind: "slice",
    parts: [],
  }));
  const dots = plain.findIndex((p) => p.kind === "dots");
  type Named = Exclude<Plain, { kind: "dots" }>;
  const spelled = plain.flatMap((p): Named[] => (p.kind === "dots" ? whole : [p]));
  const full = dots === -1 ? [...spelled, ...whole] : spelled;
  const lists = plain.flatMap((p) => (p.kind === "list" ? [p.shape] : []));
  const joint = lists.length === 0 ? [] : np.broadcastShapes(...lists);
  const advanced = plain.flatMap((p, i) => (p.kind === "int" || p.kind === "list" ? [i] : []));
  const together = advanced.every((p, i) => i === 0 || p === advanced[i - 1] + 1);
  const out: { size: number; what: "joint" | "new" | number[] }[] = [];
  let axis = 0;
  let placed = !together;
  const place = (): void => {
    joint.forEach((d) => out.push({ size: d, what: "joint" }));
    placed = true;
  };
  if (!together) place();
  const pick: ((c: number[], j: number[]) => number)[] = [];
  for (const p of full) {
    if (p.kind === "new") {
      out.push({ size: 1, what: "new" });
      continue;
    }
    const n = shape[axis++];
    if (p.kind === "slice") {
      const list = walk(p.parts, n);
      const at = out.length;
      out.push({ size: list.length, what: list });
      pick.push((c) => list[c[at]]);
    } else {
      if (!placed) place();
      const own = p.kind === "int" ? [] : p.shape;
      const values = p.kind === "int" ? [p.at] : p.at;
      pick.push((_, j) => {
        let flat = 0;
        own.forEach((d, i) => (flat = flat * d + (d === 1 ? 0 : j[joint.length - own.length + i])));
        const v = values[flat] < 0 ? values[flat] + n : values[flat];
        return Math.min(Math.max(v, 0), n - 1);
      });
    }
  }
  const jointAt = out.flatMap((o, i) => (o.what === "joint" ? [i] : []));
  const result = out.map((o) => o.size);
  const from = coordinates(result).map((c) => {
    const j = jointAt.map((i) => c[i]);
    return pick.map((f) => f(c, j));
  });
  return { shape: result, from };
}

const flatIndex = (c: readonly number[], shape: readonly number[]): number =>
  c.reduce((at, v, i) => at * shape[i] + v, 0);

const jointShapes: number[][] = [[], [2], [3], [2, 3]];
const shapeArb = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
const indexArb = shapeArb.chain((shape) => {
  const joint = fc.constantFrom(...jointShapes);
  return fc.tuple(fc.constant(shape), joint).chain(([s, j]) => {
    const axis = (n: number): fc.Arbitrary<Plain> =>
      fc.oneof(
        fc.integer({ min: -n, max: n - 1 }).map((at): Plain => ({ kind: "int", at })),
        fc
          .tuple(
            fc.option(fc.integer({ min: -5, max: 5 })),
            fc.option(fc.integer({ min: -5, max: 5 })),
            fc.constantFrom(1, 2, -1, -2),
          )
          .map((parts): Plain => ({ kind: "slice", parts })),
        fc.boolean().chain((narrow) => {
          const own = narrow ? j.map((d, i) => (i === 0 ? 1 : d)) : j;
          return fc
            .array(fc.integer({ min: -n, max: n - 1 }), { minLength: size(own), maxLength: size(own) })
            .map((at): Plain => ({ kind: "list", shape: own, at }));
        }),
      );
    const used = fc.integer({ min: 0, max: s.length });
    return fc.tuple(used, fc.boolean()).chain(([k, dots]) => {
      const tail = dots ? fc.integer({ min: 0, max: k }) : fc.constant(0);
      return tail.chain((t) => {
        const axes = s.map((n, i) => (i < k - t || i >= s.length - t ? axis(n) : null));
        const entries = fc.tuple(...axes.filter((a): a is fc.Arbitrary<Plain> => a !== null));
        return fc.tuple(entries, fc.array(fc.nat({ max: 5 }), { maxLength: 2 })).map(([list, news]) => {
          const all: Plain[] = dots
            ? [...list.slice(0, k - t), { kind: "dots" }, ...list.slice(k - t)]
            : [...list];
          for (const at of news) all.splice(Math.min(at, all.length), 0, { kind: "new" });
          return { shape: s, plain: all };
        });
      });
    });
  });
});

const values = (shape: readonly number[]): NDArray =>
  np.reshape(np.arange(size(shape), { dtype: "float64" }), shape);

describe("x.slice(index) is NumPy's x[index]", () => {
  test("on random indices", () => {
    fc.assert(
      fc.property(indexArb, ({ shape, plain }) => {
        const want = reference(shape, plain);
        const got = values(shape).slice(...plain.map(toEntry));
        expect(got.shape).toEqual(want.shape);
        expect([...got.dataSync()]).toEqual(want.from.map((c) => flatIndex(c, shape)));
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  test("its transpose and at(index).add agree with it", () => {
    fc.assert(
      fc.property(indexArb, ({ shape, plain }) => {
        const want = reference(shape, plain);
        const entries = plain.map(toEntry);
        const counts = new Array<number>(size(shape)).fill(0);
        want.from.forEach((c, i) => (counts[flatIndex(c, shape)] += i + 1));
        const ct = np.reshape(np.arange(1, want.from.length + 1, { dtype: "float64" }), want.shape);
        const [, back] = vjp((x: NDArray) => x.slice(...entries), [values(shape)]);
        expect([...(back(ct) as NDArray[])[0].dataSync()]).toEqual(counts);
        const added = np
          .zeros(shape)
          .at(...entries)
          .add(ct);
        expect([...added.dataSync()]).toEqual(counts);
      }),
      { numRuns: 150, seed: 8 },
    );
  });

  test("at(index).set writes where slice reads", () => {
    fc.assert(
      fc.property(indexArb, ({ shape, plain }) => {
        const want = reference(shape, plain);
        const set = values(shape)
          .at(...plain.map(toEntry))
          .set(-1);
        const expected = Array.from({ length: size(shape) }, (_, i) => i);
        for (const c of want.from) expected[flatIndex(c, shape)] = -1;
        expect([...set.dataSync()]).toEqual(expected);
      }),
      { numRuns: 150, seed: 9 },
    );
  });

  test("batched by vmap", () => {
    const x = values([3, 4, 2]);
    const rows = vmap((v: NDArray) => v.slice(i32([2, 0]), 1))(x);
    expect(rows.js()).toEqual([
      [5, 1],
      [13, 9],
      [21, 17],
    ]);
    const each = vmap((v: NDArray, i: NDArray) => v.slice(i))(x, i32([3, 0, -1]));
    expect(each.js()).toEqual([
      [6, 7],
      [8, 9],
      [22, 23],
    ]);
    const put = vmap((v: NDArray, i: NDArray) => v.at(i).set(0))(np.ones([2, 3]), i32([2, 0]));
    expect(put.js()).toEqual([
      [1, 1, 0],
      [0, 1, 1],
    ]);
  });
});

describe("which primitives an index becomes", () => {
  const primitives = (f: (x: NDArray, i: NDArray) => NDArray): string =>
    String(makeJaxpr(f)(values([4, 5]), i32(1)));
  test("static ones slice, a traced scalar slices dynamically, arrays gather once", () => {
    expect(primitives((x) => x.slice([1, 3], 2))).not.toMatch(/gather|dynamic/);
    expect(primitives((x, i) => x.slice(i))).toMatch(/dynamic_slice/);
    expect(primitives((x) => x.slice(i32([0, 1]), [0, 2])).match(/gather/g)).toHaveLength(1);
    expect(primitives((x) => x.at([1, 3]).set(0))).toMatch(/dynamic_update_slice/);
  });
});

describe("positions outside the array", () => {
  const x = np.array([10, 20, 30]);
  const at = i32([1, 7, -1, -9]);
  test("reading", () => {
    expect(x.slice(at).js()).toEqual([20, 30, 30, 10]);
    expect(x.at(at).get({ mode: "fill" }).js()).toEqual([20, NaN, 30, NaN]);
    expect(x.at(at).get({ fillValue: 0 }).js()).toEqual([20, 0, 30, 0]);
    expect(i32([1, 2, 3]).at(at).get({ mode: "fill" }).js()).toEqual([2, -2147483648, 3, -2147483648]);
    expect(x.slice(i32(9)).item()).toBe(30);
  });
  test("writing", () => {
    expect(x.at(at).set(0).js()).toEqual([10, 0, 0]);
    expect(x.at(at).add(1, { mode: "clip" }).js()).toEqual([11, 21, 32]);
  });
  test("static ones are errors", () => {
    expect(() => x.slice(3)).toThrow(IndexError);
    expect(() => x.slice(-4)).toThrow("out of bounds for axis 0");
    expect(() => x.slice(0, 0)).toThrow("2 indices for an array of 1 dimensions");
    expect(() => x.slice("...", "...")).toThrow(IndexError);
    expect(() => x.slice(np.array([0.5]))).toThrow("integer or boolean");
    expect(() => x.slice([0, 1, 2, 3])).toThrow("np.array");
    expect(() => x.at(0).set(np.zeros([2]))).toThrow(ShapeError);
  });
});

describe("masks", () => {
  const x = values([2, 3]);
  const mask = np.array([
    [true, false, true],
    [false, false, true],
  ]);
  test("concrete ones pick", () => {
    expect(x.slice(mask).js()).toEqual([0, 2, 5]);
    expect(x.slice([], np.array([true, false, true])).js()).toEqual([
      [0, 2],
      [3, 5],
    ]);
    expect(
      x
        .at(mask)
        .set(np.array([7, 8, 9]))
        .js(),
    ).toEqual([
      [7, 1, 8],
      [3, 4, 9],
    ]);
    expect(x.slice(np.array(true)).shape).toEqual([1, 2, 3]);
    expect(x.slice(np.array(false)).shape).toEqual([0, 2, 3]);
    expect(() => x.slice(np.array([true, false, true]))).toThrow("does not fit");
  });
  test("traced ones update", () => {
    const f = vmap((v: NDArray) => v.at(v.greater(2)).mul(10));
    expect(f(x).js()).toEqual([
      [0, 1, 2],
      [30, 40, 50],
    ]);
    expect(() => vmap((v: NDArray) => v.slice(v.greater(2)))(x)).toThrow("np.where");
  });
  test("elements left alone keep a derivative free of the update's", () => {
    const g = grad((v: NDArray) => v.at(v.greater(1)).mul(2).sum());
    expect(g(np.array([0, 3, NaN])).js()).toEqual([1, 2, 1]);
  });
});

describe("at(index)", () => {
  const x = np.array([1, 2, 3, 4]);
  const twice = i32([1, 1]);
  test("repeated positions", () => {
    expect(x.at(twice).add(10).js()).toEqual([1, 22, 3, 4]);
    expect(
      x
        .at(twice)
        .subtract(np.array([1, 2]))
        .js(),
    ).toEqual([1, -1, 3, 4]);
    expect(x.at(twice).multiply(3).js()).toEqual([1, 18, 3, 4]);
    expect(x.at(twice).divide(2).js()).toEqual([1, 0.5, 3, 4]);
    expect(
      x
        .at(i32([3, 3]))
        .power(2)
        .js(),
    ).toEqual([1, 2, 3, 256]);
    expect(
      x
        .at(twice)
        .min(np.array([0, 5]))
        .js(),
    ).toEqual([1, 0, 3, 4]);
    expect(
      x
        .at(twice)
        .max(np.array([0, 5]))
        .js(),
    ).toEqual([1, 5, 3, 4]);
    expect(
      x
        .at(i32([2, 2, 9]))
        .apply((v) => v.mul(v))
        .js(),
    ).toEqual([1, 2, 81, 4]);
    expect(
      x
        .at([0, 2])
        .apply((v) => v.neg())
        .js(),
    ).toEqual([-1, -2, 3, 4]);
  });
  test("apply to traced positions, as often as each is named", () => {
    const f = vmap((i: NDArray) => x.at(i).apply((v) => v.mul(v)));
    expect(
      f(
        i32([
          [1, 1],
          [3, -9],
          [2, 0],
        ]),
      ).js(),
    ).toEqual([
      [1, 16, 3, 4],
      [1, 2, 3, 16],
      [1, 2, 9, 4],
    ]);
  });
  test("the dtype is the array's", () => {
    expect(i32([1, 2]).at(0).set(7).dtype).toBe("int32");
    expect(i32([1, 2]).at(0).add(0.75).js()).toEqual([1, 2]);
    expect(np.ones([2], "float32").at(0).add(np.ones([], "float64")).dtype).toBe("float32");
    expect(i32([4, 2]).at(0).divide(8).js()).toEqual([0.5, 2]);
  });
  test("derivatives", () => {
    const g = grad((v: NDArray) => x.at(twice).set(v).sum(), 0);
    expect(g(np.array(5)).item()).toBe(1);
    const h = grad((v: NDArray) => v.at(0).set(9).mul(v).sum());
    expect(h(x).js()).toEqual([9, 4, 6, 8]);
    expect(() => grad((v: NDArray) => x.at(twice).mul(v).sum())(np.array([1, 2]))).toThrow("uniqueIndices");
  });
  test("unknown options", () => {
    expect(() => x.at(0).set(1, { mod: "clip" } as object)).toThrow("did you mean 'mode'");
    expect(() => x.at(0).get({ mode: "wrap" as "clip" })).toThrow("unknown mode");
  });
});
