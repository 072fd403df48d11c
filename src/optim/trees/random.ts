/** @file Trees of keys and of random numbers. Source: optax/tree_utils/_random.py. */
import { index } from "../../numpy/indexing/indexing.ts";
import { refuseMore, checkFunction } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { treeFlatten, treeMap, treeUnflatten } from "../../core/tree.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import type { DType } from "../../dtypes/dtype.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as random from "../../random/index.ts";

/**
 * A tree of keys: one for each leaf, split from the key given.
 * @see optax.tree_utils.tree_split_key_like
 * @example
 * const keys = optim.treeUtils.treeSplitKeyLike(random.PRNGKey(0), { a: 1, b: 2 });
 * keys; // { a: [1797259609, 2579123966], b: [928981903, 3453687069] }
 */
export function treeSplitKeyLike(rngKey: random.KeyLike, targetTree: unknown, ...more: []): unknown {
  refuseMore("treeSplitKeyLike", 2, more);
  const [items, def] = treeFlatten(targetTree);
  return treeUnflatten(def, splitKeys(rngKey, items.length));
}

function splitKeys(key: random.KeyLike, n: number): random.KeyLike[] {
  const keys = key instanceof random.Key ? random.split(key, n) : random.split(asArray(key, "split"), n);
  return Array.from({ length: n }, (_, i) => (keys instanceof random.Key ? keys.slice(i) : index(keys, [i])));
}

/** Draws random numbers: of `random.normal`, `random.gumbel` and the like. */
export type Sampler = (key: random.KeyLike, shape: readonly number[], dtype: DType) => NDArray;

/**
 * Random arrays of the shapes of a tree, and of its dtypes unless one is given, independent of each other.
 * @param sampler called as `(key, shape, dtype)`; standard normal numbers by default
 * @see optax.tree_utils.tree_random_like
 * @example
 * const drawn = optim.treeUtils.treeRandomLike(random.key(0), [np.zeros(2), np.zeros(1)]);
 * drawn; // [[1.8800…, -0.4812…], [-1.4008…]]
 */
export function treeRandomLike<T>(
  rngKey: random.KeyLike,
  targetTree: T,
  sampler: Sampler = random.normal,
  dtype: DType | null = null,
  ...more: []
): ArrayTree<T> {
  refuseMore("treeRandomLike", 4, more);
  checkFunction("treeRandomLike", "the sampler", sampler);
  const [items, def] = treeFlatten(targetTree);
  const keys = splitKeys(rngKey, items.length);
  const drawn = items.map((x, i) => {
    const like = asArray(x as ArrayLike, "treeRandomLike");
    return sampler(keys[i], like.shape, dtype ?? like.dtype);
  });
  return treeUnflatten(def, drawn) as ArrayTree<T>;
}

/**
 * Keys of random numbers replaced by their words, uint32 arrays of shape [2]; other leaves stay as they are.
 * @see optax.tree_utils.tree_unwrap_random_key_data
 * @example
 * optim.treeUtils.treeUnwrapRandomKeyData({ key: random.key(7), x: 1 }); // { key: [0, 7], x: 1 }
 */
export const treeUnwrapRandomKeyData = (tree: unknown, ...more: []): unknown => {
  refuseMore("treeUnwrapRandomKeyData", 1, more);
  return treeMap(
    (x: unknown) => (x instanceof random.Key ? random.keyData(x) : x),
    tree,
    [],
    (x) => x instanceof random.Key,
  );
};
