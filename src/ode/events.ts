/**
 * @file Integration until something happens: the time at which a function of the state changes its sign, and the state then.
 *
 * The time is a root of te ↦ event(y(te), te), so it has its derivatives from the implicit function theorem
 * (`customRoot`), and the state those of an integration up to that time.
 */
import type { ArrayLike, NDArray } from "../core/array.ts";
import { treeUnflatten } from "../core/tree.ts";
import type { ArrayTree, LikeTree, Returned } from "../core/tree-types.ts";
import { type AnyFunction, callWith, leafArray } from "../api/flatten.ts";
import * as lax from "../control-flow/lax.ts";
import { DTypeError, ShapeError } from "../base/errors.ts";
import { isFloat } from "../dtypes/dtype.ts";
import { jvpFlat } from "../interpreters/jvp.ts";
import { instantiate } from "../interpreters/tangents.ts";
import { cast } from "../numpy/operands/promote.ts";
import { flow } from "./flow.ts";
import { type Course, Integrator, type Progress, interpolate } from "./integrate.ts";
import type { State } from "./method.ts";
import { type OdeOptions, checkCourse } from "./options.ts";
import { type Prepared, prepare } from "./prepare.ts";

type EventFunction = (y: State, t: NDArray) => NDArray;

interface Search {
  readonly progress: Progress;
  /** The sign of the event so far; 0 as long as it has had none. */
  readonly side: NDArray;
  readonly found: NDArray;
}

/** Steps on until one ends on the other side. */
function search(integrator: Integrator, { start, ts }: Prepared, event: EventFunction): Search {
  const first = integrator.start(start, lax.indexInDim(ts, 0, 0, false));
  const side = lax.sign(event(start, first.t));
  return lax.whileLoop(
    ({ progress, found }: Search) =>
      lax.bitwiseAnd(lax.bitwiseNot(found), integrator.goesOn(progress, integrator.last)),
    (before: Search): Search => {
      const progress = integrator.advance(before.progress);
      const now = lax.sign(event(progress.y, progress.t));
      const known = lax.bitwiseAnd(lax.ne(before.side, 0), lax.eq(now, now));
      return {
        progress,
        side: lax.select(lax.eq(before.side, 0), now, before.side),
        found: lax.bitwiseAnd(known, lax.ne(now, before.side)),
      };
    },
    { progress: first, side, found: lax.full([], false, "bool") },
  );
}

/** Where in the last step the sign changes, by bisection on the polynomial. */
function narrow({ progress, side }: Search, event: EventFunction): NDArray {
  const [, late] = lax.foriLoop(
    0,
    60,
    (_: NDArray, [early, late]: [NDArray, NDArray]): [NDArray, NDArray] => {
      const middle = lax.add(early, lax.mul(lax.sub(late, early), 0.5));
      const before = lax.eq(lax.sign(event(interpolate(progress, middle), middle)), side);
      return [lax.select(before, middle, early), lax.select(before, late, middle)];
    },
    [progress.from, progress.t],
  );
  return late;
}

/** A step of Newton's method: the polynomial is less accurate than an integration up to that time. */
function polish(
  prepared: Prepared,
  event: EventFunction,
  stateAt: (t: NDArray) => State,
  time: NDArray,
): NDArray {
  const { problem, params } = prepared;
  const y = stateAt(time);
  const along = (xs: readonly NDArray[]): NDArray[] => [event(xs.slice(0, -1), xs[xs.length - 1])];
  const slope = [...problem.rate(y, time, params), lax.fullLike(time, 1)];
  const [[value], [change]] = jvpFlat(along, [...y, time], slope, "odeintEvent");
  const better = lax.sub(time, lax.div(value, instantiate(change)));
  const { ts } = prepared;
  const [first, last] = [0, 1].map((i) => lax.indexInDim(ts, i, 0, false));
  const inside = lax.bitwiseAnd(lax.ge(better, first), lax.le(better, last));
  return lax.select(inside, better, time);
}

/**
 * Integrates y' = func(y, t, ...args) from y(t[0]) = y0 until `event(y, t, ...args)`, a real number, changes its sign or
 * becomes 0; returns `[time, y]`, NaN where that has not happened by `t[1]`. An event that is 0 at the start counts from
 * where it has left 0. Two changes of sign within one step are not seen: `hmax` makes steps shorter.
 *
 * Both results are differentiable in both modes and to every order with respect to `y0`, `t[0]`, `args` and what the
 * functions close over, by the implicit function theorem. Options are those of `odeint`.
 *
 * @throws IntegrationError, ArgumentError, DTypeError as `odeint` does; ShapeError for an event that is no number
 * @see torchdiffeq.odeint_event
 * @example
 * // A ball dropped from height 5: it falls for √(2 · 5 / g).
 * const fall = (g: Array) =>
 *   odeintEvent(([_, v]: [Array, Array]) => [v, g.neg()], ([x]) => x, [np.array(5), np.array(0)], np.array([0, 9]))[0];
 * fall(np.array(10)).item(); // 1.0000…
 * grad(fall)(10).item(); // -0.0500…
 */
export function odeintEvent<const Y, A extends unknown[]>(
  func: (y: NoInfer<ArrayTree<Y>>, t: NDArray, ...args: A) => NoInfer<Returned<Y>>,
  event: (y: NoInfer<ArrayTree<Y>>, t: NDArray, ...args: A) => ArrayLike,
  y0: Y,
  t: ArrayLike,
  ...rest: [...args: { [K in keyof A]: LikeTree<A[K]> }, options: OdeOptions]
): [time: NDArray, y: ArrayTree<Y>];
export function odeintEvent<const Y, A extends unknown[]>(
  func: (y: NoInfer<ArrayTree<Y>>, t: NDArray, ...args: A) => NoInfer<Returned<Y>>,
  event: (y: NoInfer<ArrayTree<Y>>, t: NDArray, ...args: A) => ArrayLike,
  y0: Y,
  t: ArrayLike,
  ...args: { [K in keyof A]: LikeTree<A[K]> }
): [time: NDArray, y: ArrayTree<Y>];
export function odeintEvent(
  func: AnyFunction,
  event: AnyFunction,
  y0: unknown,
  t: ArrayLike,
  ...rest: readonly unknown[]
): [time: NDArray, y: unknown] {
  const prepared = prepare("odeintEvent", func, y0, t, rest);
  const { problem, def, start, ts, params, args } = prepared;
  if (ts.size !== 2) throw new ShapeError(`odeintEvent: t must be [start, latest]; got ${ts.size} times.`);
  const happens: EventFunction = (y, at) =>
    eventValue(callWith(event, [treeUnflatten(def, y), at, ...args]), at);
  const origin = lax.indexInDim(ts, 0, 0, false);
  const stateAt = (time: NDArray): State =>
    flow(problem, start, lax.stack([origin, time]), params).ys.map((x) => lax.indexInDim(x, 1, 0, false));
  const integrator = new Integrator(problem, null, params, lax.indexInDim(ts, 1, 0, false));
  const solve = (): [NDArray, Pick<Course, "reached" | "used">] => {
    const last = search(integrator, prepared, happens);
    const time = polish(prepared, happens, stateAt, narrow(last, happens));
    const { t: at, steps } = last.progress;
    const inVain = lax.bitwiseAnd(lax.bitwiseNot(last.found), lax.lt(at, integrator.last));
    const used = lax.select(inVain, steps, lax.full([], 0, "int32"));
    return [
      lax.select(last.found, time, lax.fullLike(time, NaN)),
      { reached: lax.expandDims(at, [0]), used: lax.expandDims(used, [0]) },
    ];
  };
  const [time, progressed] = lax.customRoot<NDArray>(
    (time: NDArray) => happens(stateAt(time), time),
    lax.fullLike(origin, 0),
    solve,
    (g, y) => lax.div(y, g(lax.fullLike(y, 1))),
    { hasAux: true },
  ) as [NDArray, Pick<Course, "reached" | "used">];
  checkCourse("odeintEvent", progressed, ts, problem.limits);
  return [time, treeUnflatten(def, stateAt(time))];
}

function eventValue(result: unknown, at: NDArray): NDArray {
  const value = leafArray(result, "odeintEvent: the event", []);
  if (value.ndim !== 0)
    throw new ShapeError(
      `odeintEvent: the event must return one number; got shape [${value.shape.join(",")}].`,
    );
  if (!isFloat(value.dtype))
    throw new DTypeError(`odeintEvent: the event must return a real number; got ${value.dtype}.`);
  return cast(value, at.dtype);
}
