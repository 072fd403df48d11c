/** @file Loops over small problems that become straight code: their text, what they compute, and those that stay. */
import { describe, expect, it } from "vitest";
import { Block, constant, gt, load, mul, ne } from "../../src/loops/ir/build.ts";
import { iadd, intConst, iscale } from "../../src/loops/ir/affine.ts";
import { type Buffer, type Expr, type Program, newBuffer } from "../../src/loops/ir/ir.ts";
import { checkProgram } from "../../src/loops/ir/check.ts";
import { printProgram } from "../../src/loops/ir/print.ts";
import { interpret } from "../../src/loops/emit/interpreter.ts";
import { straightenLoops } from "../../src/loops/passes/straighten.ts";

const rows = 64;
const width = 3;

interface Parts {
  readonly x: Buffer;
  readonly y: Buffer;
  readonly t: Buffer;
}

/** A program that does something for each of some rows, with a temporary. */
function perRow(body: (b: Block, at: (j: Expr) => Expr, parts: Parts) => void, count = rows): Program {
  const x = newBuffer("x", "float64", count * width);
  const y = newBuffer("y", "float64", count * width);
  const b = new Block();
  const t = b.alloc("float64", width, "t");
  b.for(0, count, (row, i) => body(row, (j) => iadd(iscale(i, width), j), { x, y, t }), "i");
  return { name: "rows", params: [x], outs: [y], body: b.stmts, results: [] };
}

/** The largest element of each row changes places with the first. */
const exchange = (count?: number): Program =>
  perRow((b, at, { x, y, t }) => {
    b.for(0, width, (z, j) => z.store(t, j, load(x, at(j))));
    const place = b.variable(intConst(0), "place");
    const best = b.variable(load(t, intConst(0)), "best");
    b.for(1, width, (z, j) =>
      z.if(gt(load(t, j), best), (s) => {
        s.set(best, load(t, j));
        s.set(place, j);
      }),
    );
    const found = { ...b.snapshot(place, "found"), lo: 0, hi: width - 1 };
    b.if(ne(found, 0), (z) => {
      z.store(t, found, load(t, intConst(0)));
      z.store(t, intConst(0), best);
    });
    b.for(0, width, (z, j) => z.store(y, at(j), load(t, j)));
  }, count);

const input = (count: number): Float64Array =>
  Float64Array.from({ length: count * width }, (_, i) => (i % 7 === 5 ? NaN : Math.sin(i * i)));

const run = (program: Program, count = rows): unknown => {
  checkProgram(program);
  return interpret(program, [input(count)]);
};

const isStraight = (program: Program): boolean => !/( {4}for|while|if )/.test(printProgram(program));

describe("straight loops", () => {
  it("compute what the loops did", () => {
    const straight = straightenLoops(exchange());
    expect(isStraight(straight)).toBe(true);
    expect(run(straight)).toEqual(run(exchange()));
  });

  it("hold values in the place of a temporary", () => {
    const product = perRow((b, at, { x, y, t }) => {
      b.for(0, width, (z, j) => z.store(t, j, mul(load(x, at(j)), 2)));
      b.for(0, width, (z, j) => z.store(y, at(j), load(t, iadd(iscale(j, -1), width - 1))));
    });
    const text = printProgram(straightenLoops(product)).split("\n");
    expect(text.filter((line) => line.includes("t[")).length).toBe(0);
    expect(text.slice(1, -1)).toEqual([
      "  for i in 0 … 64 {",
      "    let x_1:f64 = x[(3·i)]",
      "    let t:f64 = mul(x_1, 2:f64)",
      "    let x_2:f64 = x[(3·i + 1)]",
      "    let t_1:f64 = mul(x_2, 2:f64)",
      "    let x_3:f64 = x[(3·i + 2)]",
      "    let t_2:f64 = mul(x_3, 2:f64)",
      "    y[(3·i)] := t_2",
      "    y[(3·i + 1)] := t_1",
      "    y[(3·i + 2)] := t",
      "  }",
    ]);
  });

  it("are none of few iterations, with loops of unknown length, or temporaries that outlive an iteration", () => {
    const few = exchange(10);
    expect(straightenLoops(few)).toBe(few);
    const endless = perRow((b, at, { x, y }) => {
      const sum = b.variable(constant(0, "float64"), "sum");
      b.for(0, width, (z, j) => z.accumulate(sum, "add", load(x, at(j))));
      b.while(gt(sum, 1), (z) => z.set(sum, mul(sum, 0.5)));
      b.store(y, at(intConst(0)), sum);
    });
    expect(straightenLoops(endless)).toBe(endless);
    const kept = perRow((b, at, { x, y, t }) => {
      b.for(0, width, (z, j) => z.store(y, at(j), load(t, j)));
      b.for(0, width, (z, j) => z.store(t, j, load(x, at(j))));
    });
    expect(straightenLoops(kept)).toBe(kept);
    const outside = exchange();
    const [alloc, loop] = outside.body;
    const t = alloc.kind === "alloc" ? alloc.buffer : newBuffer("none", "float64", 1);
    const after = new Block();
    after.store(outside.outs[0], intConst(0), load(t, intConst(1)));
    const read: Program = { ...outside, body: [alloc, loop, ...after.stmts] };
    expect(straightenLoops(read)).toBe(read);
  });
});
