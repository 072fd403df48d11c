/** @file Whether two results agree, in units that follow from dtype and tolerance. */
import type { NDArray } from "../../../src/core/array.ts";
import { type DType, realPart } from "../../../src/dtypes/dtype.ts";

/** Rounding of a dtype beside that of float64, in the tolerance that a case has for float64. */
const roundings: { readonly [D in DType]?: number } = {
  float64: 2 ** -52,
  float32: 2 ** -23,
  float16: 2 ** -10,
  bfloat16: 2 ** -7,
};

/** The first difference, as text; null if there is none. `size` is that of what results that may cancel are differences of. */
export function difference(got: NDArray, want: NDArray, tolerance: number, size = 0): string | null {
  const [type, wanted] = [got.aval.short(), want.aval.short()];
  if (type !== wanted) return `${type} instead of ${wanted}`;
  const [a, b] = [got, want].map((x) => Array.from(x.dataSync() as ArrayLike<number | bigint>));
  const rounding = roundings[realPart(want.dtype)] ?? null;
  const finite = b.map(Number).filter(Number.isFinite).map(Math.abs);
  const scale = finite.reduce((m, v) => Math.max(m, v), size);
  const relative = rounding === null ? 0 : Math.max(tolerance, tolerance === 0 ? 0 : 64 * rounding);
  for (let i = 0; i < b.length; i++) {
    if (a[i] === b[i] || Object.is(a[i], b[i])) continue;
    const [x, y] = [Number(a[i]), Number(b[i])];
    const allowed = relative * (Math.abs(y) + Math.min(scale, 1) + 1e-3 * scale);
    if (rounding !== null && Math.abs(x - y) <= allowed) continue;
    return `${type} element ${i}: ${a[i]} instead of ${b[i]}`;
  }
  return null;
}
