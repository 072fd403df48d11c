/** @file The shortest loops inside loops become statements, and what their iterations keep for each other variables. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { grad, jit, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { interpret } from "../../src/loops/emit/interpreter.ts";
import { iadd, iclamp, intConst, iscale } from "../../src/loops/ir/affine.ts";
import { Block, add, cast, eq, load, mul, select } from "../../src/loops/ir/build.ts";
import { checkProgram } from "../../src/loops/ir/check.ts";
import { type Expr, type Program, newBuffer, newLocal } from "../../src/loops/ir/ir.ts";
import { someStmt } from "../../src/loops/ir/traverse.ts";
import { forwardValues } from "../../src/loops/passes/forward.ts";
import { unrollLoops } from "../../src/loops/passes/unroll.ts";
import * as np from "../../src/numpy/index.ts";
import { expectArraysClose } from "../util/arrays.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 200);
const seed = Number(process.env.FUZZ_SEED ?? 20260);
const rows = 5;

/** What a statement of the inner loop does, with a row, a column, or an index that is looked up. */
interface Step {
  readonly kind: "store" | "add" | "keep" | "choose";
  readonly into: number;
  readonly from: number;
  readonly shift: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("store", "add", "keep", "choose"),
  into: fc.nat(3),
  from: fc.nat(3),
  shift: fc.nat(2),
});

/** Two inner loops around such statements, over a temporary in which some indices are known and some are looked up. */
function programOf(extents: readonly number[], steps: readonly (readonly Step[])[]): Program {
  const x = newBuffer("x", "float64", rows * 8);
  const places = newBuffer("places", "int32", rows * 4);
  const t = newBuffer("t", "float64", rows * 8);
  const out = newBuffer("out", "float64", rows);
  const b = new Block();
  b.stmts.push({ kind: "alloc", buffer: t });
  b.for(0, rows * 8, (fill, k) => {
    fill.store(t, k, load(x, k));
  });
  // What runs often, or nobody knows how often, is unrolled.
  const count = newLocal("count", "int32", 0, rows);
  b.for(0, count, (row, i) => {
    const kept = row.variable(load(x, i), "kept");
    extents.forEach((extent, which) => {
      row.for(0, extent, (inner, j) => {
        for (const s of steps[which]) {
          const at = (way: number): Expr => {
            if (way === 0) return iadd(iscale(i, 8), iadd(j, s.shift));
            if (way === 1) return iadd(iscale(i, 8), intConst(s.shift));
            if (way === 2) return iclamp(inner.let(load(places, iadd(iscale(i, 4), j))), 0, rows * 8 - 1);
            return iadd(iscale(j, 8), s.shift);
          };
          const value = inner.let(add(mul(load(t, at(s.from)), 0.5), load(x, at(1))));
          if (s.kind === "store") inner.store(t, at(s.into), value);
          else if (s.kind === "add") inner.accumulate(kept, "add", value);
          else if (s.kind === "keep") inner.set(kept, value);
          else inner.store(t, at(s.into), select(eq(j, 1), value, cast(j, "float64")));
        }
      });
    });
    row.store(out, i, add(kept, load(t, iscale(i, 8))));
  });
  return { name: "test", params: [x, places, count], outs: [out, t], body: b.stmts.slice(1), results: [] };
}

describe("unrolling", () => {
  it("and forwarding of what was stored change no result", () => {
    const args: (Float64Array | Int32Array | number)[] = [
      Float64Array.from({ length: rows * 8 }, (_, i) => Math.sin(i)),
      Int32Array.from({ length: rows * 4 }, (_, i) => (7 * i) % (rows * 8)),
      rows,
    ];
    const bodies = fc.tuple(
      fc.array(step, { minLength: 1, maxLength: 4 }),
      fc.array(step, { minLength: 1, maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(3)), bodies, (extents, steps) => {
        const program = programOf(extents, steps);
        checkProgram(program);
        const expected = interpret(program, args);
        for (const pass of [unrollLoops, forwardValues]) {
          const changed = pass(program);
          checkProgram(changed);
          expect(interpret(changed, args)).toEqual(expected);
        }
        const inner = (p: Program): boolean =>
          p.body.some((s) => s.kind === "for" && someStmt(s.body, (inside) => inside.kind === "for"));
        expect(inner(unrollLoops(program))).toBe(extents.some((n) => n === 4));
      }),
      { numRuns: runs, seed },
    );
  });

  it("keeps coordinates in variables", () => {
    const unit = (v: NDArray): NDArray => v.div(np.sqrt(np.square(v).sum()));
    const f = (points: NDArray): NDArray => vmap((v: NDArray) => np.cross(unit(v), unit(np.flip(v))))(points);
    const points = np.sin(np.arange(1800, undefined, undefined, { dtype: "float64" })).reshape([600, 3]);
    const { loops } = jit(f).lower(points).compile();
    expect(loops).not.toMatch(/alloc|for \w+ in 0 … 3/);
    expectArraysClose(jit(f)(points), f(points), 1e-15);
    const total = (p: NDArray): NDArray => np.square(f(p).add(1)).sum();
    expectArraysClose(jit(grad(total))(points), grad(total)(points), 1e-13);
  });

  it("leaves alone what only copies", () => {
    const places = np.arange(600, undefined, undefined, { dtype: "int32" });
    const rows = (a: NDArray): NDArray => np.take(a, places, 0);
    expect(
      jit(rows)
        .lower(np.ones([700, 3]))
        .compile().loops,
    ).toContain("0 … 3");
  });

  it("leaves flat loops flat, and long bodies alone", () => {
    const x = np.ones([50, 3]);
    expect(
      jit((a: NDArray) => np.exp(a).add(1))
        .lower(x)
        .compile().loops,
    ).toContain("0 … 150");
    const { loops } = jit((a: NDArray) => np.sin(np.cumsum(a, 0)))
      .lower(np.ones([3, 50]))
      .compile();
    expect(loops.length).toBeLessThan(2000);
  });
});
