/** @file Loops in StableHLO: `while` with everything the loop reads among its state, as JAX writes them. */
import { shaped } from "../../../core/aval.ts";
import type { HloBuilder, HloRule, HloValue } from "../../../core/hlo.ts";
import type { ArrayType } from "../../../dtypes/shape.ts";
import { compare } from "../loops/scalars.ts";
import {
  type ScanParams,
  type WhileParams,
  scanGroups,
  scanResults,
  whileGroups,
} from "../../../control-flow/loops/params.ts";

const counterType = shaped([], "int32");

/** The starts of a slice along the first axis. */
const startsAt = (b: HloBuilder, at: HloValue, type: ArrayType): HloValue[] =>
  type.shape.map((_, axis) => (axis === 0 ? at : b.constant(0, counterType)));

/** Element `at` along the first axis. */
function elementAt(b: HloBuilder, xs: HloValue, at: HloValue): HloValue {
  const rest = xs.type.shape.slice(1);
  const row = b.op("dynamic_slice", [xs, ...startsAt(b, at, xs.type)], shaped([1, ...rest], xs.type.dtype), {
    attributes: { slice_sizes: [1, ...rest] },
  });
  return b.op("reshape", [row], shaped(rest, xs.type.dtype));
}

function withElement(b: HloBuilder, ys: HloValue, at: HloValue, y: HloValue): HloValue {
  const row = b.op("reshape", [y], shaped([1, ...y.type.shape], y.type.dtype));
  return b.op("dynamic_update_slice", [ys, row, ...startsAt(b, at, ys.type)], ys.type);
}

/** The state of a scan: counter, constants, carry, xs, ys. */
export const scanRule: HloRule<ScanParams> = (b, args, p, outs) => {
  const { consts, carry, xs } = scanGroups(p).split(args);
  const stacked = scanResults(p)
    .split(outs)
    .ys.map((y) => b.constant(0, y));
  if (p.length === 0) return [...carry, ...stacked];
  const init = [b.constant(0, counterType), ...consts, ...carry, ...xs, ...stacked];
  const types = init.map((x) => x.type);
  const step = (inner: HloBuilder, [i, ...state]: readonly HloValue[]): HloValue[] => {
    const now = scanGroups(p).split(state.slice(0, args.length));
    const ys = state.slice(args.length);
    const last = inner.constant(p.length - 1, counterType);
    const at = p.reverse ? inner.op("subtract", [last, i], counterType) : i;
    const elements = now.xs.map((x) => elementAt(inner, x, at));
    const results = inner.call(p.jaxpr, [...now.consts, ...now.carry, ...elements]);
    const next = scanResults(p).split(results);
    const rows = ys.map((y, k) => withElement(inner, y, at, next.ys[k]));
    const count = inner.op("add", [i, inner.constant(1, counterType)], counterType);
    return [count, ...now.consts, ...next.carry, ...now.xs, ...rows];
  };
  const ends = b.ops("while", init, types, {
    regions: [
      { args: types, body: (inner, [i]) => [compare(inner, "LT", i, inner.constant(p.length, counterType))] },
      { args: types, body: step },
    ],
  });
  const { carry: result } = scanGroups(p).split(ends.slice(1, 1 + args.length));
  return [...result, ...ends.slice(1 + args.length)];
};

/** The state of a while loop: its operands. */
export const whileRule: HloRule<WhileParams> = (b, args, p) => {
  const types = args.map((x) => x.type);
  const groups = whileGroups(p);
  const ends = b.ops("while", args, types, {
    regions: [
      {
        args: types,
        body: (inner, state) => {
          const { condConsts, carry } = groups.split(state);
          return inner.call(p.cond, [...condConsts, ...carry]);
        },
      },
      {
        args: types,
        body: (inner, state) => {
          const { condConsts, bodyConsts, carry } = groups.split(state);
          return [...condConsts, ...bodyConsts, ...inner.call(p.body, [...bodyConsts, ...carry])];
        },
      },
    ],
  });
  return groups.split(ends).carry;
};
