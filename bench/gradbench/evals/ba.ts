/**
 * @file ba: bundle adjustment: how far projections of points into cameras are from what was observed, and the sparse
 * Jacobian. Each observation depends on one camera, one point and one weight: its block of the Jacobian is `jacrev` of
 * the residual of one observation (2 outputs, 15 inputs), and `vmap` computes all blocks.
 */
import { grad, jacrev, numpy as np, vmap, type Array } from "../../../src/index.ts";
import { type Eval, type Json, evaluation } from "../lib/evaluation.ts";

interface Input {
  readonly n: number;
  readonly m: number;
  readonly p: number;
  readonly cam: readonly number[];
  readonly x: readonly number[];
  readonly w: number;
  readonly feat: readonly number[];
}

type Vector = readonly [Array, Array, Array];

const dot = (a: readonly Array[], b: readonly Array[]): Array =>
  a.map((x, i) => x.mul(b[i])).reduce((sum, x) => sum.add(x));

const cross = ([a, b, c]: Vector, [x, y, z]: Vector): Vector => [
  b.mul(z).sub(c.mul(y)),
  c.mul(x).sub(a.mul(z)),
  a.mul(y).sub(b.mul(x)),
];

/** Rotation by the angle |r| about the axis r (Rodrigues). */
function rotate(r: Vector, x: Vector): Array[] {
  const angle = np.sqrt(dot(r, r));
  const [a, b, c] = r;
  const axis: Vector = [a.div(angle), b.div(angle), c.div(angle)];
  const [cos, sin] = [np.cos(angle), np.sin(angle)];
  const along = dot(axis, x).mul(cos.neg().add(1));
  const sideways = cross(axis, x);
  return x.map((xi, i) => xi.mul(cos).add(sideways[i].mul(sin)).add(axis[i].mul(along)));
}

/** How far a camera's view of a point is from the feature observed, times the weight, [2]. */
function residual(camera: Array, point: Array, weight: Array, feature: Array): Array {
  const [r0, r1, r2, c0, c1, c2, focus, u0, v0, k1, k2] = camera;
  const [x, y, z] = point;
  const [right, down, ahead] = rotate([r0, r1, r2], [x.sub(c0), y.sub(c1), z.sub(c2)]);
  const [u, v] = [right.div(ahead), down.div(ahead)];
  const square = u.mul(u).add(v.mul(v));
  const scale = k1.add(k2.mul(square)).mul(square).add(1).mul(focus);
  const [fu, fv] = feature;
  return np.stack([u.mul(scale).add(u0).sub(fu), v.mul(scale).add(v0).sub(fv)]).mul(weight);
}

const weightError = (weight: Array): Array => np.square(weight).neg().add(1);

interface Problem {
  /** [n, 11], [m, 3], [p], [p, 2] */
  readonly cameras: Array;
  readonly points: Array;
  readonly weights: Array;
  readonly features: Array;
  /** The camera and the point of each observation: [p] */
  readonly camera: Array;
  readonly point: Array;
}

/** What each observation depends on. */
function observations({
  cameras,
  points,
  camera,
  point,
  weights,
  features,
}: Problem): [Array, Array, Array, Array] {
  return [np.take(cameras, camera, 0), np.take(points, point, 0), weights, features];
}

function errors(problem: Problem): { reprojection: Array; weight: Array } {
  return {
    reprojection: vmap(residual)(...observations(problem)),
    weight: vmap(weightError)(problem.weights),
  };
}

/** Compressed sparse rows: two rows of 15 for each observation, then one entry for each weight. */
function jacobian(problem: Problem): { rows: Array; cols: Array; vals: Array } {
  const { cameras, points, weights, camera, point } = problem;
  const [n, m, p] = [cameras, points, weights].map((a) => a.shape[0]);
  const blocks = vmap(jacrev(residual, [0, 1, 2]))(...observations(problem)); // [p, 2, 11], [p, 2, 3], [p, 2]
  const entries = np.concatenate([blocks[0], blocks[1], np.expandDims(blocks[2], 2)], 2);
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
