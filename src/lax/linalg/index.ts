/**
 * @file The `lax.linalg` namespace: factorisations and solvers of dense matrices in the last two axes; all axes before
 * them are batches. A primitive stands with its rules and its public function in the file of its name; what it is lowered to
 * is written once for real and complex elements, from the folders beside.
 */
export { type CholeskyOptions, cholesky, choleskyUpdate } from "./cholesky.ts";
export { type EigOptions, eig } from "./eig.ts";
export { type EighOptions, eigh } from "./eigh.ts";
export { hessenberg } from "./hessenberg.ts";
export { lu, luPivotsToPermutation } from "./lu.ts";
export { type QrOptions, householderProduct, qr } from "./qr.ts";
export { type SchurOptions, schur } from "./schur.ts";
export { type SvdOptions, svd } from "./svd.ts";
export { type SymmetricProductOptions, symmetricProduct } from "./symmetric-product.ts";
export { type TriangularSolveOptions, triangularSolve } from "./triangular-solve.ts";
export { type TridiagonalOptions, tridiagonal } from "./tridiagonal.ts";
export { tridiagonalSolve } from "./tridiagonal-solve.ts";
