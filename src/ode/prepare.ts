/** @file An initial value problem from a user's arguments: trees become lists, what the rate closed over parameters. */
import type { ArrayLike, NDArray } from "../core/array.ts";
import { shaped } from "../core/aval.ts";
import { jaxprAsFun } from "../core/jaxpr/eval.ts";
import type { TreeDef } from "../core/tree.ts";
import { ArgumentError } from "../base/errors.ts";
import {
  type AnyFunction,
  callWith,
  flattenArgs,
  flattenArrays,
  leafArray,
  rebuildArgs,
} from "../api/flatten.ts";
import { checkSameTypes, traceBody } from "../control-flow/common.ts";
import { cast, inexact } from "../numpy/operands/promote.ts";
import type { FlowProblem } from "./flow.ts";
import { type State, widestReal } from "./method.ts";
import { checkState, checkTimes, methods, splitOptions } from "./options.ts";

/** A problem, and the operands of its solution. */
export interface Prepared {
  readonly problem: FlowProblem;
  /** The structure of a state. */
  readonly def: TreeDef;
  readonly start: State;
  readonly ts: NDArray;
  readonly params: State;
  /** The arguments that the rate takes after state and time, trees of arrays. */
  readonly args: readonly unknown[];
}

export function prepare(
  what: string,
  func: AnyFunction,
  y0: unknown,
  t: ArrayLike,
  rest: readonly unknown[],
): Prepared {
  const [args, options] = splitOptions(what, rest);
  const [given, def] = flattenArrays(y0, `${what}: y0`);
  if (given.length === 0) throw new ArgumentError(`${what}: y0 has no arrays.`);
  const start = given.map((x) => inexact(`${what}: y0`, x)).map((x) => cast(x, x.dtype));
  start.forEach((y) => {
    checkState(what, y);
  });
  const times = inexact(`${what}: t`, leafArray(t, `${what}: t`, []));
  checkTimes(what, times);
  // Times of less precision than the states would cost them theirs.
  const ts = cast(times, times.dtype === "float64" ? "float64" : widestReal(start));
  const { arrays, defs } = flattenArgs(args, what);
  const own = arrays.map((a) => cast(a, a.dtype));
  const [, timeDef] = flattenArrays(0, `${what}: t`);
  const first = start.map((x) => x.aval);
  const body = traceBody(
    (y: unknown, at: unknown, ...more: unknown[]) => callWith(func, [y, at, ...more]),
    [def, timeDef, ...defs],
    [...first, shaped([], ts.dtype), ...own.map((a) => a.aval)],
    what,
  );
  checkSameTypes(
    what,
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
    rate: (y, at, params) => f([...params.slice(0, n), ...y, at, ...params.slice(n)]),
  };
  return { problem, def, start, ts, params: [...body.consts, ...own], args: rebuildArgs(defs)(own) };
}
