/**
 * @file sin, cos and tan beside multiples of π/2, at every magnitude, in the runtime of JavaScript programs and in vectors:
 * hosts' own functions lose bits there, and differ.
 */
import { describe, expect, it } from "vitest";
import { runtime } from "../../src/loops/emit/runtime.ts";
import { vectorMath } from "../../src/loops/emit/wasm/math/index.ts";
import { CONSTANT_BITS, PI_FIXED } from "../util/big-math.ts";
import { runKernel } from "../util/lane-kit.ts";
import { errorOf } from "../util/vector-cases.ts";

/** Integers m < 2^53 for which m·α, where α = numerator / denominator, is nearest to integers: denominators of its convergents. */
function convergents(numerator: bigint, denominator: bigint): bigint[] {
  const out: bigint[] = [];
  let [a, b] = [numerator, denominator];
  let [before, q] = [1n, 0n];
  while (b !== 0n) {
    [before, q] = [q, (a / b) * q + before];
    [a, b] = [b, a % b];
    if (q >= 2n ** 53n) break;
    out.push(q);
  }
  return out;
}

/** Numbers m·2^e beside multiples of π/2: for each exponent the three largest m, and a multiple. */
function besideMultiples(): number[] {
  const out: number[] = [];
  for (let e = -36; e <= 971; e++) {
    const [up, down] = [2n ** BigInt(Math.max(0, e)), 2n ** BigInt(Math.max(0, -e))];
    for (const m of convergents(up * 2n ** BigInt(CONSTANT_BITS + 1), down * PI_FIXED).slice(-3))
      for (const times of [1, 3]) out.push(Number(m) * times * 2 ** e);
  }
  return out.flatMap((x) => [x, -x]);
}

const xs = besideMultiples();

describe.each(["sin", "cos", "tan"] as const)("%s beside multiples of π/2", (name) => {
  const worst = (values: ArrayLike<number>): number =>
    xs.reduce((most, x, i) => Math.max(most, errorOf(name, 64, [x], values[i])), 0);

  it("is within 2 ulp in JavaScript", () => {
    expect(worst(xs.map((x) => runtime[name](x)))).toBeLessThanOrEqual(2);
  });

  it("is within 2 ulp in vectors", () => {
    expect(worst(runKernel(vectorMath[name], 64, xs).values)).toBeLessThanOrEqual(2);
  });

  it("is reduced as every host's is where that is exact enough", () => {
    for (const x of [131072, 2 ** 60, 2 ** 60 + 256, 1e22, 1.7976931348623157e308, Infinity, NaN])
      expect(errorOf(name, 64, [x], runtime[name](x))).toBeLessThanOrEqual(1);
  });
});
