/** @file The scalar operations that are instructions of the machine under the same name, of scalars and of vectors. */

const oneOf =
  <T extends string>(...names: readonly T[]) =>
  (name: string): name is T =>
    (names as readonly string[]).includes(name);

/** Of floats. */
export const isFloatUnary = oneOf("neg", "abs", "floor", "ceil", "trunc", "sqrt");
export const isFloatBinary = oneOf("add", "sub", "mul", "div", "min", "max");
export const isComparison = oneOf("eq", "ne", "lt", "le", "gt", "ge");

/** Of integers, whatever their sign; bits of vectors have no lanes. */
export const isIntBinary = oneOf("add", "sub", "mul");
export const isBitwise = oneOf("and", "or", "xor");
export const isEquality = oneOf("eq", "ne");

/** Of integers, with `_s` or `_u` behind the name. */
export const isOrder = oneOf("lt", "le", "gt", "ge");
/** Of vectors of integers only, likewise. */
export const isIntChoice = oneOf("min", "max");
