/** @file Bytes that grow at their end, and the numbers of the binary format. */

export class Bytes {
  #data = new Uint8Array(1024);
  #view = new DataView(this.#data.buffer);
  #length = 0;

  #reserve(count: number): void {
    if (this.#length + count <= this.#data.length) return;
    const larger = new Uint8Array(2 * Math.max(this.#data.length, count));
    larger.set(this.#data);
    this.#data = larger;
    this.#view = new DataView(larger.buffer);
  }

  byte(x: number): void {
    this.#reserve(1);
    this.#data[this.#length++] = x;
  }

  bytes(xs: ArrayLike<number>): void {
    this.#reserve(xs.length);
    this.#data.set(xs, this.#length);
    this.#length += xs.length;
  }

  /** LEB128 of the number modulo 2^32, without a sign. */
  u32(x: number): void {
    let rest = x >>> 0;
    for (; rest > 127; rest >>>= 7) this.byte((rest & 127) | 128);
    this.byte(rest);
  }

  /** LEB128 of the number modulo 2^32, with a sign. */
  s32(x: number): void {
    let rest = x | 0;
    for (; rest < -64 || rest > 63; rest >>= 7) this.byte((rest & 127) | 128);
    this.byte(rest & 127);
  }

  /** LEB128 of the number modulo 2^64, with a sign. */
  s64(x: bigint): void {
    let rest = BigInt.asIntN(64, x);
    for (; rest < -64n || rest > 63n; rest >>= 7n) this.byte(Number(rest & 127n) | 128);
    this.byte(Number(rest & 127n));
  }

  /** A float; NaN is the canonical NaN. */
  f32(x: number): void {
    this.#reserve(4);
    if (Number.isNaN(x)) this.#view.setUint32(this.#length, 0x7fc00000, true);
    else this.#view.setFloat32(this.#length, x, true);
    this.#length += 4;
  }

  f64(x: number): void {
    this.#reserve(8);
    if (Number.isNaN(x)) this.#view.setBigUint64(this.#length, 0x7ff8000000000000n, true);
    else this.#view.setFloat64(this.#length, x, true);
    this.#length += 8;
  }

  /** Text as UTF-8, after its length. */
  name(text: string): void {
    const bytes = encodeURIComponent(text).match(/%..|./g) ?? [];
    this.list(bytes, (b) => this.byte(b.length === 1 ? b.charCodeAt(0) : parseInt(b.slice(1), 16)));
  }

  /** Items, after their number. */
  list<T>(items: readonly T[], write: (item: T) => void): void {
    this.u32(items.length);
    items.forEach(write);
  }

  /** What `write` writes, after its size: it is written behind the longest size that there is, and moved once. */
  sized(write: () => void): void {
    const longest = 5;
    this.#reserve(longest);
    const start = this.#length;
    this.#length += longest;
    write();
    const end = this.#length;
    this.#length = start;
    this.u32(end - start - longest);
    this.#data.copyWithin(this.#length, start + longest, end);
    this.#length += end - start - longest;
  }

  /** A copy of what is there. */
  take(): Uint8Array {
    return this.#data.slice(0, this.#length);
  }
}
