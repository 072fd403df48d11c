/**
 * @file The `lax.linalg` namespace: factorisations and solvers of dense matrices in the last two axes; all axes before
 * them are batches. A primitive stands with its rules and its public function in the file of its name; what it is lowered to
 * is written once for real and complex elements, from
 *
 * - elements/: what elements are (fields), and the views and loops of matrices over them;
 * - families/: primitives and rules from declarations: factorisations, solutions of systems;
 * - orthogonal/: reflectors, and the reductions to Hessenberg, tridiagonal and bidiagonal form by them;
 * - eigen/: the iterations that follow: eigenvalues and singular values, of general, tridiagonal and bidiagonal matrices.
 *
 * algebra.ts has what derivative rules compute with: products, triangles and transposes of arrays of matrices.
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
