/**
 * @file Files that NumPy and safetensors wrote, with what they hold (data/make.py), and how arrays are compared with that.
 */
import { expect } from "vitest";
import { type NDArray } from "../../src/core/array.ts";
import { type DType, dtypes } from "../../src/dtypes/dtype.ts";
import { loadNpy, loadNpz, loadSafetensors } from "../../src/io/index.ts";
import { tobytes } from "../../src/numpy/dtypes/bytes.ts";
import recorded from "./data/fixtures.json" with { type: "json" };

/** An array as the files of the test data tell it. */
export interface Told {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Its elements in C order, little-endian, as base64. */
  readonly data: string;
}

export interface Case {
  readonly name: string;
  readonly format: string;
  readonly file: string;
  readonly arrays?: Readonly<Record<string, Told>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly error?: string;
}

export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** Of dtypes that the library does not have, the error is expected. */
const isKnown = ({ dtype }: Told): boolean => (dtypes as readonly string[]).includes(dtype);

export const cases: readonly Case[] = (recorded as unknown as readonly Case[]).map((c) =>
  c.arrays === undefined || Object.values(c.arrays).every(isKnown) ? c : { ...c, error: "DTypeError" },
);

export const casesOf = (format: string): readonly Case[] => cases.filter((c) => c.format === format);

/** The arrays of a file by name; that of an npy file has the name "". */
export async function load(format: string, file: Uint8Array): Promise<Record<string, NDArray>> {
  if (format === "npy") return { "": await loadNpy(file) };
  return format === "npz" ? loadNpz(file) : loadSafetensors(file);
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

export const told = (x: NDArray): string => `${x.dtype}[${x.shape.join(",")}] ${hex(tobytes(x))}`;

/** Each array of a record, as `told` does. */
export const texts = (record: Readonly<Record<string, NDArray>>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([name, x]) => [name, told(x)]));

/** Equal to the bit. */
export function expectEqual(
  arrays: Readonly<Record<string, NDArray>>,
  expected: Readonly<Record<string, Told>>,
): void {
  const wanted = Object.entries(expected).map(([name, x]) => [
    name,
    `${x.dtype}[${x.shape.join(",")}] ${hex(fromBase64(x.data))}`,
  ]);
  expect(texts(arrays)).toEqual(Object.fromEntries(wanted));
}

export const allDTypes: readonly DType[] = dtypes;
