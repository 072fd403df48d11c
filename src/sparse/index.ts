/** @file Sparse derivatives. */
export {
  type SparseJacobianOptions,
  type SparseOptions,
  hessianSparsity,
  jacobianSparsity,
  sparseHessian,
  sparseJacobian,
} from "./derivatives.ts";
export { SparseMatrix } from "./matrix.ts";
export { SparsityPattern } from "./pattern.ts";
export type { Sparsity } from "./prepare.ts";
