/**
 * @file Integers and booleans that become inexact become the default float: asked of every exported function that takes one to
 * three of them, and of the methods of arrays.
 */
import { describe, expect, test } from "vitest";
import { Array as NDArray, config, errors, lax, nn, numpy as np, scipy } from "../../src/index.ts";

type Fn = (...args: unknown[]) => unknown;

/** The functions of a namespace and of those in it, by path. */
const functions = (space: object, prefix: string): [string, Fn][] =>
  Object.entries(space).flatMap(([name, x]: [string, unknown]) => {
    if (typeof x === "function") return [[`${prefix}.${name}`, x as Fn] as [string, Fn]];
    return typeof x === "object" && x !== null ? functions(x, `${prefix}.${name}`) : [];
  });

/** The dtypes in a result. */
function dtypesIn(x: unknown): string[] {
  if (x instanceof NDArray) return [x.dtype];
  return typeof x === "object" && x !== null ? Object.values(x).flatMap(dtypesIn) : [];
}

function call(f: Fn, args: readonly unknown[]): string[] {
  try {
    return dtypesIn(f(...args));
  } catch (error) {
    // Functions of functions, keys, options … are not asked.
    if (error instanceof errors.AdjointError || error instanceof TypeError || error instanceof RangeError)
      return [];
    throw error;
  }
}

const operands = (dtype: "int32" | "bool" | "uint8"): NDArray[][] => {
  const vector = np.ones([4], dtype);
  const square = np.eye(2, { dtype });
  return [vector, square].flatMap((x) => [[x], [x, x], [x, x, x]]);
};

/** JAX makes float32 matrices of `tri`, whatever the default; a key has bits of its own. */
const float32ByNature = new Set(["numpy.tri", "numpy.float32", "nn.initializers"]);

describe("integers become the default float", () => {
  const all = [
    ...functions(np, "numpy"),
    ...functions(nn, "nn"),
    ...functions(scipy, "scipy"),
    ...functions(lax, "lax"),
  ].filter(([name]) => !float32ByNature.has(name));

  test.each(["int32", "bool", "uint8"] as const)("%s", { timeout: 120_000 }, (dtype) => {
    const wrong = all.flatMap(([name, f]) =>
      operands(dtype)
        .filter((args) => call(f, args).some((d) => d === "float32" || d === "complex64"))
        .map((args) => `${name} of ${args.length} of shape [${String(args[0].shape)}]`),
    );
    expect(wrong).toEqual([]);
  });

  test("in methods, beside numbers, and under a default of 32 bits", () => {
    expect(np.arange(5).div(4).js()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(np.arange(5).mean().dtype).toBe("float64");
    expect(np.sqrt(np.arange(3)).js()).toEqual([0, 1, Math.SQRT2]);
    expect(np.arange(3).astype("float16").div(np.arange(3)).dtype).toBe("float16");
    expect(np.sqrt(np.ones([2], "bfloat16")).dtype).toBe("bfloat16");
    expect(np.linalg.solve(np.eye(2, { dtype: "int32" }), np.ones([2], "float32")).dtype).toBe("float32");
    config.with({ defaultFloat: "float32" }, () => expect(np.sqrt(np.arange(3)).dtype).toBe("float32"));
  });
});
