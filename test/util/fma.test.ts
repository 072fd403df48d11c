/** @file The emulated fused multiplication and addition against exact arithmetic. */
import { describe, expect, it } from "vitest";
import { fma } from "./fma.ts";

describe("fma", () => {
  it("rounds once", () => {
    const e = 2 ** -30;
    expect(fma(64, 1 + e, 1 - e, -1)).toBe(-(2 ** -60));
    expect((1 + e) * (1 - e) - 1).toBe(0);
    const f = 2 ** -13;
    expect(fma(32, 1 + f, 1 - f, -1)).toBe(-(2 ** -26));
    // Of 1 + 2⁻⁵³ + 2⁻¹⁰⁶ a product rounded by itself would leave a tie.
    expect(fma(64, 2 ** -53, 1 + 2 ** -52, 1)).toBe(1 + 2 ** -52);
    expect(fma(32, 2 ** -24, 1 + 2 ** -23, 1)).toBe(1 + 2 ** -23);
  });

  it("keeps zeros, infinities and NaN, and rounds subnormal results", () => {
    expect(fma(64, -0, 1, -0)).toBe(-0);
    expect(fma(64, Infinity, 1, 1)).toBe(Infinity);
    expect(fma(64, Infinity, 0, 1)).toBeNaN();
    expect(fma(64, 2 ** -600, 2 ** -474, 0)).toBe(2 ** -1074);
    expect(fma(64, 2 ** -600, 3 * 2 ** -476, 2 ** -1074)).toBe(2 ** -1073);
    expect(fma(64, -(2 ** 600), 2 ** 423, 2 ** 1023)).toBe(0);
  });

  it("is what whole numbers give", () => {
    let seed = 1;
    const next = (): number => (seed = (seed * 48271) % 2147483647);
    for (let i = 0; i < 2000; i++) {
      const [a, b, c] = [next() * 2 ** 20 + next(), next() * 2 ** 20 + next(), -next() * 2 ** 70];
      const exact = BigInt(a) * BigInt(b) + BigInt(c);
      expect(fma(64, a, b, c)).toBe(Number(exact));
    }
  });
});
