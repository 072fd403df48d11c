/** @file The `experimental.sparse` namespace, as JAX's: sparse arrays and what is done with them. */
export { JAXSparse } from "./classes/base.ts";
export { type ArrayOrSparse, BCOO, type SparseOptions, type SumDuplicatesOptions } from "./classes/bcoo.ts";
export { BCSR } from "./classes/bcsr.ts";
export type { FromDenseOptions, LayoutOptions } from "./classes/options.ts";
export type { CooOptions, MatrixOptions, ViewOptions } from "./classes/matrices.ts";
export { COO, CSC, CSR } from "./classes/views.ts";
export {
  type SparseGradOptions,
  type SparseGradient,
  grad,
  jacfwd,
  jacrev,
  jacrev as jacobian,
  valueAndGrad,
} from "./derivatives.ts";
export { CuSparseEfficiencyWarning, SparseEfficiencyError, SparseEfficiencyWarning } from "./errors.ts";
export {
  type ExtractOptions,
  type SumOptions,
  bcooExtract,
  bcooFromdense,
  bcooSortIndices,
  bcooSumDuplicates,
  bcooTodense,
  bcooTranspose,
  bcooUpdateLayout,
} from "./functions/bcoo.ts";
export {
  type ProductOptions,
  bcsrBroadcastInDim,
  bcsrConcatenate,
  bcsrExtract,
  bcsrFromdense,
  bcsrSumDuplicates,
  bcsrTodense,
  cooFromdense,
  cooMatmat,
  cooMatvec,
  cooTodense,
  csrFromdense,
  csrMatmat,
  csrMatvec,
  csrTodense,
} from "./functions/bcsr.ts";
export {
  type CreationOptions,
  type EyeOptions,
  type RandomOptions,
  empty,
  eye,
  randomBcoo,
} from "./functions/creation.ts";
export {
  type SparseDotOptions,
  bcooConvGeneralDilated,
  bcooDotGeneral,
  bcooDotGeneralSampled,
  bcooMultiplyDense,
  bcooMultiplySparse,
  bcsrDotGeneral,
} from "./functions/products.ts";
export {
  type GatherOptions,
  type SliceOptions,
  bcooBroadcastInDim,
  bcooConcatenate,
  bcooDynamicSlice,
  bcooGather,
  bcooReduceSum,
  bcooReshape,
  bcooRev,
  bcooSlice,
  bcooSqueeze,
} from "./functions/shapes.ts";
export * as linalg from "./linalg/index.ts";
export {
  type SparseArgument,
  type SparseResult,
  type SparsifyOptions,
  sparsify,
  todense,
} from "./sparsify/sparsify.ts";
export { SparseTracer } from "./sparsify/trace.ts";
