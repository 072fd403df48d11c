/**
 * @file What is used of hosts, by shape: files of Node (Deno and Bun have the same), blobs, responses, streams. So the
 * types need neither the DOM's nor Node's, and other makers' classes do as well.
 */
import { FileError } from "../base/errors.ts";
import { hasNodeModules, hostFailure, nodeModule } from "../base/host.ts";

/** A `URL`. */
export interface UrlLike {
  readonly href: string;
  readonly protocol: string;
}

/** A `Blob` or `File`. */
export interface BlobLike {
  readonly size: number;
  slice(start: number, end: number): BlobLike;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A `ReadableStream` of bytes. */
export interface StreamLike {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    cancel(): Promise<void>;
  };
}

/** A `Response`, as `fetch` gives it. */
export interface ResponseLike {
  readonly ok: boolean;
  readonly status: number;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  readonly body: StreamLike | null;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A `WritableStream` of bytes. */
export interface WritableLike {
  getWriter(): {
    readonly ready: Promise<unknown>;
    write(bytes: Uint8Array): Promise<void>;
    close(): Promise<void>;
    abort(reason: unknown): Promise<void>;
  };
}

/** An open file of Node. */
export interface FileHandle {
  stat(): Promise<{ readonly size: number; isFile(): boolean }>;
  read(into: Uint8Array, offset: number, length: number, at: number): Promise<{ readonly bytesRead: number }>;
  write(from: Uint8Array, offset: number, length: number): Promise<{ readonly bytesWritten: number }>;
  readFile(): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** `node:fs/promises`. */
interface FileSystem {
  open(path: string | UrlLike, flags: "r" | "w"): Promise<FileHandle>;
}

interface Transform {
  readonly readable: StreamLike;
  readonly writable: unknown;
}

interface Host {
  readonly URL: new (href: string) => UrlLike;
  readonly fetch?: (
    url: string,
    init: { readonly headers: Readonly<Record<string, string>> },
  ) => Promise<ResponseLike>;
  readonly ReadableStream: new (source: {
    start(controller: { enqueue(bytes: Uint8Array): void; close(): void }): void;
  }) => { pipeThrough(transform: Transform): StreamLike };
  readonly CompressionStream?: new (format: "gzip") => Transform;
  readonly DecompressionStream?: new (format: "gzip") => Transform;
}

export const host = globalThis as unknown as Host;

/** Node's files; null in hosts that have none. */
export const fileSystem = async (): Promise<FileSystem | null> =>
  hasNodeModules() ? ((await nodeModule("fs/promises")) as FileSystem) : null;

/** Runs what a host does. @throws FileError with the host's error as its `cause` */
export async function attempt<T>(detail: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (reason) {
    throw reason instanceof FileError ? reason : hostFailure(detail, reason);
  }
}

/** `bytes` through gzip, either way, chunk by chunk as they are asked for. */
export function gzip(
  direction: "CompressionStream" | "DecompressionStream",
  parts: readonly Uint8Array[],
  where: string,
): StreamLike {
  const Stream = host[direction];
  if (Stream === undefined)
    throw new FileError(`${where}: this host has no ${direction}, which compressed files need.`);
  const source = new host.ReadableStream({
    start(controller) {
      for (const part of parts) if (part.length > 0) controller.enqueue(part);
      controller.close();
    },
  });
  return source.pipeThrough(new Stream("gzip"));
}
