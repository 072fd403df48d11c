/** @file Taylor mode as users call it: closed forms to order 6, under and over the other transformations, loops, errors. */
import { describe, expect, it } from "vitest";
import {
  checkpoint,
  customJvp,
  customVjp,
  grad,
  jacfwd,
  jet,
  jit,
  jvp,
  makeJaxpr,
  vmap,
} from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/control-flow/lax.ts";
import * as np from "../../src/numpy/index.ts";
import * as nn from "../../src/nn/index.ts";
import { array, expectClose, flat, value } from "../util/arrays.ts";

type A = NDArray;
type Fn = (x: A) => A;

const ORDER = 6;
const along = (order = ORDER): number[] => Array.from({ length: order }, (_, k) => (k === 0 ? 1 : 0));

/** Value and derivatives of a function of one number. */
function derivatives(f: Fn, x: A | number, order = ORDER): number[] {
  const at = typeof x === "number" ? array([], [x]) : x;
  const [y, terms] = jet(f, [at], [along(order).map((v) => array([], [v], at.dtype))]);
  return [y, ...terms].map(value);
}

/** The same by nested forward mode. */
function nested(f: Fn, x: number, order = ORDER): number[] {
  const all: Fn[] = [f];
  for (let k = 1; k <= order; k++) {
    const below = all[k - 1];
    all.push((t) => jvp(below, [t], [1])[1]);
  }
  return all.map((g) => value(g(array([], [x]))));
}

function agree(got: readonly number[], want: readonly number[], tol = 1e-11): void {
  expectClose(array([got.length], got), want, tol);
}

const falling = (p: number, k: number): number => (k === 0 ? 1 : falling(p, k - 1) * (p - k + 1));
const orders = Array.from({ length: ORDER + 1 }, (_, k) => k);
const fact = (n: number): number => (n < 2 ? 1 : n * fact(n - 1));

/** f and its k-th derivative. */
const closed: readonly (readonly [string, Fn, number, (x: number, k: number) => number])[] = [
  ["exp", np.exp, 0.3, (x) => Math.exp(x)],
  ["sin", np.sin, 0.7, (x, k) => Math.sin(x + (k * Math.PI) / 2)],
  ["cos", np.cos, 0.7, (x, k) => Math.cos(x + (k * Math.PI) / 2)],
  ["sinh", np.sinh, 0.7, (x, k) => (k % 2 === 0 ? Math.sinh(x) : Math.cosh(x))],
  ["log", np.log, 1.7, (x, k) => (k === 0 ? Math.log(x) : ((-1) ** (k - 1) * fact(k - 1)) / x ** k)],
  ["1 / x", (x) => np.divide(1, x), 1.3, (x, k) => ((-1) ** k * fact(k)) / x ** (k + 1)],
  ["sqrt", np.sqrt, 1.3, (x, k) => falling(0.5, k) * x ** (0.5 - k)],
  ["rsqrt", lax.rsqrt, 1.3, (x, k) => falling(-0.5, k) * x ** (-0.5 - k)],
  ["cbrt", np.cbrt, 1.3, (x, k) => falling(1 / 3, k) * x ** (1 / 3 - k)],
  ["x^2.5", (x) => np.power(x, 2.5), 1.3, (x, k) => falling(2.5, k) * x ** (2.5 - k)],
  ["x^4 at a negative x", (x) => np.power(x, 4), -1.3, (x, k) => falling(4, k) * x ** (4 - k)],
  ["x^4 at 0", (x) => np.power(x, 4), 0, (_, k) => (k === 4 ? 24 : 0)],
  ["2^x", (x) => np.exp2(x), 0.4, (x, k) => Math.LN2 ** k * 2 ** x],
  ["x·e^x", (x) => x.mul(np.exp(x)), 0.4, (x, k) => (x + k) * Math.exp(x)],
  ["|x|", np.abs, -1.5, (x, k) => (k === 0 ? -x : k === 1 ? -1 : 0)],
];

describe("closed forms to order 6", () => {
  for (const [name, f, x, derivative] of closed) {
    it(name, () => {
      const want = orders.map((k) => derivative(x, k));
      agree(derivatives(f, x), want);
      agree(derivatives(jit(f), x), want);
      const narrow = array([], [x], "float32");
      const [y, terms] = jet(f, [narrow], [along().map((v) => array([], [v], "float32"))]);
      for (const t of [y, ...terms]) expect(t.dtype).toBe("float32");
      agree(
        [y, ...terms].map(value),
        orders.map((k) => derivative(value(narrow), k)),
        3e-5,
      );
    });
  }

  it("is exact where forward mode is, at the kink of relu and at a tie of max", () => {
    agree(derivatives(nn.relu, 0, 2), [0, 0, 0], 0);
    agree(
      derivatives((x) => np.maximum(x, x.mul(2)), 0, 2),
      [0, 1.5, 0],
      0,
    );
  });
});

const mlp: Fn = (x) => {
  const w = array([3, 2], [1.2, 0.4, -0.1, -0.2, 0.8, -0.7]);
  const h = np.tanh(np.matmul(w, np.stack([x, x.mul(x)])));
  return nn
    .softmax(h)
    .mul(array([3], [1, 2, 3]))
    .sum();
};

const programs: readonly (readonly [string, Fn, number])[] = [
  ["a composite", (x) => np.exp(x.mul(np.sin(x))).div(x.mul(x).add(1)), 0.5],
  ["tan", np.tan, 0.4],
  ["a network", mlp, 0.3],
  ["x^x", (x) => np.power(x, x), 1.4],
  ["arctan2", (x) => np.arctan2(x, np.cos(x)), 0.8],
  ["gelu", (x) => nn.gelu(x), 0.3],
  ["lgamma", (x) => lax.lgamma(x), 2.3],
  ["scan over a carry", (x) => lax.foriLoop(0, 5, (_, c: A) => np.sin(c).add(x), x), 0.6],
  [
    "scan that stacks, with an integer carry",
    (x) => {
      const step = ([i, c]: [A, A], w: A): [[A, A], A] => [[i.add(1), c.mul(w)], np.exp(c).mul(i)];
      const [[, c], ys] = lax.scan(step, [np.array(1, { dtype: "int32" }), x], np.array([0.5, 0.7, 0.9]));
      return c.add(ys.sum());
    },
    0.6,
  ],
  [
    "scan over what moves",
    (x) => lax.scan((c: A, w: A) => [c.mul(w), w], x, np.stack([x, np.sin(x)]))[0],
    0.6,
  ],
  [
    "a scan whose carry does not move at first",
    (x) => lax.scan((c: A) => [np.cos(c).mul(x), null], np.array(0.5), null, { length: 3 })[0],
    0.6,
  ],
  [
    "cond",
    (x) =>
      lax.cond(
        x.greater(0),
        (y: A) => np.sin(y),
        (y: A) => y.mul(y),
        x,
      ),
    0.6,
  ],
  [
    "cond on a branch that is constant",
    (x) =>
      lax.cond(
        x.greater(1),
        (y: A) => lax.fullLike(y, 2),
        (y: A) => np.exp(y),
        x,
      ),
    0.6,
  ],
  [
    "whileLoop",
    (x) =>
      lax.whileLoop(
        ([i]: [A, A]) => i.less(4),
        ([i, c]: [A, A]): [A, A] => [i.add(1), np.tanh(c).mul(x)],
        [np.array(0, { dtype: "int32" }), x],
      )[1],
    0.6,
  ],
  ["jit", (x) => jit((y: A) => np.exp(np.sin(y)).mul(x))(x), 0.6],
  ["checkpoint", (x) => checkpoint((y: A) => np.exp(np.sin(y)))(x), 0.6],
  ["a gradient", (x) => grad((y: A) => np.exp(np.sin(y).mul(y)))(x), 0.6],
  [
    "a gradient through a scan",
    (x) => grad((y: A) => lax.foriLoop(0, 3, (_, c: A) => np.sin(c).mul(y), y))(x),
    0.6,
  ],
  ["lanes", (x) => vmap((w: A) => np.sin(x.mul(w)))(np.array([1, 2, 3])).sum(), 0.6],
  ["another jet", (x) => jet(np.tanh, [x], [[1, x, 0]])[1][2], 0.6],
];

describe("programs agree with nested jvp to order 6", () => {
  for (const [name, f, x] of programs) {
    it(name, () => {
      const want = nested(f, x);
      const tol = 1e-9 * Math.max(1, ...want.map((w) => Math.abs(w)));
      agree(derivatives(f, x), want, tol);
      agree(derivatives(jit(f), x), want, tol);
      agree(jit((y: A) => jet(f, [y], [along()])[1])(x).map(value), want.slice(1), tol);
    });
  }
});

describe("under other transformations", () => {
  const f: Fn = (x) => np.exp(np.sin(x)).div(x);
  const third: Fn = (x) => jet(f, [x], [[1, 0, 0]])[1][2];
  const nestedThird: Fn = (x) => grad(grad(grad(f)))(x);

  it("jvp and grad: the next order", () => {
    const want = value(grad(nestedThird)(0.7));
    agree(
      [value(jvp(third, [0.7], [1])[1]), value(grad(third)(0.7)), value(jit(grad(third))(0.7))],
      [want, want, want],
      1e-10,
    );
  });

  it("vmap: lanes", () => {
    const xs = [0.5, 0.9, 1.4];
    const want = xs.map((x) => value(nestedThird(array([], [x]))));
    agree(flat(vmap(third)(array([3], xs))), want, 1e-10);
    agree(flat(jit(vmap(third))(array([3], xs))), want, 1e-10);
    const loop: Fn = (x) => lax.foriLoop(0, 3, (_, c: A) => np.sin(c).mul(x), x);
    const second: Fn = (x) => jet(loop, [x], [[1, 0]])[1][1];
    agree(
      flat(vmap(second)(array([3], xs))),
      xs.map((x) => nested(loop, x, 2)[2]),
      1e-10,
    );
  });

  it("grad of jet of a gradient through loops", () => {
    const start = (x: A): [A, A] => [np.array(0, { dtype: "int32" }), x];
    const loops: readonly Fn[] = [
      (x) => lax.foriLoop(0, 4, (_, c: A) => np.sin(c).mul(x), x),
      (x) =>
        lax.whileLoop(
          ([i]: [A, A]) => i.less(4),
          ([i, c]: [A, A]): [A, A] => [i.add(1), np.sin(c).mul(x)],
          start(x),
        )[1],
    ];
    for (const loop of loops) {
      const fourth = nested(loops[0], 0.7, 4)[4];
      const top = (x: A): A => jet(grad(loop), [x], [[1, 0]])[1][1];
      agree([value(grad(top)(0.7)), value(jvp(top, [0.7], [1])[1])], [fourth, fourth], 1e-9);
      expectClose(jit(grad(top))(0.7), [fourth], 1e-9);
    }
  });

  it("jacfwd with respect to a term: linear in the highest", () => {
    const top = (v: A): A => jet(f, [0.7], [[1, v]])[1][1];
    agree([value(jacfwd(top)(5))], [nested(f, 0.7, 1)[1]], 1e-12);
  });
});

describe("rules of the user's", () => {
  it("are followed to every order", () => {
    // The rule says that the derivative is 3·cos: what the function computes is not asked.
    const f = customJvp((x: A) => np.sin(x)).defJvp(([x], [t]) => [np.sin(x), np.cos(x).mul(t).mul(3)]);
    agree(
      derivatives((x) => f(x), 0.4, 3),
      nested((x) => f(x), 0.4, 3),
    );
    agree(
      derivatives(
        jit((x: A) => f(x)),
        0.4,
        3,
      ),
      [0.4, 0.4, 0.4, 0.4].map((x, k) => (k === 0 ? 1 : 3) * Math.sin(x + (k * Math.PI) / 2)),
    );
  });

  it("for reverse mode only are an error, as under jvp", () => {
    const f = customVjp((x: A) => np.sin(x)).defVjp(
      (x) => [np.sin(x), x],
      (x, ct) => [ct.mul(np.cos(x))],
    );
    expect(() => derivatives((x) => f(x), 0.4, 2)).toThrow(/customVjp|forward/i);
    expect(value(jet((x: A, y: A) => f(x).mul(y), [0.4, 2], [[], [1]])[1][0])).toBeCloseTo(Math.sin(0.4), 14);
  });
});

describe("primals, series and results", () => {
  it("of trees", () => {
    const f = (p: { a: A; b: [A, A] }): { y: A; z: [A] } => ({ y: p.a.mul(p.b[0]), z: [np.sin(p.b[1])] });
    const [out, terms] = jet(
      f,
      [{ a: 2, b: [3, 0] }],
      [
        {
          a: [1, 0],
          b: [
            [1, 0],
            [1, 0],
          ],
        },
      ],
    );
    expect(value(out.y)).toBe(6);
    expect(terms.y.map(value)).toEqual([5, 2]);
    expect(terms.z[0].map(value)).toEqual([1, -0]);
  });

  it("terms as Taylor coefficients", () => {
    const [, terms] = jet(np.exp, [0], [[1, 0, 0, 0]], { factorialScaled: false });
    agree(terms.map(value), [1, 1 / 2, 1 / 6, 1 / 24], 1e-15);
    const [, bent] = jet(np.exp, [0], [[1, 0.5]], { factorialScaled: false });
    agree(bent.map(value), [1, 1], 1e-15);
  });

  it("the number 0 stands for zeros of any shape, and an empty list for a constant", () => {
    const x = array([2], [1, 2]);
    const [, terms] = jet((a: A, b: A) => a.mul(b), [x, x], [[x, 0], []]);
    expect(terms.map(flat)).toEqual([
      [1, 4],
      [0, 0],
    ]);
    const count = (top: number): number =>
      makeJaxpr((a: A) => jet(np.exp, [a], [[1, top]])[1][1])(1).jaxpr.eqns.length;
    expect(count(0)).toBeLessThan(count(0.5));
  });

  it("integers and what does not move have terms of zeros", () => {
    const n = np.array(3, { dtype: "int32" });
    const [out, terms] = jet((x: A, k: A): [A, A] => [x.mul(k), k.add(1)], [2, n], [[1, 0], []]);
    expect(out.map(value)).toEqual([6, 4]);
    expect(terms.map((l) => l.map(value))).toEqual([
      [3, 0],
      [0, 0],
    ]);
  });

  it("of no order", () => {
    expect(jet(np.sin, [0], [[]])[1]).toEqual([]);
  });

  it("errors say what does not fit", () => {
    expect(() => jet((x: A, y: A) => x.mul(y), [1, 2], [[1], [1, 0]])).toThrow(/as many terms; got 1 and 2/);
    expect(() => jet((x: A, y: A) => x.mul(y), [1, 2], [[1]] as never)).toThrow(
      /2 primals need as many series; got 1/,
    );
    expect(() => jet(np.sin, [array([2], [1, 2])], [[array([3], [1, 2, 3])]])).toThrow(
      /series 0, term 0: expected shape \[2\]; got \[3\]/,
    );
    expect(() => jet(np.sin, [1], [1] as never)).toThrow(/expected the list of an array's terms; got number/);
    expect(() => jet(np.sin, [1], [[1]], { scaled: true } as never)).toThrow(/scaled/);
  });
});

describe("cost", () => {
  const size = (f: Fn, order: number): number =>
    makeJaxpr((x: A) => jet(f, [x], [Array.from({ length: order }, () => 0.5)])[1])(1.3).jaxpr.eqns.length;

  it("grows with the square of the order, not exponentially", () => {
    const fs: Fn[] = [
      np.exp,
      np.sin,
      np.tan,
      np.tanh,
      np.log,
      np.sqrt,
      np.arcsin,
      np.arctan,
      np.arccosh,
      lax.logistic,
      lax.erf,
      (x) => np.arctan2(x, x.mul(x)),
    ];
    for (const f of fs) expect(size(f, 16) / size(f, 8)).toBeLessThan(4.2);
    // Powers and polygamma functions have another function at each order.
    // The approximate gelu has a gate whose rate is a function of its own, so that its derivatives keep their digits.
    for (const f of [(x: A) => np.power(x, 2.5), lax.lgamma, np.cbrt, (x: A) => nn.gelu(x)])
      expect(size(f, 16) / size(f, 8)).toBeLessThan(8.4);
  });

  it("of a loop is one loop", () => {
    const f: Fn = (x) => lax.foriLoop(0, 100, (_, c: A) => np.sin(c).mul(x), x);
    const text = String(makeJaxpr((x: A) => jet(f, [x], [along()])[1])(0.5));
    expect(text.match(/scan\[/g)).toHaveLength(1);
  });

  it("of a long program is no deep recursion", () => {
    const f: Fn = (x) => {
      let y = x;
      for (let i = 0; i < 5000; i++) y = np.sin(y).add(x);
      return y;
    };
    expect(Number.isFinite(derivatives(f, 0.5, 2)[2])).toBe(true);
  });
});
