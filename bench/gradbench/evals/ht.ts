/**
 * @file ht: hand tracking: the distances of points on a posed hand (skinned triangles, moved by a tree of bones) from
 * observed ones, and their Jacobian. Columns of pose parameters are dense (forward mode); the two coordinates of a point
 * within its triangle move that point only, so one tangent each for all points together is enough.
 */
import { type Array as NDArray, jacfwd, jvp, lax, numpy as np, vmap } from "../../../src/index.ts";
import { type Eval, evaluation, nested } from "../lib/evaluation.ts";
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

/**
 * For c points, vertices [n, 4] that each follow at most f bones [n, f] with weights [n, f], bones' matrices [b, 4, 4],
 * and vertices of points [c, v].
 */
type Model = Readonly<
  Record<"points" | "vertices" | "bones" | "weights" | "relatives" | "inverses" | "corners", NDArray>
>;

/** Rows of a table; the input names none that it lacks. */
const rows = (table: NDArray, index: NDArray): NDArray => table.at(index).get({ mode: "promiseInBounds" });

/** Angles of all bones about x and z, [2, b]: each finger has three that bend, and its first also spreads. */
function boneAngles(fingers: NDArray, bones: number): NDArray {
  const places = [0, 1, 2, 3, 4].flatMap((finger) => {
    const first = 2 + 4 * finger;
    return [first, bones + first, first + 1, first + 2];
  });
  const angles = np
    .zeros([2 * bones])
    .at(np.array(places, { dtype: "int32" }))
    .set(fingers);
  return angles.reshape([2, bones]);
}

/** Bones by their distance from the root, with the places of their parents among those one nearer. */
function generations(parents: readonly number[]): { bones: number[]; parents: number[] }[] {
  const below = (above: readonly number[]): number[] =>
    parents.flatMap((parent, bone) => (above.includes(parent) ? [bone] : []));
  const out: { bones: number[]; parents: number[] }[] = [];
  for (let above = [-1], bones = below(above); bones.length > 0; above = bones, bones = below(above))
    out.push({ bones, parents: bones.map((bone) => above.indexOf(parents[bone])) });
  return out;
}

/** How the bones move what is fixed to them, [b, 3, 4]: the bones of a generation are moved by their parents, all at once. */
function boneTransforms(fingers: NDArray, parents: readonly number[], model: Model): NDArray {
  const { relatives, inverses } = model;
  const [x, z] = boneAngles(fingers, parents.length);
  const own = np.matmul(relatives, np.matmul(turned(z, 2), turned(x, 0)));
  const numbers = (list: readonly number[]): NDArray => np.array(list, { dtype: "int32" });
  const [roots, ...later] = generations(parents);
  const absolutes = [rows(own, numbers(roots.bones))];
  for (const { bones, parents: above } of later)
    absolutes.push(
      np.matmul(rows(absolutes[absolutes.length - 1], numbers(above)), rows(own, numbers(bones))),
    );
  const order = [roots, ...later].flatMap(({ bones }) => bones);
  const sorted = np.matmul(np.concatenate(absolutes), rows(inverses, numbers(order))).slice([], [0, 3]);
  return rows(sorted, numbers(parents.map((_, bone) => order.indexOf(bone))));
}

/** The model's vertices in the pose, [n, 3]: their mean, by weights, as the bones move them; then the hand turns and shifts. */
function posed(whole: NDArray, fingers: NDArray, { parents, mirrored }: Fixed, model: Model): NDArray {
  const moves = rows(boneTransforms(fingers, parents, model), model.bones); // [n, f, 3, 4]
  const move = moves.mul(np.expandDims(model.weights, [2, 3])).sum(1);
  const still = move.mul(np.expandDims(model.vertices, 1)).sum(2);
  const hand = mirrored ? still.mul(np.array([-1, 1, 1])) : still;
  const axis = whole.slice([0, 3]);
  const tiny = np.dot(axis, axis).less(1e-8);
  const turn = lax.cond(tiny, (_: NDArray) => np.eye(3), rotation, axis);
  return np.matmul(hand, turn.T).add(whole.slice([3, 6]));
}

/** Barycentric coordinates from the two that are given; a point at a vertex has one corner. */
function shares(us: NDArray): NDArray {
  const rest = np.expandDims(us.sum(1).neg().add(1), 1);
  return us.shape[1] === 0 ? rest : np.concatenate([us, rest], 1);
}

/** Observed points minus points of the hand, whose vertices are given, [3c]. */
function distances(vertices: NDArray, us: NDArray, model: Model): NDArray {
  const corners = rows(vertices, model.corners); // [c, v, 3]
  const hand = np.expandDims(shares(us), 2).mul(corners).sum(1);
  return model.points.sub(hand).ravel();
}

/** The model without the vertices that are no point's corner, where they are many. */
function needed(model: Model): Model {
  const { corners, vertices, bones, weights } = model;
  if (corners.size >= vertices.shape[0]) return model;
  const [v, b, w] = [vertices, bones, weights].map((table) => rows(table, corners.ravel()));
  const places = np.arange(corners.size, { dtype: "int32" }).reshape(corners.shape);
  return { ...model, vertices: v, bones: b, weights: w, corners: places };
}

/** The parameters of the hand as a whole and of the fingers. */
const parts = (theta: NDArray): [NDArray, NDArray] => [theta.slice([0, 6]), theta.slice([6])];

const objective =
  (fixed: Fixed) =>
  (theta: NDArray, us: NDArray, whole: Model): NDArray => {
    const model = needed(whole);
    return distances(posed(...parts(theta), fixed, model), us, model);
  };

/** The Jacobian column by column, [2 + parameters, 3c]. */
const jacobian =
  (fixed: Fixed) =>
  (theta: NDArray, us: NDArray, whole: Model): NDArray => {
    const model = needed(whole);
    const pose = (whole: NDArray, fingers: NDArray): [NDArray, NDArray] => {
      const vertices = posed(whole, fingers, fixed, model);
      return [vertices, vertices];
    };
    const [moves, vertices] = jacfwd(pose, { argnums: [0, 1], hasAux: true })(...parts(theta)); // [n, 3, parameters]
    const ofVertices = (v: NDArray): NDArray => distances(v, us, model);
    const ofUs = (u: NDArray): NDArray => distances(vertices, u, model);
    const dense = moves.map((each) =>
      vmap((move: NDArray) => jvp(ofVertices, [vertices], [move])[1], 2)(each),
    );
    const along = (direction: NDArray): NDArray => jvp(ofUs, [us], [np.broadcastTo(direction, us.shape)])[1];
    const sparse = vmap(along)(np.eye(us.shape[1]));
    return np.concatenate([sparse, ...dense]);
  };

/** Of each vertex, the bones that move it, and their weights, [n, f] each; those that fewer move repeat one with weight 0. */
function influences(weights: readonly number[][]): { bones: NDArray; weights: NDArray } {
  const lists = weights.map((row) => row.flatMap((weight, bone) => (weight === 0 ? [] : [{ bone, weight }])));
  const most = Math.max(1, ...lists.map((list) => list.length));
  const table = lists.map((list) =>
    Array.from({ length: most }, (_, i) => list[i] ?? { bone: 0, weight: 0 }),
  );
  return {
    bones: np.array(
      table.map((row) => row.map(({ bone }) => bone)),
      { dtype: "int32" },
    ),
    weights: np.array(table.map((row) => row.map(({ weight }) => weight))),
  };
}

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
        ...influences(model.weights),
        relatives: np.array(model.base_relatives),
        inverses: np.array(model.inverse_base_absolutes),
        corners: np.array(corners, { dtype: "int32" }),
      },
    ];
  },
};

export const ht: Eval = {
  objective: evaluation({ ...given, fn: objective }),
  jacobian: evaluation({ ...given, fn: jacobian, output: (columns) => nested(columns.T) }),
};
