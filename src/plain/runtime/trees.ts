/**
 * @file Values of plain code as trees: lists, objects and instances of classes down to numbers, booleans and traced values.
 * What a branch or the step of a loop leaves behind is taken apart here, compared with what the other branch or the step
 * before has left, and put together again.
 */
import type { NDArray } from "../../core/array.ts";
import { type DType, promoteTypes, isFloat } from "../../dtypes/dtype.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import { asDType } from "../../lax/operands/convert.ts";
import { convertElementType } from "../../lax/elementwise/convert.ts";
import { kindOf, typedList } from "./lists.ts";
import { fresh } from "./log.ts";
import { elementsOf } from "./slots.ts";
import { type Leaf, isArray, isLeaf, truth } from "./values.ts";

export type Tree =
  | { readonly node: "leaf"; readonly value: Leaf }
  | { readonly node: "none"; readonly value: undefined | null }
  | { readonly node: "list"; readonly items: readonly Tree[]; readonly kind: unknown }
  | {
      readonly node: "record";
      readonly proto: object | null;
      readonly keys: readonly string[];
      readonly items: readonly Tree[];
    }
  | { readonly node: "opaque"; readonly value: unknown };

/** Deeper than this, values are taken as they are: they may contain themselves. */
const maxDepth = 12;

const plainClasses: ReadonlySet<unknown> = new Set([Object.prototype, null]);

/** Whether an object holds its data in properties: no map, no date, no typed array, no function. */
function isRecord(x: object): boolean {
  const proto: unknown = Object.getPrototypeOf(x);
  if (plainClasses.has(proto)) return true;
  if (
    ArrayBuffer.isView(x) ||
    x instanceof Map ||
    x instanceof Set ||
    x instanceof Date ||
    x instanceof Error
  )
    return false;
  return Object.prototype.toString.call(x) === "[object Object]" && !(x instanceof Promise);
}

/** A value, taken apart. */
export function open(value: unknown, depth = 0): Tree {
  if (isLeaf(value)) return { node: "leaf", value };
  if (value === undefined || value === null) return { node: "none", value };
  if (typeof value !== "object" || depth > maxDepth) return { node: "opaque", value };
  if (Array.isArray(value))
    return { node: "list", items: value.map((x) => open(x, depth + 1)), kind: kindOf(value) };
  if (value instanceof Float64Array || value instanceof Float32Array)
    return { node: "list", items: elementsOf(value).map((x) => open(x, depth + 1)), kind: value.constructor };
  if (!isRecord(value)) return { node: "opaque", value };
  const keys = Object.keys(value);
  const items = keys.map((k) => open((value as Readonly<Record<string, unknown>>)[k], depth + 1));
  return { node: "record", proto: Object.getPrototypeOf(value) as object | null, keys, items };
}

/** A tree put together, its leaves by `leaf`. */
export function close(tree: Tree, leaf: (value: Leaf) => unknown): unknown {
  switch (tree.node) {
    case "leaf":
      return leaf(tree.value);
    case "none":
    case "opaque":
      return tree.value;
    case "list": {
      const items = tree.items.map((t) => close(t, leaf));
      return tree.kind === undefined ? fresh(items) : typedList(tree.kind, items);
    }
    case "record": {
      const object = Object.create(tree.proto) as Record<string, unknown>;
      tree.keys.forEach((key, i) => {
        Object.defineProperty(object, key, {
          value: close(tree.items[i], leaf),
          writable: true,
          enumerable: true,
          configurable: true,
        });
      });
      return fresh(object);
    }
  }
}

/** The leaves of a tree, in the order of `close`. */
export function leaves(tree: Tree): Leaf[] {
  if (tree.node === "leaf") return [tree.value];
  return tree.node === "list" || tree.node === "record" ? tree.items.flatMap(leaves) : [];
}

/** What a value is called in a message. */
export function describe(tree: Tree): string {
  switch (tree.node) {
    case "leaf":
      return typeof tree.value === "boolean" || (isArray(tree.value) && tree.value.dtype === "bool")
        ? "a boolean"
        : "a number";
    case "none":
      return String(tree.value);
    case "list":
      return `a list of ${tree.items.length}`;
    case "record":
      return `an object with ${tree.keys.length === 0 ? "no properties" : tree.keys.join(", ")}`;
    case "opaque":
      return typeof tree.value === "string"
        ? `the text ${JSON.stringify(tree.value)}`
        : `a ${typeof tree.value}`;
  }
}

/** Two values that have no common form. */
export class Mismatch extends Error {
  readonly a: Tree;
  readonly b: Tree;
  readonly path: string;

  constructor(a: Tree, b: Tree, path: string) {
    super("values of different forms");
    this.a = a;
    this.b = b;
    this.path = path;
  }
}

const sameKeys = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((k, i) => k === b[i]);

/** What stands for a value that is not there: arithmetic makes NaN of undefined. */
const absent = (tree: Tree): Tree => {
  switch (tree.node) {
    case "leaf": {
      const { value } = tree;
      if (isArray(value) && value.ndim > 0) return { node: "leaf", value: filled(value) };
      return {
        node: "leaf",
        value: typeof value === "boolean" || (isArray(value) && value.dtype === "bool") ? false : NaN,
      };
    }
    case "list":
    case "record":
      return { ...tree, items: tree.items.map(absent) };
    default:
      return tree;
  }
};

const filled = (x: NDArray): NDArray =>
  x.dtype === "bool" ? asDType(false, "bool", false, "plain").reshape(x.shape.map(() => 1)) : x.mul(NaN);

const isCallable = (tree: Tree): tree is Extract<Tree, { node: "opaque" }> =>
  tree.node === "opaque" && typeof tree.value === "function";

/**
 * Pairs the leaves of two values. Where one of them is undefined, NaN stands for it.
 * @param functions what becomes of two functions, if there is anything
 * @throws Mismatch where they have no common form
 */
export function zip(
  a: Tree,
  b: Tree,
  pair: (a: Leaf, b: Leaf) => Leaf,
  path = "",
  functions: ((a: unknown, b: unknown) => unknown) | null = null,
): Tree {
  if (a.node === "none" && b.node === "none") return a.value === b.value ? a : b;
  if (a.node === "none" && b.node !== "opaque") return zip(absent(b), b, pair, path, functions);
  if (b.node === "none" && a.node !== "opaque") return zip(a, absent(a), pair, path, functions);
  if (a.node === "leaf" && b.node === "leaf") return { node: "leaf", value: pair(a.value, b.value) };
  if (a.node === "opaque" && b.node === "opaque" && Object.is(a.value, b.value)) return a;
  if (functions !== null && isCallable(a) && isCallable(b))
    return { node: "opaque", value: functions(a.value, b.value) };
  if (a.node === "list" && b.node === "list" && a.items.length === b.items.length)
    return { ...a, items: a.items.map((x, i) => zip(x, b.items[i], pair, `${path}[${i}]`, functions)) };
  if (a.node === "record" && b.node === "record" && a.proto === b.proto && sameKeys(a.keys, b.keys))
    return {
      ...a,
      items: a.items.map((x, i) => zip(x, b.items[i], pair, `${path}.${a.keys[i]}`, functions)),
    };
  throw new Mismatch(a, b, path);
}

/** The type of a leaf among arrays. Whole numbers are float64, as all numbers are. */
export function avalOf(x: Leaf): ShapedArray {
  if (typeof x === "number") return shaped([], "float64");
  if (typeof x === "boolean") return shaped([], "bool");
  return isFloat(x.dtype) || x.dtype === "bool" ? x.aval.strong : x.aval;
}

/** The type that two leaves have in common; null if there is none. */
export function commonAval(a: Leaf, b: Leaf): ShapedArray | null {
  const x = avalOf(a);
  const y = avalOf(b);
  if (x.shape.length !== y.shape.length || x.shape.some((n, i) => n !== y.shape[i])) return null;
  let dtype: DType = x.dtype;
  if (x.dtype !== y.dtype) {
    if (typeof a === "number" && isFloat(y.dtype)) dtype = y.dtype;
    else if (typeof b === "number" && isFloat(x.dtype)) dtype = x.dtype;
    else dtype = promoteTypes([x, y]).dtype;
  }
  return shaped(x.shape, dtype);
}

/** A leaf as an array of a type. */
export function toAval(x: Leaf, aval: ShapedArray): NDArray {
  if (aval.dtype === "bool") {
    const t = isArray(x) && x.ndim > 0 ? x : truth(x);
    return isArray(t) ? t : asDType(t, "bool", false, "plain");
  }
  return isArray(x) ? convertElementType(x, aval.dtype) : asDType(Number(x), aval.dtype, false, "plain");
}
