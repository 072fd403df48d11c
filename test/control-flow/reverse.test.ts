/**
 * @file Reverse mode through loops that do not keep every step: `whileLoop`, and scans with checkpoints. Each program under
 * every transformation beside the same computation as a host loop; and how often the body runs.
 */
import { describe, expect, it } from "vitest";
import {
  checkpoint,
  customJvp,
  grad,
  hessian,
  jit,
  jvp,
  linearTranspose,
  vjp,
  vmap,
} from "../../src/api/index.ts";
import { config } from "../../src/base/config.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/control-flow/lax.ts";
import { checkGrads } from "../../src/testing.ts";
import { array, expectArraysClose, expectClose, flat, value } from "../util/arrays.ts";
import { type Pair, describePairs } from "../util/matrix.ts";

type A = NDArray;
const { add, mul, sin, sub } = lax;
const int = (n: number): A => array([], [n], "int32");
const float = (x: A): A => lax.convertElementType(x, "float64");

/** A carry of a counter, an array and a scalar; constants closed over. */
const stepped = (x: A, w: A, n: A | number, checkpoint: lax.Checkpointing): A => {
  const [, v, c] = lax.whileLoop(
    ([i]: [A, A, A]) => lax.lt(i, n),
    ([i, v, c]: [A, A, A]): [A, A, A] => [
      add(i, 1),
      add(mul(sin(v), w), mul(c, array([2], [1, 0.5]))),
      add(mul(c, x), mul(float(i), 0.1)),
    ],
    [int(0), lax.broadcast(x, [2]), w],
    { checkpoint },
  );
  return add(lax.reduceSum(mul(v, v), [0]), c);
};

const steppedPlain = (x: A, w: A, n: number): A => {
  let v: A = lax.broadcast(x, [2]);
  let c = w;
  for (let i = 0; i < n; i++)
    [v, c] = [add(mul(sin(v), w), mul(c, array([2], [1, 0.5]))), add(mul(c, x), 0.1 * i)];
  return add(lax.reduceSum(mul(v, v), [0]), c);
};

/** A scan with everything: constants closed over, xs that depend on the argument, ys. */
const scanned = (x: A, w: A, options: lax.ScanOptions): A => {
  const xs = mul(array([7], [1, 2, 3, 4, 5, 6, 7]), x);
  const [[c, v], ys] = lax.scan(
    ([c, v]: [A, A], z: A): [[A, A], { s: A; v: A }] => [
      [add(mul(sin(c), w), z), mul(add(v, c), array([2], [0.5, 0.3]))],
      { s: mul(c, z), v: sin(v) },
    ],
    [w, lax.broadcast(x, [2])],
    xs,
    options,
  );
  const weights = array([7], [1, -1, 2, 0.5, 1, 3, -2]);
  const sum = (a: A): A => lax.reduceSum(a, [0]);
  return add(add(sum(mul(ys.s, weights)), sum(lax.reduceSum(ys.v, [1]))), add(c, sum(v)));
};

const scannedPlain = (x: A, w: A, reverse: boolean): A => {
  const weights = [1, -1, 2, 0.5, 1, 3, -2];
  let c = w;
  let v: A = lax.broadcast(x, [2]);
  let total: A = mul(x, 0);
  for (let k = 0; k < 7; k++) {
    const i = reverse ? 6 - k : k;
    const z = mul(x, i + 1);
    total = add(total, add(mul(mul(c, z), weights[i]), lax.reduceSum(sin(v), [0])));
    [c, v] = [add(mul(sin(c), w), z), mul(add(v, c), array([2], [0.5, 0.3]))];
  }
  return add(total, add(c, lax.reduceSum(v, [0])));
};

const settings: readonly lax.Checkpointing[] = ["all", "sqrt", 1, 2, { slots: 3 }];

const pairs: readonly Pair[] = [
  ...settings.map((s): Pair => ({
    name: `whileLoop, checkpoint ${JSON.stringify(s)}`,
    program: (x, w) => stepped(x, w, 5, s),
    plain: (x, w) => steppedPlain(x, w, 5),
    tol: 1e-11,
  })),
  ...(["sqrt", 1, 3] as const).flatMap((s) =>
    [false, true].map((reverse): Pair => ({
      name: `scan, checkpoint ${s}${reverse ? ", reversed" : ""}`,
      program: (x, w) => scanned(x, w, { checkpoint: s, reverse }),
      plain: (x, w) => scannedPlain(x, w, reverse),
      tol: 1e-11,
    })),
  ),
  {
    name: "foriLoop with traced bounds",
    program: (x, w) => lax.foriLoop(int(1), int(4), (i: A, c: A) => add(mul(sin(c), w), float(i)), x),
    plain: (x, w) => [1, 2, 3].reduce((c, i) => add(mul(sin(c), w), i), x),
  },
  {
    name: "whileLoop that makes no step",
    program: (x, w) =>
      lax.whileLoop(
        (c: A) => lax.gt(c, 100),
        (c: A) => mul(c, w),
        mul(x, w),
      ),
    plain: (x, w) => mul(x, w),
  },
  {
    name: "whileLoop inside scan",
    program: (x, w) =>
      lax.scan(
        (c: A, n: A) => [
          lax.whileLoop(
            ([i]: [A, A]) => lax.lt(i, n),
            ([i, d]: [A, A]): [A, A] => [add(i, 1), mul(sin(d), w)],
            [int(0), c],
          )[1],
          null,
        ],
        x,
        array([3], [1, 0, 2], "int32"),
      )[0],
    plain: (x, w) => [1, 2, 3].reduce((c) => mul(sin(c), w), x),
  },
  {
    name: "scan and whileLoop inside whileLoop",
    program: (x, w) =>
      lax.whileLoop(
        ([i]: [A, A]) => lax.lt(i, 2),
        ([i, c]: [A, A]): [A, A] => {
          const inner = lax.scan((d: A) => [mul(sin(d), w), null], c, null, 2)[0];
          const [, last] = lax.whileLoop(
            ([k]: [A, A]) => lax.lt(k, i),
            ([k, d]: [A, A]): [A, A] => [add(k, 1), sub(d, mul(d, w))],
            [int(0), inner],
          );
          return [add(i, 1), last];
        },
        [int(0), x],
      )[1],
    plain: (x, w) => {
      const two = (c: A): A => mul(sin(mul(sin(c), w)), w);
      const last = two(two(x));
      return sub(last, mul(last, w));
    },
  },
];

describePairs(pairs);

describe("whileLoop", () => {
  /** Newton's method for √a: the number of steps depends on the argument. */
  const root = (a: A): A =>
    lax.whileLoop(
      ([, d]: [A, A]) => lax.gt(lax.abs(d), 1e-9),
      ([y]: [A, A]): [A, A] => {
        const next = mul(0.5, add(y, lax.div(a, y)));
        return [next, sub(next, y)];
      },
      [lax.fullLike(a, 1), lax.fullLike(a, 1)],
    )[0];

  it("has derivatives where the number of steps depends on values, in each lane its own", () => {
    const xs = [0.01, 2, 1e4];
    const want = xs.map((x) => 0.5 / Math.sqrt(x));
    for (const g of [vmap(grad(root)), jit(vmap(grad(root))), vmap(jit(grad(root)))])
      expectClose(g(array([3], xs)), want, 1e-9);
    const second = xs.map((x) => -0.25 * x ** -1.5);
    expectClose(vmap(grad(grad(root)))(array([3], xs)), second, 1e-6);
    expectClose(vmap(jit(hessian(root)))(array([3], xs)), second, 1e-6);
  });

  it("has derivatives to third order", () => {
    const f = (x: A, w: A): A => stepped(x, w, 4, 2);
    checkGrads(f, [array([], [0.6]), array([], [1.2])], { order: 3 });
    checkGrads(checkpoint(f), [array([], [0.6]), array([], [1.2])], { order: 2 });
  });

  it("differentiates mixed pairs of arguments: what one pass holds fixed the other moves", () => {
    const f = (x: A, w: A): A => stepped(x, w, 4, 3);
    const plain = (x: A, w: A): A => steppedPlain(x, w, 4);
    const at = [array([], [0.6]), array([], [1.2])] as const;
    const mixed = (h: typeof f): A => grad((x: A) => grad(h, 1)(x, at[1]))(at[0]);
    expectArraysClose(mixed(f), mixed(plain), 1e-11);
    const third = (h: typeof f): A => grad((w: A) => grad((x: A) => grad(h, 1)(x, w))(at[0]))(at[1]);
    expectArraysClose(third(f), third(plain), 1e-10);
  });

  it("is one compiled program, in which the number of steps is not a constant", () => {
    const f = jit(grad((x: A, n: A) => stepped(x, array([], [1.2]), n, "all")));
    for (const n of [0, 1, 7, 40])
      expectArraysClose(
        f(array([], [0.6]), int(n)),
        grad((x: A) => steppedPlain(x, array([], [1.2]), n))(array([], [0.6])),
        1e-9,
      );
    expect(f.cacheStats().entries).toBe(1);
  });

  it("pulls back a carry whose cotangent is zero, and integer carries", () => {
    const f = (x: A): [A, A, A] =>
      lax.whileLoop(
        ([i]: [A, A, A]) => lax.lt(i, 3),
        ([i, a, b]: [A, A, A]): [A, A, A] => [add(i, 1), mul(a, x), add(b, a)],
        [int(0), x, array([], [0])],
      );
    expect(value(grad((x: A) => f(x)[2])(2))).toBe(1 + 4 + 12);
    const [, pull] = vjp(f, [2]);
    expect(value(pull([int(0), array([], [1]), array([], [0])] as never)[0])).toBe(4 * 8);
  });

  it("with one linear equation: linearTranspose", () => {
    const power = (x: A): A =>
      lax.whileLoop(
        ([i]: [A, A]) => lax.lt(i, 3),
        ([i, c]: [A, A]): [A, A] => [add(i, 1), mul(c, array([2], [2, 3]))],
        [int(0), x],
      )[1];
    expect(flat(linearTranspose(power, [array([2], [0, 0])])(array([2], [1, 1]))[0])).toEqual([8, 27]);
    const square = (x: A): A =>
      lax.whileLoop(
        ([i]: [A, A]) => lax.lt(i, 3),
        ([i, c]: [A, A]): [A, A] => [add(i, 1), mul(c, c)],
        [int(0), x],
      )[1];
    expect(() => linearTranspose(square, [1])(1)).toThrow("linear");
  });
});

/** The least number of forward steps that reversing n steps with s states kept takes (Griewank and Walther, Prop. 12.3). */
function leastSteps(n: number, s: number): number {
  const binomial = (a: number, b: number): number => {
    let out = 1;
    for (let k = 1; k <= b; k++) out = (out * (a - b + k)) / k;
    return out;
  };
  let r = 0;
  while (binomial(s + r, s) < n) r++;
  return r * n - binomial(s + r, r - 1);
}

describe("the number of times a body runs", () => {
  /**
   * Sines computed by a compiled gradient: the body's only one, and its derivative is a cosine. Calls can be counted in
   * JavaScript; what runs how often is the loop program's, the same for all backends.
   */
  const sines = (f: (x: A) => A): number =>
    config.with({ backend: "js", jitless: false }, () => countSines(jit(grad(f))));
  const countSines = (compiled: (x: A) => A): number => {
    const x = array([], [0.5]);
    compiled(x);
    const original = Math.sin;
    let calls = 0;
    Math.sin = (v) => {
      calls++;
      return original(v);
    };
    try {
      compiled(x);
    } finally {
      Math.sin = original;
    }
    return calls;
  };
  const loop =
    (n: number, checkpoint: lax.Checkpointing) =>
    (x: A): A =>
      lax.scan((c: A) => [sin(c), null], x, null, { length: n, checkpoint })[0];

  it("is the least possible for the slots given", () => {
    for (const [n, s] of [
      [10, 3],
      [100, 1],
      [100, 2],
      [1000, 5],
      [1000, 10],
      [4321, 7],
    ])
      // The primal pass runs n times; the published count includes each step's own forward run.
      expect([n, s, sines(loop(n, s)) - n]).toEqual([n, s, leastSteps(n, s) - n]);
  });
  it("is once more with sqrt, and as often as the loop has steps without", () => {
    expect(sines(loop(1000, "sqrt"))).toBeLessThanOrEqual(2000);
    expect(sines(loop(1000, "all"))).toBe(1000);
  });
});

describe("on complex carries", () => {
  // The rule says three times the derivative of w z, so that it is seen where the rule is lost.
  const scaled = (z: A, w: A): A => mul(z, lax.convertElementType(w, "complex128"));
  const turned = customJvp(scaled);
  turned.defJvp(([z, w]: [A, A], [dz, dw]: [A, A]) => [
    turned(z, w),
    mul(add(scaled(dz, w), scaled(z, dw)), lax.complex(array([], [3]), array([], [0]))),
  ]);
  const start = (): A => lax.complex(array([], [1]), array([], [0.5]));
  const loops: Record<string, (body: (z: A) => A) => A> = {
    whileLoop: (body) =>
      lax.whileLoop(
        ([i]: [A, A]) => lax.lt(i, 3),
        ([i, z]: [A, A]): [A, A] => [add(i, 1), body(z)],
        [int(0), start()],
      )[1],
    "scan with checkpoints": (body) =>
      lax.scan((z: A) => [body(z), null], start(), null, { length: 3, checkpoint: 2 })[0],
  };
  for (const [name, loop] of Object.entries(loops)) {
    it(`custom rules hold in ${name}`, () => {
      // w³ z₀ with each factor's derivative, in z and in w, tripled: Σₖ 3ᵏ w² for k = 1, 2, 3.
      const f = (w: A): A => lax.real(loop((z) => turned(z, w)));
      for (const g of [grad(f), jit(grad(f))])
        expect(value(g(array([], [0.7])))).toBeCloseTo(39 * 0.7 ** 2, 12);
    });
    it(`stopGradient holds in ${name}`, () => {
      // z ↦ w · stop(z) + z, of which only the factors w move: Σ z₀ (1 + w)ᵏ.
      const f = (w: A): A =>
        lax.real(loop((z) => add(mul(lax.stopGradient<A>(z), lax.convertElementType(w, "complex128")), z)));
      const want = 1 + 1.7 + 1.7 ** 2;
      for (const g of [grad(f), jit(grad(f))]) expect(value(g(array([], [0.7])))).toBeCloseTo(want, 12);
    });
  }
});

it("code size depends on neither the number of steps nor that of slots", () => {
  const size = (n: number, s: number): number =>
    jit(
      grad((x: A) => lax.scan((c: A) => [mul(sin(c), 1.01), null], x, null, { length: n, checkpoint: s })[0]),
    )
      .lower(1)
      .compile().source.length;
  expect(Math.abs(size(100_000, 5) - size(100, 20))).toBeLessThan(40);
});

describe("options", () => {
  it("that are wrong are refused", () => {
    const f = (c: unknown) => () =>
      lax.scan((x: A) => [x, null], 1, null, { length: 3, checkpoint: c as lax.Checkpointing });
    for (const c of [0, 1.5, "some", { slots: -1 }, {}, null]) expect(f(c)).toThrow("checkpoint must be");
  });
  it("work in the interpreter of loop programs", () => {
    const g = jit(grad((x: A) => stepped(x, array([], [1.2]), 5, 2)));
    config.with({ jitless: true }, () => {
      expectArraysClose(
        g(array([], [0.6])),
        grad((x: A) => steppedPlain(x, array([], [1.2]), 5))(array([], [0.6])),
        1e-11,
      );
    });
  });
  it("forward mode over reverse mode", () => {
    const f = (x: A): A => stepped(x, array([], [1.2]), 6, 2);
    const plain = (x: A): A => steppedPlain(x, array([], [1.2]), 6);
    const twice = (h: typeof f): A => jvp(grad(h), [array([], [0.6])], [array([], [1])])[1];
    expectArraysClose(twice(f), twice(plain), 1e-11);
  });
});
