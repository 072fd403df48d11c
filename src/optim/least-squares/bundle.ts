/**
 * @file `bundleAdjust`: least squares of observations that each see one of many cameras and one of many points, by
 * Levenberg and Marquardt with a Schur complement (blocks.ts). Nothing is about cameras: any two kinds of unknowns will do.
 */
import { checkFunction, checkOneOf, checkWhole, refuseMore, show } from "../../base/checks.ts";
import { ArgumentError, ShapeError, checkOptions } from "../../base/errors.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isConcrete } from "../../core/eval.ts";
import { type TreeDef, treeUnflatten } from "../../core/tree.ts";
import type { ArrayTree, LikeTree } from "../../core/tree-types.ts";
import { type AnyFunction, callWith, flattenArrays, flattenOutput } from "../../api/flatten.ts";
import { grad } from "../../api/grad.ts";
import { vmap } from "../../api/vmap.ts";
import * as lax from "../../control-flow/lax.ts";
import { asArray } from "../../lax/operands/convert.ts";
import { stopGradient } from "../../lax/identities/stop-gradient.ts";
import { finfo } from "../../numpy/dtypes/dtypes.ts";
import { cast, inexact } from "../../numpy/operands/promote.ts";
import { solution } from "../../scipy/optimize/solution.ts";
import type { Graph } from "./blocks.ts";
import { type Setting, type Unknowns, costOf, residualsAt, searchBundle } from "./bundle-search.ts";
import { type LossFunction, type LossName, lossOf } from "./losses.ts";

/** What was observed: for each observation which camera and which point it sees, and its data. */
export interface Observations<D> {
  /** Whole numbers, one for each observation. */
  readonly cameras: ArrayLike;
  readonly points: ArrayLike;
  /** Arrays whose leading axis is that of the observations. */
  readonly data: D;
}

/** Options of `bundleAdjust`. */
export interface BundleOptions {
  /** ρ of the cost ½ Σ C² ρ(‖rᵢ‖² / C²), of the squared norm of each observation's residual; "linear" by default. */
  readonly loss?: LossName | LossFunction | undefined;
  /** C, 1 by default. */
  readonly fScale?: ArrayLike | undefined;
  /** As of `leastSquares`: 1e-8 by default. */
  readonly ftol?: number | undefined;
  readonly xtol?: number | undefined;
  readonly gtol?: number | undefined;
  /** The largest number of evaluations of all residuals, 100 by default. */
  readonly maxNfev?: number | undefined;
  /**
   * How the cameras' system is solved: "dense", with all of its matrix, or "iterative", by conjugate gradients with the
   * inverses of diagonal blocks, in memory linear in the observations. By default "dense" up to 300 unknowns of cameras.
   */
  readonly schur?: "dense" | "iterative" | undefined;
  /** Conjugate gradients end where this part of the residual is left (0.01), or after so many rounds (200). */
  readonly cgTol?: number | undefined;
  readonly cgMaxiter?: number | undefined;
}

/** What `bundleAdjust` found. */
export interface BundleResults<C, P> {
  readonly cameras: ArrayTree<C>;
  readonly points: ArrayTree<P>;
  readonly cost: NDArray;
  /** The residuals, [observations, k]. */
  readonly fun: NDArray;
  /** The largest element of the gradient. */
  readonly optimality: NDArray;
  /** Whether a tolerance was met: status above 0. */
  readonly success: NDArray;
  /** As of `leastSquares`: −1 residuals not finite at the start, 0 maxNfev, 1 gtol, 2 ftol, 3 xtol, 4 both. */
  readonly status: NDArray;
  readonly nfev: NDArray;
  readonly njev: NDArray;
}

const where_ = "bundleAdjust";
const optionNames = [
  "loss",
  "fScale",
  "ftol",
  "xtol",
  "gtol",
  "maxNfev",
  "schur",
  "cgTol",
  "cgMaxiter",
] as const;

/** A tree whose arrays have a common leading axis, as the rows of one matrix, and the way back for one row. */
interface Table {
  readonly rows: NDArray;
  readonly back: (row: NDArray) => unknown;
}

function tableOf(name: string, tree: unknown): Table {
  const [leaves, def] = flattenArrays(tree, `${where_}: ${name}`);
  const n = leaves[0]?.shape[0];
  const wrong = leaves.find((leaf) => leaf.ndim === 0 || leaf.shape[0] !== n);
  if (n === undefined || n === 0 || wrong !== undefined)
    throw new ShapeError(
      `${where_}: all arrays of ${name} need one leading axis, which is not empty; got ${leaves.map((leaf) => `[${leaf.shape.join(",")}]`).join(", ")}.`,
    );
  const real = leaves.map((leaf) => inexact(`${where_}: ${name}`, leaf));
  const flat = real.map((leaf) => lax.reshape(leaf, [n, leaf.size / n]));
  return { rows: lax.concatenate(flat, 1), back: (row) => rowBack(row, leaves, def) };
}

function rowBack(row: NDArray, leaves: readonly NDArray[], def: TreeDef): unknown {
  let from = 0;
  const parts = leaves.map((leaf) => {
    const size = leaf.size / leaf.shape[0];
    from += size;
    return lax.reshape(lax.sliceInDim(row, from - size, from, 1, 0), leaf.shape.slice(1));
  });
  return treeUnflatten(def, parts);
}

function indicesOf(name: string, x: unknown, most: number): NDArray {
  const a = asArray(x as ArrayLike, `${where_}: observations.${name}`);
  if (a.ndim !== 1 || a.size === 0)
    throw new ShapeError(
      `${where_}: observations.${name} must be a vector that is not empty; got shape [${a.shape.join(",")}].`,
    );
  if (isConcrete(a)) {
    const wrong = Array.from(a.dataSync(), Number).find((i) => !Number.isInteger(i) || i < 0 || i >= most);
    if (wrong !== undefined)
      throw new ArgumentError(
        `${where_}: observations.${name} must be whole numbers from 0 to ${most - 1}; got ${wrong}.`,
      );
  }
  return stopGradient(a.astype("int32"));
}

interface Tables {
  readonly cameras: Table;
  readonly points: Table;
}

/** The graph of observations, and their data checked. */
function graphOf({ cameras, points }: Tables, observations: Observations<unknown>): Graph {
  checkOptions(`${where_}: observations`, observations, ["cameras", "points", "data"]);
  const [numCameras, numPoints] = [cameras.rows.shape[0], points.rows.shape[0]];
  const graph = {
    cameras: indicesOf("cameras", observations.cameras, numCameras),
    points: indicesOf("points", observations.points, numPoints),
    numCameras,
    numPoints,
  };
  const [data] = flattenArrays(observations.data ?? [], `${where_}: observations.data`);
  const count = graph.cameras.size;
  const wrong = [graph.points, ...data].find((x) => x.ndim === 0 || x.shape[0] !== count);
  if (wrong !== undefined)
    throw new ShapeError(
      `${where_}: observations must have one leading axis, here of size ${count}; got an array of shape [${wrong.shape.join(",")}].`,
    );
  return graph;
}

function settingOf(
  residual: AnyFunction,
  tables: Tables,
  observations: Observations<unknown>,
  options: BundleOptions,
): Setting {
  const { cameras, points } = tables;
  const { dtype, size } = cameras.rows;
  const scale = asArray(options.fScale ?? 1, `${where_}: fScale`);
  if (scale.ndim !== 0)
    throw new ShapeError(`${where_}: fScale must be a number; got shape [${scale.shape.join(",")}].`);
  const tol = Math.max(1e-8, 4 * finfo(dtype).eps);
  const schur = options.schur ?? (size <= 300 ? "dense" : "iterative");
  checkOneOf(where_, "schur", schur, ["dense", "iterative"]);
  const tolerance = (name: "ftol" | "xtol" | "gtol" | "cgTol", fill: number): number => {
    const given = options[name] ?? fill;
    if (typeof given !== "number" || !(given >= 0))
      throw new ArgumentError(`${where_}: ${name} must not be negative; got ${show(given)}.`);
    return given;
  };
  const { maxNfev = 100, cgMaxiter = 200 } = options;
  checkWhole(where_, "maxNfev", maxNfev, 1);
  checkWhole(where_, "cgMaxiter", cgMaxiter, 1);
  return {
    graph: graphOf(tables, observations),
    residual: (camera, point, datum) => {
      const out = callWith(residual, [cameras.back(camera), points.back(point), datum]);
      const [leaves] = flattenOutput(out, where_);
      if (leaves.length === 0) throw new ArgumentError(`${where_}: the residual returned no arrays.`);
      const flat = leaves.map((leaf) => lax.reshape(leaf, [leaf.size]));
      return cast(lax.concatenate(flat, 0), dtype);
    },
    data: (observations.data ?? []) as NDArray,
    loss: lossOf(where_, options.loss, cast(scale, dtype)),
    tolerances: { ftol: tolerance("ftol", tol), xtol: tolerance("xtol", tol), gtol: tolerance("gtol", tol) },
    maxNfev,
    schur: { dense: schur === "dense", tol: tolerance("cgTol", 0.01), maxiter: cgMaxiter },
  };
}

/**
 * A local minimum of ½ Σ C² ρ(‖rᵢ‖² / C²) over many cameras and points, where residual i is that of one observation:
 * `residual(camera, point, datum)`. The points are eliminated (a Schur complement), so that thousands of cameras and points
 * take time and memory linear in the number of observations. `cameras` and `points` are arrays or trees whose leading axes
 * are those of cameras and of points; the residual gets one of each.
 *
 * Differentiable with respect to the data and to what `residual` closes over, by the implicit function theorem; where the
 * minimum is one of many (a scene may be moved as a whole), the derivative is the least that fits. The start has none.
 *
 * @returns cameras, points, cost, fun, optimality, success, status, nfev, njev
 * @throws ArgumentError, ShapeError for observations that do not fit
 * @see leastSquares for other problems; Agarwal et al., Bundle adjustment in the large (2010)
 * @example
 * // Places on a line, seen from others: differences were measured.
 * const residual = (camera: Array, point: Array, datum: Array) => point.sub(camera).sub(datum);
 * const data = np.array([1, 3, 0, 2]);
 * const seen = { cameras: np.array([0, 0, 1, 1]), points: np.array([0, 1, 0, 1]), data };
 * const found = optim.bundleAdjust(residual, np.array([0, 0]), np.array([0, 0]), seen);
 * found.points.slice(1).sub(found.points.slice(0)); // 2.0…
 */
export function bundleAdjust<C, P, D>(
  residual: (camera: C, point: P, datum: D) => unknown,
  cameras: LikeTree<C>,
  points: LikeTree<P>,
  observations: Observations<LikeTree<D>>,
  options?: BundleOptions,
  ...more: []
): BundleResults<C, P> {
  refuseMore(where_, 5, more);
  checkFunction(where_, "the residual", residual);
  checkOptions(where_, options, optionNames);
  const tables = { cameras: tableOf("cameras", cameras), points: tableOf("points", points) };
  const setting = settingOf(residual, tables, observations, options ?? {});
  const { cameras: first, points: second } = tables;
  const split = first.rows.size;
  const pack = (u: Unknowns): NDArray =>
    lax.concatenate(
      [u.cameras, u.points].map((x) => lax.reshape(x, [x.size])),
      0,
    );
  const unpack = (z: NDArray): Unknowns => ({
    cameras: lax.reshape(lax.sliceInDim(z, 0, split, 1, 0), first.rows.shape),
    points: lax.reshape(lax.sliceInDim(z, split, z.size, 1, 0), second.rows.shape),
  });
  const objective = (z: NDArray): NDArray => costOf(setting, residualsAt(setting, unpack(z)));
  const x0 = stopGradient(pack({ cameras: first.rows, points: cast(second.rows, first.rows.dtype) }));
  const [z, , found] = solution(
    { x0, gradient: (x) => grad(objective)(x), box: null, constraints: [] },
    (guess) => {
      const end = searchBundle(setting, unpack(guess));
      const { optimality, status, nfev, njev } = end;
      return { x: pack(end), multipliers: null, aux: { optimality, status, nfev, njev } };
    },
  );
  const at = unpack(z);
  const r = residualsAt(setting, at);
  const status = lax.max(found.status, -1);
  return {
    cameras: vmap(first.back)(at.cameras) as ArrayTree<C>,
    points: vmap(second.back)(at.points) as ArrayTree<P>,
    cost: costOf(setting, r),
    fun: r,
    optimality: found.optimality,
    success: status.greater(0),
    status,
    nfev: found.nfev,
    njev: found.njev,
  };
}
