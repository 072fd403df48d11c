/** @file The `scipy.stats` namespace: distributions as objects of functions, and statistics of samples. */
export { bernoulli, betabinom, binom, geom, nbinom, poisson } from "./discrete.ts";
export { beta, chi2, expon, gamma, pareto, uniform, vonmises, wrapcauchy } from "./half-line.ts";
export { dirichlet, multinomial } from "./multivariate.ts";
export { cauchy, gennorm, gumbelL, gumbelR, laplace, logistic, norm, t } from "./real-line.ts";
export { truncnorm } from "./truncnorm.ts";
export { type NanPolicy, type RankMethod, mode, rankdata, sem } from "./samples.ts";
export { GaussianKde as gaussianKde } from "./kde.ts";
export { multivariateNormal } from "./multivariate-normal.ts";
