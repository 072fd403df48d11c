/**
 * @file The scalar operations of the loop IR in StableHLO: on tensors of any shape, element by element.
 *
 * StableHLO agrees with the loop IR on what is not a number, on division of integers by zero and on shifts by the width or
 * more, so that most are one operation. What it has only as CHLO (a dialect that XLA knows too) is taken from there.
 */
import { shaped } from "../../../core/aval.ts";
import type { HloBuilder, HloRegion, HloValue } from "../../../core/hlo.ts";
import {
  type DType,
  type Scalar,
  bitWidth,
  isBool,
  isInteger,
  isSigned,
  isUnsigned,
} from "../../../dtypes/dtype.ts";
import type { AccumulateOp } from "../../../loops/ir/ir.ts";
import { type OpName } from "../../../loops/ir/scalar.ts";
import { identity } from "../../../loops/ir/values.ts";

type Write = (b: HloBuilder, args: readonly HloValue[]) => HloValue;

const withDType = (x: HloValue, dtype: DType): ReturnType<typeof shaped> => shaped(x.type.shape, dtype);

/** An operation of this name on operands and a result of one type. */
const same =
  (name: string): Write =>
  (b, args) =>
    b.op(name, args, args[0].type);

/** A comparison: −0 equals 0, and NaN nothing. */
export function compare(b: HloBuilder, direction: string, x: HloValue, y: HloValue): HloValue {
  const { dtype } = x.type;
  const type = isInteger(dtype) || isBool(dtype) ? (isSigned(dtype) ? "SIGNED" : "UNSIGNED") : "FLOAT";
  return b.op("compare", [x, y], withDType(x, "bool"), {
    attributes: {
      comparison_direction: `#stablehlo<comparison_direction ${direction}>`,
      compare_type: `#stablehlo<comparison_type ${type}>`,
    },
  });
}

const comparing =
  (direction: string): Write =>
  (b, [x, y]) =>
    compare(b, direction, x, y);

/** Conversion of values: floats to integers truncate and saturate, integers wrap. */
export const convert = (b: HloBuilder, x: HloValue, dtype: DType): HloValue =>
  x.type.dtype === dtype ? x : b.op("convert", [x], withDType(x, dtype));

/** Where `c` the first, else the second. */
export const select = (b: HloBuilder, c: HloValue, x: HloValue, y: HloValue): HloValue =>
  b.op("select", [c, x, y], x.type);

/** The bits of values as those of another dtype of the same width. */
export const reinterpret = (b: HloBuilder, x: HloValue, dtype: DType): HloValue =>
  x.type.dtype === dtype ? x : b.op("bitcast_convert", [x], withDType(x, dtype));

/** A float64 as its low and high 32 bits, along a new last axis. */
const halves = (b: HloBuilder, x: HloValue): HloValue =>
  b.op("bitcast_convert", [x], shaped([...x.type.shape, 2], "uint32"));

function half(b: HloBuilder, x: HloValue, k: 0 | 1): HloValue {
  const pair = halves(b, x);
  const { shape } = x.type;
  const column = b.op("slice", [pair], shaped([...shape, 1], "uint32"), {
    attributes: {
      start_indices: [...shape.map(() => 0), k],
      limit_indices: [...shape, k + 1],
      strides: [...shape.map(() => 1), 1],
    },
  });
  return b.op("reshape", [column], shaped(shape, "uint32"));
}

/** A float64 of the bits of two uint32. */
function joined(b: HloBuilder, low: HloValue, high: HloValue): HloValue {
  const { shape } = low.type;
  const columns = [low, high].map((x) => b.op("reshape", [x], shaped([...shape, 1], "uint32")));
  const pair = b.op("concatenate", columns, shaped([...shape, 2], "uint32"), {
    attributes: { dimension: shape.length },
  });
  return b.op("bitcast_convert", [pair], shaped(shape, "float64"));
}

/** The upper half of a product of integers, by parts of half the width. */
function mulhi(b: HloBuilder, [x, y]: readonly HloValue[]): HloValue {
  const { type } = x;
  const bits = bitWidth(type.dtype) / 2;
  const half = b.constant(bits, type);
  const mask = b.constant(2 ** bits - 1, type);
  const op = (name: string, p: HloValue, q: HloValue): HloValue => b.op(name, [p, q], type);
  // Of signed integers the upper parts carry the sign.
  const shift = isSigned(type.dtype) ? "shift_right_arithmetic" : "shift_right_logical";
  const [xl, yl] = [x, y].map((v) => op("and", v, mask));
  const [xh, yh] = [x, y].map((v) => op(shift, v, half));
  const low = op("shift_right_logical", op("multiply", xl, yl), half);
  const first = op("add", op("multiply", xh, yl), low);
  const second = op("add", op("multiply", xl, yh), op("and", first, mask));
  return op("add", op("add", op("multiply", xh, yh), op(shift, first, half)), op(shift, second, half));
}

/** Toward zero; −0 keeps its sign. */
function trunc(b: HloBuilder, [x]: readonly HloValue[]): HloValue {
  const negative = compare(b, "LT", x, b.constant(0, x.type));
  return select(b, negative, b.op("ceil", [x], x.type), b.op("floor", [x], x.type));
}

const writers: { readonly [N in OpName]: Write } = {
  add: same("add"),
  sub: same("subtract"),
  mul: same("multiply"),
  div: same("divide"),
  rem: same("remainder"),
  max: same("maximum"),
  min: same("minimum"),
  pow: same("power"),
  atan2: same("atan2"),
  nextafter: same("chlo.next_after"),
  mulhi,
  and: same("and"),
  or: same("or"),
  xor: same("xor"),
  not: same("not"),
  shl: same("shift_left"),
  shrl: same("shift_right_logical"),
  shra: same("shift_right_arithmetic"),
  eq: comparing("EQ"),
  ne: comparing("NE"),
  lt: comparing("LT"),
  le: comparing("LE"),
  gt: comparing("GT"),
  ge: comparing("GE"),
  neg: same("negate"),
  // Not defined for integers that cannot be negative.
  sign: (b, [x]) =>
    isUnsigned(x.type.dtype)
      ? b.op("minimum", [x, b.constant(1, x.type)], x.type)
      : b.op("sign", [x], x.type),
  abs: (b, [x]) => (isUnsigned(x.type.dtype) ? x : b.op("abs", [x], x.type)),
  floor: same("floor"),
  ceil: same("ceil"),
  trunc,
  roundEven: same("round_nearest_even"),
  roundAway: same("round_nearest_afz"),
  exp: same("exponential"),
  exp2: (b, [x]) => b.op("power", [b.constant(2, x.type), x], x.type),
  expm1: same("exponential_minus_one"),
  log: same("log"),
  log1p: same("log_plus_one"),
  sin: same("sine"),
  cos: same("cosine"),
  tan: same("tan"),
  asin: same("chlo.asin"),
  acos: same("chlo.acos"),
  atan: same("chlo.atan"),
  sinh: same("chlo.sinh"),
  cosh: same("chlo.cosh"),
  tanh: same("tanh"),
  tanhFrom: (b, [x]) => b.op("tanh", [x], x.type),
  asinh: same("chlo.asinh"),
  acosh: same("chlo.acosh"),
  atanh: same("chlo.atanh"),
  sqrt: same("sqrt"),
  cbrt: same("cbrt"),
  isFinite: (b, [x]) => b.op("is_finite", [x], withDType(x, "bool")),
  isNan: (b, [x]) => compare(b, "NE", x, x),
  popcount: same("popcnt"),
  clz: same("count_leading_zeros"),
  select: (b, [c, x, y]) => select(b, c, x, y),
  f64Low: (b, [x]) => half(b, x, 0),
  f64High: (b, [x]) => half(b, x, 1),
  bitsToF64: (b, [low, high]) => joined(b, low, high),
  idiv: same("divide"),
  imod: same("remainder"),
};

/** A scalar operation on tensors of one shape. */
export const scalarOperation = (b: HloBuilder, op: OpName, args: readonly HloValue[]): HloValue =>
  writers[op](b, args);

/** What a sum (product, extremum …) begins with: sums with 0, as JAX's do, so that no sum of nothing is -0. */
export const neutral = (op: AccumulateOp, dtype: DType): Scalar => (op === "add" ? 0 : identity(op, dtype));

/** The region that combines two scalars of a dtype; with "set", the second takes the place of the first. */
export function combining(op: AccumulateOp | "set", dtype: DType): HloRegion {
  const scalar = shaped([], dtype);
  return {
    args: [scalar, scalar],
    body: (b, pair) => [op === "set" ? pair[1] : scalarOperation(b, op, pair)],
  };
}
