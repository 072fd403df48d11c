/**
 * @file Functions on pytrees, as `jax.tree` and `jax.tree_util`: what the namespace `tree` consists of.
 *
 * Lists, plain objects (keys in sorted order) and registered classes are nodes; null is a node without leaves; all else is
 * a leaf.
 */
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

export {
  type IsLeaf,
  type KeyPath,
  type PytreeNode,
  TreeDef,
  keystr,
  registerPytreeNode,
} from "../core/tree.ts";

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

/** `[leaves, structure]`. @see jax.tree.flatten */
export function flatten(tree: unknown, isLeaf?: Given): [unknown[], TreeDef] {
  return treeFlatten(tree, cutter(isLeaf, "tree.flatten"));
}

/** The leaves, in order. @see jax.tree.leaves */
export function leaves(tree: unknown, isLeaf?: Given): unknown[] {
  return treeLeaves(tree, cutter(isLeaf, "tree.leaves"));
}

/** The structure without the leaves. @see jax.tree.structure */
export function structure(tree: unknown, isLeaf?: Given): TreeDef {
  return treeStructure(tree, cutter(isLeaf, "tree.structure"));
}

/** The tree of a structure and its leaves. @see jax.tree.unflatten */
export function unflatten(def: TreeDef, items: readonly unknown[]): unknown {
  return treeUnflatten(def, items);
}

/** `[[path, leaf]…, structure]`; `keystr(path)` is the path as text. @see jax.tree.flatten_with_path */
export function flattenWithPath(tree: unknown, isLeaf?: Given): [[KeyPath, unknown][], TreeDef] {
  return treeFlattenWithPath(tree, cutter(isLeaf, "tree.flattenWithPath"));
}

/** The leaves with their paths. @see jax.tree.leaves_with_path */
export function leavesWithPath(tree: unknown, isLeaf?: Given): [KeyPath, unknown][] {
  return flattenWithPath(tree, isLeaf)[0];
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
  const [others, isLeaf] = splitRest(rest, "tree.map");
  const [items, def] = treeFlatten(tree, isLeaf);
  const columns = others.map((t, i) => flattenUpTo(def, t, `tree.map: tree ${i + 2}`));
  const call = f as (...leaves: unknown[]) => R;
  return treeUnflatten(
    def,
    items.map((leaf, i) => call(leaf, ...columns.map((c) => c[i]))),
  ) as MapTree<T, R>;
}

type Leaf =
  NDArray | string | number | boolean | bigint | symbol | ArrayBufferView | ((...args: never[]) => unknown);

/** The leaves' type. */
export type LeafOf<T> = unknown extends T
  ? never
  : T extends Leaf
    ? T
    : T extends null | undefined
      ? never
      : T extends readonly (infer U)[]
        ? LeafOf<U>
        : T extends object
          ? { [K in keyof T]: LeafOf<T[K]> }[keyof T]
          : T;

/** The tree with leaves of another type. */
export type MapTree<T, R> = unknown extends T
  ? unknown
  : T extends Leaf
    ? R
    : T extends null | undefined
      ? T
      : { [K in keyof T]: MapTree<T[K], R> };

/** As `map`; `f` gets the path first. @see jax.tree.map_with_path */
export function mapWithPath(
  f: (path: KeyPath, ...leaves: never[]) => unknown,
  tree: unknown,
  ...rest: readonly unknown[]
): unknown {
  const [others, isLeaf] = splitRest(rest, "tree.mapWithPath");
  const [items, def] = treeFlattenWithPath(tree, isLeaf);
  const columns = others.map((t, i) => flattenUpTo(def, t, `tree.mapWithPath: tree ${i + 2}`));
  const call = f as (path: KeyPath, ...leaves: unknown[]) => unknown;
  return treeUnflatten(
    def,
    items.map(([path, leaf], i) => call(path, leaf, ...columns.map((c) => c[i]))),
  );
}

const absent = Symbol("no initial value");

/** Folds the leaves, in order, from `initial` (or the first leaf). @see jax.tree.reduce */
export function reduce<R>(
  f: (acc: R, leaf: never) => R,
  tree: unknown,
  initial: R | typeof absent = absent,
  isLeaf?: Given,
): R {
  const items = leaves(tree, isLeaf);
  const call = f as (acc: unknown, leaf: unknown) => unknown;
  if (initial !== absent) return items.reduce(call, initial) as R;
  if (items.length === 0) throw new TreeError("tree.reduce: a tree without leaves needs an initial value.");
  return items.reduce(call) as R;
}

/** As `reduce`, for associative functions: combines neighbours in a balanced tree. @see jax.tree.reduce_associative */
export function reduceAssociative<R>(
  f: (a: R, b: R) => R,
  tree: unknown,
  options?: { readonly identity?: R; readonly isLeaf?: IsLeaf },
): R {
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

/** True if all leaves are truthy (arrays of one element by their value). @see jax.tree.all */
export function all(tree: unknown, isLeaf?: Given): boolean {
  return leaves(tree, isLeaf).every((leaf) =>
    isArrayLike(leaf) && typeof leaf === "object" ? Boolean(asArray(leaf, "tree.all").item()) : Boolean(leaf),
  );
}

/** True if every item of the list is a leaf. @see jax.tree_util.all_leaves */
export function allLeaves(items: readonly unknown[], isLeaf?: Given): boolean {
  const cut = cutter(isLeaf, "tree.allLeaves");
  return items.every((x) => treeStructure(x, cut).node.kind === "leaf");
}

/** A prefix tree spread over a full one: each of its leaves repeated for the subtree it stands for. @see jax.tree.broadcast */
export function broadcast(prefix: unknown, fullTree: unknown, isLeaf?: Given): unknown {
  const [, def] = treeFlatten(fullTree, cutter(isLeaf, "tree.broadcast"));
  return treeUnflatten(def, broadcastPrefix(prefix, fullTree, "tree.broadcast"));
}

/** Swaps the outer and the inner structure of a tree of trees. @see jax.tree.transpose */
export function transpose(outer: TreeDef, inner: TreeDef | null, tree: unknown): unknown {
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

/** The structures of a node's children. @see jax.tree_util.treedef_children */
export const treedefChildren = (def: TreeDef): readonly TreeDef[] => def.children;
/** True for the structure of a single leaf. @see jax.tree_util.treedef_is_leaf */
export const treedefIsLeaf = (def: TreeDef): boolean => def.node.kind === "leaf";
/** The structure of a list of given structures. @see jax.tree_util.treedef_tuple */
export const treedefTuple = (defs: readonly TreeDef[]): TreeDef => new TreeDefClass({ kind: "list" }, defs);

/**
 * All arrays of a tree joined into one vector (in their common dtype), and the function back.
 * @see jax.flatten_util.ravel_pytree
 * @example
 * const [v, back] = tree.ravelPytree({ a: np.ones([2]), b: 3 }); // v has 3 elements
 */
export function ravelPytree<T>(tree: T): [NDArray, (vector: NDArray) => ArrayTree<T>] {
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
