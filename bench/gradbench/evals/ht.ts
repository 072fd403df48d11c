/**
 * @file ht: hand tracking: the distances of points on a posed hand (skinned triangles, moved by a tree of bones) from
 * observed ones, and their Jacobian. Columns of pose parameters are dense (forward mode); the two coordinates of a point
 * within its triangle move that point only, so one tangent each for all points together is enough.
 */
import { type Array as NDArray, jacfwd, jvp, lax, numpy as np } from "../../../src/index.ts";
import { type Eval, evaluation } from "../lib/evaluation.ts";

interface Input {
  readonly theta: readonly number[];
  readonly data: {
    readonly model: {
      readonly parents: readonly number[];
      readonly base_relatives: readonly number[][][];
      readonly inverse_base_absolutes: readonly number[][][];
      readonly base_positions: readonly number[][];
      readonly weights: readonly number[][];
      readonly triangles: readonly number[][];
      readonly is_mirrored: boolean;
    };
    readonly correspondences: readonly number[];
    readonly points: readonly number[][];
  };
  readonly us: readonly number[][];
}

type Fixed = { readonly parents: readonly number[]; readonly mirrored: boolean };

/** For c points with v corners each, b bones: [c, 3], [c, v, b], [c, v, 4], [b, 4, 4], [b, 4, 4] */
type Model = Readonly<Record<"points" | "weights" | "corners" | "relatives" | "inverses", NDArray>>;

/** The matrix with these rows. */
const matrix = (...rows: NDArray[][]): NDArray => np.stack(rows.map((row) => np.stack(row)));

/** Rotation by the angle |v| about the axis v. */
function rotation(v: NDArray): NDArray {
  const angle = np.sqrt(np.dot(v, v));
  const [x, y, z] = v.div(angle);
  const [s, c] = [np.sin(angle), np.cos(angle)];
  const r = c.neg().add(1);
  const turn = (i: NDArray, j: NDArray, k: NDArray): NDArray => i.mul(j).mul(r).add(k.mul(s));
  return matrix(
    [turn(x, x, np.array(0)).add(c), turn(x, y, z.neg()), turn(x, z, y)],
    [turn(x, y, z), turn(y, y, np.array(0)).add(c), turn(y, z, x.neg())],
    [turn(x, z, y.neg()), turn(y, z, x), turn(z, z, np.array(0)).add(c)],
  );
}

/** Rotations of all bones about x and then z, [b, 4, 4]; each finger has three that bend, and its first also spreads. */
function boneRotations(theta: NDArray, bones: number): NDArray {
  const fingers = [0, 1, 2, 3, 4].map((f) => 2 + 4 * f);
  const bends = fingers.flatMap((first) => [
    [first, 0],
    [first, 1],
    [first + 1, 0],
    [first + 2, 0],
  ]);
  const [bone, axis] = [0, 1].map((i) =>
    np.array(
      bends.map((b) => b[i]),
      { dtype: "int32" },
    ),
  );
  const angles = np
    .zeros([bones, 2])
    .at(bone, axis)
    .set(theta.slice([6]));
  const [sx, sz] = np.sin(angles).T;
  const [cx, cz] = np.cos(angles).T;
  const [zero, one] = [np.zeros([bones]), np.ones([bones])];
  const rows = matrix(
    [cz, sz.neg().mul(cx), sz.mul(sx), zero],
    [sz, cz.mul(cx), cz.neg().mul(sx), zero],
    [zero, sx, cx, zero],
    [zero, zero, zero, one],
  );
  return np.moveaxis(rows, -1, 0);
}

/** The bones, by their distance from the root. */
function levels(parents: readonly number[]): number[][] {
  const depth = (bone: number): number => (parents[bone] === -1 ? 0 : 1 + depth(parents[bone]));
  const found: number[][] = [];
  parents.forEach((_, bone) => (found[depth(bone)] ??= []).push(bone));
  return found;
}

/** How the bones move what is fixed to them, [b, 4, 4]. */
function boneTransforms(theta: NDArray, parents: readonly number[], { relatives, inverses }: Model): NDArray {
  let absolute = np.matmul(relatives, boneRotations(theta, parents.length));
  for (const bones of levels(parents).slice(1)) {
    const [here, above] = [bones, bones.map((b) => parents[b])].map((b) => np.array(b, { dtype: "int32" }));
    absolute = absolute.at(here).set(np.matmul(absolute.slice(above), absolute.slice(here)));
  }
  return np.matmul(absolute, inverses);
}

/** Observed points minus points of the posed hand, [c, 3]; `shares` are barycentric coordinates, [c, v]. */
function distances(theta: NDArray, shares: NDArray, { parents, mirrored }: Fixed, model: Model): NDArray {
  const skin = np.einsum("cv,cvb,cvj->cbj", shares, model.weights, model.corners);
  const transforms = boneTransforms(theta, parents, model).slice([], [0, 3]);
  const still = np.einsum("cbj,bij->ci", skin, transforms);
  const hand = mirrored ? still.mul(np.array([-1, 1, 1])) : still;
  const turn = theta.slice([0, 3]);
  const tiny = np.dot(turn, turn).less(1e-8);
  const global = lax.cond(tiny, (_: NDArray) => np.eye(3), rotation, turn);
  return model.points.sub(np.matmul(hand, global.T)).sub(theta.slice([3, 6]));
}

/** Barycentric coordinates from the two that are given; a point at a vertex has one corner. */
function shares(us: NDArray): NDArray {
  return us.shape[1] === 0
    ? np.ones([us.shape[0], 1])
    : np.concatenate([us, np.expandDims(us.sum(1).neg().add(1), 1)], 1);
}

const objective =
  (fixed: Fixed) =>
  (theta: NDArray, us: NDArray, model: Model): NDArray =>
    distances(theta, shares(us), fixed, model).ravel();

const jacobian =
  (fixed: Fixed) =>
  (theta: NDArray, us: NDArray, model: Model): NDArray => {
    const [c, coordinates] = us.shape;
    const dense = jacfwd(objective(fixed))(theta, us, model); // [3c, parameters]
    const sparse = Array.from({ length: coordinates }, (_, i) => {
      const tangent = np.zerosLike(us).at([], i).set(1);
      const [, moved] = jvp((u: NDArray) => objective(fixed)(theta, u, model), [us], [tangent]);
      return moved.reshape([3 * c, 1]);
    });
    return np.concatenate([...sparse, dense], 1);
  };

const given = {
  fixed: ({ data }: Input): Fixed => ({ parents: data.model.parents, mirrored: data.model.is_mirrored }),
  args: ({ theta, us, data }: Input): [NDArray, NDArray, Model] => {
    const { model, correspondences, points } = data;
    const corners = correspondences.map((i) => (us.length === 0 ? [i] : model.triangles[i]));
    const atCorners = (table: readonly number[][]): NDArray =>
      np.array(corners.map((c) => c.map((vertex) => table[vertex])));
    return [
      np.array(theta),
      us.length === 0 ? np.zeros([points.length, 0]) : np.array(us),
      {
        points: np.array(points),
        weights: atCorners(model.weights),
        corners: atCorners(model.base_positions),
        relatives: np.array(model.base_relatives),
        inverses: np.array(model.inverse_base_absolutes),
      },
    ];
  },
};

export const ht: Eval = {
  objective: evaluation({ ...given, fn: objective }),
  jacobian: evaluation({ ...given, fn: jacobian }),
};
