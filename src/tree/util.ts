/**
 * @file The `treeUtil` namespace: the names of `jax.tree_util`, most of them those of `tree` with a prefix.
 *
 * A pytree node is never a JavaScript function here (functions are leaves), so `Partial` is an object with a method `call`.
 */
import { refuseMore, checkFunction } from "../base/checks.ts";
import {
  type IsLeaf,
  type KeyEntry,
  type PytreeNode,
  type TreeDef,
  asNode,
  registerPytreeNode,
  treeFlatten as flattenTree,
} from "../core/tree.ts";
import { TreeError } from "../base/errors.ts";

export {
  all as treeAll,
  allLeaves,
  broadcast as treeBroadcast,
  flatten as treeFlatten,
  flattenWithPath as treeFlattenWithPath,
  leaves as treeLeaves,
  leavesWithPath as treeLeavesWithPath,
  map as treeMap,
  mapWithPath as treeMapWithPath,
  reduce as treeReduce,
  reduceAssociative as treeReduceAssociative,
  structure as treeStructure,
  transpose as treeTranspose,
  unflatten as treeUnflatten,
  treedefChildren,
  treedefIsLeaf,
  treedefTuple,
} from "./functions.ts";
export { type PytreeNode, TreeDef, keystr, registerPytreeNode } from "../core/tree.ts";

type Constructor<T> = abstract new (...args: never[]) => T;

/** A child of a node and its name. */
export type KeyedChild = readonly [key: KeyEntry | string | number, child: unknown];

const keyText = (key: KeyedChild[0]): string =>
  typeof key === "object" ? String("key" in key ? key.key : key.index) : String(key);

/**
 * Makes instances of `cls` nodes of pytrees whose children have names in paths.
 * @param flattenWithKeys to `[[[key, child], …], aux]`
 * @param unflatten from `(aux, children)`
 * @param _flatten the same without keys, if it is faster: `[children, aux]`. It is accepted for JAX's sake and not
 * called.
 * @throws TreeError if the class is registered already
 * @see jax.tree_util.register_pytree_with_keys
 * @example
 * class Line { constructor(readonly slope: number, readonly start: number) {} }
 * treeUtil.registerPytreeWithKeys(
 *   Line,
 *   (line) => [[["slope", line.slope], ["start", line.start]], null] as const,
 *   (_, [slope, start]) => new Line(slope as number, start as number),
 * );
 * tree.leavesWithPath(new Line(1, 2)).map(([path]) => tree.keystr(path)); // [".slope", ".start"]
 */
export function registerPytreeWithKeys<T, Aux>(
  cls: Constructor<T>,
  flattenWithKeys: (value: T) => readonly [children: readonly KeyedChild[], aux: Aux],
  unflatten: (aux: Aux, children: readonly unknown[]) => T,
  _flatten?: ((value: T) => readonly [children: readonly unknown[], aux: Aux]) | null,
  ...more: []
): void {
  refuseMore("registerPytreeWithKeys", 4, more);
  checkFunction("registerPytreeWithKeys", "flattenWithKeys", flattenWithKeys);
  const node: PytreeNode<T, Aux> = {
    flatten: (value) => {
      const [keyed, aux] = flattenWithKeys(value);
      return { children: keyed.map((k) => k[1]), aux, keys: keyed.map((k) => keyText(k[0])) };
    },
    unflatten,
  };
  registerPytreeNode(cls, node);
}

/** A class that says itself how it is taken apart and put together. */
export interface KeyedNodeClass<
  T extends { treeFlattenWithKeys(): readonly [readonly KeyedChild[], unknown] },
> {
  new (...args: never[]): T;
  treeUnflatten(aux: unknown, children: readonly unknown[]): T;
}

/**
 * Makes instances of a class nodes of pytrees, as `registerPytreeWithKeys` does; the class itself has a method
 * `treeFlattenWithKeys` and a static `treeUnflatten`.
 * @returns the class
 * @throws TreeError if the class is registered already
 * @see jax.tree_util.register_pytree_with_keys_class
 * @example
 * class Box {
 *   constructor(readonly content: unknown) {}
 *   treeFlattenWithKeys() { return [[["content", this.content]], null] as const; }
 *   static treeUnflatten(_aux: unknown, [content]: readonly unknown[]) { return new Box(content); }
 * }
 * treeUtil.registerPytreeWithKeysClass(Box);
 * tree.leaves(new Box([1, 2])); // [1, 2]
 */
export function registerPytreeWithKeysClass<
  T extends { treeFlattenWithKeys(): readonly [readonly KeyedChild[], unknown] },
  C extends KeyedNodeClass<T>,
>(cls: C & KeyedNodeClass<T>, ...more: []): C {
  refuseMore("registerPytreeWithKeysClass", 1, more);
  registerPytreeWithKeys<T, unknown>(
    cls,
    (value) => value.treeFlattenWithKeys(),
    (aux, children) => cls.treeUnflatten(aux, children),
  );
  return cls;
}

function openNode(tree: unknown, name: string): [unknown[], TreeDef] {
  const below: IsLeaf = (node) => node !== tree;
  const [children, def] = flattenTree(tree, below);
  if (def.node.kind === "leaf")
    throw new TreeError(`${name}: a leaf has no children; expected a list, an object or a registered class.`);
  return [children, def];
}

/** What a node consists of beside its children: the keys of an object, the `aux` of a registered class, else null. */
function metadata({ node }: TreeDef): unknown {
  if (node.kind === "dict") return [...node.keys];
  return node.kind === "custom" ? node.aux : null;
}

/**
 * The children of the root of a tree, and what else it consists of: `[children, aux]`.
 * @throws TreeError for a leaf
 * @see jax.tree_util.flatten_one_level
 * @example
 * treeUtil.flattenOneLevel({ b: [1, 2], a: 3 }); // [[3, [1, 2]], ["a", "b"]]
 */
export function flattenOneLevel(tree: unknown, ...more: []): [children: unknown[], aux: unknown] {
  refuseMore("flattenOneLevel", 1, more);
  const [children, def] = openNode(tree, "flattenOneLevel");
  return [children, metadata(def)];
}

/**
 * The children of the root of a tree with their keys, and what else it consists of: `[[[key, child], …], aux]`.
 * @throws TreeError for a leaf
 * @see jax.tree_util.flatten_one_level_with_keys
 * @example
 * treeUtil.flattenOneLevelWithKeys([5])[0]; // [[{ index: 0 }, 5]]
 */
export function flattenOneLevelWithKeys(
  tree: unknown,
  ...more: []
): [children: [KeyEntry, unknown][], aux: unknown] {
  refuseMore("flattenOneLevelWithKeys", 1, more);
  const [children, def] = openNode(tree, "flattenOneLevelWithKeys");
  const { node } = def;
  const keys = node.kind === "dict" || node.kind === "custom" ? node.keys : undefined;
  const keyed = children.map((child, index): [KeyEntry, unknown] => [
    keys === undefined ? { index } : { key: keys[index] },
    child,
  ]);
  return [keyed, metadata(def)];
}

type AnyFunction = (...args: never[]) => unknown;

/**
 * A function with its first arguments, as a pytree: the arguments are its children, the function belongs to the structure.
 * It passes through `jit`, `grad` and the like as an argument; `call` applies it.
 * @see jax.tree_util.Partial
 * @example
 * const scale = new treeUtil.Partial((k: Array, x: Array) => x.mul(k), np.array(2));
 * grad((p: treeUtil.Partial) => p.call(np.array(3)) as Array)(scale).args[0]; // 3
 */
export class Partial {
  readonly func: AnyFunction;
  readonly args: readonly unknown[];

  constructor(func: AnyFunction, ...args: readonly unknown[]) {
    this.func = func;
    this.args = args;
  }

  /** Calls the function with the stored arguments and these. */
  call(...rest: readonly unknown[]): unknown {
    const f = this.func as (...args: unknown[]) => unknown;
    return f(...this.args, ...rest);
  }

  get [asNode](): PytreeNode<Partial, AnyFunction> {
    return partialNode;
  }
}

const partialNode: PytreeNode<Partial, AnyFunction> = {
  flatten: ({ args, func }) => ({ children: args, aux: func }),
  unflatten: (func, args) => new Partial(func, ...args),
};
