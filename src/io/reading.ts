/**
 * @file Reading bytes: one after another (`Sequence`) or anywhere (`RandomAccess`), whatever they come from.
 *
 * Invariants: what is read has a buffer of its own, from its beginning (so any typed array can view it, and nothing keeps
 * the rest of a file alive). No more memory is taken than there are bytes: a length that a file claims is compared with
 * what is left, or, where that is not known, memory is taken as the bytes arrive.
 */
import { FileError } from "../base/errors.ts";
import { type OwnBytes, join, newBytes } from "./formats.ts";
import { type BlobLike, type FileHandle, type StreamLike, attempt } from "./host.ts";

/** Bytes, one after another. */
export interface Sequence {
  /** How many are left, if that is known. */
  readonly left: number | null;
  /** The next ones. @throws FileError if there are not as many; `what` they are to be is for the message */
  take(length: number, what: string): Promise<OwnBytes>;
  skip(length: number, what: string): Promise<void>;
  /** @throws FileError unless all were taken. */
  end(): Promise<void>;
  close(): Promise<void>;
}

/** Bytes that can be read anywhere. */
export interface RandomAccess {
  readonly size: number;
  /** `offset + length` is at most `size`. */
  read(offset: number, length: number): Promise<OwnBytes>;
  close(): Promise<void>;
}

const tooShort = (where: string, length: number, what: string, left: number): FileError =>
  new FileError(`${where}: the file ends too early: ${what} has ${length} bytes, and ${left} are left.`);

const tooLong = (where: string, left: string): FileError =>
  new FileError(`${where}: the file should end here, and has ${left} more.`);

/** Bytes from one place to another of what can be read anywhere. `close` leaves that open. */
export class Section implements Sequence {
  readonly #access: RandomAccess;
  readonly #where: string;
  readonly #end: number;
  #at: number;

  constructor(access: RandomAccess, where: string, start = 0, end = access.size) {
    this.#access = access;
    this.#where = where;
    this.#at = start;
    this.#end = end;
  }
  get left(): number {
    return this.#end - this.#at;
  }
  async take(length: number, what: string): Promise<OwnBytes> {
    const at = this.#at;
    await this.skip(length, what);
    return this.#access.read(at, length);
  }
  skip(length: number, what: string): Promise<void> {
    if (length > this.left) return Promise.reject(tooShort(this.#where, length, what, this.left));
    this.#at += length;
    return Promise.resolve();
  }
  end(): Promise<void> {
    return this.left > 0 ? Promise.reject(tooLong(this.#where, `${this.left} bytes`)) : Promise.resolve();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A sequence that also closes what it reads. */
export class WholeSection extends Section {
  override readonly close: () => Promise<void>;

  constructor(access: RandomAccess, where: string) {
    super(access, where);
    this.close = () => access.close();
  }
}

/** Gives chunks; null at the end. */
export interface Chunks {
  next(): Promise<unknown>;
  close(): Promise<void>;
}

export function chunksOf(stream: StreamLike | AsyncIterable<unknown>): Chunks {
  if ("getReader" in stream) {
    const reader = stream.getReader();
    return {
      next: async () => {
        const { done, value } = await reader.read();
        return done ? null : value;
      },
      // A stream that failed cannot be cancelled, and has said why already.
      close: () => reader.cancel().catch(() => undefined),
    };
  }
  const iterator: AsyncIterator<unknown, unknown> = stream[Symbol.asyncIterator]();
  return {
    next: async () => {
      const { done, value } = await iterator.next();
      return done === true ? null : value;
    },
    close: async () => {
      await iterator.return?.().catch(() => undefined);
    },
  };
}

/** Bytes as they arrive. */
export class Arriving implements Sequence {
  readonly #chunks: Chunks;
  readonly #where: string;
  readonly #about: string;
  #left: number | null;
  /** Of the last chunk, what is not taken yet. */
  #rest: Uint8Array = new Uint8Array(0);

  /** `total` is how many there must be, if that is known; `about` begins the message if the source fails. */
  constructor(
    chunks: Chunks,
    where: string,
    total: number | null = null,
    about = `${where}: the source failed`,
  ) {
    this.#chunks = chunks;
    this.#where = where;
    this.#left = total;
    this.#about = about;
  }
  get left(): number | null {
    return this.#left;
  }

  /** Has `#rest` hold something; false at the end. */
  async #fill(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const chunk = await attempt(this.#about, () => this.#chunks.next());
      if (chunk === null) return false;
      if (!(chunk instanceof Uint8Array))
        throw new FileError(
          `${this.#where}: expected a source of bytes (Uint8Array); it gave a ${chunk === undefined ? "chunk of nothing" : typeof chunk}. ` +
            `A stream of Node must have no encoding.`,
        );
      this.#rest = chunk;
    }
    return true;
  }

  async #pass(length: number, what: string, use: (part: Uint8Array) => void): Promise<void> {
    if (this.#left !== null && length > this.#left) throw tooShort(this.#where, length, what, this.#left);
    let missing = length;
    while (missing > 0) {
      if (!(await this.#fill())) throw tooShort(this.#where, length, what, length - missing);
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      missing -= part.length;
      use(part);
    }
    if (this.#left !== null) this.#left -= length;
  }

  async take(length: number, what: string): Promise<OwnBytes> {
    const parts: Uint8Array[] = [];
    await this.#pass(length, what, (part) => parts.push(part));
    return join(parts);
  }
  skip(length: number, what: string): Promise<void> {
    return this.#pass(length, what, () => undefined);
  }
  async end(): Promise<void> {
    if (await this.#fill()) throw tooLong(this.#where, "bytes");
  }
  close(): Promise<void> {
    return this.#chunks.close();
  }

  /** All that is left. */
  async all(): Promise<OwnBytes> {
    const parts: Uint8Array[] = [];
    while (await this.#fill()) {
      parts.push(this.#rest);
      this.#rest = this.#rest.subarray(this.#rest.length);
    }
    await this.close();
    return join(parts);
  }
}

const nothing = (): Promise<void> => Promise.resolve();

export const accessBytes = (bytes: Uint8Array): RandomAccess => ({
  size: bytes.length,
  read: async (offset, length) => {
    const out = newBytes(length);
    out.set(bytes.subarray(offset, offset + length));
    return Promise.resolve(out);
  },
  close: nothing,
});

export const accessBlob = (blob: BlobLike, where: string): RandomAccess => ({
  size: blob.size,
  read: async (offset, length) => {
    const buffer = await attempt(`${where}: the blob cannot be read`, () =>
      blob.slice(offset, offset + length).arrayBuffer(),
    );
    if (buffer.byteLength !== length) throw tooShort(where, length, "a part of it", buffer.byteLength);
    return new Uint8Array(buffer);
  },
  close: nothing,
});

/** The most that is read or written at once: hosts have limits of 2 GiB. */
export const atOnce = 2 ** 30;

/** The file is closed with the access to it. */
export async function accessFile(file: FileHandle, where: string): Promise<RandomAccess> {
  const stat = await file.stat();
  // Pipes and devices have no size.
  if (!stat.isFile()) {
    const bytes = await file.readFile();
    return { ...accessBytes(bytes), close: () => file.close() };
  }
  return {
    size: stat.size,
    read: async (offset, length) => {
      const out = newBytes(length);
      for (let at = 0; at < length;) {
        const some = Math.min(length - at, atOnce);
        const { bytesRead } = await attempt(`${where}: the file cannot be read`, () =>
          file.read(out, at, some, offset + at),
        );
        if (bytesRead === 0) throw tooShort(where, length, "a part of it", at);
        at += bytesRead;
      }
      return out;
    },
    close: () => file.close(),
  };
}
