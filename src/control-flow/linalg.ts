/** @file The public `lax.linalg` namespace: the factorisations of src/lax, and what is written with loops. */
export * from "../lax/linalg/index.ts";
export { type OrmqrOptions, ormqr } from "./linear/ormqr.ts";
