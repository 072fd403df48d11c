/**
 * @file Runs a module as calls of the library, under whichever trace is current: values are arrays or tracers, regions become
 * functions. A function that is called from several places is staged once, so that the program stays as large as its text.
 */
import { jit } from "../../api/compile/jit.ts";
import { NDArray } from "../../core/array.ts";
import { AdjointError } from "../../base/errors.ts";
import { Call, type Datum, type Surroundings } from "./operations/call.ts";
import { asIdiom } from "./operations/idioms.ts";
import { handlerOf } from "./operations/index.ts";
import { knownFunction } from "./operations/named-functions.ts";
import { StablehloError } from "./text/errors.ts";
import type { Block, Func, Module, Op, Value } from "./text/ir.ts";
import type { Type } from "./text/types.ts";
import { bind } from "../../core/trace.ts";
import { originOf } from "../origin.ts";

/** Calls in calls beyond this are refused: each is a frame of the stack. */
const maxCalls = 100;
/** Shorter functions are copied to where they are called. */
const shortFunction = 12;

export class Program {
  readonly #module: Module;
  readonly #callers = new Map<string, number>();
  readonly #staged = new Map<string, (...args: NDArray[]) => Datum[]>();
  #depth = 0;

  constructor(module: Module) {
    this.#module = module;
    const count = (block: Block): void => {
      for (const op of block.ops) {
        const callee = op.attributes.get("callee") ?? op.attributes.get("decomposition");
        if (typeof callee === "object" && "kind" in callee && callee.kind === "symbol")
          this.#callers.set(callee.name, (this.#callers.get(callee.name) ?? 0) + 1);
        op.regions.forEach(count);
      }
    };
    for (const f of module.functions.values()) count(f.body);
  }

  get source(): Module["source"] {
    return this.#module.source;
  }

  get functions(): ReadonlyMap<string, Func> {
    return this.#module.functions;
  }

  /** Runs the function that the program is; JAX calls the module after it. */
  enter(func: Func, args: readonly NDArray[]): Datum[] {
    const name = this.#module.name.replace(/^jit_/, "");
    return knownFunction({ ...func, name }, args, this) ?? this.run(func, args);
  }

  run(func: Func, args: readonly Datum[]): Datum[] {
    return new Frame(func, this).run(func.body, args);
  }

  error(at: number, detail: string): StablehloError {
    return this.#module.error(at, detail);
  }

  call(name: string, args: readonly Datum[], at: number): Datum[] {
    const func = this.#module.functions.get(name);
    if (func === undefined) throw this.error(at, `there is no function @${name}.`);
    if (args.length !== func.body.args.length)
      throw this.error(at, `@${name} has ${func.body.args.length} arguments; got ${args.length}.`);
    if (++this.#depth > maxCalls) throw this.error(at, `expected at most ${maxCalls} calls in one another.`);
    const arrays = args.filter((x): x is NDArray => x instanceof NDArray);
    const isShared = (this.#callers.get(name) ?? 0) > 1 && func.body.ops.length > shortFunction;
    const givesArrays = func.results.every((t) => t.kind === "tensor");
    const out =
      this.#original(func, arrays) ??
      knownFunction(func, arrays, this) ??
      (isShared && givesArrays && arrays.length === args.length
        ? this.#stage(func)(...arrays)
        : this.run(func, args));
    this.#depth--;
    return out;
  }

  /** What a function of ours was written out from, if it says so and fits: with the derivatives that it has. */
  #original(func: Func, args: readonly NDArray[]): NDArray[] | null {
    const origin = originOf(func.attributes);
    if (origin === null || args.length !== func.body.args.length) return null;
    const [primitive, params] = origin;
    try {
      const avals = primitive.abstractEval(
        args.map((x) => x.aval),
        params,
      );
      const fits = (t: Type, i: number): boolean => t.kind === "tensor" && t.aval === avals.at(i)?.strong;
      if (avals.length !== func.results.length || !func.results.every(fits)) return null;
    } catch {
      return null;
    }
    return bind(primitive, args, params);
  }

  #stage(func: Func): (...args: NDArray[]) => Datum[] {
    let staged = this.#staged.get(func.name);
    if (staged === undefined) {
      const flat = (...args: NDArray[]): NDArray[] => this.run(func, args) as NDArray[];
      this.#staged.set(func.name, (staged = jit(flat, { name: func.name })));
    }
    return staged;
  }
}

/** The values of a function that runs. */
class Frame implements Surroundings {
  readonly #values: Datum[];
  readonly #program: Program;

  constructor(func: Func, program: Program) {
    this.#values = new Array<Datum>(func.slots).fill(null);
    this.#program = program;
  }

  error(at: number, detail: string): StablehloError {
    return this.#program.error(at, detail);
  }
  call(name: string, args: readonly Datum[], at: number): Datum[] {
    return this.#program.call(name, args, at);
  }
  functionOf(name: string): Func | undefined {
    return this.#program.functions.get(name);
  }
  valueOf(value: Value): Datum {
    return this.#values[value.slot];
  }

  run(block: Block, args: readonly Datum[], known?: ReadonlyMap<Value, Datum>): Datum[] {
    if (args.length !== block.args.length)
      throw this.error(block.end.at, `expected ${block.args.length} arguments; got ${args.length}.`);
    args.forEach((x, i) => {
      this.#checkType(block.args[i], x, block.end.at, `argument ${i}`);
      this.#values[block.args[i].slot] = x;
    });
    for (const op of block.ops) {
      const given = known?.get(op.results[0]);
      if (given === undefined) this.#carryOut(op);
      else this.#values[op.results[0].slot] = given;
    }
    return block.end.operands.map((v) => this.#values[v.slot]);
  }

  #carryOut(op: Op): void {
    const handler = handlerOf(op.name);
    if (handler === undefined) throw this.error(op.at, `the operation '${op.name}' is not known.`);
    const data = op.operands.map((v) => this.#values[v.slot]);
    const call = new Call(op, data, this);
    const made = this.#attempt(op, () => handler(call));
    const outs = made instanceof NDArray ? [made] : made;
    if (outs.length !== op.results.length)
      throw this.error(
        op.at,
        `${op.name} has ${outs.length} results; the ${this.#program.source} says ${op.results.length}.`,
      );
    outs.forEach((x, i) => {
      this.#checkType(op.results[i], x, op.at, `${op.name}: result ${i}`);
      this.#values[op.results[i].slot] = x;
    });
    if (op.results.length === 1 && (op.name === "stablehlo.select" || op.name === "func.call"))
      this.#values[op.results[0].slot] = asIdiom(call, outs[0]);
  }

  /** What the library finds wrong with an operation is wrong with the module. */
  #attempt<T>(op: Op, f: () => T): T {
    try {
      return f();
    } catch (e) {
      if (e instanceof StablehloError || !(e instanceof AdjointError)) throw e;
      throw this.error(op.at, `${op.name}: ${e.detail}`);
    }
  }

  #checkType({ type }: Value, x: Datum, at: number, what: string): void {
    if (type.kind !== "tensor" || !(x instanceof NDArray)) {
      const fits = type.kind === "token" ? x === null : type.kind === "tuple" && Array.isArray(x);
      if (!fits) throw this.error(at, `${what} is not what the ${this.#program.source} says, ${type.text}.`);
      return;
    }
    if (type.aval !== x.aval.strong)
      throw this.error(
        at,
        `${what} is ${x.aval.short()}, where the ${this.#program.source} says ${type.text}.`,
      );
  }
}
