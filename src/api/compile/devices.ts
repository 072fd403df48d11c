/**
 * @file JAX's functions on devices, as far as they mean something where there is one device and calls return when their
 * results are there.
 */
import { refuseMore } from "../../base/checks.ts";
import { type ArrayLike, ComplexArray, ConcreteArray } from "../../core/array.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import { treeFlatten, treeUnflatten } from "../../core/tree.ts";
import { clearEagerCache } from "../../jit/eager.ts";
import { Tracer } from "../../core/trace.ts";
import { TracerArrayConversionError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";

/**
 * The tree itself: results are computed before the call that returns them ends, so there is nothing to wait for.
 * `await blockUntilReady(x)` works too.
 * @see jax.block_until_ready
 * @example
 * blockUntilReady({ a: np.ones([2]) }).a.js(); // [1, 1]
 */
export function blockUntilReady<T>(x: T, ...more: []): T {
  refuseMore("blockUntilReady", 1, more);
  return x;
}

/**
 * Forgets the code compiled for operations outside `jit`; functions made by `jit` keep theirs. The next operations
 * compile again.
 * @see jax.clear_caches
 * @example
 * clearCaches(); // undefined
 */
export function clearCaches(...more: []): void {
  refuseMore("clearCaches", 0, more);
  clearEagerCache();
}

/**
 * The tree with numbers, booleans and typed arrays made arrays.
 * @throws ArgumentError for a leaf that is neither
 * @see jax.device_put
 * @example
 * devicePut([1, { a: new Float32Array(2) }]); // arrays of shapes [] and [2]
 */
export function devicePut<T>(x: T, ...more: []): ArrayTree<T> {
  refuseMore("devicePut", 1, more);
  const [leaves, def] = treeFlatten(x);
  return treeUnflatten(
    def,
    leaves.map((leaf) => asArray(leaf as ArrayLike, "devicePut")),
  ) as ArrayTree<T>;
}

/**
 * The tree with its arrays copied out of the memory that compiled programs share: data of their own, which holds on to no more
 * than itself. Leaves that are no arrays stay as they are.
 * @throws TracerArrayConversionError for a traced value
 * @see jax.device_get
 * @example
 * deviceGet({ a: np.ones([2]), n: 1 }); // { a: [1, 1], n: 1 }
 */
export function deviceGet<T>(x: T, ...more: []): T {
  refuseMore("deviceGet", 1, more);
  const [leaves, def] = treeFlatten(x);
  return treeUnflatten(def, leaves.map(ownCopy)) as T;
}

function ownCopy(leaf: unknown): unknown {
  if (leaf instanceof Tracer)
    throw new TracerArrayConversionError(
      `deviceGet: a traced value ${String(leaf.aval)} has no data; return it from the function and call deviceGet on the result.`,
    );
  if (leaf instanceof ComplexArray)
    return new ComplexArray(
      leaf.aval,
      ...([leaf.re, leaf.im].map(ownCopy) as [ConcreteArray, ConcreteArray]),
    );
  if (!(leaf instanceof ConcreteArray) || leaf.storage === null) return leaf;
  return new ConcreteArray(leaf.aval, leaf.contents);
}
