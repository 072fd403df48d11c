/** @file `bundleAdjust`: the minimum of `leastSquares` on all unknowns at once, by both ways to solve; its derivatives; many cameras. */
import { describe, expect, it } from "vitest";
import { grad, jit, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as np from "../../src/numpy/index.ts";
import { bundleAdjust, leastSquares } from "../../src/optim/index.ts";
import * as random from "../../src/random/index.ts";
import { array, expectClose, flat, value } from "../util/arrays.ts";

type A = NDArray;
type Camera = { turn: A; shift: A };

/** Where a camera in the plane, turned and shifted, sees a point: two distances. */
const view = ({ turn, shift }: Camera, point: A): A => {
  const [c, s] = [np.cos(turn), np.sin(turn)];
  const [x, y] = point.sub(shift).unpack(2);
  return np.stack([x.mul(c).add(y.mul(s)), y.mul(c).sub(x.mul(s))]);
};
const residual = (camera: Camera, point: A, datum: A): A => view(camera, point).sub(datum);

interface Scene {
  readonly cameras: Camera;
  readonly points: A;
  readonly seen: { readonly cameras: Int32Array; readonly points: Int32Array; readonly data: A };
}

/** A start close to the truth, and what cameras that each see two points of three measured. */
function scene(numCameras: number, numPoints: number, noise: number): Scene {
  const keys = [...random.split(random.key(7), 6)].map((k) => k);
  const turn = random.normal(keys[0], [numCameras]).mul(0.3);
  const shift = random.normal(keys[1], [numCameras, 2]);
  const points = random.normal(keys[2], [numPoints, 2]).mul(3);
  const pairs = Array.from({ length: numCameras * numPoints }, (_, k) => [
    k % numCameras,
    Math.floor(k / numCameras),
  ]).filter(([i, j]) => (i + j) % 3 !== 0);
  const cameras = Int32Array.from(pairs, ([i]) => i);
  const places = Int32Array.from(pairs, ([, j]) => j);
  const exact = vmap((t: A, s: A, p: A) => view({ turn: t, shift: s }, p))(
    np.take(turn, cameras, 0),
    np.take(shift, cameras, 0),
    np.take(points, places, 0),
  );
  const data = exact.add(random.normal(keys[3], exact.shape).mul(noise));
  return {
    cameras: { turn: turn.add(random.normal(keys[4], turn.shape).mul(0.05)), shift },
    points: points.add(random.normal(keys[5], points.shape).mul(0.1)),
    seen: { cameras, points: places, data },
  };
}

const close = { ftol: 1e-14, xtol: 1e-14, gtol: 1e-11 };

describe("bundleAdjust", () => {
  const small = scene(5, 12, 0.05);
  const dense = (data: A): ReturnType<typeof leastSquares> =>
    leastSquares(
      ({ c, p }: { c: Camera; p: A }) => {
        const cameras = {
          turn: np.take(c.turn, small.seen.cameras, 0),
          shift: np.take(c.shift, small.seen.cameras, 0),
        };
        return vmap(residual)(cameras, np.take(p, small.seen.points, 0), data);
      },
      { c: small.cameras, p: small.points },
      { method: "trf", ...close },
    ) as ReturnType<typeof leastSquares>;

  it.each(["dense", "iterative"] as const)("finds the minimum that leastSquares finds, %s", (schur) => {
    const { cameras, points, seen } = small;
    const found = bundleAdjust(residual, cameras, points, seen, { schur, ...close, cgTol: 1e-6 });
    expect(found.success.item()).toBe(true);
    expect(value(found.cost)).toBeCloseTo(value(dense(seen.data).cost), 10);
    expect(found.cameras.shift.shape).toEqual([5, 2]);
    // Distances between points do not depend on where the scene lies as a whole.
    const gaps = (p: A): A => np.linalg.norm(p.slice([1]).sub(p.slice([0, -1])), { axis: 1 });
    expectClose(gaps(found.points), flat(gaps((dense(seen.data).x as { p: A }).p)), 1e-6);
    const compiled = jit(
      (data: A) => bundleAdjust(residual, cameras, points, { ...seen, data }, { schur, ...close }).cost,
    );
    expect(value(compiled(seen.data))).toBeCloseTo(value(found.cost), 9);
  });
  it("robust losses count observations as wholes", () => {
    const { cameras, points, seen } = small;
    const wrong = np.concatenate([seen.data.slice([0, 1]).add(30), seen.data.slice([1])]);
    const fit = (loss: "linear" | "cauchy"): A =>
      bundleAdjust(residual, cameras, points, { ...seen, data: wrong }, { loss, fScale: 0.1 }).fun;
    const rest = (r: A): number => value(np.mean(np.abs(r.slice([1]))));
    expect(rest(fit("cauchy"))).toBeLessThan(rest(fit("linear")) / 5);
  });
  it("has the derivative of the cost and of what does not depend on the scene's place", () => {
    const { cameras, points, seen } = small;
    const at = (data: A): { cost: A; gap: A } => {
      const found = bundleAdjust(residual, cameras, points, { ...seen, data }, close);
      const [p, q] = found.points.slice([0, 2]).unpack(2);
      return { cost: found.cost, gap: np.linalg.norm(p.sub(q)) };
    };
    const h = 1e-4;
    const bump = np.zerosLike(seen.data).add(
      array(
        [seen.data.shape[0], 1],
        Array.from(seen.data.js<number[][]>(), (_, i) => Math.sin(i)),
      ),
    );
    for (const key of ["cost", "gap"] as const) {
      const slope = value(np.sum(grad((d: A) => at(d)[key])(seen.data).mul(bump)));
      const moved = (s: number): number => value(at(seen.data.add(bump.mul(s)))[key]);
      expect(slope, key).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 5);
    }
  });
  it("takes hundreds of cameras and thousands of points in a few rounds", { timeout: 120_000 }, () => {
    const large = scene(200, 1000, 0.02);
    const found = bundleAdjust(residual, large.cameras, large.points, large.seen);
    expect(found.success.item()).toBe(true);
    expect(found.nfev.item()).toBeLessThan(20);
    // What noise leaves: 2 · observations − unknowns degrees of freedom, less the 3 of the scene's place.
    const freedom = 2 * large.seen.cameras.length - (600 + 2000 - 3);
    expect((2 * value(found.cost)) / (freedom * 0.02 ** 2)).toBeCloseTo(1, 1);
  });
  it("refuses what does not fit", () => {
    const { cameras, points, seen } = small;
    expect(() => bundleAdjust(residual, cameras, points, { ...seen, cameras: [9] as never })).toThrow();
    expect(() =>
      bundleAdjust(residual, cameras, points, { ...seen, points: Int32Array.from(seen.points, () => 99) }),
    ).toThrow("whole numbers from 0 to 11");
    expect(() => bundleAdjust(residual, cameras, points, { ...seen, data: np.zeros([3, 2]) })).toThrow(
      "one leading axis",
    );
    expect(() => bundleAdjust(residual, cameras, np.array(3), seen)).toThrow("leading axis");
    expect(() => bundleAdjust(residual, cameras, points, seen, { schur: "sparse" as never })).toThrow(
      '"iterative"',
    );
  });
});
