/**
 * @file Where files of arrays go: into bytes, a file or a stream, part by part.
 */
import { show } from "../base/checks.ts";
import { ArgumentError } from "../base/errors.ts";
import { type OwnBytes, join } from "./formats.ts";
import { type UrlLike, type WritableLike, attempt, fileSystem, host } from "./host.ts";
import { atOnce } from "./reading.ts";
import { isAddress, isUrl } from "./source.ts";

/** What the functions that save write to: the path or `file:` URL of a file, or a `WritableStream`, which is closed at the end. */
export type Sink = string | UrlLike | WritableLike;

/** A file in parts, made as they are written. */
export type Parts = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

const isWritable = (x: object): x is WritableLike => "getWriter" in x;

/** Tells a sink from options, which may stand in its place. */
export const isSink = (x: unknown): x is Sink =>
  typeof x === "string" || (typeof x === "object" && x !== null && (isUrl(x) || isWritable(x)));

/** The arguments after the first one of a function that saves: a sink, options, or both. */
export function sinkAndOptions<O extends object>(
  name: string,
  sink: Sink | O | undefined,
  options: O | undefined,
): [Sink | null, Partial<O>] {
  if (isSink(sink)) return [sink, options ?? {}];
  if (sink === undefined || sink === null) return [null, options ?? {}];
  if (options === undefined && Object.getPrototypeOf(sink) === Object.prototype) return [null, sink];
  throw new ArgumentError(
    `${name}: expected the path or the URL of a file, a WritableStream, or options; got ${show(sink)}. ` +
      `A stream of Node becomes one by Writable.toWeb.`,
  );
}

async function toFile(path: string | UrlLike, parts: Parts, name: string): Promise<void> {
  const text = typeof path === "string" ? path : path.href;
  const where = `${name}: ${text}`;
  if (isAddress(text) && !/^file:/i.test(text))
    throw new ArgumentError(
      `${where}: cannot write to an address; take the bytes, and send them: fetch(url, { method: "PUT", body: bytes }).`,
    );
  const files = await fileSystem();
  if (files === null)
    throw new ArgumentError(`${where}: this host has no files; take the bytes, or give a WritableStream.`);
  const target = isAddress(text) ? new host.URL(text) : path;
  const file = await attempt(`${where}: the file cannot be opened`, () => files.open(target, "w"));
  try {
    for await (const part of parts) {
      for (let at = 0; at < part.length;) {
        const some = Math.min(part.length - at, atOnce);
        const { bytesWritten } = await attempt(`${where}: the file cannot be written`, () =>
          file.write(part, at, some),
        );
        at += bytesWritten;
      }
    }
  } finally {
    await file.close();
  }
}

async function toStream(stream: WritableLike, parts: Parts, name: string): Promise<void> {
  const about = `${name}: the stream cannot be written`;
  const writer = await attempt(about, async () => Promise.resolve(stream.getWriter()));
  try {
    for await (const part of parts) {
      await attempt(about, async () => {
        await writer.ready;
        await writer.write(part);
      });
    }
  } catch (reason) {
    await writer.abort(reason).catch(() => undefined);
    throw reason;
  }
  await attempt(about, () => writer.close());
}

/** Writes a file, or returns its bytes where there is no sink. */
export async function write(sink: Sink | null, parts: Parts, name: string): Promise<OwnBytes | undefined> {
  if (sink === null) {
    const all: Uint8Array[] = [];
    for await (const part of parts) all.push(part);
    return join(all);
  }
  if (typeof sink === "object" && isWritable(sink)) await toStream(sink, parts, name);
  else await toFile(sink, parts, name);
  return undefined;
}
