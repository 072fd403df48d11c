/**
 * @file Euler angles: three rotations about axes, extrinsic ("xyz": about fixed axes) or intrinsic ("XYZ": about axes that
 * turn along).
 *
 * Source: Bernardes and Viollet, Quaternion to Euler angles conversion, 2022.
 */
import { show } from "../../base/checks.ts";
import type { NDArray } from "../../core/array.ts";
import { ArgumentError } from "../../base/errors.ts";
import * as np from "../../numpy/index.ts";
import { join, multiply, part } from "./quaternions.ts";

interface Sequence {
  readonly axes: readonly number[];
  readonly intrinsic: boolean;
}

export function parseSequence(seq: string): Sequence {
  const intrinsic = /^[XYZ]{1,3}$/.test(seq);
  if (!intrinsic && !/^[xyz]{1,3}$/.test(seq))
    throw new ArgumentError(
      `Rotation: expected one to three axes, "xyz" (fixed) or "XYZ" (turning along); got ${show(seq)}.`,
    );
  const axes = Array.from(seq.toLowerCase(), (c) => "xyz".indexOf(c));
  if (axes.some((a, i) => a === axes[i + 1]))
    throw new ArgumentError(`Rotation: consecutive axes must differ; got ${show(seq)}.`);
  return { axes, intrinsic };
}

function elementary(axis: number, angle: NDArray): NDArray {
  const half = angle.div(2);
  const none = np.zerosLike(half);
  const out = [none, none, none, np.cos(half)];
  out[axis] = np.sin(half);
  return join(out);
}

/** Angles [..., n] for n axes; for one axis also [...]. */
export function fromEuler({ axes, intrinsic }: Sequence, angles: NDArray): NDArray {
  const all = axes.map((axis, i) => elementary(axis, part(angles, i)));
  return all.reduce((p, q) => (intrinsic ? multiply(p, q) : multiply(q, p)));
}

export function toEuler({ axes, intrinsic }: Sequence, q: NDArray): NDArray {
  if (axes.length !== 3) throw new ArgumentError(`Rotation: three axes are needed; got ${axes.length}.`);
  const [i, j, third] = intrinsic ? [...axes].reverse() : axes;
  const symmetric = i === third;
  const k = symmetric ? 3 - i - j : third;
  const sign = ((i - j) * (j - k) * (k - i)) / 2;
  const [x, y, z, w] = [part(q, i), part(q, j), part(q, k).mul(sign), part(q, 3)];
  const [a, b, c, d] = symmetric ? [w, x, y, z] : [w.sub(y), x.add(z), y.add(w), z.sub(x)];
  const middle = np.arctan2(np.hypot(c, d), np.hypot(a, b)).mul(2);
  const [sum, difference] = [np.arctan2(b, a), np.arctan2(d, c)];
  // Where the middle angle is 0 or π only a sum or a difference of the others is known: one is taken to be 0.
  const least = np.abs(middle).lessEqual(1e-7);
  const degenerate = np.logicalOr(least, np.abs(middle.sub(Math.PI)).lessEqual(1e-7));
  const only = np.where(least, sum.mul(2), difference.mul(intrinsic ? 2 : -2));
  const none = np.zerosLike(sum);
  const first = np.where(degenerate, intrinsic ? none : only, sum.sub(difference));
  const last = np.where(degenerate, intrinsic ? only : none, sum.add(difference)).mul(symmetric ? 1 : sign);
  const angles = [first, symmetric ? middle : middle.sub(Math.PI / 2), last];
  const wrapped = join(intrinsic ? angles.reverse() : angles).add(Math.PI);
  return np.mod(wrapped, 2 * Math.PI).sub(Math.PI);
}
