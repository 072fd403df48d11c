/**
 * @file Reverse mode through a loop in bounded memory: the code of `loop_adjoint`.
 *
 * The number of steps n is known when the backward pass begins, that of states which may be kept (slots) when it is
 * compiled. So the schedule is made while it runs, by the binomial rule of Griewank and Walther (Revolve, ACM Algorithm
 * 799), which needs the fewest forward steps possible: with n ≤ slots each state is kept once; otherwise each step runs
 * forward at most t times, t being the least with C(slots + t, t) ≥ n. Slots are a stack:
 *
 *   keep state 0; for i = n − 1 … 0:
 *     from the topmost kept state j ≤ i run to i, keeping states on the way
 *     pull the cotangents back through step i; drop state i if it was kept
 *
 * Code size depends on neither n nor slots: the body stands in it twice, once forward and once with its derivative.
 */
import { derived } from "../../core/jaxpr/derived.ts";
import { Groups } from "../../core/jaxpr/groups.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import { UndefPrimal } from "../../core/primitive.ts";
import type { Tangent } from "../../core/zero.ts";
import { instantiate } from "../../interpreters/tangents.ts";
import { backwardPass } from "../../interpreters/transpose.ts";
import { iadd, iscale, intConst, isub } from "../../loops/ir/affine.ts";
import {
  type Block,
  add,
  apply,
  cast,
  constant,
  div,
  eq,
  ge,
  gt,
  le,
  load,
  lt,
  mul,
  scalarFunction,
  select,
  sub,
} from "../../loops/ir/build.ts";
import type { Buffer, Expr, Local } from "../../loops/ir/ir.ts";
import type { LowerContext } from "../../core/lowering.ts";
import type { Pull } from "../../loops/pull.ts";
import type { ArrayType } from "../../dtypes/shape.ts";
import { chosen } from "../../base/util.ts";
import { linearBody, traceFlat } from "../bodies.ts";
import {
  type Cell,
  elementsAt,
  finishCells,
  makeCells,
  readCells,
  storeElements,
  writeCells,
} from "./cells.ts";
import { type Active, inputsOf, resultsOf } from "./loop.ts";
import type { AdjointParams } from "./params.ts";

/**
 * One step backwards: constants, carry, x, cotangents of the carry after it, sums for the constants, cotangents of y →
 * cotangents of the carry before it, new sums, cotangents of x.
 */
export const pullbackBody = derived((body, numConsts: number, numCarry: number, { ins, outs }: Active) => {
  const loop = { body, numConsts, numCarry };
  const { primal, tangent, numResiduals } = linearBody(body, ins, outs);
  const active = inputsOf(loop).where(ins);
  const inAvals = chosen(body.inAvals, ins).map((a) => a.strong);
  const ofOutputs = resultsOf(loop)
    .where(outs)
    .split(chosen(body.outAvals, outs).map((a) => a.strong));
  const sumAvals = active.split(inAvals).consts;
  const groups = new Groups({
    primals: ins.length,
    after: ofOutputs.carry.length,
    sums: sumAvals.length,
    ys: ofOutputs.ys.length,
  });
  return traceFlat(
    (values) => {
      const { primals, after, sums, ys } = groups.split(values);
      const residuals = jaxprAsFun(primal)(primals).slice(outs.length);
      const args = [...residuals, ...inAvals.map((a) => new UndefPrimal(a))];
      const into = [...residuals.map(() => undefined), ...sums];
      const all = backwardPass(tangent, args, [...after, ...ys], into) as Tangent[];
      const { consts, carry, xs } = active.split(all.slice(numResiduals).map((ct) => instantiate(ct)));
      return [...carry, ...consts, ...xs];
    },
    [...body.inAvals, ...ofOutputs.carry, ...sumAvals, ...ofOutputs.ys],
    "loop",
  );
});

/**
 * How far to run before the next state is kept, when the length d is to be reversed and s ≥ 2 slots are left, that of the
 * present state among them. In float64, exact for all lengths that are int32.
 */
const stride = scalarFunction("revolve_stride", 2, (b, [d, s]) => {
  const repeats = b.variable(constant(0, "float64"), "repeats");
  const range = b.variable(constant(1, "float64"), "range");
  const going = b.variable(lt(range, d), "going");
  b.while(going, (w) => {
    w.set(repeats, add(repeats, 1));
    w.set(range, div(mul(range, add(repeats, s)), repeats));
    w.set(going, lt(range, d));
  });
  const one = constant(1, "float64");
  const zero = constant(0, "float64");
  // β(s, r) = C(s + r, s): b1 = β(s, r − 1), b2 = β(s − 1, r − 1), b3 = β(s − 2, r − 1), b4 = β(s, r − 2), b5 = β(s − 3, r).
  const b1 = b.let(div(mul(range, repeats), add(s, repeats)));
  const b2 = b.let(div(mul(b1, s), add(s, sub(repeats, 1))));
  const b3 = b.let(select(gt(s, 2), div(mul(b2, sub(s, 1)), add(s, sub(repeats, 2))), one));
  const b4 = b.let(div(mul(b2, sub(repeats, 1)), s));
  const b5 = b.let(select(gt(s, 3), div(mul(b3, sub(s, 2)), repeats), select(gt(s, 2), one, zero)));
  const far = select(ge(d, sub(range, b5)), b1, sub(sub(d, b2), b3));
  return apply("max", select(le(d, add(b1, b3)), b4, far), one);
});

/** States of the carry, in so many slots. */
class Slots {
  readonly #buffers: readonly Buffer[];
  readonly #cells: readonly Cell[];

  constructor(b: Block, slots: number, cells: readonly Cell[]) {
    this.#cells = cells;
    this.#buffers = cells.map((c) => b.alloc(c.aval.dtype, slots * c.aval.size, "kept"));
  }

  keep(b: Block, slot: Expr): void {
    this.#each(b, slot, (block, cell, i, buffer, at) =>
      block.store(buffer, at, "local" in cell ? cell.local : load(cell.buffer, i)),
    );
  }

  restore(b: Block, slot: Expr): void {
    this.#each(b, slot, (block, cell, i, buffer, at) => {
      if ("local" in cell) block.set(cell.local, load(buffer, at));
      else block.store(cell.buffer, i, load(buffer, at));
    });
  }

  /** For each element of the cells, its place there and in a slot. */
  #each(b: Block, slot: Expr, f: (b: Block, cell: Cell, i: Expr, buffer: Buffer, at: Expr) => void): void {
    this.#cells.forEach((cell, k) => {
      const { size } = cell.aval;
      const one = (block: Block, i: Expr): void =>
        f(block, cell, i, this.#buffers[k], iadd(iscale(slot, size), i));
      if ("local" in cell) one(b, intConst(0));
      else b.nest([size], (inner, [i]) => one(inner, i));
    });
  }
}

const zeroPull = (aval: ArrayType): Pull => ({ aval, at: () => constant(0, aval.dtype) });

/** The cotangents of a loop while it runs backwards. */
interface Pullback {
  /** Pulls them back through a step; `inputs` are the body's inputs in that step, `at` is its place in xs and ys. */
  step(b: Block, inputs: readonly Pull[], at: Expr): void;
  finish(b: Block): void;
}

function makePullback(
  context: LowerContext,
  b: Block,
  { loop, active, pullback }: AdjointParams,
  cotangents: readonly Pull[],
  outs: readonly Buffer[],
): Pullback {
  const { body, numConsts, numCarry } = loop;
  const program = pullback ?? pullbackBody(body, numConsts, numCarry, active);
  const groups = inputsOf(loop).where(active.ins);
  const out = groups.split(outs);
  const { consts } = groups.split(chosen(body.inAvals, active.ins));
  const { carry, ys } = resultsOf(loop).where(active.outs).split(cotangents);
  const sums = makeCells(b, consts.map(zeroPull), out.consts);
  const cts = makeCells(b, carry, out.carry);
  return {
    step: (block, inputs, at) => {
      const results = context.emit(block, program, [
        ...inputs,
        ...readCells(block, cts),
        ...readCells(block, sums),
        ...elementsAt(block, ys, at),
      ]);
      const numCells = cts.length + sums.length;
      storeElements(block, out.xs, at, results.slice(numCells), loop.length!);
      writeCells(block, [...cts, ...sums], results.slice(0, numCells));
    },
    finish: (block) => {
      finishCells(block, cts, out.carry);
      finishCells(block, sums, out.consts);
    },
  };
}

/** Writes the backward pass. Outputs: cotangents of the active constants, carries and xs. */
export function emitBackwards(
  context: LowerContext,
  b: Block,
  p: AdjointParams,
  operands: Readonly<Record<"trips" | "primals" | "cotangents", readonly Pull[]>>,
  outs: readonly Buffer[],
): void {
  const { loop } = p;
  const { consts, carry: init, xs } = inputsOf(loop).split(operands.primals);
  const steps = loop.length === null ? b.let(operands.trips[0].at([]), "steps") : intConst(loop.length);
  const slots = loop.length === null ? loop.slots : Math.max(1, Math.min(loop.slots, loop.length));

  const buffers = init.map(({ aval }) => b.alloc(aval.dtype, aval.ndim === 0 ? 0 : aval.size, "state"));
  const state = makeCells(b, init, buffers);
  const states = new Slots(b, slots, state);
  const index = b.alloc("int32", slots, "index");
  const top = b.variable(intConst(0), "top");
  states.keep(b, intConst(0));
  b.store(index, intConst(0), intConst(0));
  const pullback = makePullback(context, b, p, operands.cotangents, outs);

  const placeOf = (i: Expr): Expr => (loop.reverse ? isub(intConst(loop.length! - 1), i) : i);
  const inputsAt = (block: Block, i: Expr): Pull[] => [
    ...consts,
    ...readCells(block, state),
    ...elementsAt(block, xs, placeOf(i)),
  ];
  const forward = (block: Block, i: Expr): void => {
    const results = context.emit(block, loop.body, inputsAt(block, i));
    writeCells(block, state, results.slice(0, loop.numCarry));
  };
  const last = b.variable(isub(steps, 1), "last");
  const going = b.variable(ge(last, 0), "going");
  b.while(going, (w) => {
    states.restore(w, top);
    const i = w.snapshot(last, "i");
    const j = w.variable(load(index, top), "j");
    emitRun(w, { i, j, top, index, slots }, states, forward);
    pullback.step(w, inputsAt(w, i), placeOf(i));
    w.if(eq(load(index, top), i), (t) => t.set(top, isub(top, 1)));
    w.set(last, isub(i, 1));
    w.set(going, gt(i, 0));
  });
  pullback.finish(b);
}

/** Runs from the state at j, which is the topmost kept, to that at i; keeps states on the way where slots are free. */
function emitRun(
  b: Block,
  s: { i: Local; j: Local; top: Local; index: Buffer; slots: number },
  states: Slots,
  forward: (b: Block, i: Expr) => void,
): void {
  const { i, j, top } = s;
  const running = b.variable(lt(j, i), "running");
  b.while(running, (w) => {
    const length = w.let(iadd(isub(i, j), 1), "length");
    const free = w.let(isub(intConst(s.slots), top), "free");
    const run = w.variable(isub(i, j), "run");
    w.if(gt(free, 1), (t) =>
      t.if(
        ge(free, isub(length, 1)),
        (all) => all.set(run, 1),
        (some) => some.set(run, cast(stride(cast(length, "float64"), cast(free, "float64")), "int32")),
      ),
    );
    const from = w.snapshot(j, "from");
    const to = w.let(iadd(from, run), "to");
    w.for(from, to, (body, k) => forward(body, k), "step");
    w.set(j, to);
    w.if(lt(to, i), (t) => {
      t.set(top, iadd(top, 1));
      states.keep(t, top);
      t.store(s.index, top, j);
    });
    w.set(running, lt(to, i));
  });
}
