/** @file Rotations against products of elementary matrices; Slerp; interpolation on grids against bilinear functions. */
import { describe, expect, it } from "vitest";
import { grad, jacfwd, jacrev, jit, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as np from "../../src/numpy/index.ts";
import { key } from "../../src/random/index.ts";
import { RegularGridInterpolator } from "../../src/scipy/interpolate.ts";
import { Rotation, Slerp } from "../../src/scipy/spatial/transform.ts";
import { checkGrads } from "../../src/testing.ts";
import { array, expectArraysClose, expectClose, flat, nested, value } from "../util/arrays.ts";

type A = NDArray;

function about(axis: string, angle: number): number[][] {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  if (axis === "x")
    return [
      [1, 0, 0],
      [0, c, -s],
      [0, s, c],
    ];
  if (axis === "y")
    return [
      [c, 0, s],
      [0, 1, 0],
      [-s, 0, c],
    ];
  return [
    [c, -s, 0],
    [s, c, 0],
    [0, 0, 1],
  ];
}
const times = (a: number[][], b: number[][]): number[][] =>
  a.map((row) => b[0].map((_, j) => row.reduce((s, v, k) => s + v * b[k][j], 0)));

const letters = ["x", "y", "z"];
const triples = letters.flatMap((a) =>
  letters.flatMap((b) => letters.filter((c) => a !== b && b !== c).map((c) => a + b + c)),
);
const angles = [0.4, 0.9, -1.1];

describe("Euler angles", () => {
  it.each(triples)("%s, about fixed and turning axes", (seq) => {
    const matrices = Array.from(seq, (axis, i) => about(axis, angles[i]));
    const fixed = times(matrices[2], times(matrices[1], matrices[0]));
    const turning = times(matrices[0], times(matrices[1], matrices[2]));
    expectClose(Rotation.fromEuler(seq, array([3], angles)).asMatrix(), fixed.flat(), 1e-14);
    const upper = seq.toUpperCase();
    expectClose(Rotation.fromEuler(upper, array([3], angles)).asMatrix(), turning.flat(), 1e-14);
    for (const s of [seq, upper]) {
      const r = Rotation.fromEuler(s, array([3], angles));
      const back = Rotation.fromEuler(s, r.asEuler(s));
      expectArraysClose(back.asMatrix(), r.asMatrix(), 1e-13);
      // The middle angle of three different axes lies within ±π/2, else within [0, π].
      if (!seq.endsWith(seq[0]) || s === seq) expectClose(r.asEuler(s), angles, 1e-13);
    }
  });
  it.each(["xyz", "XYZ", "zxz", "ZXZ"])("%s, degenerate", (seq) => {
    const middle = seq.toLowerCase() === "xyz" ? Math.PI / 2 : 0;
    const r = Rotation.fromEuler(seq, array([3], [0.4, middle, 0.3]));
    expectArraysClose(Rotation.fromEuler(seq, r.asEuler(seq)).asMatrix(), r.asMatrix(), 1e-7);
  });
  it("of one axis, for one rotation or several", () => {
    expect(Rotation.fromEuler("z", 90, { degrees: true }).single).toBe(true);
    expect(Rotation.fromEuler("z", array([2], [0, 90]), { degrees: true }).length).toBe(2);
    expectClose(
      Rotation.fromEuler("z", 90, { degrees: true }).asRotvec({ degrees: true }),
      [0, 0, 90],
      1e-14,
    );
  });
});

describe("Rotation", () => {
  const r = Rotation.random(key(1), 5);
  const s = Rotation.random(key(2), 5);

  it("composes, inverts, applies as matrices do", () => {
    expectArraysClose(r.mul(s).asMatrix(), np.matmul(r.asMatrix(), s.asMatrix()), 1e-14);
    expectArraysClose(r.inv().asMatrix(), np.swapaxes(r.asMatrix(), -1, -2), 1e-15);
    const v = array([3], [1, -2, 0.5]);
    expectArraysClose(r.apply(v), np.matmul(r.asMatrix(), v), 1e-14);
    expectArraysClose(r.apply(r.apply(v), { inverse: true }), np.tile(v, [5, 1]), 1e-14);
    expectArraysClose(np.sum(np.square(r.quat), { axis: -1 }), np.ones([5]), 1e-15);
  });
  it("survives each representation", () => {
    const m = r.asMatrix();
    for (const back of [
      Rotation.fromQuat(r.asQuat()),
      Rotation.fromQuat(r.asQuat({ scalarFirst: true, canonical: true }), { scalarFirst: true }),
      Rotation.fromMatrix(m),
      Rotation.fromRotvec(r.asRotvec()),
      Rotation.fromMrp(r.asMrp()),
      Rotation.concatenate([
        r.at(np.array([0, 1]).astype("int32")),
        r.at(np.array([2, 3, 4]).astype("int32")),
      ]),
    ])
      expectArraysClose(back.asMatrix(), m, 1e-13);
    const halfTurns = Rotation.fromRotvec(np.eye(3).mul(Math.PI));
    expectArraysClose(Rotation.fromMatrix(halfTurns.asMatrix()).asMatrix(), halfTurns.asMatrix(), 1e-14);
    expectClose(r.magnitude(), flat(np.sqrt(np.sum(np.square(r.asRotvec()), { axis: -1 }))), 1e-13);
  });
  it("has derivatives, also at no rotation", () => {
    const turn = (v: A): A => Rotation.fromRotvec(v).apply(array([3], [1, 2, 3]));
    // d(exp(v) x) at 0 is v × x
    expectClose(jacrev(turn)(np.zeros([3])), [0, 3, -2, -3, 0, 1, 2, -1, 0], 1e-15);
    for (const v of [
      [0, 0, 0],
      [1e-4, 0, 2e-4],
      [0.3, -0.2, 0.9],
    ]) {
      checkGrads((x: A) => Rotation.fromRotvec(x).asMatrix(), [array([3], v)]);
      expectClose(jacfwd((x: A) => Rotation.fromRotvec(x).asRotvec())(array([3], v)), flat(np.eye(3)), 1e-10);
    }
  });
  it("is a tree", () => {
    const f = (x: Rotation): A => x.apply(array([3], [1, 0, 0]));
    expectArraysClose(jit(f)(r), f(r), 1e-15);
    expectArraysClose(vmap(f)(r), f(r), 1e-15);
  });
  it("rejects wrong arguments", () => {
    expect(() => Rotation.fromQuat(np.ones([3]))).toThrow("quaternions must have shape [..., 4]; got [3]");
    expect(() => Rotation.fromEuler("xxy", np.ones([3]))).toThrow("consecutive axes must differ");
    expect(() => Rotation.fromEuler("xYz", np.ones([3]))).toThrow("one to three axes");
  });
});

it("Slerp turns at constant speed", () => {
  const rotations = Rotation.fromEuler(
    "zyx",
    nested([
      [90, 0, 0],
      [0, 45, 0],
      [0, 0, -30],
    ]),
    { degrees: true },
  );
  const way = Slerp.init(np.array([0, 1, 3]), rotations);
  const at = way.call(np.array([0, 0.25, 0.5, 1, 2, 3]));
  const total = value(rotations.at(0).inv().mul(rotations.at(1)).magnitude());
  const turned = at.mul(new Rotation(np.tile(rotations.at(0).inv().quat, [6, 1]))).magnitude();
  expectClose(
    turned.slice([0, 4]),
    [0, 0.25, 0.5, 1].map((t) => t * total),
    1e-12,
  );
  expectArraysClose(at.at(5).asMatrix(), rotations.at(2).asMatrix(), 1e-13);
  expectArraysClose(way.call(0.25).asMatrix(), at.at(1).asMatrix(), 1e-14);
  expect(value(grad((t: A) => way.call(t).asEuler("zyx").slice(0))(0.3))).toBeLessThan(0);
});

describe("RegularGridInterpolator", () => {
  const grid = [array([3], [0, 1, 3]), array([4], [-1, 0, 2, 5])];
  const f = (x: number, y: number): number => 2 + 3 * x - y + 0.5 * x * y;
  const values = nested([0, 1, 3].map((x) => [-1, 0, 2, 5].map((y) => f(x, y))));
  const points = [
    [0.5, 0.5],
    [2, -0.3],
    [3, 5],
    [0, -1],
  ];

  it("is exact for bilinear functions, and so are its derivatives", () => {
    const made = new RegularGridInterpolator(grid, values);
    expectClose(
      made.call(nested(points)),
      points.map(([x, y]) => f(x, y)),
      1e-14,
    );
    expectClose(jacrev((p: A) => made.call(p))(nested(points[0])), [3 + 0.25, -1 + 0.25], 1e-14);
    expectClose(
      vmap((p: A) => made.call(p))(nested(points)),
      points.map(([x, y]) => f(x, y)),
      1e-14,
    );
    expect(made.call(np.zeros([2, 5, 2])).shape).toEqual([2, 5]);
  });
  it("treats what is outside as told", () => {
    const far = array([1, 2], [4, 1]);
    const at = (fillValue?: number | null): number =>
      flat(new RegularGridInterpolator(grid, values, { fillValue }).call(far))[0];
    expect(at()).toBeNaN();
    expect(at(-7)).toBe(-7);
    expect(at(null)).toBeCloseTo(f(4, 1), 12);
  });
  it("keeps further axes of the values, and takes the nearest", () => {
    const many = np.stack([values, values.mul(2)], { axis: -1 });
    const made = new RegularGridInterpolator(grid, many);
    expectClose(made.call(nested([[0.5, 0.5]])), [f(0.5, 0.5), 2 * f(0.5, 0.5)], 1e-14);
    expectClose(made.call(nested([[0.4, 1.5]]), { method: "nearest" }), [f(0, 2), 2 * f(0, 2)], 1e-14);
    expectClose(
      jit((g: RegularGridInterpolator) => g.call(nested([[0.4, 1.5]])))(made),
      [f(0.4, 1.5), 2 * f(0.4, 1.5)],
      1e-14,
    );
  });
  it("rejects wrong grids", () => {
    expect(() => new RegularGridInterpolator([grid[0]], np.ones([4]))).toThrow(
      "points 0 must be a vector of 4",
    );
    expect(() => new RegularGridInterpolator(grid, values, { method: "cubic" as never })).toThrow("linear");
  });
});
