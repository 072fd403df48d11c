/** @file Jaxprs: printing, the checker, dead code, evaluation. */
import { describe, expect, it } from "vitest";
import { grad, jvp, makeJaxpr, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { shaped } from "../../src/core/aval.ts";
import { checkClosedJaxpr, checkJaxpr } from "../../src/core/jaxpr/check.ts";
import { dce, evalJaxpr, jaxprAsFun } from "../../src/core/jaxpr/eval.ts";
import { ClosedJaxpr, type Jaxpr, Literal, Var } from "../../src/core/jaxpr/ir.ts";
import { variableName } from "../../src/core/jaxpr/print.ts";
import { primitives } from "../../src/core/primitive.ts";
import { CheckError } from "../../src/base/errors.ts";
import * as lax from "../../src/lax/index.ts";
import { array, flat, value } from "../util/arrays.ts";

type A = NDArray;
const x3 = array([3], [1, 2, 3]);
const text = (f: (...xs: A[]) => unknown, ...args: A[]): string => String(makeJaxpr(f)(...args));

describe("printing", () => {
  it("no equation, one, several", () => {
    expect(text((x) => x, x3)).toBe("{ lambda ; a:f64[3]. let in (a,) }");
    expect(text((x) => lax.sin(x), x3)).toBe("{ lambda ; a:f64[3]. let b:f64[3] = sin a in (b,) }");
    expect(text((x, y) => [lax.add(lax.sin(x), y), x], x3, x3)).toBe(
      [
        "{ lambda ; a:f64[3] b:f64[3]. let",
        "    c:f64[3] = sin a",
        "    d:f64[3] = add c b",
        "  in (d, a) }",
      ].join("\n"),
    );
  });
  it("constants before the semicolon, scalars as literals", () => {
    expect(text((x) => lax.mul(lax.add(x, x3), 2.5), x3)).toBe(
      [
        "{ lambda a:f64[3] ; b:f64[3]. let",
        "    c:f64[3] = add b a",
        "    d:f64[3] = mul c 2.5:f64[]",
        "  in (d,) }",
      ].join("\n"),
    );
  });
  it.each([
    [1, "1.0:f64[]"],
    [0.1, "0.1:f64[]"],
    [-0, "-0.0:f64[]"],
    [1e300, "1e+300:f64[]"],
    [Infinity, "inf:f64[]"],
    [-Infinity, "-inf:f64[]"],
    [NaN, "nan:f64[]"],
  ])("the literal %d as %s", (number, literal) => {
    expect(text((x) => lax.add(x, number), x3)).toContain(`add a ${literal} in`);
  });
  it("literals of integers and booleans", () => {
    const n = array([2], [1, 2], "int32");
    expect(text((x) => lax.add(x, 3), n)).toContain("add a 3:i32[]");
    expect(text((x) => lax.select(true, x, lax.neg(x)), n)).toContain("True:bool[]");
  });
  it("parameters in brackets, as JAX writes tuples", () => {
    expect(text((x) => lax.reduceSum(x, [0]), x3)).toContain("reduce_sum[axes=(0,)] a");
    expect(text((x) => lax.reshape(x, [3, 1]), x3)).toContain("reshape[newSizes=(3, 1)] a");
  });
  it("names of variables go on after z", () => {
    expect([0, 25, 26, 27, 51, 52, 701, 702].map(variableName)).toEqual([
      "a",
      "z",
      "aa",
      "ab",
      "az",
      "ba",
      "zz",
      "aaa",
    ]);
  });
  it("gradients read like the rules that made them", () => {
    expect(
      text(
        grad((x: A) => lax.sin(lax.square(x))),
        array([], [1]),
      ),
    ).toMatchInlineSnapshot(`
      "{ lambda ; a:f64[]. let
          b:f64[] = square a
          c:f64[] = mul 2.0:f64[] a
          d:f64[] = cos b
          e:f64[] = mul 1.0:f64[] d
          f:f64[] = mul e c
        in (f,) }"
    `);
  });
  it("results of no and several leaves", () => {
    expect(text(() => [], x3)).toBe("{ lambda ; a:f64[3]. let in () }");
    expect(text(() => [1, 2], x3)).toBe("{ lambda ; a:f64[3]. let in (1.0:f64[], 2.0:f64[]) }");
  });
});

describe("the checker", () => {
  const aval = shaped([3], "float64");
  const sin = primitives.get("sin")!;
  const a = new Var(aval);
  const b = new Var(aval);
  const jaxpr = (over: Partial<Jaxpr>): Jaxpr => ({
    constvars: [],
    invars: [a],
    eqns: [],
    outs: [a],
    ...over,
  });
  const eqn = { primitive: sin, inputs: [a], params: {}, outputs: [b] };
  const wrong: readonly [string, Jaxpr, string][] = [
    ["an unbound variable", jaxpr({ outs: [b] }), "used before it is bound"],
    [
      "a use before the binding",
      jaxpr({ eqns: [{ ...eqn, inputs: [b], outputs: [new Var(aval)] }] }),
      "used before it is bound",
    ],
    ["a variable bound twice", jaxpr({ eqns: [eqn, eqn] }), "bound twice"],
    [
      "an output of the wrong type",
      jaxpr({ eqns: [{ ...eqn, outputs: [new Var(shaped([4], "float64"))] }] }),
      "sin computes f64[3], the variable is f64[4]",
    ],
    [
      "an output too many",
      jaxpr({ eqns: [{ ...eqn, outputs: [b, new Var(aval)] }] }),
      "sin has 1 outputs, the equation binds 2",
    ],
    ["a literal with axes", jaxpr({ outs: [new Literal(x3)] }), "a literal must be 0-dimensional"],
  ];
  it.each(wrong)("refuses %s", (_, j, message) => {
    expect(() => checkJaxpr(j)).toThrow(CheckError);
    expect(() => checkJaxpr(j)).toThrow(message);
  });
  it("shows the equations around the culprit", () => {
    expect(() => checkJaxpr(wrong[2][1])).toThrow("b:f64[3] = sin a");
  });
  it("looks into bodies, and at constants", () => {
    const inner = new ClosedJaxpr(jaxpr({ outs: [b] }), []);
    const call = {
      primitive: primitives.get("checkpoint")!,
      inputs: [a],
      params: { jaxpr: inner },
      outputs: [new Var(aval)],
    };
    expect(() => checkJaxpr(jaxpr({ eqns: [call] }))).toThrow("used before it is bound");
    expect(() => checkClosedJaxpr(new ClosedJaxpr(jaxpr({ constvars: [b] }), []))).toThrow(
      "1 constvars for 0 constants",
    );
    expect(() => checkClosedJaxpr(new ClosedJaxpr(jaxpr({ constvars: [b] }), [array([], [1])]))).toThrow(
      "constant f64[]",
    );
  });
  it("accepts what transformations make", () => {
    for (const f of [
      grad((x: A) => lax.reduceSum(lax.sin(x), [0])),
      vmap(lax.exp),
      (x: A) => jvp(lax.log, [x], [x]),
    ]) {
      expect(() => checkClosedJaxpr(makeJaxpr(f as (x: A) => unknown)(x3))).not.toThrow();
    }
  });
});

describe("dead code", () => {
  it("is not kept when a function is traced", () => {
    const closed = makeJaxpr((x: A) => {
      lax.exp(lax.sin(x));
      lax.add(x, x3);
      return lax.cos(x);
    })(x3);
    expect(closed.jaxpr.eqns.map((e) => e.primitive.name)).toEqual(["cos"]);
    expect(closed.consts).toEqual([]);
  });
  it("goes when outputs are dropped; inputs stay", () => {
    const closed = makeJaxpr((x: A, y: A) => [lax.sin(x), lax.cos(y), lax.exp(lax.sin(x))])(x3, x3);
    const kept = dce(closed, [false, true, false]);
    expect(kept.jaxpr.eqns.map((e) => e.primitive.name)).toEqual(["cos"]);
    expect(kept.inAvals).toHaveLength(2);
    expect(flat(jaxprAsFun(kept)([x3, x3])[0])).toEqual([1, 2, 3].map(Math.cos));
  });
  it("keeps an equation while one of its outputs lives", () => {
    const closed = makeJaxpr((x: A) => lax.sortKeyVal(x, lax.neg(x)))(x3);
    expect(dce(closed, [true, false]).jaxpr.eqns.map((e) => e.primitive.name)).toEqual(["neg", "sort"]);
  });
});

describe("evaluation", () => {
  it("runs under the trace in force", () => {
    const closed = makeJaxpr((x: A) => lax.mul(x, lax.sin(x)))(1);
    const f = (x: A): A => jaxprAsFun(closed)([x])[0];
    expect(value(grad(f)(0.5))).toBeCloseTo(Math.sin(0.5) + 0.5 * Math.cos(0.5), 15);
    expect(String(makeJaxpr(f)(1))).toBe(String(closed));
  });
  it("of inputs returned as they are and returned twice", () => {
    const closed = makeJaxpr((x: A) => [x, x, 3])(x3);
    expect(jaxprAsFun(closed)([x3]).map((o) => o.shape)).toEqual([[3], [3], []]);
  });
  it("needs as many arguments as there are inputs", () => {
    const { jaxpr } = makeJaxpr(lax.sin)(1);
    expect(() => evalJaxpr(jaxpr, [], [])).toThrow("jaxpr of 1 inputs called with 0");
  });
});
