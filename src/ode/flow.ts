/**
 * @file The solution of an initial value problem as a differentiable function of its start, its times and its parameters.
 *
 * Forward mode integrates the variational equation v' = ∂f/∂y v + ∂f/∂p dp beside the solution: an initial value problem
 * again, so derivatives of every order follow. Reverse mode is in adjoint.ts.
 */
import type { NDArray } from "../core/array.ts";
import { currentTrace } from "../core/trace.ts";
import { type Tangent, Zero, isZero } from "../core/zero.ts";
import { linearCall } from "../control-flow/linear/linear-call.ts";
import * as lax from "../control-flow/lax.ts";
import { arraysOf, instantiate } from "../interpreters/tangents.ts";
import { splitList } from "../base/util.ts";
import { type Adjoint, adjoints } from "./adjoint.ts";
import { type Course, type Problem, integrate } from "./integrate.ts";
import { type State, scaled } from "./method.ts";
import { variational } from "./variational.ts";

/** A problem, and what reverse mode does with it. */
export interface FlowProblem extends Problem {
  readonly adjoint: Adjoint;
}

const rowOf = (x: NDArray, i: number): NDArray => lax.indexInDim(x, i, 0, false);
const from = (x: NDArray, start: number, stop: number): NDArray => lax.sliceInDim(x, start, stop, 1, 0);

/**
 * The states at the times ts, stacked, and how the steps got on, of which there are no derivatives. Differentiable in y0,
 * ts and the parameters.
 */
export function flow(problem: FlowProblem, y0: State, ts: NDArray, params: State): Course {
  const n = y0.length;
  const sizes = [n, 1, params.length];
  const parts = (xs: readonly NDArray[]): [State, NDArray, State] => {
    const [y, [t], p] = splitList(xs, sizes);
    return [y, t, p];
  };
  const call = (args: readonly NDArray[]): NDArray[] =>
    currentTrace().processCustomJvp({ name: "odeint", fun, jvp }, args);
  const fun = (args: readonly NDArray[]): NDArray[] => {
    const { ys, reached, used } = integrate(problem, ...parts(args));
    return [...ys, reached, used];
  };
  const jvp = (primals: readonly NDArray[], tangents: readonly Tangent[]): [NDArray[], Tangent[]] => {
    const outs = call(primals);
    const active = tangents.map((t) => !isZero(t));
    const numArgs = primals.length;
    const forward = (residuals: State, linear: State): State => {
      let at = 0;
      const given = primals.map((x, i): Tangent => (active[i] ? linear[at++] : new Zero(x.aval)));
      return variation(problem, parts(residuals.slice(0, numArgs)), residuals.slice(numArgs), given, sizes);
    };
    const backward = (residuals: State, cotangents: State): State => {
      const [y, t, p] = parts(residuals.slice(0, numArgs));
      const ys = residuals.slice(numArgs);
      return adjoints[problem.adjoint]({ problem, flow, y0: y, ts: t, params: p, ys }, cotangents, active);
    };
    const moved = linearCall(forward, backward, [...primals, ...outs.slice(0, n)], arraysOf(tangents));
    return [outs, [...moved, ...outs.slice(n).map((x) => new Zero(x.aval))]];
  };
  const outs = call([...y0, ts, ...params]);
  return { ys: outs.slice(0, n), reached: outs[n], used: outs[n + 1] };
}

/** Tangents of the states at all times. */
function variation(
  problem: FlowProblem,
  [y0, ts, params]: [State, NDArray, State],
  ys: State,
  tangents: readonly Tangent[],
  sizes: readonly number[],
): State {
  const [dy0, [dts], dParams] = splitList(tangents, sizes);
  const n = y0.length;
  const still = isZero(dts) ? null : dts;
  const slope = problem.rate(y0, rowOf(ts, 0), params);
  const starts = dy0.map((d) => instantiate(d));
  // A later start, with the same state, lags behind by one slope.
  const shifted = starts.map((d, i) => (still === null ? d : lax.sub(d, scaled(slope[i], rowOf(still, 0)))));
  const moving = dParams.map((d) => !isZero(d));
  const augmented = { ...problem, rate: variational(problem.rate, params.length, moving) };
  const out = flow(augmented, [...y0, ...shifted], ts, [...params, ...arraysOf(dParams)]).ys.slice(n);
  const last = ts.shape[0];
  return out.map((v, i) => {
    const rest = from(v, 1, last);
    const first = lax.expandDims(starts[i], [0]);
    if (still === null) return lax.concatenate([first, rest], 0);
    return lax.concatenate([first, lax.add(rest, slopesAlong(problem, ys, ts, params, still)[i])], 0);
  });
}

/** The states' slopes at all times but the first, times tangents of the times. */
function slopesAlong(problem: FlowProblem, ys: State, ts: NDArray, params: State, dts: NDArray): State {
  const last = ts.shape[0];
  const [, out] = lax.scan(
    (_, [y, t, dt]) => [null, problem.rate(y, t, params).map((d) => scaled(d, dt))],
    null,
    [[...ys].map((y) => from(y, 1, last)), from(ts, 1, last), from(dts, 1, last)],
  );
  return out;
}
