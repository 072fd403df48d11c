/**
 * @file Bijectors: forward and back, values that are known, and log determinants against the determinants of Jacobians that
 * automatic differentiation makes of the maps themselves.
 */
import { describe, expect, it } from "vitest";
import * as infer from "../../src/infer/index.ts";
import type { Bijector } from "../../src/infer/index.ts";
import { type Array as A, errors, grad, jacfwd, jit, numpy as np, random, vmap } from "../../src/index.ts";

const {
  above,
  affine,
  below,
  composed,
  correlationCholesky,
  covarianceCholesky,
  free,
  interval,
  ordered,
  positive,
  simplex,
  unitVector,
} = infer;

interface Row {
  readonly name: string;
  readonly bijector: Bijector;
  /** The shape of an event, unconstrained. */
  readonly event: readonly number[];
  /** The elements of a constrained event that are free, by place. */
  readonly freePlaces: readonly number[] | null;
  readonly holds: (x: A) => A;
}

const rows: readonly Row[] = [
  { name: "free", bijector: free(), event: [], freePlaces: null, holds: (x) => np.isfinite(x) },
  { name: "positive", bijector: positive(), event: [], freePlaces: null, holds: (x) => x.greater(0) },
  {
    name: "softplus",
    bijector: positive({ by: "softplus" }),
    event: [],
    freePlaces: null,
    holds: (x) => x.greater(0),
  },
  { name: "above", bijector: above(-2), event: [], freePlaces: null, holds: (x) => x.greater(-2) },
  { name: "below", bijector: below(3), event: [], freePlaces: null, holds: (x) => x.less(3) },
  {
    name: "interval",
    bijector: interval(-1, 4),
    event: [],
    freePlaces: null,
    holds: (x) => x.greater(-1).logicalAnd(x.less(4)),
  },
  { name: "affine", bijector: affine(1, -2), event: [], freePlaces: null, holds: (x) => np.isfinite(x) },
  {
    name: "composed",
    bijector: composed(affine(0.5, 3), interval(0, 1)),
    event: [],
    freePlaces: null,
    holds: (x) => x.greaterEqual(0).logicalAnd(x.lessEqual(1)),
  },
  {
    name: "ordered",
    bijector: ordered(),
    event: [4],
    freePlaces: [0, 1, 2, 3],
    holds: (x) => np.diff(x, { axis: -1 }).greater(0),
  },
  {
    name: "simplex",
    bijector: simplex(),
    event: [4],
    freePlaces: [0, 1, 2, 3],
    holds: (x) => np.abs(x.sum(-1).sub(1)).less(1e-12).logicalAnd(x.min(-1).greater(0)),
  },
  {
    name: "correlationCholesky",
    bijector: correlationCholesky(),
    event: [6],
    freePlaces: [4, 8, 9, 12, 13, 14],
    holds: (x) => np.abs(np.square(x).sum(-1).sub(1)).less(1e-12),
  },
  {
    name: "covarianceCholesky",
    bijector: covarianceCholesky(),
    event: [6],
    freePlaces: [0, 3, 4, 6, 7, 8],
    holds: (x) => np.diagonal(x, { axis1: -2, axis2: -1 }).greater(0),
  },
];

const close = (got: A, want: A, tolerance = 1e-9): void => {
  expect(got.shape).toEqual(want.shape);
  expect(np.abs(got.sub(want)).max().item()).toBeLessThan(tolerance);
};

describe.each(rows)("$name", ({ bijector, event, freePlaces, holds }) => {
  const us = random.normal(random.key(5), [3, 2, ...event]).mul(1.5);

  it("maps into its set, and back", () => {
    const xs = bijector.forward(us);
    expect(np.all(holds(xs)).item()).toBe(true);
    close(bijector.inverse(xs), us);
  });

  it("has the log determinant of its Jacobian", () => {
    const one = us.reshape([6, ...event]);
    const places = (x: A): A =>
      freePlaces === null ? x : np.take(x.reshape([-1]), np.array(freePlaces, { dtype: "int32" }));
    const logDet = (u: A): A => {
      const j = jacfwd((v: A) => places(bijector.forward(v)))(u);
      return j.ndim === 0 ? np.log(np.abs(j)) : np.linalg.slogdet(j)[1];
    };
    close(bijector.forwardLogDet(us), vmap(logDet)(one).reshape([3, 2]), 1e-8);
  });

  it("is the same under jit and vmap, and in single precision", () => {
    close(jit(bijector.forward)(us), bijector.forward(us), 1e-12);
    close(vmap(vmap(bijector.forward))(us), bijector.forward(us), 1e-12);
    expect(bijector.forward(us.astype("float32")).dtype).toBe("float32");
    expect(bijector.forwardLogDet(us.astype("float32")).dtype).toBe("float32");
  });
});

describe("far out", () => {
  it("log determinants stay finite where the maps are flat", () => {
    const far = np.array([-700, -40, 40, 700]);
    for (const b of [positive({ by: "softplus" }), interval(0, 1)])
      expect(np.all(np.isfinite(b.forwardLogDet(far))).item()).toBe(true);
    for (const b of [simplex(), correlationCholesky()]) {
      const u = np.array([300, -300, 40]);
      expect(np.isfinite(b.forwardLogDet(u)).item()).toBe(true);
      expect(np.all(np.isfinite(grad((v: A) => b.forwardLogDet(v))(u))).item()).toBe(true);
    }
  });

  it("softplus is undone where exp would overflow", () => {
    close(
      positive({ by: "softplus" }).inverse(np.array([1e-8, 800])),
      np.array([Math.log(Math.expm1(1e-8)), 800]),
      1e-6,
    );
  });
});

describe("unitVector", () => {
  it("gives directions, uniformly where u is standard normal", () => {
    const u = random.normal(random.key(0), [5000, 3]);
    const x = unitVector().forward(u);
    close(np.square(x).sum(-1), np.ones([5000]), 1e-12);
    // uniform on the sphere: mean 0, second moments 1/3, each within four standard errors
    expect(np.abs(x.mean(0)).max().item()).toBeLessThan(4 * Math.sqrt(1 / 3 / 5000));
    expect(
      np
        .abs(
          np
            .square(x)
            .mean(0)
            .sub(1 / 3),
        )
        .max()
        .item(),
    ).toBeLessThan(4 * Math.sqrt((1 / 5 - 1 / 9) / 5000));
    close(unitVector().forwardLogDet(u), np.square(u).sum(-1).div(-2), 1e-12);
  });
});

describe("constrained", () => {
  type P = { tau: A; w: A; deep: { a: A }; mu: A };
  const space = infer.constrained({ tau: positive(), w: simplex(), deep: { a: interval(0, 2) } });
  const u = { tau: np.array(0.3), w: np.array([0.1, -0.4]), deep: { a: np.array(1.2) }, mu: np.array(-1) };

  it("maps trees by the names of their parameters", () => {
    const p = space.constrain(u);
    expect(p.tau.item()).toBeCloseTo(Math.exp(0.3), 12);
    expect(p.w.shape).toEqual([3]);
    expect(p.mu.item()).toBe(-1);
    close(space.unconstrain(p).deep.a, u.deep.a);
  });

  it("adds the log determinants to a log density", () => {
    const f = space.logDensity((p: P) => p.tau.add(p.mu));
    const dets = [
      positive().forwardLogDet(0.3),
      simplex().forwardLogDet(u.w),
      interval(0, 2).forwardLogDet(1.2),
    ];
    const want = Math.exp(0.3) - 1 + dets.reduce((n, d) => n + d.item(), 0);
    expect(f(u).item()).toBeCloseTo(want, 12);
    expect(grad(f)(u).mu.item()).toBe(1);
  });

  it("makes densities that integrate to 1 again", () => {
    // the density of a gamma distribution of shape 3, over log x
    const f = infer
      .constrained({ x: positive() })
      .logDensity(({ x }: { x: A }) => np.log(x).mul(2).sub(x).sub(Math.log(2)));
    const grid = np.linspace(-8, 5, 2001);
    const total = np.trapezoid(np.exp(vmap((x: A) => f({ x }))(grid)), grid);
    expect(total.item()).toBeCloseTo(1, 6);
  });

  it("refuses constraints of nothing, and starts outside", () => {
    expect(() => infer.constrained({ tau: positive() }).constrain({ mu: 0 })).toThrow(
      /constraint of '\.tau', but no such parameter; the parameters are \.mu/,
    );
    expect(() => infer.constrained({ tau: 3 as never })).toThrow(/constraints\.tau must be a bijector/);
    expect(() =>
      infer.nuts(random.key(0), (p) => p.tau, { tau: -1 }, { constraints: { tau: positive() } }),
    ).toThrow(/the parameter \.tau must satisfy its constraint 'positive'/);
    expect(() => interval(2, 1)).toThrow(errors.ArgumentError);
    expect(() => correlationCholesky().forward(np.ones([4]))).toThrow(/k \(k − 1\) \/ 2 numbers/);
    expect(() => ordered().forward(1)).toThrow(errors.ShapeError);
  });

  it("takes bijectors that users write", () => {
    const cube: Bijector = {
      name: "cube",
      forward: (x) => np.power(x, 3),
      inverse: (x) => np.cbrt(x),
      forwardLogDet: (x) => np.log(np.multiply(3, np.square(x))),
    };
    expect(infer.constrained({ x: cube }).forwardLogDet({ x: 2 }).item()).toBeCloseTo(Math.log(12), 12);
  });
});
