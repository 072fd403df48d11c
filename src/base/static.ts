/**
 * @file Values that programs are compiled for: static arguments, and what classes in pytrees keep beside their arrays.
 *
 * Lists, plain objects and typed arrays are compared by what they hold, instances with an `equals` by it, and everything
 * else (functions, other instances, NaN and −0 among numbers) by `Object.is`. They are copied when they are kept, so that
 * changing one afterwards is another value, not another meaning of an old program.
 */
import { isPlainObject } from "./util.ts";

type Numbers = ArrayBufferView & ArrayLike<unknown>;
const isTyped = (x: object): x is Numbers & { slice(): object } =>
  ArrayBuffer.isView(x) && !(x instanceof DataView);

/** A copy of the lists, plain objects and typed arrays of a value; all else in it is the same. */
export function snapshot(x: unknown, copies = new Map<object, unknown>()): unknown {
  if (typeof x !== "object" || x === null) return x;
  if (copies.has(x)) return copies.get(x);
  if (isTyped(x)) return x.slice();
  if (Array.isArray(x)) {
    const out: unknown[] = [];
    copies.set(x, out);
    for (const item of x) out.push(snapshot(item, copies));
    return out;
  }
  if (!isPlainObject(x)) return x;
  const out: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  copies.set(x, out);
  for (const [key, value] of Object.entries(x)) out[key] = snapshot(value, copies);
  return out;
}

/** True if a value is such a one, or a list or plain object that holds one. */
export function holds(x: unknown, is: (x: unknown) => boolean, met = new Set<object>()): boolean {
  if (is(x)) return true;
  if (typeof x !== "object" || x === null || met.has(x)) return false;
  met.add(x);
  if (!Array.isArray(x) && !isPlainObject(x)) return false;
  return Object.values(x).some((y) => holds(y, is, met));
}

/** True if two values mean the same program. */
export function sameStatic(a: unknown, b: unknown, met = new Map<object, object>()): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  // In a cycle: equal unless a difference is found elsewhere.
  if (met.get(a) === b) return true;
  met.set(a, b);
  if ("equals" in a && typeof a.equals === "function")
    return Boolean((a.equals as (x: unknown) => unknown)(b));
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((x, i) => sameStatic(x, b[i], met));
  if (isTyped(a)) {
    if (!isTyped(b) || a.constructor !== b.constructor || a.length !== b.length) return false;
    return Array.prototype.every.call(a, (x: unknown, i: number) => Object.is(x, b[i]));
  }
  if (Array.isArray(b) || !isPlainObject(a) || !isPlainObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((k) => Object.hasOwn(b, k) && sameStatic(a[k], b[k], met))
  );
}
