/** @file The `random` namespace: JAX's random numbers, bit for bit, under their camelCase names. */
export { bits, normal, truncatedNormal, uniform } from "./uniform.ts";
export {
  cauchy,
  doubleSidedMaxwell,
  exponential,
  gumbel,
  laplace,
  logistic,
  lognormal,
  maxwell,
  pareto,
  rayleigh,
  triangular,
  wald,
  weibullMin,
} from "./continuous.ts";
export { binomial, multinomial, poisson } from "./counts.ts";
export { bernoulli, geometric, rademacher, randint } from "./discrete.ts";
export { ball, beta, chisquare, dirichlet, f, gamma, generalizedNormal, loggamma, t } from "./gamma.ts";
export {
  Key,
  type KeyLike,
  type KeyOptions,
  PRNGKey,
  clone,
  foldIn,
  key,
  keyData,
  keyDtype,
  keyImpl,
  split,
  wrapKeyData,
} from "./key.ts";
export { type CovarianceMethod, multivariateNormal, orthogonal } from "./matrices.ts";
export { categorical, choice, permutation } from "./selection.ts";
