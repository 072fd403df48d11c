/** @file Coalescing of copies: which copies go, which stay, and that random programs compute the same without them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpret } from "../../src/loops/emit/interpreter.ts";
import { intConst, isub } from "../../src/loops/ir/affine.ts";
import { type Block, add, constant, gt, load, mul } from "../../src/loops/ir/build.ts";
import { checkProgram } from "../../src/loops/ir/check.ts";
import { type Buffer, type Program } from "../../src/loops/ir/ir.ts";
import { printProgram } from "../../src/loops/ir/print.ts";
import { coalesceCopies } from "../../src/loops/passes/coalesce.ts";
import { anyStep, copy, input, n, programOf, randomProgram } from "../util/random-loops.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 300);
const seed = Number(process.env.FUZZ_SEED ?? 20250);
const one = constant(1, "float64");
const set = (b: Block, to: Buffer, at: number, value = one): void => b.store(to, intConst(at), value);

/** A program before and after the pass. */
function build(write: (b: Block, x: Buffer, out: Buffer) => void): { before: Program; after: Program } {
  const before = programOf((b, x, out) => {
    write(b, x, out);
    return [];
  });
  return { before, after: coalesceCopies(before) };
}

function agree({ before, after }: { before: Program; after: Program }): string {
  checkProgram(after);
  expect(interpret(after, [input()])).toEqual(interpret(before, [input()]));
  return printProgram(after);
}

describe("copies that go", () => {
  it("there and back around an update", () => {
    const text = agree(
      build((b, x, out) => {
        const t = b.alloc("float64", n, "t");
        copy(b, x, out);
        b.for(0, 3, (body, i) => {
          copy(body, out, t);
          body.store(t, i, mul(load(t, i), 2));
          copy(body, t, out);
        });
      }),
    );
    expect(text).not.toContain("alloc");
    expect(text).toContain("out[i_1] := mul(out[i_1], 2:f64)");
  });

  it("through several temporaries, in branches and while loops", () => {
    const text = agree(
      build((b, x, out) => {
        const [s, t] = [b.alloc("float64", n, "s"), b.alloc("float64", n, "t")];
        copy(b, x, out);
        b.if(
          gt(load(x, intConst(1)), 1),
          (then) => {
            copy(then, out, s);
            const going = then.variable(gt(load(x, intConst(0)), 0), "going");
            then.while(going, (body) => {
              copy(body, s, t);
              set(body, t, 2);
              copy(body, t, s);
              body.set(going, gt(load(s, intConst(2)), 1));
            });
          },
          (otherwise) => copy(otherwise, out, s),
        );
        copy(b, s, out);
      }),
    );
    expect(text).not.toContain("alloc");
    expect(text.match(/for /g)).toHaveLength(1);
  });

  it("where the new values are computed from the same elements", () => {
    const text = agree(
      build((b, x, out) => {
        const t = b.alloc("float64", n, "t");
        copy(b, x, out);
        b.for(0, 2, (body) => {
          body.for(0, n, (inner, i) => inner.store(t, i, mul(load(out, i), load(x, i))));
          copy(body, t, out);
        });
      }),
    );
    expect(text).not.toContain("alloc");
  });
});

describe("copies that stay", () => {
  const stays = (write: (b: Block, x: Buffer, out: Buffer, t: Buffer) => void): void => {
    const text = agree(build((b, x, out) => write(b, x, out, b.alloc("float64", n, "t"))));
    expect(text).toContain("alloc");
  };

  it("where the old values are read after the update", () => {
    stays((b, x, out, t) => {
      copy(b, x, out);
      b.for(0, 2, (body) => {
        copy(body, out, t);
        set(body, t, 1);
        body.for(0, n, (inner, i) => inner.store(t, i, add(load(t, i), load(out, intConst(1)))));
        copy(body, t, out);
      });
    });
  });

  it("where other elements are read than the one written", () => {
    stays((b, x, out, t) => {
      copy(b, x, out);
      b.for(0, 3, (body) => {
        body.for(0, n, (inner, i) => inner.store(t, i, load(out, isub(intConst(n - 1), i))));
        copy(body, t, out);
      });
    });
  });

  it("where a later element reads an earlier one again", () => {
    stays((b, x, out, t) => {
      copy(b, x, out);
      b.for(0, 2, (body) => {
        body.for(0, n, (inner, i) => inner.store(t, i, add(load(out, i), load(out, intConst(0)))));
        copy(body, t, out);
      });
    });
  });

  it("of inputs that would be written", () => {
    stays((b, x, out, t) => {
      copy(b, x, t);
      set(b, t, 1);
      b.for(0, n, (inner, i) => inner.store(out, i, add(load(t, i), load(x, i))));
    });
  });

  it("where only one branch writes the whole", () => {
    stays((b, x, out, t) => {
      copy(b, x, out);
      copy(b, x, t);
      b.for(0, 2, (body, i) => {
        set(body, t, 3, load(out, i) as typeof one);
        body.if(gt(load(t, intConst(3)), 2), (then) => copy(then, t, out));
        set(body, out, 1);
      });
    });
  });
});

describe("random programs", () => {
  it("compute the same", () => {
    let merged = 0;
    fc.assert(
      fc.property(fc.array(anyStep(3), { minLength: 3, maxLength: 8 }), (steps) => {
        const before = randomProgram(steps);
        const after = coalesceCopies(before);
        agree({ before, after });
        if (after !== before) merged++;
      }),
      { numRuns: runs, seed },
    );
    expect(merged).toBeGreaterThan(runs / 50);
  });

  it("of thousands of copies lose them all", () => {
    const length = 2400;
    const { before } = build((b, x, out) => {
      let last = x;
      for (let k = 0; k < length; k++) {
        const t = b.alloc("float64", n, "t");
        copy(b, last, t);
        set(b, t, k % n);
        last = t;
      }
      copy(b, last, out);
    });
    expect(coalesceCopies(before).body.length).toBeLessThan(length + 3);
  });
});
