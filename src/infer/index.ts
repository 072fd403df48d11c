/**
 * @file The entry `adjoint/infer`: draws from posteriors by Markov chains, approximations of posteriors by optimisation, and what
 * tells whether they may be believed.
 */
import "../wiring.ts";

export type { Bijector } from "./constraints/bijector.ts";
export { Constrained, type ConstraintSpec, constrained } from "./constraints/constrained.ts";
export {
  type PositiveOptions,
  above,
  affine,
  below,
  composed,
  free,
  interval,
  positive,
} from "./constraints/elementwise.ts";
export { correlationCholesky, covarianceCholesky } from "./constraints/matrices.ts";
export { ordered, simplex, unitVector } from "./constraints/vectors.ts";
export { type EssOptions, type McseOptions, bfmi, ess, mcse, rhat } from "./diagnostics/convergence.ts";
export { Summary, type SummaryOptions, type SummaryRow, summary } from "./diagnostics/summary.ts";
export type { PlotOptions } from "./plots/axes.ts";
export { pairPlot } from "./plots/pair-plot.ts";
export { tracePlot } from "./plots/trace-plot.ts";
export type {
  HmcOptions,
  NutsOptions,
  Progress,
  ProgressOptions,
  SamplerOptions,
  TrajectoryOptions,
} from "./samplers/options.ts";
export type { DrawStatistics, Samples } from "./samplers/run.ts";
export { hmc, mala, metropolis, nuts } from "./samplers/samplers.ts";
export {
  type AmortisedFit,
  type AmortisedOptions,
  type Encoded,
  fitAmortised,
} from "./variational/amortised.ts";
export type { AnyOptimizer } from "./variational/ascent.ts";
export type { ControlVariate, Estimator } from "./variational/estimators.ts";
export { VariationalFit, type VariationalOptions, fitVariational } from "./variational/fit.ts";
