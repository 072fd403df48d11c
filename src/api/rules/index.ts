/** @file The `customDerivatives` namespace: derivative rules of the user's. */
export { closureConvert } from "../staging.ts";
export { customGradient, customJvp, customVjp } from "../custom.ts";
export { CustomVJPPrimal, SymbolicZero } from "./symbolic-zero.ts";
