/**
 * @file The `optim` namespace, also the subpath `adjoint/optim`: optax in camel case. Optimisers, the transformations they
 * are chained of, schedules, losses; projections, arithmetic of trees and perturbations under names of their own.
 */
import "../wiring.ts";

export {
  type EmptyState,
  type ExtraArgs,
  type GradientTransformation,
  type OfParams,
  type OptState,
  type Part,
  type PartOfParams,
  type StateFor,
  type StateOf,
  applyUpdates,
  identity,
  incrementalUpdate,
  initEmptyState,
  periodicUpdate,
  safeIncrement,
  safeInt32Increment,
  setToZero,
  stateless,
  statelessWithTreeMap,
  withExtraArgsSupport,
} from "./gradients/base.ts";
export type { Params, Updates } from "./trees/leaves.ts";
export type { ScalarOrSchedule, Schedule } from "../arguments/parameters.ts";
export * from "./optimizers/adaptive.ts";
export * from "./optimizers/sgd.ts";
export * from "./optimizers/squares.ts";
export * from "./gradients/transforms.ts";
export * as transforms from "./gradients/transforms.ts";
export * from "./losses/index.ts";
export * as losses from "./losses/index.ts";
export * from "./schedules/composed.ts";
export * from "./schedules/schedules.ts";
export {
  type InjectHyperparamsState,
  type InjectStatefulHyperparamsState,
  type InjectOptions,
  type StatefulSchedule,
  WrappedSchedule,
  injectHyperparams,
  injectStatefulHyperparams,
} from "./gradients/inject.ts";
export * as schedules from "./schedules/index.ts";
export * from "./numerics/linear-algebra.ts";
export { type MicrobatchOptions, type Accumulation, microbatch } from "./gradients/microbatch.ts";
export {
  type MultiNormal,
  type SafeNormOptions,
  multiNormal,
  safeNorm,
  safeRootMeanSquares,
  scaleGradient,
} from "./numerics/numerics.ts";
export {
  treeBiasCorrection as biasCorrection,
  treeUpdateInfinityMoment as updateInfinityMoment,
  treeUpdateMoment as updateMoment,
  treeUpdateMomentPerElemNorm as updateMomentPerElemNorm,
} from "./trees/moments.ts";
export { treeMapParams } from "./trees/state.ts";
export * as projections from "./numerics/projections.ts";
export * as perturbations from "./numerics/perturbations.ts";
export * as treeUtils from "./trees/utils.ts";
export * as tree from "./trees/short.ts";
export {
  type LeastSquaresMethod,
  type LeastSquaresOptions,
  type LeastSquaresProgress,
  leastSquares,
} from "./least-squares/least-squares.ts";
export type { LossFunction, LossName } from "./least-squares/losses.ts";
export { LeastSquaresResult } from "./least-squares/result.ts";
export {
  type BundleOptions,
  type BundleResults,
  type Observations,
  bundleAdjust,
} from "./least-squares/bundle.ts";
