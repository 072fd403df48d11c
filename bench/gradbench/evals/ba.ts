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

/** Rotation by the angle |r| about the axis r (Rodrigues). */
function rotate(r: Array, x: Array): Array {
  const angle = np.sqrt(np.dot(r, r));
  const axis = r.div(angle);
  const [cos, sin] = [np.cos(angle), np.sin(angle)];
  const along = axis.mul(np.dot(axis, x)).mul(cos.neg().add(1));
  return x.mul(cos).add(np.cross(axis, x).mul(sin)).add(along);
}

/** Where a camera [rotation 3, centre 3, focal length, principal point 2, distortion 2] sees a point. */
function project(camera: Array, x: Array): Array {
  const seen = rotate(camera.slice([0, 3]), x.sub(camera.slice([3, 6])));
  const flat = seen.slice([0, 2]).div(seen.slice(2));
  const square = np.dot(flat, flat);
  const distortion = camera.slice(9).add(camera.slice(10).mul(square)).mul(square).add(1);
  return flat
    .mul(distortion)
    .mul(camera.slice(6))
    .add(camera.slice([7, 9]));
}

const residual = (camera: Array, x: Array, weight: Array, feature: Array): Array =>
  project(camera, x).sub(feature).mul(weight);

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

/** Compressed sparse rows: two rows for each observation, then one for each weight. */
function jacobian(problem: Problem): { rows: Array; cols: Array; vals: Array } {
  const { cameras, points, weights, camera, point } = problem;
  const [n, m, p] = [cameras, points, weights].map((a) => a.shape[0]);
  const blocks = vmap(jacrev(residual, [0, 1, 2]))(...observations(problem)); // [p, 2, 11], [p, 2, 3], [p, 2]
  const entries = np.concatenate([blocks[0], blocks[1], np.expandDims(blocks[2], 2)], 2);
  const vals = np.concatenate([entries.ravel(), vmap(grad(weightError))(weights)]);

  const weightColumns = np.arange(p, { dtype: "int32" }).add(11 * n + 3 * m);
  const columns = np.concatenate(
    [
      np.expandDims(camera.mul(11), 1).add(np.arange(11, { dtype: "int32" })),
      np.expandDims(point.mul(3), 1).add(np.arange(3, { dtype: "int32" }).add(11 * n)),
      np.expandDims(weightColumns, 1),
    ],
    1,
  ); // [p, 15]
  const cols = np.concatenate([np.stack([columns, columns], 1).ravel(), weightColumns]);
  const rows = np.concatenate([
    np.arange(2 * p, { dtype: "int32" }).mul(15),
    np.arange(p + 1, { dtype: "int32" }).add(30 * p),
  ]);
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
