/**
 * @file The `optim` namespace, also the subpath `adjoint/optim`: optax in camel case. Optimisers, the transformations they
 * are chained of, schedules, losses; projections, arithmetic of trees and perturbations under names of their own.
 */
export {
  type EmptyState,
  type ExtraArgs,
  type GradientTransformation,
  type OptState,
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
} from "./base.ts";
export type { ScalarOrSchedule, Schedule } from "./define.ts";
export * from "./optimizers.ts";
export * from "./optimizers-sgd.ts";
export * from "./transforms.ts";
export * as transforms from "./transforms.ts";
export * from "./losses.ts";
export * as losses from "./losses.ts";
export * from "./schedules.ts";
export {
  type InjectHyperparamsState,
  type InjectOptions,
  type StatefulSchedule,
  WrappedSchedule,
  injectHyperparams,
  injectStatefulHyperparams,
} from "./inject.ts";
export * as schedules from "./schedules-index.ts";
export * from "./linear-algebra.ts";
export { type MicrobatchOptions, type Accumulation, microbatch } from "./microbatch.ts";
export {
  type MultiNormal,
  type SafeNormOptions,
  multiNormal,
  safeNorm,
  safeRootMeanSquares,
  scaleGradient,
} from "./numerics.ts";
export {
  treeBiasCorrection as biasCorrection,
  treeUpdateInfinityMoment as updateInfinityMoment,
  treeUpdateMoment as updateMoment,
  treeUpdateMomentPerElemNorm as updateMomentPerElemNorm,
} from "./trees.ts";
export { treeMapParams } from "./tree-state.ts";
export * as projections from "./projections.ts";
export * as perturbations from "./perturbations.ts";
export * as treeUtils from "./tree-utils.ts";
export * as tree from "./tree-short.ts";
