/**
 * @file Accuracy of the vector functions in both lane widths: 1.5 and 2 ulp against exact values, and specials as in C.
 *
 * They run on arrays of lanes (test/util/lane-kit.ts), with and without fused multiplication and addition. `npm run ulp` prints the errors, and can be exhaustive.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { fits } from "../../../scripts/minimax/fits.ts";
import { minimax } from "../../../scripts/minimax/remez.ts";
import * as coefficients from "../../../src/loops/emit/wasm/math/coefficients.ts";
import { vectorMath } from "../../../src/loops/emit/wasm/math/index.ts";
import type { Kernel } from "../../../src/loops/emit/wasm/math/kit.ts";
import { init } from "../../../src/api/compile/init.ts";
import { hasRelaxedSimd } from "../../../src/loops/emit/wasm/host.ts";
import type { OpName } from "../../../src/loops/ir/scalar.ts";
import { compileKernel } from "../../util/compiled-kernel.ts";
import { type KitWidth, runKernel } from "../../util/lane-kit.ts";
import { Random } from "../../util/random.ts";
import { type Width, errorOf, quickError32, samples, vectorCases } from "../../util/vector-cases.ts";

const BOUND: Readonly<Record<Width, number>> = { 32: 1.5, 64: 2 };
const fusedWidth = { 32: "32 fused", 64: "64 fused" } as const;
const kernels = Object.entries<Kernel>(vectorMath);

beforeAll(() => init());

/** Results beyond the bound, as text. */
function failures(
  name: string,
  kernel: Kernel,
  bits: Width,
  count: number,
  width: KitWidth = bits,
): string[] {
  const random = new Random(`${name} ${bits}`);
  const args = samples(name, bits, count, () => random.next());
  const { values } = runKernel(kernel, width, ...args);
  const bad: string[] = [];
  values.forEach((value, i) => {
    const at = args.map((xs) => xs[i]);
    const error = errorOf(name, bits, at, value);
    if (!(error <= BOUND[bits])) bad.push(`${name}(${at.join(", ")}) = ${value}: ${error} ulp`);
  });
  return bad.slice(0, 5);
}

describe.each(kernels)("%s", (name, kernel) => {
  it("is within 1.5 ulp in 32-bit lanes", () => {
    expect(failures(name, kernel, 32, 20_000)).toEqual([]);
  });

  it("is within 2 ulp in 64-bit lanes", () => {
    expect(failures(name, kernel, 64, 20_000)).toEqual([]);
  });

  it("is so with fused multiplication and addition", () => {
    expect(failures(name, kernel, 32, 10_000, "32 fused")).toEqual([]);
    expect(failures(name, kernel, 64, 5_000, "64 fused")).toEqual([]);
  });
});

describe("compiled", () => {
  it.each(kernels)(
    "%s is within the same bounds, and bit for bit what its kernel computes",
    (name, kernel) => {
      for (const bits of [32, 64] as const) {
        const random = new Random(`compiled ${name} ${bits}`);
        const args = samples(name, bits, 3001, () => random.next());
        const values = compileKernel(name as OpName, bits, args.length, args[0].length)(args);
        const width = hasRelaxedSimd() ? fusedWidth[bits] : bits;
        const same = runKernel(kernel, width, ...args).values;
        const bad: string[] = [];
        values.forEach((value, i) => {
          const at = args.map((xs) => xs[i]);
          const error = errorOf(name, bits, at, value);
          if (!(error <= BOUND[bits])) bad.push(`${name}(${at.join(", ")}) = ${value}: ${error} ulp`);
          if (!Object.is(value, same[i])) bad.push(`${name}(${at.join(", ")}) = ${value}, not ${same[i]}`);
        });
        expect(bad.slice(0, 5)).toEqual([]);
      }
    },
  );
});

describe("every 65 537th bit pattern of 32-bit lanes", () => {
  const pattern = new Uint32Array(2 ** 16);
  const xs = new Float32Array(pattern.buffer);
  for (let i = 0; i < 2 ** 16; i++) pattern[i] = Math.min(i * 65_537, 2 ** 32 - 1);

  it.each(kernels.filter(([name]) => vectorCases[name].arity === 1))("%s", (name, kernel) => {
    const { values } = runKernel(kernel, 32, xs);
    let worst = 0;
    for (let i = 0; i < xs.length; i++) worst = Math.max(worst, quickError32(name, [xs[i]], values[i]));
    expect(worst).toBeLessThanOrEqual(1.5);
  });
});

/** Vector instructions, constants not counted: a function that becomes slower must say so here. */
const STEPS: Readonly<Record<string, readonly [narrow: number, full: number]>> = {
  exp: [27, 37],
  exp2: [24, 34],
  log: [38, 44],
  tanh: [41, 56],
  sin: [46, 48],
  cos: [45, 47],
};

describe("cost", () => {
  it.each(Object.entries(STEPS))("%s takes no more steps than it did", (name, [narrow, full]) => {
    const kernel = vectorCases[name].arity === 1 ? kernels.find(([n]) => n === name)![1] : undefined;
    expect(runKernel(kernel!, 32, [1]).count).toBeLessThanOrEqual(narrow);
    expect(runKernel(kernel!, 64, [1]).count).toBeLessThanOrEqual(full);
  });

  it("leaves no ordinary argument to Math", () => {
    const xs = Array.from({ length: 1000 }, (_, i) => (i - 500) * 20);
    for (const [name, kernel] of kernels) {
      const args = vectorCases[name].arity === 1 ? [xs] : [xs.map((x) => Math.abs(x) + 1), xs];
      for (const bits of [32, 64] as const) expect(runKernel(kernel, bits, ...args).rareLanes, name).toBe(0);
    }
  });
});

describe("coefficients", () => {
  it.each(["EXP_32", "SIN_32", "LOG_32", "TANH_32", "COS_64"] as const)(
    "%s is what its fit gives",
    (name) => {
      expect(coefficients[name]).toEqual(minimax(fits.find((fit) => fit.name === name)!).coefficients);
    },
  );
});
