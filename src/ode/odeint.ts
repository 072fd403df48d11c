/** @file `odeint` as users call it: trees in, trees out; what the function closed over becomes parameters. */
import type { ArrayLike, NDArray } from "../core/array.ts";
import { shaped } from "../core/aval.ts";
import { isConcrete } from "../core/eval.ts";
import { jaxprAsFun } from "../core/jaxpr/eval.ts";
import { treeUnflatten } from "../core/tree.ts";
import type { ArrayTree, LikeTree } from "../core/tree-types.ts";
import { isPlainObject } from "../arguments/rest.ts";
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { type AnyFunction, callWith, flattenArgs, flattenArrays, leafArray } from "../api/flatten.ts";
import { checkSameTypes, traceBody } from "../control-flow/common.ts";
import { cast, inexact } from "../numpy/operands/promote.ts";
import { flow } from "./flow.ts";

/** Options of `odeint`. */
export interface OdeOptions {
  /** The error of a step is at most atol + rtol · |y|; both 1.4e-8 by default. */
  readonly rtol?: number | undefined;
  readonly atol?: number | undefined;
  /** The largest number of steps between two times; beyond it the values are NaN. No limit by default. */
  readonly mxstep?: number | undefined;
  /** The longest step. No limit by default. */
  readonly hmax?: number | undefined;
}

const names = ["rtol", "atol", "mxstep", "hmax"];

/** The last argument is the options if its keys are names of options, and only such. */
function splitOptions(rest: readonly unknown[]): [readonly unknown[], OdeOptions] {
  const last = rest[rest.length - 1];
  if (!isPlainObject(last)) return [rest, {}];
  const keys = Object.keys(last);
  if (keys.length === 0 || !keys.every((key) => names.includes(key))) return [rest, {}];
  for (const key of keys) {
    const value = last[key];
    if (value !== undefined && !(typeof value === "number" && value > 0))
      throw new ArgumentError(`odeint: ${key} must be a positive number; got ${String(value)}.`);
  }
  return [rest.slice(0, -1), last];
}

function checkTimes(t: NDArray): void {
  if (t.ndim !== 1 || t.size === 0)
    throw new ShapeError(
      `odeint: the times must be a vector of at least one; got shape [${t.shape.join(",")}].`,
    );
  if (!isConcrete(t)) return;
  const values = t.dataSync();
  for (let i = 1; i < values.length; i++) {
    if (values[i] >= values[i - 1]) continue;
    throw new ArgumentError(
      `odeint: the times must increase; got ${values[i]} after ${values[i - 1]}. ` +
        `To go back in time, integrate (y, s) => −f(y, −s) over −t.`,
    );
  }
}

/**
 * Integrates y' = func(y, t, ...args) from y(t[0]) = y0 with steps of adaptive length (Dormand–Prince of order 5), and
 * returns y at the times `t`, stacked along a leading axis. States are arrays or trees of them; times must increase.
 *
 * Differentiable in both modes and to every order with respect to `y0`, `t`, `args` and what `func` closes over: forward
 * by the variational equation, in reverse by the adjoint equation, in memory that does not grow with the number of steps.
 * A solution that cannot be continued (or not within `mxstep` steps) is NaN from there on.
 *
 * @see jax.experimental.ode.odeint
 * @example
 * const decay = (k: Array) => odeint((y: Array) => y.mul(k).neg(), 1, np.array([0, 1])).slice(1);
 * decay(np.array(2)).item(); // 0.135335…
 * grad(decay)(2).item(); // -0.135335…
 */
export function odeint<Y, A extends unknown[]>(
  func: (y: Y, t: NDArray, ...args: A) => unknown,
  y0: LikeTree<Y>,
  t: ArrayLike,
  ...rest: [...args: { [K in keyof A]: LikeTree<A[K]> }, options: OdeOptions]
): ArrayTree<Y>;
export function odeint<Y, A extends unknown[]>(
  func: (y: Y, t: NDArray, ...args: A) => unknown,
  y0: LikeTree<Y>,
  t: ArrayLike,
  ...args: { [K in keyof A]: LikeTree<A[K]> }
): ArrayTree<Y>;
export function odeint(func: AnyFunction, y0: unknown, t: ArrayLike, ...rest: readonly unknown[]): unknown {
  const [args, options] = splitOptions(rest);
  const [given, def] = flattenArrays(y0, "odeint: y0");
  if (given.length === 0) throw new ArgumentError("odeint: y0 has no arrays.");
  const start = given.map((x) => inexact("odeint: y0", x)).map((x) => cast(x, x.dtype));
  const times = inexact("odeint: t", leafArray(t, "odeint: t", []));
  checkTimes(times);
  const ts = cast(times, times.dtype);
  const { arrays, defs } = flattenArgs(args, "odeint");
  const own = arrays.map((a) => cast(a, a.dtype));
  const [, timeDef] = flattenArrays(0, "odeint: t");
  const first = start.map((x) => x.aval);
  const body = traceBody(
    (y: unknown, at: unknown, ...more: unknown[]) => callWith(func, [y, at, ...more]),
    [def, timeDef, ...defs],
    [...first, shaped([], ts.dtype), ...own.map((a) => a.aval)],
    "odeint",
  );
  checkSameTypes(
    "odeint",
    { def, avals: first, name: "y0" },
    { def: body.outDef, avals: body.jaxpr.outAvals, name: "the rate that the function returned" },
  );
  const f = jaxprAsFun(body.jaxpr);
  const n = body.consts.length;
  const { rtol = 1.4e-8, atol = 1.4e-8, mxstep = Infinity, hmax = Infinity } = options;
  const problem = {
    limits: { rtol, atol, mxstep, hmax },
    rate: (y: readonly NDArray[], at: NDArray, params: readonly NDArray[]) =>
      f([...params.slice(0, n), ...y, at, ...params.slice(n)]),
  };
  return treeUnflatten(def, flow(problem, start, ts, [...body.consts, ...own]));
}
