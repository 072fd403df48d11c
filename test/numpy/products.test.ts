/** @file Products and einsum against loops; sorting, sets, polynomials, signals, vectorize, segments, images by hand. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grad, makeJaxpr, vmap } from "../../src/api/index.ts";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import * as image from "../../src/image/index.ts";
import type { Array as NDArray } from "../../src/index.ts";
import * as np from "../../src/numpy/index.ts";
import * as ops from "../../src/ops/index.ts";
import { mapCoordinates } from "../../src/scipy/ndimage.ts";

const i32 = (v: number | readonly unknown[]): NDArray => np.array(v as number[], "int32");
const close = (x: NDArray, want: readonly number[], digits = 10): void => {
  const got = [...x.dataSync()];
  expect(got).toHaveLength(want.length);
  got.forEach((v, i) => expect(v).toBeCloseTo(want[i], digits));
};

/** Sum over all assignments of sizes to labels. */
function naiveEinsum(terms: string[], out: string, arrays: NDArray[]): number[] {
  const sizes = new Map<string, number>();
  terms.forEach((t, k) =>
    t.split("").forEach((l, i) => sizes.set(l, Math.max(sizes.get(l) ?? 1, arrays[k].shape[i]))),
  );
  const labels = [...sizes.keys()];
  const total = out.split("").reduce((n, l) => n * sizes.get(l)!, 1);
  const result = new Array<number>(total).fill(0);
  const data = arrays.map((a) => a.dataSync());
  const at = (t: string, shape: readonly number[], of: Map<string, number>): number =>
    t.split("").reduce((n, l, i) => n * shape[i] + (shape[i] === 1 ? 0 : of.get(l)!), 0);
  const visit = (k: number, of: Map<string, number>): void => {
    if (k < labels.length) {
      for (let v = 0; v < sizes.get(labels[k])!; v++) visit(k + 1, of.set(labels[k], v));
      return;
    }
    const product = terms.reduce((p, t, i) => p * data[i][at(t, arrays[i].shape, of)], 1);
    result[
      at(
        out,
        out.split("").map((l) => sizes.get(l)!),
        of,
      )
    ] += product;
  };
  visit(0, new Map());
  return result;
}

describe("einsum", () => {
  const term = fc.string({ unit: fc.constantFrom("a", "b", "c", "d"), maxLength: 3 });
  const arb = fc.record({
    terms: fc.array(term, { minLength: 1, maxLength: 4 }),
    sizes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 4 }),
    order: fc.nat(),
    ones: fc.nat({ max: 40 }),
    optimize: fc.constantFrom("auto", "greedy", false) as fc.Arbitrary<"auto" | "greedy" | false>,
  });
  test("random expressions", () => {
    fc.assert(
      fc.property(arb, ({ terms, sizes, order, ones, optimize }) => {
        const arrays = terms.map((t, k) => {
          const shape = t.split("").map((l) => sizes["abcd".indexOf(l)]);
          if (ones === k && shape.length > 0 && new Set(t).size === t.length) shape[0] = 1;
          const n = shape.reduce((p, d) => p * d, 1);
          return np.reshape(np.array(Array.from({ length: n }, (_, i) => ((i * 7 + k) % 5) - 2)), shape);
        });
        const used = [...new Set(terms.join(""))];
        const out = used.filter((_, i) => ((order >> i) & 1) === 1);
        if ((order >> 5) % 2 === 1) out.reverse();
        const got = np.einsum(`${terms.join(",")}->${out.join("")}`, ...arrays, { optimize });
        expect([...got.dataSync()].map((v) => v + 0)).toEqual(
          naiveEinsum(terms, out.join(""), arrays).map((v) => v + 0),
        );
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  test("ellipses, implicit results, lists of labels", () => {
    const a = np.reshape(np.arange(12, { dtype: "float64" }), [2, 2, 3]);
    const b = np.array([1, 0, -1]);
    expect(np.einsum("...ij,...j->...i", a, b).js()).toEqual([
      [-2, -2],
      [-2, -2],
    ]);
    expect(np.einsum("ba", np.array([[1, 2, 3]])).js()).toEqual([[1], [2], [3]]);
    expect(
      np
        .einsum(
          "ii",
          np.array([
            [1, 2],
            [3, 4],
          ]),
        )
        .item(),
    ).toBe(5);
    expect(np.einsum(a, [0, 1, 2], b, [2], [1, 0]).js()).toEqual([
      [-2, -2],
      [-2, -2],
    ]);
    expect(np.einsum("...->...", b).js()).toEqual([1, 0, -1]);
    expect(np.einsum("...a,...b->...ab", np.ones([4, 2]), np.ones([1, 3])).shape).toEqual([4, 2, 3]);
  });

  test("a chain is contracted in pairs, by dotGeneral, never as one outer product", () => {
    const [path, report] = np.einsumPath("ab,bc,cd->ad", np.ones([2, 9]), np.ones([9, 9]), np.ones([9, 2]));
    expect(path).toHaveLength(2);
    expect(report).toContain("Multiplications by path:    198");
    const text = String(
      makeJaxpr((x: NDArray, y: NDArray) => np.einsum("ij,kj,kl->il", x, y, y))(
        np.ones([2, 3]),
        np.ones([4, 3]),
      ),
    );
    expect(text.match(/dot_general/g)).toHaveLength(2);
    expect(text).not.toMatch(/reduce_sum/);
  });

  test("errors", () => {
    const a = np.ones([2, 3]);
    expect(() => np.einsum("ij,jk->ik", a, a)).toThrow(ShapeError);
    expect(() => np.einsum("ij->ik", a)).toThrow("'k' is in no operand");
    expect(() => np.einsum("ij->ii", a)).toThrow("twice");
    expect(() => np.einsum("ij,ij", a)).toThrow("2 operands");
    expect(() => np.einsum("i", a)).toThrow(ShapeError);
    expect(() => np.einsum("i&", a)).toThrow("no subscript");
  });
});

describe("products", () => {
  const a = np.array([
    [1, 2],
    [3, 4],
  ]);
  const v = np.array([1, -1]);
  test("matmul and its relatives", () => {
    expect(np.matmul(a, a).js()).toEqual([
      [7, 10],
      [15, 22],
    ]);
    expect(np.matmul(a, v).js()).toEqual([-1, -1]);
    expect(np.matmul(v, a).js()).toEqual([-2, -2]);
    expect(np.matmul(np.ones([5, 1, 2, 3]), np.ones([4, 3, 2])).shape).toEqual([5, 4, 2, 2]);
    expect(np.matmul(i32([[1, 2]]), i32([[3], [4]])).dtype).toBe("int32");
    expect(np.dot(3, v).js()).toEqual([3, -3]);
    expect(np.dot(np.ones([2, 3, 4]), np.ones([5, 4, 6])).shape).toEqual([2, 3, 5, 6]);
    expect(np.vdot(a, a).item()).toBe(30);
    expect(np.vecdot(a, v).js()).toEqual([-1, -1]);
    expect(np.vecdot(a, v, { axis: 0 }).js()).toEqual([-2, -2]);
    expect(np.matvec(a, v).js()).toEqual([-1, -1]);
    expect(np.vecmat(v, a).js()).toEqual([-2, -2]);
    expect(np.inner(a, a).js()).toEqual([
      [5, 11],
      [11, 25],
    ]);
    expect(np.outer(v, a).shape).toEqual([2, 4]);
    expect(np.kron(v, np.array([1, 2])).js()).toEqual([1, 2, -1, -2]);
    expect(np.tensordot(a, a).item()).toBe(30);
    expect(np.tensordot(a, a, [[0], [1]]).js()).toEqual([
      [7, 15],
      [10, 22],
    ]);
    expect(np.cross(np.array([1, 0, 0]), np.array([0, 1, 0])).js()).toEqual([0, 0, 1]);
    expect(np.cross(np.array([1, 2]), np.array([3, 4])).item()).toBe(-2);
    expect(np.cross(np.array([1, 2]), np.array([0, 0, 5])).js()).toEqual([10, -5, 0]);
    expect(() => np.matmul(a, 2)).toThrow("multiply");
    expect(() => np.matmul(a, np.ones([3]))).toThrow(ShapeError);
    expect(() => np.cross(np.ones([4]), np.ones([4]))).toThrow("2 or 3");
  });
  test("derivatives", () => {
    expect(grad((x: NDArray) => np.matmul(x, v).sum())(a).js()).toEqual([
      [1, -1],
      [1, -1],
    ]);
    expect(grad((x: NDArray) => np.einsum("ii->", x.mul(x)))(a).js()).toEqual([
      [2, 0],
      [0, 8],
    ]);
  });
});

describe("sorting", () => {
  const x = np.array([3, NaN, 1, 2, 1]);
  test("sorts", () => {
    expect(np.sort(x).js()).toEqual([1, 1, 2, 3, NaN]);
    expect(np.sort(x, { descending: true }).js()).toEqual([NaN, 3, 2, 1, 1]);
    expect(np.argsort(x).js()).toEqual([2, 4, 3, 0, 1]);
    expect(np.argsort(np.array([1, 2, 1]), { descending: true }).js()).toEqual([1, 0, 2]);
    expect(
      np
        .sort(
          np.array([
            [3, 1],
            [2, 4],
          ]),
          null,
        )
        .js(),
    ).toEqual([1, 2, 3, 4]);
    expect(np.lexsort([np.array([2, 1, 0]), np.array([0, 1, 0])]).js()).toEqual([2, 0, 1]);
    expect(
      np
        .partition(np.array([3, 1, 2]), { kth: 1 })
        .slice(1)
        .item(),
    ).toBe(2);
    expect(() => np.partition(x, 5)).toThrow(ArgumentError);
    expect(
      grad((v: NDArray) =>
        np
          .sort(v)
          .mul(np.array([1, 10, 100]))
          .sum(),
      )(np.array([3, 1, 2])).js(),
    ).toEqual([100, 1, 10]);
  });
  test("searchsorted by comparing and by halving", () => {
    const sorted = np.arange(0, 2000, 2);
    const v = np.array([-1, 0, 1, 999, 1000, 1998, 1999, NaN]);
    for (const side of ["left", "right"] as const) {
      const want = [
        0,
        side === "left" ? 0 : 1,
        1,
        500,
        side === "left" ? 500 : 501,
        side === "left" ? 999 : 1000,
        1000,
        1000,
      ];
      expect(np.searchsorted(sorted, v, side).js()).toEqual(want);
      expect(np.searchsorted(sorted, v, { side, method: "compare_all" }).js()).toEqual(want);
    }
    expect(np.searchsorted(np.array([3, 1, 2]), 2.5, { sorter: i32([1, 2, 0]) }).item()).toBe(2);
    expect(np.digitize(np.array([0.2, 6.4, 3, 1.6]), np.array([0, 1, 2.5, 4, 10])).js()).toEqual([
      1, 4, 3, 2,
    ]);
    expect(np.digitize(np.array([1, 3]), np.array([3, 2, 1])).js()).toEqual([2, 0]);
  });
});

describe("sets", () => {
  const x = i32([3, 1, 2, 3, 1, 7]);
  test("unique", () => {
    const [values, at, inverse, counts] = np.uniqueAll(x).map((v) => v.js());
    expect([values, at, inverse, counts]).toEqual([
      [1, 2, 3, 7],
      [1, 2, 0, 5],
      [2, 0, 1, 2, 0, 3],
      [2, 1, 2, 1],
    ]);
    expect(np.unique(np.array([NaN, 1, NaN])).js()).toEqual([1, NaN]);
    expect(np.uniqueValues(np.array([NaN, 1, NaN])).js()).toEqual([1, NaN, NaN]);
    expect(
      np
        .unique(
          np.array([
            [1, 2],
            [0, 1],
            [1, 2],
          ]),
          { axis: 0 },
        )
        .js(),
    ).toEqual([
      [0, 1],
      [1, 2],
    ]);
    const sized = vmap((v: NDArray) => np.uniqueCounts(v, { size: 3, fillValue: 0 }));
    const [u, c] = sized(
      i32([
        [1, 1],
        [2, 1],
      ]),
    );
    expect([u.js(), c.js()]).toEqual([
      [
        [1, 0, 0],
        [1, 2, 0],
      ],
      [
        [2, 0, 0],
        [1, 1, 0],
      ],
    ]);
    expect(() => vmap((v: NDArray) => np.uniqueValues(v))(i32([[1, 2]]))).toThrow("size");
  });
  test("operations", () => {
    const y = i32([1, 7, 5, 0]);
    expect(np.union1d(x, y).js()).toEqual([0, 1, 2, 3, 5, 7]);
    expect(np.intersect1d(x, y).js()).toEqual([1, 7]);
    expect((np.intersect1d(x, y, { returnIndices: true }) as NDArray[]).map((v) => v.js())).toEqual([
      [1, 7],
      [1, 5],
      [0, 1],
    ]);
    expect(np.setdiff1d(x, y).js()).toEqual([2, 3]);
    expect(np.setdiff1d(x, y, { size: 3, fillValue: -1 }).js()).toEqual([2, 3, -1]);
    expect(np.setxor1d(x, y).js()).toEqual([0, 2, 3, 5]);
    expect(np.intersect1d(x, y, { size: 3 }).js()).toEqual([1, 7, 1]);
    expect(np.isin(x, y, { invert: true }).js()).toEqual([true, false, true, true, false, false]);
    expect(np.isin(x, y, { method: "binary_search" }).js()).toEqual([false, true, false, false, true, true]);
  });
  test("nonzero", () => {
    const m = np.array([
      [0, 1],
      [2, 0],
    ]);
    expect(np.nonzero(m).map((v) => v.js())).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(np.argwhere(m, { size: 3, fillValue: -1 }).js()).toEqual([
      [0, 1],
      [1, 0],
      [-1, -1],
    ]);
    expect(np.flatnonzero(m).js()).toEqual([1, 2]);
    expect(() => vmap((v: NDArray) => np.flatnonzero(v))(m)).toThrow("size");
  });
});

describe("polynomials and signals", () => {
  test("polynomials", () => {
    expect(np.polyval(np.array([2, 5, 1]), np.array([0, 3])).js()).toEqual([1, 34]);
    expect(np.polyadd(np.array([2, 3]), np.array([5, 4, 1])).js()).toEqual([5, 6, 4]);
    expect(np.polysub(np.array([2, 3]), np.array([5, 4, 1])).js()).toEqual([-5, -2, 2]);
    expect(np.polymul(np.array([1, 2]), np.array([1, -2])).js()).toEqual([1, 0, -4]);
    expect(np.polydiv(np.array([5, 7, 9]), np.array([4, 1])).map((v) => v.js())).toEqual([
      [1.25, 1.4375],
      [0, 0, 7.5625],
    ]);
    expect(np.polydiv(np.array([5, 7, 9]), np.array([4, 1]), { trimLeadingZeros: true })[1].js()).toEqual([
      7.5625,
    ]);
    expect(np.polyder(np.array([2, -5, 3, -1]), 2).js()).toEqual([12, -10]);
    expect(np.polyint(np.array([12, 12, 6]), { m: 2, k: np.array([4, 5]) }).js()).toEqual([1, 2, 3, 4, 5]);
    expect(np.poly(np.array([1, 2, 3])).js()).toEqual([1, -6, 11, -6]);
  });
  test("convolve and correlate", () => {
    const [a, v] = [np.array([1, 2, 3]), np.array([0, 1, 0.5])];
    expect(np.convolve(a, v).js()).toEqual([0, 1, 2.5, 4, 1.5]);
    expect(np.convolve(a, v, "same").js()).toEqual([1, 2.5, 4]);
    expect(np.correlate(a, v).js()).toEqual([3.5]);
    expect(np.correlate(a, v, "full").js()).toEqual([0.5, 2, 3.5, 3, 0]);
    expect(np.correlate(np.array([1, 2]), np.array([1, 10, 100]), "valid").js()).toEqual([210, 21]);
  });
  test("interp and unwrap", () => {
    const [xp, fp] = [np.array([1, 2, 4]), np.array([10, 20, 0])];
    expect(np.interp(np.array([0, 1.5, 3, 9]), xp, fp).js()).toEqual([10, 15, 10, 0]);
    expect(np.interp(np.array([0, 9]), xp, fp, { left: -1, right: "extrapolate" }).js()).toEqual([-1, -50]);
    expect(np.interp(np.array([-1, 6]), np.array([0, 2]), np.array([0, 10]), { period: 4 }).js()).toEqual([
      5, 10,
    ]);
    close(np.unwrap(np.array([0, 3, -2.5])), [0, 3, 2 * Math.PI - 2.5]);
    expect(np.unwrap(np.array([0, 1, 2, -1, 0]), { period: 4 }).js()).toEqual([0, 1, 2, 3, 4]);
  });
  test("windows", () => {
    close(np.bartlett(5), [0, 0.5, 1, 0.5, 0]);
    close(np.hanning(5), [0, 0.5, 1, 0.5, 0]);
    close(np.hamming(3), [0.08, 1, 0.08]);
    close(np.blackman(3), [0, 1, 0]);
    close(np.kaiser(3, 14), [7.72686684e-6, 1, 7.72686684e-6], 8);
    expect(np.hanning(1).js()).toEqual([1]);
  });
  test("bits", () => {
    expect(np.packbits(i32([1, 0, 1, 0, 0, 0, 0, 0, 1])).js()).toEqual([160, 128]);
    expect(np.unpackbits(np.array([5], "uint8"), { bitorder: "little", count: 4 }).js()).toEqual([
      1, 0, 1, 0,
    ]);
  });
});

describe("vectorize", () => {
  test("scalars and signatures", () => {
    const f = np.vectorize((a: NDArray, b: NDArray) => np.where(a.greater(b), a.sub(b), a.mul(b)));
    expect(f(np.array([[1], [3]]), np.array([2, 0])).js()).toEqual([
      [2, 1],
      [1, 3],
    ]);
    const mv = np.vectorize((m: NDArray, v: NDArray) => np.matmul(m, v), { signature: "(n,m),(m)->(n)" });
    expect(mv(np.ones([5, 1, 2, 3]), np.ones([4, 3])).shape).toEqual([5, 4, 2]);
    const scaled = np.vectorize((a: NDArray, b: NDArray) => a.mul(b), { excluded: [1] });
    expect(scaled(np.ones([2]), 3).js()).toEqual([3, 3]);
    expect(() => mv(np.ones([2, 3]), np.ones([4]))).toThrow("core axis 'm'");
    expect(() => np.vectorize((a: NDArray) => a, { signature: "(n" })(1)).toThrow("signature");
  });
  test("along and over axes", () => {
    const x = np.array([
      [1, 2],
      [3, 5],
    ]);
    expect(np.applyAlongAxis((v) => v.sum(), 0, x).js()).toEqual([4, 7]);
    expect(np.applyAlongAxis((v) => np.outer(v, v), 0, np.ones([2, 3])).shape).toEqual([2, 2, 3]);
    expect(np.applyOverAxes((v, k) => v.sum(k), x, [0, 1]).js()).toEqual([[11]]);
  });
});

describe("ops and image", () => {
  test("segments", () => {
    const [x, ids] = [np.array([1, 2, 3, 4]), i32([0, 2, 0, 9])];
    expect(ops.segmentSum(x, ids, 3).js()).toEqual([4, 0, 2]);
    expect(ops.segmentProd(x, ids, { numSegments: 3 }).js()).toEqual([3, 1, 2]);
    expect(ops.segmentMax(x, ids, 3).js()).toEqual([3, -Infinity, 2]);
    expect(ops.segmentMin(i32([1, 2]), i32([-1, 0])).js()).toEqual([2]);
    expect(
      grad((v: NDArray) =>
        ops
          .segmentSum(v, ids, 3)
          .mul(np.array([1, 2, 3]))
          .sum(),
      )(x).js(),
    ).toEqual([1, 3, 1, 0]);
  });
  test("resize", () => {
    expect(image.resize(np.array([0, 1]), [4], "linear").js()).toEqual([0, 0.25, 0.75, 1]);
    expect(image.resize(np.array([0, 1, 2, 3]), [2], "linear", { antialias: false }).js()).toEqual([
      0.5, 2.5,
    ]);
    expect(image.resize(np.array([[1, 2]]), [2, 4], { method: "nearest" }).js()).toEqual([
      [1, 1, 2, 2],
      [1, 1, 2, 2],
    ]);
    close(
      image.scaleAndTranslate(np.array([1, 2, 4]), [3], [0], np.array([1]), np.array([1]), "linear"),
      [0, 1, 2],
    );
    expect(() => image.resize(np.array([1]), [2], "quadratic" as "linear")).toThrow("unknown method");
  });
  test("mapCoordinates", () => {
    const x = np.array([
      [0, 1],
      [2, 4],
    ]);
    const at = [np.array([0.5, 1, 3]), np.array([0, 0.5, 0])];
    expect(mapCoordinates(x, at, 1).js()).toEqual([1, 3, 0]);
    expect(mapCoordinates(x, at, 1, "nearest").js()).toEqual([1, 3, 2]);
    expect(mapCoordinates(x, [i32([-1]), i32([2])], 0, { mode: "mirror" }).js()).toEqual([2]);
    expect(() => mapCoordinates(x, at, 3)).toThrow("0 or 1");
  });
});
