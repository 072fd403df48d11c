/**
 * @file The header of safetensors files, read and written.
 *
 * Source: the format's description and the reader in Rust (safetensors/src/tensor.rs), whose checks these are: 8 bytes with
 * the length of the header, at most 100 MB; the header, a JSON object of `{ dtype, shape, data_offsets }` by name, which begins
 * with "{" and may end in spaces; the data of all arrays, which fill the rest of the file without overlaps or gaps.
 */
import { show } from "../base/checks.ts";
import { DTypeError, FileError } from "../base/errors.ts";
import { isPlainObject, prod } from "../base/util.ts";
import { type NDArray } from "../core/array.ts";
import { type DType, bitWidth } from "../dtypes/dtype.ts";
import { dtypeIn, dtypesIn, isSize, nameIn } from "./formats.ts";
import { parseJson } from "./literals.ts";
import type { Sequence } from "./reading.ts";

const longestHeader = 100_000_000;
/** The name of what is no array. */
export const metadataKey = "__metadata__";

/** The bits of an element of the format's other dtypes. */
const foreignBits: Readonly<Record<string, number>> = {
  I64: 64,
  U64: 64,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
};

/** What the header says of an array. */
export interface TensorInfo {
  /** The format's name of the dtype: `"F32"`, `"BF16"`, `"I8"`. */
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** An array of a file. */
export interface Entry extends TensorInfo {
  readonly name: string;
  /** Where its data begin, counted from the end of the header, and end. */
  readonly begin: number;
  readonly end: number;
}

/** What a file has. */
export interface Header {
  /** In the order of their data. */
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the data begin. */
  readonly start: number;
}

function entryOf(name: string, value: unknown, where: string): Entry {
  const { dtype, shape, data_offsets: offsets } = isPlainObject(value) ? value : {};
  if (
    typeof dtype !== "string" ||
    !Array.isArray(shape) ||
    !shape.every(isSize) ||
    !Array.isArray(offsets) ||
    offsets.length !== 2 ||
    !offsets.every(isSize)
  )
    throw new FileError(
      `${where}: the header must say { dtype, shape, data_offsets } of each array, sizes as whole numbers; of ${show(name)} it does not.`,
    );
  const known = dtypeIn("safetensors", dtype);
  const bits =
    known !== null ? bitWidth(known) : Object.hasOwn(foreignBits, dtype) ? foreignBits[dtype] : null;
  if (bits === null)
    throw new DTypeError(`${where}: ${show(name)} has the dtype ${show(dtype)}, which is none.`);
  const [begin, end] = offsets;
  // A product beyond 2^53 is not that of any file.
  if (end - begin !== (prod(shape) * bits) / 8)
    throw new FileError(
      `${where}: ${show(name)}, ${dtype}[${shape.slice(0, 8).join(",")}], is said to lie at bytes ${begin} to ${end}, which are not as many as it has.`,
    );
  return { name, dtype, shape, begin, end };
}

function metadataOf(value: unknown, where: string): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (isPlainObject(value) && Object.values(value).every((x) => typeof x === "string"))
    return value as Readonly<Record<string, string>>;
  throw new FileError(`${where}: ${metadataKey} must hold texts by name.`);
}

function headerOf(text: string, start: number, where: string): Header {
  if (!text.startsWith("{")) throw new FileError(`${where}: the header must begin with "{".`);
  const json = parseJson(text, where) as Readonly<Record<string, unknown>>;
  const entries = Object.entries(json)
    .filter(([name]) => name !== metadataKey)
    .map(([name, value]) => entryOf(name, value, where))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at)
      throw new FileError(
        `${where}: ${show(name)} is said to begin at byte ${begin} of the data; expected ${at}: arrays must not overlap, nor leave gaps.`,
      );
    at = end;
  }
  const metadata = Object.hasOwn(json, metadataKey) ? json[metadataKey] : undefined;
  return { entries, metadata: metadataOf(metadata, where), start };
}

/** Reads what is before the data. @throws FileError if it is malformed */
export async function readHeader(bytes: Sequence, where: string): Promise<Header> {
  const size = await bytes.take(8, "the length of the header");
  const length = size.reduce((n, byte, i) => n + byte * 2 ** (8 * i), 0);
  if (length > longestHeader)
    throw new FileError(
      `${where}: a header of ${length} bytes; expected at most ${longestHeader}. Is this a safetensors file?`,
    );
  const header = await bytes.take(length, "the header");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
  } catch {
    throw new FileError(`${where}: the header is no UTF-8.`);
  }
  const out = headerOf(text, 8 + length, where);
  const end = out.entries[out.entries.length - 1]?.end ?? 0;
  if (bytes.left !== null && bytes.left !== end)
    throw new FileError(
      `${where}: the arrays of the header have ${end} bytes; the file has ${bytes.left} for them.`,
    );
  return out;
}

/** @throws DTypeError if the library has no such dtype */
export function dtypeOf(entry: Entry, where: string): DType {
  const dtype = dtypeIn("safetensors", entry.dtype);
  if (dtype !== null) return dtype;
  throw new DTypeError(
    `${where}: ${show(entry.name)} has dtype ${entry.dtype}, which the library does not have (it can load ${dtypesIn("safetensors")}). ` +
      `Convert it where the file is made, or load others by the option 'only'.`,
  );
}

/** The header of a file of these arrays, in this order. */
export function headerText(
  arrays: readonly (readonly [string, NDArray])[],
  metadata: Readonly<Record<string, string>> | undefined,
): string {
  const fields: [string, unknown][] = metadata === undefined ? [] : [[metadataKey, metadata]];
  let at = 0;
  for (const [name, { dtype, shape, size }] of arrays) {
    const end = at + (size * bitWidth(dtype)) / 8;
    fields.push([name, { dtype: nameIn("safetensors", dtype), shape, data_offsets: [at, end] }]);
    at = end;
  }
  return `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`;
}
