/** @file Windows by name, as `scipy.signal.get_window` makes them: periodic, one period of n elements. */
import { type ArrayLike, type NDArray } from "../../core/array.ts";
import type { DType } from "../../dtypes/dtype.ts";
import { ArgumentError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { asarray } from "../../numpy/creation/array.ts";
import { range } from "../../base/util.ts";

/** A window by name, or its elements. */
export type Window = "hann" | "hamming" | "blackman" | "bartlett" | "cosine" | "boxcar" | ArrayLike;

/** Sums of cosines with alternating signs, at a place within the period. */
const cosines =
  (...weights: readonly number[]) =>
  (x: number): number =>
    weights.reduce((sum, w, k) => sum + (k % 2 === 0 ? w : -w) * Math.cos(2 * Math.PI * k * x), 0);

const named: Readonly<Record<string, (x: number, n: number) => number>> = {
  hann: cosines(0.5, 0.5),
  hamming: cosines(0.54, 0.46),
  blackman: cosines(0.42, 0.5, 0.08),
  bartlett: (x) => 1 - Math.abs(2 * x - 1),
  cosine: (x, n) => Math.sin((Math.PI * (x * n + 0.5)) / (n + 1)),
  boxcar: () => 1,
};

/** The elements of a window of length n. */
export function windowOf(where: string, window: Window, n: number, dtype: DType): NDArray {
  if (typeof window === "string") {
    if (!Object.hasOwn(named, window))
      throw new ArgumentError(
        `${where}: unknown window '${window}'; expected ${Object.keys(named).join(", ")} or an array.`,
      );
    const f = named[window];
    return asarray(n === 1 ? [1] : range(n).map((k) => f(k / n, n)), { dtype });
  }
  const w = asArray(window, where);
  if (w.ndim !== 1 || w.size !== n)
    throw new ArgumentError(
      `${where}: expected a window of ${n} elements; got shape [${w.shape.join(",")}].`,
    );
  return lax.convertElementType(w, dtype);
}
