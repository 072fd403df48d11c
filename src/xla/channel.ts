/**
 * @file Frames on a socket: the length of a JSON header (4 bytes, little-endian), the header, and the buffers whose lengths it
 * lists. Each buffer that arrives has an ArrayBuffer of its own, into which the bytes are copied once.
 */
import type { Socket } from "./host.ts";

/** What is said in a frame beside bytes. */
export type Header = Readonly<Record<string, unknown>>;

/** A frame. */
export interface Frame {
  readonly header: Header;
  readonly buffers: readonly Uint8Array<ArrayBuffer>[];
}

/** Whoever has not proved that it knows the token may say no more than this. */
const mostBefore = 4096;
/** A header holds names and shapes alone. */
const mostHeader = 2 ** 24;

const isSizes = (x: unknown): x is readonly number[] =>
  Array.isArray(x) && x.every((n) => Number.isSafeInteger(n) && n >= 0);

function parse(text: string): Header {
  const x: unknown = JSON.parse(text);
  if (typeof x !== "object" || x === null || Array.isArray(x)) throw new Error("a header must be an object");
  return x as Header;
}

/** One end of a connection. */
export class Channel {
  readonly #socket: Socket;
  readonly #receive: (frame: Frame) => void;
  readonly #closed: (reason: string) => void;
  #isClosed = false;
  /** What is filled now, and what is done when it is full. */
  #into = new Uint8Array(4);
  #filled = 0;
  #next: () => void;
  #header: Header = {};
  #buffers: Uint8Array<ArrayBuffer>[] = [];
  #sizes: readonly number[] = [];
  /** Set when the other side has proved who it is: frames may be long from then on. */
  trusted = false;

  constructor(socket: Socket, receive: (frame: Frame) => void, closed: (reason: string) => void) {
    this.#socket = socket;
    this.#receive = receive;
    this.#closed = closed;
    this.#next = this.#length;
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    socket.unref();
    socket.on("data", (bytes) => {
      this.#take(bytes);
    });
    socket.on("error", (e) => {
      this.#end(e.message);
    });
    socket.on("close", () => {
      this.#end("the connection was closed");
    });
  }

  send(header: Header, buffers: readonly Uint8Array[] = []): void {
    if (this.#isClosed) return;
    const text = new TextEncoder().encode(
      JSON.stringify({ ...header, buffers: buffers.map((b) => b.length) }),
    );
    const head = new Uint8Array(4 + text.length);
    new DataView(head.buffer).setUint32(0, text.length, true);
    head.set(text, 4);
    this.#socket.write(head);
    for (const b of buffers) if (b.length > 0) this.#socket.write(b);
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #end(reason: string): void {
    if (this.#isClosed) return;
    this.close();
    this.#closed(reason);
  }

  #take(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length && !this.#isClosed;) {
        const n = Math.min(bytes.length - at, this.#into.length - this.#filled);
        this.#into.set(bytes.subarray(at, at + n), this.#filled);
        this.#filled += n;
        at += n;
        while (this.#filled === this.#into.length && !this.#isClosed) this.#next();
      }
    } catch (e) {
      this.#end(`what it said could not be read: ${e instanceof Error ? e.message : String(e)}`);
    }
  }

  #want(size: number, next: () => void): void {
    this.#into = new Uint8Array(size);
    this.#filled = 0;
    this.#next = next;
  }

  readonly #length = (): void => {
    const size = new DataView(this.#into.buffer).getUint32(0, true);
    if (size === 0 || size > (this.trusted ? mostHeader : mostBefore))
      throw new Error(`a header of ${size} bytes`);
    this.#want(size, this.#text);
  };

  readonly #text = (): void => {
    this.#header = parse(new TextDecoder().decode(this.#into));
    const sizes = this.#header.buffers ?? [];
    if (!isSizes(sizes) || (!this.trusted && sizes.length > 0)) throw new Error("lengths of buffers");
    this.#sizes = sizes;
    this.#buffers = [];
    this.#buffer();
  };

  /** Begins the next buffer, or ends the frame. */
  #buffer(): void {
    const i = this.#buffers.length;
    if (i < this.#sizes.length) {
      this.#want(this.#sizes[i], () => {
        this.#buffers.push(this.#into);
        this.#buffer();
      });
      return;
    }
    this.#want(4, this.#length);
    this.#receive({ header: this.#header, buffers: this.#buffers });
  }
}
