/** @file Rotations of space as matrices: about the axes, for many angles at once, and about any axis. */
import { type Array as NDArray, numpy as np } from "../../../src/index.ts";

/** For each axis of space the rotations about it: parts that stay, go with the cosine, and go with the sine. */
const about = [0, 1, 2].map((axis) => {
  const [i, j] = [(axis + 1) % 3, (axis + 2) % 3];
  const part = (...entries: [number, number, number][]): number[][] =>
    [0, 1, 2, 3].map((r) =>
      [0, 1, 2, 3].map((c) => entries.find(([row, column]) => row === r && column === c)?.[2] ?? 0),
    );
  return {
    still: part([axis, axis, 1], [3, 3, 1]),
    cos: part([i, i, 1], [j, j, 1]),
    sin: part([i, j, -1], [j, i, 1]),
  };
});

/** Rotations about an axis of space, [b, 4, 4], by angles [b]. */
export function turned(angles: NDArray, axis: 0 | 1 | 2): NDArray {
  const { still, cos, sin } = about[axis];
  const scale = (values: NDArray, part: number[][]): NDArray =>
    values.reshape([-1, 1, 1]).mul(np.array(part));
  return scale(np.cos(angles), cos)
    .add(scale(np.sin(angles), sin))
    .add(np.array(still));
}

/** Rotation by the angle |v| about the axis v, [3, 3] (Rodrigues). */
export function rotation(v: NDArray): NDArray {
  const angle = np.sqrt(np.dot(v, v));
  const axis = v.div(angle);
  const [s, c] = [np.sin(angle), np.cos(angle)];
  const cross = np.array(about.map(({ sin }) => sin.slice(0, 3).map((row) => row.slice(0, 3)))); // [axis, 3, 3]
  const turn = np.tensordot(axis, cross, 1).mul(s);
  return np
    .eye(3)
    .mul(c)
    .add(turn)
    .add(np.outer(axis, axis).mul(c.neg().add(1)));
}
