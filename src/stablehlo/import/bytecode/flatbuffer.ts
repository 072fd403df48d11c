/**
 * @file Reads tables of a flatbuffer: fields by their places in the schema, each with a default where it is left out.
 *
 * A table begins with how far before it the table of its fields' places lies. Whatever is not in place itself (tables, lists, texts)
 * is a distance from where it is referred to. All positions are checked: what is damaged is an error.
 *
 * Source: FlatBuffers' "Internals".
 */
import { StablehloError } from "../text/errors.ts";
import { decode } from "./cursor.ts";

export class Table {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #at: number;

  private constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
  }

  /** The table that bytes begin with. */
  static root(bytes: Uint8Array): Table {
    const start = new Table(bytes, 0);
    return new Table(bytes, start.#target(0));
  }

  error(detail: string, at = this.#at): StablehloError {
    return new StablehloError(detail, at);
  }

  /** `at`, if so many bytes are there. */
  #check(at: number, size: number): number {
    if (at < 0 || at + size > this.#bytes.length)
      throw this.error(`expected a position of ${size} bytes in ${this.#bytes.length}; got ${at}.`);
    return at;
  }

  /** Where a distance leads to. */
  #target(at: number): number {
    return at + this.#view.getUint32(this.#check(at, 4), true);
  }

  /** Where a field is; null if it is left out. */
  #field(slot: number): number | null {
    const fields = this.#at - this.#view.getInt32(this.#check(this.#at, 4), true);
    const entry = 4 + 2 * slot;
    if (entry + 2 > this.#view.getUint16(this.#check(fields, 2), true)) return null;
    const offset = this.#view.getUint16(this.#check(fields + entry, 2), true);
    return offset === 0 ? null : this.#at + offset;
  }

  /** The start of a list's elements and their number; null if it is left out. */
  #list(slot: number, size: number): { at: number; count: number } | null {
    const field = this.#field(slot);
    if (field === null) return null;
    const at = this.#target(field);
    const count = this.#view.getUint32(this.#check(at, 4), true);
    this.#check(at + 4, count * size);
    return { at: at + 4, count };
  }

  #elements<T>(slot: number, size: number, element: (at: number) => T): T[] {
    const { at, count } = this.#list(slot, size) ?? { at: 0, count: 0 };
    return Array.from({ length: count }, (_, i) => element(at + size * i));
  }

  #text(at: number): string {
    const size = this.#view.getUint32(this.#check(at, 4), true);
    return decode(this.#bytes.subarray(this.#check(at + 4, size), at + 4 + size));
  }

  /** A number of one byte; 0 if it is left out. */
  byte(slot: number): number {
    const at = this.#field(slot);
    return at === null ? 0 : this.#view.getUint8(this.#check(at, 1));
  }
  table(slot: number): Table | null {
    const at = this.#field(slot);
    return at === null ? null : new Table(this.#bytes, this.#target(at));
  }
  tables(slot: number): Table[] {
    return this.#elements(slot, 4, (at) => new Table(this.#bytes, this.#target(at)));
  }
  texts(slot: number): string[] {
    return this.#elements(slot, 4, (at) => this.#text(this.#target(at)));
  }
  /** Numbers of two or four bytes. */
  numbers(slot: number, size: 2 | 4): number[] {
    return this.#elements(slot, size, (at) =>
      size === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true),
    );
  }
  /** Bytes, and where they begin; null if they are left out. */
  blob(slot: number): { bytes: Uint8Array; at: number } | null {
    const list = this.#list(slot, 1);
    return list === null ? null : { bytes: this.#bytes.subarray(list.at, list.at + list.count), at: list.at };
  }
}
