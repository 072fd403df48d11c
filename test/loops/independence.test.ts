/** @file Loops that threads share: which are proven independent, and that no program races in any of them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { grad, makeJaxpr } from "../../src/api/index.ts";
import { CheckError } from "../../src/base/errors.ts";
import type { NDArray } from "../../src/core/array.ts";
import { config } from "../../src/base/config.ts";
import { completed } from "../../src/loops/emit/wasm/codegen.ts";
import { iadd, intConst, iscale } from "../../src/loops/ir/affine.ts";
import { Block, load } from "../../src/loops/ir/build.ts";
import { type Buffer, type Expr, type For, type Program, newBuffer } from "../../src/loops/ir/ir.ts";
import { visitStmts } from "../../src/loops/ir/traverse.ts";
import { checkParallel, independent, privateTo } from "../../src/loops/passes/independence.ts";
import { optimize } from "../../src/loops/passes/pipeline.ts";
import { jaxprProgram } from "../../src/jit/program.ts";
import { simplify } from "../../src/jit/simplify.ts";
import * as nn from "../../src/nn/index.ts";
import * as np from "../../src/numpy/index.ts";
import { anyStep, randomProgram } from "../util/random-loops.ts";
import { racesOf } from "../util/races.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 200);
const seed = Number(process.env.FUZZ_SEED ?? 20250);

const n = 8;

/** A program of one loop over a buffer x, an output and a temporary. */
function loopProgram(
  body: (b: Block, i: NonNullable<For["local"]>, buffers: { x: Buffer; out: Buffer; tmp: Buffer }) => void,
  perThread = true,
  after: (b: Block, buffers: { x: Buffer; out: Buffer; tmp: Buffer }) => void = () => undefined,
): { readonly program: Program; readonly loop: For } {
  const [x, out] = [newBuffer("x", "float64", n), newBuffer("out", "float64", n)];
  const b = new Block();
  const tmp = b.alloc("float64", n, "tmp", perThread);
  b.for(0, n, (inner, i) => body(inner, i, { x, out, tmp }), "i", 1, true);
  after(b, { x, out, tmp });
  const program: Program = { name: "test", params: [x], outs: [out], body: b.stmts, results: [] };
  return { program, loop: b.stmts.find((s) => s.kind === "for")! };
}

const isShared = ({ program, loop }: { program: Program; loop: For }): boolean =>
  independent(loop, privateTo(loop, program));

describe("a loop", () => {
  const cases: readonly (readonly [string, boolean, { program: Program; loop: For }])[] = [
    ["that writes one element each", true, loopProgram((b, i, { x, out }) => b.store(out, i, load(x, i)))],
    [
      "whose elements have names",
      true,
      loopProgram((b, i, { x, out }) => b.store(out, b.snapshot(iscale(i, 1)), load(x, i))),
    ],
    [
      "that writes one element in all iterations",
      false,
      loopProgram((b, i, { x, out }) => b.store(out, intConst(0), load(x, i))),
    ],
    [
      "that reads what its neighbour writes",
      false,
      loopProgram((b, i, { out }) => b.store(out, i, load(out, b.within(iadd(i, -1), 0, n - 1)))),
    ],
    [
      "that fills a temporary and reads it",
      true,
      loopProgram((b, i, { x, out, tmp }) => {
        b.store(tmp, intConst(3), load(x, i));
        b.store(out, i, load(tmp, intConst(3)));
      }),
    ],
    [
      "that fills a temporary which is not private",
      false,
      loopProgram((b, i, { x, out, tmp }) => {
        b.store(tmp, intConst(3), load(x, i));
        b.store(out, i, load(tmp, intConst(3)));
      }, false),
    ],
    [
      "that reads a temporary before it fills it",
      false,
      loopProgram((b, i, { x, out, tmp }) => {
        b.store(out, i, load(tmp, intConst(3)));
        b.store(tmp, intConst(3), load(x, i));
      }),
    ],
  ];
  for (const [name, wanted, p] of cases) {
    it(`${name} is ${wanted ? "shared" : "left to one thread"}`, () => {
      expect(isShared(p)).toBe(wanted);
      if (wanted) expect(racesOf(p.program).races).toEqual([]);
      else expect(() => checkParallel(p.program)).toThrow(CheckError);
    });
  }

  for (const [name, width, wanted] of [
    ["of a row to another of the same matrix", 4, true],
    ["of a row of which another begins within it", 3, false],
    ["of a row with a gap to the next", 5, true],
  ] as const)
    it(`${name} is ${wanted ? "independent" : "not proven so"}`, () => {
      const x = newBuffer("x", "float64", 2 * width + 4);
      const loops: For[] = [];
      const b = new Block();
      b.for(0, 2, (y, p) =>
        y.for(0, 2, (z, q) => {
          const at = (row: Expr, j: Expr): Expr => iadd(iscale(row, width), j);
          z.for(0, 4, (t, j) => t.store(x, at(p, j), load(x, at(q, j))), "j");
          const last = z.stmts[z.stmts.length - 1];
          if (last.kind === "for") loops.push(last);
        }),
      );
      expect(loops.map((loop) => independent(loop))).toEqual([wanted]);
    });

  it("whose temporary is read after it keeps it for all threads", () => {
    const { program } = loopProgram(
      (b, i, { x, tmp }) => b.store(tmp, intConst(3), load(x, i)),
      true,
      (b, { out, tmp }) => b.store(out, intConst(0), load(tmp, intConst(3))),
    );
    const planned = completed(program, 2);
    expect(() => checkParallel(planned)).toThrow(CheckError);
  });

  it("that races is found out by the detector", () => {
    // The detector is told that the loop is fine: a load behind the temporary's store hides in another statement.
    const { program } = loopProgram((b, i, { x, out, tmp }) => {
      b.store(tmp, i, load(x, i));
      b.store(out, i, load(tmp, intConst(3)));
    });
    expect(racesOf(program).races[0]).toMatch("read before it is written");
  });
});

type F = (...xs: NDArray[]) => NDArray;

/** The program of a function in the form that code is made of. */
function programFor(f: F, shapes: readonly (readonly number[])[], threads: number): Program {
  const jaxpr = makeJaxpr(f)(...shapes.map((s) => np.zeros(s, "float32")));
  return completed(jaxprProgram(simplify(jaxpr), "test"), threads);
}

const cube: F = (x) => np.matmul(np.matmul(x, x), x);
const layers: F = (x, v, w) => np.matmul(np.tanh(np.matmul(x, v)), w);
const attention: F = (q, k, v) => np.matmul(nn.softmax(np.matmul(q, k.T)), v);

const programs: readonly (readonly [string, F, readonly (readonly number[])[]])[] = [
  ["two products", cube, [[40, 40]]],
  ["two products with edges", cube, [[37, 37]]],
  [
    "a long sum",
    (x, y) => np.matmul(x, y),
    [
      [18, 300],
      [300, 33],
    ],
  ],
  [
    "a batch",
    (x, y) => np.matmul(x, y),
    [
      [3, 30, 30],
      [3, 30, 31],
    ],
  ],
  [
    "an epilogue",
    (x, y) => np.tanh(np.matmul(x, y)).add(1),
    [
      [35, 32],
      [32, 40],
    ],
  ],
  [
    "two layers",
    layers,
    [
      [32, 30],
      [30, 34],
      [34, 20],
    ],
  ],
  [
    "the gradient of two layers",
    grad((x: NDArray, v: NDArray, w: NDArray) => layers(x, v, w).sum(), 1),
    [
      [32, 30],
      [30, 34],
      [34, 20],
    ],
  ],
  [
    "attention",
    attention,
    [
      [32, 30],
      [33, 30],
      [33, 28],
    ],
  ],
  [
    "the gradient of attention",
    grad((q: NDArray, k: NDArray, v: NDArray) => attention(q, k, v).sum()),
    [
      [32, 30],
      [33, 30],
      [33, 28],
    ],
  ],
  ["two transforms", (x) => np.real(np.fft.fft2(x)), [[16, 24]]],
  ["sums of rows and columns", (x) => x.sum(0).add(np.log(np.exp(x).sum(1))), [[20, 20]]],
];

describe("programs for threads", () => {
  for (const [name, f, shapes] of programs) {
    for (const threads of [2, 3]) {
      it(`do not race: ${name}, ${threads} threads`, () => {
        const program = config.with({ enableChecks: true }, () => programFor(f, shapes, threads));
        const { races, shared } = racesOf(program);
        expect(races).toEqual([]);
        expect(shared).toBeGreaterThan(0);
      });
    }
  }

  it("share the packing and the rows of every product", () => {
    const program = programFor(cube, [[300, 300]], 2);
    const marked: For[] = [];
    visitStmts(program.body, (s) => {
      if (s.kind === "for" && s.parallel === true) marked.push(s);
    });
    expect(marked.map((s) => [s.local.name, isShared({ program, loop: s })])).toEqual([
      ["panel", true],
      ["ic", true],
      ["panel", true],
      ["ic", true],
    ]);
  });

  it("do not race, whatever they are made of", () => {
    fc.assert(
      fc.property(fc.array(anyStep(2), { minLength: 1, maxLength: 8 }), (steps) => {
        const source = randomProgram(steps);
        for (const p of [source, optimize(source)]) expect(racesOf(completed(p, 2)).races).toEqual([]);
      }),
      { numRuns: runs, seed },
    );
  });
});
