/** @file `leastSquares` as users call it: trees, methods by name, and the implicit derivatives of the minimum. */
import { checkOneOf, checkWhole, refuseMore, show } from "../../base/checks.ts";
import { ArgumentError, ShapeError, checkOptions } from "../../base/errors.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isConcrete } from "../../core/eval.ts";
import { treeFlatten, treeUnflatten } from "../../core/tree.ts";
import type { ArrayTree, LikeTree } from "../../core/tree-types.ts";
import { type AnyFunction, callWith, flattenOutput } from "../../api/flatten.ts";
import { grad } from "../../api/grad.ts";
import { evalShape } from "../../api/staging.ts";
import * as lax from "../../control-flow/lax.ts";
import { ioCallback } from "../../effects/host-callbacks.ts";
import { asArray } from "../../lax/operands/convert.ts";
import { stopGradient } from "../../lax/identities/stop-gradient.ts";
import { finfo } from "../../numpy/dtypes/dtypes.ts";
import { cast, inexact } from "../../numpy/operands/promote.ts";
import { type Bounds, boundVector, boxOf } from "../../scipy/optimize/constraints.ts";
import type { Box } from "../../scipy/optimize/problem.ts";
import { solution } from "../../scipy/optimize/solution.ts";
import type { Sparsity } from "../../sparse/index.ts";
import { ravelPytree } from "../../tree/index.ts";
import { dogbox, dogleg, gaussNewton } from "./dogbox.ts";
import { levenbergMarquardt } from "./levenberg-marquardt.ts";
import { type LossFunction, type LossName, costOf, lossOf } from "./losses.ts";
import { jacobianOf } from "./matrices.ts";
import { type Ended, type LeastSquares, type Tolerances, standingAt } from "./problem.ts";
import { LeastSquaresResult } from "./result.ts";
import { search } from "./search.ts";
import { activeBounds, strictlyInside, trf } from "./trf.ts";

/** The methods of `leastSquares`. */
export type LeastSquaresMethod = "trf" | "dogbox" | "lm" | "gauss-newton" | "dogleg";

/** What a callback of `leastSquares` is told after each iteration. */
export interface LeastSquaresProgress<X> {
  readonly x: ArrayTree<X>;
  readonly cost: number;
  readonly nit: number;
  readonly nfev: number;
}

/** Options of `leastSquares`. */
export interface LeastSquaresOptions<X = unknown, A extends readonly unknown[] = readonly unknown[]> {
  /**
   * "trf" (the default): trust region reflective; "dogbox": doglegs in a box; both take bounds. "lm": Levenberg and Marquardt, as
   * MINPACK; "gauss-newton": whole steps, shortened where they fail; "dogleg": Powell's, in a ball.
   */
  readonly method?: LeastSquaresMethod | undefined;
  /** Further arguments of the function. */
  readonly args?: A | undefined;
  /** ρ of the cost ½ Σ C² ρ(r² / C²): a name, or a function of squared residuals; "linear" (ρ(z) = z) by default. */
  readonly loss?: LossName | LossFunction | undefined;
  /** C: residuals of that size begin to count less. 1 by default. */
  readonly fScale?: ArrayLike | undefined;
  /** Lower and upper bounds, `{ lb, ub }` or `[lb, ub]`: trees like x0, or numbers. */
  readonly bounds?: Bounds | readonly [lb: unknown, ub: unknown] | undefined;
  /** The sizes of the unknowns, a number or a tree like x0; "jac": from the Jacobian, by default but for trf and dogbox (1). */
  readonly xScale?: "jac" | ArrayLike | LikeTree<X> | undefined;
  /** Ends where the cost falls by less than this part of it; 1e-8 by default, 4 ε for float32; null: never. */
  readonly ftol?: number | null | undefined;
  /** Ends where the step is less than this part of x; as `ftol`. */
  readonly xtol?: number | null | undefined;
  /** Ends where no element of the gradient (scaled for bounds; for lm a cosine) is larger; as `ftol`. */
  readonly gtol?: number | null | undefined;
  /** The largest number of evaluations of the function; 100 for each unknown by default. */
  readonly maxNfev?: number | undefined;
  /** Where the Jacobian may be nonzero: a pattern, a matrix, or "auto", found from the program. It is sparse then. */
  readonly jacSparsity?: Sparsity | "auto" | undefined;
  /** "exact": by singular values of the Jacobian; "lsmr": by products with it, the default where it is sparse. */
  readonly trSolver?: "exact" | "lsmr" | undefined;
  /** Is called after each iteration; the search ends where it returns true. */
  readonly callback?: ((progress: LeastSquaresProgress<X>) => unknown) | undefined;
}

const methods = ["trf", "dogbox", "lm", "gauss-newton", "dogleg"] as const;
const bounded: readonly string[] = ["trf", "dogbox"];
const optionNames = [
  "method",
  "args",
  "loss",
  "fScale",
  "bounds",
  "xScale",
  "ftol",
  "xtol",
  "gtol",
  "maxNfev",
  "jacSparsity",
  "trSolver",
  "callback",
] as const satisfies readonly (keyof LeastSquaresOptions)[];

type Given = LeastSquaresOptions<never>;

const where_ = "leastSquares";

/** The tolerances; at least one must be able to end the search. */
function tolerancesOf(options: Given, x0: NDArray): Tolerances {
  const { eps } = finfo(x0.dtype);
  const one = (name: "ftol" | "xtol" | "gtol"): number => {
    const given = options[name];
    if (given === undefined) return Math.max(1e-8, 4 * eps);
    if (given === null) return 0;
    if (typeof given !== "number" || !(given >= 0))
      throw new ArgumentError(`${where_}: ${name} must not be negative; got ${show(given)}.`);
    return given;
  };
  const all = { ftol: one("ftol"), xtol: one("xtol"), gtol: one("gtol") };
  if (Math.max(all.ftol, all.xtol, all.gtol) < eps)
    throw new ArgumentError(`${where_}: one of ftol, xtol and gtol must be at least ${eps}.`);
  return all;
}

/** Bounds that are known to be infinite are none; x0 must be within those that are known. */
function boxFor(options: Given, x0: unknown, flat: NDArray): Box | null {
  const { bounds } = options;
  const pair = Array.isArray(bounds);
  if (pair && bounds.length !== 2)
    throw new ArgumentError(`${where_}: bounds must be [lb, ub] or { lb, ub }; got ${show(bounds)}.`);
  const given = pair ? { lb: bounds[0] as unknown, ub: bounds[1] as unknown } : bounds;
  const box = boxOf(`${where_}: bounds`, given, x0, flat);
  if (box === null || !isConcrete(box.lower) || !isConcrete(box.upper)) return box;
  const [low, high] = [box.lower, box.upper].map((b) => Array.from(b.dataSync(), Number));
  if (low.every((l) => l === -Infinity) && high.every((h) => h === Infinity)) return null;
  const equal = low.findIndex((l, i) => l === high[i]);
  if (equal !== -1)
    throw new ArgumentError(
      `${where_}: each lower bound must be below its upper one; element ${equal} has ${low[equal]} twice.`,
    );
  if (isConcrete(flat)) {
    const at = Array.from(flat.dataSync(), Number);
    const out = at.findIndex((x, i) => x < low[i] || x > high[i]);
    if (out !== -1)
      throw new ArgumentError(
        `${where_}: x0 must be within the bounds; element ${out} is ${at[out]}, not from ${low[out]} to ${high[out]}.`,
      );
  }
  return box;
}

function scaleFor(options: Given, method: LeastSquaresMethod, x0: unknown, flat: NDArray): NDArray | "jac" {
  const { xScale } = options;
  if (xScale === "jac" || (xScale === undefined && !bounded.includes(method))) return "jac";
  const scale = boundVector(`${where_}: xScale`, xScale ?? 1, x0, 1, flat);
  if (isConcrete(scale) && Array.from(scale.dataSync(), Number).some((s) => !(s > 0 && s < Infinity)))
    throw new ArgumentError(`${where_}: xScale must be "jac" or positive numbers; got ${show(xScale)}.`);
  return stopGradient(scale);
}

/** The residuals as one vector. */
function residualsOf(
  fun: AnyFunction,
  back: (x: NDArray) => unknown,
  args: readonly unknown[],
  like: NDArray,
) {
  return (x: NDArray): NDArray => {
    const [leaves] = flattenOutput(callWith(fun, [back(x), ...args]), where_);
    if (leaves.length === 0) throw new ArgumentError(`${where_}: the function returned no arrays.`);
    return cast(inexact(`${where_}: the function's result`, ravelPytree(leaves)[0]), like.dtype);
  };
}

/** What a callback gives back. */
const flagShape = { shape: [], dtype: "bool" } as const;

function watcher(callback: unknown, back: (x: NDArray) => unknown): LeastSquares["watch"] {
  if (callback === undefined) return null;
  if (typeof callback !== "function")
    throw new ArgumentError(`${where_}: callback must be a function; got ${show(callback)}.`);
  const tell = (x: NDArray, cost: NDArray, nit: NDArray, nfev: NDArray): boolean => {
    const [c, i, f] = [cost, nit, nfev].map((a) => Number(a.item()));
    return callWith(callback as AnyFunction, [{ x: back(x), cost: c, nit: i, nfev: f }]) === true;
  };
  return (x, cost, nit, nfev) => ioCallback(tell, flagShape, x, cost, nit, nfev);
}

function problemFor(
  fun: AnyFunction,
  x0: unknown,
  options: Given,
): { problem: LeastSquares; back: (x: NDArray) => unknown; method: LeastSquaresMethod } {
  const method = options.method ?? "trf";
  checkOneOf(where_, "method", method, methods);
  const { trSolver, jacSparsity, maxNfev, args = [] } = options;
  if (trSolver !== undefined) checkOneOf(where_, "trSolver", trSolver, ["exact", "lsmr"]);
  if (!Array.isArray(args)) throw new ArgumentError(`${where_}: args must be a list; got ${show(args)}.`);
  if (jacSparsity !== undefined && (method === "lm" || trSolver === "exact"))
    throw new ArgumentError(
      `${where_}: jacSparsity needs products with the Jacobian; ${method === "lm" ? 'method "lm" factorises it' : 'trSolver "exact" factorises it'}.`,
    );
  if (method === "lm" && trSolver === "lsmr")
    throw new ArgumentError(`${where_}: method "lm" has no trSolver "lsmr"; the other methods do.`);
  const [flat, back] = ravelPytree(x0);
  const real = inexact(`${where_}: x0`, flat);
  const start = stopGradient(cast(real, real.dtype));
  if (start.size === 0) throw new ArgumentError(`${where_}: x0 has no elements.`);
  if (start.dtype.startsWith("complex"))
    throw new ArgumentError(`${where_}: x0 must be real; got dtype ${start.dtype}.`);
  const box = boxFor(options, x0, start);
  if (box !== null && !bounded.includes(method))
    throw new ArgumentError(`${where_}: method "${method}" does not take bounds; "trf" and "dogbox" do.`);
  if (maxNfev !== undefined) checkWhole(where_, "maxNfev", maxNfev, 1);
  const residual = residualsOf(fun, back, args, start);
  const m = evalShape(residual, start).shape[0];
  const scale = asArray(options.fScale ?? 1, `${where_}: fScale`);
  if (scale.ndim !== 0)
    throw new ShapeError(`${where_}: fScale must be a number; got shape [${scale.shape.join(",")}].`);
  const problem = {
    x0: start,
    m,
    fun: residual,
    jac: jacobianOf(residual, m, start.size, jacSparsity),
    box,
    loss: lossOf(where_, options.loss, cast(scale, start.dtype)),
    xScale: scaleFor(options, method, x0, start),
    exact: (trSolver ?? (jacSparsity === undefined ? "exact" : "lsmr")) === "exact",
    maxNfev: maxNfev ?? 100 * start.size,
    watch: watcher(options.callback, back),
    ...tolerancesOf(options, start),
  };
  return { problem, back, method };
}

/** Runs a method from x0. */
function run(problem: LeastSquares, method: LeastSquaresMethod, x0: NDArray): Ended {
  const { box } = problem;
  const none = lax.full([x0.size], 0, "int32");
  if (method === "lm") return levenbergMarquardt({ ...problem, x0 });
  if (method === "gauss-newton") return search({ ...problem, x0 }, gaussNewton(problem), none);
  if (method === "dogleg") return search({ ...problem, x0 }, dogleg(problem), none);
  if (method === "trf") {
    const inside = box === null ? x0 : strictlyInside(x0, box, 1e-10);
    return search({ ...problem, x0: inside }, trf(problem), none);
  }
  return search({ ...problem, x0 }, dogbox(problem), box === null ? none : activeBounds(x0, box, 0));
}

/**
 * A local minimum of ½ Σ C² ρ(rᵢ² / C²) for the residuals r = `fun(x, ...args)`, with bounds: nonlinear least squares and
 * robust regression. x and the residuals are arrays or trees; Jacobians come from this library, dense or sparse. Runs
 * compiled, and for many starts at once under `vmap`.
 *
 * `x`, `cost`, `fun`, `jac` and `grad` are differentiable with respect to `args`, to traced bounds and to what `fun` closes
 * over, by the implicit function theorem with the whole Hessian, which must be regular; x0 has no derivative.
 *
 * @returns x, cost, fun, jac, grad, optimality, activeMask, nfev, njev, nit, status, message, success
 * @throws ArgumentError for options that do not fit each other or the method; ShapeError
 * @see scipy.optimize.least_squares, whose methods "trf", "dogbox" and "lm" take the same steps
 * @example
 * const t = np.array([0, 1, 2, 3]);
 * const y = np.array([2, 1.213, 0.736, 0.446]);
 * const model = ({ a, b }: { a: Array; b: Array }) => np.exp(t.mul(b)).mul(a).sub(y);
 * const fit = optim.leastSquares(model, { a: 1, b: 0 });
 * fit.x.a; // 2.0…
 * fit.x.b; // -0.5…
 */
export function leastSquares<X, A extends unknown[], R>(
  fun: (x: X, ...args: A) => R,
  x0: LikeTree<X>,
  options?: LeastSquaresOptions<X, A>,
  ...more: []
): LeastSquaresResult<X, R> {
  refuseMore(where_, 3, more);
  checkOptions(where_, options, optionNames);
  if (typeof fun !== "function")
    throw new ArgumentError(`${where_}: expected a function of the unknowns; got ${show(fun)}.`);
  const given = (options ?? {}) as unknown as Given;
  const { problem, back, method } = problemFor(fun, x0, given);
  const { loss, box } = problem;
  const objective = (x: NDArray): NDArray => costOf(loss, problem.fun(x));
  const gradient = (x: NDArray): NDArray => grad(objective)(x);
  const [x, , found] = solution(
    { x0: problem.x0, gradient, box, constraints: [] },
    (guess) => {
      const { x: end, ...aux } = run(problem, method, guess);
      return { x: end, multipliers: null, aux };
    },
    "general",
  );
  const at = standingAt({ ...problem, xScale: lax.fullLike(x, 1) }, x, problem.fun(x), null);
  const [residuals, def] = flattenOutput(callWith(fun, [back(x), ...(given.args ?? [])]), where_);
  const mask =
    box === null ? lax.full([x.size], 0, "int32") : activeBounds(x, box, method === "trf" ? problem.xtol : 0);
  return new LeastSquaresResult<X, R>({
    x: back(x) as ArrayTree<X>,
    cost: at.cost,
    fun: treeUnflatten(def, residuals) as ArrayTree<R>,
    jac: at.jac,
    grad: back(at.gradient) as ArrayTree<X>,
    optimality: found.optimality,
    activeMask: integersLike(mask, x0) as ArrayTree<X>,
    nfev: found.nfev,
    njev: found.njev,
    nit: found.nit,
    status: found.status,
  });
}

/** A vector of integers as a tree of the structure of another. */
function integersLike(values: NDArray, tree: unknown): unknown {
  const [leaves, def] = treeFlatten(tree);
  let from = 0;
  const parts = leaves.map((leaf) => {
    const { shape, size } = asArray(leaf as ArrayLike, where_);
    from += size;
    return lax.reshape(lax.sliceInDim(values, from - size, from, 1, 0), shape);
  });
  return treeUnflatten(def, parts);
}
