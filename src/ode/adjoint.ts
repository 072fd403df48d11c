/**
 * @file Reverse mode through an integration: cotangents of start, times and parameters from those of the states.
 *
 * `discrete`, the default, is the gradient of the steps that were taken (diffrax's RecursiveCheckpointAdjoint): the loop
 * over steps runs again and then backwards, as that of every `whileLoop`. It is as stable as the integration was. Steps
 * are chosen for the solution alone in a forward run; here a companion goes along, a tangent in a direction of no pattern,
 * and they are chosen for it, too. For a solution says nothing of what it does not excite: at rest steps would become as
 * long as one likes, and derivatives with respect to a start that happens to be 0 would be those of such steps.
 *
 * `continuous` is the adjoint equation ā' = −(∂f/∂y)ᵀ ā backwards in time, between the times asked for (Chen et al. 2018,
 * appendix C; diffrax's BacksolveAdjoint, torchdiffeq's odeint_adjoint): an initial value problem again. The state is
 * integrated backwards from its end, for which the problem must be stable in both directions of time.
 */
import type { NDArray } from "../core/array.ts";
import { isInexact } from "../dtypes/dtype.ts";
import { UndefPrimal } from "../core/primitive.ts";
import * as lax from "../control-flow/lax.ts";
import { linearizeFlat } from "../interpreters/linearize.ts";
import { instantiate } from "../interpreters/tangents.ts";
import { backwardPass } from "../interpreters/transpose.ts";
import { cast } from "../numpy/operands/promote.ts";
import { chosen, range, splitList } from "../base/util.ts";
import type { FlowProblem, flow } from "./flow.ts";
import { type Companion, integrate } from "./integrate.ts";
import { type State, total } from "./method.ts";
import { variational } from "./variational.ts";

/** A problem, and its solution. */
export interface Solved {
  readonly problem: FlowProblem;
  readonly flow: typeof flow;
  readonly y0: State;
  readonly ts: NDArray;
  readonly params: State;
  /** At all times, stacked. */
  readonly ys: State;
}

type Pull = (solved: Solved, cotangents: State, active: readonly boolean[]) => State;

const rowOf = (x: NDArray, i: number): NDArray => lax.indexInDim(x, i, 0, false);
const from = (x: NDArray, start: number, stop: number): NDArray => lax.sliceInDim(x, start, stop, 1, 0);
const zerosLike = (xs: State): State => xs.map((x) => lax.full(x.shape, 0, x.dtype));

/** Σ x y over all leaves, in the dtype of a time: the cotangent of a number that y multiplies. */
const inner = (x: State, y: State, like: NDArray): NDArray =>
  total(x, (leaf, i) => lax.mul(leaf, y[i]), like);

/** Which parameters have cotangents to be found. */
const wantedOf = ({ y0, params }: Solved, active: readonly boolean[]): boolean[] =>
  params.map((p, i) => active[y0.length + 1 + i] && isInexact(p.dtype));

/**
 * All cotangents in the order of the arguments, of which the active ones are kept. A time moves its own state along the
 * slope there; the first one delays, for which `start` are the cotangents of y0 without those of the state at that time.
 */
function assemble(
  { problem, y0, ts, params }: Solved,
  cotangents: State,
  active: readonly boolean[],
  parts: { readonly start: State; readonly late: NDArray | null; readonly sums: State },
): State {
  const { start, late, sums } = parts;
  const wanted = params.map((p, i) => active[y0.length + 1 + i] && isInexact(p.dtype));
  let times = ts;
  if (late !== null) {
    const early = lax.neg(inner(start, problem.rate(y0, rowOf(ts, 0), params), ts));
    times = lax.concatenate([lax.expandDims(early, [0]), late], 0);
  }
  let at = 0;
  return [
    ...start.map((c, i) => lax.add(c, rowOf(cotangents[i], 0))),
    times,
    ...params.map((p, i) => (wanted[i] ? sums[at++] : p)),
  ].filter((_, i) => active[i]);
}

/** Elements of size about one, without a pattern. */
function probe(like: State): State {
  return like.map((leaf) => {
    const i = lax.iota("float64", leaf.size);
    return cast(lax.reshape(lax.cos(lax.add(lax.mul(i, 2.3), 0.5)), leaf.shape), leaf.dtype);
  });
}

function companionOf(solved: Solved, wanted: readonly boolean[]): Companion {
  const { problem, y0, params } = solved;
  const rate = variational(problem.rate, params.length, wanted);
  const moved = probe(chosen(params, wanted));
  return { start: probe(y0), rate: (state, t, p) => rate(state, t, [...p, ...moved]) };
}

const discrete: Pull = (solved, cotangents, active) => {
  const { problem, y0, ts, params, ys } = solved;
  const n = y0.length;
  const last = ts.shape[0];
  const wanted = wantedOf(solved, active);
  const companion = companionOf(solved, wanted);
  const states = (xs: readonly NDArray[]): NDArray[] =>
    integrate(problem, xs.slice(0, n), ts, xs.slice(n), companion).ys.map((y) => from(y, 1, last));
  const later = cotangents.map((g) => from(g, 1, last));
  const [reached, cts] = pullback(states, [...y0, ...params], later, [...y0.map(() => true), ...wanted]);
  const pulled = unlessLost(cts, reached, later);
  const [start, sums] = [pulled.slice(0, n), pulled.slice(n)];
  const late = active[n] ? slopesAgainst(solved, cotangents, ys) : null;
  return assemble(solved, cotangents, active, { start, late, sums });
};

/** NaN where a state counts that was not reached: it is NaN whatever the inputs, but its derivative is not 0. */
function unlessLost(cts: State, states: State, cotangents: State): State {
  const each = states.map((y, i) => {
    const lost = lax.bitwiseAnd(lax.ne(y, y), lax.ne(cotangents[i], lax.fullLike(y, 0)));
    return lax.reduceOr(lost, range(y.ndim));
  });
  const lost = each.reduce((a, b) => lax.bitwiseOr(a, b));
  return cts.map((ct) => lax.select(lost, lax.fullLike(ct, NaN), ct));
}

/** Σ g · slope at all times but the first. */
function slopesAgainst({ problem, ts, params }: Solved, cotangents: State, ys: State): NDArray {
  const last = ts.shape[0];
  const [, out] = lax.scan(
    (_: null, [y, g, t]: [State, State, NDArray]) => [null, inner(g, problem.rate(y, t, params), t)] as const,
    null,
    [ys.map((y) => from(y, 1, last)), cotangents.map((g) => from(g, 1, last)), from(ts, 1, last)],
  );
  return out;
}

const continuous: Pull = (solved, cotangents, active) => {
  const { problem, flow, y0, ts, params, ys } = solved;
  const n = y0.length;
  const last = ts.shape[0];
  const wanted = wantedOf(solved, active);
  const numWanted = wanted.filter(Boolean).length;
  // Time runs backwards: s = −t.
  const augmented: FlowProblem = {
    ...problem,
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
    const out = flow(augmented, [...y, ...here, ...sums], times, params).ys.map((x) => rowOf(x, 1));
    const [, moved, all] = splitList(out, [n, n, numWanted]);
    return [[moved, all], inner(g, slope, t)];
  };
  const [[start, sums], late] = lax.scan(
    back,
    [zerosLike(y0), zerosLike(chosen(params, wanted))],
    [
      ys.map((y) => from(y, 1, last)),
      cotangents.map((g) => from(g, 1, last)),
      from(ts, 1, last),
      from(ts, 0, last - 1),
    ],
    { reverse: true },
  ) as unknown as [Carry, NDArray];
  return assemble(solved, cotangents, active, { start, late, sums });
};

export const adjoints = { discrete, continuous } as const;
export type Adjoint = keyof typeof adjoints;

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
