/**
 * @file From the JSON of the golden vectors to values of the library; the encodings are listed in README.md.
 *
 * int64 and uint64 are what they say, though where JAX makes them of integers without a dtype the library makes int32
 * (`defaultDtype`). Complex numbers are made with `lax.complex`.
 */
import { config, lax, np, random } from "./library.ts";
import type { Arr } from "./library.ts";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export interface EncodedArray {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly (number | boolean | string)[];
}

/** An index expression, as the arguments of `x.slice(...)` and `x.at(...)`. */
export class Index {
  readonly entries: readonly unknown[];
  constructor(entries: readonly unknown[]) {
    this.entries = entries;
  }
}

/** An operation that the vector passes as a function, by name. */
export class Operation {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** The lists that stand for Python tuples; JavaScript has one kind of list. */
export const tuples = new WeakSet();

export function isObject(x: unknown): x is Readonly<Record<string, unknown>> {
  return typeof x === "object" && x !== null && !Array.isArray(x);
}

const hasKeys = (x: JsonObject, ...keys: readonly string[]): boolean =>
  keys.every((k) => Object.hasOwn(x, k)) && Object.keys(x).length === keys.length;

export const isEncodedArray = (x: Json): x is JsonObject & EncodedArray =>
  isObject(x) && hasKeys(x, "shape", "dtype", "data");

export const isEncodedKey = (x: Json): x is JsonObject & { readonly data: JsonObject & EncodedArray } =>
  isObject(x) && hasKeys(x, "key", "shape", "data");

const nonFinite = new Map([
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

const narrowed = new Map([
  ["int64", "int32"],
  ["uint64", "uint32"],
]);

/** True for 64-bit integers, whose elements are BigInts. */
export const isWide = (dtype: string): boolean => narrowed.has(dtype);

/** The library's dtype where JAX's is that of integers made without one. */
export const defaultDtype = (dtype: string): string => narrowed.get(dtype) ?? dtype;

/** The elements of an encoded array of 64-bit integers. */
export const bigInts = ({ data }: EncodedArray): bigint[] => data.map((x) => BigInt(x));

/** A number of the vector, which writes non-finite numbers and very large integers as strings. */
export function toNumber(x: number | boolean | string): number {
  return typeof x === "string" ? (nonFinite.get(x) ?? Number(x)) : Number(x);
}

/** The numbers of an encoded array; complex ones as pairs. float32 is written with as few digits as it needs. */
export function numbers({ dtype, data }: EncodedArray): number[] {
  const single = dtype === "float32" || dtype === "complex64";
  return data.map((x) => (single ? Math.fround(toNumber(x)) : toNumber(x)));
}

/** In 32-bit mode JAX makes float32 of anything that is told to be float64, complex64 of complex128. */
function modeDtype(dtype: string): string {
  const narrow =
    (config as unknown as { values: { defaultFloat: string } }).values.defaultFloat === "float32";
  if (!narrow) return dtype;
  return dtype === "float64" ? "float32" : dtype === "complex128" ? "complex64" : dtype;
}

export function decodeArray(encoded: EncodedArray): Arr {
  const dtype = modeDtype(encoded.dtype);
  const flat = (xs: readonly (number | bigint | boolean)[], as: string): Arr =>
    np.reshape(np.array(xs, { dtype: as }), encoded.shape);
  if (isWide(dtype)) return flat(bigInts(encoded), dtype);
  const values = numbers(encoded);
  if (dtype.startsWith("complex")) {
    const part = dtype === "complex64" ? "float32" : "float64";
    const re = values.filter((_, i) => i % 2 === 0);
    const im = values.filter((_, i) => i % 2 === 1);
    return lax.complex(flat(re, part), flat(im, part));
  }
  return flat(dtype === "bool" ? values.map(Boolean) : values, dtype);
}

function decodeScalar(kind: Json | undefined, value: Json | undefined): unknown {
  if (kind === "complex") {
    const [re, im] = Array.isArray(value) ? (value as number[]) : [value as number, 0];
    return lax.complex(re, im);
  }
  return decode(value ?? null);
}

function decodeIndex(entry: Json): unknown {
  if (!isObject(entry) || isEncodedArray(entry)) return decode(entry);
  if ("ellipsis" in entry) return "...";
  if ("newaxis" in entry) return null;
  const slice = [...(entry.slice as (number | null)[])];
  while (slice.length > 0 && slice[slice.length - 1] === null) slice.pop();
  return slice;
}

function decodeObject(x: JsonObject): unknown {
  if (isEncodedArray(x)) return decodeArray(x);
  if (isEncodedKey(x)) return random.wrapKeyData(decodeArray(x.data));
  if (hasKeys(x, "py", "value")) return decodeScalar(x.py, x.value);
  if (hasKeys(x, "index")) return new Index((x.index as Json[]).map(decodeIndex));
  if (hasKeys(x, "op")) return new Operation(String(x.op));
  if (hasKeys(x, "tuple")) {
    const list = decode(x.tuple) as unknown[];
    tuples.add(list);
    return list;
  }
  return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, decode(v)]));
}

/** The value that a piece of JSON stands for. */
export function decode(x: Json): unknown {
  if (Array.isArray(x)) return x.map(decode);
  if (isObject(x)) return decodeObject(x);
  if (typeof x !== "string") return x;
  return nonFinite.get(x) ?? x;
}
