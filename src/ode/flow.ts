/**
 * @file The solution of an initial value problem as a differentiable function of its start, its times and its parameters.
 *
 * Forward mode integrates the variational equation v' = ∂f/∂y v + ∂f/∂p dp beside the solution; reverse mode its adjoint
 * ā' = −(∂f/∂y)ᵀ ā backwards in time, between the times asked for (Chen et al. 2018, appendix C). Both are initial value
 * problems again, so derivatives of every order follow.
 */
import type { NDArray } from "../core/array.ts";
import { isInexact } from "../dtypes/dtype.ts";
import { UndefPrimal } from "../core/primitive.ts";
import { currentTrace } from "../core/trace.ts";
import { type Tangent, Zero, isZero } from "../core/zero.ts";
import { linearCall } from "../control-flow/linear/linear-call.ts";
import * as lax from "../control-flow/lax.ts";
import { jvpFlat } from "../interpreters/jvp.ts";
import { linearizeFlat } from "../interpreters/linearize.ts";
import { arraysOf, instantiate } from "../interpreters/tangents.ts";
import { backwardPass } from "../interpreters/transpose.ts";
import { cast } from "../numpy/operands/promote.ts";
import { splitList } from "../base/util.ts";
import { type Limits, type State, integrate, total } from "./dormand-prince.ts";

/** y' = f(y, t, p). Everything that f depends on is among the parameters. */
export interface Problem {
  readonly rate: (y: State, t: NDArray, params: State) => State;
  readonly limits: Limits;
}

const rowOf = (x: NDArray, i: number): NDArray => lax.indexInDim(x, i, 0, false);
const from = (x: NDArray, start: number, stop: number): NDArray => lax.sliceInDim(x, start, stop, 1, 0);

/** ⟨x, y⟩ over all leaves, in the dtype of a time. */
const inner = (x: State, y: State, like: NDArray): NDArray =>
  total(x, (leaf, i) => lax.mul(leaf, y[i]), like);

const along = (s: NDArray, leaf: NDArray): NDArray => lax.mul(leaf, cast(s, leaf.dtype));

/** The states at the times ts, stacked. Differentiable in y0, ts and the parameters. */
export function flow(problem: Problem, y0: State, ts: NDArray, params: State): State {
  const sizes = [y0.length, 1, params.length];
  const parts = (xs: readonly NDArray[]): [State, NDArray, State] => {
    const [y, [t], p] = splitList(xs, sizes);
    return [y, t, p];
  };
  const call = (args: readonly NDArray[]): NDArray[] =>
    currentTrace().processCustomJvp({ name: "odeint", fun, jvp }, args);
  const fun = (args: readonly NDArray[]): NDArray[] => {
    const [y, t, p] = parts(args);
    return [...integrate((z, s) => problem.rate(z, s, p), y, t, problem.limits)];
  };
  const jvp = (primals: readonly NDArray[], tangents: readonly Tangent[]): [NDArray[], Tangent[]] => {
    const ys = call(primals);
    const active = tangents.map((t) => !isZero(t));
    const n = primals.length;
    const forward = (residuals: State, linear: State): State => {
      let at = 0;
      const given = primals.map((x, i): Tangent => (active[i] ? linear[at++] : new Zero(x.aval)));
      return variation(problem, parts(residuals.slice(0, n)), residuals.slice(n), given, sizes);
    };
    const backward = (residuals: State, cotangents: State): State =>
      adjoint(problem, parts(residuals.slice(0, n)), residuals.slice(n), cotangents, active);
    return [ys, linearCall(forward, backward, [...primals, ...ys], arraysOf(tangents))];
  };
  return call([...y0, ts, ...params]);
}

/** Tangents of the states at all times. */
function variation(
  problem: Problem,
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
  const shifted = starts.map((d, i) => (still === null ? d : lax.sub(d, along(rowOf(still, 0), slope[i]))));
  const moving = dParams.map((d) => !isZero(d));
  const augmented: Problem = {
    limits: problem.limits,
    rate: (state, t, all) => {
      const [y, v] = splitList(state, [n, n]);
      const p = all.slice(0, params.length);
      let at = params.length;
      const dp = p.map((x, i): Tangent => (moving[i] ? all[at++] : new Zero(x.aval)));
      const rate = (xs: readonly NDArray[]): NDArray[] => [...problem.rate(xs.slice(0, n), t, xs.slice(n))];
      const [dy, dv] = jvpFlat(rate, [...y, ...p], [...v, ...dp], "odeint");
      return [...dy, ...dv.map((d) => instantiate(d))];
    },
  };
  const out = flow(augmented, [...y0, ...shifted], ts, [...params, ...arraysOf(dParams)]).slice(n);
  const last = ts.shape[0];
  return out.map((v, i) => {
    const rest = from(v, 1, last);
    const first = lax.expandDims(starts[i], [0]);
    if (still === null) return lax.concatenate([first, rest], 0);
    return lax.concatenate([first, lax.add(rest, slopesAlong(problem, ys, ts, params, still)[i])], 0);
  });
}

/** The states' slopes at all times but the first, times tangents of the times. */
function slopesAlong(problem: Problem, ys: State, ts: NDArray, params: State, dts: NDArray): State {
  const last = ts.shape[0];
  const xs = [[...ys].map((y) => from(y, 1, last)), from(ts, 1, last), from(dts, 1, last)];
  const [, out] = lax.scan(
    (_: null, [y, t, dt]: [State, NDArray, NDArray]) =>
      [null, problem.rate(y, t, params).map((d) => along(dt, d))] as const,
    null,
    xs,
  );
  return out;
}

/** Cotangents of the active ones among start, times and parameters. */
function adjoint(
  problem: Problem,
  [y0, ts, params]: [State, NDArray, State],
  ys: State,
  cotangents: State,
  active: readonly boolean[],
): State {
  const n = y0.length;
  const last = ts.shape[0];
  const wanted = params.map((p, i) => active[n + 1 + i] && isInexact(p.dtype));
  const numWanted = wanted.filter(Boolean).length;
  // Time runs backwards: s = −t.
  const augmented: Problem = {
    limits: problem.limits,
    rate: (state, s, p) => {
      const [y, ct] = splitList(state, [n, n, numWanted]);
      const rate = (xs: readonly NDArray[]): NDArray[] => [
        ...problem.rate(xs.slice(0, n), lax.neg(s), xs.slice(n)),
      ];
      const [dy, pulled] = pullback(rate, [...y, ...p], ct, [...y.map(() => true), ...wanted]);
      return [...dy.map((d) => lax.neg(d)), ...pulled];
    },
  };
  type Carry = readonly [State, State];
  type Element = readonly [State, State, NDArray, NDArray];
  const back = ([ct, sums]: Carry, [y, g, t, before]: Element): readonly [Carry, NDArray] => {
    const here = ct.map((c, i) => lax.add(c, g[i]));
    const slope = problem.rate(y, t, params);
    const times = lax.neg(lax.stack([t, before]));
    const out = flow(augmented, [...y, ...here, ...sums], times, params).map((x) => rowOf(x, 1));
    const [, moved, total] = splitList(out, [n, n, numWanted]);
    return [[moved, total], inner(g, slope, t)];
  };
  const zeros = (xs: State): State => xs.map((x) => lax.full(x.shape, 0, x.dtype));
  const [[ct, sums], late] = lax.scan(
    back as never,
    [zeros(y0), zeros(params.filter((_, i) => wanted[i]))],
    [
      ys.map((y) => from(y, 1, last)),
      cotangents.map((g) => from(g, 1, last)),
      from(ts, 1, last),
      from(ts, 0, last - 1),
    ],
    { reverse: true },
  ) as unknown as [Carry, NDArray];
  const slope = problem.rate(y0, rowOf(ts, 0), params);
  const early = lax.neg(inner(ct, slope, ts));
  const all = [
    ...ct.map((c, i) => lax.add(c, rowOf(cotangents[i], 0))),
    lax.concatenate([lax.expandDims(early, [0]), late], 0),
  ];
  let at = 0;
  return [...all, ...params.map((p, i) => (wanted[i] ? sums[at++] : p))].filter((_, i) => active[i]);
}

/** Values, and the cotangents of the active inputs for the given ones of the outputs. */
function pullback(
  f: (xs: readonly NDArray[]) => NDArray[],
  primals: readonly NDArray[],
  cotangents: State,
  active: readonly boolean[],
): [State, State] {
  const lin = linearizeFlat(f, primals, "odeint", { active, transient: true });
  const inputs = lin.jaxpr.inAvals.map((a) => new UndefPrimal(a));
  const cts = backwardPass(
    lin.jaxpr,
    inputs,
    cotangents.filter((_, i) => lin.outNonzero[i]),
  );
  return [lin.outs, cts.map((ct) => instantiate(ct!))];
}
