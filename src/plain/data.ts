/**
 * @file The arguments and results of plain functions: numbers, lists, typed arrays, objects and instances of classes, as trees
 * of arrays and back. Numbers are leaves; anything else than these (text, booleans, functions) stays as it is.
 */
import type { NDArray } from "../core/array.ts";
import { show } from "../base/checks.ts";
import { OutputError } from "../base/errors.ts";
import { asArray } from "../lax/operands/convert.ts";
import { kindOf, typedList } from "./runtime/lists.ts";
import { Packing } from "./runtime/packing.ts";
import { type Tree, open } from "./runtime/trees.ts";
import { isArray, isLeaf, unbox } from "./runtime/values.ts";

/** Functions as they come, whatever they take. */
export type AnyFunction = (...args: never[]) => unknown;

export const callPlain = (f: AnyFunction, args: readonly unknown[]): unknown =>
  (f as (...args: readonly unknown[]) => unknown)(...args);

const isFloats = (x: unknown): x is Float64Array | Float32Array =>
  x instanceof Float64Array || x instanceof Float32Array;

/** Booleans of arguments are not traced: they stay as they are. */
function fixed(tree: Tree): Tree {
  if (tree.node === "leaf" && typeof tree.value === "boolean") return { node: "opaque", value: tree.value };
  return "items" in tree ? { ...tree, items: tree.items.map(fixed) } : tree;
}

/** An argument, taken apart. */
export const openArgument = (x: unknown): Tree => fixed(open(x));

/** Values in the place of the traced ones of a result, and typed arrays in the place of the lists that stood for them. */
export function plain(x: unknown): unknown {
  if (isArray(x)) return x.ndim === 0 ? unbox(x) : x;
  if (typeof x !== "object" || x === null || isFloats(x)) return x;
  if (Array.isArray(x)) {
    const items = x.map(plain);
    const kind = kindOf(x);
    const isKnown = items.every((item) => typeof item === "number");
    if (kind === Float64Array && isKnown) return Float64Array.from(items);
    if (kind === Float32Array && isKnown) return Float32Array.from(items);
    return kind === undefined ? items : typedList(kind, items);
  }
  const tree = open(x);
  if (tree.node !== "record") return x;
  const record = x as Record<string, unknown>;
  for (const key of tree.keys) {
    const value = plain(record[key]);
    if (value !== record[key]) record[key] = value;
  }
  return x;
}

/** The arguments of a call, of which some are traced. */
export class Arguments {
  readonly #args: readonly unknown[];
  readonly #chosen: readonly number[];
  readonly packing: Packing;
  readonly arrays: readonly NDArray[];

  constructor(args: readonly unknown[], chosen: readonly number[]) {
    this.#args = args;
    this.#chosen = chosen;
    const trees = chosen.map((k) => openArgument(args[k]));
    this.packing = new Packing(trees);
    this.arrays = this.packing.packTrees(trees);
  }

  /** The arguments with others in the place of those chosen. */
  with(arrays: readonly NDArray[]): unknown[] {
    const all = [...this.#args];
    this.packing.unpack(arrays).forEach((value, i) => (all[this.#chosen[i]] = value));
    return all;
  }

  /** Values of the forms of those chosen. */
  values(arrays: readonly NDArray[]): unknown[] {
    return this.packing.unpack(arrays).map(plain);
  }
}

/** A result as arrays, and how to put it together again. */
export class Result {
  readonly packing: Packing;
  readonly arrays: readonly NDArray[];

  constructor(value: unknown) {
    const tree = open(value);
    this.packing = new Packing([tree]);
    this.arrays = this.packing.packTrees([tree]);
  }

  value(arrays: readonly NDArray[]): unknown {
    return plain(this.packing.unpack(arrays)[0]);
  }
}

/** @throws OutputError for a result that is no number */
export function scalarOf(what: string, x: unknown): NDArray {
  if (isLeaf(x) && typeof x !== "boolean") return asArray(x, what);
  throw new OutputError(`${what}: the function must return a number; got ${show(x)}.`);
}

/** Whether two trees have one structure, and how a structure is told from others. */
export function structureOf(tree: Tree, identify: (value: unknown) => string): string {
  switch (tree.node) {
    case "leaf":
      return "*";
    case "none":
      return String(tree.value);
    case "opaque":
      return identify(tree.value);
    case "list":
      return `${tree.kind === undefined ? "" : identify(tree.kind)}[${tree.items.map((t) => structureOf(t, identify)).join()}]`;
    case "record":
      return `${identify(tree.proto)}{${tree.items.map((t, i) => `${JSON.stringify(tree.keys[i])}:${structureOf(t, identify)}`).join()}}`;
  }
}
