/** @file Texts of programs read back: those with bodies, rules, literals of all dtypes, lines; and what is wrong in a text. */
import { describe, expect, it } from "vitest";
import {
  ShapeDtypeStruct,
  checkpoint,
  config,
  customJvp,
  customVjp,
  debug,
  grad,
  ioCallback,
  jit,
  jvp,
  lax,
  makeJaxpr,
  numpy as np,
  pureCallback,
  vmap,
  type Array as NDArray,
} from "../../src/index.ts";
import { ConcreteArray } from "../../src/core/array.ts";
import { shaped } from "../../src/core/aval.ts";
import { ClosedJaxpr, Literal } from "../../src/core/jaxpr/ir.ts";
import { type DType, dtypes, isComplex, isFloat, isWide } from "../../src/dtypes/dtype.ts";
import { JaxprError, evalJaxpr, jaxprParts, parseJaxpr } from "../../src/jaxpr/index.ts";
import { expectSameProgram } from "../util/same-program.ts";

const x3 = np.array([0.5, -1, 2]);
const jvpSine = customJvp((x: NDArray) => np.sin(x));
jvpSine.defJvp(([x], [t]) => [np.sin(x), np.cos(x).mul(t)]);
const vjpSine = customVjp((x: NDArray) => np.sin(x));
vjpSine.defVjp(
  (x: NDArray) => [np.sin(x), x],
  (x: NDArray, ct: NDArray) => [np.cos(x).mul(ct)],
);

const looping = (x: NDArray): NDArray => {
  const [carry, ys] = lax.scan((c: NDArray, y: NDArray) => [jvpSine(c).add(y), c], x, np.ones([4, 3]));
  return carry.add(ys.sum(0)).add(np.array([1, 2, 3]));
};
const growing = (x: NDArray): NDArray =>
  lax.whileLoop(
    (c: NDArray) => c.sum().less(10),
    (c: NDArray) => c.mul(np.array([1.5, 2, 2.5])),
    np.abs(x),
  );
const choosing = (x: NDArray): NDArray =>
  lax.cond(
    x.sum().greater(0),
    (y: NDArray) => vjpSine(y),
    (y: NDArray) => y.mul(np.array([1, 2, 3])),
    x,
  );
const solving = (x: NDArray): NDArray =>
  lax.customLinearSolve<NDArray>(
    (v: NDArray) => v.mul(2),
    x,
    (_: unknown, b: NDArray) => b.div(2),
    { transposeSolve: (_: unknown, b: NDArray) => b.div(2) },
  );

const sum = (f: (x: NDArray) => NDArray) => (x: NDArray) => f(x).sum();
const programs: readonly (readonly [string, (x: NDArray) => unknown])[] = [
  ["scan", looping],
  ["grad of scan", grad(sum(looping))],
  ["while", growing],
  ["grad of while", grad(sum(growing))],
  ["grad of grad of while", grad((x: NDArray) => grad(sum(growing))(x).sum())],
  ["cond", choosing],
  ["jit of cond", jit(choosing)],
  ["vmap of cond", vmap(choosing)],
  ["jvp of scan", (x) => jvp(looping, [x], [x])],
  ["a linear solve", solving],
  ["its gradient", grad(sum(solving))],
  ["checkpoint", checkpoint(looping)],
  ["a print", (x) => (debug.print("x is {}", x), x)],
  ["a pure callback", (x) => pureCallback((y: NDArray) => y, new ShapeDtypeStruct([3], "float64"), x)],
  ["an io callback", (x) => ioCallback((y: NDArray) => y, new ShapeDtypeStruct([3], "float64"), x)],
  ["linalg", (x) => np.linalg.inv(np.outer(x, x).add(np.eye(3)))],
  ["fft", (x) => np.fft.fft(x)],
];

describe("programs with bodies read back", () => {
  it.each(programs)("%s", (name, f) => {
    const x = name === "vmap of cond" ? np.ones([2, 3]) : x3;
    const closed = makeJaxpr(f)(x);
    const parts = jaxprParts(closed);
    expectSameProgram(parseJaxpr(String(closed), parts), closed, false);
    const again = parseJaxpr(closed.toString({ weakTypes: true }), parts);
    expectSameProgram(again, closed, true);
    const [want, got] = [evalJaxpr(closed, [x]), evalJaxpr(again, [x])];
    want.forEach((y, i) => expect(got[i].js()).toEqual(y.js()));
  });
});

const values: readonly (readonly [DType, readonly (number | bigint)[]])[] = dtypes.map((d) => {
  if (d === "bool") return [d, [0, 1]];
  if (isWide(d)) return [d, [0n, 2n ** 62n + 1n, d === "int64" ? -(2n ** 63n) : 2n ** 64n - 1n]];
  if (isFloat(d)) return [d, [0, -0, 1, 0.5, -2.25, NaN, Infinity, -Infinity]];
  return [d, [0, 1, 100]];
});

describe("literals read back", () => {
  const roundTrip = (literal: Literal): void => {
    const closed = new ClosedJaxpr({ constvars: [], invars: [], eqns: [], outs: [literal] }, []);
    expectSameProgram(parseJaxpr(closed.toString({ weakTypes: true })), closed, true);
  };
  it.each(values.filter(([d]) => !isComplex(d)))("of %s", (dtype, list) => {
    for (const weak of [false, true])
      for (const x of list) roundTrip(new Literal(new ConcreteArray(shaped([], dtype, weak), x)));
  });
  it.each(["complex64", "complex128"] as const)("of %s", (dtype) => {
    const parts = [0, -0, 1.5, -1.5, Infinity, -Infinity, 1e-7, 1e30, 1e300];
    for (const re of parts)
      for (const im of parts) roundTrip(new Literal(lax.complex(re, im).astype(dtype) as ConcreteArray));
    roundTrip(new Literal(lax.complex(NaN, 1).astype(dtype) as ConcreteArray));
  });
  it("of floats, to the last digit", () => {
    for (const x of [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, 1e21, 123456789012345680000])
      roundTrip(new Literal(new ConcreteArray(shaped([], "float64"), x)));
    for (const x of [Math.fround(0.1), Math.fround(1e-40)])
      roundTrip(new Literal(new ConcreteArray(shaped([], "float32"), x)));
  });
});

it("names of variables that are words of the language read back", () => {
  // The names of 300 variables reach "in", and a complex literal begins with a bracket.
  const f = (...xs: NDArray[]): NDArray =>
    xs
      .reduce((a, b) => a.add(b))
      .mul(lax.complex(1, 2))
      .add(xs[248].mul(lax.complex(0, -1)));
  const closed = makeJaxpr(f)(...Array.from({ length: 300 }, () => np.array(1)));
  expect(String(closed)).toContain("= add");
  expectSameProgram(parseJaxpr(String(closed)), closed, false);
});

it("lines of the user's read back as what they are", () => {
  const closed = config.with({ sourceLines: true }, () => makeJaxpr((x: NDArray) => np.sin(x).mul(2))(1));
  const text = closed.toString({ sourceLines: true });
  expect(text).toMatch(/# \S+parse\.test\.ts:\d+:\d+/);
  const again = parseJaxpr(text);
  expect(again.toString({ sourceLines: true })).toBe(text);
});

it("texts may be written by hand", () => {
  const program = parseJaxpr(
    `
    { lambda shift:f64[2] ; x:f64[2]. let  # a comment
        moved = add x shift
        out =
          sin moved
      in (out, 1.5:f32[]) }`,
    { constants: { shift: np.array([1, 2]) } },
  );
  const [out, half] = evalJaxpr(program, [np.zeros([2])]);
  expect(out.js()).toEqual([Math.sin(1), Math.sin(2)]);
  expect([half.item(), half.dtype]).toEqual([1.5, "float32"]);
});

const wrong: readonly (readonly [text: string, line: number, column: number, says: RegExp])[] = [
  ["", 1, 1, /expected '\{'; got the end/],
  ["{ lambda ; a:f64[]. let in (a,) } x", 1, 35, /expected the end of the text; got 'x'/],
  ["{ lambda ; a:f64. let in (a,) }", 1, 14, /expected a type/],
  ["{ lambda ; a:f65[]. let in (a,) }", 1, 14, /f65 is no dtype; expected one of bool, i8/],
  ["{ lambda ; a:f64[] a:f64[]. let in (a,) }", 1, 20, /a is bound twice/],
  ["{ lambda ; a:f64[]. let in (b,) }", 1, 29, /b is not bound here \(bound are … a\)/],
  ["{ lambda ; a:f64[]. let\n  b = sni a\n in (b,) }", 2, 7, /'sni' is not the name of a primitive/],
  ["{ lambda ; a:f64[]. let\n  b = sin\n in (b,) }", 2, 7, /not those of sin/],
  [
    "{ lambda ; a:f64[]. let\n  b:f32[] = sin a\n in (b,) }",
    2,
    3,
    /sin computes f64\[\]; the text says that b is f32/,
  ],
  ["{ lambda ; a:f64[]. let\n  b c = sin a\n in (b,) }", 2, 9, /sin has 1 results; the equation binds 2/],
  ["{ lambda ; a:f64[3]. let b = reduce_sum[axes=(1,)] a in (b,) }", 1, 30, /not those of reduce_sum/],
  [
    "{ lambda ; a:f64[3]. let b = reduce_sum[axes=(0 1)] a in (b,) }",
    1,
    49,
    /expected ',' or '\)'; got '1\)\] ?/,
  ],
  ["{ lambda ; a:f64[3]. let b = reduce_sum[axes=(0,) axes=(0,)] a in (b,) }", 1, 51, /axes is given twice/],
  ["{ lambda ; a:f64[]. let b = add a 300:i8[] in (b,) }", 1, 35, /300 does not fit int8/],
  ["{ lambda ; a:f64[]. let b = add a 1.5:i32[] in (b,) }", 1, 35, /1\.5 is no int32/],
  ["{ lambda ; a:f64[]. let b = add a 1.5:f64[2] in (b,) }", 1, 35, /a literal has no axes/],
  ["{ lambda ; a:f64[]. let b = add a True:f64[] in (b,) }", 1, 35, /True is no float64/],
  [
    "{ lambda ; a:f64[]. let b = custom_jvp_call[rule=<f>] a in (b,) }",
    1,
    50,
    /<f> does not print: pass it beside/,
  ],
  ["{ lambda a:f64[3] ; . let in (a,) }", 1, 10, /the value of the constant a:f64\[3\] is missing/],
  ["{ lambda ; a:f64[]. let b = sin a", 1, 34, /expected a variable or a literal|expected an equation/],
];

describe("what is wrong in a text is told with its place", () => {
  it.each(wrong)("%s", (text, line, column, says) => {
    let error: unknown;
    try {
      parseJaxpr(text);
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(JaxprError);
    const { message, line: gotLine, column: gotColumn } = error as JaxprError;
    expect(message).toMatch(says);
    expect([gotLine, gotColumn]).toEqual([line, column]);
  });

  it("constants of other types, too many constants", () => {
    const text = "{ lambda a:f64[3] ; . let in (a,) }";
    expect(() => parseJaxpr(text, { constants: [np.ones([2])] })).toThrow(
      /a is f64\[3\]; the value passed is f64\[2\]/,
    );
    expect(() => parseJaxpr(text, { constants: [np.ones([3]), np.ones([3])] })).toThrow(
      /2 constants were passed/,
    );
    expect(() => parseJaxpr(text, { constants: { b: np.ones([3]) } })).toThrow(/is missing/);
  });

  it("any text that was cut or garbled is refused by the library's error, or read", () => {
    const text = String(makeJaxpr(grad(sum(looping)))(x3));
    const parts = jaxprParts(makeJaxpr(grad(sum(looping)))(x3));
    let refused = 0;
    for (let i = 0; i < text.length; i++) {
      for (const garbled of [
        text.slice(0, i),
        text.slice(0, i) + text.slice(i + 1),
        `${text.slice(0, i)}(${text.slice(i)}`,
      ]) {
        try {
          parseJaxpr(garbled, parts);
        } catch (e) {
          if (!(e instanceof JaxprError)) throw new Error(`${String(e)} of\n${garbled}`, { cause: e });
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(text.length);
  });
});
