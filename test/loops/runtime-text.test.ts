/** @file The functions of the runtime as text give what the functions themselves give. */
import { describe, expect, it } from "vitest";
import type { Scalar } from "../../src/dtypes/dtype.ts";
import { runtimeText } from "../../src/loops/emit/javascript/runtime-text.ts";
import { type RuntimeName, runtime } from "../../src/loops/emit/runtime.ts";

type AnyFunction = (...args: readonly Scalar[]) => unknown;

const names = Object.keys(runtime) as RuntimeName[];
const text = runtimeText(names.map((name) => `$.${name}(`).join(" "));
const { $ } = (await import(
  /* @vite-ignore */ `data:text/javascript,${encodeURIComponent(`${text}\nexport { $ };`)}`
)) as { $: Readonly<Record<RuntimeName, AnyFunction>> };

const numbers = [
  -0,
  0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  3,
  7,
  255,
  256,
  65504,
  65519,
  65520,
  1e-5,
  6e-8,
  2 ** -24,
  2 ** -25,
  3e38,
  1e300,
  -1e300,
  2 ** -149,
  5e-324,
  Infinity,
  -Infinity,
  NaN,
  2 ** 31,
  -(2 ** 31),
  2 ** 32 - 1,
  4503599627370497,
  31744,
  31745,
  64512,
  65535,
];

const wide = [
  0n,
  1n,
  -1n,
  2n,
  3n,
  31n,
  32n,
  63n,
  64n,
  2n ** 53n + 1n,
  2n ** 60n + 3n,
  -(2n ** 60n) - 5n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];

describe("text of", () => {
  it.each(names)("%s", (name) => {
    const f = runtime[name] as AnyFunction;
    if (name.startsWith("wide") && name !== "wideSaturate") {
      for (const x of wide) {
        for (const y of name === "widePow" ? [-1n, 0n, 1n, 2n, 63n] : wide)
          expect($[name](x, y), `${name}(${x}, ${y})`).toBe(f(x, y));
      }
      return;
    }
    // Of the arguments, as many as the function takes: some of the table are made by others and tell nothing.
    for (const x of numbers) {
      // An exponent of integers is one.
      for (const y of name === "ipow" || name === "mulhi" ? [-1, 0, 1, 2, 5, 31] : numbers) {
        const args =
          name === "wideSaturate"
            ? [x, -128n, 2n ** 64n - 1n]
            : name === "saturate"
              ? [x, -128, y]
              : [name === "mulhi" || name === "ipow" ? x | 0 : x, y];
        expect($[name](...args), `${name}(${args.join()})`).toBe(f(...args));
      }
    }
  });

  it("is what a text needs, and no more", () => {
    expect(runtimeText("a + b")).toBe("");
    expect(runtimeText("$.exp2(x)")).toBe("const $ = {\n  exp2: (x) => Math.pow(2, x),\n};");
    expect(runtimeText("$.roundF16(x)")).toContain("encodeF16");
    expect(runtimeText("$.roundF16(x)")).not.toContain("nextafter");
  });
});
