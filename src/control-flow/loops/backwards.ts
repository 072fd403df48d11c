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
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import { flags, once } from "../../core/jaxpr/derived.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import { UndefPrimal } from "../../core/primitive.ts";
import type { Tangent } from "../../core/zero.ts";
import { traceToJaxpr } from "../../interpreters/staging.ts";
import { instantiate } from "../../interpreters/tangents.ts";
import { backwardPass } from "../../interpreters/transpose.ts";
import { flatten, iadd, iscale, intConst, isub } from "../../loops/ir/affine.ts";
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
import { type Pull, pull, scalarPull } from "../../loops/pull.ts";
import { splitList } from "../../base/util.ts";
import { type Cell, finishCells, makeCells, readCells, writeCells } from "./cells.ts";
import { linearBody, noConsts, unstacked } from "../common.ts";
import { type Active, type Loop, chosen, count, inputsOf } from "./loop.ts";

/**
 * One step backwards: constants, carry, x, cotangents of the carry after it, sums for the constants, cotangents of y →
 * cotangents of the carry before it, new sums, cotangents of x.
 */
function pullbackBody(loop: Loop, { ins, outs }: Active): ClosedJaxpr {
  const { body, numCarry } = loop;
  return once(body, `loop backwards ${loop.numConsts} ${numCarry} ${flags(ins)} ${flags(outs)}`, () => {
    const { primal, tangent, numResiduals } = linearBody(body, ins, outs);
    const n = body.inAvals.length;
    const inAvals = chosen(body.inAvals, ins).map((a) => a.strong);
    const outAvals = chosen(body.outAvals, outs).map((a) => a.strong);
    const [nc, nk] = inputsOf(ins, loop).map(count);
    const sums = inAvals.slice(0, nc);
    const avals = [...body.inAvals, ...outAvals.slice(0, nk), ...sums, ...outAvals.slice(nk)];
    return noConsts(
      traceToJaxpr(
        (values) => {
          const [primals, after, sumsBefore, cts] = splitList(values, [n, nk, nc, outAvals.length - nk]);
          const residuals = jaxprAsFun(primal)(primals).slice(body.outAvals.length);
          const args = [...residuals, ...inAvals.map((a) => new UndefPrimal(a))];
          const into = [...residuals.map(() => undefined), ...sumsBefore];
          const all = backwardPass(tangent, args, [...after, ...cts], into) as Tangent[];
          const found = all.slice(numResiduals).map((ct) => instantiate(ct));
          return [...found.slice(nc, nc + nk), ...found.slice(0, nc), ...found.slice(nc + nk)];
        },
        avals,
        "loop",
      ),
    );
  });
}

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
  readonly #sizes: readonly number[];

  constructor(
    b: Block,
    slots: number,
    cells: readonly Cell[],
    avals: readonly { dtype: Buffer["dtype"]; size: number }[],
  ) {
    this.#cells = cells;
    this.#sizes = avals.map((a) => a.size);
    this.#buffers = avals.map((a) => b.alloc(a.dtype, slots * a.size, "kept"));
  }

  keep(b: Block, slot: Expr): void {
    this.#each(b, (block, cell, kept, i, k) => {
      const value = "local" in cell ? cell.local : load(cell.buffer, i);
      block.store(kept, this.#index(slot, k, i), value);
    });
  }

  restore(b: Block, slot: Expr): void {
    this.#each(b, (block, cell, kept, i, k) => {
      const value = load(kept, this.#index(slot, k, i));
      if ("local" in cell) block.set(cell.local, value);
      else block.store(cell.buffer, i, value);
    });
  }

  #index(slot: Expr, k: number, i: Expr): Expr {
    return iadd(iscale(slot, this.#sizes[k]), i);
  }

  #each(b: Block, f: (b: Block, cell: Cell, kept: Buffer, i: Expr, k: number) => void): void {
    this.#cells.forEach((cell, k) => {
      if ("local" in cell) f(b, cell, this.#buffers[k], intConst(0), k);
      else b.nest([this.#sizes[k]], (inner, [i]) => f(inner, cell, this.#buffers[k], i, k));
    });
  }
}

/** The elements of stacked operands at a step. */
function elementsAt(b: Block, xs: readonly Pull[], at: Expr): Pull[] {
  return xs.map((x) => {
    const aval = unstacked(x.aval);
    return aval.ndim === 0
      ? scalarPull(aval, b.let(x.at([at]), "x"))
      : pull(aval, (index) => x.at([at, ...index]));
  });
}

/** Writes the backward pass. Outputs: cotangents of the active constants, carries and xs. */
export function emitBackwards(
  context: LowerContext,
  b: Block,
  loop: Loop,
  active: Active,
  trips: Pull | null,
  primals: readonly Pull[],
  cotangents: readonly Pull[],
  outs: readonly Buffer[],
): void {
  const [consts, init, xs] = inputsOf(primals, loop);
  const [nc, nk, nx] = inputsOf(active.ins, loop).map(count) as [number, number, number];
  const [outC, outK, outX] = splitList(outs, [nc, nk, nx]);
  const [ctK, ctY] = splitList(cotangents, [nk, cotangents.length - nk]);
  const carryAvals = inputsOf(loop.body.inAvals, loop)[1].map((a) => a.strong);
  const steps = trips === null ? intConst(loop.length!) : b.let(trips.at([]), "steps");
  const slots = loop.length === null ? loop.slots : Math.max(1, Math.min(loop.slots, loop.length));

  const state = makeCells(
    b,
    init,
    init.map((x) => b.alloc(x.aval.dtype, x.aval.ndim === 0 ? 0 : x.aval.size, "state")),
  );
  const kept = new Slots(b, slots, state, carryAvals);
  const index = b.alloc("int32", slots, "index");
  const top = b.variable(intConst(0), "top");
  kept.keep(b, intConst(0));
  b.store(index, intConst(0), intConst(0));
  const zeroSums = outC.map((_, i) => zeroPull(chosen(loop.body.inAvals, active.ins)[i]));
  const sums = makeCells(b, zeroSums, outC);
  const cts = makeCells(b, ctK, outK);
  const at = (i: Expr): Expr => (loop.reverse ? isub(intConst(loop.length! - 1), i) : i);

  const forward = (block: Block, i: Expr): void => {
    const carry = readCells(block, state, carryAvals);
    const x = elementsAt(block, xs, at(i));
    writeCells(
      block,
      state,
      context.emit(block, loop.body, [...consts, ...carry, ...x]).slice(0, loop.numCarry),
    );
  };
  const backward = (block: Block, i: Expr): void => {
    const avals = chosen(loop.body.inAvals, active.ins).map((a) => a.strong);
    const place = at(i);
    const results = context.emit(block, pullbackBody(loop, active), [
      ...consts,
      ...readCells(block, state, carryAvals),
      ...elementsAt(block, xs, place),
      ...readCells(block, cts, avals.slice(nc, nc + nk)),
      ...readCells(block, sums, avals.slice(0, nc)),
      ...elementsAt(block, ctY, place),
    ]);
    outX.forEach((out, k) => {
      const x = results[nk + nc + k];
      block.nest(x.aval.shape, (inner, ix) =>
        inner.store(out, flatten([place, ...ix], [loop.length!, ...x.aval.shape]), x.at(ix)),
      );
    });
    writeCells(block, [...cts, ...sums], results.slice(0, nk + nc));
  };
  const last = b.variable(isub(steps, 1), "last");
  const going = b.variable(ge(last, 0), "going");
  b.while(going, (w) => {
    kept.restore(w, top);
    const i = w.snapshot(last, "i");
    const j = w.variable(load(index, top), "j");
    emitRun(w, { i, j, top, index, slots }, kept, forward);
    backward(w, i);
    w.if(eq(load(index, top), i), (t) => t.set(top, isub(top, 1)));
    w.set(last, isub(i, 1));
    w.set(going, gt(i, 0));
  });
  finishCells(b, cts, outK);
  finishCells(b, sums, outC);
}

const zeroPull = (aval: Pull["aval"]): Pull => ({ aval, at: () => constant(0, aval.dtype) });

/** Runs from the state at j, which is the topmost kept, to that at i; keeps states on the way where slots are free. */
function emitRun(
  b: Block,
  s: { i: Local; j: Local; top: Local; index: Buffer; slots: number },
  kept: Slots,
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
      kept.keep(t, top);
      t.store(s.index, top, j);
    });
    w.set(running, lt(to, i));
  });
}
