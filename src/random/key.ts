/**
 * @file Keys of random numbers: the `Key` class, and how keys are made, split and folded.
 *
 * A `Key` wraps uint32 words (a last axis of size 2) and hides that axis: the keys of `split(key, 5)` have shape [5]. It is
 * a pytree node, so transformations take it as an argument. Every function also accepts the words themselves, a raw uint32
 * array, and then returns such.
 */
import { index as indexed } from "../numpy/indexing/indexing.ts";
import { show, refuseMore } from "../base/checks.ts";
import { type ArrayLike, NDArray } from "../core/array.ts";
import { defaultFloat, isInteger, isTypedArray, isWide } from "../dtypes/dtype.ts";
import type { IndexEntry } from "../core/methods.ts";
import { checkShape, shapeString } from "../dtypes/shape.ts";
import { type PytreeNode, asNode } from "../core/tree.ts";
import { type Repeat, mostRepeated } from "../core/tree-types.ts";
import { ArgumentError, DTypeError, IndexError, ShapeError, checkOptions } from "../base/errors.ts";
import { asArray } from "../lax/operands/convert.ts";
import * as lax from "../lax/index.ts";
import { randomFoldIn, randomSplit } from "../lax/random-bits/threefry.ts";
import { settle, signature } from "../arguments/declare.ts";
import { type OptionsOf, param } from "../arguments/parameters.ts";
import { isPlainObject } from "../arguments/rest.ts";

const implementation = "threefry2x32";

/** The dtype of keys. */
export const keyDType = "key<fry>";

/** A class without members that types know: those of `Keys` depend on how many keys there are. */
interface Nothing {
  readonly [none]?: never;
}
declare const none: unique symbol;

/** The entries that `Keys` promises: `keys[0]` is `keys.slice(0)`. */
function entriesClass(): abstract new () => Nothing {
  class Entries {
    /** What jest copies of a key to print it: it would read each entry. */
    get [Symbol.for("@jest/serializableProperties")](): readonly string[] {
      return ["data", "dtype"];
    }
  }
  for (let i = 0; i < mostRepeated; i++) {
    Object.defineProperty(Entries.prototype, i, {
      get(this: Key) {
        return this.slice(i);
      },
      configurable: true,
    });
  }
  return Entries;
}

const Entries = entriesClass();

/** A key, or an array of keys, of random numbers. Made by `random.key`, `random.split` and `random.foldIn`. */
export class Key extends Entries {
  /** The words: uint32, with a last axis of size 2. */
  readonly data: NDArray;
  readonly dtype = keyDType;

  /** Takes words over without checking them: use `random.wrapKeyData`. */
  constructor(data: NDArray) {
    super();
    this.data = data;
  }

  /** The shape without the axis of words: [] for a single key. */
  get shape(): readonly number[] {
    return this.data.shape.slice(0, -1);
  }
  get ndim(): number {
    return this.data.ndim - 1;
  }
  get size(): number {
    return this.data.size / 2;
  }
  /** Number of keys along the first axis. */
  get length(): number {
    if (this.ndim === 0) throw new ArgumentError("length: a single key has no first axis; split it first.");
    return this.shape[0];
  }

  /** Indexes the keys as `Array.slice` does arrays: `keys.slice(0)`, `keys.slice([1, 3])`. */
  slice(...index: readonly IndexEntry[]): Key {
    const [first] = index;
    if (index.length === 1 && typeof first === "number") return this.#pick(first);
    const taken = index.filter((e) => e !== null && e !== "...").length;
    if (taken > this.ndim)
      throw new IndexError(`slice: ${taken} indices for keys of shape ${shapeString(this.shape)}.`);
    return new Key(indexed(this.data, [...index, ...(index.includes("...") ? [[]] : [])]));
  }

  /** As `slice`: key number i, counted from the end if negative. */
  at(...index: readonly IndexEntry[]): Key {
    return this.slice(...index);
  }

  #pick(i: number): Key {
    const n = this.length;
    if (!Number.isInteger(i) || i < -n || i >= n)
      throw new IndexError(`slice: index ${i} is outside keys of shape ${shapeString(this.shape)}.`);
    return new Key(lax.indexInDim(this.data, i, 0, false));
  }

  /** The same keys under another shape. */
  reshape(shape: number | readonly number[]): Key {
    return new Key(lax.reshape(this.data, [...(typeof shape === "number" ? [shape] : shape), 2]));
  }

  /** The same keys along one axis. */
  ravel(): Key {
    return this.reshape([this.size]);
  }

  [Symbol.iterator](): Iterator<Key> {
    return this.#each(this.length);
  }

  *#each(n: number): Generator<Key> {
    for (let i = 0; i < n; i++) yield this.#pick(i);
  }

  override toString(): string {
    return `Key(${shapeString(this.shape)}, ${implementation}) overlaying:\n${this.data.toString()}`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  get [asNode](): PytreeNode<Key> {
    return keyNode;
  }
}

const keyNode: PytreeNode<Key> = {
  flatten: (k) => ({ children: [k.data], aux: null, keys: ["data"] }),
  unflatten: (_, [data]) => new Key(data as NDArray),
};

/** A number of keys that the compiler knows: they may be taken apart, `const [k1, k2] = random.split(key)`. */
export type Keys<N extends number> = number extends N
  ? Key
  : Key & { readonly [I in Extract<keyof Repeat<Key, N>, `${number}`>]: Key };

/** What functions take as a key: typed, or the raw words. */
export type KeyLike = Key | NDArray | Uint32Array;

/** The words of keys, checked; their shape may be any. */
export function wordsOf(key: KeyLike, where: string): NDArray {
  if (key instanceof Key) return key.data;
  const given: unknown = key;
  if (!(given instanceof NDArray) && !isTypedArray(given)) {
    throw new ArgumentError(
      `${where}: expected a key; got ${Array.isArray(given) ? "a list" : typeof given === "number" ? `the number ${given}` : typeof given}. ` +
        `Make one with random.key(seed).`,
    );
  }
  const words = asArray(given, where);
  if (words.dtype !== "uint32" || words.ndim === 0 || words.shape[words.ndim - 1] !== 2) {
    throw new DTypeError(
      `${where}: expected a key, or its words as a uint32 array with a last axis of size 2; got ${String(words.aval)}. ` +
        `Make a key with random.key(seed).`,
    );
  }
  return words;
}

/** The words of a single key. */
export function singleKey(key: KeyLike, where: string): NDArray {
  const words = wordsOf(key, where);
  if (words.ndim !== 1) {
    throw new ShapeError(
      `${where}: expected a single key; got keys of shape ${shapeString(words.shape.slice(0, -1))}. ` +
        `Use vmap to draw from each.`,
    );
  }
  return words;
}

/** Options naming the generator; there is one. */
export interface KeyOptions {
  readonly impl?: string | null | undefined;
  readonly dtype?: string | null | undefined;
}

function checkImplementation(where: string, options: KeyOptions | undefined): void {
  checkOptions(where, options, ["impl", "dtype"]);
  for (const name of [options?.impl, options?.dtype]) {
    if (name === undefined || name === null || name === implementation || name === "key<fry>") continue;
    throw new ArgumentError(
      `${where}: unknown generator ${show(name)}; the only one is '${implementation}'.`,
    );
  }
}

/** The words of a seed: its upper and lower 32 bits; the upper ones are dropped where numbers are 32 bits wide. */
function seedWords(seed: ArrayLike, where: string): NDArray {
  if (typeof seed === "number") {
    if (!Number.isSafeInteger(seed))
      throw new ArgumentError(`${where}: the seed must be an integer of at most 53 bits; got ${seed}.`);
    const high = defaultFloat() === "float64" ? Math.floor(seed / 2 ** 32) >>> 0 : 0;
    return asArray(Uint32Array.of(high, seed - Math.floor(seed / 2 ** 32) * 2 ** 32), where);
  }
  const s = asArray(seed, where);
  if (!isInteger(s.dtype))
    throw new DTypeError(`${where}: the seed must be an integer; got ${String(s.aval)}.`);
  if (s.ndim !== 0) {
    throw new ShapeError(
      `${where}: the seed must be a scalar; got shape ${shapeString(s.shape)}. Use vmap for many seeds.`,
    );
  }
  const high =
    isWide(s.dtype) && defaultFloat() === "float64"
      ? lax.convertElementType(lax.shiftRightLogical(s, 32), "uint32")
      : lax.full([], 0, "uint32");
  return lax.stack([high, lax.convertElementType(s, "uint32")]);
}

/**
 * A key from a seed, an integer of up to 53 bits, a BigInt of up to 64 or an integer scalar array.
 *
 * Options: impl and dtype of the only generator.
 * @throws ArgumentError for another generator; DTypeError if the seed is no integer; ShapeError if it is no scalar
 * @see jax.random.key
 * @example
 * random.uniform(random.key(0), [2]).shape; // [2]
 */
export function key(seed: ArrayLike, options?: KeyOptions, ...more: []): Key {
  refuseMore("key", 2, more);
  checkImplementation("key", options);
  return new Key(seedWords(seed, "key"));
}

/**
 * The raw words uint32[2] of a key from a seed: the older form of keys. Options and errors are those of `key`.
 * @see jax.random.PRNGKey
 * @example
 * random.PRNGKey(3).js(); // [0, 3]
 */
export function PRNGKey(seed: ArrayLike, options?: KeyOptions, ...more: []): NDArray {
  refuseMore("PRNGKey", 2, more);
  checkImplementation("PRNGKey", options);
  return seedWords(seed, "PRNGKey");
}

/**
 * The words of keys, uint32[..., 2].
 * @see jax.random.key_data
 * @example
 * random.keyData(random.key(3)).js(); // [0, 3]
 */
export const keyData = (keys: KeyLike, ...more: []): NDArray => {
  refuseMore("keyData", 1, more);
  return wordsOf(keys, "keyData");
};

/**
 * Keys from their words, uint32[..., 2]. Options are those of `key`.
 * @throws DTypeError if they are not such words
 * @see jax.random.wrap_key_data
 * @example
 * random.keyData(random.wrapKeyData(new Uint32Array([0, 3]))).js(); // [0, 3]
 */
export function wrapKeyData(keyBitsArray: ArrayLike, options?: KeyOptions, ...more: []): Key {
  refuseMore("wrapKeyData", 2, more);
  checkImplementation("wrapKeyData", options);
  return new Key(wordsOf(keyBitsArray as KeyLike, "wrapKeyData"));
}

/**
 * The name of the generator of a key: "threefry2x32".
 * @see jax.random.key_impl
 * @example
 * random.keyImpl(random.key(3)); // "threefry2x32"
 */
export function keyImpl(keys: KeyLike, ...more: []): string {
  refuseMore("keyImpl", 1, more);
  wordsOf(keys, "keyImpl");
  return implementation;
}

/**
 * The dtype of keys: "key<fry>".
 * @see jax.random.key_dtype
 * @example
 * random.keyDtype(); // "key<fry>"
 */
export function keyDtype(implSpec?: string | null, ...more: []): "key<fry>" {
  refuseMore("keyDtype", 1, more);
  checkImplementation("keyDtype", { impl: implSpec });
  return "key<fry>";
}

/** The words in the form in which the key came. */
function like(key: KeyLike, words: NDArray): Key | NDArray {
  return key instanceof Key ? new Key(words) : words;
}

/**
 * The key itself, in the form in which it came.
 * @see jax.random.clone
 * @example
 * random.keyData(random.clone(random.key(3))).js(); // [0, 3]
 */
export function clone(key: Key): Key;
export function clone(key: NDArray | Uint32Array): NDArray;
export function clone(key: KeyLike, ...more: readonly unknown[]): Key | NDArray {
  refuseMore("clone", 1, more);
  return like(key, wordsOf(key, "clone"));
}

const splitSignature = signature("split", 1, [param<[num: number | readonly number[]]>()("num", 2)], []);
type SplitOptions = OptionsOf<(typeof splitSignature)["params"]>;

/**
 * New keys from a key, which should not be used again.
 * @param num how many, or their shape
 * @see jax.random.split
 * @example
 * const [k1, k2] = random.split(random.key(0));
 * random.split(k1, [2, 3]).shape; // [2, 3]
 */
export function split<const N extends number = 2>(key: Key, num?: N): Keys<N>;
export function split(key: Key, num: readonly number[] | SplitOptions): Key;
export function split(key: NDArray | Uint32Array, num?: number | readonly number[] | SplitOptions): NDArray;
export function split(
  key: KeyLike,
  num?: number | readonly number[] | SplitOptions,
  ...more: readonly unknown[]
): Key | NDArray {
  refuseMore("split", 2, more);
  const { num: count } = settle(splitSignature, [num]);
  const shape = typeof count === "number" ? [count] : count;
  if (!Array.isArray(shape))
    throw new ArgumentError(`split: num must be a number or a shape; got ${show(shape)}.`);
  checkShape(shape, "split");
  return like(key, randomSplit(singleKey(key, "split"), shape));
}

/**
 * The key that belongs to `data`: different data give independent keys.
 * @param data a 32-bit integer, or an integer scalar array
 * @see jax.random.fold_in
 * @example
 * random.keyData(random.foldIn(random.key(0), 1)).js(); // [928981903, 3453687069]
 */
export function foldIn(key: Key, data: ArrayLike): Key;
export function foldIn(key: NDArray | Uint32Array, data: ArrayLike): NDArray;
export function foldIn(key: KeyLike, data: ArrayLike, ...more: readonly unknown[]): Key | NDArray {
  refuseMore("foldIn", 2, more);
  const words = singleKey(key, "foldIn");
  if (isPlainObject(data)) throw new ArgumentError("foldIn: data must be an integer; got an object.");
  if (typeof data === "number") {
    if (!Number.isInteger(data) || data < -(2 ** 31) || data >= 2 ** 32)
      throw new ArgumentError(`foldIn: data must be a 32-bit integer; got ${show(data)}.`);
    return like(key, randomFoldIn(words, lax.full([], data >>> 0, "uint32")));
  }
  const d = asArray(data, "foldIn");
  if (!isInteger(d.dtype)) throw new DTypeError(`foldIn: data must be an integer; got ${String(d.aval)}.`);
  if (d.ndim !== 0)
    throw new ShapeError(
      `foldIn: data must be a scalar; got shape ${shapeString(d.shape)}. Use vmap for many.`,
    );
  return like(key, randomFoldIn(words, lax.convertElementType(d, "uint32")));
}
