/**
 * @file Bundle adjustment, compiled ahead of time: cameras and points from where the cameras saw the points.
 *
 * A camera is a rotation (axis times angle), a translation, a focal length and two coefficients of radial distortion, as in
 * the data sets of Agarwal et al., Bundle Adjustment in the Large (ECCV 2010). A step is Levenberg's and Marquardt's.
 */
import { aot } from "../../src/aot/index.ts";
import { type Array, jacfwd, numpy as np, vmap } from "../../src/index.ts";

export const numCameras = 4;
export const numPoints = 24;

/** Cameras [n, 9] and points [m, 3]. */
export interface Scene {
  readonly cameras: Array;
  readonly points: Array;
}

/** Rodrigues' formula; near no rotation its series, which has derivatives there. */
function rotate(r: Array, x: Array): Array {
  const square = np.dot(r, r);
  const small = square.less(1e-8);
  const angle = np.sqrt(np.where(small, 1, square));
  const sine = np.where(small, square.div(-6).add(1), np.sin(angle).div(angle));
  const cosine = np.where(small, square.div(-24).add(0.5), np.cos(angle).neg().add(1).div(np.square(angle)));
  const once = np.cross(r, x);
  return x.add(once.mul(sine)).add(np.cross(r, once).mul(cosine));
}

/** Where a camera sees a point. */
function project(camera: Array, point: Array): Array {
  const p = rotate(camera.slice([0, 3]), point).add(camera.slice([3, 6]));
  const onPlane = p.slice([0, 2]).div(p.slice(2)).neg();
  const [focal, k1, k2] = [6, 7, 8].map((i) => camera.slice(i));
  const square = np.dot(onPlane, onPlane);
  return onPlane.mul(focal).mul(square.mul(k2).add(k1).mul(square).add(1));
}

/** What every camera sees of every point: [n, m, 2]. */
const views = vmap(vmap(project, [null, 0]), [0, null]);

const residuals = ({ cameras, points }: Scene, seen: Array): Array =>
  views(cameras, points).sub(seen).ravel();

/** A step, damped by λ: the scene after it, and the sums of squares before and after it. */
function improve(scene: Scene, seen: Array, lambda: Array) {
  const split = numCameras * 9;
  const sceneOf = (x: Array): Scene => ({
    cameras: x.slice([0, split]).reshape([numCameras, 9]),
    points: x.slice([split, null]).reshape([numPoints, 3]),
  });
  const x = np.concatenate([scene.cameras.ravel(), scene.points.ravel()]);
  const f = (v: Array): Array => residuals(sceneOf(v), seen);
  const r = f(x);
  const J = jacfwd(f)(x);
  const normal = np.dot(J.T, J);
  const damping = np.diag(np.diag(normal).mul(lambda).add(1e-9));
  const next = x.sub(np.linalg.solve(normal.add(damping), np.dot(J.T, r)));
  return { ...sceneOf(next), before: np.dot(r, r), after: np.sum(np.square(f(next))) };
}

const scene: Scene = { cameras: np.zeros([numCameras, 9]), points: np.zeros([numPoints, 3]) };
const seen = np.zeros([numCameras, numPoints, 2]);

/** What every camera sees of every point. */
export const observe = aot(({ cameras, points }: Scene) => views(cameras, points), scene);
/** A step of the adjustment. */
export const adjust = aot(improve, scene, seen, 1);
