/** @file What is derived from a jaxpr, made once and kept with it: transformations of the bodies of higher-order primitives. */
import type { ClosedJaxpr } from "./ir.ts";

const table = new WeakMap<ClosedJaxpr, Map<string, unknown>>();

/** Something derived from a jaxpr, made once. The key must say what is derived, and from what else. */
export function once<T>(jaxpr: ClosedJaxpr, key: string, make: () => T): T {
  let entries = table.get(jaxpr);
  if (entries === undefined) table.set(jaxpr, (entries = new Map<string, unknown>()));
  let out = entries.get(key) as T | undefined;
  if (out === undefined) entries.set(key, (out = make()));
  return out;
}

/** Flags as the part of a key. */
export const flags = (list: readonly boolean[]): string => list.map((f) => (f ? "1" : "0")).join("");
