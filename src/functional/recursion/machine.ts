/**
 * @file The loop that runs a function which calls itself: a stack of frames, and a block of the function in each step.
 *
 * A frame holds the variables that blocks need from before: one array for each, with a row for each depth. A step reads the row of
 * the current depth, runs the block whose number is due (through its branches), and writes the row back; the arguments
 * of a call go into the row above. All writes are at one place of an array, whichever block runs, so that loops do them in place, also
 * on the way back.
 */
import type { NDArray } from "../../core/array.ts";
import { evalEqn } from "../../core/jaxpr/eval.ts";
import { type Atom, Var } from "../../core/jaxpr/ir.ts";
import * as lax from "../../lax/plain.ts";
import { zerosOf } from "../../lax/shapes/creation.ts";
import { dynamicIndexInDim, dynamicUpdateIndexInDim } from "../../lax/indexing/dynamic.ts";
import { switch_ } from "../../control-flow/branches/api.ts";
import { whileLoop } from "../../control-flow/loops/api.ts";
import { type Block, type End, type Flow, liveInputs } from "./flow.ts";

/** What a step does to the stack. */
const returns = -1;
const calls = 1;
const goesOn = 0;

/** What a step gives: the frame, the arguments of a call, the result, where to go on, and what becomes of the stack. */
interface Step {
  readonly frame: readonly NDArray[];
  readonly args: readonly NDArray[];
  readonly result: readonly NDArray[];
  readonly next: NDArray;
  readonly move: NDArray;
}

interface State {
  readonly depth: NDArray;
  readonly block: NDArray;
  readonly blocks: NDArray;
  readonly stacks: readonly NDArray[];
  readonly result: readonly NDArray[];
}

const int = (n: number): NDArray => lax.full([], n, "int32");

class Machine {
  readonly #flow: Flow;
  readonly #capacity: number;
  /** Variables that are kept in frames. */
  readonly #kept: readonly Var[];
  /** The numbers of the blocks at which a step can begin: first that of a call. */
  readonly #starts: readonly number[];
  /** What the result of a call is to a block that goes on behind one. */
  readonly #resultOf = new Map<number, readonly Var[]>();

  constructor(flow: Flow, capacity: number) {
    this.#flow = flow;
    this.#capacity = capacity;
    const starts = new Set([flow.entry]);
    for (const { end } of flow.blocks) {
      if (end.kind === "jump") starts.add(end.to);
      if (end.kind !== "call") continue;
      starts.add(end.next);
      this.#resultOf.set(end.next, end.outs);
    }
    const live = liveInputs(flow);
    this.#starts = [...starts];
    const needed = this.#starts.flatMap((s) =>
      [...live[s]].filter((v) => !this.#resultOf.get(s)?.includes(v)),
    );
    this.#kept = [...new Set([...flow.inputs, ...needed])];
  }

  run(args: readonly NDArray[]): { readonly result: readonly NDArray[]; readonly overflow: NDArray } {
    const rows = this.#capacity + 1;
    const stacks = this.#kept.map((v, i) => {
      const { shape, dtype } = v.aval;
      const empty = lax.full([rows, ...shape], 0, dtype);
      return i < args.length ? dynamicUpdateIndexInDim(empty, args[i], 0, 0) : empty;
    });
    const start: State = {
      depth: int(0),
      block: this.#numberOf(this.#flow.entry),
      blocks: lax.full([rows], 0, "int32"),
      stacks,
      result: this.#flow.outAvals.map(zerosOf),
    };
    const isRunning = ({ depth }: State): NDArray =>
      lax.bitwiseAnd(lax.ge(depth, 0), lax.lt(depth, this.#capacity));
    const end = whileLoop(isRunning, (s: State) => this.#step(s), start) as State;
    return { result: end.result, overflow: lax.ge(end.depth, 0) };
  }

  #step({ depth, block, blocks, stacks, result }: State): State {
    const frame = stacks.map((s) => dynamicIndexInDim(s, depth, 0, false));
    const step = switch_(
      block,
      this.#starts.map(
        (b) => (): Step => this.#run(b, new Map(this.#kept.map((v, i) => [v, frame[i]])), result, frame),
      ),
    ) as Step;
    const above = lax.add(depth, 1);
    const isCall = lax.eq(step.move, calls);
    const written = stacks.map((s, i) => {
      const row = dynamicUpdateIndexInDim(s, step.frame[i], depth, 0);
      return i < step.args.length ? dynamicUpdateIndexInDim(row, step.args[i], above, 0) : row;
    });
    const due = dynamicUpdateIndexInDim(blocks, step.next, depth, 0);
    const below = lax.max(lax.sub(depth, 1), 0);
    const resumed = dynamicIndexInDim(due, below, 0, false);
    const entry = this.#numberOf(this.#flow.entry);
    const isReturn = lax.eq(step.move, returns);
    return {
      depth: lax.add(depth, step.move),
      block: lax.select(isCall, entry, lax.select(isReturn, resumed, step.next)),
      blocks: due,
      stacks: written,
      result: step.result,
    };
  }

  /** Runs a block, and those that it branches to. */
  #run(number: number, env: Map<Var, NDArray>, result: readonly NDArray[], frame: readonly NDArray[]): Step {
    this.#resultOf.get(number)?.forEach((v, i) => env.set(v, result[i]));
    return this.#continue(this.#flow.blocks[number], env, result, frame);
  }

  #continue(
    { eqns, end }: Block,
    env: Map<Var, NDArray>,
    result: readonly NDArray[],
    frame: readonly NDArray[],
  ): Step {
    const read = (a: Atom): NDArray =>
      a instanceof Var ? (env.get(a) ?? this.#flow.constants.get(a)!) : a.value;
    for (const e of eqns) {
      const outs = evalEqn(e, e.inputs.map(read));
      e.outputs.forEach((v, i) => env.set(v, outs[i]));
    }
    if (end.kind !== "branch") return this.#finish(end, env, read, result, frame);
    return switch_(
      read(end.index),
      end.targets.map((t) => (): Step => this.#continue(this.#flow.blocks[t], new Map(env), result, frame)),
    );
  }

  #finish(
    end: Exclude<End, { readonly kind: "branch" }>,
    env: Map<Var, NDArray>,
    read: (a: Atom) => NDArray,
    result: readonly NDArray[],
    frame: readonly NDArray[],
  ): Step {
    if (end.kind === "jump") {
      const values = end.from.map(read);
      end.into.forEach((v, i) => env.set(v, values[i]));
    }
    const kept = this.#kept.map((v, i) => env.get(v) ?? frame[i]);
    const common = { frame: kept, args: frame.slice(0, this.#flow.inputs.length), result };
    if (end.kind === "return")
      return { ...common, result: end.values.map(read), next: int(0), move: int(returns) };
    if (end.kind === "call")
      return { ...common, args: end.args.map(read), next: this.#numberOf(end.next), move: int(calls) };
    return { ...common, next: this.#numberOf(end.to), move: int(goesOn) };
  }

  #numberOf(block: number): NDArray {
    return int(this.#starts.indexOf(block));
  }
}

/** Runs the function for these arguments: its result, and whether it called itself more deeply than `capacity`. */
export const runFlow = (
  flow: Flow,
  capacity: number,
  args: readonly NDArray[],
): { readonly result: readonly NDArray[]; readonly overflow: NDArray } =>
  new Machine(flow, capacity).run(args);
