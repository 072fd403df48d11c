/**
 * @file Compares what the library gave with what JAX gave: structure, shape, dtype, and every number within
 * |got - want| <= atol + rtol |want|, where NaN equals NaN. The message names the place of the first difference.
 */
import { lax, random } from "./library.ts";
import type { Arr } from "./library.ts";
import {
  bigInts,
  defaultDtype,
  isEncodedArray,
  isEncodedKey,
  isObject,
  isWide,
  numbers,
  toNumber,
} from "./codec.ts";
import type { EncodedArray, Json, JsonObject } from "./codec.ts";

export interface Tolerance {
  /** The vector asks for 64-bit integers: where it has them, they are no default. */
  readonly saysWide?: boolean;
  readonly rtol: number;
  readonly atol: number;
}

/** A value that differs from JAX's. */
export class Mismatch extends Error {
  constructor(where: string, what: string) {
    super(`${where === "" ? "value" : where}: ${what}`);
    this.name = "Mismatch";
  }
}

const isArray = (x: unknown): x is Arr => isObject(x) && "dtype" in x && "shape" in x && "dataSync" in x;

/** Text of a value, short enough for a message. */
export function show(x: unknown): string {
  if (isArray(x)) return `${x.dtype}[${x.shape.join(",")}] ${showNumbers(flatNumbers(x))}`;
  if (typeof x === "function") return "a function";
  const text = typeof x === "object" && x !== null ? JSON.stringify(x) : String(x);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function showNumbers(values: readonly number[]): string {
  const shown = values.slice(0, 12).map((v) => (Object.is(v, -0) ? "-0" : String(v)));
  return `(${shown.join(", ")}${values.length > 12 ? ", …" : ""})`;
}

const isComplex = (dtype: string): boolean => dtype.startsWith("complex");

/** The elements of an array as numbers; complex ones as pairs. */
function flatNumbers(x: Arr): number[] {
  if (!isComplex(x.dtype)) return Array.from(x.dataSync(), Number);
  const re = Array.from(lax.real(x).dataSync(), Number);
  const im = Array.from(lax.imag(x).dataSync(), Number);
  return re.flatMap((r, i) => [r, im[i]]);
}

function close(got: number, want: number, { rtol, atol }: Tolerance): boolean {
  if (Number.isNaN(want)) return Number.isNaN(got);
  if (!Number.isFinite(want)) return got === want;
  return Math.abs(got - want) <= atol + rtol * Math.abs(want);
}

/** Complex numbers are compared by modulus where both are finite, else part by part. */
function closeComplex(got: readonly number[], want: readonly number[], tolerance: Tolerance): boolean {
  if (![...got, ...want].every(Number.isFinite)) return got.every((g, i) => close(g, want[i], tolerance));
  const error = Math.hypot(got[0] - want[0], got[1] - want[1]);
  return error <= tolerance.atol + tolerance.rtol * Math.hypot(want[0], want[1]);
}

function compareNumbers(
  got: readonly number[],
  want: readonly number[],
  width: number,
  tolerance: Tolerance,
  where: string,
): void {
  for (let i = 0; i < want.length; i += width) {
    const fine =
      width === 1
        ? close(got[i], want[i], tolerance)
        : closeComplex(got.slice(i, i + 2), want.slice(i, i + 2), tolerance);
    if (!fine) {
      const at = `element ${i / width}: got ${got.slice(i, i + width).join(",")}, want ${want.slice(i, i + width).join(",")}`;
      throw new Mismatch(where, `${at}\n  got  ${showNumbers(got)}\n  want ${showNumbers(want)}`);
    }
  }
}

function compareArray(got: unknown, want: EncodedArray, tolerance: Tolerance, where: string): void {
  if (!isArray(got))
    throw new Mismatch(where, `got ${show(got)}, want ${want.dtype}[${want.shape.join(",")}]`);
  const { dtype } = want;
  const isDefault = tolerance.saysWide !== true && got.dtype === defaultDtype(dtype);
  if (got.shape.join() !== want.shape.join() || (got.dtype !== dtype && !isDefault)) {
    throw new Mismatch(
      where,
      `got ${show(got)}, want ${dtype}[${want.shape.join(",")}] ${showNumbers(numbers(want))}`,
    );
  }
  if (isWide(got.dtype)) {
    const [values, wanted] = [Array.from(got.dataSync() as unknown as BigInt64Array), bigInts(want)];
    if (values.some((v, i) => v !== wanted[i]))
      throw new Mismatch(where, `got ${values.join(", ")}, want ${wanted.join(", ")}`);
    return;
  }
  compareNumbers(flatNumbers(got), numbers(want), isComplex(dtype) ? 2 : 1, tolerance, where);
}

function compareKey(got: unknown, want: JsonObject, tolerance: Tolerance, where: string): void {
  const shape = (want.shape as number[]).join();
  const gotShape = isObject(got) && Array.isArray(got.shape) ? got.shape.join() : undefined;
  if (gotShape !== shape) throw new Mismatch(where, `got ${show(got)}, want a key of shape [${shape}]`);
  compareArray(random.keyData(got), want.data as unknown as EncodedArray, tolerance, `${where} key data`);
}

function compareScalar(
  got: unknown,
  want: number | boolean | string,
  tolerance: Tolerance,
  where: string,
): void {
  const value = isArray(got) && got.size === 1 ? got.item() : got;
  const wanted = typeof want === "string" && typeof value === "number" ? toNumber(want) : want;
  const fine =
    typeof value === "number" && typeof wanted === "number"
      ? close(value, wanted, tolerance)
      : value === wanted;
  if (!fine) throw new Mismatch(where, `got ${show(got)}, want ${String(want)}`);
}

/**
 * Throws `Mismatch` unless `got` is what `want` encodes. A null in `want` demands null or undefined, except below
 * derivatives (`nullIsFree`), where it marks an output that has none.
 */
export function compare(
  got: unknown,
  want: Json,
  tolerance: Tolerance,
  where = "",
  nullIsFree = false,
): void {
  const inside = (key: string | number): string =>
    typeof key === "number" ? `${where}[${key}]` : `${where}.${key}`;
  if (want === null) {
    if (!nullIsFree && got !== null && got !== undefined)
      throw new Mismatch(where, `got ${show(got)}, want null`);
  } else if (typeof want !== "object") {
    compareScalar(got, want, tolerance, where);
  } else if (Array.isArray(want)) {
    const list = want as readonly Json[];
    if (!Array.isArray(got) || got.length !== list.length) {
      throw new Mismatch(where, `got ${show(got)}, want a list of ${list.length}`);
    }
    list.forEach((w, i) => compare(got[i], w, tolerance, inside(i), nullIsFree));
  } else {
    compareObject(got, want as JsonObject, tolerance, where, inside, nullIsFree);
  }
}

function compareObject(
  got: unknown,
  want: JsonObject,
  tolerance: Tolerance,
  where: string,
  inside: (key: string) => string,
  nullIsFree: boolean,
): void {
  if (isEncodedArray(want)) compareArray(got, want, tolerance, where);
  else if (isEncodedKey(want)) compareKey(got, want, tolerance, where);
  else if (Object.hasOwn(want, "tuple")) compare(got, want.tuple, tolerance, where, nullIsFree);
  else {
    if (!isObject(got)) throw new Mismatch(where, `got ${show(got)}, want ${show(want)}`);
    const keys = Object.keys(want).sort().join();
    if (Object.keys(got).sort().join() !== keys) {
      throw new Mismatch(where, `got keys ${Object.keys(got).sort().join()}, want ${keys}`);
    }
    for (const key of Object.keys(want)) compare(got[key], want[key], tolerance, inside(key), nullIsFree);
  }
}
