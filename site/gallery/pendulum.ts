/**
 * @file A double pendulum and how it depends on where it began. The flow of the motion is a function of the state; `jvp`
 * carries a small difference along with it, `jacfwd` the whole matrix. Swarms of pendulums that begin nearly alike tell
 * whether that is true.
 */
import "adjoint/methods";
import { type NDArray, grad, jacfwd, jit, jvp, lax, numpy as np, vmap } from "adjoint";
import { assert, type Demo } from "./lib/demo.ts";
import { plot, table } from "./lib/plot.ts";
import { type Point, Stage } from "./lib/stage.ts";

export const title = "A double pendulum and its sensitivity";
export const summary =
  "Forty pendulums begin a hair's breadth apart. The derivative of the motion tells how fast they part; drag one to begin anew.";

const [gravity, substeps, step] = [9.81, 8, 1 / 480];

/** Energies of a state of angles and their momenta, [2] each: masses and lengths are 1. */
const cosine = (q: NDArray): NDArray => np.cos(q.slice(0).sub(q.slice(1)));
function energy(q: NDArray, p: NDArray): NDArray {
  const [[p1, p2], c] = [p, cosine(q)];
  const kinetic = np.square(p1).add(np.square(p2).mul(2)).sub(p1.mul(p2).mul(c).mul(2));
  const depth = np
    .cos(q.slice(0))
    .mul(2)
    .add(np.cos(q.slice(1)));
  return kinetic.div(np.square(c).sub(2).mul(-2)).sub(depth.mul(gravity));
}

/** Hamilton's equations: the law of motion is the gradient of the energy. */
function rate(state: NDArray): NDArray {
  const [q, p] = state.reshape([2, 2]);
  const [byAngle, byMomentum] = grad(energy, [0, 1])(q, p);
  return np.concatenate([byMomentum, byAngle.neg()]);
}

/** The flow of a 60th of a second: Runge and Kutta's steps of fourth order. */
function flow(state: NDArray): NDArray {
  const once = (_: NDArray, y: NDArray): NDArray => {
    const k1 = rate(y);
    const k2 = rate(y.add(k1.mul(step / 2)));
    const k3 = rate(y.add(k2.mul(step / 2)));
    const k4 = rate(y.add(k3.mul(step)));
    return y.add(
      k1
        .add(k2.mul(2))
        .add(k3.mul(2))
        .add(k4)
        .mul(step / 6),
    );
  };
  return lax.foriLoop(0, substeps, once, state);
}

const advance = jit((swarm: NDArray, tangent: NDArray, matrix: NDArray) => {
  const first = swarm.slice(0);
  const [, moved] = jvp(flow, [first], [tangent]);
  return [vmap(flow)(swarm), moved, np.matmul(jacfwd(flow)(first), matrix)] as const;
});
const energyOf = jit((state: NDArray) => energy(state.slice([0, 2]), state.slice([2, 4])));

export function start(host: HTMLElement): Demo {
  const stage = new Stage(host, {
    label: "Double pendulums, their trace, and the growth of their differences",
    narrow: "1 / 1.45",
  });
  const [count, base] = [40, [2.2, 2.6, 0, 0]];
  let apart = 1e-2;
  let swarm = np.zeros([1, 4]);
  let [tangent, matrix, energy0] = [np.zeros([4]), np.eye(4), 0];
  let [frames, grown, trail, growth] = [0, 0, [] as number[][], [] as [predicted: number, actual: number][]];
  const begin = (q1: number, q2: number): void => {
    const offsets = Array.from({ length: count }, (_, i) => (2 * i) / (count - 1));
    swarm = np.array(offsets.map((t) => [q1 + t * apart, q2, 0, 0]));
    [tangent, matrix] = [np.array([1, 0, 0, 0]), np.eye(4)];
    [frames, grown, trail, growth, energy0] = [0, 0, [], [], energyOf(swarm.slice(0)).item()];
  };
  const layout = () => {
    const wide = stage.width > 1.2 * stage.height;
    const [w, h] = wide ? [stage.width * 0.6, stage.height] : [stage.width, stage.height * 0.7];
    const scale = Math.min(w, h) / 4.4;
    return { wide, w, h, scale, x: w / 2, y: h / 2 };
  };
  const bobs = (state: readonly number[]): [Point, Point] => {
    const { scale, x, y } = layout();
    const middle = { x: x + scale * Math.sin(state[0]), y: y + scale * Math.cos(state[0]) };
    return [middle, { x: middle.x + scale * Math.sin(state[1]), y: middle.y + scale * Math.cos(state[1]) }];
  };
  let held: 0 | 1 | undefined;
  const pull = (at: Point): void => {
    const now = swarm.slice(0).js<number[]>();
    const [x, y] = held === 0 ? [layout().x, layout().y] : [bobs(now)[0].x, bobs(now)[0].y];
    const angle = Math.atan2(at.x - x, at.y - y);
    begin(held === 0 ? angle : now[0], held === 0 ? now[1] : angle);
  };
  stage.drag({
    down: (at) => {
      const distance = bobs(swarm.slice(0).js<number[]>()).map((p) => Math.hypot(p.x - at.x, p.y - at.y));
      held = distance[0] < distance[1] ? 0 : 1;
      pull(at);
    },
    move: pull,
    up: () => (held = undefined),
  });
  const again = (): void => begin(base[0], base[1]);
  stage.controls.slider(
    {
      label: "Apart by",
      min: -6,
      max: -1,
      value: -2,
      step: 0.5,
      format: (v) => String(Number((10 ** v).toPrecision(1))),
    },
    (v) => {
      apart = 10 ** v;
      again();
    },
  );
  stage.controls.button("Again", again);
  again();

  stage.animate(() => {
    const { colors } = stage;
    if (held === undefined) {
      const [next, moved, product] = advance(swarm, tangent, matrix);
      // the tangent grows without bound: its length is kept as a logarithm
      const length = np.linalg.norm(moved).item();
      [swarm, tangent, matrix, grown, frames] = [
        next,
        moved.div(length),
        product,
        grown + Math.log(length),
        frames + 1,
      ];
    }
    const states = swarm.js<number[][]>();
    const off = Math.hypot(...states[1].map((v, i) => v - states[0][i])) / ((2 * apart) / (count - 1));
    if (held === undefined && frames % 3 === 0) growth.push([grown, Math.log(off)]);
    if (growth.length > 400) growth.shift();
    const { x, y, wide, w, h } = layout();
    const pivot = { x, y };
    states.slice(1).forEach((state) => {
      const [a, b] = bobs(state);
      stage.line([pivot, a, b], colors.accent, 1.2, 0.22);
      stage.disc(b, 3, colors.accent, 0.5);
    });
    const [a, b] = bobs(states[0]);
    if (held === undefined) trail.push(states[0]);
    if (trail.length > 180) trail.shift();
    stage.line(
      trail.map((s) => bobs(s)[1]),
      colors.warm,
      1.5,
      0.55,
    );
    stage.line([pivot, a, b], colors.ink, 4);
    for (const p of [a, b]) stage.disc(p, 11, colors.warm);
    stage.disc(pivot, 5, colors.ink);

    const box = wide
      ? { x: w, y: 46, width: stage.width - w - 24, height: h * 0.55 }
      : { x: 18, y: h + 16, width: stage.width - 36, height: stage.height - h - 46 };
    plot(stage, box, "growth of a small difference (logarithm)", Math.max(8, ...growth.flat()), 100, [
      { name: "two pendulums", values: growth.map((g) => g[1]), color: colors.accent, width: 4, alpha: 0.4 },
      { name: "predicted by jvp", values: growth.map((g) => g[0]), color: colors.warm },
    ]);
    const below = { x: w, y: 46 + h * 0.55 + 58, width: box.width };
    if (wide) table(stage, below, "Jacobian of the flow since the start", matrix.js<number[][]>());
    const seconds = frames / 60;
    stage.controls.note(
      `${seconds.toFixed(1)} s; a difference has grown ${Math.exp(grown).toPrecision(3)} times, ${(grown / Math.max(seconds, 0.1)).toFixed(2)} a second (Lyapunov)`,
    );
    return held === undefined;
  });
  return stage.demo(() => ({
    frames,
    drift: energyOf(swarm.slice(0)).item() - energy0,
    grown,
    volume: np.linalg.det(matrix).item(),
    early: growth.slice(0, 15),
  }));
}

export function check(result: unknown): void {
  type Result = { frames: number; drift: number; grown: number; volume: number; early: [number, number][] };
  const { frames, drift, grown, volume, early } = result as Result;
  assert(frames > 60 && frames < 400, `${frames} frames`);
  assert(Math.abs(drift) < 1e-3, `the energy drifts by ${drift}`);
  assert(Math.abs(volume - 1) < 0.05, `volumes of phase space change by ${volume}`); // Liouville
  assert(grown > 1, `differences grow by exp(${grown})`);
  for (const [predicted, actual] of early)
    assert(
      Math.abs(predicted - actual) < 0.05,
      `the tangent grew by exp(${predicted}), pendulums by exp(${actual})`,
    );
}
