/** @file tanh beside its slope is made of what the slope computes, and stays what it is. */
import { beforeAll, describe, expect, it } from "vitest";
import { grad, init, jit, makeJaxpr, valueAndGrad } from "../../../src/api/index.ts";
import { jaxprProgram } from "../../../src/jit/program.ts";
import { simplify } from "../../../src/jit/simplify.ts";
import { optimize } from "../../../src/loops/passes/pipeline.ts";
import type { NDArray } from "../../../src/core/array.ts";
import { Block, abs, add, div, exp, load, mul } from "../../../src/loops/ir/build.ts";
import { apply, constant } from "../../../src/loops/ir/expressions.ts";
import { checkProgram } from "../../../src/loops/ir/check.ts";
import { intConst } from "../../../src/loops/ir/affine.ts";
import { type Program, newBuffer } from "../../../src/loops/ir/ir.ts";
import { shareSlopes } from "../../../src/loops/emit/wasm/tanh.ts";
import { printProgram } from "../../../src/loops/ir/print.ts";
import * as np from "../../../src/numpy/index.ts";

beforeAll(() => init());

const points = Float64Array.from({ length: 4001 }, (_, i) => (i - 2000) / 97);

describe("tanh beside its slope", () => {
  const both = (x: NDArray): NDArray => np.sum(np.tanh(x).mul(np.array(points, { dtype: x.dtype })));

  it("needs one exponential", () => {
    const f = makeJaxpr(grad((x: NDArray) => np.sum(np.tanh(x).mul(x))))(np.zeros([4096]));
    const text = printProgram(shareSlopes(optimize(jaxprProgram(simplify(f), "f"))));
    expect(text.match(/exp\(/g)).toHaveLength(1);
    expect(text).toContain("tanhFrom(");
    expect(text).not.toContain("tanh(");
  });

  it.each(["float32", "float64"] as const)("is within an ulp or two, %s, and so is the slope", (dtype) => {
    const x = np.array(points, { dtype });
    const exact = Array.from(x.dataSync() as Float64Array, Number);
    const unit = dtype === "float32" ? 2 ** -23 : 2 ** -52;
    const [, slopes] = jit(valueAndGrad(both))(x);
    const values = jit((y: NDArray): [NDArray, NDArray] => [
      np.tanh(y),
      grad((z: NDArray) => np.sum(np.tanh(z)))(y),
    ])(x);
    exact.forEach((at, i) => {
      const [t, s] = [Math.tanh(at), 1 / Math.cosh(at) ** 2];
      expect(Math.abs(values[0].dataSync()[i] - t)).toBeLessThanOrEqual(2 * unit * Math.abs(t));
      expect(Math.abs(values[1].dataSync()[i] - s)).toBeLessThanOrEqual(6 * unit * s);
      const weighted = s * points[i];
      expect(Math.abs(slopes.dataSync()[i] - weighted)).toBeLessThanOrEqual(7 * unit * Math.abs(weighted));
    });
  });
});

describe("a block", () => {
  /** tanh of an element, stored before or after what its slope is made of; or of a variable that changes between them. */
  function program(order: "before" | "after" | "variable"): Program {
    const x = newBuffer("x", "float32", 1);
    const out = newBuffer("out", "float32", 2);
    const block = new Block();
    const first = load(x, intConst(0));
    const variable = order === "variable" ? block.variable(first) : null;
    const at = variable ?? block.let(first);
    if (order === "before") block.store(out, intConst(0), apply("tanh", at));
    const t = block.let(exp(mul(abs(at), -2)), "e");
    const u = block.let(div(t, add(t, 1)), "u");
    if (variable !== null) block.set(variable, mul(at, 2));
    if (order !== "before") block.store(out, intConst(0), apply("tanh", at));
    block.store(out, intConst(1), u);
    return { name: "f", params: [x], outs: [out], body: block.stmts, results: [] };
  }

  it.each(["before", "after"] as const)("has its slope first where the value came %s", (order) => {
    const shared = shareSlopes(program(order));
    checkProgram(shared);
    expect(printProgram(shared)).toContain("tanhFrom(t, u)");
  });

  it.each([false, true])("knows a value that is loaded again, unless it was written to: %s", (written) => {
    const [x, out] = [newBuffer("x", "float32", 1), newBuffer("out", "float32", 2)];
    const block = new Block();
    block.store(out, intConst(0), apply("tanh", load(x, intConst(0))));
    if (written) block.store(x, intConst(0), constant(1, "float32"));
    const at = block.let(load(x, intConst(0)), "t");
    const t = block.let(exp(mul(abs(at), -2)), "e");
    block.store(out, intConst(1), block.let(div(t, add(t, 1)), "u"));
    const shared = shareSlopes({ name: "f", params: [x], outs: [out, x], body: block.stmts, results: [] });
    checkProgram(shared);
    expect(printProgram(shared).includes("tanhFrom(t, u)")).toBe(!written);
  });

  it("keeps tanh of a variable that changes", () => {
    const before = program("variable");
    expect(printProgram(shareSlopes(before))).toBe(printProgram(before));
  });
});
