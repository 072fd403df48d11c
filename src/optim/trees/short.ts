/** @file Arithmetic on trees under short names, as `optax.tree`. */
export {
  treeAdd as add,
  treeAddScale as addScale,
  treeAllclose as allclose,
  treeBatchShape as batchShape,
  treeCast as cast,
  treeCastLike as castLike,
  treeClip as clip,
  treeConj as conj,
  treeDiv as div,
  treeDtype as dtype,
  treeFullLike as fullLike,
  treeMax as max,
  treeMin as min,
  treeMul as mul,
  treeNorm as norm,
  treeOnesLike as onesLike,
  treeReal as real,
  treeScale as scale,
  treeSize as size,
  treeSub as sub,
  treeSum as sum,
  treeVdot as vdot,
  treeWhere as where,
  treeZerosLike as zerosLike,
} from "./trees.ts";
export {
  treeGet as get,
  treeGetAllWithPath as getAllWithPath,
  treeMapParams as mapParams,
  treeSet as set,
} from "./state.ts";
export {
  treeBiasCorrection as biasCorrection,
  treeUpdateInfinityMoment as updateInfinityMoment,
  treeUpdateMoment as updateMoment,
  treeUpdateMomentPerElemNorm as updateMomentPerElemNorm,
} from "./moments.ts";
export {
  treeRandomLike as randomLike,
  treeSplitKeyLike as splitKeyLike,
  treeUnwrapRandomKeyData as unwrapRandomKeyData,
} from "./random.ts";
