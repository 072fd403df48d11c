/**
 * @file How far the functions of scipy.special and scipy.stats may be from the reference values, in units of the dtype's
 * epsilon: [value, first derivative, second derivative]. Errors are relative to the value plus the effect of one rounding of
 * the arguments (|x·f′|; for derivatives |x·f″|, and |f′/x| in second ones); in second derivatives of logarithms their square
 * too, which is of the size of the terms they are made of.
 */
export type Tolerance = readonly [value: number, first: number, second: number];

/** What holds unless stated below. */
export const usual: Tolerance = [40, 100, 400];

/** exp of a logarithm of size L loses L·eps, as do its derivatives. */
const ofExponent: Tolerance = [400, 400, 1000];
/** Differences of sums of gamma functions of parameters in the hundreds. */
const ofGammas: Tolerance = [400, 2000, 2000];
/** The derivative with respect to a scale loses what z′ and the factor 1/scale have in common: eps·1e5 for a shape of 1e-10. */
const ofTinyShape: Tolerance = [40, 2e4, 4e4];

/** Where more is lost, and why. */
export const tolerances: Readonly<Record<string, Tolerance>> = {
  // Up to 20 the second derivative is a sum of terms that are larger by x².
  "special.i0e": [40, 100, 1000],
  "special.i1e": [40, 100, 1000],
  // m! and a power of x, each far from 1.
  "special.polygamma": [40, 400, 1000],
  // A rounding for each halving of the distance to x = 1, of which 1e-30 takes a hundred.
  "special.hyp2f1": [400, 400, 400],
  // Near the mode the derivative is 1 − e^(−z).
  "stats.gumbelR.pdf": [40, 400, 400],
  "stats.gumbelL.pdf": [40, 400, 400],
  "stats.laplace.pdf": ofExponent,
  "stats.chi2.cdf": ofExponent,
  "stats.chi2.sf": ofExponent,
  "stats.chi2.pdf": [40, 5e4, 4e5],
  "stats.chi2.logcdf": ofExponent,
  "stats.poisson.pmf": [40, 100, 1000],
  "stats.truncnorm.pdf": [40, 400, 1000],
  "stats.truncnorm.cdf": [40, 400, 1000],
  "stats.truncnorm.sf": [40, 400, 1000],
  "stats.beta.pdf": [40, 2000, 2e4],
  "stats.beta.logpdf": [40, 2000, 2000],
  "stats.gamma.logpdf": ofTinyShape,
  "stats.gamma.pdf": ofTinyShape,
  "stats.chi2.logpdf": ofTinyShape,
  "stats.dirichlet.logpdf": ofGammas,
  "stats.dirichlet.pdf": ofGammas,
  "stats.multinomial.pmf": ofGammas,
};
