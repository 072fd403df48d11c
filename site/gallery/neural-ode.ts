/**
 * @file A neural ODE: the law of motion is a small network, fitted to a curve by gradients through the integrator. The curve
 * is a spiral, or whatever is drawn.
 */
import "adjoint/methods";
import { type NDArray, jit, lax, numpy as np, optim, random, valueAndGrad, vmap } from "adjoint";
import { assert, type Demo } from "./lib/demo.ts";
import { type Point, Stage } from "./lib/stage.ts";

export const title = "A neural ODE";
export const summary =
  "A network learns the wind that carries a point along a spiral, by gradients through the solver. Draw a curve of your own.";

type Net = { w1: NDArray; b1: NDArray; w2: NDArray; b2: NDArray };
const [hidden, samples, substeps, most] = [32, 40, 3, 4000];

const wind = (net: Net, y: NDArray): NDArray =>
  np.matmul(net.w2, np.tanh(np.matmul(net.w1, y).add(net.b1))).add(net.b2);

/** Where the wind carries `from` in `samples` equal times, by Runge and Kutta's method: [samples, 2]. */
function path(net: Net, from: NDArray): NDArray {
  const h = 4 / (samples * substeps);
  const step = (y: NDArray): NDArray => {
    const k1 = wind(net, y);
    const k2 = wind(net, y.add(k1.mul(h / 2)));
    const k3 = wind(net, y.add(k2.mul(h / 2)));
    const k4 = wind(net, y.add(k3.mul(h)));
    return y.add(
      k1
        .add(k2.mul(2))
        .add(k3.mul(2))
        .add(k4)
        .mul(h / 6),
    );
  };
  const sample = (y: NDArray) =>
    [lax.foriLoop(0, substeps, (_: NDArray, y: NDArray) => step(y), y), y] as const;
  return lax.scan(sample, from, null, { length: samples })[1];
}

/** How far the path is from the curve, where `weights` look, and, weakly, the wind from the curve's velocities. */
function loss(net: Net, curve: NDArray, weights: NDArray): NDArray {
  const whole = np.square(path(net, curve.slice(0)).sub(curve)).sum(1);
  const speeds = np.diff(curve, 1, 0).mul(samples / 4);
  const local = np.square(vmap(wind, [null, 0])(net, curve.slice([0, -1])).sub(speeds)).sum(1);
  return whole.mul(weights).mean().add(local.mean().mul(0.004));
}

function newNet(seed: number): Net {
  const [k1, k2, k3] = random.split(random.key(seed), 3);
  return {
    w1: random.normal(k1, [hidden, 2]).mul(1.5),
    b1: random.normal(k2, [hidden]),
    w2: random.normal(k3, [2, hidden]).mul(0.1),
    b2: np.zeros([2]),
  };
}

const spiral = (): [number, number][] =>
  Array.from({ length: samples }, (_, i) => {
    const [r, angle] = [0.85 * Math.exp(-0.032 * i), 0.3 + 0.26 * i];
    return [r * Math.cos(angle), r * Math.sin(angle)];
  });

/** `samples` points of a line, equally far apart. */
function resample(line: readonly Point[]): [number, number][] {
  const at = [0];
  for (let i = 1; i < line.length; i++)
    at.push(at[i - 1] + Math.hypot(line[i].x - line[i - 1].x, line[i].y - line[i - 1].y));
  return Array.from({ length: samples }, (_, i) => {
    const s = (at.at(-1)! * i) / (samples - 1);
    const k = Math.max(
      1,
      at.findIndex((a) => a >= s),
    );
    const t = (s - at[k - 1]) / (at[k] - at[k - 1] || 1);
    const mix = (a: number, b: number): number => a + Math.max(0, Math.min(1, t)) * (b - a);
    return [mix(line[k - 1].x, line[k].x), mix(line[k - 1].y, line[k].y)];
  });
}

const adam = optim.chain(optim.clipByGlobalNorm(1), optim.adam(0.01));
const train = jit((net: Net, state: ReturnType<typeof adam.init>, curve: NDArray, weights: NDArray) => {
  const [value, slope] = valueAndGrad(loss)(net, curve, weights);
  const [updates, next] = adam.update(slope, state, net);
  return [optim.applyUpdates(net, updates), next, value] as const;
});
const trace = jit(path);
const winds = jit(vmap(wind, [null, 0]));
const error = jit((net: Net, curve: NDArray) =>
  np
    .square(path(net, curve.slice(0)).sub(curve))
    .sum(1)
    .mean(),
);

export function start(host: HTMLElement): Demo {
  const stage = new Stage(host, { label: "A learned wind and the curve it follows", narrow: "1 / 1.1" });
  let [net, curve, drawn, steps] = [newNet(2), spiral(), undefined as Point[] | undefined, 0];
  let [state, miss] = [adam.init(net), Infinity];
  const view = () => stage.view(1.08, 1.08);
  const begin = (points: [number, number][]): void => {
    [curve, net, steps] = [points, newNet(2), 0];
    state = adam.init(net);
  };
  stage.controls.button("Spiral", () => begin(spiral()));
  stage.controls.button("Forget", () => begin(curve));
  stage.drag({
    down: (at) => (drawn = [view().from(at)]),
    move: (at) => drawn?.push(view().from(at)),
    up: () => {
      if (drawn !== undefined && drawn.length > 4) begin(resample(drawn));
      drawn = undefined;
    },
  });

  stage.animate(() => {
    const { colors } = stage;
    const { to, from } = view();
    const data = np.array(curve);
    for (let i = 0; i < 4 && drawn === undefined && steps < most; i++) {
      // the beginning first, then more and more of the curve
      const reached = steps / 15;
      const weights = np.array(curve.map((_, i) => Math.max(0, Math.min(1, reached - i + 4))));
      [net, state] = train(net, state, data, weights);
      steps += 1;
    }
    miss = Math.sqrt(error(net, data).item());

    const [corner, end] = [from({ x: 0, y: 0 }), from({ x: stage.width, y: stage.height })];
    const [nx, ny] = [Math.round(stage.width / 34), Math.round(stage.height / 34)];
    const places: [number, number][] = [];
    for (let i = 0; i < 600; i++) {
      const [column, row] = [i % nx, Math.floor(i / nx)];
      places.push([
        corner.x + ((column + 0.5) * (end.x - corner.x)) / nx,
        corner.y + ((row + 0.5) * (end.y - corner.y)) / ny,
      ]);
    }
    winds(net, np.array(places))
      .js<[number, number][]>()
      .forEach(([u, v], i) => {
        const p = to(...places[i]);
        if (p.y > stage.height) return;
        const speed = Math.hypot(u, v) + 1e-9;
        const length = (14 * speed) / (1 + speed) / speed;
        stage.line(
          [
            { x: p.x - length * u, y: p.y + length * v },
            { x: p.x + length * u, y: p.y - length * v },
          ],
          colors.muted,
          1,
          0.35,
        );
        stage.disc({ x: p.x + length * u, y: p.y - length * v }, 1.7, colors.muted, 0.6);
      });
    for (const [x, y] of curve) stage.disc(to(x, y), 3.6, colors.accent);
    stage.line(
      trace(net, data.slice(0))
        .js<[number, number][]>()
        .map(([x, y]) => to(x, y)),
      colors.warm,
      3,
    );
    stage.disc(to(...curve[0]), 7, colors.warm);
    if (drawn !== undefined)
      stage.line(
        drawn.map(({ x, y }) => to(x, y)),
        colors.violet,
        4,
      );
    stage.controls.note(
      `${steps} steps of Adam on ${5 * hidden + 2} numbers; the path misses by ${miss.toFixed(4)}`,
    );
    return steps < most || drawn !== undefined;
  });
  return stage.demo(() => ({ steps, miss }));
}

export function check(result: unknown): void {
  const { steps, miss } = result as { steps: number; miss: number };
  assert(steps >= 800, `${steps} steps so far`);
  assert(miss < 0.06, `the path misses by ${miss}`);
}
