/** @file The text of StableHLO: all spellings, what an imported function can do, and what is wrong with a text. */
import { describe, expect, it } from "vitest";
import { type NDArray, grad, hessian, jit, jvp, makeJaxpr, numpy as np, vmap } from "../../src/index.ts";
import { StablehloError, fromStablehlo } from "../../src/stablehlo/index.ts";
import { casesOf, errorOf, groups } from "./cases.ts";

const f32 = (x: number | readonly unknown[]): NDArray => np.array(x as number[], "float32");

const main = (args: string, results: string, body: string): string =>
  `module @m attributes {mhlo.num_partitions = 1 : i32} {\n  func.func public @main(${args}) -> ${results} {\n${body}\n  }\n}`;

/** The function of one f32[n] argument `%x` that ends in `%y`. */
const ofVector = (n: number, body: string): ((...args: (number | NDArray)[]) => NDArray) =>
  fromStablehlo(
    main(`%x: tensor<${n}xf32>`, `tensor<${n}xf32>`, `${body}\n    return %y : tensor<${n}xf32>`),
  );

describe("an imported function", () => {
  const text = main(
    "%x: tensor<f64>",
    "tensor<f64>",
    `    %0 = stablehlo.sine %x : tensor<f64>
    %1 = stablehlo.multiply %0, %x : tensor<f64>
    return %1 : tensor<f64>`,
  );
  const f = fromStablehlo(text);

  it("is called, compiled, differentiated in both modes, batched, printed", () => {
    const value = 2 * Math.sin(2);
    const slope = Math.sin(2) + 2 * Math.cos(2);
    expect(f(2).item()).toBeCloseTo(value, 12);
    expect(jit(f)(2).item()).toBeCloseTo(value, 12);
    expect(grad(f)(2).item()).toBeCloseTo(slope, 12);
    expect(jvp(f, [2], [1])[1].item()).toBeCloseTo(slope, 12);
    expect(hessian(f)(2).item()).toBeCloseTo(2 * Math.cos(2) - 2 * Math.sin(2), 12);
    expect(vmap(f)(np.array([0, 2])).js()).toEqual([0, f(2).item()]);
    expect(String(makeJaxpr(f)(np.array(2, "float64")))).toBe(
      "{ lambda ; a:f64[]. let\n    b:f64[] = sin a\n    c:f64[] = mul b a\n  in (c,) }",
    );
  });

  it("takes bytes, and another function by its name", () => {
    expect(fromStablehlo(new TextEncoder().encode(text))(2).item()).toBe(f(2).item());
    const other = `func.func @a(%x: tensor<f64>) -> tensor<f64> { return %x : tensor<f64> }`;
    expect(fromStablehlo(other, { name: "a" })(3).item()).toBe(3);
    expect(() => fromStablehlo(other)).toThrow("expected a function @main; the module has @a");
  });

  it("gives a list of several results", () => {
    const g = fromStablehlo<NDArray[]>(
      main(
        "%x: tensor<2xf32>",
        "(tensor<2xf32>, tensor<2xf32>)",
        "return %x, %x : tensor<2xf32>, tensor<2xf32>",
      ),
    );
    expect(g(f32([1, 2])).map((x) => x.js())).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it("refuses arguments of other shapes and dtypes", () => {
    const g = ofVector(2, "%y = stablehlo.negate %x : tensor<2xf32>");
    expect(() => g()).toThrow("main: expected 1 arguments; got 0");
    expect(() => g(f32([1]))).toThrow("main: argument 0 must be f32[2]; got f32[1]");
    expect(() => g(np.array([1, 2], "float64"))).toThrow('Convert it with x.astype("float32")');
  });
});

describe("constants", () => {
  const constant = (literal: string, type: string): unknown => {
    const c = fromStablehlo(
      main("", type, `%0 = stablehlo.constant ${literal} : ${type}\nreturn %0 : ${type}`),
    );
    return c().js();
  };
  it.each([
    ["dense<1.5>", "tensor<f32>", 1.5],
    ["dense<1>", "tensor<f32>", 1],
    ["dense<-1.5e+00>", "tensor<2xf32>", [-1.5, -1.5]],
    [
      "dense<[[1, 2], [3, 4]]>",
      "tensor<2x2xi32>",
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ["dense<0x7F800000>", "tensor<f32>", Infinity],
    ["dense<[0xFF800000, 1.0]>", "tensor<2xf32>", [-Infinity, 1]],
    ["dense<0x3C00>", "tensor<f16>", 1],
    ["dense<0x3F80>", "tensor<bf16>", 1],
    ['dense<"0x0000803F00000040">', "tensor<2xf32>", [1, 2]],
    ['dense<"0x0000803F">', "tensor<3xf32>", [1, 1, 1]],
    [
      'dense<"0x0580">',
      "tensor<16xi1>",
      Array.from({ length: 16 }, (_, i) => i === 0 || i === 2 || i === 15),
    ],
    ["dense<[true, false]>", "tensor<2xi1>", [true, false]],
    ["dense<true>", "tensor<2xi1>", [true, true]],
    ["dense<(1.0, -2.0)>", "tensor<complex<f32>>", { re: 1, im: -2 }],
    [
      "dense<[(1.0, 2.0), (3.0, 4.0)]>",
      "tensor<2xcomplex<f64>>",
      [
        { re: 1, im: 2 },
        { re: 3, im: 4 },
      ],
    ],
    ["dense<>", "tensor<0x3xf32>", []],
    ["dense<[255, 0]>", "tensor<2xui8>", [255, 0]],
    ["dense<-128>", "tensor<i8>", -128],
  ])("%s : %s", (literal, type, want) => {
    expect(constant(literal, type)).toEqual(want);
  });

  it("in resources after the module", () => {
    const text = `${main("", "tensor<2xf32>", "%0 = stablehlo.constant dense_resource<w> : tensor<2xf32>\nreturn %0 : tensor<2xf32>")}

{-#
  dialect_resources: {
    builtin: {
      w: "0x040000000000803F00000040"
    }
  }
#-}
`;
    expect(fromStablehlo(text)().js()).toEqual([1, 2]);
    expect(() => fromStablehlo(text.replace("<w>", "<v>"))).toThrow("there is no resource 'v'");
  });

  it("that were left out or do not fit say so", () => {
    expect(() => constant("dense_resource<__elided__>", "tensor<2xf32>")).toThrow("left out");
    expect(() => constant('dense<"0x00">', "tensor<2xf32>")).toThrow("expected 8 bytes");
    expect(() => constant("dense<[1, 2, 3]>", "tensor<2xf32>")).toThrow("expected ']'; got ','");
    expect(() => constant("dense<300>", "tensor<i8>")).toThrow("300 does not fit i8");
    expect(() => constant("dense<1.5>", "tensor<i8>")).toThrow("expected a whole number; got 1.5");
  });
});

describe("what is wrong with a text", () => {
  it("is told with line and column", () => {
    const e = errorOf(
      "module {\n  func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {\n    %0 = stablehlo.add %x %x : tensor<2xf32>\n",
    );
    expect([e.line, e.column, e.code]).toEqual([3, 27, "stablehlo"]);
    expect(e.message).toContain("expected ':' and types; got '%x'");
  });

  it.each([
    ["", "expected a function @main; the module has none"],
    ["modul {}", "expected a module or a function; got 'modul'"],
    [
      main("%x: tensor<f32>", "tensor<f32>", "%0 = stablehlo.sinus %x : tensor<f32>"),
      "the operation 'stablehlo.sinus' is not known",
    ],
    [main("%x: tensor<?xf32>", "tensor<f32>", ""), "a size is '?'"],
    [
      main("%x: tensor<f8E4M3FN>", "tensor<f8E4M3FN>", "return %x : tensor<f8E4M3FN>"),
      "tensor<f8E4M3FN> has no counterpart",
    ],
    [
      main("%x: tensor<2x!quant.uniform<i8:f32, 0.1>>", "tensor<f32>", ""),
      "the element type !quant.uniform has no counterpart",
    ],
    [main("%x: tensor<f32>", "tensor<f32>", "return %y : tensor<f32>"), "%y is not defined"],
    [main("%x: tensor<f32>", "tensor<f32>", "%x = stablehlo.sine %x : tensor<f32>"), "%x is defined twice"],
    [
      main(
        "%x: tensor<f32>",
        "tensor<2xf32>",
        "%0 = stablehlo.sine %x : tensor<2xf32>\nreturn %0 : tensor<2xf32>",
      ),
      "stablehlo.sine: result 0 is f32[], where the text says tensor<2xf32>",
    ],
    [
      main(
        "%x: tensor<f32>",
        "tensor<f32>",
        "%0 = call @f(%x) : (tensor<f32>) -> tensor<f32>\nreturn %0 : tensor<f32>",
      ),
      "there is no function @f",
    ],
    [
      main(
        "%x: tensor<f32>",
        "tensor<f32>",
        "%0 = call @main(%x) : (tensor<f32>) -> tensor<f32>\nreturn %0 : tensor<f32>",
      ),
      "expected at most 100 calls in one another",
    ],
    [
      main(
        "%x: tensor<f32>",
        "tensor<f32>",
        "%0 = stablehlo.custom_call @magic(%x) : (tensor<f32>) -> tensor<f32>\nreturn %0 : tensor<f32>",
      ),
      "what it calls, 'magic', is not known",
    ],
    [
      main("%x: tensor<f32>", "tensor<f32>", `${"".padStart(5)}%0 = stablehlo.constant ${"[".repeat(5000)}`),
      "levels of nesting",
    ],
  ])("%#", (text, message) => {
    expect(errorOf(text).message).toContain(message);
  });

  it("never is anything but such an error, whatever is damaged", () => {
    let seed = 20250;
    const below = (n: number): number => (
      (seed = (seed * 1103515245 + 12345) % 2 ** 31),
      Math.floor((seed / 2 ** 31) * n)
    );
    const texts = groups().flatMap((g) =>
      casesOf(g)
        .map((c) => c.mlir)
        .filter((t) => t.length < 4000),
    );
    const junk = [
      "{",
      ")",
      "<",
      "%",
      '"',
      "->",
      "-1",
      "99999999999999999999",
      "?",
      "dense<",
      "i1",
      "0",
      "loc(",
      "#",
      "é",
      "tensor<99999999x9999999xf32>",
    ];
    const damage = (text: string): string => {
      const i = below(text.length);
      const kind = below(4);
      if (kind === 0) return text.slice(0, i);
      if (kind === 1) return text.slice(0, i) + text.slice(i + 1 + below(9));
      if (kind === 2) return text.slice(0, i) + junk[below(junk.length)] + text.slice(i);
      return text.replace(/\d+/g, (d) => (below(40) === 0 ? String(below(12) - 2) : d));
    };
    for (let k = 0; k < 600; k++) {
      const text = damage(texts[below(texts.length)]);
      try {
        fromStablehlo(text);
      } catch (e) {
        if (!(e instanceof StablehloError)) throw new Error(`${String(e)} of\n${text}`, { cause: e });
        expect(e.line).toBeGreaterThan(0);
        expect(e.column).toBeGreaterThan(0);
      }
    }
  });
});

describe("regions", () => {
  it("loops that count become scans, others loops", () => {
    const loop = (bound: string, next: string): string =>
      main(
        "%x: tensor<f32>, %n: tensor<i32>",
        "tensor<f32>",
        `%c = stablehlo.constant dense<0> : tensor<i32>
        %0:3 = stablehlo.while(%i = %c, %y = %x, %m = %n) : tensor<i32>, tensor<f32>, tensor<i32>
        cond {
          %k = stablehlo.constant dense<5> : tensor<i32>
          %1 = stablehlo.compare LT, %i, ${bound}, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
          stablehlo.return %1 : tensor<i1>
        } do {
          %one = stablehlo.constant dense<1> : tensor<i32>
          %1 = stablehlo.add %i, ${next} : tensor<i32>
          %2 = stablehlo.sine %y : tensor<f32>
          stablehlo.return %1, %2, %m : tensor<i32>, tensor<f32>, tensor<i32>
        }
        return %0#1 : tensor<f32>`,
      );
    const five = np.array(5, "int32");
    const want = [1, 2, 3, 4, 5].reduce((x) => Math.sin(x), 1);
    for (const [bound, next, name] of [
      ["%k", "%one", "scan"],
      ["%m", "%one", "while"],
    ]) {
      const f = fromStablehlo(loop(bound, next));
      expect(f(f32(1), five).item()).toBeCloseTo(want, 6);
      expect(String(makeJaxpr(f)(f32(1), five))).toContain(` = ${name}[`);
      expect(Number.isFinite(grad((x: NDArray) => f(x, five))(f32(1)).item())).toBe(true);
    }
  });

  it("a sort by any order", () => {
    const g = ofVector(
      5,
      `%y = "stablehlo.sort"(%x) <{dimension = 0 : i64, is_stable = true}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %0 = stablehlo.abs %a : tensor<f32>
        %1 = stablehlo.abs %b : tensor<f32>
        %2 = stablehlo.compare GT, %0, %1, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
        stablehlo.return %2 : tensor<i1>
      }) : (tensor<5xf32>) -> tensor<5xf32>`,
    );
    expect(g(f32([1, -3, 2, -1, 3])).js()).toEqual([-3, 3, 2, 1, -1]);
    expect(jit(g)(f32([1, -3, 2, -1, 3])).js()).toEqual([-3, 3, 2, 1, -1]);
  });
});
