/** @file The order of numbers, complex ones included: by real parts, then by imaginary ones, as NumPy has it. */
import type { NDArray } from "../../core/array.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import * as lax from "../../lax/plain.ts";

type Comparison = (x: NDArray, y: NDArray) => NDArray;

/** A comparison of real arrays as one of complex arrays too, lexicographic. False where a part that it reads is NaN. */
const lexicographic =
  (compare: Comparison): Comparison =>
  (x, y) => {
    if (!isComplex(x.dtype)) return compare(x, y);
    const [a, b] = [lax.real(x), lax.real(y)];
    return lax.select(lax.eq(a, b), compare(lax.imag(x), lax.imag(y)), compare(a, b));
  };

export const lt = lexicographic(lax.lt);
export const le = lexicographic(lax.le);
export const gt = lexicographic(lax.gt);
export const ge = lexicographic(lax.ge);
