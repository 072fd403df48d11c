/**
 * @file Keys of what programs are kept by: parameters of equations, arguments of derivations. Equal keys mean equal values.
 *
 * Lists and plain records are compared by what they hold (entries that are undefined are none), NaN and −0 as what they are;
 * jaxprs, avals, functions and other objects are the same only if they are one object.
 */

import { show } from "../../base/checks.ts";
import { ArgumentError } from "../../base/errors.ts";

/** What a key may be made of. */
export type KeyPart = boolean | number | bigint | string | null | undefined | object;

/** How deep parts may be. */
const maxDepth = 500;

const ids = new WeakMap<object, number>();
let nextId = 0;

/** The name of an object, which no other one has. */
function identity(x: object): string {
  let id = ids.get(x);
  if (id === undefined) ids.set(x, (id = nextId++));
  return `#${id}`;
}

/** The text of a key. */
export function keyText(part: KeyPart, depth = 0): string {
  if (depth > maxDepth)
    throw new ArgumentError("a list or an object is nested too deep; does it contain itself?");
  if (typeof part === "boolean") return part ? "t" : "f";
  if (typeof part === "number") return Object.is(part, -0) ? "-0" : `${part}`;
  if (typeof part === "bigint") return `${part}n`;
  if (typeof part === "string") return JSON.stringify(part);
  if (typeof part === "function") return identity(part);
  if (part === null || part === undefined) return String(part);
  if (typeof part !== "object")
    throw new ArgumentError(`a number, a word or a list was expected; got ${show(part)}.`);
  if (Array.isArray(part)) {
    let out = "[";
    for (const item of part as readonly KeyPart[]) out += `${keyText(item, depth + 1)},`;
    return `${out}]`;
  }
  if (Object.getPrototypeOf(part) !== Object.prototype) return identity(part);
  let out = "{";
  for (const [name, value] of Object.entries(part as Readonly<Record<string, KeyPart>>))
    if (value !== undefined) out += `${name}:${keyText(value, depth + 1)},`;
  return `${out}}`;
}

/** The key of an equation's parameters; empty for none. */
export function paramsKey(params: Readonly<Record<string, unknown>>): string {
  for (const _ in params) return keyText(params);
  return "";
}
