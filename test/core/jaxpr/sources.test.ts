/** @file Equations know the user's line that they come from, and whether they belong to the backward part of a derivative. */
import { describe, expect, it } from "vitest";
import {
  type Array,
  config,
  grad,
  jit,
  lax,
  makeJaxpr,
  namedScope,
  numpy as np,
  vmap,
} from "../../../src/index.ts";
import { type ClosedJaxpr, subJaxprs } from "../../../src/core/jaxpr/ir.ts";

const model = (x: Array): Array => {
  const h = np.tanh(x);
  const y = namedScope("out", () => np.exp(h).mul(2));
  return y.sum();
};

/** Primitive, file and scope of each equation with a line, and the line counted from the first. */
function told(text: string): { what: string[]; lines: number[] } {
  const found = [...text.matchAll(/ = (\w+).*# .*?([\w.]+):(\d+):\d+(.*)$/gm)];
  return {
    what: found.map(([, primitive, file, , scope]) => `${primitive} ${file}${scope}`),
    lines: found.map(([, , , line]) => Number(line) - Number(found[0][3])),
  };
}

describe("source lines", () => {
  it("are printed on request", () => {
    const jaxpr = makeJaxpr(model)(np.ones([3]));
    expect(String(jaxpr)).not.toContain("#");
    expect(told(jaxpr.toString({ sourceLines: true }))).toEqual({
      what: [
        "tanh sources.test.ts",
        "exp sources.test.ts [out]",
        "mul sources.test.ts [out]",
        "reduce_sum sources.test.ts",
      ],
      lines: [0, 1, 1, 2],
    });
  });

  it("tell forward from backward", () => {
    const text = makeJaxpr(grad(model))(np.ones([3])).toString({ sourceLines: true });
    expect(text).toMatch(/tanh a # \S+sources.test.ts:\d+:\d+\n/);
    expect(text).toMatch(/# backward of \S+sources.test.ts:\d+:\d+ \[out\]/);
  });

  it("reach the bodies of calls and loops, under every transformation", () => {
    const step = jit(np.sin);
    const loop = (x: Array): Array => lax.foriLoop(0, 3, (_: Array, c: Array) => step(c).mul(x), x).sum();
    const lanes = (x: Array): Array => vmap(loop)(x).sum();
    const all = (jaxpr: ClosedJaxpr): boolean[] =>
      jaxpr.jaxpr.eqns.flatMap((e) => [e.source !== undefined, ...subJaxprs(e.params).flatMap(all)]);
    config.with({ sourceLines: true }, () => {
      for (const f of [loop, grad(loop), grad(jit(loop)), jit(grad(lanes)), lanes]) {
        const found = all(makeJaxpr(f)(np.ones([2, 2])));
        expect(found.length).toBeGreaterThan(3);
        expect(found).not.toContain(false);
      }
    });
  });

  it("are no part of programs that nobody asks for", () => {
    expect(makeJaxpr(model)(np.ones([3])).jaxpr.eqns.every((e) => e.source === undefined)).toBe(true);
  });
});
