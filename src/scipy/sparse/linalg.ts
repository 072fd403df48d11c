/** @file The `scipy.sparse.linalg` namespace: solvers of linear systems given by functions. */
export { bicgstab, cg } from "./krylov.ts";
export { type GmresOptions, gmres } from "./gmres.ts";
export type { SolverOptions } from "./solver.ts";
export type { Operator } from "./vectors.ts";
