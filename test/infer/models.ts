/**
 * @file Posteriors with known moments: of Gaussians in closed form, and of posteriordb from reference draws (posteriordb/make.py
 * says how they were recorded, and under which licence). Densities are those of the Stan programs of the same names.
 */
import * as infer from "../../src/infer/index.ts";
import type { ConstraintSpec } from "../../src/infer/index.ts";
import { type Array as A, lax, numpy as np, scipy } from "../../src/index.ts";
import { readJson } from "../util/files.ts";

interface Moments {
  readonly mean: number;
  readonly sd: number;
  readonly draws: number;
}

interface Recorded<D> {
  readonly data: D;
  readonly moments: Readonly<Record<string, Moments>>;
}

interface Sums {
  readonly n: number;
  readonly xx: number[][];
  readonly xy: number[];
  readonly yy: number;
}

interface Posteriors {
  readonly eightSchools: Recorded<{ y: number[]; sigma: number[] }>;
  readonly kidiq: Recorded<Sums>;
  readonly garch: Recorded<{ y: number[]; sigma1: number }>;
  readonly autoregression: Recorded<Sums>;
  readonly gaussianProcess: Recorded<{ x: number[]; y: number[] }>;
  readonly mixture: Recorded<{ y: number[] }>;
}

export const recorded = (await readJson("posteriordb/posteriors.json", import.meta.url)) as Posteriors;

const { norm, gamma } = scipy.stats;

/** Half Cauchy, up to a constant. */
const cauchy = (x: A, scale: number): A => np.log1p(np.square(x.div(scale))).neg();

export type Schools = { theta: A; mu: A; tau: A };

const schools = recorded.eightSchools.data;
const [effects, errors] = [np.array(schools.y), np.array(schools.sigma)];

/** Effects are mu + tau · theta; theta is standard normal. */
export function eightSchools({ theta, mu, tau }: Schools): A {
  const fit = norm.logpdf(effects, theta.mul(tau).add(mu), errors).sum();
  return fit
    .add(norm.logpdf(theta).sum())
    .add(norm.logpdf(mu, 0, 5))
    .add(cauchy(tau, 5));
}

export type Regression = { beta: A; sigma: A };

/** The likelihood of a regression from sums. */
function regression({ n, xx, xy, yy }: Sums, { beta, sigma }: Regression): A {
  const quadratic = np.dot(beta, np.array(xx).matmul(beta));
  const squares = quadratic.sub(np.dot(beta, np.array(xy)).mul(2)).add(yy);
  return squares.div(np.square(sigma)).div(-2).sub(np.log(sigma).mul(n));
}

export const kidiq = (p: Regression): A => regression(recorded.kidiq.data, p).add(cauchy(p.sigma, 2.5));

export const autoregression = (p: Regression): A =>
  regression(recorded.autoregression.data, p)
    .add(norm.logpdf(p.beta, 0, 10).sum())
    .add(cauchy(p.sigma, 2.5));

export type Garch = { mu: A; alpha0: A; share: A };

const returns = np.array(recorded.garch.data.y);

/** The variances follow their squares and those of the returns; `share` is alpha1, beta1, and what is left to 1. */
export function garch({ mu, alpha0, share }: Garch): A {
  const off = np.square(returns.sub(mu));
  const [alpha1, beta1] = [share.slice(0), share.slice(1)];
  const step = (variance: A, square: A) => {
    const next = alpha0.add(alpha1.mul(square)).add(beta1.mul(variance));
    return [next, variance] as const;
  };
  const [, variances] = lax.scan(step, np.array(recorded.garch.data.sigma1 ** 2), off);
  return off.div(variances).add(np.log(variances)).sum().div(-2);
}

export type Process = { rho: A; alpha: A; sigma: A };

const [places, heights] = [recorded.gaussianProcess.data.x, recorded.gaussianProcess.data.y].map((x) =>
  np.array(x),
);

/** `sigma` is the variance of the noise. */
export function gaussianProcess({ rho, alpha, sigma }: Process): A {
  const apart = np.square(np.subtract.outer(places, places)).div(np.square(rho)).div(-2);
  const covariance = np.exp(apart).mul(np.square(alpha)).add(np.eye(places.length).mul(sigma));
  const factor = np.linalg.cholesky(covariance);
  const z = scipy.linalg.solveTriangular(factor, heights, { lower: true });
  const fit = np
    .square(z)
    .sum()
    .div(-2)
    .sub(np.log(np.diagonal(factor)).sum());
  const prior = gamma.logpdf(rho, 25, 0, 1 / 4);
  return fit
    .add(prior)
    .add(norm.logpdf(alpha, 0, 2))
    .add(norm.logpdf(sigma, 0, 1));
}

export type Mixture = { mu: A; sigma: A; theta: A };

const observed = np.expandDims(np.array(recorded.mixture.data.y), 1);

export function mixture({ mu, sigma, theta }: Mixture): A {
  const weights = np.log(np.stack([theta, np.subtract(1, theta)]));
  const each = norm.logpdf(observed, mu, sigma).add(weights);
  const prior = norm
    .logpdf(sigma, 0, 2)
    .sum()
    .add(norm.logpdf(mu, 0, 2).sum())
    .add(weights.sum().mul(4));
  return scipy.special.logsumexp(each, 1).sum().add(prior);
}

/** What a draw of one chain is called in posteriordb, and how it is had from draws [chains, draws, …]. */
type Reading<P> = Readonly<Record<string, (draws: P) => A>>;

export interface Known<P> {
  readonly logDensity: (parameters: P) => A;
  readonly initial: P;
  readonly constraints: ConstraintSpec;
  readonly moments: Readonly<Record<string, Moments>>;
  readonly reading: Reading<P>;
}

const entry =
  <K extends string>(name: K, i: number) =>
  (draws: Readonly<Record<K, A>>): A =>
    draws[name].slice("...", i);

const { positive, ordered, simplex, interval } = infer;

export const knownSchools: Known<Schools> = {
  logDensity: eightSchools,
  initial: { theta: np.zeros([8]), mu: np.array(0), tau: np.array(1) },
  constraints: { tau: positive() },
  moments: recorded.eightSchools.moments,
  reading: {
    mu: (d) => d.mu,
    tau: (d) => d.tau,
    "theta[1]": (d) => d.theta.slice("...", 0).mul(d.tau).add(d.mu),
    "theta[8]": (d) => d.theta.slice("...", 7).mul(d.tau).add(d.mu),
  },
};

export const knownKidiq: Known<Regression> = {
  logDensity: kidiq,
  initial: { beta: np.array([26, 0.6]), sigma: np.array(18) },
  constraints: { sigma: positive() },
  moments: recorded.kidiq.moments,
  reading: { "beta[1]": entry("beta", 0), "beta[2]": entry("beta", 1), sigma: (d) => d.sigma },
};

export const knownAutoregression: Known<Regression> = {
  logDensity: autoregression,
  initial: { beta: np.zeros([6]), sigma: np.array(0.5) },
  constraints: { sigma: positive() },
  moments: recorded.autoregression.moments,
  reading: {
    alpha: entry("beta", 0),
    "beta[1]": entry("beta", 1),
    "beta[2]": entry("beta", 2),
    "beta[5]": entry("beta", 5),
    sigma: (d) => d.sigma,
  },
};

export const knownGarch: Known<Garch> = {
  logDensity: garch,
  initial: { mu: np.array(5), alpha0: np.array(1), share: np.array([0.4, 0.3, 0.3]) },
  constraints: { alpha0: positive(), share: simplex() },
  moments: recorded.garch.moments,
  reading: { mu: (d) => d.mu, alpha0: (d) => d.alpha0, alpha1: entry("share", 0), beta1: entry("share", 1) },
};

export const knownProcess: Known<Process> = {
  logDensity: gaussianProcess,
  initial: { rho: np.array(6), alpha: np.array(2), sigma: np.array(1) },
  constraints: { rho: positive(), alpha: positive(), sigma: positive() },
  moments: recorded.gaussianProcess.moments,
  reading: { rho: (d) => d.rho, alpha: (d) => d.alpha, sigma: (d) => d.sigma },
};

/** The same by quadrature (posteriordb/quadrature.py): the reference draws are two standard errors off the deviation of rho. */
export const integratedProcess: Known<Process> = {
  ...knownProcess,
  moments: {
    rho: { mean: 6.893489865651718, sd: 1.2895960593196227, draws: Infinity },
    alpha: { mean: 2.4380848582578007, sd: 0.7900513463085294, draws: Infinity },
    sigma: { mean: 1.8316949460674015, sd: 0.5001703196001491, draws: Infinity },
  },
};

export const knownMixture: Known<Mixture> = {
  logDensity: mixture,
  initial: { mu: np.array([-2, 2]), sigma: np.array([1, 1]), theta: np.array(0.5) },
  constraints: { mu: ordered(), sigma: positive(), theta: interval(0, 1) },
  moments: recorded.mixture.moments,
  reading: {
    "mu[1]": entry("mu", 0),
    "mu[2]": entry("mu", 1),
    "sigma[1]": entry("sigma", 0),
    "sigma[2]": entry("sigma", 1),
    theta: (d) => d.theta,
  },
};

/** How far a posterior is from known moments: of each, in standard errors of both estimates together. */
export function distances<P>(known: Known<P>, draws: P): Record<string, [mean: number, sd: number]> {
  const out: Record<string, [number, number]> = {};
  for (const [name, read] of Object.entries(known.reading)) {
    const x = read(draws);
    const want = known.moments[name];
    const own = { mean: infer.mcse(x).item(), sd: infer.mcse(x, { of: "sd" }).item() };
    const reference = { mean: want.sd / Math.sqrt(want.draws), sd: referenceErrorOfSd(x, want) };
    const sd = x.reshape([-1]).std({ ddof: 1 }).item();
    out[name] = [
      (x.mean().item() - want.mean) / Math.hypot(own.mean, reference.mean),
      (sd - want.sd) / Math.hypot(own.sd, reference.sd),
    ];
  }
  return out;
}

/** The standard error of the reference's deviation, whose draws are independent; the kurtosis is that of our draws. */
function referenceErrorOfSd(x: A, { sd, draws }: Moments): number {
  const off = np.square(x.sub(x.mean()));
  const variance = off.mean().item();
  const spread = np.square(off).mean().item() / variance ** 2 - 1;
  return (sd / 2) * Math.sqrt(spread / draws);
}
