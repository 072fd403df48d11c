/**
 * @file NumPy's files of one array: `loadNpy`, `saveNpy`.
 *
 * Source: numpy.lib.format: a magic number, the version, the length of the header (2 bytes in version 1, else 4), the
 * header as a dictionary of Python, and the elements. Nothing of a file is ever executed: objects, which NumPy pickles, are
 * refused.
 */
import { refuseMore, show } from "../base/checks.ts";
import { DTypeError, FileError, checkOptions } from "../base/errors.ts";
import { type ArrayLike, type NDArray } from "../core/array.ts";
import { type DType, bitWidth } from "../dtypes/dtype.ts";
import { asArray } from "../lax/operands/convert.ts";
import { tobytes } from "../numpy/dtypes/bytes.ts";
import {
  arrayOf,
  dtypeIn,
  dtypesIn,
  fromFortran,
  isSize,
  nameIn,
  sizeOfShape,
  swapBytes,
  unitOf,
} from "./formats.ts";
import { type Literal, parsePython } from "./literals.ts";
import type { Sequence } from "./reading.ts";
import { type Sink, sinkAndOptions, write } from "./sink.ts";
import { type LoadOptions, type Source, checkLoadOptions, readSource } from "./source.ts";

const magic = "\x93NUMPY";

/** Headers of a dtype that we have are far shorter. */
const longestHeader = 2 ** 20;

/** Latin-1, as headers are before version 3; the host's decoder of that name means another table. */
function latin1(bytes: Uint8Array): string {
  let out = "";
  for (let at = 0; at < bytes.length; at += 4096)
    out += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return out;
}

function utf8(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FileError(`${where}: the header is no UTF-8.`);
  }
}

async function headerText(bytes: Sequence, where: string): Promise<string> {
  const start = await bytes.take(8, "the beginning of an npy file");
  if (latin1(start.subarray(0, 6)) !== magic)
    throw new FileError(
      `${where}: this is no npy file: it begins with ${show(latin1(start.subarray(0, 6)))}.`,
    );
  const major = start[6];
  if (major < 1 || major > 3)
    throw new FileError(`${where}: npy version ${major}.${start[7]}; expected 1, 2 or 3.`);
  const size = await bytes.take(major === 1 ? 2 : 4, "the length of the header");
  const length = size.reduce((n, byte, i) => n + byte * 2 ** (8 * i), 0);
  if (length > longestHeader)
    throw new FileError(`${where}: a header of ${length} bytes; expected at most ${longestHeader}.`);
  const header = await bytes.take(length, "the header");
  return major === 3 ? utf8(header, where) : latin1(header);
}

/** What dtypes are called that the library does not have. */
const foreign: readonly (readonly [RegExp, string])[] = [
  [/^O/, "Python objects, which are pickled; they are never loaded. Save numbers instead"],
  [/^[US]/, "texts. Save numbers instead"],
  [/^[mM]/, 'times. Convert them in Python: x.astype("int64").astype("float64")'],
  [/^V/, "raw bytes. Save a view of them as numbers: x.view(dtype)"],
  [/^[iu]/, 'integers of a width that the library does not have. Convert them in Python: x.astype("int32")'],
  [/^[fc]/, 'numbers of a width that the library does not have. Convert them in Python: x.astype("float64")'],
];

function dtypeOf(descr: Literal, where: string): { readonly dtype: DType; readonly swapped: boolean } {
  if (typeof descr !== "string")
    throw new DTypeError(
      `${where}: holds a structured array; expected one dtype. Save its fields one by one, with savez.`,
    );
  const match = /^([<>=|]?)(\w+)/.exec(descr);
  const code = match?.[2] ?? "";
  const dtype = match?.[0] === descr ? dtypeIn("npy", code) : null;
  if (dtype !== null) return { dtype, swapped: match?.[1] === ">" };
  const meaning = foreign.find(([pattern]) => pattern.test(code))?.[1] ?? "which is no dtype";
  throw new DTypeError(
    `${where}: dtype ${show(descr)}: ${meaning}. Dtypes that can be loaded: ${dtypesIn("npy")}.`,
  );
}

interface Header {
  readonly dtype: DType;
  readonly swapped: boolean;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

function headerOf(text: string, where: string): Header {
  const header = parsePython(text, where);
  const keys = header instanceof Map ? [...header.keys()].sort().join(", ") : null;
  if (!(header instanceof Map) || keys !== "descr, fortran_order, shape")
    throw new FileError(
      `${where}: the header must be a dictionary of descr, fortran_order and shape; got ${keys ?? "none"}.`,
    );
  const values = header as ReadonlyMap<string, Literal>;
  const fortran = values.get("fortran_order");
  const shape = values.get("shape");
  if (typeof fortran !== "boolean")
    throw new FileError(`${where}: fortran_order must be True or False in the header.`);
  if (!Array.isArray(shape) || !shape.every(isSize))
    throw new FileError(`${where}: the shape in the header must be a tuple of whole numbers from 0.`);
  return { ...dtypeOf(values.get("descr")!, where), fortran, shape };
}

/** The array that a sequence holds, from its beginning to its end. */
export async function readNpy(bytes: Sequence, where: string): Promise<NDArray> {
  const { dtype, swapped, fortran, shape } = headerOf(await headerText(bytes, where), where);
  const item = bitWidth(dtype) / 8;
  const data = await bytes.take(sizeOfShape(shape, where) * item, `the data of ${dtype}[${shape.join(",")}]`);
  await bytes.end();
  if (swapped) swapBytes(data, unitOf(dtype));
  return arrayOf(fortran ? fromFortran(data, shape, item) : data, dtype, shape);
}

/** An array as a file, in two parts. */
export function npyParts(x: NDArray): readonly [Uint8Array, Uint8Array] {
  const name = nameIn("npy", x.dtype)!;
  const order = unitOf(x.dtype) === 1 ? "|" : "<";
  const shape = `(${x.shape.map((n) => `${n},`).join(" ")})`.replace(/(?<=\d, .*),\)$/, ")");
  const text = `{'descr': '${order}${name}', 'fortran_order': False, 'shape': ${shape}, }`;
  // The elements begin at a multiple of 64 bytes, and a line break is before them.
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const line = `${magic}\x01\x00${String.fromCharCode(length & 255, length >> 8)}${text.padEnd(length - 1)}\n`;
  return [Uint8Array.from(line, (c) => c.charCodeAt(0)), tobytes(x)];
}

/**
 * Loads the array of an npy file: of any dtype of the library (bfloat16 as JAX and ml_dtypes save it), byte order, memory order
 * and version of the format.
 *
 * @param source a path, an address, bytes, a `Blob`, a `Response` or a stream
 * @throws FileError if the file cannot be read, is malformed, or goes on after the array
 * @throws DTypeError for what is no array of numbers of such a dtype: texts, structured arrays, and Python objects, which are
 *   pickled, and never loaded
 * @see jax.numpy.load
 * @example
 * const bytes = await io.saveNpy(np.array([1, 2], "int16"));
 * await io.loadNpy(bytes); // Array([1, 2], dtype=int16)
 */
export async function loadNpy(source: Source, options: LoadOptions = {}, ...more: []): Promise<NDArray> {
  refuseMore("loadNpy", 2, more);
  checkLoadOptions("loadNpy", options);
  return readSource(source, options, "loadNpy", readNpy);
}

/**
 * Saves an array as an npy file, as `np.save` in Python does: returns its bytes, or writes them to `sink`. bfloat16 is written
 * as ml_dtypes writes it: JAX's `jnp.load` knows what it is, and after NumPy's `np.load` it is `x.view(ml_dtypes.bfloat16)`.
 *
 * @param sink the path or the `file:` URL of a file, or a `WritableStream`
 * @throws TracerArrayConversionError under a transformation
 * @throws FileError if the file or the stream cannot be written
 * @see jax.numpy.save
 * @example
 * const bytes = await io.saveNpy(np.ones([2, 3]));
 * bytes.length; // 176
 */
export async function saveNpy(x: ArrayLike): Promise<Uint8Array<ArrayBuffer>>;
export async function saveNpy(x: ArrayLike, sink: Sink): Promise<void>;
export async function saveNpy(
  x: ArrayLike,
  sink?: Sink,
  ...more: []
): Promise<Uint8Array<ArrayBuffer> | void> {
  refuseMore("saveNpy", 2, more);
  const [target, options] = sinkAndOptions<object>("saveNpy", sink, undefined);
  checkOptions("saveNpy", options, []);
  return write(target, npyParts(asArray(x, "saveNpy")), "saveNpy");
}
