/**
 * @file How the library's own primitives are written where StableHLO has an operation for them, by their names.
 *
 * A primitive may carry its rule itself (key `stablehlo`); those here do not, for then every bundle would hold them. What has
 * neither is derived from its definition: a new primitive needs nothing.
 */
import type { CondParams } from "../../../control-flow/branches/cond.ts";
import type { HloRule } from "../../../core/hlo.ts";
import type { Params, Primitive } from "../../../core/primitive.ts";
import { defaultFill } from "../../../lax/indexing/gather.ts";
import { windowSizes } from "../../../lax/indexing/scatter.ts";
import type { AccumulateOp } from "../../../loops/ir/ir.ts";
import { gatherRule, scatterRule } from "./indexing.ts";
import { scanRule, whileRule } from "./loops.ts";
import * as products from "./products.ts";
import * as reductions from "./reductions.ts";
import * as shapes from "./shapes.ts";
import { sort } from "./sorting.ts";

const scatter = (op: AccumulateOp | "set"): ReturnType<typeof scatterRule> =>
  scatterRule(op, (x, updates, p) => windowSizes(x, updates, p.dimensionNumbers));

/** Beyond the last branch the last one runs in both. */
const cond: HloRule<CondParams> = (b, [index, ...args], { branches }, outs) => {
  const which = b.op("maximum", [index, b.constant(0, index.type)], index.type);
  return b.ops("case", [which], outs, {
    regions: branches.map((branch) => ({ args: [], body: (inner) => inner.call(branch, args) })),
  });
};

/** Rules take parameters of their own; a primitive's are those of its rule. */
const rules = {
  slice: shapes.slice,
  pad: shapes.pad,
  concatenate: shapes.concatenate,
  dynamic_slice: shapes.dynamicSlice,
  dynamic_update_slice: shapes.dynamicUpdateSlice,
  iota: shapes.iota,
  broadcast_in_dim: shapes.broadcastInDim,
  reshape: shapes.reshape,
  squeeze: shapes.reshape,
  transpose: shapes.transpose,
  rev: shapes.reverse,
  constant: shapes.constant,
  name: shapes.identity,
  optimization_barrier: shapes.optimizationBarrier,
  select_n: shapes.select,
  reduce_sum: reductions.reduction("add"),
  reduce_prod: reductions.reduction("mul"),
  reduce_max: reductions.reduction("max"),
  reduce_min: reductions.reduction("min"),
  reduce_and: reductions.reduction("and"),
  reduce_or: reductions.reduction("or"),
  reduce_xor: reductions.reduction("xor"),
  argmax: reductions.placeOfExtremum("gt"),
  argmin: reductions.placeOfExtremum("lt"),
  reduce_window_sum: reductions.windowReduction("add"),
  reduce_window_max: reductions.windowReduction("max"),
  reduce_window_min: reductions.windowReduction("min"),
  cumsum: reductions.running("add"),
  cummax: reductions.running("max"),
  cummin: reductions.running("min"),
  gather: gatherRule(({ fillValue }, x) => fillValue ?? defaultFill(x.dtype)),
  scatter: scatter("set"),
  scatter_add: scatter("add"),
  scatter_mul: scatter("mul"),
  scatter_min: scatter("min"),
  scatter_max: scatter("max"),
  dot_general: products.dotGeneral,
  conv_general_dilated: products.convolution,
  fft: products.fft,
  triangular_solve: products.triangularSolve,
  cholesky: products.cholesky,
  sort,
  scan: scanRule,
  while: whileRule,
  cond,
} as const;

/** The names of primitives with a rule here. */
export const ruleNames: readonly string[] = Object.keys(rules);

/** The rule of a primitive; null where there is none. */
export function ruleOf(primitive: Primitive): HloRule<Params> | null {
  if (primitive.stablehlo !== undefined)
    return (b, args, params, outs) => primitive.stablehlo!(b, args, params, outs);
  const own = Object.hasOwn(rules, primitive.name)
    ? (rules as unknown as Readonly<Record<string, HloRule<Params>>>)[primitive.name]
    : undefined;
  return own ?? null;
}
