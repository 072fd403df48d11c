/** @file Operations on each element: arithmetic, functions, comparisons, bits, conversions; with those of CHLO. */
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { bitWidth, isComplex, isFloat, toDType } from "../../../dtypes/dtype.ts";
import { zeta } from "./zeta.ts";
import type { Call, Handler, Handlers } from "./call.ts";

const unary =
  (f: (x: NDArray) => NDArray): Handler =>
  (c) => {
    const [x] = c.arrays(1);
    return f(x);
  };
const binary =
  (f: (x: NDArray, y: NDArray) => NDArray): Handler =>
  (c) => {
    const [x, y] = c.arrays(2);
    return f(x, y);
  };

/** Arithmetic on booleans is logic. */
const orLogic = (
  f: (x: NDArray, y: NDArray) => NDArray,
  logic: (x: NDArray, y: NDArray) => NDArray,
): Handler => binary((x, y) => (x.dtype === "bool" && y.dtype === "bool" ? logic(x, y) : f(x, y)));

/** Integers in the order that IEEE 754 calls total: −NaN, −∞, …, −0, 0, …, ∞, NaN. */
export function totalOrderKeys(x: NDArray): NDArray {
  const width = bitWidth(x.dtype);
  const bits = lax.bitcastConvertType(x, toDType(`int${width}`, "TOTALORDER"));
  const sign = lax.shiftRightArithmetic(bits, lax.fullLike(bits, width - 1));
  return lax.bitwiseXor(bits, lax.shiftRightLogical(sign, lax.fullLike(bits, 1)));
}

const comparisons = { EQ: lax.eq, NE: lax.ne, LT: lax.lt, LE: lax.le, GT: lax.gt, GE: lax.ge } as const;
const directions = ["EQ", "NE", "LT", "LE", "GT", "GE"] as const;

const compare: Handler = (c) => {
  const [x, y] = c.arrays(2);
  const f = comparisons[c.word("comparison_direction", directions)];
  const type = c.word("compare_type", ["FLOAT", "TOTALORDER", "SIGNED", "UNSIGNED", "NOTYPE"], "NOTYPE");
  if (type === "TOTALORDER" && isFloat(x.dtype)) return f(totalOrderKeys(x), totalOrderKeys(y));
  return f(x, y);
};

function convert(x: NDArray, c: Call): NDArray {
  return lax.convertElementType(x, c.dtype);
}

/** Bits of a wider dtype become a last axis, and back; of booleans, nothing but themselves. */
const bitcast: Handler = (c) => {
  const { x, dtype } = c;
  if (x.dtype === dtype) return x;
  return lax.bitcastConvertType(x, dtype);
};

/** xʸ; of integers, with 0 for x⁻ʸ but where |x| is 1, as XLA has it. */
const power: Handler = binary((x, y) => lax.pow(x, y));

const clamp: Handler = (c) => {
  const [lo, x, hi] = c.arrays(3);
  return lax.clamp(lo, x, hi);
};

const select: Handler = (c) => {
  const [p, x, y] = c.arrays(3);
  return lax.select(p, x, y);
};

const reducePrecision: Handler = (c) => {
  const format = c.attribute("format");
  const found =
    typeof format === "object" && "kind" in format && format.kind === "word"
      ? /^e(\d+)m(\d+)$/.exec(format.word)
      : null;
  if (format !== undefined && found === null) throw c.error("expected a format such as e5m10.");
  const bits =
    found === null ? [c.int("exponent_bits"), c.int("mantissa_bits")] : [Number(found[1]), Number(found[2])];
  return lax.reducePrecision(c.x, bits[0], bits[1]);
};

/** Of real numbers 0. */
const imaginary = (x: NDArray): NDArray => (isComplex(x.dtype) ? lax.imag(x) : lax.fullLike(x, 0));

export const elementwise: Handlers = {
  "stablehlo.abs": unary((x) => (x.dtype === "bool" ? x : lax.abs(x))),
  "stablehlo.add": orLogic(lax.add, lax.bitwiseOr),
  "stablehlo.and": binary(lax.bitwiseAnd),
  "stablehlo.atan2": binary(lax.atan2),
  "stablehlo.bitcast_convert": bitcast,
  "stablehlo.cbrt": unary(lax.cbrt),
  "stablehlo.ceil": unary(lax.ceil),
  "stablehlo.clamp": clamp,
  "stablehlo.compare": compare,
  "stablehlo.complex": binary(lax.complex),
  "stablehlo.convert": (c) => convert(c.x, c),
  "stablehlo.cosine": unary(lax.cos),
  "stablehlo.count_leading_zeros": unary(lax.clz),
  "stablehlo.divide": binary(lax.div),
  "stablehlo.exponential": unary(lax.exp),
  "stablehlo.exponential_minus_one": unary(lax.expm1),
  "stablehlo.floor": unary(lax.floor),
  "stablehlo.imag": unary(imaginary),
  "stablehlo.is_finite": unary(lax.isFinite),
  "stablehlo.log": unary(lax.log),
  "stablehlo.log_plus_one": unary(lax.log1p),
  "stablehlo.logistic": unary(lax.logistic),
  "stablehlo.maximum": orLogic(lax.max, lax.bitwiseOr),
  "stablehlo.minimum": orLogic(lax.min, lax.bitwiseAnd),
  "stablehlo.multiply": orLogic(lax.mul, lax.bitwiseAnd),
  "stablehlo.negate": unary(lax.neg),
  "stablehlo.not": unary(lax.bitwiseNot),
  "stablehlo.or": binary(lax.bitwiseOr),
  "stablehlo.popcnt": unary(lax.populationCount),
  "stablehlo.power": power,
  "stablehlo.real": unary((x) => (isComplex(x.dtype) ? lax.real(x) : x)),
  "stablehlo.reduce_precision": reducePrecision,
  "stablehlo.remainder": binary(lax.rem),
  "stablehlo.round_nearest_afz": unary((x) => lax.round(x, lax.RoundingMethod.AWAY_FROM_ZERO)),
  "stablehlo.round_nearest_even": unary((x) => lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN)),
  "stablehlo.rsqrt": unary(lax.rsqrt),
  "stablehlo.select": select,
  "stablehlo.shift_left": binary(lax.shiftLeft),
  "stablehlo.shift_right_arithmetic": binary(lax.shiftRightArithmetic),
  "stablehlo.shift_right_logical": binary(lax.shiftRightLogical),
  "stablehlo.sign": unary(lax.sign),
  "stablehlo.sine": unary(lax.sin),
  "stablehlo.sqrt": unary(lax.sqrt),
  "stablehlo.subtract": binary(lax.sub),
  "stablehlo.tan": unary(lax.tan),
  "stablehlo.tanh": unary(lax.tanh),
  "stablehlo.xor": binary(lax.bitwiseXor),
};

const isInf = (x: NDArray): NDArray => lax.eq(lax.abs(x), lax.fullLike(x, Infinity));
const signedInf =
  (sign: number) =>
  (x: NDArray): NDArray =>
    lax.eq(x, lax.fullLike(x, sign * Infinity));

export const chlo: Handlers = {
  "chlo.acos": unary(lax.acos),
  "chlo.acosh": unary(lax.acosh),
  "chlo.asin": unary(lax.asin),
  "chlo.asinh": unary(lax.asinh),
  "chlo.atan": unary(lax.atan),
  "chlo.atanh": unary(lax.atanh),
  "chlo.bessel_i1e": unary(lax.besselI1e),
  "chlo.conj": unary((x) => (isComplex(x.dtype) ? lax.conj(x) : x)),
  "chlo.cosh": unary(lax.cosh),
  "chlo.digamma": unary(lax.digamma),
  "chlo.erf": unary(lax.erf),
  "chlo.erf_inv": unary(lax.erfInv),
  "chlo.erfc": unary(lax.erfc),
  "chlo.is_inf": unary(isInf),
  "chlo.is_neg_inf": unary(signedInf(-1)),
  "chlo.is_pos_inf": unary(signedInf(1)),
  "chlo.lgamma": unary(lax.lgamma),
  "chlo.mulhi": binary(lax.mulhi),
  "chlo.next_after": binary(lax.nextafter),
  "chlo.polygamma": binary(lax.polygamma),
  "chlo.sinh": unary(lax.sinh),
  "chlo.square": unary(lax.square),
  "chlo.tan": unary(lax.tan),
  "chlo.zeta": binary(zeta),
};

/** Operations of CHLO that broadcast as NumPy does: which operation each is on arrays of one shape. */
const broadcasting: Readonly<Record<string, string>> = {
  add: "stablehlo.add",
  and: "stablehlo.and",
  atan2: "stablehlo.atan2",
  compare: "stablehlo.compare",
  complex: "stablehlo.complex",
  divide: "stablehlo.divide",
  maximum: "stablehlo.maximum",
  minimum: "stablehlo.minimum",
  multiply: "stablehlo.multiply",
  next_after: "chlo.next_after",
  or: "stablehlo.or",
  polygamma: "chlo.polygamma",
  power: "stablehlo.power",
  remainder: "stablehlo.remainder",
  select: "stablehlo.select",
  shift_left: "stablehlo.shift_left",
  shift_right_arithmetic: "stablehlo.shift_right_arithmetic",
  shift_right_logical: "stablehlo.shift_right_logical",
  subtract: "stablehlo.subtract",
  xor: "stablehlo.xor",
  zeta: "chlo.zeta",
};

const broadcast =
  (f: Handler): Handler =>
  (c) => {
    const { shape } = c.out();
    const wide = c.arrays().map((x) =>
      lax.broadcastInDim(
        x,
        shape,
        x.shape.map((_, i) => i + shape.length - x.ndim),
      ),
    );
    return f(c.on(wide));
  };

export const chloBroadcasting: Handlers = Object.fromEntries(
  Object.entries(broadcasting).map(([name, target]) => [
    `chlo.broadcast_${name}`,
    broadcast(elementwise[target] ?? chlo[target]),
  ]),
);
