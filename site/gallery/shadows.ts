/**
 * @file A sculpture whose three shadows are three given pictures: its density in every cell is found by gradients through
 * the casting of the shadows, a small differentiable renderer.
 */
import "adjoint/methods";
import { type NDArray, jit, nn, numpy as np, optim, valueAndGrad } from "adjoint";
import { assert, type Demo } from "./lib/demo.ts";
import { glyph } from "./lib/glyph.ts";
import { type Frame, type Orientation, cellOf, drawPanels, drawVoxels, panelAt } from "./lib/sculpture.ts";
import { Stage } from "./lib/stage.ts";

export const title = "Shape from shadows";
export const summary =
  "One sculpture, three shadows: gradients through a renderer carve fog into it. Turn it; paint over the shadows to change them.";

const n = 24;

/** Letters that one body can have as its shadows, if they are turned so. */
const words: readonly (readonly [letters: readonly string[], orientations: readonly Orientation[]])[] = [
  [
    ["G", "E", "B"],
    [4, 1, 0],
  ],
  [
    ["♠", "♥", "♣"],
    [4, 0, 0],
  ],
  [
    ["∂", "π", "∑"],
    [0, 0, 1],
  ],
];

/** How dark each shadow is: light passes a cell of density σ(θ) with probability 1 − σ(θ), whose logarithm is −softplus(θ). */
const shadows = (theta: NDArray): NDArray =>
  np.stack([0, 1, 2].map((axis) => np.subtract(1, np.exp(nn.softplus(theta).sum(axis).neg()))));

/** What the shadows miss, and a wish for little and smooth matter. */
function loss(theta: NDArray, wanted: NDArray): NDArray {
  const density = nn.sigmoid(theta);
  const rough = [0, 1, 2].map((axis) => np.square(np.diff(density, 1, axis)).mean());
  const miss = np.square(shadows(theta).sub(wanted)).mean();
  return miss.add(rough.reduce((a, b) => a.add(b)).mul(0.04)).add(density.mean().mul(0.02));
}
const adam = optim.adam(0.12);
const improve = jit((theta: NDArray, state: ReturnType<typeof adam.init>, wanted: NDArray) => {
  const [, slope] = valueAndGrad(loss)(theta, wanted);
  const [updates, next] = adam.update(slope, state, theta);
  return [optim.applyUpdates(theta, updates), next] as const;
});
const look = jit((theta: NDArray, wanted: NDArray) => {
  const cast = shadows(theta);
  return [nn.sigmoid(theta), cast, np.square(cast.sub(wanted)).mean()] as const;
});

export function start(host: HTMLElement): Demo {
  const stage = new Stage(host, {
    label: "A turning sculpture with three shadows on walls",
    narrow: "1 / 1.4",
  });
  const fog = np.full([n, n, n], -3, "float32");
  let [theta, steps, rest, off] = [fog, 0, 0, 1];
  let state = adam.init(theta);
  const wanted = new Float32Array(3 * n * n);
  let target = np.zeros([3, n, n], "float32");
  let brush: number | undefined;
  const frame: Frame = {
    n,
    yaw: 0.75,
    pitch: 0.5,
    density: new Float32Array(n ** 3),
    shadows: new Float32Array(3 * n * n),
    wanted,
    orientations: [0, 0, 0],
  };

  const changed = (): void => {
    [target, rest] = [np.array(wanted).reshape([3, n, n]), steps + 400];
  };
  const write = ([letters, orientations]: (typeof words)[number]): void => {
    frame.orientations = orientations;
    letters.forEach((letter, k) =>
      glyph(letter, n, n, 0.84, true).forEach((value, i) => {
        wanted[cellOf(n, k, orientations[k], Math.floor(i / n), i % n)] = value;
      }),
    );
    [theta, state, steps] = [fog, adam.init(fog), 0];
    changed();
  };
  stage.controls.choice(
    words.map((word) => [word[0].join(" "), word] as const),
    write,
  );
  stage.controls.button("Fog", () => {
    [theta, state, steps] = [fog, adam.init(fog), 0];
    changed();
  });
  write(words[0]);
  stage.drag({
    down: (at) => {
      const cell = panelAt(stage, frame, at);
      brush = cell === undefined ? undefined : 1 - Math.round(wanted[cell]);
      if (cell !== undefined) wanted[cell] = brush!;
      changed();
    },
    move: (at, before) => {
      if (brush === undefined) {
        frame.yaw += (at.x - before.x) / 110;
        frame.pitch = Math.max(0.05, Math.min(1.5, frame.pitch + (at.y - before.y) / 110));
        return;
      }
      const cell = panelAt(stage, frame, at);
      if (cell !== undefined) wanted[cell] = brush;
      changed();
    },
  });

  stage.animate((seconds) => {
    if (brush === undefined) frame.yaw += 0.2 * seconds;
    for (let i = 0; i < 2 && steps < rest; i++, steps++) [theta, state] = improve(theta, state, target);
    const [density, cast, miss] = look(theta, target);
    [frame.density, frame.shadows, off] = [density.dataSync(), cast.dataSync(), Math.sqrt(miss.item())];
    drawVoxels(stage, frame);
    drawPanels(stage, frame);
    stage.controls.note(`${n ** 3} cells, step ${steps}; the shadows are off by ${off.toFixed(3)}`);
    return true;
  });
  return stage.demo(() => ({ steps, off }));
}

export function check(result: unknown): void {
  const { steps, off } = result as { steps: number; off: number };
  assert(steps >= 150, `${steps} steps so far`);
  assert(off < 0.12, `the shadows are off by ${off}`);
}
