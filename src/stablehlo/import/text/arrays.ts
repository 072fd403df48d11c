/** @file Arrays of the library from bytes as they lie in memory. */
import { ComplexArray, ConcreteArray } from "../../../core/array.ts";
import { type ShapedArray, shaped } from "../../../core/aval.ts";
import { type DType, bitWidth, isComplex, realPart, typedView } from "../../../dtypes/dtype.ts";
import { prod } from "../../../base/util.ts";
import { readElement } from "../../../dtypes/float16.ts";

export type Aval = ShapedArray;

function realArray(bytes: Uint8Array, shape: readonly number[], dtype: DType): ConcreteArray {
  const data = typedView(dtype, bytes.slice().buffer, 0, prod(shape));
  if (dtype === "bool") for (let i = 0; i < data.length; i++) data[i] = data[i] === 0 ? 0 : 1;
  const aval = shaped(shape, dtype);
  return new ConcreteArray(aval, shape.length === 0 ? readElement(data, dtype, 0) : data);
}

/** The array whose elements are these bytes, little-endian and row-major. */
export function arrayOfBytes(bytes: Uint8Array, shape: readonly number[], dtype: DType): ConcreteArray {
  if (!isComplex(dtype)) return realArray(bytes, shape, dtype);
  const half = bitWidth(dtype) / 16;
  const part = (k: number): ConcreteArray => {
    const own = new Uint8Array(bytes.length / 2);
    for (let i = 0; i < own.length; i++)
      own[i] = bytes[Math.floor(i / half) * 2 * half + k * half + (i % half)];
    return realArray(own, shape, realPart(dtype));
  };
  return new ComplexArray(shaped(shape, dtype), part(0), part(1));
}
