/**
 * @file What is derived from a jaxpr, made once and kept with it: transformations of the bodies of higher-order primitives.
 *
 * `derived(make)` is `make` with a memory. All that it makes a program from are its arguments, and all of them are the key;
 * each derivation has a table of its own, so that two cannot be taken for one another.
 */
import type { ClosedJaxpr } from "./ir.ts";
import { type KeyPart, keyText } from "./keys.ts";

/** One flag for each item of a list. */
export type Flags = readonly boolean[];

/** Results for one jaxpr that are kept (for a batch of another size, say, there is another): beyond, all are made anew. */
const most = 512;

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
    if (out === undefined) {
      if (made.size === most) made.clear();
      made.set(text, (out = make(jaxpr, ...key)));
    }
    return out;
  };
}
