/**
 * @file Bundle adjustment: from where points appear in pictures, both the points and the cameras are found. Gauss and
 * Newton's steps with Levenberg's damping; their linear equations are solved by conjugate gradients, for which the Jacobian
 * is never made: `linearize` and its transpose apply it.
 */
import "adjoint/methods";
import {
  type NDArray,
  jit,
  linearTranspose,
  linearize,
  numpy as np,
  random,
  scipy,
  tree,
  vmap,
} from "adjoint";
import { assert, type Demo } from "./lib/demo.ts";
import { type Point, Stage } from "./lib/stage.ts";

export const title = "Bundle adjustment";
export const summary =
  "Seven cameras saw a knot; neither where they stood nor the knot is known. Both are found from the pictures. Drag to look around.";

/** Of each camera: a rotation vector and a translation; and the points. */
type Scene = { poses: NDArray; points: NDArray };
const [cameras, count, focal] = [7, 120, 1.4];

/** Rodrigues' formula for a point turned by a rotation vector. */
function turn(r: NDArray, x: NDArray): NDArray {
  const square = np.square(r).sum().add(1e-12);
  const angle = np.sqrt(square);
  const once = np.cross(r, x);
  const [a, b] = [np.sin(angle).div(angle), np.subtract(1, np.cos(angle)).div(square)];
  return x.add(once.mul(a)).add(np.cross(r, once).mul(b));
}
function project(pose: NDArray, point: NDArray): NDArray {
  const seen = turn(pose.slice([0, 3]), point).add(pose.slice([3, 6]));
  return seen.slice([0, 2]).div(seen.slice(2)).mul(focal);
}
const pictures = ({ poses, points }: Scene): NDArray =>
  vmap(vmap(project, [null, 0]), [0, null])(poses, points);

const step = jit((scene: Scene, seen: NDArray, damping: NDArray) => {
  const residual = (s: Scene): NDArray => pictures(s).sub(seen);
  const [off, push] = linearize(residual, [scene]);
  const pull = linearTranspose(push, [scene]);
  const normal = (d: Scene): Scene =>
    tree.map((a: NDArray, b: NDArray) => a.add(b.mul(damping)), pull(push(d))[0], d);
  const target = tree.map((a: NDArray) => a.neg(), pull(off)[0]);
  const [change] = scipy.sparse.linalg.cg(normal, target, { maxiter: 60, tol: 1e-6 });
  const next = tree.map((a: NDArray, b: NDArray) => a.add(b), scene, change);
  return [next, np.square(off).sum(), np.square(residual(next)).sum()] as const;
});

function truth(): Scene {
  const knot = Array.from({ length: count }, (_, i) => {
    const t = (2 * Math.PI * i) / count;
    const r = 0.62 + 0.25 * Math.cos(3 * t);
    return [r * Math.cos(2 * t), 0.32 * Math.sin(3 * t), r * Math.sin(2 * t)];
  });
  const poses = Array.from({ length: cameras }, (_, i) => [
    0.25 * Math.sin(2 * i),
    (2 * Math.PI * i) / cameras - 2.6,
    0,
    0,
    0,
    2.6,
  ]);
  return { points: np.array(knot), poses: np.array(poses) };
}

/** The knot and the cameras' pyramids, moved and scaled to fit `exact` (Umeyama 1991): pictures do not tell where, how large. */
const align = jit(({ poses, points }: Scene, exact: NDArray) => {
  const pyramid = np.array([[0, 0, 0], [-0.22, -0.16, 0.3], [0.22, -0.16, 0.3], [0.22, 0.16, 0.3], [-0.22, 0.16, 0.3]]); // prettier-ignore
  const place = (pose: NDArray, x: NDArray): NDArray =>
    turn(pose.slice([0, 3]).neg(), x.sub(pose.slice([3, 6])));
  const pyramids = vmap(vmap(place, [null, 0]), [0, null])(poses, pyramid);
  const [from, to] = [points.mean(0), exact.mean(0)];
  const [a, b] = [points.sub(from), exact.sub(to)];
  const [u, s, vh] = np.linalg.svd(np.matmul(b.T, a));
  const rotation = np.matmul(u, vh);
  const scale = s.sum().div(np.square(a).sum());
  const fit = (x: NDArray): NDArray => np.matmul(x.sub(from), rotation.T).mul(scale).add(to);
  return [fit(points), fit(pyramids)] as const;
});
const shown = (scene: Scene, exact: Scene) => {
  const [points, pyramids] = align(scene, exact.points);
  return { points: points.js<number[][]>(), pyramids: pyramids.js<number[][][]>() };
};

export function start(host: HTMLElement): Demo {
  const stage = new Stage(host, {
    label: "A knot and the cameras that saw it, in three dimensions",
    narrow: "1 / 1.15",
  });
  const exact = truth();
  const noise = random.normal(random.key(9), [cameras, count, 2]).mul(0.002);
  const seen = jit(pictures)(exact).add(noise);
  let [seed, steps, frames, damping] = [0, 0, 0, 1];
  let scene = exact;
  let [before, after] = [shown(exact, exact), shown(exact, exact)];
  let [cost, done, blur] = [Infinity, false, 0.35];
  let [yaw, pitch] = [0.6, 0.45];
  const scatter = (): void => {
    const [k1, k2] = random.split(random.key(++seed));
    scene = {
      points: exact.points.add(random.normal(k1, [count, 3]).mul(blur)),
      poses: exact.poses.add(random.normal(k2, [cameras, 6]).mul(0.35 * blur)),
    };
    [steps, frames, damping, done, cost] = [0, 0, 1, false, Infinity];
    before = after = shown(scene, exact);
  };
  stage.controls.slider(
    { label: "Guess off by", min: 0.05, max: 0.6, value: blur, format: (v) => v.toFixed(2) },
    (v) => {
      blur = v;
      scatter();
    },
  );
  stage.controls.button("Scatter", scatter);
  stage.drag({
    move: (to, from) => {
      yaw += (to.x - from.x) / 120;
      pitch = Math.max(-1.4, Math.min(1.4, pitch + (to.y - from.y) / 120));
    },
  });
  const exactly = exact.points.js<number[][]>();
  scatter();
  step(scene, seen, damping); // compiles before anything moves

  const improve = (): void => {
    const [next, ...costs] = step(scene, seen, damping);
    const [was, is] = costs.map((c) => c.item());
    if (is < was) scene = next;
    done = is < was && was - is < 1e-7 * was;
    damping = Math.max(1e-6, damping * (is < was ? 0.3 : 4));
    [before, after, cost, steps] = [after, shown(scene, exact), Math.min(was, is), steps + 1];
  };
  const spacing = 14; // frames from one step to the next
  stage.animate((seconds) => {
    const { colors } = stage;
    yaw += 0.12 * seconds;
    if (frames++ % spacing === 0 && !done && frames > 30) improve();
    const t = Math.min(1, (frames % spacing) / (spacing - 3));
    const between = (a: readonly number[], b: readonly number[]): number[] =>
      a.map((v, k) => v + (b[k] - v) * (done ? 1 : t * t * (3 - 2 * t)));
    const eye = stage.view(2.55, 1.75);
    const show = ([x, y, z]: readonly number[]): Point & { depth: number } => {
      const [u, w] = [Math.cos(yaw) * x + Math.sin(yaw) * z, Math.cos(yaw) * z - Math.sin(yaw) * x];
      const [v, depth] = [
        Math.cos(pitch) * y - Math.sin(pitch) * w,
        Math.cos(pitch) * w + Math.sin(pitch) * y,
      ];
      const near = 9 / (9 + depth);
      return { ...eye.to(u * near, v * near), depth };
    };
    const knot = before.points.map((p, i) => show(between(p, after.points[i])));
    const ideal = exactly.map(show);
    stage.line([...ideal, ideal[0]], colors.muted, 1.2, 0.5);
    before.pyramids.forEach((pyramid, c) => {
      const [peak, ...corners] = pyramid.map((p, i) => show(between(p, after.pyramids[c][i])));
      for (let i = c; i < count; i += 24) stage.line([peak, knot[i]], colors.accent, 0.8, 0.25);
      corners.forEach((p, k) => stage.line([peak, p, corners[(k + 1) % 4]], colors.accent, 1.8, 0.9));
    });
    for (const p of [...knot].sort((a, b) => b.depth - a.depth))
      stage.disc(p, 4.6 - 1.2 * p.depth, colors.warm, 0.9);
    const pixels = 1000 * Math.sqrt(cost / (cameras * count * 2));
    stage.controls.note(
      `step ${steps}${done ? ", done" : ""}: ${6 * cameras + 3 * count} unknowns; the pictures are off by ${Number.isFinite(pixels) ? pixels.toFixed(2) : "–"} thousandths (2 is the noise put in)`,
    );
    return true;
  });
  return stage.demo(() => ({ steps, off: Math.sqrt(cost / (cameras * count * 2)) }));
}

export function check(result: unknown): void {
  const { steps, off } = result as { steps: number; off: number };
  assert(off < 0.0025, `after ${steps} steps the pictures are off by ${off}, where the noise is 0.002`);
}
