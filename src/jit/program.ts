/**
 * @file From a whole jaxpr to a loop program.
 *
 * Each equation becomes a pull array where it costs nothing to compute its elements again (movements, and element-wise
 * values used once); everything else is stored into a buffer by a loop nest of its own. The passes then merge nests over
 * the same domain, forward what was just stored, and drop buffers that nobody reads: that is the fusion.
 */
import type { ShapedArray } from "../core/aval.ts";
import { config } from "../base/config.ts";
import { type Atom, type ClosedJaxpr, type Eqn, Literal, type Var } from "../core/jaxpr/ir.ts";
import { invariant } from "../base/util.ts";
import { Block, constant } from "../loops/ir/build.ts";
import { checkProgram } from "../loops/ir/check.ts";
import { type Buffer, type Expr, type Local, type Program, newBuffer, newLocal } from "../loops/ir/ir.ts";
import { type Pull, bufferPull, copyInto, scalarPull } from "../loops/pull.ts";
import { optimize } from "../loops/passes/pipeline.ts";
import { writeLowered } from "../loops/schedule.ts";
import { bindShared } from "../loops/ir/share.ts";
import { simplify } from "./simplify.ts";

/** A value of the program: its elements, and how many operations computing one again takes. */
interface Value {
  readonly pull: Pull;
  readonly weight: number;
}

class Scheduler {
  readonly block: Block;
  readonly #env = new Map<Var, Value>();
  readonly #uses = new Map<Var, number>();
  readonly #outBuffers = new Map<Var, Buffer>();

  constructor(
    block: Block,
    closed: ClosedJaxpr,
    args: readonly Pull[],
    outBuffers: readonly (Buffer | null)[],
  ) {
    const { jaxpr } = closed;
    this.block = block;
    jaxpr.invars.forEach((v, i) => this.#env.set(v, { pull: args[i], weight: 0 }));
    const count = (a: Atom): void => {
      if (!(a instanceof Literal)) this.#uses.set(a, (this.#uses.get(a) ?? 0) + 1);
    };
    for (const eqn of jaxpr.eqns) eqn.inputs.forEach(count);
    jaxpr.outs.forEach((a, i) => {
      count(a);
      const buffer = outBuffers[i];
      if (buffer !== null && !(a instanceof Literal) && !this.#env.has(a) && !this.#outBuffers.has(a)) {
        this.#outBuffers.set(a, buffer);
      }
    });
  }

  read(a: Atom): Value {
    if (a instanceof Literal) {
      const value = constant(Number(a.value.raw), a.aval.dtype);
      return { pull: scalarPull(a.aval, value), weight: 0 };
    }
    const value = this.#env.get(a);
    invariant(value !== undefined, "a variable is used before it is computed");
    return value;
  }

  /** The value held by a buffer of its own (the output's, if it is an output). */
  #store(pull: Pull, v: Var | null): Value {
    const { aval } = pull;
    const buffer =
      (v === null ? undefined : this.#outBuffers.get(v)) ?? this.block.alloc(aval.dtype, aval.size);
    copyInto(this.block, pull, buffer);
    return { pull: bufferPull(aval, buffer), weight: 0 };
  }

  run(eqn: Eqn): void {
    const { primitive, params, outputs } = eqn;
    const outAvals = outputs.map((v) => v.aval);
    const grows = (input: Value): boolean => outAvals.some((o) => o.size > input.pull.aval.size);
    const elementwise = primitive.kind === "elementwise" || primitive.kind === "movement";
    const inputs = eqn.inputs.map((a): Value => {
      const value = this.read(a);
      // What is read many times is computed once.
      const repeated =
        value.weight > 0 &&
        (primitive.kind === "movement"
          ? grows(value) && primitive.readsOnce !== true
          : !elementwise && primitive.kind !== "reduction");
      if (!repeated) return value;
      const stored = this.#store(value.pull, null);
      if (!(a instanceof Literal)) this.#env.set(a, stored);
      return stored;
    });
    const args = inputs.map((i) => i.pull);
    const lowered = primitive.lower(
      { outAvals, inline: (jaxpr) => ({ kind: "inline", jaxpr }), emit: emitJaxpr },
      args,
      params,
    );
    if (lowered.kind === "map") {
      const weight = inputs.reduce((n, i) => n + i.weight, primitive.kind === "movement" ? 0 : 1);
      lowered.outs.forEach((pull, i) => this.#define(outputs[i], pull, weight));
      return;
    }
    const buffers = outputs.map((v): Buffer | null =>
      v.aval.ndim === 0 ? null : (this.#outBuffers.get(v) ?? this.block.alloc(v.aval.dtype, v.aval.size)),
    );
    const results: Expr[] = [];
    writeLowered(this.block, lowered, args, outAvals, buffers, results);
    outputs.forEach((v, i) => {
      const buffer = buffers[i];
      const pull = buffer === null ? scalarPull(v.aval, this.#name(results[i])) : bufferPull(v.aval, buffer);
      this.#env.set(v, { pull, weight: 0 });
    });
  }

  /** A 0-d value, computed here and named. */
  #name(value: Expr): Expr {
    const [root] = bindShared(this.block, [value]);
    return this.block.let(root, "s");
  }

  #define(v: Var, pull: Pull, weight: number): void {
    if (v.aval.ndim === 0) {
      this.#env.set(v, { pull: scalarPull(v.aval, this.#name(pull.at([]))), weight: 0 });
      return;
    }
    const shared = weight > 0 && (this.#uses.get(v) ?? 0) > 1;
    const deep = weight > maxWeight;
    this.#env.set(v, shared || deep || this.#outBuffers.has(v) ? this.#store(pull, v) : { pull, weight });
  }
}

/** Bound on the operations of one fused element: expressions stay shallow, and passes linear. */
const maxWeight = 64;

/** A 0-d buffer's value, for outputs that are inputs. */
function outputValue(s: Scheduler, a: Atom, buffer: Buffer | null): Expr | null {
  const { pull } = s.read(a);
  if (buffer === null) return pull.at([]);
  if (pull.buffer !== buffer) copyInto(s.block, pull, buffer);
  return null;
}

/** Writes a body into a block: its outputs may be computed where they are read. */
function emitJaxpr(block: Block, jaxpr: ClosedJaxpr, args: readonly Pull[]): Pull[] {
  const closed = simplify(jaxpr);
  invariant(closed.consts.length === 0, "constants of bodies are made inputs");
  const scheduler = new Scheduler(
    block,
    closed,
    args,
    closed.jaxpr.outs.map(() => null),
  );
  for (const eqn of closed.jaxpr.eqns) scheduler.run(eqn);
  return closed.jaxpr.outs.map((a) => scheduler.read(a).pull);
}

/** The program of a simplified jaxpr without constants. Outputs: arrays are written, 0-d values returned. */
export function jaxprProgram(closed: ClosedJaxpr, name: string): Program {
  invariant(closed.consts.length === 0, "constants are made inputs before compilation");
  const { jaxpr } = closed;
  const params = jaxpr.invars.map((v, i): Buffer | Local =>
    v.aval.ndim === 0 ? newLocal(`x${i}`, v.aval.dtype) : newBuffer(`a${i}`, v.aval.dtype, v.aval.size),
  );
  const outBuffers = jaxpr.outs.map((a: { aval: ShapedArray }, i) =>
    a.aval.ndim === 0 ? null : newBuffer(`out${i}`, a.aval.dtype, a.aval.size),
  );
  const args = params.map((p, i) => {
    const { aval } = jaxpr.invars[i];
    return p.kind === "local" ? scalarPull(aval, p) : bufferPull(aval, p);
  });
  const scheduler = new Scheduler(new Block(), closed, args, outBuffers);
  for (const eqn of jaxpr.eqns) scheduler.run(eqn);
  const results = jaxpr.outs.map((a, i) => outputValue(scheduler, a, outBuffers[i]));
  const program: Program = {
    name,
    params,
    outs: outBuffers.filter((b) => b !== null),
    body: scheduler.block.stmts,
    results: results.filter((r) => r !== null),
  };
  if (config.values.enableChecks) checkProgram(program);
  const optimized = optimize(program);
  if (config.values.enableChecks) checkProgram(optimized);
  return optimized;
}
