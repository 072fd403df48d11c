/** @file How reductions, accumulations and sorts are written. */
import type { AxesParams, ArgParams } from "../../lax/reductions/reduce.ts";
import type { CumulativeParams } from "../../lax/reductions/cumulative.ts";
import type { WindowParams } from "../../lax/reductions/window.ts";
import type { SortParams } from "../../lax/sorting/lower.ts";
import { call, method } from "../expressions.ts";
import { type Rule, rule } from "./rule.ts";

/** `x.sum()`, `x.sum(0)`, or as `lax` has it. */
const reduction = (methodName: string | null, lax: string): Rule =>
  rule<AxesParams>(({ args: [x], avals: [aval], params: { axes } }) => {
    const all = axes.length === aval.ndim;
    const axis = axes.length === 1 ? axes[0] : axes;
    return [
      ...(methodName === null ? [] : [method(x, methodName, all ? undefined : axis)]),
      ...(methodName === null || !all ? [] : [method(x, methodName, axis)]),
      call(`lax.${lax}`, x, axes),
    ];
  });

const place = (name: string): Rule =>
  rule<ArgParams>(({ args: [x], params: p }) => [
    method(x, name, p.axis),
    call(`lax.${name}`, x, p.axis, p.indexDtype),
  ]);

const running = (name: string): Rule =>
  rule<CumulativeParams>(({ args: [x], params: p }) => [
    ...(p.reverse ? [] : [method(x, name, p.axis), call(`np.${name}`, x, p.axis)]),
    call(`lax.${name}`, x, p.axis, p.reverse ? true : undefined),
  ]);

const window = (computation: string, start: number): Rule =>
  rule<WindowParams>(({ args: [x], params: p }) => [
    call(
      "lax.reduceWindow",
      x,
      start,
      computation,
      p.windowDimensions,
      p.windowStrides,
      p.padding,
      p.baseDilation,
      p.windowDilation,
    ),
  ]);

/** By the names of operations. */
export const reductions: Readonly<Record<string, Rule>> = {
  reduce_sum: reduction("sum", "reduceSum"),
  reduce_prod: reduction("prod", "reduceProd"),
  reduce_max: reduction("max", "reduceMax"),
  reduce_min: reduction("min", "reduceMin"),
  reduce_and: reduction("all", "reduceAnd"),
  reduce_or: reduction("any", "reduceOr"),
  reduce_xor: reduction(null, "reduceXor"),
  argmax: place("argmax"),
  argmin: place("argmin"),
  cumsum: running("cumsum"),
  cumprod: running("cumprod"),
  cummax: running("cummax"),
  cummin: running("cummin"),
  cumlogsumexp: running("cumlogsumexp"),
  reduce_window_sum: window("add", 0),
  reduce_window_max: window("max", -Infinity),
  reduce_window_min: window("min", Infinity),
  sort: rule<SortParams>(({ args, params: { dimension, numKeys, first, descending } }) => [
    ...(args.length === 1 ? [method(args[0], "sort", dimension), call("lax.sort", args[0], dimension)] : []),
    ...(descending && first !== undefined ? [call("lax.topK", args[0], first, dimension)] : []),
    call("lax.sort", args, { dimension, numKeys }),
  ]),
};
