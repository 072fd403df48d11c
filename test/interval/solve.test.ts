/** @file Verified roots, minima and integrals, against what is known in closed form. */
import { describe, expect, it } from "vitest";
import { type Array, errors, lax, nn, numpy as np, scipy } from "../../src/index.ts";
import {
  EnclosureError,
  type Interval,
  between,
  integrate,
  interval,
  minimum,
  roots,
} from "../../src/interval/index.ts";

type Fn = (x: Array) => Array;
const holds = (x: Interval, value: number): boolean => x.contains(value).item<boolean>();
const width = (x: Interval): number => x.width.item();

describe("roots", () => {
  const cases: readonly (readonly [string, Fn, number, number, readonly number[]])[] = [
    ["x² − 2", (x) => x.mul(x).sub(2), 0, 3, [Math.SQRT2]],
    ["sin", (x) => np.sin(x), 1, 20, [1, 2, 3, 4, 5, 6].map((k) => k * Math.PI)],
    ["cos x − x", (x) => np.cos(x).sub(x), -10, 10, [0.7390851332151607]],
    ["eˣ − 1 − x/2", (x) => np.exp(x).sub(1).sub(x.mul(0.5)), -3.1, 1, [-1.5936242600400401, 0]],
    [
      "Wilkinson's of five",
      (x) => [1, 2, 3, 4, 5].map((k) => x.sub(k)).reduce((p, q) => p.mul(q)),
      0.5,
      5.5,
      [1, 2, 3, 4, 5],
    ],
    ["x⁵ − x − 1", (x) => lax.integerPow(x, 5).sub(x).sub(1), -5, 5, [1.1673039782614187]],
  ];
  it.each(cases)("%s", (_, f, lo, hi, want) => {
    const found = roots(f, between(lo, hi));
    expect(found.map((r) => r.unique)).toEqual(want.map(() => true));
    found.forEach(({ at }, i) => {
      expect(holds(interval(f)(at), 0)).toBe(true);
      expect(at.lo.item()).toBeLessThanOrEqual(want[i] + 1e-12);
      expect(at.hi.item()).toBeGreaterThanOrEqual(want[i] - 1e-12);
      expect(width(at)).toBeLessThan(1e-11);
    });
  });
  it("none, double ones, jumps and poles", () => {
    expect(roots((x) => x.mul(x).add(1), between(-5, 5))).toEqual([]);
    const double = roots((x) => np.square(x.sub(1)), between(-3, 3), { tol: 1e-6 });
    expect(double.map((r) => [r.unique, holds(r.at, 1)])).toEqual([[false, true]]);
    // A jump across 0 is no root, and is not said to be one.
    expect(
      roots((x) => np.where(np.greater(x, 0.3), 1, -1).add(x.mul(0)), between(-1, 1), { tol: 1e-6 }).some(
        (r) => r.unique,
      ),
    ).toBe(false);
    expect(roots((x) => np.divide(1, x), between(-1, 2), { tol: 1e-6 }).every((r) => !r.unique)).toBe(true);
    // A root at a kink is possible, one beside it proven.
    const kinked = roots((x) => np.abs(x.sub(0.25)).sub(0.125), between(-1, 1), { tol: 1e-9 });
    expect(kinked.map((r) => [r.unique, r.at.mid.item()])).toEqual([
      [true, 0.125],
      [true, 0.375],
    ]);
  });
});

describe("minima", () => {
  it("of several valleys, at an end, at a kink", () => {
    // cos x + x/10: sin x = 1/10 beyond π
    const first = minimum((x) => np.cos(x).add(x.mul(0.1)), between(0, 20));
    const place = Math.PI - Math.asin(0.1);
    expect(first.at.map((x) => holds(x, place))).toEqual([true]);
    expect(holds(first.value, Math.cos(place) + place / 10)).toBe(true);
    expect(width(first.value)).toBeLessThan(1e-9);
    const end = minimum((x) => np.exp(x), between(1, 2));
    expect([end.at.length, end.at[0].lo.item(), end.at[0].hi.item()]).toEqual([1, 1, 1]);
    expect(holds(end.value, Math.E)).toBe(true);
    const kink = minimum((x) => np.abs(x.sub(0.3)).add(2), between(-1, 1));
    expect(kink.at.some((x) => holds(x, 0.3))).toBe(true);
    expect(holds(kink.value, 2)).toBe(true);
    const two = minimum((x) => np.square(x.mul(x).sub(1)), between(-3, 3), { tol: 1e-4 });
    expect([two.at.length, holds(two.at[0], -1), holds(two.at[1], 1), holds(two.value, 0)]).toEqual([
      2,
      true,
      true,
      true,
    ]);
  });
});

describe("integrals", () => {
  const cases: readonly (readonly [string, Fn, number, number, number, number])[] = [
    ["e^(−x²)", (x) => np.exp(x.mul(x).neg()), 0, 1, 0.7468241328124271, 1e-10],
    ["sin", (x) => np.sin(x), 0, Math.PI, 2, 1e-10],
    ["1 / (1 + x²)", (x) => np.divide(1, x.mul(x).add(1)), -1, 1, Math.PI / 2, 1e-10],
    ["log", (x) => np.log(x), 1, 2, 2 * Math.LN2 - 1, 1e-10],
    ["a polynomial", (x) => lax.integerPow(x, 3).add(x), -1, 2, 3.75 + 1.5, 1e-10],
    ["√ at its end", (x) => np.sqrt(x), 0, 1, 2 / 3, 1e-5],
    ["|x|", (x) => np.abs(x.sub(0.3)), -1, 1, 0.5 * (1.3 ** 2 + 0.7 ** 2), 1e-4],
    ["a step", (x) => np.where(np.greater(x, 0.3), 2, 1).mul(np.cos(x.mul(0))), 0, 1, 1.7, 1e-3],
  ];
  it.each(cases)("%s", (_, f, lo, hi, want, tol) => {
    const area = integrate(f, between(lo, hi), { tol });
    expect(width(area)).toBeLessThanOrEqual(2 * tol);
    expect(area.lo.item()).toBeLessThanOrEqual(want + 1e-15);
    expect(area.hi.item()).toBeGreaterThanOrEqual(want - 1e-15);
  });
});

describe("programs", () => {
  const x = between(np.array([0.1, 0.2, 0.3]), np.array([0.2, 0.25, 0.31]));
  const programs: readonly (readonly [string, Fn])[] = [
    ["a scan", (v) => lax.scan((c: Array, y: Array) => [np.sin(c).add(y), null], v, np.ones([4, 3]))[0]],
    ["a loop with a counter", (v) => lax.foriLoop(0, 4, (i: Array, c: Array) => c.mul(0.5).add(i), v)],
    [
      "a branch that is open",
      (v) =>
        lax.cond(
          v.sum().greater(0.7),
          (c: Array) => np.sin(c),
          (c: Array) => c.mul(2),
          v,
        ),
    ],
    [
      "a layer",
      (v) =>
        nn.gelu(
          np
            .array([
              [1, 2, 3],
              [-1, 0.5, 2],
            ])
            .dot(v),
        ),
    ],
    [
      "sums and orders",
      (v) =>
        np.stack([
          v.sum(),
          v.max(),
          np.sort(v).at(1).get(),
          np.cumsum(v).at(2).get(),
          nn.softmax(v).at(0).get(),
        ]),
    ],
    [
      "gathers",
      (v) =>
        v
          .at(np.array([2, 0], "int32"))
          .get()
          .mul(v.at(1).get()),
    ],
    ["a convolution of special functions", (v) => scipy.special.erf(v).mul(scipy.special.gammaln(v.add(1)))],
  ];
  it.each(programs)("%s", (_, f) => {
    const out = interval(f)(x);
    for (let k = 0; k <= 60; k++) {
      const at = x.lo.add(
        x.width.mul(np.array([(k * 7) % 61, (k * 13) % 61, k].map((i) => i / 60)).clip(0, 1)),
      );
      expect(np.all(out.contains(f(at))).item<boolean>()).toBe(true);
    }
    expect(np.all(np.isfinite(out.width)).item<boolean>()).toBe(true);
  });
  it("several arguments and results in a tree", () => {
    const { sum, list } = interval((p: Array, q: Array) => ({ sum: p.add(q), list: [p.mul(q), q] }))(
      between(1, 2),
      3,
    );
    expect([holds(sum, 4.5), holds(list[0], 4), holds(list[1], 3)]).toEqual([true, true, true]);
  });
  it("what is not decided is refused", () => {
    const spin = (v: Array): Array =>
      lax.whileLoop(
        (c: Array) => c.less(10),
        (c: Array) => c.mul(2),
        v,
      );
    expect(() => interval(spin)(between(1, 2))).toThrow(/no enclosure of while \(a loop whose length/);
    expect(() =>
      interval((v: Array) => np.array([1, 2, 3]).at(v.astype("int32")).get())(between(0.5, 1.5)),
    ).toThrow(EnclosureError);
    expect(() => interval((v: Array) => np.fft.fft(v))(x)).toThrow(EnclosureError);
    expect(() => between(2, 1)).toThrow(errors.ArgumentError);
    expect(() => between(np.ones([2]), np.ones([3]))).toThrow(errors.ShapeError);
    expect(() => between(np.array(1, "int32"), np.array(2, "int32"))).toThrow(errors.DTypeError);
    expect(() => roots((v) => v, x)).toThrow(/an interval of one number/);
    expect(() => roots((v) => v, between(0, Infinity))).toThrow(/finite/);
    expect(() => roots((v) => v, between(0, 1), { tol: -1 })).toThrow(/tol must be/);
    expect(() => interval((v: Array) => v, { form: "no" as "best" })).toThrow(errors.ArgumentError);
  });
});
