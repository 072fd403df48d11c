/** @file Arrays for tests straight from numbers, without going through the library's own constructors. Needs no test runner. */
import { ConcreteArray, type NDArray, encodeData } from "../../src/core/array.ts";
import { shaped } from "../../src/core/aval.ts";
import type { DType, Scalar } from "../../src/dtypes/dtype.ts";
import { castValue, wrapValue } from "../../src/loops/ir/values.ts";

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** An array of the given shape from flat values, which are rounded to the dtype. */
export function array(
  shape: readonly number[],
  values: readonly Scalar[],
  dtype: DType = "float64",
): ConcreteArray {
  if (values.length !== sizeOf(shape))
    throw new Error(`${values.length} values for the shape [${shape.join()}]`);
  const rounded = values.map((v) =>
    typeof v === "bigint" ? wrapValue(v, dtype) : castValue(v, "float64", dtype),
  );
  return new ConcreteArray(
    shaped(shape, dtype),
    shape.length === 0 ? rounded[0] : encodeData(dtype, rounded),
  );
}

/** The values, row-major. Of 64-bit integers they are BigInts, whatever the type says: tests only compare them. */
export const flat = (x: NDArray): number[] => Array.from(x.dataSync());
