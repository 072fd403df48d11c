/** @file `jit` and `vmap` of plain functions. */
import { checkFunction, checkListOf, refuseMore, show } from "../base/checks.ts";
import { ArgumentError } from "../base/errors.ts";
import type { NDArray } from "../core/array.ts";
import { jit as jitOfArrays } from "../api/compile/jit.ts";
import { vmap as vmapOfArrays } from "../api/vmap.ts";
import { stack } from "../numpy/shapes/joining.ts";
import { Arguments, Result, callPlain, openArgument, plain, structureOf } from "./data.ts";
import { unstack } from "./runtime/indexing.ts";
import { Packing } from "./runtime/packing.ts";
import type { Many } from "./types.ts";

/** Names for values that are compared by identity. */
class Identities {
  readonly #names = new Map<unknown, number>();

  readonly name = (value: unknown): string => {
    if (value === null) return "null";
    if (typeof value === "object" || typeof value === "function" || typeof value === "symbol") {
      const known = this.#names.get(value) ?? this.#names.size;
      this.#names.set(value, known);
      return `#${known}`;
    }
    return `${typeof value} ${JSON.stringify(String(value))}`;
  };
}

/** A program, and the form of its result once it has been traced. */
interface Program {
  readonly run: (arrays: NDArray[]) => NDArray[];
  result: Result | null;
}

/**
 * A plain function, compiled when it is first called with arguments of a form: numbers are traced, anything else in them
 * (text, booleans, functions) is part of the form. Branches and loops whose conditions depend on numbers become parts of the
 * program; what cannot is an error at its line.
 * @throws PlainCodeError for code that has no counterpart among arrays of fixed shapes
 * @see adjoint.jit
 * @example
 * import * as plain from "adjoint/plain";
 * const collatz = plain.jit((n: number) => {
 *   "use adjoint";
 *   let steps = 0;
 *   while (n !== 1) { n = n % 2 === 0 ? n / 2 : 3 * n + 1; steps++; }
 *   return steps;
 * });
 * collatz(27); // 111
 */
export function jit<A extends unknown[], R>(f: (...args: A) => R, ...more: []): (...args: A) => R {
  refuseMore("jit", 1, more);
  checkFunction("jit", "the first argument", f);
  const programs = new Map<string, Program>();
  const identities = new Identities();
  return (...args) => {
    const all = args.map((_, k) => k);
    const given = new Arguments(args, all);
    const key = `${args.map((x) => structureOf(openArgument(x), identities.name)).join(";")}|${given.arrays.map((x) => String(x.aval)).join()}`;
    const known = programs.get(key) ?? programOf(f, given);
    programs.set(key, known);
    const outs = known.run([...given.arrays]);
    return known.result!.value(outs) as R;
  };
}

function programOf(f: (...args: never[]) => unknown, given: Arguments): Program {
  const run = (arrays: NDArray[]): NDArray[] => {
    program.result = new Result(callPlain(f, given.with(arrays)));
    return [...program.result.arrays];
  };
  Object.defineProperty(run, "name", { value: f.name });
  const program: Program = { run: jitOfArrays(run), result: null };
  return program;
}

/**
 * A plain function on many arguments at once: lists in the place of each argument, and a list of results. With `inAxes`, null
 * in the place of arguments that are the same for all.
 * @throws ArgumentError for lists of different lengths or forms; PlainCodeError for code that cannot be converted
 * @see adjoint.vmap
 * @example
 * import * as plain from "adjoint/plain";
 * plain.vmap((x: number) => { "use adjoint"; return x > 0 ? x * x : 0; })([-1, 2, 3]); // [0, 4, 9]
 */
export function vmap<A extends unknown[], R>(
  f: (...args: A) => R,
  inAxes?: readonly (0 | null)[],
  ...more: []
): (...args: Many<A>) => R[] {
  refuseMore("vmap", 2, more);
  checkFunction("vmap", "the first argument", f);
  if (inAxes !== undefined) checkListOf("vmap", "inAxes", inAxes);
  return (...args) => {
    const mapped = args.map((_, k) => k).filter((k) => inAxes?.[k] !== null);
    const lists = mapped.map((k) => manyOf(args[k], k));
    const [first] = lists;
    if (first === undefined)
      throw new ArgumentError("vmap: expected at least one argument to map over; got none.");
    lists.forEach((list, i) => {
      if (list.length !== first.length)
        throw new ArgumentError(
          `vmap: argument ${mapped[i]} has ${list.length} values, argument ${mapped[0]} has ${first.length}.`,
        );
    });
    if (first.length === 0) return [];
    return overLists(f, args, mapped, lists) as R[];
  };
}

function manyOf(x: unknown, k: number): readonly unknown[] {
  if (x instanceof Float64Array || x instanceof Float32Array) return [...x];
  if (Array.isArray(x)) return x;
  throw new ArgumentError(`vmap: argument ${k} must be a list of values, one for each call; got ${show(x)}.`);
}

function overLists(
  f: (...args: never[]) => unknown,
  args: readonly unknown[],
  mapped: readonly number[],
  lists: readonly (readonly unknown[])[],
): unknown[] {
  const names = new Identities();
  const trees = lists.map((list) => list.map((x) => openArgument(x)));
  trees.forEach((list, i) => {
    const [form] = list.map((t) => structureOf(t, names.name));
    if (list.some((t) => structureOf(t, names.name) !== form))
      throw new ArgumentError(`vmap: the values of argument ${mapped[i]} must have one form.`);
  });
  const packing = new Packing(trees.map((list) => list[0]));
  const lanes = lists[0].map((_, i) => packing.packTrees(trees.map((list) => list[i])));
  const stacks = lanes[0].map((_, k) => stack(lanes.map((lane) => lane[k])));
  let result!: Result;
  const run = (arrays: NDArray[]): NDArray[] => {
    const all = [...args];
    packing.unpack(arrays).forEach((value, i) => (all[mapped[i]] = value));
    result = new Result(callPlain(f, all));
    return [...result.arrays];
  };
  const outs = vmapOfArrays(run)(stacks);
  const parts = outs.map(unstack);
  return lists[0].map((_, i) => plain(result.value(parts.map((part) => part[i]))));
}
