/** @file Data that a WebAssembly module brings for its memory: the section of active segments, behind all others. */

/** Bytes at an address. */
export interface Segment {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** LEB128, of unsigned numbers. */
function unsigned(x: number): number[] {
  const out: number[] = [];
  for (let n = x; ; n = Math.floor(n / 128)) {
    if (n < 128) return [...out, n];
    out.push((n % 128) | 128);
  }
}

/** LEB128 of a number's 32 bits, as the operand of `i32.const`. */
function signed(x: number): number[] {
  const out: number[] = [];
  for (let n = x | 0; ; n >>= 7) {
    const done = (n < 64 && n >= 0) || (n >= -64 && n < 0);
    out.push((n & 127) | (done ? 0 : 128));
    if (done) return out;
  }
}

/**
 * A module without data as one with these segments. The section goes to the end: the order of sections is fixed, and but for
 * those without meaning none comes behind it.
 */
export function withData(binary: Uint8Array, segments: readonly Segment[]): Uint8Array {
  const heads = segments.map(({ address, bytes }) => [
    0, // active, in the first memory
    0x41, // i32.const
    ...signed(address),
    0x0b, // end
    ...unsigned(bytes.length),
  ]);
  const count = unsigned(segments.length);
  const length = segments.reduce((n, { bytes }, i) => n + heads[i].length + bytes.length, count.length);
  const prefix = [11, ...unsigned(length), ...count];
  const out = new Uint8Array(binary.length + prefix.length + length - count.length);
  out.set(binary);
  out.set(prefix, binary.length);
  let at = binary.length + prefix.length;
  segments.forEach(({ bytes }, i) => {
    out.set(heads[i], at);
    out.set(bytes, at + heads[i].length);
    at += heads[i].length + bytes.length;
  });
  return out;
}
