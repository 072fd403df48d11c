/**
 * @file A position in bytes, and the numbers that MLIR writes there.
 *
 * Numbers are PrefixVarInts: as many zeros as the first byte ends in, so many bytes follow. Counts are refused when the bytes that
 * are left cannot hold so many elements: nothing that is allocated is larger than what was given.
 */
import { StablehloError } from "../text/errors.ts";

const decoder = new TextDecoder();

/** The text that bytes are, in UTF-8. */
export const decode = (bytes: Uint8Array): string => decoder.decode(bytes);

export class Cursor {
  readonly data: Uint8Array;
  /** The byte that comes next, and the one after the last. */
  at: number;
  readonly end: number;
  /** Where `data` begins in what the user gave. */
  readonly base: number;

  constructor(data: Uint8Array, at = 0, end = data.length, base = 0) {
    this.data = data;
    this.at = at;
    this.end = end;
    this.base = base;
  }

  error(detail: string, at = this.at): StablehloError {
    return new StablehloError(detail, this.base + at);
  }

  get left(): number {
    return this.end - this.at;
  }

  /** The bytes from `at` to `end`, from their first one. */
  part(at: number, end: number): Cursor {
    return new Cursor(this.data, at, end, this.base);
  }

  byte(what: string): number {
    if (this.at >= this.end) throw this.error(`expected ${what}; the bytes end here.`);
    return this.data[this.at++];
  }

  take(count: number, what: string): Uint8Array {
    if (count > this.left) throw this.error(`expected ${what}, ${count} bytes; ${this.left} are left.`);
    this.at += count;
    return this.data.subarray(this.at - count, this.at);
  }

  /** A number of at most 64 bits. */
  wide(what: string): bigint {
    const first = this.byte(what);
    const more = first === 0 ? 8 : Math.clz32(first & -first) ^ 31;
    const rest = this.take(more, what);
    let value = 0n;
    for (let i = more - 1; i >= 0; i--) value = (value << 8n) | BigInt(rest[i]);
    return first === 0 ? value : ((value << 8n) | BigInt(first)) >> BigInt(more + 1);
  }

  /** A number below 2^53. */
  number(what: string): number {
    const { at } = this;
    if (at < this.end && (this.data[at] & 1) === 1) return this.data[this.at++] >> 1;
    const value = Number(this.wide(what));
    if (!Number.isSafeInteger(value)) throw this.error(`expected ${what} below 2^53.`, at);
    return value;
  }

  /** A number whose last bit is its sign. */
  signedWide(what: string): bigint {
    const value = this.wide(what);
    return (value >> 1n) ^ -(value & 1n);
  }

  /** As `signedWide`; rounded beyond 2^53. */
  signed(what: string): number {
    return Number(this.signedWide(what));
  }

  /** How many elements follow, of a byte at least. */
  count(what: string): number {
    const { at } = this;
    const count = this.number(what);
    if (count > this.left)
      throw this.error(`expected ${what}; got ${count}, but ${this.left} bytes are left.`, at);
    return count;
  }

  /** Elements after their number. */
  list<T>(what: string, element: () => T): T[] {
    const out: T[] = [];
    for (let n = this.count(`a number of ${what}`); n > 0; n--) out.push(element());
    return out;
  }

  signedList(what: string): number[] {
    return this.list(what, () => this.signed("a number"));
  }

  /** The entry of a list by its index. */
  entry<T>(list: readonly T[], what: string): T {
    const { at } = this;
    return this.pick(list, this.number(`the index of ${what}`), what, at);
  }

  pick<T>(list: readonly T[], index: number, what: string, at: number): T {
    if (index >= list.length)
      throw this.error(`expected the index of ${what}, of which there are ${list.length}; got ${index}.`, at);
    return list[index];
  }

  /** Bytes after their number. */
  blob(what: string): Uint8Array {
    return this.take(this.number(`the size of ${what}`), what);
  }

  /** Text before a byte 0, which is taken. */
  text(what: string): string {
    const end = this.data.indexOf(0, this.at);
    if (end < 0 || end >= this.end) throw this.error(`expected ${what} and a byte 0.`);
    const text = decode(this.data.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  /** Goes to a multiple of a power of two. */
  align(alignment: number): void {
    if (alignment === 0 || (alignment & (alignment - 1)) !== 0 || alignment > 2 ** 30)
      throw this.error(`expected an alignment to a power of two; got ${alignment}.`);
    this.take((alignment - (this.at % alignment)) % alignment, "padding");
  }

  /** A section: what it is, and the bytes in it. */
  section(): { id: number; inside: Cursor; at: number } {
    const { at } = this;
    const head = this.byte("a section");
    const size = this.number("the size of a section");
    if (head >= 128) this.align(this.number("the alignment of a section"));
    this.take(size, `section ${head & 127}`);
    return { id: head & 127, inside: this.part(this.at - size, this.at), at };
  }
}
