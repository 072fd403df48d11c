/** @file `jit`: the same values and derivatives as the function, in any nesting; what makes a new program. */
import { beforeAll, describe, expect, it } from "vitest";
import { init } from "../../src/api/compile/init.ts";
import {
  checkpoint,
  customJvp,
  customVjp,
  grad,
  hessian,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  makeJaxpr,
  vjp,
  vmap,
} from "../../src/api/index.ts";
import { config } from "../../src/base/config.ts";
import type { NDArray } from "../../src/core/array.ts";
import { TracerConversionError, UnexpectedTracerError } from "../../src/base/errors.ts";
import * as lax from "../../src/lax/index.ts";
import { checkGrads } from "../../src/testing.ts";
import { array, expectArraysClose, expectSame, flat, value } from "../util/arrays.ts";
import { exactnessOfJaxpr, expectModesAgree } from "../util/exactness.ts";
import { Random } from "../util/random.ts";
import { caseName, drawAll, outputs } from "../primitives/row.ts";
import { opRows } from "../primitives/table.ts";

const { add, cos, exp, mul, sin } = lax;
type A = NDArray;
const v3 = array([3], [1, 2, 3]);
const sum = (x: A): A => lax.reduceSum(x, [0]);
const f = (x: A, y: A): A => mul(sin(mul(x, y)), exp(cos(x)));

beforeAll(() => init());

describe("every primitive, compiled, computes what it computes eagerly", () => {
  for (const r of opRows) {
    it(r.primitive, () => {
      for (const c of r.cases) {
        const args = drawAll(c, new Random(caseName(r, c)));
        const want = outputs(c.call(...args));
        const run = jit((...xs: A[]) => outputs(c.call(...xs)), { backend: "js" });
        const compiled = run(...args);
        const exactness = exactnessOfJaxpr(run.lower(...args).jaxpr);
        const bounds = { exactness, tol: c.tol };
        compiled.forEach((x, i) => {
          // Eagerly, equations of many operations may be WebAssembly: their rounding errors travel.
          if (exactness === "compound") expectModesAgree(x, want[i], bounds, i, c.name);
          else expectArraysClose(x, want[i], 1e-14, c.name);
        });
        const interpreted = config.with({ jitless: true }, () => run(...args));
        interpreted.forEach((x, i) => expectSame(x, compiled[i], c.name));
        const vectors = jit((...xs: A[]) => outputs(c.call(...xs)), { backend: "wasm" })(...args);
        vectors.forEach((x, i) => expectModesAgree(x, compiled[i], bounds, i, c.name));
      }
    });
  }
});

describe("jit and derivatives", () => {
  const g = jit(f);
  const [x, y] = [array([3], [0.1, 0.2, 0.3]), v3];
  it("to the third order, jit inside", () => checkGrads(g, [x, y], { order: 3 }));
  it("jit outside, and on both sides", () => {
    const loss = (a: A): A => sum(f(a, y));
    const compiled = (a: A): A => sum(g(a, y));
    const want = grad(loss)(x);
    for (const h of [jit(grad(loss)), grad(compiled), jit(grad(jit(compiled)))])
      expectArraysClose(h(x), want, 1e-14);
    expectArraysClose(jit(hessian(compiled))(x), hessian(loss)(x), 1e-13);
    expectArraysClose(jit(jacfwd(jacrev(compiled)))(x), hessian(loss)(x), 1e-13);
    expectArraysClose(jit((a: A, t: A) => jvp(loss, [a], [t])[1])(x, y), jvp(loss, [x], [y])[1], 1e-14);
    expectArraysClose(linearize(compiled, [x])[1](y), jvp(loss, [x], [y])[1], 1e-14);
    expectArraysClose(vjp(compiled, [x])[1](2)[0], mul(want, 2), 1e-14);
  });
  it("grad of grad of jit, many times over", () => {
    let h: (a: A) => A = jit((a: A) => sin(a));
    for (let i = 0; i < 4; i++) h = i % 2 === 0 ? grad(h) : jit(grad(h));
    expect(value(h(array([], [0.3])))).toBeCloseTo(Math.sin(0.3), 14);
  });
  it("with checkpoint and custom rules inside and outside", () => {
    const marked = customJvp((a: A) => sin(a));
    marked.defJvp(([a]: [A], [t]: [A]) => [sin(a), mul(t, 10)]);
    const reverse = customVjp((a: A) => sin(a));
    reverse.defVjp(
      (a: A) => [sin(a), null],
      (_: null, ct: A) => [mul(ct, 20)],
    );
    expect(value(grad(jit(marked))(1))).toBe(10);
    expect(value(jit(grad(marked))(1))).toBe(10);
    expect(value(grad(jit(reverse))(1))).toBe(20);
    expect(value(jit(grad(jit(reverse)))(1))).toBe(20);
    expect(flat(vmap(grad(jit(reverse)))(v3))).toEqual([20, 20, 20]);
    checkGrads(jit(checkpoint(f)), [x, y]);
    checkGrads(checkpoint(jit(f)), [x, y]);
  });
  it("closed-over tracers keep their derivatives", () => {
    expect(value(grad((a: A) => jit((b: A) => mul(a, sin(b)))(2))(3))).toBeCloseTo(Math.sin(2), 15);
    expect(flat(vmap((a: A) => jit((b: A) => mul(a, b))(2))(v3))).toEqual([2, 4, 6]);
    expect(value(jit((a: A) => grad((b: A) => mul(mul(a, b), b))(a))(3))).toBe(18);
  });
  it("perturbations do not mix", () => {
    const h = jit((a: A) => mul(a, grad(jit((b: A) => add(a, b)))(2)));
    expect(value(grad(h)(5))).toBe(1);
  });
});

describe("jit and vmap", () => {
  it("in either order, with shared and swapped axes", () => {
    const m = array([2, 3], [1, 2, 3, 4, 5, 6]);
    const want = vmap(f, [1, null])(m, 2);
    expectArraysClose(vmap(jit(f), [1, null])(m, 2), want, 1e-14);
    expectArraysClose(jit(vmap(f, [1, null]))(m, 2), want, 1e-14);
    expect(
      vmap(
        jit((a: A) => a),
        1,
        { outAxes: 1 },
      )(m).js(),
    ).toEqual(m.js());
  });
  it("collectives work inside", () => {
    const h = vmap(
      jit((a: A) => lax.psum(a, "i")),
      0,
      { axisName: "i" },
    );
    expect(flat(h(v3))).toEqual([6, 6, 6]);
  });
});

describe("programs", () => {
  it("are made once for each signature", () => {
    let traces = 0;
    const g = jit((a: A, b: A) => {
      traces++;
      return add(a, b);
    });
    g(1, 2);
    g(3, 4);
    expect(traces).toBe(1);
    g(v3, 2);
    g(v3, 5);
    expect(traces).toBe(2);
    g(array([3], [1, 2, 3], "float32"), 2);
    expect(traces).toBe(3);
    g.clearCache();
    g(1, 2);
    expect(traces).toBe(4);
  });
  it("are made anew for other static arguments and settings", () => {
    const g = jit((a: A, mode: string) => (mode === "twice" ? mul(a, 2) : a), { staticArgnums: 1 });
    expect([value(g(3, "twice")), value(g(3, "once"))]).toEqual([6, 3]);
    const zeros = jit((a: A) => lax.full(a.shape, 1));
    expect(zeros(v3).dtype).toBe("float64");
    expect(config.with({ defaultFloat: "float32" }, () => zeros(v3).dtype)).toBe("float32");
  });
  it("take and give trees, constants, inputs as they are, nothing", () => {
    const g = jit((p: { a: A; b: [A] }) => ({
      sum: add(p.a, p.b[0]),
      same: p.a,
      twice: [p.a, p.a],
      one: array([], [1]),
      none: null,
    }));
    const out = g({ a: v3, b: [1] });
    expect(flat(out.sum)).toEqual([2, 3, 4]);
    expect([flat(out.same), flat(out.twice[1]), value(out.one), out.none]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      1,
      null,
    ]);
    expect(jit((_a: A) => [] as A[])(1)).toEqual([]);
    expect(flat(jit((_a: A) => v3)(1))).toEqual([1, 2, 3]);
  });
  it("never change their arguments, nor results given out before", () => {
    const g = jit((a: A) => lax.dynamicUpdateSlice(a, array([1], [9]), [0]));
    const first = g(v3);
    const second = g(first);
    expect([flat(v3), flat(first), flat(second)]).toEqual([
      [1, 2, 3],
      [9, 2, 3],
      [9, 2, 3],
    ]);
  });
  it("stand in jaxprs as one equation with a body", () => {
    const jaxpr = makeJaxpr(jit(f))(1, 2);
    expect(jaxpr.jaxpr.eqns.map((e) => e.primitive.name)).toEqual(["jit"]);
    expect(String(jaxpr)).toContain("sin");
  });
  it("of many equations compile and run", () => {
    const deep = (x: A): A => {
      let y = x;
      for (let i = 0; i < 5000; i++) y = add(mul(y, 0.999), 0.001);
      return y;
    };
    expect(value(jit(deep)(0.5))).toBe(value(deep(array([], [0.5]))));
    expect(value(jit(grad(deep))(0.5))).toBeCloseTo(0.999 ** 5000, 12);
  });
});

describe("errors", () => {
  it("host control flow on values", () => {
    expect(() => jit((x: A) => ((x as unknown as number) > 0 ? x : lax.neg(x)))(1)).toThrow(
      TracerConversionError,
    );
    expect(() => jit((x: A) => mul(x, x.item()))(1)).toThrow("inside jit(");
  });
  it("a leaked tracer", () => {
    const kept: A[] = [];
    jit(function secret(x: A) {
      kept.push(mul(x, 2));
      return x;
    })(1);
    expect(() => add(kept[0], 1)).toThrow(UnexpectedTracerError);
    expect(() => add(kept[0], 1)).toThrow("outlived jit(secret)");
  });
  it("an unknown option", () => {
    expect(() => jit((x: A) => x, { staticArgnum: 1 } as never)).toThrow("did you mean 'staticArgnums'?");
  });
});
