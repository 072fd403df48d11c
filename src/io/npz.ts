/**
 * @file NumPy's files of several arrays, zip archives of npy files: `loadNpz`, `saveNpz`.
 */
import { checkFlag, refuseMore, show } from "../base/checks.ts";
import { ArgumentError, FileError, checkOptions } from "../base/errors.ts";
import { isArrayLike, type NDArray } from "../core/array.ts";
import { type ArrayRecord, type LoadArraysOptions, namedLeaves, recordOf, selection } from "./names.ts";
import { npyParts, readNpy } from "./npy.ts";
import { type Sink, sinkAndOptions, write } from "./sink.ts";
import { type Source, accessSource, checkLoadOptions } from "./source.ts";
import { type ZipFile, readDirectory, readEntry, zipParts } from "./zip.ts";

const suffix = ".npy";

/**
 * Loads the arrays of an npz file, by name, as `np.savez` and `np.savez_compressed` in Python save them.
 *
 * @param source a path, an address, bytes, a `Blob`, a `Response` or a stream
 * @param options.only the names of the arrays to load
 * @param options.headers for requests, where the source is an address
 * @throws FileError if the file cannot be read, is malformed, is damaged (checksums are compared), or holds other things than
 *   npy files
 * @throws DTypeError for what `loadNpy` refuses: texts, structured arrays, Python objects
 * @see numpy.load
 * @example
 * const bytes = await io.saveNpz({ x: np.ones([2]), n: 3 }, { compress: true });
 * const { x } = await io.loadNpz(bytes);
 * x; // Array([1, 1])
 */
export async function loadNpz(
  source: Source,
  options: LoadArraysOptions = {},
  ...more: []
): Promise<ArrayRecord> {
  refuseMore("loadNpz", 2, more);
  checkLoadOptions("loadNpz", options, ["only"]);
  const { access, where } = await accessSource(source, options, "loadNpz", false);
  try {
    const files = (await readDirectory(access, where)).filter((entry) => !entry.name.endsWith("/"));
    const named = files.map((entry) => [entry.name.replace(/\.npy$/, ""), entry] as const);
    const isWanted = selection(
      where,
      named.map(([name]) => name),
      options.only,
    );
    const pairs: [string, NDArray][] = [];
    for (const [name, entry] of named) {
      if (!isWanted(name)) continue;
      const here = `${where}: ${entry.name}`;
      if (!entry.name.endsWith(suffix))
        throw new FileError(`${here} is no npy file. Load the others by the option 'only'.`);
      pairs.push([name, await readEntry(access, entry, here, (bytes) => readNpy(bytes, here))]);
    }
    return recordOf(pairs);
  } finally {
    await access.close();
  }
}

/** Options of `saveNpz`. */
export interface SaveNpzOptions {
  /** True to compress the arrays, as `np.savez_compressed` does. */
  readonly compress?: boolean | undefined;
}

/** Arrays without names are called as NumPy calls them. */
const withNames = (arrays: unknown): unknown => {
  const list = isArrayLike(arrays) ? [arrays] : arrays;
  return Array.isArray(list) ? recordOf(list.map((x, i) => [`arr_${i}`, x] as const)) : list;
};

function* filesOf(named: ReadonlyMap<string, NDArray>): Generator<ZipFile> {
  for (const [name, x] of named) yield { name: name + suffix, parts: npyParts(x) };
}

/** The longest name that an archive can hold, in bytes. */
const longestName = 65535;

/**
 * Saves arrays as an npz file, as `np.savez` in Python does: returns its bytes, or writes them to `sink`. The names of the arrays
 * are the keys on the way to them, with periods between (`layers.0.w`); the arrays of a list are `arr_0`, `arr_1`, …
 *
 * @param arrays a record or tree of arrays, typed arrays and numbers; or a list of them
 * @param sink the path or the `file:` URL of a file, or a `WritableStream`
 * @param options.compress true to compress them
 * @throws TreeError if two arrays have one name
 * @throws TracerArrayConversionError under a transformation
 * @throws FileError if the file or the stream cannot be written
 * @see jax.numpy.savez
 * @example
 * const bytes = await io.saveNpz([np.arange(3), 1.5]);
 * await io.loadNpz(bytes, { only: ["arr_0"] }); // { arr_0: Array([0, 1, 2]) }
 */
export async function saveNpz(arrays: object, options?: SaveNpzOptions): Promise<Uint8Array<ArrayBuffer>>;
export async function saveNpz(arrays: object, sink: Sink, options?: SaveNpzOptions): Promise<void>;
export async function saveNpz(
  arrays: object,
  sink?: Sink | SaveNpzOptions,
  more?: SaveNpzOptions,
  ...others: []
): Promise<Uint8Array<ArrayBuffer> | void> {
  refuseMore("saveNpz", 3, others);
  const [target, options] = sinkAndOptions<SaveNpzOptions>("saveNpz", sink, more);
  checkOptions("saveNpz", options, ["compress"]);
  const { compress = false } = options;
  checkFlag("saveNpz", "'compress'", compress);
  const named = namedLeaves("saveNpz", withNames(arrays), ".");
  for (const name of named.keys())
    if (new TextEncoder().encode(name).length + suffix.length > longestName || /\p{Surrogate}|\0/u.test(name))
      throw new ArgumentError(`saveNpz: ${show(name)} is no name of a file.`);
  return write(target, zipParts(filesOf(named), compress, "saveNpz"), "saveNpz");
}
