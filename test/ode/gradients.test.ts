/**
 * @file Derivatives of `odeint` over a family of problems: values, forward and reverse mode against forward sensitivities,
 * under jit and vmap, of second order; what reverse mode keeps, and how often and where the rate is evaluated.
 *
 * References: SciPy's solve_ivp of the state with its sensitivities (DOP853, rtol 3e-14; Radau and BDF, rtol 1e-12, of
 * which the digits agree).
 */
import { describe, expect, it } from "vitest";
import { grad, jacfwd, jacrev, jit, jvp, savedResiduals, vmap } from "../../src/api/index.ts";
import { config } from "../../src/base/config.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/control-flow/lax.ts";
import * as np from "../../src/numpy/index.ts";
import { type OdeOptions, odeint } from "../../src/ode/index.ts";
import { array, expectArraysClose, expectClose, flat, value } from "../util/arrays.ts";

type A = NDArray;
const at = (y: A, i: number): A => y.slice(i);
const number = (x: number): A => array([], [x]);

const vanDerPol = (y: A, _: A, mu: A): A => {
  const [x, v] = [at(y, 0), at(y, 1)];
  return np.stack([v, mu.mul(x.mul(x).neg().add(1)).mul(v).sub(x)]);
};
const lotkaVolterra = (y: A, _: A, p: A): A => {
  const [x, z] = [at(y, 0), at(y, 1)];
  return np.stack([x.mul(at(p, 0)).sub(x.mul(z)), x.mul(z).sub(z.mul(at(p, 1)))]);
};
const lorenz = (y: A, _: A, r: A): A => {
  const [a, b, c] = [at(y, 0), at(y, 1), at(y, 2)];
  return np.stack([b.sub(a).mul(10), a.mul(r.sub(c)).sub(b), a.mul(b).sub(c.mul(8 / 3))]);
};
const robertson = (y: A, _: A, k: A): A => {
  const [a, b, c] = [at(y, 0), at(y, 1), at(y, 2)];
  const [r1, r2, r3] = [a.mul(at(k, 0)), b.mul(b).mul(at(k, 1)), b.mul(c).mul(at(k, 2))];
  return np.stack([r3.sub(r1), r1.sub(r2).sub(r3), r2]);
};

interface Case {
  readonly rate: (y: A, t: A, p: A) => A;
  readonly y0: readonly number[];
  readonly ts: readonly number[];
  readonly p: A;
  readonly options: OdeOptions;
  /** At each time but the first, and how these depend on the parameters: [time, leaf] and [time, leaf, parameter]. */
  readonly values: readonly number[];
  readonly slopes: readonly number[];
  /** Of slopes, relative to the largest. */
  readonly tol: number;
}

const tight = { rtol: 1e-10, atol: 1e-10 };
const cases: Record<string, Case> = {
  "Van der Pol": {
    rate: vanDerPol,
    y0: [2, 0],
    ts: [0, 1, 2, 5, 10],
    p: number(5),
    options: {},
    values: [
      1.869438853393129, -0.148235875377137, 1.709233872124982, -0.174386540476027, 0.404181594633999,
      -2.437112684093511, -1.158701266030994, 0.43046980897914,
    ],
    slopes: [
      0.025264323100633, 0.032499113527276, 0.063640163195171, 0.045953066254267, 1.901952362398428,
      8.031288872324527, -0.631501703346104, -0.672657281873022,
    ],
    tol: 1e-6,
  },
  "Lotka and Volterra": {
    rate: lotkaVolterra,
    y0: [10, 5],
    ts: [0, 1, 4, 10],
    p: array([2], [1.5, 3]),
    options: tight,
    values: [
      0.218538932232304, 1.376592701013422, 11.036425233041195, 0.375326088599966, 0.287212964202106,
      0.449777463506223,
    ],
    slopes: [
      0.099659842576423, 0.307188989321649, 0.238745203491163, -0.963571697817959, 26.27029861796514,
      15.423463758587342, 7.247968259361076, 3.715080783468453, 1.643287451534702, 1.208233337342996,
      -5.615783417598072, -3.367006875160953,
    ],
    tol: 1e-7,
  },
  Lorenz: {
    rate: lorenz,
    y0: [1, 1, 1],
    ts: [0, 1, 3, 5],
    p: number(28),
    options: tight,
    values: [
      -9.378570010925051, -8.35703378842662, 29.362325337363448, -7.456658260659708, -6.190996127653177,
      27.44180650548538, -6.512113699419651, -6.974042788417129, 23.924129572103432,
    ],
    slopes: [
      0.30999641796499, 0.313137130273712, 0.446134892577668, 0.437664413450497, -0.465743687921135,
      -0.816530057292185, -0.992660014984186, -2.575974589315467, -0.544217710368154,
    ],
    tol: 1e-6,
  },
  "Van der Pol, stiff method": {
    rate: vanDerPol,
    y0: [2, 0],
    ts: [0, 10],
    p: number(5),
    options: { method: "rodas4" },
    values: [-1.158701266030994, 0.43046980897914],
    slopes: [-0.631501703346104, -0.672657281873022],
    tol: 1e-6,
  },
};

const solve = ({ rate, y0, ts, options }: Case, p: A, more: OdeOptions = {}): A =>
  odeint(rate, array([y0.length], y0), array([ts.length], ts), p, { ...options, ...more });
const later = (c: Case, p: A): A => solve(c, p).slice([1, null]);

describe.each(Object.entries(cases))("%s", { timeout: 120_000 }, (name, c) => {
  const f = (p: A): A => later(c, p);
  const largest = Math.max(...c.slopes.map(Math.abs));
  it("values, eager and compiled", () => {
    for (const run of [f, jit(f)]) expectClose(run(c.p), c.values, 2e-6);
  });
  it("first derivatives in both modes, eager and compiled", () => {
    for (const d of [jacfwd(f), jacrev(f), jit(jacrev(f))])
      expectClose(
        d(c.p).div(largest),
        c.slopes.map((s) => s / largest),
        c.tol,
      );
  });
  it("second derivatives in pairs of modes, for many parameters at once", () => {
    const short = { ...c, ts: c.ts.slice(0, 2) };
    const g = (p: A): A => np.sum(np.sin(later(short, p)));
    const u = np.onesLike(c.p);
    const along = (p: A): A => np.sum(grad(g)(p));
    const want = value(jvp((p: A) => jvp(g, [p], [u])[1], [c.p], [u])[1]);
    expect(want).not.toBeNaN();
    expect(value(np.sum(grad(along)(c.p))) / want).toBeCloseTo(1, 4);
    // Compiling second derivatives takes seconds: the others go through the same programs.
    if (name !== "Lotka and Volterra") return;
    expect(value(jvp(along, [c.p], [u])[1]) / want).toBeCloseTo(1, 4);
    const ps = [0.9, 1].map((s) => c.p.mul(s));
    expectArraysClose(vmap(grad(g))(np.stack(ps)), np.stack(ps.map((p) => grad(g)(p))), 1e-9);
  });
});

it("Robertson's kinetics, nine decades of rates", () => {
  const f = (k: A): A =>
    odeint(robertson, array([3], [1, 0, 0]), array([3], [0, 40, 4e4]), k, {
      method: "rodas4",
      rtol: 1e-8,
      atol: 1e-13,
    }).slice([1, null]);
  const k = array([3], [0.04, 3e7, 1e4]);
  const values = [
    0.7158270687206, 9.1855347646e-6, 0.2841637457439, 0.038983377078, 1.6217683159e-7, 0.9610164607365,
  ];
  // Times the rates: relative changes of these.
  const slopes = [
    [-4.24755877168, -2.2883550889e-9, 1.37308079734e-5],
    [4.5911962494e-5, -1.13805950936e-13, -2.35719211385e-10],
    [4.24751285972, 2.28846889485e-9, -1.37305722542e-5],
    [-1.57497160855, -1.04791765222e-9, 6.2874940817e-6],
    [-2.76195636539e-6, -4.536691254e-15, 1.10024104069e-11],
    [1.5749743705, 1.0479221889e-9, -6.2875050841e-6],
  ].flatMap((row) => row.map((s, j) => s * [0.04, 3e7, 1e4][j]));
  const scale = [1, 1e-5, 1, 1, 1e-7, 1];
  const scaled = (x: A): A => x.div(array([2, 3], scale));
  expectClose(
    scaled(f(k)),
    values.map((v, i) => v / scale[i]),
    1e-6,
  );
  for (const d of [jacfwd(f), jacrev(f)]) {
    const got = d(k)
      .mul(k)
      .div(array([2, 3, 1], scale));
    expectClose(
      got,
      slopes.map((s, i) => s / scale[Math.floor(i / 3)]),
      1e-6,
    );
  }
});

describe("what a solution does not excite has derivatives all the same", () => {
  it("at rest, in a decaying mode that starts at 0, and for a force that is off", () => {
    const decay = (y0: A): A => odeint((y: A) => y.neg(), y0, array([2], [0, 10])).slice(1);
    for (const d of [grad(decay), jacfwd(decay)]) expect(value(d(number(0)))).toBeCloseTo(Math.exp(-10), 7);
    const modes = (y0: A): A =>
      np.sum(odeint((y: A) => y.mul(array([2], [-1, -50])), y0, array([2], [0, 10])).slice(1));
    expectClose(grad(modes)(array([2], [1, 0])), [Math.exp(-10), 0], 1e-7);
    const push = (p: A): A =>
      odeint((_: A, t: A) => np.sin(t.mul(100)).mul(p), 0, array([2], [0, 1])).slice(1);
    expect(value(grad(push)(number(0)))).toBeCloseTo((1 - Math.cos(100)) / 100, 6);
  });
});

describe("rates with a domain", () => {
  it("a trial step that leaves it is made shorter", () => {
    const near = (y0: A): A =>
      odeint((y: A) => np.sqrt(y.neg().add(20)).mul(0).add(y), y0, array([2], [0, Math.log(19.9)])).slice(1);
    const fall = (y0: A): A => odeint((y: A) => np.sqrt(y).neg(), y0, array([2], [0, 1.99])).slice(1);
    const one = number(1);
    expect(value(near(one))).toBeCloseTo(19.9, 5);
    expect(value(fall(one))).toBeCloseTo(2.5e-5, 8);
    for (const d of [grad(near), jacfwd(near), jit(grad(near))]) expect(value(d(one))).toBeCloseTo(19.9, 5);
    // (√y₀ − t/2)²
    for (const d of [grad(fall), jacfwd(fall), jit(grad(fall))]) expect(value(d(one))).toBeCloseTo(0.005, 6);
    expect(value(grad(grad(fall))(one)) / (1.99 / 4)).toBeCloseTo(1, 3);
  });
  it("also for an infinity, and for the first step", () => {
    const log = (y0: A): A => odeint((y: A) => np.log(y).neg(), y0, array([2], [0, 1])).slice(1);
    expect(value(log(number(1e-3)))).toBeGreaterThan(0.5);
    const pole = (y0: A): A => odeint((y: A) => y.mul(y), y0, array([3], [0, 0.5, 2])).slice(1);
    expect(value(grad(pole)(number(1)))).toBeCloseTo(4, 6);
  });
});

describe("complex states", { timeout: 120_000 }, () => {
  // A holomorphic rate and one that is not.
  const i = (): A => lax.complex(number(0), number(1));
  const one = (): A => lax.complex(number(1), number(0));
  const turn = (y: A, _: A, w: A): A => y.mul(i()).mul(w);
  const mirror = (y: A, _: A, w: A): A => lax.conj(y).mul(w);
  const ts = array([3], [0, 0.5, 1]);
  for (const method of ["dopri5", "rodas4"] as const)
    for (const adjoint of ["discrete", "continuous"] as const)
      it(`${method}, ${adjoint}`, () => {
        const options = { method, adjoint };
        const f = (w: A): A => lax.imag(odeint(turn, one(), ts, w, options).slice(-1));
        for (const d of [grad(f), jacfwd(f), jit(grad(f))])
          expect(value(d(number(2)))).toBeCloseTo(Math.cos(2), 6);
        expect(value(grad(grad(f))(number(2)))).toBeCloseTo(-Math.sin(2), 6);
        const g = (w: A): A => lax.real(odeint(mirror, one(), ts, w, options).slice(-1));
        for (const d of [grad(g), jacfwd(g)]) expect(value(d(number(0.5)))).toBeCloseTo(Math.exp(0.5), 6);
        const times = (t: A): A => lax.imag(odeint(turn, one(), t, number(2), options).slice(-1));
        expectClose(grad(times)(ts), [-2 * Math.cos(2), 0, 2 * Math.cos(2)], 1e-6);
      });
  it("for many parameters at once", () => {
    const f = (w: A): A => lax.imag(odeint(turn, one(), ts, w).slice(-1));
    expectClose(vmap(grad(f))(array([2], [1, 2])), [Math.cos(1), Math.cos(2)], 1e-6);
  });
  it("beside real ones of less precision", () => {
    const state: [A, A] = [array([2], [1, 2], "float32"), one()];
    for (const method of ["dopri5", "rodas4"] as const) {
      const [a, b] = odeint(([a, b]: [A, A]) => [a.mul(-1), b.mul(i())], state, ts, { method });
      expect([a.dtype, b.dtype]).toEqual(["float32", "complex128"]);
      expectClose(a.slice(-1), [Math.exp(-1), 2 * Math.exp(-1)], 1e-6);
      expectClose(lax.imag(b).slice(-1), [Math.sin(1)], 1e-7);
    }
  });
});

describe("times", () => {
  it("repeated, single, and states without elements", () => {
    const f = (t: A): A => odeint((y: A) => y, 1, t);
    const e = Math.E;
    const want = [0, 0, 0, 0, -1, 1, 0, 0, -e, 0, e, 0, -e, 0, 0, e];
    for (const d of [jacrev(f), jacfwd(f)]) expectClose(d(array([4], [0, 0, 1, 1])), want, 1e-7);
    for (const d of [jacrev(f), jacfwd(f)]) expectClose(d(array([1], [3])), [0], 0);
    const none = (y0: A): A => np.sum(odeint((y: A) => y.mul(2), y0, array([2], [0, 1])));
    for (const method of ["dopri5", "rodas4"] as const)
      expect(odeint((y: A) => y, array([0], []), array([2], [0, 1]), { method }).shape).toEqual([2, 0]);
    expect(grad(none)(array([0], [])).shape).toEqual([0]);
  });
  it("traced ones that decrease give NaN", () => {
    const f = jit((t: A) => odeint((y: A) => y, 1, t));
    expect(flat(f(array([3], [1, 0, 2])))[1]).toBeNaN();
    expect(flat(f(array([2], [1, 0])))[1]).toBeNaN();
  });
  it("of less precision than the state do not cost it its own", () => {
    const y = odeint((y: A, t: A) => y.mul(t), 1, array([2], [0, 1], "float32"), {
      rtol: 1e-12,
      atol: 1e-12,
    });
    expectClose(y, [1, Math.exp(0.5)], 1e-11);
  });
});

/** Calls of Math.sin in the second run of a compiled function, by their arguments. */
function sines(f: (x: A) => A, x: A): number[] {
  return config.with({ backend: "js", jitless: false }, () => {
    const compiled = jit(f);
    compiled(x);
    const original = Math.sin;
    const seen: number[] = [];
    Math.sin = (v) => {
      seen.push(v);
      return original(v);
    };
    try {
      compiled(x);
    } finally {
      Math.sin = original;
    }
    return seen;
  });
}

describe("cost", () => {
  const f =
    (n: number, options: OdeOptions = {}) =>
    (k: A): A =>
      np.sum(odeint((y: A, t: A) => np.sin(t).mul(y).mul(k), 1, np.linspace(0, 7, n), options));

  it("the rate is never evaluated beyond the last time", () => {
    for (const method of ["dopri5", "rodas4"] as const)
      for (const n of [2, 30])
        for (const g of [f(n, { method }), grad(f(n, { method }))])
          expect(Math.max(...sines(g, number(0.3)))).toBeLessThanOrEqual(7);
  });
  it("times asked for cost no evaluations, and the gradient a small multiple of the value", () => {
    const few = sines(f(2), number(0.3)).length;
    expect(few).toBeLessThan(1000);
    expect(sines(f(200), number(0.3)).length).toBeLessThanOrEqual(few * 1.1);
    expect(sines(grad(f(2)), number(0.3)).length).toBeLessThan(8 * few);
  });
  it("reverse mode keeps the same, however many steps there are", () => {
    const bytes = (options: OdeOptions): number =>
      savedResiduals(f(5, options), number(0.3)).reduce((sum, r) => sum + r.bytes, 0);
    expect(bytes({ hmax: 1e-4 })).toBe(bytes({}));
    expect(bytes({})).toBeLessThan(1000);
  });
  it("reverse mode goes through more steps than it has states", () => {
    // 100 000 steps, of which 65 536 states at most are kept.
    const g = grad((k: A) =>
      odeint((y: A) => y.mul(k).neg(), 1, array([2], [0, 1]), { hmax: 1e-5, mxstep: 200_000 }).slice(1),
    );
    expect(value(g(number(1)))).toBeCloseTo(-Math.exp(-1), 8);
  });
});

it("the adjoint equation agrees where time can run backwards", () => {
  const c = { ...cases["Lotka and Volterra"], ts: [0, 1, 2] };
  const f = (adjoint: "discrete" | "continuous") => (p: A) => np.sum(solve(c, p, { adjoint }));
  expectArraysClose(grad(f("continuous"))(c.p), grad(f("discrete"))(c.p), 1e-6);
});
