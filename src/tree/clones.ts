/** @file Arrays that went through `structuredClone` or `postMessage`, and back. */
import { refuseMore } from "../base/checks.ts";
import { type ArrayData, ComplexArray, ConcreteArray } from "../core/array.ts";
import { shaped } from "../core/aval.ts";
import { TreeError } from "../base/errors.ts";
import { isPlainObject } from "../base/util.ts";
import { Key, keyDType } from "../random/key.ts";
import { type DType, isTypedArray } from "../dtypes/dtype.ts";

/** What `structuredClone` makes of an array: its own properties. */
interface ClonedArray {
  readonly aval: { readonly shape: readonly number[]; readonly dtype: DType; readonly weakType: boolean };
  readonly contents: ArrayData | null;
  readonly re?: unknown;
  readonly im?: unknown;
}

function isClone(x: object): x is ClonedArray {
  if (x instanceof ConcreteArray || !("aval" in x) || !("contents" in x)) return false;
  const { aval } = x;
  return typeof aval === "object" && aval !== null && "shape" in aval && "weakType" in aval;
}

function revive(x: ClonedArray): ConcreteArray {
  const { shape, dtype, weakType } = x.aval;
  const aval = shaped(shape, dtype, weakType);
  if (x.re !== undefined && x.im !== undefined)
    return new ComplexArray(aval, revive(x.re as ClonedArray), revive(x.im as ClonedArray));
  const { contents } = x;
  const length =
    typeof contents === "number" || typeof contents === "bigint"
      ? 1
      : isTypedArray(contents)
        ? contents.length
        : -1;
  if (length !== aval.size)
    throw new TreeError(
      `fromClone: the copy of an array ${String(aval)} has no data: it was disposed of, or transferred, before it was copied.`,
    );
  return new ConcreteArray(aval, contents);
}

/** A key is an array of words with the name of what they are. */
const isClonedKey = (x: object): x is { readonly data: ClonedArray } =>
  !(x instanceof Key) && "dtype" in x && x.dtype === keyDType && "data" in x && isClone(x.data as object);

/**
 * The arrays and keys of a tree that came through `structuredClone`, `postMessage` or an indexed database, which keep the data of
 * arrays but not what they are. Lists and plain objects are copied, all else stays.
 *
 * Traced values cannot be copied: `structuredClone` of one throws a `DataCloneError`.
 * @throws TreeError if an array had been disposed of when it was copied
 * @example
 * const copy = tree.fromClone(structuredClone({ w: np.array([1, 2]), name: "first" }));
 * copy.w.add(1).js(); // [2, 3]
 */
export function fromClone<T>(clone: T, ...more: []): T {
  refuseMore("fromClone", 1, more);
  const made = new Map<object, unknown>();
  const go = (x: unknown): unknown => {
    if (typeof x !== "object" || x === null) return x;
    const before = made.get(x);
    if (before !== undefined) return before;
    if (isClone(x)) {
      const array = revive(x);
      made.set(x, array);
      return array;
    }
    if (isClonedKey(x)) {
      const key = new Key(revive(x.data));
      made.set(x, key);
      return key;
    }
    if (Array.isArray(x)) {
      const list: unknown[] = [];
      made.set(x, list);
      for (const item of x) list.push(go(item));
      return list;
    }
    if (!isPlainObject(x)) return x;
    const object: Record<string, unknown> = {};
    made.set(x, object);
    for (const [key, value] of Object.entries(x))
      Object.defineProperty(object, key, {
        value: go(value),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    return object;
  };
  return go(clone) as T;
}
