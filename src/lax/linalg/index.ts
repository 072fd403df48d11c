/**
 * @file The `lax.linalg` namespace: factorisations and solvers of dense matrices in the last two axes; all axes before
 * them are batches.
 */
export { type CholeskyOptions, cholesky, choleskyUpdate } from "./cholesky.ts";
export { lu, luPivotsToPermutation } from "./lu.ts";
export { type TriangularSolveOptions, triangularSolve } from "./triangular-solve.ts";
