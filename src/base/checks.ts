/**
 * @file Checks of what callers hand over, for every layer: that a value is a whole number within bounds, one of some words, a
 * function; and how a value is shown in a message, whatever it is. `show` never throws, so messages never fail: texts made
 * with `${x}` do, for symbols, traced values and objects without a prototype.
 */
import { ArgumentError } from "./errors.ts";

/** The largest length of a loop or an axis: indices are int32. */
export const maxSize = 2 ** 31 - 1;

/** Far more axes than arrays have. */
export const mostAxes = 1000;

function showObject(x: object): string {
  if ("aval" in x) return `${"owner" in x ? "a traced value" : "an array"} ${String(x.aval)}`;
  if (Array.isArray(x)) {
    const items = x.slice(0, 8).map((y: unknown) => (Array.isArray(y) ? "[…]" : show(y)));
    return `[${items.join(", ")}${x.length > 8 ? ", …" : ""}]`;
  }
  const proto: unknown = Object.getPrototypeOf(x);
  if (proto === null || proto === Object.prototype) return "an object";
  return `a ${typeof x.constructor === "function" && x.constructor.name !== "" ? x.constructor.name : "value without a name"}`;
}

/** Any value, as messages speak of it. */
export function show(x: unknown): string {
  switch (typeof x) {
    case "string":
      return JSON.stringify(x.length > 60 ? `${x.slice(0, 60)}…` : x);
    case "bigint":
      return `the BigInt ${x}n`;
    case "symbol":
      return `the symbol ${x.toString()}`;
    case "function":
      return x.name === "" ? "a function" : `the function ${x.name}`;
    case "object":
      return x === null ? "null" : showObject(x);
    default:
      return String(x);
  }
}

/** @throws ArgumentError unless `x` is a whole number from `least` to `most`. */
export function checkWhole(
  where: string,
  what: string,
  x: unknown,
  least = 0,
  most = maxSize,
): asserts x is number {
  if (typeof x === "number" && Number.isInteger(x) && x >= least && x <= most) return;
  const bounds = least === -maxSize - 1 && most === maxSize ? "of 32 bits" : `from ${least} to ${most}`;
  throw new ArgumentError(`${where}: ${what} must be a whole number ${bounds}; got ${show(x)}.`);
}

/** @throws ArgumentError unless `x` is true or false. */
export function checkFlag(where: string, what: string, x: unknown): asserts x is boolean {
  if (typeof x !== "boolean")
    throw new ArgumentError(`${where}: ${what} must be true or false; got ${show(x)}.`);
}

/** @throws ArgumentError unless `x` is one of the words. */
export function checkOneOf<T extends string>(
  where: string,
  what: string,
  x: unknown,
  words: readonly T[],
): asserts x is T {
  if (typeof x === "string" && (words as readonly string[]).includes(x)) return;
  throw new ArgumentError(
    `${where}: ${what} must be one of ${words.map((w) => JSON.stringify(w)).join(", ")}; got ${show(x)}.`,
  );
}

/** What a table holds for a word. @throws ArgumentError for words that it does not hold itself. */
export function lookUp<T>(where: string, what: string, table: Readonly<Record<string, T>>, x: unknown): T {
  checkOneOf(where, what, x, Object.keys(table));
  return table[x];
}

/** @throws ArgumentError unless `f` is a function. */
export function checkFunction(where: string, what: string, f: unknown): void {
  if (typeof f === "function") return;
  throw new ArgumentError(`${where}: ${what} must be a function; got ${show(f)}.`);
}

/** @throws ArgumentError unless `x` is a list. */
export function checkListOf(where: string, what: string, x: unknown): asserts x is readonly unknown[] {
  if (Array.isArray(x)) return;
  throw new ArgumentError(`${where}: ${what} must be a list; got ${show(x)}.`);
}

/** What `list.map(f)` gives `f` beside an item: its index and the list. */
const isOfMap = ([index, list, ...others]: readonly unknown[]): boolean =>
  Number.isInteger(index) && Array.isArray(list) && Number(index) < list.length && others.length === 0;

/**
 * @throws ArgumentError for arguments beyond those that a function takes; absent ones do not count, nor what `list.map`
 * adds to the only one.
 */
export function refuseMore(where: string, taken: number, more: readonly unknown[]): void {
  if (more.every((x) => x === undefined) || (taken === 1 && isOfMap(more))) return;
  throw new ArgumentError(
    `${where}: takes ${taken === 1 ? "one argument" : `at most ${taken} arguments`}; got ${taken + more.length}.`,
  );
}
