/**
 * @file ht: hand tracking: the distances of points on a posed hand (skinned triangles, moved by a tree of bones) from
 * observed ones, and their Jacobian. Columns of pose parameters are dense (forward mode); the two coordinates of a point
 * within its triangle move that point only, so one tangent each for all points together is enough.
 */
import { type Array as NDArray, jacfwd, jvp, lax, numpy as np, vmap } from "../../../src/index.ts";
import { type Eval, evaluation } from "../lib/evaluation.ts";
import { rotation, turned } from "../lib/rotations.ts";

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

/** For c points, vertices [n, 4] with weights [n, b] of bones, bones' matrices [b, 4, 4], and vertices of points [c, v]. */
type Model = Readonly<
  Record<"points" | "vertices" | "weights" | "relatives" | "inverses" | "corners", NDArray>
>;

/** Angles of all bones about x and z, [2, b]: each finger has three that bend, and its first also spreads. */
function boneAngles(theta: NDArray, bones: number): NDArray {
  const places = [0, 1, 2, 3, 4].flatMap((finger) => {
    const first = 2 + 4 * finger;
    return [first, bones + first, first + 1, first + 2];
  });
  const angles = np
    .zeros([2 * bones])
    .at(np.array(places, { dtype: "int32" }))
    .set(theta.slice([6]));
  return angles.reshape([2, bones]);
}

/** How the bones move what is fixed to them, [b, 4, 4]: parents come before their children. */
function boneTransforms(theta: NDArray, parents: readonly number[], { relatives, inverses }: Model): NDArray {
  const [x, z] = boneAngles(theta, parents.length);
  const posed = np.matmul(relatives, np.matmul(turned(z, 2), turned(x, 0)));
  const pairs = parents.map((above, bone) => [bone, above]).filter(([, above]) => above !== -1);
  const attach = (all: NDArray, [bone, above]: NDArray): [NDArray, null] => {
    const moved = np.matmul(
      lax.dynamicIndexInDim(all, above, 0, false),
      lax.dynamicIndexInDim(all, bone, 0, false),
    );
    return [lax.dynamicUpdateIndexInDim(all, moved, bone, 0), null];
  };
  const [absolute] = lax.scan(attach, posed, np.array(pairs, { dtype: "int32" }));
  return np.matmul(absolute, inverses);
}

/** Where the bones are, [b, 3, 4], and how the hand as a whole is turned, [3, 3], and shifted, [3]. */
type Pose = Readonly<Record<"bones" | "turn" | "shift", NDArray>>;

function poseOf(theta: NDArray, { parents }: Fixed, model: Model): Pose {
  const axis = theta.slice([0, 3]);
  const tiny = np.dot(axis, axis).less(1e-8);
  const turn = lax.cond(tiny, (_: NDArray) => np.eye(3), rotation, axis);
  return { bones: boneTransforms(theta, parents, model).slice([], [0, 3]), turn, shift: theta.slice([3, 6]) };
}

/** Barycentric coordinates from the two that are given; a point at a vertex has one corner. */
function shares(us: NDArray): NDArray {
  const rest = np.expandDims(us.sum(1).neg().add(1), 1);
  return us.shape[1] === 0 ? rest : np.concatenate([us, rest], 1);
}

/** Observed points minus points of the posed hand, [3c]. */
function distances({ bones, turn, shift }: Pose, us: NDArray, { mirrored }: Fixed, model: Model): NDArray {
  const [weights, vertices] = [model.weights, model.vertices].map((table) =>
    np.take(table, model.corners, 0),
  );
  const skin = np.einsum("cv,cvb,cvj->cbj", shares(us), weights, vertices);
  const still = np.einsum("cbj,bij->ci", skin, bones);
  const hand = mirrored ? still.mul(np.array([-1, 1, 1])) : still;
  return model.points.sub(np.matmul(hand, turn.T)).sub(shift).ravel();
}

const objective =
  (fixed: Fixed) =>
  (theta: NDArray, us: NDArray, model: Model): NDArray =>
    distances(poseOf(theta, fixed, model), us, fixed, model);

const jacobian =
  (fixed: Fixed) =>
  (theta: NDArray, us: NDArray, model: Model): NDArray => {
    const ofTheta = (t: NDArray): [NDArray, Pose] => {
      const pose = poseOf(t, fixed, model);
      return [distances(pose, us, fixed, model), pose];
    };
    const [dense, pose] = jacfwd(ofTheta, { hasAux: true })(theta); // [3c, parameters]
    const ofUs = (u: NDArray): NDArray => distances(pose, u, fixed, model);
    const along = (direction: NDArray): NDArray => jvp(ofUs, [us], [np.broadcastTo(direction, us.shape)])[1];
    const sparse = vmap(along, 0, { outAxes: 1 })(np.eye(us.shape[1]));
    return np.concatenate([sparse, dense], 1);
  };

const given = {
  fixed: ({ data }: Input): Fixed => ({ parents: data.model.parents, mirrored: data.model.is_mirrored }),
  args: ({ theta, us, data }: Input): [NDArray, NDArray, Model] => {
    const { model, correspondences, points } = data;
    const corners =
      us.length === 0 ? correspondences.map((i) => [i]) : correspondences.map((i) => model.triangles[i]);
    return [
      np.array(theta),
      us.length === 0 ? np.zeros([points.length, 0]) : np.array(us),
      {
        points: np.array(points),
        vertices: np.array(model.base_positions),
        weights: np.array(model.weights),
        relatives: np.array(model.base_relatives),
        inverses: np.array(model.inverse_base_absolutes),
        corners: np.array(corners, { dtype: "int32" }),
      },
    ];
  },
};

export const ht: Eval = {
  objective: evaluation({ ...given, fn: objective }),
  jacobian: evaluation({ ...given, fn: jacobian }),
};
