/**
 * @file Hugging Face's files of named arrays: `loadSafetensors`, `openSafetensors`, `saveSafetensors`.
 */
/// <reference lib="esnext.disposable" preserve="true" />
import { refuseMore, show } from "../base/checks.ts";
import { ArgumentError, DTypeError, checkOptions } from "../base/errors.ts";
import { isPlainObject } from "../base/util.ts";
import { type NDArray } from "../core/array.ts";
import { bitWidth } from "../dtypes/dtype.ts";
import { tobytes } from "../numpy/dtypes/bytes.ts";
import { arrayOf, nameIn, sizeOfShape } from "./formats.ts";
import {
  type ArrayRecord,
  type LoadArraysOptions,
  namedLeaves,
  namesText,
  recordOf,
  selection,
} from "./names.ts";
import type { RandomAccess } from "./reading.ts";
import {
  type Entry,
  type Header,
  type TensorInfo,
  dtypeOf,
  headerText,
  metadataKey,
  readHeader,
} from "./safetensors-header.ts";
import { type Sink, sinkAndOptions, write } from "./sink.ts";
import {
  type LoadOptions,
  type Source,
  accessSource,
  checkLoadOptions,
  fromBeginning,
  readSource,
} from "./source.ts";

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
export async function loadSafetensors(
  source: Source,
  options: LoadArraysOptions = {},
  ...more: []
): Promise<ArrayRecord> {
  refuseMore("loadSafetensors", 2, more);
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
 * file.names; // ["b", "w"]
 * await file.get("w"); // Array([1, 1])
 * await file.close();
 */
export async function openSafetensors(
  source: Source,
  options: LoadOptions = {},
  ...more: []
): Promise<SafetensorsFile> {
  refuseMore("openSafetensors", 2, more);
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
  ...others: []
): Promise<Uint8Array<ArrayBuffer> | void> {
  refuseMore("saveSafetensors", 3, others);
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
