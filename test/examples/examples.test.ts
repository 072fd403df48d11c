/**
 * @file The examples of `npm run examples`: their results, against closed forms and against each other.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as bayesLogistic from "../../examples/bayes-logistic.ts";
import * as eightSchools from "../../examples/eight-schools.ts";
import * as fifthOrder from "../../examples/fifth-order.ts";
import * as fixedPoint from "../../examples/fixed-point.ts";
import * as helmholtz from "../../examples/helmholtz.ts";
import * as hmc from "../../examples/hmc.ts";
import * as hyperGradient from "../../examples/hyper-gradient.ts";
import * as kepler from "../../examples/kepler.ts";
import * as logisticMap from "../../examples/logistic-map.ts";
import * as lstm from "../../examples/lstm.ts";
import * as neuralOde from "../../examples/neural-ode.ts";
import * as perturbationConfusion from "../../examples/perturbation-confusion.ts";
import * as rnnMemory from "../../examples/rnn-memory.ts";
import * as rosenbrock from "../../examples/rosenbrock.ts";
import * as survey from "../../examples/survey.ts";
import * as tangentProp from "../../examples/tangent-prop.ts";

import { effectiveSize, splitRhat } from "../../examples/lib/diagnostics.ts";
import { type Array, lax, numpy as np, random } from "../../src/index.ts";

/** Largest error of pairs, relative to values above 1. */
const error = (pairs: readonly (readonly [number, number])[]): number =>
  Math.max(...pairs.map(([got, want]) => Math.abs(got - want) / Math.max(1, Math.abs(want))));

const print = vi.spyOn(console, "log");
beforeAll(() => print.mockImplementation(() => undefined));
afterAll(() => print.mockRestore());

describe("survey", () => {
  const slopes = [5.5, 2 - Math.cos(5)];

  it("differentiates in both modes", () => {
    const { value, forward, reverse } = survey.run();
    expect(value).toBe(Math.log(2) + 10 - Math.sin(5));
    expect(error(forward.map((d, i) => [d, slopes[i]]))).toBeLessThan(1e-15);
    expect(reverse).toEqual(forward);
  });

  it("tabulates tangents and adjoints that agree", () => {
    const steps = survey.trace();
    expect(steps.map((s) => s.name)).toEqual(["x1", "x2", "v1", "v2", "v3", "v4", "v5"]);
    expect(steps.at(-1)?.tangent).toBe(slopes[0]);
    expect(steps.slice(0, 2).map((s) => s.adjoint)).toEqual([5.5, 2 - Math.cos(5)]);
  });
});

describe("logistic map", () => {
  let rows: logisticMap.LogisticRow[] = [];
  beforeAll(() => {
    rows = logisticMap.run(12);
  });

  it("has the exact slope", () => {
    expect(error(rows.map((r) => [r.slope, r.exactSlope]))).toBeLessThan(1e-11);
  });

  it("has a gradient program that grows linearly, and a symbolic derivative that does not", () => {
    const growth = rows.slice(2).map((r, i) => r.gradientProgram - rows[i + 1].gradientProgram);
    expect(new Set(growth).size).toBe(1);
    expect(growth[0]).toBeLessThanOrEqual(9);
    expect(rows.map((r) => r.program)).toEqual(rows.map((r) => 4 * (r.n - 1)));
    expect(rows[11].symbolicDerivative).toBeGreaterThan(2 ** 17);
  });
});

it("Newton's method beats steepest descent in Rosenbrock's valley", () => {
  const result = rosenbrock.run();
  expect(result.hessian).toEqual([
    [1330, 480],
    [480, 200],
  ]);
  expect(result.newton.steps).toBeLessThan(10);
  expect(error(result.newton.point.map((v) => [v, 1]))).toBeLessThan(1e-12);
  expect(result.steepest.steps).toBeGreaterThan(20 * result.newton.steps);
  expect(result.steepest.value).toBeLessThan(1e-6);
});

it("perturbations are not confused in any pair of modes", () => {
  const pairs = perturbationConfusion.run().flatMap((r) => r.results.map((v) => [v, r.expected] as const));
  expect(pairs).toHaveLength(24);
  expect(error(pairs)).toBeLessThan(1e-15);
});

it("the Helmholtz gradient is the same in both modes, and cheaper in reverse", () => {
  const [small, large] = helmholtz.run([4, 48], 2);
  for (const row of [small, large]) {
    expect(row.forwardError).toBeLessThan(1e-13);
    expect(row.differencesError).toBeLessThan(1e-6);
  }
  expect(large.reverseCost).toBeLessThan(large.forwardCost);
});

it("five nested gradients are exact to rounding", () => {
  const rows = fifthOrder.run(0.7);
  expect(rows).toHaveLength(6);
  expect(error(rows.map((r) => [r.sin, r.sinExact]))).toBeLessThan(1e-14);
  expect(error(rows.map((r) => [r.expSin, r.expSinExact]))).toBeLessThan(1e-14);
});

it("the implicit gradient of a fixed point is that of the converged iteration", () => {
  const { residual, slope, rows } = fixedPoint.run();
  expect(residual).toBeLessThan(1e-11);
  expect(Math.abs(slope[0] - slope[1])).toBeLessThan(1e-7);
  expect(rows[0].error).toBeGreaterThan(1e-3);
  expect(rows.at(-1)!.error).toBeLessThan(1e-10);
});

it("an orbit is aimed, and corrected where the target moves", () => {
  const r = kepler.run();
  expect(error(r.velocity.map((v, i) => [v, [0, 1][i]]))).toBeLessThan(1e-5);
  expect(r.energyDrift).toBeLessThan(1e-6);
  expect(error(r.forward.flat().map((v, i) => [v, r.reverse.flat()[i]]))).toBeLessThan(1e-11);
  expect(error(r.forward.flat().map((v, i) => [v, r.differences.flat()[i]]))).toBeLessThan(1e-7);
  expect(r.missed[1]).toBeLessThan(r.missed[0] / 50);
});

it("a neural ODE learns a law of motion", () => {
  const { losses, unseen, slope } = neuralOde.run();
  expect(Math.abs(slope[0] / slope[1] - 1)).toBeLessThan(1e-3);
  expect(losses.at(-1)!).toBeLessThan(losses[0] / 1000);
  expect(unseen).toBeLessThan(0.02);
});

it("tangents that are told halve the error elsewhere", () => {
  const [without, , strong] = tangentProp.run();
  expect(strong.tested).toBeLessThan(0.65 * without.tested);
  expect(strong.turning).toBeLessThan(0.3 * without.turning);
});

it("back-propagation through a loop gives one gradient, whatever the loop keeps, and keeps what it says", () => {
  const [all, ...others] = rnnMemory.run(200, 6, 2, false);
  const state = 6 * 2 * 8;
  expect(all.residualBytes).toBeGreaterThan(200 * state);
  for (const row of others) {
    expect(row.loss).toBe(all.loss);
    expect(error(row.gradient.map((g, i) => [g, all.gradient[i]]))).toBeLessThan(1e-13);
    expect(row.residualBytes).toBeLessThan(all.residualBytes / 5);
  }
  const five = others.find((r) => r.name === "scan, checkpoint 5")!;
  expect(five.residualBytes + five.temporaryBytes).toBeLessThan(30 * state + 4000);
});

it("the derivative of a training by its settings is right, and improves them", async () => {
  const { gradient, differences, path } = await hyperGradient.run(40, 10);
  expect(error(gradient.map((g, i) => [g, differences[i]]))).toBeLessThan(1e-8);
  expect(path.at(-1)!.error).toBeLessThan(0.8 * path[0].error);
});

it("a recurrent network learns a poem", async () => {
  const { losses, blind, sample } = await lstm.run({ units: 40, rounds: 6, batch: 4, length: 40 });
  expect(losses[0]).toBeLessThan(blind);
  expect(losses.at(-1)!).toBeLessThan(1);
  expect(sample).toHaveLength(301);
  expect(sample).toMatch(/\b(the|and|Jabberwock|vorpal)\b/);
});

it("Hamiltonian Monte Carlo finds the moments of a banana", async () => {
  for (const row of await hmc.run(2000)) {
    expect(Math.abs(row.estimate - row.exact)).toBeLessThan(4 * row.error);
    expect(row.error).toBeLessThan(0.15);
    expect(row.rhat).toBeLessThan(1.02);
    expect(row.size).toBeGreaterThan(800);
  }
});

it("eight schools: the reference's means, and divergences where they are known to be", async () => {
  const [centred, nonCentred, gaussian] = await eightSchools.run(1000);
  // posteriordb, eight_schools_noncentered: 10 000 draws
  const reference = { mu: 4.41, tau: 3.6, errors: [0.033, 0.032] };
  const [mu, tau] = nonCentred.errors!.map((e, i) => Math.hypot(e, reference.errors[i]));
  expect(Math.abs(nonCentred.mu - reference.mu)).toBeLessThan(4 * mu);
  expect(Math.abs(nonCentred.tau - reference.tau)).toBeLessThan(4 * tau);
  expect(centred.divergences).toBeGreaterThan(20);
  expect(nonCentred.divergences).toBeLessThan(centred.divergences / 5);
  expect(Math.abs(gaussian.mu - reference.mu)).toBeLessThan(0.6);
});

describe("diagnostics of Markov chains", () => {
  // x ← a·x + noise has 1 + 2·Σ aᵏ = (1 + a)/(1 − a) draws for each independent one
  const a = 0.8;
  const noise = random.normal(random.key(0), [4, 4000, 1]);
  const step = (x: Array, e: Array): [Array, Array] => [x.mul(a).add(e), x.mul(a).add(e)];
  const start = random.normal(random.key(1), [4, 1]).div(Math.sqrt(1 - a * a));
  const chains = np.swapaxes(lax.scan(step, start, np.swapaxes(noise, 0, 1))[1], 0, 1);

  it("effectiveSize knows the autocorrelation of a process that is known", () => {
    expect(effectiveSize(noise).slice(0).item() / 16000).toBeCloseTo(1, 1);
    expect((effectiveSize(chains).slice(0).item() / 16000) * 9).toBeCloseTo(1, 0.5);
  });

  it("splitRhat sees chains apart, and a chain that drifts", () => {
    expect(splitRhat(chains).slice(0).item()).toBeLessThan(1.01);
    expect(
      splitRhat(noise.add(np.arange(4).reshape([4, 1, 1])))
        .slice(0)
        .item(),
    ).toBeGreaterThan(1.3);
    expect(
      splitRhat(noise.add(np.linspace(0, 3, 4000).reshape([4000, 1])))
        .slice(0)
        .item(),
    ).toBeGreaterThan(1.2);
  });
});

it("Bayesian logistic regression tells benign from malignant, and how sure it is", async () => {
  const { rows, accuracy, logScore, virial, trace } = await bayesLogistic.run({ warmUp: 150, draws: 250 });
  expect(rows).toHaveLength(31);
  expect(Math.max(...rows.map((r) => r.rhat))).toBeLessThan(1.03);
  expect(Math.min(...rows.map((r) => r.size))).toBeGreaterThan(300);
  expect(accuracy).toBeGreaterThan(0.95);
  expect(logScore).toBeGreaterThan(-0.1);
  expect(Math.abs(virial.reduce((sum, v) => sum + v, 0) / 31 + 1)).toBeLessThan(0.03);
  expect(trace.match(/<polyline/g)).toHaveLength(4 * 4);
});
