/** @file Products with powers of two, exact while they are normal numbers. */
import type { NDArray } from "../../core/array.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import * as lax from "../../lax/plain.ts";
import { finfo } from "../dtypes/dtypes.ts";
import { cast } from "../operands/promote.ts";

/** x · 2ⁿ in three steps, none of which leaves the range before the result does. */
export function scaleByPower(x: NDArray, n: NDArray): NDArray {
  if (isComplex(x.dtype)) return lax.complex(scaleByPower(lax.real(x), n), scaleByPower(lax.imag(x), n));
  const { nmant, bits } = finfo(x.dtype);
  const limit = x.dtype === "float16" ? 64 : bits === 64 ? 2200 : 2 * (127 + nmant) + 16;
  const bounded = lax.clamp(-limit, n, limit);
  const third = lax.div(bounded, 3);
  const rest = lax.sub(bounded, lax.mul(third, 2));
  const power = (k: NDArray): NDArray => lax.exp2(cast(k, x.dtype));
  const step = power(third);
  return lax.mul(lax.mul(lax.mul(x, step), step), power(rest));
}
