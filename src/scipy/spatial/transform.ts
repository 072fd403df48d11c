/** @file The `scipy.spatial.transform` namespace: rotations in three dimensions. Source: jax.scipy.spatial.transform. */
import { index } from "../../numpy/indexing/indexing.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type PytreeNode, asNode } from "../../core/tree.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import * as np from "../../numpy/index.ts";
import { inexact } from "../../numpy/operands/promote.ts";
import type { KeyLike } from "../../random/key.ts";
import { normal } from "../../random/index.ts";
import { fromEuler, parseSequence, toEuler } from "./euler.ts";
import * as quaternions from "./quaternions.ts";

interface InDegrees {
  /** Angles are in degrees; in radians by default. */
  readonly degrees?: boolean | undefined;
}
interface ScalarFirst {
  /** Quaternions are (w, x, y, z); (x, y, z, w) by default. */
  readonly scalarFirst?: boolean | undefined;
}

/** An array whose last axes have the given sizes. */
function shaped(x: ArrayLike, sizes: readonly number[], what: string): NDArray {
  const array = inexact(`Rotation: ${what}`, x);
  const last = array.shape.slice(-sizes.length);
  if (last.length !== sizes.length || last.some((n, i) => n !== sizes[i]))
    throw new ShapeError(
      `Rotation: ${what} must have shape [..., ${sizes.join(", ")}]; got [${array.shape.join(",")}].`,
    );
  return array;
}

/**
 * One rotation or several, kept as unit quaternions [..., 4]. A pytree, differentiable in all its representations.
 * @see jax.scipy.spatial.transform.Rotation
 * @example
 * const { Rotation } = scipy.spatial.transform;
 * const quarter = Rotation.fromEuler("z", 90, { degrees: true });
 * quarter.apply(np.array([0, 0, 2])); // Array([0., 0., 2…])
 * quarter.mul(quarter).magnitude().item(); // 3.14159…
 */
export class Rotation {
  readonly quat: NDArray;

  constructor(quat: NDArray) {
    this.quat = quat;
  }

  static fromQuat(quat: ArrayLike, options?: ScalarFirst): Rotation {
    const q = shaped(quat, [4], "quaternions");
    return new Rotation(quaternions.normalise(options?.scalarFirst === true ? np.roll(q, -1, -1) : q));
  }
  static fromMatrix(matrix: ArrayLike): Rotation {
    return new Rotation(quaternions.fromMatrix(shaped(matrix, [3, 3], "matrices")));
  }
  /** From rotation vectors: the axis, as long as the angle. */
  static fromRotvec(rotvec: ArrayLike, options?: InDegrees): Rotation {
    const v = shaped(rotvec, [3], "rotation vectors");
    return new Rotation(quaternions.fromRotvec(options?.degrees === true ? np.deg2rad(v) : v));
  }
  /** From modified Rodrigues parameters: the axis, as long as tan(angle / 4). */
  static fromMrp(mrp: ArrayLike): Rotation {
    return new Rotation(quaternions.fromMrp(shaped(mrp, [3], "Rodrigues parameters")));
  }
  /** From angles about the axes `seq`: "xyz" fixed ones, "XYZ" such as turn along. Angles [..., number of axes]. */
  static fromEuler(seq: string, angles: ArrayLike, options?: InDegrees): Rotation {
    const sequence = parseSequence(seq);
    const n = sequence.axes.length;
    const given = inexact("Rotation: angles", angles);
    // For one axis a number is one rotation and a vector several.
    const single = n === 1 && given.shape[given.ndim - 1] !== 1;
    const all = shaped(single ? np.expandDims(given, -1) : given, [n], "angles");
    return new Rotation(fromEuler(sequence, options?.degrees === true ? np.deg2rad(all) : all));
  }
  static identity(): Rotation {
    return new Rotation(np.array([0, 0, 0, 1]));
  }
  /** Uniformly distributed rotations. */
  static random(key: KeyLike, num: number | null = null): Rotation {
    return Rotation.fromQuat(normal(key, num === null ? [4] : [num, 4]));
  }
  static concatenate(rotations: readonly Rotation[]): Rotation {
    return new Rotation(np.concatenate(rotations.map((r) => r.quat)));
  }

  /** True for one rotation, not a list of them. */
  get single(): boolean {
    return this.quat.ndim === 1;
  }
  get length(): number {
    if (this.single) throw new ArgumentError("Rotation: a single rotation has no length.");
    return this.quat.shape[0];
  }
  /** Rotations out of a list: by number, by an array of numbers. */
  at(which: number | NDArray): Rotation {
    if (this.single) throw new ArgumentError("Rotation: a single rotation has no elements.");
    return new Rotation(index(this.quat, [which]));
  }
  /** This rotation after `other`. */
  mul(other: Rotation): Rotation {
    return Rotation.fromQuat(quaternions.multiply(this.quat, other.quat));
  }
  inv(): Rotation {
    return new Rotation(quaternions.conjugate(this.quat));
  }
  /** The vectors [..., 3] rotated. */
  apply(vectors: ArrayLike, options?: { readonly inverse?: boolean | undefined }): NDArray {
    const m = this.asMatrix();
    const matrix = options?.inverse === true ? np.swapaxes(m, -1, -2) : m;
    return np.squeeze(np.matmul(matrix, np.expandDims(shaped(vectors, [3], "vectors"), -1)), -1);
  }

  asQuat(options?: ScalarFirst & { readonly canonical?: boolean | undefined }): NDArray {
    const q = options?.canonical === true ? quaternions.canonical(this.quat) : this.quat;
    return options?.scalarFirst === true ? np.roll(q, 1, -1) : q;
  }
  asMatrix(): NDArray {
    return quaternions.toMatrix(this.quat);
  }
  asRotvec(options?: InDegrees): NDArray {
    const v = quaternions.toRotvec(this.quat);
    return options?.degrees === true ? np.rad2deg(v) : v;
  }
  asMrp(): NDArray {
    return quaternions.toMrp(this.quat);
  }
  asEuler(seq: string, options?: InDegrees): NDArray {
    const angles = toEuler(parseSequence(seq), this.quat);
    return options?.degrees === true ? np.rad2deg(angles) : angles;
  }
  /** The angles, from 0 to π. */
  magnitude(): NDArray {
    return quaternions.magnitude(this.quat);
  }

  get [asNode](): PytreeNode<Rotation> {
    return rotationNode;
  }
}

const rotationNode: PytreeNode<Rotation> = {
  flatten: (r) => ({ children: [r.quat], aux: null }),
  unflatten: (_, [quat]) => new Rotation(quat as NDArray),
};

/**
 * Rotations between given ones, at constant speed along the shortest way.
 * @see jax.scipy.spatial.transform.Slerp
 * @example
 * const { Rotation, Slerp } = scipy.spatial.transform;
 * const way = Slerp.init(np.array([0, 1]), Rotation.fromEuler("z", np.array([0, 90]), { degrees: true }));
 * way.call(0.5).asEuler("xyz", { degrees: true }); // Array([0., 0., 45…])
 */
export class Slerp {
  readonly times: NDArray;
  readonly rotations: Rotation;
  readonly rotvecs: NDArray;

  constructor(times: NDArray, rotations: Rotation, rotvecs: NDArray) {
    this.times = times;
    this.rotations = rotations;
    this.rotvecs = rotvecs;
  }

  static init(times: ArrayLike, rotations: Rotation): Slerp {
    if (rotations.single || rotations.length < 2)
      throw new ArgumentError("Slerp: expected at least two rotations in a list.");
    const t = inexact("Slerp: times", times).astype(rotations.quat.dtype);
    const n = rotations.length;
    if (t.ndim !== 1 || t.size !== n)
      throw new ShapeError(
        `Slerp: expected ${n} times, one for each rotation; got shape [${t.shape.join(",")}].`,
      );
    const [from, to] = [
      [0, n - 1],
      [1, n],
    ].map(([a, b]) => new Rotation(index(rotations.quat, [[a, b]])));
    return new Slerp(t, from, from.inv().mul(to).asRotvec());
  }

  /** The rotations at a time or a vector of times. */
  call(times: ArrayLike): Rotation {
    const t = inexact("Slerp: times", times).astype(this.times.dtype);
    if (t.ndim > 1) throw new ShapeError(`Slerp: times must be a vector or a number; got ${t.ndim} axes.`);
    const last = this.times.size - 2;
    const i = np.clip(np.searchsorted(this.times, t).sub(1), 0, last);
    const start = index(this.times, [i]);
    const part = t.sub(start).div(index(this.times, [i.add(1)]).sub(start));
    return this.rotations
      .at(i)
      .mul(Rotation.fromRotvec(index(this.rotvecs, [i]).mul(np.expandDims(part, -1))));
  }

  get [asNode](): PytreeNode<Slerp> {
    return slerpNode;
  }
}

const slerpNode: PytreeNode<Slerp> = {
  flatten: (s) => ({ children: [s.times, s.rotations, s.rotvecs], aux: null }),
  unflatten: (_, [times, rotations, rotvecs]) =>
    new Slerp(times as NDArray, rotations as Rotation, rotvecs as NDArray),
};
