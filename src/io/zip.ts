/**
 * @file Zip archives, as far as npz files need them: reading the directory and entries, stored or deflated, and writing.
 *
 * Source: PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.3 (zip64). Hosts inflate and deflate; of what they offer all have
 * gzip, whose header and trailer (checksum and length) are put around an entry's data, so that they check those as well.
 */
import { show } from "../base/checks.ts";
import { FileError } from "../base/errors.ts";
import { type OwnBytes, join } from "./formats.ts";
import { attempt, gzip } from "./host.ts";
import { Arriving, type RandomAccess, Section, type Sequence, chunksOf } from "./reading.ts";

/** A file within an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  /** Bytes in the archive, and of the file itself. */
  readonly packed: number;
  readonly size: number;
  /** Where its local header is. */
  readonly offset: number;
}

const signatures = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator: 0x07064b50,
};

/** The end of an archive has a comment of at most 65535 bytes. */
const longestEnd = 22 + 65535;

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32, of these bytes after those of which it is `before`. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let c = ~before;
  for (let i = 0; i < bytes.length; i++) c = crcTable[(c ^ bytes[i]) & 255] ^ (c >>> 8);
  return ~c >>> 0;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A number of 8 bytes; beyond 2^53, which no file reaches, it is rounded. */
const u64 = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

const broken = (where: string, what: string): FileError =>
  new FileError(`${where}: the archive is malformed: ${what}.`);

interface Directory {
  readonly count: number;
  readonly size: number;
  readonly offset: number;
}

async function directoryOf(access: RandomAccess, where: string): Promise<Directory> {
  const length = Math.min(access.size, longestEnd);
  const from = access.size - length;
  const bytes = await access.read(from, length);
  const view = viewOf(bytes);
  let at = length - 22;
  while (
    at >= 0 &&
    (view.getUint32(at, true) !== signatures.end || view.getUint16(at + 20, true) !== length - at - 22)
  )
    at--;
  if (at < 0)
    throw new FileError(
      `${where}: this is no zip archive, or it ends too early: its directory's end is not there.`,
    );
  let out = {
    count: view.getUint16(at + 10, true),
    size: view.getUint32(at + 12, true),
    offset: view.getUint32(at + 16, true),
  };
  let end = from + at;
  if (at >= 20 && view.getUint32(at - 20, true) === signatures.locator) {
    const place = u64(view, at - 12);
    if (place + 56 > access.size)
      throw broken(where, "the zip64 directory's end is not where it is said to be");
    const record = viewOf(await access.read(place, 56));
    if (record.getUint32(0, true) !== signatures.end64)
      throw broken(where, "the zip64 directory's end is not where it is said to be");
    out = { count: u64(record, 32), size: u64(record, 40), offset: u64(record, 48) };
    end = place;
  }
  if (out.offset + out.size !== end || out.count * 46 > out.size)
    throw broken(where, "the directory is not as long as it is said to be");
  return out;
}

/** The sizes and the place of an entry, where its 32 bits do not hold them. */
function wide(extra: DataView, values: readonly number[], where: string): number[] {
  if (!values.includes(0xffffffff)) return [...values];
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const id = extra.getUint16(at, true);
    const length = extra.getUint16(at + 2, true);
    at += 4;
    if (id === 1 && at + length <= extra.byteLength) {
      const end = at + length;
      return values.map((value) => {
        if (value !== 0xffffffff) return value;
        if (at + 8 > end) throw broken(where, "a zip64 field is too short");
        at += 8;
        return u64(extra, at - 8);
      });
    }
    at += length;
  }
  // An entry may have exactly so many bytes.
  return [...values];
}

/** Latin-1 stands for the encoding of old archives, which agree with it in ASCII. */
const decodeName = (bytes: Uint8Array, isUtf8: boolean): string =>
  isUtf8 ? new TextDecoder().decode(bytes) : String.fromCharCode(...bytes);

/** The files of an archive. Every place and length of the directory lies within the archive before it. */
export async function readDirectory(access: RandomAccess, where: string): Promise<ZipEntry[]> {
  const { count, size, offset: start } = await directoryOf(access, where);
  const bytes = await access.read(start, size);
  const view = viewOf(bytes);
  const out: ZipEntry[] = [];
  const names = new Set<string>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > size || view.getUint32(at, true) !== signatures.central)
      throw broken(where, `its directory has no entry ${i + 1} of ${count}`);
    const flags = view.getUint16(at + 8, true);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
      view.getUint16(at + field, true),
    );
    const next = at + 46 + nameLength + extraLength + commentLength;
    if (next > size) throw broken(where, "an entry of its directory is too long");
    const extraAt = at + 46 + nameLength;
    const name = decodeName(bytes.subarray(at + 46, extraAt), (flags & 0x800) !== 0);
    const extra = viewOf(bytes.subarray(extraAt, extraAt + extraLength));
    const [whole, packed, offset] = wide(
      extra,
      [24, 20, 42].map((field) => view.getUint32(at + field, true)),
      where,
    );
    if (flags & 1) throw new FileError(`${where}: ${show(name)} is encrypted, which npz files are not.`);
    if (offset + 30 + packed > start) throw broken(where, `${show(name)} is not where it is said to be`);
    if (names.has(name)) throw broken(where, `it has two files named ${show(name)}`);
    names.add(name);
    out.push({
      name,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed,
      size: whole,
      offset,
    });
    at = next;
  }
  if (at !== size) throw broken(where, "its directory has more than its entries");
  return out;
}

/** Deflate makes no file smaller than by this factor, and a few bytes. */
const mostDeflated = 1032;

/**
 * The content of a file, checked: `use` must read all of it.
 * @throws FileError if it is damaged
 */
export async function readEntry<T>(
  access: RandomAccess,
  entry: ZipEntry,
  where: string,
  use: (bytes: Sequence) => Promise<T>,
): Promise<T> {
  const header = viewOf(await access.read(entry.offset, 30));
  if (header.getUint32(0, true) !== signatures.local)
    throw broken(where, "the file is not where it is said to be");
  const start = entry.offset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  if (start + entry.packed > access.size) throw broken(where, "the file is longer than the archive");
  if (entry.method === 0) {
    if (entry.packed !== entry.size) throw broken(where, "a stored file has two sizes");
    const content = new Checked(new Section(access, where, start, start + entry.size));
    const out = await use(content);
    if (content.crc !== entry.crc)
      throw new FileError(`${where}: the data is damaged: its checksum is wrong.`);
    return out;
  }
  if (entry.method !== 8)
    throw new FileError(
      `${where}: compressed by method ${entry.method}; expected 8 (deflate), or 0 (stored).`,
    );
  if (entry.size > mostDeflated * (entry.packed + 16))
    throw broken(where, "a file is said to be larger than it can be");
  const packed = await access.read(start, entry.packed);
  const begin = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
  const trailer = new Uint8Array(8);
  viewOf(trailer).setUint32(0, entry.crc, true);
  viewOf(trailer).setUint32(4, entry.size % 2 ** 32, true);
  const stream = gzip("DecompressionStream", [begin, packed, trailer], where);
  const content = new Arriving(chunksOf(stream), where, entry.size, `${where}: the data is damaged`);
  try {
    const out = await use(content);
    // The checksum is compared when the end is reached.
    await content.end();
    return out;
  } finally {
    await content.close();
  }
}

/** A sequence that computes the checksum of what is taken. */
class Checked implements Sequence {
  readonly #inner: Sequence;
  crc = 0;

  constructor(inner: Sequence) {
    this.#inner = inner;
  }
  get left(): number | null {
    return this.#inner.left;
  }
  async take(length: number, what: string): Promise<OwnBytes> {
    const bytes = await this.#inner.take(length, what);
    this.crc = crc32(bytes, this.crc);
    return bytes;
  }
  async skip(length: number, what: string): Promise<void> {
    await this.take(length, what);
  }
  end(): Promise<void> {
    return this.#inner.end();
  }
  close(): Promise<void> {
    return this.#inner.close();
  }
}

/** A file to be written. */
export interface ZipFile {
  readonly name: string;
  readonly parts: readonly Uint8Array[];
}

/** Writes numbers of 2, 4 and 8 bytes one after another. */
function fields(...list: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): OwnBytes {
  const out = new Uint8Array(list.reduce((n, [bytes]) => n + bytes, 0));
  const view = viewOf(out);
  let at = 0;
  for (const [bytes, value] of list) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  return out;
}

/** 1980-01-01, so that equal arrays make equal files. */
const date = 0x21;
/** Made by Unix; a file that its owner may read and write, and others read. */
const maker = 3 << 8;
const mode = 0o100644 * 2 ** 16;

async function deflate(
  parts: readonly Uint8Array[],
  where: string,
): Promise<{ readonly data: OwnBytes; readonly crc: number }> {
  const stream = chunksOf(gzip("CompressionStream", parts, where));
  const bytes = await attempt(`${where}: the data cannot be compressed`, () =>
    new Arriving(stream, where).all(),
  );
  if (bytes[3] !== 0) throw new Error("internal: gzip data with fields in its header");
  return { data: bytes.subarray(10, bytes.length - 8), crc: viewOf(bytes).getUint32(bytes.length - 8, true) };
}

/** Fields of zip64 are there for sizes and places from `limit` on. */
export async function* zipParts(
  files: Iterable<ZipFile>,
  compress: boolean,
  where: string,
  limit = 0xffffffff,
): AsyncGenerator<Uint8Array> {
  const central: Uint8Array[] = [];
  let at = 0;
  for (const { name, parts } of files) {
    const size = parts.reduce((n, part) => n + part.length, 0);
    const packed = compress
      ? await deflate(parts, where)
      : { data: null, crc: parts.reduce((crc, part) => crc32(part, crc), 0) };
    const length = packed.data?.length ?? size;
    const isWide = size >= limit || length >= limit || at >= limit;
    const encoded = new TextEncoder().encode(name);
    const narrow = (value: number): number => (isWide ? 0xffffffff : value);
    const common = fields(
      [2, isWide ? 45 : 20],
      [2, 0x800],
      [2, compress ? 8 : 0],
      [2, 0],
      [2, date],
      [4, packed.crc],
      [4, narrow(length)],
      [4, narrow(size)],
      [2, encoded.length],
    );
    const extra = isWide ? fields([2, 1], [2, 16], [8, size], [8, length]) : fields();
    const local = join([fields([4, signatures.local]), common, fields([2, extra.length]), encoded, extra]);
    const extraHere = isWide ? fields([2, 1], [2, 24], [8, size], [8, length], [8, at]) : fields();
    central.push(
      join([
        fields([4, signatures.central], [2, maker + (isWide ? 45 : 20)]),
        common,
        fields([2, extraHere.length], [2, 0], [2, 0], [2, 0], [4, mode], [4, narrow(at)]),
        encoded,
        extraHere,
      ]),
    );
    yield local;
    if (packed.data === null) yield* parts;
    else yield packed.data;
    at += local.length + length;
  }
  const directory = join(central);
  yield directory;
  const count = central.length;
  if (at >= limit || directory.length >= limit || count >= Math.min(limit, 0xffff)) {
    const sizes = [
      [8, count],
      [8, count],
      [8, directory.length],
      [8, at],
    ] as const;
    yield fields([4, signatures.end64], [8, 44], [2, maker + 45], [2, 45], [4, 0], [4, 0], ...sizes);
    yield fields([4, signatures.locator], [4, 0], [8, at + directory.length], [4, 1]);
    yield fields(
      [4, signatures.end],
      [2, 0],
      [2, 0],
      [2, 0xffff],
      [2, 0xffff],
      [4, 0xffffffff],
      [4, 0xffffffff],
      [2, 0],
    );
  } else
    yield fields(
      [4, signatures.end],
      [2, 0],
      [2, 0],
      [2, count],
      [2, count],
      [4, directory.length],
      [4, at],
      [2, 0],
    );
}
