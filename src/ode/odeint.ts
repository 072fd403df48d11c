/** @file `odeint` as users call it: trees in, trees out; what the function closed over becomes parameters. */
import type { ArrayLike, NDArray } from "../core/array.ts";
import { shaped } from "../core/aval.ts";
import { isConcrete } from "../core/eval.ts";
import { jaxprAsFun } from "../core/jaxpr/eval.ts";
import { treeUnflatten } from "../core/tree.ts";
import type { ArrayTree, LikeTree } from "../core/tree-types.ts";
import { isPlainObject } from "../arguments/rest.ts";
import { ArgumentError, DTypeError, IntegrationError, ShapeError, checkOptions } from "../base/errors.ts";
import { isComplex } from "../dtypes/dtype.ts";
import { type AnyFunction, callWith, flattenArgs, flattenArrays, leafArray } from "../api/flatten.ts";
import { checkSameTypes, traceBody } from "../control-flow/common.ts";
import { cast, inexact } from "../numpy/operands/promote.ts";
import { adjoints } from "./adjoint.ts";
import { dormandPrince } from "./dormand-prince.ts";
import { type FlowProblem, flow } from "./flow.ts";
import type { Course, Limits } from "./integrate.ts";
import { type State, widestReal } from "./method.ts";
import { rodas } from "./rodas.ts";

/** Options of `odeint`. */
export interface OdeOptions {
  /** The error of a step is at most atol + rtol · |y|; both 1.4e-8 by default. */
  readonly rtol?: number | undefined;
  readonly atol?: number | undefined;
  /** The largest number of steps between two times, rejected trials included; 100 000 by default. */
  readonly mxstep?: number | undefined;
  /** The longest step. No limit by default. */
  readonly hmax?: number | undefined;
  /**
   * `"dopri5"` (default): Dormand and Prince's explicit pair of orders 5 and 4. `"rodas4"`: Hairer and Wanner's linearly
   * implicit pair of orders 4 and 3, L-stable, for stiff problems; it makes the Jacobian and solves with it in each step.
   */
  readonly method?: "dopri5" | "rodas4" | undefined;
  /** Reverse mode: the gradient of the steps (`"discrete"`, default), or the adjoint equation backwards in time. */
  readonly adjoint?: "discrete" | "continuous" | undefined;
}

const methods = { dopri5: dormandPrince, rodas4: rodas } as const;
const words: Readonly<Record<string, readonly string[]>> = {
  method: Object.keys(methods),
  adjoint: Object.keys(adjoints),
};
const numbers = ["rtol", "atol", "mxstep", "hmax"];
const names = [...numbers, ...Object.keys(words)];

/** The last argument is the options if its keys are names of options; a mixture of such and others is an error. */
function splitOptions(rest: readonly unknown[]): [readonly unknown[], OdeOptions] {
  const last = rest[rest.length - 1];
  if (!isPlainObject(last)) return [rest, {}];
  const isOption = (key: string): boolean =>
    names.includes(key) && ["number", "string", "undefined"].includes(typeof last[key]);
  const keys = Object.keys(last);
  if (!keys.some(isOption)) return [rest, {}];
  checkOptions("odeint", last, names);
  for (const key of keys) checkOption(key, last[key]);
  return [rest.slice(0, -1), last];
}

function checkOption(key: string, value: unknown): void {
  if (value === undefined) return;
  const allowed = words[key];
  if (allowed !== undefined) {
    if (typeof value === "string" && allowed.includes(value)) return;
    const list = allowed.map((w) => `"${w}"`).join(" or ");
    throw new ArgumentError(`odeint: ${key} must be ${list}; got ${JSON.stringify(value) ?? typeof value}.`);
  }
  if (typeof value === "number" && value > 0) return;
  throw new ArgumentError(`odeint: ${key} must be a positive number; got ${String(value)}.`);
}

function checkTimes(t: NDArray): void {
  if (t.ndim !== 1 || t.size === 0)
    throw new ShapeError(
      `odeint: the times must be a vector of at least one; got shape [${t.shape.join(",")}].`,
    );
  if (isComplex(t.dtype)) throw new DTypeError(`odeint: the times must be real; got ${t.dtype}.`);
  if (!isConcrete(t)) return;
  const values = t.dataSync();
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]))
      throw new ArgumentError(`odeint: the times must be finite; got ${values[i]} at index ${i}.`);
    if (i === 0 || values[i] >= values[i - 1]) continue;
    throw new ArgumentError(
      `odeint: the times must increase; got ${values[i]} after ${values[i - 1]}. ` +
        `To go back in time, integrate (y, s) => −f(y, −s) over −t.`,
    );
  }
}

/** States that steps can be added to: half precision would swallow them. */
function checkState(y: NDArray): void {
  const half = y.dtype === "float16" || y.dtype === "bfloat16";
  if (!half) return;
  throw new DTypeError(
    `odeint: states must be float32, float64 or complex; got ${y.dtype}, to which short steps add nothing. ` +
      `Integrate y0.astype("float32"), and convert the result.`,
  );
}

/** @throws IntegrationError where the steps were used up; where they are traced, the values are NaN instead. */
function checkCourse({ reached, steps }: Course, ts: NDArray, { mxstep, hmax }: Limits): void {
  if (!isConcrete(steps) || !isConcrete(reached) || !isConcrete(ts)) return;
  const [made, at, times] = [steps, reached, ts].map((x) => x.dataSync());
  for (let i = 0; i < made.length; i++) {
    if (Number(made[i]) < mxstep || !(at[i] < times[i + 1])) continue;
    throw new IntegrationError(
      `odeint: stopped at t = ${at[i]} on the way from ${times[i]} to ${times[i + 1]}, after ${made[i]} steps (mxstep). ` +
        (hmax < (Number(times[i + 1]) - Number(times[i])) / mxstep
          ? `Steps are at most ${hmax} long (hmax): raise one of the two.`
          : `If the problem is stiff, use method: "rodas4"; otherwise loosen rtol and atol, or raise mxstep.`),
    );
  }
}

/**
 * Integrates y' = func(y, t, ...args) from y(t[0]) = y0 with steps of adaptive length, and returns y at the times `t`,
 * stacked along a leading axis. States are arrays or trees of them, real or complex; times are real and must not decrease.
 * A trial step that meets a NaN or an infinity (the rate has left its domain) is made shorter; `func` is never evaluated
 * beyond the last time. A solution that cannot be continued is NaN from there on.
 *
 * Differentiable in both modes and to every order with respect to `y0`, `t`, `args` and what `func` closes over. Forward
 * mode integrates the variational equation. Reverse mode is the gradient of the steps that were taken, the lengths of
 * which are constants; they are made again, short enough for the solution and for a tangent of it, and kept on the way as
 * those of every `whileLoop` are: up to 65 536 states (no more than 16 MiB of them, but 16 at least), whatever their
 * number; and for each of the times t one state, its slope and a polynomial. With `adjoint: "continuous"` it is the adjoint
 * equation, integrated backwards in time together with the state: it keeps nothing, and is right only where the problem is
 * stable in that direction, too.
 *
 * @throws IntegrationError where more than `mxstep` steps are needed between two times, saying where it stopped; under
 * `jit` and `vmap` the values are NaN from there on, and so are derivatives that need more
 * @throws ArgumentError for times that decrease or are not finite (NaN where they are traced) and unknown options
 * @throws DTypeError for states of half precision, and a rate whose type is not that of the state
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
  start.forEach(checkState);
  // Times of less precision than the states would cost them theirs.
  const ts = cast(times, times.dtype === "float64" ? "float64" : widestReal(start));
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
  const { rtol = 1.4e-8, atol = 1.4e-8, mxstep = 100_000, hmax = Infinity } = options;
  const problem: FlowProblem = {
    method: methods[options.method ?? "dopri5"],
    adjoint: options.adjoint ?? "discrete",
    limits: { rtol, atol, mxstep, hmax },
    rate: (y: State, at: NDArray, params: State) => f([...params.slice(0, n), ...y, at, ...params.slice(n)]),
  };
  const course = flow(problem, start, ts, [...body.consts, ...own]);
  checkCourse(course, ts, problem.limits);
  return treeUnflatten(def, course.ys);
}
