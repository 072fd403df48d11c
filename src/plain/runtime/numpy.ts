/** @file The functions of arrays that plain code becomes. */
export {
  add,
  bitwiseAnd,
  bitwiseOr,
  bitwiseXor,
  logicalAnd,
  maximum,
  minimum,
  multiply,
  subtract,
} from "../../numpy/ufuncs/plain.ts";
export { divide, fmod, sign } from "../../numpy/ufuncs/arithmetic.ts";
export { leftShift, rightShift } from "../../numpy/ufuncs/bitwise.ts";
export { less, lessEqual } from "../../numpy/ufuncs/comparison.ts";
export { isfinite, where } from "../../numpy/ufuncs/logic.ts";
export { power } from "../../numpy/ufuncs/power.ts";
export { trunc } from "../../numpy/ufuncs/round.ts";
