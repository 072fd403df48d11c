/** @file float16 and bfloat16: all 65 536 bit patterns, and rounding of what lies between them. */
import { describe, expect, it } from "vitest";
import {
  decodeBF16,
  decodeF16,
  encodeBF16,
  encodeF16,
  roundBF16,
  roundF16,
} from "../../src/dtypes/float16.ts";
import { Random } from "../util/random.ts";

interface Format {
  readonly name: string;
  readonly encode: (x: number) => number;
  readonly decode: (bits: number) => number;
  readonly round: (x: number) => number;
  readonly exponentBits: number;
  readonly mantissaBits: number;
}

const formats: readonly Format[] = [
  {
    name: "float16",
    encode: encodeF16,
    decode: decodeF16,
    round: roundF16,
    exponentBits: 5,
    mantissaBits: 10,
  },
  {
    name: "bfloat16",
    encode: encodeBF16,
    decode: decodeBF16,
    round: roundBF16,
    exponentBits: 8,
    mantissaBits: 7,
  },
];

/** IEEE 754 by the book: sign, biased exponent, fraction. */
function meaning(bits: number, f: Format): number {
  const sign = bits >>> 15 === 1 ? -1 : 1;
  const exponent = (bits >>> f.mantissaBits) & (2 ** f.exponentBits - 1);
  const fraction = (bits & (2 ** f.mantissaBits - 1)) / 2 ** f.mantissaBits;
  const bias = 2 ** (f.exponentBits - 1) - 1;
  if (exponent === 2 ** f.exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

for (const f of formats) {
  describe(f.name, () => {
    const infinity = (2 ** f.exponentBits - 1) * 2 ** f.mantissaBits;

    it("decodes and encodes all bit patterns", () => {
      const wrong: number[] = [];
      for (let bits = 0; bits < 65536; bits++) {
        const x = f.decode(bits);
        const isNan = (bits & 0x7fff) > infinity;
        const back = isNan ? Number.isNaN(f.decode(f.encode(x))) : f.encode(x) === bits;
        if (!Object.is(x, meaning(bits, f)) || !back || !Object.is(f.round(x), x)) wrong.push(bits);
      }
      expect(wrong).toEqual([]);
    });

    it("rounds half way between neighbours to the even one, else to the nearer", () => {
      const wrong: string[] = [];
      for (let bits = 0; bits < infinity - 1; bits++) {
        const [lo, hi] = [f.decode(bits), f.decode(bits + 1)];
        const middle = lo + (hi - lo) / 2;
        const even = bits % 2 === 0 ? lo : hi;
        const below = middle - (hi - lo) / 1024;
        const above = middle + (hi - lo) / 1024;
        for (const sign of [1, -1]) {
          const got = [middle, below, above].map((x) => f.round(sign * x) * sign);
          if (got[0] !== even || got[1] !== lo || got[2] !== hi) wrong.push(`${sign * bits}: ${got.join()}`);
        }
      }
      expect(wrong).toEqual([]);
    });

    it("rounds once, straight from float64", () => {
      // Just above the middle of 1 and its successor: float32 would first round down to the middle, then to even.
      const ulp = 2 ** -f.mantissaBits;
      expect(f.round(1 + ulp / 2 + 2 ** -40)).toBe(1 + ulp);
      expect(f.round(1 + ulp / 2)).toBe(1);
    });

    it("overflows to infinity half a unit above the largest number", () => {
      const largest = f.decode(infinity - 1);
      const half = (largest - f.decode(infinity - 2)) / 2;
      expect(f.round(largest + half * 0.999)).toBe(largest);
      expect(f.round(largest + half)).toBe(Infinity);
      expect(f.round(-largest - half)).toBe(-Infinity);
      expect(f.encode(Number.MAX_VALUE)).toBe(infinity);
    });

    it("keeps signs of zero and underflow", () => {
      const tiny = f.decode(1);
      expect(f.encode(-0)).toBe(0x8000);
      expect(f.round(tiny / 2)).toBe(0);
      expect(f.round(tiny * 0.51)).toBe(tiny);
      expect(f.round(-tiny / 4)).toBe(-0);
      expect(f.round(5e-324)).toBe(0);
    });

    it("gives the nearest of all numbers", () => {
      const random = new Random(f.name);
      for (let i = 0; i < 2000; i++) {
        const x = (random.next() - 0.5) * 2 ** random.int(-30, 14);
        const got = f.round(x);
        const bits = f.encode(x);
        const neighbours = [bits - 1, bits + 1]
          .filter((b) => b >= 0 && b < 65536)
          .map(f.decode)
          .filter((n) => !Number.isNaN(n));
        for (const n of neighbours) expect(Math.abs(got - x)).toBeLessThanOrEqual(Math.abs(n - x));
      }
    });
  });
}
