/**
 * @file JAX's functions on devices, as far as they mean something where there is one device and calls return when their
 * results are there.
 */
import type { ArrayLike } from "../core/array.ts";
import type { ArrayTree } from "../core/tree-types.ts";
import { treeFlatten, treeUnflatten } from "../core/tree.ts";
import { clearEagerCache } from "../jit/eager.ts";
import { asArray } from "../lax/operands/convert.ts";

/**
 * The tree itself: results are computed before the call that returns them ends, so there is nothing to wait for.
 * `await blockUntilReady(x)` works too.
 * @see jax.block_until_ready
 * @example
 * blockUntilReady({ a: np.ones([2]) }).a.js(); // [1, 1]
 */
export function blockUntilReady<T>(x: T): T {
  return x;
}

/**
 * Forgets the code compiled for operations outside `jit`; functions made by `jit` keep theirs. The next operations
 * compile again.
 * @see jax.clear_caches
 * @example
 * clearCaches(); // undefined
 */
export function clearCaches(): void {
  clearEagerCache();
}

/**
 * The tree with numbers, booleans and typed arrays made arrays.
 * @throws ArgumentError for a leaf that is neither
 * @see jax.device_put
 * @example
 * devicePut([1, { a: new Float32Array(2) }]); // arrays of shapes [] and [2]
 */
export function devicePut<T>(x: T): ArrayTree<T> {
  const [leaves, def] = treeFlatten(x);
  return treeUnflatten(
    def,
    leaves.map((leaf) => asArray(leaf as ArrayLike, "devicePut")),
  ) as ArrayTree<T>;
}
