/**
 * @file Hugging Face's files of named arrays: `loadSafetensors`, `openSafetensors`, `saveSafetensors`.
 *
 * Source: the format's description and the reader in Rust (safetensors/src/tensor.rs), whose checks these are: 8 bytes with
 * the length of the header, at most 100 MB; the header, a JSON object of `{ dtype, shape, data_offsets }` by name, which begins
 * with "{" and may end in spaces; the data of all arrays, which fill the rest of the file without overlaps or gaps.
 */
/// <reference lib="esnext.disposable" preserve="true" />
import { show } from "../base/checks.ts";
import { ArgumentError, DTypeError, FileError, checkOptions } from "../base/errors.ts";
import { isPlainObject, prod } from "../base/util.ts";
import { type NDArray } from "../core/array.ts";
import { type DType, bitWidth } from "../dtypes/dtype.ts";
import { tobytes } from "../numpy/dtypes/bytes.ts";
import { arrayOf, dtypeIn, dtypesIn, isSize, nameIn, sizeOfShape } from "./formats.ts";
import { parseJson } from "./literals.ts";
import { type ArrayRecord, namedLeaves, recordOf } from "./names.ts";
import type { RandomAccess, Sequence } from "./reading.ts";
import { type Sink, sinkAndOptions, write } from "./sink.ts";
import {
  type LoadOptions,
  type Source,
  accessSource,
  checkLoadOptions,
  fromBeginning,
  readSource,
} from "./source.ts";

const longestHeader = 100_000_000;
const metadataKey = "__metadata__";

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

interface Entry extends TensorInfo {
  readonly name: string;
  /** Where its data begin, counted from the end of the header, and end. */
  readonly begin: number;
  readonly end: number;
}

interface Header {
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

async function readHeader(bytes: Sequence, where: string): Promise<Header> {
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

function dtypeOf(entry: Entry, where: string): DType {
  const dtype = dtypeIn("safetensors", entry.dtype);
  if (dtype !== null) return dtype;
  throw new DTypeError(
    `${where}: ${show(entry.name)} has dtype ${entry.dtype}, which the library does not have (it can load ${dtypesIn("safetensors")}). ` +
      `Convert it where the file is made, or load others by the option 'only'.`,
  );
}

/** Options of `loadSafetensors` and `loadNpz`. */
export interface LoadArraysOptions extends LoadOptions {
  /** The names of the arrays to load; all, if they are not given. */
  readonly only?: readonly string[] | undefined;
}

/** The test for names that are to be loaded. @throws ArgumentError for a name that is not there */
export function selection(
  where: string,
  names: readonly string[],
  only: readonly string[] | undefined,
): (name: string) => boolean {
  if (only === undefined) return () => true;
  if (!Array.isArray(only))
    throw new ArgumentError(`${where}: 'only' must be a list of names; got ${show(only)}.`);
  const there = new Set(names);
  const missing = only.find((name) => !there.has(name));
  if (missing !== undefined)
    throw new ArgumentError(`${where}: there is no ${show(missing)}. ${namesText(names)}`);
  const wanted = new Set(only);
  return (name) => wanted.has(name);
}

const namesText = (names: readonly string[]): string =>
  `The file has ${names.length === 0 ? "no arrays" : names.slice(0, 10).map(show).join(", ")}${names.length > 10 ? `, and ${names.length - 10} more` : ""}.`;

/**
 * Loads the arrays of a safetensors file, by name. One array after another is read, so no more memory is needed than they take.
 * The file's own texts, its metadata, are what `openSafetensors` also gives.
 *
 * @param source a path, an address, bytes, a `Blob`, a `Response` or a stream
 * @param options.only the names of the arrays to load
 * @param options.headers for requests, where the source is an address
 * @throws FileError if the file cannot be read or is malformed
 * @throws DTypeError for an array of a dtype that the library does not have (float8)
 * @see safetensors.numpy.load_file
 * @example
 * const bytes = await io.saveSafetensors({ layer: { w: np.ones([2], "bfloat16"), b: 0 } });
 * const { "layer.w": w } = await io.loadSafetensors(bytes);
 * w; // Array([1., 1.], dtype=bfloat16)
 */
export async function loadSafetensors(source: Source, options: LoadArraysOptions = {}): Promise<ArrayRecord> {
  checkLoadOptions("loadSafetensors", options, ["only"]);
  return readSource(source, options, "loadSafetensors", async (bytes, where) => {
    const { entries } = await readHeader(bytes, where);
    const isWanted = selection(
      where,
      entries.map((e) => e.name),
      options.only,
    );
    for (const entry of entries) if (isWanted(entry.name)) dtypeOf(entry, where);
    const pairs: [string, NDArray][] = [];
    for (const entry of entries) {
      const length = entry.end - entry.begin;
      const what = `the data of ${show(entry.name)}`;
      if (isWanted(entry.name)) {
        sizeOfShape(entry.shape, where);
        pairs.push([entry.name, arrayOf(await bytes.take(length, what), dtypeOf(entry, where), entry.shape)]);
      } else await bytes.skip(length, what);
    }
    await bytes.end();
    return recordOf(pairs);
  });
}

// Hosts older than explicit resource management know the symbol by its registered name only.
const asyncDisposeKey: typeof Symbol.asyncDispose =
  (Symbol as { asyncDispose?: typeof Symbol.asyncDispose }).asyncDispose ??
  (Symbol.for("Symbol.asyncDispose") as typeof Symbol.asyncDispose);

/** A safetensors file whose arrays are read when they are asked for; `openSafetensors` opens one. */
export class SafetensorsFile {
  /** The names of its arrays, in the order of their data. */
  readonly names: readonly string[];
  /** What the header says of each array. */
  readonly tensors: Readonly<Record<string, TensorInfo>>;
  /** The texts that the file holds beside its arrays. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly #access: RandomAccess;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #start: number;
  readonly #where: string;
  #open = true;

  constructor(access: RandomAccess, header: Header, where: string) {
    this.#access = access;
    this.#where = where;
    this.#start = header.start;
    this.#entries = new Map(header.entries.map((entry) => [entry.name, entry]));
    this.names = [...this.#entries.keys()];
    this.tensors = recordOf(
      header.entries.map(({ name, dtype, shape }) => [name, { dtype, shape }] as const),
    );
    this.metadata = header.metadata;
  }

  /**
   * Reads one array.
   * @throws ArgumentError for a name that the file does not have, and after `close`
   * @throws DTypeError if the library does not have its dtype
   */
  async get(name: string): Promise<NDArray> {
    if (!this.#open) throw new ArgumentError(`${this.#where}: the file was closed.`);
    const entry = this.#entries.get(name);
    if (entry === undefined)
      throw new ArgumentError(`${this.#where}: there is no ${show(name)}. ${namesText(this.names)}`);
    const dtype = dtypeOf(entry, this.#where);
    sizeOfShape(entry.shape, this.#where);
    const bytes = await this.#access.read(this.#start + entry.begin, entry.end - entry.begin);
    return arrayOf(bytes, dtype, entry.shape);
  }

  /** Closes the file. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#access.close();
  }

  /** For `await using`: as `close`. */
  [asyncDisposeKey](): Promise<void> {
    return this.close();
  }
}

/**
 * Opens a safetensors file, to read single arrays of it: `file.get(name)` reads no more than that array, from a file, a `Blob`,
 * or an address whose server gives parts (others are read into memory first). `file.names`, `file.tensors` and `file.metadata`
 * say what there is; `await file.close()`, or `await using`, ends it.
 *
 * @param source a path, an address, bytes, a `Blob`, a `Response` or a stream
 * @param options.headers for requests, where the source is an address
 * @throws FileError if the file cannot be read or its header is malformed
 * @see safetensors.safe_open
 * @example
 * const bytes = await io.saveSafetensors({ w: np.ones([2]), b: 0 }, { metadata: { epoch: "3" } });
 * const file = await io.openSafetensors(bytes);
 * file.metadata; // { epoch: "3" }
 * file.tensors.w.shape; // [2]
 * await file.get("w"); // Array([1, 1])
 * await file.close();
 */
export async function openSafetensors(source: Source, options: LoadOptions = {}): Promise<SafetensorsFile> {
  checkLoadOptions("openSafetensors", options);
  const { access, where } = await accessSource(source, options, "openSafetensors", true);
  try {
    return new SafetensorsFile(access, await readHeader(fromBeginning(access, where), where), where);
  } catch (error) {
    await access.close();
    throw error;
  }
}

/** Options of `saveSafetensors`. */
export interface SaveSafetensorsOptions {
  /** Texts that the file holds beside its arrays, by name. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** UTF-8 has no halves of pairs, so such a text would come back as another. */
const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

function headerText(
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

function checkTexts(names: Iterable<string>, metadata: unknown): void {
  if (
    metadata !== undefined &&
    !(isPlainObject(metadata) && Object.values(metadata).every((x) => typeof x === "string"))
  )
    throw new ArgumentError("saveSafetensors: 'metadata' must hold texts by name: { epoch: String(3) }.");
  for (const text of [
    ...names,
    ...Object.entries(metadata ?? {})
      .flat()
      .map(String),
  ])
    if (!isWellFormed(text))
      throw new ArgumentError(`saveSafetensors: ${show(text)} is no well-formed text.`);
}

function* safetensorsParts(
  arrays: readonly (readonly [string, NDArray])[],
  header: string,
): Generator<Uint8Array> {
  const text = new TextEncoder().encode(header);
  // The data begin at a multiple of 8 bytes; those of wide dtypes come first, so all are aligned.
  const length = Math.ceil(text.length / 8) * 8;
  const start = new Uint8Array(8 + length).fill(0x20);
  new DataView(start.buffer).setBigUint64(0, BigInt(length), true);
  start.set(text, 8);
  yield start;
  for (const [, x] of arrays) yield tobytes(x);
}

/**
 * Saves the arrays of a tree as a safetensors file: returns its bytes, or writes them to `sink`. The names of the arrays are
 * the keys on the way to them, with periods between (`layers.0.w`); `unflattenDict` makes a tree of them again.
 *
 * @param arrays a record or tree of arrays, typed arrays and numbers
 * @param sink the path or the `file:` URL of a file, or a `WritableStream`
 * @param options.metadata texts that the file holds beside its arrays
 * @throws DTypeError for complex128, for which the format has no name
 * @throws TreeError if two arrays have one name
 * @throws TracerArrayConversionError under a transformation
 * @throws FileError if the file or the stream cannot be written
 * @see safetensors.numpy.save_file
 * @example
 * const bytes = await io.saveSafetensors({ layers: [{ w: np.ones([2, 2]) }, { w: np.ones([2, 1]) }] });
 * Object.keys(await io.loadSafetensors(bytes)); // ["layers.0.w", "layers.1.w"]
 */
export async function saveSafetensors(
  arrays: object,
  options?: SaveSafetensorsOptions,
): Promise<Uint8Array<ArrayBuffer>>;
export async function saveSafetensors(
  arrays: object,
  sink: Sink,
  options?: SaveSafetensorsOptions,
): Promise<void>;
export async function saveSafetensors(
  arrays: object,
  sink?: Sink | SaveSafetensorsOptions,
  more?: SaveSafetensorsOptions,
): Promise<Uint8Array<ArrayBuffer> | void> {
  const [target, options] = sinkAndOptions<SaveSafetensorsOptions>("saveSafetensors", sink, more);
  checkOptions("saveSafetensors", options, ["metadata"]);
  const named = namedLeaves("saveSafetensors", arrays, ".");
  checkTexts(named.keys(), options.metadata);
  if (named.has(metadataKey))
    throw new ArgumentError(`saveSafetensors: the name ${metadataKey} is the format's own.`);
  for (const [name, { dtype }] of named)
    if (nameIn("safetensors", dtype) === null)
      throw new DTypeError(
        `saveSafetensors: ${show(name)} has dtype ${dtype}, for which the format has no name. ` +
          `Convert it with x.astype("complex64"), save its parts, or use saveNpz.`,
      );
  const sorted = [...named].sort(
    ([a, x], [b, y]) => bitWidth(y.dtype) - bitWidth(x.dtype) || (a < b ? -1 : 1),
  );
  return write(target, safetensorsParts(sorted, headerText(sorted, options.metadata)), "saveSafetensors");
}
