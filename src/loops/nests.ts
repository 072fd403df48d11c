/**
 * @file From one lowered computation to loops: which loops there are and what they store.
 *
 * `map` outputs of one shape share a loop nest; a reduction is an outer nest over its output around an inner one with its
 * accumulators in locals; routines emit their own statements.
 */
import { arraysEqual } from "../base/util.ts";
import type { ArrayType } from "../dtypes/shape.ts";
import { flatten, intConst } from "./ir/affine.ts";
import { type Block, load } from "./ir/build.ts";
import type { Buffer, Expr } from "./ir/ir.ts";
import { bindShared } from "./ir/share.ts";
import type { Lowered, Pull } from "./pull.ts";

/** Where an output goes: 0-d values are results, arrays have buffers. */
export type Destination = Buffer | null;

function writeMap(b: Block, outs: readonly Pull[], buffers: readonly Destination[], results: Expr[]): void {
  const done = new Set<number>();
  outs.forEach((first, i) => {
    if (done.has(i)) return;
    const { shape } = first.aval;
    const group = outs.map((_, j) => j).filter((j) => !done.has(j) && arraysEqual(outs[j].aval.shape, shape));
    group.forEach((j) => done.add(j));
    if (shape.length === 0) {
      const values = bindShared(
        b,
        group.map((j) => outs[j].at([])),
      );
      group.forEach((j, k) => (results[j] = values[k]!));
      return;
    }
    b.nest(shape, (inner, index) => {
      const values = bindShared(
        inner,
        group.map((j) => outs[j].at(index)),
      );
      group.forEach((j, k) => inner.store(buffers[j]!, flatten(index, shape), values[k]));
    });
  });
}

function writeReduce(
  b: Block,
  r: Extract<Lowered, { kind: "reduce" }>,
  avals: readonly ArrayType[],
  buffers: readonly Destination[],
  results: Expr[],
): void {
  const { shape } = avals[0];
  b.nest(shape, (outer, out) => {
    const state = r.accumulators.map((a) => outer.variable(a.init, "acc"));
    outer.nest(
      r.extent,
      (inner, at) => {
        const values = bindShared(inner, r.step(state, out, at));
        // All new values are computed from the old state before any is assigned.
        const fixed = state.length > 1 ? values.map((v) => inner.let(v)) : values;
        state.forEach((local, i) => {
          const { op } = r.accumulators[i];
          if (op === undefined) inner.set(local, fixed[i]);
          else inner.accumulate(local, op, fixed[i]);
        });
      },
      "r",
    );
    r.finish(state, out).forEach((value, j) => {
      const buffer = buffers[j]!;
      if (buffers[j] === null) results[j] = value;
      else outer.store(buffer, flatten(out, shape), value);
    });
  });
}

/** Writes the loops of a lowered equation. Results of 0-d outputs are put into `results`. */
export function writeLowered(
  b: Block,
  lowered: Lowered,
  args: readonly Pull[],
  avals: readonly ArrayType[],
  buffers: readonly Destination[],
  results: Expr[],
): void {
  switch (lowered.kind) {
    case "map":
      writeMap(b, lowered.outs, buffers, results);
      return;
    case "reduce":
      writeReduce(b, lowered, avals, buffers, results);
      return;
    case "routine": {
      const outs = avals.map((aval, i) => buffers[i] ?? b.alloc(aval.dtype, 1, "out"));
      lowered.emit(b, args, outs);
      avals.forEach((_, i) => {
        if (buffers[i] === null) results[i] = load(outs[i], intConst(0));
      });
      return;
    }
  }
}
