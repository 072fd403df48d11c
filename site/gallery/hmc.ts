/**
 * @file Hamiltonian Monte Carlo on a density that is drawn: each dab of the brush is one part of a mixture of normal
 * distributions. A hundred chains, one trajectory of each in every frame; `vmap` makes one chain many.
 */
import "adjoint/methods";
import { type NDArray, jit, lax, numpy as np, random, valueAndGrad, vmap } from "adjoint";
import { ramp, rgb } from "./lib/colors.ts";
import { assert, type Demo } from "./lib/demo.ts";
import { Picture } from "./lib/picture.ts";
import { type Point, Stage } from "./lib/stage.ts";

export const title = "Hamiltonian Monte Carlo";
export const summary =
  "Paint a density, and a hundred walkers explore it: each rolls over the landscape of its logarithm, driven by the gradient.";

const [most, chains, leapfrogs, width] = [160, 100, 24, 0.13];

/** Logarithm of the density, up to a constant. `dabs` is [most, 3]: places, and the logarithm of the weight. */
function logDensity(x: NDArray, dabs: NDArray): NDArray {
  const off = np.square(x.sub(dabs.slice([], [0, 2]))).sum(1);
  return np.log(
    np
      .exp(off.div(-2 * width ** 2).add(dabs.slice([], 2)))
      .sum()
      .add(1e-300),
  );
}
const slopes = valueAndGrad(logDensity);

/** A trajectory from `x`, all its places, and where the walker is afterwards. */
function trajectory(key: random.Key, x: NDArray, dabs: NDArray, size: NDArray) {
  const [forMomentum, forSize, forChoice] = random.split(key, 3);
  const p0 = random.normal(forMomentum, [2]);
  const h = size.mul(random.uniform(forSize, [], { minval: 0.7, maxval: 1.3 }));
  const [v0, g0] = slopes(x, dabs);
  const leapfrog = ([x, p, g]: NDArray[]) => {
    const half = p.add(g.mul(h.div(2)));
    const next = x.add(half.mul(h));
    const [v, slope] = slopes(next, dabs);
    return [[next, half.add(slope.mul(h.div(2))), slope, v], next] as const;
  };
  const [[x1, p1, , v1], path] = lax.scan(leapfrog, [x, p0, g0, v0], null, { length: leapfrogs });
  const kinetic = (p: NDArray): NDArray => np.square(p).sum().div(2);
  const gain = v1.sub(v0).sub(kinetic(p1)).add(kinetic(p0));
  const accepted = random.uniform(forChoice).less(np.exp(np.minimum(gain, 0)));
  return [np.where(accepted, x1, x), path, accepted] as const;
}
const move = jit((key: random.Key, xs: NDArray, dabs: NDArray, size: NDArray) =>
  vmap(trajectory, [0, 0, null, null])(random.split(key, chains), xs, dabs, size),
);

const side = 72;
const grid = np.linspace(1, -1, side);
const density = jit((dabs: NDArray) => {
  const along = (k: number) =>
    np.exp(np.square(dabs.slice([], [k, k + 1]).sub(grid.mul(k === 0 ? -1 : 1))).div(-2 * width ** 2));
  return np.einsum("ki,kj,k->ij", along(1), along(0), np.exp(dabs.slice([], 2)));
});

export function start(host: HTMLElement): Demo {
  const stage = new Stage(host, {
    label: "Walkers that explore a painted density",
    shape: "16 / 10",
    narrow: "1 / 1",
  });
  const size = stage.controls.slider({
    label: "Step",
    min: 0.01,
    max: 0.3,
    value: 0.06,
    format: (v) => v.toFixed(3),
  });
  const picture = new Picture(side, side);
  let dabs: [number, number][] = [];
  let [table, levels, dirty] = [np.zeros([most, 3]), new Float64Array(side * side), true];
  let [xs, frames, accepted] = [np.zeros([chains, 2]), 0, 0];
  let [sum, square, draws] = [[0, 0], [0, 0], 0];
  let seen: Float64Array[] = [];

  const paint = (x: number, y: number): void => {
    dabs.push([x, y]);
    if (dabs.length > most) dabs.shift();
    dirty = true;
  };
  const load = (): void => {
    const rows = Array.from({ length: most }, (_, i) => [
      ...(dabs[i] ?? [9, 9]),
      i < dabs.length ? 0 : -Infinity,
    ]);
    table = np.array(rows);
    const values = density(table);
    levels = Float64Array.from(values.div(values.max()).dataSync());
    [sum, square, draws, seen, dirty] = [[0, 0], [0, 0], 0, [], false];
  };
  const clear = (): void => {
    [dabs, dirty] = [[], true];
  };
  const view = () => stage.view(1, 1);
  stage.drag({
    down: (at) => {
      const { x, y } = view().from(at);
      paint(x, y);
    },
    move: (at, before) => {
      const [{ x, y }, from] = [view().from(at), view().from(before)];
      const parts = Math.max(1, Math.ceil(Math.hypot(x - from.x, y - from.y) / (0.6 * width)));
      for (let i = 1; i <= parts; i++)
        paint(from.x + ((x - from.x) * i) / parts, from.y + ((y - from.y) * i) / parts);
    },
  });
  stage.controls.button("Clear", clear);
  for (let t = 0; t < 40; t++) paint(0.65 * Math.cos(0.11 * t + 0.4), 0.65 * Math.sin(0.11 * t + 0.4));
  for (let t = 0; t < 12; t++) paint(-0.1 + 0.03 * t, -0.35 + 0.02 * t);
  load();
  xs = np.array(Array.from({ length: chains }, (_, i) => dabs[i % dabs.length]));

  stage.animate(() => {
    const { colors, context } = stage;
    const { to, scale } = view();
    if (dirty && dabs.length > 0) load();
    const paths: Point[][] = [];
    if (dabs.length > 0) {
      const [next, path, taken] = move(random.key(++frames), xs, table, size.value);
      xs = next;
      accepted = 0.95 * accepted + 0.05 * taken.mean().item();
      const places = path.dataSync(); // [chains, leapfrogs, 2]
      for (let c = 0; c < 6; c++)
        paths.push(
          Array.from({ length: leapfrogs }, (_, i) =>
            to(places[2 * (c * leapfrogs + i)], places[2 * (c * leapfrogs + i) + 1]),
          ),
        );
      const now = Float64Array.from(xs.dataSync());
      seen.push(now);
      if (seen.length > 12) seen.shift();
      now.forEach((v, i) => {
        sum[i % 2] += v;
        square[i % 2] += v * v;
      });
      draws += chains;
    } else levels.fill(0);
    picture.shade(
      levels.map((v) => 0.8 * v ** 0.75),
      ramp([colors.paper, colors.faint, colors.accent].map(rgb)),
    );
    const corner = to(-1, 1);
    picture.draw(context, corner.x, corner.y, 2 * scale, 2 * scale);
    seen.forEach((places, age) => {
      for (let i = 0; i < places.length; i += 2)
        stage.disc(to(places[i], places[i + 1]), 2.4, colors.warm, 0.15 + (0.75 * age) / 12);
    });
    for (const path of paths) stage.line(path, colors.ink, 1.2, 0.6);
    stage.controls.note(
      dabs.length > 0
        ? `${(100 * accepted).toFixed(0)} % accepted; mean of ${draws} draws (${sum.map((s) => (s / draws).toFixed(3)).join(", ")}), exact (${[0, 1].map((k) => (dabs.reduce((a, d) => a + d[k], 0) / dabs.length).toFixed(3)).join(", ")})`
        : "Paint a density.",
    );
    return dabs.length > 0;
  });
  return stage.demo(() => {
    const exact = [0, 1].map((k) => dabs.reduce((a, d) => a + d[k], 0) / dabs.length);
    const spread = [0, 1].map((k) => dabs.reduce((a, d) => a + d[k] ** 2, 0) / dabs.length + width ** 2);
    return { draws, mean: sum.map((s) => s / draws), exact, square: square.map((s) => s / draws), spread };
  });
}

export function check(result: unknown): void {
  const { draws, ...moments } = result as Record<"mean" | "exact" | "square" | "spread", number[]> & {
    draws: number;
  };
  assert(draws >= 10_000, `${draws} draws so far`);
  for (const k of [0, 1]) {
    assert(
      Math.abs(moments.mean[k] - moments.exact[k]) < 0.06,
      `the mean is ${moments.mean.join()}, not ${moments.exact.join()}`,
    );
    assert(
      Math.abs(moments.square[k] - moments.spread[k]) < 0.05,
      `the mean square is ${moments.square.join()}, not ${moments.spread.join()}`,
    );
  }
}
