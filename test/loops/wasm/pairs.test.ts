/** @file Copies of two neighbours at a time. */
import { beforeAll, describe, expect, it } from "vitest";
import { init } from "../../../src/index.ts";
import type { DType } from "../../../src/dtypes/dtype.ts";
import { pairCopy } from "../../../src/loops/emit/wasm/vector/pairs.ts";
import { wasmText } from "../../../src/loops/emit/wasm/codegen.ts";
import { iadd, iscale } from "../../../src/loops/ir/affine.ts";
import { Block, load, mul } from "../../../src/loops/ir/build.ts";
import { type Expr, type For, type Program, newBuffer } from "../../../src/loops/ir/ir.ts";
import { array, flat } from "../../util/arrays.ts";
import { jit, numpy as np } from "../../../src/index.ts";
import type { NDArray } from "../../../src/core/array.ts";

beforeAll(() => init());

const target = { threads: 1, shared: false, relaxedSimd: false } as const;

/** to[i·4 + j·rowsApart] := from[i·8 + j] for i < 3, j < columns. */
function program(dtype: DType, columns: number, apart = 1, value = (x: Expr): Expr => x): Program {
  const [from, to] = [newBuffer("from", dtype, 24), newBuffer("to", dtype, 12)];
  const b = new Block();
  b.for(0, 3, (row, i) =>
    row.for(0, columns, (y, j) =>
      y.store(to, iadd(iscale(i, 4), iscale(j, apart)), value(load(from, iadd(iscale(i, 8), j)))),
    ),
  );
  return { name: "pairs", params: [from], outs: [to], body: b.stmts, results: [] };
}

const inner = (p: Program): For => (p.body[0] as For).body[0] as For;

describe("pairs of neighbours", () => {
  it("are found where two elements lie side by side on both sides", () => {
    expect(pairCopy(inner(program("float32", 2)))).not.toBeNull();
    expect(pairCopy(inner(program("float32", 3)))).toBeNull();
    expect(pairCopy(inner(program("float32", 2, 2)))).toBeNull();
    expect(pairCopy(inner(program("int16", 2)))).toBeNull();
    expect(pairCopy(inner(program("float32", 2, 1, (x) => mul(x, 2))))).toBeNull();
  });

  it("are moved by one load and one store", () => {
    expect(wasmText(program("float32", 2), target)).toContain("i64.load");
    expect(wasmText(program("float64", 2), target)).toContain("v128.load");
    expect(wasmText(program("float32", 3), target)).not.toContain("i64.load");
  });

  it("keep their bits: products of a transposed matrix with NaN, signed zeros and infinities", () => {
    for (const dtype of ["float32", "float64"] as const) {
      const x = array(
        [40, 34],
        Array.from({ length: 40 * 34 }, (_, i) => (i % 7) - 3),
        dtype,
      );
      const special = np.where(np.equal(np.arange(40 * 34).reshape([40, 34]), 77), Infinity, x);
      const y = array(
        [40, 33],
        Array.from({ length: 40 * 33 }, (_, i) => (i % 5) + 1),
        dtype,
      );
      const run = (backend: "js" | "wasm"): number[] =>
        flat(jit((a: NDArray, b: NDArray) => np.matmul(a.T, b), { backend })(special, y));
      expect(run("wasm")).toEqual(run("js"));
    }
  });
});
