/** @file `recursive`: functions that call themselves as values decide, compiled to a loop with a stack. */
import { checkFunction, checkWhole, refuseMore } from "../../base/checks.ts";
import { config } from "../../base/config.ts";
import {
  ArgumentError,
  DTypeError,
  JaxRuntimeError,
  ShapeError,
  TreeError,
  checkOptions,
} from "../../base/errors.ts";
import { arraysEqual } from "../../base/util.ts";
import {
  type AnyFunction,
  FlatFunction,
  callWith,
  describeCall,
  argumentPaths,
  flattenArgs,
  flattenCall,
} from "../../api/flatten.ts";
import type { NDArray } from "../../core/array.ts";
import { type ShapedArray, sameType, shaped } from "../../core/aval.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import { bind } from "../../core/trace.ts";
import { type TreeDef, explainTreeMismatch, treeFlatten, treeUnflatten } from "../../core/tree.ts";
import type { ArrayTree, LikeArgs } from "../../core/tree-types.ts";
import { cond } from "../../control-flow/branches/api.ts";
import { callback } from "../../effects/debug.ts";
import { traceToJaxpr } from "../../interpreters/staging.ts";
import { asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { Flow } from "./flow.ts";
import { runFlow } from "./machine.ts";
import { selfP } from "./self.ts";

/** Options of `recursive`. */
export interface RecursionOptions {
  /** How deeply the function may call itself: 1000 by default. The stack has room for so many frames, used or not. */
  readonly maxDepth?: number | undefined;
  /**
   * What the result is like: a tree of arrays or of `{ shape, dtype }`. Found out by tracing where it is one number, or where
   * branches without calls tell.
   */
  readonly result?: unknown;
}

/** The types of a result. */
interface Result {
  readonly def: TreeDef;
  readonly avals: readonly ShapedArray[];
}

interface SpecLike {
  readonly shape: readonly number[];
  readonly dtype: ShapedArray["dtype"];
}

const isSpec = (x: unknown): x is SpecLike =>
  typeof x === "object" && x !== null && "shape" in x && "dtype" in x;

function resultLike(spec: unknown, what: string): Result {
  const [leaves, def] = treeFlatten(spec, isSpec);
  const avals = leaves.map((leaf) => {
    if (typeof leaf === "number") return shaped([], config.values.defaultFloat);
    if (!isSpec(leaf))
      throw new ArgumentError(`${what}: the option result is a tree of arrays or of { shape, dtype }.`);
    return shaped(leaf.shape, leaf.dtype);
  });
  return { def, avals };
}

const sameResult = (a: Result, b: Result): boolean =>
  a.avals.length === b.avals.length &&
  a.avals.every((x, i) => sameType(x, b.avals[i])) &&
  a.def.equals(b.def);

/** A call of the function, of which the types are known. */
class Call {
  readonly #f: AnyFunction;
  readonly #what: string;
  readonly #defs: readonly TreeDef[];
  readonly #avals: readonly ShapedArray[];
  readonly #rebuild: (arrays: readonly NDArray[]) => unknown[];
  /** Whether the function called itself while it was traced the last time. */
  #called = false;

  constructor(f: AnyFunction, what: string, flat: ReturnType<typeof flattenCall>) {
    this.#f = f;
    this.#what = what;
    this.#defs = flat.defs;
    this.#avals = flat.arrays.map((x) => x.aval.strong);
    this.#rebuild = flat.rebuild;
  }

  /** The call of itself: arguments of the same types. */
  #self(result: Result): (...args: unknown[]) => unknown {
    return (...args) => {
      this.#called = true;
      const { arrays, defs } = flattenArgs(args, `${this.#what}: the call of itself`);
      if (defs.length !== this.#defs.length)
        throw new ArgumentError(
          `${this.#what}: the function was called with ${this.#defs.length} arguments, and calls itself with ${defs.length}.`,
        );
      defs.forEach((def, i) => {
        const why = explainTreeMismatch(this.#defs[i], def);
        if (why !== null) throw new TreeError(`${this.#what}: argument ${i} differs: ${why}`);
      });
      const paths = argumentPaths(args);
      const given = arrays.map((x, i) => this.#argument(x, this.#avals[i], paths[i]));
      const outs = bind(selfP, given, { what: this.#what, outAvals: result.avals });
      return treeUnflatten(result.def, outs);
    };
  }

  #argument(x: NDArray, aval: ShapedArray, path: string): NDArray {
    if (!arraysEqual(x.shape, aval.shape))
      throw new ShapeError(
        `${this.#what}: the function was called with shape [${aval.shape.join(",")}] for ${path}, and calls itself with ` +
          `[${x.shape.join(",")}]; shapes stay.`,
      );
    if (x.dtype === aval.dtype) return x.weakType ? lax.convertElementType(x, aval.dtype) : x;
    if (!x.weakType)
      throw new DTypeError(
        `${this.#what}: the function was called with dtype ${aval.dtype} for ${path}, and calls itself with ${x.dtype}.`,
      );
    return asDType(x, aval.dtype, false, this.#what);
  }

  /** Traces the function, if its calls of itself give a result of these types; and the types of what it gives. */
  #trace(result: Result): { readonly closed: ClosedJaxpr; readonly found: Result } {
    const f = (...args: unknown[]): unknown => callWith(this.#f, [this.#self(result), ...args]);
    const fun = new FlatFunction(f, this.#what, this.#rebuild);
    this.#called = false;
    const strong = (xs: readonly NDArray[]): NDArray[] =>
      fun.call(xs).map((x) => (x.weakType ? lax.convertElementType(x, x.dtype) : x));
    const closed = traceToJaxpr(strong, this.#avals, this.#what);
    return { closed, found: { def: fun.outDef, avals: closed.outAvals.map((a) => a.strong) } };
  }

  /** The program, with the types of its result: those given, or those that it gives if its calls give them. */
  program(given: Result | null): { readonly closed: ClosedJaxpr; readonly found: Result } {
    if (given !== null) return this.#settled(given, 1);
    // Most recursions give one number, or something like one of their arguments.
    const guesses = [resultLike(0, this.#what), ...this.#likeArguments()];
    let first: Error | null = null;
    for (const guess of guesses) {
      try {
        return this.#settled(guess, 3);
      } catch (error) {
        if (!this.#called || !(error instanceof Error)) throw error;
        first ??= error;
      }
    }
    throw first!;
  }

  /** The types of its arguments. */
  #likeArguments(): Result[] {
    let at = 0;
    return this.#defs.map((def) => ({ def, avals: this.#avals.slice(at, (at += def.numLeaves)) }));
  }

  /** @throws TreeError if the function does not give what its calls of itself are said to give, or something to begin again with. */
  #settled(result: Result, tries: number): { readonly closed: ClosedJaxpr; readonly found: Result } {
    const traced = this.#trace(result);
    if (!this.#called || sameResult(traced.found, result)) return traced;
    if (tries > 1) return this.#settled(traced.found, tries - 1);
    throw new TreeError(
      `${this.#what}: the function gives ${traced.found.avals.map((a) => a.short()).join(", ")} where its calls of itself give ` +
        `${result.avals.map((a) => a.short()).join(", ")}. Say what the result is like with the option result.`,
    );
  }
}

/** Ends the program with an error where the stack was too small. */
function refuseOverflow(overflow: NDArray, what: string, maxDepth: number): void {
  cond(
    overflow,
    () => {
      callback(() => {
        throw new JaxRuntimeError(
          `${what}: the function called itself more than ${maxDepth} deep. Raise maxDepth, if it should.`,
        );
      });
      return 0;
    },
    () => 0,
  );
}

/**
 * A function that calls itself, as values decide: also where these are not known while it is traced. It gets itself as its first
 * argument, and chooses by `lax.cond` or `lax.switch` whether to call; arguments keep their shapes and dtypes. Compiled it is a
 * loop with a stack, so it goes through every transformation and code generator; reverse mode goes back through the loop, and
 * needs memory for each call.
 *
 * Calls of itself may stand in branches, not in bodies of loops nor in functions that it transforms.
 * @param f `(self, ...args) => result`
 * @param options `maxDepth`: how deeply it may call itself; `result`: what its result is like, where that cannot be found out
 * @throws ArgumentError where it calls itself in a loop, or with other arguments
 * @throws JaxRuntimeError when it runs, and calls itself more deeply than `maxDepth`
 * @throws TreeError where branches, and the calls of itself, give different results
 * @example
 * const fibonacci = recursive((self, n: Array) =>
 *   lax.cond(n.less(2), () => n, () => self(n.sub(1)).add(self(n.sub(2)))),
 * );
 * jit(fibonacci)(10).item(); // 55
 */
export function recursive<A extends unknown[], R = NDArray>(
  f: (self: (...args: unknown[]) => ArrayTree<R>, ...args: A) => R,
  options?: RecursionOptions,
): (...args: LikeArgs<A>) => ArrayTree<R>;
export function recursive(
  f: AnyFunction,
  options?: RecursionOptions,
  ...more: readonly unknown[]
): (...args: unknown[]) => unknown {
  refuseMore("recursive", 2, more);
  checkFunction("recursive", "the first argument", f);
  checkOptions("recursive", options, ["maxDepth", "result"]);
  const maxDepth = options?.maxDepth ?? 1000;
  checkWhole("recursive", "maxDepth", maxDepth, 1);
  const what = describeCall("recursive", f);
  const given = options?.result === undefined ? null : resultLike(options.result, what);
  const run = (...args: unknown[]): unknown => {
    const flat = flattenCall(f, args, what);
    if (config.values.disableJit) return callWith(f, [run, ...flat.rebuild(flat.arrays)]);
    const { closed, found } = new Call(f, what, flat).program(given);
    const inputs = flat.arrays.map((x) => (x.weakType ? lax.convertElementType(x, x.dtype) : x));
    const { result, overflow } = runFlow(new Flow(closed, what), maxDepth, inputs);
    refuseOverflow(overflow, what, maxDepth);
    return treeUnflatten(found.def, result);
  };
  return run;
}
