/** @file Loops that stand apart become one where nothing between them forbids it. */
import { describe, expect, it } from "vitest";
import { interpret } from "../../src/loops/emit/interpreter.ts";
import { iclamp } from "../../src/loops/ir/affine.ts";
import { Block, add, constant, load, mul } from "../../src/loops/ir/build.ts";
import { type Program, newBuffer } from "../../src/loops/ir/ir.ts";
import { fuseLoops } from "../../src/loops/passes/fuse.ts";

const n = 20;

/** t := 2x; u := 3x or 3t in a shorter loop; out := t + u: the last loop needs both. */
function threeLoops(between: "x" | "t"): Program {
  const [x, t, out] = ["x", "t", "out"].map((name) => newBuffer(name, "float64", n));
  const u = newBuffer("u", "float64", 5);
  const b = new Block();
  b.for(0, n, (body, i) => body.store(t, i, mul(load(x, i), 2)));
  b.for(0, 5, (body, i) => body.store(u, i, mul(load(between === "x" ? x : t, i), 3)));
  b.for(0, n, (body, i) => body.store(out, i, add(load(t, i), load(u, iclamp(i, 0, 4)))));
  return { name: "test", params: [x], outs: [out, t, u], body: b.stmts, results: [] };
}

/** t := 2x; u := 0; u[t's place] := u[…] + t: what any order allows, and what none but one does. */
function scattered(): Program {
  const [x, t] = ["x", "t"].map((name) => newBuffer(name, "float64", n));
  const places = newBuffer("places", "int32", n);
  const u = newBuffer("u", "float64", 5);
  const b = new Block();
  b.for(0, n, (body, i) => body.store(t, i, mul(load(x, i), 2)));
  b.for(0, 5, (body, i) => body.store(u, i, constant(0, "float64")));
  b.for(0, n, (body, i) => {
    const at = iclamp(body.let(load(places, i)), 0, 4);
    body.store(u, at, add(load(u, at), load(t, i)));
  });
  return { name: "test", params: [x, places], outs: [u, t], body: b.stmts, results: [] };
}

describe("a loop before one that the next cannot pass", () => {
  const x = Float64Array.from({ length: n }, (_, i) => i + 0.5);
  it.each([
    ["moves down to the next, if what is between does not need it", "x", 2],
    ["stays, if it does", "t", 3],
  ] as const)("%s", (_, between, loops) => {
    const program = threeLoops(between);
    const fused: Program = { ...program, body: fuseLoops(program.body) };
    expect(fused.body.length).toBe(loops);
    expect(interpret(fused, [x])).toEqual(interpret(program, [x]));
  });
  it("stays, if it could run in vectors and the next cannot", () => {
    expect(fuseLoops(scattered().body).length).toBe(3);
  });
});
