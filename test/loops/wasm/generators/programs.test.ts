/**
 * @file The encoder makes of programs what Binaryen makes: the same bytes, but for an `unreachable` that Binaryen puts
 * behind loops that do not end by themselves. Both are valid for V8 and for Binaryen, and results have the same bits. The
 * text says the same as the bytes.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { grad, init, jit, makeJaxpr, vmap } from "../../../../src/api/index.ts";
import type { NDArray } from "../../../../src/core/array.ts";
import { clearEagerCache } from "../../../../src/jit/eager.ts";
import { jaxprProgram } from "../../../../src/jit/program.ts";
import { simplify } from "../../../../src/jit/simplify.ts";
import { lax, nn, numpy as np, random } from "../../../../src/index.ts";
import type { Program } from "../../../../src/loops/ir/ir.ts";
import { compileWasm, wasmText } from "../../../../src/loops/emit/wasm/codegen.ts";
import { chooseGenerator, chosenGenerator } from "../../../../src/loops/emit/wasm/generators/chosen.ts";
import { caseName, drawAll, outputs } from "../../../primitives/row.ts";
import { opRows } from "../../../primitives/table.ts";
import { array, expectSame } from "../../../util/arrays.ts";
import { Random } from "../../../util/random.ts";
import { generators, judgeBinary, judgeText } from "./binaryen.ts";

type A = NDArray;
type F = (...xs: A[]) => A | readonly A[];
type Name = keyof typeof generators;

const before = chosenGenerator();
afterAll(() => chooseGenerator(before));

const validate = (bytes: Uint8Array): boolean =>
  (globalThis as unknown as { WebAssembly: { validate(x: Uint8Array): boolean } }).WebAssembly.validate(
    bytes,
  );

const using = <T>(name: Name, f: () => T): T => {
  chooseGenerator(generators[name]);
  return f();
};

const programOf = (f: F, args: readonly A[]): Program =>
  jaxprProgram(simplify(makeJaxpr((...xs: A[]) => outputs(f(...xs) as A))(...args)), "f");

const targets = [
  { threads: 1, shared: false },
  { threads: 3, shared: true },
] as const;

interface Made {
  readonly sizes: readonly number[];
  readonly valid: readonly boolean[];
  /** What Binaryen prints of the encoder's bytes, of its own, and of the encoder's text. */
  readonly read: readonly string[];
}

/** A module without its section of names, which the encoder alone writes. */
function withoutNames(bytes: Uint8Array): Uint8Array {
  const kept = [...bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length;) {
    const start = at++;
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      size |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += size;
    if (bytes[start] !== 0) for (const byte of bytes.subarray(start, at)) kept.push(byte);
  }
  return Uint8Array.from(kept);
}

function make(program: Program, target: (typeof targets)[number]): Made {
  const compile = (name: Name): Uint8Array => using(name, () => compileWasm(program, target).binary);
  const binaries = [compile("encoder"), compile("binaryen")];
  const text = judgeText(using("encoder", () => wasmText(program, target)));
  const nameless = binaries.map(withoutNames);
  const judged = nameless.map((bytes) => judgeBinary(bytes));
  return {
    sizes: nameless.map((bytes) => bytes.length),
    valid: [...binaries.map(validate), ...judged.map((j) => j.valid), text.valid],
    read: [...judged, text].map((j) => j.text),
  };
}

const agree = ({ read }: Made): boolean => read.every((text) => text === read[0]);

function expectSameModules(program: Program, what: string): void {
  for (const target of targets) {
    let made = make(program, target);
    // Sums of indices are in the order of the text of their variables' numbers, which grow: if they gained a digit between
    // two compilations, these differ, whatever the generator. They do not gain another so soon.
    if (!agree(made)) made = make(program, target);
    expect(new Set(made.valid), what).toEqual(new Set([true]));
    expect(made.sizes[0], what).toBeLessThanOrEqual(made.sizes[1]);
    expect(agree(made), what).toBe(true);
  }
}

const numbers = (
  shape: readonly number[],
  dtype: "float32" | "float64" | "float16" | "int32" = "float64",
): A => {
  const draw = new Random(`${shape.join()} ${dtype}`);
  const size = shape.reduce((n, d) => n * d, 1);
  return array(
    shape,
    Array.from({ length: size }, () => (dtype === "int32" ? draw.int(-99, 99) : draw.uniform(-2, 2))),
    dtype,
  );
};

const square = (n: number, dtype?: "float32" | "float16" | "int32"): A => numbers([n, n], dtype);
const seed = array([2], [3, 141592653], "uint32");
const integers = numbers([101], "int32");

/** Programs of several operations, with their arguments. */
const programs: Readonly<Record<string, readonly [F, ...A[]]>> = {
  "a chain": [
    (x) =>
      np
        .tanh(x)
        .mul(x)
        .add(np.exp(x.mul(-1)))
        .sum(),
    numbers([1003]),
  ],
  "its gradient": [grad((x: A) => np.sum(np.tanh(x).mul(np.cos(x)))), numbers([1003])],
  "its second derivative": [vmap(grad(grad((x: A) => np.sin(x).mul(np.exp(x))))), numbers([65])],
  float32: [(x) => np.log1p(np.abs(x)).mul(np.cbrt(x)).sub(x.mean()), numbers([257], "float32")],
  float16: [(x) => np.exp(x).mul(x).add(1).sum(0), square(17, "float16")],
  bfloat16: [(x) => x.astype("bfloat16").mul(3).sub(1), numbers([37])],
  "small integers": [(x) => x.astype("int8").mul(7).add(x.astype("uint8").astype("int8")), integers],
  bits: [(x) => np.bitwiseXor(x, np.rightShift(x, 3)).add(np.leftShift(x, 5)), integers],
  "division of integers": [
    (x) =>
      np
        .floorDivide(x, 7)
        .add(np.mod(x, 5))
        .add(lax.div(x, x.sub(3))),
    integers,
  ],
  comparisons: [(x) => np.where(x.greater(0), np.maximum(x, 0.5), np.minimum(x, -0.5)), numbers([99])],
  "complex numbers": [(x) => np.abs(lax.complex(x, x.mul(2)).mul(lax.complex(x.add(1), x))), numbers([130])],
  "a product": [(x, y) => np.matmul(x, y), square(70), square(70)],
  "a product of float32": [(x, y) => np.matmul(x, y), square(67, "float32"), square(67, "float32")],
  "a product of float16": [(x) => np.matmul(x, x), square(40, "float16")],
  "a small product": [(x, y) => np.matmul(x, y), square(5), square(5)],
  "a product of integers": [(x) => np.matmul(x, x), square(33, "int32")],
  "a layer": [(x, w) => nn.relu(np.matmul(x, w).add(1)), square(66, "float32"), square(66, "float32")],
  "a convolution": [
    (x, w) => lax.convGeneralDilated(x, w, [1, 1], "SAME"),
    numbers([2, 3, 12, 12], "float32"),
    numbers([4, 3, 3, 3], "float32"),
  ],
  softmax: [(x) => nn.softmax(x, 1), numbers([33, 50], "float32")],
  "log of a sum of exponentials": [(x) => nn.logsumexp(x, 0), square(31)],
  sorted: [(x) => lax.sort(x), numbers([300])],
  "the order": [(x) => np.argsort(x), numbers([100])],
  "sums so far": [(x) => np.cumsum(x).add(np.cumprod(x.mul(0.1))), numbers([200])],
  "a transform": [(x) => np.abs(np.fft.fft(x)), numbers([64])],
  "a factorisation": [
    (x) => np.linalg.cholesky(np.matmul(x, x.transpose()).add(np.eye(9).mul(9))),
    square(9),
  ],
  "a solution": [(x) => np.linalg.solve(x.add(np.eye(8).mul(9)), np.ones([8])), square(8)],
  eigenvalues: [(x) => np.linalg.eigvalsh(x.add(x.transpose())), square(6)],
  "a loop of numbers": [(x) => lax.foriLoop(0, 10_000, (i, y: A) => np.sin(y).add(i), x), numbers([])],
  "a loop without a known end": [
    (x) =>
      lax.whileLoop(
        (y: A) => y.sum().less(1000),
        (y: A) => y.mul(1.5).add(1),
        x,
      ),
    numbers([20]),
  ],
  "a scan": [
    (x) => lax.scan((c: A, y: A): [A, A] => [np.tanh(c.add(y)), c], np.zeros([8]), x)[1],
    numbers([500, 8]),
  ],
  "the gradient of a scan": [
    grad((x: A) => lax.scan((c: A, y: A): [A, A] => [np.tanh(c.add(y)), c], np.array(0), x)[0]),
    numbers([300]),
  ],
  "a condition": [
    (x) =>
      lax.cond(
        x.sum().greater(0),
        (y: A) => y.mul(2),
        (y: A) => np.sin(y),
        x,
      ),
    numbers([40]),
  ],
  gathered: [(x, i) => np.take(x, np.mod(i, 50)), numbers([50]), integers],
  "a scatter": [(x, i) => np.zeros([50]).at(np.mod(i, 50)).add(x), numbers([101]), integers],
  windows: [(x) => lax.reduceWindow(x, 0, lax.add, [3, 3], [1, 1], "VALID"), square(12)],
  "random numbers": [(x) => random.normal(random.wrapKeyData(x), [1000]), seed],
  "random integers": [(x) => random.randint(random.wrapKeyData(x), [77], 0, 1000), seed],
  large: [(x) => np.sqrt(np.abs(x)).mul(x).sub(np.floor(x)), numbers([300_000], "float32")],
  "a large sum": [(x) => x.mul(x).sum(1), numbers([400, 700])],
  "many operations": [
    (x) =>
      Array.from({ length: 400 }).reduce<A>(
        (y, _, i) =>
          np
            .sin(y)
            .mul(1 + i / 400)
            .add(x),
        x,
      ),
    numbers([50]),
  ],
  rounding: [(x) => np.round(x).add(np.trunc(x)).add(np.ceil(x)).add(np.sign(x)), numbers([90])],
  angles: [(x, y) => np.arctan2(x, y).add(np.hypot(x, y)), numbers([111]), numbers([111])],
  powers: [
    (x, y) => np.power(np.abs(x), y).add(np.expm1(x)),
    numbers([45], "float32"),
    numbers([45], "float32"),
  ],
  "functions that vectors lack": [(x) => lax.lgamma(np.abs(x).add(1)).add(lax.erf(x)), numbers([60])],
  neighbours: [(x) => np.nextafter(x, x.add(1)), numbers([30])],
  constants: [
    (x) =>
      x
        .mul(NaN)
        .add(-Infinity)
        .mul(np.where(x.greater(0), -0, 1e300)),
    numbers([40]),
  ],
  transposed: [(x) => x.transpose([2, 0, 1]).mul(2), numbers([5, 6, 7])],
  "an empty array": [(x) => x.add(1), numbers([0, 3])],
};

describe("programs", () => {
  beforeAll(() => init());
  it.each(Object.entries(programs))("%s", (name, [f, ...args]) => {
    expectSameModules(programOf(f, args), name);
    const [ours, theirs] = (["encoder", "binaryen"] as const).map((g) =>
      using(g, () => outputs(jit((...xs: A[]) => f(...xs) as A, { backend: "wasm" })(...args))),
    );
    ours.forEach((x, i) => expectSame(x, theirs[i], name));
  });
});

describe("every primitive", () => {
  it.each(opRows.map((r) => [r.primitive, r] as const))("%s", (_, r) => {
    for (const c of r.cases.slice(0, 2)) {
      const args = drawAll(c, new Random(caseName(r, c)));
      const program = using("encoder", () => programOf((...xs) => c.call(...xs), args));
      expectSameModules(program, caseName(r, c));
    }
    clearEagerCache();
  });
});

describe("init", () => {
  it("chooses the generator of programs compiled from then on", async () => {
    const text = (): string =>
      jit((x: A) => np.sqrt(x))
        .lower(numbers([100]))
        .compile().wasm;
    const { default: binaryen } = await import("binaryen");
    for (const codegen of ["binaryen", "encoder", binaryen] as const) {
      expect(await init({ codegen })).toBe(true);
      // Binaryen nests instructions in one another.
      expect(text().includes("(f64x2.sqrt")).toBe(codegen !== "encoder");
      expect(text()).toContain("f64x2.sqrt");
    }
  });
  it("says what it takes", async () => {
    await expect(init({ codegen: "llvm" as "encoder" })).rejects.toThrow(
      /init: codegen is "encoder", "binaryen" or/,
    );
    await expect(init({ codegen: {} as "encoder" })).rejects.toThrow(/init: codegen is/);
  });
});
