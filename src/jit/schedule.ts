/**
 * @file Which values of a program become buffers, and where the loops that fill them stand.
 *
 * Each equation becomes a pull array where it costs nothing to compute its elements again (movements, and element-wise
 * values used once); everything else is stored into a buffer by a loop nest of its own. The passes then merge nests over
 * the same domain, forward what was just stored, and drop buffers that nobody reads: that is the fusion.
 */
import type { ConcreteArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import type { LowerContext } from "../core/lowering.ts";
import type { Scalar, TypedArray } from "../dtypes/dtype.ts";
import { type Atom, type ClosedJaxpr, type Eqn, Literal, type Var } from "../core/jaxpr/ir.ts";
import { variableName } from "../core/jaxpr/sources.ts";
import { invariant } from "../base/util.ts";
import type { Block } from "../loops/ir/build.ts";
import { constant, withOrigin } from "../loops/ir/build.ts";
import { type Buffer, type Expr, type Origin, type Program, newBuffer } from "../loops/ir/ir.ts";
import { type Pull, bufferPull, copyInto, pull, scalarPull } from "../loops/pull.ts";
import { type Destination, writeLowered } from "../loops/nests.ts";
import { bindShared } from "../loops/ir/share.ts";
import { simplify } from "./simplify.ts";
import { tellingOf } from "./told.ts";

/** A value of the program: its elements, and how many operations computing one again takes. */
interface Value {
  readonly pull: Pull;
  readonly weight: number;
}

/** Writes the loops of a program into a block, equation by equation. */
class Scheduler {
  readonly #block: Block;
  readonly #constants: Constants;
  readonly #env = new Map<Var, Value>();
  readonly #uses = new Map<Var, number>();
  readonly #outBuffers = new Map<Var, Buffer>();

  constructor(
    block: Block,
    closed: ClosedJaxpr,
    args: readonly Pull[],
    outBuffers: readonly Destination[],
    constants: Constants,
  ) {
    const { jaxpr } = closed;
    this.#block = block;
    this.#constants = constants;
    jaxpr.invars.forEach((v, i) => this.#env.set(v, { pull: args[i], weight: 0 }));
    if (constants.meanings !== null) jaxpr.invars.forEach((v, i) => this.#nameArgument(v, args[i]));
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

  #nameArgument(v: Var, x: Pull): void {
    const name = variableName(v);
    if (name === undefined) return;
    const held = x.buffer ?? (x.aval.ndim === 0 ? x.at([]) : undefined);
    if (held?.kind === "buffer" || held?.kind === "local") this.#constants.meanings?.set(held.id, name);
  }

  /** Notes that a buffer holds the result of the equation that is written. */
  #note(buffer: Buffer): void {
    const { origin } = this.#block;
    if (origin !== undefined) this.#constants.meanings?.set(buffer.id, origin);
  }

  read(a: Atom): Value {
    if (a instanceof Literal) {
      const value = constant(a.value.raw as Scalar, a.aval.dtype);
      return { pull: scalarPull(a.aval, value), weight: 0 };
    }
    const value = this.#env.get(a);
    invariant(value !== undefined, "a variable has no value");
    return value;
  }

  /** The value held by a buffer of its own (the output's, if it is an output). */
  #store(pull: Pull, v: Var | null): Value {
    const { aval } = pull;
    const buffer =
      (v === null ? undefined : this.#outBuffers.get(v)) ?? this.#block.alloc(aval.dtype, aval.size);
    if (v !== null) this.#note(buffer);
    copyInto(this.#block, pull, buffer);
    return { pull: bufferPull(aval, buffer), weight: 0 };
  }

  run(eqn: Eqn): void {
    const outer = this.#block.origin;
    const { primitive, source } = eqn;
    const origin = source && { operation: primitive.name, source };
    this.#block.origin = origin;
    if (origin === undefined) this.#write(eqn);
    else tellingOf(origin, () => this.#write(eqn));
    this.#block.origin = outer;
  }

  #write(eqn: Eqn): void {
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
    const lowered = primitive.lower(this.#constants.context(outAvals), args, params);
    if (lowered.kind === "map") {
      const weight = inputs.reduce((n, i) => n + i.weight, primitive.kind === "movement" ? 0 : 1);
      const { origin } = this.#block;
      lowered.outs.forEach((pull, i) => this.#define(outputs[i], marked(pull, origin), weight));
      return;
    }
    const buffers = outputs.map((v): Buffer | null =>
      v.aval.ndim === 0 ? null : (this.#outBuffers.get(v) ?? this.#block.alloc(v.aval.dtype, v.aval.size)),
    );
    const results: Expr[] = [];
    const { origin } = this.#block;
    if (origin !== undefined) {
      for (const buffer of buffers) if (buffer !== null) this.#note(buffer);
      this.#block.origin = { ...origin, routine: lowered.kind === "routine" };
    }
    writeLowered(this.#block, lowered, args, outAvals, buffers, results);
    outputs.forEach((v, i) => {
      const buffer = buffers[i];
      const pull = buffer === null ? scalarPull(v.aval, this.#name(results[i])) : bufferPull(v.aval, buffer);
      this.#env.set(v, { pull, weight: 0 });
    });
  }

  /** A 0-d value, computed here and named. */
  #name(value: Expr): Expr {
    const [root] = bindShared(this.#block, [value]);
    return this.#block.let(root, "s");
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

/** The constants of a program, which are parameters of it, and what lowering may ask while it is written. */
export class Constants {
  readonly #buffers = new Map<ConcreteArray, Buffer>();
  /** What variables and buffers hold, where lines are recorded. */
  readonly meanings: Map<number, string | Origin> | null;

  constructor(lines: boolean) {
    this.meanings = lines ? new Map() : null;
  }

  context(outAvals: readonly ShapedArray[]): LowerContext {
    return {
      outAvals,
      emit: (block, jaxpr, args) => emitJaxpr(block, jaxpr, args, this),
      constant: (value) => this.#bufferOf(value),
    };
  }

  #bufferOf(value: ConcreteArray): Buffer {
    let buffer = this.#buffers.get(value);
    if (buffer === undefined) this.#buffers.set(value, (buffer = newBuffer("k", value.dtype, value.size)));
    return buffer;
  }

  /** A program with these constants. */
  addTo(bare: Program): Program {
    const program = this.meanings === null ? bare : { ...bare, meanings: this.meanings };
    if (this.#buffers.size === 0) return program;
    const data = [...this.#buffers.keys()].map((x) => (x.raw as TypedArray).slice());
    return { ...program, params: [...program.params, ...this.#buffers.values()], constants: data };
  }
}

/**
 * Writes a simplified jaxpr without constants into a block.
 * @param outBuffers where the outputs should be: null for those that may be computed where they are read.
 * @returns the outputs, which are elsewhere if they are inputs or equal.
 */
export function schedule(
  block: Block,
  closed: ClosedJaxpr,
  args: readonly Pull[],
  outBuffers: readonly Destination[],
  constants: Constants,
): Pull[] {
  const { eqns, outs } = closed.jaxpr;
  const scheduler = new Scheduler(block, closed, args, outBuffers, constants);
  for (const eqn of eqns) scheduler.run(eqn);
  return outs.map((a) => scheduler.read(a).pull);
}

/** A pull array whose elements tell where they come from. */
function marked(x: Pull, origin: Origin | undefined): Pull {
  if (origin === undefined || x.buffer !== undefined) return x;
  return { ...x, ...pull(x.aval, (index) => withOrigin(x.at(index), origin)) };
}

/** Bound on the operations of one fused element: expressions stay shallow, and passes linear. */
const maxWeight = 64;

/** Writes a body into a block: its outputs may be computed where they are read. */
function emitJaxpr(block: Block, jaxpr: ClosedJaxpr, args: readonly Pull[], constants: Constants): Pull[] {
  const closed = simplify(jaxpr);
  invariant(closed.consts.length === 0, "constants of a body");
  const anywhere = closed.jaxpr.outs.map(() => null);
  return schedule(block, closed, args, anywhere, constants);
}
