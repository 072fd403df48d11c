/** @file Contractions over ranges, and ones that add to what is there, in all ways in which they are run. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { DType } from "../../src/dtypes/dtype.ts";
import { interpret } from "../../src/loops/emit/interpreter.ts";
import { emitJs } from "../../src/loops/emit/javascript/codegen.ts";
import { compileJs } from "../../src/loops/emit/javascript/compile.ts";
import { completed } from "../../src/loops/emit/wasm/codegen.ts";
import { flatten } from "../../src/loops/ir/affine.ts";
import { Block, cast, constant, load, neg } from "../../src/loops/ir/build.ts";
import { checkProgram } from "../../src/loops/ir/check.ts";
import { contractVariable } from "../../src/loops/ir/contract.ts";
import { type Buffer, type Expr, type Program, newBuffer, newLocal } from "../../src/loops/ir/ir.ts";
import { optimize } from "../../src/loops/passes/pipeline.ts";
import { checkParallel } from "../../src/loops/passes/independence.ts";
import { printProgram } from "../../src/loops/ir/print.ts";
import { Random } from "../util/random.ts";
import { runsTiles } from "../util/tiles.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 60);
const seed = Number(process.env.FUZZ_SEED ?? 20250);

interface Case {
  readonly dtype: DType;
  readonly size: number;
  /** Rows and columns from `end` on become what `base` says and a product over `start` … `end`. */
  readonly start: number;
  readonly end: number;
  readonly base: "none" | "itself" | "other";
  readonly minus: boolean;
}

/** The lower right block of one square matrix, from the panels beside it. */
function programOf({ dtype, size, base, minus }: Case): Program {
  const [given, out] = [newBuffer("given", dtype, size * size), newBuffer("out", dtype, size * size)];
  const [start, end] = ["start", "end"].map((name) => newLocal(name, "int32", 0, size));
  const b = new Block();
  b.for(0, size * size, (inner, i) => inner.store(out, i, load(given, i)));
  const [batch, row, column, inner] = [1, size, size, size].map((d, i) => contractVariable("bijk"[i], d));
  const at = (buffer: Buffer, i: Expr, j: Expr): Expr =>
    cast(load(buffer, flatten([i, j], [size, size])), "float64");
  const x = at(out, row, inner);
  const bases = { none: undefined, itself: at(out, row, column), other: constant(3, "float64") };
  const added = bases[base];
  b.contract({
    batch,
    row,
    column,
    inner,
    x: minus ? neg(x) : x,
    y: at(out, inner, column),
    ...(added === undefined ? {} : { base: added }),
    rowLo: end,
    columnLo: end,
    innerLo: start,
    innerHi: end,
    sum: "float64",
    buffer: out,
    index: flatten([row, column], [size, size]),
  });
  return { name: "blocks", params: [given, start, end], outs: [out], body: b.stmts, results: [] };
}

/** The same in plain numbers. */
function reference({ size, start, end, base, minus }: Case, given: readonly number[]): number[] {
  return given.map((own, place) => {
    const [i, j] = [Math.floor(place / size), place % size];
    if (i < end || j < end) return own;
    let sum = { none: 0, itself: own, other: 3 }[base];
    for (let k = start; k < end; k++) sum += (minus ? -1 : 1) * given[i * size + k] * given[k * size + j];
    return sum;
  });
}

const anyCase = fc
  .record({
    dtype: fc.constantFrom<DType>("float32", "float64"),
    size: fc.constantFrom(1, 2, 7, 16, 31, 33, 40, 65),
    from: fc.nat(99),
    length: fc.constantFrom(0, 1, 2, 8, 17, 32),
    base: fc.constantFrom("none", "itself", "other"),
    minus: fc.boolean(),
  })
  .map(({ size, from, length, ...rest }): Case => {
    const start = from % (size + 1);
    return { ...rest, size, start, end: Math.min(size, start + length) };
  });

it("a block of a matrix is updated by a product of others, in every way in which programs are run", () => {
  fc.assert(
    fc.property(anyCase, (c) => {
      const program = optimize(programOf(c));
      checkProgram(program);
      const random = new Random(JSON.stringify(c));
      const whole = Array.from({ length: c.size ** 2 }, () => random.int(-8, 8));
      const given = c.dtype === "float32" ? new Float32Array(whole) : new Float64Array(whole);
      const wanted = reference(c, whole);
      const args = [given, c.start, c.end];
      expect([...(interpret(program, args)[0] as Float64Array)]).toEqual(wanted);
      expect([...(compileJs(emitJs(program, true), program.name)(...args) as Float64Array)]).toEqual(wanted);
      for (const threads of [1, 3]) {
        const done = completed(program, threads);
        checkParallel(done);
        expect([...(interpret(done, args, runsTiles)[0] as Float64Array)]).toEqual(wanted);
      }
    }),
    { numRuns: runs, seed },
  );
});

it("prints its ranges, and what it adds to", () => {
  const text = printProgram(
    programOf({ dtype: "float32", size: 9, start: 0, end: 3, base: "itself", minus: true }),
  );
  expect(text).toContain("k in start … end");
  expect(text).toContain("i_1 in end … 9, j in end … 9");
});
