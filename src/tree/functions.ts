/**
 * @file Functions on pytrees, as `jax.tree` and `jax.tree_util`: what the namespace `tree` consists of.
 *
 * Lists, plain objects (keys in sorted order) and registered classes are nodes; null is a node without leaves; all else is
 * a leaf.
 */
import { checkFunction, checkListOf, show, refuseMore } from "../base/checks.ts";
import { type NDArray, isArrayLike } from "../core/array.ts";
import type { DType } from "../dtypes/dtype.ts";
import {
  type IsLeaf,
  type KeyPath,
  type TreeDef,
  TreeDef as TreeDefClass,
  broadcastPrefix,
  flattenUpTo,
  treeFlatten,
  treeFlattenWithPath,
  treeLeaves,
  treeStructure,
  treeUnflatten,
} from "../core/tree.ts";
import type { ArrayTree } from "../core/tree-types.ts";
import { ShapeError, TreeError, checkOptions } from "../base/errors.ts";
import { asArray, promote, resultType } from "../lax/operands/convert.ts";
import { convertElementType } from "../lax/elementwise/convert.ts";
import { full } from "../lax/shapes/creation.ts";
import { reshape } from "../lax/shapes/movement.ts";
import { concatenate, sliceInDim } from "../lax/shapes/slicing.ts";
import { prod } from "../base/util.ts";
import type { LeafOf, LeavesOf, MapTree, StructureOf, TakenLeaf } from "./types.ts";

export {
  type IsLeaf,
  type KeyPath,
  type PytreeNode,
  TreeDef,
  keystr,
  registerPytreeNode,
} from "../core/tree.ts";
export type { LeafOf, LeavesOf, MapTree, StructureOf } from "./types.ts";

/** Options of the functions that take a tree apart. */
export interface TreeOptions {
  /** Cuts the tree at nodes for which it returns true. */
  readonly isLeaf?: IsLeaf | undefined;
}

type Given = IsLeaf | TreeOptions | undefined;

function cutter(given: Given, name: string): IsLeaf | undefined {
  if (typeof given === "function") return given;
  checkOptions(name, given, ["isLeaf"]);
  return given?.isLeaf;
}

/**
 * Takes a tree apart: `[leaves, structure]`, the leaves in order (keys of objects sorted).
 * @param isLeaf cuts the tree at nodes for which it returns true; a function, or the option of that name
 * @see jax.tree.flatten
 * @example
 * tree.flatten({ b: 1, a: [2, 3] })[0]; // [2, 3, 1]
 */
export function flatten<T>(tree: T): [LeavesOf<T>[], StructureOf<T>];
export function flatten(tree: unknown, isLeaf?: Given): [unknown[], TreeDef];
export function flatten(tree: unknown, isLeaf?: Given, ...more: readonly unknown[]): [unknown[], TreeDef] {
  refuseMore("tree.flatten", 2, more);
  return treeFlatten(tree, cutter(isLeaf, "tree.flatten"));
}

/**
 * The leaves of a tree, in order (keys of objects sorted).
 * @param isLeaf cuts the tree at nodes for which it returns true; a function, or the option of that name
 * @see jax.tree.leaves
 * @example
 * tree.leaves({ b: 1, a: [2, 3] }); // [2, 3, 1]
 */
export function leaves<T>(tree: T): LeavesOf<T>[];
export function leaves(tree: unknown, isLeaf?: Given): unknown[];
export function leaves(tree: unknown, isLeaf?: Given, ...more: readonly unknown[]): unknown[] {
  refuseMore("tree.leaves", 2, more);
  return treeLeaves(tree, cutter(isLeaf, "tree.leaves"));
}

/**
 * The structure of a tree without its leaves.
 * @param isLeaf cuts the tree at nodes for which it returns true; a function, or the option of that name
 * @see jax.tree.structure
 * @example
 * String(tree.structure({ b: 1, a: [2, 3] })); // TreeDef({"a": [*, *], "b": *})
 */
export function structure<T>(tree: T): StructureOf<T>;
export function structure(tree: unknown, isLeaf?: Given): TreeDef;
export function structure(tree: unknown, isLeaf?: Given, ...more: readonly unknown[]): TreeDef {
  refuseMore("tree.structure", 2, more);
  return treeStructure(tree, cutter(isLeaf, "tree.structure"));
}

/**
 * Puts a tree together from a structure and its leaves, in order: the inverse of `flatten`.
 * @throws TreeError if there are more or fewer leaves than the structure has
 * @see jax.tree.unflatten
 * @example
 * tree.unflatten(tree.structure({ b: 0, a: [0, 0] }), [1, 2, 3]); // { a: [1, 2], b: 3 }
 */
export function unflatten<T, L>(def: StructureOf<T>, items: readonly L[], ...more: []): MapTree<T, L> {
  refuseMore("tree.unflatten", 2, more);
  return treeUnflatten(def, items) as MapTree<T, L>;
}

/**
 * Takes a tree apart: `[[path, leaf]…, structure]`. `keystr(path)` is a path as text.
 * @param isLeaf cuts the tree at nodes for which it returns true; a function, or the option of that name
 * @see jax.tree.flatten_with_path
 * @example
 * tree.flattenWithPath({ a: [2, 3] })[0].map(([path]) => tree.keystr(path)); // [".a[0]", ".a[1]"]
 */
export function flattenWithPath<T>(tree: T): [[KeyPath, LeavesOf<T>][], StructureOf<T>];
export function flattenWithPath(tree: unknown, isLeaf?: Given): [[KeyPath, unknown][], TreeDef];
export function flattenWithPath(
  tree: unknown,
  isLeaf?: Given,
  ...more: readonly unknown[]
): [[KeyPath, unknown][], TreeDef] {
  refuseMore("tree.flattenWithPath", 2, more);
  return treeFlattenWithPath(tree, cutter(isLeaf, "tree.flattenWithPath"));
}

/**
 * The leaves of a tree with their paths: `[path, leaf]`, in order.
 * @param isLeaf cuts the tree at nodes for which it returns true; a function, or the option of that name
 * @see jax.tree.leaves_with_path
 * @example
 * tree.leavesWithPath([2, 3]).map(([path, leaf]) => [tree.keystr(path), leaf]); // [["[0]", 2], ["[1]", 3]]
 */
export function leavesWithPath<T>(tree: T): [KeyPath, LeavesOf<T>][];
export function leavesWithPath(tree: unknown, isLeaf?: Given): [KeyPath, unknown][];
export function leavesWithPath(
  tree: unknown,
  isLeaf?: Given,
  ...more: readonly unknown[]
): [KeyPath, unknown][] {
  refuseMore("tree.leavesWithPath", 2, more);
  return flattenWithPath(tree, isLeaf)[0];
}

/** @throws TreeError unless it is the structure of a tree */
function checkDef(where: string, def: unknown): TreeDef {
  if (def instanceof TreeDefClass) return def;
  throw new TreeError(`${where}: expected the structure of a tree (tree.structure); got ${show(def)}.`);
}

/** The trees after the first, and the options if the last argument is `{ isLeaf }`. */
function splitRest(rest: readonly unknown[], name: string): [readonly unknown[], IsLeaf | undefined] {
  const last = rest[rest.length - 1];
  const isOptions =
    typeof last === "object" &&
    last !== null &&
    Object.keys(last).length === 1 &&
    "isLeaf" in last &&
    typeof last.isLeaf === "function";
  return isOptions ? [rest.slice(0, -1), cutter(last as TreeOptions, name)] : [rest, undefined];
}

/**
 * Applies `f` to each leaf of a tree, together with what stands at its place in further trees; a last argument
 * `{ isLeaf }` cuts the first tree.
 * @throws TreeError naming the path where a further tree differs
 * @see jax.tree.map
 * @example
 * tree.map((x, y) => x + y, { a: 1, b: [2] }, { a: 10, b: [20] }); // { a: 11, b: [22] }
 */
export function map<T, R = unknown>(
  f: (leaf: LeafOf<T>, ...others: LeafOf<T>[]) => R,
  tree: T,
  ...rest: readonly unknown[]
): MapTree<T, R>;
export function map<T>(f: (...leaves: NDArray[]) => NDArray, tree: T, ...rest: readonly T[]): T;
export function map<T, R = unknown>(
  f: (leaf: LeafOf<T>, ...others: LeafOf<T>[]) => R,
  tree: T,
  ...rest: readonly unknown[]
): MapTree<T, R> {
  checkFunction("tree.map", "the first argument", f);
  const [others, isLeaf] = splitRest(rest, "tree.map");
  const [items, def] = treeFlatten(tree, isLeaf);
  const columns = others.map((t, i) => flattenUpTo(def, t, `tree.map: tree ${i + 2}`));
  const call = f as (...leaves: unknown[]) => R;
  return treeUnflatten(
    def,
    items.map((leaf, i) => call(leaf, ...columns.map((c) => c[i]))),
  ) as MapTree<T, R>;
}

/**
 * Applies `f` to the path and the leaf, for each leaf of a tree, together with what stands at its place in further
 * trees. A last argument `{ isLeaf }` cuts the first tree.
 * @throws TreeError naming the path where a further tree differs
 * @see jax.tree.map_with_path
 * @example
 * tree.mapWithPath((path, x: number) => tree.keystr(path) + String(x), { a: 1, b: [2] }); // { a: ".a1", b: [".b[0]2"] }
 */
export function mapWithPath<T, R>(
  f: (path: KeyPath, leaf: NoInfer<TakenLeaf<T>>, ...others: NoInfer<TakenLeaf<T>>[]) => R,
  tree: T,
  ...rest: readonly unknown[]
): MapTree<T, R> {
  checkFunction("tree.mapWithPath", "the first argument", f);
  const [others, isLeaf] = splitRest(rest, "tree.mapWithPath");
  const [items, def] = treeFlattenWithPath(tree, isLeaf);
  const columns = others.map((t, i) => flattenUpTo(def, t, `tree.mapWithPath: tree ${i + 2}`));
  const call = f as (path: KeyPath, ...leaves: unknown[]) => unknown;
  return treeUnflatten(
    def,
    items.map(([path, leaf], i) => call(path, leaf, ...columns.map((c) => c[i]))),
  ) as MapTree<T, R>;
}

const absent = Symbol("no initial value");

/**
 * Folds the leaves of a tree, in order, from `initial` (or the first leaf).
 * @throws TreeError for a tree without leaves, if `initial` is not given
 * @see jax.tree.reduce
 * @example
 * tree.reduce((sum: number, x: number) => sum + x, { a: 1, b: [2, 3] }); // 6
 */
export function reduce<T, R>(
  f: (acc: R, leaf: NoInfer<TakenLeaf<T>>) => R,
  tree: T,
  initial: R | typeof absent = absent,
  isLeaf?: Given,
  ...more: []
): R {
  refuseMore("tree.reduce", 4, more);
  checkFunction("tree.reduce", "the first argument", f);
  const items = leaves(tree, isLeaf);
  const call = f as (acc: unknown, leaf: unknown) => unknown;
  if (initial !== absent) return items.reduce(call, initial) as R;
  if (items.length === 0) throw new TreeError("tree.reduce: a tree without leaves needs an initial value.");
  return items.reduce(call) as R;
}

/**
 * Folds the leaves of a tree with an associative function: neighbours are combined in a balanced tree, so that a result
 * depends on few of the others.
 * @throws TreeError for a tree without leaves, if `identity` is not given
 * @see jax.tree.reduce_associative
 * @example
 * tree.reduceAssociative((x: number, y: number) => x + y, [1, 2, 3]); // 6
 */
export function reduceAssociative<T, R = LeavesOf<T>>(
  f: (a: R, b: R) => R,
  tree: T,
  options?: { readonly identity?: R; readonly isLeaf?: IsLeaf },
  ...more: []
): R {
  refuseMore("tree.reduceAssociative", 3, more);
  checkFunction("tree.reduceAssociative", "the first argument", f);
  checkOptions("tree.reduceAssociative", options, ["identity", "isLeaf"]);
  let level = leaves(tree, options?.isLeaf) as R[];
  if (level.length === 0) {
    if (options?.identity === undefined)
      throw new TreeError("tree.reduceAssociative: a tree without leaves needs an identity.");
    return options.identity;
  }
  while (level.length > 1) {
    const next: R[] = [];
    for (let i = 0; i < level.length; i += 2)
      next.push(i + 1 < level.length ? f(level[i], level[i + 1]) : level[i]);
    level = next;
  }
  return level[0];
}

/**
 * True if all leaves of a tree are truthy; arrays of one element count by their value.
 * @see jax.tree.all
 * @example
 * tree.all({ a: true, b: [1, 0] }); // false
 */
export function all(tree: unknown, isLeaf?: Given, ...more: []): boolean {
  refuseMore("tree.all", 2, more);
  return leaves(tree, isLeaf).every((leaf) =>
    isArrayLike(leaf) && typeof leaf === "object" ? Boolean(asArray(leaf, "tree.all").item()) : Boolean(leaf),
  );
}

/**
 * True if every item of the list is a leaf.
 * @param isLeaf makes nodes for which it returns true count as leaves
 * @see jax.tree_util.all_leaves
 * @example
 * tree.allLeaves([1, [2]]); // false
 */
export function allLeaves(items: readonly unknown[], isLeaf?: Given, ...more: []): boolean {
  refuseMore("tree.allLeaves", 2, more);
  checkListOf("tree.allLeaves", "the argument", items);
  const cut = cutter(isLeaf, "tree.allLeaves");
  return items.every((x) => treeStructure(x, cut).node.kind === "leaf");
}

/**
 * Spreads a prefix tree over a full one: each of its leaves is repeated for the subtree that it stands for.
 * @throws TreeError naming the path where the prefix differs
 * @see jax.tree.broadcast
 * @example
 * tree.broadcast({ a: 1, b: 2 }, { a: [0, 0], b: 0 }); // { a: [1, 1], b: 2 }
 */
export function broadcast<P, T>(prefix: P, fullTree: T, isLeaf?: Given): MapTree<T, LeavesOf<P>>;
export function broadcast(prefix: unknown, fullTree: unknown, isLeaf?: Given, ...more: []): unknown {
  refuseMore("tree.broadcast", 3, more);
  const [, def] = treeFlatten(fullTree, cutter(isLeaf, "tree.broadcast"));
  return treeUnflatten(def, broadcastPrefix(prefix, fullTree, "tree.broadcast"));
}

/**
 * Swaps the outer and the inner structure of a tree of trees.
 * @param inner null: that of the first subtree
 * @throws TreeError if the tree does not have these structures
 * @see jax.tree.transpose
 * @example
 * const [list, pair] = [tree.structure([0, 0]), tree.structure({ a: 0, b: 0 })];
 * tree.transpose(list, pair, [{ a: 1, b: 2 }, { a: 3, b: 4 }]); // { a: [1, 3], b: [2, 4] }
 */
export function transpose<O, I, T>(
  outer: StructureOf<O>,
  inner: StructureOf<I> | null,
  tree: T,
): MapTree<I, MapTree<O, LeavesOf<T>>>;
export function transpose(outer: TreeDef, inner: TreeDef | null, tree: unknown, ...more: []): unknown {
  refuseMore("tree.transpose", 3, more);
  checkDef("tree.transpose", outer);
  if (inner !== null) checkDef("tree.transpose", inner);
  const subtrees = flattenUpTo(outer, tree, "tree.transpose: ");
  const innerDef = inner ?? treeStructure(subtrees[0]);
  const rows = subtrees.map((t) => flattenUpTo(innerDef, t, "tree.transpose: "));
  return treeUnflatten(
    innerDef,
    Array.from({ length: innerDef.numLeaves }, (_, k) =>
      treeUnflatten(
        outer,
        rows.map((r) => r[k]),
      ),
    ),
  );
}

/**
 * The structures of the children of a node.
 * @see jax.tree_util.treedef_children
 * @example
 * tree.treedefChildren(tree.structure([0, [0, 0]])).map((def) => def.numLeaves); // [1, 2]
 */
export const treedefChildren = (def: TreeDef, ...more: []): readonly TreeDef[] => {
  refuseMore("tree.treedefChildren", 1, more);
  return checkDef("treedefChildren", def).children;
};
/**
 * True for the structure of a single leaf.
 * @see jax.tree_util.treedef_is_leaf
 * @example
 * tree.treedefIsLeaf(tree.structure([0])); // false
 */
export const treedefIsLeaf = (def: TreeDef, ...more: []): boolean => {
  refuseMore("tree.treedefIsLeaf", 1, more);
  return checkDef("treedefIsLeaf", def).node.kind === "leaf";
};
/**
 * The structure of a list of trees of the given structures.
 * @see jax.tree_util.treedef_tuple
 * @example
 * String(tree.treedefTuple([tree.structure(0), tree.structure([0])])); // TreeDef([*, [*]])
 */
export const treedefTuple = (defs: readonly TreeDef[], ...more: []): TreeDef => {
  refuseMore("tree.treedefTuple", 1, more);
  checkListOf("treedefTuple", "the argument", defs);
  for (const def of defs) checkDef("treedefTuple", def);
  return new TreeDefClass({ kind: "list" }, defs);
};

/**
 * All arrays of a tree joined into one vector (in their common dtype), and the function back.
 * @see jax.flatten_util.ravel_pytree
 * @example
 * const [v, back] = tree.ravelPytree({ a: np.ones([2]), b: 3 }); // v has 3 elements
 */
export function ravelPytree<T>(tree: T, ...more: []): [NDArray, (vector: NDArray) => ArrayTree<T>] {
  refuseMore("tree.ravelPytree", 1, more);
  const [items, def] = treeFlatten(tree);
  const arrays = items.map((x) => asArray(x as NDArray, "ravelPytree"));
  const sizes = arrays.map((a) => a.size);
  const shapes = arrays.map((a) => a.shape);
  const types: DType[] = arrays.map((a) => a.dtype);
  const total = sizes.reduce((n, s) => n + s, 0);
  const unravel = (vector: NDArray): ArrayTree<T> => {
    if (vector.ndim !== 1 || vector.size !== total) {
      throw new ShapeError(
        `the function of ravelPytree: expected shape [${total}]; got [${vector.shape.join(",")}].`,
      );
    }
    let at = 0;
    const parts = shapes.map((shape, i) => {
      const part = sliceInDim(vector, at, at + prod(shape), 1, 0);
      at += prod(shape);
      return convertElementType(reshape(part, shape), types[i]);
    });
    return treeUnflatten(def, parts) as ArrayTree<T>;
  };
  if (arrays.length === 0) return [full([0], 0), unravel];
  const { dtype } = resultType(arrays);
  const flat = promote("ravelPytree", ...arrays).map((a) => reshape(convertElementType(a, dtype), [a.size]));
  return [flat.length === 1 ? flat[0] : concatenate(flat, 0), unravel];
}
