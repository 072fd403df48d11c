/**
 * @file int64 and uint64 beside int32 and uint32: every exported function, given the same small integers in either width,
 * gives the same numbers; results of the operands' dtype are as wide as these, others of the same dtype. Where one throws,
 * so does the other, and nothing but the library's own errors.
 */
import { describe, expect, test } from "vitest";
import { Array as NDArray, errors, init, lax, nn, numpy as np, ops, scipy } from "../../src/index.ts";

type Fn = (...args: unknown[]) => unknown;

/** The functions of a namespace and of those in it, by path. */
const functions = (space: object, prefix: string): [string, Fn][] =>
  Object.entries(space).flatMap(([name, x]: [string, unknown]) => {
    if (typeof x === "function") return [[`${prefix}.${name}`, x as Fn] as [string, Fn]];
    return typeof x === "object" && x !== null ? functions(x, `${prefix}.${name}`) : [];
  });

const all = [
  ...functions(np, "numpy"),
  ...functions(nn, "nn"),
  ...functions(scipy, "scipy"),
  ...functions(lax, "lax"),
  ...functions(ops, "ops"),
];

/** Of these the result says how wide the numbers are; selectors are int32, as in JAX. */
const tellsWidth = /\.(dtype|iinfo|resultType|canCast|clz|select|selectN)$/;
/** It negates before it converts, as JAX's does: of unsigned integers that is another number. */
const wraps = "nn.logSigmoid";

/** A 64-bit integer as 32 bits have it: the limits, and what has wrapped round. */
function narrowed(v: bigint, dtype: string): bigint {
  if (dtype === "uint64") return BigInt.asUintN(32, v);
  return v === -(2n ** 63n) ? -(2n ** 31n) : v === 2n ** 63n - 1n ? 2n ** 31n - 1n : v;
}

type Dtype = "int32" | "uint32" | "int64" | "uint64";
const wide: Readonly<Record<string, string>> = { int32: "int64", uint32: "uint64" };

function text(x: unknown): string {
  if (x instanceof NDArray) {
    const values = Array.from<number, number | bigint>(x.dataSync(), (v: number | bigint) =>
      typeof v === "bigint" ? narrowed(v, x.dtype) : v,
    );
    return `${x.dtype}[${String(x.shape)}](${values.join(" ")})`;
  }
  if (typeof x === "function") return "a function";
  if (Array.isArray(x)) return `[${x.map(text).join(", ")}]`;
  if (typeof x === "object" && x !== null)
    return `{${Object.entries(x)
      .map(([k, v]) => `${k}: ${text(v)}`)
      .join(", ")}}`;
  return String(x);
}

/** What a call gives, as text. */
function call(f: Fn, args: readonly unknown[]): string {
  try {
    return text(f(...args));
  } catch (error) {
    if (error instanceof errors.AdjointError) return "an error";
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

/** Results of the same kind: that of the wide operands, or of the narrow ones with the dtype as it is, or made wide. */
function agree(narrow: string, wider: string): boolean {
  const pattern = /\b(u?int)32\b/g;
  const split = (s: string): string[] => s.split(/\bu?int(?:32|64)\b/);
  if (split(narrow).join("int") !== split(wider).join("int")) return false;
  const [a, b] = [narrow.match(/\bu?int(?:32|64)\b/g) ?? [], wider.match(/\bu?int(?:32|64)\b/g) ?? []];
  return a.every((d, i) => b[i] === d || b[i] === wide[d]) && pattern.test("int32");
}

const operands = (dtype: Dtype): NDArray[][] => {
  const vector = np.array([3, 1, 2, 0, 1], dtype);
  const square = np.array(
    [
      [2, 1],
      [1, 3],
    ],
    dtype,
  );
  const scalar = np.array(2, dtype);
  const empty = np.zeros([0], dtype);
  return [vector, square, scalar, empty].flatMap((x) => [[x], [x, x], [x, x, x]]);
};

describe("64-bit integers are as 32-bit ones", () => {
  test.each(["int32", "uint32"] as const)("%s", { timeout: 300_000 }, async (dtype) => {
    await init();
    const wrong = all
      .filter(([name]) => !tellsWidth.test(name) && !(dtype === "uint32" && name === wraps))
      .flatMap(([name, f]) => {
        const widened = operands(wide[dtype] as Dtype);
        return operands(dtype).flatMap((args, i) => {
          const [a, b] = [call(f, args), call(f, widened[i])];
          return agree(a, b) ? [] : [`${name} of ${args.length} [${String(args[0].shape)}]: ${a} — ${b}`];
        });
      });
    expect(wrong).toEqual([]);
  });
});
