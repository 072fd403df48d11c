/**
 * @file The normal equations of observations that each see one camera and one point. The points' blocks are small and
 * independent, so they are eliminated: what is left for the cameras is the Schur complement, which is applied observation by
 * observation and never made, unless it is small. Memory is linear in the number of observations.
 *
 * Source: Triggs, McLauchlan, Hartley and Fitzgibbon, Bundle adjustment: a modern synthesis (2000), section 6; Agarwal,
 * Snavely, Seitz and Szeliski, Bundle adjustment in the large (2010).
 */
import type { NDArray } from "../../core/array.ts";
import { vmap } from "../../api/vmap.ts";
import * as lax from "../../control-flow/lax.ts";
import { updater } from "../../numpy/indexing/indexing.ts";
import { take } from "../../numpy/indexing/take.ts";
import { inv, solve } from "../../numpy/linalg/solve.ts";
import { einsum } from "../../numpy/products/einsum.ts";
import { eye, finite } from "../../scipy/optimize/traced.ts";
import { cg } from "../../scipy/sparse/krylov.ts";
import { where } from "../../numpy/ufuncs/logic.ts";

/** Which camera and which point each observation sees, and how many there are. */
export interface Graph {
  readonly cameras: NDArray;
  readonly points: NDArray;
  readonly numCameras: number;
  readonly numPoints: number;
}

/** Residuals r [N, k] with their derivatives by camera [N, k, a] and by point [N, k, b]. */
export interface Linearised {
  readonly r: NDArray;
  readonly byCamera: NDArray;
  readonly byPoint: NDArray;
}

/** The blocks of JᵀJ, the gradient Jᵀr, for cameras and for points. */
export interface NormalEquations {
  /** [cameras, a, a] */
  readonly u: NDArray;
  /** [points, b, b] */
  readonly v: NDArray;
  /** Of each observation: [N, a, b]. */
  readonly w: NDArray;
  readonly cameraGradient: NDArray;
  readonly pointGradient: NDArray;
}

/** The sums of the rows that belong to each of n. */
const sumsBy = (rows: NDArray, index: NDArray, n: number): NDArray =>
  updater(lax.full([n, ...rows.shape.slice(1)], 0, rows.dtype), [index]).add(rows);
const rowsOf = (x: NDArray, index: NDArray): NDArray => take(x, index, 0);

export function normalEquations({ r, byCamera, byPoint }: Linearised, graph: Graph): NormalEquations {
  const { cameras, points, numCameras, numPoints } = graph;
  return {
    u: sumsBy(einsum("nki,nkj->nij", byCamera, byCamera), cameras, numCameras),
    v: sumsBy(einsum("nki,nkj->nij", byPoint, byPoint), points, numPoints),
    w: einsum("nki,nkj->nij", byCamera, byPoint),
    cameraGradient: sumsBy(einsum("nki,nk->ni", byCamera, r), cameras, numCameras),
    pointGradient: sumsBy(einsum("nki,nk->ni", byPoint, r), points, numPoints),
  };
}

/** The blocks with their diagonals made larger by the part λ. */
function damped(blocks: NDArray, lambda: NDArray): NDArray {
  const size = blocks.shape[1];
  const unit = eye(blocks, size);
  const diagonal = lax.reduceSum(blocks.mul(unit), [2]);
  const least = lax.max(lax.reduceMax(diagonal, [0, 1]).mul(1e-12), Number.MIN_VALUE);
  return blocks.add(lax.expandDims(lax.max(diagonal, least).mul(lambda), [2]).mul(unit));
}

const times = (blocks: NDArray, x: NDArray): NDArray => einsum("nij,nj->ni", blocks, x);

/** How the cameras' system is solved. */
export interface SchurOptions {
  /** Made and factorised, or applied only. */
  readonly dense: boolean;
  /** Of conjugate gradients: the part of the residual that is left, and the rounds at most. */
  readonly tol: number;
  readonly maxiter: number;
}

/** A step of cameras and of points. */
export interface BlockStep {
  readonly cameras: NDArray;
  readonly points: NDArray;
}

/** The step −(JᵀJ + λ D)⁻¹ Jᵀr, D the diagonal of JᵀJ. */
export function schurStep(
  equations: NormalEquations,
  graph: Graph,
  lambda: NDArray,
  options: SchurOptions,
): BlockStep {
  const { cameras, points, numCameras, numPoints } = graph;
  const { w, cameraGradient, pointGradient } = equations;
  const u = damped(equations.u, lambda);
  const inverse = inv(damped(equations.v, lambda));
  /** W z and Wᵀ y, for points' and for cameras' vectors. */
  const fromPoints = (z: NDArray): NDArray => sumsBy(times(w, rowsOf(z, points)), cameras, numCameras);
  const fromCameras = (y: NDArray): NDArray =>
    sumsBy(einsum("nij,ni->nj", w, rowsOf(y, cameras)), points, numPoints);
  const schur = (y: NDArray): NDArray => times(u, y).sub(fromPoints(times(inverse, fromCameras(y))));
  const right = fromPoints(times(inverse, pointGradient)).sub(cameraGradient);
  const step = options.dense
    ? solveDense(schur, right)
    : cg(schur, right, {
        tol: options.tol,
        maxiter: options.maxiter,
        M: preconditioner(u, w, inverse, graph),
      })[0];
  const back = times(inverse, pointGradient.add(fromCameras(step))).neg();
  return { cameras: step, points: back };
}

/** The system made column by column. */
function solveDense(apply: (y: NDArray) => NDArray, right: NDArray): NDArray {
  const { shape, size } = right;
  const columns = vmap((e: NDArray) => lax.reshape(apply(lax.reshape(e, shape)), [size]))(eye(right, size));
  return lax.reshape(solve(columns, lax.reshape(right, [size])), shape);
}

/**
 * The inverses of the Schur complement's diagonal blocks (exact where no camera sees a point twice); where such a block is
 * singular, of the cameras' own.
 */
function preconditioner(u: NDArray, w: NDArray, inverse: NDArray, graph: Graph): (y: NDArray) => NDArray {
  const { cameras, points, numCameras } = graph;
  const wv = einsum("nij,njk->nik", w, rowsOf(inverse, points));
  const blocks = u.sub(sumsBy(einsum("nij,nkj->nik", wv, w), cameras, numCameras));
  const good = vmap((factor: NDArray) => finite(factor))(lax.linalg.cholesky(blocks));
  const chosen = where(lax.reshape(good, [numCameras, 1, 1]), blocks, u);
  const inverted = inv(chosen);
  return (y) => times(inverted, y);
}
