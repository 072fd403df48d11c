/**
 * @file The samplers: moments of Gaussians in closed form, of posteriors from reference draws, calibration by simulation; what is
 * noted of draws; progress; other transformations around them.
 *
 * Estimates are compared within four or five standard errors, which the effective sample sizes tell. Keys are fixed.
 */
import { describe, expect, it } from "vitest";
import * as infer from "../../src/infer/index.ts";
import type { Progress, Samples } from "../../src/infer/index.ts";
import {
  type Array as A,
  config,
  errors,
  grad,
  jit,
  jvp,
  lax,
  numpy as np,
  random,
  vmap,
} from "../../src/index.ts";
import {
  distances,
  integratedProcess,
  knownAutoregression,
  knownGarch,
  knownKidiq,
  knownMixture,
  knownProcess,
  knownSchools,
} from "./models.ts";

const covariance = np.array([
  [4, 1.2, 0],
  [1.2, 1, -0.3],
  [0, -0.3, 0.25],
]);
const precision = np.linalg.inv(covariance);
const centre = np.array([1, -2, 3]);
type Vector = { x: A };

const gaussian = ({ x }: Vector): A => {
  const off = x.sub(centre);
  return np.dot(off, precision.matmul(off)).div(-2);
};

const start: Vector = { x: np.zeros([3]) };

/** Means and covariances of draws [chains, draws, 3] within standard errors of the truth. */
function expectGaussian(draws: A, errorsAllowed = 4.5): void {
  const error = infer.mcse(draws);
  const off = np.abs(draws.mean([0, 1]).sub(centre)).div(error);
  expect(off.max().item()).toBeLessThan(errorsAllowed);
  const apart = draws.sub(centre);
  const products = np.expandDims(apart, -1).mul(np.expandDims(apart, -2));
  const offProducts = np.abs(products.mean([0, 1]).sub(covariance)).div(infer.mcse(products));
  expect(offProducts.max().item()).toBeLessThan(errorsAllowed);
}

const samplers = {
  metropolis: (o: object) => infer.metropolis(random.key(1), gaussian, start, { draws: 8000, ...o }),
  mala: (o: object) => infer.mala(random.key(2), gaussian, start, { draws: 4000, ...o }),
  hmc: (o: object) => infer.hmc(random.key(3), gaussian, start, { draws: 2000, leapfrogs: 5, ...o }),
  nuts: (o: object) => infer.nuts(random.key(4), gaussian, start, { draws: 2000, ...o }),
} as const;

describe.each(Object.entries(samplers))("%s", (name, run) => {
  it.each(["diagonal", "dense", "identity"] as const)("has the moments of a Gaussian, mass %s", (mass) => {
    const { draws, statistics, stepSize, inverseMass } = run({ mass });
    expectGaussian(draws.x);
    expect(infer.rhat(draws.x).max().item()).toBeLessThan(1.02);
    expect(stepSize.shape).toEqual([4]);
    expect(inverseMass.shape).toEqual(mass === "dense" ? [4, 3, 3] : [4, 3]);
    if (mass === "dense") expect(np.abs(inverseMass.mean(0).sub(covariance)).max().item()).toBeLessThan(1);
    if (mass === "identity") expect(np.all(inverseMass.equal(1)).item()).toBe(true);
    const rate = statistics.acceptance.mean().item();
    const aim = { metropolis: 0.3, mala: 0.574, hmc: 0.8, nuts: 0.8 }[name] ?? 0;
    expect(Math.abs(rate - aim)).toBeLessThan(0.15);
  });

  it("says of each draw what it was", () => {
    const { draws, statistics: s } = run({ warmUp: 300, draws: 200 });
    for (const x of Object.values(s)) expect((x as A).shape).toEqual([4, 200]);
    const values = vmap(vmap((x: A) => gaussian({ x })))(draws.x);
    expect(np.abs(values.sub(s.logDensity)).max().item()).toBeLessThan(1e-10);
    expect(np.all(s.acceptance.greaterEqual(0).logicalAnd(s.acceptance.lessEqual(1))).item()).toBe(true);
    // the chain stays where it was if it did not move
    const steps = np.diff(draws.x, { axis: 1 });
    const still = np.all(steps.equal(0), -1);
    expect(np.all(still.notEqual(s.moved.slice([], [1]))).item()).toBe(true);
    // kinetic energy is not negative, and on average half a number for each dimension where there are momenta
    const kinetic = s.energy.add(s.logDensity);
    expect(kinetic.min().item()).toBeGreaterThan(-1e-9);
    if (name === "hmc" || name === "nuts") {
      const error = infer.mcse(kinetic).item();
      expect(Math.abs(kinetic.mean().item() - 1.5)).toBeLessThan(5 * error);
    }
  });
});

describe("nuts on posteriors with reference draws", () => {
  const within = (known: Parameters<typeof distances>[0], draws: unknown): void => {
    for (const [name, [mean, sd]] of Object.entries(distances(known, draws))) {
      expect(Math.abs(mean), `mean of ${name}`).toBeLessThan(4);
      expect(Math.abs(sd), `deviation of ${name}`).toBeLessThan(4);
    }
  };
  const cases = {
    "eight schools": knownSchools,
    kidiq: knownKidiq,
    autoregression: knownAutoregression,
    garch: knownGarch,
    "gaussian process": knownProcess,
    "gaussian process, by quadrature": integratedProcess,
    mixture: knownMixture,
  } as const;

  it.each(Object.entries(cases))("%s", { timeout: 120_000 }, (_, known) => {
    const k = known as unknown as Parameters<typeof distances>[0];
    const { draws } = infer.nuts(random.key(7), k.logDensity, k.initial, {
      constraints: k.constraints,
      jitter: 0.5,
      targetAcceptance: 0.9,
    });
    within(k, draws);
  });

  it("with a dense mass matrix, and by hmc", { timeout: 120_000 }, () => {
    const k = knownKidiq;
    const options = { constraints: k.constraints, jitter: 0.5, mass: "dense" as const };
    within(k as never, infer.nuts(random.key(8), k.logDensity, k.initial, options).draws);
    within(k as never, infer.hmc(random.key(9), k.logDensity, k.initial, options).draws);
  });
});

describe("calibration by simulation", () => {
  // mu ~ N(0, 1), tau ~ Exponential(1), four observations N(mu, tau): ranks of true values among draws are uniform
  const draws = 63;
  const simulations = 256;
  const rankOf =
    (sampler: typeof infer.nuts) =>
    (key: random.Key): A => {
      const [k1, k2, k3, k4] = random.split(key, 4);
      const [mu, tau] = [random.normal(k1), random.exponential(k2)];
      const y = mu.add(tau.mul(random.normal(k3, [4])));
      const logDensity = (p: { mu: A; tau: A }): A => {
        const z = y.sub(p.mu).div(p.tau);
        return np.square(z).sum().div(-2).sub(np.log(p.tau).mul(4)).sub(np.square(p.mu).div(2)).sub(p.tau);
      };
      const thinned = 8;
      const s = sampler(
        k4,
        logDensity,
        { mu: 0, tau: 1 },
        {
          chains: 1,
          warmUp: 300,
          draws: draws * thinned,
          constraints: { tau: infer.positive() },
        },
      );
      const rank = (x: A, truth: A): A => x.slice(0).reshape([draws, thinned]).slice([], 0).less(truth).sum();
      return np.stack([rank(s.draws.mu, mu), rank(s.draws.tau, tau)]);
    };

  it.each([
    ["nuts", infer.nuts],
    ["hmc", infer.hmc],
  ] as const)("%s", { timeout: 120_000 }, (_, sampler) => {
    const ranks = jit(vmap(rankOf(sampler)))(random.split(random.key(11), simulations));
    for (const column of ranks.transpose().js<number[][]>()) {
      const bins = Array.from({ length: 16 }, () => 0);
      for (const r of column) bins[Math.floor(r / 4)]++;
      const expected = simulations / 16;
      const chi2 = bins.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
      // the 99.9 % quantile of chi squared with 15 degrees of freedom
      expect(chi2).toBeLessThan(37.7);
    }
  });
});

describe("divergences", () => {
  it("are seen where a funnel is narrow, and less so with smaller steps", () => {
    const funnel = (p: { v: A; x: A }): A =>
      np
        .square(p.v.div(3))
        .div(-2)
        .sub(np.square(p.x).sum().mul(np.exp(p.v.neg())).div(2))
        .sub(p.v.mul(4.5));
    const at = { v: 0, x: np.zeros([9]) };
    const count = (targetAcceptance: number): number =>
      infer
        .nuts(random.key(0), funnel, at, { targetAcceptance, chains: 2 })
        .statistics.diverging.sum()
        .item();
    expect(count(0.7)).toBeGreaterThan(10);
    expect(count(0.99)).toBeLessThan(count(0.7));
  });

  it("come of a density that is NaN beyond a bound, which draws do not cross", () => {
    const half = (p: { x: A }): A => np.log(p.x).sub(p.x); // gamma of shape 2, NaN below 0
    const { draws } = infer.nuts(
      random.key(0),
      half,
      { x: 1 },
      { jitter: 0, draws: 4000, targetAcceptance: 0.95 },
    );
    expect(draws.x.min().item()).toBeGreaterThan(0);
    expect(Math.abs(draws.x.mean().item() - 2)).toBeLessThan(5 * infer.mcse(draws.x).item());
  });
});

describe("starts", () => {
  it("may be one for each chain", () => {
    const x = np.array([
      [10, 10, 10],
      [-10, -10, -10],
    ]);
    const o = { chains: 2, perChain: true, warmUp: 0, draws: 1, stepSize: 1e-6 };
    const { draws } = infer.hmc(random.key(0), gaussian, { x }, o);
    expect(np.abs(draws.x.slice([], 0).sub(x)).max().item()).toBeLessThan(1e-3);
    expect(() => infer.hmc(random.key(0), gaussian, { x }, { ...o, chains: 3 })).toThrow(errors.ShapeError);
  });

  it("are spread by jitter, in unconstrained numbers", () => {
    const o = {
      chains: 200,
      warmUp: 0,
      draws: 1,
      stepSize: 1e-9,
      jitter: 2,
      constraints: { s: infer.positive() },
    };
    const { draws } = infer.metropolis(random.key(0), (p) => p.s.neg(), { s: 1 }, o);
    const logs = np.log(draws.s);
    expect(np.abs(logs).max().item()).toBeLessThan(2);
    expect(Math.abs(logs.std().item() - 4 / Math.sqrt(12))).toBeLessThan(0.2);
  });
});

describe("progress", () => {
  it("is told in pieces that give the very same draws", async () => {
    const told: Progress[] = [];
    const o = { warmUp: 130, draws: 90, piece: 40 };
    const inPieces = await infer.nuts(random.key(5), gaussian, start, {
      ...o,
      progress: (p) => told.push(p),
    });
    const atOnce = infer.nuts(random.key(5), gaussian, start, { warmUp: 130, draws: 90 });
    expect(np.abs(inPieces.draws.x.sub(atOnce.draws.x)).max().item()).toBeLessThan(1e-9);
    expect(inPieces.draws.x.shape).toEqual([4, 90, 3]);
    expect(told.map((p) => p.done)).toEqual([40, 80, 120, 130, 170, 210, 220]);
    expect(told.map((p) => p.phase === "draws")).toEqual([false, false, false, false, true, true, true]);
    expect(told.every((p) => p.total === 220 && p.divergences === 0)).toBe(true);
  });

  it("lets others have their turn", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await infer.hmc(random.key(5), gaussian, start, { progress: () => undefined, piece: 100 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });

  it("needs values", () => {
    const traced = (key: random.Key) => infer.nuts(key, gaussian, start, { progress: () => undefined });
    expect(() => jit(traced as never)(random.key(0) as never)).toThrow(/with progress .* must be values/);
  });
});

describe("within other transformations", () => {
  const o = { chains: 2, warmUp: 50, draws: 20 };
  const run = (key: random.Key): A => infer.nuts(key, gaussian, start, o).draws.x;

  it("jit and vmap give the same draws", () => {
    const keys = random.split(random.key(0), 3);
    const each = [0, 1, 2].map((i) => run(keys.slice(i)));
    const together = vmap(run)(keys);
    each.forEach((x, i) => expect(np.abs(together.slice(i).sub(x)).max().item()).toBeLessThan(1e-9));
    expect(
      np
        .abs(jit(run)(keys.slice(0)).sub(each[0]))
        .max()
        .item(),
    ).toBeLessThan(1e-9);
  });

  it("every mode of execution gives the same draws", () => {
    const want = run(random.key(3));
    const short = { chains: 2, warmUp: 6, draws: 4 };
    const brief = (): A => infer.nuts(random.key(3), gaussian, start, short).draws.x;
    const briefly = brief();
    for (const backend of ["js", "wasm"] as const) {
      const got = config.with({ backend }, () => run(random.key(3)));
      expect(np.abs(got.sub(want)).max().item()).toBeLessThan(1e-6);
    }
    const got = config.with({ jitless: true }, brief);
    expect(np.abs(got.sub(briefly)).max().item()).toBeLessThan(1e-6);
  });

  it("draws have derivatives with respect to what the density closes over", () => {
    // The noise is fixed: moving the centre by one moves each draw of a trajectory by one, if nothing else changes.
    const fixed = { chains: 1, warmUp: 0, draws: 5, stepSize: 0.3, stepJitter: 0, jitter: 0, leapfrogs: 3 };
    const last = (m: A): A => {
      const logDensity = (p: { x: A }): A => np.square(p.x.sub(m)).div(-2);
      return infer.hmc(random.key(2), logDensity, { x: m }, fixed).draws.x.slice(0, -1);
    };
    const [value, slope] = jvp(last, [0.7], [1]);
    const step = 1e-5;
    const difference = last(np.array(0.7 + step))
      .sub(last(np.array(0.7 - step)))
      .div(2 * step)
      .item();
    expect(slope.item()).toBeCloseTo(difference, 6);
    expect(slope.item()).toBeCloseTo(1, 9);
    expect(grad(last)(0.7).item()).toBeCloseTo(slope.item(), 9);
    expect(value.shape).toEqual([]);
  });

  it("in single precision", () => {
    const single = { x: np.zeros([3], { dtype: "float32" }) };
    const logDensity = ({ x }: Vector): A => np.square(x).sum().div(-2);
    const { draws } = infer.nuts(random.key(0), logDensity, single);
    expect(draws.x.dtype).toBe("float32");
    const error = infer.mcse(draws.x);
    expect(
      np
        .abs(draws.x.mean([0, 1]))
        .div(error)
        .max()
        .item(),
    ).toBeLessThan(4.5);
    expect(Math.abs(draws.x.var().item() - 1)).toBeLessThan(0.1);
  });

  it("with loops and branches in the density", () => {
    const logDensity = (p: { x: A }): A =>
      lax.foriLoop(
        0,
        3,
        (_, s: A) =>
          s.sub(
            lax.cond(
              p.x.greater(0),
              () => p.x,
              () => p.x.neg(),
            ),
          ),
        np.array(0),
      );
    const { draws } = infer.nuts(random.key(0), logDensity, { x: 0.1 }, { draws: 3000 });
    // Laplace of rate 3: E |x| = 1/3
    const size = np.abs(draws.x);
    expect(Math.abs(size.mean().item() - 1 / 3)).toBeLessThan(5 * infer.mcse(size).item());
  });
});

describe("what is wrong is told", () => {
  const key = random.key(0);
  const f = (p: { x: A }): A => np.square(p.x).sum().neg();
  it.each([
    [
      "an option",
      () => infer.nuts(key, f, { x: 0 }, { drawz: 3 } as never),
      /unknown option 'drawz'; did you mean 'draws'/,
    ],
    [
      "an option of another sampler",
      () => infer.mala(key, f, { x: 0 }, { maxDepth: 3 } as never),
      /unknown option 'maxDepth'/,
    ],
    ["no chains", () => infer.nuts(key, f, { x: 0 }, { chains: 0 }), /chains must be a whole number from 1/],
    ["a rate", () => infer.nuts(key, f, { x: 0 }, { targetAcceptance: 1 }), /between 0 and 1; got 1/],
    [
      "a vector",
      () => infer.nuts(key, (p) => p.x, { x: np.zeros([2]) }),
      /must be one number; got shape \[2\]/,
    ],
    [
      "complex parameters",
      () => infer.nuts(key, f, { x: np.array(1).astype("complex128") }),
      /parameters are real/,
    ],
    ["nothing to draw", () => infer.nuts(key, () => np.array(0), {}), /no numbers to draw/],
    ["no function", () => infer.nuts(key, 3 as never, { x: 0 }), /the log density must be a function/],
    ["no key", () => infer.nuts(3 as never, f, { x: 0 }), /expected a key/],
  ] as const)("%s", (_, run, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(errors.AdjointError);
  });
});

it("results are typed as the parameters are", () => {
  const s: Samples<{ x: A }> = infer.nuts(random.key(0), gaussian, start, { warmUp: 0, draws: 1 });
  expect(s.draws.x.shape).toEqual([4, 1, 3]);
});
