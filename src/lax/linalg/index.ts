/**
 * @file The `lax.linalg` namespace: factorisations and solvers of dense matrices in the last two axes; all axes before
 * them are batches.
 */
export { type CholeskyOptions, cholesky, choleskyUpdate } from "./cholesky.ts";
export { type EigOptions, eig } from "./eig.ts";
export { type EighOptions, eigh } from "./eigh.ts";
export { hessenberg } from "./hessenberg.ts";
export { lu, luPivotsToPermutation } from "./lu.ts";
export { type QrOptions, householderProduct, qr } from "./qr.ts";
export { type SvdOptions, svd } from "./svd.ts";
export { type SymmetricProductOptions, symmetricProduct } from "./symmetric-product.ts";
export { type TriangularSolveOptions, triangularSolve } from "./triangular-solve.ts";
export { tridiagonalSolve } from "./tridiagonal-solve.ts";
