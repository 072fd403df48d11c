/**
 * @file `odeint` against closed forms and a Runge–Kutta reference with tiny steps; its derivatives in both modes against
 * closed forms, each other and numerical ones; lanes, trees, limits.
 */
import { describe, expect, it } from "vitest";
import { grad, hessian, hvp, jacfwd, jacrev, jit, jvp, vmap } from "../../src/api/index.ts";
import { IntegrationError } from "../../src/base/errors.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/control-flow/lax.ts";
import * as np from "../../src/numpy/index.ts";
import { odeint } from "../../src/ode/index.ts";
import { checkGrads } from "../../src/testing.ts";
import { array, expectArraysClose, expectClose, flat, value } from "../util/arrays.ts";

type A = NDArray;
const tight = { rtol: 1e-11, atol: 1e-11 };
const times = [0, 0.3, 1, 2.5];

/** The classical method of order 4 with many steps, on numbers. */
function reference(
  f: (y: readonly number[], t: number) => number[],
  y0: readonly number[],
  ts: readonly number[],
): number[][] {
  const out = [[...y0]];
  let y = [...y0];
  const plus = (a: readonly number[], s: number, b: readonly number[]): number[] =>
    a.map((v, i) => v + s * b[i]);
  for (let k = 1; k < ts.length; k++) {
    const n = 4000;
    const h = (ts[k] - ts[k - 1]) / n;
    for (let i = 0; i < n; i++) {
      const t = ts[k - 1] + i * h;
      const a = f(y, t);
      const b = f(plus(y, h / 2, a), t + h / 2);
      const c = f(plus(y, h / 2, b), t + h / 2);
      const d = f(plus(y, h, c), t + h);
      y = y.map((v, j) => v + (h / 6) * (a[j] + 2 * b[j] + 2 * c[j] + d[j]));
    }
    out.push(y);
  }
  return out;
}

/** x'' = −w² x from (x, v). */
const oscillator = (y: A, _: A, w: A): A => np.stack([y.slice(1), y.slice(0).mul(w).mul(w).neg()]);
const swing = (w: A, y0: A = array([2], [1, 0.5])): A => odeint(oscillator, y0, array([4], times), w, tight);
const exact = (w: number): number[] =>
  times.flatMap((t) => [
    Math.cos(w * t) + (0.5 * Math.sin(w * t)) / w,
    -w * Math.sin(w * t) + 0.5 * Math.cos(w * t),
  ]);

describe("values", () => {
  it("of the harmonic oscillator, eager, compiled, for many frequencies", () => {
    for (const run of [swing, jit(swing)]) expectClose(run(np.array(1.7)), exact(1.7), 1e-9);
    expectClose(vmap((w: A) => swing(w))(np.array([0.7, 1.7, 3])), [0.7, 1.7, 3].flatMap(exact), 1e-8);
  });
  it("of Lotka and Volterra's equations", () => {
    const rate = ([x, y]: readonly number[]): number[] => [1.5 * x - x * y, x * y - 3 * y];
    const f = ({ prey, hunters }: { prey: A; hunters: A }): { prey: A; hunters: A } => ({
      prey: prey.mul(1.5).sub(prey.mul(hunters)),
      hunters: hunters.mul(prey).sub(hunters.mul(3)),
    });
    const ts = [0, 1, 4, 10];
    const out = odeint(f, { prey: 10, hunters: 5 }, array([4], ts), tight);
    const want = reference(rate, [10, 5], ts);
    expectClose(
      out.prey,
      want.map(([x]) => x),
      1e-8,
    );
    expectClose(
      out.hunters,
      want.map(([, y]) => y),
      1e-8,
    );
  });
  it("meet looser tolerances about as well as asked", () => {
    for (const rtol of [1e-3, 1e-5, 1e-7]) {
      const got = odeint(oscillator, array([2], [1, 0.5]), array([4], times), np.array(2), {
        rtol,
        atol: rtol,
      });
      const error = flat(got).map((v, i) => Math.abs(v - exact(2)[i]));
      expect(Math.max(...error)).toBeLessThan(20 * rtol);
      expect(Math.max(...error)).toBeGreaterThan(rtol / 1e4);
    }
  });
  it("of equations that depend on time, with repeated and single times", () => {
    const f = (y: A, t: A): A => y.mul(t).neg();
    const ts = array([4], [0, 0, 1, 1]);
    expectClose(odeint(f, 1, ts, tight), [1, 1, Math.exp(-0.5), Math.exp(-0.5)], 1e-10);
    expectClose(odeint(f, 3, array([1], [2])), [3], 0);
  });
  it("keep float32", () => {
    const y = odeint((x: A) => x.neg(), array([], [1], "float32"), array([2], [0, 1], "float32"), {
      rtol: 1e-5,
      atol: 1e-6,
    });
    expect(y.dtype).toBe("float32");
    expectClose(y, [1, Math.exp(-1)], 1e-5);
  });
});

describe("derivatives", { timeout: 120_000 }, () => {
  /** d/dw of the oscillator. */
  const slope = (w: number, h = 1e-5): number[] => {
    const [a, b] = [exact(w + h), exact(w - h)];
    return a.map((v, i) => (v - b[i]) / (2 * h));
  };

  it("in a parameter, in both modes, compiled or not", () => {
    for (const run of [jacfwd(swing), jacrev(swing), jit(jacfwd(swing)), jit(jacrev(swing))])
      expectClose(run(np.array(1.7)), slope(1.7), 1e-8);
    expectClose(
      vmap(grad((w: A) => swing(w).sum()))(np.array([1.7, 3])),
      [1.7, 3].map((w) => slope(w).reduce((a, b) => a + b)),
      1e-7,
    );
  });
  it("in the start", () => {
    const f = (y0: A): A => swing(np.array(2), y0).slice(3);
    const t = 2 * times[3];
    const want = [Math.cos(t), Math.sin(t) / 2, -2 * Math.sin(t), Math.cos(t)];
    expectClose(jacfwd(f)(array([2], [1, 0.5])), want, 1e-9);
    expectClose(jacrev(f)(array([2], [1, 0.5])), want, 1e-9);
  });
  it("in the times: the first delays, each other moves its own value", () => {
    // y = y₀ exp(−(t² − t₀²) / 2)
    const f = (ts: A): A => odeint((y: A, t: A) => y.mul(t).neg(), 2, ts, tight);
    const ts = [0.5, 1, 2];
    const y = ts.map((t) => 2 * Math.exp((0.25 - t * t) / 2));
    const want = [0, 0, 0, 0.5 * y[1], -y[1], 0, 0.5 * y[2], 0, -2 * y[2]];
    expectClose(jacfwd(f)(array([3], ts)), want, 1e-9);
    expectClose(jacrev(f)(array([3], ts)), want, 1e-9);
  });
  it("with respect to values that the function closes over, in trees", () => {
    const f = (k: { a: A; b: A }): A =>
      odeint((y: A) => y.mul(k.a).neg().add(k.b), 1, array([2], [0, 1]), tight).slice(1);
    // y = b/a + (1 − b/a) exp(−a)
    const [a, b] = [2, 0.6];
    const g = grad(f)({ a: np.array(a), b: np.array(b) });
    const e = Math.exp(-a);
    expect(value(g.b)).toBeCloseTo((1 - e) / a, 9);
    expect(value(g.a)).toBeCloseTo((-b / a ** 2) * (1 - e) - (1 - b / a) * e, 9);
  });
  it("of second order, in every pair of modes", () => {
    const f = (k: A): A =>
      odeint((y: A, _: A, k: A) => y.mul(k).neg(), 1, array([2], [0, 1.5]), k, tight).slice(1);
    const want = 1.5 ** 2 * Math.exp(-1.5 * 0.8);
    for (const d of [grad(grad(f)), hessian(f), jacfwd(jacfwd(f)), jacrev(jacfwd(f)), jit(hessian(f))])
      expect(value(d(np.array(0.8)))).toBeCloseTo(want, 8);
    expect(Number(hvp(f, [0.8], [2]))).toBeCloseTo(2 * want, 8);
    expect(value(jvp(grad(grad(f)), [0.8], [1])[1])).toBeCloseTo(-(1.5 ** 3) * Math.exp(-1.2), 7);
  });
  it("agree with numerical ones for a nonlinear system with a cost at all times", () => {
    const pendulum = (y: A, t: A, [length, push]: [A, A]): A => {
      const turn = lax.mul(push, lax.sin(t)).sub(lax.sin(y.slice(0)).div(length));
      return np.stack([y.slice(1), turn]);
    };
    const cost = (y0: A, ts: A, length: A, push: A): A =>
      np.sum(np.square(odeint(pendulum, y0, ts, [length, push], { rtol: 1e-12, atol: 1e-12 })));
    const point: [A, A, A, A] = [
      array([2], [0.9, -0.2]),
      array([4], times),
      array([], [1.3]),
      array([], [0.4]),
    ];
    checkGrads(cost, point, { order: 1, rtol: 1e-6, atol: 1e-6 });
    checkGrads(cost, point, { order: 2, rtol: 1e-5, atol: 1e-5 });
    expectArraysClose(jit(grad(cost, 2))(...point), grad(cost, 2)(...point), 1e-9);
  });
  it("ignores integer parameters", () => {
    const f = (k: A): A =>
      odeint(
        (y: A, _: A, k: A, n: A) => y.mul(k).mul(n).neg(),
        1,
        array([2], [0, 1]),
        k,
        array([], [2], "int32"),
        tight,
      ).slice(1);
    expect(value(grad(f)(0.5))).toBeCloseTo(-2 * Math.exp(-1), 9);
  });
});

describe("limits", () => {
  it("a solution that blows up is NaN beyond its pole", () => {
    const y = odeint((x: A) => x.mul(x), 1, array([3], [0, 0.5, 2]));
    expect(
      flat(y)
        .slice(0, 2)
        .map((v) => Math.round(v * 1e6) / 1e6),
    ).toEqual([1, 2]);
    expect(flat(y)[2]).toBeNaN();
  });
  it("mxstep is kept, hmax makes more steps", () => {
    const f = (y: A): A => y.neg();
    const ts = array([3], [0, 1, 2]);
    expect(() => odeint(f, 1, ts, { mxstep: 2 })).toThrow(
      /odeint: stopped at t = 0\.\d+ on the way from 0 to 1, after 2 steps \(mxstep\)/,
    );
    expectClose(odeint(f, 1, array([2], [0, 1]), { mxstep: 100, hmax: 0.02 }), [1, Math.exp(-1)], 1e-9);
    expect(() => odeint(f, 1, ts, { mxstep: 40, hmax: 0.02 })).toThrow("raise hmax or mxstep");
  });
  it("where numbers are traced, steps that are used up leave NaN, in derivatives too", () => {
    const f = (k: A): A =>
      odeint((y: A, _: A, k: A) => y.mul(k), 1, array([3], [0, 0.1, 9]), k, { mxstep: 20 });
    const last = (k: A): A => f(k).slice(2);
    const early = (k: A): A => f(k).slice(1);
    const one = array([], [1]);
    expect(flat(jit(f)(one)).map(Number.isNaN)).toEqual([false, false, true]);
    expect(value(jit(grad(last))(one))).toBeNaN();
    expect(value(jit(grad(early))(one))).toBeCloseTo(0.1 * Math.exp(0.1), 7);
    expect(() => f(one)).toThrow("on the way from 0.1 to 9");
    for (const d of [
      grad(last),
      grad((k: A) => odeint((y: A) => y.mul(k), 1, array([2], [0, 9]), { mxstep: 3 }).sum()),
    ])
      expect(() => d(one)).toThrow(IntegrationError);
  });
  it("no rate makes it run for ever", () => {
    const ts = array([2], [0, 1]);
    const stiff = (y: A): A => y.sub(1).mul(-1e9);
    expect(() => odeint(stiff, 0, ts)).toThrow("stopped at t = 0.000");
    expect(() => odeint((y: A) => np.sin(y.mul(30)), 1, ts, { rtol: 1e-40, atol: 1e-40 })).toThrow("mxstep");
    expect(flat(odeint((y: A) => y.mul(NaN), 1, ts))[1]).toBeNaN();
    expect(flat(odeint((_: A, t: A) => lax.rsqrt(t), 0, ts))[1]).toBeNaN();
  });
  it("wrong arguments are errors", () => {
    const f = (y: A): A => y.neg();
    expect(() => odeint(f, 1, array([2], [1, 0]))).toThrow("odeint: the times must increase");
    expect(() => odeint(f, 1, 2)).toThrow("odeint: the times must be a vector");
    expect(() => odeint((y: A) => np.stack([y, y]), 1, array([2], [0, 1]))).toThrow(
      "odeint: the rate that the function returned has type f64[2], but y0 has type f64[]",
    );
    expect(() => odeint(f, 1, array([2], [0, 1]), { rtol: -1 })).toThrow("rtol must be a positive number");
    expect(() => odeint(f, 1, array([2], [0, 1]), { mxsteps: 3, rtol: 1 } as never)).toThrow("mean 'mxstep'");
    expect(() => odeint(f, 1, array([2], [0, 1]), { method: "rk" as "rodas4" })).toThrow(
      'method must be "dopri5" or "rodas4"; got "rk"',
    );
    expect(() => odeint(f, 1, array([2], [0, NaN]))).toThrow("must be finite; got NaN at index 1");
    expect(() => odeint(f, 1, array([2], [0, Infinity]))).toThrow("must be finite");
    expect(() => odeint(f, 1, array([0], []))).toThrow("a vector of at least one");
    expect(() => odeint(f, array([], [1], "float16"), array([2], [0, 1]))).toThrow("got float16");
  });
});
