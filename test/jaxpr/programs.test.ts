/** @file Programs run, built and rewritten, under the transformations and in bodies. */
import { describe, expect, it } from "vitest";
import { type Array, errors, grad, jit, jvp, lax, makeJaxpr, numpy as np, vmap } from "../../src/index.ts";
import { ClosedJaxpr, Var } from "../../src/core/jaxpr/ir.ts";
import { shaped } from "../../src/core/aval.ts";
import {
  JaxprError,
  type RewriteRule,
  buildJaxpr,
  checkJaxpr,
  evalEqn,
  evalJaxpr,
  inlineJaxpr,
  interpretJaxpr,
  jaxprAsFunction,
  parseJaxpr,
  rewriteJaxpr,
} from "../../src/jaxpr/index.ts";

const x3 = np.array([0.5, -1, 2]);
const names = (closed: ClosedJaxpr): string[] => closed.jaxpr.eqns.map((e) => e.primitive.name);

describe("running", () => {
  const f = (x: Array): Array => np.sin(x).mul(x).sum();
  const own = jaxprAsFunction(makeJaxpr(f)(x3));
  const g = (x: Array): Array => own(x)[0];

  it("composes with every transformation", () => {
    // d/dx Σ x sin x = sin x + x cos x
    const slope = x3.js<number[]>().map((x) => Math.sin(x) + x * Math.cos(x));
    const close = (got: Array): void =>
      got.js<number[]>().forEach((y, i) => expect(y).toBeCloseTo(slope[i], 14));
    close(grad(g)(x3));
    close(jit(grad(g))(x3));
    close(
      vmap(grad(g))(np.stack([x3, x3]))
        .at(1)
        .get(),
    );
    close(grad(jit(g))(x3));
    expect(jvp(g, [x3], [np.ones([3])])[1].item()).toBeCloseTo(slope[0] + slope[1] + slope[2], 14);
  });

  it("takes numbers and checks arguments", () => {
    const twice = jaxprAsFunction(makeJaxpr((x: Array) => x.mul(2))(np.array(1, "float32")));
    expect(twice(3)[0].dtype).toBe("float32");
    expect(() => twice(np.array(1, "float64"))).toThrow(errors.DTypeError);
    expect(() => twice(np.ones([2], "float32"))).toThrow(errors.ShapeError);
    expect(() => twice()).toThrow(/1 inputs; got 0/);
    expect(() => evalJaxpr(makeJaxpr(f)(x3), [x3], () => [])).toThrow(/sin has 1 result; .*got one of 0/);
  });

  it("interprets values of any kind", () => {
    const text = interpretJaxpr<string>(
      makeJaxpr((x: Array, y: Array) => np.sin(x).mul(y).add(1))(1, 2),
      ["x", "y"],
      {
        constant: (c) => String(c.item()),
        equation: (eqn, inputs) => [`${eqn.primitive.name}(${inputs.join(", ")})`],
      },
    );
    expect(text).toEqual(["add(mul(sin(x), y), 1)"]);
  });
});

describe("rewriting", () => {
  const toCosine: RewriteRule = { match: "sin", replace: ([x]) => np.cos(x) };
  it("reaches the bodies of loops, branches and calls", () => {
    const f = (x: Array): Array => {
      const y = jit((v: Array) => np.sin(v))(x);
      const z = lax.foriLoop(0, 3, (_: Array, c: Array) => np.sin(c), y);
      const w = lax.whileLoop(
        (c: Array) => c.sum().greater(100),
        (c: Array) => np.sin(c),
        z,
      );
      return lax.cond(
        w.sum().greater(-100),
        (v: Array) => np.sin(v),
        (v: Array) => v,
        w,
      );
    };
    const cosine = rewriteJaxpr(makeJaxpr(f)(x3), toCosine);
    const want = x3.js<number[]>().map((x) => {
      let y = x;
      for (let i = 0; i < 5; i++) y = Math.cos(y);
      return y;
    });
    const got = evalJaxpr(cosine, [x3])[0].js<number[]>();
    want.forEach((y, i) => expect(got[i]).toBeCloseTo(y, 14));
    const outside = rewriteJaxpr(makeJaxpr(f)(x3), toCosine, { bodies: false });
    expect(evalJaxpr(outside, [x3])[0].js()).toEqual(f(x3).js());
  });

  it("brings arrays into bodies, and is differentiated", () => {
    const scale: RewriteRule = { match: "sin", replace: ([x]) => x.mul(np.array([2, 3, 4])) };
    const f = (x: Array): Array =>
      lax.scan((c: Array, y: Array) => [np.sin(c).add(y), null], x, np.ones([2, 3]))[0];
    const own = jaxprAsFunction(rewriteJaxpr(makeJaxpr(f)(x3), scale));
    expect(grad((x: Array) => own(x)[0].sum())(x3).js()).toEqual([4, 9, 16]);
    expect(jit(own)(np.zeros([3]))[0].js()).toEqual([3, 4, 5]);
  });

  it("says what a replacement should have been", () => {
    const p = makeJaxpr((x: Array) => np.sin(x))(x3);
    const by = (replace: RewriteRule["replace"]) => () => rewriteJaxpr(p, { match: "sin", replace });
    expect(by(([x]) => x.sum())).toThrow(/replacement of sin: expected f64\[3\] as result 0; got f64\[\]/);
    expect(by(() => [])).toThrow(/expected 1 results; got 0/);
    expect(by(() => "no" as unknown as Array)).toThrow(errors.OutputError);
    expect(names(by(() => null)())).toEqual(["sin"]);
  });
});

describe("building and checking", () => {
  it("gives programs like traced ones", () => {
    const built = buildJaxpr([x3, 1], (b, x, s) => {
      const [y] = b.bind("mul", [x, s]);
      const [z] = b.bind("add", [y, np.array([1, 2, 3])]);
      return [z, 2];
    });
    const traced = makeJaxpr((x: Array, s: Array) => [lax.mul(x, s).add(np.array([1, 2, 3])), 2])(x3, 1);
    expect(String(built)).toBe(String(traced));
  });
  it("refuses what is not well-formed", () => {
    const foreign = new Var(shaped([], "float64"));
    expect(() => buildJaxpr([1], () => [foreign])).toThrow(/of another program/);
    expect(() => buildJaxpr([1], (b, x) => b.bind("sine", [x]))).toThrow(/'sine' is not .*sin/);
    const loose = new ClosedJaxpr({ constvars: [], invars: [], eqns: [], outs: [foreign] }, []);
    expect(() => checkJaxpr(loose)).toThrow(JaxprError);
    expect(() => checkJaxpr(loose)).toThrow(/used before it is bound/);
  });
});

it("calls are inlined at every depth", () => {
  const inner = jit((x: Array) => np.sin(x));
  const p = makeJaxpr((x: Array) => jit((y: Array) => inner(inner(y)))(x))(1);
  expect(names(inlineJaxpr(p))).toEqual(["sin", "sin"]);
  const [eqn] = p.jaxpr.eqns;
  expect(evalEqn(eqn, [1])[0].item()).toBeCloseTo(Math.sin(Math.sin(1)), 15);
  expect(names(parseJaxpr("{ lambda ; a:f64[]. let b = sin a in (b,) }"))).toEqual(["sin"]);
});
