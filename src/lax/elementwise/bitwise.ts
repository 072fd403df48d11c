/** @file Bits: logic on integers and booleans, shifts, counts. No derivatives. */
import { camelCase } from "../../base/util.ts";
import { type NoParams, type Primitive, zeroTangent } from "../../core/primitive.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { OpName } from "../../loops/ir/scalar.ts";
import { type Accepts, elementwise } from "../families/elementwise.ts";
import { type Binary, type Unary, binaryFunction, unaryFunction } from "../families/functions.ts";

const primitive = (name: string, op: OpName, accepts: Accepts, title?: string): Primitive<NoParams> =>
  elementwise({
    name,
    ...(title !== undefined && { title }),
    accepts,
    scalar: (args) => e.apply(op, ...args),
    jvp: zeroTangent,
  });

const binaryBits = (name: string, op: OpName, accepts: Accepts, title = camelCase(name)): Binary =>
  binaryFunction(primitive(name, op, accepts, title), title);
const unaryBits = (name: string, op: OpName, accepts: Accepts, title = camelCase(name)): Unary =>
  unaryFunction(primitive(name, op, accepts, title), title);

/**
 * The bits that are 1 in both of two integers of one dtype; of bool logical and. Numbers adopt the dtype of an array.
 * @throws DTypeError for floats, complex numbers and dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.bitwise_and
 * @example
 * lax.bitwiseAnd(np.array([0b1100, 0b1010], "int32"), 0b0110).js(); // [4, 2]
 */
export const bitwiseAnd = binaryBits("and", "and", "bits", "bitwiseAnd");
/**
 * The bits that are 1 in at least one of two integers of one dtype; of bool logical or.
 * @throws DTypeError for floats, complex numbers and dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.bitwise_or
 * @example
 * lax.bitwiseOr(np.array([0b1100, 0b1010], "int32"), 0b0110).js(); // [14, 14]
 */
export const bitwiseOr = binaryBits("or", "or", "bits", "bitwiseOr");
/**
 * The bits in which two integers of one dtype differ; of bool logical exclusive or.
 * @throws DTypeError for floats, complex numbers and dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.bitwise_xor
 * @example
 * lax.bitwiseXor(np.array([0b1100, 0b1010], "int32"), 0b0110).js(); // [10, 12]
 */
export const bitwiseXor = binaryBits("xor", "xor", "bits", "bitwiseXor");
/**
 * All bits of integers inverted, which for signed ones is −x − 1; of bool logical not.
 * @throws DTypeError for floats and complex numbers
 * @see jax.lax.bitwise_not
 * @example
 * lax.bitwiseNot(np.array([0, 5], "int32")).js(); // [-1, -6]
 * lax.bitwiseNot(np.array([true, false])).js(); // [false, true]
 */
export const bitwiseNot = unaryBits("not", "not", "bits", "bitwiseNot");
/**
 * The bits of integer x moved y places up: x · 2ʸ, wrapped around. 0 for y from the width of the dtype on; negative y
 * count as unsigned, and are therefore beyond it.
 * @throws DTypeError unless the operands are integers of one dtype; ShapeError for shapes that differ
 * @see jax.lax.shift_left
 * @example
 * lax.shiftLeft(np.array([1, 3, 1], "int32"), np.array([4, 1, 32], "int32")).js(); // [16, 6, 0]
 */
export const shiftLeft = binaryBits("shift_left", "shl", "integer");
/**
 * The bits of integer x moved y places down, zeros coming in. 0 for y from the width of the dtype on.
 * @throws DTypeError unless the operands are integers of one dtype; ShapeError for shapes that differ
 * @see jax.lax.shift_right_logical
 * @example
 * lax.shiftRightLogical(np.array([-1, 8], "int32"), np.array([28, 2], "int32")).js(); // [15, 2]
 */
export const shiftRightLogical = binaryBits("shift_right_logical", "shrl", "integer");
/**
 * The bits of integer x moved y places down, copies of the highest bit coming in: of signed integers x / 2ʸ rounded down.
 * For y from the width of the dtype on only copies remain.
 * @throws DTypeError unless the operands are integers of one dtype; ShapeError for shapes that differ
 * @see jax.lax.shift_right_arithmetic
 * @example
 * lax.shiftRightArithmetic(np.array([-16, 16, -1], "int32"), np.array([2, 2, 40], "int32")).js(); // [-4, 4, -1]
 */
export const shiftRightArithmetic = binaryBits("shift_right_arithmetic", "shra", "integer");
/**
 * How many bits of an integer are 1, in its dtype; negative ones are in two's complement.
 * @throws DTypeError for other dtypes than integers
 * @see jax.lax.population_count
 * @example
 * lax.populationCount(np.array([0, 7, -1], "int32")).js(); // [0, 3, 32]
 */
export const populationCount = unaryBits("population_count", "popcount", "integer");
/**
 * How many bits of an integer are 0 before the first 1, in its dtype: its width for 0.
 * @throws DTypeError for other dtypes than integers
 * @see jax.lax.clz
 * @example
 * lax.clz(np.array([0, 1, -1], "int32")).js(); // [32, 31, 0]
 */
export const clz = unaryBits("clz", "clz", "integer");
