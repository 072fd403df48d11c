/**
 * @file What is derived from a jaxpr, made once and kept with it: transformations of the bodies of higher-order primitives.
 *
 * `derived(make)` is `make` with a memory. All that it makes a program from are its arguments, and all of them are the key;
 * each derivation has a table of its own, so that two cannot be taken for one another.
 */
import type { ClosedJaxpr } from "./ir.ts";

/** One flag for each item of a list. */
export type Flags = readonly boolean[];

/** Lists and plain records are compared by what they hold; jaxprs, avals, functions and other objects by identity. */
export type KeyPart = boolean | number | string | null | undefined | object;

const ids = new WeakMap<object, number>();
let nextId = 0;

/** A name of an object, which no other one has. */
export function identity(x: object): string {
  let id = ids.get(x);
  if (id === undefined) ids.set(x, (id = nextId++));
  return `#${id}`;
}

function keyText(part: KeyPart): string {
  if (typeof part === "boolean") return part ? "t" : "f";
  if (typeof part === "string") return JSON.stringify(part);
  if (Array.isArray(part)) return `[${part.map(keyText).join()}]`;
  if (typeof part === "function") return identity(part);
  if (typeof part !== "object" || part === null) return Object.is(part, -0) ? "-0" : `${part}`;
  if (Object.getPrototypeOf(part) !== Object.prototype) return identity(part);
  const entries = Object.entries(part as Record<string, KeyPart>);
  return `{${entries.map(([name, value]) => `${name}:${keyText(value)}`).join()}}`;
}

/** A derivation whose results are made once for each jaxpr and each key, and live as long as the jaxpr. */
export function derived<K extends readonly KeyPart[], T extends object>(
  make: (jaxpr: ClosedJaxpr, ...key: K) => T,
): (jaxpr: ClosedJaxpr, ...key: K) => T {
  const table = new WeakMap<ClosedJaxpr, Map<string, T>>();
  return (jaxpr, ...key) => {
    let made = table.get(jaxpr);
    if (made === undefined) table.set(jaxpr, (made = new Map<string, T>()));
    const text = keyText(key);
    let out = made.get(text);
    if (out === undefined) made.set(text, (out = make(jaxpr, ...key)));
    return out;
  };
}
