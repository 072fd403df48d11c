/**
 * @file From one lowered equation to a loop program: which loops there are and what they store.
 *
 * `map` outputs of one shape share a loop nest; a reduction is an outer nest over its output around an inner one with its
 * accumulators in locals; routines emit their own statements.
 */
import type { ShapedArray } from "../core/aval.ts";
import { config } from "../base/config.ts";
import { type Params, type Primitive } from "../core/primitive.ts";
import { arraysEqual, invariant } from "../base/util.ts";
import { Block, load } from "./ir/build.ts";
import { checkProgram } from "./ir/check.ts";
import { collapseLoops } from "./ir/collapse.ts";
import { flatten, intConst } from "./ir/affine.ts";
import { type Buffer, type Expr, type Local, type Program, newBuffer, newLocal } from "./ir/ir.ts";
import { type LowerContext, type Lowered, type Pull, bufferPull, scalarPull } from "./pull.ts";
import { bindShared } from "./ir/share.ts";

/** Where an output goes: 0-d values are results, arrays have buffers. */
type Destination = Buffer | null;

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
  avals: readonly ShapedArray[],
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
  avals: readonly ShapedArray[],
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
    case "inline":
      invariant(false, "calls are inlined before scheduling");
  }
}

/** The loop program of one equation without complex operands and results. */
export function equationProgram(
  primitive: Primitive,
  inAvals: readonly ShapedArray[],
  params: Params,
  outAvals: readonly ShapedArray[],
): Program {
  const programParams = inAvals.map((aval, i): Buffer | Local =>
    aval.ndim === 0 ? newLocal(`x${i}`, aval.dtype) : newBuffer(`a${i}`, aval.dtype, aval.size),
  );
  const args = programParams.map((p, i) =>
    p.kind === "local" ? scalarPull(inAvals[i], p) : bufferPull(inAvals[i], p),
  );
  const context: LowerContext = {
    outAvals,
    inline: (jaxpr) => ({ kind: "inline", jaxpr }),
    emit: () => {
      throw new Error("internal: primitives with bodies are compiled as whole programs");
    },
  };
  const block = new Block();
  const buffers = outAvals.map((aval, i): Destination =>
    aval.ndim === 0 ? null : newBuffer(`out${i}`, aval.dtype, aval.size),
  );
  const results: Expr[] = [];
  writeLowered(block, primitive.lower(context, args, params), args, outAvals, buffers, results);
  const program: Program = {
    name: primitive.name,
    params: programParams,
    outs: buffers.filter((b) => b !== null),
    body: collapseLoops(block.stmts),
    results: results.filter((r) => (r as Expr | undefined) !== undefined),
  };
  if (config.values.enableChecks) checkProgram(program);
  return program;
}
