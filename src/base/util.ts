/**
 * @file Small list helpers and internal invariants.
 *
 * `safeZip` and friends check lengths: an arity slip between inputs, outputs and rules is the most common internal bug
 * of a tracing library, and it must stop at once rather than drop a value.
 */

import { OutOfMemoryError } from "./errors.ts";

/** Throws an internal error: a bug of the library, never of its user. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`internal: ${message}`);
}

export function safeZip<A, B>(a: readonly A[], b: readonly B[]): [A, B][] {
  invariant(a.length === b.length, `lists of ${a.length} and ${b.length} items zipped`);
  return a.map((x, i) => [x, b[i]]);
}

/** The first items of pairs, and the second. */
export function unzip2<A, B>(pairs: readonly (readonly [A, B])[]): [A[], B[]] {
  return [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
}

export function safeMap2<A, B, R>(a: readonly A[], b: readonly B[], f: (x: A, y: B, i: number) => R): R[] {
  invariant(a.length === b.length, `lists of ${a.length} and ${b.length} items mapped together`);
  return a.map((x, i) => f(x, b[i], i));
}

/** Splits `items` at the given sizes; the sizes must use up the list. */
export function splitList<T>(items: readonly T[], sizes: readonly number[]): T[][] {
  const out: T[][] = [];
  let at = 0;
  for (const size of sizes) {
    out.push(items.slice(at, at + size));
    at += size;
  }
  invariant(at === items.length, `list of ${items.length} split into ${sizes.join("+")}`);
  return out;
}

/** `[those with a false flag, those with a true flag]`, each in order. */
export function partitionList<T>(flags: readonly boolean[], items: readonly T[]): [T[], T[]] {
  const no: T[] = [];
  const yes: T[] = [];
  invariant(flags.length === items.length, `list of ${items.length} split by ${flags.length} flags`);
  items.forEach((item, i) => (flags[i] ? yes : no).push(item));
  return [no, yes];
}

/** The inverse of `partitionList`. */
export function mergeLists<T>(flags: readonly boolean[], no: readonly T[], yes: readonly T[]): T[] {
  let n = 0;
  let y = 0;
  const out = flags.map((flag) => (flag ? yes[y++] : no[n++]));
  invariant(n === no.length && y === yes.length, "lists merged with wrong lengths");
  return out;
}

/** The items that are flagged. */
export const chosen = <T>(items: readonly T[], flags: readonly boolean[]): T[] =>
  items.filter((_, i) => flags[i]);

/** How many flags are set. */
export const count = (flags: readonly boolean[]): number => flags.filter(Boolean).length;

export const not = (flags: readonly boolean[]): boolean[] => flags.map((f) => !f);

/** A list with the items, in order, at the places that are flagged, and others elsewhere. */
export function place<T, U>(
  flags: readonly boolean[],
  items: readonly T[],
  other: (i: number) => U,
): (T | U)[] {
  let at = 0;
  const out = flags.map((flag, i) => (flag ? items[at++] : other(i)));
  invariant(at === items.length, `${items.length} items for ${at} places`);
  return out;
}

/** The longest list that V8 keeps in one piece; a longer one would be a hash table, of many seconds and gigabytes. */
const maxList = 2 ** 27 - 3;

/** `0, 1, …, n − 1`. */
export function range(n: number, start = 0): number[] {
  if (n > maxList) throw new OutOfMemoryError(`a list of ${n} items is more than this host can hold.`);
  const out = new Array<number>(n > 0 ? Math.floor(n) : 0);
  for (let i = 0; i < out.length; i++) out[i] = i + start;
  return out;
}

export function prod(dims: readonly number[]): number {
  let out = 1;
  for (const d of dims) out *= d;
  return out;
}

export function arraysEqual(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** JAX's names of primitives as those of functions: `population_count` is `populationCount`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** True for `{…}` literals: no arrays, lists, typed arrays or instances of classes. */
export function isPlainObject(x: unknown): x is Readonly<Record<string, unknown>> {
  if (typeof x !== "object" || x === null) return false;
  const proto: unknown = Object.getPrototypeOf(x);
  return proto === Object.prototype || proto === null;
}
