/**
 * @file ba: bundle adjustment: how far projections of points into cameras are from what was observed, and the sparse
 * Jacobian. Each observation depends on one camera, one point and one weight: its block of the Jacobian has two rows,
 * the gradients of the two coordinates of one observation's residual in 15 numbers; `vmap` computes all blocks.
 */
import { grad, numpy as np, tree, vmap, type Array } from "../../../src/index.ts";
import { type Eval, type Json, evaluation } from "../lib/evaluation.ts";

type Input = Readonly<
  Record<"n" | "m" | "p" | "w", number> & Record<"cam" | "x" | "feat", readonly number[]>
>;

const dot = (a: readonly Array[], b: readonly Array[]): Array =>
  a.map((x, i) => x.mul(b[i])).reduce((sum, x) => sum.add(x));

/** Rotation by the angle |r| about the axis r (Rodrigues). */
function rotate(r: readonly Array[], x: readonly Array[]): Array[] {
  const angle = np.sqrt(dot(r, r));
  const axis = r.map((ri) => ri.div(angle));
  const [cos, sin] = [np.cos(angle), np.sin(angle)];
  const along = dot(axis, x).mul(cos.neg().add(1));
  return x.map((xi, i) => {
    const [j, k] = [(i + 1) % 3, (i + 2) % 3];
    const cross = axis[j].mul(x[k]).sub(axis[k].mul(x[j]));
    return xi.mul(cos).add(cross.mul(sin)).add(axis[i].mul(along));
  });
}

/** How far a camera's view of a point is from the feature observed, times the weight. */
function residual(camera: Array[], point: Array[], weight: Array, feature: Array[]): [Array, Array] {
  const [r0, r1, r2, c0, c1, c2, focus, u0, v0, k1, k2] = camera;
  const relative = point.map((x, i) => x.sub([c0, c1, c2][i]));
  const [right, down, ahead] = rotate([r0, r1, r2], relative);
  const [u, v] = [right.div(ahead), down.div(ahead)];
  const square = u.mul(u).add(v.mul(v));
  const scale = k1.add(k2.mul(square)).mul(square).add(1).mul(focus);
  const [fu, fv] = feature;
  return [u.mul(scale).add(u0).sub(fu).mul(weight), v.mul(scale).add(v0).sub(fv).mul(weight)];
}

const weightError = (weight: Array): Array => np.square(weight).neg().add(1);

/** [n, 11], [m, 3], [p], [p, 2], and the camera and the point of each observation, [p] */
type Problem = Readonly<Record<"cameras" | "points" | "weights" | "features" | "camera" | "point", Array>>;

/** What each observation depends on, number by number: lists of 11, 3 and 2 arrays [p]. */
function observations(problem: Problem): [Array[], Array[], Array, Array[]] {
  const { cameras, points, camera, point, weights, features } = problem;
  const rows = (table: Array, index: Array): Array => table.at(index).get({ mode: "promiseInBounds" });
  return [[...rows(cameras, camera).T], [...rows(points, point).T], weights, [...features.T]];
}

function errors(problem: Problem): { reprojection: Array; weight: Array } {
  const reprojection = np.stack(vmap(residual)(...observations(problem)), 1);
  return { reprojection, weight: vmap(weightError)(problem.weights) };
}

/** Compressed sparse rows: two rows of 15 for each observation, then one entry for each weight. */
function jacobian(problem: Problem): { rows: Array; cols: Array; vals: Array } {
  const { cameras, points, weights, camera, point } = problem;
  const [n, m, p] = [cameras, points, weights].map((a) => a.shape[0]);
  const blocks = [0, 1].map((row) => {
    const one = (...of: Parameters<typeof residual>): Array => residual(...of)[row];
    return vmap(grad(one, [0, 1, 2]))(...observations(problem));
  });
  const entries = np.stack(tree.leaves(blocks), 1); // [p, 2 · 15]
  const vals = np.concatenate([entries.ravel(), vmap(grad(weightError))(weights)]);

  const whole = (size: number): Array => np.arange(size, { dtype: "int32" });
  const [column, each] = [whole(15), (a: Array): Array => a.reshape([p, 1, 1])];
  const ofPoint = each(point.mul(3))
    .add(11 * n - 11)
    .add(column);
  const ofWeight = whole(p).add(11 * n + 3 * m);
  const outside = np.where(column.less(14), ofPoint, each(ofWeight));
  const ofBlock = np.where(column.less(11), each(camera.mul(11)).add(column), outside);
  const cols = np.concatenate([np.broadcastTo(ofBlock, [p, 2, 15]).ravel(), ofWeight]);
  const rows = np.concatenate([whole(2 * p).mul(15), whole(p + 1).add(30 * p)]);
  return { rows, cols, vals };
}

function args({ n, m, p, cam, x, w, feat }: Input): [Problem] {
  const many = (values: readonly number[], count: number): Array => np.tile(np.array(values), [count, 1]);
  const cycle = (length: number): Array => np.arange(p, { dtype: "int32" }).mod(length);
  return [
    {
      cameras: many(cam, n),
      points: many(x, m),
      weights: np.full([p], w),
      features: many(feat, p),
      camera: cycle(n),
      point: cycle(m),
    },
  ];
}

/** All observations are alike: the first block and the last entry stand for all. */
const summary = (a: Array): number[] => [...a.slice([0, 30]).dataSync(), a.slice(-1).item()];

export const ba: Eval = {
  objective: evaluation({
    args,
    fn: () => errors,
    output: ({ reprojection, weight }, { p }): Json => ({
      reproj_error: { elements: reprojection.slice(0).js<number[]>(), repeated: p },
      w_err: { element: weight.slice(0).item(), repeated: p },
    }),
  }),
  jacobian: evaluation({
    args,
    fn: () => jacobian,
    output: ({ rows, cols, vals }): Json => ({
      rows: summary(rows),
      cols: summary(cols),
      vals: summary(vals),
    }),
  }),
};
