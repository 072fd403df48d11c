/** @file Arrays from nothing: `iota`, `full`. */
import { refuseMore } from "../../base/checks.ts";
import { type ArrayLike, type NDArray, scalarArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import { type DType, realPart, toDType } from "../../dtypes/dtype.ts";
import { Parts, type Primitive, definePrimitive, notLinear, zeroTangent } from "../../core/primitive.ts";
import { canonicalAxis, checkShape } from "../../dtypes/shape.ts";
import { bind1 } from "../../core/trace.ts";
import { DTypeError, ShapeError } from "../../base/errors.ts";
import * as e from "../../loops/ir/expressions.ts";
import { map, pull } from "../../loops/pull.ts";
import { asArray, asDType } from "../operands/convert.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { broadcastInDim } from "./movement.ts";

export type IotaParams = { dtype: DType; shape: readonly number[]; dimension: number };

const iotaP: Primitive<IotaParams> = definePrimitive<IotaParams>({
  name: "iota",
  kind: "elementwise",
  abstractEval: (_, { dtype, shape }) => {
    checkShape(shape, "iota");
    if (dtype === "bool") throw new DTypeError(`iota: expected a numeric dtype; got ${dtype}.`);
    return [shaped(shape, dtype)];
  },
  lower: ({ outAvals }, _, { dtype, dimension }) =>
    map(pull(outAvals[0], (index) => e.cast(index[dimension], dtype))),
  jvp: zeroTangent,
  transpose: notLinear,
  batch: () => {
    throw new Error("internal: iota has no operands to batch");
  },
  complex: (_, params) => {
    const dtype = realPart(params.dtype);
    return [new Parts(bind1(iotaP, [], { ...params, dtype }), scalarArray(0, dtype))];
  },
});

/**
 * The vector 0, 1, …, size − 1 of a numeric dtype. It has no operands to differentiate.
 * @throws DTypeError for bool; ShapeError for a negative size
 * @see jax.lax.iota
 * @example
 * lax.iota("float32", 4).js(); // [0, 1, 2, 3]
 */
export function iota(dtype: DType, size: number, ...more: []): NDArray {
  refuseMore("iota", 2, more);
  return broadcastedIota(dtype, [size], 0);
}

/** The index along `dimension`, over a whole shape. */
export function broadcastedIota(dtype: DType, shape: readonly number[], dimension: number): NDArray {
  return bind1(iotaP, [], {
    dtype: toDType(dtype, "iota"),
    shape,
    dimension: canonicalAxis(dimension, shape.length, "broadcastedIota"),
  });
}

/** An array filled with one value. */
export function full(shape: readonly number[], fillValue: ArrayLike, dtype?: DType): NDArray {
  checkShape(shape, "full");
  const value =
    dtype === undefined
      ? strong(asArray(fillValue, "full"))
      : asDType(fillValue, toDType(dtype, "full"), false, "full");
  if (value.ndim !== 0)
    throw new ShapeError(`full: the fill value must be 0-dimensional; got shape [${value.shape.join(",")}].`);
  return broadcastInDim(value, shape, []);
}

const strong = (x: NDArray): NDArray => (x.weakType ? convertElementType(x, x.dtype, false) : x);

/** An array like another, filled with one value. */
export function fullLike(
  x: ArrayLike,
  fillValue: ArrayLike,
  dtype?: DType | null,
  shape?: readonly number[] | null,
): NDArray {
  const a = asArray(x, "fullLike");
  return full(shape ?? a.shape, fillValue, dtype ?? a.dtype);
}

/** Zeros of an aval. */
export function zerosOf(aval: ShapedArray): NDArray {
  return full(aval.shape, 0, aval.dtype);
}
