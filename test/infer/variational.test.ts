/**
 * @file Variational fits of targets whose best approximation is known in closed form; the estimators' gradients against each other and
 * against the exact one; encoders of models whose posteriors are known.
 */
import { describe, expect, it } from "vitest";
import * as infer from "../../src/infer/index.ts";
import { gradientOf, othersMean } from "../../src/infer/variational/estimators.ts";
import { families } from "../../src/infer/variational/families.ts";
import {
  type Array as A,
  grad,
  jit,
  numpy as np,
  optim,
  random,
  scipy,
  tree,
  vmap,
} from "../../src/index.ts";
import { knownSchools } from "./models.ts";

const covariance = np.array([
  [2, 0.8, 0],
  [0.8, 1, -0.3],
  [0, -0.3, 0.5],
]);
const precision = np.linalg.inv(covariance);
const centre = np.array([1, -2, 3]);
const gaussian = ({ x }: { x: A }): A => {
  const off = x.sub(centre);
  return np.dot(off, precision.matmul(off)).div(-2);
};
const start = { x: np.zeros([3]) };
/** log ∫ exp(gaussian). */
const evidence = 0.5 * (3 * Math.log(2 * Math.PI) + Math.log(np.linalg.det(covariance).item()));

const close = (got: A, want: A, tolerance: number): void => {
  expect(np.abs(got.sub(want)).max().item()).toBeLessThan(tolerance);
};

describe("fitVariational on a Gaussian", () => {
  it.each(["pathwise", "score"] as const)("is exact where the family is, by %s gradients", (gradient) => {
    const fit = infer.fitVariational(random.key(0), gaussian, start, { family: "fullRank", gradient });
    close(fit.location, centre, 1e-6);
    close(np.matmul(fit.factor, fit.factor.transpose()), covariance, 1e-6);
    expect(fit.elbo.slice(-1).item()).toBeCloseTo(evidence, 6);
  });

  it.each([
    ["reparametrised", "leaveOneOut"],
    ["pathwise", "leaveOneOut"],
    ["score", "leaveOneOut"],
    ["score", "regression"],
    ["score", "none"],
  ] as const)("mean field: centre and precisions, by %s gradients, %s", (gradient, controlVariate) => {
    const fit = infer.fitVariational(random.key(1), gaussian, start, {
      gradient,
      controlVariate,
      steps: 4000,
    });
    close(fit.location, centre, 0.06);
    // the closest product of Gaussians has the diagonal of the precision, not of the covariance
    close(fit.factor, np.divide(1, np.sqrt(np.diagonal(precision))), 0.06);
    expect(fit.elbo.slice([-500]).mean().item()).toBeLessThan(evidence);
  });

  it("takes an optimiser, and is the same under jit and vmap", () => {
    const optimizer = optim.adam(0.02);
    const run = (key: random.Key) => infer.fitVariational(key, gaussian, start, { steps: 50, optimizer });
    const keys = random.split(random.key(0), 2);
    const alone = run(keys.slice(1));
    close(jit(run)(keys.slice(1)).location, alone.location, 1e-10);
    const both = vmap(run)(keys);
    close(both.location.slice(1), alone.location, 1e-10);
    expect(both.elbo.shape).toEqual([2, 50]);
    expect(jit(run)(keys.slice(0)).sample(random.key(1), 7).x.shape).toEqual([7, 3]);
  });
});

describe("gradients of the evidence lower bound", () => {
  const p = { location: np.array([0.3, -0.2]), scale: np.array([-0.4, 0.1]) };
  const target = np.array([
    [1.5, 0.4],
    [0.4, 0.8],
  ]);
  const value = (x: A): A => np.dot(x, target.matmul(x)).div(-2);
  /** E log p + entropy: −½ mᵀPm − ½ Σ Pᵢᵢ sᵢ² + Σ log sᵢ. */
  const exact = grad((q: typeof p) => {
    const variances = np.exp(q.scale.mul(2));
    const fit = value(q.location).sub(np.dot(np.diagonal(target), variances).div(2));
    return fit.add(q.scale.sum());
  })(p);
  const count = 4000;
  const gradients = (
    estimator: "reparametrised" | "pathwise" | "score",
    controlVariate: "leaveOneOut" | "regression" | "none",
  ) => {
    const one = gradientOf({ family: families.meanField, estimator, controlVariate, value });
    const each = vmap((k: random.Key) => one(p, random.normal(k, [16, 2]))[0]);
    return jit(each)(random.split(random.key(5), count));
  };
  const spread: Record<string, number> = {};

  it.each([
    ["reparametrised", "leaveOneOut"],
    ["pathwise", "leaveOneOut"],
    ["score", "leaveOneOut"],
    ["score", "none"],
  ] as const)("%s, %s: right on average", (estimator, controlVariate) => {
    const found = gradients(estimator, controlVariate);
    for (const part of ["location", "scale"] as const) {
      const off = np.negative(found[part].mean(0)).sub(exact[part]);
      const error = found[part].std(0).div(Math.sqrt(count));
      expect(np.abs(off.div(error)).max().item()).toBeLessThan(4.5);
    }
    spread[`${estimator} ${controlVariate}`] = found.location.var(0).sum().item();
  });

  it("control variates take noise away from scores", () => {
    const regression = gradients("score", "regression");
    const none = spread["score none"];
    expect(spread["score leaveOneOut"]).toBeLessThan(none);
    expect(regression.location.var(0).sum().item()).toBeLessThan(none);
    // its coefficients are of the same draws: a bias of the order of one over their number remains
    close(np.negative(regression.location.mean(0)), exact.location, 0.25);
    expect(othersMean(np.array([1, 2, 6])).js()).toEqual([4, 3.5, 1.5]);
  });
});

describe("fitVariational on a posterior", () => {
  it("of constrained parameters is near the reference", () => {
    const { logDensity, initial, constraints, moments } = knownSchools;
    const options = { constraints, family: "fullRank" as const };
    const draws = infer
      .fitVariational(random.key(0), logDensity, initial, options)
      .sample(random.key(1), 4000);
    expect(Math.abs(draws.mu.mean().item() - moments.mu.mean)).toBeLessThan(0.2 * moments.mu.sd);
    expect(draws.mu.std().item() / moments.mu.sd).toBeGreaterThan(0.85);
    expect(draws.mu.std().item() / moments.mu.sd).toBeLessThan(1.15);
    expect(draws.tau.min().item()).toBeGreaterThan(0);
  });

  it("fits densities without derivatives by scores", () => {
    // rounding has the derivative 0 everywhere: a Gaussian of deviation 3 and centre 5, in steps of 1
    const steps = (p: { x: A }): A => np.square(np.round(p.x).sub(5).div(3)).div(-2);
    const fit = infer.fitVariational(random.key(0), steps, { x: 0 }, { gradient: "score", samples: 64 });
    expect(fit.location.item()).toBeCloseTo(5, 0);
    expect(Math.abs(fit.factor.item() - 3)).toBeLessThan(0.4);
    expect(fit.median().x.item()).toBe(fit.location.item());
  });
});

describe("fitAmortised", () => {
  const logJoint = (z: A, x: A, model: { slope: A }): A =>
    scipy.stats.norm
      .logpdf(z)
      .sum()
      .add(scipy.stats.norm.logpdf(x, z.mul(model.slope), 1).sum());
  const encoder = (w: { gain: A; logScale: A }, x: A) => ({
    location: w.gain.mul(x).reshape([1]),
    logScale: w.logScale.reshape([1]),
  });
  // x ~ N(0, 1 + slope²); given x, z ~ N(slope x / (1 + slope²), 1 / (1 + slope²))
  const xs = random.normal(random.key(7), [2000]).mul(Math.sqrt(5));
  const variance = np.square(xs).mean().item();

  it.each(["reparametrised", "score"] as const)(
    "learns model and encoder together, by %s gradients",
    (gradient) => {
      const initial = { weights: { gain: 0.1, logScale: 0 }, model: { slope: 1 } };
      const options = { batch: 200, gradient, steps: 3000, ...(gradient === "score" ? { samples: 16 } : {}) };
      const fit = infer.fitAmortised(random.key(0), logJoint, encoder, initial, xs, options);
      const slope = Math.sqrt(variance - 1);
      expect(Math.abs(fit.model.slope.item() - slope)).toBeLessThan(0.1);
      expect(Math.abs(fit.weights.gain.item() - slope / variance)).toBeLessThan(0.03);
      expect(Math.abs(np.exp(fit.weights.logScale).item() - 1 / Math.sqrt(variance))).toBeLessThan(0.03);
      // the bound is the log likelihood of x ~ N(0, variance), since the family holds the posterior
      const best = -0.5 * (Math.log(2 * Math.PI * variance) + 1);
      expect(Math.abs(fit.elbo.slice([-1000]).mean().item() - best)).toBeLessThan(0.05);
    },
  );

  it("takes trees of data, and tells what is wrong", () => {
    const data = { x: xs, label: np.zeros([2000]) };
    const joint = (z: A, e: { x: A; label: A }): A => logJoint(z, e.x.add(e.label), { slope: np.array(2) });
    const own = (w: { gain: A }, e: { x: A }) => ({
      location: w.gain.mul(e.x).reshape([1]),
      logScale: np.array([-0.8]),
    });
    const at = { weights: { gain: 0 }, model: null };
    const fit = infer.fitAmortised(random.key(0), joint, own, at, data, { steps: 500 });
    expect(Math.abs(fit.weights.gain.item() - 0.4)).toBeLessThan(0.05);
    expect(tree.leaves(fit.model)).toEqual([]);
    const bad = { ...data, label: np.zeros([3]) };
    expect(() => infer.fitAmortised(random.key(0), joint, own, at, bad)).toThrow(
      /leading axis of all its arrays/,
    );
    const flat = (w: { gain: A }, e: { x: A }) => ({ location: w.gain.mul(e.x), logScale: np.array([-0.8]) });
    expect(() => infer.fitAmortised(random.key(0), joint, flat, at, data)).toThrow(/vectors of one length/);
    expect(() => infer.fitVariational(random.key(0), gaussian, start, { optimizer: 3 as never })).toThrow(
      /optimizer must be a gradient transformation/,
    );
  });
});
