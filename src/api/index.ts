/** @file The transformations, as users call them. */
export { type CheckpointOptions, checkpoint } from "./checkpoint.ts";
export { checkpointPolicies } from "./checkpoint-policies.ts";
export { type SavedResidual, printSavedResiduals, savedResiduals } from "./debug-residuals.ts";
export { checkpointName } from "../lax/identities/checkpoint-name.ts";
export type { CheckpointPolicy } from "../interpreters/remat.ts";
export {
  type CustomJvpFunction,
  type CustomOptions,
  type CustomVjpFunction,
  customGradient,
  customJvp,
  customVjp,
} from "./custom.ts";
export { type Compiled, type JitFunction, type JitOptions, jit } from "./compile/jit.ts";
export { type InitOptions, init } from "./compile/init.ts";
export { type GradOptions, grad, valueAndGrad, vjp } from "./grad.ts";
export { hessian, jacfwd, jacrev } from "./jacobian.ts";
export { type JetOptions, type LikeSeries, type SeriesTree, jet, jet2 } from "./jet.ts";
export { type FwdAndBwd, type FwdAndBwdOptions, type Residuals, fwdAndBwd } from "./fwd-and-bwd.ts";
export {
  debugInfs,
  debugNans,
  disableJit,
  enableX64,
  namedCall,
  namedScope,
  softmaxCustomJvp,
} from "./compile/settings.ts";
export { Ref, freeze, newRef } from "./refs.ts";
export { leakChecking } from "./compile/leaks.ts";
export { hvp, jvp, linearize } from "./jvp.ts";
export { blockUntilReady, clearCaches, deviceGet, devicePut } from "./compile/devices.ts";
export { ShapeDtypeStruct, closureConvert, evalShape, makeJaxpr, typeof_ } from "./staging.ts";
export { type Axes, type VmapOptions, vmap } from "./vmap.ts";
export { stopGradient } from "../lax/identities/stop-gradient.ts";
export { linearTranspose } from "./linear-transpose.ts";
