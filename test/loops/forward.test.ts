/** @file Value numbering: what is known of values and buffers, what makes it unknown; algebra; all passes on random programs. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpret } from "../../src/loops/emit/interpreter.ts";
import { iadd, intConst, iscale } from "../../src/loops/ir/affine.ts";
import { Block, add, apply, cast, constant, div, gt, load, mul, neg, sub } from "../../src/loops/ir/build.ts";
import { checkProgram } from "../../src/loops/ir/check.ts";
import { type Buffer, type Expr, type Program, newLocal } from "../../src/loops/ir/ir.ts";
import { printProgram } from "../../src/loops/ir/print.ts";
import { forwardValues } from "../../src/loops/passes/forward.ts";
import { optimize, passes } from "../../src/loops/passes/pipeline.ts";
import { anyStep, input, n, programOf, randomProgram } from "../util/random-loops.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 200);
const seed = Number(process.env.FUZZ_SEED ?? 20250);

const count = (text: string, what: string): number => text.split(what).length - 1;

/** The text after the pass, which must compute the same. */
function forwarded(build: (b: Block, x: Buffer, out: Buffer) => Expr[]): string {
  const before = programOf((b, x, out) => {
    b.for(0, n, (inner, i) => inner.store(out, i, constant(9, "float64")));
    return build(b, x, out);
  });
  const after = forwardValues(before);
  checkProgram(after);
  expect(interpret(after, [input()])).toEqual(interpret(before, [input()]));
  return printProgram(after);
}

const at = (b: Buffer, i: number): Expr => load(b, intConst(i));
const put = (b: Block, to: Buffer, i: number, value: Expr): void => b.store(to, intConst(i), value);

describe("what is known", () => {
  it("sums that have names are seen through, and a store forgets what it may overwrite", () => {
    const text = forwarded((b, x, out) => {
      const kept = b.variable(constant(0, "float64"), "kept");
      b.for(0, n / 2 - 1, (inner, i) => {
        const place = inner.let(iadd(iscale(i, 2), 1), "place");
        inner.store(out, place, load(x, i));
        inner.store(out, iadd(place, 1), load(x, place));
        inner.accumulate(kept, "add", load(out, iadd(iscale(i, 2), 1)));
        inner.store(out, i, load(x, intConst(0)));
        inner.accumulate(kept, "add", load(out, iadd(place, 1)));
      });
      return [kept];
    });
    expect(text).not.toContain("place");
    expect(count(text, "add= out")).toBe(1);
  });

  it("equal values are computed once, in inner blocks too", () => {
    const text = forwarded((b, x, out) => {
      const first = b.let(mul(at(x, 0), 2));
      b.if(gt(at(x, 1), 0), (then) => put(then, out, 0, then.let(mul(at(x, 0), 2))));
      return [first, b.let(mul(2, at(x, 0)))];
    });
    expect(count(text, "mul(")).toBe(1);
  });

  it("what was stored is not loaded, and what was loaded not loaded again", () => {
    const text = forwarded((b, x, out) => {
      put(b, out, 1, mul(at(x, 0), 3));
      const [y, z] = [b.let(at(out, 1)), b.let(at(out, 2))];
      return [y, z, b.let(at(out, 2))];
    });
    expect(count(text, "out[1]")).toBe(1);
    expect(count(text, "out[2]")).toBe(1);
  });

  it("temporaries that nobody reads go, with what only they needed", () => {
    const text = forwarded((b, x) => {
      const t = b.alloc("float64", n, "t");
      b.for(0, n, (inner, i) => inner.store(t, i, apply("sin", load(x, i))));
      return [b.let(at(x, 0))];
    });
    expect(text).not.toMatch(/alloc|sin/);
  });

  it("empty branches go", () => {
    const text = forwarded((b, x, out) => {
      b.if(gt(at(x, 0), 0), (then) => then.let(apply("sin", at(x, 0))));
      b.if(
        gt(at(x, 0), 1),
        () => undefined,
        (otherwise) => put(otherwise, out, 0, at(x, 1)),
      );
      return [];
    });
    expect(text).not.toMatch(/sin|else/);
  });
});

describe("what makes it unknown", () => {
  it("a store to the same buffer, at whatever index", () => {
    const text = forwarded((b, x, out) => {
      const before = b.let(at(out, 1));
      b.store(out, b.let(apply("min", cast(at(x, 0), "int32"), 3)), constant(5, "float64"));
      return [before, b.let(at(out, 1))];
    });
    expect(count(text, "= out[1]")).toBe(2);
  });

  it("a store in a loop, before it and from its beginning on", () => {
    const text = forwarded((b, x, out) => {
      put(b, out, 0, at(x, 0));
      b.for(0, 3, (body, i) => {
        const old = body.let(at(out, 0));
        put(body, out, 0, add(old, load(x, i)));
      });
      return [b.let(at(out, 0))];
    });
    expect(count(text, "= out[0]")).toBe(2);
  });

  it("a store in a branch, behind it", () => {
    const text = forwarded((b, x, out) => {
      put(b, out, 0, at(x, 0));
      b.if(gt(at(x, 1), 1), (then) => put(then, out, 0, at(x, 2)));
      return [b.let(at(out, 0))];
    });
    expect(count(text, "= out[0]")).toBe(1);
  });

  it("a store in a while loop, whose condition reads the buffer", () => {
    forwarded((b, x, out) => {
      put(b, out, 0, at(x, 0));
      b.while(gt(3, at(out, 0)), (body) => put(body, out, 0, add(at(out, 0), 1)));
      return [b.let(at(out, 0))];
    });
  });

  it("a contraction into the buffer", () => {
    forwarded((b, x, out) => {
      put(b, out, 0, at(x, 0));
      const v = (name: string, hi: number): ReturnType<typeof newLocal> => newLocal(name, "int32", 0, hi);
      const [batch, row, column, inner] = [v("b", 0), v("i", n - 1), v("j", 0), v("k", 1)];
      b.contract({
        batch,
        row,
        column,
        inner,
        x: load(x, row),
        y: load(x, inner),
        sum: "float64",
        buffer: out,
        index: row,
      });
      return [b.let(at(out, 0))];
    });
  });

  it("assignment to a variable: its snapshots stay what they were", () => {
    const text = forwarded((b, x) => {
      const v = b.variable(at(x, 0), "v");
      const [before, twice] = [b.snapshot(v), b.let(mul(v, 2))];
      b.set(v, at(x, 1));
      return [before, twice, b.let(mul(v, 2))];
    });
    expect(count(text, "mul(")).toBe(2);
  });

  it("accumulation into a variable, in a loop", () => {
    forwarded((b, x, out) => {
      const v = b.variable(at(x, 0), "v");
      b.for(0, 3, (body, i) => {
        body.store(out, i, body.let(mul(v, 2)));
        body.accumulate(v, "add", body.let(mul(v, 2)));
      });
      return [b.snapshot(v)];
    });
  });

  it("leaving the block in which it was stored", () => {
    forwarded((b, x, out) => {
      b.if(gt(at(x, 0), 9), (then) => put(then, out, 0, at(x, 1)));
      b.if(gt(at(x, 0), 0), (then) => put(then, out, 1, at(out, 0)));
      return [];
    });
  });
});

describe("algebra", () => {
  const x = newLocal("x", "float64");
  const y = newLocal("y", "float64");
  const ofTwo = (build: (b: Block) => Expr): Program => {
    const b = new Block();
    const result = build(b);
    return { name: "test", params: [x, y], outs: [], body: b.stmts, results: [result] };
  };
  const text = (build: (b: Block) => Expr): string =>
    printProgram(forwardValues(ofTwo(build)))
      .split("\n")
      .slice(1, -1)
      .join(" ");

  it("moves signs into sums and out of products, through names", () => {
    expect(text((b) => b.let(add(x, b.let(neg(y)))))).toContain("sub(x, y)");
    expect(text((b) => b.let(add(neg(x), y)))).toContain("sub(y, x)");
    expect(text((b) => b.let(sub(x, b.let(neg(y)))))).toContain("add(x, y)");
    expect(text((b) => b.let(neg(b.let(neg(mul(x, y))))))).not.toContain("neg");
    const product = text((b) => b.let(add(x, b.let(mul(b.let(neg(x)), y)))));
    expect(product).toContain("sub(x, t");
    expect(product).not.toContain("neg");
    expect(text((b) => b.let(mul(neg(x), 3)))).toContain("mul(x, -3:f64)");
    expect(text((b) => b.let(mul(x, -1)))).toContain("neg(x)");
    expect(text((b) => b.let(div(neg(x), neg(y))))).toContain("div(x, y)");
  });

  it("multiplies instead of dividing by powers of two, and by nothing else", () => {
    expect(text((b) => b.let(div(x, 8)))).toContain("mul(x, 0.125:f64)");
    expect(text((b) => b.let(div(x, -0.25)))).toContain("mul(x, -4:f64)");
    expect(text((b) => b.let(div(x, 3)))).toContain("div");
    expect(text((b) => b.let(div(x, 0)))).toContain("div");
  });

  const values = [
    0,
    -0,
    1,
    -1,
    0.1,
    -3.7,
    1e308,
    -1e308,
    5e-324,
    -2e-310,
    Infinity,
    -Infinity,
    NaN,
    2 ** 31,
    -(2 ** 31),
  ];
  const unary = (b: Block, e: Expr, k: number): Expr =>
    [e, b.let(neg(e)), neg(e), b.let(mul(e, -1)), b.let(div(e, 4)), sub(e, 0)][k % 6];
  const binary = (l: Expr, r: Expr, k: number): Expr => [add(l, r), sub(l, r), mul(l, r), div(l, r)][k % 4];

  it("changes no result, signs of zeros included", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(23), { minLength: 9, maxLength: 9 }), (k) => {
        const build = (b: Block): Expr => {
          const left = b.let(binary(unary(b, x, k[0]), unary(b, y, k[1]), k[2]));
          const right = binary(
            unary(b, y, k[3]),
            unary(b, constant(values[k[4] % 11], "float64"), k[5]),
            k[6],
          );
          return b.let(binary(unary(b, left, k[7]), unary(b, right, k[8]), k[0]));
        };
        const before = ofTwo(build);
        const after = forwardValues(before);
        for (const v of values)
          for (const w of values) expect(interpret(after, [v, w])).toEqual(interpret(before, [v, w]));
      }),
      { numRuns: runs, seed },
    );
  });
});

describe("random programs", () => {
  it.each(passes.map((p) => [p.name, p.run] as const))("%s computes the same", (_, run) => {
    fc.assert(
      fc.property(fc.array(anyStep(3), { minLength: 2, maxLength: 8 }), (steps) => {
        const before = randomProgram(steps);
        const after = run(before);
        checkProgram(after);
        expect(interpret(after, [input()])).toEqual(interpret(before, [input()]));
      }),
      { numRuns: runs, seed },
    );
  });

  it("all passes together compute the same", () => {
    fc.assert(
      fc.property(fc.array(anyStep(3), { minLength: 2, maxLength: 10 }), (steps) => {
        const before = randomProgram(steps);
        expect(interpret(optimize(before), [input()])).toEqual(interpret(before, [input()]));
      }),
      { numRuns: 2 * runs, seed },
    );
  });
});
