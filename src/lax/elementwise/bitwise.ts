/** @file Bits: logic on integers and booleans, shifts, counts. No derivatives. */
import { type NoParams, type Primitive, zeroTangent } from "../../core/primitive.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { OpName } from "../../loops/ir/scalar.ts";
import { type Accepts, elementwise } from "../families/elementwise.ts";
import { type Binary, type Unary, binaryFunction, unaryFunction } from "../families/functions.ts";

const primitive = (name: string, op: OpName, accepts: Accepts): Primitive<NoParams> =>
  elementwise({ name, accepts, scalar: (args) => e.apply(op, ...args), jvp: zeroTangent });

const binaryBits = (name: string, op: OpName, accepts: Accepts): Binary =>
  binaryFunction(primitive(name, op, accepts), name);
const unaryBits = (name: string, op: OpName, accepts: Accepts): Unary =>
  unaryFunction(primitive(name, op, accepts), name);

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
