/**
 * @file Where files of arrays come from: bytes, paths, addresses, blobs, responses and streams, made readable.
 */
import { show } from "../base/checks.ts";
import { ArgumentError, FileError, checkOptions } from "../base/errors.ts";
import { hostFailure } from "../base/host.ts";
import { type OwnBytes } from "./formats.ts";
import {
  type BlobLike,
  type ResponseLike,
  type StreamLike,
  type UrlLike,
  attempt,
  fileSystem,
  host,
} from "./host.ts";
import {
  Arriving,
  type RandomAccess,
  Section,
  type Sequence,
  WholeSection,
  accessBlob,
  accessBytes,
  accessFile,
  chunksOf,
} from "./reading.ts";

/**
 * What the functions that load read from:
 * - a string: an address (`https:`, `file:`, `data:` or `blob:`), else the path of a file; in a browser, an address relative to
 *   the page
 * - a `URL`
 * - bytes: an `ArrayBuffer` or a view of one
 * - a `Blob` or `File`; a `Response`; a `ReadableStream` of bytes, or what else gives bytes in a `for await` loop, such as a
 *   readable stream of Node
 */
export type Source =
  | string
  | UrlLike
  | ArrayBufferLike
  | ArrayBufferView
  | BlobLike
  | ResponseLike
  | StreamLike
  | AsyncIterable<Uint8Array>;

/** Options of the functions that load. */
export interface LoadOptions {
  /** Headers for requests, where the source is an address: `{ Authorization: "Bearer …" }`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A source of which it is known what it is. */
type Opened =
  | { readonly kind: "access"; readonly access: RandomAccess; readonly where: string }
  | { readonly kind: "address"; readonly href: string; readonly where: string }
  | { readonly kind: "response"; readonly response: ResponseLike; readonly where: string }
  | { readonly kind: "stream"; readonly stream: StreamLike | AsyncIterable<unknown>; readonly where: string };

const has = <K extends string>(x: object, ...keys: readonly K[]): x is Record<K, unknown> =>
  keys.every((key) => key in x);

const isBuffer = (x: object): x is ArrayBufferLike =>
  /^\[object (?:Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(x));

/** True for what begins as an address does. (A letter and a colon are a drive.) */
export const isAddress = (text: string): boolean => /^(?:https?|file|data|blob):/i.test(text);

/** A `URL`, by its shape. */
export const isUrl = (x: object): x is UrlLike => has(x, "href", "protocol");

async function openPath(path: string | UrlLike, where: string): Promise<Opened> {
  const files = await fileSystem();
  if (files === null) {
    const href = typeof path === "string" ? path : path.href;
    return { kind: "address", href, where };
  }
  const file = await attempt(`${where}: the file cannot be opened`, () => files.open(path, "r"));
  try {
    return { kind: "access", access: await accessFile(file, where), where };
  } catch (reason) {
    await file.close();
    throw hostFailure(`${where}: the file cannot be read`, reason);
  }
}

const shortened = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text);

const openUrl = (url: UrlLike, where: string): Promise<Opened> =>
  url.protocol === "file:"
    ? openPath(url, where)
    : Promise.resolve({ kind: "address", href: url.href, where });

async function open(source: Source, name: string): Promise<Opened> {
  // What the types promise is checked, since plain JavaScript calls too.
  const given: unknown = source;
  if (typeof given === "string") {
    const where = `${name}: ${shortened(given)}`;
    if (!isAddress(given)) return openPath(given, where);
    return openUrl(await attempt(where, async () => Promise.resolve(new host.URL(given))), where);
  }
  if (typeof given === "object" && given !== null) {
    if (ArrayBuffer.isView(given)) {
      const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
      return { kind: "access", access: accessBytes(bytes), where: name };
    }
    if (isBuffer(given)) return { kind: "access", access: accessBytes(new Uint8Array(given)), where: name };
    if (isUrl(given)) return openUrl(given, `${name}: ${shortened(given.href)}`);
    if (has(given, "ok", "status", "arrayBuffer")) {
      const response = given as unknown as ResponseLike;
      return { kind: "response", response, where: response.url ? `${name}: ${response.url}` : name };
    }
    if (has(given, "size", "slice", "arrayBuffer"))
      return { kind: "access", access: accessBlob(given as unknown as BlobLike, name), where: name };
    if (has(given, "getReader") || Symbol.asyncIterator in given)
      return { kind: "stream", stream: given as StreamLike | AsyncIterable<unknown>, where: name };
  }
  throw new ArgumentError(
    `${name}: expected a path, an address, bytes, a Blob, a Response or a stream; got ${show(given)}.`,
  );
}

async function request(
  href: string,
  where: string,
  headers: Readonly<Record<string, string>>,
): Promise<ResponseLike> {
  const { fetch } = host;
  if (fetch === undefined) throw new FileError(`${where}: this host has no fetch; hand over the bytes.`);
  return attempt(`${where}: the request failed`, () => fetch(href, { headers }));
}

async function bodyOf(response: ResponseLike, where: string): Promise<Sequence> {
  if (!response.ok)
    throw new FileError(`${where}: the server answered with status ${response.status}; expected 200.`);
  const about = `${where}: the answer cannot be read`;
  const { body } = response;
  if (body === null)
    return new WholeSection(
      accessBytes(new Uint8Array(await attempt(about, () => response.arrayBuffer()))),
      where,
    );
  return new Arriving(await attempt(about, async () => Promise.resolve(chunksOf(body))), where, null, about);
}

/** A sequence of the bytes of a source, and how messages begin. */
export interface Reading {
  readonly bytes: Sequence;
  readonly where: string;
}

async function read(opened: Opened, headers: Readonly<Record<string, string>>): Promise<Sequence> {
  const { where } = opened;
  switch (opened.kind) {
    case "access":
      return new WholeSection(opened.access, where);
    case "address":
      return bodyOf(await request(opened.href, where, headers), where);
    case "response":
      return bodyOf(opened.response, where);
    case "stream": {
      const { stream } = opened;
      const about = `${where}: the stream cannot be read`;
      return new Arriving(
        await attempt(about, async () => Promise.resolve(chunksOf(stream))),
        where,
        null,
        about,
      );
    }
  }
}

/** Reads a source from its beginning, and closes it. */
export async function readSource<T>(
  source: Source,
  options: LoadOptions,
  name: string,
  use: (bytes: Sequence, where: string) => Promise<T>,
): Promise<T> {
  const opened = await open(source, name);
  const bytes = await read(opened, options.headers ?? {});
  try {
    return await use(bytes, opened.where);
  } finally {
    await bytes.close();
  }
}

const whole = async (bytes: Sequence): Promise<RandomAccess> => {
  const all = bytes instanceof Arriving ? await bytes.all() : await bytes.take(bytes.left ?? 0, "the file");
  return accessBytes(all);
};

/** How much is asked for at first, where parts of an address are read. */
const firstRange = 2 ** 16;

/** The whole size, of `bytes 0-99/1234`; null where the server does not say or the page may not see it. */
const sizeIn = (range: string | null): number | null => {
  const match = /^bytes \d+-\d+\/(\d{1,15})$/.exec(range ?? "");
  return match === null ? null : Number(match[1]);
};

/** Parts of what stands at an address; all of it, if its server gives no parts. */
async function accessAddress(
  href: string,
  where: string,
  headers: Readonly<Record<string, string>>,
): Promise<RandomAccess> {
  const ask = (offset: number, length: number): Promise<ResponseLike> =>
    request(href, where, { ...headers, Range: `bytes=${offset}-${offset + length - 1}` });
  const first = await ask(0, firstRange);
  const size = sizeIn(first.headers.get("content-range"));
  if (first.status !== 206 || size === null) {
    const answer = first.status === 206 ? await request(href, where, headers) : first;
    return whole(await bodyOf(answer, where));
  }
  const begin = await exactly(first, Math.min(size, firstRange));
  return {
    size,
    read: async (offset, length) => {
      if (offset + length <= begin.length) return begin.slice(offset, offset + length);
      const answer = await ask(offset, length);
      const now = sizeIn(answer.headers.get("content-range"));
      if (answer.status !== 206 || now !== size)
        throw new FileError(
          `${where}: the server gave bytes ${offset} to ${offset + length} with status ${answer.status}, of ${now ?? "unknown"} in all; ` +
            `expected 206, and ${size}.`,
        );
      return exactly(answer, length);
    },
    close: () => Promise.resolve(),
  };

  async function exactly(answer: ResponseLike, length: number): Promise<OwnBytes> {
    const body = await bodyOf(answer, where);
    try {
      const bytes = await body.take(length, "the part asked for");
      await body.end();
      return bytes;
    } finally {
      await body.close();
    }
  }
}

/** A source that can be read anywhere: what is none (a stream, a response) is read into memory first. */
export async function accessSource(
  source: Source,
  options: LoadOptions,
  name: string,
  parts: boolean,
): Promise<{ readonly access: RandomAccess; readonly where: string }> {
  const opened = await open(source, name);
  const { where } = opened;
  const headers = options.headers ?? {};
  if (opened.kind === "access") return { access: opened.access, where };
  if (opened.kind === "address" && parts && /^(?!data:|blob:)/i.test(opened.href))
    return { access: await accessAddress(opened.href, where, headers), where };
  return { access: await whole(await read(opened, headers)), where };
}

/** @throws ArgumentError for options that a function that loads does not have. */
export function checkLoadOptions(name: string, options: LoadOptions, more: readonly string[] = []): void {
  checkOptions(name, options, ["headers", ...more]);
}

/** All of `access`, from its beginning; it stays open. */
export const fromBeginning = (access: RandomAccess, where: string): Sequence => new Section(access, where);
