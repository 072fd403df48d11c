/** @file The search of `bundleAdjust`: Levenberg and Marquardt's damping, after Nielsen, over steps of blocks.ts. */
import type { NDArray } from "../../core/array.ts";
import { jacfwd } from "../../api/jacobian.ts";
import { vmap } from "../../api/vmap.ts";
import * as lax from "../../control-flow/lax.ts";
import { take } from "../../numpy/indexing/take.ts";
import { where } from "../../numpy/ufuncs/logic.ts";
import { and, count, finite, int, largest, norm, not, number } from "../../scipy/optimize/traced.ts";
import { type Graph, type Linearised, type SchurOptions, normalEquations, schurStep } from "./blocks.ts";
import type { Loss } from "./losses.ts";

export interface Setting {
  readonly graph: Graph;
  readonly residual: (camera: NDArray, point: NDArray, datum: NDArray) => NDArray;
  readonly data: NDArray;
  readonly loss: Loss | null;
  readonly tolerances: { readonly ftol: number; readonly xtol: number; readonly gtol: number };
  readonly maxNfev: number;
  readonly schur: SchurOptions;
}

export interface Unknowns {
  readonly cameras: NDArray;
  readonly points: NDArray;
}

export interface State extends Unknowns {
  readonly r: NDArray;
  readonly cost: NDArray;
  readonly lambda: NDArray;
  readonly growth: NDArray;
  readonly optimality: NDArray;
  readonly status: NDArray;
  readonly nfev: NDArray;
  readonly njev: NDArray;
}

const rowsAt = (x: NDArray, index: NDArray): NDArray => take(x, index, 0);

/** The residuals of all observations, [N, k]. */
export const residualsAt = ({ graph, residual, data }: Setting, { cameras, points }: Unknowns): NDArray =>
  vmap(residual)(rowsAt(cameras, graph.cameras), rowsAt(points, graph.points), data);

const squares = (r: NDArray): NDArray => lax.reduceSum(r.mul(r), [1]);

export function costOf({ loss }: Setting, r: NDArray): NDArray {
  if (loss === null) return lax.reduceSum(squares(r), [0]).div(2);
  const square = loss.scale.mul(loss.scale);
  return lax
    .reduceSum(loss.value(squares(r).div(square)), [0])
    .mul(square)
    .div(2);
}

/** Residuals and derivatives, weighted for the loss: the gradient is the cost's. */
function linearise(setting: Setting, { cameras, points }: Unknowns, r: NDArray): Linearised {
  const { graph, residual, data, loss } = setting;
  const one = (camera: NDArray, point: NDArray, datum: NDArray): [NDArray, NDArray] =>
    jacfwd((c: NDArray, p: NDArray) => residual(c, p, datum), { argnums: [0, 1] })(camera, point);
  const [byCamera, byPoint] = vmap(one)(rowsAt(cameras, graph.cameras), rowsAt(points, graph.points), data);
  if (loss === null) return { r, byCamera, byPoint };
  const [, slope] = loss.rho(squares(r).div(loss.scale.mul(loss.scale)));
  const weight = lax.sqrt(slope);
  const rows = lax.expandDims(weight, [1]);
  const blocks = lax.expandDims(rows, [2]);
  return { r: r.mul(rows), byCamera: byCamera.mul(blocks), byPoint: byPoint.mul(blocks) };
}

const flatNorm = ({ cameras, points }: Unknowns): NDArray =>
  norm(
    lax.concatenate(
      [cameras, points].map((x) => lax.reshape(x, [x.size])),
      0,
    ),
  );

const biggest = ({ cameras, points }: Unknowns): NDArray =>
  lax.max(...([cameras, points].map((x) => largest(lax.reshape(x, [x.size]))) as [NDArray, NDArray]));

interface Trial extends Unknowns {
  readonly r: NDArray;
  readonly gained: NDArray;
  readonly lambda: NDArray;
  readonly growth: NDArray;
  readonly status: NDArray;
  readonly nfev: NDArray;
}

/** From one point: steps with ever more damping, until one lowers the cost. */
function next(setting: Setting, s: State): State {
  const { graph, schur, tolerances, maxNfev } = setting;
  const linear = linearise(setting, s, s.r);
  const equations = normalEquations(linear, graph);
  const slope = { cameras: equations.cameraGradient, points: equations.pointGradient };
  const optimality = biggest(slope);
  const dot = (a: Unknowns, b: Unknowns): NDArray =>
    lax.reduceSum(a.cameras.mul(b.cameras), [0, 1]).add(lax.reduceSum(a.points.mul(b.points), [0, 1]));
  const tryOne = (t: Trial): Trial => {
    const step = schurStep(equations, graph, t.lambda, schur);
    const moved = { cameras: s.cameras.add(step.cameras), points: s.points.add(step.points) };
    const r = residualsAt(setting, moved);
    const cost = costOf(setting, r);
    const known = lax.isFinite(cost);
    const gained = where(known, s.cost.sub(cost), number(cost, -1));
    // By how much the model falls: −g·p − ½ ‖J p‖².
    const image = modelImage(linear, graph, step);
    const predicted = dot(slope, step).neg().sub(image.div(2));
    const ratio = gained.div(predicted);
    const better = and(gained.greater(0), predicted.greater(0));
    const cube = ratio.mul(2).sub(1);
    const less = lax.max(cube.mul(cube).mul(cube).sub(1).neg(), 1 / 3);
    const flat = and(gained.less(s.cost.mul(tolerances.ftol)), ratio.greater(0.25));
    const short = flatNorm(step).less(flatNorm(s).add(tolerances.xtol).mul(tolerances.xtol));
    const ending = where(and(flat, short), int(4), where(flat, int(2), where(short, int(3), int(-1))));
    return {
      ...moved,
      r,
      gained: where(better, gained, number(cost, -1)),
      lambda: t.lambda.mul(where(better, less, t.growth)),
      growth: where(better, number(cost, 2), t.growth.mul(2)),
      status: where(known, ending, int(-1)),
      nfev: t.nfev.add(int(1)),
    };
  };
  const small = optimality.less(tolerances.gtol);
  const { cameras, points, lambda, growth } = s;
  const end = lax.whileLoop(
    (t: Trial) => and(not(small), t.gained.less(0), t.status.equal(-1), t.nfev.less(maxNfev)),
    tryOne,
    { cameras, points, r: s.r, gained: number(lambda, -1), lambda, growth, status: int(-1), nfev: s.nfev },
  );
  const better = end.gained.greater(0);
  const keep = (a: NDArray, b: NDArray): NDArray => where(better, a, b);
  const r = keep(end.r, s.r);
  return {
    cameras: keep(end.cameras, cameras),
    points: keep(end.points, points),
    r,
    cost: costOf(setting, r),
    lambda: end.lambda,
    growth: end.growth,
    optimality,
    status: where(
      small,
      int(1),
      where(end.nfev.less(maxNfev), end.status, where(end.status.equal(-1), int(0), end.status)),
    ),
    nfev: end.nfev,
    njev: count(s.njev, not(small)),
  };
}

/** ‖J p‖². */
function modelImage({ byCamera, byPoint }: Linearised, graph: Graph, step: Unknowns): NDArray {
  const along = (blocks: NDArray, x: NDArray): NDArray =>
    lax.reduceSum(blocks.mul(lax.expandDims(x, [1])), [2]);
  const image = along(byCamera, rowsAt(step.cameras, graph.cameras)).add(
    along(byPoint, rowsAt(step.points, graph.points)),
  );
  return lax.reduceSum(image.mul(image), [0, 1]);
}

/** Searches from a start. */
export function searchBundle(setting: Setting, { cameras, points }: Unknowns): State {
  const r = residualsAt(setting, { cameras, points });
  const cost = costOf(setting, r);
  return lax.whileLoop(
    (s: State) => s.status.equal(-1),
    (s: State) => next(setting, s),
    {
      cameras,
      points,
      r,
      cost,
      lambda: number(cost, 1e-4),
      growth: number(cost, 2),
      optimality: number(cost, Infinity),
      // −1 goes on; −2 stands for a start that is none.
      status: where(finite(r), int(-1), int(-2)),
      nfev: int(1),
      njev: int(0),
    },
  );
}
