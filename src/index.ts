/**
 * @file The public names of adjoint, and nothing else.
 */
import "./wiring.ts";
import { installEverything } from "./everything.ts";

export { NDArray as Array, NDArray, type ArrayLike, type NestedList } from "./core/array.ts";
export type { Axis, IndexEntry, IndexOptions, IndexUpdater } from "./core/methods.ts";
export type { ArrayTree, LikeTree } from "./core/tree-types.ts";
export type { DType, TypedArray } from "./dtypes/dtype.ts";
export { type Atom, ClosedJaxpr, type Eqn, type Jaxpr, Literal, Var } from "./core/jaxpr/ir.ts";
export { config, type ConfigValues } from "./base/config.ts";
export { ds } from "./numpy/indexing/dynamic-slice.ts";
export * as dtypes from "./numpy/dtypes/index.ts";
export * from "./effects/index.ts";
export * as experimental from "./experimental/index.ts";
export * as errors from "./base/errors.ts";
export * from "./api/index.ts";
export * as customDerivatives from "./api/rules/index.ts";
export type { ShapedArray } from "./core/aval.ts";
export { jacrev as jacobian } from "./api/jacobian.ts";
export { checkpoint as remat } from "./api/checkpoint.ts";
export * as image from "./image/index.ts";
export * as implicit from "./implicit/index.ts";
export * as inspect from "./inspect/index.ts";
export { colouringOf, costOf, graphOf, loopsOf, memoryOf } from "./inspect/index.ts";
export * as io from "./io/index.ts";
export {
  type BatchedTree,
  type CustomVmapFunction,
  type VmapRule,
  customVmap,
  sequentialVmap,
} from "./control-flow/custom-vmap.ts";
export * as lax from "./control-flow/lax.ts";
export * as nn from "./nn/index.ts";
export * as numpy from "./numpy/index.ts";
export { type OdeOptions, odeint, odeintEvent } from "./ode/index.ts";
export * as ops from "./ops/index.ts";
export * as optim from "./optim/index.ts";
export { type Profile, type ProfileOptions, installFormatters, profile } from "./profile/index.ts";
export * as random from "./random/index.ts";
export * as sharding from "./core/sharding/index.ts";
export * as scipy from "./scipy/index.ts";
export { onCotangent } from "./source/hooks.ts";
export { toSource } from "./source/to-source.ts";
export * from "./sparse/index.ts";
export * as tree from "./tree/index.ts";
export * as treeUtil from "./tree/util.ts";
export { ravelPytree, registerPytreeNode } from "./tree/index.ts";

// Without a bundler everything is here anyway; a bundler drops the call, and with it what the program does not use.
/* @__PURE__ */ installEverything();
