/** @file Bits: logic on integers and booleans, shifts, counts. No derivatives. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { zeroTangent } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { OpName } from "../../loops/ir/scalar.ts";
import { asArray } from "../operands/convert.ts";
import { type Accepts, elementwise, none } from "../families/elementwise.ts";
import { promoteStrict } from "../operands/strict.ts";

function binaryBits(name: string, op: OpName, kind: Accepts): (x: ArrayLike, y: ArrayLike) => NDArray {
  const p = elementwise({ name, accepts: kind, scalar: ([x, y]) => e.apply(op, x, y), jvp: zeroTangent });
  return (x, y) => bind1(p, promoteStrict(name, x, y), none);
}

function unaryBits(name: string, op: OpName, kind: Accepts): (x: ArrayLike) => NDArray {
  const p = elementwise({ name, accepts: kind, scalar: ([x]) => e.apply(op, x), jvp: zeroTangent });
  return (x) => bind1(p, [asArray(x, name)], none);
}

/** Bitwise (on bool: logical) and. */
export const bitwiseAnd = binaryBits("and", "and", "bits");
/** Bitwise (on bool: logical) or. */
export const bitwiseOr = binaryBits("or", "or", "bits");
/** Bitwise (on bool: logical) exclusive or. */
export const bitwiseXor = binaryBits("xor", "xor", "bits");
/** Bitwise (on bool: logical) not. */
export const bitwiseNot = unaryBits("not", "not", "bits");
/** x · 2ʸ in the bits; 0 for shifts by the width or more. */
export const shiftLeft = binaryBits("shift_left", "shl", "integer");
/** Shift to the right, filling with zeros. */
export const shiftRightLogical = binaryBits("shift_right_logical", "shrl", "integer");
/** Shift to the right, filling with the sign. */
export const shiftRightArithmetic = binaryBits("shift_right_arithmetic", "shra", "integer");
/** Number of bits that are 1. */
export const populationCount = unaryBits("population_count", "popcount", "integer");
/** Number of leading zero bits. */
export const clz = unaryBits("clz", "clz", "integer");
