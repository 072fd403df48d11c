/** @file Special functions of `lax`, under JAX's camelCase names. */
export { besselI0e, besselI1e } from "./bessel.ts";
export { erf, erfInv, erfc } from "./error-function.ts";
export { digamma, lgamma, polygamma, zeta } from "./gamma.ts";
export { betainc } from "./incomplete-beta.ts";
export { igamma, igammaGradA, igammac, randomGammaGrad } from "./incomplete-gamma.ts";
