/** @file What reverse mode keeps of branches: no more than the one that needs most, also where they are nested. */
import { describe, expect, it } from "vitest";
import { type Array, grad, jit, lax, makeJaxpr, numpy as np, vmap } from "../../src/index.ts";
import { ClosedJaxpr, type Jaxpr } from "../../src/core/jaxpr/ir.ts";
import { checkGrads } from "../../src/testing.ts";
import { expectClose } from "../util/arrays.ts";

type Fn = (x: Array) => Array;

/** How many values the equations of a program have, those within its bodies included. */
function countValues({ eqns }: Jaxpr): number {
  return eqns.reduce((sum, { outputs, params }) => {
    const bodies = Object.values(params)
      .flat()
      .filter((p) => p instanceof ClosedJaxpr);
    return sum + outputs.length + bodies.reduce((n, b) => n + countValues(b.jaxpr), 0);
  }, 0);
}
const sizeOf = (f: Fn): number => countValues(makeJaxpr(grad(f))(0.3).jaxpr);

/** n choices, one within the other. */
const nests: Readonly<Record<string, (n: number) => Fn>> = {
  "whose innermost result is the result": (n) => (x) =>
    n === 0
      ? np.sin(x)
      : lax.cond(x.greater(n), np.cos, nests["whose innermost result is the result"](n - 1), x),
  "each of which changes its operand": (n) => (x) =>
    n === 0
      ? np.sin(x)
      : lax.cond(
          x.greater(n),
          np.cos,
          (y: Array) => nests["each of which changes its operand"](n - 1)(np.sqrt(y.mul(y).add(0.1))),
          x,
        ),
  "each of which changes its result": (n) => (x) =>
    n === 0
      ? np.sin(x)
      : lax.cond(
          x.less(-n),
          np.cos,
          (y: Array) => np.sin(nests["each of which changes its result"](n - 1)(y).mul(1.1)),
          x,
        ),
};

/** Choices in both branches of each choice. */
const tree =
  (depth: number, at = 1): Fn =>
  (x) =>
    depth === 0
      ? np.sin(x.mul(at))
      : lax.cond(x.greater(at % 7), tree(depth - 1, 2 * at), tree(depth - 1, 2 * at + 1), x);

const int = (n: number): Array => np.array(n, { dtype: "int32" });

describe("branches share the places of their residuals", () => {
  it("as many of each type as one branch needs", () => {
    const f = (i: Array, x: Array): Array =>
      lax.switch_(
        i,
        [
          (y: Array) => np.sin(y).sum(),
          (y: Array) => np.exp(np.sin(y)).sum(),
          (y: Array) => np.sin(y.sum()),
          (y: Array) => np.cos(y).sum(),
        ],
        x,
      );
    const { eqns } = makeJaxpr(grad(f, 1))(int(0), np.ones([3])).jaxpr;
    const [forward] = eqns.filter((e) => e.primitive.name === "cond");
    expect(forward.outputs.map((v) => v.aval.short()).sort()).toEqual(["f64[3]", "f64[3]", "f64[]"]);
    const x = np.array([0.1, 0.2, 0.4]);
    for (const i of [0, 1, 2, 3]) checkGrads((y: Array) => f(int(i), y), [x], { order: 2 });
  });
});

describe.each(Object.entries(nests))("nested choices %s", (_, nest) => {
  it("grow with their depth, not its square", () => {
    const [a, b] = [sizeOf(nest(40)), sizeOf(nest(80))];
    expect(b / a).toBeLessThan(2.6);
  });

  // More than ten levels, so that residuals are stacked.
  it("have the right gradients, compiled, in lanes, and once more differentiated", () => {
    const [f, points] = [nest(11), [-4.5, 0.3, 7.2]];
    // Outside of programs only the branches taken are known at all.
    const of = (g: Fn): number[] => points.map((x) => g(np.array(x)).item());
    expectClose(vmap(jit(grad(f)))(np.array(points)), of(grad(f)), 1e-13);
    const second = jit(grad(grad(f)));
    expect(of(second).map((x, i) => Math.abs(x - of(grad(grad(f)))[i]) < 1e-12)).toEqual(
      points.map(() => true),
    );
  });
});

it("nested choices so deep that stacks are stacked have the right gradients", () => {
  const f = nests["each of which changes its result"](66);
  for (const x of [0.3, -40.5]) expectClose(jit(grad(f))(x), [grad(f)(x).item()], 1e-13);
});

describe("a tree of choices", () => {
  it("keeps as much as its depth tells, and has the right gradients", () => {
    expect(sizeOf(tree(7)) / sizeOf(tree(6))).toBeLessThan(2.3);
    const f = tree(6);
    for (const x of [0.5, 3.5, 6.5]) expectClose(jit(grad(f))(x), [grad(f)(x).item()], 1e-13);
  });
});
