/**
 * @file Loops of every length and layout: vector bodies of 4, 8 and 16 lanes, their rests, chunks of long loops, strides,
 * reversed and indirect access, in every dtype, beside generated JavaScript.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { init, jit, lax, numpy as np } from "../../../src/index.ts";
import type { DType } from "../../../src/dtypes/dtype.ts";
import type { NDArray } from "../../../src/core/array.ts";
import { array, flat } from "../../util/arrays.ts";
import { exactnessOfJaxpr, expectModesAgree } from "../../util/exactness.ts";
import { Random } from "../../util/random.ts";

beforeAll(() => init());

type A = NDArray;
type F = (...xs: A[]) => A;

/** Functions of a vector of any length. */
const ofVector: Readonly<Record<string, F>> = {
  sum: (x) => x.sum(),
  prod: (x) => x.prod(),
  max: (x) => x.max(),
  min: (x) => x.min(),
  argmax: (x) => lax.argmax(x, 0, "int32"),
  "sum of squares": (x) => x.mul(x).sum(),
  any: (x) => np.any(x.greater(1)),
  all: (x) => np.all(x.less(1)),
  cumsum: (x) => lax.cumsum(x, 0),
  "cummax, reversed": (x) => lax.cummax(x, 0, true),
  reversed: (x) => lax.rev(x, [0]).add(x),
  "every other": (x) => lax.slice(x, [0], [x.size], [2]).mul(2),
  "from the second": (x) => x.slice([1]).sub(x.slice([0, -1])),
  padded: (x) => lax.pad(x, x.slice(0), [[2, 1, 1]]),
  joined: (x) => lax.concatenate([x, x.neg(), x], 0),
  taken: (x) => np.take(x, lax.rem(lax.iota("int32", x.size).mul(7), x.size)),
  where: (x) => np.where(x.greater(0), x, lax.iota("int32", x.size).astype(x.dtype)),
  "scattered sum": (x) => np.zeros([5], x.dtype).at(lax.iota("int32", x.size).mod(5)).add(x),
  "to float32 and int32": (x) => x.astype("float32").add(x.astype("int32").astype("float32")),
  sorted: (x) => lax.sort(x),
  "minus the maximum, over the sum": (x) => x.sub(x.max()).div(x.abs().sum().add(1)),
  windows: (x) => np.convolve(x, x.slice([0, 1]).add(1)),
};

/** Functions of a matrix [m, n]. */
const ofMatrix: Readonly<Record<string, F>> = {
  "row sums": (x) => x.sum(1),
  "column sums": (x) => x.sum(0),
  "column maxima": (x) => x.max(0),
  transposed: (x) => x.transpose().mul(2),
  "plus transposed product": (x) => np.matmul(x, x.transpose()),
  "rows minus their maxima": (x) => x.sub(x.max(1, { keepdims: true })),
  "columns over their sums": (x) => x.div(x.abs().sum(0).add(1)),
  "cumulative columns": (x) => lax.cumsum(x, 0),
  "cumulative rows": (x) => lax.cumsum(x, 1),
  "reversed rows": (x) => lax.rev(x, [0, 1]),
  "outer sum": (x) => x.slice([], 0).reshape([-1, 1]).add(x.slice(0)),
};

const numbers = (dtype: DType, shape: readonly number[], salt: string): A => {
  const random = new Random(`${dtype} ${shape.join()} ${salt}`);
  const whole = !dtype.includes("float");
  const size = shape.reduce((n, d) => n * d, 1);
  const draw = (): number => (whole ? random.int(dtype.startsWith("u") ? 0 : -9, 9) : random.uniform(-2, 2));
  return array(shape, Array.from({ length: size }, draw), dtype);
};

const terms = (x: A): number => x.size;

function check(f: F, x: A, what: string): void {
  const js = jit((a: A) => f(a), { backend: "js" });
  const want = js(x);
  const got = jit((a: A) => f(a), { backend: "wasm" })(x);
  const exactness = exactnessOfJaxpr(js.lower(x).jaxpr);
  // Everything here is of magnitude `terms` at most, or a product of numbers below 2.
  const tol = what.includes("prod") ? 1e-12 : terms(x) * 1e-15;
  expectModesAgree(got, want, { exactness: exactness === "exact" ? "exact" : "compound", tol }, 0, what);
}

const everyLength = Array.from({ length: 37 }, (_, i) => i + 1);
const someLengths = [3, 4, 8, 15, 21, 37];
const others: readonly DType[] = [
  "float16",
  "bfloat16",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
];

/** Integer kinds have no quotients. */
const has = (name: string, dtype: DType): boolean => dtype.includes("float") || !/over|windows/.test(name);

describe("vectors", () => {
  for (const [name, f] of Object.entries(ofVector)) {
    it(name, { timeout: 120_000 }, () => {
      for (const n of everyLength) {
        check(f, numbers(n % 2 === 0 ? "float32" : "float64", [n], name), `${name} of ${n}`);
      }
      for (const n of someLengths) {
        for (const dtype of ["float32", "float64"] as const)
          check(f, numbers(dtype, [n], name), `${name} of ${n}`);
      }
      others.forEach((dtype, i) => {
        const n = someLengths[i % someLengths.length];
        if (has(name, dtype)) check(f, numbers(dtype, [n], name), `${name} of ${n} ${dtype}`);
      });
    });
  }
});

describe("matrices", () => {
  for (const [name, f] of Object.entries(ofMatrix)) {
    it(name, { timeout: 120_000 }, () => {
      const sizes = [1, 3, 4, 7, 16, 21, 35];
      sizes.forEach((m, i) =>
        sizes.forEach((n, k) => {
          const dtype = (i + k) % 2 === 0 ? "float32" : "float64";
          check(f, numbers(dtype, [m, n], name), `${name} of ${m}×${n}`);
        }),
      );
      others.forEach((dtype, i) => {
        const [m, n] = [sizes[i % 7], sizes[(3 * i + 4) % 7]];
        if (has(name, dtype)) check(f, numbers(dtype, [m, n], name), `${name} of ${m}×${n} ${dtype}`);
      });
    });
  }
});

describe("loops of many chunks", () => {
  const n = 100_003;
  const x = numbers("float64", [n], "long");
  const exact: Readonly<Record<string, F>> = {
    "element-wise": (a) => a.mul(a).add(1).div(a.abs().add(0.5)),
    "with a neighbour": (a) => a.slice([1]).sub(a.slice([0, -1])),
    maximum: (a) => a.max(),
    reversed: (a) => lax.rev(a, [0]),
    "position of the maximum": (a) => lax.argmax(a, 0, "int32"),
    "two results of one loop": (a) => lax.concatenate([a.mul(2), a.neg()], 0),
  };
  it.each(Object.entries(exact))("%s", (name, f) => check(f, x, name));

  it("sums within n·ε·Σ|x|", () => {
    const got = jit((a: A) => a.sum(), { backend: "wasm" })(x).item();
    const values = flat(x);
    const bound = n * 2 ** -53 * values.reduce((s, v) => s + Math.abs(v), 0);
    expect(Math.abs(got - values.reduce((s, v) => s + v, 0))).toBeLessThanOrEqual(bound);
  });

  it("loops without a known end, of more iterations than a chunk has", () => {
    const collatz = (a: A): A =>
      lax.whileLoop(
        ([i]: [A, A]) => i.less(50_000),
        ([i, s]: [A, A]): [A, A] => [i.add(1), s.mul(0.9999).add(i)],
        [lax.convertElementType(a, "int32"), a.astype("float64")] as [A, A],
      )[1];
    expect(jit(collatz, { backend: "wasm" })(np.array(3)).item()).toBe(
      jit(collatz, { backend: "js" })(np.array(3)).item(),
    );
  });
});
