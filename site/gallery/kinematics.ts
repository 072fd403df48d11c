/**
 * @file Arms that reach for the pointer. Where a hand is, is a function of the arm's angles; its Jacobian, from `jacfwd`,
 * says how to move them. `vmap` makes one arm many.
 */
import "adjoint/methods";
import { type NDArray, jacfwd, jit, lax, numpy as np, vmap } from "adjoint";
import { assert, type Demo } from "./lib/demo.ts";
import { Stage } from "./lib/stage.ts";

export const title = "Inverse kinematics";
export const summary =
  "Drag the ball: each arm finds the angles that bring its hand there, a few damped least-squares steps in every frame.";

/** The joints of an arm with a foot at `foot`, shape [joints + 1, 2]: angles add up along it. */
function joints(angles: NDArray, foot: NDArray, length: NDArray): NDArray {
  const total = np.cumsum(angles);
  const bones = np.stack([np.cos(total), np.sin(total)], -1).mul(length);
  return np.concatenate([foot.reshape([1, 2]), np.cumsum(bones, 0).add(foot)]);
}
const hand = (angles: NDArray, foot: NDArray, length: NDArray): NDArray =>
  joints(angles, foot, length).slice(-1);

/** Levenberg's step towards `goal`; what is left free goes towards the even bend. */
function reach(angles: NDArray, foot: NDArray, goal: NDArray, length: NDArray, damping: NDArray): NDArray {
  const jacobian = jacfwd(hand)(angles, foot, length); // [2, joints]
  const off = goal.sub(hand(angles, foot, length));
  const far = np.sqrt(np.square(off).sum().add(1e-12));
  const wanted = off.mul(np.minimum(1, np.divide(0.25, far))); // no longer step than a quarter
  const square = np.matmul(jacobian, jacobian.T).add(np.eye(2).mul(damping));
  const inner = lax.sliceInDim(angles, 1, angles.shape[0]);
  const rest = np.concatenate([np.zeros([1]), inner.sub(inner.mean()).mul(-0.04)]);
  const solve = (residual: NDArray): NDArray => np.matmul(jacobian.T, np.linalg.solve(square, residual));
  return angles.add(solve(wanted)).add(rest.sub(solve(np.matmul(jacobian, rest))));
}

const move = jit((angles: NDArray, feet: NDArray, goal: NDArray, length: NDArray, damping: NDArray) => {
  const all = vmap(reach, [0, 0, null, null, null]);
  const end = lax.foriLoop(0, 4, (_: NDArray, a: NDArray) => all(a, feet, goal, length, damping), angles);
  return [end, vmap(joints, [0, 0, null])(end, feet, length)] as const;
});

export function start(host: HTMLElement): Demo {
  const stage = new Stage(host, { label: "Arms of many joints that reach for a ball", narrow: "1 / 1.2" });
  const { controls } = stage;
  const damping = controls.slider({
    label: "Damping",
    min: 0.001,
    max: 0.3,
    value: 0.02,
    format: (v) => v.toFixed(3),
  });
  let [arms, bones, time, held] = [5, 7, 0, false];
  let [angles, feet] = [np.zeros([1, 1]), np.zeros([1, 2])];
  let [goal, misses] = [{ x: 0.3, y: 0.4 }, [Infinity]];
  const place = (): void => {
    const around = Array.from({ length: arms }, (_, i) => (2 * Math.PI * (i + 0.25)) / arms);
    feet = np.array(around.map((a) => [0.95 * Math.cos(a), 0.95 * Math.sin(a)]));
    angles = np.array(around.map((a) => [a + Math.PI - 0.5, ...Array<number>(bones - 1).fill(1 / bones)]));
  };
  controls.slider({ label: "Arms", min: 1, max: 9, value: arms, step: 1 }, (v) => {
    arms = v;
    place();
  });
  controls.slider({ label: "Bones", min: 2, max: 14, value: bones, step: 1 }, (v) => {
    bones = v;
    place();
  });
  place();
  const view = () => stage.view(1.1, 1.1);
  stage.drag({
    down: (at) => ([goal, held] = [view().from(at), true]),
    move: (at) => (goal = view().from(at)),
  });

  stage.animate((seconds) => {
    const { colors } = stage;
    const { to, scale } = view();
    time += seconds;
    if (!held) goal = { x: 0.45 * Math.sin(0.9 * time), y: 0.38 * Math.sin(1.3 * time + 1) };
    const [next, places] = move(angles, feet, np.array([goal.x, goal.y]), 1.5 / bones, damping.value);
    angles = next;
    const paths = places.js<[number, number][][]>();
    misses = paths.map((path) => Math.hypot(path.at(-1)![0] - goal.x, path.at(-1)![1] - goal.y));
    const ball = to(goal.x, goal.y);
    stage.disc(ball, 0.075 * scale, colors.warm, 0.25);
    const hues = [colors.accent, colors.good, colors.violet];
    paths.forEach((path, arm) => {
      const points = path.map(([x, y]) => to(x, y));
      const width = (0.36 * scale) / (bones + 3);
      const color = hues[arm % hues.length];
      points
        .slice(1)
        .forEach((p, i) => stage.line([points[i], p], color, width * (1 - (0.75 * i) / bones), 0.85));
      points.forEach((p, i) => stage.disc(p, 0.36 * width * (1 - (0.7 * i) / bones), colors.paper));
      stage.disc(points[0], 0.75 * width, color);
    });
    stage.disc(ball, 0.035 * scale, colors.warm);
    controls.note(
      `${arms * bones} angles; the hands miss by ${(100 * Math.max(...misses)).toFixed(2)} % of the circle's radius`,
    );
    return !held || Math.max(...misses) > 1e-4;
  });
  return stage.demo(() => ({ time, misses }));
}

export function check(result: unknown): void {
  const { time, misses } = result as { time: number; misses: number[] };
  assert(time > 0.5, `${time} seconds so far`);
  assert(misses.length === 5 && Math.max(...misses) < 0.05, `the hands miss by ${misses.join(", ")}`);
}
