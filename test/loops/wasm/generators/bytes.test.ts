/** @file The numbers of the binary format: LEB128 and floats, at every length and edge. */
import { describe, expect, it } from "vitest";
import { Bytes } from "../../../../src/loops/emit/wasm/generators/bytes.ts";

const bytesOf = (write: (to: Bytes) => void): number[] => {
  const bytes = new Bytes();
  write(bytes);
  return [...bytes.take()];
};

/** LEB128 read as the specification defines it: the number, which must be written in no more bytes than it needs. */
function decode(bytes: readonly number[], signed: boolean): bigint {
  let value = 0n;
  bytes.forEach((b, i) => {
    expect(b >= 128).toBe(i < bytes.length - 1);
    value |= BigInt(b & 127) << BigInt(7 * i);
  });
  const last = bytes[bytes.length - 1];
  const negative = signed && (last & 64) !== 0;
  if (bytes.length > 1) {
    const before = (bytes[bytes.length - 2] & 64) !== 0;
    expect(signed ? (last === 0 && !before) || (last === 127 && before) : last === 0).toBe(false);
  }
  return negative ? value - (1n << BigInt(7 * bytes.length)) : value;
}

const edges = Array.from({ length: 65 }, (_, i) => 1n << BigInt(i)).flatMap((p) => [
  p - 1n,
  p,
  p + 1n,
  -p,
  -p - 1n,
]);

describe("LEB128", () => {
  it("of 32 bits without a sign", () => {
    for (const x of edges) {
      const n = Number(BigInt.asIntN(53, x));
      expect(
        decode(
          bytesOf((to) => to.u32(n)),
          false,
        ),
      ).toBe(BigInt(n >>> 0));
    }
  });
  it("of 32 bits with a sign", () => {
    for (const x of edges) {
      const n = Number(BigInt.asIntN(53, x));
      expect(
        decode(
          bytesOf((to) => to.s32(n)),
          true,
        ),
      ).toBe(BigInt(n | 0));
    }
  });
  it("of 64 bits with a sign", () => {
    for (const x of edges)
      expect(
        decode(
          bytesOf((to) => to.s64(x)),
          true,
        ),
      ).toBe(BigInt.asIntN(64, x));
  });
  it("of sizes: whatever the length of what is measured", () => {
    for (const length of [0, 1, 127, 128, 16_383, 16_384, 100_000]) {
      const body = Uint8Array.from({ length }, (_, i) => i % 251);
      const got = bytesOf((to) => {
        to.byte(7);
        to.sized(() => to.bytes(body));
        to.byte(9);
      });
      const head = bytesOf((to) => to.u32(length));
      expect(got.length).toBe(length + head.length + 2);
      expect(got.slice(0, head.length + 1)).toEqual([7, ...head]);
      expect(got.slice(head.length + 1, -1)).toEqual([...body]);
      expect(got[got.length - 1]).toBe(9);
    }
  });
});

it("names are UTF-8", () => {
  for (const text of ["", "main", "Math.sin", "π𝛼é%41", "x".repeat(300)])
    expect(bytesOf((to) => to.name(text))).toEqual([
      ...bytesOf((to) => to.u32(Buffer.byteLength(text))),
      ...Buffer.from(text),
    ]);
});

describe("floats", () => {
  const values = [0, -0, 1, -1.5, 0.1, 1e-45, 1e-40, 1e-310, 5e-324, 3.4e38, 1e39, Infinity, -Infinity];
  it("keep their bits, the sign of zero among them", () => {
    for (const x of values) {
      expect(bytesOf((to) => to.f32(x))).toEqual([...new Uint8Array(Float32Array.of(x).buffer)]);
      expect(bytesOf((to) => to.f64(x))).toEqual([...new Uint8Array(Float64Array.of(x).buffer)]);
    }
  });
  it("NaN is the canonical one, whatever the host's has in its payload", () => {
    const odd = new Float64Array(new BigUint64Array([0xfff8dead_beef0001n, 0x7ff00000_00000001n]).buffer);
    for (const x of [NaN, ...odd]) {
      expect(bytesOf((to) => to.f32(x))).toEqual([0, 0, 0xc0, 0x7f]);
      expect(bytesOf((to) => to.f64(x))).toEqual([0, 0, 0, 0, 0, 0, 0xf8, 0x7f]);
    }
  });
});
