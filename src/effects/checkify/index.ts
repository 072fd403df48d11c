/** @file The namespace `checkify`: errors of programs as values. */
export { type CheckifyOptions, checkify } from "./checkify.ts";
export { check, debugCheck } from "./check.ts";
export { checkError } from "./check-error.ts";
export { ErrorValue as Error, initError } from "./error.ts";
export {
  type ErrorCategory,
  type ErrorSet,
  allChecks,
  automaticChecks,
  divChecks,
  floatChecks,
  indexChecks,
  nanChecks,
  userChecks,
} from "./sets.ts";
