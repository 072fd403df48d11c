/** @file Passes on loop programs keep what they compute: merging of loops, sharing of values; checker and printer. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CheckError } from "../../src/base/errors.ts";
import { interpret } from "../../src/loops/emit/interpreter.ts";
import { emitJs } from "../../src/loops/emit/javascript/codegen.ts";
import { compileJs } from "../../src/loops/emit/javascript/compile.ts";
import { Block, add, apply, cast, constant, load, mul, scalarFunction } from "../../src/loops/ir/build.ts";
import { checkProgram } from "../../src/loops/ir/check.ts";
import { collapseLoops } from "../../src/loops/passes/collapse.ts";
import { flatten, iadd, intConst, iscale } from "../../src/loops/ir/affine.ts";
import {
  type Buffer,
  type Expr,
  type Program,
  type Stmt,
  newBuffer,
  newLocal,
} from "../../src/loops/ir/ir.ts";
import { printProgram } from "../../src/loops/ir/print.ts";
import { bindShared } from "../../src/loops/ir/share.ts";
import { stmtBodies } from "../../src/loops/ir/traverse.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 200);
const seed = Number(process.env.FUZZ_SEED ?? 20250);

const program = (
  params: Program["params"],
  outs: readonly Buffer[],
  body: readonly Stmt[],
  results: Expr[] = [],
): Program => ({
  name: "test",
  params,
  outs,
  body,
  results,
});

const loops = (stmts: readonly Stmt[]): number =>
  stmts.reduce((n, s) => n + (s.kind === "for" ? 1 : 0) + stmtBodies(s).reduce((m, b) => m + loops(b), 0), 0);

/** Runs a program both ways and checks that they agree. */
function run(p: Program, args: readonly (Float64Array | number)[]): unknown[] {
  checkProgram(p);
  const interpreted = interpret(p, args);
  const result = compileJs(emitJs(p, true), p.name)(...args);
  expect(p.outs.length + p.results.length === 1 ? [result] : result).toEqual(interpreted);
  return interpreted;
}

const numbers = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => i + 0.5);

describe("collapsing loops", () => {
  /** out[i, j, k] = x at an index made by `source` of the same shape's indices. */
  function copy(shape: readonly number[], source: (index: readonly Expr[]) => Expr, size: number): Program {
    const x = newBuffer("x", "float64", size);
    const total = shape.reduce((a, b) => a * b, 1);
    const out = newBuffer("out", "float64", total);
    const b = new Block();
    b.nest(shape, (inner, index) => inner.store(out, flatten(index, shape), mul(load(x, source(index)), 2)));
    return program([x], [out], b.stmts);
  }

  it("makes contiguous work one flat loop", () => {
    const p = copy([3, 4, 5], (index) => flatten(index, [3, 4, 5]), 60);
    const merged = { ...p, body: collapseLoops(p.body) };
    expect([loops(p.body), loops(merged.body)]).toEqual([3, 1]);
    expect(run(merged, [numbers(60)])).toEqual(run(p, [numbers(60)]));
  });

  it("merges the inner two of three where only these are contiguous", () => {
    const p = copy([3, 4, 5], ([i, j, k]) => iadd(iadd(iscale(j, 5), k), iscale(i, 0)), 20);
    const merged = { ...p, body: collapseLoops(p.body) };
    expect(loops(merged.body)).toBe(2);
    expect(run(merged, [numbers(20)])).toEqual(run(p, [numbers(20)]));
  });

  it("leaves transposed access alone", () => {
    const p = copy([3, 4], ([i, j]) => iadd(iscale(j, 3), i), 12);
    const merged = { ...p, body: collapseLoops(p.body) };
    expect(loops(merged.body)).toBe(2);
    expect(run(merged, [numbers(12)])).toEqual(run(p, [numbers(12)]));
  });

  it("leaves loops alone whose index is used by itself", () => {
    const out = newBuffer("out", "float64", 12);
    const b = new Block();
    b.nest([3, 4], (inner, [i, j]) =>
      inner.store(out, flatten([i, j], [3, 4]), cast(iadd(iscale(i, 10), j), "float64")),
    );
    const merged = program([], [out], collapseLoops(b.stmts));
    expect(loops(merged.body)).toBe(2);
    expect(run(merged, [])).toEqual([Float64Array.of(0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23)]);
  });

  it("of random affine accesses never changes a result", () => {
    const axis = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(
        fc.tuple(axis, axis, axis),
        fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 3, maxLength: 3 }),
        fc.boolean(),
        (shape, factors, contiguous) => {
          const strides = contiguous ? [shape[1] * shape[2], shape[2], 1] : factors;
          const size = shape.reduce((n, d, i) => n + (d - 1) * strides[i], 1);
          const source = (index: readonly Expr[]): Expr =>
            index.reduce<Expr>((e, x, i) => iadd(e, iscale(x, strides[i])), intConst(0));
          const p = copy(shape, source, size);
          const merged = { ...p, body: collapseLoops(p.body) };
          expect(run(merged, [numbers(size)])).toEqual(run(p, [numbers(size)]));
        },
      ),
      { numRuns: runs, seed },
    );
  });
});

describe("sharing values", () => {
  const x = newLocal("x", "float64");

  it("names what is used twice, once, in order", () => {
    const s = apply("sin", x);
    const b = new Block();
    const [root] = bindShared(b, [add(mul(s, s), s)]);
    expect(b.stmts.map((stmt) => stmt.kind)).toEqual(["let"]);
    const p = program([x], [], b.stmts, [root]);
    expect(run(p, [0.5])).toEqual([Math.sin(0.5) ** 2 + Math.sin(0.5)]);
  });

  it("leaves what is used once, constants and locals where they are", () => {
    const b = new Block();
    bindShared(b, [add(mul(x, x), constant(2, "float64"))]);
    expect(b.stmts).toHaveLength(0);
  });

  it("shares between several roots", () => {
    const e = apply("exp", x);
    const b = new Block();
    const roots = bindShared(b, [add(e, 1), mul(e, 2)]);
    expect(b.stmts).toHaveLength(1);
    expect(run(program([x], [], b.stmts, roots), [0])).toEqual([2, 2]);
  });

  it("is linear in a chain of doublings, and does not recurse", () => {
    let e: Expr = x;
    for (let i = 0; i < 50_000; i++) e = add(e, e);
    const b = new Block();
    bindShared(b, [e]);
    expect(b.stmts.length).toBeLessThanOrEqual(50_000);
  });
});

describe("the checker of loop programs", () => {
  const x = newBuffer("x", "float64", 4);
  const out = newBuffer("out", "float64", 4);
  const stray = newLocal("stray", "float64");
  const build = (f: (b: Block) => void): readonly Stmt[] => {
    const b = new Block();
    f(b);
    return b.stmts;
  };
  const bad: readonly [string, readonly Stmt[], string][] = [
    [
      "a local out of scope",
      build((b) => b.store(out, intConst(0), stray)),
      "local stray is used outside its scope",
    ],
    [
      "a store beyond the buffer",
      build((b) => b.store(out, intConst(4), load(x, intConst(0)))),
      "index 4 … 4 of out[4]",
    ],
    [
      "a load before the buffer",
      build((b) => b.store(out, intConst(0), load(x, intConst(-1)))),
      "index -1 … -1 of x[4]",
    ],
    [
      "a loop that runs over the end",
      build((b) => b.for(0, 5, (inner, i) => inner.store(out, i, constant(0, "float64")))),
      "index 0 … 4 of out[4]",
    ],
    [
      "a store of another dtype",
      build((b) => b.store(out, intConst(0), constant(1, "int32"))),
      "i32 stored".replace("i32", "int32"),
    ],
    [
      "a buffer that is not there",
      build((b) => b.store(newBuffer("lost", "float64", 1), intConst(0), constant(1, "float64"))),
      "buffer lost is not in scope",
    ],
    [
      "a name bound twice",
      [
        ...build((b) => b.stmts.push({ kind: "let", local: stray, value: constant(1, "float64") })),
        { kind: "let", local: stray, value: constant(1, "float64") },
      ],
      "stray is bound twice",
    ],
    ["assignment outside the scope", build((b) => b.set(stray, 1)), "assignment to stray outside its scope"],
    [
      "a test that is no bool",
      build((b) => b.if(constant(1, "int32"), () => undefined)),
      "a test of dtype int32",
    ],
    [
      "operands of two dtypes",
      [
        {
          kind: "store",
          buffer: out,
          index: intConst(0),
          value: {
            kind: "op",
            dtype: "float64",
            op: "add",
            args: [constant(1, "float64"), constant(1, "float32")],
          },
        },
      ],
      "add of float64 and float32",
    ],
  ];
  it.each(bad)("refuses %s", (_, body, message) => {
    expect(() => checkProgram(program([x], [out], body))).toThrow(CheckError);
    expect(() => checkProgram(program([x], [out], body))).toThrow(message);
  });

  it("shows the program", () => {
    expect(() => checkProgram(program([x], [out], bad[0][1]))).toThrow(
      "test(x:f64[4]) {\n  out[0] := stray\n} → (out:f64[4])",
    );
  });
});

describe("the printer of loop programs", () => {
  it("writes every kind of statement and expression", () => {
    const x = newBuffer("x", "float32", 6);
    const n = newLocal("n", "int32");
    const out = newBuffer("out", "float32", 6);
    const half = scalarFunction("half", 1, (b, [v]) => mul(b.let(v, "v"), 0.5));
    const b = new Block();
    const tmp = b.alloc("float64", 2);
    const acc = b.variable(constant(0, "float64"), "acc");
    b.for(0, 6, (f, i) => {
      f.accumulate(acc, "add", cast(load(x, i), "float64"));
      f.if(
        apply("gt", load(x, i), 0),
        (t) => t.store(out, i, cast(half(cast(load(x, i), "float64")), "float32")),
        (e) => e.store(out, i, apply("select", apply("lt", n, 2), load(x, i), constant(-0, "float32"))),
      );
    });
    b.for(1, 4, (f, i) => f.store(out, iadd(iscale(i, 1), 1), constant(NaN, "float32")), "k", 2);
    b.while(apply("lt", acc, 10), (w) => w.set(acc, add(acc, 1)));
    b.store(tmp, intConst(1), acc);
    const text = printProgram(
      program([x, n], [out], b.stmts, [
        load(tmp, intConst(1)),
        { kind: "bits", dtype: "int32", arg: load(x, intConst(0)) },
      ]),
    );
    expect(text).toMatchInlineSnapshot(`
      "fn half(x0:f64) {
        → mul(x0, 0.5:f64)
      }
      test(x:f32[6], n:i32) {
        alloc tmp:f64[2]
        var acc:f64 = 0:f64
        for i in 0 … 6 {
          acc add= cast<f64>(x[i])
          if gt(x[i], 0:f32) {
            out[i] := cast<f32>(half(cast<f64>(x[i])))
          } else {
            out[i] := select(lt(n, 2), x[i], -0:f32)
          }
        }
        for k in 1 … 4 by 2 {
          out[(k + 1)] := NaN:f32
        }
        while lt(acc, 10:f64) {
          acc := add(acc, 1:f64)
        }
        tmp[1] := acc
      } → (out:f32[6], tmp[1], bits<i32>(x[0]))"
    `);
  });
});
