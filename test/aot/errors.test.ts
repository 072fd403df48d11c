/** @file What the functions of modules, and those that `aot` declares, say to wrong data; what `exportModule` refuses. */
import { beforeAll, describe, expect, it } from "vitest";
import { aot, compileDeclared, exportModule } from "../../src/aot/index.ts";
import { type Array as NDArray, errors, grad, numpy as np, vmap } from "../../src/index.ts";
import { type Functions, load } from "./util.ts";

const weights = { w: np.zeros([2, 3], "float32"), list: [np.zeros([2]), null] };
const f = (p: { w: NDArray; list: (NDArray | null)[] }, n: NDArray, b: NDArray, z: NDArray) => ({
  w: p.w.mul(2),
  v: p.list[0]!.add(n),
  s: np.where(b, 1, 2),
  z: z.mul(2),
});
const declared = aot(f, weights, np.array(1, "int8"), true, np.zeros([2]).astype("complex64"));

const good = (): unknown[] => [
  { w: new Float32Array(6), list: [new Float64Array(2), null] },
  1,
  true,
  new Float32Array(4),
];
const withFirst = (change: object): unknown[] => [
  { ...(good()[0] as object), ...change },
  ...good().slice(1),
];
const withArg = (k: number, x: unknown): unknown[] => good().map((y, i) => (i === k ? x : y));
const out = () => ({ w: new Float32Array(6), v: new Float64Array(2), z: new Float32Array(4) });

const wrong: readonly (readonly [
  args: unknown[],
  kind: typeof TypeError | typeof RangeError,
  ...parts: string[],
])[] = [
  [[], TypeError, "f: p.list: expected a list of 2; got undefined"],
  [
    withFirst({ w: new Float64Array(6) }),
    TypeError,
    "f: p.w: expected a Float32Array of 6 elements (float32[2,3]); got a Float64Array of 6 elements",
  ],
  [withFirst({ w: new Float32Array(5) }), RangeError, "p.w", "got a Float32Array of 5 elements"],
  [withFirst({ w: [1, 2, 3, 4, 5, 6] }), TypeError, "p.w", "got a list of 6"],
  [withFirst({ w: undefined }), TypeError, "p.w", "got undefined"],
  [withFirst({ list: [new Float64Array(2)] }), RangeError, "p.list: expected a list of 2; got a list of 1"],
  [withFirst({ list: [new Float64Array(2), 1] }), TypeError, "p.list[1]: expected null; got 1"],
  [withFirst({ list: [3, null] }), TypeError, "p.list[0]", "got 3"],
  [withArg(1, "1"), TypeError, "f: n: expected a number (int8)"],
  [withArg(1, 1.5), RangeError, "f: n: expected a whole number from -128 to 127 (int8); got 1.5"],
  [withArg(1, 128), RangeError, "got 128"],
  [withArg(1, NaN), RangeError, "got NaN"],
  [withArg(2, 2), RangeError, "f: b: expected a boolean, 0 or 1; got 2"],
  [withArg(2, null), TypeError, "f: b"],
  [withArg(3, new Float32Array(2)), RangeError, "f: z: expected a Float32Array of 4 elements (complex64[2])"],
  [[...good(), { ...out(), v: new Float32Array(2) }], TypeError, "f: out.v"],
  [[...good(), { ...out(), v: undefined }], TypeError, "f: out.v", "got undefined"],
  [[...good(), 5], TypeError, "f: out."],
];

describe.each(["js", "wasm", "declared"])("wrong data: %s", (kind) => {
  let call: Functions[string];
  beforeAll(async () => {
    call =
      kind === "declared"
        ? (declared as Functions[string])
        : (
            await load(
              exportModule(
                { f: [f, weights, np.array(1, "int8"), true, np.zeros([2]).astype("complex64")] },
                { format: kind as "js", load: "inline" },
              ),
            )
          ).f;
  });

  it("is none", () => {
    const result = call(...good()) as ReturnType<typeof out>;
    expect(result).toEqual({ ...out(), v: Float64Array.of(1, 1), s: 1 });
    const given = out();
    const again = call(...good(), given) as ReturnType<typeof out>;
    expect(again.w).toBe(given.w);
    expect(again.v).toBe(given.v);
    expect(again.z).toBe(given.z);
    expect(given.v).toEqual(Float64Array.of(1, 1));
  });

  it.each(wrong.map((row, i) => [row[2], i] as const))("%s", (_, i) => {
    const [args, kindOf, ...parts] = wrong[i];
    let thrown: unknown = null;
    try {
      call(...args);
    } catch (e) {
      thrown = e;
    }
    expect(thrown).toBeInstanceOf(kindOf);
    // Plain errors: nothing of the library.
    expect((thrown as Error).constructor).toBe(kindOf);
    for (const part of parts) expect((thrown as Error).message).toContain(part);
  });
});

describe("results over arguments", () => {
  it.each(["js", "wasm"] as const)("are written when the arguments have been read: %s", async (format) => {
    const reverse = (x: NDArray, y: NDArray): NDArray[] => [np.flip(x).add(y), y.sub(x)];
    const m = await load(
      exportModule({ reverse: [reverse, np.zeros([4]), np.zeros([4])] }, { format, load: "inline" }),
    );
    const memory = new Float64Array(6);
    memory.set([1, 2, 3, 4]);
    const x = memory.subarray(0, 4);
    const y = Float64Array.of(10, 20, 30, 40);
    m.reverse(x, y, [memory.subarray(1, 5), y]);
    expect([...memory]).toEqual([1, 14, 23, 32, 41, 0]);
    expect([...y]).toEqual([9, 18, 27, 36]);
    expect(() => m.reverse(x, x.slice(), [y, y])).toThrow("out: two of the arrays share memory");
  });
});

describe("exportModule refuses", () => {
  const id = (x: NDArray): NDArray => x;
  it.each([
    ["names that are none", () => exportModule({ "a b": [id, 1] }), "cannot name an export"],
    ["nothing", () => exportModule({}), "no function"],
    ["what is no function", () => exportModule({ f: [3 as never, 1] }), "must be a function"],
    ["what is no list", () => exportModule({ f: id as never }), "must be a list"],
    [
      "unknown options",
      () => exportModule({ f: [id, 1] }, { formats: "js" } as object),
      "did you mean 'format'",
    ],
    ["unknown formats", () => exportModule({ f: [id, 1] }, { format: "c" as "js" }), `"js", "wasm"`],
    [
      "unknown ways to load",
      () => exportModule({ f: [id, 1] }, { load: "x" as "beside" }),
      `"beside", "inline", "manual"`,
    ],
    ["files elsewhere", () => exportModule({ f: [id, 1] }, { fileName: "../m.wasm" }), "fileName"],
    [
      "the name that a module needs",
      () => exportModule({ instantiate: [id, 1] }, { format: "wasm", load: "manual" }),
      "is taken",
    ],
    ["arguments that are no arrays", () => exportModule({ f: [id, "x"] }), "argument 0"],
    [
      "results that are none",
      () => exportModule({ f: [() => "x"] }),
      "expected arrays or numbers in the result",
    ],
    [
      "traced values",
      () =>
        vmap((x: NDArray) => {
          exportModule({ f: [(y: NDArray) => y.add(x), 1] });
          return x;
        })(np.ones([2])),
      "traced value",
    ],
  ])("%s", (_, call, part) => {
    expect(call).toThrow(part);
    expect(call).toThrow(errors.AdjointError);
  });

  it("but not parameters of any name", async () => {
    const f = (Float64Array: NDArray, { a }: { a: NDArray }, out: NDArray, Math = out): NDArray[] => [
      Float64Array.add(a),
      out.add(Math),
    ];
    const { js, dts } = exportModule({
      f: [f, np.ones([2]), { a: np.ones([2]) }, np.ones([2]), np.array(1, "float32")],
    });
    const m = await load({ js, dts });
    const two = new Float64Array(2);
    expect(m.f(Float64Array.of(1, 2), { a: two }, two, 3)).toEqual([
      Float64Array.of(1, 2),
      Float64Array.of(3, 3),
    ]);
    expect(dts).toContain("  out$?: readonly [");
  });

  it("nor reserved words", async () => {
    const m = await load(
      exportModule({
        default: [id, 1],
        class: [id, 1],
        Math: [(x: NDArray) => np.sin(x), 1],
        memory: [id, np.ones([2])],
      }),
    );
    expect([m.default(2), m.class(3), m.Math(0), m.memory(Float64Array.of(1, 2))]).toEqual([
      2,
      3,
      0,
      Float64Array.of(1, 2),
    ]);
  });
});

describe("aot", () => {
  it("does what its module does", async () => {
    const g = (x: NDArray): NDArray => np.sum(np.square(x));
    const both = {
      loss: aot<(x: Float64Array) => number>(g, np.zeros([3])),
      slope: aot(grad(g), np.zeros([3])),
      text: "x",
    };
    const m = await load(compileDeclared(both)!);
    const x = Float64Array.of(1, 2, 3);
    expect(both.loss(x)).toBe(14);
    expect(m.loss(x)).toBe(14);
    expect(m.slope(x)).toEqual(both.slope(x));
    expect(Object.keys(m).sort()).toEqual(["loss", "slope"]);
    expect(compileDeclared({ text: "x" })).toBeNull();
    expect(() => aot(3 as never)).toThrow(errors.ArgumentError);
  });
});
