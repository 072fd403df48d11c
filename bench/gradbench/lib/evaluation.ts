/**
 * @file One function of an eval: how its input becomes arrays, what is computed, and how the result becomes JSON.
 *
 * What is computed is given as a function of the input's fixed parts (sizes, tables), returning a function of arrays;
 * it is compiled once for each value of the fixed parts. A run calls it and reads all results: only that is timed.
 */
import { type Array, type Compiled, config, jit, tree } from "../../../src/index.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * How functions are run: compiled (as `auto` chooses, to JavaScript, to WebAssembly), operation by operation, or by the
 * interpreter of loop programs. WebAssembly needs `init()` to have been awaited.
 */
export const modes = ["auto", "js", "wasm", "eager", "interpreter"] as const;
export type Mode = (typeof modes)[number];

/** A function with its input. */
export interface Prepared {
  /** Computes the result and reads all its numbers. */
  readonly run: () => void;
  /** The result of the latest run. */
  readonly output: () => Json;
  /** Bytes of the arrays that go in and come out of the latest run. */
  readonly bytes: () => number;
  /** The texts of the compiled program; null where nothing is compiled. */
  readonly stages: () => Compiled | null;
  /** What is computed, not compiled, and its arguments. */
  readonly program: () => { readonly fn: (...args: never[]) => unknown; readonly args: readonly unknown[] };
}

/** One function of an eval. */
export interface Evaluation {
  prepare(input: Json, mode: Mode): Prepared;
}

/** The functions of an eval, by name. */
export type Eval = Readonly<Record<string, Evaluation>>;

export interface EvaluationSpec<I, S, A extends unknown[], R> {
  /** Parts of the input that are known before anything is computed, as JSON: sizes, tables. */
  readonly fixed?: (input: I) => S;
  /** The other parts, as arrays. */
  readonly args: (input: I) => A;
  readonly fn: (fixed: S) => (...args: A) => R;
  /** The result as JSON; as it is, in nested lists, unless given. */
  readonly output?: (result: R, input: I) => Json;
}

/** A compiled function as it is used here: with arrays for arguments. */
interface Jitted<A extends unknown[], R> {
  (...args: A): R;
  lower(...args: A): { compile(): Compiled };
}

interface Runnable<A extends unknown[], R> {
  readonly call: (...args: A) => R;
  readonly jitted: Jitted<A, R> | null;
}

/** All numbers of a result, where JavaScript can see them. */
function read(result: unknown): void {
  for (const leaf of tree.leaves(result)) (leaf as Array).view();
}

const bytesOf = (arrays: unknown): number =>
  tree.leaves(arrays).reduce<number>((sum, leaf) => sum + (leaf as Array).nbytes, 0);

/** Gives memory back at once, instead of when the garbage collector finds out. */
function dispose(result: unknown): void {
  for (const leaf of tree.leaves(result)) (leaf as Array).dispose();
}

function inMode<R>(mode: Mode, f: () => R): R {
  return mode === "interpreter" ? config.with({ jitless: true }, f) : f();
}

function compile<A extends unknown[], R>(fn: (...args: A) => R, mode: Mode): Jitted<A, R> | null {
  if (mode === "eager") return null;
  const backend = mode === "interpreter" ? "auto" : mode;
  return jit(fn, { backend }) as unknown as Jitted<A, R>;
}

/** @see EvaluationSpec */
export function evaluation<I, S, A extends unknown[], R>(spec: EvaluationSpec<I, S, A, R>): Evaluation {
  const compiled = new Map<string, Runnable<A, R>>();
  const functionFor = (fixed: S, mode: Mode): Runnable<A, R> => {
    const key = `${mode} ${JSON.stringify(fixed)}`;
    const known = compiled.get(key);
    if (known !== undefined) return known;
    const fn = spec.fn(fixed);
    const jitted = compile(fn, mode);
    const made = { call: jitted ?? fn, jitted };
    compiled.set(key, made);
    return made;
  };
  return {
    prepare(json, mode) {
      const input = json as I;
      const args = spec.args(input);
      const { call, jitted } = functionFor(spec.fixed?.(input) as S, mode);
      let result: { readonly value: R } | null = null;
      return {
        run: () => {
          if (result !== null) dispose(result.value);
          const value = inMode(mode, () => call(...args));
          read(value);
          result = { value };
        },
        output: () => {
          if (result === null) throw new Error("output before the first run");
          const toJson = spec.output ?? ((value: R): Json => nested(value));
          return toJson(result.value, input);
        },
        bytes: () => bytesOf(args) + bytesOf(result?.value),
        stages: () => jitted?.lower(...args).compile() ?? null,
        program: () => ({ fn: spec.fn(spec.fixed?.(input) as S), args }),
      };
    },
  };
}

/** Arrays as nested lists, 0-d arrays as numbers, in the tree they are in. */
export function nested(value: unknown): Json {
  return tree.map((leaf: Array) => leaf.js(), value) as Json;
}
